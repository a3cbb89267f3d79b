"""Cuts single rows out of a zone: straightens the zone, follows each row's middle line, samples it from the full picture.

The line reader wants a row with 0.2-0.45 capital heights of paper above and below, tilted by less than a degree, shifted by less than
a fifth of its height (measured; docs/evidence/documents.md). A zone's quad is not that exact, and paper bends.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from kiosk.document.mrz_find import Zone
from kiosk.imaging.geometry import Gray, rectangle

ROW_PX = 14.0
"""Height of a row in the straightened zone."""
SHORTEST = 8
"""A row is at least so many times as long as high: 30 characters of OCR-B are 25."""
STRIPS = 16
"""The zone is cut into so many strips along the rows, to follow tilt and bend."""
MOST_ROWS = 5
LINE_SIZE = (640, 32)
"""Width and height the line reader takes."""
GAP = 1.25
"""Row heights without ink that end a row: wider than between characters, narrower than to a frame or the edge of the page."""
ROOM = 0.03
PAPER = 0.32
"""Paper left above and below a row, in row heights."""

Floats = NDArray[np.float64]
LEANS = np.linspace(-0.45, 0.45, 19)
"""Slants tried, as tangents: 24 degrees either way."""
LEAN_PARTS = 8
NOTICED_LEAN = 0.06
"""Slant under which the line reader does not mind: it was trained with more."""
BOWS = np.linspace(-1.2, 1.2, 13)
"""Sag of the rows' middle against their ends that is tried, in row heights."""


@dataclass(frozen=True, slots=True, eq=False)
class Band:
    """A zone straightened: gray, rows along x; to_picture: homography from band to picture pixels.

    margin_px: room left at either end of what the finder saw; core: where the finder saw rows, top and bottom;
    end_px: paper a row should have before its first character."""

    gray: Gray
    to_picture: Floats
    margin_px: float
    core: tuple[float, float]
    end_px: float = 0.6 * ROW_PX


@dataclass(frozen=True, slots=True, eq=False)
class RowPlace:
    """One row inside a band. middle: quadratic through the row's centre, y = a x^2 + b x + c; height: of capitals; left, right: x;
    lean: (per x, constant): how far the uprights of characters move along x per pixel downwards, linear in x."""

    middle: Floats
    height: float
    left: float
    right: float
    lean: tuple[float, float] = (0.0, 0.0)


def straightened(gray: Gray, zone: Zone, room: float = ROOM) -> Band:
    """Return the zone with room around it: rows the finder missed above or below, characters it missed at the ends.

    room: at either end, as a share of the zone's length, beside four row heights."""
    corners = zone.quad.astype(np.float64)
    along = (corners[1] - corners[0]) / np.linalg.norm(corners[1] - corners[0])
    across = np.array([-along[1], along[0]])
    h = zone.row_height
    ends, sides = 4.0 * h + room * float(np.linalg.norm(corners[1] - corners[0])), (7.0 if zone.rows == 1 else 4.5) * h
    signs = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]])
    wider = corners + signs[:, :1] * ends * along + signs[:, 1:] * sides * across
    scale = ROW_PX / h
    width = float(np.linalg.norm(wider[1] - wider[0])) * scale
    height = float(np.linalg.norm(wider[3] - wider[0])) * scale
    size = (max(64, min(1600, round(width))), max(24, min(600, round(height))))
    matrix = cv2.getPerspectiveTransform(rectangle(*size), wider.astype(np.float32))
    source, shrink = gray, 1 / scale
    if shrink > 1.6:
        x0, y0 = np.floor(np.clip(wider.min(0) - 2, 0, None)).astype(int)
        x1, y1 = np.ceil(wider.max(0) + 2).astype(int)
        window = gray[y0:y1, x0:x1]
        smaller = (max(1, round(window.shape[1] / shrink)), max(1, round(window.shape[0] / shrink)))
        source = np.asarray(cv2.resize(window, smaller, interpolation=cv2.INTER_AREA), np.uint8)
        fit = np.diag([smaller[0] / window.shape[1], smaller[1] / window.shape[0], 1.0])
        inner = fit @ np.array([[1, 0, -x0], [0, 1, -y0], [0, 0, 1]]) @ matrix
    else:
        inner = matrix
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    band = cv2.warpPerspective(source, inner, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return Band(np.asarray(band, np.uint8), np.asarray(matrix, np.float64), ends * scale, (sides * scale, size[1] - sides * scale))


def rows_in(band: Band) -> tuple[RowPlace, ...]:
    """Return the rows of text in a band, top to bottom, at most MOST_ROWS: those the finder saw, then those with the most ink."""
    ink = _ink(band.gray)
    left, right = _extent(ink, band.margin_px)
    strips = _strips(ink, left, right)
    slope, bow = _slope_and_bow(strips, (right - left) / STRIPS)
    profile = _shifted(strips, slope * (right - left) / STRIPS, bow).mean(0)
    runs = _runs(profile)
    runs = sorted(sorted(runs, key=lambda run: (not _within(run, band.core), -profile[run[0] : run[1]].sum()))[:MOST_ROWS])
    places = []
    for top, bottom in runs:
        middle = _followed(strips, (top + bottom) / 2, bottom - top, slope, bow, left, right)
        near, far = _row_extent(ink, middle, bottom - top, left, right)
        if far - near < SHORTEST * ROW_PX:
            continue
        places.append(RowPlace(middle, float(bottom - top), near, far))
    return tuple(places)


def run_out(band: Band, places: Sequence[RowPlace]) -> bool:
    """Return whether a row's ink goes on to the band's end: the row may go on beyond."""
    near = ROW_PX / 2
    return any(place.left < near or place.right > band.gray.shape[1] - near for place in places)


def cut_row(gray: Gray, band: Band, place: RowPlace, left: float, right: float, paper: float = PAPER) -> Gray:
    """Return the row as (32, 640) gray, from the full picture; left, right: limits in band pixels."""
    wide, high = LINE_SIZE
    reach = place.height * (0.5 + paper)
    x = np.linspace(left, right, wide)
    centre = np.polyval(place.middle, x)
    down = np.linspace(-reach, reach, high)[:, None]
    points = np.stack([x + down * np.polyval(place.lean, x), centre[None] + down, np.ones((high, wide))], -1)
    seen = points @ band.to_picture.T
    seen = seen[..., :2] / seen[..., 2:]
    return _sampled(gray, seen.astype(np.float32))


def leaned(rows: Sequence[Gray], places: tuple[RowPlace, ...], limits: Sequence[tuple[float, float]]) -> tuple[RowPlace, ...]:
    """Return the places with the slant of their characters, as seen in rows cut without any. A page held obliquely leans them, in a
    keystone the left ones to one side and the right ones to the other."""
    energy = np.zeros((len(LEANS), LEAN_PARTS))
    for row, place, (left, right) in zip(rows, places, limits, strict=True):
        energy += _upright_energy(row, (LINE_SIZE[0] / (right - left)) * place.height * (1 + 2 * PAPER) / LINE_SIZE[1])
    energy /= energy.max(0) + 1e-6
    across = (np.arange(LEAN_PARTS) + 0.5) / LEAN_PARTS * 2 - 1
    best, most = (0.0, 0.0), float(energy[len(LEANS) // 2].sum()) + 0.03 * LEAN_PARTS
    parts = np.arange(LEAN_PARTS)
    for middle in LEANS[3:-3]:
        for change in LEANS[::2]:
            at = (np.clip(middle + change * across, LEANS[0], LEANS[-1]) - LEANS[0]) / (LEANS[1] - LEANS[0])
            lower = np.minimum(at.astype(np.intp), len(LEANS) - 2)
            seen = energy[lower, parts] * (1 - at + lower) + energy[lower + 1, parts] * (at - lower)
            if float(seen.sum()) > most:
                best, most = (float(middle), float(change)), float(seen.sum())
    if abs(best[0]) + abs(best[1]) < NOTICED_LEAN:
        return places
    left, right = (float(np.median([limit[side] for limit in limits])) for side in (0, 1))
    per_x = best[1] * 2 / (right - left)
    lean = (per_x, best[0] - per_x * (left + right) / 2)
    return tuple(replace(place, lean=lean) for place in places)


def _upright_energy(row: Gray, wider: float) -> Floats:
    """Return (LEANS, LEAN_PARTS): how sharply ink and paper alternate along the row, if slanted back. wider: x scale over y scale."""
    wide, high = LINE_SIZE
    energies = []
    for lean in LEANS:
        shift = lean * wider
        matrix = np.array([[1, shift, -shift * (high - 1) / 2], [0, 1, 0]])
        upright = cv2.warpAffine(row, matrix, (wide, high), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_REPLICATE)
        profile = upright[5:-5].mean(0, dtype=np.float64)
        energies.append((np.diff(profile, append=profile[-1]) ** 2).reshape(LEAN_PARTS, -1).sum(1))
    return np.asarray(energies, np.float64)


def _sampled(gray: Gray, places: NDArray[np.float32]) -> Gray:
    """Return gray at places (32, 640, 2), averaged first where a target pixel covers several source pixels."""
    step = max(
        float(np.linalg.norm(places[16, -1] - places[16, 0])) / LINE_SIZE[0],
        float(np.linalg.norm(places[-1, 320] - places[0, 320])) / LINE_SIZE[1],
    )
    x0, y0 = np.floor(np.clip(places.reshape(-1, 2).min(0) - 4, 0, None)).astype(int)
    x1, y1 = np.ceil(places.reshape(-1, 2).max(0) + 4).astype(int)
    window = gray[y0 : max(y1, y0 + 2), x0 : max(x1, x0 + 2)]
    if window.size == 0:
        return np.zeros(LINE_SIZE[::-1], np.uint8)
    at = places - np.array([x0, y0], np.float32)
    if step > 1.5:
        smaller = (max(2, round(window.shape[1] / step)), max(2, round(window.shape[0] / step)))
        at = at * np.array([smaller[0] / window.shape[1], smaller[1] / window.shape[0]], np.float32)
        window = np.asarray(cv2.resize(window, smaller, interpolation=cv2.INTER_AREA), np.uint8)
    row = cv2.remap(window, at[..., 0], at[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(row, np.uint8)


def _ink(gray: Gray) -> NDArray[np.float32]:
    """Return how much darker each pixel is than the paper around it, 0..1 of the ink that is usual here."""
    soft = cv2.GaussianBlur(gray, (3, 3), 0)
    hat = cv2.morphologyEx(soft, cv2.MORPH_BLACKHAT, cv2.getStructuringElement(cv2.MORPH_RECT, (13, 13))).astype(np.float32)
    usual = max(8.0, float(np.percentile(hat, 93)))
    return np.asarray(np.clip(hat / usual, 0, 1), np.float32)


def _extent(ink: NDArray[np.float32], margin: float) -> tuple[float, float]:
    """Return where the rows may start and end: the finder's limits (inside the margin) grown over neighbouring ink."""
    width = ink.shape[1]
    first, last = min(margin, width * 0.3), max(width - margin, width * 0.7)
    return max(0.0, first - 1.2 * ROW_PX), min(float(width - 1), last + 1.2 * ROW_PX)


def _strips(ink: NDArray[np.float32], left: float, right: float) -> Floats:
    """Return (STRIPS, height): mean ink per strip and line of pixels."""
    edges = np.linspace(left, right, STRIPS + 1).astype(int)
    return np.stack([ink[:, a : max(b, a + 1)].mean(1) for a, b in pairwise(edges)]).astype(np.float64)


def _shifted(strips: Floats, per_strip: float, bow: float = 0.0) -> Floats:
    """Return the strips moved so that a row rising by per_strip pixels per strip becomes level (about the middle strip).

    bow: pixels by which the row's middle hangs below the line through its ends."""
    lines = np.arange(strips.shape[1])
    offsets = (np.arange(STRIPS) - (STRIPS - 1) / 2) * per_strip + bow * _SAG
    return np.stack([np.interp(lines + offset, lines, strip) for offset, strip in zip(offsets, strips, strict=True)])


_SAG = 2 / 3 - np.linspace(-1, 1, STRIPS) ** 2
"""How a bow of 1 pixel moves each strip: the middle down, the ends up, about nothing on the whole."""


def _slope_and_bow(strips: Floats, strip_px: float) -> tuple[float, float]:
    """Return the rows' rise in pixels per pixel (within 2.5 degrees) and their bow in pixels, that make the profile most uneven."""

    def energy(slope: float, bow: float) -> float:
        return float((_shifted(strips, slope * strip_px, bow).mean(0) ** 2).sum())

    slopes = np.tan(np.radians(np.linspace(-2.5, 2.5, 31)))
    slope = float(max(slopes, key=lambda slope: energy(slope, 0.0)))
    level = energy(slope, 0.0)
    bow = float(max(BOWS, key=lambda bow: energy(slope, bow * ROW_PX))) * ROW_PX
    near = slope + (slopes[1] - slopes[0]) * np.arange(-4, 5)
    bent = float(max(near, key=lambda slope: energy(slope, bow)))
    # A bow that is not plain to see follows the noise.
    return (bent, bow) if energy(bent, bow) > 1.04 * level else (slope, 0.0)


def _runs(profile: Floats) -> list[tuple[int, int]]:
    """Return (top, bottom) of stretches with much ink, 0.55 to 1.9 rows high."""
    low, high = float(np.percentile(profile, 15)), float(np.percentile(profile, 92))
    over = np.concatenate([[False], profile > low + 0.45 * (high - low), [False]])
    changes = np.flatnonzero(over[1:] != over[:-1])
    runs = [(int(a), int(b)) for a, b in zip(changes[::2], changes[1::2], strict=True)]
    return [run for run in runs if 0.55 * ROW_PX <= run[1] - run[0] <= 1.9 * ROW_PX]


def _within(run: tuple[int, int], core: tuple[float, float]) -> bool:
    middle = (run[0] + run[1]) / 2
    return core[0] - ROW_PX / 2 < middle < core[1] + ROW_PX / 2


def _followed(strips: Floats, centre: float, height: float, slope: float, bow: float, left: float, right: float) -> Floats:
    """Return the quadratic along a row's middle: strip by strip the place where ink inside is most above ink outside."""
    half, reach = height / 2, height * 0.45
    places = np.linspace(left, right, STRIPS + 1)
    middles = (places[:-1] + places[1:]) / 2
    expected = centre + slope * (middles - (left + right) / 2) + bow * _SAG
    sums = np.concatenate([np.zeros((STRIPS, 1)), np.cumsum(strips, 1)], 1)
    offsets = np.linspace(-reach, reach, 13)
    edges = np.array([-1.5, -1.0, 1.0, 1.5]) * half
    at = _between(sums, expected[:, None, None] + offsets[:, None] + edges)
    inside, below, above = at[..., 2] - at[..., 1], at[..., 3] - at[..., 2], at[..., 1] - at[..., 0]
    gains = inside - 0.7 * (below + above) - 0.02 * np.abs(offsets)
    best = offsets[gains.argmax(1)]
    weight = np.clip(gains.max(1), 0, None) + 1e-3
    u = (middles - (left + right) / 2) / ((right - left) / 2)
    for _ in range(3):
        design = np.stack([u**2, u, np.ones_like(u)], 1)
        hold = np.diag([0.15, 0.03, 0.01]) * weight.sum()
        fit = np.linalg.solve(design.T @ (design * weight[:, None]) + hold, design.T @ (best * weight))
        miss = np.abs(best - design @ fit)
        weight = weight * np.exp(-((miss / (0.2 * height)) ** 2)) + 1e-6
    a, b, c = fit + bow * np.array([-1.0, 0.0, 2 / 3])
    half_px, mid = (right - left) / 2, (left + right) / 2
    quadratic = np.array([a / half_px**2, b / half_px - 2 * a * mid / half_px**2, c - b * mid / half_px + a * mid**2 / half_px**2])
    return np.asarray(quadratic + np.array([0.0, slope, centre - slope * mid]), np.float64)


def _between(sums: Floats, places: Floats) -> Floats:
    """Return each strip's running sum (strips, height + 1) at fractional places (strips, ...), held at the ends."""
    held = np.clip(places, 0, sums.shape[1] - 1.001)
    lower = held.astype(np.intp)
    strip = np.arange(len(sums)).reshape(-1, *([1] * (places.ndim - 1)))
    first, second = sums[strip, lower], sums[strip, lower + 1]
    return np.asarray(first + (held - lower) * (second - first), np.float64)


def _row_extent(ink: NDArray[np.float32], middle: Floats, height: float, left: float, right: float) -> tuple[float, float]:
    """Return where a row's own ink starts and ends, gaps of up to GAP row heights allowed, growing from the row's core."""
    width = ink.shape[1]
    x = np.arange(width, dtype=np.float32)
    centre = np.polyval(middle, x)
    down = np.linspace(-height / 2, height / 2, 9)[:, None]
    inside = cv2.remap(ink, np.broadcast_to(x, (9, width)).astype(np.float32), (centre[None] + down).astype(np.float32), cv2.INTER_LINEAR)
    columns = np.asarray(cv2.blur(inside.mean(0)[None], (5, 1))[0])
    usual = float(np.percentile(columns[int(left) : int(right) + 1], 60))
    marked = columns > 0.35 * usual
    gap = GAP * height
    core = int((left + right) / 2)
    near = far = float(core)
    for i in range(core, -1, -1):
        if marked[i]:
            near = float(i)
        elif near - i > gap:
            break
    for i in range(core, width):
        if marked[i]:
            far = float(i)
        elif i - far > gap:
            break
    return near, far
