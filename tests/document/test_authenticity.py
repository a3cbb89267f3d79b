"""Signs of forgery on simulated forgeries, strong ones; how often each is seen in all is measured, not tested."""

import random
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from kiosk.actor import forgery
from kiosk.actor.glyphs import drawn_glyphs
from kiosk.actor.photographed import photograph
from kiosk.actor.specimen import SpecimenDocument
from kiosk.document.engines import Engines
from kiosk.document.mrz_search import search_mrz
from kiosk.document.ocr_b import CELL, glyphs
from kiosk.document.portrait_edit import edit_signs
from kiosk.document.reading import FindingCode, MrzLayout, Weight
from kiosk.document.recapture import colour_spread, screen_pattern
from kiosk.frame import Pixels
from kiosk.imaging.geometry import gray_of
from kiosk.measure.authenticity import Faces, counted, look
from tests.document.conftest import FACE_BOX

Issued = Callable[..., SpecimenDocument]


def shot(document: SpecimenDocument, face: Pixels, seed: int = 3) -> Pixels:
    shown = SpecimenDocument(document.layout, document.person, document.lines, document.tampering, face)
    return forgery.jpeg(photograph(shown, random.Random(seed), megapixels=4.0), 93)


def raised(picture: Pixels, engines: Engines) -> set[FindingCode]:
    findings = look(picture, engines)
    assert findings is not None
    return {finding.code for finding in findings if finding.weight is Weight.DOUBTS}


@pytest.fixture(scope="module")
def card(issued: Issued) -> SpecimenDocument:
    return issued(MrzLayout.TD3, 2)


@pytest.fixture(scope="module")
def genuine(card: SpecimenDocument) -> Pixels:
    return shot(card, card.face)


def test_a_genuine_specimen_raises_nothing_and_its_mrz_is_set_right(genuine: Pixels, engines: Engines) -> None:
    findings = look(genuine, engines)
    assert findings is not None
    assert {finding.code: finding.weight for finding in findings} == {
        FindingCode.SCREEN_RECAPTURE: Weight.NOTED,
        FindingCode.GRAY_COPY: Weight.NOTED,
        FindingCode.PORTRAIT_EDITED: Weight.NOTED,
        FindingCode.MRZ_PRINTING: Weight.AGREES,
    }


def test_a_picture_of_a_screen_is_told_by_its_pattern(genuine: Pixels, engines: Engines) -> None:
    assert FindingCode.SCREEN_RECAPTURE in raised(forgery.on_a_screen(genuine, random.Random(1)), engines)


def test_a_copy_without_colour_is_told(card: SpecimenDocument, engines: Engines) -> None:
    gray = forgery.without_colour(card.face, random.Random(1))
    assert raised(shot(card, gray), engines) == {FindingCode.GRAY_COPY}


@pytest.mark.parametrize("name", forgery.MRZ_FONTS)
def test_an_mrz_in_another_font_is_told(name: str, card: SpecimenDocument, engines: Engines) -> None:
    reading = search_mrz(gray_of(card.face), engines)
    assert reading is not None
    assert FindingCode.MRZ_PRINTING in raised(shot(card, forgery.other_mrz(card.face, card.lines, reading.corners, name)), engines)


def test_a_portrait_pasted_with_a_hard_edge_is_told() -> None:
    grain = np.random.default_rng(1).normal(0, 2.0, (900, 1300, 3))
    page = np.full((900, 1300, 3), 205, np.uint8)
    for row in range(10):
        cv2.putText(page, "NAME 12345678", (620, 80 + 80 * row), cv2.FONT_HERSHEY_SIMPLEX, 1.2, (60, 50, 50), 3, cv2.LINE_AA)
    soft = np.asarray(np.clip(cv2.GaussianBlur(page, (0, 0), 1.6).astype(np.float32) + grain, 0, 255), np.uint8)
    pasted = soft.copy()
    pasted[150:550, 100:420] = 120
    signs = edit_signs(pasted, (0, 0, 1300, 900), (180, 220, 340, 440))
    assert signs is not None
    assert "edge" in signs.suspicious
    clean = edit_signs(soft, (0, 0, 1300, 900), (180, 220, 340, 440))
    assert clean is not None
    assert clean.suspicious == ()


def test_light_that_tints_everything_is_no_colour() -> None:
    page = np.full((400, 600, 3), (90, 130, 190), np.uint8)
    page[100:200, 100:500] = (45, 65, 95)
    rainbow = np.tile(np.arange(180, dtype=np.uint8)[None, :, None], (90, 1, 3))
    assert colour_spread(page) < colour_spread(np.asarray(cv2.cvtColor(rainbow, cv2.COLOR_HSV2BGR), np.uint8))


@pytest.mark.parametrize("size", [(1, 1), (40, 900), (255, 255)])
def test_a_picture_too_small_for_a_pattern_has_none(size: tuple[int, int]) -> None:
    assert screen_pattern(np.zeros((*size, 3), np.uint8)).prominence == 0.0


def test_the_table_of_shapes_is_ocr_b_as_it_is_drawn() -> None:
    drawn = drawn_glyphs().astype(np.float32) / 255
    assert drawn.shape == (37, *CELL)
    # another version of the drawing library may round a pixel's edge otherwise
    assert float(np.abs(drawn - glyphs()).mean()) < 0.01


def test_the_measurement_counts_only_looks_that_were_taken(engines: Engines, genuine: Pixels, pack: Path) -> None:
    (group,) = counted([("genuine", look(genuine, engines)), ("genuine", None)])
    assert (group.pictures, group.looked["gray-copy"], group.raised["gray-copy"]) == (2, 1, 0)
    assert Faces((genuine, FACE_BOX), (genuine, FACE_BOX)).own[1] == FACE_BOX
