"""What happens to a session: touches, sightings, answers, time. Events are past; the station stamps ids and times."""

from dataclasses import dataclass

from kiosk.document.reading import DocumentOutcome, PageObservation
from kiosk.face.observed import FaceObservation
from kiosk.face.verdict import MatchVerdict
from kiosk.frame import Frame, Pixels
from kiosk.journey.contact import ContactField
from kiosk.liveness.challenge import Need, Script
from kiosk.record import ContactDetails, Disposition, Purpose, SessionRecord, Wish
from kiosk.risk.returning import Returning
from kiosk.risk.signals import Signal
from kiosk.values import Channel, ConsentPurpose, Masked, OperatorId, SessionId, Ticket

# Touches: what a person did on a screen


@dataclass(frozen=True, slots=True, eq=False)
class CaseOpened:
    """The station drew the session id when the customer touched the screen or the teller started a case. sensed: how the station is."""

    session: SessionId
    channel: Channel
    purpose: Purpose
    language: str
    operator: OperatorId | None
    sensed: tuple[Signal, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class CaseTakenOver:
    """A teller goes on with a case the booth referred, under a new id. referred: the booth's record; page, portrait, live: its pictures;
    sensed: how the desk is."""

    session: SessionId
    operator: OperatorId
    referred: SessionRecord
    page: Pixels | None
    portrait: Pixels | None
    live: Pixels | None
    sensed: tuple[Signal, ...] = ()


@dataclass(frozen=True, slots=True)
class ConsentGiven:
    """purposes: what was ticked; without IDENTITY_CHECK it is a refusal. needs: what the customer says beforehand that they cannot do."""

    text_version: str
    purposes: tuple[ConsentPurpose, ...] = (ConsentPurpose.IDENTITY_CHECK,)
    needs: tuple[Need, ...] = ()


@dataclass(frozen=True, slots=True)
class ConsentDenied:
    """No biometrics. text_version: of the text that was shown."""

    text_version: str = ""


@dataclass(frozen=True, slots=True)
class LanguageChanged:
    language: str


@dataclass(frozen=True, slots=True)
class WishesTold:
    """How the customer of this case wishes the booth to look and sound; all of it, each time."""

    session: SessionId
    wishes: tuple[Wish, ...]


@dataclass(frozen=True, slots=True, eq=False)
class PictureSupplied:
    """The teller loaded a document picture from a file or scanner. session: the case it was chosen for; a slow file must not land in the
    next one."""

    session: SessionId
    frame: Frame


@dataclass(frozen=True, slots=True, eq=False)
class MrzSwiped:
    """An MRZ reader beside the teller's keyboard sent these lines. session: the case they were sent into."""

    session: SessionId
    lines: Masked[tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class NoOtherDocument:
    """The teller says that the customer has no second document. session: the case that was on the screen."""

    session: SessionId


@dataclass(frozen=True, slots=True, eq=False)
class ContactEdited:
    """The teller corrected the contact details of an account opening."""

    contact: ContactDetails


@dataclass(frozen=True, slots=True)
class ContactFieldTouched:
    """The booth's customer goes to another field. session: here and below, the case that was on the screen."""

    session: SessionId
    field: ContactField


@dataclass(frozen=True, slots=True)
class ContactTyped:
    """text: all of the field as it is now."""

    session: SessionId
    field: ContactField
    text: Masked[str]


@dataclass(frozen=True, slots=True)
class ContactGiven:
    """What was typed is meant. Nothing happens while something in it is wrong or missing."""

    session: SessionId


@dataclass(frozen=True, slots=True)
class ContactSkipped:
    session: SessionId


@dataclass(frozen=True, slots=True)
class SecondPersonAgreed:
    """A second person signed in beside the first and agreed to an approval of this very case. Posted by the station's own sign-in, never by
    a screen. asked: the number of the question they answered, counted from 1 within the case."""

    session: SessionId
    second: OperatorId
    asked: int = 1


@dataclass(frozen=True, slots=True)
class SecondPersonWithdrawn:
    """The question to a second person was taken back, perhaps while their password was being checked. asked: its number."""

    session: SessionId
    asked: int


@dataclass(frozen=True, slots=True)
class OperatorProved:
    """The operator of this case signed in again, with password and second factor. Posted by the station's own sign-in alone."""

    session: SessionId
    operator: OperatorId


@dataclass(frozen=True, slots=True)
class Sensed:
    """Readings from outside the case: the station's own state, the store's history, the operator. session: the case they are of, None for
    readings that hold whoever is served; both: store and watch-list were asked about its second document too."""

    signals: tuple[Signal, ...]
    session: SessionId | None = None
    both: bool = False


@dataclass(frozen=True, slots=True)
class Handled:
    """The customer touched the booth's screen or its pointer. path_px: way of the pointer since the touch before; straight_px: as the crow
    flies; gap_s: time between them, seconds, 0 for the first. Never where or what was touched."""

    path_px: float
    straight_px: float
    gap_s: float


@dataclass(frozen=True, slots=True)
class DispositionMade:
    """disposition.at is ignored; the reducer stamps its own moment."""

    disposition: Disposition


@dataclass(frozen=True, slots=True)
class StillHere:
    """A touch that says: go on, I am here."""


@dataclass(frozen=True, slots=True)
class MoreTimeTouched:
    """The customer needs longer for what is asked."""


@dataclass(frozen=True, slots=True)
class OtherWayTouched:
    """The customer cannot do what is asked now."""


@dataclass(frozen=True, slots=True)
class CalmLightTouched:
    """The customer does not want changing light."""


@dataclass(frozen=True, slots=True)
class CancelTouched:
    pass


@dataclass(frozen=True, slots=True)
class HelpTouched:
    pass


@dataclass(frozen=True, slots=True)
class FinishTouched:
    """The customer or teller closes the last screen early."""


# Sightings: what the eyes saw


@dataclass(frozen=True, slots=True, eq=False)
class PageSeen:
    """frame: the picture itself when the observation is ready to be read, None otherwise; captures: frames just before it that would
    have done as well, for more looks at the portrait."""

    ticket: Ticket
    observation: PageObservation
    frame: Frame | None
    captures: tuple[Frame, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class FaceObserved:
    ticket: Ticket
    observation: FaceObservation


@dataclass(frozen=True, slots=True)
class PresenceSeen:
    """Whether anybody stands in front of the booth: looked for a few times a second, for privacy alone."""

    ticket: Ticket
    somebody: bool


@dataclass(frozen=True, slots=True)
class CameraStopped:
    fault: str


@dataclass(frozen=True, slots=True)
class CameraReturned:
    pass


# Answers: what a worker found


@dataclass(frozen=True, slots=True, eq=False)
class DocumentAnswered:
    ticket: Ticket
    outcome: DocumentOutcome
    frame: Frame


@dataclass(frozen=True, slots=True)
class ScriptDrawn:
    ticket: Ticket
    script: Script


@dataclass(frozen=True, slots=True, eq=False)
class FacesCompared:
    """portrait: the document's face as it was compared, level and of a live view's size; None where there is none."""

    ticket: Ticket
    verdict: MatchVerdict
    returning: Returning | None = None
    portrait: Pixels | None = None


@dataclass(frozen=True, slots=True)
class CaseKept:
    ticket: Ticket


@dataclass(frozen=True, slots=True)
class WorkFailed:
    """A fault, turned once from an exception in the crew. fault: the class name."""

    ticket: Ticket
    fault: str


@dataclass(frozen=True, slots=True)
class ServiceEnded:
    """A bug: the station cannot go on. what: the exception's class name."""

    what: str


@dataclass(frozen=True, slots=True)
class Ticked:
    """Time passed; sent a few times a second."""


Event = (
    CaseOpened
    | CaseTakenOver
    | ConsentGiven
    | ConsentDenied
    | LanguageChanged
    | WishesTold
    | PictureSupplied
    | MrzSwiped
    | NoOtherDocument
    | ContactEdited
    | ContactFieldTouched
    | ContactTyped
    | ContactGiven
    | ContactSkipped
    | SecondPersonAgreed
    | SecondPersonWithdrawn
    | OperatorProved
    | Sensed
    | Handled
    | DispositionMade
    | StillHere
    | MoreTimeTouched
    | OtherWayTouched
    | CalmLightTouched
    | CancelTouched
    | HelpTouched
    | FinishTouched
    | PageSeen
    | FaceObserved
    | PresenceSeen
    | CameraStopped
    | CameraReturned
    | DocumentAnswered
    | ScriptDrawn
    | FacesCompared
    | CaseKept
    | WorkFailed
    | ServiceEnded
    | Ticked
)

TOUCHES = (
    ConsentGiven,
    ConsentDenied,
    LanguageChanged,
    PictureSupplied,
    MrzSwiped,
    NoOtherDocument,
    ContactEdited,
    ContactFieldTouched,
    ContactTyped,
    ContactGiven,
    ContactSkipped,
    DispositionMade,
    StillHere,
    MoreTimeTouched,
    OtherWayTouched,
    CalmLightTouched,
    CancelTouched,
    HelpTouched,
)
"""Events a person caused: each restarts the inactivity clock."""
