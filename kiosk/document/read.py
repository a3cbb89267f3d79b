"""Reads a document from one picture: the MRZ first, since it says what the rest must be, then the page, the portrait, the print."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import cv2
import numpy as np
from numpy.typing import NDArray

from kiosk.document import crosscheck
from kiosk.document.authenticity import ghost_signs, signs_of_forgery
from kiosk.document.engines import Engines
from kiosk.document.fields import read_printed
from kiosk.document.kind import Kind
from kiosk.document.kind_checks import of_kind
from kiosk.document.kinds import kind_of
from kiosk.document.mrz_confidence import confidence_of, settled_field
from kiosk.document.mrz_doubt import settled_doubts
from kiosk.document.mrz_fields import fields_of
from kiosk.document.mrz_read import ZoneReading
from kiosk.document.mrz_search import search_mrz
from kiosk.document.other_side import joined, second_card
from kiosk.document.page import flatten_page, locate_page
from kiosk.document.portrait import find_portrait
from kiosk.document.printed import PrintedLine
from kiosk.document.reading import (
    DocumentOutcome,
    Finding,
    FindingCode,
    MrzLayout,
    Portrait,
    Read,
    Unknown,
    Unreadable,
    UnreadableBecause,
    Weight,
)
from kiosk.document.viz import bind, printed_fields
from kiosk.document.without_mrz import read_without_mrz
from kiosk.frame import Pixels
from kiosk.imaging.geometry import Quad, gray_of, reduced, transformed
from kiosk.imaging.quality import brightness, glare_share, sharpness
from kiosk.policy import DocumentPolicy
from kiosk.values import Masked

DARK_BELOW = 40.0
BLURRED_BELOW = 12.0
GLARE_ABOVE = 0.04
SURE_OF_NAME = 0.99
"""Confidence a name needs where the print spells it otherwise."""


def read_document(
    picture: Pixels,
    engines: Engines,
    policy: DocumentPolicy,
    today: date,
    *,
    one_side_only: bool = True,
    settle: Callable[[ZoneReading], ZoneReading | None] = settled_doubts,
    mrz_only: bool = False,
) -> DocumentOutcome:
    """Read a document. picture: BGR, any size and orientation; today: for centuries and expiry.

    one_side_only: the picture comes from a camera with a person near it. A portrait is then taken only from a page whose edges are
    seen, since the MRZ alone tells where a page should be, and what is there may be the living face behind it. Only a scan or a
    document's picture may also show a card's two sides beside each other. mrz_only: a document without MRZ is not looked for.
    settle: what to make of the MRZ as this picture shows it; None asks for another picture (see mrz_vote).

    Returns Read (also when the document's own check digits are wrong: the findings say so), Unreadable with what to change, or
    Unknown for a page without an MRZ. Raises nothing for any picture of three channels.
    """
    if min(picture.shape[:2]) < policy.min_side_px:
        return Unreadable(UnreadableBecause.TOO_SMALL)
    gray = gray_of(picture)
    reading = search_mrz(gray, engines)
    if reading is None:
        trouble = _trouble(gray)
        if trouble is not None or mrz_only:
            return trouble or Unknown(None)
        outcome = read_without_mrz(picture, engines, policy, today, one_side_only=one_side_only)
        hidden = isinstance(outcome, Unknown) and outcome.page is not None and glare_share(outcome.page) > GLARE_ABOVE
        return Unreadable(UnreadableBecause.GLARE) if hidden else outcome
    reading = settle(reading)
    if reading is None:
        return Unreadable(UnreadableBecause.MRZ_DAMAGED)
    content = reading.parsed.content
    kind = kind_of(content.layout, content.issuing_state, content.document_code)
    located = locate_page(picture, reading, kind)
    page = flatten_page(picture, located.quad, kind)
    portrait = find_portrait(page, engines.faces) if located.is_outlined or not one_side_only else None

    def settled(seen: tuple[PrintedLine, ...]) -> bool:
        address = not kind.carries_address or crosscheck.printed_address(seen) is not None
        return address and crosscheck.all_seen(reading.parsed, seen, today)

    lines = read_printed(page, engines.text, _on_page(reading, located.quad, page), settled, kind)
    read = _outcome(reading, kind, page, portrait, lines, policy, today)
    signs = signs_of_forgery(picture, gray, page, located.quad, portrait, reading)
    read = replace(read, findings=(*read.findings, *signs, *ghost_signs(page, kind, portrait, engines)))
    if portrait is not None or one_side_only:
        return read
    second = second_card(picture, located.quad, kind)
    both = joined(read, second, engines, today) if second is not None else None
    return both if isinstance(both, Read) else read


def _on_page(reading: ZoneReading, quad: Quad, page: Pixels) -> NDArray[np.float32]:
    height, width = page.shape[:2]
    target = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    return transformed(reading.corners, np.asarray(cv2.getPerspectiveTransform(quad, target), np.float64))


def _outcome(
    reading: ZoneReading,
    kind: Kind,
    page: Pixels,
    portrait: Portrait | None,
    lines: tuple[PrintedLine, ...],
    policy: DocumentPolicy,
    today: date,
) -> Read:
    size = (page.shape[1], page.shape[0])
    bound = bind(lines, kind, size, back=portrait is None and kind.layout is MrzLayout.TD1)
    printed = printed_fields(bound, lines, kind, today)
    content = reading.parsed.content
    fields = replace(
        fields_of(reading.parsed, kind.code, today),
        printed_name=Masked(crosscheck.printed_name(content.surname, content.given_names, lines)),
        printed_address=Masked(crosscheck.printed_address(lines)),
        issue_date=printed.issued,
    )
    findings = list(crosscheck.cross_check(reading.parsed, lines, today))
    findings += of_kind(kind, fields, printed, today)
    sure = confidence_of(reading)
    if min(sure.checked, sure.rest) < policy.min_confidence or not sure.is_regular:
        findings.append(Finding(FindingCode.LOW_CONFIDENCE, Weight.DOUBTS, "mrz"))
    otherwise = crosscheck.is_spelt_otherwise(reading.parsed.content.surname, reading.parsed.content.given_names, lines)
    if sure.names < (max(SURE_OF_NAME, policy.min_name_confidence) if otherwise else policy.min_name_confidence):
        findings.append(Finding(FindingCode.LOW_CONFIDENCE, Weight.DOUBTS, "name"))
    settled = settled_field(reading)
    if settled is not None:
        findings.append(Finding(FindingCode.CHARACTER_SETTLED, Weight.NOTED, settled))
    findings.append(Finding(FindingCode.PORTRAIT_FOUND, Weight.AGREES if portrait else Weight.NOTED, "portrait"))
    return Read(
        fields=fields,
        raw_lines=Masked(reading.parsed.lines),
        confidence=reading.least_confidence,
        findings=tuple(findings),
        portrait=portrait,
        page=page,
        name_confidence=sure.names,
    )


def _trouble(gray: NDArray[np.uint8]) -> Unreadable | None:
    """Say why nothing can be read, by what the customer can change first; None where nothing is wrong with the picture."""
    small, _ = reduced(gray, 640)
    if float(small.std()) < 4.0:
        dark = brightness(small) < DARK_BELOW
        return Unreadable(UnreadableBecause.TOO_DARK if dark else UnreadableBecause.NO_DOCUMENT)
    if brightness(small) < DARK_BELOW / 2:
        return Unreadable(UnreadableBecause.TOO_DARK)
    if sharpness(small) < BLURRED_BELOW:
        return Unreadable(UnreadableBecause.TOO_BLURRED)
    return None
