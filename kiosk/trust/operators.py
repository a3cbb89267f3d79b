"""Who may work at the desk.

1. An attempt is counted on disk before its password is looked at, and forgiven when it was right: pulling the plug gains no guess.
2. The fifth wrong password in a row locks the operator for 30 minutes, through any restart (PCI DSS 8.3.4 asks at most ten).
3. An unknown name takes as long as a wrong password, and is never written down: people type passwords into the wrong field.
4. An approval against the recommendation needs two different people, the second a supervisor who has just signed in.
5. Every attempt leaves an audit line.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from kiosk.trust.passwords import Cost, Unfit, from_bytes, is_right, make_verifier, to_bytes, unfit
from kiosk.values import Masked, OperatorId, SessionId
from kiosk.vault.audit import NOBODY, AuditEntry, AuditEvent
from kiosk.vault.store import Store
from kiosk.vault.trust_rows import OperatorRow

FAILURES_ALLOWED: Final = 5
LOCKED_FOR: Final = timedelta(minutes=30)
SECOND_PERSON_FRESH_FOR: Final = timedelta(minutes=2)
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]{1,31}")


class Role(StrEnum):
    TELLER = "teller"
    SUPERVISOR = "supervisor"


@dataclass(frozen=True, slots=True)
class Added:
    name: OperatorId


@dataclass(frozen=True, slots=True)
class NameTaken:
    pass


@dataclass(frozen=True, slots=True)
class NameUnfit:
    """A name has 2 to 32 of a-z, 0-9, dot, dash, underscore, and starts with a letter or digit."""


@dataclass(frozen=True, slots=True)
class PasswordUnfit:
    because: Unfit


AddOutcome = Added | NameTaken | NameUnfit | PasswordUnfit


@dataclass(frozen=True, slots=True)
class SignedIn:
    name: OperatorId
    role: Role
    at: datetime


@dataclass(frozen=True, slots=True)
class WrongSecret:
    """Show the same words as for UnknownOperator."""


@dataclass(frozen=True, slots=True)
class LockedUntil:
    at: datetime


@dataclass(frozen=True, slots=True)
class UnknownOperator:
    """Show the same words as for WrongSecret."""


SignInOutcome = SignedIn | WrongSecret | LockedUntil | UnknownOperator


@dataclass(frozen=True, slots=True)
class SecondAgreed:
    first: OperatorId
    second: OperatorId


class SecondRefusedBecause(StrEnum):
    SAME_PERSON = "same-person"
    NOT_A_SUPERVISOR = "not-a-supervisor"
    NOT_PRESENT = "not-present"


@dataclass(frozen=True, slots=True)
class SecondRefused:
    because: SecondRefusedBecause


def second_person_ok(first: SignedIn, second: SignedIn, now: datetime) -> SecondAgreed | SecondRefused:
    """Return whether these two may approve against the recommendation."""
    if first.name == second.name:
        return SecondRefused(SecondRefusedBecause.SAME_PERSON)
    if second.role is not Role.SUPERVISOR:
        return SecondRefused(SecondRefusedBecause.NOT_A_SUPERVISOR)
    if not timedelta(0) <= now - second.at <= SECOND_PERSON_FRESH_FOR:
        return SecondRefused(SecondRefusedBecause.NOT_PRESENT)
    return SecondAgreed(first.name, second.name)


class Operators:
    """The operators of one station. cost: of new passwords; tests use a small one."""

    def __init__(self, store: Store, cost: Cost | None = None) -> None:
        self._store = store
        self._cost = cost or Cost()
        self._nobody = make_verifier(Masked("nobody has this password"), self._cost)

    def names(self) -> tuple[OperatorId, ...]:
        with self._store.trust_rows() as rows:
            return rows.operator_names()

    def add_operator(self, name: str, password: Masked[str], role: Role, by: OperatorId, now: datetime) -> AddOutcome:
        """Add one person. by: who adds, NOBODY for the first one at set-up."""
        wanted = _operator_id(name)
        if wanted is None:
            return NameUnfit()
        if (why := unfit(password, wanted)) is not None:
            return PasswordUnfit(why)
        secret = Masked(to_bytes(make_verifier(password, self._cost)))
        with self._store.trust_rows() as rows:
            if rows.operator(wanted) is not None:
                return NameTaken()
            rows.add_operator(OperatorRow(wanted, role.value, secret, 0, None, now))
            self._store.note(AuditEntry(now, AuditEvent.OPERATOR_ADDED, who=by, detail=f"{role.value}:{wanted}"))
        return Added(wanted)

    def sign_in(self, name: str, password: Masked[str], now: datetime) -> SignInOutcome:
        wanted = _operator_id(name)
        counted = self._count_attempt(wanted, now)
        if isinstance(counted, LockedUntil):
            return counted
        if counted is None:
            is_right(password, self._nobody)
            self._store.note(AuditEntry(now, AuditEvent.SIGN_IN_FAILED, detail="unknown-operator"))
            return UnknownOperator()
        if not is_right(password, from_bytes(counted.secret.reveal())):
            self._store.note(AuditEntry(now, AuditEvent.SIGN_IN_FAILED, who=counted.name, detail=f"failures={counted.failures}"))
            return WrongSecret() if counted.locked_until is None else LockedUntil(counted.locked_until)
        with self._store.trust_rows() as rows:
            rows.set_failures(counted.name, 0, None)
            self._store.note(AuditEntry(now, AuditEvent.SIGNED_IN, who=counted.name, detail=counted.role))
        return SignedIn(counted.name, Role(counted.role), now)

    def agree_override(self, first: SignedIn, second: SignedIn, session: SessionId, now: datetime) -> SecondAgreed | SecondRefused:
        """Ask `second_person_ok` and write the answer down."""
        answer = second_person_ok(first, second, now)
        match answer:
            case SecondAgreed():
                self._store.note(AuditEntry(now, AuditEvent.OVERRIDE_AGREED, session, second.name, f"first={first.name}"))
            case SecondRefused(because=because):
                self._store.note(AuditEntry(now, AuditEvent.OVERRIDE_REFUSED, session, second.name, because.value))
        return answer

    def _count_attempt(self, name: OperatorId | None, now: datetime) -> OperatorRow | LockedUntil | None:
        """Count one attempt as failed, durably, before the password is looked at. Return the row as it then stands."""
        with self._store.trust_rows() as rows:
            row = None if name is None else rows.operator(name)
            if row is None:
                return None
            if row.locked_until is not None and now < row.locked_until:
                self._store.note(AuditEntry(now, AuditEvent.SIGN_IN_LOCKED, who=row.name))
                return LockedUntil(row.locked_until)
            failures = 1 if row.locked_until is not None else row.failures + 1
            locked_until = now + LOCKED_FOR if failures >= FAILURES_ALLOWED else None
            rows.set_failures(row.name, failures, locked_until)
            return OperatorRow(row.name, row.role, row.secret, failures, locked_until, row.added_at)


def _operator_id(name: str) -> OperatorId | None:
    """Return the name as written down, the same for `Mina ` and `mina`; None if it cannot be an operator's."""
    plain = name.strip().casefold()
    return OperatorId(plain) if _NAME.fullmatch(plain) else None


__all__ = [
    "NOBODY",
    "AddOutcome",
    "Added",
    "LockedUntil",
    "NameTaken",
    "NameUnfit",
    "Operators",
    "PasswordUnfit",
    "Role",
    "SecondAgreed",
    "SecondRefused",
    "SecondRefusedBecause",
    "SignInOutcome",
    "SignedIn",
    "UnknownOperator",
    "WrongSecret",
    "second_person_ok",
]
