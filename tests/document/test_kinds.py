"""Every kind of document of the table, drawn in its layout, photographed, and read: fields, findings, and what is not to be believed."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date

import cv2
import numpy as np
import pytest

from kiosk.actor.foreign import ForeignSpecimen, draw_foreign
from kiosk.actor.issuers import ISSUES
from kiosk.actor.person import SpecimenPerson, invent_person
from kiosk.document.engines import Engines
from kiosk.document.kinds import KINDS, kind_named, kind_of, kind_of_words
from kiosk.document.other_side import with_other_side
from kiosk.document.read import read_document
from kiosk.document.reading import DocumentOutcome, FieldSource, FindingCode, MrzLayout, Read, Unknown, Weight
from kiosk.document.viz import compact
from kiosk.document.without_mrz import with_other_print
from kiosk.frame import Pixels
from kiosk.policy import BRANCH
from tests.document.conftest import FACE_BOX, TODAY

PERSON = replace(invent_person(5, today=TODAY), surname="VIEIRALVÉS", given_names="KOFI ANDRÉ", birth=date(1988, 6, 26))
WITH_MRZ = [row.kind for row in ISSUES if row.state]
WITHOUT = [row.kind for row in ISSUES if not row.state]

Draw = Callable[..., ForeignSpecimen]


@pytest.fixture(scope="module")
def draw(portrait: Pixels) -> Draw:
    return lambda kind, person=PERSON, **others: draw_foreign(kind, person, portrait, FACE_BOX, **others)


def seen(page: Pixels) -> Pixels:
    """Return the card lying on a dark desk, a little turned, at a third of its print resolution."""
    framed = cv2.copyMakeBorder(page, 260, 260, 260, 260, cv2.BORDER_CONSTANT, value=(58, 74, 96))
    turn = cv2.getRotationMatrix2D((framed.shape[1] / 2, framed.shape[0] / 2), 2.5, 1.0)
    turned = cv2.warpAffine(framed, turn, (framed.shape[1], framed.shape[0]), borderValue=(58, 74, 96))
    return np.asarray(cv2.resize(turned, None, fx=0.7, fy=0.7, interpolation=cv2.INTER_AREA), np.uint8)


@pytest.fixture(scope="module")
def look(engines: Engines) -> Callable[[Pixels], DocumentOutcome]:
    return lambda page: read_document(seen(page), engines, BRANCH.document, TODAY)


def weights(read: Read) -> dict[tuple[FindingCode, str], Weight]:
    return {(finding.code, finding.about): finding.weight for finding in read.findings}


@pytest.fixture(scope="module")
def both_sides(engines: Engines, look: Callable[[Pixels], DocumentOutcome]) -> Callable[[ForeignSpecimen], Read]:
    def read(specimen: ForeignSpecimen) -> Read:
        assert specimen.back is not None
        first = look(specimen.back)
        assert isinstance(first, Read)
        joined = with_other_side(first, seen(specimen.front), engines, TODAY)
        assert isinstance(joined, Read)
        return joined

    return read


@pytest.mark.parametrize("kind", WITH_MRZ)
def test_a_card_with_an_mrz_agrees_with_its_print_in_everything(
    kind: str, draw: Draw, both_sides: Callable[[ForeignSpecimen], Read]
) -> None:
    specimen = draw(kind)
    read = both_sides(specimen)
    assert read.raw_lines.reveal() == specimen.lines
    assert read.fields.kind == kind
    assert read.fields.printed_name.reveal() == "KOFI ANDRÉ VIEIRALVÉS"
    assert read.portrait is not None
    found = weights(read)
    printed = (FindingCode.NAME_PRINTED, FindingCode.NUMBER_PRINTED, FindingCode.BIRTH_PRINTED, FindingCode.EXPIRY_PRINTED)
    assert [found[code, about] for code, about in zip(printed, ("surname", "number", "birth_date", "expiry_date"), strict=True)] == [
        Weight.AGREES
    ] * 4
    assert found[FindingCode.NUMBER_FORMAT, "number"] is Weight.AGREES
    assert not set(found.values()) & {Weight.DOUBTS, Weight.CONTRADICTS}
    if kind in ("de-id", "fr-id", "it-id", "es-id"):
        assert read.fields.printed_address.reveal() == PERSON.address
    if kind in ("fr-id", "it-id", "es-id", "ee-id", "us-passport-card"):
        assert found[FindingCode.SEX_PRINTED, "sex"] is Weight.AGREES
    if kind in ("de-id", "fr-id", "it-id", "es-id", "ee-id", "us-passport-card"):
        assert found[FindingCode.NATIONALITY_PRINTED, "nationality"] is Weight.AGREES
    if kind in ("es-id", "ee-id"):
        assert found[FindingCode.PERSONAL_NUMBER, "personal_number"] is Weight.AGREES


@pytest.mark.parametrize("kind", ["de-id", "es-id", "ee-id"])
def test_another_birth_in_the_mrz_is_told_by_the_print(kind: str, draw: Draw, both_sides: Callable[[ForeignSpecimen], Read]) -> None:
    read = both_sides(draw(kind, mrz_person=replace(PERSON, birth=date(1981, 6, 17))))
    assert weights(read)[FindingCode.BIRTH_PRINTED, "birth_date"] is Weight.CONTRADICTS


@pytest.mark.parametrize("kind", WITHOUT)
def test_a_document_without_mrz_is_read_by_its_print(kind: str, draw: Draw, look: Callable[[Pixels], DocumentOutcome]) -> None:
    specimen = draw(kind)
    read = look(specimen.front)
    assert isinstance(read, Read)
    fields = read.fields
    assert (fields.kind, fields.layout, fields.source, read.raw_lines.reveal()) == (kind, None, FieldSource.PRINT, ())
    assert fields.number.reveal() == compact(specimen.holder.number)
    assert fields.birth_date.reveal() == date(1988, 6, 26)
    assert read.portrait is not None
    # The reader knows no Chinese; what is Latin on such a card has no labels it could read, so its names stay unread.
    if kind != "cn-id":
        assert (fields.surname.reveal(), fields.given_names.reveal()) == ("VIEIRALVES", "KOFI ANDRE")
        assert fields.printed_name.reveal() == "KOFI ANDRÉ VIEIRALVÉS"
    if kind in ("aamva-licence", "eu-licence"):
        assert (fields.expiry_date, fields.issue_date) == (PERSON.expires, PERSON.issued)
    if kind == "in-pan":
        assert weights(read)[FindingCode.PERSONAL_NUMBER, "surname"] is Weight.AGREES
    if kind in ("aamva-licence", "in-aadhaar", "cn-id"):
        assert fields.sex == "M"
    found = weights(read)
    assert found[FindingCode.MRZ_ABSENT, "mrz"] is Weight.DOUBTS
    assert found[FindingCode.NUMBER_FORMAT, "number"] is Weight.AGREES


@pytest.mark.parametrize("kind", ["aamva-licence", "in-aadhaar"])
def test_the_code_on_the_back_is_compared_with_the_front(kind: str, draw: Draw, look: Callable[[Pixels], DocumentOutcome]) -> None:
    for coded, wanted in ((PERSON, Weight.AGREES), (replace(PERSON, birth=date(1990, 2, 2)), Weight.DOUBTS)):
        specimen = draw(kind, code_person=coded)
        assert specimen.back is not None
        back, front = look(specimen.back), look(specimen.front)
        assert isinstance(back, Read)
        assert isinstance(front, Read)
        assert (back.fields.source, back.portrait) == (FieldSource.BARCODE, None)
        both = with_other_print(back, front)
        assert both.fields.birth_date.reveal() == coded.birth
        assert both.portrait is not None
        assert weights(both)[FindingCode.SIDES_LINKED, "portrait"] is wanted


def test_a_chinese_number_with_a_wrong_check_is_no_such_card(draw: Draw, engines: Engines) -> None:
    specimen = draw("cn-id")
    page = specimen.front.copy()
    x, y = (round(value * 20) for value in (28 + 26, 43.5))
    page[y : y + 90, x : x + 50] = page[200:290, 900:950]
    assert isinstance(read_document(seen(page), engines, BRANCH.document, TODAY), Unknown)


def test_a_card_upside_down_is_laid_upright_by_its_portrait(draw: Draw, engines: Engines) -> None:
    read = read_document(np.ascontiguousarray(seen(draw("eu-licence").front)[::-1, ::-1]), engines, BRANCH.document, TODAY)
    assert isinstance(read, Read)
    assert read.fields.surname.reveal() == "VIEIRALVES"


@pytest.mark.parametrize("kind", ["de-id", "fr-id", "it-id", "es-id", "ee-id", "us-passport-card"])
def test_the_side_without_mrz_of_a_card_that_has_one_is_no_document_of_its_own(
    kind: str, draw: Draw, look: Callable[[Pixels], DocumentOutcome]
) -> None:
    assert isinstance(look(draw(kind).front), Unknown)


def test_every_kind_has_one_code_and_patterns_that_compile() -> None:
    codes = [kind.code for kind in KINDS]
    assert len(set(codes)) == len(codes)
    for kind in KINDS:
        for pattern in (kind.number, kind.personal_number):
            re.compile(pattern)
        assert kind_named(kind.code) is kind
        places = (place for place in kind.places)
        assert all(0 <= p.left_mm < p.right_mm <= kind.width_mm and 0 <= p.top_mm < p.bottom_mm <= kind.height_mm for p in places)


@pytest.mark.parametrize("layout", MrzLayout)
def test_every_layout_has_a_kind_for_any_issuer(layout: MrzLayout) -> None:
    assert kind_of(layout, "???", "").layout is layout


def test_words_tell_a_licence_from_a_passport() -> None:
    assert kind_of_words(["CALIFORNIA USA", "DRIVER LICENSE"]) is kind_named("aamva-licence")
    assert kind_of_words(["UNITED STATES OF AMERICA", "PASSPORT CARD"]) is None
    assert kind_of_words(["PERMIS DE CONDUIRE", "REPUBLIQUE FRANCAISE"]) is kind_named("eu-licence")
    assert kind_of_words(["QUEBEC", "PERMIS DE CONDUIRE"]) is kind_named("aamva-licence")


def test_an_invented_person_of_any_seed_can_be_issued_every_kind() -> None:
    people: list[SpecimenPerson] = [invent_person(seed, today=TODAY) for seed in range(40)]
    for row in ISSUES:
        pattern = kind_named(row.kind).number
        assert all(re.fullmatch(pattern, compact(row.number(person))) for person in people), row.kind
