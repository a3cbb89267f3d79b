"""A contact sheet of the pictures that were not read right. It shows documents, so it is written under build/ only."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from kiosk.frame import Pixels
from kiosk.measure.document_cases import Lines

TILE = (560, 420)
CAPTION_PX = 130
COLUMNS = 3
MOST_TILES = 60


@dataclass(frozen=True, slots=True, eq=False)
class Tile:
    """picture: None where the file could not be decoded."""

    title: str
    picture: Pixels | None
    true: Lines
    read: Lines


def write_sheet(path: Path, build: Path, tiles: Sequence[Tile]) -> None:
    """Raises ValueError for a place outside `build`: what the sheet shows must not come near the repository."""
    if not path.resolve().is_relative_to(build.resolve()):
        raise ValueError(f"a sheet of documents may only be written under {build}")
    drawn = [_drawn(tile) for tile in tiles[:MOST_TILES]] or [_drawn(Tile("no failures", None, (), ()))]
    while len(drawn) % COLUMNS:
        drawn.append(np.full_like(drawn[0], 255))
    rows = [np.hstack(drawn[i : i + COLUMNS]) for i in range(0, len(drawn), COLUMNS)]
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), np.vstack(rows))


def _drawn(tile: Tile) -> Pixels:
    wide, high = TILE
    sheet = np.full((high + CAPTION_PX, wide, 3), 255, np.uint8)
    if tile.picture is not None:
        factor = min(wide / tile.picture.shape[1], high / tile.picture.shape[0])
        size = (max(1, int(tile.picture.shape[1] * factor)), max(1, int(tile.picture.shape[0] * factor)))
        small = cv2.resize(tile.picture, size, interpolation=cv2.INTER_AREA)
        sheet[: size[1], : size[0]] = small
    _write(sheet, tile.title, 16, 0.5)
    for i, (line, colour) in enumerate([*((line, (0, 110, 0)) for line in tile.true), *((line, (0, 0, 200)) for line in tile.read)]):
        _write(sheet, line, 34 + 16 * i, 0.42, colour)
    return sheet


def _write(sheet: Pixels, text: str, down: int, size: float, colour: tuple[int, int, int] = (0, 0, 0)) -> None:
    cv2.putText(sheet, text, (6, TILE[1] + down), cv2.FONT_HERSHEY_SIMPLEX, size, colour, 1, cv2.LINE_AA)
