"""What is known of a kind of document: the columns of the table in `kinds`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from kiosk.document.printed import Label
from kiosk.document.reading import MrzLayout
from kiosk.values import CodeKind


class DateOrder(StrEnum):
    """How a date in figures is meant where both readings are possible."""

    DAY_FIRST = "day-first"
    MONTH_FIRST = "month-first"
    YEAR_FIRST = "year-first"


class NumberCheck(StrEnum):
    """The check a national number carries in itself; see `national_numbers`."""

    NONE = "none"
    VERHOEFF = "verhoeff"
    """Aadhaar."""
    MOD_11_2 = "mod-11-2"
    """Chinese citizen number (GB 11643, ISO/IEC 7064)."""
    ESTONIAN = "estonian"
    SPANISH = "spanish"
    """The letter of a Spanish DNI."""
    ITALIAN = "italian"
    """The last letter of a codice fiscale."""
    PAN = "pan"
    """No check anybody outside can compute; the fourth letter of a person's is P, the fifth begins the surname."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value is printed on the upright page: its line's middle falls into this box. Millimetres from the upper left corner."""

    label: Label
    left_mm: float
    top_mm: float
    right_mm: float
    bottom_mm: float
    back: bool = False


@dataclass(frozen=True, slots=True)
class Marks:
    """Words (plain capitals) on a page without MRZ that tell what it is; one of `any_of` and, where given, one of `and_of`."""

    any_of: tuple[str, ...] = ()
    and_of: tuple[str, ...] = ()
    not_of: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of document. Measures in millimetres.

    code: what the record calls it; layout: of its MRZ, None where it has none; issuers, codes: which MRZs this row is for, empty is any;
    state: who issues it, where no MRZ says so. mrz_left: to the first character's cell; mrz_bottom: from the lower edge to the last
    row's baseline; row_step: baseline to baseline.
    number, personal_number: regular expressions the whole number must match, empty where nothing is known; prefixes: what stands
    before a value in its own line (`4b`, `DOB`), plain capitals.
    """

    code: str
    name: str
    layout: MrzLayout | None
    issuers: frozenset[str]
    codes: frozenset[str]
    width_mm: float
    height_mm: float
    mrz_left_mm: float
    mrz_bottom_mm: float
    row_step_mm: float
    page_px_per_mm: float
    carries_address: bool
    """Whether holders' addresses are printed on such documents: then the whole page is read to find one."""
    state: str = ""
    places: tuple[Place, ...] = ()
    number: str = ""
    number_check: NumberCheck = NumberCheck.NONE
    personal_number: str = ""
    personal_check: NumberCheck = NumberCheck.NONE
    marks: Marks = Marks()
    prefixes: Mapping[str, Label] = field(default_factory=lambda: MappingProxyType({}))
    dates: DateOrder = DateOrder.DAY_FIRST
    carries: CodeKind | None = None
    nationality_words: tuple[str, ...] = ()
    """How the print calls the issuer's own nationals, plain capitals."""
    ghost: tuple[float, float, float, float] | None = None
    """Where the portrait stands a second time: left, top, right, bottom, shares of the page."""
    expires: bool = True
    """Whether such documents show the day they run out."""
