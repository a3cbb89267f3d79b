"""Was the portrait put into the picture afterwards? Three looks that compare the portrait with the page around it.

Noise: what a sensor adds is alike all over one picture. Grid: a picture pasted from another JPEG brings that JPEG's grid of 8 pixels,
rarely in step with the page's own. Edge: what was pasted after the lens is sharper at its border than anything the lens drew.
All need the picture's own pixels, unscaled; all are blind to a photograph glued on and then photographed.
"""

from dataclasses import dataclass
from enum import StrEnum

import cv2
import numpy as np
from numpy.typing import NDArray

from kiosk.frame import Pixels
from kiosk.imaging.geometry import Gray, gray_of

NOISE_DIFFERS = 2.5
"""Natural logarithm of the ratio of noise levels. Genuine portraits, engraved or dyed, differ from their page by up to 2.3."""
GRID_DIFFERS = 2.0
EDGE_DIFFERS = 1.5
"""On 34 genuine specimens grid reached 1.92 and edge 1.45; see docs/evidence/authenticity.md for what is then missed."""
NEIGHBOURHOOD = 2.5
"""Face widths around the face that are looked at: a 12-megapixel page is not searched whole."""
LEAST_PX = 64
"""Shorter side of a portrait, pixels, under which nothing is said."""
_KERNEL = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)
"""Immerkaer 1996: blind to planes and straight edges, what is left is noise."""


class EditSign(StrEnum):
    NOISE = "noise"
    GRID = "grid"
    EDGE = "edge"


@dataclass(frozen=True, slots=True)
class EditSigns:
    """noise: log ratio of the portrait's noise to the page's; grid: strength of a second JPEG grid in the portrait over the page's there;
    edge: sharpness of the portrait's border over that of the page's print. 0, 1 and 1 where nothing differs."""

    noise: float
    grid: float
    edge: float

    @property
    def suspicious(self) -> tuple[EditSign, ...]:
        signs = (
            (EditSign.NOISE, abs(self.noise) > NOISE_DIFFERS),
            (EditSign.GRID, self.grid > GRID_DIFFERS),
            (EditSign.EDGE, self.edge > EDGE_DIFFERS),
        )
        return tuple(name for name, differs in signs if differs)


def edit_signs(picture: Pixels, page_box: tuple[int, int, int, int], face_box: tuple[int, int, int, int]) -> EditSigns | None:
    """Return the signs, None where the portrait is too small to say anything.

    picture: BGR at its own resolution; page_box, face_box: (x0, y0, x1, y1) pixels of the page and of the face printed on it.
    """
    x0, y0, x1, y1 = face_box
    if min(x1 - x0, y1 - y0) < LEAST_PX:
        return None
    room = round(NEIGHBOURHOOD * max(x1 - x0, y1 - y0))
    near = (x0 - room, y0 - room, x1 + room, y1 + room)
    left, top = (max(0, page_box[i], near[i]) for i in (0, 1))
    right, bottom = (min(page_box[i], near[i]) for i in (2, 3))
    page = gray_of(picture[top:bottom, left:right])
    if min(page.shape) < LEAST_PX:
        return None
    inner = (x0 - left, y0 - top, x1 - left, y1 - top)
    return EditSigns(_noise(page, inner), _grid(page, inner, (left, top)), _edge(page, inner))


def noise_level(gray: Gray) -> float:
    """Return the noise of a picture's smooth parts, gray levels; 0 for a picture without any."""
    response = np.abs(cv2.filter2D(gray.astype(np.float32), -1, _KERNEL))[1:-1, 1:-1]
    blocks = _blocks(response, 8)
    if not len(blocks):
        return 0.0
    means = blocks.mean(axis=(1, 2))
    return float(np.quantile(means, 0.2) * np.sqrt(np.pi / 2) / 6)


def _noise(page: Gray, box: tuple[int, int, int, int]) -> float:
    x0, y0, x1, y1 = box
    own = noise_level(page[max(0, y0) : y1, max(0, x0) : x1])
    others = [noise_level(part) for part in _around(page, box) if min(part.shape) >= LEAST_PX]
    if not others:
        return 0.0
    return float(np.log((own + 0.3) / (float(np.median(others)) + 0.3)))


def _grid(page: Gray, box: tuple[int, int, int, int], offset: tuple[int, int]) -> float:
    """Return how much the strongest blocking phase that is not the page's own stands out inside the portrait."""
    x0, y0, x1, y1 = box
    inside = page[max(0, y0) : y1, max(0, x0) : x1]
    own = _blocking(page, offset)
    here = _blocking(inside, (offset[0] + max(0, x0), offset[1] + max(0, y0)))
    strengths = []
    for axis in (0, 1):
        usual = int(own[axis].argmax())
        others = np.delete(here[axis], usual)
        strengths.append(float(others.max() / max(float(np.median(here[axis])), 1e-6)))
    return min(strengths)


def _blocking(gray: Gray, offset: tuple[int, int]) -> NDArray[np.float64]:
    """Return (2, 8): mean second difference at each column and row phase of a grid of 8 in picture coordinates."""
    values = gray.astype(np.float32)
    across = np.abs(values[:, 1:-2] + values[:, 2:-1] - values[:, :-3] - values[:, 3:]) if values.shape[1] > 16 else np.zeros((1, 8))
    down = np.abs(values[1:-2] + values[2:-1] - values[:-3] - values[3:]) if values.shape[0] > 16 else np.zeros((8, 1))
    # cut at 10: print and hair are no grid
    columns, rows = np.minimum(across, 10).mean(0), np.minimum(down, 10).mean(1)
    phases = np.zeros((2, 8))
    for axis, (line, start) in enumerate(((columns, offset[0]), (rows, offset[1]))):
        where = (np.arange(len(line)) + start + 2) % 8
        phases[axis] = [float(line[where == phase].mean()) if (where == phase).any() else 0.0 for phase in range(8)]
    return phases


def _edge(page: Gray, box: tuple[int, int, int, int]) -> float:
    """Return the sharpness of the sharpest long straight border around the portrait over that of the page's print."""
    x0, y0, x1, y1 = box
    wide, high = x1 - x0, y1 - y0
    ring = page[max(0, y0 - high // 2) : y1 + high // 2, max(0, x0 - wide // 2) : x1 + wide // 2].astype(np.float32)
    print_sharpness = _sharpest(page[: max(8, y0)] if y0 > 40 else page)
    steps = []
    for values in (ring, ring.T):
        step = values[:, 1:] - values[:, :-1]
        # a straight border is the same step in most rows of one column
        shared = np.abs(np.median(step, axis=0))
        column = int(shared.argmax())
        if shared[column] < 6 or not 4 <= column < values.shape[1] - 5:
            continue
        contrast = float(np.abs(np.median(values[:, column + 4] - values[:, column - 3])))
        steps.append(min(shared[column] / max(contrast, 6.0), 1.0))
    return max(steps, default=0.0) / max(print_sharpness, 0.2)


def _sharpest(gray: Gray) -> float:
    """Return how much of a print edge's contrast lies between two neighbouring pixels, of the sharpest tenth: 0..1."""
    values = gray.astype(np.float32)
    if values.shape[1] < 16:
        return 1.0
    step = np.abs(values[:, 1:] - values[:, :-1])[:, 3:-4]
    contrast = np.abs(values[:, 7:] - values[:, :-7])[:, : step.shape[1]]
    strong = contrast > 60
    if int(strong.sum()) < 200:
        return 1.0
    return float(np.quantile(np.minimum(step[strong] / contrast[strong], 1.0), 0.9))


def _around(page: Gray, box: tuple[int, int, int, int]) -> tuple[Gray, ...]:
    """Return parts of the page beside the portrait, as large as it."""
    x0, y0, x1, y1 = box
    wide, high = x1 - x0, y1 - y0
    starts = ((x1 + wide // 2, y0), (x1 + wide // 2, y1), (x0 - 2 * wide, y0), (x1 + 2 * wide, y0))
    parts = (page[max(0, y) : y + high, max(0, x) : x + wide] for x, y in starts if x >= 0 and y >= 0)
    return tuple(part for part in parts if part.size)


def _blocks(values: NDArray[np.float32], side: int) -> NDArray[np.float32]:
    rows, columns = values.shape[0] // side, values.shape[1] // side
    cut = values[: rows * side, : columns * side].reshape(rows, side, columns, side)
    return np.asarray(cut.transpose(0, 2, 1, 3).reshape(-1, side, side), np.float32)
