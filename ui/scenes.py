"""What a window shows, as plain values: the closed list of the booth's scenes, and what the desk's (`ui/desk_scenes.py`) share.

No Qt, no rules. Words are named by phrase key and arguments, never written out, so a scene is the same in every language.
Places in a picture are shares of its width and height (0..1, unmirrored), so a view of any size can draw them.
What belongs to a customer is `Masked` until the widget that shows it reveals it: a scene can be printed safely.
"""

from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum

from kiosk.journey.contact import ContactField, Typed
from kiosk.liveness.colours import Screen
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
