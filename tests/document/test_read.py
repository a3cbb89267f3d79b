"""Whole documents, photographed: what is read, what is doubted, what is refused."""

import random
from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np
import pytest

from kiosk.actor.photographed import photograph
from kiosk.actor.specimen import SpecimenDocument, Tampering
from kiosk.document.reading import (
    DocumentOutcome,
    Finding,
    FindingCode,
    MrzLayout,
    Read,
    Unknown,
    Unreadable,
    UnreadableBecause,
    Weight,
)
from kiosk.frame import Pixels
from kiosk.imaging.geometry import turned

Issue = Callable[..., SpecimenDocument]
Reading = Callable[[Pixels], DocumentOutcome]
PRINTED = (FindingCode.NAME_PRINTED, FindingCode.NUMBER_PRINTED, FindingCode.BIRTH_PRINTED, FindingCode.EXPIRY_PRINTED)


def weights(outcome: Read, *codes: FindingCode) -> list[Weight]:
    return [finding.weight for finding in outcome.findings if finding.code in codes]


def contradictions(outcome: Read) -> set[FindingCode]:
    return {finding.code for finding in outcome.findings if finding.weight is Weight.CONTRADICTS}


@pytest.mark.parametrize("layout", list(MrzLayout))
def test_a_photographed_specimen_of_every_layout_is_read_to_the_last_character(layout: MrzLayout, issued: Issue, read: Reading) -> None:
    document = issued(layout, seed=4)
    outcome = read(photograph(document, random.Random(4), megapixels=2))
    assert isinstance(outcome, Read)
    assert outcome.raw_lines.reveal() == document.lines
    fields, person = outcome.fields, document.person
    assert (fields.layout, fields.issuing_state, fields.number.reveal()) == (layout, "UTO", person.number)
    assert (fields.birth_date.reveal(), fields.expiry_date, fields.sex) == (person.birth, person.expires, person.sex)
    assert contradictions(outcome) == set()
    assert weights(outcome, *PRINTED) == [Weight.AGREES] * 4
    assert outcome.confidence > 0.6
    assert outcome.portrait is not None
    assert outcome.portrait.face_width_px > 80


def test_a_twelve_megapixel_photograph_gives_name_with_accents_address_and_a_flat_page(issued: Issue, read: Reading) -> None:
    document = issued(MrzLayout.TD1, seed=3)
    outcome = read(photograph(document, random.Random(1)))
    assert isinstance(outcome, Read)
    assert outcome.raw_lines.reveal() == document.lines
    name = outcome.fields.printed_name.reveal()
    assert name is not None
    assert name.upper() == f"{document.person.given_names} {document.person.surname}"
    address = outcome.fields.printed_address.reveal()
    assert address is not None
    assert document.person.address.split(",")[0].split()[-1] in address
    assert outcome.page.shape == (648, 1027, 3)


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_a_document_is_read_whichever_way_up_it_lies(turns: int, issued: Issue, read: Reading) -> None:
    document = issued(MrzLayout.TD3, seed=5)
    upright = photograph(document, random.Random(5), megapixels=2)
    outcome = read(turned(upright, turns))
    assert isinstance(outcome, Read)
    assert outcome.raw_lines.reveal() == document.lines
    assert outcome.portrait is not None


def test_a_card_held_askew_is_read(issued: Issue, read: Reading) -> None:
    document = issued(MrzLayout.TD1, seed=6)
    straight = photograph(document, random.Random(6), megapixels=2)
    height, width = straight.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), 17, 0.8)
    outcome = read(np.asarray(cv2.warpAffine(straight, matrix, (width, height), borderValue=(60, 70, 80)), np.uint8))
    assert isinstance(outcome, Read)
    assert outcome.raw_lines.reveal() == document.lines


@pytest.mark.parametrize(
    ("tampering", "code"), [(Tampering.MRZ_BIRTH, FindingCode.BIRTH_PRINTED), (Tampering.MRZ_NUMBER, FindingCode.NUMBER_PRINTED)]
)
@pytest.mark.parametrize("layout", [MrzLayout.TD1, MrzLayout.TD3])
def test_an_mrz_edited_with_fitting_check_digits_contradicts_the_print(
    layout: MrzLayout, tampering: Tampering, code: FindingCode, issued: Issue, read: Reading
) -> None:
    document = issued(layout, seed=7, tampering=tampering)
    outcome = read(photograph(document, random.Random(7), megapixels=2))
    assert isinstance(outcome, Read)
    assert outcome.raw_lines.reveal() == document.lines
    assert weights(outcome, FindingCode.CHECK_DIGIT) == [Weight.AGREES] * len(weights(outcome, FindingCode.CHECK_DIGIT))
    assert contradictions(outcome) == {code}


def test_a_document_with_a_wrong_check_digit_is_returned_as_it_is_and_flagged(issued: Issue, read: Reading) -> None:
    document = issued(MrzLayout.TD3, seed=8, tampering=Tampering.WRONG_CHECK_DIGIT)
    outcome = read(photograph(document, random.Random(8), megapixels=2))
    assert isinstance(outcome, Read)
    assert outcome.raw_lines.reveal() == document.lines
    wrong = {f.about for f in outcome.findings if f.code is FindingCode.CHECK_DIGIT and f.weight is Weight.CONTRADICTS}
    assert wrong == {"number", "composite"}


def test_the_mrz_side_of_a_two_sided_card_is_read_without_a_portrait(issued: Issue, read: Reading) -> None:
    document = issued(MrzLayout.TD1, seed=9, two_sided=True)
    outcome = read(photograph(document, random.Random(9), megapixels=2, reverse=True))
    assert isinstance(outcome, Read)
    assert outcome.raw_lines.reveal() == document.lines
    assert outcome.portrait is None
    assert Finding(FindingCode.PORTRAIT_FOUND, Weight.NOTED, "portrait") in outcome.findings


def test_a_page_without_an_mrz_is_unknown_and_shown_flat(issued: Issue, read: Reading) -> None:
    document = issued(MrzLayout.TD1, seed=9, two_sided=True)
    outcome = read(photograph(document, random.Random(9), megapixels=2))
    assert isinstance(outcome, Unknown)
    assert outcome.page is not None


def test_an_expired_document_is_read_and_doubted(issued: Issue, read: Reading, portrait: Pixels) -> None:
    document = issued(MrzLayout.TD2, seed=10)
    gone = replace(document.person, expires=document.person.expires.replace(year=2020))
    from kiosk.actor.specimen import issue

    outcome = read(photograph(issue(gone, MrzLayout.TD2, portrait, (177, 68, 272, 192)), random.Random(10), megapixels=2))
    assert isinstance(outcome, Read)
    assert weights(outcome, FindingCode.EXPIRED) == [Weight.DOUBTS]


def words_of_a_book() -> Pixels:
    page: Pixels = np.full((1100, 900, 3), 235, np.uint8)
    words = "P<UTO IS HOW SUCH LINES BEGIN << AND THEN GO ON << FOR EVER <<<"
    for i in range(20):
        cv2.putText(page, words[i % 7 :] + words, (20, 60 + 50 * i), cv2.FONT_HERSHEY_DUPLEX, 0.6, (30, 30, 30), 1, cv2.LINE_AA)
    return page


def rows_of_fillers() -> Pixels:
    page: Pixels = np.full((2000, 1400, 3), 240, np.uint8)
    for i in range(120):
        cv2.putText(page, "<" * 60, (20, 30 + 16 * i), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (20, 20, 20), 1, cv2.LINE_AA)
    return page


def test_a_book_that_talks_of_mrz_is_not_read_as_one(read: Reading) -> None:
    assert not isinstance(read(words_of_a_book()), Read)


def test_a_page_of_fillers_is_not_read(read: Reading) -> None:
    assert not isinstance(read(rows_of_fillers()), Read)


@pytest.mark.parametrize(
    ("picture", "because"),
    [
        (np.zeros((720, 1280, 3), np.uint8), UnreadableBecause.TOO_DARK),
        (np.full((720, 1280, 3), 200, np.uint8), UnreadableBecause.NO_DOCUMENT),
        (np.zeros((1, 1, 3), np.uint8), UnreadableBecause.TOO_SMALL),
        (np.zeros((3000, 100, 3), np.uint8), UnreadableBecause.TOO_SMALL),
    ],
)
def test_a_picture_of_nothing_says_what_is_wrong(picture: Pixels, because: UnreadableBecause, read: Reading) -> None:
    assert read(picture) == Unreadable(because)


def test_a_blurred_document_asks_for_a_sharper_picture(issued: Issue, read: Reading) -> None:
    photo = photograph(issued(MrzLayout.TD3, seed=11), random.Random(11), megapixels=2)
    outcome = read(np.asarray(cv2.GaussianBlur(photo, (0, 0), 12), np.uint8))
    assert outcome == Unreadable(UnreadableBecause.TOO_BLURRED)


def test_noise_is_no_document(read: Reading) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (700, 900, 3), dtype=np.uint8)
    assert not isinstance(read(noise), Read)
