"""Documents that have no MRZ: driving licences, PAN and Aadhaar cards, the Chinese card. Their print and codes are all there is.

Such a reading always carries MRZ_ABSENT, which doubts: nothing in these documents is guarded by a check digit over its fields, so a
person looks, however well print and code agree. A side without MRZ of a kind that has one elsewhere is no document of its own.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from kiosk.document.aamva import AamvaParsed
from kiosk.document.authenticity import signs_of_forgery
from kiosk.document.codes import AadhaarCode, CodeContent, contents_of
from kiosk.document.engines import Engines, TextBoxLike
from kiosk.document.fields import in_reading_order, recognised
from kiosk.document.kind import Kind, NumberCheck
from kiosk.document.kind_checks import issue_day, number_format, pan_initial, personal_number
from kiosk.document.kinds import KINDS, kind_named, kind_of_words
from kiosk.document.national_numbers import born, fits, sex_of
from kiosk.document.outline import find_outlines
from kiosk.document.portrait import find_portrait
from kiosk.document.print_code import compared
from kiosk.document.printed import Label, PrintedLine, canonical, plain
from kiosk.document.reading import DocumentFields, FieldSource, Finding, FindingCode, Portrait, Read, Unknown, Weight
from kiosk.document.transliterate import spellings
from kiosk.document.viz import PrintedFields, bind, compact, printed_fields
from kiosk.frame import Pixels
from kiosk.imaging.geometry import Quad, area, flattened, gray_of, side_lengths
from kiosk.policy import DocumentPolicy
from kiosk.values import Masked

PAGE_PX = 1027
"""Width of a flattened card: 12 pixels to a millimetre."""
CARD_SHAPE = 85.6 / 53.98
SHAPE_SLACK = 0.2
LEAST_SHARE = 0.12
"""Area of an outlined card as a share of the picture, under which the picture itself is tried first."""
LOOKING_SIDE = 640
FIRST_LINES = 8
"""Lines read to tell the kind: titles are large and near the top."""
MOST_LINES = 34
_CANADA = ("QUEBEC", "ONTARIO", "BRITISH COLUMBIA", "ALBERTA", "MANITOBA", "SASKATCHEWAN", "NOVA SCOTIA", "NEW BRUNSWICK", "NEWFOUNDLAND",
           "PRINCE EDWARD", "YUKON", "NUNAVUT")  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class _Page:
    """pixels: flattened; quad: its corners in the picture; is_outlined: its edges were seen, so nothing but the card is on it."""

    pixels: Pixels
    quad: Quad
    is_outlined: bool


def read_without_mrz(picture: Pixels, engines: Engines, policy: DocumentPolicy, today: date, *, one_side_only: bool) -> Read | Unknown:
    """Return what a document without MRZ says, Unknown (with the page, where one was seen) if it is no kind we know."""
    shown: Pixels | None = None
    for page in _pages(picture):
        shown = page.pixels if shown is None else shown
        read = _read_page(page, engines, policy, today, one_side_only=one_side_only)
        if read is not None:
            # the portrait's box may lie on the page turned about: only what looks at picture and page is asked
            signs = signs_of_forgery(picture, gray_of(picture), page.pixels, page.quad, None, None)
            return replace(read, findings=(*read.findings, *signs))
    return Unknown(shown)


def _pages(picture: Pixels) -> list[_Page]:
    """Return what may be the card: the best outline of a card's shape, and the picture itself where it has that shape."""
    height, width = picture.shape[:2]
    whole = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    quads = [_lengthwise(quad) for quad, _ in find_outlines(picture)]
    outlined = [quad for quad in quads if _is_card(quad)][:1]
    pages = [_Page(_flat(picture, quad), quad, True) for quad in outlined]
    if _is_card(_lengthwise(whole)):
        large = bool(outlined) and area(outlined[0]) > LEAST_SHARE * height * width
        pages.insert(len(pages) if large else 0, _Page(_flat(picture, _lengthwise(whole)), _lengthwise(whole), False))
    return pages


def _lengthwise(quad: Quad) -> Quad:
    top, right, bottom, left = side_lengths(quad)
    return quad if top + bottom >= left + right else np.roll(quad, -1, axis=0).astype(np.float32)


def _is_card(quad: Quad) -> bool:
    top, right, bottom, left = side_lengths(quad)
    return abs((top + bottom) / max(left + right, 1.0) / CARD_SHAPE - 1) < SHAPE_SLACK


def _flat(picture: Pixels, quad: Quad) -> Pixels:
    return flattened(picture, quad, (PAGE_PX, round(PAGE_PX / CARD_SHAPE)))


def _read_page(page: _Page, engines: Engines, policy: DocumentPolicy, today: date, *, one_side_only: bool) -> Read | None:
    upright, portrait = _upright(page.pixels, engines)
    codes = contents_of(engines.codes.find(page.pixels))
    kind, lines = _kind_and_lines(upright, engines, codes)
    if kind is None:
        return None
    size = (upright.shape[1], upright.shape[0])
    printed = printed_fields(bind(lines, kind, size, back=portrait is None), lines, kind, today)
    fields = _fields(kind, printed, codes, lines, today)
    if fields is None:
        return None
    findings = _findings(kind, fields, printed, codes, today)
    confidence = printed.confidence if fields.source is FieldSource.PRINT else 1.0
    if confidence < policy.min_confidence:
        findings = (*findings, Finding(FindingCode.LOW_CONFIDENCE, Weight.DOUBTS, "print", 1.0))
    kept = portrait if page.is_outlined or not one_side_only else None
    findings = (*findings, Finding(FindingCode.PORTRAIT_FOUND, Weight.AGREES if kept else Weight.NOTED, "portrait"))
    return Read(fields, Masked(()), confidence, findings, kept, upright)


def with_other_print(first: Read, second: Read) -> Read:
    """Return what two sides of a document without MRZ say together: the code's fields where one has a code, the portrait, all findings.

    Sides whose numbers or births differ are two documents; the finding SIDES_LINKED says how far they are one.
    """
    base, other = (second, first) if second.fields.source is FieldSource.BARCODE else (first, second)
    one, two = base.fields, other.fields
    numbers = canonical(one.number.reveal()) == canonical(two.number.reveal())
    births = one.birth_date.reveal() == two.birth_date.reveal()
    link = Weight.AGREES if numbers and births else Weight.DOUBTS if numbers or births else Weight.CONTRADICTS
    seen = Masked(f"{one.number.reveal()} / {two.number.reveal()}")
    with_portrait = base if base.portrait is not None else other
    findings = [finding for finding in other.findings if finding.code is not FindingCode.PORTRAIT_FOUND]
    findings += [finding for finding in base.findings if finding not in findings and finding.code is not FindingCode.PORTRAIT_FOUND]
    found = Weight.AGREES if with_portrait.portrait is not None else Weight.NOTED
    findings += [Finding(FindingCode.SIDES_LINKED, link, "portrait", 0.9, seen), Finding(FindingCode.PORTRAIT_FOUND, found, "portrait")]
    kept = replace(one, printed_address=Masked(one.printed_address.reveal() or two.printed_address.reveal()))
    confidence = min(first.confidence, second.confidence)
    return replace(
        base, fields=kept, findings=tuple(findings), portrait=with_portrait.portrait, page=with_portrait.page, confidence=confidence
    )


def _upright(page: Pixels, engines: Engines) -> tuple[Pixels, Portrait | None]:
    """Return the page the way up in which its portrait's face stands, with the portrait; as it is where no face is seen."""
    portrait = find_portrait(page, engines.faces)
    if portrait is not None:
        return page, portrait
    overturned = np.ascontiguousarray(page[::-1, ::-1])
    portrait = find_portrait(overturned, engines.faces)
    return (overturned, portrait) if portrait is not None else (page, None)


def _kind_and_lines(page: Pixels, engines: Engines, codes: Sequence[CodeContent]) -> tuple[Kind | None, tuple[PrintedLine, ...]]:
    """Return the kind of document and its printed lines; few lines are read of a page that shows none we know."""
    boxes = sorted(engines.text.detect(page, LOOKING_SIDE), key=lambda box: -_title_worth(box, page))
    first = recognised(page, boxes[:FIRST_LINES], engines.text)
    kind = _kind_of_codes(codes) or kind_of_words([plain(line.text) for line in first])
    rest = boxes[FIRST_LINES:MOST_LINES]
    if kind is None:
        kind, first, rest = _second_look(page, rest, first, engines)
    if kind is None:
        return None, ()
    return kind, in_reading_order([*first, *recognised(page, rest, engines.text)])


def _second_look(
    page: Pixels, rest: list[TextBoxLike], first: list[PrintedLine], engines: Engines
) -> tuple[Kind | None, list[PrintedLine], list[TextBoxLike]]:
    """Return the kind told by a number with its own check in its own place, or by the next lines; what was read and what is left."""
    for kind in KINDS:
        if kind.layout is not None or kind.number_check is NumberCheck.NONE or kind.marks.any_of:
            continue
        near = [box for box in rest if _in_number_place(box, kind, page)]
        found = recognised(page, near, engines.text)
        first, rest = [*first, *found], [box for box in rest if not any(box is other for other in near)]
        if any(fits(compact(line.text), kind.number_check) for line in first):
            return kind, first, rest
    more = recognised(page, rest[:FIRST_LINES], engines.text)
    first = [*first, *more]
    return kind_of_words([plain(line.text) for line in first]), first, rest[FIRST_LINES:]


def _title_worth(box: TextBoxLike, page: Pixels) -> float:
    """Titles are higher than other lines and stand near the top."""
    high = float(np.linalg.norm(box.quad[3] - box.quad[0])) / page.shape[0]
    middle = float(box.quad[:, 1].mean()) / page.shape[0]
    return float(high - 0.06 * middle)


def _in_number_place(box: TextBoxLike, kind: Kind, page: Pixels) -> bool:
    x = float(box.quad[:, 0].mean()) / page.shape[1] * kind.width_mm
    y = float(box.quad[:, 1].mean()) / page.shape[0] * kind.height_mm
    return any(
        place.label is Label.NUMBER and place.left_mm <= x <= place.right_mm and place.top_mm <= y <= place.bottom_mm
        for place in kind.places
    )


def _kind_of_codes(codes: Sequence[CodeContent]) -> Kind | None:
    for content in codes:
        if isinstance(content, AamvaParsed):
            return kind_named("aamva-licence")
        if isinstance(content, AadhaarCode):
            return kind_named("in-aadhaar")
    return None


def _fields(
    kind: Kind, printed: PrintedFields, codes: Sequence[CodeContent], lines: Sequence[PrintedLine], today: date
) -> DocumentFields | None:
    """Return the fields of the code where there is one, else of the print; None where too little was read to say whose it is."""
    licence = next((content for content in codes if isinstance(content, AamvaParsed)), None)
    if licence is not None:
        return _of_licence(kind, licence, printed)
    aadhaar = next((content for content in codes if isinstance(content, AadhaarCode)), None)
    if aadhaar is not None and not printed.number:
        return _of_aadhaar(kind, aadhaar)
    names = _names(printed)
    birth = printed.birth or born(printed.number, kind.number_check)
    if not printed.number or (not any(names) and birth is None):
        return None
    state = kind.state or _state(kind, lines)
    return DocumentFields(
        layout=None,
        document_code="",
        issuing_state=state,
        number=Masked(printed.number),
        surname=Masked(_in_mrz_letters(names[0])),
        given_names=Masked(_in_mrz_letters(names[1])),
        nationality=printed.nationality or (kind.state if kind.number_check is NumberCheck.MOD_11_2 else ""),
        birth_date=Masked(birth),
        sex=printed.sex or sex_of(printed.number, kind.number_check) or "X",
        expiry_date=printed.expiry,
        optional=Masked(printed.personal_number),
        printed_name=Masked(" ".join(part for part in (names[1], names[0]) if part) or None),
        printed_address=Masked(printed.address or None),
        kind=kind.code,
        source=FieldSource.PRINT,
        issue_date=printed.issued,
    )


def _of_licence(kind: Kind, licence: AamvaParsed, printed: PrintedFields) -> DocumentFields:
    return DocumentFields(
        layout=None,
        document_code="",
        issuing_state=licence.country,
        number=Masked(licence.number),
        surname=Masked(_in_mrz_letters(licence.surname)),
        given_names=Masked(_in_mrz_letters(licence.given_names)),
        nationality="",
        birth_date=Masked(licence.birth),
        sex=licence.sex,
        expiry_date=licence.expiry,
        optional=Masked(licence.discriminator),
        printed_name=Masked(f"{licence.given_names} {licence.surname}".strip() or None),
        printed_address=Masked(licence.address or printed.address or None),
        kind=kind.code,
        source=FieldSource.BARCODE,
        issue_date=licence.issued,
    )


def _of_aadhaar(kind: Kind, code: AadhaarCode) -> DocumentFields:
    given, _, surname = code.name.rpartition(" ")
    return DocumentFields(
        layout=None,
        document_code="",
        issuing_state=kind.state,
        number=Masked(code.last_digits),
        surname=Masked(_in_mrz_letters(surname)),
        given_names=Masked(_in_mrz_letters(given)),
        nationality="",
        birth_date=Masked(code.birth),
        sex=code.sex,
        expiry_date=None,
        optional=Masked(""),
        printed_name=Masked(code.name or None),
        printed_address=Masked(code.address or None),
        kind=kind.code,
        source=FieldSource.BARCODE,
    )


def _names(printed: PrintedFields) -> tuple[str, str]:
    """Return surname and given names; of a name in one line the last word is the surname."""
    if printed.surname or printed.given_names:
        return printed.surname, printed.given_names
    given, _, surname = printed.name.rpartition(" ")
    return surname, given


def _in_mrz_letters(name: str) -> str:
    return spellings(name)[0] if name else ""


def _state(kind: Kind, lines: Sequence[PrintedLine]) -> str:
    """Return who issued a licence, as far as its words say."""
    if kind.code != "aamva-licence":
        return ""
    page = "\n".join(plain(line.text) for line in lines)
    return "CAN" if any(word in page for word in _CANADA) else "USA"


def _findings(kind: Kind, fields: DocumentFields, printed: PrintedFields, codes: Sequence[CodeContent], today: date) -> tuple[Finding, ...]:
    birth, expiry = fields.birth_date.reveal(), fields.expiry_date
    found = [Finding(FindingCode.MRZ_ABSENT, Weight.DOUBTS, "mrz")]
    if kind.expires:
        in_force = expiry is not None and expiry >= today
        found.append(Finding(FindingCode.EXPIRED, Weight.AGREES if in_force else Weight.DOUBTS, "expiry_date"))
    if birth is not None:
        possible = birth <= today and (expiry is None or birth < expiry)
        found.append(Finding(FindingCode.DATES_POSSIBLE, Weight.AGREES if possible else Weight.CONTRADICTS, "birth_date"))
    found += number_format(kind, fields.number.reveal())
    found += personal_number(kind, (fields.number.reveal(), printed.personal_number), birth, fields.sex)
    found += pan_initial(kind, fields.number.reveal(), f"{fields.surname.reveal()} {fields.given_names.reveal()}")
    found += issue_day(fields.issue_date, expiry, birth, today)
    return (*found, *compared(codes, printed))
