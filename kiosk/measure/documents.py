"""Reads every picture of a labelled set and says how well: `python -m kiosk.measure.documents LABELS.json [--json FILE]`.

LABELS.json: a list of {file, layout, mrz: [lines] or null, family, ...}, files relative to it. A reading is *exact* when all MRZ
characters are right, *accepted* when no finding contradicts or doubts (expiry apart), and *wrong accepted* when it is accepted and a
character is wrong (or there was no MRZ at all). No document data is printed unless --show asks for it.
"""

import argparse
import json
import resource
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

import cv2
import numpy as np

from kiosk.camera.picture import decode_picture
from kiosk.document.engines import Engines
from kiosk.document.read import read_document
from kiosk.document.reading import DocumentOutcome, Finding, FindingCode, Read, Unknown, Unreadable, Weight
from kiosk.faults import PictureUnreadable
from kiosk.policy import BRANCH
from models.catalogue import open_catalogue
from models.code_reader import CodeReader
from models.face_finder import FaceFinder
from models.mrz_reader import MrzReader
from models.text_reader import TextReader

PACK = Path(__file__).resolve().parents[2] / "build" / "models"
TODAY = date(2026, 7, 1)
"""A fixed day, so that two runs agree."""


@dataclass(frozen=True, slots=True)
class Case:
    """One picture's result. lines_right: of lines_true; seconds: bytes to fields; reason: why it was not read, empty if it was."""

    file: str
    layout: str
    has_mrz: bool
    read: bool
    exact: bool
    accepted: bool
    lines_right: int
    lines_true: int
    portrait_px: float
    seconds: float
    reason: str


@dataclass(frozen=True, slots=True)
class Summary:
    pictures: int
    with_mrz: int
    exact: int
    exact_share: float
    read: int
    accepted: int
    wrong_accepted: int
    read_without_mrz: int
    number_right: int
    names_right: int
    dates_right: int
    portraits: int
    document_p50_s: float
    document_p95_s: float
    peak_mb: float


def load_engines(pack: Path = PACK) -> Engines:
    """Raises ModelRefused where the pack is not right."""
    catalogue = open_catalogue(pack)
    return Engines(MrzReader(catalogue), TextReader(catalogue), FaceFinder(catalogue), CodeReader())


def true_lines(label: dict[str, object]) -> tuple[str, ...] | None:
    """Return the labelled lines as an MRZ can hold them (one specimen prints a Spanish letter no MRZ has)."""
    mrz = label["mrz"]
    if not isinstance(mrz, list):
        return None
    return tuple(str(line).replace("Ñ", "N") for line in mrz)


def judge(label: dict[str, object], outcome: DocumentOutcome | None, seconds: float) -> Case:
    true = true_lines(label)
    read = outcome.raw_lines.reveal() if isinstance(outcome, Read) else None
    accepted = isinstance(outcome, Read) and not any(_asks_for_a_person(finding) for finding in outcome.findings)
    right = sum(a == b for a, b in zip(read or (), true or (), strict=False))
    return Case(
        file=str(label["file"]).split("/")[-1].split("_")[0],
        layout=str(label.get("layout") or label.get("kind")),
        has_mrz=true is not None,
        read=read is not None,
        exact=true is not None and read == true,
        accepted=accepted,
        lines_right=right,
        lines_true=len(true or ()),
        portrait_px=outcome.portrait.face_width_px if isinstance(outcome, Read) and outcome.portrait else 0.0,
        seconds=seconds,
        reason=_reason(outcome),
    )


def _asks_for_a_person(finding: Finding) -> bool:
    """Return whether a finding stops an unattended acceptance. That specimens have long expired is not held against them here."""
    return finding.weight in (Weight.CONTRADICTS, Weight.DOUBTS) and finding.code is not FindingCode.EXPIRED


def _reason(outcome: DocumentOutcome | None) -> str:
    match outcome:
        case None:
            return "picture refused"
        case Read():
            return ""
        case Unreadable(because):
            return because.value
        case Unknown():
            return "unknown"


def _fields_right(label: dict[str, object], outcome: DocumentOutcome | None) -> tuple[bool, bool, bool]:
    """Return whether number, names and dates stand where the true lines have them."""
    true = true_lines(label)
    if true is None or not isinstance(outcome, Read):
        return False, False, False
    read = outcome.raw_lines.reveal()
    if [len(line) for line in read] != [len(line) for line in true]:
        return False, False, False
    if len(true) == 3:
        return read[0][5:15] == true[0][5:15], read[2] == true[2], read[1][:15] == true[1][:15]
    return read[1][:10] == true[1][:10], read[0][5:] == true[0][5:], read[1][13:28] == true[1][13:28]


def summarise(cases: Sequence[Case], fields: Sequence[tuple[bool, bool, bool]]) -> Summary:
    seconds = [case.seconds for case in cases] or [0.0]
    with_mrz = [case for case in cases if case.has_mrz]
    exact = sum(case.exact for case in with_mrz)
    return Summary(
        pictures=len(cases),
        with_mrz=len(with_mrz),
        exact=exact,
        exact_share=round(exact / max(1, len(with_mrz)), 4),
        read=sum(case.read for case in with_mrz),
        accepted=sum(case.accepted for case in cases),
        wrong_accepted=sum(case.accepted and not case.exact for case in cases),
        read_without_mrz=sum(case.read for case in cases if not case.has_mrz),
        number_right=sum(number for number, _, _ in fields),
        names_right=sum(names for _, names, _ in fields),
        dates_right=sum(dates for _, _, dates in fields),
        portraits=sum(case.portrait_px > 0 for case in cases),
        document_p50_s=round(float(np.percentile(seconds, 50)), 3),
        document_p95_s=round(float(np.percentile(seconds, 95)), 3),
        peak_mb=round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
    )


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="measure documents", description=__doc__.split("\n", maxsplit=1)[0] if __doc__ else None)
    parser.add_argument("labels", type=Path)
    parser.add_argument("--json", type=Path, help="write the figures there")
    parser.add_argument("--limit", type=int, default=0, help="only the first so many pictures")
    parser.add_argument("--only", nargs="*", default=[], help="only files whose name holds one of these")
    parser.add_argument("--pack", type=Path, default=PACK)
    parser.add_argument("--show", action="store_true", help="print lines and findings too (they hold document data)")
    asked = parser.parse_args(arguments)
    cv2.setNumThreads(1)
    labels = json.loads(asked.labels.read_text(encoding="utf-8"))
    labels = [label for label in labels if not asked.only or any(part in label["file"] for part in asked.only)]
    labels = labels[: asked.limit] if asked.limit else labels
    summary, cases = _measured(labels, asked.labels.parent, load_engines(asked.pack), show=asked.show)
    _print_summary(summary, cases)
    if asked.json:
        figures = {**asdict(summary), "cases": [asdict(case) for case in cases]}
        asked.json.write_text(json.dumps(figures, indent=1), encoding="utf-8")
    return 0


def measure(labels: Path, engines: Engines) -> Summary:
    """Read every picture of a labelled set."""
    return _measured(json.loads(labels.read_text(encoding="utf-8")), labels.parent, engines, show=False)[0]


def _measured(labels: list[dict[str, object]], folder: Path, engines: Engines, *, show: bool) -> tuple[Summary, list[Case]]:
    cases, fields = [], []
    for label in labels:
        data = (folder / str(label["file"])).read_bytes()
        started = time.perf_counter()
        try:
            picture = decode_picture(data, BRANCH.document)
            outcome: DocumentOutcome | None = read_document(picture, engines, BRANCH.document, TODAY, one_side_only=False)
        except PictureUnreadable:
            outcome = None
        case = judge(label, outcome, round(time.perf_counter() - started, 3))
        cases.append(case)
        fields.append(_fields_right(label, outcome))
        _print_case(case, label, outcome, show)
    return summarise(cases, fields), cases


def _print_case(case: Case, label: dict[str, object], outcome: DocumentOutcome | None, show: bool) -> None:
    word = "exact" if case.exact else "right" if not case.has_mrz and not case.read else "WRONG"
    state = "accepted" if case.accepted else "flagged" if case.read else case.reason
    portrait = f"portrait {case.portrait_px:.0f} px" if case.portrait_px else "no portrait"
    print(f"{case.file:6} {case.layout:6} {word:6} {state:12} {portrait:16} {case.seconds:.2f} s", flush=True)
    if show and isinstance(outcome, Read):
        print("      ", " ".join(f"{f.code.value}:{f.about}={f.weight.value}" for f in outcome.findings if f.weight is not Weight.AGREES))
    if show and not case.exact:
        for line in true_lines(label) or ():
            print("     T", line)
        for line in outcome.raw_lines.reveal() if isinstance(outcome, Read) else ():
            print("     R", line)


def _print_summary(summary: Summary, cases: Sequence[Case]) -> None:
    print()
    for layout in sorted({case.layout for case in cases if case.has_mrz}):
        own = [case for case in cases if case.has_mrz and case.layout == layout]
        print(f"{layout:6} exact {sum(case.exact for case in own)} of {len(own)}")
    for name, value in asdict(summary).items():
        print(f"{name:20} {value}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
