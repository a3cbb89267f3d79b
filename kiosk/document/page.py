"""Finds the card or page in a picture and flattens it: by its outline where one stands out, else from where the MRZ lies."""

from dataclasses import dataclass

import cv2
import numpy as np

from kiosk.document.kind import Kind
from kiosk.document.kinds import CAPITAL_MM, CHARACTER_MM
from kiosk.document.layouts import layout_row
from kiosk.document.mrz_read import ZoneReading
from kiosk.document.outline import find_outlines
from kiosk.frame import Pixels
from kiosk.imaging.geometry import Quad, area, flattened, side_lengths, transformed

LEAST_AGREEMENT = 0.72
"""Overlap (intersection over union) of an outline with the place the MRZ gives its page."""
SURE_AGREEMENT = 0.8
"""Overlap from which an outline proves where the page ends. Specimens held up in front of a person reach 0.95 and more."""


@dataclass(frozen=True, slots=True, eq=False)
class LocatedPage:
    """quad: the page's corners, clockwise from its own upper left; is_outlined: whether edges seen in the picture prove them,
    so that nothing but the page lies inside."""

    quad: Quad
    is_outlined: bool


def page_of_zone(reading: ZoneReading, kind: Kind) -> Quad:
    """Return where the page must lie if it is flat and square to the camera, judged from its MRZ alone."""
    corners = reading.corners.astype(np.float64)
    row = layout_row(reading.parsed.content.layout)
    start, end = (corners[0] + corners[3]) / 2, (corners[1] + corners[2]) / 2
    per_mm = (end - start) / (CHARACTER_MM * row.length - 0.5)
    down = np.array([-per_mm[1], per_mm[0]])
    middle_mm = kind.height_mm - kind.mrz_bottom_mm - ((row.lines - 1) * kind.row_step_mm + CAPITAL_MM) / 2
    origin = start - (kind.mrz_left_mm + 0.25) * per_mm - middle_mm * down
    steps = np.array([[0, 0], [kind.width_mm, 0], [kind.width_mm, kind.height_mm], [0, kind.height_mm]])
    return np.asarray(origin + steps[:, :1] * per_mm + steps[:, 1:] * down, np.float32)


def locate_page(picture: Pixels, reading: ZoneReading, kind: Kind) -> LocatedPage:
    """Return where the page is: the outline that agrees with the MRZ, else the MRZ's word."""
    expected = page_of_zone(reading, kind)
    best, best_worth = LocatedPage(expected, False), 0.0
    for quad, support in find_outlines(picture):
        for turn in range(4):
            candidate = np.roll(quad, turn, axis=0)
            agreement = _agreement(candidate, expected)
            worth = agreement + 0.3 * support
            if agreement > LEAST_AGREEMENT and worth > best_worth and _mrz_fits(candidate, reading, kind):
                best, best_worth = LocatedPage(candidate, agreement >= SURE_AGREEMENT), worth
    return best


def _agreement(quad: Quad, expected: Quad) -> float:
    """Return intersection over union, 0 where the corners are not even near their own."""
    if np.linalg.norm(quad - expected, axis=1).max() > 0.35 * side_lengths(expected)[0]:
        return 0.0
    shared, _ = cv2.intersectConvexConvex(quad, expected)
    return float(shared) / max(1.0, area(quad) + area(expected) - float(shared))


def _mrz_fits(quad: Quad, reading: ZoneReading, kind: Kind) -> bool:
    """Return whether the MRZ, seen on the flattened page, runs level along the lower part."""
    target = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float32)
    matrix = np.asarray(cv2.getPerspectiveTransform(quad, target), np.float64)
    zone = transformed(reading.corners, matrix)
    level = abs(zone[1, 1] - zone[0, 1]) < 0.06 and abs(zone[2, 1] - zone[3, 1]) < 0.06
    inside = zone.min() > -0.03 and zone.max() < 1.03 and zone[:, 1].min() > 0.5
    return bool(level and inside and zone[1, 0] - zone[0, 0] > 0.72)


def flatten_page(picture: Pixels, quad: Quad, kind: Kind) -> Pixels:
    size = (round(kind.width_mm * kind.page_px_per_mm), round(kind.height_mm * kind.page_px_per_mm))
    return flattened(picture, quad, size)
