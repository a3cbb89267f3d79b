"""Error rates as the standard counts them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.measure.attack_rates import Rate, curve_of, upper_bound


@pytest.mark.parametrize(
    ("errors", "of", "bound"), [(0, 150, 0.0198), (0, 59, 0.0495), (1, 33, 0.1359), (2, 2, 1.0), (0, 0, 1.0), (3, 5, 0.9236)]
)
def test_the_upper_bound_is_clopper_and_pearsons(errors: int, of: int, bound: float) -> None:
    assert upper_bound(errors, of) == pytest.approx(bound, abs=2e-4)


@given(of=st.integers(1, 200), share=st.floats(0, 1))
def test_the_upper_bound_is_above_the_rate_and_grows_with_the_errors(of: int, share: float) -> None:
    errors = int(share * of)
    assert errors / of < upper_bound(errors, of) + 1e-12
    assert errors == 0 or upper_bound(errors - 1, of) < upper_bound(errors, of) + 1e-12


def test_a_rate_of_nothing_is_none_with_a_bound_of_one() -> None:
    assert (Rate(0, 0).share, Rate(0, 0).upper) == (0.0, 1.0)


def test_scores_that_part_have_a_curve_through_the_corner() -> None:
    curve = curve_of([2.0, 3.0], [0.0, 1.0])
    assert curve is not None
    assert (curve.area, curve.equal_error) == (1.0, 0.0)
    assert (0.0, 0.0) in curve.points


def test_scores_that_say_nothing_have_half_the_area() -> None:
    curve = curve_of([1.0, 1.0], [1.0])
    assert curve is not None
    assert curve.area == 0.5
    assert curve_of([], [1.0]) is None
