"""What an operator may do at the booth itself: see what works, open the camera anew, end the program. All of it is in the log."""

from collections.abc import Callable, Sequence

from kiosk.faults import NotPermitted
from kiosk.policy import TrainingPolicy
from kiosk.station.ports import Clock
from kiosk.trust.factors import HeldKey, Proof, TypedCode
from kiosk.trust.operators import Operators, SignInOutcome
from kiosk.trust.permissions import Action
from kiosk.trust.presence import Authority, SignedIn
from kiosk.trust.security_key import PluggedKey
from kiosk.trust.self_checks import Check
from kiosk.values import Masked
from kiosk.vault.audit import AuditEntry, AuditEvent
from kiosk.vault.store import Store


class BoothMaintenance:
    """Called away from the UI thread. Nobody works at the booth by this: its cases stay the booth's own.

    examine: what works, in the doctor's words; reopen_camera: returns at once, the camera comes back by itself; training: which roles
    need a valid certificate, None asks nobody for one.
    """

    def __init__(
        self,
        store: Store,
        operators: Operators,
        clock: Clock,
        examine: Callable[[], Sequence[Check]],
        reopen_camera: Callable[[], None],
        training: TrainingPolicy | None = None,
    ) -> None:
        self._store, self._operators, self._clock = store, operators, clock
        self._authority = Authority(store, training)
        self._examine, self._reopen_camera = examine, reopen_camera
        self._who: SignedIn | None = None

    def sign_in(self, name: str, password: str, code: str) -> SignInOutcome:
        """Raises NotPermitted for who is who they say and may not do this. code: empty to be proven by a touch of the security key."""
        proof: Proof = TypedCode(Masked(code)) if code.strip() else HeldKey(PluggedKey())
        outcome = self._operators.sign_in(name, Masked(password), proof, self._clock.now().wall)
        if isinstance(outcome, SignedIn):
            self._authority.require(outcome, Action.MAINTAIN_BOOTH, self._clock.now().wall)
            self._who = outcome
            self._note("opened")
        return outcome

    def checks(self) -> tuple[Check, ...]:
        """Raises NotPermitted."""
        self._require()
        return tuple(self._examine())

    def restart_camera(self) -> None:
        """Raises NotPermitted."""
        self._require()
        self._note("camera-restarted")
        self._reopen_camera()

    def leave(self) -> None:
        """Say in the log who ended the program. Raises NotPermitted."""
        self._require()
        self._note("left")

    def sign_out(self) -> None:
        if self._who is not None:
            self._note("closed")
            self._operators.signed_out(self._who, self._clock.now().wall)
        self._who = None

    def _require(self) -> None:
        if self._who is None:
            raise NotPermitted("nobody is signed in at the booth")
        self._authority.require(self._who, Action.MAINTAIN_BOOTH, self._clock.now().wall)

    def _note(self, what: str) -> None:
        if self._who is not None:
            self._store.note(AuditEntry(self._clock.now().wall, AuditEvent.BOOTH_MAINTAINED, who=self._who.name, detail=what))
