"""What the teller's window may ask beside the journey: who signs in, who agrees as second person, a picture from a file."""

from pathlib import Path

from kiosk.camera.picture import decode_picture
from kiosk.faults import PictureUnreadable
from kiosk.frame import Frame
from kiosk.journey.events import PictureSupplied, SecondPersonAgreed
from kiosk.journey.states import AwaitingDisposition, State
from kiosk.policy import DocumentPolicy
from kiosk.station.life import OperatorChanged
from kiosk.station.ports import Clock
from kiosk.station.station import Station
from kiosk.trust.operators import LockedUntil, Operators, SecondAgreed, SignedIn, SignInOutcome
from kiosk.values import Capture, Masked, Provenance, SessionId

SCANNED = Provenance(Capture.SCANNED_FILE, "picture file")
MOST_BYTES = 64_000_000


class DeskAccess:
    """Called away from the UI thread. Every answer is the trust package's; nothing is decided here."""

    def __init__(self, station: Station, operators: Operators, policy: DocumentPolicy, clock: Clock) -> None:
        self._station = station
        self._operators = operators
        self._policy = policy
        self._clock = clock
        self._signed_in: SignedIn | None = None
        self._loaded = 0

    def sign_in(self, name: str, password: str) -> SignInOutcome:
        outcome = self._operators.sign_in(name, Masked(password), self._clock.now().wall)
        if isinstance(outcome, SignedIn):
            self._signed_in = outcome
            self._station.post_life(OperatorChanged(outcome.name))
        return outcome

    def sign_out(self) -> None:
        self._signed_in = None
        self._station.post_life(OperatorChanged(""))

    def second_person(self, name: str, password: str) -> bool | LockedUntil:
        """Whether this person may agree to an approval against the recommendation of the case in front; written to the audit log.
        `LockedUntil` after too many wrong passwords."""
        now = self._clock.now().wall
        outcome = self._operators.sign_in(name, Masked(password), now)
        if isinstance(outcome, LockedUntil):
            return outcome
        state: State = self._station.state
        if self._signed_in is None or not isinstance(outcome, SignedIn) or not isinstance(state, AwaitingDisposition):
            return False
        agreed = self._operators.agree_override(self._signed_in, outcome, state.case.session, now)
        if not isinstance(agreed, SecondAgreed):
            return False
        self._station.post(SecondPersonAgreed(state.case.session, agreed.second))
        return True

    def load_picture(self, path: Path, session: SessionId) -> None:
        """Read a document picture from a file or scanner and hand it to the case it was chosen for. Raises PictureUnreadable."""
        try:
            if path.stat().st_size > MOST_BYTES:
                raise PictureUnreadable("the file is too large for a picture")
            content = path.read_bytes()
        except OSError as error:
            raise PictureUnreadable(f"the file cannot be read: {error.strerror}") from error
        pixels = decode_picture(content, self._policy)
        self._loaded += 1
        self._station.post(PictureSupplied(session, Frame(pixels, self._loaded, self._clock.now().monotonic_ns, SCANNED)))


