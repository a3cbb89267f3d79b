"""Where each pixel of a posed head comes from on the stage: a picture bent over a depth, turned, nodded, and turned back.

A turn is inverted row by row on a grid fine enough for the outline of a cheek; nod, tilt and shift are small and smooth, so a
coarser grid and a few fixed-point steps do.
"""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from kiosk.actor.expression import Expression

Floats = NDArray[np.float32]

MAX_YAW_DEG: Final = 35.0
MAX_PITCH_DEG: Final = 15.0

FACE_OVAL: Final = (
    10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377,
    152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109,
)  # fmt: skip
"""Mesh points along the outline of the face, from the forehead's middle clockwise in the image."""

_YAW_GAIN: Final = 1.25
"""Degrees the stage is turned per degree asked: a picture bent over a smoothed depth reads as less of a turn than a head."""
_FINE_PX: Final = 3
_COARSE_PX: Final = 5


class _Grid:
    """Points every `step` pixels over a box (x0, y0, x1, y1) whose sides are multiples of the step."""

    def __init__(self, box: tuple[int, int, int, int], step: int) -> None:
        self.step = step
        self.x0, self.y0, x1, y1 = box
        self.columns = np.arange(self.x0 + (step - 1) / 2, x1, step, dtype=np.float32)
        rows = np.arange(self.y0 + (step - 1) / 2, y1, step, dtype=np.float32)
        self.x, self.y = np.meshgrid(self.columns, rows)

    def look_up(self, values: Floats, x: Floats, y: Floats) -> Floats:
        """Interpolate values known on this grid at any places, given in pixels."""
        column, row = (x - self.x0 + 0.5) / self.step - 0.5, (y - self.y0 + 0.5) / self.step - 0.5
        return np.asarray(cv2.remap(values, column, row, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), np.float32)


class Field:
    """box: the part of the frame where anything may move, (x0, y0, x1, y1) pixels."""

    def __init__(self, mesh: NDArray[np.float64], frame_size: tuple[int, int]) -> None:
        """mesh: (468, 3) landmarks on the stage."""
        width, height = frame_size
        oval = mesh[list(FACE_OVAL)]
        face_width = float(np.ptp(mesh[:, 0]))
        centre = (mesh[:, :2].min(axis=0) + mesh[:, :2].max(axis=0)) / 2
        reach = 1.35 * face_width
        unit = _FINE_PX * _COARSE_PX
        x0, x1 = max(0, int(centre[0] - reach)) // unit * unit, min(width, int(centre[0] + reach)) // unit * unit
        self.box = (x0, 0, x1, height // unit * unit)
        self._pivot = (float(centre[0]), float(centre[1] + 0.35 * face_width))
        self._coarse, self._fine = _Grid(self.box, _COARSE_PX), _Grid(self.box, _FINE_PX)
        self._follows = _following(self._coarse.x, self._coarse.y, centre, oval)
        self._height = _height(mesh, oval, centre, self._coarse)
        fine = self._fine
        self._fine_follows = _following(fine.x, fine.y, centre, oval)
        self._fine_height = self._coarse.look_up(self._height, fine.x, fine.y)

    def sources(self, expression: Expression) -> tuple[Floats, Floats]:
        """Return x and y maps for cv2.remap over `box`, float32 stage pixels."""
        still = abs(expression.yaw_deg) < 0.02
        grid = self._coarse if still else self._fine
        x = grid.x if still else self._unyawed(expression.yaw_deg)
        moved_x, moved_y = self._unmoved(expression)
        if not still:
            moved_x, moved_y = self._coarse.look_up(moved_x, x, grid.y), self._coarse.look_up(moved_y, x, grid.y)
        size = (self.box[2] - self.box[0], self.box[3] - self.box[1])
        return (
            np.asarray(cv2.resize(x + moved_x, size, interpolation=cv2.INTER_LINEAR), np.float32),
            np.asarray(cv2.resize(grid.y + moved_y, size, interpolation=cv2.INTER_LINEAR), np.float32),
        )

    def _unyawed(self, yaw_deg: float) -> Floats:
        """Return where on the stage each fine grid point of a turned head lies: a point that would pass another hides it."""
        yaw = np.radians(_YAW_GAIN * float(np.clip(yaw_deg, -MAX_YAW_DEG, MAX_YAW_DEG)))
        columns, x = self._fine.columns, self._fine.x
        away = (x - np.float32(self._pivot[0])) * np.float32(np.cos(yaw) - 1.0) + self._fine_height * np.float32(np.sin(yaw))
        landed = x + self._fine_follows * away
        ahead = slice(None, None, 1 if yaw > 0 else -1)
        overtake = np.maximum if yaw > 0 else np.minimum
        landed = overtake.accumulate(landed[:, ahead], axis=1)[:, ahead]
        # interp wants strictly growing abscissae: a hair's breadth per column keeps hidden points in order
        landed = landed + np.arange(landed.shape[1], dtype=np.float32) * 1e-3
        return np.stack([np.interp(columns, row, columns) for row in landed]).astype(np.float32)

    def _unmoved(self, expression: Expression) -> tuple[Floats, Floats]:
        """Return what to add to each coarse grid point to undo nod, tilt and shift, in pixels."""
        grid = self._coarse
        pitch = np.radians(float(np.clip(expression.pitch_deg, -MAX_PITCH_DEG, MAX_PITCH_DEG)))
        roll = np.radians(expression.roll_deg)
        dx, dy = grid.x - self._pivot[0], grid.y - self._pivot[1]
        right, down = expression.shift_px
        move_x = self._follows * (dx * (np.cos(roll) - 1) - dy * np.sin(roll) + right)
        nod = dy * (np.cos(pitch) - 1) - self._height * np.sin(pitch)
        move_y = self._follows * (dx * np.sin(roll) + dy * (np.cos(roll) - 1) + nod + down)
        move_x, move_y = np.asarray(move_x, np.float32), np.asarray(move_y, np.float32)
        back_x, back_y = -move_x, -move_y
        for _ in range(4):
            x, y = grid.x + back_x, grid.y + back_y
            back_x, back_y = -grid.look_up(move_x, x, y), -grid.look_up(move_y, x, y)
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


def _height(mesh: NDArray[np.float64], oval: NDArray[np.float64], centre: NDArray[np.float64], grid: _Grid) -> Floats:
    """Height above the turning axis in pixels for each grid point, thin-plate spline through mesh and skull rings."""
    width = float(np.ptp(mesh[:, 0]))
    axis_z = float(np.median(oval[:, 2])) + 0.30 * width
    known = np.column_stack([mesh[:, :2], axis_z - mesh[:, 2]])
    rings = [known]
    for grow, height in ((1.30, 0.12), (1.7, 0.0), (2.2, 0.0)):
        ring = centre + (oval[:, :2] - centre) * grow
        rings.append(np.column_stack([ring, np.full(len(ring), height * width)]))
    points = np.vstack(rings)
    coarse = _thin_plate(points, grid.x[::2, ::2], grid.y[::2, ::2], width)
    surface = cv2.resize(coarse, (grid.x.shape[1], grid.x.shape[0]), interpolation=cv2.INTER_CUBIC)
    return np.asarray(cv2.GaussianBlur(surface, (0, 0), 0.02 * width / grid.step), np.float32)


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
