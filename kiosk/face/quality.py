"""How usable one look at a face is: numbers with units. What is good enough is policy and decided elsewhere."""

from dataclasses import dataclass

import numpy as np

from kiosk.face.observed import FaceSeen
from kiosk.frame import Pixels
from kiosk.imaging.geometry import Gray, gray_of
from kiosk.imaging.quality import sharpness

_BLACK_BELOW, _WHITE_ABOVE = 6, 249


@dataclass(frozen=True, slots=True)
class FaceQuality:
    """Measured on an aligned chip and on where the face stands in the frame.

    width_px: cheek to cheek in the frame, so the detail there really was, whatever the chip's size.
    sharpness: variance of the Laplacian on the chip, gray levels squared.
    brightness: mean gray level of the face, 0..255. contrast: its standard deviation, gray levels.
    clipped_share: share of the face that is wholly black or burnt out, 0..1.
    mirror_likeness: correlation of the face with its mirror image, -1..1; low when half the face is covered or lit from one
    side, or turned away.
    off_centre_x, off_centre_y: from the frame's centre to the face's, as a share of the frame's width and height; x > 0 is right
    in the picture, y > 0 is down.
    inside_share: share of the face's box that lies inside the frame, 0..1.
    """

    width_px: float
    sharpness: float
    brightness: float
    contrast: float
    clipped_share: float
    mirror_likeness: float
    off_centre_x: float
    off_centre_y: float
    inside_share: float


def face_quality(chip: Pixels, face: FaceSeen, frame_size: tuple[int, int]) -> FaceQuality:
    """Measure one look. chip: the face aligned, square; frame_size: (width, height) pixels of the frame `face` was seen in."""
    middle = _middle(gray_of(chip))
    width, height = frame_size
    x0, y0, x1, y1 = face.box
    inside_width = max(min(x1, width) - max(x0, 0.0), 0.0)
    inside_height = max(min(y1, height) - max(y0, 0.0), 0.0)
    area = (x1 - x0) * (y1 - y0)
    return FaceQuality(
        width_px=face.width_px,
        sharpness=sharpness(gray_of(chip)),
        brightness=float(middle.mean()),
        contrast=float(middle.std()),
        clipped_share=float(((middle < _BLACK_BELOW) | (middle > _WHITE_ABOVE)).mean()),
        mirror_likeness=mirror_likeness(middle),
        off_centre_x=((x0 + x1) / 2 - width / 2) / width,
        off_centre_y=((y0 + y1) / 2 - height / 2) / height,
        inside_share=inside_width * inside_height / area if area > 0 else 0.0,
    )


def mirror_likeness(gray: Gray) -> float:
    """Return the correlation of a level face with its mirror image, -1..1; 0 for a flat picture."""
    values = gray.astype(np.float64)
    values -= values.mean()
    power = float((values * values).sum())
    return float((values * values[:, ::-1]).sum() / power) if power > 0 else 0.0


def _middle(chip: Gray) -> Gray:
    """Return the part of a chip that is face: the margin around it holds hair and background."""
    side = chip.shape[0]
    return chip[round(side * 0.2) : round(side * 0.85), round(side * 0.2) : round(side * 0.8)]
