"""The printed zone by fields: which printed line is whose value, and what it says.

A line's field is told, in this order, by what stands before the value in the line itself (`4b 12.03.2031`, `DOB: ...`), by a label above
or beside it, and by where it stands on this kind of document. Nothing is corrected; a value that is not of its field's form is none.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import takewhile

from kiosk.document.field_numbers import before_next_prefix, leading_field, number_column, of_prefix, without_prefixes
from kiosk.document.kind import DateOrder, Kind
from kiosk.document.printed import Label, PrintedLine, address_after, label_for, label_of, numeric_dates, plain, worded_dates
from kiosk.document.states import is_state


@dataclass(frozen=True, slots=True)
class Bound:
    """A value and the field it belongs to. confidence: mean of its line's characters, 0..1; line: index of the line."""

    label: Label
    text: str
    confidence: float
    line: int


@dataclass(frozen=True, slots=True)
class PrintedFields:
    """What the print says, as printed; empty texts and None where nothing of that form was found. sex: M, F, X or empty.

    name: given names and surname in one line, where the document does not part them; confidence: the least certain line used, 0..1.
    """

    number: str
    surname: str
    given_names: str
    name: str
    birth: date | None
    expiry: date | None
    issued: date | None
    sex: str
    nationality: str
    address: str
    personal_number: str
    confidence: float


_SEGMENT = re.compile(r"([^:]{2,60}?):\s*(\S+(?:\s+[^\s:]+)*?)(?=\s+(?:\d{1,2}[a-d]?\s+)?[^\s:]+(?:\s+[^\s:]+)?\s*:|$)")
_NAME_LABEL = re.compile(r"^\W*(?:[^/]{0,20}/\s*)?NAME\W*$")
_DAYS = frozenset({Label.BIRTH, Label.EXPIRY, Label.ISSUE})
_NO_DAY = date(2000, 1, 1)
"""Whether a text holds a date at all does not depend on the day."""
_TOWN = re.compile(r"\b(?:[A-Z]{2} \d{5}(?:-\d{4})?|[A-Z]\d[A-Z] ?\d[A-Z]\d)$")
"""An address's last line in the United States and in Canada."""


def bind(lines: Sequence[PrintedLine], kind: Kind, page_size: tuple[int, int], *, back: bool = False) -> tuple[Bound, ...]:
    """Return the values among printed lines with their fields, in reading order.

    page_size: (width, height), pixels, of the upright page; back: it is the side without the portrait.
    """
    all_lines = tuple(lines)
    bound: list[Bound] = []
    column = number_column(all_lines, kind)
    announced = [_in_the_line_itself(line, kind, column) for line in all_lines]
    for i, line in enumerate(all_lines):
        own = [Bound(label, text, line.confidence, i) for label, text in announced[i]]
        if not own and line.label is None and not _NAME_LABEL.match(plain(line.text)):
            label = (
                _by_own_prefix(all_lines, i, kind)
                or _by_label(all_lines, i, announced)
                or _under_name(all_lines, i)
                or _by_place(line, kind, page_size, back)
            )
            own = [Bound(label, line.text, line.confidence, i)] if label is not None else []
        bound += [item for item in own if item.label not in _DAYS or numeric_dates(item.text) or worded_dates(item.text, _NO_DAY)]
    bound += _of_licence_order(bound, all_lines, kind)
    return (*bound, *_rest_of_address(bound, all_lines, kind))


def printed_fields(bound: Sequence[Bound], lines: Sequence[PrintedLine], kind: Kind, today: date) -> PrintedFields:
    """Return the document's data as its print states them."""
    used: list[float] = []

    def texts(label: Label) -> Iterator[Bound]:
        return (item for item in bound if item.label is label)

    def words(label: Label) -> str:
        found = [item for item in texts(label) if is_name(item.text)]
        used.extend(item.confidence for item in found[:2])
        return " ".join(item.text.strip(" .,:") for item in found[:2])

    def day(label: Label, *, past: bool) -> date | None:
        found = [(day, item) for item in texts(label) for day in days_in(item.text, kind.dates, today, past=past)]
        if not found:
            return None
        # `valid from` stands under the same words as `valid until`
        chosen, item = max(found, key=lambda pair: pair[0]) if label is Label.EXPIRY else found[0]
        used.append(item.confidence)
        return chosen

    number, sure = _number(bound, lines, kind)
    used += [sure] if number else []
    return PrintedFields(
        number=number,
        surname=words(Label.SURNAME),
        given_names=words(Label.GIVEN),
        name=words(Label.NAME),
        birth=day(Label.BIRTH, past=True),
        expiry=day(Label.EXPIRY, past=False),
        issued=day(Label.ISSUE, past=True),
        sex=printed_sex(bound),
        nationality=printed_nationality(bound, kind),
        address=_address(bound),
        personal_number=_personal_number(bound, lines, kind),
        confidence=min(used, default=0.0),
    )


def days_in(text: str, order: DateOrder, today: date, *, past: bool) -> tuple[date, ...]:
    """Return the dates of a text, each read as its kind of document means it. past: two-figure years are of the past, else the nearest."""
    found = list(worded_dates(text, today, past=past))
    for parts in numeric_dates(text):
        ways = _ways(parts, order)
        days = [day for way in ways for day in _days([parts[i] for i in way], today, past=past)]
        found += days[:1]
    return tuple(found)


def _ways(parts: Sequence[str], order: DateOrder) -> tuple[tuple[int, int, int], ...]:
    """Return where year, month and day stand among the parts of a date, the likelier reading first."""
    if len(parts[0]) == 4:
        return ((0, 1, 2),)
    day_first, month_first = (2, 1, 0), (2, 0, 1)
    return (month_first, day_first) if order is DateOrder.MONTH_FIRST else (day_first, month_first)


def is_name(text: str) -> bool:
    """Return whether a text may be a name: letters, no figures, not one character alone."""
    return len(text.strip()) >= 2 and not any(character.isdigit() for character in text) and any(c.isalpha() for c in text)


def compact(text: str) -> str:
    """Return capitals and figures without blanks and marks, as numbers are compared."""
    return re.sub(r"[^A-Z0-9]", "", plain(text))


def printed_sex(bound: Sequence[Bound]) -> str:
    """Return M, F or X as printed under its label (`F/N` of an Estonian card is F), else an empty text."""
    for item in bound:
        if item.label is not Label.SEX:
            continue
        tokens = re.findall(r"[A-Z]+", plain(item.text))
        for words, sex in ((("F", "FEMALE", "W", "WEIBLICH"), "F"), (("M", "MALE", "MANN", "MASCULIN"), "M"), (("X",), "X")):
            if any(token in words for token in tokens):
                return sex
    return ""


def printed_nationality(bound: Sequence[Bound], kind: Kind) -> str:
    """Return the three-letter code the print gives, or the issuer's where it names its own nationals; else an empty text."""
    for item in bound:
        if item.label is not Label.NATIONALITY:
            continue
        tokens = re.findall(r"[A-Z]+", plain(item.text))
        if any(token in kind.nationality_words for token in tokens):
            return next(iter(kind.issuers), kind.state)
        code = next((token for token in tokens if len(token) == 3 and is_state(token)), "")
        if code:
            return code
    return ""


def _in_the_line_itself(line: PrintedLine, kind: Kind, column: float | None) -> list[tuple[Label, str]]:
    """Return values that are announced in their own line. column: where lines with a field number begin, see number_column."""
    is_numbered = column is not None and abs(line.box[0] - column) < 0.3 * line.height
    label, rest = without_prefixes(line.text, kind, is_numbered=is_numbered)
    if label is not None and rest and (label not in (Label.SURNAME, Label.GIVEN) or is_name(rest)):
        return [(label, rest)]
    parted = [(label_of(before) or of_prefix(before, kind), value) for before, value in _SEGMENT.findall(line.text)]
    return [(label, value) for label, value in parted if label is not None]


def _by_label(lines: tuple[PrintedLine, ...], index: int, announced: Sequence[Sequence[object]]) -> Label | None:
    """Return the label beside a line; a label that has its value in its own line is no other line's."""
    asking = [i for i in range(len(lines)) if i == index or not announced[i]]
    return label_for(tuple(lines[i] for i in asking), asking.index(index))


def _by_own_prefix(lines: tuple[PrintedLine, ...], index: int, kind: Kind) -> Label | None:
    """Return the field of the prefix that stands by itself to the left of a value, or right above it."""
    value = lines[index]
    if not kind.prefixes or of_prefix(value.text.strip(".:) "), kind) is not None:
        return None
    x, y, _, low = value.box
    for line in lines:
        label = of_prefix(line.text.strip(".:) "), kind)
        if label is None:
            continue
        left, top, right, bottom = line.box
        high = max(value.height, 1.0)
        beside = abs((y + low) / 2 - (top + bottom) / 2) / high < 0.6 and -0.5 < (x - right) / high < 2.5
        below = line.text[0].isalpha() and -0.6 < (y - bottom) / high < 1.2 and abs(x - left) / high < 2.0
        if beside or below:
            return label
    return None


def _of_licence_order(bound: Sequence[Bound], lines: tuple[PrintedLine, ...], kind: Kind) -> list[Bound]:
    """Return what a licence's own order tells where its small field numbers were not seen: names above the birth, the number largest."""
    if not kind.prefixes:
        return []
    found = []
    taken = {item.line for item in bound}
    free = [i for i in range(len(lines)) if i not in taken and lines[i].label is None]
    birth = next((lines[item.line] for item in bound if item.label is Label.BIRTH and re.search(r"\d", item.text)), None)
    if birth is not None and not any(item.label in (Label.SURNAME, Label.GIVEN) for item in bound):
        above = [i for i in free if is_name(lines[i].text) and 0 < birth.box[1] - lines[i].box[1] < 4.5 * birth.height
                 and abs(lines[i].box[0] - birth.box[0]) < 2 * birth.height]  # fmt: skip
        above.sort(key=lambda i: lines[i].box[1])
        for label, i in zip((Label.SURNAME, Label.GIVEN), above[-2:], strict=False):
            found.append(Bound(label, lines[i].text, lines[i].confidence, i))
    if not any(item.label is Label.NUMBER for item in bound):
        like = [i for i in free if sum(c.isdigit() for c in lines[i].text) >= 5 and not numeric_dates(lines[i].text)]
        if like:
            i = max(like, key=lambda i: lines[i].height)
            found.append(Bound(Label.NUMBER, lines[i].text, lines[i].confidence, i))
    if not any(item.label is Label.ADDRESS for item in bound):
        town = next((i for i in free if _TOWN.search(plain(lines[i].text).strip())), None)
        street = next((i for i in free if town is not None and town in address_after(lines, i) and lines[i].text[:1].isdigit()), None)
        if street is not None:
            found.append(Bound(Label.ADDRESS, lines[street].text, lines[street].confidence, street))
    return found


def _rest_of_address(bound: Sequence[Bound], lines: tuple[PrintedLine, ...], kind: Kind) -> list[Bound]:
    """Return the lines below an address's first, up to the first that is another field's."""
    first = next((item for item in bound if item.label is Label.ADDRESS), None)
    if first is None:
        return []
    taken = {item.line for item in bound}
    own = list(takewhile(lambda i: i not in taken and leading_field(lines[i].text, kind) is None, address_after(lines, first.line)))
    return [Bound(Label.ADDRESS, lines[i].text, lines[i].confidence, i) for i in own]


def _under_name(lines: tuple[PrintedLine, ...], index: int) -> Label | None:
    """Return NAME for the line below or beside a label that says no more than that."""
    value = lines[index]
    for line in lines:
        if line is value or not _NAME_LABEL.match(plain(line.text)):
            continue
        left, top, right, bottom = line.box
        x, y, _, low = value.box
        high = max(line.height, value.height, 1.0)
        below = -0.6 < (y - bottom) / high < 1.6 and abs(x - left) / high < 2.5
        beside = abs((y + low) / 2 - (top + bottom) / 2) / high < 0.6 and -0.5 < (x - right) / high < 4
        if below or beside:
            return Label.NAME
    return None


def _by_place(line: PrintedLine, kind: Kind, page_size: tuple[int, int], back: bool) -> Label | None:
    x = (line.box[0] + line.box[2]) / 2 * kind.width_mm / page_size[0]
    y = (line.box[1] + line.box[3]) / 2 * kind.height_mm / page_size[1]
    left = line.box[0] * kind.width_mm / page_size[0]
    for place in kind.places:
        across = place.left_mm <= x <= place.right_mm or place.left_mm - 1.5 <= left <= place.left_mm + 4
        if place.back == back and across and place.top_mm <= y <= place.bottom_mm:
            return place.label
    return None


def _number(bound: Sequence[Bound], lines: Sequence[PrintedLine], kind: Kind) -> tuple[str, float]:
    """Return the document's number and how surely it was read: under its label or in its place, else anywhere if its form is telling."""
    form = re.compile(kind.number or r"[A-Z0-9]{5,25}")
    candidates = [item for item in bound if item.label is Label.NUMBER]
    for item in candidates:
        if numeric_dates(item.text):
            continue
        text = compact(before_next_prefix(item.text, kind))
        if form.fullmatch(text) and any(character.isdigit() for character in text):
            return text, item.confidence
    if kind.number and len(kind.number) > len(r"[A-Z0-9]{6,20}"):
        for line in lines:
            text = compact(line.text)
            if form.fullmatch(text):
                return text, line.confidence
    return "", 0.0


def _personal_number(bound: Sequence[Bound], lines: Sequence[PrintedLine], kind: Kind) -> str:
    if not kind.personal_number:
        return ""
    form = re.compile(rf"(?:DNI|NIF)?({kind.personal_number})")
    texts = [compact(item.text) for item in bound if item.label is Label.PERSONAL_NUMBER] + [compact(line.text) for line in lines]
    return next((match.group(1) for text in texts if (match := form.fullmatch(text))), "")


def _address(bound: Sequence[Bound]) -> str:
    return ", ".join(item.text for item in bound if item.label is Label.ADDRESS and len(item.text) >= 4)


def _days(parts: Sequence[str], today: date, *, past: bool) -> list[date]:
    year, month, day = parts
    years = [int(year)] if len(year) == 4 else [today.year // 100 * 100 + int(year), today.year // 100 * 100 - 100 + int(year)]
    days = []
    for number in years:
        try:
            found = date(number, int(month), int(day))
        except ValueError:
            continue
        if len(year) == 4 or not past or found <= today:
            days.append(found)
    return days
