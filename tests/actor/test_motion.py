"""Planned and unplanned movement."""

import itertools
import random

import pytest

from kiosk.actor.motion import Blinks, Sway, Track

S = 1_000_000_000


def test_a_movement_goes_from_where_it_was_to_where_it_should_without_a_jump() -> None:
    track = Track()
    track.move(1 * S, 0.5, 30.0)
    values = [track.at(1 * S + step * S // 60) for step in range(31)]
    assert values[0] == 0.0
    assert values[-1] == 30.0
    assert values == sorted(values)
    assert max(later - earlier for earlier, later in itertools.pairwise(values)) < 2.5


def test_a_movement_cut_in_the_middle_goes_on_from_where_it_was() -> None:
    track = Track()
    track.move(0, 1.0, 30.0)
    track.cut(S // 2)
    assert track.at(S // 2) == pytest.approx(15.0)
    assert track.at(S // 4) == pytest.approx(Track_quarter)
    track.move(S // 2, 0.5, 0.0)
    assert track.at(S // 2 + 1) == pytest.approx(15.0, abs=0.01)
    assert track.at(S) == 0.0


Track_quarter = 30 * 0.25**3 * (10 - 15 * 0.25 + 6 * 0.25**2)


def test_plans_after_a_cut_are_forgotten() -> None:
    track = Track()
    track.move(1 * S, 0.5, 30.0)
    track.move(3 * S, 0.5, 0.0)
    track.cut(2 * S)
    assert track.at(10 * S) == 30.0


def test_sway_stays_small_and_never_quite_still() -> None:
    sway = Sway(random.Random(1))
    values = [sway.at(step * S // 10) for step in range(600)]
    assert max(map(abs, values)) <= 1.0
    assert len(set(values)) > 590


def test_a_blink_asked_for_shuts_the_eyes_for_several_frames_and_opens_them_again() -> None:
    blinks = Blinks(random.Random(1))
    assert blinks.at(0) == 0.0
    blinks.plan([1 * S])
    lids = [blinks.at(step * S // 30) for step in range(60)]
    shut = [step for step, lid in enumerate(lids) if lid > 0.7]
    assert 6 <= len(shut) <= 10
    assert shut[0] in (31, 32, 33)
    assert lids[-1] == 0.0


def test_eyes_blink_by_themselves_every_few_seconds() -> None:
    blinks = Blinks(random.Random(3))
    lids = [blinks.at(step * S // 30) for step in range(30 * 60)]
    starts = sum(1 for before, now in itertools.pairwise(lids) if before == 0.0 and now > 0.0)
    assert 8 <= starts <= 20


def test_blinks_planned_after_a_cut_do_not_come() -> None:
    blinks = Blinks(random.Random(1))
    blinks.at(0)
    blinks.plan([1 * S, 2 * S])
    blinks.cut(S + S // 2)
    assert blinks.at(1 * S + S // 10) == 1.0
    assert blinks.at(2 * S + S // 10) == 0.0
