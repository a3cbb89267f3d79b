"""What the quality figures say of a face that was spoilt on purpose."""

import cv2
import numpy as np
import pytest

from kiosk.face.observed import FaceSeen
from kiosk.face.quality import FaceQuality, face_quality, mirror_likeness
from kiosk.frame import Pixels
from models.face_reader import FaceReader


@pytest.fixture(scope="module")
def face(faces: FaceReader, astronaut: Pixels) -> FaceSeen:
    return faces.observe(astronaut)[0]


def quality_of(faces: FaceReader, image: Pixels, face: FaceSeen) -> FaceQuality:
    return face_quality(faces.chip_of(image, face), face, (image.shape[1], image.shape[0]))


def test_a_good_portrait_measures_as_one(faces: FaceReader, astronaut: Pixels, face: FaceSeen) -> None:
    quality = quality_of(faces, astronaut, face)
    assert quality.width_px == face.width_px
    assert 80 < quality.brightness < 200
    assert quality.contrast > 20
    assert quality.clipped_share < 0.02
    assert quality.mirror_likeness > 0.5
    assert quality.inside_share == 1.0
    assert quality.off_centre_x == pytest.approx((223 - 256) / 512, abs=0.02)
    assert quality.off_centre_y == pytest.approx((124 - 256) / 512, abs=0.02)


def test_blur_lowers_sharpness(faces: FaceReader, astronaut: Pixels, face: FaceSeen) -> None:
    blurred = np.asarray(cv2.GaussianBlur(astronaut, (0, 0), 4), np.uint8)
    assert quality_of(faces, blurred, face).sharpness < 0.2 * quality_of(faces, astronaut, face).sharpness


def test_darkness_lowers_brightness_and_clips(faces: FaceReader, astronaut: Pixels, face: FaceSeen) -> None:
    dark = (astronaut * 0.02).astype(np.uint8)
    quality = quality_of(faces, dark, face)
    assert quality.brightness < 6
    assert quality.clipped_share > 0.9


def test_a_burnt_out_face_is_clipped(faces: FaceReader, astronaut: Pixels, face: FaceSeen) -> None:
    burnt = np.clip(astronaut.astype(int) * 4, 0, 255).astype(np.uint8)
    assert quality_of(faces, burnt, face).clipped_share > 0.5


def test_a_half_covered_face_is_unlike_its_mirror_image(faces: FaceReader, astronaut: Pixels, face: FaceSeen) -> None:
    covered = astronaut.copy()
    covered[:, int(face.landmarks[4, 0]) :] = 0
    assert quality_of(faces, covered, face).mirror_likeness < quality_of(faces, astronaut, face).mirror_likeness - 0.3


def test_mirror_likeness_is_one_for_symmetry_minus_one_for_its_opposite_and_nothing_for_a_flat_picture() -> None:
    ramp = np.tile(np.arange(10, dtype=np.uint8), (10, 1))
    assert mirror_likeness(np.minimum(ramp, ramp[:, ::-1])) == pytest.approx(1.0)
    assert mirror_likeness(ramp) == pytest.approx(-1.0)
    assert mirror_likeness(np.full((10, 10), 7, np.uint8)) == 0.0


def test_a_face_at_the_edge_is_partly_inside(faces: FaceReader, astronaut: Pixels, face: FaceSeen) -> None:
    middle = round((face.box[0] + face.box[2]) / 2)
    shifted = FaceSeen(
        (face.box[0] - middle, face.box[1], face.box[2] - middle, face.box[3]),
        face.landmarks,
        face.pose,
        face.eyes,
        face.score,
        face.width_px,
    )
    assert quality_of(faces, astronaut, shifted).inside_share == pytest.approx(0.5, abs=0.02)
