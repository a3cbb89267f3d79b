"""Harder copies of document pictures, several disturbances at once: for finding what breaks, not for setting any threshold.

They were first drawn when the reader was finished; nothing of it is fitted to them. Some are beyond anybody.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import cv2
import numpy as np
from numpy.typing import NDArray

from kiosk.frame import Pixels

_WORDS = ("VISAS", "ENTRY", "THIS PASSPORT", "LE TITULAIRE", "SIGNATURE", "1234567", "OBSERVATIONS")


def _shown(values: NDArray[np.floating]) -> Pixels:
    return np.asarray(np.clip(values, 0, 255), np.uint8)


def _pressed(picture: Pixels, quality: int) -> Pixels:
    _, coded = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])
    decoded = cv2.imdecode(coded, cv2.IMREAD_COLOR)
    assert decoded is not None
    return np.asarray(decoded, np.uint8)


def _scaled(picture: Pixels, factor: float) -> Pixels:
    way = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(picture, None, fx=factor, fy=factor, interpolation=way), np.uint8)


def _on_a_table(picture: Pixels, rng: np.random.Generator, size: tuple[int, int], share: float, degrees: float, warp: float) -> Pixels:
    """Return a picture of `size` (width, height) with this one on it, its longer side that share of the picture's shorter side."""
    wide, high = size
    own_high, own_wide = picture.shape[:2]
    factor = share * min(size) / max(own_wide, own_high)
    turn = np.radians(degrees)
    about = np.array([[-own_wide, -own_high], [own_wide, -own_high], [own_wide, own_high], [-own_wide, own_high]]) / 2 * factor
    corners = about @ np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    corners = corners * (1 + rng.uniform(-warp, warp, (4, 2))) + np.array(size) / 2
    source = np.array([[0, 0], [own_wide, 0], [own_wide, own_high], [0, own_high]], np.float32)
    matrix = cv2.getPerspectiveTransform(source, corners.astype(np.float32))
    soft = cv2.GaussianBlur(picture, (0, 0), 0.4 / factor) if factor < 0.8 else picture
    laid = cv2.warpPerspective(soft, matrix, size, flags=cv2.INTER_LINEAR)
    inside = cv2.warpPerspective(np.full((own_high, own_wide), 255, np.uint8), matrix, size) > 127
    grain = cv2.resize(rng.normal(0, 12, (high // 6 + 1, wide // 6 + 1)).astype(np.float32), size)
    table = rng.uniform(40, 210, 3)[None, None] + grain[..., None]
    return _shown(np.where(inside[..., None], laid, table))


def _thumbnail(picture: Pixels, rng: np.random.Generator) -> Pixels:
    """400 pixels, a little in perspective, pressed."""
    high, wide = picture.shape[:2]
    side = round(1.15 * max(high, wide))
    return _pressed(_scaled(_on_a_table(picture, rng, (side, side), 0.92, rng.uniform(-4, 4), 0.04), 400 / side), 65)


def _far_in_twelve_megapixels(picture: Pixels, rng: np.random.Generator) -> Pixels:
    """A quarter to a third of the shorter side of a phone's photograph, at any angle."""
    return _pressed(_on_a_table(picture, rng, (4000, 3000), rng.uniform(0.24, 0.36), rng.uniform(0, 360), 0.04), 80)


def _both_pages(picture: Pixels, rng: np.random.Generator) -> Pixels:
    """The facing page above, printed, any quarter turn."""
    high, wide = picture.shape[:2]
    page = np.full((high, wide, 3), int(rng.integers(190, 245)), np.uint8)
    size = wide / 900
    for i in range(int(rng.integers(3, 9))):
        at = (int(rng.uniform(0.03, 0.3) * wide), int((i + 1) * high / 10))
        words = " ".join(rng.choice(_WORDS, int(rng.integers(1, 4))))
        cv2.putText(page, words, at, cv2.FONT_HERSHEY_SIMPLEX, 0.9 * size, (50, 40, 60), max(1, round(2 * size)), cv2.LINE_AA)
    both = np.asarray(np.vstack([page, picture]), np.uint8)
    side = round(1.2 * max(both.shape[:2]))
    return _on_a_table(both, rng, (side, side), 0.85, float(rng.choice([0, 90, 180, 270])) + rng.normal(0, 5), 0.04)


def _photocopy(picture: Pixels, rng: np.random.Generator) -> Pixels:
    """Black and white only, specks."""
    gray = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
    gray = np.asarray(cv2.resize(gray, None, fx=(factor := max(1.0, 1200 / max(gray.shape))), fy=factor), np.uint8)
    around = 2 * (max(gray.shape) // 40) + 1
    soft = cv2.GaussianBlur(gray, (0, 0), 0.8)
    copy = cv2.adaptiveThreshold(soft, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY, around, rng.uniform(10, 20))
    copy[rng.random(copy.shape) < 0.002] = 0
    return np.asarray(np.repeat(copy[..., None], 3, 2), np.uint8)


def _shadow(picture: Pixels, rng: np.random.Generator) -> Pixels:
    """The edge of a shadow across the lower half."""
    high, wide = picture.shape[:2]
    y, x = (grid.astype(np.float32) for grid in np.mgrid[0:high, 0:wide])
    turn, at = rng.uniform(0, 2 * np.pi), np.array([0.5, 0.8]) + rng.normal(0, 0.1, 2)
    along = (x - at[0] * wide) * np.cos(turn) + (y - at[1] * high) * np.sin(turn)
    light = 1 / (1 + np.exp(np.clip(-along / (wide * rng.uniform(0.002, 0.02)), -50, 50)))
    return _shown(picture * (rng.uniform(0.25, 0.5) + 0.6 * light)[..., None] + rng.normal(0, 3, picture.shape))


def _streak(picture: Pixels, rng: np.random.Generator) -> Pixels:
    """Blinding reflections in the lower third: characters are lost."""
    high, wide = picture.shape[:2]
    y, x = (grid.astype(np.float32) for grid in np.mgrid[0:high, 0:wide])
    light = np.zeros((high, wide), np.float32)
    for _ in range(3):
        turn, at = rng.uniform(0, np.pi), rng.uniform(0, 1, 2) * (wide, 0.3 * high) + (0, 0.7 * high)
        across = -(x - at[0]) * np.sin(turn) + (y - at[1]) * np.cos(turn)
        along = (x - at[0]) * np.cos(turn) + (y - at[1]) * np.sin(turn)
        light += rng.uniform(150, 400) * np.exp(-((along / (0.1 * wide)) ** 2) - (across / (0.012 * wide)) ** 2)
    return _pressed(_shown(picture + light[..., None]), 85)


def _all_at_once(picture: Pixels, rng: np.random.Generator) -> Pixels:
    """Turned, perspective, reflections, noise, blur, pressed."""
    side = round(1.25 * max(picture.shape[:2]))
    turned = _on_a_table(picture, rng, (side, side), 0.85, float(rng.choice([0, 90, 180, 270])) + rng.normal(0, 8), 0.06)
    y, x = (grid.astype(np.float32) for grid in np.mgrid[0:side, 0:side])
    for _ in range(2):
        at, reach = rng.uniform(0, side, 2), rng.uniform(0.04, 0.15) * side
        spot = rng.uniform(40, 110) * np.exp(-(((x - at[0]) / reach) ** 2) - ((y - at[1]) / (0.4 * reach)) ** 2)
        turned = _shown(turned + spot[..., None])
    soft = np.asarray(cv2.GaussianBlur(turned, (0, 0), max(0.3, 0.0007 * side)), np.uint8)
    return _pressed(_shown(soft + rng.normal(0, rng.uniform(1, 5), soft.shape)), int(rng.integers(45, 85)))


HARD_COPIES: Mapping[str, Callable[[Pixels, np.random.Generator], Pixels]] = MappingProxyType(
    {
        "thumbnail": _thumbnail,
        "far-12mp": _far_in_twelve_megapixels,
        "both-pages": _both_pages,
        "photocopy": _photocopy,
        "shadow": _shadow,
        "streak": _streak,
        "all-at-once": _all_at_once,
    }
)
