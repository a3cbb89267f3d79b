"""Zones of which the finder saw only a part, or which are small in a large picture: read whole all the same, never as something shorter."""

import random
from collections.abc import Callable

import cv2
import numpy as np
import pytest
from PIL import Image

from kiosk.actor.photographed import photograph
from kiosk.actor.specimen import PX_PER_MM, SpecimenDocument, print_mrz
from kiosk.document.engines import Engines
from kiosk.document.mrz_find import Zone
from kiosk.document.mrz_read import read_zone
from kiosk.document.mrz_search import search_mrz
from kiosk.document.reading import MrzLayout
from kiosk.imaging.geometry import Gray, gray_of

Issue = Callable[..., SpecimenDocument]
VISA = ("V<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "L8988901C4XXX4009078F96121096ZE184226B<<<<<<")
"""ICAO Doc 9303 part 7."""


def visa_page(pale: tuple[int, int], share: float, both_rows: bool) -> Gray:
    """A visa of 44 characters a row; of those between `pale` only a share of the ink is left, in the upper row or in both."""
    sheet = Image.new("RGB", (round(120 * PX_PER_MM), round(80 * PX_PER_MM)), (236, 236, 230))
    print_mrz(sheet, VISA, 120.0, 80.0)
    page = np.asarray(sheet.convert("L"), np.float64)
    first, last = (round((6.0 + 2.54 * place) * PX_PER_MM) for place in pale)
    low = None if both_rows else round((80 - 19 / 2) * PX_PER_MM)
    page[:low, first:last] = 245 - (245 - page[:low, first:last]) * share
    wide = 900
    return np.asarray(cv2.resize(page.astype(np.uint8), (wide, round(wide * 2 / 3)), interpolation=cv2.INTER_AREA), np.uint8)


@pytest.mark.parametrize(("pale", "share", "both_rows"), [((28, 33), 0.05, False), ((30, 36), 0.05, False), ((30, 36), 0.1, True)])
def test_a_long_visa_with_a_pale_stretch_is_not_read_as_a_short_one(
    pale: tuple[int, int], share: float, both_rows: bool, engines: Engines
) -> None:
    """All check digits of the short visa fit the first 36 characters of the long one."""
    reading = search_mrz(visa_page(pale, share, both_rows), engines)
    assert reading is not None
    assert reading.parsed.lines == VISA


@pytest.mark.parametrize("layout", [MrzLayout.TD1, MrzLayout.TD2, MrzLayout.TD3])
def test_rows_of_which_only_the_middle_was_found_are_read_to_their_ends(layout: MrzLayout, issued: Issue, engines: Engines) -> None:
    document = issued(layout, seed=4)
    gray = gray_of(photograph(document, random.Random(4), megapixels=1.5))
    whole = search_mrz(gray, engines)
    assert whole is not None
    upper, lower = whole.corners[:2], whole.corners[3:1:-1]
    middle = [edge[0] + (edge[1] - edge[0]) * share for edge, share in ((upper, 0.3), (upper, 0.75), (lower, 0.75), (lower, 0.3))]
    found = read_zone(gray, Zone(np.asarray(middle, np.float32), whole.row_height, len(document.lines), 1.0), engines.mrz)
    assert found is not None
    assert found.parsed.lines == document.lines


def test_a_small_document_in_a_picture_of_twelve_megapixels_is_found(issued: Issue, engines: Engines) -> None:
    """Its capitals are 12 pixels high, but under 4 at the size in which zones are looked for first."""
    document = issued(MrzLayout.TD3, seed=4)
    near = gray_of(photograph(document, random.Random(4), megapixels=0.35))
    picture = np.full((3000, 4000), 96, np.uint8)
    picture[1200 : 1200 + near.shape[0], 2100 : 2100 + near.shape[1]] = near
    reading = search_mrz(picture, engines)
    assert reading is not None
    assert reading.parsed.lines == document.lines
