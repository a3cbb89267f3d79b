"""Does the room fit the face? What lies close beside a head belongs to the room, unless the head is a picture that somebody holds up.

1. *Held apart.* Points close beside and above the head are followed, and points near the frame's edges. A held picture's own background
   sways against the room behind it; a room stands still, and a camera that shakes moves all of it alike.
2. *Flicker.* How much brighter and darker the face becomes from frame to frame, against the room: a screen has its own light, and it is
   not the room's.

Figures and curves: docs/liveness.md.
"""

import math
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from kiosk.face.observed import FaceSeen, Sign
from kiosk.frame import Frame, Pixels
from kiosk.liveness.cues import Cue, Gathered
from kiosk.values import ns

HELD_APART: Final = "held-apart"
FLICKER: Final = "flicker"

_WIDE: Final = 320
_EVERY_NS: Final = ns(0.19)
_SPAN_NS: Final = ns(0.75)
"""Points are followed for so long before new ones are chosen."""
_GAP_NS: Final = ns(0.6)
_LEAST_POINTS: Final = 5
_MOST_POINTS: Final = 24
_CLOSES_PX: Final = 0.5
_LEAST_FACE_PX: Final = 24.0
_NEAR: Final = (0.72, 1.35)
"""Ring beside the head, in face widths from its middle."""
_EDGE_SHARE: Final = 0.11
_FLICKERS: Final = 12
_LEAST_LOOKS: Final = 4

Gray = NDArray[np.uint8]
Points = NDArray[np.float32]


class SceneWatch:
    """Looks five times a second; remembers one small picture and some points."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        self._first: Gray | None = None
        self._first_ns = 0
        self._last_ns: int | None = None
        self._near: Points = np.zeros((0, 2), np.float32)
        self._far: Points = np.zeros((0, 2), np.float32)
        self._levels: list[float] = []

    def look(self, frame: Frame, faces: tuple[FaceSeen, ...]) -> tuple[Sign, ...]:
        at = frame.captured_ns
        if not faces or not np.isfinite(faces[0].box).all():
            return ()
        if self._last_ns is not None and 0 <= at - self._last_ns < _EVERY_NS:
            return ()
        broken = self._last_ns is None or not 0 < at - self._last_ns < _GAP_NS
        self._last_ns = at
        scale = _WIDE / max(frame.size[0], 1)
        small = _small(frame.pixels, scale)
        face = faces[0]
        box = tuple(side * scale for side in face.box)
        signs = self._flickers(small, box, broken)
        if self._first is None or broken or self._first.shape != small.shape or not 0 < at - self._first_ns <= _SPAN_NS:
            self._choose(small, box, at)
            return signs
        apart = self._apart(small, face.width_px * scale)
        return signs if apart is None else (*signs, Sign(HELD_APART, apart))

    def _choose(self, small: Gray, box: tuple[float, ...], at_ns: int) -> None:
        self._first, self._first_ns = small, at_ns
        near, far = _regions(small.shape, box)
        self._near, self._far = _corners(small, near), _corners(small, far)

    def _apart(self, small: Gray, face_px: float) -> float | None:
        """Return log10 of how far what is near the head has moved against what is far, in face widths."""
        if self._first is None or face_px < _LEAST_FACE_PX:
            return None
        near, far = (_moved(self._first, small, points) for points in (self._near, self._far))
        if len(near) < _LEAST_POINTS or len(far) < _LEAST_POINTS:
            return None
        between = np.median(near, axis=0) - np.median(far, axis=0)
        # only what moves as one thing: leaves, people behind and hair do not
        spread = float(np.median(np.linalg.norm(near - np.median(near, axis=0), axis=1)))
        apart = max(float(np.linalg.norm(between)) - spread, 0.0)
        return math.log10(max(apart / face_px, 1e-4))

    def _flickers(self, small: Gray, box: tuple[float, ...], broken: bool) -> tuple[Sign, ...]:
        level = _face_over_room(small, box)
        if level is None or broken:
            self._levels = [] if level is None else [level]
            return ()
        self._levels = [*self._levels[-_FLICKERS:], level]
        if len(self._levels) < _FLICKERS:
            return ()
        # second differences: a drift, and a head that moves steadily, fall out
        bend = np.abs(np.diff(np.array(self._levels), 2))
        return (Sign(FLICKER, math.log10(max(float(np.median(bend)), 1e-5))),)


def _small(pixels: Pixels, scale: float) -> Gray:
    size = (_WIDE, max(round(pixels.shape[0] * scale), 1))
    smaller = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    return np.asarray(cv2.cvtColor(smaller, cv2.COLOR_BGR2GRAY), np.uint8)


def _regions(shape: tuple[int, ...], box: tuple[float, ...]) -> tuple[Gray, Gray]:
    """Return where to look for points: close beside and above the head, and near the frame's left and right edges."""
    height, width = shape[:2]
    face = box[2] - box[0]
    middle, eyes = (box[0] + box[2]) / 2, box[1] + 0.4 * (box[3] - box[1])
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    away = np.maximum(np.abs(x - middle), np.maximum(eyes - y, 0.0) * 0.85) / max(face, 1.0)
    near = (away > _NEAR[0]) & (away < _NEAR[1]) & (y < box[3])
    edge = (x < _EDGE_SHARE * width) | (x > (1 - _EDGE_SHARE) * width)
    far = edge & (away > _NEAR[1] + 0.15)
    return near.astype(np.uint8) * 255, far.astype(np.uint8) * 255


def _corners(small: Gray, where: Gray) -> Points:
    found = cv2.goodFeaturesToTrack(small, _MOST_POINTS, 0.02, 5, mask=where, blockSize=5)
    return np.zeros((0, 2), np.float32) if found is None else np.asarray(found, np.float32).reshape(-1, 2)


def _moved(first: Gray, now: Gray, points: Points) -> NDArray[np.float64]:
    """Return how far the points have moved that were found again, (n, 2), pixels."""
    if len(points) == 0:
        return np.zeros((0, 2))
    there, one, _ = cv2.calcOpticalFlowPyrLK(first, now, points, points.copy(), winSize=(13, 13), maxLevel=2)
    back, other, _ = cv2.calcOpticalFlowPyrLK(now, first, there, points.copy(), winSize=(13, 13), maxLevel=2)
    found = (np.asarray(one).ravel() > 0) & (np.asarray(other).ravel() > 0) & (np.linalg.norm(back - points, axis=1) < _CLOSES_PX)
    return np.asarray((there - points)[found], np.float64)


def _face_over_room(small: Gray, box: tuple[float, ...]) -> float | None:
    """Return log of the face's mean gray over that of the frame's edges."""
    x0, y0, x1, y1 = box
    half = 0.3 * (x1 - x0)
    x, y = (x0 + x1) / 2, (y0 + y1) / 2
    face = small[max(int(y - half), 0) : max(int(y + half), 0), max(int(x - half), 0) : max(int(x + half), 0)]
    edge = max(int(_EDGE_SHARE * small.shape[1]), 2)
    room = small[:, :edge].mean() + small[:, -edge:].mean()
    if face.size < 16 or room < 4.0:
        return None
    return math.log((float(face.mean()) + 1.0) / (float(room) / 2 + 1.0))


def held_apart_cue(gathered: Gathered) -> Cue | None:
    """Half of the looks at genuine clips read -1.96 and less (21 of 33 have something to follow), at held replays -1.4, -1.2 and -1.3,
    at simulated prints -1.5 and -1.9."""
    if gathered.count < _LEAST_LOOKS:
        return None
    middle = gathered.quantile(0.5)
    weight = max(-2.5, min(0.0, 6.0 * (-1.75 - middle)))
    return Cue(HELD_APART, middle, "log10 of face widths", weight, gathered.count, "held up" if weight < 0 else "of the room")


def flicker_cue(gathered: Gathered) -> Cue | None:
    """Genuine clips read -1.31 and less, one replay in five -0.8."""
    if gathered.count < _LEAST_LOOKS:
        return None
    middle = gathered.quantile(0.5)
    weight = max(-2.0, min(0.0, 5.0 * (-1.15 - middle)))
    return Cue(FLICKER, middle, "log10 of brightness", weight, gathered.count, "flickers" if weight < 0 else "as the room")
