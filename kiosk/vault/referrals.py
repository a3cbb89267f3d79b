"""The second outbox: referred cases on their way from the booth to the branch's desk.

1. A referral is written in the transaction that keeps its case, sealed with the case's own key.
2. Its packet is destroyed when the desk has given its receipt, when the desk refused it, and when it has waited too long for a customer to
   be still standing there. The bank's own packet is not touched by any of it: nothing is lost with a referral but the teller's convenience.
3. The desk keeps a log as the bank does, and its last head is kept here with the receipt it came with.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from kiosk import outbox
from kiosk.faults import PacketRefused, SealBroken, StoreDamaged
from kiosk.outbox import Accepted, AlreadyHeld, Answer, Delivery, DeliveryState, Refused
from kiosk.policy import SyncPolicy
from kiosk.values import SessionId
from kiosk.vault.audit import AuditEntry, AuditEvent
from kiosk.vault.kept import DueDelivery
from kiosk.vault.sealing import Place, unseal
from kiosk.vault.times import as_text
from kiosk.wire.hash_tree import EMPTY_ROOT, TreeHead
from kiosk.wire.receipt import read_head

if TYPE_CHECKING:
    from kiosk.vault.store import Store

EXPIRED: Final = "expired"
_DUE: Final = """
    SELECT referrals.session, attempts, packet_digest, wrapped_key, referrals.sealed
    FROM referrals JOIN cases USING (session)
    WHERE state = 'waiting' AND (due_at <= ? OR due_at > ?) ORDER BY due_at, session LIMIT ?
"""


@dataclass(frozen=True, slots=True)
class Referral:
    """A case's packet sealed to the branch's desk. digest: SHA-256 of `packet`."""

    packet: bytes
    digest: bytes


def referral_place(session: str) -> Place:
    return Place("referrals", session, "sealed", "waiting for the desk")


class ReferralOutbox:
    """An `OutboxPort` for a courier of its own, on the store's connection and under its lock."""

    def __init__(self, store: "Store") -> None:
        self._store = store

    def due(self, now: datetime, limit: int, policy: SyncPolicy) -> tuple[DueDelivery, ...]:
        """Return what is to be sent now; what waited too long is given up first, and what does not open is passed over for good."""
        self._expire(now, policy)
        with self._store.turn() as db:
            found = db.execute(_DUE, (as_text(now), as_text(outbox.latest_due(now, policy)), limit)).fetchall()
        opened = []
        for session, attempts, digest, wrapped, sealed in found:
            try:
                packet = unseal(self._store.case_key(session, wrapped), sealed, referral_place(session))
            except SealBroken:
                self._end(SessionId(session), DeliveryState.SET_ASIDE.value, outbox.SEAL_BROKEN, now)
                continue
            opened.append(DueDelivery(SessionId(session), attempts, packet, digest))
        return tuple(opened)

    def settle(self, session: SessionId, answer: Answer, now: datetime, policy: SyncPolicy, jitter: float) -> Delivery:
        with self._store.transaction() as db:
            row = db.execute("SELECT attempts FROM referrals WHERE session = ?", (session,)).fetchone()
            if row is None:
                raise LookupError("no such referral")
            before = Delivery(session, DeliveryState.WAITING, row[0], now.astimezone(UTC), "")
            after = outbox.after(before, answer, now.astimezone(UTC), policy, jitter)
            db.execute(
                "UPDATE referrals SET attempts = ?, due_at = ?, last_problem = ? WHERE session = ?",
                (after.attempts, as_text(after.due_at), after.last_problem, session),
            )
            match answer:
                case Accepted(head=head) | AlreadyHeld(head=head):
                    self._keep_head(session, head)
                    self._end(session, DeliveryState.RECEIPTED.value, "", now)
                case Refused(code=code):
                    self._end(session, DeliveryState.SET_ASIDE.value, code, now)
                case _:
                    pass
        self._store.clean()
        return after

    def tree_head(self) -> TreeHead:
        """Return the last head of the desk's log that was kept, of size 0 before the first."""
        with self._store.turn() as db:
            row = db.execute("SELECT head_size, head_root FROM referrals ORDER BY head_size DESC LIMIT 1").fetchone()
        return TreeHead(0, EMPTY_ROOT) if row is None or not row[0] else TreeHead(row[0], row[1])

    def state(self, session: SessionId) -> tuple[str, str] | None:
        """Return state and last problem of a case's referral, None if it has none."""
        with self._store.turn() as db:
            row = db.execute("SELECT state, last_problem FROM referrals WHERE session = ?", (session,)).fetchone()
        return None if row is None else (row[0], row[1])

    def _keep_head(self, session: SessionId, statement: bytes) -> None:
        try:
            head = read_head(statement)
        except PacketRefused as refused:
            raise StoreDamaged("a tree head that is none") from refused
        with self._store.transaction() as db:
            db.execute("UPDATE referrals SET head_size = ?, head_root = ? WHERE session = ?", (head.size, head.root, session))

    def _expire(self, now: datetime, policy: SyncPolicy) -> None:
        before = as_text(now - timedelta(seconds=policy.referral_within_s))
        with self._store.turn() as db:
            late = db.execute("SELECT session FROM referrals WHERE state = 'waiting' AND referred_at < ?", (before,)).fetchall()
        for (session,) in late:
            self._end(SessionId(session), EXPIRED, EXPIRED, now)
        if late:
            self._store.clean()

    def _end(self, session: SessionId, state: str, problem: str, now: datetime) -> None:
        with self._store.transaction() as db:
            db.execute("UPDATE referrals SET state = ?, last_problem = ?, sealed = NULL WHERE session = ?", (state, problem, session))
            self._store.note(AuditEntry(now, AuditEvent.REFERRAL_ENDED, session, detail=problem or state))
