"""What is to be sent to the bank and what came of it. The store calls it inside its own turns and transactions.

A packet is destroyed only in the transaction that keeps its receipt; the schema's triggers hold this too.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final, assert_never

import sqlite_utils

from kiosk import outbox
from kiosk.faults import SealBroken, StoreDamaged
from kiosk.outbox import SEAL_BROKEN, Accepted, AlreadyHeld, Answer, Backlog, Delivery, DeliveryState, Mistrusted, Refused, Unreachable
from kiosk.policy import SyncPolicy
from kiosk.values import OperatorId, SessionId
from kiosk.vault.audit import AuditEntry, AuditEvent
from kiosk.vault.bank_log_rows import BankLogRows
from kiosk.vault.case_seals import CaseSeals
from kiosk.vault.erasure import ERASED
from kiosk.vault.kept import DueDelivery, StoreCounts
from kiosk.vault.times import as_text, from_text

_DELIVERY: Final = "SELECT session, state, attempts, due_at, last_problem FROM outbox"
_DUE: Final = """
    SELECT session, attempts, packet_digest, due_at, wrapped_key, packets.sealed
    FROM outbox JOIN cases USING (session) JOIN packets USING (session)
    WHERE state = 'waiting' AND (due_at <= ? OR due_at > ?) ORDER BY due_at, session LIMIT ?
"""
_BACKLOG: Final = """
    SELECT coalesce(sum(state = 'waiting'), 0), coalesce(sum(state = 'set-aside'), 0), min(closed_at), coalesce(sum(length(sealed)), 0)
    FROM outbox JOIN cases USING (session) LEFT JOIN packets USING (session) WHERE state != 'receipted'
"""


class DeliveryRows:
    """note: adds a line to the audit log, inside the same transaction."""

    def __init__(self, db: sqlite_utils.Database, seals: CaseSeals, bank_log: BankLogRows, note: Callable[[AuditEntry], None]) -> None:
        self._db, self._seals, self._bank_log, self._note = db, seals, bank_log, note

    def delivery(self, session: SessionId) -> Delivery:
        """Raises LookupError."""
        row = self._db.execute(_DELIVERY + " WHERE session = ?", (session,)).fetchone()
        if row is None:
            raise LookupError("no such delivery")
        return Delivery(SessionId(row[0]), state_of(row[1]), row[2], from_text(row[3]), row[4])

    def digest(self, session: SessionId) -> bytes | None:
        """Return the digest of the packet the delivery is of, None where there is none."""
        return self._one("SELECT packet_digest FROM outbox WHERE session = ?", session)

    def receipt(self, session: SessionId) -> bytes | None:
        return self._one("SELECT receipt FROM outbox WHERE session = ?", session)

    def _one(self, question: str, session: SessionId) -> bytes | None:
        row = self._db.execute(question, (session,)).fetchone()
        return None if row is None else row[0]

    def add(self, session: SessionId, packet: bytes, packet_digest: bytes, now: datetime) -> Delivery:
        """packet: sealed."""
        delivery = Delivery(session, DeliveryState.WAITING, attempts=0, due_at=now.astimezone(UTC), last_problem="")
        self._db.table("outbox").insert(_values(delivery) | {"packet_digest": packet_digest, "receipt": None})
        self._db.table("packets").insert({"session": session, "sealed": packet})
        return delivery

    def counts(self) -> StoreCounts:
        found = dict(self._db.execute("SELECT state, count(*) FROM outbox GROUP BY state").fetchall())
        waiting, receipted, aside = (found.get(state.value, 0) for state in DeliveryState)
        return StoreCounts(waiting + receipted + aside, waiting, receipted, aside)

    def backlog(self) -> Backlog:
        waiting, aside, oldest, size = self._db.execute(_BACKLOG).fetchone()
        return Backlog(waiting, aside, None if oldest is None else from_text(oldest), size)

    def next_due_at(self) -> datetime | None:
        at = self._db.execute("SELECT min(due_at) FROM outbox WHERE state = 'waiting'").fetchone()[0]
        return None if at is None else from_text(at)

    def due(self, now: datetime, limit: int, policy: SyncPolicy) -> list[tuple[Any, ...]]:
        """Return the rows of what is to be sent now, for `opened`; longest due first."""
        return self._db.execute(_DUE, (as_text(now), as_text(outbox.latest_due(now, policy)), limit)).fetchall()

    def opened(self, row: tuple[Any, ...]) -> DueDelivery | None:
        """Return the delivery with its packet, None if its seal is broken or its time is none."""
        session, attempts, digest, due_at, wrapped, sealed = row
        try:
            from_text(due_at)
            packet = self._seals.packet(session, wrapped, sealed)
        except (SealBroken, StoreDamaged):
            return None
        return DueDelivery(SessionId(session), attempts, packet, digest)

    def set_aside_broken(self, session: str, now: datetime) -> None:
        """Written without reading the row first: what stands in it may be what is broken."""
        values = {"state": DeliveryState.SET_ASIDE.value, "due_at": as_text(now), "last_problem": SEAL_BROKEN}
        self._db.table("outbox").update(session, values)
        self._note(AuditEntry(now, AuditEvent.DELIVERY_SET_ASIDE, SessionId(session), detail=SEAL_BROKEN))

    def settle(self, session: SessionId, answer: Answer, now: datetime, policy: SyncPolicy, jitter: float) -> tuple[Delivery, bool]:
        """Return the delivery as it now stands, and whether a packet was destroyed."""
        before = self.delivery(session)
        if before.state is DeliveryState.RECEIPTED:
            return before, False
        delivery = outbox.after(before, answer, now.astimezone(UTC), policy, jitter)
        values: dict[str, Any] = _values(delivery)
        match answer:
            case Accepted(receipt=receipt, head=head) | AlreadyHeld(receipt=receipt, head=head):
                shown = self._bank_log.keep_head(head, now) if head else ""
                self._db.table("outbox").update(session, values | {"receipt": receipt})
                self._db.execute("DELETE FROM packets WHERE session = ?", (session,))
                self._note(AuditEntry(now, AuditEvent.RECEIPT_KEPT, session, detail=shown))
                return delivery, True
            case Refused(code=code):
                self._db.table("outbox").update(session, values)
                self._note(AuditEntry(now, AuditEvent.DELIVERY_REFUSED, session, detail=code))
            case Unreachable():
                self._db.table("outbox").update(session, values)
            case Mistrusted(code=code, evidence=evidence):
                self._db.table("outbox").update(session, values)
                if self._bank_log.keep_lie(session, code, evidence, now):
                    self._note(AuditEntry(now, AuditEvent.BANK_MISTRUSTED, session, detail=code))
            case _:
                assert_never(answer)
        return delivery, False

    def send_again(self, session: SessionId, by: OperatorId, now: datetime) -> Delivery:
        before = self.delivery(session)
        if before.state is not DeliveryState.SET_ASIDE or before.last_problem == ERASED:
            return before
        delivery = Delivery(session, DeliveryState.WAITING, before.attempts, now.astimezone(UTC), before.last_problem)
        self._db.table("outbox").update(session, _values(delivery))
        self._note(AuditEntry(now, AuditEvent.DELIVERY_RETRIED, session, by))
        return delivery


def state_of(word: str) -> DeliveryState:
    """Raises StoreDamaged for a word that is no state."""
    try:
        return DeliveryState(word)
    except ValueError as unfit:
        raise StoreDamaged("a delivery in the store has no known state") from unfit


def _values(delivery: Delivery) -> dict[str, str | int]:
    return {
        "session": delivery.session,
        "state": delivery.state.value,
        "attempts": delivery.attempts,
        "due_at": as_text(delivery.due_at),
        "last_problem": delivery.last_problem,
    }
