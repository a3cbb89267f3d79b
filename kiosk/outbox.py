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
    """receipt: the bank's signed receipt, verified by the wire before anyone sees this case."""

    receipt: bytes


@dataclass(frozen=True, slots=True)
class AlreadyHeld:
    receipt: bytes


@dataclass(frozen=True, slots=True)
class Refused:
    """The bank looked at the packet and will never take it as it is. code: from the bank's closed list."""

    code: str


@dataclass(frozen=True, slots=True)
class Unreachable:
    """No usable answer: down, slow, nonsense, or a receipt that does not verify. Try again later. code: from our closed list."""

    code: str


SEAL_BROKEN: Final = "seal-broken"
"""The packet or its row does not open any more: nothing of it can be sent, and a person must look."""

Answer = Accepted | AlreadyHeld | Refused | Unreachable


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
        case Unreachable(code=code):
            wait = min(policy.longest_retry_s, policy.first_retry_s * 2.0 ** min(attempts - 1, 30)) * (0.5 + 0.5 * jitter)
            return replace(delivery, attempts=attempts, due_at=now + timedelta(seconds=wait), last_problem=code)
