"""The machine-readable zone as text: format it, take it apart, check it. No picture here.

`parse` takes any text and answers `MrzParsed` or `MrzRefused(why)`; it never corrects and never raises. A zone whose own check
digits are wrong is parsed like any other and says which are wrong: whether to believe it is for others to judge.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from kiosk.document.check_digits import check_digit, check_digit_fits
from kiosk.document.layouts import ALPHABET, LAYOUTS, Check, Layout, cut, layout_row, national_form
from kiosk.document.reading import MrzLayout


@dataclass(frozen=True, slots=True)
class MrzContent:
    """What a zone says. Names and codes in MRZ letters, words separated by single spaces; number without fillers.

    birth, expiry: six characters YYMMDD, fillers where unknown; sex: M, F or `<`; optional: the optional fields as printed,
    trailing fillers stripped, fillers inside kept (TD1 has two).
    """

    layout: MrzLayout
    document_code: str
    issuing_state: str
    number: str
    surname: str
    given_names: str
    nationality: str
    birth: str
    sex: str
    expiry: str
    optional: tuple[str, ...]
    form: str = ""
    """The national form it is written in, empty for ICAO's own (see layouts.NATIONAL_FORMS)."""


@dataclass(frozen=True, slots=True)
class CheckResult:
    """about: number, birth_date, expiry_date, optional or composite."""

    about: str
    fits: bool


@dataclass(frozen=True, slots=True)
class MrzParsed:
    content: MrzContent
    lines: tuple[str, ...]
    checks: tuple[CheckResult, ...]

    @property
    def all_fit(self) -> bool:
        return all(check.fits for check in self.checks)


class RefusedBecause(StrEnum):
    LINE_COUNT = "line-count"
    LINE_LENGTH = "line-length"
    ALPHABET = "alphabet"
    DOCUMENT_CODE = "document-code"
    """The first character must be a letter; two-line zones that start with V are visas."""


@dataclass(frozen=True, slots=True)
class MrzRefused:
    why: RefusedBecause


def parse(lines: tuple[str, ...]) -> MrzParsed | MrzRefused:
    """Take a zone apart. lines: two of 44 or 36 characters or three of 30, exactly as printed."""
    if len(lines) not in (2, 3):
        return MrzRefused(RefusedBecause.LINE_COUNT)
    shapes = [row for row in LAYOUTS if row.lines == len(lines) and all(len(line) == row.length for line in lines)]
    if not shapes:
        return MrzRefused(RefusedBecause.LINE_LENGTH)
    if any(character not in ALPHABET for line in lines for character in line):
        return MrzRefused(RefusedBecause.ALPHABET)
    first = lines[0][0]
    if not first.isalpha():
        return MrzRefused(RefusedBecause.DOCUMENT_CODE)
    visa = first == "V" and len(lines) == 2
    icao = next(row for row in shapes if (row.layout in (MrzLayout.MRV_A, MrzLayout.MRV_B)) == visa)
    row = national_form(lines) or icao
    return MrzParsed(_content(lines, row), lines, _checks(lines, row))


def format_mrz(content: MrzContent) -> tuple[str, ...]:
    """Print a zone with its check digits. Names too long for their field are cut at its end.

    Raises ValueError where the content cannot be printed: wrong characters, a field too long, a short date.
    """
    row = layout_row(content.layout, content.form)
    lines = [["<"] * row.length for _ in range(row.lines)]

    def put(span: tuple[int, int, int], text: str) -> None:
        line, start, end = span
        if len(text) > end - start:
            raise ValueError(f"{len(text)} characters do not fit in {end - start}")
        if any(character not in ALPHABET for character in text):
            raise ValueError("a character that no MRZ may hold")
        lines[line][start : start + len(text)] = text

    if len(content.birth) != 6 or len(content.expiry) != 6:
        raise ValueError("a date has six characters, fillers included")
    put(row.document_code, content.document_code)
    put(row.issuing_state, content.issuing_state)
    if row.given is None:
        put(row.names, _names(content, row))
    else:
        put(row.names, content.surname.replace(" ", "<")[: row.names[2] - row.names[1]])
        put(row.given, content.given_names.replace(" ", "<")[: row.given[2] - row.given[1]])
    put(row.nationality, content.nationality)
    put(row.birth, content.birth)
    put(row.sex, content.sex)
    if row.expiry[2] > row.expiry[1]:
        put(row.expiry, content.expiry)
    for span, text in zip(row.optional, _optional_with_number(content, row), strict=True):
        put(span, text)
    put(row.number, content.number[: row.number[2] - row.number[1]] if row.long_number else content.number)
    for check in row.checks:
        printed = tuple("".join(line) for line in lines)
        guarded = cut(printed, *check.over)
        continued = check.about == "number" and row.long_number and len(content.number) > 9
        empty = check.about == "optional" and not guarded.strip("<")
        lines[check.at[0]][check.at[1]] = "<" if continued or empty else check_digit(guarded)
    return tuple("".join(line) for line in lines)


def is_long_number(lines: tuple[str, ...], row: Layout) -> bool:
    """Return whether the number runs on into the optional field: a filler stands in the check digit's place."""
    return row.long_number and cut(lines, (row.number[0], row.number[2], row.number[2] + 1)) == "<" and _runs_on(lines, row)


def _runs_on(lines: tuple[str, ...], row: Layout) -> bool:
    rest = cut(lines, row.optional[0]).split("<")[0]
    return len(rest) >= 2 and "<" not in cut(lines, row.number)


def _content(lines: tuple[str, ...], row: Layout) -> MrzContent:
    number = cut(lines, row.number).rstrip("<")
    optional = [cut(lines, span) for span in row.optional]
    if is_long_number(lines, row):
        rest = optional[0].split("<")[0]
        number += rest[:-1]
        optional[0] = optional[0][len(rest) :].removeprefix("<")
    surname, _, given = cut(lines, row.names).partition("<<") if row.given is None else (cut(lines, row.names), "", cut(lines, row.given))
    return MrzContent(
        layout=row.layout,
        document_code=cut(lines, row.document_code).rstrip("<"),
        issuing_state=cut(lines, row.issuing_state).rstrip("<"),
        number=number,
        surname=_spaced(surname),
        given_names=_spaced(given),
        nationality=cut(lines, row.nationality).rstrip("<"),
        birth=cut(lines, row.birth),
        sex=cut(lines, row.sex),
        expiry=cut(lines, row.expiry) or "<" * 6,
        optional=tuple(text.rstrip("<") for text in optional),
        form=row.form,
    )


def _checks(lines: tuple[str, ...], row: Layout) -> tuple[CheckResult, ...]:
    return tuple(CheckResult(check.about, check_fits(lines, row, check)) for check in row.checks)


def check_fits(lines: tuple[str, ...], row: Layout, check: Check) -> bool:
    """Return whether a check digit of lines in a known layout fits what it guards."""
    if check.about == "number" and is_long_number(lines, row):
        rest = cut(lines, row.optional[0]).split("<")[0]
        return check_digit_fits(cut(lines, row.number) + rest[:-1], rest[-1])
    digit = lines[check.at[0]][check.at[1]]
    return digit in "<0123456789" and check_digit_fits(cut(lines, *check.over), digit)


def _names(content: MrzContent, row: Layout) -> str:
    surname, given = content.surname.replace(" ", "<"), content.given_names.replace(" ", "<")
    room = row.names[2] - row.names[1]
    return (f"{surname}<<{given}" if given else surname)[:room]


def _optional_with_number(content: MrzContent, row: Layout) -> list[str]:
    optional = list(content.optional) + [""] * (len(row.optional) - len(content.optional))
    if len(content.number) > row.number[2] - row.number[1]:
        if not row.long_number:
            raise ValueError("the number is too long for this layout")
        rest = content.number[9:] + check_digit(content.number)
        optional[0] = rest + ("<" + optional[0] if optional[0] else "")
    return optional


def _spaced(names: str) -> str:
    return " ".join(word for word in names.split("<") if word)


def birth_date(text: str, today: date) -> date | None:
    """Return the day YYMMDD means for a birth: the latest century that is not in the future; None where there is no such day."""
    day = _day(text, today.year // 100 * 100)
    if day is not None and day <= today:
        return day
    return _day(text, today.year // 100 * 100 - 100)


def expiry_date(text: str, today: date) -> date | None:
    """Return the day YYMMDD means for an expiry: the year within fifty years of today; None where there is no such day."""
    century = today.year // 100 * 100
    if not (len(text) == 6 and text.isascii() and text.isdigit()):
        return None
    for base in (century - 100, century, century + 100):
        if -50 <= base + int(text[:2]) - today.year < 50:
            return _day(text, base)
    return None


def _day(text: str, century: int) -> date | None:
    if not (len(text) == 6 and text.isascii() and text.isdigit()):
        return None
    try:
        return date(century + int(text[:2]), int(text[2:4]), int(text[4:]))
    except ValueError:
        return None
