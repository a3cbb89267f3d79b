"""Looks at the picture itself for signs of a copy, a screen or an edit. Each finding says what was seen and how sure it is.

A sign doubts and never contradicts: a person looks. Finding no sign proves nothing and is NOTED; only an MRZ that is set as it must be
AGREES. What each look reaches, and what it does not, is measured in docs/evidence/authenticity.md (`app.py measure authenticity`).
"""

import cv2
import numpy as np

from kiosk.document.engines import Engines
from kiosk.document.ghost import Ghost, find_ghost
from kiosk.document.kind import Kind
from kiosk.document.mrz_print import MrzPrint, mrz_print
from kiosk.document.mrz_read import ZoneReading
from kiosk.document.portrait_edit import EditSigns, edit_signs
from kiosk.document.reading import Finding, FindingCode, Portrait, Weight
from kiosk.document.recapture import COLOURLESS, PROMINENT, colour_spread, screen_pattern
from kiosk.frame import Pixels
from kiosk.imaging.geometry import Gray, Quad, transformed
from kiosk.values import Masked

SURE = {
    FindingCode.SCREEN_RECAPTURE: 0.9,
    FindingCode.GRAY_COPY: 0.95,
    FindingCode.PORTRAIT_EDITED: 0.7,
    FindingCode.MRZ_PRINTING: 0.9,
    FindingCode.GHOST_PORTRAIT: 0.7,
}
"""How far each sign is believed where it is raised: below what was measured (docs/evidence/authenticity.md), since simulations flatter."""


def signs_of_forgery(
    picture: Pixels, gray: Gray, page: Pixels, quad: Quad, portrait: Portrait | None, reading: ZoneReading | None
) -> tuple[Finding, ...]:
    """Return one finding per look that could be taken. quad: the page's corners in the picture; reading: None without MRZ."""
    found = [_screen(picture), _colour(page)]
    if portrait is not None and portrait.box is not None:
        signs = edit_signs(picture, _around(quad), _in_picture(portrait.box, page, quad))
        if signs is not None:
            found.append(_edited(signs))
    if reading is not None:
        printed = mrz_print(gray, reading.corners, reading.parsed.lines, reading.row_height)
        if printed is not None:
            found.append(_set(printed))
    return tuple(found)


def ghost_signs(page: Pixels, kind: Kind, portrait: Portrait | None, engines: Engines) -> tuple[Finding, ...]:
    """Return whether the small second portrait agrees with the main one, nothing where this kind or this page shows none."""
    if kind.ghost is None or portrait is None:
        return ()
    ghost = find_ghost(page, kind.ghost, portrait, engines.faces)
    return () if ghost is None else (ghost_finding(ghost),)


def ghost_finding(ghost: Ghost) -> Finding:
    """Return whether the small second portrait shows the same picture as the main one."""
    weight = Weight.AGREES if ghost.is_same else Weight.DOUBTS
    return _finding(FindingCode.GHOST_PORTRAIT, weight, "portrait", f"{ghost.likeness:.2f}")


def _screen(picture: Pixels) -> Finding:
    pattern = screen_pattern(picture)
    seen = pattern.prominence >= PROMINENT
    return _finding(
        FindingCode.SCREEN_RECAPTURE, Weight.DOUBTS if seen else Weight.NOTED, "picture", f"{pattern.pitch_px:.1f} px" if seen else ""
    )


def _colour(page: Pixels) -> Finding:
    spread = colour_spread(page)
    gray = spread < COLOURLESS
    return _finding(FindingCode.GRAY_COPY, Weight.DOUBTS if gray else Weight.NOTED, "picture", f"{spread:.1f}" if gray else "")


def _edited(signs: EditSigns) -> Finding:
    return _finding(
        FindingCode.PORTRAIT_EDITED, Weight.DOUBTS if signs.suspicious else Weight.NOTED, "portrait", ", ".join(signs.suspicious)
    )


def _set(printed: MrzPrint) -> Finding:
    weight = Weight.AGREES if printed.is_ocr_b else Weight.DOUBTS
    return _finding(FindingCode.MRZ_PRINTING, weight, "mrz", f"{printed.likeness:.2f}, {printed.stray:.2f}")


def _finding(code: FindingCode, weight: Weight, about: str, seen: str) -> Finding:
    return Finding(code, weight, about, SURE[code], Masked(seen))


def _around(quad: Quad) -> tuple[int, int, int, int]:
    (x0, y0), (x1, y1) = quad.min(0), quad.max(0)
    return int(x0), int(y0), int(x1), int(y1)


def _in_picture(box: tuple[float, float, float, float], page: Pixels, quad: Quad) -> tuple[int, int, int, int]:
    """Return the upright box in the picture around a box of the page."""
    height, width = page.shape[:2]
    source = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    x0, y0, x1, y1 = box
    corners = np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]], np.float32)
    return _around(transformed(corners, np.asarray(cv2.getPerspectiveTransform(source, quad.astype(np.float32)), np.float64)))
