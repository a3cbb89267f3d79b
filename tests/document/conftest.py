"""A reader on the real pack, and specimens of Utopia to read."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import cv2
import numpy as np
import pytest

from kiosk.actor.person import invent_person
from kiosk.actor.specimen import SpecimenDocument, Tampering, issue
from kiosk.document.engines import Engines
from kiosk.document.read import read_document
from kiosk.document.reading import DocumentOutcome, MrzLayout
from kiosk.frame import Pixels
from kiosk.policy import BRANCH
from models.catalogue import open_catalogue
from models.code_reader import CodeReader
from models.face_finder import FaceFinder
from models.mrz_reader import MrzReader
from models.text_reader import TextReader

TODAY = date(2026, 7, 1)
FACE_BOX = (177.0, 68.0, 272.0, 192.0)
"""Of the specimen portrait in the pack, pixels."""


@pytest.fixture(scope="session")
def engines(pack: Path) -> Engines:
    cv2.setNumThreads(1)
    catalogue = open_catalogue(pack)
    return Engines(MrzReader(catalogue), TextReader(catalogue), FaceFinder(catalogue), CodeReader())


@pytest.fixture(scope="session")
def portrait(pack: Path) -> Pixels:
    decoded = cv2.imdecode(np.frombuffer(open_catalogue(pack).content("specimen_portrait"), np.uint8), cv2.IMREAD_COLOR)
    assert decoded is not None
    return np.asarray(decoded, np.uint8)


@pytest.fixture(scope="session")
def issued(portrait: Pixels) -> Callable[..., SpecimenDocument]:
    def issue_one(layout: MrzLayout, seed: int = 1, tampering: Tampering = Tampering.NONE, *, two_sided: bool = False) -> SpecimenDocument:
        return issue(invent_person(seed, today=TODAY), layout, portrait, FACE_BOX, tampering=tampering, two_sided=two_sided)

    return issue_one


@pytest.fixture(scope="session")
def read(engines: Engines) -> Callable[[Pixels], DocumentOutcome]:
    return lambda picture: read_document(picture, engines, BRANCH.document, TODAY)
