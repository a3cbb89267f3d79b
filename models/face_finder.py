"""Find faces: MediaPipe's BlazeFace, short range. The network sees 128 x 128 pixels, so small faces need tiles.

Decoding: MediaPipe's SSD anchors for this model (two per cell of a 16 x 16 grid, six per cell of an 8 x 8 grid, all of unit
size) and weighted non-maximum suppression (Bazarevsky et al. 2019, BlazeFace, section 4).
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from kiosk.frame import Pixels
from models.catalogue import Catalogue

_SCORE_AT_LEAST = 0.5
"""MediaPipe's own threshold for this model."""
_SAME_FACE_OVERLAP = 0.3
_SMALLEST_FACE_SHARE = 0.12
"""Cheek to cheek over the picture's longer side. Of 198 LFW faces all were found at 0.14, 99.5 % at 0.12, 96 % at 0.10."""
_MOST_TILES = 200


@dataclass(frozen=True, slots=True, eq=False)
class FoundFace:
    """box: (x0, y0, x1, y1) pixels, forehead to chin, may reach outside the picture; keypoints: (6, 2) pixels, the subject's
    right eye, left eye, nose tip, mouth, right ear, left ear; score: 0..1."""

    box: tuple[float, float, float, float]
    keypoints: NDArray[np.float64]
    score: float

    @property
    def width_px(self) -> float:
        return self.box[2] - self.box[0]


@dataclass(frozen=True, slots=True)
class Tile:
    """A rectangle of the picture, in whole pixels."""

    x0: int
    y0: int
    x1: int
    y1: int


class FaceFinder:
    def __init__(self, catalogue: Catalogue) -> None:
        self._model = catalogue.session("face_finder")
        self._side = self._model.entry.inputs[0].shape[1]
        self._anchors = np.vstack([_grid(self._side // 8, 2), _grid(self._side // 16, 6)])

    def find(self, image: Pixels) -> tuple[FoundFace, ...]:
        """Return the faces at least about an eighth as wide as the picture's longer side, best score first."""
        height, width = image.shape[:2]
        return self.find_in_tiles(image, (Tile(0, 0, width, height),))

    def find_small(self, image: Pixels, smallest_face_px: float) -> tuple[FoundFace, ...]:
        """Return faces at least that wide, such as a portrait on a document, best score first.

        Takes about one millisecond per tile; the number of tiles grows as (picture / face) squared.
        """
        return self.find_in_tiles(image, tiles_for(image.shape[1], image.shape[0], smallest_face_px))

    def find_in_tiles(self, image: Pixels, tiles: tuple[Tile, ...]) -> tuple[FoundFace, ...]:
        """Return the faces seen in any of the tiles, each once, best score first."""
        rows = [self._candidates(image, tile) for tile in tiles]
        return _merge(np.vstack(rows)) if rows else ()

    def _candidates(self, image: Pixels, tile: Tile) -> NDArray[np.float64]:
        """Return (n, 17): score, box and keypoints in the whole picture's pixels."""
        part = image[tile.y0 : tile.y1, tile.x0 : tile.x1]
        if part.size == 0:
            return np.zeros((0, 17))
        square, scale, left, top = _letterbox(part, self._side)
        picture = cv2.cvtColor(square, cv2.COLOR_BGR2RGB).astype(np.float32)[None] / 127.5 - 1.0
        regressors, logits = self._model.run(picture)
        scores = 1.0 / (1.0 + np.exp(-np.clip(logits[0, :, 0].astype(np.float64), -80.0, 80.0)))
        good = scores >= _SCORE_AT_LEAST
        numbers = regressors[0][good].astype(np.float64)
        anchors = self._anchors[good] * self._side
        centres, sizes = numbers[:, :2] + anchors, numbers[:, 2:4]
        keypoints = (numbers[:, 4:].reshape(-1, 6, 2) + anchors[:, None]).reshape(-1, 12)
        points = np.hstack([centres - sizes / 2, centres + sizes / 2, keypoints]).reshape(-1, 8, 2)
        points = (points - [left, top]) / scale + [tile.x0, tile.y0]
        return np.column_stack([scores[good], points.reshape(-1, 16)])


def tiles_for(width: int, height: int, smallest_face_px: float) -> tuple[Tile, ...]:
    """Return half-overlapping squares, coarse to fine, so that each face of that width fills enough of one of them.

    Raises ValueError unless the width is positive. The finest level is left out when it would need too many tiles.
    """
    if smallest_face_px <= 0:
        raise ValueError("the smallest face must be wider than 0 pixels")
    tiles = [Tile(0, 0, width, height)]
    side, wanted = max(width, height), smallest_face_px / _SMALLEST_FACE_SHARE
    while side > wanted:
        side = max(round(side / 2), 1)
        level = [Tile(x, y, min(x + side, width), min(y + side, height)) for y in _starts(height, side) for x in _starts(width, side)]
        if len(tiles) + len(level) > _MOST_TILES:
            break
        tiles += level
    return tuple(tiles)


def _starts(length: int, side: int) -> list[int]:
    """Return where half-overlapping stretches of `side` begin along `length`, the last one flush with the end."""
    if length <= side:
        return [0]
    count = -(-(length - side) // max(side // 2, 1)) + 1
    return [round(i * (length - side) / (count - 1)) for i in range(count)]


def _grid(cells: int, per_cell: int) -> NDArray[np.float64]:
    """Return (cells * cells * per_cell, 2) anchor centres, 0..1, row by row."""
    centres = (np.arange(cells) + 0.5) / cells
    across, down = np.meshgrid(centres, centres)
    return np.repeat(np.column_stack([across.ravel(), down.ravel()]), per_cell, axis=0)


def _letterbox(part: Pixels, side: int) -> tuple[Pixels, NDArray[np.float64], int, int]:
    """Return (square, scale in x and y, left, top): the part as large as it fits, centred on black."""
    height, width = part.shape[:2]
    fit = side / max(height, width)
    new_width, new_height = max(round(width * fit), 1), max(round(height * fit), 1)
    square: Pixels = np.zeros((side, side, 3), np.uint8)
    left, top = (side - new_width) // 2, (side - new_height) // 2
    method = cv2.INTER_AREA if fit < 1 else cv2.INTER_LINEAR
    square[top : top + new_height, left : left + new_width] = cv2.resize(part, (new_width, new_height), interpolation=method)
    return square, np.array([new_width / width, new_height / height]), left, top


def _merge(rows: NDArray[np.float64]) -> tuple[FoundFace, ...]:
    """Average what overlaps the best remaining box, weighted by score, until nothing remains."""
    faces = []
    rows = rows[np.argsort(-rows[:, 0], kind="stable")]
    while len(rows):
        same = _overlap(rows[0, 1:5], rows[:, 1:5]) >= _SAME_FACE_OVERLAP
        same[0] = True
        weights = rows[same, :1]
        mean = (rows[same, 1:] * weights).sum(axis=0) / weights.sum()
        x0, y0, x1, y1 = mean[:4].tolist()
        faces.append(FoundFace((x0, y0, x1, y1), mean[4:].reshape(6, 2), float(rows[0, 0])))
        rows = rows[~same]
    return tuple(faces)


def _overlap(box: NDArray[np.float64], boxes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return intersection over union of one box with each of (n, 4) boxes."""
    low, high = np.maximum(box[:2], boxes[:, :2]), np.minimum(box[2:], boxes[:, 2:])
    common = np.clip(high - low, 0.0, None).prod(axis=1)
    area = np.clip(box[2:] - box[:2], 0.0, None).prod()
    areas = np.clip(boxes[:, 2:] - boxes[:, :2], 0.0, None).prod(axis=1)
    overlap: NDArray[np.float64] = common / np.maximum(area + areas - common, 1e-9)
    return overlap
