"""Where everything stands in the five machine-readable zones (ICAO Doc 9303 parts 4-7), as one table per layout.

Positions count from 0; a span is (line, first, after last). Classes of characters by position: `L` letter or filler, `Q` the same in
a state's three-letter code, `N` digit or filler, `D` digit, `S` sex, `X` anything; `P`, `V`, `C` what the zone of a passport, a visa or a
card begins with.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TypedDict

from kiosk.document.reading import MrzLayout
from kiosk.document.states import is_state

Span = tuple[int, int, int]

ALPHABET = "<0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
"""Every character an MRZ may hold, in the order the line reader names them."""

CLASSES: Mapping[str, str] = MappingProxyType(
    {
        "L": "<" + ALPHABET[11:],
        "Q": "<" + ALPHABET[11:],
        "N": ALPHABET[:11],
        "D": ALPHABET[1:11],
        "S": "MFX<",
        "X": ALPHABET,
        "P": "P",
        "V": "V",
        "C": "IACP",
    }
)


@dataclass(frozen=True, slots=True)
class Check:
    """One check digit: the field it guards, the spans it is computed over, where it stands."""

    about: str
    over: tuple[Span, ...]
    at: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Layout:
    """optional: spans of optional data in reading order; the number continues in the first where `long_number` allows it."""

    layout: MrzLayout
    lines: int
    length: int
    document_code: Span
    issuing_state: Span
    number: Span
    names: Span
    nationality: Span
    birth: Span
    sex: Span
    expiry: Span
    optional: tuple[Span, ...]
    checks: tuple[Check, ...]
    long_number: bool
    classes: tuple[str, ...]
    given: Span | None = None
    """Where the given names stand if not after the surname."""
    form: str = ""
    """Tells a national form from ICAO's own of the same size; empty for ICAO's."""


class _SecondLine(TypedDict):
    number: Span
    nationality: Span
    birth: Span
    sex: Span
    expiry: Span


_SECOND = _SecondLine(number=(1, 0, 9), nationality=(1, 10, 13), birth=(1, 13, 19), sex=(1, 20, 21), expiry=(1, 21, 27))
_NUMBER = Check("number", ((1, 0, 9),), (1, 9))
_BIRTH = Check("birth_date", ((1, 13, 19),), (1, 19))
_EXPIRY = Check("expiry_date", ((1, 21, 27),), (1, 27))

TD1 = Layout(
    layout=MrzLayout.TD1,
    lines=3,
    length=30,
    document_code=(0, 0, 2),
    issuing_state=(0, 2, 5),
    number=(0, 5, 14),
    names=(2, 0, 30),
    nationality=(1, 15, 18),
    birth=(1, 0, 6),
    sex=(1, 7, 8),
    expiry=(1, 8, 14),
    optional=((0, 15, 30), (1, 18, 29)),
    checks=(
        Check("number", ((0, 5, 14),), (0, 14)),
        Check("birth_date", ((1, 0, 6),), (1, 6)),
        Check("expiry_date", ((1, 8, 14),), (1, 14)),
        Check("composite", ((0, 5, 30), (1, 0, 7), (1, 8, 15), (1, 18, 29)), (1, 29)),
    ),
    long_number=True,
    classes=("CXQQQ" + "X" * 9 + "N" + "X" * 15, "NNNNNNDSNNNNNNDQQQ" + "X" * 11 + "D", "L" * 30),
)
TD2 = Layout(
    layout=MrzLayout.TD2,
    lines=2,
    length=36,
    document_code=(0, 0, 2),
    issuing_state=(0, 2, 5),
    names=(0, 5, 36),
    optional=((1, 28, 35),),
    checks=(_NUMBER, _BIRTH, _EXPIRY, Check("composite", ((1, 0, 10), (1, 13, 20), (1, 21, 35)), (1, 35))),
    long_number=True,
    classes=("CXQQQ" + "L" * 31, "X" * 9 + "NQQQNNNNNNDSNNNNNND" + "X" * 7 + "D"),
    **_SECOND,
)
TD3 = Layout(
    layout=MrzLayout.TD3,
    lines=2,
    length=44,
    document_code=(0, 0, 2),
    issuing_state=(0, 2, 5),
    names=(0, 5, 44),
    optional=((1, 28, 42),),
    checks=(
        _NUMBER,
        _BIRTH,
        _EXPIRY,
        Check("optional", ((1, 28, 42),), (1, 42)),
        Check("composite", ((1, 0, 10), (1, 13, 20), (1, 21, 43)), (1, 43)),
    ),
    long_number=False,
    classes=("PLQQQ" + "L" * 39, "X" * 9 + "DQQQNNNNNNDSNNNNNND" + "X" * 14 + "ND"),
    **_SECOND,
)
MRV_A = Layout(
    layout=MrzLayout.MRV_A,
    lines=2,
    length=44,
    document_code=(0, 0, 2),
    issuing_state=(0, 2, 5),
    names=(0, 5, 44),
    optional=((1, 28, 44),),
    checks=(_NUMBER, _BIRTH, _EXPIRY),
    long_number=False,
    classes=("VLQQQ" + "L" * 39, "X" * 9 + "DQQQNNNNNNDSNNNNNND" + "X" * 16),
    **_SECOND,
)
MRV_B = Layout(
    layout=MrzLayout.MRV_B,
    lines=2,
    length=36,
    document_code=(0, 0, 2),
    issuing_state=(0, 2, 5),
    names=(0, 5, 36),
    optional=((1, 28, 36),),
    checks=(_NUMBER, _BIRTH, _EXPIRY),
    long_number=False,
    classes=("VLQQQ" + "L" * 31, "X" * 9 + "DQQQNNNNNNDSNNNNNND" + "X" * 8),
    **_SECOND,
)

OLD_FRENCH = Layout(
    layout=MrzLayout.TD2,
    lines=2,
    length=36,
    document_code=(0, 0, 2),
    issuing_state=(0, 2, 5),
    number=(1, 0, 12),
    names=(0, 5, 30),
    nationality=(0, 2, 5),
    birth=(1, 27, 33),
    sex=(1, 34, 35),
    expiry=(1, 36, 36),
    optional=((0, 30, 36),),
    checks=(
        Check("number", ((1, 0, 12),), (1, 12)),
        Check("birth_date", ((1, 27, 33),), (1, 33)),
        Check("composite", ((0, 0, 36), (1, 0, 35)), (1, 35)),
    ),
    long_number=False,
    classes=("CXQQQ" + "L" * 25 + "X" * 6, "X" * 12 + "D" + "L" * 14 + "NNNNNNDSD"),
    given=(1, 13, 27),
    form="old-french",
)
"""The French identity card of 1988-2021: two lines of 36 of its own, no expiry date, given names in the second line."""
NO_EXPIRY_DIGIT = replace(
    TD1,
    nationality=(1, 14, 17),
    optional=((0, 15, 30), (1, 17, 29)),
    checks=(
        Check("number", ((0, 5, 14),), (0, 14)),
        Check("birth_date", ((1, 0, 6),), (1, 6)),
        Check("composite", ((0, 5, 30), (1, 0, 7), (1, 8, 14), (1, 17, 29)), (1, 29)),
    ),
    classes=(TD1.classes[0], "NNNNNNDSNNNNNNQQQ" + "X" * 12 + "D", TD1.classes[2]),
    form="no-expiry-digit",
)
"""A TD1 card whose second line goes on with the nationality right after the expiry date."""

NATIONAL_FORMS: tuple[Layout, ...] = (OLD_FRENCH, NO_EXPIRY_DIGIT)
LAYOUTS: tuple[Layout, ...] = (TD1, TD2, TD3, MRV_A, MRV_B)


def layout_row(layout: MrzLayout, form: str = "") -> Layout:
    """Raises StopIteration for a form nobody knows."""
    return next(row for row in (*LAYOUTS, *NATIONAL_FORMS) if row.layout is layout and row.form == form)


def national_form(lines: tuple[str, ...]) -> Layout | None:
    """Return the national form these lines are written in, None where they are ICAO's own."""
    if len(lines) == 2 and len(lines[0]) == 36 and lines[0].startswith("IDFRA") and lines[1][10:13].isdigit() and lines[1][34] in "MF":
        return OLD_FRENCH
    if len(lines) == 3 and len(lines[1]) == 30:
        shifted, usual = lines[1][14:17].rstrip("<"), lines[1][15:18].rstrip("<")
        if lines[1][14].isalpha() and is_state(shifted) and not is_state(usual):
            return NO_EXPIRY_DIGIT
    return None


def cut(lines: tuple[str, ...], *spans: Span) -> str:
    return "".join(lines[line][start:end] for line, start, end in spans)
