"""Specimen documents: what they say, in print and in their machine-readable zones, and how cameras see them."""

import random
from datetime import date
from pathlib import Path

import cv2
import numpy as np
import pytest

from kiosk.actor.cue import Cue
from kiosk.actor.customer import Cast, CustomerKind
from kiosk.actor.person import invent_person, mrz_lines
from kiosk.actor.photographed import HeldCard, hold_over_desk, photograph
from kiosk.actor.specimen import PAGE_MM, PX_PER_MM, Tampering, expired
from kiosk.document.engines import Engines
from kiosk.document.mrz import MrzParsed, parse
from kiosk.document.read import read_document
from kiosk.document.reading import FindingCode, MrzLayout, Read, Weight
from kiosk.policy import DocumentPolicy, FacePolicy
from models.catalogue import open_catalogue
from models.code_reader import CodeReader
from models.face_reader import FaceReader, PortraitPrint
from models.mrz_reader import MrzReader
from models.text_reader import TextReader

PERSON = invent_person(1, sex="F")


def parsed(lines: tuple[str, ...]) -> MrzParsed:
    result = parse(lines)
    assert isinstance(result, MrzParsed)
    return result


def portrait_print(reader: FaceReader, picture: np.ndarray) -> PortraitPrint:
    found = reader.portrait_print(picture)
    assert isinstance(found, PortraitPrint)
    return found


def test_a_zone_is_composed_as_icao_has_it() -> None:
    assert mrz_lines(PERSON, MrzLayout.TD1) == (
        "I<UTODM39998533<<<<<<<<<<<<<<<",
        "9710289F3402018UTO<<<<<<<<<<<4",
        "IVERDAL<<TILDA<MARIA<<<<<<<<<<",
    )


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("layout", list(MrzLayout))
def test_invented_people_have_zones_whose_every_digit_fits(seed: int, layout: MrzLayout) -> None:
    zone = parsed(mrz_lines(invent_person(seed), layout))
    assert zone.all_fit
    assert zone.content.layout is layout
    assert zone.content.issuing_state == "UTO"


def test_invented_people_are_grown_up_and_their_documents_are_valid_for_years() -> None:
    for seed in range(200):
        person = invent_person(seed, today=date(2026, 7, 1))
        assert person.birth.year <= 2005
        assert person.issued < date(2026, 7, 1) < date(2030, 1, 1) < person.expires


def test_an_expired_document_ran_out_before_the_day_asked() -> None:
    assert expired(PERSON, on=date(2026, 7, 1)).expires < date(2026, 1, 1)


def test_an_edited_birth_year_fits_its_digits_and_disagrees_with_the_print(cast: Cast) -> None:
    document = cast.document(PERSON, MrzLayout.TD1, tampering=Tampering.MRZ_BIRTH)
    zone = parsed(document.lines)
    assert zone.all_fit
    assert document.person.birth == date(1997, 10, 28)
    assert zone.content.birth == "901017"


def test_an_edited_number_fits_its_digits_and_disagrees_with_the_print(cast: Cast) -> None:
    document = cast.document(PERSON, MrzLayout.TD3, tampering=Tampering.MRZ_NUMBER)
    zone = parsed(document.lines)
    assert zone.all_fit
    assert (document.person.number, zone.content.number) == ("DM3999853", "DM3992186")


@pytest.mark.parametrize("layout", [MrzLayout.TD1, MrzLayout.TD3])
def test_an_altered_digit_breaks_the_number_and_the_whole_and_nothing_else(cast: Cast, layout: MrzLayout) -> None:
    zone = parsed(cast.document(PERSON, layout, tampering=Tampering.WRONG_CHECK_DIGIT).lines)
    assert {check.about for check in zone.checks if not check.fits} == {"number", "composite"}


@pytest.mark.parametrize("layout", list(MrzLayout))
def test_pages_have_icao_sizes(cast: Cast, layout: MrzLayout) -> None:
    width_mm, height_mm = PAGE_MM[layout]
    height, width = cast.document(PERSON, layout).face.shape[:2]
    assert (width, height) == (round(width_mm * PX_PER_MM), round(height_mm * PX_PER_MM))


def test_a_two_sided_card_has_its_zone_on_the_reverse(cast: Cast) -> None:
    one, two = cast.document(PERSON, MrzLayout.TD1), cast.document(PERSON, MrzLayout.TD1, two_sided=True)
    assert one.reverse is None
    assert two.reverse is not None
    assert ink_in_the_zone(one.face) == pytest.approx(ink_in_the_zone(two.reverse), rel=0.1)
    assert ink_in_the_zone(two.face) < 0.1 * ink_in_the_zone(one.face)
    with pytest.raises(ValueError, match="TD1"):
        cast.document(PERSON, MrzLayout.TD3, two_sided=True)


def ink_in_the_zone(page: np.ndarray) -> int:
    zone = cv2.cvtColor(page, cv2.COLOR_BGR2GRAY)[-300:-60, 60:-60]
    return int((zone < 80).sum())


@pytest.mark.parametrize("layout", list(MrzLayout))
def test_the_printed_portrait_is_the_holder_and_large_enough(cast: Cast, reader: FaceReader, layout: MrzLayout) -> None:
    frame = hold_over_desk(cast.document(PERSON, layout), (1280, 720), random.Random(5), since_s=2.0)
    printed = portrait_print(reader, frame[:, :640])  # the portrait's half of the page
    live = cast.puppet.draw_ahead()
    similarity = float(printed.face_print @ reader.print_of(live, reader.observe(live)[0]))
    assert printed.face.width_px >= FacePolicy().portrait_min_width_px
    assert similarity > 0.945


@pytest.mark.parametrize("layout", [MrzLayout.TD1, MrzLayout.TD3])
def test_the_stranger_is_a_face_and_clearly_somebody_else(cast: Cast, reader: FaceReader, layout: MrzLayout) -> None:
    page = cast.document(PERSON, layout, of_stranger=True).face
    printed = portrait_print(reader, page)
    live = cast.puppet.draw_ahead()
    similarity = float(printed.face_print @ reader.print_of(live, reader.observe(live)[0]))
    assert printed.faces_found == 1
    assert printed.face.score > 0.9
    assert similarity < 0.85


def test_characters_of_a_held_card_are_at_least_twelve_pixels_high(cast: Cast) -> None:
    document = cast.document(PERSON, MrzLayout.TD1)
    for seed in range(8):
        corners = HeldCard(document, (1280, 720), random.Random(seed)).corners(2.0)
        shortest = min(float(np.linalg.norm(corners[a] - corners[b])) for a, b in ((0, 1), (3, 2)))
        assert shortest / PAGE_MM[MrzLayout.TD1][0] * CAP_MM >= 12


CAP_MM = 2.4
"""Height of a capital of OCR-B size 1 at ten to the inch."""


def test_a_card_comes_from_below_and_then_nearly_stands_still(cast: Cast) -> None:
    held = HeldCard(cast.document(PERSON, MrzLayout.TD1), (1280, 720), random.Random(2))
    path = np.array([held.corners(step / 30) for step in range(90)])
    moved = np.abs(np.diff(path, axis=0)).max(axis=(1, 2))
    assert path[0, :, 1].mean() > 650
    assert moved[:5].max() > 6
    assert moved[30:].max() < 2


def test_a_held_card_is_wholly_in_the_frame_whoever_holds_it(cast: Cast) -> None:
    for layout in (MrzLayout.TD1, MrzLayout.TD3):
        document = cast.document(PERSON, layout)
        for seed in range(10):
            corners = HeldCard(document, (1280, 720), random.Random(seed)).corners(3.0)
            assert corners.min() > 0
            assert (corners < np.array([1280, 720])).all()


def test_a_photograph_has_the_megapixels_asked_and_the_same_seed_gives_the_same(cast: Cast) -> None:
    document = cast.document(PERSON, MrzLayout.TD3)
    photo = photograph(document, random.Random(3), megapixels=2.0)
    assert photo.shape[0] * photo.shape[1] == pytest.approx(2e6, rel=0.01)
    assert np.array_equal(photo, photograph(document, random.Random(3), megapixels=2.0))
    assert not np.array_equal(photo, photograph(document, random.Random(4), megapixels=2.0))


def test_only_a_two_sided_card_has_a_reverse_to_photograph(cast: Cast) -> None:
    with pytest.raises(ValueError, match="one side"):
        photograph(cast.document(PERSON, MrzLayout.TD3), random.Random(0), megapixels=1.0, reverse=True)


def test_customers_of_different_kinds_are_different_people(cast: Cast) -> None:
    numbers = [cast.customer(kind, seed).document.person.number for kind in CustomerKind for seed in (1, 2, 3)]
    assert len(set(numbers)) == len(numbers)


@pytest.fixture(scope="module")
def engines(pack: Path, reader: FaceReader) -> Engines:
    catalogue = open_catalogue(pack)
    return Engines(MrzReader(catalogue), TextReader(catalogue), reader.finder, CodeReader())


def read(picture: np.ndarray, engines: Engines) -> Read:
    outcome = read_document(picture, engines, DocumentPolicy(), date(2026, 7, 1))
    assert isinstance(outcome, Read)
    return outcome


@pytest.mark.parametrize("layout", list(MrzLayout))
def test_what_a_specimen_prints_is_what_the_reader_reads(cast: Cast, engines: Engines, layout: MrzLayout) -> None:
    document = cast.document(invent_person(7), layout)
    outcome = read(hold_over_desk(document, (1280, 720), random.Random(7), since_s=2.0), engines)
    assert outcome.raw_lines.reveal() == document.lines
    assert {finding.weight for finding in outcome.findings} <= {Weight.AGREES, Weight.NOTED}


def test_the_tampered_card_contradicts_itself_to_the_reader(cast: Cast, engines: Engines) -> None:
    customer = cast.customer(CustomerKind.TAMPERED_CARD)
    customer.told(Cue.SHOW_DOCUMENT, 0)
    outcome = read(customer.seen(3_000_000_000), engines)
    assert [finding.about for finding in outcome.findings if finding.weight is Weight.CONTRADICTS] == ["birth_date"]


def test_an_expired_card_reads_as_expired(cast: Cast, engines: Engines) -> None:
    document = cast.document(expired(PERSON, on=date(2026, 7, 1)), MrzLayout.TD1)
    outcome = read(photograph(document, random.Random(1), megapixels=3.0), engines)
    assert FindingCode.EXPIRED in {finding.code for finding in outcome.findings if finding.weight is not Weight.AGREES}


def test_a_card_with_a_wrong_check_digit_is_read_as_it_stands(cast: Cast, engines: Engines) -> None:
    document = cast.document(PERSON, MrzLayout.TD1, tampering=Tampering.WRONG_CHECK_DIGIT)
    outcome = read(photograph(document, random.Random(1), megapixels=3.0), engines)
    assert outcome.raw_lines.reveal() == document.lines
    assert FindingCode.CHECK_DIGIT in {finding.code for finding in outcome.findings if finding.weight is Weight.CONTRADICTS}
