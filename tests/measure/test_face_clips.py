"""What spoils a portrait does so where it should, and the comparison says what it then says."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from kiosk.assembly.comparing import ModelComparer
from kiosk.document.reading import Portrait
from kiosk.face.crops import surround_of
from kiosk.face.observed import FaceSeen, FaceView
from kiosk.face.quality import Measure
from kiosk.face.verdict import MatchEvidence, NoComparison, NotCompared, Picture, SameFace
from kiosk.frame import Pixels
from kiosk.measure.face_clips import Spoiling, spoilt
from kiosk.policy import FacePolicy
from models.catalogue import Catalogue, open_catalogue
from models.face_reader import FaceReader


@pytest.fixture(scope="module")
def catalogue(pack: Path) -> Catalogue:
    return open_catalogue(pack)


@pytest.fixture(scope="module")
def astronaut(catalogue: Catalogue) -> Pixels:
    return np.asarray(cv2.imdecode(np.frombuffer(catalogue.content("specimen_portrait"), np.uint8), cv2.IMREAD_COLOR), np.uint8)


@pytest.fixture(scope="module")
def face(catalogue: Catalogue, astronaut: Pixels) -> FaceSeen:
    return FaceReader(catalogue).observe(astronaut)[0]


def compared(catalogue: Catalogue, astronaut: Pixels, face: FaceSeen, portrait: Pixels) -> object:
    comparer = ModelComparer(lambda: catalogue, FacePolicy())
    darker = (astronaut * 0.75).astype(np.uint8)
    view = FaceView(np.zeros(1, np.float32), np.zeros((8, 8, 3), np.uint8), face.pose, 0.0, surround_of(darker, face.landmarks))
    return comparer.compare((view,), Portrait(portrait, face.width_px)).verdict


@pytest.mark.parametrize(
    "spoiling", [Spoiling(gray=True), Spoiling(width=84), Spoiling(halftone=True), Spoiling(glare=True), Spoiling(width=84, gray=True)]
)
def test_a_spoilt_portrait_is_still_its_holders(spoiling: Spoiling, catalogue: Catalogue, astronaut: Pixels, face: FaceSeen) -> None:
    shown = spoilt(astronaut, face, spoiling)
    assert shown.shape[2] == 3
    assert np.array_equal(shown, spoilt(astronaut, face, spoiling))
    assert not np.array_equal(shown, astronaut)
    assert isinstance(compared(catalogue, astronaut, face, shown), SameFace)


def test_a_portrait_that_is_too_small_is_not_compared(catalogue: Catalogue, astronaut: Pixels, face: FaceSeen) -> None:
    verdict = compared(catalogue, astronaut, face, spoilt(astronaut, face, Spoiling(width=60)))
    assert verdict == NotCompared(NoComparison.PORTRAIT_TOO_SMALL)


def test_glare_over_the_portraits_eye_is_noted_for_the_person_who_looks(catalogue: Catalogue, astronaut: Pixels, face: FaceSeen) -> None:
    verdict = compared(catalogue, astronaut, face, spoilt(astronaut, face, Spoiling(glare=True)))
    evidence = getattr(verdict, "evidence", None)
    assert isinstance(evidence, MatchEvidence)
    assert (Picture.PORTRAIT, Measure.GLARE) in {(note.picture, note.measure) for note in evidence.notes}
