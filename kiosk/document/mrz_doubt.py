"""Settles one doubtful character, and only one, where the picture itself was undecided and independent evidence decides.

A second substitution would invent valid numbers (measured), so a zone that needs two is left as it was read. A character the picture
shows clearly is never touched: a document whose own check digits are wrong keeps them and is reported as it is.

A character stays as unsure as the picture left it, except for a figure and the letter of the same shape: there the check digit is the
better witness (0 and O differ by 4 under it), and how sure they are together is computed. Only where it is the one doubtful character of
its zone: where the picture is bad, others may be wrong that check digits are blind to.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from kiosk.document.check_digits import character_value
from kiosk.document.layouts import ALPHABET
from kiosk.document.mrz import MrzParsed, parse
from kiosk.document.mrz_decode import RowReading
from kiosk.document.mrz_read import ZoneReading
from kiosk.document.states import is_state

DOUBTFUL_BELOW = 0.9
"""Probability under which a character may be exchanged."""
RIVAL_WITHIN = 4.0
"""Nats by which its rival may be less likely."""
LIKELIER_BY = 2.0
"""How many times as likely as all other exchanges that would fit the chosen one must be, as the picture has it."""
ALIKE = tuple(frozenset(pair) for pair in ("0O", "0Q", "0D", "1I", "2Z", "5S", "8B"))
"""Figures and letters of one shape in OCR-B and its substitutes. Not 1L and 6G, which check digits cannot tell apart."""
MISPRINTED = 0.01
"""Share of documents whose own check digits are taken to be wrong in print."""
_VALUES = np.array([character_value(character) % 10 for character in ALPHABET])
"""What check digits tell apart."""


@dataclass(frozen=True, slots=True, eq=False)
class Exchange:
    """A row with one doubtful character exchanged for a close rival. odds: how likely the rival is beside it, as the picture has it."""

    row: RowReading
    place: int
    odds: float
    is_alike: bool
    """A figure for the letter of its shape, or the other way."""


def settled_doubts(reading: ZoneReading) -> ZoneReading:
    """Return the reading with at most one doubtful character exchanged, if one exchange makes every check fit and no other comes near;
    one that fits as it was read is surer of its one open look-alike."""
    parsed = reading.parsed
    possible = list(_exchanged(reading))
    if parsed.all_fit and _states_exist(parsed):
        refuted = [exchange for exchange, other in possible if not other.parsed.all_fit and exchange.is_alike]
        places = {other.settled for exchange, other in possible if exchange in refuted and other.settled is not None}
        return _vouched_for(reading, *next(iter(places))) if len(places) == 1 else reading
    possible = [(exchange, other) for exchange, other in possible if other.parsed.all_fit]
    if parsed.all_fit:
        possible = [(exchange, other) for exchange, other in possible if _states_exist(other.parsed)]
    chosen = likeliest([exchange for exchange, _ in possible])
    settled = next((other for exchange, other in possible if exchange is chosen), None)
    if chosen is None or settled is None or settled.settled is None:
        return reading
    by_check_digits = not parsed.all_fit and chosen.is_alike and len(possible) == 1
    return _vouched_for(settled, *settled.settled) if by_check_digits else settled


def _vouched_for(reading: ZoneReading, number: int, place: int) -> ZoneReading:
    """Return the reading as sure of one character as the picture and the check digits, which fit with it alone, make it together; the
    reading as it is where another character is doubtful."""
    doubtful = {(i, int(at)) for i, row in enumerate(reading.rows) for at in np.flatnonzero(row.confidences < DOUBTFUL_BELOW)}
    if doubtful - {(number, place)}:
        return reading
    row = reading.rows[number]
    chances = np.exp(row.scores[place])
    own = character_value(row.text[place]) % 10
    chances[own != _VALUES] *= MISPRINTED
    scores = row.scores.copy()
    scores[place] = np.log(chances / chances.sum() + 1e-12)
    return replace(reading, rows=(*reading.rows[:number], replace(row, scores=scores), *reading.rows[number + 1 :]))


def exchanges(row: RowReading) -> Iterator[Exchange]:
    """Yield the row with each doubtful character exchanged for each close rival, and with each figure for a close letter of its shape."""
    for place, chance in enumerate(row.confidences):
        scores, old = row.scores[place], row.text[place]
        for rival in np.flatnonzero(scores > scores.max() - RIVAL_WITHIN):
            new = ALPHABET[int(rival)]
            is_alike = frozenset((old, new)) in ALIKE
            if new != old and (chance < DOUBTFUL_BELOW or is_alike):
                text = row.text[:place] + new + row.text[place + 1 :]
                yield Exchange(replace(row, text=text), place, float(np.exp(scores[rival] - scores[ALPHABET.index(old)])), is_alike)


def likeliest(fitting: Sequence[Exchange]) -> Exchange | None:
    """Return the exchange the picture speaks for, None where it does not say which.

    A check digit is fitted by one wrong exchange in ten, so in a zone with several doubtful characters more than one may fit."""
    ranked = sorted(fitting, key=lambda exchange: -exchange.odds)
    is_clear = bool(ranked) and ranked[0].odds >= LIKELIER_BY * sum(exchange.odds for exchange in ranked[1:])
    return ranked[0] if is_clear else None


def _states_exist(parsed: MrzParsed) -> bool:
    return is_state(parsed.content.issuing_state) and is_state(parsed.content.nationality)


def _exchanged(reading: ZoneReading) -> Iterator[tuple[Exchange, ZoneReading]]:
    """Yield every exchange that leaves a zone of the same layout."""
    content = reading.parsed.content
    for number, row in enumerate(reading.rows):
        for exchange in exchanges(row):
            rows = (*reading.rows[:number], exchange.row, *reading.rows[number + 1 :])
            parsed = parse(tuple(r.text for r in rows))
            if not isinstance(parsed, MrzParsed):
                continue
            if (parsed.content.layout, parsed.content.form) == (content.layout, content.form):
                yield exchange, replace(reading, parsed=parsed, rows=rows, settled=(number, exchange.place))
