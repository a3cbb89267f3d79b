"""A card's second side: its portrait and its print, joined to the MRZ that was read on the first."""

from dataclasses import replace
from datetime import date

from kiosk.document import crosscheck
from kiosk.document.engines import Engines
from kiosk.document.fields import read_printed
from kiosk.document.kinds import kind_of
from kiosk.document.mrz import MrzParsed, parse
from kiosk.document.outline import find_outlines
from kiosk.document.page import flatten_page
from kiosk.document.portrait import find_portrait
from kiosk.document.reading import DocumentOutcome, Finding, FindingCode, Read, Unknown, Weight
from kiosk.frame import Pixels
from kiosk.values import Masked


def with_other_side(read: Read, picture: Pixels, engines: Engines, today: date) -> DocumentOutcome:
    """Return the reading with the portrait and the findings of this side, or Unknown while no portrait is seen.

    read: the side with the MRZ. picture: a picture in which no MRZ was found, BGR. The page kept is this one, since it is the one a person
    wants to see; the MRZ stays as its raw lines.
    """
    parsed = parse(read.raw_lines.reveal())
    if not isinstance(parsed, MrzParsed):
        raise ValueError("a reading holds lines that parse")
    content = parsed.content
    kind = kind_of(content.layout, content.issuing_state, content.document_code)
    for quad, _ in find_outlines(picture)[:2]:
        page = flatten_page(picture, quad, kind)
        portrait = find_portrait(page, engines.faces)
        if portrait is None:
            continue
        lines = read_printed(page, engines.text, None, lambda seen: crosscheck.all_seen(parsed, seen, today))
        kept = tuple(finding for finding in read.findings if finding.code is FindingCode.LOW_CONFIDENCE)
        findings = (*crosscheck.cross_check(parsed, lines, today), *kept, Finding(FindingCode.PORTRAIT_FOUND, Weight.AGREES, "portrait"))
        fields = replace(
            read.fields,
            printed_name=Masked(crosscheck.printed_name(content.surname, content.given_names, lines)),
            printed_address=Masked(crosscheck.printed_address(lines) or read.fields.printed_address.reveal()),
        )
        return replace(read, fields=fields, findings=findings, portrait=portrait, page=page)
    return Unknown(None)
