"""Draws single lines of machine-readable zones as a camera might see them, with their text.

A line is composed at one of four type sizes with parts of the rows above and below it, bent and cut as an imperfect row cutter
would, then printed (ink, paper, guilloche, overprint), photographed (shade, glare, blur, small pixels, noise, JPEG) and brought to the
32x640 pixels the network reads. Nothing real is used: no photograph, no scan, no person's data.

    python -m models.train.mrz.synthesise OUT_STEM COUNT SEED    writes OUT_STEM.npy (COUNT, 32, 640) and OUT_STEM.text.npy
"""

import sys
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from models.train.mrz.texts import ALPHABET, DIGITS, TextSource

HEIGHT, WIDTH, LONGEST = 32, 640, 44
Floats = NDArray[np.float32]
Gray = NDArray[np.uint8]

_SYSTEM = Path("/usr/share/fonts")
_OCRB, _TRUETYPE, _URW = _SYSTEM / "opentype/ocr-b", _SYSTEM / "truetype", _SYSTEM / "opentype/urw-base35"
FONTS: tuple[tuple[Path, float, float], ...] = (
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
"""Path, share of the lines (relative), extra pitch. Licences: OCR-B and DejaVu free, Noto OFL, URW AGPL with font exception."""
_SIZES = (14, 20, 28, 40)
_PITCHES = (0.92, 1.0, 1.08, 1.2, 1.35, 1.6)
_PITCH_SHARES = (0.10, 0.5, 0.19, 0.11, 0.07, 0.03)
SMALLEST_PX, LARGEST_PX = 4.8, 34.0
USUAL_PX = (8.0, 22.0)
"""Capital heights as photographed. Half of the rows lie in the usual range, the others anywhere from barely legible to a scan's."""
PAPER_LASTS = 50
"""Rows after which one background is drawn anew."""
_LOOKALIKES = dict(zip("O01I8B5S2Z6GMHNDQ", "0OI1B8S5Z2G6HNMQD", strict=True))
_OVERPRINTS = ("SPECIMEN", "MUSTER", "VOID", "SAMPLE", "UTOPIA", "COPY", "VZOR")


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


class LineSource:
    """Draws (gray 32x640, text) pairs; the same seed gives the same pairs on the same fonts and library versions."""

    fonts = FONTS
    most_tilt_deg = 1.4
    papers_left = (0.12, 0.6)
    """Paper above and below a row that a cutter leaves, in capital heights."""
    ends_left = (-0.15, 1.8)
    """Paper before and after a row in characters' widths; less than nothing cuts into the characters at the ends."""
    least_ink = 0.2
    """Share of its ink that a worn place keeps."""

    def __init__(self, seed: int) -> None:
        self._rng = np.random.default_rng(seed)
        self._drawn = 0
        self._texts = TextSource(self._rng)
        self._sheets: dict[tuple[int, int, float], Gray] = {}
        weights = np.array([share for _, share, _ in self.fonts])
        self._font_shares = weights / weights.sum()
        self._papers = [self._paper() for _ in range(150)]

    def line(self) -> tuple[Gray, str]:
        lines, index = self._content()
        low, high = USUAL_PX if self._chance(0.5) else (SMALLEST_PX, LARGEST_PX)
        seen_px = float(np.exp(self._between(np.log(low), np.log(high))))
        return self._seen(lines, index, seen_px), lines[index]

    def line_at(self, seen_px: float) -> tuple[Gray, tuple[str, ...], int]:
        """Return a row whose capitals are seen_px high, the lines of its document and which of them it is."""
        lines, index = self._content()
        return self._seen(lines, index, seen_px), tuple(lines), index

    def document_at(self, seen_px: float) -> tuple[list[Gray], tuple[str, ...]]:
        """Return every row of one whole document, each photographed by itself, and the document's lines."""
        lines = self._texts.document()
        return [self._seen(lines, index, seen_px) for index in range(len(lines))], tuple(lines)

    def _seen(self, lines: list[str], index: int, seen_px: float) -> Gray:
        self._drawn += 1
        if self._drawn % PAPER_LASTS == 0:
            self._papers[int(self._rng.integers(len(self._papers)))] = self._paper()
        ink, row_top, cell, capital_px, length = self._composed(lines, index, seen_px)
        cut = self._cut(ink, row_top, cell, capital_px, length, seen_px)
        return _to_network(self._photographed(self._printed(cut, seen_px), seen_px))

    # --- small dice

    def _chance(self, share: float) -> bool:
        return bool(self._rng.random() < share)

    def _between(self, low: float, high: float) -> float:
        return float(self._rng.uniform(low, high))

    def _smooth(self, rows: int, columns: int, shape: tuple[int, int]) -> Floats:
        coarse = self._rng.standard_normal((rows, columns)).astype(np.float32)
        return np.asarray(cv2.resize(coarse, (shape[1], shape[0]), interpolation=cv2.INTER_CUBIC), np.float32)

    # --- text

    def _content(self) -> tuple[list[str], int]:
        """Return a document's lines and which one is meant; some are damaged, shortened or no document's at all."""
        lines = self._texts.document()
        index = int(self._rng.integers(len(lines)))
        text, dice = lines[index], self._rng.random()
        if dice < 0.06:
            return [self._texts.any_of(ALPHABET, int(self._rng.integers(28, LONGEST + 1)))], 0
        if dice < 0.12:
            start = int(self._rng.integers(0, 8))
            return [text[start : len(text) - int(self._rng.integers(0, 8))]], 0
        if dice < 0.17:
            at, count = int(self._rng.integers(0, len(text))), int(self._rng.integers(1, 4))
            text = (text[:at] + text[at + count :] + self._texts.any_of("<<<" + DIGITS, count))[: len(text)]
        elif dice < 0.22:
            text = "".join(_LOOKALIKES.get(c, c) if self._chance(0.3) else c for c in text)
        lines[index] = text
        return lines, index

    # --- composition

    def _composed(self, lines: list[str], index: int, seen_px: float) -> tuple[Gray, int, int, int, int]:
        """Return ink, top of the row's cell, advance, capital height, characters; all in pixels of the composition."""
        rng = self._rng
        capital_px = next((size for size in _SIZES if size >= seen_px), _SIZES[-1])
        font = int(rng.choice(len(self.fonts), p=self._font_shares))
        pitch = self.fonts[font][2] * _PITCHES[int(rng.choice(len(_PITCHES), p=_PITCH_SHARES))]
        key = (font, capital_px, pitch)
        if key not in self._sheets:
            self._sheets[key] = glyphs(self.fonts[font][0], capital_px, pitch)
        sheet = self._sheets[key]
        high, cell = sheet.shape[1:]
        spacing, edge, side = int(capital_px * self._between(1.45, 2.7)), capital_px * 3, capital_px * 7
        text = lines[index]
        ink = np.zeros((2 * (edge + spacing) + high, len(text) * cell + 2 * side), np.uint8)
        row_top = edge + spacing

        def put(words: str, top: int, shift: int) -> None:
            row = sheet[[ALPHABET.index(c) for c in words]].transpose(1, 0, 2).reshape(high, -1)
            place = ink[top : top + high, side + shift : side + shift + row.shape[1]]
            np.maximum(place, row[:, : place.shape[1]], out=place)

        put(text, row_top, 0)
        drift = int(rng.normal(0, 0.15) * cell)
        if index > 0 or (len(lines) == 1 and self._chance(0.5)):
            put(lines[max(index - 1, 0)], row_top - spacing, drift)
        elif self._chance(0.4):
            self._something_above(ink, row_top, capital_px)
        if index < len(lines) - 1 or (len(lines) == 1 and self._chance(0.5)):
            put(lines[min(index + 1, len(lines) - 1)], row_top + spacing, -drift)
        if self._chance(0.14):
            self._print_beside(put, row_top, cell, len(text), side)
        return self._weighted(ink, capital_px), row_top, cell, capital_px, len(text)

    def _something_above(self, ink: Gray, row_top: int, capital_px: int) -> None:
        """A photograph's edge or a line of the printed zone close above the first row."""
        bottom = int(row_top - capital_px * self._between(0.4, 1.5))
        top = max(0, bottom - int(capital_px * self._between(0.1, 1.2)))
        left, right = self._between(0, 0.7), self._between(0.3, 1.0)
        ink[top:bottom, int(left * ink.shape[1]) : int(right * ink.shape[1])] = self._rng.integers(40, 255)

    def _print_beside(self, put: Callable[[str, int, int], None], row_top: int, cell: int, length: int, side: int) -> None:
        """Foreign marks in the margin, far enough from the row not to be read as its own characters."""
        gap = int(cell * self._between(2.5, 4))
        if self._chance(0.5):
            put(self._texts.any_of(ALPHABET, 2), row_top + int(self._rng.normal(0, 3)), length * cell + gap)
        elif side > gap + 2 * cell:
            put(self._texts.any_of(ALPHABET, 2), row_top + int(self._rng.normal(0, 3)), -gap - 2 * cell)

    def _weighted(self, ink: Gray, capital_px: int) -> Gray:
        dice = self._rng.random()
        if dice > 0.92 and capital_px >= 20:
            return self._dotted(ink, capital_px)
        if dice < 0.28:
            side = 2 if capital_px < 28 else 3
            return np.asarray(cv2.dilate(ink, np.ones((side, side), np.uint8)), np.uint8)
        if dice < 0.36 and capital_px >= 28:
            return np.asarray(cv2.erode(ink, np.ones((2, 2), np.uint8)), np.uint8)
        return ink

    def _dotted(self, ink: Gray, capital_px: int) -> Gray:
        """A dot-matrix printer's ink: the glyphs sampled on a grid of pins; or a thermal head's: columns that print late or not at all."""
        if self._chance(0.5):
            step = capital_px / int(self._rng.integers(9, 15))
            high, wide = ink.shape
            coarse = cv2.resize(ink, (max(1, round(wide / step)), max(1, round(high / step))), interpolation=cv2.INTER_AREA)
            y, x = (grid.astype(np.float32) / np.float32(step) for grid in np.mgrid[0:high, 0:wide])
            pin = np.hypot(x % 1 - 0.5, y % 1 - 0.5) < self._between(0.36, 0.62)
            held = cv2.resize(coarse, (wide, high), interpolation=cv2.INTER_NEAREST)
            return np.where(pin & (held > 90), np.uint8(255), np.uint8(0))
        worn = self._rng.random((ink.shape[0], 1)) < self._between(0.04, 0.15)
        heat = np.clip(1 + 0.2 * self._smooth(ink.shape[0] // 3, 9, (ink.shape[0], ink.shape[1])), 0.3, 1)
        return np.asarray(ink * heat * np.where(worn, self._between(0.1, 0.6), 1.0), np.uint8)

    # --- the row cutter's mistakes

    def _cut(self, ink: Gray, row_top: int, cell: int, capital_px: int, length: int, seen_px: float) -> Floats:
        """Return ink 0..1 of the cut row at the size it has in the photograph: tilted, bent, shifted, sheared."""
        rng, scale = self._rng, seen_px / capital_px
        top, bottom = row_top + capital_px * 0.3, row_top + capital_px * 1.3
        above, below = (capital_px * self._between(*self.papers_left) for _ in range(2))
        shift = capital_px * rng.normal(0, 0.07)
        tilt = np.radians(np.clip(rng.normal(0, 0.45), -self.most_tilt_deg, self.most_tilt_deg)) * length * cell / 2
        side = (ink.shape[1] - length * cell) // 2

        def margin() -> float:
            return (self._between(*self.ends_left) if self._chance(0.78) else self._between(1.8, 5.5)) * cell

        left, right = max(1.0, side - margin()), min(ink.shape[1] - 2.0, side + length * cell + margin())
        wide, high = max(160, int((right - left) * scale)), max(9, int((bottom - top + above + below) * scale))
        along = np.linspace(0, 1, wide, dtype=np.float32)
        down = np.linspace(0, 1, high, dtype=np.float32)[:, None]
        bend = rng.normal(0, 0.06) * capital_px * 4 * along * (1 - along) + tilt * (2 * along - 1) + shift
        corner = rng.normal(0, 0.05, 2) * capital_px
        upper = top - above + bend + corner[0] * (1 - along)
        lower = bottom + below + bend + corner[1] * along
        foreshortened = along + rng.normal(0, 0.03) * along * (1 - along)
        x = left + (right - left) * foreshortened + rng.normal(0, 0.13) * capital_px * (down - 0.5)
        y = upper + down * (lower - upper)
        if scale < 0.87:
            ink = np.asarray(cv2.GaussianBlur(ink, (0, 0), 0.35 / scale), np.uint8)
        cut = cv2.remap(ink, x.astype(np.float32), y.astype(np.float32), cv2.INTER_LINEAR)
        return np.asarray(cut / 255, np.float32)

    # --- paper and ink

    def _paper(self) -> Floats:
        """Return a background (96, 1800), about -1..1: waves, rosettes, large watermark letters, blotches."""
        rng, shape = self._rng, (96, 1800)
        y, x = (grid.astype(np.float32) for grid in np.mgrid[0 : shape[0], 0 : shape[1]])
        paper = np.zeros(shape, np.float32)
        kind = int(rng.integers(0, 6))
        if kind <= 2:
            for _ in range(int(rng.integers(1, 5))):
                slope = self._between(-1.5, 1.5) if self._chance(0.6) else self._between(-12, 12)
                swing = self._between(2, 45) * np.sin(2 * np.pi * x / self._between(60, 900) + self._between(0, 6))
                wave = np.cos((y + slope * x + swing) / self._between(4, 28) / np.sqrt(1 + slope * slope) * 6.28)
                line = np.exp((wave - 1) * self._between(1, 9)) if self._chance(0.6) else wave
                paper += line * float(rng.choice([-1, -1, 1]))
        elif kind == 3:
            for _ in range(3):
                away = np.hypot(x - self._between(0, shape[1]), y - self._between(-60, 150))
                petals = np.sin(np.arctan2(y - 50, x - self._between(0, shape[1])) * rng.integers(2, 14))
                rings = np.cos(away / self._between(2, 6) + self._between(0, 12) * petals)
                paper += rings * np.exp(-away / self._between(80, 500))
        elif kind == 4:
            words = np.zeros(shape, np.uint8)
            for _ in range(int(rng.integers(1, 6))):
                word, size = str(rng.choice(_OVERPRINTS)), self._between(0.8, 5)
                at = (int(self._between(-50, shape[1])), int(self._between(0, 160)))
                cv2.putText(words, word, at, cv2.FONT_HERSHEY_DUPLEX, size, 255, max(1, int(size * 2)), cv2.LINE_AA)
            paper -= words / np.float32(255)
        if self._chance(0.6):
            paper += self._between(0.1, 0.8) * self._smooth(shape[0] // 2, shape[1] // 2, shape)
        if self._chance(0.8):
            paper += self._between(0.2, 1.2) * self._smooth(3, int(rng.integers(6, 40)), shape)
        paper -= paper.mean()
        return (paper / (np.abs(paper).max() * 0.5 + paper.std() + 1e-3)).astype(np.float32)

    def _tones(self) -> tuple[float, float]:
        """Return the paper's gray and how much darker the ink is."""
        bright = self._between(110, 250) if self._chance(0.82) else self._between(45, 120)
        return bright, self._between(30, bright) if self._chance(0.82) else self._between(14, min(50.0, bright))

    def _printed(self, ink: Floats, seen_px: float) -> Gray:
        rng = self._rng
        high, wide = ink.shape
        bright, contrast = self._tones()
        zoom, source = self._between(0.5, 1.6), self._papers[int(rng.integers(len(self._papers)))]
        rows, columns = min(96, int(high * zoom) + 1), min(1800, int(wide * zoom) + 1)
        y, x = int(rng.integers(0, 97 - rows)), int(rng.integers(0, 1801 - columns))
        pattern = cv2.resize(source[y : y + rows, x : x + columns], (wide, high))
        strength = min(abs(rng.normal(0, 20)), contrast * (0.35 if self._chance(0.6) else 0.6))
        paper = bright + strength * (0.6 if seen_px <= 9 else 1.0) * (pattern[:, ::-1] if self._chance(0.5) else pattern)
        if self._chance(0.6):
            shade = self._smooth(2, int(rng.integers(2, 7)), (high, wide))
            paper = paper * np.clip(1 + shade * self._between(0.02, 0.25), 0.35, 1.6)
        laid = ink * contrast
        if self._chance(0.3):
            worn = self._smooth(3, int(rng.integers(8, 90)), (high, wide))
            laid = laid * np.clip(1 - self._between(0.1, 0.45) * worn, self.least_ink, 1)
        if self._chance(0.12):
            laid = laid * (1 - self._between(0.1, 0.5) * (rng.random((high, wide)) < 0.3))
        seen = paper - laid if self._chance(0.6) else paper * (1 - laid / bright)
        return self._disturbed(np.clip(seen, 0, 255).astype(np.uint8))

    def _disturbed(self, line: Gray) -> Gray:
        """Card edges, scratches, stamps, words and coloured boxes over the print, a hologram's sheen, a lamp's reflection."""
        rng, (high, wide) = self._rng, line.shape
        if self._chance(0.14):
            edge = max(1, int(high * self._between(0.03, 0.16)))
            strip = line[-edge:] if self._chance(0.65) else line[:edge]
            strip[:] = rng.integers(0, 256)
        for _ in range(int(rng.choice(3, p=[0.8, 0.13, 0.07]))):
            start = (int(self._between(-0.2, 1.2) * wide), int(self._between(-1, 2) * high))
            end = (int(start[0] + rng.normal(0, 0.2) * wide), int(self._between(-1, 2) * high))
            cv2.line(line, start, end, int(rng.integers(30, 256)), int(rng.integers(1, 3)), cv2.LINE_AA)
        if self._chance(0.1):
            over, size = line.copy(), high / 22 * self._between(0.7, 3)
            at = (int(self._between(-0.1, 0.9) * wide), int(self._between(0.5, 1.8) * high))
            stroke = max(1, int(size * self._between(0.8, 3)))
            face = cv2.FONT_HERSHEY_SIMPLEX if self._chance(0.5) else cv2.FONT_HERSHEY_DUPLEX
            cv2.putText(over, str(rng.choice(_OVERPRINTS)), at, face, size, int(rng.integers(0, 220)), stroke, cv2.LINE_AA)
            line = _mixed(line, over, self._between(0.12, 0.5))
        if self._chance(0.06):
            over = line.copy()
            centre = (int(self._between(0, wide)), int(self._between(-1, 2) * high))
            axes = (int(high * self._between(1, 4)), int(high * self._between(0.6, 3)))
            stroke = int(rng.integers(1, max(2, high // 5)))
            cv2.ellipse(over, centre, axes, self._between(0, 180), 0, 360, int(rng.integers(60, 200)), stroke)
            line = _mixed(line, over, 0.4)
        if self._chance(0.05):
            left, right = sorted((int(self._between(0, wide)), int(self._between(0, wide))))
            over = line.copy()
            over[:, left:right] = rng.integers(40, 230)
            line = _mixed(line, over, self._between(0.2, 0.55))
        if self._chance(0.14):
            reach = self._between(0.5, 6) * high
            lamp = np.exp(-(((np.arange(wide) - self._between(0, wide)) / reach) ** 2)) * self._between(40, 170)
            fall = np.linspace(self._between(0.3, 1), self._between(0.3, 1), high)[:, None]
            line = np.clip(line + lamp[None] * fall, 0, 255).astype(np.uint8)
        if self._chance(0.04):
            line = self._recaptured(line)
        if self._chance(0.06):
            sheen = np.sin(np.arange(wide)[None] / self._between(4, 60) + np.arange(high)[:, None] / self._between(3, 30))
            line = np.clip(line + sheen * self._between(5, 30), 0, 255).astype(np.uint8)
        return line

    def _recaptured(self, line: Gray) -> Gray:
        """A screen's pixel grid beating with the camera's: slanted waves of a few pixels under slower ones."""
        y, x = (grid.astype(np.float32) for grid in np.mgrid[0 : line.shape[0], 0 : line.shape[1]])
        waves = np.zeros(line.shape, np.float32)
        for low, high in ((2.1, 5.0), (6.0, 40.0)):
            turn, period = self._between(0, np.pi), self._between(low, high)
            waves += np.cos(2 * np.pi * (x * np.cos(turn) + y * np.sin(turn)) / period)
        return np.clip(line * (1 + self._between(0.02, 0.12) * waves), 0, 255).astype(np.uint8)

    # --- the camera

    def _photographed(self, line: Gray, seen_px: float) -> Gray:
        rng, dice = self._rng, self._rng.random()
        if dice < 0.65:
            sigma = self._between(0.3, 0.055 * seen_px + 0.55) if seen_px > 8 else self._between(0.25, 0.75)
            line = np.asarray(cv2.GaussianBlur(line, (0, 0), sigma), np.uint8)
        elif dice < 0.78 and seen_px > 7:
            reach = int(rng.integers(2, max(3, int(seen_px * 0.22) + 1) + 1))
            shaken = np.zeros((reach, reach), np.float32)
            cv2.line(shaken, (0, int(rng.integers(reach))), (reach - 1, int(rng.integers(reach))), 1.0)
            line = np.asarray(cv2.filter2D(line, -1, shaken / shaken.sum()), np.uint8)
        if self._chance(0.2):
            smaller = min(1.0, max(self._between(0.45, 0.9), 5.5 / seen_px))
            line = _resized(line, smaller, cv2.INTER_AREA)
        if self._chance(0.6):
            line = np.clip(line + rng.normal(0, abs(rng.normal(0, 5)) + 0.01, line.shape), 0, 255).astype(np.uint8)
        if self._chance(0.15):
            soft = cv2.GaussianBlur(line, (0, 0), 1.2)
            line = np.asarray(cv2.addWeighted(line, 1.8, soft, -0.8, 0), np.uint8)
        if self._chance(0.6):
            line = _jpeg(line, int(rng.integers(25 if seen_px > 10 else 50, 96)))
        if self._chance(0.15):
            line = (255 * (line / 255.0) ** np.exp(rng.normal(0, 0.35))).astype(np.uint8)
        if self._chance(0.4 if seen_px > 10 else 0.8):
            ways = [cv2.INTER_CUBIC, cv2.INTER_LINEAR, cv2.INTER_NEAREST, cv2.INTER_LANCZOS4]
            way = ways[int(rng.choice(4, p=[0.5, 0.25, 0.12, 0.13]))]
            line = _resized(line, self._between(1, 2.5 if seen_px > 10 else 5), way)
            if self._chance(0.3):
                line = _jpeg(line, int(rng.integers(40, 96)))
        return line


class LegibleSource(LineSource):
    """Rows of whole documents in OCR-B, wholly inside the cut, nothing over the print and no place with less than half its ink.

    Still with neighbouring rows, paper patterns, shade, uneven ink, blur up to a twelfth of the capitals' height, noise and JPEG."""

    fonts = FONTS[:2]
    most_tilt_deg = 0.5
    papers_left = (0.2, 0.45)
    ends_left = (0.15, 1.8)
    least_ink = 0.5

    def _content(self) -> tuple[list[str], int]:
        lines = self._texts.document()
        return lines, int(self._rng.integers(len(lines)))

    def _tones(self) -> tuple[float, float]:
        bright = self._between(140, 250)
        return bright, self._between(70, bright - 20)

    def _disturbed(self, line: Gray) -> Gray:
        return line

    def _photographed(self, line: Gray, seen_px: float) -> Gray:
        line = np.asarray(cv2.GaussianBlur(line, (0, 0), self._between(0.3, seen_px / 12)), np.uint8)
        line = np.clip(line + self._rng.normal(0, self._between(0.5, 5), line.shape), 0, 255).astype(np.uint8)
        return _resized(_jpeg(line, int(self._rng.integers(55, 96))), self._between(1, 2), cv2.INTER_LINEAR)


def _mixed(one: Gray, other: Gray, share: float) -> Gray:
    return np.asarray(cv2.addWeighted(one, 1 - share, other, share, 0), np.uint8)


def _resized(line: Gray, factor: float, way: int) -> Gray:
    size = (max(8, int(line.shape[1] * factor)), max(8, int(line.shape[0] * factor)))
    return np.asarray(cv2.resize(line, size, interpolation=way), np.uint8)


def _jpeg(line: Gray, quality: int) -> Gray:
    _, coded = cv2.imencode(".jpg", line, [cv2.IMWRITE_JPEG_QUALITY, quality])
    decoded = cv2.imdecode(coded, cv2.IMREAD_GRAYSCALE)
    assert decoded is not None
    return np.asarray(decoded, np.uint8)


def _to_network(line: Gray) -> Gray:
    shrinks = line.shape[1] > WIDTH * 1.3 or line.shape[0] > HEIGHT * 1.3
    way = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(line, (WIDTH, HEIGHT), interpolation=way), np.uint8)


def main(arguments: list[str]) -> int:
    stem, count, seed = arguments[0], int(arguments[1]), int(arguments[2])
    cv2.setNumThreads(1)
    source = LineSource(seed)
    lines = np.lib.format.open_memmap(f"{stem}.npy", "w+", np.uint8, (count, HEIGHT, WIDTH))
    texts = np.lib.format.open_memmap(f"{stem}.text.npy", "w+", np.int8, (count, LONGEST))
    texts[:] = -1
    for i in range(count):
        lines[i], text = source.line()
        texts[i, : len(text)] = [ALPHABET.index(c) for c in text]
        if (i + 1) % 1000 == 0 or i + 1 == count:
            Path(f"{stem}.count").write_text(str(i + 1))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
