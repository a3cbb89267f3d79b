"""Was a document photographed from a screen, or copied without colour? Cheap looks at the picture's own pixels.

A screen's pixels beat with the camera's: a pattern of one pitch over the whole picture, document and surroundings alike, in brightness.
It shows as a peak at the same place in the spectra of most tiles. Guilloches are periodic too, but in few tiles, not in the
same place. Sharp screens photographed slightly out of focus show nothing: finding no pattern proves nothing.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from kiosk.frame import Pixels
from kiosk.imaging.geometry import gray_of

TILE = 256
LOWEST_FREQUENCY = 0.06
"""Cycles per pixel from which a pattern counts: print, edges and shading fill the spectrum below."""
PROMINENT = 3.8
"""Natural logarithm of a peak over its surroundings in the mean spectrum of all tiles. Measured: docs/evidence/authenticity.md."""
COLOURLESS = 2.5
"""Spread of colour (CIE Lab, distance from the page's median colour, 95th percentile) under which a page has none."""
_WINDOW = np.outer(np.hanning(TILE), np.hanning(TILE)).astype(np.float32)


@dataclass(frozen=True, slots=True)
class Pattern:
    """prominence: of the strongest shared peak, natural logarithm; pitch_px: the pattern's period."""

    prominence: float
    pitch_px: float


def screen_pattern(picture: Pixels) -> Pattern:
    """Return the strongest pattern shared by tiles all over a picture. picture: BGR at its own resolution; never scaled before."""
    gray = gray_of(picture)
    height, width = gray.shape
    if min(height, width) < TILE:
        return Pattern(0.0, 0.0)
    across = np.linspace(0, width - TILE, 3).astype(int)
    down = np.linspace(0, height - TILE, 3).astype(int)
    spectra = []
    for y in sorted(set(down)):
        for x in sorted(set(across)):
            tile = gray[y : y + TILE, x : x + TILE].astype(np.float32)
            tile -= cv2.GaussianBlur(tile, (0, 0), 3.0)
            if float(tile.std()) > 0.3:
                spectra.append(np.log(np.abs(np.fft.rfft2(tile * _WINDOW)) + 1.0))
    if len(spectra) < 3:
        return Pattern(0.0, 0.0)
    # The third lowest tenth over tiles: a peak must be in most of them.
    shared = np.fft.fftshift(np.quantile(np.stack(spectra), 0.3, axis=0), axes=0).astype(np.float32)
    floor = cv2.medianBlur(cv2.normalize(shared, np.zeros_like(shared), 0, 255, cv2.NORM_MINMAX).astype(np.uint8), 21)
    low, high = float(shared.min()), float(shared.max())
    prominence = shared - (floor.astype(np.float32) / 255 * (high - low) + low)
    v, u = np.mgrid[-TILE // 2 : TILE // 2, 0 : TILE // 2 + 1].astype(np.float32) / TILE
    radius = np.hypot(u, v)
    # Camera and JPEG have grids of their own: eighths of a pixel's frequency along the axes are theirs.
    own = (np.abs(u * 8 - np.round(u * 8)) < 0.04) & (np.abs(v * 8 - np.round(v * 8)) < 0.04)
    prominence[(radius < LOWEST_FREQUENCY) | own | (np.abs(u) < 1.5 / TILE) & (np.abs(v) < 1.5 / TILE)] = 0
    at = np.unravel_index(int(prominence.argmax()), prominence.shape)
    return Pattern(float(prominence[at]), float(1 / max(radius[at], 1e-3)))


def colour_spread(page: Pixels) -> float:
    """Return how far colours on a page lie from its median colour (CIE Lab, 95th percentile): light alone tints all of it alike."""
    small = cv2.resize(page, (160, 100), interpolation=cv2.INTER_AREA)
    lab = cv2.cvtColor(small.astype(np.float32) / 255, cv2.COLOR_BGR2LAB)[..., 1:]
    return float(np.quantile(np.linalg.norm(lab - np.median(lab, axis=(0, 1)), axis=2), 0.95))
