"""Face measures against heads and eyes whose truth we set ourselves."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from kiosk.face import geometry
from kiosk.face.geometry import (
    RIGID_INDICES,
    bounding_box,
    cut_square,
    eye_openness,
    face_width_px,
    head_pose,
    similarity_transform,
)

SIZE = (1280, 720)
FOCAL_PX = 360 / np.tan(np.radians(31.5))


def rotation(yaw_deg: float, pitch_deg: float, roll_deg: float) -> NDArray[np.float64]:
    """Return the head's rotation in camera axes (x right, y down, z away); signs as in HeadPose."""
    yaw, pitch, roll = np.radians([-yaw_deg, pitch_deg, roll_deg])
    about_y = np.array([[np.cos(yaw), 0, np.sin(yaw)], [0, 1, 0], [-np.sin(yaw), 0, np.cos(yaw)]])
    about_x = np.array([[1, 0, 0], [0, np.cos(-pitch), -np.sin(-pitch)], [0, np.sin(-pitch), np.cos(-pitch)]])
    about_z = np.array([[np.cos(roll), -np.sin(roll), 0], [np.sin(roll), np.cos(roll), 0], [0, 0, 1]])
    return np.asarray(about_y @ about_x @ about_z, np.float64)


def head(turn: NDArray[np.float64], place: tuple[float, float, float] = (0, 0, 60)) -> NDArray[np.float32]:
    """Return landmarks of the rigid face, projected by the camera that `head_pose` assumes; place in centimetres."""
    points = geometry._RIGID_POINTS @ turn.T + np.array(place)
    landmarks = np.zeros((478, 3), np.float32)
    landmarks[RIGID_INDICES, 0] = points[:, 0] / points[:, 2] * FOCAL_PX + SIZE[0] / 2
    landmarks[RIGID_INDICES, 1] = points[:, 1] / points[:, 2] * FOCAL_PX + SIZE[1] / 2
    return landmarks


@pytest.mark.parametrize(
    ("yaw", "pitch", "roll"), [(0, 0, 0), (25, 0, 0), (-25, 0, 0), (0, 15, 0), (0, -15, 0), (0, 0, 20), (40, 0, 0), (-12, 9, -7)]
)
def test_a_projected_heads_pose_is_read_back(yaw: float, pitch: float, roll: float) -> None:
    pose = head_pose(head(rotation(yaw, pitch, roll)), SIZE)
    assert pose.yaw_deg == pytest.approx(yaw, abs=0.5)
    assert pose.pitch_deg == pytest.approx(pitch, abs=0.5)
    if pitch == 0 or yaw == 0:
        assert pose.roll_deg == pytest.approx(roll, abs=0.5)


@pytest.mark.parametrize("place", [(20.0, 0.0, 60.0), (-20.0, 0.0, 60.0), (0.0, 12.0, 45.0), (15.0, -10.0, 80.0)])
def test_a_face_off_centre_that_looks_at_the_camera_reads_zero(place: tuple[float, float, float]) -> None:
    towards = geometry._rotation_from_axis(np.array(place))
    pose = head_pose(head(towards, place), SIZE)
    assert abs(pose.yaw_deg) < 0.5
    assert abs(pose.pitch_deg) < 0.5
    assert abs(pose.roll_deg) < 0.5


def test_turning_to_the_subjects_left_is_positive() -> None:
    # Unmirrored, the subject's left is right in the picture: the nose moves right of the eyes' middle.
    landmarks = head(rotation(20, 0, 0))
    assert landmarks[4, 0] > (landmarks[33, 0] + landmarks[263, 0]) / 2
    assert head_pose(landmarks, SIZE).yaw_deg > 15


def eye_landmarks(openness: float, turn_deg: float = 0.0) -> NDArray[np.float32]:
    """Return landmarks of two eyes 30 px wide and `openness` times as high, on a face turned by an angle."""
    landmarks = np.zeros((478, 3), np.float32)
    shape = np.array([[0, 0, 0], [10, -1, 0], [20, -1, 0], [30, 0, 0], [20, 1, 0], [10, 1, 0]], np.float64)
    shape[:, 1] *= 15.0 * openness
    angle = np.radians(turn_deg)
    shape[:, 2] = shape[:, 0] * np.sin(angle)
    shape[:, 0] *= np.cos(angle)
    for eye, x in ((geometry._RIGHT_EYE, 100), (geometry._LEFT_EYE, 200)):
        landmarks[list(eye)] = shape + np.array([x, 100, 0])
    return landmarks


@pytest.mark.parametrize("openness", [0.0, 0.1, 0.3])
@pytest.mark.parametrize("turn", [0.0, 30.0, -40.0])
def test_openness_is_height_over_width_and_no_turn_changes_it(openness: float, turn: float) -> None:
    eyes = eye_openness(eye_landmarks(openness, turn))
    assert eyes.right == pytest.approx(openness, abs=1e-4)
    assert eyes.left == pytest.approx(openness, abs=1e-4)


def test_each_eye_is_read_on_its_own() -> None:
    landmarks = eye_landmarks(0.3)
    landmarks[list(geometry._LEFT_EYE), 1] = 100
    eyes = eye_openness(landmarks)
    assert eyes.right == pytest.approx(0.3, abs=1e-4)
    assert eyes.left == 0.0


def test_eyes_without_width_are_refused() -> None:
    with pytest.raises(ValueError, match="coincide"):
        eye_openness(np.zeros((478, 3), np.float32))


def test_the_width_from_cheek_to_cheek_survives_a_turn() -> None:
    landmarks = np.zeros((478, 3), np.float32)
    landmarks[234], landmarks[454] = (100, 50, 0), (100 + 80 * np.cos(0.6), 50, 80 * np.sin(0.6))
    assert face_width_px(landmarks) == pytest.approx(80, abs=1e-3)


def test_the_box_holds_every_landmark() -> None:
    landmarks = np.zeros((478, 3), np.float32)
    landmarks[:, 0], landmarks[:, 1] = np.linspace(-3, 90, 478), np.linspace(70, 20, 478)
    assert bounding_box(landmarks) == (-3.0, 20.0, 90.0, 70.0)


@given(
    st.floats(0.05, 20),
    st.floats(-np.pi, np.pi),
    st.floats(-500, 500),
    st.floats(-500, 500),
)
def test_a_similarity_is_found_again(scale: float, angle: float, x: float, y: float) -> None:
    truth = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    source = np.array([[0, 0], [10, 0], [3, 8], [7, -2.5]])
    found = similarity_transform(source, source @ truth.T + [x, y])
    assert found == pytest.approx(np.column_stack([truth, [x, y]]), abs=1e-6)


def test_a_similarity_never_mirrors() -> None:
    source = np.array([[0, 0], [10, 0], [10, 10.0]])
    found = similarity_transform(source, source * [-1, 1])
    assert np.linalg.det(found[:, :2]) > 0


def test_points_that_coincide_have_no_similarity() -> None:
    with pytest.raises(ValueError, match="coincide"):
        similarity_transform(np.ones((3, 2)), np.ones((3, 2)))


def test_a_cut_at_the_same_scale_is_the_picture_itself() -> None:
    picture = np.random.default_rng(1).integers(0, 256, (90, 120, 3)).astype(np.uint8)
    cut = cut_square(picture, np.array([[1, 0, -20], [0, 1, -10.0]]), 64)
    assert cut.tolist() == picture[10:74, 20:84].tolist()


def test_what_lies_outside_the_picture_is_black() -> None:
    cut = cut_square(np.full((40, 40, 3), 200, np.uint8), np.array([[1, 0, 32], [0, 1, 0.0]]), 64)
    assert cut[:40, :31].max() == 0
    assert cut[:39, 33:].min() == 200


def test_fine_stripes_turn_gray_and_not_into_coarse_stripes_when_shrunk() -> None:
    stripes = np.zeros((640, 640, 3), np.uint8)
    stripes[:, ::2] = 255
    cut = cut_square(stripes, np.array([[0.1, 0, 0], [0, 0.1, 0.0]]), 64)
    assert cut[4:-4, 4:-4].std() < 3
    assert cut[4:-4, 4:-4].mean() == pytest.approx(127.5, abs=3)


@pytest.mark.parametrize("scale", [1.0, 0.6, 0.35, 0.21])
def test_a_dot_lands_where_the_transform_says_at_any_scale(scale: float) -> None:
    picture = np.zeros((600, 600, 3), np.uint8)
    cv2.circle(picture, (300, 240), round(6 / scale), (255, 255, 255), -1, cv2.LINE_AA)
    transform = np.array([[scale, 0, 60 - 300 * scale], [0, scale, 50 - 240 * scale]])
    moments = cv2.moments(cut_square(picture, transform, 128)[:, :, 0])
    centre = (moments["m10"] / moments["m00"], moments["m01"] / moments["m00"])
    assert centre == pytest.approx((60, 50), abs=0.3)


def test_a_cut_wholly_outside_is_black_and_no_trouble() -> None:
    assert cut_square(np.full((40, 40, 3), 200, np.uint8), np.array([[0.1, 0, 900], [0, 0.1, 900.0]]), 64).max() == 0
