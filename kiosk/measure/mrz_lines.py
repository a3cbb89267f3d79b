"""Reads single MRZ rows that are drawn with their text: `app.py measure mrz-lines [--lines 10000] [--capital-px 12] [--json FILE]`.

Two kinds of rows (models/train/mrz/synthesise.py). *Legible*: whole documents in OCR-B, cut as the row cutter promises, with paper
patterns, blur, noise and JPEG, nothing over the print. *Hard*: what the network was trained on, other fonts, overprints, scratches, glare,
faint ink and cut lines included; some of these nobody can read. Each row is read *freely* (characters only) and as *decoded* for
a known layout (exactly so many characters, letters or digits by position). *Documents*: all rows of whole legible documents, decoded and
then with at most one doubtful character settled by the check digits, which is how the product reads. The seed is none that training uses.
"""

import argparse
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import cv2
import numpy as np

from kiosk.document.layouts import LAYOUTS, national_form
from kiosk.document.mrz import MrzParsed, parse
from kiosk.document.mrz_decode import RowReading, fixed_text, free_text
from kiosk.document.mrz_doubt import settled_doubts
from kiosk.document.mrz_read import ZoneReading
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
    """line_accuracy: share of rows right in every character as decoded; free: as read freely (documents: before check digits are
    asked); cer: of those readings; ms_per_line:
    the network alone, processor time of one thread."""

    rows: str
    lines: int
    capital_px: float
    line_accuracy: float
    free: float
    cer: float
    ms_per_line: float


def measure_lines(name: str, source: LineSource, reader: MrzReader, count: int, capital_px: float) -> LineFigures:
    decoded = free = wrong = characters = 0
    spent = 0.0
    for start in range(0, count, BATCH):
        drawn = [source.line_at(capital_px) for _ in range(min(BATCH, count - start))]
        began = time.process_time()
        chances = reader.read([row for row, _, _ in drawn])
        spent += time.process_time() - began
        for scores, (_, lines, index) in zip(chances, drawn, strict=True):
            text, seen = lines[index], free_text(scores)[0]
            free += seen == text
            decoded += text == (fixed_text(scores, classes_of(lines, index)).text)
            wrong += edits(seen, text) if seen != text else 0
            characters += len(text)
        if start % 1000 == 0:
            print(f"{name}: {start + len(drawn)} of {count}", file=sys.stderr, flush=True)
    accuracy, freely, cer = round(decoded / count, 5), round(free / count, 5), round(wrong / characters, 6)
    return LineFigures(name, count, capital_px, accuracy, freely, cer, round(1000 * spent / count, 2))


def measure_documents(source: LineSource, reader: MrzReader, count: int, capital_px: float) -> LineFigures:
    """Read whole documents until `count` rows were read. free, cer: of the rows before check digits are asked."""
    read = settled = decoded = wrong = characters = 0
    spent = 0.0
    while read < count:
        pictures, lines = source.document_at(capital_px)
        began = time.process_time()
        chances = reader.read(pictures)
        spent += time.process_time() - began
        rows = tuple(fixed_text(scores, classes_of(lines, index)) for index, scores in enumerate(chances))
        texts = tuple(row.text for row in rows)
        parsed = parse(texts)
        sure = settled_doubts(_placeless(parsed, rows)).parsed.lines if isinstance(parsed, MrzParsed) else texts
        decoded += sum(text == line for text, line in zip(texts, lines, strict=True))
        settled += sum(text == line for text, line in zip(sure, lines, strict=True))
        wrong += sum(edits(text, line) for text, line in zip(texts, lines, strict=True))
        characters += sum(map(len, lines))
        if read // 1000 != (read + len(lines)) // 1000:
            print(f"documents: {read + len(lines)} of {count}", file=sys.stderr, flush=True)
        read += len(lines)
    figures = (round(settled / read, 5), round(decoded / read, 5), round(wrong / characters, 6), round(1000 * spent / read, 2))
    return LineFigures("documents", read, capital_px, *figures)


def _placeless(parsed: MrzParsed, rows: tuple[RowReading, ...]) -> ZoneReading:
    """Return a reading of rows that lie in no picture."""
    return ZoneReading(parsed, rows, 0.0, np.zeros((4, 2), np.float32), 1.0, np.zeros((len(rows), 2)))


def classes_of(lines: tuple[str, ...], index: int) -> str:
    """Return the classes of characters of a row by position; none are known of a damaged row or one of no layout of ours."""
    first, form = lines[0], national_form(lines)
    if form is not None and len(lines[index]) == form.length:
        return form.classes[index]
    for row in LAYOUTS:
        is_visa = row.classes[0][0] == "V"
        if len(lines) == row.lines and len(lines[index]) == row.length and len(first) == row.length and (first[0] == "V") == is_visa:
            return row.classes[index]
    return "X" * len(lines[index])


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="app.py measure mrz-lines", description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--lines", type=int, default=10_000, help="rows of each kind")
    parser.add_argument("--capital-px", type=float, default=12.0, help="height of a capital as photographed")
    parser.add_argument("--kinds", default="legible,documents,hard", help="which kinds of rows, separated by a comma")
    parser.add_argument("--json", type=Path, help="write the figures there")
    parser.add_argument("--pack", type=Path, default=PACK, help="the model pack")
    asked = parser.parse_args(arguments)
    cv2.setNumThreads(1)
    kinds = {"legible": LegibleSource, "documents": LegibleSource, "hard": LineSource}
    chosen = [name for name in asked.kinds.split(",") if name in kinds]
    if not chosen:
        parser.error(f"--kinds: {', '.join(kinds)}")
    for name in chosen:
        missing = [str(font) for font, _, _ in kinds[name].fonts if not font.exists()]
        if missing:
            print(f"fonts are missing (apt install fonts-ocr-b fonts-noto-mono fonts-urw-base35): {', '.join(missing)}", file=sys.stderr)
            return EXIT_NO_FONT
    reader = MrzReader(open_catalogue(asked.pack))
    figures = [
        measure_documents(LegibleSource(SEED), reader, asked.lines, asked.capital_px)
        if name == "documents"
        else measure_lines(name, kinds[name](SEED), reader, asked.lines, asked.capital_px)
        for name in chosen
    ]
    for row in figures:
        print(" ".join(f"{key} {value}" for key, value in asdict(row).items()))
    if asked.json:
        best = asdict(figures[0]) | {row.rows: asdict(row) for row in figures}
        asked.json.write_text(json.dumps(best, indent=1), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
