"""Finds the card or page in a picture and flattens it: by its outline where one stands out, else from where the MRZ lies."""

from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

from kiosk.document.kinds import CAPITAL_MM, CHARACTER_MM, Kind
from kiosk.document.layouts import layout_row
from kiosk.document.mrz_read import ZoneReading
from kiosk.frame import Pixels
from kiosk.imaging.geometry import (
    Gray,
    Quad,
    area,
    corner_angles,
    flattened,
    is_convex,
    ordered,
    reduced,
    side_lengths,
    transformed,
)

LOOKING_SIDE = 400
"""Longer side at which outlines are looked for, pixels: fine print must not compete with the card's edge."""
LEAST_SHARE = 0.06
"""Area of the smallest page worth reading, as a share of the picture."""
ASPECTS = (1.15, 1.95)
"""Longer over shorter side of an ID-1, TD2 or TD3 page held somewhat obliquely (upright: 1.59, 1.42, 1.42)."""
SUPPORT = 0.62
"""Share of the outline that must lie on edges of the picture."""


def find_outlines(picture: Pixels) -> tuple[tuple[Quad, float], ...]:
    """Return page-like quads in the picture's pixels with their worth, best first."""
    small, factor = reduced(picture, LOOKING_SIDE)
    edges = _edges(small)
    near = np.asarray(cv2.dilate(edges, np.ones((3, 3), np.uint8)), np.uint8)
    found = []
    for quad in _candidates(edges, small.shape[0] * small.shape[1]):
        support = _support(near, quad)
        if support >= SUPPORT:
            share = area(quad) / (small.shape[0] * small.shape[1])
            found.append(((quad / factor).astype(np.float32), support * share**0.35))
    return tuple(sorted(found, key=lambda item: -item[1]))


def _edges(small: Pixels) -> Gray:
    soft = cv2.GaussianBlur(small, (5, 5), 0)
    strongest = np.max([cv2.morphologyEx(c, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)) for c in cv2.split(soft)], axis=0)
    level = max(12.0, float(np.percentile(strongest, 82)))
    edges = np.where(strongest >= level, np.uint8(255), np.uint8(0))
    return np.asarray(cv2.morphologyEx(edges, cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8)), np.uint8)


def _candidates(edges: Gray, total: int) -> Iterator[Quad]:
    outlines, _ = cv2.findContours(edges, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
    for outline in sorted(outlines, key=lambda o: -cv2.contourArea(cv2.convexHull(o)))[:12]:
        hull = cv2.convexHull(outline)
        covered = cv2.contourArea(hull)
        if covered < LEAST_SHARE * total:
            break
        quad = _four_corners(hull)
        if quad is not None and _is_page_like(quad, covered):
            yield quad


def _four_corners(hull: NDArray[np.int32]) -> Quad | None:
    around = cv2.arcLength(hull, True)
    for share in (0.015, 0.025, 0.04, 0.06, 0.09):
        corners = cv2.approxPolyDP(hull, share * around, True)
        if len(corners) == 4:
            return ordered(corners.reshape(4, 2).astype(np.float32))
    return ordered(np.asarray(cv2.boxPoints(cv2.minAreaRect(hull)), np.float32))


def _is_page_like(quad: Quad, covered: float) -> bool:
    top, right, bottom, left = side_lengths(quad)
    if min(top, right, bottom, left) < 10 or not is_convex(quad):
        return False
    wide, high = (top + bottom) / 2, (left + right) / 2
    opposite = max(top, bottom) / min(top, bottom) < 1.5 and max(left, right) / min(left, right) < 1.5
    aspect = max(wide, high) / min(wide, high)
    square = bool(np.abs(corner_angles(quad) - 90).max() < 28)
    return ASPECTS[0] <= aspect <= ASPECTS[1] and opposite and square and covered > 0.8 * area(quad)


def _support(near: Gray, quad: Quad) -> float:
    """Return the least share of a side that lies on edges."""
    shares = []
    for i in range(4):
        points = np.linspace(quad[i], quad[(i + 1) % 4], 60)[4:-4].round().astype(int)
        inside = (points >= 0).all(1) & (points[:, 0] < near.shape[1]) & (points[:, 1] < near.shape[0])
        seen = points[inside]
        shares.append(float((near[seen[:, 1], seen[:, 0]] > 0).sum()) / len(points))
    return float(np.mean(sorted(shares)[:3]))


def page_of_zone(reading: ZoneReading, kind: Kind) -> Quad:
    """Return where the page must lie if it is flat and square to the camera, judged from its MRZ alone."""
    corners = reading.corners.astype(np.float64)
    row = layout_row(kind.layout)
    start, end = (corners[0] + corners[3]) / 2, (corners[1] + corners[2]) / 2
    per_mm = (end - start) / (CHARACTER_MM * row.length - 0.5)
    down = np.array([-per_mm[1], per_mm[0]])
    middle_mm = kind.height_mm - kind.mrz_bottom_mm - ((row.lines - 1) * kind.row_step_mm + CAPITAL_MM) / 2
    origin = start - (kind.mrz_left_mm + 0.25) * per_mm - middle_mm * down
    steps = np.array([[0, 0], [kind.width_mm, 0], [kind.width_mm, kind.height_mm], [0, kind.height_mm]])
    return np.asarray(origin + steps[:, :1] * per_mm + steps[:, 1:] * down, np.float32)


def locate_page(picture: Pixels, reading: ZoneReading, kind: Kind) -> Quad:
    """Return the page's corners, clockwise from its own upper left: the outline that agrees with the MRZ, else the MRZ's word."""
    expected = page_of_zone(reading, kind)
    best, best_worth = expected, 0.72
    for quad, _ in find_outlines(picture):
        for turn in range(4):
            candidate = np.roll(quad, turn, axis=0)
            worth = _agreement(candidate, expected)
            if worth > best_worth and _mrz_fits(candidate, reading, kind):
                best, best_worth = candidate, worth
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
