"""Draws single lines of machine-readable zones as a camera might see them, with their text.

A line is drawn from room to room: `texts` makes a document's lines up, `composition` sets one among its neighbours in type, `row_cut`
cuts it out as an imperfect cutter would, `ink` lays it on `paper`, `damage` comes over it, `camera` photographs it and brings it to the
32x640 pixels the network reads. Nothing real is used: no photograph, no scan, no person's data.

    python -m models.train.mrz.synthesise OUT_STEM COUNT SEED    writes OUT_STEM.npy (COUNT, 32, 640) and OUT_STEM.text.npy
"""

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from models.train.mrz.camera import HEIGHT, WIDTH, by_a_good_camera, by_any_camera, to_network
from models.train.mrz.composition import FONTS, Composer, Font
from models.train.mrz.damage import disturbed
from models.train.mrz.dice import Dice, Gray
from models.train.mrz.ink import Tones, any_tones, clear_tones, printed
from models.train.mrz.paper import paper
from models.train.mrz.row_cut import CutterLimits, cut
from models.train.mrz.texts import ALPHABET, DIGITS, TextSource

LONGEST = 44
SMALLEST_PX, LARGEST_PX = 4.8, 34.0
USUAL_PX = (8.0, 22.0)
"""Capital heights as photographed. Half of the rows lie in the usual range, the others anywhere from barely legible to a scan's."""
PAPER_LASTS = 50
"""Rows after which one background is drawn anew."""
_LOOKALIKES = dict(zip("O01I8B5S2Z6GMHNDQ", "0OI1B8S5Z2G6HNMQD", strict=True))


@dataclass(frozen=True, slots=True)
class Conditions:
    """What a source's rows go through. tones, camera: see ink.py, camera.py; least_ink: share of its ink that a worn place keeps;
    damage: what comes over the print, if anything does."""

    fonts: Sequence[Font]
    cutter: CutterLimits
    tones: Tones
    least_ink: float
    damage: Callable[[Dice, Gray], Gray] | None
    camera: Callable[[Dice, Gray, float], Gray]


ANY = Conditions(FONTS, CutterLimits(1.4, (0.12, 0.6), (-0.15, 1.8)), any_tones, 0.2, disturbed, by_any_camera)
LEGIBLE = Conditions(FONTS[:2], CutterLimits(0.5, (0.2, 0.45), (0.15, 1.8)), clear_tones, 0.5, None, by_a_good_camera)


class LineSource:
    """Draws (gray 32x640, text) pairs; the same seed gives the same pairs on the same fonts and library versions."""

    conditions = ANY

    def __init__(self, seed: int) -> None:
        self._dice = Dice(np.random.default_rng(seed))
        self._drawn = 0
        self._texts = TextSource(self._dice.rng)
        self._composer = Composer(self._dice, self._texts, self.conditions.fonts)
        self._papers = [paper(self._dice) for _ in range(150)]

    def line(self) -> tuple[Gray, str]:
        lines, index = self._content()
        low, high = USUAL_PX if self._dice.chance(0.5) else (SMALLEST_PX, LARGEST_PX)
        return self._seen(lines, index, self._size_px(low, high)), lines[index]

    def line_at(self, seen_px: float) -> tuple[Gray, tuple[str, ...], int]:
        """Return a row whose capitals are seen_px high, the lines of its document and which of them it is."""
        lines, index = self._content()
        return self._seen(lines, index, seen_px), tuple(lines), index

    def document_at(self, seen_px: float) -> tuple[list[Gray], tuple[str, ...]]:
        """Return every row of one whole document, each photographed by itself, and the document's lines."""
        lines = self._texts.document()
        return [self._seen(lines, index, seen_px) for index in range(len(lines))], tuple(lines)

    def _size_px(self, low: float, high: float) -> float:
        return float(np.exp(self._dice.between(np.log(low), np.log(high))))

    def _seen(self, lines: list[str], index: int, seen_px: float) -> Gray:
        self._drawn += 1
        if self._drawn % PAPER_LASTS == 0:
            self._papers[int(self._dice.rng.integers(len(self._papers)))] = paper(self._dice)
        dice, conditions = self._dice, self.conditions
        ink = cut(dice, self._composer.composed(lines, index, seen_px), conditions.cutter, seen_px)
        row = printed(dice, ink, self._papers, conditions.tones, conditions.least_ink, seen_px)
        if conditions.damage is not None:
            row = conditions.damage(dice, row)
        return to_network(conditions.camera(dice, row, seen_px))

    def _content(self) -> tuple[list[str], int]:
        """Return a document's lines and which one is meant; some are damaged, shortened or no document's at all."""
        lines = self._texts.document()
        index = int(self._dice.rng.integers(len(lines)))
        text, thrown = lines[index], self._dice.rng.random()
        if thrown < 0.06:
            return [self._texts.any_of(ALPHABET, int(self._dice.rng.integers(28, LONGEST + 1)))], 0
        if thrown < 0.12:
            start = int(self._dice.rng.integers(0, 8))
            return [text[start : len(text) - int(self._dice.rng.integers(0, 8))]], 0
        if thrown < 0.17:
            at, count = int(self._dice.rng.integers(0, len(text))), int(self._dice.rng.integers(1, 4))
            text = (text[:at] + text[at + count :] + self._texts.any_of("<<<" + DIGITS, count))[: len(text)]
        elif thrown < 0.22:
            text = "".join(_LOOKALIKES.get(c, c) if self._dice.chance(0.3) else c for c in text)
        lines[index] = text
        return lines, index


class LegibleSource(LineSource):
    """Rows of whole documents in OCR-B, wholly inside the cut, nothing over the print and no place with less than half its ink.

    Still with neighbouring rows, paper patterns, shade, uneven ink, blur up to a twelfth of the capitals' height, noise and JPEG."""

    conditions = LEGIBLE

    def _content(self) -> tuple[list[str], int]:
        lines = self._texts.document()
        return lines, int(self._dice.rng.integers(len(lines)))


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
