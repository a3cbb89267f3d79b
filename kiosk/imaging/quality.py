"""How usable a picture is: sharpness, brightness, reflections."""

import cv2
import numpy as np
from numpy.typing import NDArray

from kiosk.imaging.geometry import Gray


def sharpness(gray: Gray) -> float:
    """Return the variance of the Laplacian: 0 for a flat picture, above about 60 for readable print at 640 px width."""
    if min(gray.shape[:2]) < 3:
        return 0.0
    return float(cv2.Laplacian(gray, cv2.CV_16S).var())


def brightness(gray: Gray) -> float:
    """Return the median gray value, 0-255."""
    return float(np.median(gray[::4, ::4])) if gray.size else 0.0


def _darkest_channel(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    blue, green, red = cv2.split(picture)
    return np.asarray(cv2.min(cv2.min(blue, green), red), np.uint8)


def glare_map(picture: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Return where a BGR picture is burnt out: all channels at 250 or more, over more than a few pixels."""
    burnt = (_darkest_channel(picture) >= 250).astype(np.uint8)
    return np.asarray(cv2.morphologyEx(burnt, cv2.MORPH_OPEN, np.ones((5, 5), np.uint8)), np.bool_)


def glare_share(picture: NDArray[np.uint8]) -> float:
    """Return the share of the picture that is burnt out while the rest is not white: 0..1.

    White paper and screens are burnt out nearly everywhere and hide nothing; a lamp's reflection is a bright island in a page
    whose typical brightness is lower.
    """
    if not picture.size or float(np.median(_darkest_channel(picture)[::4, ::4])) > 225:
        return 0.0
    return float(glare_map(picture).mean())
