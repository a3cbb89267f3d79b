"""The station's reader on the real pack: what was read before is added to, whatever it came from."""

import random
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from kiosk.actor.person import invent_person
from kiosk.actor.photographed import photograph
from kiosk.actor.specimen import SpecimenDocument, issue
from kiosk.assembly.documents import ModelDocumentReader
from kiosk.document.reading import FindingCode, MrzLayout, Read, Weight
from kiosk.document.swiped import read_of_lines
from kiosk.frame import Frame, Pixels
from kiosk.policy import BRANCH
from kiosk.values import Capture, Provenance
from models.catalogue import open_catalogue
from tests.document.conftest import FACE_BOX, TODAY


@pytest.fixture(scope="module")
def reader(pack: Path) -> ModelDocumentReader:
    cv2.setNumThreads(1)
    return ModelDocumentReader(lambda: open_catalogue(pack), BRANCH.document, lambda: TODAY)


@pytest.fixture(scope="module")
def passport(pack: Path) -> Callable[[int], SpecimenDocument]:
    portrait = cv2.imdecode(np.frombuffer(open_catalogue(pack).content("specimen_portrait"), np.uint8), cv2.IMREAD_COLOR)
    return lambda seed: issue(invent_person(seed, today=TODAY), MrzLayout.TD3, np.asarray(portrait, np.uint8), FACE_BOX)


def scanned(pixels: Pixels) -> Frame:
    return Frame(pixels, 1, 1, Provenance(Capture.SCANNED_FILE, "test"))


def photo(document: SpecimenDocument) -> Pixels:
    return photograph(document, random.Random(2), megapixels=3.0)


def swiped(document: SpecimenDocument) -> Read:
    read = read_of_lines(document.lines, TODAY)
    assert isinstance(read, Read)
    return read


def weight(read: Read, code: FindingCode) -> Weight | None:
    return next((finding.weight for finding in read.findings if finding.code is code), None)


def test_a_swiped_passport_and_its_page_are_one(reader: ModelDocumentReader, passport: Callable[[int], SpecimenDocument]) -> None:
    both = reader.read(scanned(photo(passport(3))), swiped(passport(3)))
    assert isinstance(both, Read)
    assert both.portrait is not None
    assert weight(both, FindingCode.NAME_PRINTED) is Weight.AGREES
    assert weight(both, FindingCode.SIDES_LINKED) is None


def test_the_page_of_another_passport_than_was_swiped_contradicts(
    reader: ModelDocumentReader, passport: Callable[[int], SpecimenDocument]
) -> None:
    both = reader.read(scanned(photo(passport(4))), swiped(passport(3)))
    assert isinstance(both, Read)
    assert weight(both, FindingCode.SIDES_LINKED) is Weight.CONTRADICTS


def test_a_page_whose_mrz_lies_under_glare_still_gives_portrait_and_print(
    reader: ModelDocumentReader, passport: Callable[[int], SpecimenDocument]
) -> None:
    document = passport(3)
    page = document.face.copy()
    page[round(0.77 * page.shape[0]) :] = 252
    glaring = SpecimenDocument(document.layout, document.person, document.lines, document.tampering, page)
    both = reader.read(scanned(photo(glaring)), swiped(document))
    assert isinstance(both, Read)
    assert both.fields.number.reveal() == document.person.number
    assert both.raw_lines.reveal() == document.lines
    assert both.portrait is not None
    assert weight(both, FindingCode.SIDES_LINKED) is Weight.AGREES
