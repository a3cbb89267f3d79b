"""What reading a document yields: fields, findings, pictures, or why not."""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from kiosk.frame import Pixels
from kiosk.values import Masked


class MrzLayout(StrEnum):
    TD1 = "TD1"
    TD2 = "TD2"
    TD3 = "TD3"
    MRV_A = "MRVA"
    MRV_B = "MRVB"


class FieldSource(StrEnum):
    """Where the fields were taken from. Whatever else the document shows is compared with them."""

    MRZ = "mrz"
    PRINT = "print"
    """A document without MRZ: nothing in it carries a check digit."""
    BARCODE = "barcode"
    """The two-dimensional code on a document without MRZ."""


@dataclass(frozen=True, slots=True)
class DocumentFields:
    """The document's data as its MRZ states them, checked or not: see the findings. Without MRZ as its code or its print states them.

    Names are in MRZ transliteration with spaces for fillers; dates are None where impossible or partly unknown;
    states and nationality are the three letters as printed, fillers stripped (`D`, `UTO`); sex is M, F or X.
    number: without fillers, continuation of a long TD1 number included.
    layout: None where there is no MRZ; the document code is then empty and names are in MRZ letters all the same.
    kind: code of the row in `kinds` the document was read as, empty in records of older versions; issue_date: as printed or coded.
    printed_name: from the printed zone with diacritics, None where it was not found there; address likewise.
    """

    layout: MrzLayout | None
    document_code: str
    issuing_state: str
    number: Masked[str]
    surname: Masked[str]
    given_names: Masked[str]
    nationality: str
    birth_date: Masked[date | None]
    sex: str
    expiry_date: date | None
    optional: Masked[str]
    printed_name: Masked[str | None]
    printed_address: Masked[str | None]
    kind: str = ""
    source: FieldSource = FieldSource.MRZ
    issue_date: date | None = None


class FindingCode(StrEnum):
    """What was checked. Adding one: add its phrase in every language; a test names those missing."""

    CHECK_DIGIT = "check-digit"
    DATES_POSSIBLE = "dates-possible"
    EXPIRED = "expired"
    ISSUER_EXISTS = "issuer-exists"
    NAME_PRINTED = "name-printed"
    NUMBER_PRINTED = "number-printed"
    BIRTH_PRINTED = "birth-printed"
    EXPIRY_PRINTED = "expiry-printed"
    LOW_CONFIDENCE = "low-confidence"
    CHARACTER_SETTLED = "character-settled"
    """One character the picture left open was chosen because check digits or codes explain it."""
    PORTRAIT_FOUND = "portrait-found"
    SIDES_LINKED = "sides-linked"
    NOT_YET_ISSUED = "not-yet-issued"
    SEX_PRINTED = "sex-printed"
    NATIONALITY_PRINTED = "nationality-printed"
    NUMBER_FORMAT = "number-format"
    PERSONAL_NUMBER = "personal-number"
    BARCODE_AGREES = "barcode-agrees"
    MRZ_PRINTING = "mrz-printing"
    """Fonts and spacing of the MRZ."""
    PORTRAIT_EDITED = "portrait-edited"
    GRAY_COPY = "gray-copy"
    SCREEN_RECAPTURE = "screen-recapture"
    GHOST_PORTRAIT = "ghost-portrait"
    LIVE_FACE = "live-face"
    """The portrait of a second document and the face that was proved live; the first one's comparison is the case's own."""
    MRZ_ABSENT = "mrz-absent"
    """A kind of document that has none: nothing in it is guarded by check digits, a person looks."""


class Weight(StrEnum):
    """AGREES supports, NOTED is neutral, DOUBTS asks for a person, CONTRADICTS forbids approval without a person."""

    AGREES = "agrees"
    NOTED = "noted"
    DOUBTS = "doubts"
    CONTRADICTS = "contradicts"


@dataclass(frozen=True, slots=True)
class Finding:
    """One check and its outcome. about: the field's name (`number`, `birth_date`, `composite`…), never its value.

    sure: 0..1, how sure the check is of its outcome; seen: what was seen, for the person who looks: values of the document, so masked.
    Two findings are equal if check, outcome and field are.
    """

    code: FindingCode
    weight: Weight
    about: str
    sure: float = field(default=1.0, compare=False)
    seen: Masked[str] = field(default=Masked(""), compare=False)


@dataclass(frozen=True, slots=True, eq=False)
class Portrait:
    """The face picture cut out of the page with a margin, BGR; face_width_px: cheek to cheek, in the pixels of `pixels`; box: of the
    face on the page it was cut from, (x0, y0, x1, y1) pixels, None where that page is not at hand."""

    pixels: Pixels
    face_width_px: float
    box: tuple[float, float, float, float] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Read:
    """raw_lines: the MRZ as read, also when its check digits are wrong, () where there is none; confidence: the least certain MRZ
    character, 0..1, without MRZ the least certain of the fields' lines; page: the flattened document, upright, BGR, None where an MRZ
    reader gave the lines and nothing was pictured."""

    fields: DocumentFields
    raw_lines: Masked[tuple[str, ...]]
    confidence: float
    findings: tuple[Finding, ...]
    portrait: Portrait | None
    page: Pixels | None
    name_confidence: float = 1.0
    """The least certain character of the names, 0..1: no check digit vouches for them."""
    further_portraits: tuple[Portrait, ...] = ()
    """The same picture again: from other frames of this document, or its ghost image where that is large enough."""


class UnreadableBecause(StrEnum):
    NO_DOCUMENT = "no-document"
    TOO_BLURRED = "too-blurred"
    TOO_SMALL = "too-small"
    TOO_DARK = "too-dark"
    GLARE = "glare"
    MRZ_DAMAGED = "mrz-damaged"
    NO_PICTURE = "no-picture"


@dataclass(frozen=True, slots=True)
class Unreadable:
    """There may be a document but it could not be read; a better picture may help."""

    because: UnreadableBecause


@dataclass(frozen=True, slots=True, eq=False)
class Unknown:
    """A document, or something like one, without an MRZ we know. Nothing is guessed from it."""

    page: Pixels | None


DocumentOutcome = Read | Unreadable | Unknown


class PageHint(StrEnum):
    """One hint at a time while the card is held up."""

    NO_PAGE = "no-page"
    CLOSER = "closer"
    FARTHER = "farther"
    HOLD_STILL = "hold-still"
    TOO_DARK = "too-dark"
    GLARE = "glare"
    OTHER_WAY = "turn-over"
    TILTED = "tilted"
    """Seen too much from the side: one edge looks much shorter than the one across."""


@dataclass(frozen=True, slots=True)
class PageObservation:
    """What the eyes saw of a document in one frame, cheaply. quad: corners (x, y) pixels clockwise from top left, None if no
    page stands out; sharpness: variance of the Laplacian inside the quad; stillness_px: mean corner movement since the frame
    before; ready: good enough to be worth reading; hint: what to change, None if nothing."""

    captured_ns: int
    sequence: int
    frame_size: tuple[int, int]
    quad: tuple[tuple[float, float], ...] | None
    sharpness: float
    stillness_px: float
    hint: PageHint | None
    ready: bool
    glare: tuple[float, float, float, float] | None = None
    """Where light is reflected on the page: (x0, y0, x1, y1) pixels, None where none is or it does not matter."""
