"""What the light of a screen does to a simulated customer's skin: light adds, in proportion to what the room gives.

Skin gives back the same share of both, so a pixel becomes `1 + share * screen` times itself, in light, over what it was under the screen's
mean; the wall behind stands further off and gets a twentieth. What faces a side gets more of the screen's half on that side. Checked
against nothing but this arithmetic: real skin also shines and scatters.
"""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from kiosk.frame import Pixels
from kiosk.liveness.colours import Screen

ROOM_SHARE: Final = 0.25
"""The screen's full light over the room's on the face. A 24-inch screen of 250 cd/m2 at 60 cm gives about 70 lux, an office 150 to 300."""
_WALL_SHARE: Final = 0.0125
_GAMMA: Final = 2.2
_USUAL: Final = 0.5
"""What an ordinary screen gives, in the same unit: the customer is drawn under it."""
_HALF_ASIDE: Final = 0.2
"""Tangent of the angle at which the middle of a half lies: 12 of 60 cm. A surface that is turned by an angle gets that times its tangent
more of the nearer half (Lambert)."""
_MOST_ASIDE: Final = 0.4
_ROUNDEST: Final = 0.92


class Reflection:
    """Lights one customer's frames. A frame takes about two milliseconds."""

    def __init__(self, face: NDArray[np.floating], frame_size: tuple[int, int], share: float = ROOM_SHARE, *, solid: bool = True) -> None:
        """face: (n, 2) mesh points looking ahead, pixels; frame_size: (width, height); solid: whether the halves light the cheeks
        differently, as they do on a head; if not, all of the face gets their mean."""
        width, height = frame_size
        low, high = face.min(axis=0), face.max(axis=0)
        x0, y0 = (max(int(value), 0) for value in low - 0.25 * (high - low))
        x1, y1 = min(int(high[0] + 0.25 * (high[0] - low[0])), width), min(int(high[1] + 0.35 * (high[1] - low[1])), height)
        mask = np.zeros((y1 - y0, x1 - x0), np.float32)
        middle = float((low[0] + high[0]) / 2)
        centre = (middle - x0, float((low[1] + high[1]) / 2 - y0))
        size = (float(1.15 * (high[0] - low[0])), float(1.2 * (high[1] - low[1])))
        cv2.ellipse(mask, (centre, size, 0.0), (1.0,), -1)
        self._mask = cv2.GaussianBlur(mask, (0, 0), 0.05 * float(high[0] - low[0]))[..., None]
        self._box = (x0, y0, x1, y1)
        self._share = share
        aside = np.clip((np.arange(x0, x1) - middle) / max(float(high[0] - low[0]) / 2, 1.0), -_ROUNDEST, _ROUNDEST)
        nearer = np.clip(_HALF_ASIDE * aside / np.sqrt(1 - aside**2), -_MOST_ASIDE, _MOST_ASIDE) if solid else np.zeros(x1 - x0)
        # The subject's left, which is on the right of the picture, is where the screen's left half is.
        self._of_left: NDArray[np.float32] = ((1 + nearer) / 2).astype(np.float32)[None, :, None]

    def lit(self, frame: Pixels, screen: Screen) -> Pixels:
        """Return the frame under that screen."""
        x0, y0, x1, y1 = self._box
        wall = mean_gain(screen, _WALL_SHARE)
        skin = across(screen, self._share, self._of_left)
        lit = _times(frame, wall)
        part = frame[y0:y1, x0:x1].astype(np.float32)
        part *= wall + self._mask * (skin - wall)
        lit[y0:y1, x0:x1] = np.clip(part + 0.5, 0, 255).astype(np.uint8)
        return lit


def across(screen: Screen, share: float, of_left: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return what each channel's level is multiplied by, (..., 3), where the left half gives so much of the light, (..., 1), 0..1."""
    left, right = (_gain(half, share) for half in (_light(screen[0]), _light(screen[1])))
    return np.asarray(right + of_left * (left - right), np.float32)


def mean_gain(screen: Screen, share: float) -> NDArray[np.float32]:
    """Return what each channel's level is multiplied by, (3,) blue, green, red, under both halves alike, where the screen's full light is
    `share` of the room's."""
    return _gain(np.asarray((_light(screen[0]) + _light(screen[1])) / 2, np.float32), share)


def _light(colour: tuple[int, int, int]) -> NDArray[np.float32]:
    return np.asarray((np.array(colour[::-1], np.float32) / 255.0) ** _GAMMA, np.float32)


def _gain(light: NDArray[np.float32], share: float) -> NDArray[np.float32]:
    return np.asarray(((1.0 + share * light) / (1.0 + share * _USUAL)) ** (1.0 / _GAMMA), np.float32)


def _times(frame: Pixels, gain: NDArray[np.float32]) -> Pixels:
    levels = np.arange(256, dtype=np.float32)[:, None] * gain[None, :]
    table = np.clip(levels + 0.5, 0, 255).astype(np.uint8)[None]
    return np.asarray(cv2.LUT(frame, table), np.uint8)
