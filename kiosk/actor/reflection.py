"""What the light of a screen does to a simulated customer's skin: light adds, in proportion to what the room gives.

Skin gives back the same share of both, so a pixel becomes `1 + share * screen` times itself, in light, over what it was under the screen's
mean; the wall behind stands further off and gets a twentieth. Checked against nothing but this arithmetic: real skin also shines and
scatters.
"""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from kiosk.frame import Pixels

Colour = tuple[int, int, int]

ROOM_SHARE: Final = 0.25
"""The screen's full light over the room's on the face. A 24-inch screen of 250 cd/m2 at 60 cm gives about 70 lux, an office 150 to 300."""
_WALL_SHARE: Final = 0.0125
_GAMMA: Final = 2.2
_USUAL: Final = 0.5
"""What an ordinary screen gives, in the same unit: the customer is drawn under it."""


class Reflection:
    """Lights one customer's frames. A frame takes about two milliseconds."""

    def __init__(self, face: NDArray[np.floating], frame_size: tuple[int, int], share: float = ROOM_SHARE) -> None:
        """face: (n, 2) mesh points looking ahead, pixels; frame_size: (width, height)."""
        width, height = frame_size
        low, high = face.min(axis=0), face.max(axis=0)
        x0, y0 = (max(int(value), 0) for value in low - 0.25 * (high - low))
        x1, y1 = min(int(high[0] + 0.25 * (high[0] - low[0])), width), min(int(high[1] + 0.35 * (high[1] - low[1])), height)
        mask = np.zeros((y1 - y0, x1 - x0), np.float32)
        centre = (float((low[0] + high[0]) / 2 - x0), float((low[1] + high[1]) / 2 - y0))
        size = (float(1.15 * (high[0] - low[0])), float(1.2 * (high[1] - low[1])))
        cv2.ellipse(mask, (centre, size, 0.0), (1.0,), -1)
        self._mask = cv2.GaussianBlur(mask, (0, 0), 0.05 * float(high[0] - low[0]))[..., None]
        self._box = (x0, y0, x1, y1)
        self._share = share

    def lit(self, frame: Pixels, colour: Colour) -> Pixels:
        """Return the frame under a screen of that colour (red, green, blue, 0..255)."""
        x0, y0, x1, y1 = self._box
        wall, skin = gain(colour, _WALL_SHARE), gain(colour, self._share)
        lit = _times(frame, wall)
        part = frame[y0:y1, x0:x1].astype(np.float32)
        part *= wall + self._mask * (skin - wall)
        lit[y0:y1, x0:x1] = np.clip(part + 0.5, 0, 255).astype(np.uint8)
        return lit


def gain(colour: Colour, share: float) -> NDArray[np.float32]:
    """Return what each channel's level is multiplied by, (3,) blue, green, red, where the screen's full light is `share` of the room's."""
    screen = (np.array(colour[::-1], np.float32) / 255.0) ** _GAMMA
    return np.asarray(((1.0 + share * screen) / (1.0 + share * _USUAL)) ** (1.0 / _GAMMA), np.float32)


def _times(frame: Pixels, gain: NDArray[np.float32]) -> Pixels:
    levels = np.arange(256, dtype=np.float32)[:, None] * gain[None, :]
    table = np.clip(levels + 0.5, 0, 255).astype(np.uint8)[None]
    return np.asarray(cv2.LUT(frame, table), np.uint8)
