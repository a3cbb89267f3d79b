"""Several frames of a held-up document vote, character by character, until its MRZ is read for sure or has been looked at often enough.

Frames of one video see the same print through other noise, glare and blur, so a character that one frame left open another often shows.
Their log-probabilities are added, divided by the square root of their number: neighbouring frames share much of what disturbs them and
must not count as independent witnesses.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from kiosk.document.layouts import ALPHABET
from kiosk.document.mrz import MrzParsed, parse
from kiosk.document.mrz_confidence import confidence_of
from kiosk.document.mrz_doubt import settled_doubts
from kiosk.document.mrz_read import ZoneReading
from kiosk.policy import DocumentPolicy

MOST_FRAMES = 3
"""Looks after which the vote is final, sure or not: a document whose own check digits are wrong never becomes sure."""
MOST_DIFFERENT = 0.2
"""Share of differing characters from which two frames show different documents, or one of them none."""
FORGOTTEN_AFTER_NS = 8_000_000_000


@dataclass(frozen=True, slots=True, eq=False)
class Votes:
    """What earlier frames of the document in front said, oldest first; last_ns: when the newest was captured."""

    readings: tuple[ZoneReading, ...] = ()
    last_ns: int = 0

    def heard(self, reading: ZoneReading, captured_ns: int) -> "Votes":
        """Return the votes with one more frame's; what belongs to another document or is long past is dropped."""
        is_late = not 0 <= captured_ns - self.last_ns <= FORGOTTEN_AFTER_NS
        earlier = () if is_late else tuple(r for r in self.readings if _is_same_document(r, reading))
        return Votes((*earlier[1 - MOST_FRAMES :], reading), captured_ns)

    def outcome(self, policy: DocumentPolicy) -> ZoneReading | None:
        """Return the reading that is final, None while another frame should be looked at."""
        reading = settled_doubts(voted(self.readings))
        return reading if is_sure(reading, policy) or len(self.readings) >= MOST_FRAMES else None


def is_sure(reading: ZoneReading, policy: DocumentPolicy) -> bool:
    """Return whether a reading needs no second look: all check digits fit and every character is surer than the policy asks."""
    sure = confidence_of(reading)
    is_certain = min(sure.checked, sure.rest) >= policy.min_confidence and sure.names >= policy.min_name_confidence
    return reading.parsed.all_fit and is_certain and sure.is_regular


def voted(readings: Sequence[ZoneReading]) -> ZoneReading:
    """Return the newest reading with every character as the frames' votes have it. All are of one layout."""
    newest = readings[-1]
    if len(readings) == 1:
        return newest
    rows = []
    for number, row in enumerate(newest.rows):
        scores = np.sum([reading.rows[number].scores for reading in readings], axis=0) / np.sqrt(len(readings))
        scores -= np.log(np.exp(scores).sum(1, keepdims=True))
        rows.append(replace(row, scores=scores.astype(np.float32), text="".join(ALPHABET[i] for i in scores.argmax(1))))
    parsed = parse(tuple(row.text for row in rows))
    if not isinstance(parsed, MrzParsed) or _form(parsed) != _form(newest.parsed):
        return newest
    return replace(newest, parsed=parsed, rows=tuple(rows), ends=min(readings, key=lambda reading: reading.misalignment).ends)


def _form(parsed: MrzParsed) -> tuple[str, str]:
    return parsed.content.layout, parsed.content.form


def _is_same_document(one: ZoneReading, other: ZoneReading) -> bool:
    if _form(one.parsed) != _form(other.parsed):
        return False
    pairs = [(a, b) for x, y in zip(one.parsed.lines, other.parsed.lines, strict=True) for a, b in zip(x, y, strict=True)]
    return sum(a != b for a, b in pairs) <= MOST_DIFFERENT * len(pairs)
