"""Two sides of a card: a portrait is printed on a card, two sides are one card only if their print says so, no contradiction is lost."""

import random
from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np
import pytest

from kiosk.actor.photographed import desk, photograph
from kiosk.actor.specimen import PX_PER_MM, SpecimenDocument
from kiosk.document.engines import Engines
from kiosk.document.other_side import joined, merged, with_other_side
from kiosk.document.portrait import find_portrait
from kiosk.document.read import read_document
from kiosk.document.reading import DocumentOutcome, Finding, FindingCode, MrzLayout, Read, Unknown, Weight
from kiosk.frame import Pixels
from kiosk.policy import BRANCH
from tests.document.conftest import FACE_BOX, TODAY

Issue = Callable[..., SpecimenDocument]
CARD_WIDTH = 760
LINKED = FindingCode.SIDES_LINKED


def weight_of(outcome: DocumentOutcome, code: FindingCode) -> list[Weight]:
    assert isinstance(outcome, Read)
    return [finding.weight for finding in outcome.findings if finding.code is code]


def side(page: Pixels | None, width: int = CARD_WIDTH) -> Pixels:
    assert page is not None
    return np.asarray(cv2.resize(page, (width, round(width * page.shape[0] / page.shape[1])), interpolation=cv2.INTER_AREA), np.uint8)


def with_face_of_width(frame: Pixels, portrait: Pixels, width_px: int, at: tuple[int, int]) -> None:
    """Draw a head into a frame, cheek to cheek that wide; at: (x, y) of the head's upper left."""
    x0, y0, x1, y1 = (int(edge) for edge in FACE_BOX)
    head = portrait[max(0, y0 - 60) : y1 + 60, max(0, x0 - 60) : x1 + 60]
    factor = width_px / (x1 - x0)
    head = np.asarray(cv2.resize(head, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA), np.uint8)
    frame[at[1] : at[1] + head.shape[0], at[0] : at[0] + head.shape[1]] = head


def back_held_up(document: SpecimenDocument, portrait: Pixels, face_px: int) -> Pixels:
    """A card's back in the lower part of a camera's frame, a living face above it."""
    frame = desk((1280, 960)).copy()
    with_face_of_width(frame, portrait, face_px, (500, 20))
    card = side(document.reverse)
    frame[460 : 460 + card.shape[0], 260 : 260 + card.shape[1]] = card
    return frame


def strip_held_up(document: SpecimenDocument, portrait: Pixels) -> Pixels:
    """Only the MRZ's strip of a back is seen, and above it, where the rest of the card would be, a face of a portrait's size."""
    assert document.reverse is not None
    frame = desk((1280, 960)).copy()
    card = side(document.reverse)
    top = round((54 - 19.5) * PX_PER_MM * CARD_WIDTH / document.reverse.shape[1])
    with_face_of_width(frame, portrait, 130, (300, 430))
    frame[400 + top : 400 + card.shape[0], 260 : 260 + card.shape[1]] = card[top:]
    return frame


@pytest.fixture(scope="module")
def card(issued: Issue) -> SpecimenDocument:
    return issued(MrzLayout.TD1, seed=9, two_sided=True)


@pytest.fixture(scope="module")
def back(card: SpecimenDocument, engines: Engines) -> Read:
    outcome = read_document(photograph(card, random.Random(9), megapixels=2, reverse=True), engines, BRANCH.document, TODAY)
    assert isinstance(outcome, Read)
    return outcome


def other_side_of(back: Read, front: SpecimenDocument, engines: Engines) -> DocumentOutcome:
    return with_other_side(back, photograph(front, random.Random(3), megapixels=2), engines, TODAY)


@pytest.mark.parametrize("face_px", [110, 170, 260])
def test_the_living_face_behind_a_cards_back_is_not_the_cards_portrait(
    face_px: int, card: SpecimenDocument, portrait: Pixels, engines: Engines
) -> None:
    frame = back_held_up(card, portrait, face_px)
    assert engines.faces.find_small(frame, 90)[0].score > 0.7
    outcome = read_document(frame, engines, BRANCH.document, TODAY, one_side_only=True)
    assert isinstance(outcome, Read)
    assert outcome.raw_lines.reveal() == card.lines
    assert outcome.portrait is None
    assert weight_of(outcome, FindingCode.PORTRAIT_FOUND) == [Weight.NOTED]


def test_a_loose_photograph_beside_a_scanned_back_is_never_taken_without_a_doubt(
    card: SpecimenDocument, portrait: Pixels, engines: Engines
) -> None:
    outcome = read_document(back_held_up(card, portrait, 170), engines, BRANCH.document, TODAY, one_side_only=False)
    assert isinstance(outcome, Read)
    assert outcome.portrait is None or weight_of(outcome, LINKED) == [Weight.DOUBTS]


def test_before_a_camera_a_face_is_not_taken_from_where_the_mrz_says_the_page_should_be(
    card: SpecimenDocument, portrait: Pixels, engines: Engines
) -> None:
    frame = strip_held_up(card, portrait)
    live = read_document(frame, engines, BRANCH.document, TODAY)
    scan = read_document(frame, engines, BRANCH.document, TODAY, one_side_only=False)
    assert isinstance(live, Read)
    assert live.raw_lines.reveal() == card.lines
    assert live.portrait is None
    assert isinstance(scan, Read)
    assert scan.portrait is not None


@pytest.mark.parametrize(("left", "is_printed"), [(100, True), (-20, False), (800, False)])
def test_a_face_over_the_edge_of_the_page_is_not_printed_on_it(left: int, is_printed: bool, engines: Engines, portrait: Pixels) -> None:
    wide: Pixels = np.full((640, 1400, 3), 225, np.uint8)
    with_face_of_width(wide, portrait, 170, (200 + left, 200))
    assert (find_portrait(np.ascontiguousarray(wide[:, 300:1200]), engines.faces) is not None) == is_printed


def test_a_face_too_large_for_a_portrait_is_not_printed_on_the_page(engines: Engines, portrait: Pixels) -> None:
    page: Pixels = np.full((900, 1000, 3), 225, np.uint8)
    with_face_of_width(page, portrait, 340, (120, 5))
    assert engines.faces.find_small(page, 90)[0].score > 0.7
    assert find_portrait(page, engines.faces) is None


def sheet_of(card: SpecimenDocument, gap: int, margin: int) -> Pixels:
    """A scan of both sides, the front above."""
    front, reverse = side(card.face), side(card.reverse)
    height, width = front.shape[:2]
    sheet: Pixels = np.full((2 * height + gap + 2 * margin, width + 2 * margin, 3), 90, np.uint8)
    sheet[margin : margin + height, margin : margin + width] = front
    sheet[margin + height + gap : margin + 2 * height + gap, margin : margin + width] = reverse
    return sheet


@pytest.mark.parametrize(("gap", "margin"), [(40, 60), (12, 0)])
def test_a_scan_of_both_sides_gives_the_portrait_and_says_the_sides_are_linked(
    gap: int, margin: int, card: SpecimenDocument, engines: Engines
) -> None:
    sheet = sheet_of(card, gap, margin)
    outcome = read_document(sheet, engines, BRANCH.document, TODAY, one_side_only=False)
    assert isinstance(outcome, Read)
    assert outcome.raw_lines.reveal() == card.lines
    assert outcome.portrait is not None
    assert weight_of(outcome, LINKED) == [Weight.AGREES]
    live = read_document(sheet, engines, BRANCH.document, TODAY)
    assert isinstance(live, Read)
    assert live.portrait is None


def test_a_scan_of_two_cards_keeps_the_first_without_the_others_portrait(card: SpecimenDocument, issued: Issue, engines: Engines) -> None:
    mixed = replace(card, face=issued(MrzLayout.TD1, seed=21, two_sided=True).face)
    outcome = read_document(sheet_of(mixed, 40, 60), engines, BRANCH.document, TODAY, one_side_only=False)
    assert isinstance(outcome, Read)
    assert outcome.raw_lines.reveal() == card.lines
    assert outcome.portrait is None


def test_the_front_of_the_same_card_brings_its_portrait_and_its_print(back: Read, card: SpecimenDocument, engines: Engines) -> None:
    outcome = other_side_of(back, card, engines)
    assert isinstance(outcome, Read)
    assert outcome.portrait is not None
    assert outcome.raw_lines.reveal() == card.lines
    assert weight_of(outcome, LINKED) == [Weight.AGREES]
    assert weight_of(outcome, FindingCode.PORTRAIT_FOUND) == [Weight.AGREES]
    assert weight_of(outcome, FindingCode.NUMBER_PRINTED) == [Weight.AGREES]
    assert not [finding for finding in outcome.findings if finding.weight in (Weight.DOUBTS, Weight.CONTRADICTS)]


@pytest.mark.parametrize("seed", [1, 2, 3, 21])
def test_the_front_of_another_card_is_never_joined(seed: int, back: Read, issued: Issue, engines: Engines) -> None:
    outcome = other_side_of(back, issued(MrzLayout.TD1, seed=seed, two_sided=True), engines)
    assert isinstance(outcome, Unknown)


def test_a_front_whose_print_cannot_be_read_is_joined_with_a_doubt(back: Read, card: SpecimenDocument, engines: Engines) -> None:
    page = side(card.face, 1027)
    right = page[:, 300:]
    right[:] = cv2.GaussianBlur(right, (0, 0), 14)
    outcome = joined(back, page, engines, TODAY)
    assert isinstance(outcome, Read)
    assert outcome.portrait is not None
    assert weight_of(outcome, LINKED) == [Weight.DOUBTS]


def test_what_the_first_side_contradicts_the_other_side_cannot_make_good(back: Read, card: SpecimenDocument, engines: Engines) -> None:
    bad = Finding(FindingCode.NUMBER_PRINTED, Weight.CONTRADICTS, "number")
    doubted = replace(back, findings=merged(back.findings, (bad,)))
    outcome = other_side_of(doubted, card, engines)
    assert isinstance(outcome, Read)
    assert weight_of(outcome, FindingCode.NUMBER_PRINTED) == [Weight.CONTRADICTS]


@pytest.mark.parametrize(
    ("one", "other", "kept"),
    [
        (Weight.CONTRADICTS, Weight.AGREES, Weight.CONTRADICTS),
        (Weight.AGREES, Weight.CONTRADICTS, Weight.CONTRADICTS),
        (Weight.DOUBTS, Weight.AGREES, Weight.DOUBTS),
        (Weight.DOUBTS, Weight.CONTRADICTS, Weight.CONTRADICTS),
        (Weight.NOTED, Weight.AGREES, Weight.AGREES),
        (Weight.AGREES, Weight.NOTED, Weight.AGREES),
        (Weight.NOTED, Weight.NOTED, Weight.NOTED),
    ],
)
def test_of_two_findings_about_one_thing_the_gravest_stays(one: Weight, other: Weight, kept: Weight) -> None:
    birth = Finding(FindingCode.BIRTH_PRINTED, Weight.NOTED, "birth_date")
    code = FindingCode.NUMBER_PRINTED
    assert merged((Finding(code, one, "number"), birth), (Finding(code, other, "number"),)) == (Finding(code, kept, "number"), birth)


def test_a_screen_behind_a_card_is_not_the_card(back: Read, card: SpecimenDocument, portrait: Pixels, engines: Engines) -> None:
    """A card's front with its portrait hidden, and a living face beside it, both before one large bright rectangle."""
    front = side(card.face, 700)
    front[60:300, 20:210] = (150, 170, 205)
    frame = desk((1600, 1100)).copy()
    frame[40:1060, 40:1560] = 225
    with_face_of_width(frame, portrait, 230, (120, 120))
    frame[560 : 560 + front.shape[0], 760 : 760 + front.shape[1]] = front
    assert isinstance(with_other_side(back, frame, engines, TODAY), Unknown)
