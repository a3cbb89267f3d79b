"""What a window shows, as plain values: the closed list of scenes of the booth and of the desk.

No Qt, no rules. Words are named by phrase key and arguments, never written out, so a scene is the same in every language.
Places in a picture are shares of its width and height (0..1, unmirrored), so a view of any size can draw them.
What belongs to a customer is `Masked` until the widget that shows it reveals it: a scene can be printed safely.
"""

from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum
from typing import Final

from kiosk.frame import Pixels
from kiosk.journey.contact import ContactField, Typed
from kiosk.liveness.colours import Screen
from kiosk.record import ContactDetails, Decision
from kiosk.values import Masked, SessionId

Corners = tuple[tuple[float, float], ...]
Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Words:
    """A phrase by its key. arguments: placeholder name and value; a value that is itself `Words` is put into words first."""

    key: str
    arguments: tuple[tuple[str, "Argument"], ...] = ()


Argument = str | int | date | datetime | time | Words
"""What a phrase may be given; all but texts are written by the language's customs. Moments and times are in the zone they are shown in."""


def counted(what: str, number: int) -> Words:
    """Return how many of something there are, in the plural form the language needs: `quantity.<what>`."""
    return Words(f"quantity.{what}", (("count", number),))


class Gesture(StrEnum):
    """What the drawn figure shows. Sides are the customer's own; on the mirrored preview their left is on the screen's left."""

    SHOW_CARD = "show-card"
    TURN_CARD = "turn-card"
    LOOK_AHEAD = "look-ahead"
    BLINK = "blink"
    TURN_LEFT = "turn-left"
    TURN_RIGHT = "turn-right"
    NOD = "nod"
    COME_CLOSER = "come-closer"


class Stage(StrEnum):
    """The four stops of the track at the top of the booth."""

    CONSENT = "consent"
    DOCUMENT = "document"
    FACE = "face"
    RESULT = "result"


class Progress(StrEnum):
    DONE = "done"
    NOW = "now"
    TO_COME = "to-come"
    FAILED = "failed"


class Mark(StrEnum):
    """How something weighs, shown by icon, word and colour together."""

    AGREES = "agrees"
    NOTED = "noted"
    DOUBTS = "doubts"
    CONTRADICTS = "contradicts"


class Tone(StrEnum):
    """The feeling of a last screen."""

    GOOD = "good"
    PERSON = "person"
    CALM = "calm"
    TROUBLE = "trouble"


@dataclass(frozen=True, slots=True)
class IdleWarning:
    seconds_left: int
    seconds_in_all: int


@dataclass(frozen=True, slots=True)
class Around:
    """What every booth scene carries. identity: changes whenever a button may be pressed anew; a button acts once per identity."""

    language: str
    identity: tuple[str, ...]
    stage: Stage | None
    at_ns: int
    can_cancel: bool = False
    can_help: bool = False
    can_change_language: bool = False
    warning: IdleWarning | None = None
    covered: bool = False
    """Nobody stands before the screen: what it shows is covered."""


# The booth


@dataclass(frozen=True, slots=True)
class WelcomeScene:
    """trouble: why nobody can start now, None if one can."""

    around: Around
    trouble: Words | None


@dataclass(frozen=True, slots=True)
class ConsentScene:
    """asks_contact: whether the customer may let the bank reach them, which is asked about an account alone."""

    around: Around
    purpose: Words
    asks_contact: bool


@dataclass(frozen=True, slots=True)
class DocumentScene:
    """quad: where a page is seen. failure: why the last picture could not be read, None before the first. tries: failed readings."""

    around: Around
    headline: Words
    hint: Words | None
    gesture: Gesture
    quad: Corners | None
    reading: bool
    first_side_read: bool
    failure: Words | None
    tries: int
    tries_allowed: int
    glare: Box | None = None
    """Where light is reflected on the page, shares of the picture."""


@dataclass(frozen=True, slots=True, eq=False)
class ContactScene:
    """One field at a time. texts, typed: of every field; says: about the field in front, which is as far as `here`; may_skip: no way to be
    reached is there that could be lost; offers: whole texts for the field in front that one touch takes; hidden: what
    stands in that field may be another's, and is not shown."""

    around: Around
    session: SessionId
    at: ContactField
    texts: dict[ContactField, Masked[str]]
    typed: dict[ContactField, Typed]
    here: Typed
    says: Words
    may_give: bool
    may_skip: bool
    offers: tuple[Masked[str], ...] = ()
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class FaceScene:
    """remaining: share of the response time left, None while nothing is asked. box: where the face is seen. light: how the screen
    shines now, None while it does not; extensions: how often more time was given; may_spare_light: whether changing
    light is still to come and may be spared."""

    around: Around
    prompt: Words
    gesture: Gesture
    hint: Words | None
    done: int
    total: int
    remaining: float | None
    box: Box | None
    light: Screen | None = None
    extensions: int = 0
    may_spare_light: bool = False


@dataclass(frozen=True, slots=True)
class WorkStep:
    words: Words
    progress: Progress


@dataclass(frozen=True, slots=True)
class WorkingScene:
    """The real steps of the work, each as far as it is. trouble: what went wrong and is being tried again."""

    around: Around
    steps: tuple[WorkStep, ...]
    trouble: Words | None


@dataclass(frozen=True, slots=True)
class ResultScene:
    around: Around
    tone: Tone
    headline: Words
    next_step: Words
    promise: Words
    seconds_left: int
    seconds_in_all: int


@dataclass(frozen=True, slots=True)
class CameraAwayScene:
    """headline, text: what has stopped and whether it may return; otherwise: what happens if not, with the seconds."""

    around: Around
    headline: Words
    text: Words
    otherwise: Words
    seconds_left: int
    seconds_in_all: int


@dataclass(frozen=True, slots=True)
class OutOfServiceScene:
    """what: the fault, for the colleague who comes; the customer reads only that another place will serve them."""

    around: Around
    what: Words


BoothScene = (
    WelcomeScene
    | ConsentScene
    | DocumentScene
    | ContactScene
    | FaceScene
    | WorkingScene
    | ResultScene
    | CameraAwayScene
    | OutOfServiceScene
)


# The desk


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
