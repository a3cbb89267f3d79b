"""The face lands in the print's fixed place."""

import cv2
import numpy as np
import pytest

from kiosk.face import alignment
from kiosk.face.alignment import aligned_chip, chip_transform, mirrored
from kiosk.face.geometry import Landmarks
from kiosk.frame import Pixels
from models.face_reader import FaceReader

# dlib's five points of its mean face, with its margin of a quarter on each side, as a share of the chip (dlib, get_face_chip_details).
DLIB_POINTS = {33: (0.2471, 0.3092), 133: (0.3894, 0.3194), 362: (0.5974, 0.3193), 263: (0.7397, 0.3090), 2: (0.4934, 0.5852)}


def landmarks_at(angle_deg: float, scale: float, x: float, y: float) -> Landmarks:
    """Return the template's own points, turned, scaled and shifted."""
    landmarks = np.zeros((478, 3), np.float32)
    angle = np.radians(angle_deg)
    turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    landmarks[alignment._INDICES, :2] = alignment._PLACES @ turn.T + [x, y]
    return landmarks


def test_the_template_lies_on_dlibs_points_within_two_hundredths_of_the_chip() -> None:
    for index, place in DLIB_POINTS.items():
        assert alignment._TEMPLATE[index] == pytest.approx(place, abs=0.02)


def test_the_template_is_symmetric() -> None:
    places = np.array(list(alignment._TEMPLATE.values()))
    mirrored_places = np.column_stack([2 * 0.494 - places[:, 0], places[:, 1]])
    distances = np.linalg.norm(places[:, None] - mirrored_places[None], axis=2).min(axis=1)
    assert distances.max() < 0.001


@pytest.mark.parametrize(("angle", "scale"), [(0, 150), (35, 80), (-90, 400), (180, 33)])
@pytest.mark.parametrize("side", [150, 112])
def test_however_a_face_lies_its_points_come_to_the_template(angle: float, scale: float, side: int) -> None:
    landmarks = landmarks_at(angle, scale, 200, 300)
    transform = chip_transform(landmarks, side)
    placed = landmarks[alignment._INDICES, :2] @ transform[:, :2].T + transform[:, 2]
    assert placed == pytest.approx(alignment._PLACES * side, abs=0.01)


def test_a_tilted_portrait_gives_the_same_chip(faces: FaceReader, astronaut: Pixels) -> None:
    tilt = cv2.getRotationMatrix2D((223, 132), 17, 1.0)
    tilted = np.asarray(cv2.warpAffine(astronaut, tilt, (512, 512), flags=cv2.INTER_CUBIC), np.uint8)
    level, straightened = (
        aligned_chip(image, faces.observe(image)[0].landmarks, 150).astype(float)[30:120, 30:120] for image in (astronaut, tilted)
    )
    assert np.corrcoef(level.ravel(), straightened.ravel())[0, 1] > 0.98


def test_mirroring_twice_is_nothing() -> None:
    chip = np.random.default_rng(2).integers(0, 256, (8, 8, 3)).astype(np.uint8)
    assert mirrored(chip)[:, 0].tolist() == chip[:, -1].tolist()
    assert mirrored(mirrored(chip)).tolist() == chip.tolist()
