"""What one picture of a labelled set gave, and what all of them say together.

Labels: a list of {file, layout or kind, mrz: [lines] or null, face, invalid_check_digits, ...}. Rates are 0..1. A reading is *exact* when
every MRZ character is right, and *accepted* when all its check digits fit and it is surer than the policy's line. So a specimen whose
own check digits are wrong is never accepted, however well it is read: `accepted_of_valid` leaves those out, `accepted` does not.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from kiosk.document.layouts import LAYOUTS
from kiosk.document.mrz import MrzContent, MrzParsed, parse

Label = dict[str, object]
Lines = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EngineReading:
    """What an engine says of one picture. lines: the MRZ, None if it found none; accepted: it would go through unattended;
    portrait_px: width of the portrait's face, 0 if none was found; why: in a word, why nothing was read; doubts: what was found
    against the document, by name, never with a value."""

    lines: Lines | None
    accepted: bool
    portrait_px: float = 0.0
    why: str = ""
    doubts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Case:
    """One picture's result. fields: whether number, birth, expiry, names and nationality are right, empty without an MRZ;
    edits: characters inserted, dropped or wrong; characters: of the true lines; seconds: from the file's bytes to the reading on the
    wall's clock; cpu_seconds: the same as processor time."""

    file: str
    layout: str
    has_mrz: bool
    is_valid: bool
    has_face: bool
    read: bool
    exact: bool
    accepted: bool
    fields: tuple[bool, ...]
    edits: int
    characters: int
    portrait_px: float
    seconds: float
    cpu_seconds: float
    why: str
    doubts: tuple[str, ...]

    @property
    def is_right(self) -> bool:
        return self.exact if self.has_mrz else not self.read


FIELDS = ("number", "birth", "expiry", "names", "nationality")


@dataclass(frozen=True, slots=True)
class Figures:
    """The keys of the JSON file. documents: pictures; exact, fields and cer over those with an MRZ; accepted and accepted_of_valid over the
    exact readings (of those whose own check digits are right); wrong_accepts over all pictures; false_reads over those without an MRZ;
    portrait over those with a face; failures: files, with what went wrong."""

    documents: int
    with_mrz: int
    exact: float
    accepted: float
    accepted_of_valid: float
    number: float
    birth: float
    expiry: float
    names: float
    nationality: float
    cer: float
    wrong_accepts: float
    false_reads: float
    portrait: float
    p50_s: float
    p95_s: float
    cpu_p50_s: float
    cpu_p95_s: float
    peak_mb: float
    failures: tuple[str, ...]


def true_lines(label: Label) -> Lines | None:
    """Return the labelled lines as an MRZ can hold them (one specimen prints a Spanish letter no MRZ has)."""
    mrz = label["mrz"]
    if not isinstance(mrz, list):
        return None
    return tuple(str(line).replace("Ñ", "N") for line in mrz)


def short_name(label: Label) -> str:
    return str(label["file"]).split("/")[-1].split("_")[0]


def judge(label: Label, reading: EngineReading, seconds: float, cpu_seconds: float = 0.0) -> Case:
    true, read = true_lines(label), reading.lines
    return Case(
        file=short_name(label),
        layout=str(label.get("layout") or label.get("kind")),
        has_mrz=true is not None,
        is_valid=true is not None and _is_valid(true),
        has_face=bool(label.get("face")),
        read=read is not None,
        exact=true is not None and read == true,
        accepted=reading.accepted,
        fields=() if true is None else _fields_right(true, read),
        edits=0 if true is None else edits("".join(read or ()), "".join(true)),
        characters=sum(len(line) for line in true or ()),
        portrait_px=reading.portrait_px,
        seconds=round(seconds, 3),
        cpu_seconds=round(cpu_seconds, 3),
        why=reading.why,
        doubts=reading.doubts,
    )


def _is_valid(lines: Lines) -> bool:
    parsed = parse(lines)
    return isinstance(parsed, MrzParsed) and parsed.all_fit


def _fields_right(true: Lines, read: Lines | None) -> tuple[bool, ...]:
    wanted, got = _content(true), None if read is None else _content(read)
    if wanted is None or got is None:
        return (False,) * len(FIELDS)
    return tuple(a == b for a, b in zip(_values(wanted), _values(got), strict=True))


def _content(lines: Lines) -> MrzContent | None:
    """Return what lines say; other readers' lines may be a few characters short or long and are brought to the nearest layout."""
    shapes = [row for row in LAYOUTS if row.lines == len(lines)]
    if not shapes:
        return None
    row = min(shapes, key=lambda row: abs(row.length - int(np.median([len(line) for line in lines]))))
    parsed = parse(tuple(line[: row.length].ljust(row.length, "<") for line in lines))
    return parsed.content if isinstance(parsed, MrzParsed) else None


def _values(content: MrzContent) -> tuple[str, ...]:
    return (content.number, content.birth, content.expiry, f"{content.surname}, {content.given_names}", content.nationality)


def edits(one: str, other: str) -> int:
    """Return the least number of characters to insert, drop or replace that make one text the other (Levenshtein)."""
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        before, row[0] = row[0], i
        for j, b in enumerate(other, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (a != b))
    return row[-1]


def summarise(cases: Sequence[Case], peak_mb: float) -> Figures:
    with_mrz = [case for case in cases if case.has_mrz]
    exact = [case for case in with_mrz if case.exact]
    seconds = [case.seconds for case in cases] or [0.0]
    spent = [case.cpu_seconds for case in cases] or [0.0]
    fields = {name: _share(case.fields[i] for case in with_mrz) for i, name in enumerate(FIELDS)}
    return Figures(
        documents=len(cases),
        with_mrz=len(with_mrz),
        exact=_share(case.exact for case in with_mrz),
        accepted=_share(case.accepted for case in exact),
        accepted_of_valid=_share(case.accepted for case in exact if case.is_valid),
        **fields,
        cer=round(sum(case.edits for case in with_mrz) / max(1, sum(case.characters for case in with_mrz)), 5),
        wrong_accepts=_share(case.accepted and not case.exact for case in cases),
        false_reads=_share(case.read for case in cases if not case.has_mrz),
        portrait=_share(case.portrait_px > 0 for case in cases if case.has_face),
        p50_s=round(float(np.percentile(seconds, 50)), 3),
        p95_s=round(float(np.percentile(seconds, 95)), 3),
        cpu_p50_s=round(float(np.percentile(spent, 50)), 3),
        cpu_p95_s=round(float(np.percentile(spent, 95)), 3),
        peak_mb=round(peak_mb, 1),
        failures=tuple(f"{case.file}: {failure(case)}" for case in cases if not case.is_right or (case.accepted and not case.exact)),
    )


def failure(case: Case) -> str:
    if not case.has_mrz:
        return "read where there is no MRZ"
    if not case.read:
        return f"not read ({case.why})" if case.why else "not read"
    return f"{case.edits} of {case.characters} characters wrong" + (", and accepted" if case.accepted else "")


def _share(hits: Iterable[bool]) -> float:
    seen = list(hits)
    return round(sum(seen) / len(seen), 4) if seen else 0.0
