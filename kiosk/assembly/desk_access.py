"""What the teller's window may ask beside the journey: who signs in, who agrees as second person, a picture from a file."""

from pathlib import Path

from kiosk.camera.picture import decode_picture
from kiosk.camera.scan_folder import ScanFolder
from kiosk.faults import PictureUnreadable
from kiosk.frame import Frame
from kiosk.journey.events import MrzSwiped, OperatorProved, PictureSupplied, SecondPersonAgreed
from kiosk.journey.states import AwaitingDisposition, State
from kiosk.policy import DocumentPolicy
from kiosk.risk.signals import signal
from kiosk.risk.typed import Typed
from kiosk.station.life import OperatorChanged
from kiosk.station.ports import Clock
from kiosk.station.station import Station
from kiosk.trust.desk_looks import DeskLooks
from kiosk.trust.factors import FactorOffer, HeldKey, Proof, TypedCode, draw_offer
from kiosk.trust.operators import FactorEnrolled, FactorRefused, LockedUntil, NeedsFactor, Operators, SignInOutcome, WrongSecret
from kiosk.trust.permissions import Action
from kiosk.trust.presence import Presence, SignedIn
from kiosk.trust.security_key import PluggedKey
from kiosk.trust.typing_rhythm import RhythmBook
from kiosk.values import Capture, Masked, Provenance, SessionId
from kiosk.vault.two_people import Agreed

SCANNED = Provenance(Capture.SCANNED_FILE, "picture file")
MOST_BYTES = 64_000_000


class DeskAccess:
    """Called away from the UI thread. Every answer is the trust package's; nothing is decided here."""

    def __init__(
        self,
        station: Station,
        operators: Operators,
        presence: Presence,
        policy: DocumentPolicy,
        clock: Clock,
        scans: ScanFolder | None = None,
        rhythms: RhythmBook | None = None,
        looks: DeskLooks | None = None,
    ) -> None:
        """scans: the folder a scanner writes to, where there is one; rhythms: whose typing is known, None to learn and judge none;
        looks: None keeps none."""
        self._station = station
        self._operators = operators
        self._presence = presence
        self._policy = policy
        self._clock = clock
        self._loaded = 0
        self._scans = scans
        self._rhythms = rhythms
        self._looks = looks
        self._password_typed: Typed | None = None

    # --- signing in ----------------------------------------------------------------------------------------------------------

    def sign_in(self, name: str, password: str, code: str) -> SignInOutcome:
        """code: of an authenticator app or a recovery code; empty to be proven by a touch of the security key."""
        outcome = self._operators.sign_in(name, Masked(password), _proof(code), self._clock.now().wall)
        if isinstance(outcome, SignedIn):
            self._presence.came(outcome, self._clock.now().monotonic_ns)
            self._station.post_life(OperatorChanged(outcome.name))
            self._station.list_cases()
            self._judge_password(outcome)
            state: State = self._station.state
            if isinstance(state, AwaitingDisposition):
                self._station.post(OperatorProved(state.case.session, outcome.name))
        return outcome

    def unlock(self, password: str, code: str) -> SignInOutcome:
        """Whoever locked it signs in again, with everything; nobody else can."""
        who = self._presence.who
        return WrongSecret() if who is None else self.sign_in(who.name, password, code)

    def typed_password(self, typed: Typed | None) -> None:
        """Take the times of the password that is about to be checked, None where they are of no use."""
        self._password_typed = typed

    def typed_on(self, typed: Typed) -> bool:
        """Take the times of a stretch of running text; say whether it is so unlike the operator that the window must be locked."""
        who = self._presence.acting()
        if self._rhythms is None or who is None:
            return False
        ratio, lock = self._rhythms.worked(who.name, typed, self._clock.now().wall)
        if ratio is not None:
            self._tell_rhythm(ratio, 1.0)
        return lock

    def _judge_password(self, who: SignedIn) -> None:
        typed, self._password_typed = self._password_typed, None
        ratio = None if typed is None or self._rhythms is None else self._rhythms.signed_in(who.name, typed, self._clock.now().wall)
        # Nothing known of this operator yet must not leave the one before in force: a reading nobody believes takes its place.
        self._tell_rhythm(ratio or 0.0, 0.0 if ratio is None else 1.0)

    def _tell_rhythm(self, ratio: float, confidence: float) -> None:
        self._station.sensed((signal("operator.keystrokes", ratio, self._clock.now().wall, confidence),))

    def sign_out(self) -> None:
        self._operators.signed_out(self._presence.who, self._clock.now().wall)
        self._presence.left()
        self._station.post_life(OperatorChanged(""))
        self._station.list_cases()

    def lock(self) -> None:
        self._presence.lock()
        self._operators.window_locked(self._presence.who, self._clock.now().wall)
        self._station.list_cases()

    def touched(self) -> None:
        self._presence.touched(self._clock.now().monotonic_ns)

    def is_idle(self) -> bool:
        return self._presence.is_idle(self._clock.now().monotonic_ns)

    def look(self) -> str:
        """Return how whoever is signed in wants the desk to look, as it was kept; empty for no wish."""
        who = self._presence.acting()
        return "" if who is None or self._looks is None else self._looks.of(who.name)

    def keep_look(self, code: str) -> None:
        who = self._presence.acting()
        if who is not None and self._looks is not None:
            self._looks.keep(who.name, code, self._clock.now().wall)

    # --- the second factor ---------------------------------------------------------------------------------------------------

    def offer_factor(self, asked: NeedsFactor) -> FactorOffer:
        return draw_offer(asked.name, self._station.context.station.station)

    def enrol_factor(self, asked: NeedsFactor, offer: FactorOffer, code: str) -> FactorEnrolled | FactorRefused:
        """code: empty to enrol the security key that is plugged in instead."""
        now = self._clock.now().wall
        if not code.strip():
            return self._operators.enrol_key(asked, PluggedKey(), now)
        return self._operators.enrol_totp(asked, offer.totp, Masked(code), now)

    # --- beside the journey --------------------------------------------------------------------------------------------------

    def second_person(self, name: str, password: str, code: str, asked: int) -> bool | LockedUntil:
        """Whether this person may agree to an approval against the recommendation of the case in front; written to the audit log.
        `LockedUntil` after too many failures. asked: number of the question; if it was taken back meanwhile, the journey drops the
        answer."""
        now = self._clock.now().wall
        outcome = self._operators.sign_in(name, Masked(password), _proof(code), now)
        if isinstance(outcome, LockedUntil):
            return outcome
        state: State = self._station.state
        first = self._presence.acting()
        if first is None or not isinstance(outcome, SignedIn) or not isinstance(state, AwaitingDisposition):
            return False
        agreed = self._presence.authority.agree(first, outcome, Action.OVERRIDE, now, state.case.session)
        if not isinstance(agreed, Agreed):
            return False
        self._presence.note_agreed(agreed)
        self._station.post(SecondPersonAgreed(state.case.session, agreed.second, asked))
        return True

    def load_picture(self, path: Path, session: SessionId) -> None:
        """Read a document picture from a file or scanner and hand it to the case it was chosen for. Raises PictureUnreadable,
        NotPermitted."""
        self._presence.require(Action.LOAD_PICTURE, self._clock.now().wall, session)
        try:
            if path.stat().st_size > MOST_BYTES:
                raise PictureUnreadable("the file is too large for a picture")
            content = path.read_bytes()
        except OSError as error:
            raise PictureUnreadable(f"the file cannot be read: {error.strerror}") from error
        pixels = decode_picture(content, self._policy)
        self._loaded += 1
        self._station.post(PictureSupplied(session, Frame(pixels, self._loaded, self._clock.now().monotonic_ns, SCANNED)))

    def load_swiped(self, lines: tuple[str, ...], session: SessionId) -> None:
        """Hand what an MRZ reader sent to the case it was sent into. Raises NotPermitted."""
        self._presence.require(Action.LOAD_PICTURE, self._clock.now().wall, session)
        self._station.post(MrzSwiped(session, Masked(lines)))

    def load_scanned(self, session: SessionId) -> bool:
        """Hand the newest complete picture of the scanner's folder to this case; say whether there was one. Raises PictureUnreadable."""
        path = None if self._scans is None else self._scans.take()
        if path is None:
            return False
        self.load_picture(path, session)
        return True

    def forget_scanned(self) -> None:
        """Let what was scanned for nobody stay unread: it must not land in the next case."""
        if self._scans is not None:
            self._scans.forget_waiting()


def _proof(code: str) -> Proof:
    return TypedCode(Masked(code)) if code.strip() else HeldKey(PluggedKey())
