"""The third outbox: consents that were taken back, on their way to the bank.

1. A withdrawal waits from the transaction that writes it down until the bank's signed receipt says what it did.
2. It is told once the bank has the case, or once the case is erased here: then the bank may have it, without our having its receipt.
3. What is told holds nothing secret: the case's random id, the purpose, when. It is made and sealed anew at every try, so that a bank whose
   keys changed meanwhile can open it.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from kiosk import outbox
from kiosk.faults import StoreDamaged
from kiosk.outbox import Accepted, AlreadyHeld, Answer, Delivery, DeliveryState
from kiosk.policy import SyncPolicy
from kiosk.values import ConsentPurpose, SessionId
from kiosk.vault.audit import AuditEntry, AuditEvent
from kiosk.vault.kept import DueDelivery
from kiosk.vault.times import as_text, from_text

if TYPE_CHECKING:
    from kiosk.vault.store import Store

MakeMessage = Callable[[SessionId, ConsentPurpose, datetime], bytes]
_DUE: Final = """
    SELECT told.session, told.purpose, told.attempts, withdrawn_at
    FROM withdrawal_deliveries AS told JOIN withdrawals USING (session, purpose) JOIN outbox USING (session)
    WHERE told.state = 'waiting' AND (told.due_at <= ? OR told.due_at > ?)
    AND (outbox.receipt IS NOT NULL OR told.session IN (SELECT session FROM erasures))
    ORDER BY told.due_at, told.session, told.purpose LIMIT ?
"""


class WithdrawalOutbox:
    """An `OutboxPort` for a courier of its own, on the store's connection and under its lock. message: makes what is sent."""

    def __init__(self, store: "Store", message: MakeMessage) -> None:
        self._store = store
        self._message = message
        self._under_way: dict[SessionId, str] = {}

    def due(self, now: datetime, limit: int, policy: SyncPolicy) -> tuple[DueDelivery, ...]:
        """Return what is to be told now; of one case one purpose at a time."""
        with self._store.turn() as db:
            found = db.execute(_DUE, (as_text(now), as_text(outbox.latest_due(now, policy)), limit)).fetchall()
        self._under_way = {}
        due = []
        for session, purpose, attempts, at in found:
            if session in self._under_way:
                continue
            if purpose not in set(ConsentPurpose):
                raise StoreDamaged("a withdrawal of nothing")
            self._under_way[SessionId(session)] = purpose
            message = self._message(SessionId(session), ConsentPurpose(purpose), from_text(at))
            due.append(DueDelivery(SessionId(session), attempts, message, sha256(message).digest()))
        return tuple(due)

    def settle(self, session: SessionId, answer: Answer, now: datetime, policy: SyncPolicy, jitter: float) -> Delivery:
        """Write down what the bank said. Raises LookupError for what was not under way."""
        if session not in self._under_way:
            raise LookupError("no such withdrawal is under way")
        which = (session, self._under_way[session])
        with self._store.transaction() as db:
            (attempts,) = db.execute("SELECT attempts FROM withdrawal_deliveries WHERE session = ? AND purpose = ?", which).fetchone()
            before = Delivery(session, DeliveryState.WAITING, attempts, now.astimezone(UTC), "")
            after = outbox.after(before, answer, now.astimezone(UTC), policy, jitter)
            receipt = answer.receipt if isinstance(answer, Accepted | AlreadyHeld) else None
            db.execute(
                "UPDATE withdrawal_deliveries SET state = ?, attempts = ?, due_at = ?, last_problem = ?, receipt = ? "
                "WHERE session = ? AND purpose = ?",
                (after.state.value, after.attempts, as_text(after.due_at), after.last_problem, receipt, *which),
            )
            if after.state is not DeliveryState.WAITING:
                detail = f"{which[1]}:{after.last_problem or after.state}"
                self._store.note(AuditEntry(now, AuditEvent.WITHDRAWAL_TOLD, session, detail=detail))
        return after
