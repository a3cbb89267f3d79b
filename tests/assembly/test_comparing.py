"""The comparer on the real pack: what it measures a portrait by, and which pictures may show a card's two sides."""

import hashlib
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest

from kiosk.assembly.comparing import ModelComparer
from kiosk.assembly.documents import is_document_picture
from kiosk.camera.staged import DOCUMENT_PICTURE
from kiosk.commands import models as models_command
from kiosk.document.reading import Portrait
from kiosk.face.crops import Region
from kiosk.face.observed import FaceView
from kiosk.face.verdict import NoComparison, NotCompared, SameFace
from kiosk.faults import ModelRefused
from kiosk.frame import Pixels
from kiosk.measure.fit_verifier import Enrolled, fit
from kiosk.policy import BRANCH
from kiosk.values import Capture, Provenance
from models.catalogue import Catalogue, open_catalogue
from models.face_reader import FaceReader
from models.face_verifier import FITTED_HERE, verifier_bytes
from tests.models.small_prints import small_network, written


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


def test_further_captures_of_the_portrait_are_averaged_with_it(catalogue: Catalogue, astronaut: Pixels, view: FaceView) -> None:
    comparer = ModelComparer(lambda: catalogue, BRANCH.face)
    blank = Portrait(np.zeros_like(astronaut), 90.0)
    found = comparer.compare((view,), Portrait(astronaut, 90.0), (Portrait(shrunk(astronaut, 0.95), 90.0), blank))
    assert isinstance(found.verdict, SameFace)
    assert found.verdict.evidence.document_views == 2
    assert {one.region for one in found.verdict.evidence.regions} == set(Region)
    assert found.portrait is not None
    assert found.portrait.shape[0] == found.portrait.shape[1]


def test_all_fitted_prints_decide_together_and_a_changed_one_is_refused(
    pack: Path, tmp_path: Path, astronaut: Pixels, view: FaceView
) -> None:
    folder = tmp_path / "pack"
    shutil.copytree(pack, folder, ignore=shutil.ignore_patterns(".*"))
    assert models_command.main(["install", str(written(tmp_path, "own", small_network())), "--models", str(folder)]) == 0
    opened = open_catalogue(folder)
    digests = {"dlib": opened.entry("face_print").sha256, "own": hashlib.sha256(small_network()).hexdigest()}
    people = np.repeat(np.arange(150), 3)
    chance = np.random.default_rng(6)
    enrolled = []
    for name, length in (("dlib", 128), ("own", 8)):
        prints = chance.standard_normal((150, length))[people] + 0.3 * chance.standard_normal((450, length))
        prints /= np.linalg.norm(prints, axis=1, keepdims=True)
        enrolled.append(Enrolled(name, digests[name], prints, np.full(450, 0.02)))
    (folder / FITTED_HERE).write_bytes(verifier_bytes(fit(enrolled, people, seed=1, version="both").model))
    match = ModelComparer(lambda: opened, BRANCH.face, folder).compare((view,), Portrait(astronaut, 90.0)).verdict
    assert isinstance(match, SameFace)
    assert (match.evidence.print_name, match.evidence.verifier) == ("dlib + own", "both")
    assert models_command.main(["remove", "own", "--models", str(folder)]) == 0
    assert models_command.main(["install", str(written(tmp_path, "own", small_network(seed=2))), "--models", str(folder)]) == 0
    with pytest.raises(ModelRefused, match="fit again"):
        ModelComparer(lambda: opened, BRANCH.face, folder).prepare()
