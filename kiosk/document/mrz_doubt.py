"""Settles one doubtful character, and only one, where the picture itself was undecided and independent evidence decides.

A second substitution would invent valid numbers (measured), so a zone that needs two is left as it was read. A character the picture
shows clearly is never touched: a document whose own check digits are wrong keeps them and is reported as it is.
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from kiosk.document.layouts import ALPHABET
from kiosk.document.mrz import MrzParsed, parse
from kiosk.document.mrz_read import ZoneReading
from kiosk.document.states import is_state

DOUBTFUL_BELOW = 0.9
"""Probability under which a character may be exchanged."""
RIVAL_WITHIN = 4.0
"""Nats by which its rival may be less likely."""


def settled_doubts(reading: ZoneReading) -> ZoneReading:
    """Return the reading with at most one doubtful character exchanged, if exactly one exchange makes every check fit."""
    parsed = reading.parsed
    if not parsed.all_fit:
        settled = [r for r in _exchanged(reading) if r.parsed.all_fit]
        return settled[0] if len(settled) == 1 else reading
    if not _states_exist(parsed):
        settled = [r for r in _exchanged(reading) if r.parsed.all_fit and _states_exist(r.parsed)]
        return settled[0] if len(settled) == 1 else reading
    return reading


def _states_exist(parsed: MrzParsed) -> bool:
    return is_state(parsed.content.issuing_state) and is_state(parsed.content.nationality)


def _exchanged(reading: ZoneReading) -> Iterator[ZoneReading]:
    """Yield the reading with each doubtful character exchanged for each close rival."""
    content = reading.parsed.content
    for number, row in enumerate(reading.rows):
        chances = row.confidences
        for place in np.flatnonzero(chances < DOUBTFUL_BELOW):
            scores = row.scores[place]
            for rival in np.flatnonzero(scores > scores.max() - RIVAL_WITHIN):
                character = ALPHABET[int(rival)]
                if character == row.text[place]:
                    continue
                other = replace(row, text=row.text[:place] + character + row.text[place + 1 :])
                rows = (*reading.rows[:number], other, *reading.rows[number + 1 :])
                parsed = parse(tuple(r.text for r in rows))
                if not isinstance(parsed, MrzParsed):
                    continue
                if (parsed.content.layout, parsed.content.form) == (content.layout, content.form):
                    yield replace(reading, parsed=parsed, rows=rows, settled=(number, int(place)))
