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
from kiosk.journey.events import Event, FaceObserved, PageSeen, WorkFailed
from kiosk.station.crew import guarded
from kiosk.station.ports import Sight
from kiosk.values import Ticket


@dataclass(frozen=True, slots=True)
class _Task:
    watch: Watch
    ticket: Ticket | None


class Eyes:
    """Runs on its own thread once started; `look_once` is the same work for tests that own the thread."""

    def __init__(
        self, frames: Latest[Frame], sight: Sight, post: Callable[[Event], None], on_bug: Callable[[str], None]
    ) -> None:
        self._frames = frames
        self._sight = sight
        self._post = post
        self._on_bug = on_bug
        self._task = _Task(Watch.NOTHING, None)
        self._stopped = threading.Event()
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

    def look_once(self, frame: Frame) -> None:
        """Observe one frame and post what was seen, if anything is looked for."""
        task = self._task
        if task.ticket is None:
            return
        if task.watch is Watch.FACE:
            self._post(FaceObserved(task.ticket, self._sight.faces(frame)))
        elif task.watch is Watch.PAGE:
            page = self._sight.page(frame)
            self._post(PageSeen(task.ticket, page, frame if page.ready else None))

    def _run(self) -> None:
        if not guarded("prepare-eyes", self._sight.prepare, self._failed, self._on_bug):
            return
        last = -1
        forgotten = True
        while not self._stopped.is_set():
            frame = self._frames.wait_newer(last, timeout_s=0.5)
            if frame is None:
                continue
            last = frame.sequence
            if self._task.watch is Watch.NOTHING:
                if not forgotten:
                    self._sight.forget()
                    forgotten = True
                continue
            forgotten = False
            if not guarded("eyes", partial(self.look_once, frame), self._failed, self._on_bug):
                return
            if self.on_observed is not None:
                self.on_observed(time.monotonic_ns() - frame.captured_ns)

    def _failed(self, fault: Fault) -> None:
        ticket = self._task.ticket
        if ticket is not None:
            self._post(WorkFailed(ticket, type(fault).__name__))
