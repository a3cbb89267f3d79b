"""Read 478 landmarks from a face: MediaPipe's face mesh with attention.

Which landmarks each output refines: MediaPipe's `face_landmark_with_attention` graph, `TensorsToFaceLandmarks` options
(Apache-2.0). The network's left and right are the picture's.
"""

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from kiosk.face.geometry import Landmarks, cut_square
from kiosk.frame import Pixels
from models.catalogue import Catalogue
from models.face_finder import FoundFace

_MARGIN = 1.5
"""How much larger than the face the cut-out is, as in MediaPipe's own graph."""

# fmt: off
_LIPS = (
    61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 185, 40, 39, 37, 0, 267, 269, 270, 409, 78, 95, 88, 178, 87, 14, 317,
    402, 318, 324, 308, 191, 80, 81, 82, 13, 312, 311, 310, 415, 76, 77, 90, 180, 85, 16, 315, 404, 320, 307, 306, 184, 74,
    73, 72, 11, 302, 303, 304, 408, 62, 96, 89, 179, 86, 15, 316, 403, 319, 325, 292, 183, 42, 41, 38, 12, 268, 271, 272, 407,
)
_PICTURE_LEFT_EYE = (
    33, 7, 163, 144, 145, 153, 154, 155, 133, 246, 161, 160, 159, 158, 157, 173, 130, 25, 110, 24, 23, 22, 26, 112, 243, 247,
    30, 29, 27, 28, 56, 190, 226, 31, 228, 229, 230, 231, 232, 233, 244, 113, 225, 224, 223, 222, 221, 189, 35, 124, 46, 53,
    52, 65, 143, 111, 117, 118, 119, 120, 121, 128, 245, 156, 70, 63, 105, 66, 107, 55, 193,
)
_PICTURE_RIGHT_EYE = (
    263, 249, 390, 373, 374, 380, 381, 382, 362, 466, 388, 387, 386, 385, 384, 398, 359, 255, 339, 254, 253, 252, 256, 341,
    463, 467, 260, 259, 257, 258, 286, 414, 446, 261, 448, 449, 450, 451, 452, 453, 464, 342, 445, 444, 443, 442, 441, 413,
    265, 353, 276, 283, 282, 295, 372, 340, 346, 347, 348, 349, 350, 357, 465, 383, 300, 293, 334, 296, 336, 285, 417,
)
# fmt: on
_EYE_CONTOUR = 16
_OUTER_EYE_CORNERS = (33, 263)


@dataclass(frozen=True, slots=True)
class FaceRegion:
    """A turned square around a face. centre and side in pixels; angle in radians, clockwise in the picture, 0 if level."""

    centre_x: float
    centre_y: float
    side_px: float
    angle_rad: float


@dataclass(frozen=True, slots=True, eq=False)
class MeshReading:
    """landmarks: see kiosk/face/geometry.py; presence: how sure the network is that this is a face, 0..1."""

    landmarks: Landmarks
    presence: float


class FaceMesh:
    def __init__(self, catalogue: Catalogue) -> None:
        self._model = catalogue.session("face_mesh")
        self._side = self._model.entry.inputs[0].shape[1]

    def read(self, image: Pixels, region: FaceRegion) -> MeshReading:
        """Return the landmarks of the face inside a region, in the whole picture's pixels."""
        transform = _transform(region, self._side)
        cut = cv2.cvtColor(cut_square(image, transform, self._side), cv2.COLOR_BGR2RGB)
        mesh, lips, left_eye, right_eye, left_iris, right_iris, flag = self._model.run(cut.astype(np.float32)[None] / 255.0)
        points = np.zeros((478, 3))
        points[:468] = mesh.reshape(468, 3)
        points[list(_LIPS), :2] = lips.reshape(-1, 2)
        points[list(_PICTURE_LEFT_EYE), :2] = left_eye.reshape(-1, 2)
        points[list(_PICTURE_RIGHT_EYE), :2] = right_eye.reshape(-1, 2)
        points[468:473, :2] = left_iris.reshape(-1, 2)
        points[473:478, :2] = right_iris.reshape(-1, 2)
        points[468:473, 2] = points[list(_PICTURE_LEFT_EYE[:_EYE_CONTOUR]), 2].mean()
        points[473:478, 2] = points[list(_PICTURE_RIGHT_EYE[:_EYE_CONTOUR]), 2].mean()
        back = cv2.invertAffineTransform(transform)
        landmarks = np.column_stack([points[:, :2] @ back[:, :2].T + back[:, 2], points[:, 2] * region.side_px / self._side])
        presence = 1.0 / (1.0 + math.exp(-min(max(float(flag.item()), -80.0), 80.0)))
        return MeshReading(landmarks.astype(np.float32), presence)


def region_of_found(face: FoundFace) -> FaceRegion:
    """Return where to read the mesh of a face that the finder found."""
    x0, y0, x1, y1 = face.box
    right_eye, left_eye = face.keypoints[0], face.keypoints[1]
    angle = math.atan2(left_eye[1] - right_eye[1], left_eye[0] - right_eye[0])
    return FaceRegion((x0 + x1) / 2, (y0 + y1) / 2, max(x1 - x0, y1 - y0) * _MARGIN, angle)


def region_of_landmarks(landmarks: Landmarks) -> FaceRegion:
    """Return where to look in the next frame for the face that had these landmarks: their turned bounding box, enlarged."""
    right, left = (landmarks[i, :2].astype(np.float64) for i in _OUTER_EYE_CORNERS)
    angle = math.atan2(left[1] - right[1], left[0] - right[0])
    turn = np.array([[math.cos(angle), math.sin(angle)], [-math.sin(angle), math.cos(angle)]])
    level: NDArray[np.float64] = landmarks[:468, :2].astype(np.float64) @ turn.T
    low, high = level.min(axis=0), level.max(axis=0)
    centre_x, centre_y = (turn.T @ ((low + high) / 2)).tolist()
    return FaceRegion(centre_x, centre_y, float((high - low).max()) * _MARGIN, angle)


def _transform(region: FaceRegion, side: int) -> NDArray[np.float64]:
    """Return the (2, 3) matrix from the picture to the level square of `side` pixels."""
    scale = side / max(region.side_px, 1e-6)
    cosine, sine = math.cos(region.angle_rad) * scale, math.sin(region.angle_rad) * scale
    x, y = region.centre_x, region.centre_y
    return np.array([[cosine, sine, side / 2 - cosine * x - sine * y], [-sine, cosine, side / 2 + sine * x - cosine * y]])
