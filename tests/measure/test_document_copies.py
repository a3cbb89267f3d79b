"""Copies of document pictures for the measure: the same in every run, whatever was drawn before."""

import numpy as np
import pytest

from kiosk.frame import Pixels
from kiosk.measure.document_copies import ALL_COPIES

PICTURE: Pixels = np.random.default_rng(1).integers(0, 256, (120, 180, 3), np.uint8)


@pytest.mark.parametrize("name", ALL_COPIES)
def test_a_copy_is_the_same_in_every_run_and_leaves_the_picture_alone(name: str) -> None:
    kept = PICTURE.copy()
    one, other = (ALL_COPIES[name](PICTURE, np.random.default_rng(5)) for _ in range(2))
    assert one.dtype == np.uint8
    assert one.ndim == 3
    assert np.array_equal(one, other)
    assert np.array_equal(PICTURE, kept)
