"""A talking-head puppet made from ONE portrait: it blinks, turns, nods and never stands quite still.

It stands in for a customer in demos, training and tests. It is also, plainly, an attack: a picture of somebody brought to
life passes every blink and turn prompt. Frames drawn here are stamped SIMULATION, the mark travels in the sealed record, and a
production bank refuses it.

How it works: the portrait is enlarged once onto a stage of the frame's size. A depth for every stage point is interpolated
from the face mesh (thin-plate spline; skull, hair and neck from rings around the face oval). A pose moves every stage point as
a solid of that depth would move; the movement is inverted on a coarse grid (row by row, so that the nose hides the far cheek)
and the stage is resampled once. Lids are lowered in the stage itself before that, from pictures drawn beforehand.
"""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from kiosk.actor.lids import Lids
from kiosk.frame import Pixels

Floats = NDArray[np.float32]

FRAME_SIZE: Final = (1280, 720)
MAX_YAW_DEG: Final = 35.0
MAX_PITCH_DEG: Final = 15.0

FACE_OVAL: Final = (
    10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377,
    152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109,
)  # fmt: skip
"""Mesh points along the outline of the face, from the forehead's middle clockwise in the image."""

_GRID_STEP_PX = 5
_YAW_GAIN = 1.25
"""Degrees the stage is turned per degree asked: a picture bent over a smoothed depth reads as less of a turn than a head."""


@dataclass(frozen=True, slots=True)
class Expression:
    """How the puppet holds itself in one frame.

    yaw_deg > 0: towards the subject's own left (image right); pitch_deg > 0: face up; roll_deg > 0: clockwise in the image.
    lids: 0 open to 1 shut, both eyes. shift_px: (right, down) movement of the head in the frame.
    """

    yaw_deg: float = 0.0
    pitch_deg: float = 0.0
    roll_deg: float = 0.0
    lids: float = 0.0
    shift_px: tuple[float, float] = (0.0, 0.0)


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
        self._field = _Field(mesh, frame_size)

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


class _Field:
    """Where each pixel of a posed frame comes from on the stage."""

    def __init__(self, mesh: NDArray[np.float64], frame_size: tuple[int, int]) -> None:
        width, height = frame_size
        oval = mesh[list(FACE_OVAL)]
        self._face_width = float(np.ptp(mesh[:, 0]))
        centre = (mesh[:, :2].min(axis=0) + mesh[:, :2].max(axis=0)) / 2
        reach = 1.35 * self._face_width
        step = _GRID_STEP_PX
        x0 = max(0, int(centre[0] - reach)) // step * step
        x1 = min(width, int(centre[0] + reach) // step * step)
        self.box = (x0, 0, x1, height // step * step)
        self._columns = np.arange(x0 + (step - 1) / 2, x1, step, dtype=np.float32)
        self._rows = np.arange((step - 1) / 2, self.box[3], step, dtype=np.float32)
        self._x, self._y = np.meshgrid(self._columns, self._rows)
        self._follows = _following(self._x, self._y, centre, oval)
        self._height = _height(mesh, oval, centre, self._x, self._y)
        self._pivot = (float(centre[0]), float(centre[1] + 0.35 * self._face_width))

    def sources(self, expression: Expression) -> tuple[Floats, Floats]:
        """Return x and y maps for cv2.remap over `box`, float32 stage pixels."""
        x, y = self._unyawed(expression.yaw_deg)
        nod_x, nod_y = self._unmoved(expression)
        step, (x0, y0, _, _) = _GRID_STEP_PX, self.box
        grid_x, grid_y = (x - x0 + 0.5) / step - 0.5, (y - y0 + 0.5) / step - 0.5
        total_x = x + cv2.remap(nod_x, grid_x, grid_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        total_y = y + cv2.remap(nod_y, grid_x, grid_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        size = (self.box[2] - x0, self.box[3] - y0)
        return (
            np.asarray(cv2.resize(total_x, size, interpolation=cv2.INTER_LINEAR), np.float32),
            np.asarray(cv2.resize(total_y, size, interpolation=cv2.INTER_LINEAR), np.float32),
        )

    def _unyawed(self, yaw_deg: float) -> tuple[Floats, Floats]:
        """Invert the turn row by row: a point that would pass in front of its neighbour hides it."""
        if abs(yaw_deg) < 0.02:
            return self._x, self._y
        yaw = np.radians(_YAW_GAIN * float(np.clip(yaw_deg, -MAX_YAW_DEG, MAX_YAW_DEG)))
        away = (self._x - self._pivot[0]) * (np.cos(yaw) - 1.0) + self._height * np.sin(yaw)
        landed = self._x + self._follows * away
        ahead = slice(None, None, 1 if yaw > 0 else -1)
        overtake = np.maximum if yaw > 0 else np.minimum
        landed = overtake.accumulate(landed[:, ahead], axis=1)[:, ahead]
        # interp wants strictly growing abscissae: a hair's breadth per column keeps hidden points in order
        landed = landed + np.arange(landed.shape[1], dtype=np.float32) * 1e-3
        back = np.stack([np.interp(self._columns, row, self._columns) for row in landed])
        return back.astype(np.float32), self._y

    def _unmoved(self, expression: Expression) -> tuple[Floats, Floats]:
        """Nod, roll and shift are small: a few fixed-point steps invert them. Returns what to add to a place, in pixels."""
        pitch = np.radians(float(np.clip(expression.pitch_deg, -MAX_PITCH_DEG, MAX_PITCH_DEG)))
        roll = np.radians(expression.roll_deg)
        dx, dy = self._x - self._pivot[0], self._y - self._pivot[1]
        move_x = self._follows * (dx * (np.cos(roll) - 1) - dy * np.sin(roll) + expression.shift_px[0])
        move_y = self._follows * (
            dx * np.sin(roll) + dy * (np.cos(roll) + np.cos(pitch) - 2) - self._height * np.sin(pitch) + expression.shift_px[1]
        )
        move_x, move_y = move_x.astype(np.float32), move_y.astype(np.float32)
        back_x, back_y = -move_x, -move_y
        step, (x0, y0, _, _) = _GRID_STEP_PX, self.box
        for _ in range(4):
            grid_x = (self._x + back_x - x0 + 0.5) / step - 0.5
            grid_y = (self._y + back_y - y0 + 0.5) / step - 0.5
            back_x = -cv2.remap(move_x, grid_x, grid_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
            back_y = -cv2.remap(move_y, grid_x, grid_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        return back_x, back_y


def _following(x: Floats, y: Floats, centre: NDArray[np.float64], oval: NDArray[np.float64]) -> Floats:
    """How much each stage point goes with the head, 0..1: all of the face, most of the hair, little of the neck, no background."""
    angles = np.arctan2(oval[:, 1] - centre[1], oval[:, 0] - centre[0])
    radii = np.hypot(oval[:, 0] - centre[0], oval[:, 1] - centre[1])
    order = np.argsort(angles)
    around = np.arctan2(y - centre[1], x - centre[0])
    edge = np.interp(around.ravel(), angles[order], radii[order], period=2 * np.pi).reshape(x.shape)
    beyond = np.hypot(x - centre[0], y - centre[1]) / edge
    down = np.clip(np.sin(around), 0, 1) ** 2
    start = 1.28 - 0.23 * down
    stop = 1.95 - 0.45 * down
    t = np.clip((beyond - start) / (stop - start), 0, 1)
    return np.asarray(1 - t * t * (3 - 2 * t), np.float32)


def _height(mesh: NDArray[np.float64], oval: NDArray[np.float64], centre: NDArray[np.float64], x: Floats, y: Floats) -> Floats:
    """Height above the turning axis in pixels for each grid point, thin-plate spline through mesh and skull rings."""
    width = float(np.ptp(mesh[:, 0]))
    axis_z = float(np.median(oval[:, 2])) + 0.30 * width
    known = np.column_stack([mesh[:, :2], axis_z - mesh[:, 2]])
    rings = [known]
    for grow, height in ((1.30, 0.12), (1.7, 0.0), (2.2, 0.0)):
        ring = centre + (oval[:, :2] - centre) * grow
        rings.append(np.column_stack([ring, np.full(len(ring), height * width)]))
    points = np.vstack(rings)
    coarse_x, coarse_y = x[::2, ::2], y[::2, ::2]
    coarse = _thin_plate(points, coarse_x, coarse_y, width)
    surface = cv2.resize(coarse, (x.shape[1], x.shape[0]), interpolation=cv2.INTER_CUBIC)
    return np.asarray(cv2.GaussianBlur(surface, (0, 0), 0.02 * width / _GRID_STEP_PX), np.float32)


def _thin_plate(points: NDArray[np.float64], x: Floats, y: Floats, scale: float) -> Floats:
    """Interpolate points (n, 3) = (x, y, value) at (x, y); a little smoothing keeps near-coincident points calm."""
    sites = points[:, :2] / scale
    n = len(sites)
    kernel = _bend(np.linalg.norm(sites[:, None] - sites[None], axis=2)) + 1e-4 * np.eye(n)
    plane = np.column_stack([np.ones(n), sites])
    system = np.block([[kernel, plane], [plane.T, np.zeros((3, 3))]])
    weights = np.linalg.solve(system, np.r_[points[:, 2], 0, 0, 0])
    query = np.column_stack([x.ravel(), y.ravel()]) / scale
    distance = np.linalg.norm(query[:, None] - sites[None], axis=2)
    values = _bend(distance) @ weights[:n] + np.column_stack([np.ones(len(query)), query]) @ weights[n:]
    return np.asarray(values.reshape(x.shape), np.float32)


def _bend(r: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(r * r * np.log(np.maximum(r, 1e-9)), np.float64)
