"""Is an MRZ set in OCR-B at ten characters to the inch? Fonts and spacing, cell by cell.

Each character is compared with OCR-B's own shape of it at its place on an even grid. A proportional font leaves the grid; another
fixed-pitch font keeps it but looks different; OCR-B itself, which anybody may install, passes. Says nothing of rows under 11 pixels.
"""

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from kiosk.document.layouts import ALPHABET
from kiosk.document.ocr_b import CELL, glyphs
from kiosk.imaging.geometry import Gray, Quad

LEAST_CAPITAL_PX = 11.0
LEAST_LIKENESS = 0.60
"""Median correlation with OCR-B's shapes; measured on specimens and on other fonts (docs/evidence/authenticity.md)."""
MOST_STRAY = 0.25
"""Spread of the characters' places off an even grid, in pitches."""
_REACH = 5
"""A character is looked for so many pixels (of a pitch of 14) to either side of its place."""
_DOWN = 3
_STRETCHES = (-0.036, -0.024, -0.012, 0.0, 0.012, 0.024, 0.036)


@dataclass(frozen=True, slots=True)
class MrzPrint:
    """likeness: median correlation of characters with OCR-B's, -1..1; stray: spread off an even grid, in pitches; cells: how many."""

    likeness: float
    stray: float
    cells: int

    @property
    def is_ocr_b(self) -> bool:
        return self.likeness >= LEAST_LIKENESS and self.stray <= MOST_STRAY


def mrz_print(gray: Gray, corners: Quad, lines: tuple[str, ...], capital_px: float) -> MrzPrint | None:
    """Return how an MRZ is set, None where its characters are too small to say.

    gray: the picture; corners: of the zone, clockwise from the first character's upper left, top and bottom at the capitals' edges;
    lines: as read; capital_px: height of its capitals in the picture.
    """
    if capital_px < LEAST_CAPITAL_PX:
        return None
    length = len(lines[0])
    found = [_row(_straight(gray, corners, row, len(lines), length), line) for row, line in enumerate(lines)]
    strays = [stray for _, stray in found]
    scores = np.concatenate([own for own, _ in found])
    if len(scores) < 20:
        return None
    return MrzPrint(float(np.median(scores)), float(np.median(strays)), len(scores))


def _straight(gray: Gray, corners: Quad, row: int, rows: int, length: int) -> NDArray[np.float32]:
    """Return one row cut level, one cell high with room above and below, ink bright."""
    high, pitch = CELL
    capital = high * 2.4 / (2.54 * high / pitch)
    # the zone from the first capital's left edge to the last one's right edge is a little less than all pitches
    left, top = 0.08 * pitch, high / 2 - capital / 2 + _DOWN
    steps = (rows - 1) or 1
    lower = corners[3] - corners[0], corners[2] - corners[1]
    # capitals of the first row begin at the zone's top, those of the last end at its bottom
    share = row / steps
    thick = capital / (capital + steps * 5.3 / 2.54 * pitch) if rows == 3 else capital / (capital + steps * 6.35 / 2.54 * pitch)
    first = share * (1 - thick)
    quad = np.array(
        [
            corners[0] + first * lower[0],
            corners[1] + first * lower[1],
            corners[1] + (first + thick) * lower[1],
            corners[0] + (first + thick) * lower[0],
        ],
        np.float32,
    )
    wide = pitch * length
    target = np.array([[left, top], [wide - left, top], [wide - left, top + capital], [left, top + capital]], np.float32)
    matrix = cv2.getPerspectiveTransform(quad, target)
    size = (wide, high + 2 * _DOWN)
    cut = cv2.warpPerspective(gray, matrix, size, flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REPLICATE).astype(np.float32)
    paper = cv2.dilate(cut, np.ones((15, 15), np.uint8))
    return np.asarray(1 - cut / np.maximum(paper, 1), np.float32)


def _row(row: NDArray[np.float32], line: str) -> tuple[NDArray[np.float32], float]:
    """Return each character's best correlation with its shape, and how far the places stray from an even grid, in pitches.

    Where the row begins and ends is known to a character or so: the stretch under which most characters agree is taken.
    """
    tries = [_matched(row, line, stretch) for stretch in _STRETCHES]
    scores, off, at = max(tries, key=lambda found: float(np.median(found[0])) if len(found[0]) else -1.0)
    if len(at) < 6:
        return scores, 0.0
    sure = scores >= np.median(scores)
    bend = np.polyfit(at[sure], off[sure], 2) if int(sure.sum()) >= 6 else np.polyfit(at, off, 1)
    rest = off - np.polyval(bend, at)
    return scores, float(np.median(np.abs(rest - np.median(rest)))) * 1.4826 / CELL[1]


def _matched(row: NDArray[np.float32], line: str, stretch: float) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """Return per character its correlation, its place off the grid in pixels and its number, the grid stretched about the row's middle."""
    pitch = CELL[1]
    shapes = _shapes()
    room = _REACH + pitch
    padded = cv2.copyMakeBorder(row, 0, 0, room, room, cv2.BORDER_REPLICATE)
    found = []
    for i, character in enumerate(line):
        if character == "<":
            continue
        start = room - _REACH + round((i + stretch * (i - (len(line) - 1) / 2)) * pitch)
        window = padded[:, max(0, start) : start + pitch + 2 * _REACH]
        if window.shape[1] < pitch:
            continue
        match = cv2.matchTemplate(window, shapes[ALPHABET.index(character)], cv2.TM_CCOEFF_NORMED)
        best = int(match.max(axis=0).argmax())
        exact = (i + stretch * (i - (len(line) - 1) / 2)) * pitch
        found.append((float(match.max()), best + start - room - exact, float(i)))
    columns = np.array(found, np.float32).reshape(-1, 3).T
    return columns[0], columns[1], columns[2]


@lru_cache(maxsize=1)
def _shapes() -> NDArray[np.float32]:
    """OCR-B's shapes a little blurred, as a camera sees them."""
    return np.stack([cv2.GaussianBlur(shape, (0, 0), 0.7) for shape in glyphs()])
