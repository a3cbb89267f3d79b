"""The station's own life, as the desk shows it: recent cases and their deliveries, the camera, the bank link."""

from dataclasses import dataclass
from datetime import datetime

from kiosk.outbox import DeliveryState
from kiosk.record import Decision
from kiosk.values import Channel, Masked, SessionId


@dataclass(frozen=True, slots=True)
class CaseRow:
    """One kept case. holder: the document holder's name for the teller's eye; purpose: `account-opening` or `high-value-transaction`."""

    session: SessionId
    opened_at: datetime
    closed_at: datetime
    channel: Channel
    purpose: str
    holder: Masked[str]
    decision: Decision
    delivery: DeliveryState
    attempts: int
    next_attempt_at: datetime
    last_problem: str


@dataclass(frozen=True, slots=True)
class StationOverview:
    """rows: newest first, bounded; waiting: undelivered in all; bank_problem: code of the last failed attempt, empty when the last
    one worked or none was made; camera_problem: fault name or empty."""

    rows: tuple[CaseRow, ...] = ()
    waiting: int = 0
    set_aside: int = 0
    bank_problem: str = ""
    camera_problem: str = ""
    operator: str = ""
