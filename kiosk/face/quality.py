"""How usable one look at a face is: numbers with units, and what a person could do about each.

The measures are those of ISO/IEC 29794-5 that matter at a desk. Each has a range within which nobody needs to be bothered; outside it a
note goes to the person who decides and, live, its phrase (`quality.<measure>` in resources/phrases) to the customer. `usability` orders
pictures from worst to best; that leaving out the worst lowers the miss rate is measured (`app.py measure faces`, error against discard).
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from kiosk.face.crops import SURROUND_SHARE
from kiosk.face.geometry import Landmarks
from kiosk.face.observed import FaceSeen
from kiosk.frame import Pixels
from kiosk.imaging.geometry import Gray, gray_of
from kiosk.imaging.quality import sharpness

_BURNT_OUT = 250
_UPPER_LIP, _LOWER_LIP, _MOUTH_RIGHT, _MOUTH_LEFT = 13, 14, 61, 291
_EYES = (33, 133, 362, 263)
"""Outer and inner corner of the right eye, inner and outer of the left."""


class Measure(StrEnum):
    SHARPNESS = "sharpness"
    EXPOSURE = "exposure"
    DYNAMIC_RANGE = "dynamic-range"
    YAW = "yaw"
    PITCH = "pitch"
    ROLL = "roll"
    EYES_OPEN = "eyes-open"
    MOUTH_CLOSED = "mouth-closed"
    EVENNESS = "evenness"
    HEAD_SIZE = "head-size"
    BACKGROUND = "background"
    GLARE = "glare"


@dataclass(frozen=True, slots=True)
class Bounds:
    """What is good enough: from `least` to `most`, in `unit`."""

    unit: str
    least: float
    most: float


BOUNDS: Mapping[Measure, Bounds] = {
    Measure.SHARPNESS: Bounds("gray levels squared, variance of the Laplacian", 25.0, math.inf),
    Measure.EXPOSURE: Bounds("mean gray level, 0..255", 55.0, 205.0),
    Measure.DYNAMIC_RANGE: Bounds("bits, entropy of the gray levels", 5.5, 8.0),
    Measure.YAW: Bounds("degrees to the subject's own left", -20.0, 20.0),
    Measure.PITCH: Bounds("degrees up", -20.0, 20.0),
    Measure.ROLL: Bounds("degrees clockwise", -20.0, 20.0),
    Measure.EYES_OPEN: Bounds("lid distance over eye width, the narrower eye", 0.10, 1.0),
    Measure.MOUTH_CLOSED: Bounds("lip distance over mouth width", 0.0, 0.25),
    Measure.EVENNESS: Bounds("correlation with the mirror image, -1..1: covered or lit from one side", 0.35, 1.0),
    Measure.HEAD_SIZE: Bounds("pixels between the eyes", 40.0, math.inf),
    Measure.BACKGROUND: Bounds("gray levels, spread beside the head", 0.0, 75.0),
    Measure.GLARE: Bounds("share of the eyes' region burnt out, 0..1", 0.0, 0.04),
}
"""First guesses from what the field asks of portraits (ICAO Portrait Quality 2018), loosened to what the LFW pictures and clips that
matched
well still show; a note never changes a verdict."""


def measures_of(surround: Pixels, face: FaceSeen) -> dict[Measure, float]:
    """Measure one look. surround: `crops.surround_of`; face: as it was seen in the frame, in the frame's pixels."""
    gray = gray_of(surround)
    middle = _share_of(gray, 0.2, 0.85)
    return {
        Measure.SHARPNESS: sharpness(_share_of(gray, 0.0, 1.0)),
        Measure.EXPOSURE: float(middle.mean()),
        Measure.DYNAMIC_RANGE: _entropy(middle),
        Measure.YAW: face.pose.yaw_deg,
        Measure.PITCH: face.pose.pitch_deg,
        Measure.ROLL: face.pose.roll_deg,
        Measure.EYES_OPEN: min(face.eyes.right, face.eyes.left),
        Measure.MOUTH_CLOSED: _lip_gap(face.landmarks),
        Measure.EVENNESS: mirror_likeness(middle),
        Measure.HEAD_SIZE: _eye_distance(face.landmarks),
        Measure.BACKGROUND: _background_spread(gray),
        Measure.GLARE: float((_eye_region(gray) >= _BURNT_OUT).mean()),
    }


def notes_on(measures: Mapping[Measure, float]) -> tuple[Measure, ...]:
    """Return what is outside its bounds; a number that is none is outside."""
    return tuple(measure for measure, value in measures.items() if not BOUNDS[measure].least <= value <= BOUNDS[measure].most)


def usability(measures: Mapping[Measure, float]) -> float:
    """Return how usable a picture is: higher is better; only the order means anything.

    Turned heads cost most, then a blurred or small face, an uneven one, closed eyes.
    """
    turned = (measures[Measure.YAW] / 20.0) ** 2 + (measures[Measure.PITCH] / 25.0) ** 2 + (measures[Measure.ROLL] / 40.0) ** 2
    sharp = math.log1p(max(measures[Measure.SHARPNESS], 0.0)) / 4.0
    size = math.log(max(measures[Measure.HEAD_SIZE], 1.0)) / 4.0
    return sharp + size + measures[Measure.EVENNESS] + 2.0 * min(measures[Measure.EYES_OPEN], 0.25) - turned


def mirror_likeness(gray: Gray) -> float:
    """Return the correlation of a level face with its mirror image, -1..1; 0 for a flat picture."""
    values = gray.astype(np.float64)
    values -= values.mean()
    power = float((values * values).sum())
    return float((values * values[:, ::-1]).sum() / power) if power > 0 else 0.0


def _share_of(gray: Gray, least: float, most: float) -> Gray:
    """Return the part of a surround between two shares of the chip in its middle, square and centred across."""
    side = gray.shape[0]
    chip = side / SURROUND_SHARE
    start = (side - chip) / 2
    top, bottom = round(start + least * chip), round(start + most * chip)
    half = (bottom - top) / 2
    return gray[top:bottom, round(side / 2 - half) : round(side / 2 + half)]


def _eye_region(gray: Gray) -> Gray:
    side = gray.shape[0]
    chip, start = side / SURROUND_SHARE, side * (1 - 1 / SURROUND_SHARE) / 2
    return gray[round(start + 0.22 * chip) : round(start + 0.42 * chip), round(start + 0.2 * chip) : round(start + 0.8 * chip)]


def _entropy(gray: Gray) -> float:
    counts = np.bincount(gray.ravel(), minlength=256).astype(np.float64)
    shares = counts[counts > 0] / max(gray.size, 1)
    return float(-(shares * np.log2(shares)).sum())


def _background_spread(gray: Gray) -> float:
    """Return the spread of gray levels in the two upper corners, where neither face nor shoulders are; black borders do not count."""
    side = gray.shape[0]
    width, height = round(side * 0.14), round(side * 0.35)
    corners = np.concatenate([gray[:height, :width].ravel(), gray[:height, -width:].ravel()])
    seen = corners[corners > 0]
    return float(seen.std()) if seen.size else 0.0


def _lip_gap(landmarks: Landmarks) -> float:
    width = float(np.linalg.norm(landmarks[_MOUTH_RIGHT, :2] - landmarks[_MOUTH_LEFT, :2]))
    return float(np.linalg.norm(landmarks[_UPPER_LIP, :2] - landmarks[_LOWER_LIP, :2])) / max(width, 1e-6)


def _eye_distance(landmarks: Landmarks) -> float:
    right_outer, right_inner, left_inner, left_outer = landmarks[list(_EYES), :2].astype(np.float64)
    return float(np.linalg.norm((right_outer + right_inner) / 2 - (left_outer + left_inner) / 2))
