"""A camera on this computer, through OpenCV."""

import os
import platform
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

import cv2
import numpy as np

from kiosk.camera.control_probe import Probed, probe
from kiosk.camera.identity import BESIDE_MARK, CameraIdentity, identify
from kiosk.camera.source import Ended, MonotonicClock
from kiosk.faults import CameraLost, CameraUnavailable
from kiosk.frame import Frame, Pixels
from kiosk.imaging.fading import fading
from kiosk.values import Capture, Provenance

WIDTH_PX: Final = 1280
HEIGHT_PX: Final = 720
RATE_HZ: Final = 30

_EMPTY_READS: Final = 3
"""A camera may miss a frame or two when it starts; three in a row without one mean that it is gone."""
_UNPLUGGED_AFTER_S: Final = 3
"""How long V4L2 waits for one frame before OpenCV gives up; its own default of 10 s is too long before a customer. A read that came
back empty after (nearly) as long was not a missed frame: the camera is gone, and waiting twice more helps nobody."""
_NEARLY: Final = 0.9
_DEVICE_PATH: Final = re.compile(r"/dev/(video[0-9]{1,3}|v4l/by-(id|path)/[^/]+)")
"""OpenCV opens files and addresses of the network as readily as devices; frames from those must never be stamped as a live camera's."""


class CaptureDevice(Protocol):
    """The part of cv2.VideoCapture that is used."""

    def isOpened(self) -> bool: ...  # noqa: N802 - OpenCV's name

    def read(self) -> tuple[bool, object]: ...

    def get(self, prop_id: int) -> float: ...

    def set(self, prop_id: int, value: float) -> bool: ...

    def getBackendName(self) -> str: ...  # noqa: N802 - OpenCV's name

    def release(self) -> None: ...


Address = int | str
"""A device number (0 is the first camera) or a device path such as /dev/video2."""


def open_device(address: Address) -> CaptureDevice:
    """Open a camera with the system's own video interface. Raises CameraUnavailable for a text that names no device of Linux's."""
    on_linux = platform.system() == "Linux"
    if isinstance(address, str) and not (on_linux and _DEVICE_PATH.fullmatch(address)):
        raise CameraUnavailable("a camera is a number, or on Linux a path such as /dev/video2 or /dev/v4l/by-id/...")
    if on_linux:
        os.environ.setdefault("OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT", str(_UNPLUGGED_AFTER_S))
        return cv2.VideoCapture(address, cv2.CAP_V4L2)
    return cv2.VideoCapture(address)


class Webcam:
    """Asks for 1280x720 at 30 frames a second, MJPG; takes what the camera gives.

    capture_factory: another one is for tests only: whatever it opens is stamped as a live camera. choose: returns a number below its
    argument, cryptographic; with it the camera is asked for random changes at each opening, and its answer is part of the provenance.
    beside: says what else on this computer lowers trust in the picture, empty if nothing does; asked for every frame, must be quick.
    """

    def __init__(
        self,
        address: Address,
        clock: MonotonicClock,
        capture_factory: Callable[[Address], CaptureDevice] = open_device,
        *,
        choose: Callable[[int], int] | None = None,
        beside: Callable[[], str] = lambda: "",
    ) -> None:
        self._address = address
        self._clock = clock
        self._capture_factory = capture_factory
        self._device: CaptureDevice | None = None
        self._backend = ""
        self._identity: CameraIdentity | None = None
        self._choose = choose
        self._beside = beside
        self._probed: Probed | None = None
        self._sequence = 0

    @property
    def provenance(self) -> Provenance:
        known = [str(part) for part in (self._backend, self._identity, self._probed) if part]
        beside = self._beside()
        told = "; ".join([*known, f"{BESIDE_MARK}{beside}"] if beside else known)
        return Provenance(Capture.LIVE_CAMERA, f"camera {self._address} ({told})" if told else f"camera {self._address}")

    def open(self) -> None:
        self.close()
        try:
            self._device = self._capture_factory(self._address)
            opened = self._device.isOpened()
            if opened:
                self._prepare(self._device)
        except cv2.error as error:
            self.close()
            raise CameraUnavailable(f"camera {self._address}: OpenCV refuses it") from error
        if not opened:
            self.close()
            raise CameraUnavailable(f"camera {self._address} does not open")
        self._sequence = 0

    def _prepare(self, device: CaptureDevice) -> None:
        # MJPG first: uncompressed 720p does not fit through USB 2 at 30 frames a second
        device.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG"))
        device.set(cv2.CAP_PROP_FRAME_WIDTH, WIDTH_PX)
        device.set(cv2.CAP_PROP_FRAME_HEIGHT, HEIGHT_PX)
        device.set(cv2.CAP_PROP_FPS, RATE_HZ)
        device.set(cv2.CAP_PROP_BUFFERSIZE, 1)
        self._backend = device.getBackendName()
        # asked anew at each opening: a camera that was changed for another must not go by the first one's name
        self._identity = identify(self._address)
        self._probed = None if self._choose is None else probe(device, self._choose)

    def read(self) -> Frame | Ended:
        if self._device is None:
            raise CameraLost(f"camera {self._address} is not open")
        began_ns = self._clock()
        for _ in range(_EMPTY_READS):
            try:
                given, picture = self._device.read()
                captured_ns = self._clock()
                pixels = _colour(picture) if given else None
            except cv2.error as error:
                raise CameraLost(f"camera {self._address}: OpenCV stopped reading") from error
            if pixels is not None:
                frame = Frame(fading(pixels, spent=True), self._sequence, captured_ns, self.provenance)
                self._sequence += 1
                return frame
            if captured_ns - began_ns >= _NEARLY * _UNPLUGGED_AFTER_S * 1e9:
                break
        raise CameraLost(f"camera {self._address} gives no more frames")

    def close(self) -> None:
        device, self._device = self._device, None
        if device is not None:
            with suppress(cv2.error):  # a device that cannot even be let go is gone; what it was lost by is told already
                device.release()

    def interrupt(self) -> None:
        """A webcam's read ends by itself within seconds."""


def _colour(picture: object) -> Pixels | None:
    """Return the picture as BGR uint8, or None if it is none."""
    if not isinstance(picture, np.ndarray) or picture.dtype != np.uint8 or picture.size == 0:
        return None
    if picture.ndim == 2:
        return np.asarray(cv2.cvtColor(picture, cv2.COLOR_GRAY2BGR), np.uint8)
    if picture.ndim == 3 and picture.shape[2] == 3:
        return picture
    return None


@dataclass(frozen=True, slots=True)
class ListedCamera:
    """A camera the system knows of. address: for `--camera`; name: as the driver states it."""

    address: Address
    name: str


def list_cameras(devices: Path = Path("/sys/class/video4linux")) -> tuple[ListedCamera, ...]:
    """Return the cameras Linux lists, by number; elsewhere an empty tuple (they can still be opened by number).

    Only a device's first node gives pictures; the others carry its metadata and are left out.
    """
    if not devices.is_dir():
        return ()
    listed = []
    for node in devices.iterdir():
        number = node.name.removeprefix("video")
        if not number.isdigit() or _text(node / "index") not in ("", "0"):
            continue
        listed.append(ListedCamera(int(number), _text(node / "name") or node.name))
    return tuple(sorted(listed, key=lambda camera: int(camera.address)))


def _text(file: Path) -> str:
    return file.read_text(encoding="utf-8", errors="replace").strip() if file.is_file() else ""
