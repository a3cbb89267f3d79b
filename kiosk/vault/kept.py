"""What the store hands out."""

from dataclasses import dataclass
from datetime import datetime

from kiosk.outbox import Delivery, DeliveryState
from kiosk.record import Decision, SessionRecord
from kiosk.values import Channel, Masked, SessionId
from kiosk.vault.erasure import Erasure, Withdrawal


@dataclass(frozen=True, slots=True)
class CaseRow:
    """One kept case. holder: the document holder's name for the teller's eye; purpose: `account-opening` or `high-value-transaction`.

    A case whose seal is broken has no holder, `last_problem` SEAL_BROKEN and the decision REFER whatever its row says: what lies in clear
    is vouched for by that seal alone, and an altered row must never read as an approval.
    """

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
class DueDelivery:
    """One packet to be sent now. attempts: so far; packet: the bytes sealed to the bank; packet_digest: SHA-256,
    as the receipt names it."""

    session: SessionId
    attempts: int
    packet: bytes
    packet_digest: bytes


@dataclass(frozen=True, slots=True)
class WhatIsKept:
    """All of one case that is not in its sealed record."""

    delivery: Delivery
    erasure: Erasure | None
    withdrawals: tuple[Withdrawal, ...]


@dataclass(frozen=True, slots=True)
class StoreCounts:
    """Whole store. kept = waiting + receipted + set_aside."""

    kept: int
    waiting: int
    receipted: int
    set_aside: int


def holder_name(record: SessionRecord) -> Masked[str]:
    """Return the name as printed with its diacritics, else as the MRZ has it; empty when no document was read."""
    fields = record.document.fields
    if fields is None:
        return Masked("")
    printed = fields.printed_name.reveal()
    return Masked(printed or f"{fields.given_names.reveal()} {fields.surname.reveal()}".strip())
