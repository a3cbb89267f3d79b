"""Is it a camera at all that these frames come from? Its provenance, how its frames arrive, and whether pictures come twice.

The first two are asked only of frames that claim to be a live camera's: a recording is marked as one, in every record, and needs no proof.
A feigned camera that copies a real one's name, bus and rhythm is not found here: that is what the light challenge is for.
"""

import math
import zlib
from collections import deque
from typing import Final

import numpy as np

from kiosk.face.observed import FaceSeen, Sign
from kiosk.frame import Frame
from kiosk.liveness.cues import Cue, Gathered
from kiosk.values import Capture, ns

PROVENANCE: Final = "camera-provenance"
ARRIVAL: Final = "arrival"
SEEN_BEFORE: Final = "seen-before"

VIRTUAL_MARKS: Final = (
    *("v4l2loopback", "loopback", "dummy video", "akvcam", "vivid", "vimc", "virtual", "obs", "manycam", "droidcam", "iriun", "epoccam"),
    *("snap camera", "xsplit", "splitcam", "youcam", "webcamoid", "e2esoft", "ndi video", "pipewire", "screen capture", "no driver"),
)
"""What the drivers and names of cameras made of software hold, in lower case."""

GRABBER_MARKS: Final = (
    *("534d:2109", "534d:0021", "345f:2109", "345f:2130", "usb 0fd9:", "usb 2935:", "usb 1edb:", "hdmi", "cam link", "game capture"),
    *("decklink", "magewell", "capture card", "video grabber"),
)
"""Sticks that make a camera of any computer's picture (MacroSilicon, Elgato, Magewell, Blackmagic): USB numbers and names."""

REAL, UNKNOWN, OVERLOOKED, DEAF, CHANGED, VIRTUAL = 0.0, 1.0, 1.2, 1.5, 2.0, 3.0
"""Classes in order of gravity. OVERLOOKED: the screen is shared or recorded; DEAF: neither its controls nor its size answered a random
request; VIRTUAL: no glass before it, or a debugger on this program."""
_NOT_THE_CAMERA: Final = ("; controls ", "; beside: ")
_EVERY_NS: Final = ns(0.5)
_INTERVALS: Final = 90
_LEAST_INTERVALS: Final = 45
_REMEMBERED: Final = 900
_STRIDE: Final = 12


def camera_of(device: str) -> str:
    """Return the part of a description that tells one camera from another."""
    for mark in _NOT_THE_CAMERA:
        device = device.partition(mark)[0]
    return device.rstrip(")")


def provenance_of(device: str) -> float:
    """Return the class of a live camera's description (kiosk/camera/webcam.py, identity.py and control_probe.py wrote it)."""
    lower = device.lower()
    camera = camera_of(lower)
    beside = lower.partition("; beside: ")[2]
    feigned = any(mark in camera for mark in (*VIRTUAL_MARKS, *GRABBER_MARKS))
    if feigned or "on this program" in beside or "feigns cameras" in beside:
        return VIRTUAL
    if "controls ignored" in lower and "size obeyed" not in lower:
        return DEAF
    if beside:
        return OVERLOOKED
    return REAL if "; usb" in camera or "; pci" in camera or "; platform" in camera else UNKNOWN


class CameraWatch:
    """Provenance and arrival; remembers the description and the last intervals."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        self._device: str | None = None
        self._told_ns: int | None = None
        self._last_ns: int | None = None
        self._intervals: deque[int] = deque(maxlen=_INTERVALS)

    def look(self, frame: Frame, faces: tuple[FaceSeen, ...]) -> tuple[Sign, ...]:
        if frame.provenance.capture is not Capture.LIVE_CAMERA:
            return ()
        if self._last_ns is not None and frame.captured_ns > self._last_ns:
            self._intervals.append(frame.captured_ns - self._last_ns)
        self._last_ns = frame.captured_ns
        device = camera_of(frame.provenance.device)
        changed = self._device is not None and device != self._device
        self._device = device if self._device is None else self._device
        if not changed and self._told_ns is not None and frame.captured_ns - self._told_ns < _EVERY_NS:
            return ()
        self._told_ns = frame.captured_ns
        told = (Sign(PROVENANCE, max(provenance_of(frame.provenance.device), CHANGED if changed else REAL)),)
        if len(self._intervals) < _LEAST_INTERVALS:
            return told
        return (*told, Sign(ARRIVAL, irregularity(np.array(self._intervals))))


def irregularity(intervals_ns: np.ndarray) -> float:
    """Return log10 of the median deviation of the intervals over their median: a real camera on a busy computer wavers by a hundredth or
    more, a file that is played by the clock by less than a hundred thousandth."""
    middle = float(np.median(intervals_ns))
    return math.log10(max(float(np.median(np.abs(intervals_ns - middle))) / max(middle, 1.0), 1e-9))


class RepeatWatch:
    """Pictures that are, bit for bit, ones seen before: no sensor makes the same noise twice. Remembers 900 checksums (30 s)."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        self._order: deque[int] = deque()
        self._known: set[int] = set()
        self._last = -1

    def look(self, frame: Frame, faces: tuple[FaceSeen, ...]) -> tuple[Sign, ...]:
        part = np.ascontiguousarray(frame.pixels[::_STRIDE, ::_STRIDE])
        checksum = zlib.crc32(part.tobytes())
        if checksum == self._last:
            return ()  # a slow camera in a fast pipeline gives the same frame twice; `continuity` counts those that never end
        self._last = checksum
        again = checksum in self._known
        if not again and int(part.max()) > int(part.min()):
            self._known.add(checksum)
            self._order.append(checksum)
            if len(self._order) > _REMEMBERED:
                self._known.discard(self._order.popleft())
        return (Sign(SEEN_BEFORE, float(again)),)


# Weights


def provenance_cue(gathered: Gathered) -> Cue | None:
    worst = gathered.highest
    weights = {REAL: 0.0, UNKNOWN: 0.0, OVERLOOKED: -0.5, DEAF: -1.5, CHANGED: -6.0, VIRTUAL: -6.0}
    seen = {
        REAL: "hardware",
        UNKNOWN: "not told",
        OVERLOOKED: "screen shared or recorded",
        DEAF: "controls do not answer",
        CHANGED: "another camera",
        VIRTUAL: "virtual camera",
    }
    return Cue(PROVENANCE, worst, "class", weights.get(worst, -6.0), gathered.count, seen.get(worst, "another camera"))


def arrival_cue(gathered: Gathered) -> Cue | None:
    if gathered.count < 3:
        return None
    value = gathered.quantile(0.5)
    weight = max(-3.0, min(0.0, 3.0 * (value + 4.0)))
    return Cue(ARRIVAL, value, "log10 of interval", weight, gathered.count, "too regular" if weight < 0 else "wavers")


def seen_before_cue(gathered: Gathered) -> Cue | None:
    if gathered.count < 20:
        return None
    weight = max(-6.0, min(0.0, 30 * (0.1 - gathered.mean)))
    return Cue(SEEN_BEFORE, gathered.mean, "share", weight, gathered.count, "pictures come again" if weight < 0 else "all new")
