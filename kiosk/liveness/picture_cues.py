"""Cues in single pictures that a person can be shown: a straight border round the face, a glowing picture, skin of no skin's colour.

Tried and left out, because on the labelled clips they told replays from people no better than chance (area under the curve): peaks in the
spectrum from pixels and halftone (0.50), saturation (0.53), sharpness against size (0.39), noise (0.67, and it follows the light),
colour cast of the darkest pixels (0.67), chroma (0.44). See docs/liveness.md.
"""

import math
from typing import Final

import cv2
import numpy as np

from kiosk.face.observed import FaceSeen, Sign
from kiosk.frame import Frame, Pixels
from kiosk.imaging.geometry import gray_of
from kiosk.liveness.cues import Cue, Gathered
from kiosk.values import ns

BORDERS: Final = "borders"
GLOW: Final = "glow"
SKIN_COLOUR: Final = "skin-colour"

_EVERY_NS: Final = ns(0.25)
_REGION_PX: Final = 240
_LEAST_WIDTH_PX: Final = 60.0
_LEAST_LOOKS: Final = 4
_UPRIGHT_DEG: Final = 15.0
_BLOWN_OUT: Final = 250
_FACE_PX: Final = 80

Box = tuple[float, float, float, float]


class PictureWatch:
    """Looks four times a second. Needs no memory but the time."""

    def __init__(self) -> None:
        self._last_ns: int | None = None

    def forget(self) -> None:
        self._last_ns = None

    def look(self, frame: Frame, faces: tuple[FaceSeen, ...]) -> tuple[Sign, ...]:
        if not faces or faces[0].width_px < _LEAST_WIDTH_PX:
            return ()
        if self._last_ns is not None and 0 <= frame.captured_ns - self._last_ns < _EVERY_NS:
            return ()
        self._last_ns = frame.captured_ns
        middle = _middle_of(frame.pixels, faces[0].box)
        if middle is None:
            return ()
        return (
            Sign(BORDERS, straight_lines(frame.pixels, faces[0].box)),
            Sign(GLOW, float((gray_of(middle) >= _BLOWN_OUT).mean())),
            Sign(SKIN_COLOUR, green_over_red(middle)),
        )


def straight_lines(pixels: Pixels, box: Box) -> float:
    """Return log(1 + length of upright and level lines around a face, in face widths); only lines as long as the face count."""
    height, width = pixels.shape[:2]
    face = box[2] - box[0]
    x0, y0 = max(int(box[0] - face), 0), max(int(box[1] - face), 0)
    x1, y1 = min(int(box[2] + face), width), min(int(box[3] + face), height)
    region = gray_of(pixels[y0:y1, x0:x1])
    scale = _REGION_PX / max(region.shape)
    small = cv2.resize(region, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    least = max(int(face * scale), 8)
    found = cv2.HoughLinesP(cv2.Canny(small, 60, 140), 1, np.pi / 180, 40, minLineLength=least, maxLineGap=4)
    total = 0.0
    for ax, ay, bx, by in np.reshape(found, (-1, 4)) if found is not None else ():
        off = abs(math.degrees(math.atan2(by - ay, bx - ax))) % 90
        if min(off, 90 - off) < _UPRIGHT_DEG:
            total += math.hypot(bx - ax, by - ay)
    return math.log1p(total / least)


def green_over_red(face: Pixels) -> float:
    """Return log(mean green / mean red): blood makes skin red, whatever its shade, under any light that is nearly white."""
    _, green, red = (float(value) for value in face.reshape(-1, 3).mean(0))
    return math.log((green + 1) / (red + 1))


def _middle_of(pixels: Pixels, box: Box) -> Pixels | None:
    """Return the middle square of the face, small; None where it is outside the frame."""
    half = (box[2] - box[0]) * 0.4
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    part = pixels[max(int(y - half), 0) : int(y + half), max(int(x - half), 0) : int(x + half)]
    if min(part.shape[:2]) < 8:
        return None
    return np.asarray(cv2.resize(part, (_FACE_PX, _FACE_PX), interpolation=cv2.INTER_AREA), np.uint8)


# Weights. None speaks for a person: most attacks show no border, do not glow and have a skin's colour. A border or a glow alone refuses
# nobody: booths have door frames, and windows.


def _cue(gathered: Gathered, value: float, unit: str, weight: float, for_it: str, against: str) -> Cue | None:
    if gathered.count < _LEAST_LOOKS:
        return None
    return Cue(gathered.name, value, unit, weight, gathered.count, against if weight < 0 else for_it)


def borders_cue(gathered: Gathered) -> Cue | None:
    """Genuine rooms reach 1.4; held pictures with their edge in sight 1.8 and more."""
    value = gathered.quantile(0.5)
    weight = max(-1.5, min(0.0, 2.5 * (1.5 - value)))
    return _cue(gathered, value, "log of face widths", weight, "no border", "straight borders")


def glow_cue(gathered: Gathered) -> Cue | None:
    """Share of the face that is blown out: at most 0.04 over genuine clips."""
    value = gathered.quantile(0.5)
    weight = max(-1.5, min(0.0, 25 * (0.07 - value)))
    return _cue(gathered, value, "share", weight, "no glow", "blown out")


def skin_colour_cue(gathered: Gathered) -> Cue | None:
    """Genuine faces -0.07 and less."""
    value = gathered.quantile(0.5)
    weight = max(-3.0, min(0.0, 40 * (-0.03 - value)))
    return _cue(gathered, value, "log of green over red", weight, "like skin", "no skin's colour")
