"""Warps and quads."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.imaging.geometry import area, corner_angles, fitted, flattened, ordered, rectangle, reduced, side_lengths, turned
from kiosk.imaging.quality import brightness, glare_share, sharpness


@given(st.permutations(range(4)), st.floats(-0.4, 0.4), st.floats(20, 200), st.floats(20, 200))
def test_corners_come_out_clockwise_from_the_upper_left(order: list[int], turn: float, width: float, height: float) -> None:
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    true = (rectangle(width, height) @ rotation.T + 300).astype(np.float32)
    found = ordered(true[list(order)])
    assert area(found) == pytest.approx(width * height, rel=1e-3)
    start = int(np.linalg.norm(true - found[0], axis=1).argmin())
    assert np.allclose(np.roll(true, -start, axis=0), found)
    assert found[0].sum() == found.sum(1).min()


def test_sides_angles_and_area_of_a_rectangle() -> None:
    quad = rectangle(60, 40)
    assert side_lengths(quad) == (60, 40, 60, 40)
    assert np.allclose(corner_angles(quad), 90)
    assert area(quad) == 2400
    assert area(quad[::-1].copy()) == -2400


def test_a_part_of_a_picture_flattens_to_itself() -> None:
    picture = np.random.default_rng(0).integers(0, 255, (50, 70, 3), dtype=np.uint8)
    quad = rectangle(30, 20) + np.float32([10, 5])
    assert np.array_equal(flattened(picture, quad.astype(np.float32), (30, 20)), picture[5:25, 10:40])


def test_fine_stripes_shrink_to_gray_and_not_to_a_false_pattern() -> None:
    stripes = np.zeros((400, 400, 3), np.uint8)
    stripes[:, ::2] = 255
    small = flattened(stripes, rectangle(400, 400), (57, 57))
    assert small[5:-5, 5:-5].min() > 100
    assert small[5:-5, 5:-5].max() < 155


@pytest.mark.parametrize(("size", "long_side"), [((3000, 4000), 640), ((100, 50), 640), ((640, 640), 640)])
def test_a_fitted_picture_has_the_long_side_asked_for_and_says_the_factor(size: tuple[int, int], long_side: int) -> None:
    picture = np.zeros((*size, 3), np.uint8)
    small, factor = fitted(picture, long_side)
    assert max(small.shape[:2]) == long_side
    assert factor == pytest.approx(long_side / max(size))
    kept, same = reduced(picture, long_side)
    assert (kept.shape == picture.shape) == (max(size) <= long_side)
    assert same <= 1.0


def test_four_quarter_turns_change_nothing() -> None:
    picture = np.random.default_rng(1).integers(0, 255, (5, 7, 3), dtype=np.uint8)
    assert turned(picture, 1).shape == (7, 5, 3)
    assert np.array_equal(turned(turned(turned(turned(picture, 1), 1), 1), 1), picture)
    assert np.array_equal(turned(picture, 1)[0, -1], picture[0, 0])


def test_sharpness_falls_with_blur_and_is_zero_for_nothing() -> None:
    noise = np.random.default_rng(2).integers(0, 255, (60, 60), dtype=np.uint8)
    assert sharpness(noise) > 1000
    assert sharpness(np.full((60, 60), 7, np.uint8)) == 0
    assert sharpness(np.zeros((1, 1), np.uint8)) == 0


def test_a_burnt_island_is_glare_and_white_paper_is_not() -> None:
    page = np.full((100, 100, 3), 150, np.uint8)
    assert glare_share(page) == 0
    page[20:50, 30:60] = 255
    assert glare_share(page) == pytest.approx(0.09)
    assert glare_share(np.full((100, 100, 3), 255, np.uint8)) == 0
    assert brightness(page[..., 0].copy()) == 150
