"""The shipped network against print and replay: small, typed, and not blind to what it was made for."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from kiosk.frame import Pixels
from kiosk.imaging.crop import around_face
from models.catalogue import open_catalogue
from models.face_reader import FaceReader
from models.spoof_reader import SpoofReader

WEIGHTS = Path(__file__).resolve().parents[2] / "models" / "weights"


@pytest.fixture(scope="module")
def portrait(pack: Path) -> Pixels:
    packed = np.frombuffer(open_catalogue(pack).content("specimen_portrait"), np.uint8)
    return np.asarray(cv2.imdecode(packed, cv2.IMREAD_COLOR), np.uint8)


def test_the_network_is_under_four_megabytes_and_has_its_card() -> None:
    assert (WEIGHTS / "spoof.onnx").stat().st_size < 4_000_000
    card = (WEIGHTS / "spoof.md").read_text(encoding="utf-8")
    assert "MiniFASNet" in card and "Apache-2.0" in card and "seed" in card.lower()


def test_a_portrait_in_a_bezel_before_another_room_is_less_of_a_person(pack: Path, portrait: Pixels) -> None:
    catalogue = open_catalogue(pack)
    reader = SpoofReader(catalogue)
    face = FaceReader(catalogue).faces_in(portrait, 60)[0]
    alone = sum(reader.chances_of_a_person(portrait, face.box))
    x0, y0, x1, y1 = (int(side) for side in face.box)
    cut = portrait[max(y0 - 40, 0) : y1 + 40, max(x0 - 40, 0) : x1 + 40]
    cut = cv2.convertScaleAbs(cut, alpha=0.7, beta=60)
    scene = cv2.resize(cv2.GaussianBlur(portrait, (0, 0), 12), (cut.shape[1] * 3, cut.shape[0] * 3))
    left, top = cut.shape[1], cut.shape[0]
    scene[top : 2 * top, left : 2 * left] = cut
    cv2.rectangle(scene, (left, top), (2 * left, 2 * top), (8, 8, 8), 10)
    box = (left + min(x0, 40.0), top + min(y0, 40.0), left + min(x0, 40.0) + x1 - x0, top + min(y0, 40.0) + y1 - y0)
    assert sum(reader.chances_of_a_person(np.asarray(scene, np.uint8), box)) < alone - 0.5


def test_a_cut_at_the_edge_takes_less_and_invents_nothing() -> None:
    frame = np.zeros((100, 200, 3), np.uint8)
    frame[:, :100] = 255
    for box in ((0.0, 0.0, 40.0, 50.0), (170.0, 60.0, 240.0, 130.0), (-50.0, -50.0, -10.0, -10.0), (90.0, 40.0, 90.0, 40.0)):
        crop = around_face(frame, box, 2.7, 80)
        assert crop.shape == (80, 80, 3)
    assert around_face(frame, (0.0, 0.0, 40.0, 50.0), 1.0, 80).min() == 255
