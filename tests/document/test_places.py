"""Where things are: the page's outline, the MRZ's bars, its rows."""

import random
from collections.abc import Callable

import cv2
import numpy as np
import pytest

from kiosk.actor.photographed import HeldCard, desk
from kiosk.actor.specimen import SpecimenDocument
from kiosk.document.kinds import KINDS, kind_of
from kiosk.document.mrz_find import Bar, find_zones, joined
from kiosk.document.mrz_rows import cut_row, rows_in, straightened
from kiosk.document.outline import find_outlines
from kiosk.document.reading import MrzLayout
from kiosk.frame import Pixels
from kiosk.imaging.geometry import gray_of

Issue = Callable[..., SpecimenDocument]
SIZE = (1280, 720)


def shown(issued: Issue, layout: MrzLayout, seed: int) -> tuple[Pixels, np.ndarray]:
    card = HeldCard(issued(layout, seed=seed), SIZE, random.Random(seed))
    return card.draw(desk(SIZE), 2.0), card.corners(2.0)


@pytest.mark.parametrize("layout", [MrzLayout.TD1, MrzLayout.TD2, MrzLayout.TD3])
@pytest.mark.parametrize("seed", [1, 2])
def test_the_outline_of_a_held_document_is_found_within_a_few_pixels(layout: MrzLayout, seed: int, issued: Issue) -> None:
    picture, corners = shown(issued, layout, seed)
    outlines = find_outlines(picture)
    assert outlines
    assert np.linalg.norm(outlines[0][0] - corners, axis=1).max() < 14


def test_a_thumb_over_a_corner_does_not_hide_the_outline(issued: Issue) -> None:
    picture, corners = shown(issued, MrzLayout.TD1, 3)
    x, y = corners[2].astype(int).tolist()
    cv2.circle(picture, (x, y), 70, (120, 150, 200), -1)
    assert np.linalg.norm(find_outlines(picture)[0][0] - corners, axis=1).max() < 20


def test_a_desk_and_noise_have_no_outline() -> None:
    assert find_outlines(desk(SIZE)) == ()
    assert find_outlines(np.random.default_rng(0).integers(0, 255, (400, 600, 3), dtype=np.uint8)) == ()
    assert find_outlines(np.zeros((200, 300, 3), np.uint8)) == ()


@pytest.mark.parametrize("degrees", [0, 8, 90, 173])
def test_the_best_zone_lies_on_the_mrz_at_any_angle(degrees: int, issued: Issue) -> None:
    page = cv2.resize(issued(MrzLayout.TD3, seed=4).face, (900, 634), interpolation=cv2.INTER_AREA)
    canvas = np.full((1200, 1200), 110, np.uint8)
    canvas[283:917, 150:1050] = gray_of(np.asarray(page, np.uint8))
    matrix = cv2.getRotationMatrix2D((600, 600), degrees, 1)
    zone = find_zones(np.asarray(cv2.warpAffine(canvas, matrix, (1200, 1200), borderValue=110), np.uint8))[0]
    upright = cv2.transform(zone.quad[None], cv2.invertAffineTransform(matrix))[0]
    x, y = (upright[:, 0] - 150) / 900, (upright[:, 1] - 283) / 634
    assert zone.rows >= 2
    assert 0.0 < x.min() < 0.12
    assert 0.85 < x.max() < 1.0
    assert y.min() > 0.76
    assert y.max() < 1.0


def test_rows_are_cut_upright_and_centred(issued: Issue) -> None:
    gray = gray_of(np.asarray(cv2.resize(issued(MrzLayout.TD1, seed=5).face, (860, 540), interpolation=cv2.INTER_AREA), np.uint8))
    band = straightened(gray, find_zones(gray)[0])
    rows = [row for row in rows_in(band) if row.right - row.left > 0.6 * band.gray.shape[1]]
    assert len(rows) == 3
    for row in rows:
        cut = cut_row(gray, band, row, row.left - 10, row.right + 10)
        assert cut.shape == (32, 640)
        ink = 255.0 - cut.mean(1)
        middle = float((np.arange(32) * (ink - ink.min())).sum() / (ink - ink.min()).sum())
        assert abs(middle - 15.5) < 3


def test_pieces_of_one_row_are_joined_and_neighbouring_rows_are_not() -> None:
    pieces = [Bar(100, 50, 0.0, 100, 8), Bar(210, 51, 0.01, 100, 8), Bar(100, 75, 0.0, 200, 8)]
    whole = joined(pieces)
    assert sorted(round(bar.length) for bar in whole) == [200, 210]


def test_empty_and_tiny_pictures_have_no_zones() -> None:
    assert find_zones(np.zeros((10, 10), np.uint8)) == ()
    assert find_zones(np.full((400, 600), 255, np.uint8)) == ()


def test_every_layout_has_a_row_for_any_issuer() -> None:
    for layout in MrzLayout:
        assert kind_of(layout, "QQQ", "I").layout is layout
    assert kind_of(MrzLayout.TD1, "UTO", "I").name == "Utopia specimen card"
    assert len({kind.name for kind in KINDS}) == len(KINDS)
