"""Measures on face landmarks: how open the eyes are, where the head points, and how to cut a face out level.

Landmarks are MediaPipe's 478: (478, 3) float32, x and y in pixels (x right, y down), z in the same unit, smaller is nearer.
The first 468 are the mesh, then five per iris. "Right" and "left" are the subject's own, in an unmirrored picture.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from kiosk.face.observed import EyeOpenness, HeadPose
from kiosk.frame import Pixels

Landmarks = NDArray[np.float32]
Matrix = NDArray[np.float64]

VERTICAL_FIELD_OF_VIEW_DEG = 63.0
"""MediaPipe's assumed camera when none is known. An error here changes a pose by a few percent, not its sign."""

# Outer corner, two upper-lid points, inner corner, two lower-lid points.
_RIGHT_EYE = (33, 160, 158, 133, 153, 144)
_LEFT_EYE = (263, 387, 385, 362, 380, 373)
_RIGHT_CHEEK, _LEFT_CHEEK = 234, 454

# MediaPipe's canonical face (Apache-2.0, geometry_pipeline_metadata_landmarks), centimetres: x to the subject's left, y up,
# z to the front. Only points that do not move when the face speaks, blinks or frowns.
_MIDDLE_POINTS = {
    4: (0.0, -0.463170, 7.586580),
    5: (0.0, 0.365669, 7.242870),
    6: (0.0, 2.473255, 5.788627),
    8: (0.0, 4.019042, 5.284764),
    9: (0.0, 4.885979, 5.385258),
    10: (0.0, 8.261778, 4.481535),
    1: (0.0, -1.126865, 7.475604),
    2: (0.0, -2.089024, 6.058267),
    19: (0.0, -1.501095, 7.112196),
}
_PAIRED_POINTS = {
    (33, 263): (-4.445859, 2.663991, 3.173422),
    (21, 251): (-7.087960, 5.434801, 0.099620),
    (54, 284): (-6.279331, 6.615427, 1.425850),
    (67, 297): (-3.523964, 8.005976, 3.729163),
    (36, 266): (-2.844939, -0.720868, 4.433130),
    (47, 277): (-1.718698, 0.974609, 4.558359),
    (48, 278): (-1.608635, -0.942516, 5.814193),
    (50, 280): (-4.765501, -0.701554, 3.534632),
    (34, 264): (-7.214530, 2.263009, 0.073150),
    (58, 288): (-6.719682, -4.788645, -1.745401),
    (68, 298): (-5.599763, 5.715470, 2.724259),
    (71, 301): (-6.374393, 4.785590, 1.591691),
}


def _rigid_face() -> tuple[NDArray[np.intp], Matrix]:
    """Return (indices, points) of the rigid face, in the camera's axes: x right, y down, z away."""
    indices = list(_MIDDLE_POINTS)
    points = list(_MIDDLE_POINTS.values())
    for (right, left), (x, y, z) in _PAIRED_POINTS.items():
        indices += [right, left]
        points += [(x, y, z), (-x, y, z)]
    return np.array(indices), np.array(points) * [1.0, -1.0, -1.0]


RIGID_INDICES, _RIGID_POINTS = _rigid_face()
"""Landmarks that keep their place on the skull; also the ones to ask whether a head is solid."""


def eye_openness(landmarks: Landmarks) -> EyeOpenness:
    """Return how open each eye is: lid distance over eye width.

    The width is measured in three dimensions, so that turning the head does not open the eyes; the lids in the picture only,
    where the mesh refines them. Raises ValueError if an eye's corners coincide.
    Source of the measure: Soukupova and Cech 2016, equation 1.
    """
    return EyeOpenness(right=_openness(landmarks, _RIGHT_EYE), left=_openness(landmarks, _LEFT_EYE))


def _openness(landmarks: Landmarks, eye: tuple[int, ...]) -> float:
    outer, upper_outer, upper_inner, inner, lower_inner, lower_outer = landmarks[list(eye)].astype(np.float64)
    width = float(np.linalg.norm(outer - inner))
    if width == 0.0:
        raise ValueError("the corners of an eye coincide")
    lids = np.linalg.norm((upper_outer - lower_outer)[:2]) + np.linalg.norm((upper_inner - lower_inner)[:2])
    return float(lids) / (2.0 * width)


def face_width_px(landmarks: Landmarks) -> float:
    """Return the distance from cheek to cheek in pixels; turning the head hardly changes it."""
    return float(np.linalg.norm(landmarks[_RIGHT_CHEEK] - landmarks[_LEFT_CHEEK]))


def bounding_box(landmarks: Landmarks) -> tuple[float, float, float, float]:
    """Return (x0, y0, x1, y1) around all landmarks, in pixels; may reach outside the picture."""
    x0, y0 = landmarks[:, :2].min(axis=0).tolist()
    x1, y1 = landmarks[:, :2].max(axis=0).tolist()
    return x0, y0, x1, y1


def head_pose(
    landmarks: Landmarks, frame_size: tuple[int, int], vertical_field_of_view_deg: float = VERTICAL_FIELD_OF_VIEW_DEG
) -> HeadPose:
    """Return where the head points, 0 when it looks at the camera wherever it stands in the picture.

    frame_size: (width, height) pixels. The rigid points are fitted to MediaPipe's canonical face by perspective-n-point, then
    the direction in which the camera sees the head is taken out. Understates turns beyond about 45 degrees.
    """
    width, height = frame_size
    focal_px = height / 2 / np.tan(np.radians(vertical_field_of_view_deg) / 2)
    camera = np.array([[focal_px, 0, width / 2], [0, focal_px, height / 2], [0, 0, 1.0]])
    picture_points = np.ascontiguousarray(landmarks[RIGID_INDICES, :2], np.float64)
    _, turn, place = cv2.solvePnP(_RIGID_POINTS, picture_points, camera, None, flags=cv2.SOLVEPNP_SQPNP)
    turn, place = cv2.solvePnPRefineLM(_RIGID_POINTS, picture_points, camera, None, turn, place)
    rotation = _rotation_from_axis(np.asarray(place, np.float64).ravel()).T @ cv2.Rodrigues(turn)[0]
    ahead = rotation @ np.array([0.0, 0.0, -1.0])
    return HeadPose(
        yaw_deg=float(np.degrees(np.arctan2(ahead[0], -ahead[2]))),
        pitch_deg=float(np.degrees(np.arcsin(np.clip(-ahead[1], -1.0, 1.0)))),
        roll_deg=float(np.degrees(np.arctan2(rotation[1, 0], rotation[0, 0]))),
    )


def _rotation_from_axis(direction: Matrix) -> Matrix:
    """Return the smallest rotation that takes the camera's axis (0, 0, 1) to a direction in front of the camera."""
    direction = direction / np.linalg.norm(direction)
    x, y, z = direction.tolist()
    cross = np.array([[0, 0, x], [0, 0, y], [-x, -y, 0]])
    rotation: Matrix = np.eye(3) + cross + cross @ cross / (1.0 + z)
    return rotation


def similarity_transform(source: NDArray[np.floating], target: NDArray[np.floating]) -> Matrix:
    """Return the (2, 3) matrix of the turn, scale and shift that best takes source to target in the least-squares sense.

    source, target: (n, 2), n at least 2. Never mirrors. Raises ValueError if all source points coincide.
    Source: Umeyama 1991, for the plane.
    """
    source_mean, target_mean = source.mean(axis=0, dtype=np.float64), target.mean(axis=0, dtype=np.float64)
    a, b = source - source_mean, target - target_mean
    spread = float((a * a).sum())
    if spread == 0.0:
        raise ValueError("all points coincide")
    cosine = float((a * b).sum()) / spread
    sine = float((a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]).sum()) / spread
    linear = np.array([[cosine, -sine], [sine, cosine]])
    return np.hstack([linear, (target_mean - linear @ source_mean)[:, None]])


def cut_square(image: Pixels, transform: Matrix, side_px: int) -> Pixels:
    """Return a (side_px, side_px, 3) picture cut out along a similarity transform from image to square; black outside.

    Where the square is less than half as fine as the image, the image is first shrunk by averaging, so that no detail turns
    into false pattern (the models were trained on pictures shrunk well).
    """
    shrink = int(1.0 / max(float(np.hypot(transform[0, 0], transform[1, 0])), 1e-6))
    if shrink >= 2:
        image, transform = _shrunk(image, transform, side_px, shrink)
    square = cv2.warpAffine(image, transform, (side_px, side_px), flags=cv2.INTER_LINEAR)
    return np.asarray(square, np.uint8)


def _shrunk(image: Pixels, transform: Matrix, side_px: int, shrink: int) -> tuple[Pixels, Matrix]:
    """Return the part of the image that the square needs, `shrink` times smaller, and the transform from there."""
    corners = np.array([[0, 0, 1], [side_px, 0, 1], [side_px, side_px, 1], [0, side_px, 1.0]])
    corners = corners @ cv2.invertAffineTransform(transform).T
    height, width = image.shape[:2]
    x0, y0 = np.maximum(np.floor(corners.min(axis=0)).astype(int) - shrink, 0).tolist()
    x1, y1 = np.minimum(np.ceil(corners.max(axis=0)).astype(int) + shrink, (width, height)).tolist()
    columns, rows = (x1 - x0) // shrink, (y1 - y0) // shrink
    if columns < 1 or rows < 1:
        return image, transform
    part = image[y0 : y0 + rows * shrink, x0 : x0 + columns * shrink]
    smaller = np.asarray(cv2.resize(part, (columns, rows), interpolation=cv2.INTER_AREA), np.uint8)
    # Pixel centres: small pixel i covers large pixels x0 + shrink i to x0 + shrink i + shrink - 1.
    origin = np.array([x0, y0]) + (shrink - 1) / 2
    shift = transform[:, :2] @ origin + transform[:, 2]
    return smaller, np.column_stack([transform[:, :2] * shrink, shift])
