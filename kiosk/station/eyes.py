"""The vision thread: newest frame in, observation out. It looks only for what the journey asked for."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from kiosk.camera.latest import Latest
from kiosk.faults import Fault
from kiosk.frame import Frame
from kiosk.journey.effects import Watch, WatchFor
from kiosk.journey.events import Event, FaceObserved, PageSeen, PresenceSeen, WorkFailed
from kiosk.station.crew import guarded
from kiosk.station.forgetting import empty_drawers
from kiosk.station.ports import Sight
from kiosk.values import Ticket

LONGEST_WAIT_S = 0.5
"""Without frames, what is remembered of a customer is forgotten at most this long after the wipe."""
PRESENCE_EVERY_NS = 400_000_000
"""Whether anybody is there is looked for this often beside other work: it costs three looks of the finder."""
_MEASURED = (Watch.PAGE, Watch.FACE)
"""What is followed from frame to frame, and forgotten when nothing of the kind is looked for any more."""


@dataclass(frozen=True, slots=True)
class _Task:
    watch: Watch
    ticket: Ticket | None


class Eyes:
    """Runs on its own thread once started; `look_once` is the same work for tests that own the thread."""

    def __init__(self, frames: Latest[Frame], sight: Sight, post: Callable[[Event], None], on_bug: Callable[[str], None]) -> None:
        self._frames = frames
        self._sight = sight
        self._post = post
        self._on_bug = on_bug
        self._task = _Task(Watch.NOTHING, None)
        self._presence_at_ns: int | None = None
        self._stopped = threading.Event()
        self._wiped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="eyes", daemon=True)
        self.on_observed: Callable[[int], None] | None = None
        """Told how old each frame was, in nanoseconds, when its observation was posted; used by the bench."""

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        self._frames.close()
        if self._thread.is_alive():
            self._thread.join(timeout=10)

    def watch(self, wanted: WatchFor) -> None:
        """Look for something else from the next frame on. Called from any thread."""
        self._task = _Task(wanted.watch, wanted.ticket)

    def wipe(self) -> None:
        """Let the waiting frame go now and what the models follow at the loop's next turn, frames or not. Called from any thread."""
        self._frames.clear()
        self._wiped.set()

    def look_once(self, frame: Frame) -> None:
        """Observe one frame and post what was seen, if anything is looked for."""
        self._look_for(self._task, frame)

    def _look_for(self, task: _Task, frame: Frame) -> None:
        if task.ticket is None:
            return
        if task.watch is Watch.FACE:
            self._post(FaceObserved(task.ticket, self._sight.faces(frame)))
        elif task.watch is Watch.PAGE:
            page = self._sight.page(frame)
            chosen = (frame, self._sight.page_captures()) if page.ready else (None, ())
            self._post(PageSeen(task.ticket, page, *chosen))
        if task.watch is not Watch.FACE:
            self._look_for_anybody(task.ticket, frame)

    def _look_for_anybody(self, ticket: Ticket, frame: Frame) -> None:
        since = None if self._presence_at_ns is None else frame.captured_ns - self._presence_at_ns
        if since is None or not 0 <= since < PRESENCE_EVERY_NS:
            self._presence_at_ns = frame.captured_ns
            self._post(PresenceSeen(ticket, self._sight.anybody(frame)))

    def _run(self) -> None:
        """A station whose eyes cannot be made ready serves nobody: that fault ends its service, as a bug does."""
        guarded("eyes", self._look, self._unready, self._on_bug)

    def _look(self) -> None:
        self._sight.prepare()
        last = -1
        forgotten = True
        while not self._stopped.is_set():
            frame = self._frames.wait_newer(last, timeout_s=LONGEST_WAIT_S)
            if self._wiped.is_set() or (self._task.watch not in _MEASURED and not forgotten):
                self._wiped.clear()
                self._sight.forget()
                empty_drawers()
                forgotten = True
            if frame is None:
                continue
            last = frame.sequence
            task = self._task
            if task.ticket is not None:
                forgotten = task.watch not in _MEASURED and forgotten
                if not guarded("eyes", partial(self._look_for, task, frame), partial(self._failed, task.ticket), self._on_bug):
                    return
                if self.on_observed is not None:
                    self.on_observed(time.monotonic_ns() - frame.captured_ns)
            # nothing of a customer stays in a variable while the next frame is waited for
            del frame

    def _unready(self, fault: Fault) -> None:
        self._on_bug(type(fault).__name__)

    def _failed(self, ticket: Ticket, fault: Fault) -> None:
        self._post(WorkFailed(ticket, type(fault).__name__))
