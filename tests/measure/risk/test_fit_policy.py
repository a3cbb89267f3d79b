"""The policy's score is fitted so that worse is never safer, and stands where the cases say nothing."""

import numpy as np
import pytest

from kiosk.actor.bank_world.honest import Span
from kiosk.actor.bank_world.knobs import TUNING
from kiosk.actor.bank_world.world import draw_world
from kiosk.measure.risk.fit_policy import Cases, calibrated, fitted, points_of, reliability, rising, steps
from kiosk.measure.risk.policy_signals import signals_of
from kiosk.risk.policy_file import SignalWeight
from kiosk.risk.signals import KNOWN, PROTECTED

MATCH = SignalWeight("identity.match-ratio", (-5.0, 0.0, 3.0, 8.0), (5.0, 3.0, 0.8, 0.0), 1.0)
AMOUNT = SignalWeight("context.amount", (100.0, 200.0), (0.0, 1.0), 0.5)


def cases(match: list[float], fraud: list[bool], amount: float = 150.0) -> Cases:
    return Cases({"identity.match-ratio": np.array(match), "context.amount": np.full(len(match), amount)}, np.array(fraud))


def test_steps_go_from_the_safe_end_to_the_worse_one() -> None:
    gone = steps(MATCH, np.array([9.0, 8.0, 5.5, 0.0, -9.0]))
    assert gone.tolist() == [[0, 0, 0], [0, 0, 0], [0.5, 0, 0], [1, 1, 0], [1, 1, 1]]
    assert rising(MATCH).tolist() == pytest.approx([0.8, 2.2, 2.0])


def test_a_signal_that_looks_safer_when_worse_gets_nothing_and_never_less_than_nothing() -> None:
    match, amount = fitted((MATCH, AMOUNT), cases([9.0] * 500 + [1.0] * 500, [True] * 100 + [False] * 900))
    assert list(match.points) == sorted(match.points, reverse=True)
    assert match.points[2] == match.points[3] == 0.0
    assert list(amount.points) == sorted(amount.points)


def test_where_no_case_says_anything_the_points_from_before_stand() -> None:
    match, _ = fitted((MATCH, AMOUNT), cases([9.0] * 400, [True] * 4 + [False] * 396))
    assert match.points == MATCH.points


def test_calibration_says_as_many_frauds_as_there_were() -> None:
    rng = np.random.default_rng(4)
    points = rng.normal(0.0, 1.0, 20_000)
    fraud = rng.random(20_000) < 1.0 / (1.0 + np.exp(-(2.0 * points - 4.0)))
    offset, slope = calibrated(points, fraud)
    assert (offset, slope) == (pytest.approx(-4.0, abs=0.2), pytest.approx(2.0, abs=0.1))
    told = reliability(1.0 / (1.0 + np.exp(-(offset + slope * points))), fraud)
    assert told["said_in_all"] == pytest.approx(fraud.sum(), rel=0.01)
    assert told["brier_skill"] > 0.2 and told["auc"] > 0.85
    assert all(abs(row["said"] - row["came"]) < 0.05 for row in told["reliability"] if row["cases"] > 500)


def test_the_simulated_bank_gives_signals_of_the_table_and_none_of_a_group() -> None:
    world = draw_world(7, 3_000, Span(400, 150), TUNING, 4)
    read = signals_of(world)
    assert read.keys() <= KNOWN.keys()
    assert not {word for name in read for word in name.replace(".", "-").split("-")} & (PROTECTED - {"age"})
    assert all(len(column) == world.count for column in read.values())
    at, station = world.columns["time_s"], world.columns["station"]
    for row in range(0, world.count, 97):
        hour = (station == station[row]) & (at >= at[row] - 3600.0) & (np.arange(world.count) < row)
        assert read["context.station-cases-hour"][row] == hour.sum()


def test_points_of_a_case_are_what_its_steps_add() -> None:
    found = points_of((MATCH, AMOUNT), cases([3.0, np.nan], [False, False]))
    assert found.tolist() == pytest.approx([0.8 + 0.5, 1.0 + 0.5])
