"""What the desk's window shows, as plain values: the closed list of its scenes, as `ui/scenes.py` has the booth's and what both share.

No Qt, no rules, no words; what belongs to a customer is `Masked` until the widget that shows it reveals it.
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from kiosk.frame import Pixels
from kiosk.record import ContactDetails, Decision
from kiosk.values import Masked, SessionId
from ui.scenes import Box, Corners, Gesture, Mark, Tone, Words, WorkStep


class CaseGroup(StrEnum):
    """Where a case stands, in the order a teller looks at them."""

    TO_DECIDE = "to-decide"
    RUNNING = "running"
    WAITING = "waiting"
    """A customer whom the booth sent here waits for somebody."""
    TO_SYNC = "to-sync"
    """Kept here, not yet at the bank."""
    DONE = "done"
    PRACTISED = "practised"
    """Kept in the practice window, where there is no bank to send it to."""


@dataclass(frozen=True, slots=True)
class CaseLine:
    """One row of the list. detail: since when and why it waits; holder: None while the document is not read."""

    group: CaseGroup
    session: SessionId
    opened_at: datetime
    holder: Masked[str] | None
    purpose: Words
    channel: Words
    outcome: Words
    outcome_mark: Mark
    delivery: Words
    delivery_mark: Mark
    detail: Words | None
    running: bool
    can_retry: bool
    can_take_over: bool = False


@dataclass(frozen=True, slots=True)
class StationLine:
    """The strip at the foot of the desk: what works and what waits."""

    operator: str
    bank: Words
    bank_mark: Mark
    camera: Words
    camera_mark: Mark


@dataclass(frozen=True, slots=True)
class LivePanel:
    """mirrored: only the face is; a page must stay readable. page_wanted: show where the page belongs."""

    mirrored: bool
    quad: Corners | None
    box: Box | None
    page_wanted: bool
    gesture: Gesture | None
    remaining: float | None
    hint: Words | None
    glare: Box | None = None


@dataclass(frozen=True, slots=True)
class Money:
    """figures: plain decimal digits of the main unit; currency: its ISO 4217 code."""

    figures: str
    currency: str


@dataclass(frozen=True, slots=True)
class FieldLine:
    """value: `Words` for what has a name in every language; a day and money are written by its customs."""

    name: Words
    value: Masked[str] | Words | Masked[date] | Masked[Money]


NOTHING_SEEN: Final = Masked("")


@dataclass(frozen=True, slots=True)
class CheckLine:
    """detail: what was seen, of the document's own values, or in words; sure: how sure the check is, percent, None where it cannot be in
    doubt; says: in place of the mark's word."""

    mark: Mark
    words: Words
    detail: Masked[str] | Masked[date] | tuple[Words, ...] = NOTHING_SEEN
    sure: int | None = None
    says: Words | None = None


@dataclass(frozen=True, slots=True, eq=False)
class DocumentPanel:
    """state: what came of it in words; page: flattened, BGR, None if none; raw_lines: the MRZ as read; faces: whether the photo on it is
    the live face's, where no panel of its own says so."""

    state: Words
    mark: Mark
    page: Pixels | None
    fields: tuple[FieldLine, ...]
    checks: tuple[CheckLine, ...]
    raw_lines: Masked[tuple[str, ...]]
    faces: tuple[CheckLine, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class FacesPanel:
    """portrait: from the document, live: the best live view; BGR, None until there is one. ratio: how strongly the pictures speak, in
    words, or why they were not compared; regions: what each part of the face says by itself; notes: what is wrong with either picture;
    of_one_document: False where another was shown, whose photo this is not."""

    portrait: Pixels | None
    live: Pixels | None
    verdict: Words
    mark: Mark
    ratio: Words | None
    regions: tuple[CheckLine, ...]
    notes: tuple[Words, ...]
    of_one_document: bool = True


@dataclass(frozen=True, slots=True)
class LivenessPanel:
    challenges: tuple[WorkStep, ...]
    verdict: Words
    mark: Mark


@dataclass(frozen=True, slots=True)
class RecommendationPanel:
    """reasons: gravest first. second_needed: a second person must agree to an approval."""

    decision: Decision
    headline: Words
    mark: Mark
    reasons: tuple[CheckLine, ...]
    second_needed: bool


@dataclass(frozen=True, slots=True)
class ReadyView:
    """No case at the desk: the form of a new one. trouble: why none can start now."""

    identity: tuple[str, ...]
    trouble: Words | None


@dataclass(frozen=True, slots=True)
class DeskCan:
    """What the teller can do now."""

    give_consent: bool = False
    load_picture: bool = False
    swipe: bool = False
    """An MRZ reader's lines are taken at any moment of showing the document, also while a picture is being read."""
    say_no_other: bool = False
    """That the customer has no second document."""
    edit_contact: bool = False
    decide: bool = False
    cancel: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class CaseView:
    """The case in front. say: what the teller tells the customer now; contact: None for a transaction; suggested_address: as printed
    on the document; transaction: its facts, in order; second_document: None until one that was asked for is read."""

    identity: tuple[str, ...]
    session: SessionId
    customer_language: str
    asks_consent: bool
    purpose: Words
    headline: Words
    say: Words | None
    can: DeskCan
    live: LivePanel | None
    document: DocumentPanel
    second_document: DocumentPanel | None
    faces: FacesPanel
    liveness: LivenessPanel
    recommendation: RecommendationPanel | None
    contact: ContactDetails | None
    takes_contact: bool
    suggested_address: Masked[str] | None
    transaction: tuple[FieldLine, ...]
    busy: bool
    trouble: Words | None
    wishes: tuple[Words, ...] = ()
    """How the customer wished the booth to look and sound: they may wish it here too."""


@dataclass(frozen=True, slots=True)
class EndedView:
    """has_receipt: a record was kept, so the customer can have a paper about it."""

    identity: tuple[str, ...]
    tone: Tone
    headline: Words
    next_step: Words
    has_receipt: bool = False


@dataclass(frozen=True, slots=True)
class ClosedView:
    """The station is out of service. remedy: what the operator can do."""

    what: Words
    remedy: Words


DeskView = ReadyView | CaseView | EndedView | ClosedView


@dataclass(frozen=True, slots=True, eq=False)
class DeskScene:
    """lines: group by group; within a group the newest first, of those who wait the longest waiting."""

    lines: tuple[CaseLine, ...]
    station: StationLine
    view: DeskView
