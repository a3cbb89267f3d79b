"""Watches a document being held up, frame by frame and cheaply: where it is, what to change, when it is worth reading."""

from dataclasses import replace

import cv2
import numpy as np

from kiosk.document.mrz_find import MRZ_LIKE, find_zones
from kiosk.document.outline import find_outlines
from kiosk.document.reading import PageHint, PageObservation
from kiosk.frame import Frame, Pixels
from kiosk.imaging.geometry import Gray, Quad, gray_of, reduced, side_lengths
from kiosk.imaging.quality import brightness, glare_map, glare_share, sharpness
from kiosk.policy import DocumentPolicy

WATCHED_SIDE = 640
"""Longer side of the picture watched, pixels: enough to judge the sharpness of print, cheap enough for every frame."""
JUDGED_WIDTH = 480
"""Width to which the page is brought before its sharpness is measured, so that the figure does not depend on the camera."""
PAGE_AT_LEAST = 0.35
"""Share of the frame's width from which an outline is taken for a page without looking for an MRZ too."""
DARK_BELOW = 45.0
GLARE_ABOVE = 0.03
MOST_OBLIQUE = 1.28
"""Longer over shorter of two opposite edges above which the far print is too small and the page should be turned to the camera."""
LARGEST_SHARE = 0.98
"""Page width over frame width above which an edge is about to leave the picture."""


def observe_page(frame: Frame, previous: PageObservation | None, policy: DocumentPolicy) -> PageObservation:
    """Return what one frame shows of a document. previous: the observation of the frame before, None after a pause."""
    small, factor = reduced(frame.pixels, WATCHED_SIDE)
    gray = gray_of(small)
    quad = _page_or_mrz(small, gray)
    if quad is None:
        dark = brightness(gray) < DARK_BELOW
        return _observation(frame, None, 0.0, _unknown_movement(frame), PageHint.TOO_DARK if dark else PageHint.NO_PAGE)
    part, inside = _inside(small, quad)
    sharp = sharpness(inside)
    full = (quad / factor).astype(np.float32)
    moved = _movement(full, previous, frame)
    hint = _hint(full, frame, part, inside, sharp, moved, policy)
    seen = _observation(frame, full, sharp, moved, hint)
    return seen if hint is not PageHint.GLARE else replace(seen, glare=_glare(part, quad, factor))


def _glare(part: Pixels, quad: Quad, factor: float) -> tuple[float, float, float, float] | None:
    """Return the box of the largest reflection on a page, pixels of the frame. part: see `_inside`."""
    count, _, boxes, _ = cv2.connectedComponentsWithStats(glare_map(part).astype(np.uint8))
    if count < 2:
        return None
    left, top, wide, high, _ = (int(value) for value in boxes[1 + int(boxes[1:, cv2.CC_STAT_AREA].argmax())])
    x0, y0 = np.clip(quad.min(0), 0, None).astype(int)
    scale = (float(np.ceil(quad[:, 0].max())) - float(x0)) / part.shape[1]
    corners = (x0 + left * scale, y0 + top * scale, x0 + (left + wide) * scale, y0 + (top + high) * scale)
    return float(corners[0] / factor), float(corners[1] / factor), float(corners[2] / factor), float(corners[3] / factor)


def _page_or_mrz(small: Pixels, gray: Gray) -> Quad | None:
    """Return the page's outline, or the MRZ's where the page has no visible outline (it fills the frame, or lies white on white)."""
    outlines = find_outlines(small)
    page = outlines[0][0] if outlines else None
    if page is not None and np.ptp(page[:, 0]) >= PAGE_AT_LEAST * small.shape[1]:
        return page
    # A small outline may be the portrait's on a page that fills the frame.
    zones = [zone for zone in find_zones(gray, sizes=1, least_side=WATCHED_SIDE) if zone.rows >= 2 and zone.score >= MRZ_LIKE]
    if zones and (page is None or np.ptp(zones[0].quad[:, 0]) > np.ptp(page[:, 0])):
        return zones[0].quad
    return page


def _inside(small: Pixels, quad: Quad) -> tuple[Pixels, Gray]:
    x0, y0 = np.clip(quad.min(0), 0, None).astype(int)
    x1, y1 = np.ceil(quad.max(0)).astype(int)
    part = small[y0 : max(y1, y0 + 8), x0 : max(x1, x0 + 8)]
    factor = JUDGED_WIDTH / max(part.shape[1], 1)
    if factor < 1:
        part = np.asarray(cv2.resize(part, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA), np.uint8)
    return part, gray_of(part)


def _movement(quad: Quad, previous: PageObservation | None, frame: Frame) -> float:
    if previous is None or previous.quad is None or previous.frame_size != frame.size:
        return _unknown_movement(frame)
    return float(np.linalg.norm(quad - np.array(previous.quad, np.float32), axis=1).mean())


def _unknown_movement(frame: Frame) -> float:
    return float(max(frame.size))


def _hint(quad: Quad, frame: Frame, part: Pixels, inside: Gray, sharp: float, moved: float, policy: DocumentPolicy) -> PageHint | None:
    """Return the first thing to change: light before distance before patience."""
    top, _, bottom, _ = side_lengths(quad)
    share = float(np.ptp(quad[:, 0])) / frame.size[0]
    if brightness(inside) < DARK_BELOW:
        return PageHint.TOO_DARK
    if max(share, (top + bottom) / 2 / frame.size[0]) < policy.min_page_width_share:
        return PageHint.CLOSER
    if share > LARGEST_SHARE:
        return PageHint.FARTHER
    if glare_share(part) > GLARE_ABOVE:
        return PageHint.GLARE
    top, right, bottom, left = side_lengths(quad)
    if max(top, bottom) > MOST_OBLIQUE * min(top, bottom) or max(left, right) > MOST_OBLIQUE * min(left, right):
        return PageHint.TILTED
    if moved > policy.steady_px or sharp < policy.sharp_above:
        return PageHint.HOLD_STILL
    return None


def _observation(frame: Frame, quad: Quad | None, sharp: float, moved: float, hint: PageHint | None) -> PageObservation:
    corners = None if quad is None else tuple((float(x), float(y)) for x, y in quad)
    return PageObservation(
        captured_ns=frame.captured_ns,
        sequence=frame.sequence,
        frame_size=frame.size,
        quad=corners,
        sharpness=sharp,
        stillness_px=moved,
        hint=hint,
        ready=quad is not None and hint is None,
    )
