"""The simulated bank: the same seed gives the same bank, every fraud is played, and honest people are not all alike."""

import numpy as np
import pytest

from kiosk.actor.bank_world.cases import Kind
from kiosk.actor.bank_world.honest import Span
from kiosk.actor.bank_world.knobs import PATTERNS, SCORING, TUNING
from kiosk.actor.bank_world.people import BRANCHES, STATIONS_EACH
from kiosk.actor.bank_world.world import World, draw_world

SMALL = Span(400, 150)


@pytest.fixture(scope="module")
def world() -> World:
    return draw_world(7, 4_000, SMALL, SCORING, 4)


def test_one_seed_is_one_bank_and_another_is_another(world: World) -> None:
    again, other = draw_world(7, 4_000, SMALL, SCORING, 4), draw_world(8, 4_000, SMALL, SCORING, 4)
    assert all(np.array_equal(world.columns[name], again.columns[name]) for name in world.columns)
    assert world.faces == again.faces
    assert not np.array_equal(world.columns["time_s"][:100], other.columns["time_s"][:100])


def test_every_fraud_is_played_within_the_scored_days(world: World) -> None:
    pattern = world.columns["pattern"]
    assert set(pattern.tolist()) == {-1, *range(len(PATTERNS))}
    frauds = world.columns["time_s"][pattern >= 0]
    assert frauds.min() >= 0
    assert frauds.max() < (SMALL.days + 3) * 86_400


def test_a_scheme_is_of_one_fraud_only(world: World) -> None:
    for scheme in np.unique(world.columns["scheme"][world.columns["scheme"] >= 0]):
        assert len(np.unique(world.columns["pattern"][world.columns["scheme"] == scheme])) == 1


def test_what_is_scored_is_never_played_as_what_was_tuned_on() -> None:
    assert set(TUNING) == set(SCORING) == set(PATTERNS)
    assert not [name for name in PATTERNS if TUNING[name] == SCORING[name]]


def test_stations_belong_to_their_branch_and_hours_are_opening_hours(world: World) -> None:
    columns = world.columns
    assert (columns["station"] // STATIONS_EACH == columns["branch"]).all()
    assert columns["branch"].max() < BRANCHES
    hour = columns["time_s"] % 86_400 / 3600
    assert hour.min() >= 8.9 and hour.max() <= 18.1
    assert not (columns["time_s"] // 86_400 % 7 == 6).any()


def test_honest_people_share_addresses_phones_and_document_series(world: World) -> None:
    honest = (world.columns["pattern"] < 0) & (world.columns["kind"] == Kind.OPENING)
    for name, least in (("address", 0.3), ("phone", 0.08)):
        _, count = np.unique(world.columns[name][honest], return_counts=True)
        assert count[count > 1].sum() / honest.sum() > least
    _, count = np.unique(world.columns["document"][honest] // 100, return_counts=True)
    assert (count > 1).any()


def test_the_face_index_finds_a_face_under_two_names_and_now_and_then_a_stranger(world: World) -> None:
    face, person = world.columns["face"], world.columns["person"]
    hits = [(row, hit) for row, several in world.faces.items() for hit in several]
    assert all(hit.earlier < row for row, hit in hits)
    same = [(row, hit) for row, hit in hits if hit.same]
    assert all(person[row] != person[hit.earlier] for row, hit in same)
    right = [face[row] == face[hit.earlier] for row, hit in same]
    assert 0.5 < np.mean(right) < 1.0
