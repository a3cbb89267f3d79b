"""A wrong clip as a strip of frames with the reason, for a person to look at. Goes under the build folder only: the frames show faces."""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from kiosk.face.observed import FaceObservation
from kiosk.frame import Pixels

FRAMES = 8
_HEIGHT = 200
_CAPTION = 24


class Strip:
    """Collects an even sample of a clip's frames, small, however long it is."""

    def __init__(self) -> None:
        self._kept: list[tuple[int, Pixels]] = []
        self._every = 1
        self._count = 0

    def add(self, pixels: Pixels, seen: FaceObservation) -> None:
        if self._count % self._every == 0:
            self._kept.append((seen.sequence, _small(pixels, seen)))
            if len(self._kept) > 2 * FRAMES:
                self._kept, self._every = self._kept[::2], self._every * 2
        self._count += 1

    def write(self, lines: Sequence[str], file: Path) -> None:
        """Write the strip with some lines of text under it. Raises OSError."""
        step = max(len(self._kept) // FRAMES, 1)
        tiles = [_numbered(number, tile) for number, tile in self._kept[::step][:FRAMES]]
        row = np.hstack(tiles) if tiles else np.full((_HEIGHT, 3 * _HEIGHT, 3), 128, np.uint8)
        foot = np.full((_CAPTION * len(lines) + 8, row.shape[1], 3), 255, np.uint8)
        for number, line in enumerate(lines):
            place = (6, _CAPTION * (number + 1) - 6)
            cv2.putText(foot, line, place, cv2.FONT_HERSHEY_SIMPLEX, 0.45, (20, 20, 20), 1, cv2.LINE_AA)
        done, packed = cv2.imencode(".jpg", np.vstack([row, foot]))
        if not done:
            raise OSError(f"{file.name} cannot be packed")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(packed.tobytes())


def _small(pixels: Pixels, seen: FaceObservation) -> Pixels:
    height, width = pixels.shape[:2]
    factor = _HEIGHT / height
    tile = cv2.resize(pixels, (max(round(width * factor), 1), _HEIGHT), interpolation=cv2.INTER_AREA)
    for face in seen.faces:
        x0, y0, x1, y1 = (round(side * factor) for side in face.box)
        cv2.rectangle(tile, (x0, y0), (x1, y1), (60, 200, 60), 1)
    return np.asarray(tile, np.uint8)


def _numbered(number: int, tile: Pixels) -> Pixels:
    named = tile.copy()
    cv2.putText(named, str(number), (4, 14), cv2.FONT_HERSHEY_SIMPLEX, 0.42, (255, 255, 255), 2, cv2.LINE_AA)
    cv2.putText(named, str(number), (4, 14), cv2.FONT_HERSHEY_SIMPLEX, 0.42, (0, 0, 0), 1, cv2.LINE_AA)
    return named
