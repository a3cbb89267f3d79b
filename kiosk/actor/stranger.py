"""A second face for the customer who shows somebody else's card, made from the one portrait we may keep.

No other real face is in the repository. The portrait is enlarged, its skull, jaw, eyes, nose and mouth reshaped, hair and skin
recoloured, a beard and heavy brows drawn on. The result looks like a (somewhat made-up) person who never lived, and the face
print takes him for someone else. The recipe is fixed: the same portrait gives the same stranger.
"""

import math
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from kiosk.frame import Pixels

Floats = NDArray[np.float32]

ENLARGED: Final = 2
"""The stranger's portrait has this many times the width and height of the original: room for drawn hair."""

_LOWER_OVAL = (132, 58, 172, 136, 150, 149, 176, 148, 152, 377, 400, 378, 379, 365, 397, 288, 361)
_BEARD_TOP = (433, 416, 434, 432, 436, 426, 391, 393, 164, 167, 165, 206, 216, 212, 214, 192, 213)
_LIPS = (61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 409, 270, 269, 267, 0, 37, 39, 40, 185)
_BROWS = ((70, 63, 105, 66, 107, 55, 65, 52, 53, 46), (300, 293, 334, 296, 336, 285, 295, 282, 283, 276))


@dataclass(frozen=True, slots=True)
class Pull:
    """One local reshaping: around mesh point `at`, within `reach` (shares of the face's width), stretch and shift.

    grow: (across, down) scale factors at the middle; shift: (right, down) in shares of the face's width.
    """

    at: int
    reach: float
    grow: tuple[float, float] = (1.0, 1.0)
    shift: tuple[float, float] = (0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Recipe:
    pulls: tuple[Pull, ...]
    hair_gain: float
    """Brightness of the hair, share of the portrait's."""
    skin_gain: tuple[float, float, float]
    """What the skin's blue, green and red are multiplied by."""
    beard: float
    """0 none to 1 full."""
    brows: float


STRANGER: Final = Recipe(
    # found by a random search for the least like print among faces that still looked like one
    pulls=(
        Pull(172, 0.55, shift=(-0.09, -0.03)),
        Pull(397, 0.55, shift=(0.09, -0.03)),
        Pull(152, 0.50, grow=(1.05, 1.0), shift=(0.0, -0.034)),
        Pull(468, 0.26, grow=(0.875, 0.74), shift=(0.027, 0.03)),
        Pull(473, 0.26, grow=(0.875, 0.74), shift=(-0.027, 0.03)),
        Pull(4, 0.36, grow=(1.42, 1.22), shift=(0.0, -0.018)),
        Pull(168, 0.30, grow=(1.25, 1.0)),
        Pull(13, 0.38, grow=(0.98, 0.87), shift=(0.0, 0.043)),
        Pull(105, 0.24, shift=(0.0, 0.015)),
        Pull(334, 0.24, shift=(0.0, 0.015)),
        Pull(61, 0.22, shift=(0.03, 0.03)),
        Pull(291, 0.22, shift=(-0.03, 0.03)),
        Pull(4, 1.20, grow=(1.0, 1.15)),
    ),
    hair_gain=0.27,
    skin_gain=(0.51, 0.55, 0.63),
    beard=0.8,
    brows=0.95,
)


def stranger_of(portrait: Pixels, landmarks: NDArray[np.floating], recipe: Recipe = STRANGER) -> Pixels:
    """Return the portrait of somebody else, BGR, ENLARGED times as wide and high.

    portrait: BGR with one frontal face; landmarks: (478, 3) mesh points in its pixels.
    """
    big = cv2.resize(portrait, None, fx=ENLARGED, fy=ENLARGED, interpolation=cv2.INTER_LANCZOS4)
    points = np.asarray(landmarks[:, :2] * ENLARGED + (ENLARGED - 1) / 2, np.float64)
    coloured = _recolour(np.asarray(big, np.uint8), points, recipe)
    for index, contour in enumerate(_BROWS):
        _grow_hair(coloured, points, _region(coloured.shape, points, contour), recipe.brows, seed=index, along=True)
    _grow_hair(coloured, points, _beard_region(coloured.shape, points), recipe.beard, seed=7, along=False)
    return _reshape(coloured, points, recipe.pulls)


def _reshape(picture: Pixels, points: NDArray[np.float64], pulls: tuple[Pull, ...]) -> Pixels:
    """Apply the pulls one after the other; each is a smooth bump that fades to nothing at its reach."""
    height, width = picture.shape[:2]
    face_width = float(np.ptp(points[:468, 0]))
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    source_x, source_y = x.copy(), y.copy()
    for pull in pulls:
        centre = points[pull.at] + np.array(pull.shift) * face_width
        dx, dy = x - np.float32(centre[0]), y - np.float32(centre[1])
        fade = np.clip(1 - np.hypot(dx, dy) / np.float32(pull.reach * face_width), 0, 1)
        bump = fade * fade * (3 - 2 * fade)
        source_x -= bump * (dx * np.float32(1 - 1 / pull.grow[0]) + np.float32(pull.shift[0] * face_width))
        source_y -= bump * (dy * np.float32(1 - 1 / pull.grow[1]) + np.float32(pull.shift[1] * face_width))
    moved = cv2.remap(picture, source_x, source_y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)
    return np.asarray(moved, np.uint8)


def _recolour(picture: Pixels, points: NDArray[np.float64], recipe: Recipe) -> Pixels:
    height, width = picture.shape[:2]
    face_width = float(np.ptp(points[:468, 0]))
    centre = points[:468].mean(axis=0)
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    chin = float(points[152, 1])
    lab = cv2.cvtColor(picture, cv2.COLOR_BGR2LAB).astype(np.float32)
    light, red, yellow = lab[..., 0], lab[..., 1] - 128, lab[..., 2] - 128
    head = _near(np.hypot((x - centre[0]) / (1.05 * face_width), (y - centre[1] + 0.15 * face_width) / (1.15 * face_width)), 0.8)
    head *= np.clip((chin + 0.30 * face_width - y) / (0.15 * face_width), 0, 1)
    golden = np.clip((yellow - red - 10) / 6, 0, 1)
    dark = np.clip((130 - light) / 30, 0, 1) * np.clip((yellow - 6) / 6, 0, 1)
    above_ears = np.clip((points[168, 1] - y) / (0.1 * face_width), 0, 1) * np.clip((yellow - 7.5) / 4, 0, 1)
    above_jaw = np.clip((points[61, 1] - y) / (0.1 * face_width), 0, 1)
    skin_core = cv2.GaussianBlur(_region(picture.shape, points, _INNER_FACE), (0, 0), 0.02 * face_width)
    hair = np.maximum.reduce([golden, dark, above_ears]) * head * above_jaw * (1 - skin_core)
    hair = cv2.GaussianBlur(hair, (0, 0), 1.5)
    low = np.array([[points[172, 0], points[58, 1]], [points[397, 0], points[288, 1]]])
    down = 0.60 * face_width
    neck = np.zeros((height, width), np.float32)
    corners = [low[0], low[1], low[1] + (0.0, down), low[0] + (0.0, down)]
    cv2.fillPoly(neck, [np.round(np.array(corners)).astype(np.int32)], 1.0)
    ears = _near(np.abs(x - centre[0]) / (0.62 * face_width), 0.95) * (np.abs(y - points[4, 1]) < 0.42 * face_width)
    bare = np.clip((yellow - 9) / 4, 0, 1) * np.clip((light - 55) / 30, 0, 1) * np.maximum(neck, ears) * (1 - hair)
    skin = np.maximum(bare, skin_core * np.clip((light - 40) / 40, 0, 1))
    # whites of eyes and teeth darken a little too, or they would glow
    skin = cv2.GaussianBlur(skin, (0, 0), 2.0) * (1 - 0.6 * _eyes_and_mouth(picture.shape, points))
    out = picture.astype(np.float32)
    out *= 1 - skin[..., None] * (1 - np.array(recipe.skin_gain, np.float32))
    black = light[..., None] * recipe.hair_gain * np.array([0.98, 0.97, 1.0], np.float32)
    out = out * (1 - hair[..., None]) + black * hair[..., None]
    return np.asarray(np.clip(out, 0, 255), np.uint8)


_INNER_FACE = (71, 54, 68, 104, 69, 108, 151, 337, 299, 333, 298, 284, 301, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377,
               152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234)  # fmt: skip
_RIGHT_EYE = (33, 7, 163, 144, 145, 153, 154, 155, 133, 173, 157, 158, 159, 160, 161, 246)
_LEFT_EYE = (263, 249, 390, 373, 374, 380, 381, 382, 362, 398, 384, 385, 386, 387, 388, 466)
_INNER_LIPS = (78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308, 415, 310, 311, 312, 13, 82, 81, 80, 191)


def _eyes_and_mouth(shape: tuple[int, ...], points: NDArray[np.float64]) -> Floats:
    parts = [_region(shape, points, contour) for contour in (_RIGHT_EYE, _LEFT_EYE, _INNER_LIPS)]
    return np.asarray(cv2.GaussianBlur(np.maximum.reduce(parts), (0, 0), 1.5), np.float32)


def _beard_region(shape: tuple[int, ...], points: NDArray[np.float64]) -> Floats:
    whole = _region(shape, points, _LOWER_OVAL + _BEARD_TOP)
    return np.asarray(np.clip(whole - _region(shape, points, _LIPS), 0, 1), np.float32)


def _grow_hair(picture: NDArray[np.uint8], points: NDArray[np.float64], region: Floats, strength: float, *, seed: int, along: bool) -> None:
    """Draw short dark hairs inside a region: a soft shadow first, then single strokes. along: like a brow, else like a beard."""
    if strength <= 0:
        return
    face_width = float(np.ptp(points[:468, 0]))
    soft = cv2.GaussianBlur(region, (0, 0), (0.012 if along else 0.03) * face_width)
    shade = np.array([34, 36, 42], np.float32)
    weight = np.asarray(soft * strength * (0.75 if along else 0.62))[..., None]
    strokes = np.zeros(picture.shape[:2], np.uint8)
    draw = np.random.default_rng(seed)
    places = np.column_stack(np.nonzero(region > 0.5))
    middle = points[4, 0]
    for row, column in places[draw.choice(len(places), size=min(len(places) // 5, 6000))]:
        side = 1.0 if column > middle else -1.0
        angle = (math.radians(-20) if along else math.radians(70)) + draw.normal(0, 0.35)
        length = (0.05 if along else 0.045) * face_width * draw.uniform(0.5, 1.2)
        end = (column + side * math.cos(angle) * length, row + math.sin(angle) * length)
        cv2.line(strokes, (int(column), int(row)), (round(end[0]), round(end[1])), int(draw.integers(90, 255)), 1, cv2.LINE_AA)
    stroke_weight = cv2.GaussianBlur(strokes, (0, 0), 0.7).astype(np.float32)[..., None] / 255 * 0.75 * strength
    stroke_weight = stroke_weight * np.clip(soft * 2.2, 0, 1)[..., None]
    out = picture.astype(np.float32)
    out = out * (1 - weight) + shade * weight
    out = out * (1 - stroke_weight) + 0.55 * shade * stroke_weight
    picture[:] = np.clip(out, 0, 255).astype(np.uint8)


def _region(shape: tuple[int, ...], points: NDArray[np.float64], contour: tuple[int, ...]) -> Floats:
    mask = np.zeros(shape[:2], np.uint8)
    cv2.fillPoly(mask, [np.round(points[list(contour)]).astype(np.int32)], 255, cv2.LINE_AA)
    return np.asarray(mask.astype(np.float32) / 255, np.float32)


def _near(distance: Floats, solid: float) -> Floats:
    return np.asarray(np.clip((1 - distance) / (1 - solid), 0, 1), np.float32)
