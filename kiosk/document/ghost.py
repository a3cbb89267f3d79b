"""Compares the small second portrait that many cards print with the main one: both are the same photograph.

No face print: a ghost is 40 to 70 pixels wide, too small for one, but the very same picture, so correlation of the two tells. A portrait
exchanged without its ghost is seen; one exchanged with it is not.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from kiosk.document.engines import Faces
from kiosk.document.reading import Portrait
from kiosk.frame import Pixels
from kiosk.imaging.geometry import gray_of

SAME_AT_LEAST = 0.75
LEAST_WIDTH_PX = 24.0
_SIDE = 32


@dataclass(frozen=True, slots=True)
class Ghost:
    """likeness: correlation of the two faces, -1..1; box: of the second face on the page, (x0, y0, x1, y1) pixels."""

    likeness: float
    box: tuple[float, float, float, float]

    @property
    def is_same(self) -> bool:
        return self.likeness >= SAME_AT_LEAST


def find_ghost(page: Pixels, place: tuple[float, float, float, float], portrait: Portrait, faces: Faces) -> Ghost | None:
    """Return the ghost in a place of the page compared with the portrait, None where no face is seen there.

    place: (left, top, right, bottom) as shares of the page's width and height.
    """
    height, width = page.shape[:2]
    left, top, right, bottom = (round(share * side) for share, side in zip(place, (width, height, width, height), strict=True))
    part = page[top:bottom, left:right]
    if portrait.box is None or min(part.shape[:2]) < 2 * LEAST_WIDTH_PX:
        return None
    # enlarged, so that one look of the finder is enough
    enlarged = np.asarray(cv2.resize(part, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC), np.uint8)
    found = [face for face in faces.find_small(enlarged, 0.25 * enlarged.shape[1]) if face.score >= 0.6]
    if not found:
        return None
    x0, y0, x1, y1 = (value / 2 for value in found[0].box)
    if x1 - x0 < LEAST_WIDTH_PX:
        return None
    box = (x0 + left, y0 + top, x1 + left, y1 + top)
    return Ghost(likeness(page, portrait.box, page, box), box)


def likeness(
    page: Pixels, face: tuple[float, float, float, float], other_page: Pixels, other_face: tuple[float, float, float, float]
) -> float:
    """Return how alike the light and shade of two printed faces are, -1..1: one photograph printed or captured twice reaches 0.9.

    face, other_face: boxes on their pages, (x0, y0, x1, y1) pixels; the second may be a fifth of its width off.
    """
    main = _face(np.asarray(gray_of(page), np.uint8), face, 0.0)
    second = _face(np.asarray(gray_of(other_page), np.uint8), other_face, 0.2)
    return float(cv2.matchTemplate(second, main, cv2.TM_CCOEFF_NORMED).max())


def _face(gray: NDArray[np.uint8], box: tuple[float, float, float, float], room: float) -> NDArray[np.float32]:
    """Return a face at a fixed size, with room around it for the finder's inexactness, its light evened out."""
    x0, y0, x1, y1 = box
    wide, high = x1 - x0, y1 - y0
    x0, y0, x1, y1 = x0 - room * wide, y0 - room * high, x1 + room * wide, y1 + room * high
    side = round(_SIDE * (1 + 2 * room))
    source = np.array([[x0, y0], [x1, y0], [x0, y1]], np.float32)
    target = np.array([[0, 0], [side, 0], [0, side]], np.float32)
    cut = cv2.warpAffine(gray, cv2.getAffineTransform(source, target), (side, side), flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REPLICATE)
    values = cut.astype(np.float32)
    return np.asarray(values - cv2.GaussianBlur(values, (0, 0), side / 3), np.float32)
