"""Typing rhythm: people are told apart by times alone, and one odd pause makes nobody a stranger."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.risk.keystrokes import LEAST_SAMPLES, equal_error_rate, rhythm, scaled_manhattan
from tests.fakes.typists import KEYS, Typist


def typed(number: int, times: int) -> np.ndarray:
    typist = Typist(number)
    return np.array([np.concatenate(typist.types()) for _ in range(times)])


def test_scaled_manhattan_is_the_sum_of_deviations_in_units_of_their_mean() -> None:
    model = scaled_manhattan(np.array([[1.0, 10.0], [3.0, 10.0]]))
    assert model.score(np.array([[2.0, 10.0], [4.0, 10.002]])) == pytest.approx([0.0, 2.0 + 2.0])


def test_the_equal_error_rate_of_scores_that_do_not_overlap_is_nought_and_of_equal_ones_a_half() -> None:
    assert equal_error_rate(np.array([1.0, 2.0]), np.array([3.0, 4.0])) == 0.0
    same = np.arange(100.0)
    assert equal_error_rate(same, same) == pytest.approx(0.5, abs=0.01)


def test_the_equal_error_rate_of_one_in_ten_each_way_is_a_tenth() -> None:
    genuine = np.array([*range(9), 20.0])
    impostor = np.array([5.0, *range(10, 19)])
    assert equal_error_rate(genuine.astype(float), impostor) == pytest.approx(0.1)


def test_a_person_scores_like_themselves_and_strangers_do_not() -> None:
    mine = typed(1, 150)
    own = rhythm(mine[:100], len(KEYS))
    strangers = np.concatenate([typed(number, 5) for number in range(2, 20)])
    assert np.median(own.score(mine[100:])) < 1.0
    assert np.median(own.score(strangers)) > 3.0


def test_our_model_errs_less_than_scaled_manhattan_on_typists_who_learn_and_pause() -> None:
    ours, plain = [], []
    for number in range(12):
        mine = typed(number, 240)
        strangers = np.concatenate([typed(other, 5) for other in range(12) if other != number])
        own, simple = rhythm(mine[:120], len(KEYS)), scaled_manhattan(mine[:120])
        ours.append(equal_error_rate(own.score(mine[120:]), own.score(strangers)))
        plain.append(equal_error_rate(simple.score(mine[120:]), simple.score(strangers)))
    assert np.mean(ours) < 0.6 * np.mean(plain)


def test_one_long_pause_moves_the_score_less_than_another_person_does() -> None:
    mine = typed(3, 60)
    own = rhythm(mine[:50], len(KEYS))
    paused = mine[50:51].copy()
    paused[0, len(KEYS) + 2] += 4.0
    moved = own.score(paused)[0] - own.score(mine[50:51])[0]
    assert moved < own.score(typed(4, 1))[0] / 2


def test_too_few_samples_are_no_rhythm() -> None:
    with pytest.raises(ValueError, match="more samples"):
        rhythm(typed(1, LEAST_SAMPLES - 1), len(KEYS))


@given(st.integers(LEAST_SAMPLES, 30), st.integers(1, 8), st.floats(0.0, 10.0))
def test_whatever_is_enrolled_every_score_is_a_number(samples: int, keys: int, time: float) -> None:
    """Somebody who types like a machine, or a clock that stands still."""
    still = np.full((samples, 2 * keys - 1), time)
    assert np.isfinite(rhythm(still, keys).score(still)).all()
    assert np.isfinite(rhythm(still, keys).score(still + 100.0)).all()
