"""The camera thread: pumps frames from a source into mailboxes, notices loss and tries again."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final, Protocol

from kiosk.camera.latest import Latest
from kiosk.camera.source import Ended, FrameSource
from kiosk.faults import CameraLost, CameraUnavailable, Fault
from kiosk.frame import Frame

FIRST_RETRY_S: Final = 0.5
LONGEST_RETRY_S: Final = 5.0
"""A customer who plugs a camera back in should not wait longer than this."""


class CameraWatcher(Protocol):
    """Told from the camera thread; must return at once."""

    def camera_working(self) -> None:
        """The first frame came: at the start, and again after a loss."""
        ...

    def camera_lost(self, fault: Fault) -> None:
        """No frames any more, or none at all. Told once per loss, however often opening is tried again."""
        ...

    def recording_ended(self, frames: int) -> None:
        """A recording gave its last frame; the thread is about to end."""
        ...


def run_bare(work: Callable[[], None]) -> bool:
    """Run work with nothing between it and the thread's own end: a bug is Python's to tell."""
    work()
    return True


class Grabber:
    """Owns the camera thread. Frames are numbered anew, so that sequences go on growing when a camera comes back.

    guard: runs the thread's work, tells of a bug in it and then returns False (`kiosk.station.crew.guard` makes one; this package lies
    below that one). After a bug the watcher is told that the camera is lost, and it is not tried again.
    """

    def __init__(
        self,
        source: FrameSource,
        mailboxes: Sequence[Latest[Frame]],
        watcher: CameraWatcher,
        *,
        guard: Callable[[Callable[[], None]], bool] = run_bare,
        first_retry_s: float = FIRST_RETRY_S,
        longest_retry_s: float = LONGEST_RETRY_S,
    ) -> None:
        self._source = source
        self._mailboxes = tuple(mailboxes)
        self._watcher = watcher
        self._guard = guard
        self._first_retry_s = first_retry_s
        self._longest_retry_s = longest_retry_s
        self._stop = threading.Event()
        self._reopen = threading.Event()
        self._thread = threading.Thread(target=self._run, name="camera", daemon=True)
        self._sequence = 0
        self._trouble = False

    def start(self) -> None:
        self._thread.start()

    def reopen(self) -> None:
        """Close the source and open it anew, as after a loss. Any thread; returns at once."""
        self._reopen.set()

    @property
    def frames(self) -> int:
        """Return how many frames the camera gave so far. Any thread may ask."""
        return self._sequence

    def stop(self, timeout_s: float = 10.0) -> bool:
        """Ask the thread to end and wait for it; returns whether it did in time. The device is released by the thread."""
        self._stop.set()
        self._source.interrupt()
        if self._thread.is_alive():
            self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        if not self._guard(self._grab):
            self._lost(CameraLost("the camera thread ended by a bug"))

    def _grab(self) -> None:
        wait_s = self._first_retry_s
        while not self._stop.is_set():
            try:
                self._source.open()
                delivered = self._pump()
            except (CameraUnavailable, CameraLost) as fault:
                delivered = not self._trouble
                self._lost(fault)
            except Fault as fault:
                # an unreadable recording stays unreadable, and so does whatever else a source may say
                self._lost(fault)
                return
            finally:
                self._source.close()
            if isinstance(delivered, Ended):
                self._watcher.recording_ended(delivered.frames)
                return
            if delivered:
                wait_s = self._first_retry_s
            self._stop.wait(wait_s)
            wait_s = min(2 * wait_s, self._longest_retry_s)

    def _pump(self) -> Ended | bool:
        """Deliver frames until the source ends (Ended) or the thread is to stop (False). Raises what the source raises."""
        first = True
        while not self._stop.is_set():
            if self._reopen.is_set():
                self._reopen.clear()
                raise CameraLost("it is opened anew")
            taken = self._source.read()
            if isinstance(taken, Ended):
                return taken
            frame = replace(taken, sequence=self._sequence)
            self._sequence += 1
            for mailbox in self._mailboxes:
                mailbox.put(frame)
            del taken, frame  # the mailboxes hold it now, and what is wiped there must not stay here until the next read ends
            if first:
                first, self._trouble = False, False
                self._watcher.camera_working()
        return False

    def _lost(self, fault: Fault) -> None:
        if not self._trouble:
            self._trouble = True
            self._watcher.camera_lost(fault)
