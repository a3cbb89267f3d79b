"""Who is signed in, and whether they may do what they are about to do. Asked where an action is done.

1. The role counts as it stands in the store at this moment, not as it was at sign-in; a role changed in between ends what was allowed,
   and so does a reset: whose password and factor were taken away is nobody until the next sign-in, in every program.
2. Denied is what the table does not allow, and every denial is a line in the audit log.
3. Two people means two names, the second freshly signed in, each with a role of the table; both get their own audit line.
"""

import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from kiosk.faults import NotPermitted
from kiosk.policy import TrainingPolicy
from kiosk.trust.factors import FactorKind
from kiosk.trust.permissions import SECOND_PERSON, Action, Role, may
from kiosk.values import OperatorId, SessionId
from kiosk.vault.audit import NO_SESSION, AuditEntry, AuditEvent
from kiosk.vault.store import Store
from kiosk.vault.two_people import FRESH_FOR, Agreed

IDLE_LOCK_AFTER: Final = timedelta(minutes=5)
"""A window nobody touches is locked (PCI DSS 8.2.8 asks for 15 minutes at most)."""
BOOTH_NAME: Final = OperatorId("booth")


@dataclass(frozen=True, slots=True)
class SignedIn:
    """factor: what proved the person beside the password."""

    name: OperatorId
    role: Role
    at: datetime
    factor: FactorKind = FactorKind.TOTP


@dataclass(frozen=True, slots=True)
class Booth:
    """The self-service kiosk acts, without an operator."""


Actor = SignedIn | Booth


class DisagreedBecause(StrEnum):
    SAME_PERSON = "same-person"
    FIRST_MAY_NOT = "first-may-not"
    SECOND_MAY_NOT = "second-may-not"
    NOT_PRESENT = "not-present"


@dataclass(frozen=True, slots=True)
class Disagreed:
    because: DisagreedBecause


UNTRAINED_MAY: Final = frozenset(
    {Action.TAKE_TRAINING, Action.VIEW_STATION, Action.VERIFY_AUDIT, Action.ENROL_STATION, Action.ACCEPT_CLOCK}
)
"""What is never held back for want of a certificate: learning, looking whether the station is sound, and what must be done before anybody
can learn at it (a desk opens only at an enrolled station, and nobody signs in while the clock is behind)."""
TOLD: Final = {"training-due": "training-due (this role needs a valid certificate: the lessons and the test are at the desk)"}


class Authority:
    """Asks the permission table for one store's people."""

    def __init__(self, store: Store, training: TrainingPolicy | None = None) -> None:
        """training: which roles need a valid certificate; None: those the store was opened with, so that no command can forget to ask."""
        self._store = store
        self._needs_certificate = frozenset(store.certificate_for if training is None else training.required_for)

    def require(self, who: Actor | None, action: Action, now: datetime, session: SessionId = NO_SESSION) -> None:
        """Return if this actor may do this now. Raises NotPermitted, with a line in the audit log."""
        trouble = self._trouble(who, action, now)
        if trouble:
            name = who.name if isinstance(who, SignedIn) else BOOTH_NAME if isinstance(who, Booth) else OperatorId("")
            self._store.note(AuditEntry(now, AuditEvent.DENIED, session, name, f"{action}:{trouble}"))
            raise NotPermitted(f"{action}: {TOLD.get(trouble, trouble)}")

    def stands(self, who: SignedIn) -> bool:
        """Return whether what was signed in still counts: not after a reset, a removal or another role."""
        return not self._stale(who)

    def allows(self, who: Actor | None, action: Action, now: datetime) -> bool:
        """Return whether this actor may do this now, for what is merely left out if not; nothing is written down."""
        return not self._trouble(who, action, now)

    def agree(
        self, first: SignedIn, second: SignedIn, action: Action, now: datetime, session: SessionId = NO_SESSION
    ) -> Agreed | Disagreed:
        """Return whether these two may do together what takes two. Both get a line in the audit log, whatever the answer.

        Raises ValueError for an action that takes one person: asking two for it is a mistake in the program.
        """
        if action not in SECOND_PERSON:
            raise ValueError(f"{action} takes one person")
        because = self._disagreement(first, second, action, now)
        with self._store.together():
            if because is None:
                for who, other in ((first, second), (second, first)):
                    detail = f"{action}:with={other.name}:by={who.factor}"
                    self._store.note(AuditEntry(now, AuditEvent.TWO_AGREED, session, who.name, detail))
                return Agreed(action, first.name, second.name, session, now)
            for who in (first, second):
                self._store.note(AuditEntry(now, AuditEvent.TWO_REFUSED, session, who.name, f"{action}:{because}"))
        return Disagreed(because)

    def require_agreed(
        self, agreed: Agreed | None, action: Action, now: datetime, session: SessionId = NO_SESSION, within: timedelta = FRESH_FOR
    ) -> None:
        """Raises NotPermitted unless two people agreed to this very action, on this very case, just now, and both still may."""
        may_still = agreed is not None and self._role_allows(agreed.first, action) and self._second_may(agreed.second, action)
        self._store.require_agreed(agreed if may_still else None, action, now, session, within)

    def _disagreement(self, first: SignedIn, second: SignedIn, action: Action, now: datetime) -> DisagreedBecause | None:
        if first.name == second.name:
            return DisagreedBecause.SAME_PERSON
        if self._trouble(first, action, now):
            return DisagreedBecause.FIRST_MAY_NOT
        if second.role not in SECOND_PERSON[action] or self._stale(second) or self._is_untrained(second, action, now):
            return DisagreedBecause.SECOND_MAY_NOT
        if not timedelta(0) <= now - second.at <= FRESH_FOR:
            return DisagreedBecause.NOT_PRESENT
        return None

    def _trouble(self, who: Actor | None, action: Action, now: datetime) -> str:
        """Return a short code of what stands against it, empty if nothing does."""
        match who:
            case None:
                return "nobody-signed-in"
            case Booth():
                return "" if may(Role.BOOTH, action) else "not-allowed"
            case SignedIn(role=role):
                if self._stale(who):
                    return "role-changed"
                if not may(role, action):
                    return "not-allowed"
                return "training-due" if self._is_untrained(who, action, now) else ""

    def _is_untrained(self, who: SignedIn, action: Action, now: datetime) -> bool:
        if who.role.value not in self._needs_certificate or action in UNTRAINED_MAY:
            return False
        with self._store.training_rows() as rows:
            signed = rows.newest_certificate(who.name)
        return signed is None or not signed.certificate.passed_at <= now < signed.certificate.expires_at

    def _stale(self, who: SignedIn) -> bool:
        """Return whether the store no longer says what the sign-in said: another role, nobody of that name, or a reset since."""
        if self._role_now(who.name) is not who.role:
            return True
        reset_at = self._store.last_told(AuditEvent.OPERATOR_RESET, who.name)
        return reset_at is not None and reset_at > who.at

    def _role_allows(self, name: OperatorId, action: Action) -> bool:
        role = self._role_now(name)
        return role is not None and may(role, action)

    def _second_may(self, name: OperatorId, action: Action) -> bool:
        return self._role_now(name) in SECOND_PERSON.get(action, frozenset())

    def _role_now(self, name: OperatorId) -> Role | None:
        """Return the role the store says this person has at this moment, None for nobody or somebody who was removed."""
        with self._store.trust_rows() as rows:
            row = rows.operator(name)
        return Role(row.role) if row is not None and row.active and row.role in set(Role) else None


class Presence:
    """Who works at this window now. Any thread may ask. monotonic moments are nanoseconds of the station's clock."""

    def __init__(self, authority: Authority, who: SignedIn | None = None) -> None:
        self.authority = authority
        self._lock = threading.Lock()
        self._who = who
        self._locked = False
        self._touched_ns = 0
        self._agreed: dict[SessionId, Agreed] = {}

    @property
    def who(self) -> SignedIn | None:
        """Return who is signed in, locked or not."""
        return self._who

    @property
    def locked(self) -> bool:
        return self._locked

    def came(self, who: SignedIn, at_ns: int) -> None:
        with self._lock:
            self._who, self._locked, self._touched_ns = who, False, at_ns

    def left(self) -> None:
        with self._lock:
            self._who, self._locked = None, False

    def touched(self, at_ns: int) -> None:
        """Somebody used keyboard, mouse or screen. A locked window is not unlocked by that."""
        self._touched_ns = max(self._touched_ns, at_ns)

    def lock(self) -> None:
        with self._lock:
            self._locked = self._who is not None

    def is_idle(self, now_ns: int) -> bool:
        """Return whether somebody is signed in at a window that was not touched for `IDLE_LOCK_AFTER` and is not locked yet."""
        with self._lock:
            idle = now_ns - self._touched_ns >= IDLE_LOCK_AFTER.total_seconds() * 1e9
            return self._who is not None and not self._locked and idle

    def note_agreed(self, agreed: Agreed) -> None:
        """Keep what two people agreed to for the case in front; an older agreement on another case is forgotten."""
        self._agreed = {agreed.session: agreed}

    def agreed_to(self, session: SessionId) -> Agreed | None:
        return self._agreed.get(session)

    def acting(self) -> SignedIn | None:
        """Return who may act: nobody while the window is locked."""
        return None if self._locked else self._who

    def require(self, action: Action, now: datetime, session: SessionId = NO_SESSION) -> SignedIn:
        """Return who does it. Raises NotPermitted: nobody signed in, window locked, or the table says no."""
        who = self.acting()
        self.authority.require(who, action, now, session)
        if who is None:
            raise NotPermitted("nobody is signed in")
        return who
