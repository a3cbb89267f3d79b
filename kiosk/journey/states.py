"""Where a customer stands. One state at a time; each carries exactly what it needs."""

from dataclasses import dataclass, field

from kiosk.document.reading import DocumentOutcome, PageHint, Read
from kiosk.face.observed import FaceView
from kiosk.face.verdict import MatchVerdict
from kiosk.frame import Pixels
from kiosk.journey.conduct import Conduct
from kiosk.journey.contact import ContactDraft, ContactField
from kiosk.liveness.challenge import LivenessVerdict, Need
from kiosk.liveness.run import LivenessRun
from kiosk.record import Consent, Decision, Disposition, Purpose, Wish
from kiosk.risk.decision import Recommendation
from kiosk.risk.facts import RiskFacts
from kiosk.risk.policy_file import StepUpKind
from kiosk.risk.returning import Returning
from kiosk.risk.signals import Signal
from kiosk.values import Channel, Moment, OperatorId, Provenance, SessionId


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """All that is known of the case in front. step: raised with every question asked, so that late answers fall away.

    last_activity_ns: monotonic time of the last touch or progress, for the inactivity warning; last_touch_ns: of the last touch, None
    before the first. operator: None in the booth. second_agreed: who agreed, signed in, to an approval against the recommendation.
    restarts: how often the face run started over after the camera was away. returning: of a transaction, see `kiosk/risk/returning.py`.
    continues: the booth's case this one goes on from; live: its best live view, for nobody is looked at again. portrait: the document's
    face as it was compared, level. needs: what the customer asked to be spared. help_asked: they asked for a person in the booth.
    seen_ns: when somebody was last seen or touched the screen, None before anybody is looked for; looked_ns: when the eyes last looked,
    None before; unseen: a touch took the cover away, and no face was seen since. contact_asked: they were
    asked how to reach them and left it out. runs: liveness runs begun. second_document: another one, which the risk policy asked for;
    second_since_ns: since when it is asked for, None before; second_looked_up: store and watch-list answered about it.
    """

    session: SessionId
    channel: Channel
    purpose: Purpose
    language: str
    operator: OperatorId | None
    opened: Moment
    step: int
    last_activity_ns: int
    consent: Consent | None = None
    document: DocumentOutcome | None = None
    liveness: LivenessVerdict | None = None
    views: tuple[FaceView, ...] = ()
    match: MatchVerdict | None = None
    portrait: Pixels | None = None
    recommendation: Recommendation | None = None
    disposition: Disposition | None = None
    sources: tuple[Provenance, ...] = ()
    failed_work: tuple[str, ...] = ()
    last_touch_ns: int | None = None
    second_agreed: OperatorId | None = None
    restarts: int = 0
    returning: Returning | None = None
    continues: SessionId | None = None
    live: Pixels | None = None
    needs: tuple[Need, ...] = ()
    sensed: tuple[Signal, ...] = ()
    conduct: Conduct = field(default_factory=Conduct)
    risk: RiskFacts | None = None
    stepped_up: tuple[StepUpKind, ...] = ()
    help_asked: bool = False
    seen_ns: int | None = None
    looked_ns: int | None = None
    unseen: bool = False
    contact_asked: bool = False
    second_document: DocumentOutcome | None = None
    second_since_ns: int | None = None
    second_looked_up: bool = False
    runs: int = 0
    wishes: tuple[Wish, ...] = ()
    """How the customer wished the booth to look and sound."""


@dataclass(frozen=True, slots=True)
class Idle:
    """Nobody is served. The booth shows its welcome, the desk its list."""


@dataclass(frozen=True, slots=True, eq=False)
class AskingConsent:
    case: Case


@dataclass(frozen=True, slots=True, eq=False)
class ShowingDocument:
    """The customer holds up the document. quad: see PageObservation; reading_since_ns: set while a worker reads a picture;
    so_far: what the first side gave while the side with the portrait is still wanted, so_far_ns: since when; attempts: failed readings."""

    case: Case
    hint: PageHint | None
    quad: tuple[tuple[float, float], ...] | None
    frame_size: tuple[int, int] | None
    reading_since_ns: int | None
    so_far: Read | None
    attempts: int
    last_failure: DocumentOutcome | None
    so_far_ns: int | None = None
    glare: tuple[float, float, float, float] | None = None
    """Where light is reflected, pixels of the frame; see PageObservation."""


@dataclass(frozen=True, slots=True, eq=False)
class TakingContact:
    """In the booth, of a customer who agreed to be reached: what they typed so far, and which field they are at. left: the screen was
    covered since, so whoever stands there may be somebody else; hidden: the fields with what was typed before."""

    case: Case
    draft: ContactDraft
    at: ContactField
    left: bool = False
    hidden: frozenset[ContactField] = frozenset()


@dataclass(frozen=True, slots=True, eq=False)
class PreparingFace:
    """The script is being drawn from the cryptographic random source. since_ns: when it was asked for."""

    case: Case
    since_ns: int


@dataclass(frozen=True, slots=True, eq=False)
class ProvingLive:
    """The guided run. face_box: last seen largest face, pixels, for the oval that follows the person. held_ns: how long in all the run
    was held because nobody stood there; looked_ns: when this was last looked at, None while somebody does."""

    case: Case
    run: LivenessRun
    face_box: tuple[float, float, float, float] | None
    frame_size: tuple[int, int] | None
    held_ns: int = 0
    looked_ns: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Comparing:
    """compared: the second document's face is, and the booth waits for what store and watch-list say of that document."""

    case: Case
    since_ns: int
    compared: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class AwaitingDisposition:
    """At the desk: the recommendation is made, a person decides. withdrawn: the last question to a second person that was taken back; an
    answer to it, or to one before, comes too late, however long the password took to check."""

    case: Case
    withdrawn: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Keeping:
    """The record is being sealed; nobody sees a result before that. tried_ns: when it was last
    asked for; last_failure: the fault's name if that failed; it is tried again for a while."""

    case: Case
    since_ns: int
    tried_ns: int
    last_failure: str | None


@dataclass(frozen=True, slots=True, eq=False)
class CameraAway:
    """The camera stopped. What was captured stays; `resume` goes on where it was, `ProvingLive` from a fresh script."""

    case: Case
    resume: "ShowingDocument | ProvingLive | PreparingFace"
    since_ns: int


@dataclass(frozen=True, slots=True)
class Decided:
    """The record is sealed. decision: what happened; the customer's words depend on it and on the channel."""

    decision: Decision


@dataclass(frozen=True, slots=True)
class Cancelled:
    """By the customer or the teller. Nothing personal was kept."""


@dataclass(frozen=True, slots=True)
class TimedOut:
    """Nobody answered the inactivity warning. Nothing personal was kept."""


@dataclass(frozen=True, slots=True)
class ConsentRefused:
    """A teller will help without biometrics. Nothing personal was kept."""


@dataclass(frozen=True, slots=True)
class HelpCalled:
    """The customer asked for a person. handed_over: what was captured is sealed for the desk to go on with; else nothing was kept."""

    handed_over: bool = False


@dataclass(frozen=True, slots=True)
class CouldNotKeep:
    """The record could not be sealed; nothing was approved; fault: its class name."""

    fault: str


Ending = Decided | Cancelled | TimedOut | ConsentRefused | HelpCalled | CouldNotKeep


@dataclass(frozen=True, slots=True)
class Finished:
    """The last words. Everything of the customer is already wiped: only ids and the ending are left. step: of the case, for the ticket of
    the look whether they still stand there; seen_ns: when somebody last did, None where nobody is looked for; looked_ns: when the eyes
    last looked; unseen: as of the case."""

    session: SessionId
    channel: Channel
    language: str
    ending: Ending
    since_ns: int
    step: int = 0
    seen_ns: int | None = None
    looked_ns: int | None = None
    unseen: bool = False


@dataclass(frozen=True, slots=True)
class OutOfService:
    """A bug or an unusable station. fault: class name of the fault, or of the bug's exception."""

    fault: str


CaseState = (
    AskingConsent | ShowingDocument | TakingContact | PreparingFace | ProvingLive | Comparing | AwaitingDisposition | Keeping | CameraAway
)
State = Idle | CaseState | Finished | OutOfService
