"""Reads every picture of a labelled set and says how well: `app.py measure documents LABELS.json [--json FILE] [--engine NAME]`.

LABELS.json: a list of {file, layout, mrz: [lines] or null, face, ...}, files relative to it. What the figures mean:
kiosk/measure/document_cases.py. `--engine all` runs every installed engine, each in a process of its own, and prints the table.
No document data is printed unless --show asks for it; the contact sheet of failures stays under build/.

Exit: 0 measured, 2 wrong arguments or labels, 3 the engine is not installed.
"""

import argparse
import json
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import cv2

from kiosk.arguments import new_file
from kiosk.camera.picture import decode_picture
from kiosk.document.engines import Engines
from kiosk.document.read import read_document
from kiosk.faults import PictureUnreadable
from kiosk.measure.document_cases import Case, EngineReading, Figures, Label, failure, judge, summarise, true_lines
from kiosk.measure.document_engines import ENGINES, PACK, TODAY, DocumentEngine, EngineMissing, read_by_us
from kiosk.measure.document_sheet import Tile, write_sheet
from kiosk.policy import BRANCH

BUILD = PACK.parent
APP = BUILD.parent / "app.py"
EXIT_USAGE, EXIT_NO_ENGINE = 2, 3
_ON_LINUX = sys.platform.startswith("linux")
COLUMNS = ("exact", "number", "names", "cer", "accepted", "wrong_accepts", "false_reads", "cpu_p50_s", "cpu_p95_s", "p50_s", "peak_mb")


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="app.py measure documents", description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("labels", type=Path)
    parser.add_argument("--json", type=new_file, help="write the figures there")
    parser.add_argument("--engine", choices=(*ENGINES, "all"), default="ours", help="which reader; all: every installed one, in turn")
    parser.add_argument("--sheet", type=Path, help="contact sheet of failures, under build/ (default: build/measure/documents-ENGINE.png)")
    parser.add_argument("--limit", type=int, default=0, help="only the first so many pictures")
    parser.add_argument("--only", nargs="*", default=[], help="only files whose name holds one of these")
    parser.add_argument("--pack", type=Path, default=PACK, help="the model pack")
    parser.add_argument("--show", action="store_true", help="print lines and findings too (they hold document data)")
    asked = parser.parse_args(arguments)
    cv2.setNumThreads(1)
    try:
        labels = labels_of(asked.labels)
    except (OSError, ValueError) as trouble:
        print(f"{asked.labels}: {trouble}", file=sys.stderr)
        return EXIT_USAGE
    if asked.engine == "all":
        return _compared(asked.labels, asked.pack, asked.json, asked.limit)
    labels = [label for label in labels if not asked.only or any(part in str(label["file"]) for part in asked.only)]
    labels = labels[: asked.limit] if asked.limit else labels
    try:
        engine = ENGINES[asked.engine](asked.pack)
    except EngineMissing as missing:
        print(missing, file=sys.stderr)
        return EXIT_NO_ENGINE
    cases, tiles = _read_all(labels, asked.labels.parent, engine, show=asked.show)
    figures = summarise(cases, _peak_mb())
    sheet = asked.sheet or BUILD / "measure" / f"documents-{asked.engine}.png"
    try:
        write_sheet(sheet, BUILD, tiles)
    except ValueError as refused:
        print(refused, file=sys.stderr)
        return EXIT_USAGE
    _print_figures(figures, cases, sheet)
    if asked.json:
        content = {"engine": asked.engine, **asdict(figures), "cases": [asdict(case) for case in cases]}
        asked.json.write_text(json.dumps(content, indent=1), encoding="utf-8")
    return 0


def labels_of(path: Path) -> list[Label]:
    """Raises OSError or ValueError where the file is no such list."""
    labels = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(labels, list) or not all(isinstance(label, dict) and {"file", "mrz"} <= set(label) for label in labels):
        raise ValueError("not a list of labels with at least `file` and `mrz`")
    return labels


def measure(labels: Path, engines: Engines) -> Figures:
    """Read every picture of a labelled set with engines that are loaded already."""

    class Loaded:
        def read(self, data: bytes) -> EngineReading:
            try:
                picture = decode_picture(data, BRANCH.document)
            except PictureUnreadable:
                return EngineReading(None, False, why="picture refused")
            return read_by_us(read_document(picture, engines, BRANCH.document, TODAY, one_side_only=False))

    return summarise(_read_all(labels_of(labels), labels.parent, Loaded(), show=False)[0], _peak_mb())


def _read_all(labels: Sequence[Label], folder: Path, engine: DocumentEngine, *, show: bool) -> tuple[list[Case], list[Tile]]:
    cases, tiles = [], []
    for i, label in enumerate(labels):
        data = (folder / str(label["file"])).read_bytes()
        started, spent = time.perf_counter(), _cpu_seconds()
        reading = engine.read(data)
        case = judge(label, reading, time.perf_counter() - started, _cpu_seconds() - spent)
        cases.append(case)
        _print_case(i + 1, len(labels), case)
        if not case.is_right:
            tiles.append(_tile(label, data, case, reading))
        if show:
            _show(label, case, reading)
    return cases, tiles


def _tile(label: Label, data: bytes, case: Case, reading: EngineReading) -> Tile:
    try:
        picture = decode_picture(data, BRANCH.document)
    except PictureUnreadable:
        picture = None
    return Tile(f"{case.file} {case.layout}: {failure(case)}", picture, true_lines(label) or (), reading.lines or ())


def _cpu_seconds() -> float:
    """Return the processor time of this process and of children that have ended, such as tesseract."""
    return sum(os.times()[:4])


def _peak_mb() -> float:
    """Return the most memory this process and its largest child held, MB, the latter at most: where Linux tells the usage of a process, it
    counts what its parent held when it began."""
    own = re.search(r"^VmHWM:\s+(\d+) kB$", Path("/proc/self/status").read_text(encoding="utf-8"), re.MULTILINE) if _ON_LINUX else None
    own_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss if own is None else int(own[1])
    return (own_kb + resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss) / 1024


def _print_case(number: int, count: int, case: Case) -> None:
    word = "exact" if case.exact else "right" if case.is_right else "WRONG"
    state = "accepted" if case.accepted else "flagged" if case.read else case.why
    portrait = f"portrait {case.portrait_px:.0f} px" if case.portrait_px else "no portrait"
    done = round(20 * number / max(1, count))
    bar = "#" * done + "." * (20 - done)
    print(f"[{bar}] {number:3}/{count}  {case.file:6} {case.layout:6} {word:6} {state:12} {portrait:16} {case.seconds:.2f} s", flush=True)


def _show(label: Label, case: Case, reading: EngineReading) -> None:
    if reading.doubts:
        print("      ", " ".join(reading.doubts))
    if not case.is_right:
        for line in true_lines(label) or ():
            print("     T", line)
        for line in reading.lines or ():
            print("     R", line)


def _print_figures(figures: Figures, cases: Sequence[Case], sheet: Path) -> None:
    print()
    for layout in sorted({case.layout for case in cases if case.has_mrz}):
        own = [case for case in cases if case.has_mrz and case.layout == layout]
        print(f"{layout:6} exact {sum(case.exact for case in own)} of {len(own)}")
    for name, value in asdict(figures).items():
        print(f"{name:18} {', '.join(value) or '-' if name == 'failures' else value}")
    print(f"{'sheet':18} {sheet}")


def _compared(labels: Path, pack: Path, target: Path | None, limit: int) -> int:
    """Run every installed engine in a process of its own, so that each has its own memory and start, and print one table."""
    table: dict[str, dict[str, object]] = {}
    for name in ENGINES:
        with tempfile.TemporaryDirectory() as folder:
            answer = Path(folder) / "figures.json"
            words = ["measure", "documents", str(labels), "--engine", name, "--pack", str(pack), "--json", str(answer)]
            words += ["--limit", str(limit)]
            print(f"--- {name}", flush=True)
            code = subprocess.run([sys.executable, str(APP), *words], check=False).returncode
            if answer.exists():
                table[name] = json.loads(answer.read_text(encoding="utf-8"))
            else:
                print(f"{name}: left out (exit {code})", flush=True)
    print("\n| reader | " + " | ".join(COLUMNS) + " |\n|---" + "|---" * len(COLUMNS) + "|")
    for name, figures in table.items():
        print(f"| {name} | " + " | ".join(str(figures[column]) for column in COLUMNS) + " |")
    if target:
        target.write_text(json.dumps(table, indent=1), encoding="utf-8")
    return 0 if table else EXIT_NO_ENGINE


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
