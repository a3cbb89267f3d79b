"""What a camera is to the station: something that gives stamped frames until it ends or is lost."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from kiosk.frame import Frame
from kiosk.values import Provenance

MonotonicClock = Callable[[], int]
"""The station's monotonic clock in nanoseconds."""


@dataclass(frozen=True, slots=True)
class Ended:
    """The source has no more frames: a recording reached its end. frames: how many it gave since it was opened."""

    frames: int


class FrameSource(Protocol):
    """One camera. `open`, `read` and `close` are called from one thread; `interrupt` from any."""

    @property
    def provenance(self) -> Provenance: ...

    def open(self) -> None:
        """Start giving frames, sequence 0 first. Raises CameraUnavailable or RecordingUnreadable. May follow `close`."""
        ...

    def read(self) -> Frame | Ended:
        """Wait for the next frame. Raises CameraLost when there will be none."""
        ...

    def close(self) -> None:
        """Let the device go. Closing twice is harmless."""
        ...

    def interrupt(self) -> None:
        """Make a `read` that only waits for its time return soon."""
        ...
