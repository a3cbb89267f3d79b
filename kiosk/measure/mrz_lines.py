"""Reads single MRZ rows that are drawn with their text: `app.py measure mrz-lines [--lines 10000] [--capital-px 12] [--json FILE]`.

Two kinds of rows (models/train/mrz/synthesise.py). *Legible*: rows of whole documents in OCR-B, cut as the row cutter promises, with paper
patterns, blur, noise and JPEG, nothing over the print. *Hard*: what the network was trained on, other fonts, overprints, scratches, glare,
faint ink and cut lines included; some of these nobody can read. Each row is read *freely* (characters only), as *decoded* for a known
layout (exactly so many characters, letters or digits by position), and with at most one doubtful character settled by the check digits
that this row carries itself. *Documents*: all rows of whole legible documents, where the check digits of all rows may settle one
character of the document, as the product does it. The seed is none that training uses.
"""

import argparse
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from kiosk.arguments import new_file
from kiosk.document.layouts import LAYOUTS, Layout, national_form
from kiosk.document.mrz import MrzParsed, check_fits, parse
from kiosk.document.mrz_decode import RowReading, fixed_text, free_text
from kiosk.document.mrz_doubt import exchanges, likeliest, settled_doubts
from kiosk.document.mrz_read import ZoneReading
from kiosk.imaging.geometry import Gray
from kiosk.measure.document_cases import edits
from kiosk.measure.document_engines import PACK
from models.catalogue import open_catalogue
from models.mrz_reader import MrzReader
from models.train.mrz.synthesise import LegibleSource, LineSource

SEED = 20_261_125
BATCH = 50
EXIT_NO_FONT = 3


@dataclass(frozen=True, slots=True)
class LineFigures:
    """Shares of rows right in every character. line_accuracy: decoded and settled by check digits; decoded: before check digits are
    asked; free: as read freely, no layout known; cer: characters wrong of these; ms_per_line: the network alone, processor time of one
    thread."""

    rows: str
    lines: int
    capital_px: float
    line_accuracy: float
    decoded: float
    free: float
    cer: float
    ms_per_line: float


@dataclass(slots=True)
class _Count:
    """What was right so far."""

    rows: int = 0
    settled: int = 0
    decoded: int = 0
    free: int = 0
    characters: int = 0
    wrong: int = 0
    spent_s: float = 0.0

    def add(self, true: str, free: str, decoded: str, settled: str) -> None:
        self.rows += 1
        self.settled += settled == true
        self.decoded += decoded == true
        self.free += free == true
        self.characters += len(true)
        self.wrong += edits(free, true) if free != true else 0

    def figures(self, name: str, capital_px: float) -> LineFigures:
        settled, decoded, free = (round(right / self.rows, 5) for right in (self.settled, self.decoded, self.free))
        cer, each = round(self.wrong / self.characters, 6), round(1000 * self.spent_s / self.rows, 2)
        return LineFigures(name, self.rows, capital_px, settled, decoded, free, cer, each)


def measure_lines(name: str, source: LineSource, reader: MrzReader, count: int, capital_px: float) -> LineFigures:
    """Read single rows of as many documents."""
    seen = _Count()
    for start in range(0, count, BATCH):
        drawn = [source.line_at(capital_px) for _ in range(min(BATCH, count - start))]
        for scores, (_, lines, index) in zip(_read(reader, [row for row, _, _ in drawn], seen), drawn, strict=True):
            row = fixed_text(scores, classes_of(lines, index))
            seen.add(lines[index], free_text(scores)[0], row.text, settled_alone(row, layout_of(lines), index))
        if start % 1000 == 0:
            print(f"{name}: {seen.rows} of {count}", file=sys.stderr, flush=True)
    return seen.figures(name, capital_px)


def measure_documents(source: LineSource, reader: MrzReader, count: int, capital_px: float) -> LineFigures:
    """Read whole documents until `count` rows were read."""
    seen = _Count()
    while seen.rows < count:
        pictures, lines = source.document_at(capital_px)
        chances = _read(reader, pictures, seen)
        rows = tuple(fixed_text(scores, classes_of(lines, index)) for index, scores in enumerate(chances))
        texts = tuple(row.text for row in rows)
        parsed = parse(texts)
        sure = settled_doubts(_placeless(parsed, rows)).parsed.lines if isinstance(parsed, MrzParsed) else texts
        for line, scores, text, settled in zip(lines, chances, texts, sure, strict=True):
            seen.add(line, free_text(scores)[0], text, settled)
        if seen.rows // 1000 != (seen.rows - len(lines)) // 1000:
            print(f"documents: {seen.rows} of {count}", file=sys.stderr, flush=True)
    return seen.figures("documents", capital_px)


def _read(reader: MrzReader, pictures: Sequence[Gray], seen: _Count) -> NDArray[np.float32]:
    began = time.process_time()
    chances = reader.read(pictures)
    seen.spent_s += time.process_time() - began
    return chances


def settled_alone(row: RowReading, layout: Layout | None, index: int) -> str:
    """Return a row's text with at most one doubtful character exchanged, if the check digits that guard this row alone ask for it."""
    own = [check for check in layout.checks if {check.at[0], *(line for line, _, _ in check.over)} == {index}] if layout else []
    if layout is None or not own:
        return row.text

    def fits(text: str) -> bool:
        lines = tuple(text if line == index else "<" * layout.length for line in range(layout.lines))
        return all(check_fits(lines, layout, check) for check in own)

    chosen = None if fits(row.text) else likeliest([exchange for exchange in exchanges(row) if fits(exchange.row.text)])
    return row.text if chosen is None else chosen.row.text


def _placeless(parsed: MrzParsed, rows: tuple[RowReading, ...]) -> ZoneReading:
    """Return a reading of rows that lie in no picture."""
    return ZoneReading(parsed, rows, 0.0, np.zeros((4, 2), np.float32), 1.0, np.zeros((len(rows), 2)))


def classes_of(lines: tuple[str, ...], index: int) -> str:
    """Return the classes of characters of a row by position; none are known of a damaged row or one of no layout of ours."""
    layout = layout_of(lines)
    return layout.classes[index] if layout is not None and len(lines[index]) == layout.length else "X" * len(lines[index])


def layout_of(lines: tuple[str, ...]) -> Layout | None:
    """Return the layout a document was drawn in, None for a damaged row or one of no layout of ours."""
    first, form = lines[0], national_form(lines)
    if form is not None:
        return form
    for row in LAYOUTS:
        is_visa = row.classes[0][0] == "V"
        if len(lines) == row.lines and len(first) == row.length and (first[0] == "V") == is_visa:
            return row
    return None


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="app.py measure mrz-lines", description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--lines", type=int, default=10_000, help="rows of each kind")
    parser.add_argument("--capital-px", type=float, default=12.0, help="height of a capital as photographed")
    parser.add_argument("--kinds", default="legible,documents,hard", help="which kinds of rows, separated by a comma")
    parser.add_argument("--json", type=new_file, help="write the figures there")
    parser.add_argument("--pack", type=Path, default=PACK, help="the model pack")
    asked = parser.parse_args(arguments)
    cv2.setNumThreads(1)
    kinds = {"legible": LegibleSource, "documents": LegibleSource, "hard": LineSource}
    chosen = [name for name in asked.kinds.split(",") if name in kinds]
    if not chosen:
        parser.error(f"--kinds: {', '.join(kinds)}")
    for name in chosen:
        missing = [str(font) for font, _, _ in kinds[name].conditions.fonts if not font.exists()]
        if missing:
            print(f"fonts are missing (apt install fonts-ocr-b fonts-noto-mono fonts-urw-base35): {', '.join(missing)}", file=sys.stderr)
            return EXIT_NO_FONT
    reader = MrzReader(open_catalogue(asked.pack))
    figures = []
    for name in chosen:
        measured = measure_documents if name == "documents" else partial(measure_lines, name)
        row = measured(kinds[name](SEED), reader, asked.lines, asked.capital_px)
        print(" ".join(f"{key} {value}" for key, value in asdict(row).items()), flush=True)
        figures.append(row)
    if asked.json:
        best = asdict(figures[0]) | {row.rows: asdict(row) for row in figures}
        asked.json.write_text(json.dumps(best, indent=1), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
