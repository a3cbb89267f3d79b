"""Cuts the holder's portrait out of the page."""

import numpy as np

from kiosk.document.engines import FaceLike, Faces
from kiosk.document.reading import Portrait
from kiosk.frame import Pixels

SMALLEST_SHARE = 0.09
"""Face width over page width below which it is not the holder's main portrait but a ghost image."""
SCORE_AT_LEAST = 0.7
MARGIN = 0.6
"""Room left around the face box, in face widths: alignment needs hair and chin."""


def find_portrait(page: Pixels, faces: Faces) -> Portrait | None:
    """Return the largest face on the page with a margin, None if there is none."""
    found = [f for f in faces.find_small(page, SMALLEST_SHARE * page.shape[1]) if f.score >= SCORE_AT_LEAST]
    if not found:
        return None
    face = max(found, key=lambda f: (f.box[2] - f.box[0]) * f.score)
    return _cut(page, face)


def _cut(page: Pixels, face: FaceLike) -> Portrait | None:
    x0, y0, x1, y1 = face.box
    room = MARGIN * (x1 - x0)
    left, top = max(0, int(x0 - room)), max(0, int(y0 - room))
    right, bottom = min(page.shape[1], int(x1 + room)), min(page.shape[0], int(y1 + room))
    if right - left < 16 or bottom - top < 16:
        return None
    return Portrait(np.ascontiguousarray(page[top:bottom, left:right]), float(x1 - x0))
