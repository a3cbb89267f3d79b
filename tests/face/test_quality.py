"""What the quality measures say of a face that was spoilt on purpose, and whom they bother."""

import math

import cv2
import numpy as np
import pytest

from kiosk.face.crops import surround_of
from kiosk.face.observed import FaceSeen
from kiosk.face.quality import BOUNDS, Measure, measures_of, mirror_likeness, notes_on, usability
from kiosk.frame import Pixels
from models.face_reader import FaceReader


@pytest.fixture(scope="module")
def face(faces: FaceReader, astronaut: Pixels) -> FaceSeen:
    return faces.observe(astronaut)[0]


def measured(image: Pixels, face: FaceSeen) -> dict[Measure, float]:
    return measures_of(surround_of(image, face.landmarks), face)


def test_every_measure_has_bounds_with_a_unit() -> None:
    assert set(BOUNDS) == set(Measure)
    assert all(bounds.unit and bounds.least < bounds.most for bounds in BOUNDS.values())


def test_a_good_portrait_gives_no_note_but_for_its_smile_and_crowded_background(astronaut: Pixels, face: FaceSeen) -> None:
    notes = set(notes_on(measured(astronaut, face)))
    assert notes <= {Measure.MOUTH_CLOSED, Measure.BACKGROUND, Measure.HEAD_SIZE}


@pytest.mark.parametrize(
    ("spoil", "noted"),
    [
        (lambda image: cv2.GaussianBlur(image, (0, 0), 5), Measure.SHARPNESS),
        (lambda image: (image * 0.1).astype(np.uint8), Measure.EXPOSURE),
        (lambda image: np.clip(image.astype(int) * 4, 0, 255).astype(np.uint8), Measure.GLARE),
        (lambda image: (128 + (image.astype(float) - 128) * 0.1).astype(np.uint8), Measure.DYNAMIC_RANGE),
    ],
)
def test_what_spoils_a_picture_is_noted(spoil, noted: Measure, astronaut: Pixels, face: FaceSeen) -> None:
    assert noted in notes_on(measured(np.asarray(spoil(astronaut), np.uint8), face))
    assert noted not in notes_on(measured(astronaut, face))


def test_a_half_covered_face_is_uneven(astronaut: Pixels, face: FaceSeen) -> None:
    covered = astronaut.copy()
    covered[:, int(face.landmarks[4, 0]) :] = 0
    assert measured(covered, face)[Measure.EVENNESS] < measured(astronaut, face)[Measure.EVENNESS] - 0.3


def test_a_measure_that_is_no_number_is_noted(astronaut: Pixels, face: FaceSeen) -> None:
    assert notes_on(measured(astronaut, face) | {Measure.YAW: math.nan}).count(Measure.YAW) == 1


def test_a_blurred_picture_is_less_usable(astronaut: Pixels, face: FaceSeen) -> None:
    blurred = np.asarray(cv2.GaussianBlur(astronaut, (0, 0), 4), np.uint8)
    assert usability(measured(blurred, face)) < usability(measured(astronaut, face))


def test_mirror_likeness_is_one_for_symmetry_minus_one_for_its_opposite_and_nothing_for_a_flat_picture() -> None:
    ramp = np.tile(np.arange(10, dtype=np.uint8), (10, 1))
    assert mirror_likeness(np.minimum(ramp, ramp[:, ::-1])) == pytest.approx(1.0)
    assert mirror_likeness(ramp) == pytest.approx(-1.0)
    assert mirror_likeness(np.full((10, 10), 7, np.uint8)) == 0.0
