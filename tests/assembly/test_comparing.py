"""The comparer on the real pack: what it measures a portrait by, and which pictures may show a card's two sides."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from kiosk.assembly.comparing import ModelComparer
from kiosk.assembly.documents import is_document_picture
from kiosk.camera.staged import DOCUMENT_PICTURE
from kiosk.document.reading import Portrait
from kiosk.face.observed import FaceView
from kiosk.face.verdict import NoComparison, NotCompared, SameFace
from kiosk.frame import Pixels
from kiosk.policy import BRANCH
from kiosk.values import Capture, Provenance
from models.catalogue import Catalogue, open_catalogue
from models.face_reader import FaceReader


@pytest.fixture(scope="module")
def catalogue(pack: Path) -> Catalogue:
    return open_catalogue(pack)


@pytest.fixture(scope="module")
def astronaut(catalogue: Catalogue) -> Pixels:
    """512 x 512 BGR, 91 px from cheek to cheek."""
    return np.asarray(cv2.imdecode(np.frombuffer(catalogue.content("specimen_portrait"), np.uint8), cv2.IMREAD_COLOR), np.uint8)


@pytest.fixture(scope="module")
def view(catalogue: Catalogue, astronaut: Pixels) -> FaceView:
    reader = FaceReader(catalogue)
    (face,) = reader.observe(astronaut)
    chip = reader.chip_of(astronaut, face)
    return FaceView(reader.print_of_chip(chip), chip, face.pose, 100.0)


def shrunk(picture: Pixels, to: float) -> Pixels:
    return np.asarray(cv2.resize(picture, None, fx=to, fy=to, interpolation=cv2.INTER_AREA), np.uint8)


@pytest.mark.parametrize("claimed_px", [20.0, 500.0])
def test_a_portraits_width_is_measured_in_its_pixels_not_taken_from_the_finders_box(
    claimed_px: float, catalogue: Catalogue, astronaut: Pixels, view: FaceView
) -> None:
    comparer = ModelComparer(lambda: catalogue, BRANCH.face)
    whole = comparer.compare((view,), Portrait(astronaut, claimed_px)).verdict
    assert isinstance(whole, SameFace)
    assert whole.evidence.portrait_width_px == pytest.approx(91, abs=4)
    small = comparer.compare((view,), Portrait(shrunk(astronaut, 0.75), claimed_px)).verdict
    assert small == NotCompared(NoComparison.PORTRAIT_TOO_SMALL)


@pytest.mark.parametrize(
    ("origin", "is_one"),
    [
        (Provenance(Capture.SCANNED_FILE, "picture file"), True),
        (Provenance(Capture.RECORDING, DOCUMENT_PICTURE), True),
        (Provenance(Capture.RECORDING, "visit.mp4"), False),
        (Provenance(Capture.SIMULATION, "simulated customer"), False),
        (Provenance(Capture.LIVE_CAMERA, "camera 0"), False),
        (Provenance(Capture.LIVE_CAMERA, DOCUMENT_PICTURE), False),
    ],
)
def test_only_a_scan_or_a_documents_picture_may_show_two_sides(origin: Provenance, is_one: bool) -> None:
    assert is_document_picture(origin) == is_one
