"""The arithmetic of evidence: costs, rates, intervals, and weights that come out as likelihood ratios."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.face import calibration

SCORES = st.lists(st.floats(-20, 20), min_size=1, max_size=40).map(lambda values: np.array(values))


def test_evidence_that_says_nothing_costs_one_bit_and_sure_right_evidence_nothing() -> None:
    assert calibration.cllr(np.zeros(3), np.zeros(5)) == pytest.approx(1.0)
    assert calibration.cllr(np.full(3, 50.0), np.full(5, -50.0)) == pytest.approx(0.0, abs=1e-9)
    assert calibration.cllr(np.full(3, -5.0), np.full(5, 5.0)) > 5.0


@given(SCORES, SCORES)
def test_no_recalibration_beats_the_least_cost(genuine, impostor) -> None:
    least = calibration.min_cllr(genuine, impostor)
    assert -1e-9 <= least <= 1.0 + 1e-9
    for scale, shift in ((1.0, 0.0), (0.5, 1.0), (3.0, -2.0)):
        assert least <= calibration.cllr(scale * genuine + shift, scale * impostor + shift) + 1e-9


def test_the_least_cost_of_separated_scores_is_nothing_and_of_equal_ones_all() -> None:
    assert calibration.min_cllr(np.array([2.0, 3.0]), np.array([0.0, 1.0])) == pytest.approx(0.0)
    assert calibration.min_cllr(np.array([1.0, 1.0]), np.array([1.0])) == pytest.approx(1.0)


@pytest.mark.parametrize(("rate", "passing"), [(0.5, 5), (0.1, 1), (0.01, 0)])
def test_a_threshold_lets_no_more_strangers_pass_than_its_rate(rate: float, passing: int) -> None:
    strangers = np.linspace(0.0, 0.9, 10)
    assert int((strangers >= calibration.threshold_at(rate, strangers)).sum()) == passing


def test_a_rate_is_not_stated_on_fewer_than_ten_over_it() -> None:
    genuine, strangers = np.array([0.4, 0.9]), np.linspace(0.0, 0.5, 1000)
    assert calibration.miss_rate_at(1e-2, genuine, strangers) == 0.5
    assert calibration.miss_rate_at(1e-3, genuine, strangers) is None
    assert calibration.miss_rate_at(1e-2, genuine, strangers[:999]) is None


def test_the_equal_error_rate_is_where_both_errors_meet() -> None:
    genuine, impostor = np.arange(10.0) + 5.0, np.arange(10.0)
    assert calibration.equal_error_rate(genuine, impostor) == pytest.approx(0.25, abs=0.06)
    assert calibration.equal_error_rate(genuine + 100, impostor) == 0.0


def test_an_interval_holds_its_rate_and_narrows_with_trials() -> None:
    low, high = calibration.wilson(5, 100)
    assert low < 0.05 < high
    assert (low, high) == (pytest.approx(0.0215, abs=1e-3), pytest.approx(0.1118, abs=1e-3))
    assert calibration.wilson(50, 1000)[1] < high
    assert calibration.wilson(0, 0) == (0.0, 1.0)


def test_logistic_weights_make_scores_into_likelihood_ratios() -> None:
    """Two normal densities with variance 1 at +1 and -1: the true log-likelihood ratio of x is 2x."""
    chance = np.random.default_rng(5)
    scores = np.concatenate([chance.normal(1, 1, 20_000), chance.normal(-1, 1, 20_000)])
    same = np.arange(40_000) < 20_000
    for prior in (0.5, 0.05):
        slope, offset = calibration.logistic(scores[:, None], same, prior).tolist()
        assert slope == pytest.approx(2.0, abs=0.12)
        assert offset == pytest.approx(0.0, abs=0.12)


def test_what_lies_between_measured_rates_is_interpolated_in_the_logarithm() -> None:
    known = [(1e-4, 6.0), (1e-2, 2.0)]
    assert calibration.interpolated(1e-3, known) == pytest.approx(4.0)
    assert calibration.interpolated(1e-9, known) == 6.0
    assert math.isfinite(calibration.interpolated(0.9, known))


@pytest.mark.parametrize("prior", [0.05, 0.01])
def test_logistic_weights_stay_finite_where_a_whole_step_of_newton_overshoots(prior: float) -> None:
    """Far more spread out genuine scores and a bend in them: whole steps ran off to weights of 1e9 and a cost of 1e8 bits."""
    chance = np.random.default_rng(0)
    scores = np.concatenate([chance.normal(10, 5, 300), chance.normal(0, 1, 20_000)])
    bent = np.stack([scores, np.maximum(scores, 0), np.maximum(scores - 2, 0), np.maximum(scores - 4, 0)], axis=1)
    bent = (bent - bent.mean(axis=0)) / bent.std(axis=0)
    same = np.arange(len(scores)) < 300
    answer = calibration.logistic(bent, same, prior)
    ratios = bent @ answer[:-1] + answer[-1]
    assert float(np.abs(answer).max()) < 20
    assert calibration.cllr(ratios[same], ratios[~same]) < 0.25
