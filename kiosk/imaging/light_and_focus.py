"""Is there enough light, is it even, is the picture in focus: what whoever sets a camera up wants to know. Pure."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import cv2
import numpy as np

from kiosk.frame import Pixels

WIDTH_PX: Final = 320
"""Every picture is judged at this width, so that a figure means the same for every camera."""
DARK_BELOW, BRIGHT_ABOVE = 60.0, 200.0
"""Mean grey of the middle, 0..255; the guided check itself refuses below 45 and above 225 (LivenessPolicy)."""
UNEVEN_ABOVE: Final = 1.8
"""Brighter half over darker half of the middle: a window beside the customer gives 2 and more."""
BLURRED_BELOW: Final = 40.0
"""Variance of the Laplacian of the middle at `WIDTH_PX`. The astronaut's portrait has over 300, at a blur of 2 px under 20."""


class Seen(StrEnum):
    GOOD = "good"
    TOO_DARK = "too-dark"
    TOO_BRIGHT = "too-bright"
    UNEVEN = "uneven"
    BLURRED = "blurred"


@dataclass(frozen=True, slots=True)
class LightAndFocus:
    """brightness: 0..255; unevenness: at least 1; sharpness: at least 0; light, focus: what to say of them."""

    brightness: float
    unevenness: float
    sharpness: float
    light: Seen
    focus: Seen


def light_and_focus(pixels: Pixels) -> LightAndFocus:
    """pixels: (height, width, 3) BGR, of any size of at least 8 x 8."""
    height = max(8, round(pixels.shape[0] * WIDTH_PX / pixels.shape[1]))
    gray = cv2.cvtColor(cv2.resize(pixels, (WIDTH_PX, height), interpolation=cv2.INTER_AREA), cv2.COLOR_BGR2GRAY)
    middle = gray[height // 6 : -(height // 6), WIDTH_PX // 5 : -(WIDTH_PX // 5)]
    brightness = float(middle.mean())
    half = middle.shape[1] // 2
    left, right = float(middle[:, :half].mean()) + 1.0, float(middle[:, half:].mean()) + 1.0
    unevenness = max(left, right) / min(left, right)
    sharpness = float(cv2.Laplacian(middle, cv2.CV_64F).var())
    if brightness < DARK_BELOW:
        light = Seen.TOO_DARK
    elif brightness > BRIGHT_ABOVE:
        light = Seen.TOO_BRIGHT
    else:
        light = Seen.UNEVEN if unevenness > UNEVEN_ABOVE else Seen.GOOD
    focus = Seen.BLURRED if np.isnan(sharpness) or sharpness < BLURRED_BELOW else Seen.GOOD
    return LightAndFocus(brightness, unevenness, sharpness, light, focus)
