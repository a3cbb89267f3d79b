"""Memory that forgets what nobody holds."""

import numpy as np
import pytest

from kiosk.imaging.fading import fading, is_fading


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_the_values_are_the_same_and_gone_once_the_last_view_is(dtype: type) -> None:
    given = np.arange(1, 40_001).reshape(200, 200).astype(dtype)
    kept = fading(given)
    assert np.array_equal(kept, given) and kept.dtype == given.dtype and kept.flags.writeable and kept.flags.c_contiguous
    root = kept
    while isinstance(root.base, np.ndarray):
        root = root.base
    memory = root.base._raw  # type: ignore[union-attr]
    corner = kept[:10, :10]
    del kept, root
    assert memory.any(), "a view still holds it"
    del corner
    assert not memory.any()


def test_what_is_spent_is_overwritten_at_once_unless_it_is_a_part_of_something_else() -> None:
    given = np.full((50, 50), 7, np.uint8)
    part = given[:10]
    assert fading(part, spent=True).all() and given.all()
    assert fading(given, spent=True).all() and not given.any()


def test_what_fades_already_is_not_copied() -> None:
    kept = fading(np.ones(9, np.uint8))
    assert fading(kept) is kept
    assert is_fading(kept[2:4]) and not is_fading(np.ones(9, np.uint8))
