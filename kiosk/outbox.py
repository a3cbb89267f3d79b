"""The life of a delivery, as pure arithmetic: what is due, what follows an answer, how long to wait.

The outbox id is the session's id, made when the case opened; it is the idempotency key on every attempt.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from kiosk.policy import SyncPolicy
from kiosk.values import SessionId


class DeliveryState(StrEnum):
    """WAITING: to be sent (again) when due; RECEIPTED: the bank's verified receipt is held and the pictures are destroyed;
    SET_ASIDE: the bank refused it for a reason a person must look at; it blocks nothing else."""

    WAITING = "waiting"
    RECEIPTED = "receipted"
    SET_ASIDE = "set-aside"


@dataclass(frozen=True, slots=True)
class Delivery:
    """attempts: so far; due_at: not before; last_problem: a code, never text from outside."""

    session: SessionId
    state: DeliveryState
    attempts: int
    due_at: datetime
    last_problem: str


@dataclass(frozen=True, slots=True)
class Accepted:
    """receipt: the bank's signed receipt, verified and proved by the wire before anyone sees this case; head: the tree head it was proved
    against, as the bank signed it, empty at a bank that keeps no log."""

    receipt: bytes
    head: bytes = b""


@dataclass(frozen=True, slots=True)
class AlreadyHeld:
    receipt: bytes
    head: bytes = b""


@dataclass(frozen=True, slots=True)
class Refused:
    """The bank looked at the packet and will never take it as it is. code: from the bank's closed list."""

    code: str


@dataclass(frozen=True, slots=True)
class Unreachable:
    """No usable answer: down, slow, nonsense, or a receipt that does not verify. Try again later. code: from our closed list."""

    code: str


@dataclass(frozen=True, slots=True)
class Mistrusted:
    """The bank's own signed words contradict themselves or what it signed before. code: the lie, from the wire's closed list; evidence: the
    bytes. The packet is kept and tried again: only a receipt that holds destroys anything."""

    code: str
    evidence: bytes


SEAL_BROKEN: Final = "seal-broken"
"""The packet or its row does not open any more: nothing of it can be sent, and a person must look."""

Answer = Accepted | AlreadyHeld | Refused | Unreachable | Mistrusted


@dataclass(frozen=True, slots=True)
class Backlog:
    """What the bank does not hold yet, waiting and set aside. oldest_at: when the oldest was closed, None without any; size: in bytes."""

    waiting: int = 0
    set_aside: int = 0
    oldest_at: datetime | None = None
    size: int = 0


class Halt(StrEnum):
    """Why no new case may be opened."""

    OFFLINE_TOO_LONG = "offline-too-long"
    TOO_MANY = "too-many"
    TOO_LARGE = "too-large"


def halted(backlog: Backlog, now: datetime, policy: SyncPolicy) -> Halt | None:
    """Return why a station with this backlog opens no new case, None if it does."""
    if backlog.oldest_at is not None and now - backlog.oldest_at > timedelta(seconds=policy.offline_within_s):
        return Halt.OFFLINE_TOO_LONG
    if backlog.waiting + backlog.set_aside >= policy.most_undelivered:
        return Halt.TOO_MANY
    return Halt.TOO_LARGE if backlog.size >= policy.most_undelivered_bytes else None


def latest_due(now: datetime, policy: SyncPolicy) -> datetime:
    """Return the latest time any delivery can be due if the clock is right. One beyond it was written before the clock was turned back,
    and is due at once: otherwise it would wait as long as the clock had been wrong."""
    return now + timedelta(seconds=policy.longest_retry_s)


def after(delivery: Delivery, answer: Answer, now: datetime, policy: SyncPolicy, jitter: float) -> Delivery:
    """Return the delivery after one attempt. jitter: 0..1, drawn by the edge, spreads retries over the second half of the wait."""
    attempts = delivery.attempts + 1
    match answer:
        case Accepted() | AlreadyHeld():
            return replace(delivery, state=DeliveryState.RECEIPTED, attempts=attempts, due_at=now, last_problem="")
        case Refused(code=code):
            return replace(delivery, state=DeliveryState.SET_ASIDE, attempts=attempts, due_at=now, last_problem=code)
        case Unreachable(code=code) | Mistrusted(code=code):
            wait = min(policy.longest_retry_s, policy.first_retry_s * 2.0 ** min(attempts - 1, 30)) * (0.5 + 0.5 * jitter)
            return replace(delivery, attempts=attempts, due_at=now + timedelta(seconds=wait), last_problem=code)
