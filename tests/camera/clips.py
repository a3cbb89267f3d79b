"""Small recordings made on the spot, and a watcher that remembers what a camera thread told it."""

import struct
import threading
from pathlib import Path

import cv2
import numpy as np

from kiosk.camera.latest import Latest
from kiosk.camera.source import Ended
from kiosk.faults import Fault
from kiosk.frame import Frame, Pixels
from kiosk.values import Capture, Provenance

SIZE = (160, 120)
LIVE = Provenance(Capture.LIVE_CAMERA, "test camera")


def picture(number: int) -> Pixels:
    """A gray picture whose brightness tells its number: 10 levels a step, far more than a codec loses."""
    return np.full((SIZE[1], SIZE[0], 3), 10 + 10 * number, np.uint8)


def number_of(pixels: Pixels) -> int:
    return round((float(pixels.mean()) - 10) / 10)


def video(path: Path, frames: int, rate: float = 30.0, codec: str = "MJPG") -> Path:
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*codec), rate, SIZE)
    assert writer.isOpened()
    for number in range(frames):
        writer.write(picture(number))
    writer.release()
    return path


def folder(path: Path, frames: int) -> Path:
    path.mkdir()
    for number in range(frames):
        assert cv2.imwrite(str(path / f"{number}.png"), picture(number))
    return path


def an_hour_apart(path: Path) -> Path:
    """Two pictures, the second an hour after the first: who waits for it, waits too long for any test."""
    folder(path, 2)
    (path / "timestamps.json").write_text('{"captured_ns": [0, 3600000000000]}')
    return path


def turned(mp4: Path, degrees: int) -> Path:
    """Write a rotation into the track header of an MP4 file, as a phone held upright does."""
    content = bytearray(mp4.read_bytes())
    at = content.index(b"tkhd") + 4 + 4 + 5 * 4 + 2 * 4 + 4 * 2
    one = 0x10000
    matrix = {90: (0, one, 0, -one, 0, 0, SIZE[1] * one, 0, 0x40000000), 180: (-one, 0, 0, 0, -one, 0, 0, 0, 0x40000000)}[degrees]
    content[at : at + 36] = struct.pack(">9i", *matrix)
    mp4.write_bytes(bytes(content))
    return mp4


class Watcher:
    """Remembers what it was told; `wait` returns once as many things were told, so tests need not sleep."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self._changed = threading.Condition()

    def camera_working(self) -> None:
        self._tell("working")

    def camera_lost(self, fault: Fault) -> None:
        self._tell(type(fault).__name__)

    def recording_ended(self, frames: int) -> None:
        self._tell(f"ended after {frames}")

    def wait(self, count: int) -> list[str]:
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.told) >= count, 30), self.told
            return list(self.told)

    def _tell(self, what: str) -> None:
        with self._changed:
            self.told.append(what)
            self._changed.notify_all()


class Flaky:
    """A camera that is opened several times; each time it follows one plan: so many frames, then a fault or an end."""

    provenance = LIVE

    def __init__(self, *plans: tuple[int, Fault | Ended]) -> None:
        self._plans = list(plans)
        self._left = 0
        self._last: Fault | Ended = Ended(0)
        self.opened = 0
        self.closed = 0
        self.held = threading.Event()

    def open(self) -> None:
        self.opened += 1
        self._left, self._last = self._plans.pop(0)
        if self._left < 0:
            assert isinstance(self._last, Fault)
            raise self._last

    def read(self) -> Frame | Ended:
        if self._left == 0:
            if isinstance(self._last, Fault):
                raise self._last
            return self._last
        self._left -= 1
        return Frame(picture(1), self._left, 1, LIVE)

    def close(self) -> None:
        self.closed += 1

    def interrupt(self) -> None:
        self.held.set()


def frame(sequence: int) -> Frame:
    return Frame(picture(0), sequence, sequence, LIVE)


def mailbox() -> Latest[Frame]:
    return Latest()
