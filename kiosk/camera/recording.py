"""A recording as a camera: a video file or a folder of frames. For QA; every frame says that it was recorded."""

import json
import math
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from itertools import pairwise
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from kiosk.camera.picture import MOST_BYTES, decode_picture
from kiosk.camera.source import Ended, MonotonicClock
from kiosk.faults import PictureUnreadable, RecordingUnreadable
from kiosk.frame import Frame, Pixels
from kiosk.imaging.fading import fading
from kiosk.policy import DocumentPolicy
from kiosk.values import Capture, Provenance

PICTURES: Final = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".webp"})
TIMES_FILE: Final = "timestamps.json"
USUAL_RATE_HZ: Final = 30.0
"""Assumed where a file states no rate or an impossible one (webm files state 1000)."""
_POSSIBLE_RATE_HZ: Final = (1.0, 240.0)
_MOST_PIXELS: Final = 40_000_000
_ROTATIONS: Final = {90: cv2.ROTATE_90_CLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_COUNTERCLOCKWISE}


class Pacing(Enum):
    REAL_TIME = "real-time"
    """Each frame comes when its time has come; stamped with the clock."""
    AS_FAST_AS_POSSIBLE = "as-fast-as-possible"
    """No waiting; stamped with the start's clock plus the recording's own time, so that a blink lasts as long as it did."""


class Recording:
    """loop: start over at the end, for a screen that shows an idle clip; sequence and time go on."""

    def __init__(self, path: Path, clock: MonotonicClock, pacing: Pacing = Pacing.REAL_TIME, *, loop: bool = False) -> None:
        self._path = path
        self._clock = clock
        self._pacing = pacing
        self._loop = loop
        self._interrupted = threading.Event()
        self._pictures: Iterator[_Timed] | None = None
        self._start_ns = 0
        self._offset_s = 0.0
        self._last_s = 0.0
        self._frames = 0
        self._frames_this_round = 0

    @property
    def provenance(self) -> Provenance:
        # never the file's name: people name recordings after people
        return Provenance(Capture.RECORDING, "folder of frames" if self._path.is_dir() else "video file")

    def open(self) -> None:
        self.close()
        self._interrupted.clear()
        self._pictures = self._begin()
        self._start_ns = self._clock()
        self._offset_s = self._last_s = 0.0
        self._frames = self._frames_this_round = 0

    def read(self) -> Frame | Ended:
        """Raises RecordingUnreadable if the first frame cannot be decoded; a later defect is the recording's end."""
        if self._pictures is None:
            raise RecordingUnreadable("the recording is not open")
        timed = next(self._pictures, None)
        if timed is None and self._loop and self._frames_this_round > 0:
            self._offset_s += self._last_s + 1 / USUAL_RATE_HZ
            self._frames_this_round = 0
            self._pictures = self._begin()
            timed = next(self._pictures, None)
        if timed is None:
            if self._frames == 0:
                raise RecordingUnreadable("the recording holds no frame that can be decoded")
            return Ended(self._frames)
        self._last_s = timed.at_s
        due_ns = self._start_ns + round((self._offset_s + timed.at_s) * 1e9)
        if self._pacing is Pacing.REAL_TIME:
            self._wait_until(due_ns)
            due_ns = self._clock()
        frame = Frame(fading(timed.pixels), self._frames, due_ns, self.provenance)
        self._frames += 1
        self._frames_this_round += 1
        return frame

    def close(self) -> None:
        if self._pictures is not None:
            # closing a generator runs its `finally`, which releases the decoder
            closing = getattr(self._pictures, "close", None)
            if closing is not None:
                closing()
            self._pictures = None

    def interrupt(self) -> None:
        self._interrupted.set()

    def _begin(self) -> "Iterator[_Timed]":
        if self._path.is_dir():
            return _folder_frames(self._path)
        if self._path.is_file():
            return _video_frames(_open_video(self._path))
        raise RecordingUnreadable("there is no recording at that place")

    def _wait_until(self, due_ns: int) -> None:
        remaining_ns = due_ns - self._clock()
        if remaining_ns > 0:
            self._interrupted.wait(remaining_ns / 1e9)


@dataclass(frozen=True, slots=True, eq=False)
class _Timed:
    """at_s: seconds since the recording's first frame."""

    pixels: Pixels
    at_s: float


def _open_video(path: Path) -> cv2.VideoCapture:
    if path.stat().st_size == 0:
        raise RecordingUnreadable("the video file is empty")
    try:
        # FFMPEG only: other back ends would take a file name with a number in it for a series of pictures
        video = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)
    except cv2.error as error:
        raise RecordingUnreadable("OpenCV refuses the video file") from error
    if not video.isOpened():
        video.release()
        raise RecordingUnreadable("the video file cannot be decoded")
    pixels = video.get(cv2.CAP_PROP_FRAME_WIDTH) * video.get(cv2.CAP_PROP_FRAME_HEIGHT)
    if not 0 < pixels <= _MOST_PIXELS:
        video.release()
        raise RecordingUnreadable("the video's frames are of no possible size")
    return video


def _video_frames(video: cv2.VideoCapture) -> Iterator[_Timed]:
    rate = possible_rate(video.get(cv2.CAP_PROP_FPS))
    # turned here and not by OpenCV, whose builds differ in whether they obey the flag
    video.set(cv2.CAP_PROP_ORIENTATION_AUTO, 0)
    turn = _ROTATIONS.get(round(video.get(cv2.CAP_PROP_ORIENTATION_META)) % 360)
    index = 0
    try:
        while True:
            given, picture = video.read()
            if not given or picture is None:
                return
            pixels = np.asarray(picture, np.uint8)
            yield _Timed(np.asarray(cv2.rotate(pixels, turn), np.uint8) if turn is not None else pixels, index / rate)
            index += 1
    except cv2.error as error:
        raise RecordingUnreadable("the decoder gave up") from error
    finally:
        video.release()


def possible_rate(stated: float) -> float:
    """Return the stated frame rate if a camera could have it, the usual rate otherwise."""
    low, high = _POSSIBLE_RATE_HZ
    return stated if math.isfinite(stated) and low <= stated <= high else USUAL_RATE_HZ


def _folder_frames(folder: Path) -> Iterator[_Timed]:
    files = sorted((file for file in folder.iterdir() if file.suffix.lower() in PICTURES), key=_natural)
    if not files:
        raise RecordingUnreadable("the folder holds no pictures")
    times = _times(folder / TIMES_FILE, len(files))
    return (_Timed(_picture(file), at_s) for file, at_s in zip(files, times, strict=True))


def _picture(file: Path) -> Pixels:
    if file.stat().st_size > MOST_BYTES:
        raise RecordingUnreadable("a frame's file is too large")
    try:
        return decode_picture(file.read_bytes(), DocumentPolicy())
    except PictureUnreadable as fault:
        raise RecordingUnreadable("a frame of the folder is no picture") from fault


def _times(file: Path, count: int) -> list[float]:
    """Return each frame's second: as recorded, or evenly spaced where nothing was written down."""
    if not file.is_file():
        return [index / USUAL_RATE_HZ for index in range(count)]
    try:
        stated = json.loads(file.read_text(encoding="utf-8"))["captured_ns"]
        captured = [int(value) for value in stated]
    except (ValueError, KeyError, TypeError, UnicodeDecodeError) as error:
        raise RecordingUnreadable("the recording's list of times cannot be read") from error
    if len(captured) != count or any(later < earlier for earlier, later in pairwise(captured)):
        raise RecordingUnreadable("the recording's list of times does not fit its frames")
    return [(value - captured[0]) / 1e9 for value in captured]


def _natural(file: Path) -> tuple[int, str]:
    """Order 2.jpg before 10.jpg."""
    digits = "".join(c for c in file.stem if c.isdigit())
    return (int(digits) if digits else -1, file.name)
