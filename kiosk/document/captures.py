"""More captures of a portrait that was read: each frame has its own noise and light, so their average says more than one.

A frame counts only if it shows the same photograph as the portrait that was read; somebody's second card, held up a moment earlier, does
not get into the average. A ghost image is such a photograph too, but is left out: at 60 to 80 pixels it took away more than it gave
(docs/evidence/faces.md).
"""

from collections.abc import Sequence

import numpy as np

from kiosk.document.engines import Faces
from kiosk.document.ghost import likeness
from kiosk.document.kind import Kind
from kiosk.document.kinds import kind_read
from kiosk.document.outline import find_outlines
from kiosk.document.page import flatten_page
from kiosk.document.portrait import find_portrait
from kiosk.document.reading import Portrait, Read
from kiosk.frame import Pixels
from kiosk.imaging.geometry import lengthwise

SAME_PHOTOGRAPH = 0.85
"""Likeness from which two captures show one photograph. Captures of one simulated card reach 0.95 and more, two people's stay under 0.7
(tests/document/test_captures.py)."""


def further_portraits(read: Read, pictures: Sequence[Pixels], faces: Faces) -> tuple[Portrait, ...]:
    """Return the portrait as these pictures show it; pictures without a page's outline, or of another photograph, give none.

    read: what was read of the same document; pictures: BGR, of a camera. A picture costs about 20 ms.
    """
    page, main = read.page, read.portrait
    if page is None or main is None or main.box is None:
        return ()
    kind = kind_read(read.fields)
    further: list[Portrait] = []
    for picture in pictures:
        found = portrait_on(picture, kind, faces)
        if found is None:
            continue
        portrait, again = found
        if portrait.box is not None and likeness(page, main.box, again, portrait.box) >= SAME_PHOTOGRAPH:
            further.append(portrait)
    return tuple(further)


def portrait_on(picture: Pixels, kind: Kind, faces: Faces) -> tuple[Portrait, Pixels] | None:
    """Return the portrait on the page that stands out most, and that page flattened; None where no page or no face is seen."""
    outlines = find_outlines(picture)
    if not outlines:
        return None
    lying = lengthwise(outlines[0][0])
    for quad in (lying, np.roll(lying, 2, axis=0).astype(np.float32)):
        page = flatten_page(picture, quad, kind)
        portrait = find_portrait(page, faces)
        if portrait is not None:
            return portrait, page
    return None
