"""Which parts of a face are shown to the networks that make prints, and how they are cut.

A face is first cut out of its picture once, level and with room around it (the *surround*). Everything else is cut from the surround:
the crops that are averaged into one print, and the regions that tell the person at the desk where two faces agree. So a look at a face
can be kept in 280 x 280 pixels and be printed later, by any installed print.

The crops were chosen greedily among 42 (scales, turns, shifts, stretch, gamma, blur, gray) on the LFW people open to us, by the false
non-match rate at 1e-3 and 1e-4: docs/evidence/faces.md has the table, with what was tried and lost.
"""

from dataclasses import dataclass
from enum import StrEnum

import cv2
import numpy as np
from numpy.typing import NDArray

from kiosk.face.alignment import chip_transform
from kiosk.face.geometry import Landmarks, Matrix, cut_square, similarity_transform
from kiosk.frame import Pixels

SURROUND_SHARE = 1.5
"""The surround's side over the chip's: a crop of 1.1 turned by 12 degrees needs 1.3, ArcFace's frame turned likewise 1.45."""
SURROUND_SIDE_PX = 280


class Template(StrEnum):
    """Where a network expects the face. DLIB: dlib's chip; ARCFACE: the five points of InsightFace's 112 x 112 frame."""

    DLIB = "dlib"
    ARCFACE = "arcface"


@dataclass(frozen=True, slots=True)
class Crop:
    """scale: side over the template's; right, down: shift of the centre as a share of the template's side; turn_deg: clockwise;
    gamma: exponent on the pixel values as shares of 255."""

    name: str
    scale: float = 1.0
    right: float = 0.0
    down: float = 0.0
    turn_deg: float = 0.0
    gamma: float = 1.0


PRINT_CROPS = (
    Crop("tight", scale=0.92),
    Crop("plain"),
    Crop("turned-right", scale=1.1, turn_deg=12.0),
    Crop("turned-left", scale=1.1, turn_deg=-12.0),
    Crop("lower", down=0.06),
    Crop("higher", down=-0.06),
    Crop("wide", scale=1.07),
    Crop("darker", scale=0.95, gamma=1.45),
)
"""Each also mirrored: sixteen passes of the network a face."""


class Region(StrEnum):
    """A part of the face that is compared by itself. LEFT and RIGHT are the subject's own."""

    UPPER = "upper"
    LOWER = "lower"
    MIDDLE = "middle"
    RIGHT = "right"
    LEFT = "left"


REGION_PLACES: dict[Region, tuple[float, float, float, float]] = {
    Region.UPPER: (0.0, 0.0, 1.0, 0.47),
    Region.LOWER: (0.0, 0.45, 1.0, 1.0),
    Region.MIDDLE: (0.25, 0.2, 0.75, 0.75),
    Region.RIGHT: (0.0, 0.0, 0.5, 1.0),
    Region.LEFT: (0.5, 0.0, 1.0, 1.0),
}
"""x0, y0, x1, y1 as shares of a chip cut at scale 0.95; outside it the chip is blurred away, because a network that was trained on whole
faces makes nothing of an eye alone (cut out and enlarged, seven of ten pairs of one person were missed at a false match rate of 1e-2)."""
_REGION_CROP = Crop("region", scale=0.95)
_EDGE_SHARE, _BLUR_SHARE = 5 / 150, 14 / 150

# Mean places of eye centres, nose tip and mouth corners in dlib's chip (`alignment.py`), and InsightFace's `arcface_dst` over 112.
_DLIB_FIVE = np.array([[0.3180, 0.3107], [0.6700, 0.3107], [0.4940, 0.5059], [0.3418, 0.6947], [0.6462, 0.6947]])
_ARCFACE_FIVE = np.array([[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655], [70.7299, 92.2041]]) / 112.0


def surround_of(image: Pixels, landmarks: Landmarks) -> Pixels:
    """Return the face with room around it, SURROUND_SIDE_PX square, level, in the middle; black where the picture ends."""
    return cut_square(image, _surround_from_chip(SURROUND_SIDE_PX) @ _homogeneous(chip_transform(landmarks, 1)), SURROUND_SIDE_PX)


def surround_of_chip(chip: Pixels) -> Pixels:
    """Return a surround made of a bare chip (what was kept before surrounds were): black outside it."""
    side = chip.shape[0]
    return cut_square(chip, _surround_from_chip(SURROUND_SIDE_PX) @ _homogeneous(_scaled(1.0 / side)), SURROUND_SIDE_PX)


def chip_of_surround(surround: Pixels) -> Pixels:
    """Return the face as a chip shows it, at the surround's own fineness."""
    side = surround.shape[0]
    start = round(side * (1 - 1 / SURROUND_SHARE) / 2)
    return surround[start : side - start, start : side - start].copy()


def print_crop(surround: Pixels, crop: Crop, template: Template, side_px: int) -> Pixels:
    """Return one crop of a surround, (side_px, side_px, 3) BGR, as the network of that template wants it."""
    square = cut_square(surround, _crop_matrix(crop, template, side_px), side_px)
    if crop.gamma == 1.0:
        return square
    table = np.clip(255.0 * (np.arange(256) / 255.0) ** crop.gamma, 0, 255).astype(np.uint8)
    return np.asarray(cv2.LUT(square, table), np.uint8)


def region_crop(surround: Pixels, region: Region, template: Template, side_px: int) -> Pixels:
    """Return the face with everything but one region blurred away, (side_px, side_px, 3) BGR."""
    square = cut_square(surround, _crop_matrix(_REGION_CROP, template, side_px), side_px)
    x0, y0, x1, y1 = (round(share * side_px) for share in REGION_PLACES[region])
    kept = np.zeros((side_px, side_px), np.float32)
    kept[y0:y1, x0:x1] = 1.0
    edge = cv2.GaussianBlur(kept, (0, 0), _EDGE_SHARE * side_px)[..., None]
    blurred = cv2.GaussianBlur(square, (0, 0), _BLUR_SHARE * side_px)
    return (square * edge + blurred * (1.0 - edge)).astype(np.uint8)


def _crop_matrix(crop: Crop, template: Template, side_px: int) -> Matrix:
    """Return the (2, 3) matrix from a surround's pixels to a crop's."""
    place = similarity_transform(_DLIB_FIVE, _ARCFACE_FIVE) if template is Template.ARCFACE else _scaled(1.0)
    angle = np.radians(crop.turn_deg)
    cosine, sine = np.cos(angle) / crop.scale, np.sin(angle) / crop.scale
    centre = np.array([0.5 + crop.right, 0.5 + crop.down])
    linear = np.array([[cosine, -sine], [sine, cosine]])
    jitter = np.column_stack([linear, 0.5 - linear @ centre])
    into_chip = np.linalg.inv(_homogeneous(_surround_from_chip(SURROUND_SIDE_PX)))
    into_crop: Matrix = (_scaled(side_px) @ _homogeneous(jitter) @ _homogeneous(place) @ into_chip)[:2]
    return into_crop


def _surround_from_chip(side_px: int) -> Matrix:
    """Return the (2, 3) matrix from a chip's shares (0..1) to a surround's pixels."""
    margin = (SURROUND_SHARE - 1.0) / 2.0
    return np.array([[1.0, 0.0, margin], [0.0, 1.0, margin]]) * (side_px / SURROUND_SHARE)


def _scaled(factor: float) -> Matrix:
    return np.array([[factor, 0.0, 0.0], [0.0, factor, 0.0]])


def _homogeneous(matrix: Matrix) -> NDArray[np.float64]:
    return np.vstack([matrix, [0.0, 0.0, 1.0]])
