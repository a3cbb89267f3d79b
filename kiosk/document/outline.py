"""Finds the outline of a card or page: four long straight edges that close, however the corners look.

Round corners, fingers and shadows break a contour but leave most of each edge straight, so outlines are built from line segments
(LSD, Grompone von Gioi et al. 2012): segments on one line are joined, and pairs of near-parallel lines are crossed with each other.
A quad is worth what its sides are covered by segments, and how large it is.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from kiosk.frame import Pixels
from kiosk.imaging.geometry import Quad, area, ordered, reduced

LOOKING_SIDE = 360
"""Longer side at which outlines are looked for, pixels: fine print must not compete with the card's edge."""
LEAST_SHARE = 0.06
"""Area of the smallest page worth reading, as a share of the picture."""
ASPECTS = (1.15, 1.95)
"""Longer over shorter side of an ID-1, TD2 or TD3 page held somewhat obliquely (upright: 1.59, 1.42, 1.42)."""
SHORTEST_SEGMENT = 14.0
MOST_LINES = 13
MOST_CONVERGENCE = 0.34
"""Sine of the largest angle between opposite sides (20 degrees, for perspective)."""
LEAST_APART = 40.0
LEAST_COVER = 0.25
"""Share of its length that must be seen of the worst side (a hand may hide much of one)."""
LEAST_MEAN_COVER = 0.62


@dataclass(frozen=True, slots=True, eq=False)
class _Line:
    """All segments on one straight line: a point, a unit direction, where along it there is an edge; seen: pixels covered."""

    point: NDArray[np.float64]
    along: NDArray[np.float64]
    stretches: NDArray[np.float64]
    seen: float


def find_outlines(picture: Pixels) -> tuple[tuple[Quad, float], ...]:
    """Return page-like quads in the picture's pixels with their worth, best first, at most four."""
    small, factor = reduced(picture, LOOKING_SIDE)
    lines = _lines(_segments(small))
    size = np.array([small.shape[1], small.shape[0]], np.float64)
    quads, sides = _closed(lines, size)
    found: list[tuple[Quad, float]] = []
    for corners, own in zip(quads, sides, strict=True):
        cover = [_cover(lines[line], corners[i], corners[(i + 1) % 4]) for i, line in enumerate(own)]
        if min(cover) >= LEAST_COVER and float(np.mean(cover)) >= LEAST_MEAN_COVER:
            quad = ordered(corners.astype(np.float32))
            found.append((quad, float(np.mean(cover)) ** 2 * (area(quad) / float(size.prod())) ** 0.5))
    found.sort(key=lambda item: -item[1])
    return tuple(((quad / factor).astype(np.float32), worth) for quad, worth in found[:4])


def _segments(small: Pixels) -> NDArray[np.float64]:
    """Return (n, 2, 2) end points of straight edges. The plane of strongest contrast speaks: a white card on a wooden desk differs
    in blue more than in gray."""
    planes = cv2.split(cv2.GaussianBlur(small, (3, 3), 0))
    plane = max(planes, key=lambda p: float(p.std()))
    found = cv2.createLineSegmentDetector(cv2.LSD_REFINE_NONE).detect(plane)[0]
    segments = np.asarray(found if found is not None else [], np.float64).reshape(-1, 2, 2)
    lengths = np.linalg.norm(segments[:, 1] - segments[:, 0], axis=1)
    order = np.argsort(-lengths)[:120]
    return np.asarray(segments[order[lengths[order] >= SHORTEST_SEGMENT]], np.float64)


def _lines(segments: NDArray[np.float64]) -> list[_Line]:
    """Return the lines with the most edge on them; longest segments lead, others within 2.5 px and 4 degrees follow."""
    lines: list[_Line] = []
    left = segments
    while len(left) and len(lines) < 40:
        start, end = left[0]
        along = (end - start) / np.linalg.norm(end - start)
        normal = np.array([-along[1], along[0]])
        off = np.abs((left - start) @ normal).max(1)
        run = left[:, 1] - left[:, 0]
        turned = np.abs(run @ normal) / np.linalg.norm(run, axis=1)
        mine = (off < 2.5) & (turned < 0.07)
        mine[0] = True
        stretches = np.sort((left[mine] - start) @ along, axis=1)
        lines.append(_Line(start, along, stretches, _length(stretches)))
        left = left[~mine]
    return sorted(lines, key=lambda line: -line.seen)[:MOST_LINES]


def _length(stretches: NDArray[np.float64]) -> float:
    """Return how much the stretches cover together."""
    total, reach = 0.0, -np.inf
    for first, last in stretches[np.argsort(stretches[:, 0])]:
        total += max(0.0, last - max(first, reach))
        reach = max(reach, last)
    return total


def _closed(lines: list[_Line], size: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """Return page-like quads (n, 4, 2) and which line each side (n, 4) lies on: two near-parallel pairs of lines crossed."""
    if len(lines) < 4:
        return np.zeros((0, 4, 2)), np.zeros((0, 4), np.intp)
    points, along = np.array([line.point for line in lines]), np.array([line.along for line in lines])
    middles = points + along * np.array([[float(line.stretches.mean())] for line in lines])
    first, second = np.triu_indices(len(lines), 1)
    parallel = np.abs(_cross(along[first], along[second])) < MOST_CONVERGENCE
    apart = np.abs(_cross(along[first], middles[second] - points[first])) > LEAST_APART
    pairs = np.stack([first, second], 1)[parallel & apart]
    one, other = np.triu_indices(len(pairs), 1)
    upright = np.abs((along[pairs[one, 0]] * along[pairs[other, 0]]).sum(1)) < 0.5
    a, b = pairs[one[upright]].T
    c, d = pairs[other[upright]].T
    sides = np.stack([a, d, b, c], 1)
    corners = np.stack([_meet(points, along, p, q) for p, q in ((c, a), (a, d), (d, b), (b, c))], 1)
    likely = _are_page_like(corners, size)
    return corners[likely], sides[likely]


def _cross(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0], np.float64)


def _meet(points: NDArray[np.float64], along: NDArray[np.float64], p: NDArray[np.intp], q: NDArray[np.intp]) -> NDArray[np.float64]:
    """Return where lines p and q cross, (n, 2); the lines of two crossed pairs are never parallel."""
    step = _cross(points[q] - points[p], along[q]) / _cross(along[p], along[q])
    return np.asarray(points[p] + along[p] * step[:, None], np.float64)


def _are_page_like(corners: NDArray[np.float64], size: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return which of (n, 4, 2) quads lie in the picture and are convex, nearly rectangular and of a page's proportions."""
    room = 0.04 * size
    inside = ((corners > -room) & (corners < size + room)).all((1, 2))
    sides = np.roll(corners, -1, 1) - corners
    lengths = np.linalg.norm(sides, axis=2) + 1e-9
    turns = _cross(sides, np.roll(sides, -1, 1)) / (lengths * np.roll(lengths, -1, 1))
    square = (np.abs(turns) > np.cos(np.radians(28))).all(1) & (np.abs(np.sign(turns).sum(1)) == 4)
    opposite = (np.maximum(lengths[:, :2], lengths[:, 2:]) < 1.5 * np.minimum(lengths[:, :2], lengths[:, 2:])).all(1)
    wide, high = (lengths[:, :2] + lengths[:, 2:]).T / 2
    aspect = np.maximum(wide, high) / np.minimum(wide, high)
    large = wide * high > LEAST_SHARE * size.prod()
    return np.asarray(inside & square & opposite & (aspect >= ASPECTS[0]) & (aspect <= ASPECTS[1]) & large, np.bool_)


def _cover(line: _Line, start: NDArray[np.float64], end: NDArray[np.float64]) -> float:
    """Return the share of a side that lies on seen edges of its line."""
    first, last = sorted((float((start - line.point) @ line.along), float((end - line.point) @ line.along)))
    return _length(np.clip(line.stretches, first, last)) / max(last - first, 1.0)
