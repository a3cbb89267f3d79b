"""Who may work here: adding people, signing them in, changing and removing them.

1. An attempt is counted on disk before its password is looked at, and forgiven when password and second factor were right: pulling the
   plug gains no guess.
2. The fifth failure in a row, of either, locks the operator for 30 minutes, through any restart (PCI DSS 8.3.4 asks at most ten).
3. An unknown name takes as long as a wrong password, and is never written down: people type passwords into the wrong field.
4. Nobody is signed in by the password alone. Whoever has no second factor yet can do nothing but enrol one; an enrolment that was not
   finished leaves it at that.
5. Two people never have one second factor.
6. Every attempt and every change leaves an audit line; attempts that come to nothing whoever makes them (an unknown name, an account
   that is locked, or has no second factor yet) are told once a minute, with how many there were (`sparing`).
7. A clock that was turned back signs nobody in: locks and codes are judged by it.
"""

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from kiosk.trust import factors
from kiosk.trust.browser_key import BrowserAnswer, enrolled_key
from kiosk.trust.factors import Factor, FactorKind, NotProven, Proof, Totp
from kiosk.trust.passwords import Cost, Unfit, Verifier, is_dated, is_right, make_verifier, unfit
from kiosk.trust.permissions import PEOPLE, Action, Role
from kiosk.trust.presence import Authority, SignedIn
from kiosk.trust.security_key import KeyTrouble, RegisteredKey, SecurityKey, register_key
from kiosk.trust.sparing import Sparing, detail
from kiosk.values import Masked, OperatorId
from kiosk.vault.audit import NOBODY, AuditEntry, AuditEvent
from kiosk.vault.store import Store
from kiosk.vault.trust_rows import OperatorRow
from kiosk.vault.two_people import Agreed

FAILURES_ALLOWED: Final = 5
LOCKED_FOR: Final = timedelta(minutes=30)
CLOCK_STEP_ALLOWED: Final = timedelta(minutes=5)
"""Time servers step a clock back by seconds; more is a hand."""
ENROL_WITHIN: Final = timedelta(minutes=10)
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]{1,31}")
_RESERVED: Final = frozenset({"booth", "nobody", "system"})


@dataclass(frozen=True, slots=True)
class Added:
    name: OperatorId


@dataclass(frozen=True, slots=True)
class NameTaken:
    """Somebody has or had this name: names in the audit log mean one person for ever."""


@dataclass(frozen=True, slots=True)
class NameUnfit:
    """A name has 2 to 32 of a-z, 0-9, dot, dash, underscore, and starts with a letter or digit."""


@dataclass(frozen=True, slots=True)
class PasswordUnfit:
    because: Unfit


@dataclass(frozen=True, slots=True)
class NotTheFirst:
    """The ceremony of the first administrator is for a station that has nobody."""


AddOutcome = Added | NameTaken | NameUnfit | PasswordUnfit


@dataclass(frozen=True, slots=True)
class WrongSecret:
    """Password or second factor; which of them is not told. Show the same words as for UnknownOperator."""


@dataclass(frozen=True, slots=True)
class LockedUntil:
    at: datetime


@dataclass(frozen=True, slots=True)
class UnknownOperator:
    """Show the same words as for WrongSecret."""


@dataclass(frozen=True, slots=True)
class ClockTurnedBack:
    """newest: the latest time in the audit log, which the clock has not reached again."""

    newest: datetime


@dataclass(frozen=True, slots=True)
class NeedsFactor:
    """The password was right; a second factor must be enrolled before anything else. Good for `ENROL_WITHIN`."""

    name: OperatorId
    at: datetime


SignInOutcome = SignedIn | WrongSecret | LockedUntil | UnknownOperator | ClockTurnedBack | NeedsFactor


@dataclass(frozen=True, slots=True)
class FactorEnrolled:
    """recovery: the codes, for the operator's eyes, now and never again."""

    recovery: tuple[Masked[str], ...]


@dataclass(frozen=True, slots=True)
class FactorRefused:
    """because: `wrong-code`, `too-late`, `has-one-already`, `belongs-to-another`, or a `KeyTrouble`."""

    because: str


class Operators:
    """The operators of one station. cost: of new passwords; tests use a small one."""

    def __init__(self, store: Store, cost: Cost | None = None) -> None:
        self._store = store
        self._cost = cost or Cost()
        self._authority = Authority(store)
        self._sparing = Sparing()
        self._nobody = make_verifier(Masked("nobody has this password"), self._cost)

    # --- people --------------------------------------------------------------------------------------------------------------

    def is_empty(self) -> bool:
        with self._store.trust_rows() as rows:
            return not rows.operator_names()

    def names(self, by: SignedIn, now: datetime) -> tuple[tuple[OperatorId, Role], ...]:
        """Raises NotPermitted."""
        self._authority.require(by, Action.LIST_OPERATORS, now)
        with self._store.trust_rows() as rows:
            found = [rows.operator(name) for name in rows.operator_names()]
        return tuple((row.name, Role(row.role)) for row in found if row is not None and row.active)

    def first_administrator(self, name: str, password: Masked[str], now: datetime) -> AddOutcome | NotTheFirst:
        """Make the first person of a station that has nobody. Who stands there then is written down as nobody's doing."""
        with self._store.together():
            if not self.is_empty():
                return NotTheFirst()
            return self._add(name, password, Role.ADMINISTRATOR, NOBODY, now)

    def add(self, name: str, password: Masked[str], role: Role, by: SignedIn, now: datetime) -> AddOutcome:
        """Add one person. Raises NotPermitted; ValueError for a role no person can have."""
        self._authority.require(by, Action.ADD_OPERATOR, now)
        return self._add(name, password, role, by.name, now)

    def change_role(self, name: OperatorId, role: Role, by: SignedIn, now: datetime) -> bool:
        """Return False if there is nobody of that name. What was allowed in sessions under way ends. Raises NotPermitted."""
        self._authority.require(by, Action.CHANGE_ROLE, now)
        _check_role(role)
        with self._store.trust_rows() as rows:
            row = rows.operator(name)
            if row is None or not row.active:
                return False
            rows.replace_operator(replace(row, role=role.value))
            self._store.note(AuditEntry(now, AuditEvent.ROLE_CHANGED, who=by.name, detail=f"{name}:{row.role}:{role}"))
        return True

    def reset(self, name: OperatorId, password: Masked[str], by: SignedIn, now: datetime) -> Added | PasswordUnfit | NameUnfit:
        """Give a new password and take the second factor away: it must be enrolled again. Raises NotPermitted."""
        self._authority.require(by, Action.RESET_OPERATOR, now)
        if (why := unfit(password, name)) is not None:
            return PasswordUnfit(why)
        verifier = make_verifier(password, self._cost)
        with self._store.trust_rows() as rows:
            row = rows.operator(name)
            if row is None or not row.active:
                return NameUnfit()
            rows.replace_operator(replace(row, secret=Masked(verifier.spelled), failures=0, locked_until=None))
            rows.forget_factor(name)
            rows.forget_rhythm(name)
            self._store.note(AuditEntry(self._past_sign_in(name, now), AuditEvent.OPERATOR_RESET, who=by.name, detail=name))
        return Added(name)

    def _past_sign_in(self, name: OperatorId, now: datetime) -> datetime:
        """Return a moment after the newest sign-in of a name: who came in while the new password was being hashed is reset as well. One
        from a clock that was ahead does not count: nobody could sign in before it."""
        came_in = self._store.last_told_by(AuditEvent.SIGNED_IN, name)
        is_later = came_in is not None and now <= came_in <= now + CLOCK_STEP_ALLOWED
        return came_in + timedelta(microseconds=1) if came_in is not None and is_later else now

    def remove(self, name: OperatorId, by: SignedIn, now: datetime) -> bool:
        """Return False if there is nobody of that name. The name stays taken for ever. Raises NotPermitted."""
        self._authority.require(by, Action.REMOVE_OPERATOR, now)
        with self._store.trust_rows() as rows:
            row = rows.operator(name)
            if row is None or not row.active:
                return False
            rows.replace_operator(replace(row, secret=Masked(b"")))
            rows.forget_factor(name)
            rows.forget_rhythm(name)
            self._store.note(AuditEntry(now, AuditEvent.OPERATOR_REMOVED, who=by.name, detail=name))
        return True

    # --- the second factor ---------------------------------------------------------------------------------------------------

    def enrol_totp(self, asked: NeedsFactor, totp: Totp, code: Masked[str], now: datetime) -> FactorEnrolled | FactorRefused:
        """Keep a TOTP once its first code proves that the operator has it. Not proven, nothing is kept."""
        confirmed = factors.confirm_totp(totp, code, now)
        return FactorRefused("wrong-code") if confirmed is None else self._enrol(asked, confirmed, FactorKind.TOTP, now)

    def enrol_key(self, asked: NeedsFactor, key: SecurityKey, now: datetime) -> FactorEnrolled | FactorRefused:
        """Keep a security key once it was touched. Blocks until then."""
        made = register_key(key, asked.name, self.keys_enrolled())
        if isinstance(made, KeyTrouble):
            if made is KeyTrouble.BELONGS_TO_ANOTHER:
                self._store.note(AuditEntry(now, AuditEvent.FACTOR_REFUSED, who=asked.name, detail=made.value))
            return FactorRefused(made.value)
        return self._enrol(asked, made, FactorKind.SECURITY_KEY, now)

    def enrol_browser_key(self, asked: NeedsFactor, answer: BrowserAnswer, now: datetime) -> FactorEnrolled | FactorRefused:
        """Keep a security key a browser enrolled. Whether its owner was invited to is whoever calls' to know."""
        made = enrolled_key(answer)
        return FactorRefused(made.value) if isinstance(made, KeyTrouble) else self._enrol(asked, made, FactorKind.SECURITY_KEY, now)

    def may_invite(self, name: OperatorId, by: SignedIn, now: datetime) -> bool:
        """Write down that an administrator invites a person to enrol a security key; False if there is nobody of that name, or they have a
        second factor: that must be reset first. Raises NotPermitted."""
        self._authority.require(by, Action.RESET_OPERATOR, now)
        with self._store.trust_rows() as rows:
            row = rows.operator(name)
            if row is None or not row.active or rows.factor(name) is not None:
                return False
            self._store.note(AuditEntry(now, AuditEvent.KEY_INVITED, who=by.name, detail=name))
        return True

    def keys_enrolled(self) -> list[RegisteredKey]:
        """Return the security keys of everybody, for a key to say that it is one of them."""
        with self._store.trust_rows() as rows:
            kept = [rows.factor(name) for name in rows.operator_names()]
        kinds = [factors.from_bytes(one.reveal()).kind for one in kept if one is not None]
        return [kind for kind in kinds if isinstance(kind, RegisteredKey)]

    def _enrol(self, asked: NeedsFactor, kind: Totp | RegisteredKey, what: FactorKind, now: datetime) -> FactorEnrolled | FactorRefused:
        if not timedelta(0) <= now - asked.at <= ENROL_WITHIN:
            return FactorRefused("too-late")
        shown, kept = factors.draw_recovery_codes()
        factor = Factor(kind, kept)
        with self._store.trust_rows() as rows:
            if rows.factor(asked.name) is not None:
                return FactorRefused("has-one-already")
            if rows.has_fingerprint(factors.fingerprint(factor)):
                self._store.note(AuditEntry(now, AuditEvent.FACTOR_REFUSED, who=asked.name, detail="belongs-to-another"))
                return FactorRefused("belongs-to-another")
            rows.keep_factor(asked.name, what.value, Masked(factors.to_bytes(factor)), factors.fingerprint(factor), now)
            self._store.note(AuditEntry(now, AuditEvent.FACTOR_ENROLLED, who=asked.name, detail=what.value))
        return FactorEnrolled(shown)

    # --- signing in ----------------------------------------------------------------------------------------------------------

    def sign_in(self, name: str, password: Masked[str], proof: Proof, now: datetime, *, clock_counts: bool = True) -> SignInOutcome:
        """clock_counts: False only where the clock itself is what is to be put right by two people."""
        newest = self._store.last_audit_at()
        if clock_counts and newest is not None and newest - now > CLOCK_STEP_ALLOWED:
            return ClockTurnedBack(newest)
        wanted = _operator_id(name)
        counted = self._count_attempt(wanted, now)
        if isinstance(counted, LockedUntil):
            return counted
        if counted is None:
            is_right(password, self._nobody)
            if times := self._sparing.due("unknown", now):
                self._store.note(AuditEntry(now, AuditEvent.SIGN_IN_FAILED, detail=detail("unknown-operator", times)))
            return UnknownOperator()
        verifier = Verifier(counted.secret.reveal())
        if not is_right(password, verifier):
            return self._failed(counted, "wrong-password", now)
        factor = self._factor(counted.name)
        if factor is None:
            self._forgive(counted, password, verifier)
            if times := self._sparing.due(f"no-factor:{counted.name}", now):
                said = detail("no-second-factor-yet", times)
                self._store.note(AuditEntry(now, AuditEvent.SIGN_IN_FAILED, who=counted.name, detail=said))
            return NeedsFactor(counted.name, now)
        proven = factors.prove(factor, proof, now)
        if isinstance(proven, NotProven):
            return self._failed(counted, proven.code, now)
        return self._proven(counted, password, factor, proven, now)

    def _proven(self, counted: OperatorRow, password: Masked[str], before: Factor, proven: factors.Proven, now: datetime) -> SignInOutcome:
        """Keep what was used up in the transaction that signs in: of two who come with one code at once, one is late."""
        with self._store.trust_rows() as rows:
            if self._factor(counted.name) != before:
                self._store.note(AuditEntry(now, AuditEvent.SIGN_IN_FAILED, who=counted.name, detail="code-used-before"))
                return WrongSecret()
            rows.renew_factor(counted.name, Masked(factors.to_bytes(proven.after)))
            self._forgive(counted, password, Verifier(counted.secret.reveal()))
            if proven.by is FactorKind.RECOVERY_CODE:
                left = f"left={len(proven.after.recovery)}"
                self._store.note(AuditEntry(now, AuditEvent.RECOVERY_CODE_USED, who=counted.name, detail=left))
            self._store.note(AuditEntry(now, AuditEvent.SIGNED_IN, who=counted.name, detail=f"{counted.role}:{proven.by}"))
        return SignedIn(counted.name, Role(counted.role), now, proven.by)

    def signed_out(self, who: SignedIn | None, now: datetime) -> None:
        if who is not None:
            self._store.note(AuditEntry(now, AuditEvent.SIGNED_OUT, who=who.name))

    def window_locked(self, who: SignedIn | None, now: datetime) -> None:
        if who is not None:
            self._store.note(AuditEntry(now, AuditEvent.WINDOW_LOCKED, who=who.name))

    def accept_clock(self, agreed: Agreed, now: datetime) -> None:
        """Let the clock count from here on, although the log is ahead of it. Raises NotPermitted without two people."""
        self._authority.require_agreed(agreed, Action.ACCEPT_CLOCK, now)
        self._store.note(AuditEntry(now, AuditEvent.CLOCK_ACCEPTED, who=agreed.first, detail=f"second={agreed.second}"))

    def _add(self, name: str, password: Masked[str], role: Role, by: OperatorId, now: datetime) -> AddOutcome:
        _check_role(role)
        wanted = _operator_id(name)
        if wanted is None or wanted in _RESERVED:
            return NameUnfit()
        if (why := unfit(password, wanted)) is not None:
            return PasswordUnfit(why)
        secret = Masked(make_verifier(password, self._cost).spelled)
        with self._store.trust_rows() as rows:
            if rows.operator(wanted) is not None:
                return NameTaken()
            rows.add_operator(OperatorRow(wanted, role.value, secret, 0, None, now))
            self._store.note(AuditEntry(now, AuditEvent.OPERATOR_ADDED, who=by, detail=f"{role.value}:{wanted}"))
        return Added(wanted)

    def _factor(self, name: OperatorId) -> Factor | None:
        with self._store.trust_rows() as rows:
            kept = rows.factor(name)
        return None if kept is None else factors.from_bytes(kept.reveal())

    def _failed(self, counted: OperatorRow, what: str, now: datetime) -> WrongSecret | LockedUntil:
        detail = f"{what}:failures={counted.failures}"
        self._store.note(AuditEntry(now, AuditEvent.SIGN_IN_FAILED, who=counted.name, detail=detail))
        return WrongSecret() if counted.locked_until is None else LockedUntil(counted.locked_until)

    def _forgive(self, counted: OperatorRow, password: Masked[str], verifier: Verifier) -> None:
        with self._store.trust_rows() as rows:
            rows.set_failures(counted.name, 0, None)
            if is_dated(verifier, self._cost):
                newer = Masked(make_verifier(password, self._cost).spelled)
                rows.replace_operator(replace(counted, secret=newer, failures=0, locked_until=None))

    def _count_attempt(self, name: OperatorId | None, now: datetime) -> OperatorRow | LockedUntil | None:
        """Count one attempt as failed, durably, before the password is looked at. Return the row as it then stands."""
        with self._store.trust_rows() as rows:
            row = None if name is None else rows.operator(name)
            if row is None or not row.active:
                return None
            if row.locked_until is not None and now < row.locked_until:
                if times := self._sparing.due(f"locked:{row.name}", now):
                    said = detail("", times).removeprefix(":")
                    self._store.note(AuditEntry(now, AuditEvent.SIGN_IN_LOCKED, who=row.name, detail=said))
                return LockedUntil(row.locked_until)
            failures = 1 if row.locked_until is not None else row.failures + 1
            locked_until = now + LOCKED_FOR if failures >= FAILURES_ALLOWED else None
            rows.set_failures(row.name, failures, locked_until)
            return replace(row, failures=failures, locked_until=locked_until)


def _check_role(role: Role) -> None:
    if role not in PEOPLE:
        raise ValueError("nobody can have the booth's role")


def _operator_id(name: str) -> OperatorId | None:
    """Return the name as written down, the same for `Mina ` and `mina`; None if it cannot be an operator's."""
    plain = name.strip().casefold()
    return OperatorId(plain) if _NAME.fullmatch(plain) else None
