"""Take the person of the specimen portrait out of the studio and stand them before the plain wall of a branch.

The studio's flag and models are fine in a portrait and odd behind a kiosk's customer. Cut out with GrabCut (Rother, Kolmogorov and
Blake 2004, as OpenCV has it) from an outline that knows where a head is; the suit below the neck is outlined by hand.
"""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from kiosk.frame import Pixels

_SHOULDERS: Final = (
    (-0.26, 0.55), (-0.80, 0.30), (-1.08, 0.46), (-1.19, 0.80), (-1.20, 0.92), (-1.72, 1.33), (-2.2, 2.0),
    (1.6, 2.0), (1.05, 1.33), (0.87, 1.22), (0.75, 0.92), (0.52, 0.66), (0.30, 0.58),
)  # fmt: skip
"""Outline of the suit of the specimen portrait, from the middle of the face, in widths of the face, clockwise from the neck."""
_WALL_BGR: Final = (186.0, 191.0, 196.0)
_ROUNDS: Final = 4


def before_a_wall(portrait: Pixels, landmarks: NDArray[np.floating]) -> Pixels:
    """Return the specimen portrait with a plain wall behind. landmarks: (478, 3) mesh points in its pixels."""
    points = landmarks[:468, :2]
    middle = (points.min(axis=0) + points.max(axis=0)) / 2
    width = float(np.ptp(points[:, 0]))
    person = cv2.GaussianBlur(_cut_out(portrait, middle, width), (0, 0), 0.9).astype(np.float32)[..., None] / 255
    return np.asarray(np.round(portrait * person + _wall(portrait.shape[1], portrait.shape[0]) * (1 - person)), np.uint8)


def _cut_out(portrait: Pixels, middle: NDArray[np.floating], width: float) -> NDArray[np.uint8]:
    """Return 255 where the person is."""
    mask = np.full(portrait.shape[:2], cv2.GC_BGD, np.uint8)

    def oval(across: float, up: float, high: float, value: int) -> None:
        centre = (round(middle[0]), round(middle[1] - up * width))
        cv2.ellipse(mask, centre, (round(across * width), round(high * width)), 0, 0, 360, value, -1)

    oval(1.15, 0.2, 1.25, cv2.GC_PR_BGD)
    oval(0.95, 0.2, 1.10, cv2.GC_PR_FGD)
    oval(0.60, 0.25, 0.72, cv2.GC_FGD)
    suit = np.round(middle + np.array(_SHOULDERS) * width).astype(np.int32)
    cv2.fillPoly(mask, [suit], cv2.GC_FGD)
    if not {cv2.GC_BGD, cv2.GC_FGD} <= set(np.unique(mask).tolist()):
        raise ValueError("the portrait shows too little around the face")
    cv2.setRNGSeed(1)
    colours = np.zeros((1, 65)), np.zeros((1, 65))
    cv2.grabCut(portrait, mask, (0, 0, 1, 1), *colours, _ROUNDS, cv2.GC_INIT_WITH_MASK)
    person = np.where((mask == cv2.GC_FGD) | (mask == cv2.GC_PR_FGD), 255, 0).astype(np.uint8)
    _, labels, measures, _ = cv2.connectedComponentsWithStats(person)
    largest = 1 + int(np.argmax(measures[1:, cv2.CC_STAT_AREA]))
    return np.where(labels == largest, 255, 0).astype(np.uint8)


def _wall(width: int, height: int) -> NDArray[np.float32]:
    """Draw a wall lit from the upper left."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    light = 1.06 - 0.18 * np.hypot(x / width - 0.35, y / width - 0.1)
    return np.asarray(light[..., None] * np.array(_WALL_BGR, np.float32), np.float32)
