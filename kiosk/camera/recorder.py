"""Keeps a QA recording (`--record DIR`): every frame as a JPEG and the times beside them. Never of a real customer."""

import json
from pathlib import Path
from typing import Final

import cv2

from kiosk.camera.recording import TIMES_FILE
from kiosk.faults import DiskFull, SettingsRefused
from kiosk.frame import Frame
from kiosk.values import StationClass

_QUALITY: Final = 95


class Recorder:
    """Writes frames as they come; `finish` writes the list of times, without which frames count as evenly spaced."""

    def __init__(self, folder: Path, station: StationClass) -> None:
        """Raises SettingsRefused on a production station, or if the folder already holds something."""
        if station is StationClass.PRODUCTION:
            raise SettingsRefused("a production station never keeps recordings of its customers")
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise SettingsRefused("a recording goes into a new or empty folder")
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._captured_ns: list[int] = []
        self._capture = ""
        self._device = ""

    def keep(self, frame: Frame) -> None:
        """Write one frame. Raises DiskFull."""
        packed = cv2.imencode(".jpg", frame.pixels, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])[1]
        name = f"{len(self._captured_ns):06d}.jpg"
        try:
            (self._folder / name).write_bytes(packed.tobytes())
        except OSError as error:
            raise DiskFull("a frame of the recording could not be written") from error
        self._captured_ns.append(frame.captured_ns)
        self._capture, self._device = frame.provenance.capture.value, frame.provenance.device

    def finish(self) -> int:
        """Write the times; returns the number of frames. Raises DiskFull."""
        times = {"captured_ns": self._captured_ns, "capture": self._capture, "device": self._device}
        try:
            (self._folder / TIMES_FILE).write_text(json.dumps(times), encoding="utf-8")
        except OSError as error:
            raise DiskFull("the recording's times could not be written") from error
        return len(self._captured_ns)
