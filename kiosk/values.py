"""Small words everybody uses. No rules live here."""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Generic, NewType, TypeVar

SessionId = NewType("SessionId", str)
"""32 lowercase hex digits drawn by the station when a case opens; also the outbox id and the bank's idempotency key."""

OperatorId = NewType("OperatorId", str)
"""The name an operator signs in with. Not personal data of a customer, but not public either."""

T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Masked(Generic[T_co]):
    """A value that must not be printed by accident: a name, a number, an address.

    `str`, `repr` and f-strings show a mask; `reveal()` is the one way to the value, so every reader of it can be found.
    """

    _value: T_co

    def reveal(self) -> T_co:
        return self._value

    def __repr__(self) -> str:
        return "Masked(…)"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return repr(self)


class Capture(StrEnum):
    """Where pixels came from; inside every sealed record. A production bank takes a document from a camera or a teller's scanner and a face
    from a live camera only."""

    LIVE_CAMERA = "live-camera"
    RECORDING = "recording"
    SIMULATION = "simulation"
    SCANNED_FILE = "scanned-file"
    """A document picture a teller loaded from a file or scanner; never acceptable as a live face."""


class StationClass(StrEnum):
    """What a station is enrolled as. The class belongs to the station's key, so a demo record cannot be passed off."""

    PRODUCTION = "production"
    QA = "qa"
    DEMO = "demo"


class Channel(StrEnum):
    BOOTH = "booth"
    DESK = "desk"


class ConsentPurpose(StrEnum):
    """What a customer can agree to; each is asked for and ticked by itself (GDPR art. 7(2) and 9(2)(a))."""

    IDENTITY_CHECK = "identity-check"
    """Compare the face with the document, now. Without it nothing biometric is done: a person checks by eye."""
    RECOGNISE_LATER = "recognise-later"
    """Keep a face print at the bank, for this customer's later visits."""
    CONTACT = "contact"
    """Ask for e-mail, telephone and address in the booth, so that the bank can reach the customer about this account."""


class Side(StrEnum):
    """The subject's own left or right, as in an unmirrored picture."""

    LEFT = "left"
    RIGHT = "right"


class CodeKind(StrEnum):
    """What sort of two-dimensional code."""

    PDF417 = "pdf417"
    QR = "qr"
    DATA_MATRIX = "data-matrix"
    AZTEC = "aztec"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Provenance:
    """Who made a picture.

    device: what the station knows of the source, for example `camera 0 (V4L2)`; never a file name, which may hold a person's name.
    """

    capture: Capture
    device: str


@dataclass(frozen=True, slots=True)
class Ticket:
    """Names the question an answer belongs to. An answer whose ticket is not current is dropped at the top of `reduce`."""

    session: SessionId
    step: int


@dataclass(frozen=True, slots=True)
class Moment:
    """One reading of both clocks: `monotonic_ns` for durations, `wall` (UTC) for what is written down."""

    monotonic_ns: int
    wall: datetime

    def __post_init__(self) -> None:
        if self.wall.tzinfo is not UTC:
            raise ValueError("a moment's wall time is in UTC")


def ns(seconds: float) -> int:
    """Return seconds as whole nanoseconds."""
    return round(seconds * 1_000_000_000)
