"""How sure a reading is, part by part: check digits vouch for some characters, nothing vouches for names and codes.

A number from the line reader is the chance of a character given its own picture. Fitting check digits make characters under them surer
than that, so the policy asks less of those. Where rows do not begin and end together, or a character stands on no place of its
own, something was left out or read twice, and no character's chance says so.
"""

from dataclasses import dataclass

from kiosk.document.layouts import Span, layout_row
from kiosk.document.mrz_read import ZoneReading

MOST_MISALIGNMENT = 0.75
"""Characters' widths. Over 200 right readings of disturbed copies (keystones included) it was at most 0.65; a row read one character
off has 1.0 or more."""


@dataclass(frozen=True, slots=True)
class ZoneConfidence:
    """Each the least certain character, 0..1. checked: under check digits that fit; names: the name field; rest: what is left, and
    everything where check digits do not fit; is_regular: rows begin and end together and every character has its place."""

    checked: float
    names: float
    rest: float
    is_regular: bool


def confidence_of(reading: ZoneReading) -> ZoneConfidence:
    content = reading.parsed.content
    row = layout_row(content.layout, content.form)
    fitting = {check.about for check in reading.parsed.checks if check.fits}
    guarded = [span for check in row.checks if check.about in fitting for span in (*check.over, _place(check.at))]
    checked = _places(guarded)
    names = _places([row.names, *([row.given] if row.given else [])]) - checked
    least = {"checked": 1.0, "names": 1.0, "rest": 1.0}
    for number, line in enumerate(reading.rows):
        for at, chance in enumerate(line.confidences):
            part = "checked" if (number, at) in checked else "names" if (number, at) in names else "rest"
            least[part] = min(least[part], float(chance))
    is_regular = reading.misalignment <= MOST_MISALIGNMENT and not any(line.uneven for line in reading.rows)
    return ZoneConfidence(least["checked"], least["names"], least["rest"], is_regular)


def settled_field(reading: ZoneReading) -> str | None:
    """Return the field in which a character was exchanged because check digits or codes explain it, None if none was."""
    if reading.settled is None:
        return None
    content = reading.parsed.content
    row = layout_row(content.layout, content.form)
    spans = {"number": row.number, "birth_date": row.birth, "expiry_date": row.expiry, "name": row.names}
    spans |= {"issuing_state": row.issuing_state, "nationality": row.nationality, "sex": row.sex, "document_code": row.document_code}
    return next((name for name, span in spans.items() if reading.settled in _places([span])), "optional")


def _place(at: tuple[int, int]) -> Span:
    return at[0], at[1], at[1] + 1


def _places(spans: list[Span]) -> set[tuple[int, int]]:
    return {(line, at) for line, start, end in spans for at in range(start, end)}
