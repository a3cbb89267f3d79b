"""How much light of each colour the skin gives back, beside what the surroundings do: what a light challenge is measured from."""

import numpy as np
from numpy.typing import NDArray

from kiosk.face.observed import FaceSeen, SkinLight
from kiosk.frame import Pixels

_PATCHES = (50, 280, 151, 101, 330)
"""Mesh points in the middle of large even skin: both cheeks outside and inside, and the forehead."""
_LEFT, _RIGHT = (280, 330, 411), (50, 101, 187)
"""Mesh points on each cheek, the subject's own left and right."""
_PATCH_SHARE = 0.07
"""Half a patch's side over the face's width."""
_LEAST_PATCH_PX = 2
_MOST_SAMPLES = 24
"""Along a side: more pixels tell nothing more about a mean."""
_ASIDE_SHARE = 0.35
_DARK, _BRIGHT = 4, 253
"""Levels outside are clipped by the camera and follow no light."""
_LEAST_PIXELS = 64

_LINEAR: NDArray[np.float32] = ((np.arange(256) / 255.0) ** 2.2).astype(np.float32)
"""Levels to light: cameras compress light by about the inverse of 2.2."""


def skin_light(pixels: Pixels, face: FaceSeen) -> SkinLight | None:
    """Return the mean light of skin and surroundings; None where too little skin is seen or it is clipped."""
    half = max(int(face.width_px * _PATCH_SHARE), _LEAST_PATCH_PX)
    squares = {index: _square(pixels, face.landmarks[index, :2], half) for index in {*_PATCHES, *_LEFT, *_RIGHT}}
    skin, left, right = (_mean_light(np.concatenate([squares[index] for index in some])) for some in (_PATCHES, _LEFT, _RIGHT))
    if skin is None:
        return None
    return SkinLight(skin, _mean_light(_beside(pixels, face)), left, right)


def _square(pixels: Pixels, centre: NDArray[np.float32], half: int) -> NDArray[np.uint8]:
    """Return the pixels of a square, (n, 3); empty outside the picture."""
    if not np.isfinite(centre).all():
        return np.zeros((0, 3), np.uint8)
    height, width = pixels.shape[:2]
    x, y = int(np.clip(centre[0], -1e6, 1e6)), int(np.clip(centre[1], -1e6, 1e6))
    step = max(1, 2 * half // _MOST_SAMPLES)
    part = pixels[max(y - half, 0) : max(min(y + half, height), 0) : step, max(x - half, 0) : max(min(x + half, width), 0) : step]
    return part.reshape(-1, 3)


def _beside(pixels: Pixels, face: FaceSeen) -> NDArray[np.uint8]:
    """Return pixels left and right of the head, above the shoulders, (n, 3)."""
    height, width = pixels.shape[:2]
    x0, _, x1, y1 = (float(side) for side in face.box)
    if not np.isfinite([x0, x1, y1]).all():
        return np.zeros((0, 3), np.uint8)
    aside = _ASIDE_SHARE * (x1 - x0)
    left, right = int(np.clip(x0 - aside, 0, width)), int(np.clip(x1 + aside, 0, width))
    bottom = int(np.clip(y1, 0, height))
    step = max(4, height // 60)
    parts = [pixels[0:bottom:step, 0:left:step].reshape(-1, 3), pixels[0:bottom:step, right:width:step].reshape(-1, 3)]
    return np.concatenate(parts)


def _mean_light(levels: NDArray[np.uint8]) -> tuple[float, float, float] | None:
    """Return the light per channel (blue, green, red), 0..1: the mean of the middle half of the pixels; None where even those are clipped.

    By rank and not by level: which pixels are left out must not depend on the light that is to be measured.
    """
    count = len(levels)
    if count < _LEAST_PIXELS:
        return None
    middle = np.sort(levels, axis=0)[count // 4 : count - count // 4]
    if middle[0].min() < _DARK or middle[-1].max() > _BRIGHT:
        return None
    blue, green, red = _LINEAR[middle].mean(axis=0).tolist()
    return float(blue), float(green), float(red)
