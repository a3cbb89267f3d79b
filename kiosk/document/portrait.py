"""Cuts the holder's portrait out of the page."""

import numpy as np

from kiosk.document.engines import FaceLike, Faces
from kiosk.document.reading import Portrait
from kiosk.frame import Pixels

SMALLEST_SHARE = 0.09
"""Face width over page width below which it is not the holder's main portrait but a ghost image."""
LARGEST_SHARE = 0.3
"""Face width over page width above which it is not printed on the page but stands before or behind it. Portraits on 52 specimen
documents measure 0.12 to 0.20; a living head seen over a card's width is larger unless it is six times as far away."""
SCORE_AT_LEAST = 0.7
MARGIN = 0.45
"""Room left around the face box, in face widths: alignment needs hair and chin, the neighbouring print only misleads."""


def find_portrait(page: Pixels, faces: Faces) -> Portrait | None:
    """Return the largest face printed on the page with a margin, None if there is none.

    page: a flattened document and nothing else. A face that reaches over its edge, or is too large for one, is not printed on it.
    """
    face = printed_face(page, faces)
    return cut_out(page, face.box) if face is not None else None


def printed_face(page: Pixels, faces: Faces) -> FaceLike | None:
    """Return where the portrait's face is on the page, None if there is none."""
    found = [f for f in faces.find_small(page, SMALLEST_SHARE * page.shape[1]) if f.score >= SCORE_AT_LEAST and _is_printed(f, page)]
    return max(found, key=lambda f: (f.box[2] - f.box[0]) * f.score, default=None)


def _is_printed(face: FaceLike, page: Pixels) -> bool:
    height, width = page.shape[:2]
    x0, y0, x1, y1 = face.box
    return x0 >= 0 and y0 >= 0 and x1 <= width and y1 <= height and x1 - x0 <= LARGEST_SHARE * width


def cut_out(page: Pixels, box: tuple[float, float, float, float]) -> Portrait | None:
    """Return the face in this box of the page, (x0, y0, x1, y1) pixels, with a margin; None at the page's very edge."""
    x0, y0, x1, y1 = box
    room = MARGIN * (x1 - x0)
    left, top = max(0, int(x0 - room)), max(0, int(y0 - room))
    right, bottom = min(page.shape[1], int(x1 + room)), min(page.shape[0], int(y1 + room))
    if right - left < 16 or bottom - top < 16:
        return None
    return Portrait(np.ascontiguousarray(page[top:bottom, left:right]), float(x1 - x0), (float(x0), float(y0), float(x1), float(y1)))
