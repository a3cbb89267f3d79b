"""Several frames of one document vote; frames of different documents do not."""

import random
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from kiosk.actor.photographed import photograph
from kiosk.actor.specimen import SpecimenDocument
from kiosk.document.engines import Engines
from kiosk.document.layouts import ALPHABET
from kiosk.document.mrz import MrzParsed, parse
from kiosk.document.mrz_read import ZoneReading
from kiosk.document.mrz_search import search_mrz
from kiosk.document.mrz_vote import MOST_FRAMES, Votes, is_sure
from kiosk.document.reading import MrzLayout
from kiosk.imaging.geometry import gray_of
from kiosk.policy import BRANCH

Issue = Callable[..., SpecimenDocument]
SECOND = 1_000_000_000
POLICY = BRANCH.document


@pytest.fixture(scope="module")
def clear(issued: Issue, engines: Engines) -> ZoneReading:
    reading = search_mrz(gray_of(photograph(issued(MrzLayout.TD3, seed=4), random.Random(4), megapixels=1.5)), engines)
    assert reading is not None
    return reading


@pytest.fixture(scope="module")
def another(issued: Issue, engines: Engines) -> ZoneReading:
    reading = search_mrz(gray_of(photograph(issued(MrzLayout.TD3, seed=7), random.Random(4), megapixels=1.5)), engines)
    assert reading is not None
    return reading


def misread(reading: ZoneReading, line: int, at: int, wrong: str, chance: float) -> ZoneReading:
    """Return the reading as a frame would give it in which glare lies on one character."""
    row = reading.rows[line]
    scores = row.scores.copy()
    scores[at] = -12
    scores[at, ALPHABET.index(row.text[at])] = np.log(1 - chance)
    scores[at, ALPHABET.index(wrong)] = np.log(chance)
    rows = list(reading.rows)
    rows[line] = replace(row, scores=scores, text=row.text[:at] + wrong + row.text[at + 1 :])
    parsed = parse(tuple(r.text for r in rows))
    assert isinstance(parsed, MrzParsed)
    return replace(reading, rows=tuple(rows), parsed=parsed)


def test_a_frame_that_is_sure_is_final_at_once(clear: ZoneReading) -> None:
    assert is_sure(clear, POLICY)
    outcome = Votes().heard(clear, SECOND).outcome(POLICY)
    assert outcome is not None
    assert outcome.parsed.lines == clear.parsed.lines


def test_a_letter_that_glare_changed_in_one_frame_is_outvoted_by_the_next(clear: ZoneReading) -> None:
    glared = misread(clear, 0, 6, "X", 0.55)
    votes = Votes().heard(glared, SECOND)
    assert votes.outcome(POLICY) is None
    outcome = votes.heard(clear, 2 * SECOND).outcome(POLICY)
    assert outcome is not None
    assert outcome.parsed.lines == clear.parsed.lines


def test_a_document_whose_own_digits_are_wrong_is_returned_as_it_is_after_three_frames(clear: ZoneReading) -> None:
    at = 14
    forged = misread(clear, 1, at, str((int(clear.rows[1].text[at]) + 1) % 10), 0.999)
    votes = Votes()
    for frame in range(1, MOST_FRAMES + 1):
        votes = votes.heard(forged, frame * SECOND)
        outcome = votes.outcome(POLICY)
        assert (outcome is None) == (frame < MOST_FRAMES)
    assert outcome is not None
    assert outcome.parsed.lines == forged.parsed.lines
    assert not outcome.parsed.all_fit


def test_another_customers_document_never_votes(clear: ZoneReading, another: ZoneReading) -> None:
    votes = Votes().heard(misread(another, 0, 6, "X", 0.55), SECOND).heard(clear, 2 * SECOND)
    assert len(votes.readings) == 1
    assert votes.readings[0] is clear


def test_votes_grow_old_and_are_dropped(clear: ZoneReading) -> None:
    assert len(Votes().heard(clear, SECOND).heard(clear, 60 * SECOND).readings) == 1
