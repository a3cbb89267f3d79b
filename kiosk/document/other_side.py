"""A card's second side: its portrait and its print, joined to the MRZ that was read on the first.

Two pictures are one card only if the print says so. A portrait is taken from a card's outline and nowhere else: in front of a camera
the picture behind the card shows the customer's own living face.
"""

from dataclasses import replace
from datetime import date

import cv2
import numpy as np

from kiosk.document import crosscheck
from kiosk.document.authenticity import ghost_signs, signs_of_forgery
from kiosk.document.engines import Engines
from kiosk.document.fields import read_printed
from kiosk.document.kind import Kind
from kiosk.document.kind_checks import of_kind
from kiosk.document.kinds import kind_read
from kiosk.document.mrz import MrzParsed, birth_date, parse
from kiosk.document.outline import find_outlines
from kiosk.document.page import flatten_page
from kiosk.document.portrait import find_portrait, printed_face
from kiosk.document.printed import Label, PrintedLine, dates_of
from kiosk.document.reading import DocumentOutcome, Finding, FindingCode, Portrait, Read, Unknown, Weight
from kiosk.document.viz import bind, printed_fields
from kiosk.frame import Pixels
from kiosk.imaging.geometry import Quad, area, gray_of, lengthwise, side_lengths
from kiosk.values import Masked

SAME_SHAPE = 0.2
"""By how much an outline's proportions may differ from the card's, for perspective."""
SAME_SIZE = 0.25
"""By how much two sides of a card on one sheet may differ in size: they were copied at one scale."""
MOST_SHARED = 0.05
"""Share of a side that the other side beside it may cover."""
INNER_SHARES = (0.12, 0.8)
"""Area of a card inside an outline, over the outline's, that makes the outline a screen, a window or a door behind the card."""
_GRAVITY = (Weight.NOTED, Weight.AGREES, Weight.DOUBTS, Weight.CONTRADICTS)


def with_other_side(read: Read, picture: Pixels, engines: Engines, today: date) -> DocumentOutcome:
    """Return the reading with the portrait and the findings of this side, or Unknown while no portrait of this card is seen.

    read: the side with the MRZ. picture: a picture in which no MRZ was found, BGR. The page kept is this one, since it is the one a person
    wants to see; the MRZ stays as its raw lines.
    """
    kind = kind_read(read.fields)
    for quad, _ in find_outlines(picture)[:2]:
        lying = lengthwise(quad)
        if not _has_shape_of(lying, kind):
            continue
        page = flatten_page(picture, lying, kind)
        outcome = None if _shows_card_beside_face(page, kind, engines) else joined(read, page, engines, today)
        if isinstance(outcome, Read):
            signs = signs_of_forgery(picture, gray_of(picture), page, lying, outcome.portrait, None)
            ghost = ghost_signs(page, kind, outcome.portrait, engines)
            return replace(outcome, findings=merged(outcome.findings, (*signs, *ghost)))
        if outcome is not None:
            return outcome
    return Unknown(None)


def joined(read: Read, page: Pixels, engines: Engines, today: date) -> DocumentOutcome | None:
    """Return the reading with what the other side, flattened, adds to it.

    None where the page shows no portrait; Unknown where its print is another card's. Where its print neither links nor separates the
    sides, the finding SIDES_LINKED doubts. Findings of both sides are kept, the gravest of each check.
    """
    portrait = find_portrait(page, engines.faces)
    if portrait is None:
        return None
    parsed = _parsed(read)
    lines = read_printed(page, engines.text, None, lambda seen: crosscheck.all_seen(parsed, seen, today), kind_read(read.fields))
    link = _link(parsed, lines, today)
    if link is Weight.CONTRADICTS:
        return Unknown(None)
    return _with_page(read, parsed, page, portrait, lines, link, today)


def second_card(picture: Pixels, first: Quad, kind: Kind) -> Pixels | None:
    """Return the other side of a card, flattened, from a sheet that shows both; None where no second card's outline is seen.

    first: corners of the side already found, clockwise from its own upper left. What lies above, below, left and right of it is
    looked at by itself, with a margin around it: a scan is often cut along the card's own edge.
    """
    dark = np.median(picture[::8, ::8]) > 127
    height, width = picture.shape[:2]
    margin = round(0.05 * max(height, width))
    x0, y0 = (int(low) for low in np.clip(np.floor(first.min(0)), 0, (width, height)))
    x1, y1 = (int(high) for high in np.clip(np.ceil(first.max(0)), 0, (width, height)))
    for left, top, right, bottom in ((0, 0, width, y0), (0, y1, width, height), (0, 0, x0, height), (x1, 0, width, height)):
        if (right - left) * (bottom - top) < (1 - SAME_SIZE) ** 2 * area(first):
            continue
        part = picture[top:bottom, left:right]
        framed = cv2.copyMakeBorder(part, margin, margin, margin, margin, cv2.BORDER_CONSTANT, value=(0, 0, 0) if dark else (255, 255, 255))
        for quad, _ in find_outlines(np.asarray(framed, np.uint8)):
            lying = _turned_like(quad + np.array([left - margin, top - margin], np.float32), first)
            if _has_shape_of(lying, kind) and _is_like_sized(lying, first) and _share_covered(lying, first) <= MOST_SHARED:
                return flatten_page(picture, lying, kind)
    return None


def merged(one: tuple[Finding, ...], other: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """Return one finding per check and field, the gravest: what one side contradicts the other cannot make good."""
    gravest: dict[tuple[FindingCode, str], Finding] = {}
    for finding in (*one, *other):
        key = (finding.code, finding.about)
        if key not in gravest or _GRAVITY.index(finding.weight) > _GRAVITY.index(gravest[key].weight):
            gravest[key] = finding
    return tuple(gravest.values())


def _with_page(
    read: Read, parsed: MrzParsed, page: Pixels, portrait: Portrait, lines: tuple[PrintedLine, ...], link: Weight, today: date
) -> Read:
    content = parsed.content
    kind = kind_read(read.fields)
    printed = printed_fields(bind(lines, kind, (page.shape[1], page.shape[0])), lines, kind, today)
    here = (
        *crosscheck.cross_check(parsed, lines, today),
        *of_kind(kind, read.fields, printed, today),
        Finding(FindingCode.PORTRAIT_FOUND, Weight.AGREES, "portrait"),
        Finding(FindingCode.SIDES_LINKED, link, "portrait"),
    )
    name = crosscheck.printed_name(content.surname, content.given_names, lines)
    fields = replace(
        read.fields,
        printed_name=Masked(name or read.fields.printed_name.reveal()),
        printed_address=Masked(crosscheck.printed_address(lines) or read.fields.printed_address.reveal()),
        issue_date=printed.issued or read.fields.issue_date,
    )
    return replace(read, fields=fields, findings=merged(read.findings, here), portrait=portrait, page=page)


def _link(parsed: MrzParsed, lines: tuple[PrintedLine, ...], today: date) -> Weight:
    """Return AGREES where the print names this card or this holder, CONTRADICTS where it names another, DOUBTS where neither."""
    content = parsed.content
    number = crosscheck.number_weight(content.number, lines)
    name = crosscheck.name_weight(content.surname, content.given_names, lines)
    birth = crosscheck.date_weight(birth_date(content.birth, today), Label.BIRTH, dates_of(lines, today), lines)
    if number is Weight.AGREES or (name is Weight.AGREES and birth is Weight.AGREES):
        return Weight.AGREES
    return Weight.CONTRADICTS if Weight.CONTRADICTS in (number, name, birth) else Weight.DOUBTS


def _parsed(read: Read) -> MrzParsed:
    parsed = parse(read.raw_lines.reveal())
    if not isinstance(parsed, MrzParsed):
        raise ValueError("a reading holds lines that parse")
    return parsed


def _turned_like(quad: Quad, first: Quad) -> Quad:
    """Return the corners begun where the top edge runs most nearly as the first side's does."""
    along = first[1] - first[0]
    turns = [np.roll(quad, turn, axis=0).astype(np.float32) for turn in range(4)]
    return max(turns, key=lambda turned: float((turned[1] - turned[0]) @ along) / float(np.linalg.norm(turned[1] - turned[0]) + 1e-9))


def _has_shape_of(quad: Quad, kind: Kind) -> bool:
    top, right, bottom, left = side_lengths(quad)
    return abs((top + bottom) / max(right + left, 1.0) / (kind.width_mm / kind.height_mm) - 1) <= SAME_SHAPE


def _is_like_sized(quad: Quad, first: Quad) -> bool:
    return bool(abs((area(quad) / max(area(first), 1.0)) ** 0.5 - 1) <= SAME_SIZE)


def _share_covered(quad: Quad, first: Quad) -> float:
    shared, _ = cv2.intersectConvexConvex(quad, first)
    return float(shared) / max(min(area(quad), area(first)), 1.0)


def _shows_card_beside_face(page: Pixels, kind: Kind, engines: Engines) -> bool:
    """Return whether a supposed card has a smaller card on it and the face outside that: it is then what stands behind the card."""
    face = printed_face(page, engines.faces)
    if face is None:
        return False
    middle = ((face.box[0] + face.box[2]) / 2, (face.box[1] + face.box[3]) / 2)
    size = float(page.shape[0] * page.shape[1])
    return any(
        INNER_SHARES[0] <= area(inner) / size <= INNER_SHARES[1]
        and _has_shape_of(lengthwise(inner), kind)
        and cv2.pointPolygonTest(inner.reshape(-1, 1, 2), middle, False) < 0
        for inner, _ in find_outlines(page)
    )
