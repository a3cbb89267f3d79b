"""Finds where machine-readable rows lie in a picture, at any angle, without a network.

A row of OCR-B is a long, thin, dark bar once the gaps between its characters are closed, and two or three such bars lie side by
side with equal length. The picture is looked at in four sizes so that the bars are always of about the same thickness; closing with
a round kernel does not care for direction. `find_zones` returns the groups of bars that look most like an MRZ, best first; where
exactly the rows run is refined in `mrz_rows`.
"""

from dataclasses import dataclass
from types import MappingProxyType

import cv2
import numpy as np
from numpy.typing import NDArray

from kiosk.imaging.geometry import Gray, Quad, fitted, side_lengths

WORKING_SIDE = 1280
"""Longer side of the largest picture looked at, pixels. Smaller pictures are enlarged to at least LEAST_SIDE."""
LEAST_SIDE = 800
STEP = 1.5
"""Ratio between two sizes looked at."""
SIZES = 5
BAR_THICKNESS = (4.0, 17.0)
"""Thickness of a bar in pixels of the size at which it is looked for."""
LONG_PIECE = 8.0
MOST_BOW = 3.0
"""A bowed bar's rectangle may be so many times as high as the bar is thick."""
MOST_ZONES = 10
CROWDED = MappingProxyType({4: 0.75})
"""What a zone of more than three rows is worth: print of a book has many equal rows, an MRZ at most a line of microprint more."""
MRZ_LIKE = 0.9
"""Score from which a zone of two rows or more is nearly always an MRZ (a single bar has 0.2-0.4, printed fields up to 0.8)."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One long dark bar: centre (x, y), direction in radians (-pi/2, pi/2], length and thickness, in pixels of the picture."""

    x: float
    y: float
    angle: float
    length: float
    thickness: float

    def along(self) -> NDArray[np.float64]:
        return np.array([np.cos(self.angle), np.sin(self.angle)])


@dataclass(frozen=True, slots=True, eq=False)
class Zone:
    """A place worth reading. quad: around all rows with little margin, its top edge along the rows (perhaps upside down);
    row_height: thickness of its bars, pixels; rows: bars seen in it; score: higher is more like an MRZ."""

    quad: Quad
    row_height: float
    rows: int
    score: float


def find_zones(gray: Gray, *, sizes: int = SIZES, least_side: int = LEAST_SIDE, most_side: int = WORKING_SIDE) -> tuple[Zone, ...]:
    """Return up to MOST_ZONES places in pixels of `gray` (any size), most promising first.

    sizes: how many sizes of the picture to look at, the largest first; least_side: smaller pictures are enlarged to this, and larger
    ones reduced to most_side.
    """
    longest = max(gray.shape)
    side = min(most_side, max(least_side, longest))
    largest = fitted(gray, side)[0] if longest > side else gray
    bars: list[Bar] = []
    for level in range(sizes):
        smaller, _ = fitted(largest, round(side / STEP**level))
        factor = max(smaller.shape) / longest
        if min(smaller.shape) < 48:
            break
        found = joined(bars_in(smaller))
        bars += [Bar(b.x / factor, b.y / factor, b.angle, b.length / factor, b.thickness / factor) for b in found]
    return _distinct(zones_of(_once(bars)))


def bars_in(gray: Gray) -> list[Bar]:
    """Return bars whose thickness suits this size of picture."""
    dark = _ink(gray)
    closed = cv2.morphologyEx(dark, cv2.MORPH_CLOSE, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (7, 7)))
    opened = cv2.morphologyEx(closed, cv2.MORPH_OPEN, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (3, 3)))
    outlines, _ = cv2.findContours(opened, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
    bars = []
    for outline in outlines:
        if len(outline) < 4:
            continue
        (x, y), (wide, high), degrees = cv2.minAreaRect(outline)
        if wide < high:
            wide, high, degrees = high, wide, degrees + 90
        filled = cv2.contourArea(outline)
        if filled < 0.5 * wide * high and wide >= LONG_PIECE * high:
            # A row on bent paper bows: what it fills of its rectangle is its thickness, not the rectangle.
            high = max(filled / wide, high / MOST_BOW)
        if not (BAR_THICKNESS[0] <= high <= BAR_THICKNESS[1] and wide >= 3 * high and wide >= 24 and filled >= 0.5 * wide * high):
            continue
        bars.append(Bar(x, y, _half_turn(np.radians(degrees)), wide, high))
    return bars


def _ink(gray: Gray) -> Gray:
    """Return 255 where the picture is locally darker than its surroundings by more than the noise there."""
    soft = cv2.GaussianBlur(gray, (3, 3), 0)
    hat = cv2.morphologyEx(soft, cv2.MORPH_BLACKHAT, cv2.getStructuringElement(cv2.MORPH_RECT, (9, 9)))
    # One large field of floats at a time: a closer look at a photograph of many megapixels has five million places.
    least = np.asarray(cv2.boxFilter(hat, cv2.CV_32F, (61, 61)), np.float32)
    least *= 1.3
    dark = hat > least
    cv2.boxFilter(soft, cv2.CV_32F, (61, 61), dst=least)
    least *= 0.04
    least += 3
    dark &= hat > least
    return dark.view(np.uint8) * np.uint8(255)


def _half_turn(angle: float) -> float:
    return float((angle + np.pi / 2) % np.pi - np.pi / 2)


def joined(bars: list[Bar], gap: float = 3.0) -> list[Bar]:
    """Return bars with pieces of one row put together: same direction, on one line, no wider gap than so many thicknesses."""
    left = sorted(bars, key=lambda bar: -bar.length)
    whole: list[Bar] = []
    while left:
        bar = left.pop(0)
        changed = True
        while changed:
            changed = False
            for other in left:
                if _continues(bar, other, gap):
                    bar, changed = _together(bar, other), True
                    left.remove(other)
                    break
        whole.append(bar)
    return [bar for bar in whole if bar.length >= 11 * bar.thickness]


def _offsets(bar: Bar, other: Bar) -> tuple[float, float]:
    along = bar.along()
    away = np.array([other.x - bar.x, other.y - bar.y])
    return float(away @ along), float(along[0] * away[1] - along[1] * away[0])


def _turn(bar: Bar, other: Bar) -> float:
    return abs(_half_turn(bar.angle - other.angle))


def _continues(bar: Bar, other: Bar, widest: float) -> bool:
    along, across = _offsets(bar, other)
    gap = abs(along) - (bar.length + other.length) / 2
    thick = max(bar.thickness, other.thickness)
    loose = 0.06 if other.length > 5 * other.thickness else 0.2
    return (
        gap < widest * thick
        and abs(across) < 0.55 * thick
        and _turn(bar, other) < loose
        and thick < 2 * min(bar.thickness, other.thickness)
    )


def _together(bar: Bar, other: Bar) -> Bar:
    ends = np.array([[b.x, b.y] + sign * b.length / 2 * b.along() for b in (bar, other) for sign in (-1, 1)])
    along = bar.along()
    order = ends @ along
    first, last = ends[order.argmin()], ends[order.argmax()]
    middle, away = (first + last) / 2, last - first
    thick = (bar.thickness * bar.length + other.thickness * other.length) / (bar.length + other.length)
    return Bar(middle[0], middle[1], _half_turn(float(np.arctan2(away[1], away[0]))), float(np.hypot(*away)), thick)


def _once(bars: list[Bar]) -> list[Bar]:
    """Return each row once, though several sizes of the picture showed it: the longest stays."""
    kept: list[Bar] = []
    for bar in sorted(bars, key=lambda bar: -bar.length):
        if not any(_same_row(other, bar) for other in kept):
            kept.append(bar)
    return kept


def _same_row(bar: Bar, other: Bar) -> bool:
    along, across = _offsets(bar, other)
    thick, thin = max(bar.thickness, other.thickness), min(bar.thickness, other.thickness)
    return abs(along) < bar.length / 2 and abs(across) < 0.6 * thin and _turn(bar, other) < 0.15 and thick < 1.7 * thin


def zones_of(bars: list[Bar]) -> list[Zone]:
    """Return every bar with the bars beside it as one zone."""
    zones = []
    for bar in bars:
        beside = [other for other in bars if other is not bar and _beside(bar, other)]
        zones.append(_zone(bar, beside))
    return sorted(zones, key=lambda zone: -zone.score)


def zones_of_boxes(boxes: list[Quad]) -> tuple[Zone, ...]:
    """Return zones made of a text detector's boxes instead of bars."""
    bars = []
    for quad in boxes:
        top, right, bottom, left = side_lengths(quad)
        wide, high = (top + bottom) / 2, (left + right) / 2
        along = quad[1] - quad[0] + quad[2] - quad[3]
        if wide < high:
            wide, high, along = high, wide, quad[3] - quad[0] + quad[2] - quad[1]
        x, y = quad.mean(0)
        # A detector's box leaves paper around the print: capitals fill about 0.6 of its height.
        bars.append(Bar(float(x), float(y), _half_turn(float(np.arctan2(along[1], along[0]))), wide, 0.6 * high))
    return _distinct(zones_of(_once(joined(bars, gap=1.0))))


def _beside(bar: Bar, other: Bar) -> bool:
    """Return whether the other bar could be another row of the same zone."""
    along, across = _offsets(bar, other)
    spacing = abs(across) / max(bar.thickness, other.thickness)
    alike = 0.55 < other.length / bar.length < 1.8 and 0.5 < other.thickness / bar.thickness < 2
    return alike and 1.1 < spacing < 5.0 and _turn(bar, other) < 0.08 and abs(along) < 0.3 * max(bar.length, other.length)


def _zone(bar: Bar, beside: list[Bar]) -> Zone:
    direction = bar.along()
    normal = np.array([-direction[1], direction[0]])
    members = [bar, *beside]
    points = np.array(
        [[b.x, b.y] + s * b.length / 2 * b.along() + t * b.thickness / 2 * normal for b in members for s in (-1, 1) for t in (-1, 1)]
    )
    x, y = points @ direction, points @ normal
    corners = [(x.min(), y.min()), (x.max(), y.min()), (x.max(), y.max()), (x.min(), y.max())]
    quad = np.array([a * direction + b * normal for a, b in corners], np.float32)
    thick = float(np.median([b.thickness for b in members]))
    slender = min(float(bar.length) / thick, 50.0) / 50
    alike = [1 - abs(_offsets(bar, b)[0]) / bar.length - abs(np.log(b.length / bar.length)) for b in beside]
    company = min(2.0, sum(max(0.0, value) for value in alike))
    score = slender * (0.35 + company) + 0.15 * min(len(members), 3)
    return Zone(quad, thick, len(members), score * CROWDED.get(len(members), 0.4 if len(members) > 4 else 1.0))


def _distinct(zones: list[Zone]) -> tuple[Zone, ...]:
    kept: list[Zone] = []
    for zone in zones:
        if len(kept) == MOST_ZONES:
            break
        if not any(_overlap(zone.quad, other.quad) > 0.6 for other in kept):
            kept.append(zone)
    return tuple(kept)


def _overlap(one: Quad, other: Quad) -> float:
    """Return the shared area as a share of the smaller quad."""
    shared, _ = cv2.intersectConvexConvex(one, other)
    smaller = min(cv2.contourArea(one), cv2.contourArea(other))
    return float(shared) / max(smaller, 1e-6)
