"""Sets a row in type: its characters in one of the fonts of documents, with parts of the rows above and below it and what else is printed
near, and the ink as a press, a pin printer or a thermal head lays it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from models.train.mrz.dice import Dice, Gray
from models.train.mrz.texts import ALPHABET, TextSource

Font = tuple[Path, float, float]
"""Path, share of the lines (relative), extra pitch."""
_SYSTEM = Path("/usr/share/fonts")
_OCRB, _TRUETYPE, _URW = _SYSTEM / "opentype/ocr-b", _SYSTEM / "truetype", _SYSTEM / "opentype/urw-base35"
FONTS: tuple[Font, ...] = (
    (_OCRB / "OCRB.otf", 34.0, 1.0),
    (_OCRB / "OCRBS.otf", 26.0, 1.0),
    (_TRUETYPE / "dejavu/DejaVuSansMono.ttf", 3.0, 1.1),
    (_TRUETYPE / "dejavu/DejaVuSansMono-Bold.ttf", 2.0, 1.1),
    (_TRUETYPE / "noto/NotoMono-Regular.ttf", 3.0, 1.1),
    (_URW / "NimbusMonoPS-Bold.otf", 3.0, 1.1),
    (_URW / "NimbusMonoPS-Regular.otf", 1.0, 1.1),
    (_URW / "NimbusSans-Regular.otf", 2.0, 1.15),
    (_URW / "NimbusSansNarrow-Regular.otf", 1.0, 1.2),
    (_TRUETYPE / "dejavu/DejaVuSansCondensed.ttf", 1.0, 1.1),
)
"""Licences: OCR-B and DejaVu free, Noto OFL, URW AGPL with font exception."""
_SIZES = (14, 20, 28, 40)
_PITCHES = (0.92, 1.0, 1.08, 1.2, 1.35, 1.6)
_PITCH_SHARES = (0.10, 0.5, 0.19, 0.11, 0.07, 0.03)


@dataclass(frozen=True, slots=True, eq=False)
class Composed:
    """ink: 0-255, rows around the one meant included; row_top: top of its cell; cell: advance; capital_px: height of its capitals, which
    begin 0.3 of it below row_top; length: characters. All in pixels of the composition."""

    ink: Gray
    row_top: int
    cell: int
    capital_px: int
    length: int


def glyphs(font: Path, capital_px: int, pitch: float) -> Gray:
    """Return (37, height, advance) ink 0-255 of the alphabet; capitals stand from 0.3 to 1.3 capital heights below the top."""
    size = capital_px * 1.4
    for _ in range(6):
        face = ImageFont.truetype(str(font), max(4, round(size)))
        _, top, _, bottom = face.getbbox("H")
        if abs((bottom - top) - capital_px) <= 1:
            break
        size *= capital_px / max(1, bottom - top)
    advance = face.getlength("H") if "Mono" in font.name or "OCRB" in font.name else capital_px * 0.95
    cell, high = max(4, round(advance * pitch)), int(capital_px * 1.6)
    sheet = np.zeros((len(ALPHABET), high, cell), np.uint8)
    for i, character in enumerate(ALPHABET):
        picture = Image.new("L", (cell, high))
        x = (cell - face.getlength(character)) / 2
        ImageDraw.Draw(picture).text((x, int(capital_px * 0.3) - top), character, fill=255, font=face)
        sheet[i] = np.asarray(picture)
    return sheet


class Composer:
    """Sets rows; a font's glyphs are drawn once per size and pitch."""

    def __init__(self, dice: Dice, texts: TextSource, fonts: Sequence[Font]) -> None:
        self._dice = dice
        self._texts = texts
        self._fonts = fonts
        self._sheets: dict[tuple[int, int, float], Gray] = {}
        weights = np.array([share for _, share, _ in fonts])
        self._font_shares = weights / weights.sum()

    def composed(self, lines: list[str], index: int, seen_px: float) -> Composed:
        """Return lines[index] among its neighbours, in type at least as large as it will be seen."""
        dice, rng = self._dice, self._dice.rng
        capital_px = next((size for size in _SIZES if size >= seen_px), _SIZES[-1])
        font = int(rng.choice(len(self._fonts), p=self._font_shares))
        pitch = self._fonts[font][2] * _PITCHES[int(rng.choice(len(_PITCHES), p=_PITCH_SHARES))]
        key = (font, capital_px, pitch)
        if key not in self._sheets:
            self._sheets[key] = glyphs(self._fonts[font][0], capital_px, pitch)
        sheet = self._sheets[key]
        high, cell = sheet.shape[1:]
        spacing, edge, side = int(capital_px * dice.between(1.45, 2.7)), capital_px * 3, capital_px * 7
        text = lines[index]
        ink = np.zeros((2 * (edge + spacing) + high, len(text) * cell + 2 * side), np.uint8)
        row_top = edge + spacing

        def put(words: str, top: int, shift: int) -> None:
            row = sheet[[ALPHABET.index(c) for c in words]].transpose(1, 0, 2).reshape(high, -1)
            place = ink[top : top + high, side + shift : side + shift + row.shape[1]]
            np.maximum(place, row[:, : place.shape[1]], out=place)

        put(text, row_top, 0)
        drift = int(rng.normal(0, 0.15) * cell)
        if index > 0 or (len(lines) == 1 and dice.chance(0.5)):
            put(lines[max(index - 1, 0)], row_top - spacing, drift)
        elif dice.chance(0.4):
            _something_above(dice, ink, row_top, capital_px)
        if index < len(lines) - 1 or (len(lines) == 1 and dice.chance(0.5)):
            put(lines[min(index + 1, len(lines) - 1)], row_top + spacing, -drift)
        if dice.chance(0.14):
            self._print_beside(put, row_top, cell, len(text), side)
        return Composed(_weighted(dice, ink, capital_px), row_top, cell, capital_px, len(text))

    def _print_beside(self, put: Callable[[str, int, int], None], row_top: int, cell: int, length: int, side: int) -> None:
        """Foreign marks in the margin, far enough from the row not to be read as its own characters."""
        dice = self._dice
        gap = int(cell * dice.between(2.5, 4))
        if dice.chance(0.5):
            put(self._texts.any_of(ALPHABET, 2), row_top + int(dice.rng.normal(0, 3)), length * cell + gap)
        elif side > gap + 2 * cell:
            put(self._texts.any_of(ALPHABET, 2), row_top + int(dice.rng.normal(0, 3)), -gap - 2 * cell)


def _something_above(dice: Dice, ink: Gray, row_top: int, capital_px: int) -> None:
    """A photograph's edge or a line of the printed zone close above the first row."""
    bottom = int(row_top - capital_px * dice.between(0.4, 1.5))
    top = max(0, bottom - int(capital_px * dice.between(0.1, 1.2)))
    left, right = dice.between(0, 0.7), dice.between(0.3, 1.0)
    ink[top:bottom, int(left * ink.shape[1]) : int(right * ink.shape[1])] = dice.rng.integers(40, 255)


def _weighted(dice: Dice, ink: Gray, capital_px: int) -> Gray:
    thrown = dice.rng.random()
    if thrown > 0.92 and capital_px >= 20:
        return _dotted(dice, ink, capital_px)
    if thrown < 0.28:
        side = 2 if capital_px < 28 else 3
        return np.asarray(cv2.dilate(ink, np.ones((side, side), np.uint8)), np.uint8)
    if thrown < 0.36 and capital_px >= 28:
        return np.asarray(cv2.erode(ink, np.ones((2, 2), np.uint8)), np.uint8)
    return ink


def _dotted(dice: Dice, ink: Gray, capital_px: int) -> Gray:
    """A dot-matrix printer's ink: the glyphs sampled on a grid of pins; or a thermal head's: columns that print late or not at all."""
    if dice.chance(0.5):
        step = capital_px / int(dice.rng.integers(9, 15))
        high, wide = ink.shape
        coarse = cv2.resize(ink, (max(1, round(wide / step)), max(1, round(high / step))), interpolation=cv2.INTER_AREA)
        y, x = (grid.astype(np.float32) / np.float32(step) for grid in np.mgrid[0:high, 0:wide])
        pin = np.hypot(x % 1 - 0.5, y % 1 - 0.5) < dice.between(0.36, 0.62)
        held = cv2.resize(coarse, (wide, high), interpolation=cv2.INTER_NEAREST)
        return np.where(pin & (held > 90), np.uint8(255), np.uint8(0))
    worn = dice.rng.random((ink.shape[0], 1)) < dice.between(0.04, 0.15)
    heat = np.clip(1 + 0.2 * dice.smooth(ink.shape[0] // 3, 9, (ink.shape[0], ink.shape[1])), 0.3, 1)
    return np.asarray(ink * heat * np.where(worn, dice.between(0.1, 0.6), 1.0), np.uint8)
