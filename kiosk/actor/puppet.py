"""A talking-head puppet made from ONE portrait: it blinks, turns, nods and never stands quite still.

It stands in for a customer in demos, training and tests. It is also, plainly, an attack: a picture of somebody brought to
life passes every blink and turn prompt. Frames drawn here are stamped SIMULATION, the mark travels in the sealed record, and a
production bank refuses it.

How it works: the portrait is enlarged once onto a stage of the frame's size. A depth for every stage point is interpolated
from the face mesh (thin-plate spline; skull, hair and neck from rings around the face oval). A pose moves every stage point as
a solid of that depth would move; the movement is inverted on a grid (row by row, so that the nose hides the far cheek) and the
stage is resampled once. Lids are lowered in the stage itself before that, from pictures drawn beforehand.
"""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from kiosk.actor.expression import Expression
from kiosk.actor.field import Field, Floats
from kiosk.actor.lids import Lids
from kiosk.frame import Pixels

__all__ = ["FRAME_SIZE", "Expression", "Puppet"]

FRAME_SIZE: Final = (1280, 720)


class Puppet:
    """Draws one person in any expression. Drawing is a pure function of the expression; a frame takes about 7 ms on one core."""

    def __init__(
        self,
        portrait: Pixels,
        landmarks: NDArray[np.floating],
        *,
        frame_size: tuple[int, int] = FRAME_SIZE,
        face_width_px: float = 270.0,
    ) -> None:
        """Prepare the stage; takes about half a second.

        portrait: BGR uint8 with one frontal face. landmarks: (478, 3) mesh points in the portrait's pixels, z negative towards
        the camera. frame_size: (width, height). face_width_px: cheek to cheek on the frame.
        Raises ValueError if the landmarks are not a mesh.
        """
        if landmarks.ndim != 2 or landmarks.shape[0] < 468 or landmarks.shape[1] != 3:
            raise ValueError("landmarks: expected (478, 3)")
        self.frame_size = frame_size
        self._stage, mesh = _enlarge(portrait, landmarks[:468].astype(np.float64), frame_size, face_width_px)
        self.landmarks: Floats = mesh.astype(np.float32)
        self._lids = Lids(self._stage, mesh)
        self._field = Field(mesh, frame_size)

    def draw_ahead(self) -> Pixels:
        """Return the puppet looking ahead with open eyes."""
        return self.draw(Expression())

    def draw(self, expression: Expression) -> Pixels:
        """Return a new picture, shape (height, width, 3)."""
        stage = self._lids.lowered(self._stage, expression.lids)
        x0, y0, x1, y1 = self._field.box
        where_x, where_y = self._field.sources(expression)
        frame = stage.copy()
        cv2.remap(stage, where_x, where_y, cv2.INTER_LINEAR, dst=frame[y0:y1, x0:x1], borderMode=cv2.BORDER_REPLICATE)
        return frame


def _enlarge(
    portrait: Pixels, mesh: NDArray[np.float64], frame_size: tuple[int, int], face_width_px: float
) -> tuple[Pixels, NDArray[np.float64]]:
    """Put the portrait on a frame-sized stage with the face slightly above the middle; returns stage and mesh on it."""
    width, height = frame_size
    low, high = mesh.min(axis=0), mesh.max(axis=0)
    scale = face_width_px / (high[0] - low[0])
    centre = (low[:2] + high[:2]) / 2
    offset = np.array([width * 0.5, height * 0.50]) - centre * scale
    matrix = np.array([[scale, 0.0, offset[0]], [0.0, scale, offset[1]]])
    stage = cv2.warpAffine(portrait, matrix, frame_size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)
    soft = cv2.GaussianBlur(stage, (0, 0), 0.9 * scale)
    stage = cv2.addWeighted(stage, 1.5, soft, -0.5, 0)
    placed = mesh * scale
    placed[:, :2] += offset
    return np.asarray(stage, np.uint8), placed
