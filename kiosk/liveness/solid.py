"""A solid head or a picture of one: do the points of the face move, while it turns, as a flat or bent picture's would?

Points are placed by the mesh on a face that looks ahead and then followed *in the pixels* (pyramidal Lucas-Kanade against the first look).
The mesh itself is no witness: it was taught that everything is a face, and bends a photograph's points into one (measured:
docs/liveness.md). For the same reason its depth is used only as the shape to look for, never as evidence that it is there.

1. *The picture hypothesis.* A flat picture moves by a homography; one that is bent about any axis by that and a little more. Both are,
   for the angles in question, a smooth map of second degree. It is fitted robustly. Of a picture nearly all points are found again and
   lie on it; of a head the far side foreshortens, the nose covers the cheek, light changes: few are found, and those on nose and brow
lie off it. 2. *Relief.* What is left after that fit, against the part of a face's depth that no bent picture has (nose against cheeks),
   over the sine of the turn: the height of the relief. A picture has none. A turn goes up or down as well as aside.

Not told apart: a head and a video or puppet that moves like one. Those are for the light challenge and the camera's provenance.
"""

import math
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from kiosk.face.observed import FaceSeen, Sign
from kiosk.frame import Frame, Pixels
from kiosk.liveness.challenge import NotLiveBecause
from kiosk.liveness.cues import Cue, CueRow, Gathered

PICTURE_MOTION: Final = "picture-motion"
RELIEF: Final = "relief"

_FACE_PX: Final = 120.0
"""Faces are tracked at this width: large enough for a nose's parallax (3 pixels at 20 degrees), small enough for a millisecond."""
_MARGIN: Final = 0.5
"""Of the face's box on each side, so that a head may move while it turns."""
_AHEAD_DEG: Final = 14.0
_RENEW_NS: Final = 400_000_000
_FROM_DEG, _TO_DEG = 12.0, 27.0
"""Angles between which a frame is judged: less shows no relief, more loses even a picture's points."""
_LEAVES_DEG: Final = 3.0
_LEAST_FACE_PX: Final = 80.0
_CLOSES_PX: Final = 0.7
"""Tracked there and back a point must come out where it started."""
_JUMP_PX: Final = 3.0
_ON_MAP_PX: Final = 1.0
_LEAST_POINTS: Final = 24
_ROUNDS: Final = 6
_LEAST_FRAMES: Final = 3
_SURE_FRAMES: Final = 7
"""Of relief: with fewer a flat reading may be a tracking that failed (one genuine clip reads -0.14 over 3)."""

_LIPS = (
    *(0, 11, 12, 13, 14, 15, 16, 17, 37, 38, 39, 40, 41, 42, 61, 62, 72, 73, 74, 76, 77, 78, 80, 81, 82, 84, 85, 86, 87, 88, 89, 90),
    *(91, 95, 96, 146, 178, 179, 180, 181, 183, 184, 185, 191, 267, 268, 269, 270, 271, 272, 291, 292, 302, 303, 304, 306, 307, 308),
    *(310, 311, 312, 314, 315, 316, 317, 318, 319, 320, 321, 324, 325, 375, 402, 403, 404, 405, 407, 408, 409, 415),
)
_LIDS = (
    *(33, 7, 163, 144, 145, 153, 154, 155, 133, 173, 157, 158, 159, 160, 161, 246),
    *(263, 249, 390, 373, 374, 380, 381, 382, 362, 398, 384, 385, 386, 387, 388, 466),
)
_OUTLINE = (
    *(10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377, 152, 148, 176, 149, 150, 136, 172, 58),
    *(132, 93, 234, 127, 162, 21, 54, 103, 67, 109),
)
_NOT_RIGID: Final = frozenset((*_LIPS, *_LIDS, *_OUTLINE))
"""What moves by itself, and the outline, which slides over the head."""
POINTS: Final = np.array([index for index in range(468) if index not in _NOT_RIGID][::2])

Gray = NDArray[np.uint8]
Points = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class MotionFit:
    """explained: share of all points that were found again and move as a picture's do, 0..1; relief: the height left over, as a share of
    the depth a face has, about 0 for pictures; certain: that height over its standard error."""

    explained: float
    relief: float
    certain: float


def fit_motion(
    before: Points, now: Points, found: NDArray[np.bool_], depth: NDArray[np.float32], turned_deg: float, raised_deg: float = 0.0
) -> MotionFit:
    """Fit a picture's motion to points at a face width of 120 pixels.

    before, now: (n, 2); found: (n,), which were found again; depth: (n,), towards the camera, the shape a face should have; turned_deg:
    signed, subject's left positive; raised_deg: the same of the pitch, face up positive: who turns seldom turns about one axis alone. With
    too few points everything stays unexplained.
    """
    x, y, z = (values[found].astype(np.float64) for values in (before, now, depth))
    if len(x) < _LEAST_POINTS or not all(bool(np.isfinite(values).all()) for values in (x, y, z)):
        return MotionFit(0.0, 0.0, 0.0)
    smooth = _second_degree(x)
    weight = np.ones(len(x))
    for _ in range(_ROUNDS):
        root = np.sqrt(weight)[:, None]
        moved = np.linalg.lstsq(smooth * root, (y - x) * root, rcond=None)[0]
        left = (y - x) - smooth @ moved
        bent = np.linalg.lstsq(smooth * root, z * root[:, 0], rcond=None)[0]
        proud = z - smooth @ bent
        strength = max(float((weight * proud * proud).sum()), 1e-9)
        height = (weight[:, None] * proud[:, None] * left).sum(axis=0) / strength
        rest = np.linalg.norm(left - proud[:, None] * height, axis=1)
        scale = max(1.48 * float(np.median(rest)), 0.15)
        weight = 1.0 / (1.0 + (rest / (2.0 * scale)) ** 2)
    error = math.sqrt(float((weight * rest**2).sum() / weight.sum()) / 2.0 / strength)
    explained = float((np.linalg.norm(left, axis=1) < _ON_MAP_PX).sum()) / len(before)
    # What is nearer goes right in the picture when the head turns to the subject's left, and up when it is raised.
    way = np.array([math.sin(math.radians(turned_deg)), -math.sin(math.radians(raised_deg))])
    sine = float(np.linalg.norm(way))
    along = float(height @ way) / sine if sine else 0.0
    return MotionFit(explained, along / sine if sine else 0.0, along / max(error, 1e-9))


def _second_degree(points: NDArray[np.float64]) -> NDArray[np.float64]:
    x, y = (points - points.mean(axis=0)).T / (_FACE_PX / 2)
    return np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], axis=1)


@dataclass(slots=True)
class _Look:
    """The look ahead that is followed. scale, origin: from frame to tracking picture; depth: see fit_motion."""

    picture: Gray
    points: Points
    depth: NDArray[np.float32]
    yaw_deg: float
    pitch_deg: float
    at_ns: int
    scale: float
    origin: tuple[int, int]
    size: tuple[int, int]
    newest: Gray
    where: Points


class SolidDetector:
    """Implements `FrameDetector`. Costs about a millisecond on frames of a turn, a tenth of that on others."""

    def __init__(self) -> None:
        self._look: _Look | None = None

    def look(self, frame: Frame, faces: tuple[FaceSeen, ...]) -> tuple[Sign, ...]:
        face = faces[0] if faces else None
        if face is None or face.width_px < _LEAST_FACE_PX or not np.isfinite(face.landmarks).all():
            self._look = None
            return ()
        yaw, look = face.pose.yaw_deg, self._look
        turned = math.inf if look is None else yaw - look.yaw_deg
        if abs(yaw) <= _AHEAD_DEG and (look is None or (abs(turned) <= _LEAVES_DEG and frame.captured_ns - look.at_ns >= _RENEW_NS)):
            self._look = _first_look(frame, face)
            return ()
        if look is None or not _LEAVES_DEG < abs(turned) <= _TO_DEG + 8.0:
            if abs(turned) > _TO_DEG + 8.0:
                self._look = None
            return ()
        now, found = _follow(look, frame.pixels)
        if not _FROM_DEG <= abs(turned) <= _TO_DEG:
            return ()
        fit = fit_motion(look.points, now, found, look.depth, turned, face.pose.pitch_deg - look.pitch_deg)
        signs = (Sign(PICTURE_MOTION, fit.explained),)
        return (*signs, Sign(RELIEF, fit.relief)) if fit.certain else signs

    def forget(self) -> None:
        self._look = None


def _first_look(frame: Frame, face: FaceSeen) -> _Look | None:
    x0, y0, x1, y1 = face.box
    scale = _FACE_PX / face.width_px
    left, top = int(x0 - _MARGIN * (x1 - x0)), int(y0 - 0.25 * (y1 - y0))
    right, bottom = int(x1 + _MARGIN * (x1 - x0)), int(y1 + 0.25 * (y1 - y0))
    height, width = frame.pixels.shape[:2]
    left, top, right, bottom = max(left, 0), max(top, 0), min(right, width), min(bottom, height)
    if right - left < 16 or bottom - top < 16:
        return None
    size = max(round((right - left) * scale), 16), max(round((bottom - top) * scale), 16)
    picture = _part(frame.pixels, (left, top), (right - left, bottom - top), size)
    points = ((face.landmarks[POINTS, :2] - np.array([left, top])) * scale).astype(np.float32)
    depth = (-face.landmarks[POINTS, 2] * scale).astype(np.float32)
    region = (right - left, bottom - top)
    return _Look(
        picture,
        points,
        depth,
        face.pose.yaw_deg,
        face.pose.pitch_deg,
        frame.captured_ns,
        scale,
        (left, top),
        region,
        picture,
        points.copy(),
    )


def _part(pixels: Pixels, origin: tuple[int, int], region: tuple[int, int], size: tuple[int, int]) -> Gray:
    part = pixels[origin[1] : origin[1] + region[1], origin[0] : origin[0] + region[0]]
    smaller = cv2.resize(part, size, interpolation=cv2.INTER_AREA if part.shape[1] > size[0] else cv2.INTER_LINEAR)
    return np.asarray(cv2.cvtColor(smaller, cv2.COLOR_BGR2GRAY), np.uint8)


def _follow(look: _Look, pixels: Pixels) -> tuple[Points, NDArray[np.bool_]]:
    """Return where the points are now and which were found: first from frame to frame, then against the first look, there and back."""
    if pixels.shape[0] < look.origin[1] + look.size[1] or pixels.shape[1] < look.origin[0] + look.size[0]:
        return look.where, np.zeros(len(look.points), np.bool_)
    now = _part(pixels, look.origin, look.size, (look.picture.shape[1], look.picture.shape[0]))
    near, step = _flow(look.newest, now, look.where, look.where, 11, 2)
    there, exact = _flow(look.picture, now, look.points, near, 15, 0)
    back, closed = _flow(now, look.picture, there, look.points, 15, 0)
    found = step & exact & closed & (np.linalg.norm(back - look.points, axis=1) < _CLOSES_PX)
    found &= np.linalg.norm(there - near, axis=1) < _JUMP_PX
    look.newest, look.where = now, np.where(found[:, None], there, near).astype(np.float32)
    return there, found


def _flow(first: Gray, second: Gray, points: Points, guess: Points, window_px: int, levels: int) -> tuple[Points, NDArray[np.bool_]]:
    moved, status, _ = cv2.calcOpticalFlowPyrLK(
        first,
        second,
        points,
        guess.copy(),
        winSize=(window_px, window_px),
        maxLevel=levels,
        criteria=(cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, 15, 0.03),
        flags=cv2.OPTFLOW_USE_INITIAL_FLOW,
    )
    return np.asarray(moved, np.float32), np.asarray(status, np.uint8).ravel() > 0


# How the two are weighed; the figures are in docs/liveness.md.


def _weigh_picture_motion(gathered: Gathered) -> Cue | None:
    """It never speaks for a head: a picture whose points are not found again reads as low."""
    if gathered.count < _LEAST_FRAMES:
        return None
    explained = gathered.quantile(0.5)
    weight = float(np.interp(explained, (0.47, 0.55), (0.0, -4.0)))
    seen = "moves-like-a-picture" if weight <= -1.0 else "not-a-picture" if weight == 0.0 else "not-told"
    return Cue(PICTURE_MOTION, explained, "share of points", weight, gathered.count, seen)


def _weigh_relief(gathered: Gathered) -> Cue | None:
    """Flat weighs more than what looks like skin and a room can make up for (`cue_for_at_most`)."""
    if gathered.count < _LEAST_FRAMES:
        return None
    relief = gathered.quantile(0.5)
    weight = float(np.interp(relief, (0.0, 0.15, 0.2, 0.25, 0.3, 0.4), (-4.0, -3.0, -1.2, -0.3, 0.5, 1.5)))
    if weight < 0:
        weight *= min((gathered.count - 2) / (_SURE_FRAMES - 2), 1.0)
    return Cue(RELIEF, relief, "share of a face's depth", weight, gathered.count, "stands-out" if weight > 0 else "flat")


ROWS: Final = (
    CueRow(PICTURE_MOTION, _weigh_picture_motion, NotLiveBecause.FLAT_FACE),
    CueRow(RELIEF, _weigh_relief, NotLiveBecause.FLAT_FACE),
)
