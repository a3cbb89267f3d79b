"""The kept cases and their deliveries. All SQL of the kiosk is in this package.

Threads: see `AuditedFile`. Writing waits for the disk (synchronous=FULL), so the thread that paints must not call here: the clerk and the
courier do.

Promises:
1. A record, its audit lines and its outbox row are written in one transaction: all or none, whatever happens to the machine.
2. A packet is destroyed only in the transaction that keeps its receipt; the schema's triggers hold this too.
3. Once a packet is destroyed its bytes are overwritten, its pages given back and the write-ahead log cut to nothing.
4. Everything of one case is sealed with that case's own key, so that destroying one key can later erase one case.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import sqlite_utils

from kiosk.faults import PacketRefused, StoreDamaged
from kiosk.outbox import Answer, Backlog, Delivery
from kiosk.policy import SyncPolicy
from kiosk.record import SessionRecord
from kiosk.values import OperatorId, SessionId
from kiosk.vault.audit import AuditEntry, AuditEvent
from kiosk.vault.audited_file import AuditedFile
from kiosk.vault.bank_log_rows import BankLogRows, KeptLie
from kiosk.vault.case_rows import CaseRows
from kiosk.vault.case_seals import CaseSeals, case_entries
from kiosk.vault.delivery_rows import DeliveryRows
from kiosk.vault.erasure import Erasures
from kiosk.vault.history import History
from kiosk.vault.kept import CaseRow, DueDelivery, StoreCounts, WhatIsKept
from kiosk.vault.referrals import Referral
from kiosk.vault.sealing import Key, derive
from kiosk.vault.times import as_text
from kiosk.vault.training_rows import TrainingRows
from kiosk.vault.trust_rows import TrustRows
from kiosk.vault.two_people import ERASE, OVERRIDE, OVERRIDE_FRESH_FOR, Agreed, fits, overrides
from kiosk.vault.update_rows import UpdateRows
from kiosk.wire.hash_tree import TreeHead
from kiosk.wire.plain import decode_record

_USUAL: Final = SyncPolicy()


class Store(AuditedFile):
    """Made by `open_store`."""

    def __init__(
        self, db: sqlite_utils.Database, master: Key, folder: Path, where: str = "", certificate_for: tuple[str, ...] = ()
    ) -> None:
        """certificate_for: roles the guard asks for a valid certificate, whoever opened the store and what for."""
        self.certificate_for = certificate_for
        self._seals = CaseSeals(derive(master, "wrap case keys"))
        self._erasures = Erasures(db)
        self._history = History(db, derive(master, "document marks"))
        self._trust = TrustRows(db, derive(master, "trust"))
        self._updates = UpdateRows(db, derive(master, "updates"))
        self._training = TrainingRows(db, master)
        self._bank_log = BankLogRows(db)
        self._case_rows = CaseRows(db, self._seals, self._erasures)
        self._deliveries = DeliveryRows(db, self._seals, self._bank_log, self._note)
        super().__init__(db, master, folder, where)

    # --- cases ---------------------------------------------------------------------------------------------------------------

    def keep_case(
        self,
        record: SessionRecord,
        packet: bytes,
        packet_digest: bytes,
        now: datetime,
        referral: Referral | None = None,
        agreed: Agreed | None = None,
    ) -> Delivery:
        """Keep one closed case: sealed record, audit lines, outbox row and packet, in one transaction. Return its delivery.

        Keeping the same session with the same digest again changes nothing. agreed: who agreed to an approval against the recommendation.
        Raises NotPermitted for such an approval without, ValueError for the same session with another packet (a bug of the caller's),
        DiskFull with nothing written.
        """
        session = record.session
        if overrides(record):
            self.require_agreed(agreed if fits(record, agreed) else None, OVERRIDE, now, session, OVERRIDE_FRESH_FOR)
        sealed = self._seals.seal_case(record, packet, referral)
        with self._transaction():
            held = self._deliveries.digest(session)
            if held is not None:
                if held != packet_digest:
                    raise ValueError("this session is kept already, with another packet")
                return self._deliveries.delivery(session)
            self._db.table("cases").insert(sealed.row)
            delivery = self._deliveries.add(session, sealed.packet, packet_digest, now)
            if (fields := record.document.fields) is not None:
                self._history.mark(session, fields.issuing_state, fields.number.reveal())
            if referral is not None:
                self._db.execute(
                    "INSERT INTO referrals VALUES (?, 'waiting', 0, ?, ?, '', ?, ?, 0, NULL)",
                    (session, as_text(now), as_text(now), referral.digest, sealed.referral),
                )
            for entry in case_entries(record, packet_digest, now):
                self._note(entry)
            return delivery

    def open_record(self, session: SessionId, by: OperatorId, now: datetime, purpose: str = "") -> SessionRecord:
        """Return the whole record; the audit log says who read it and what for, before it is read. purpose: a short code.

        Raises LookupError if no such case is kept, SealBroken, StoreDamaged.
        """
        with self._transaction():
            row = self._db.execute("SELECT wrapped_key, record_format, record FROM cases WHERE session = ?", (session,)).fetchone()
            if row is None:
                raise LookupError("no such case is kept")
            self._note(AuditEntry(now, AuditEvent.CASE_OPENED, session, by, purpose=purpose))
        wrapped, record_format, sealed = row
        plain = self._seals.record(session, wrapped, sealed)
        try:
            return decode_record(plain, record_format)
        except PacketRefused as refused:
            raise StoreDamaged("a kept record cannot be read") from refused

    def rows(self, limit: int) -> tuple[CaseRow, ...]:
        """Return the newest cases first: the last `limit`, and as many of the oldest that the bank does not hold yet, so that none of those
        is ever out of sight for long. One whose seal is broken is shown as such."""
        with self._turn():
            found = self._case_rows.newest(limit)
        return tuple(self._case_rows.read(row) for row in found)

    def set_aside(self) -> tuple[CaseRow, ...]:
        """Return every case whose packet the bank refused, oldest first."""
        with self._turn():
            found = self._case_rows.set_aside()
        return tuple(self._case_rows.read(row) for row in found)

    # --- deliveries ----------------------------------------------------------------------------------------------------------

    def counts(self) -> StoreCounts:
        with self._turn():
            return self._deliveries.counts()

    def backlog(self) -> Backlog:
        """Return what the bank does not hold yet."""
        with self._turn():
            return self._deliveries.backlog()

    def due(self, now: datetime, limit: int = 8, policy: SyncPolicy = _USUAL) -> tuple[DueDelivery, ...]:
        """Return what is to be sent now, longest due first. limit: packets held in memory at once, 8 MB each at most.

        A packet that does not open is set aside, noted in the audit log and passed over: it holds up no other.
        """
        while True:
            with self._turn():
                found = self._deliveries.due(now, limit, policy)
            opened = [self._deliveries.opened(row) for row in found]
            if None not in opened:
                return tuple(one for one in opened if one is not None)
            for row, one in zip(found, opened, strict=True):
                if one is None:
                    with self._transaction():
                        self._deliveries.set_aside_broken(row[0], now)

    def next_due_at(self) -> datetime | None:
        """Return when the next packet falls due, None when none waits."""
        with self._turn():
            return self._deliveries.next_due_at()

    def settle(self, session: SessionId, answer: Answer, now: datetime, policy: SyncPolicy, jitter: float) -> Delivery:
        """Write down what came of one attempt and return the delivery as it now stands.

        With a receipt (verified by the caller) the packet is destroyed in the same transaction. A second answer after a receipt
        changes nothing. Raises LookupError if no such delivery exists.
        """
        with self._turn():
            with self._transaction():
                delivery, destroyed = self._deliveries.settle(session, answer, now, policy, jitter)
                self._traces = self._traces or destroyed
            if self._traces:
                self._leave_no_trace()
        return delivery

    def retry_set_aside(self, session: SessionId, by: OperatorId, now: datetime) -> Delivery:
        """Send a refused packet again, at a person's word. Anything not set aside stays as it is."""
        with self._transaction():
            return self._deliveries.send_again(session, by, now)

    def delivery(self, session: SessionId) -> Delivery:
        """Raises LookupError if no such case is kept."""
        with self._turn():
            return self._deliveries.delivery(session)

    def receipt(self, session: SessionId) -> bytes | None:
        """Return the bank's receipt, None while there is none."""
        with self._turn():
            return self._deliveries.receipt(session)

    # --- the bank's log --------------------------------------------------------------------------------------------------------

    def tree_head(self) -> TreeHead:
        """Return the last head of the bank's log that was kept, of size 0 before the first."""
        with self._turn():
            return self._bank_log.tree_head()

    def lies(self) -> tuple[KeptLie, ...]:
        """Return what the bank signed that cannot be true, oldest first."""
        with self._turn():
            return self._bank_log.lies()

    # --- the end of a case ---------------------------------------------------------------------------------------------------

    def erase_case(self, session: SessionId, because: str, agreed: Agreed, now: datetime) -> bool:
        """Destroy the key of one case for good, as two people agreed. Return False if it was erased before. because: a short code.

        Raises NotPermitted, LookupError if no such case is kept.
        """
        self.require_agreed(agreed, ERASE, now, session)
        with self._turn():
            with self._transaction():
                done = self._erase(session, because, agreed.first, now)
            if self._traces:
                self._leave_no_trace()
        return done

    def erase_due(self, by: OperatorId, now: datetime, kept_for: Mapping[str, timedelta], check: str) -> int:
        """Erase every case whose time is over and return how many; see `Erasures.due`. No other case can be erased this way."""
        with self._turn():
            with self._transaction():
                due = self._erasures.due(now, kept_for, check)
                for session in due:
                    self._erase(session, "retention", by, now)
            if self._traces:
                self._leave_no_trace()
        return len(due)

    def _erase(self, session: SessionId, because: str, by: OperatorId, now: datetime) -> bool:
        done = self._erasures.erase(session, because, now)
        if done:
            self._traces = True
            self._note(AuditEntry(now, AuditEvent.CASE_ERASED, session, by, because))
        return done

    def withdraw_consent(self, session: SessionId, purpose: str, by: OperatorId, now: datetime) -> bool:
        """Raises LookupError if no such case is kept."""
        with self._transaction():
            done = self._erasures.withdraw(session, purpose, now)
            if done:
                self._note(AuditEntry(now, AuditEvent.CONSENT_WITHDRAWN, session, by, purpose))
            return done

    def what_is_kept(self, session: SessionId) -> WhatIsKept:
        """Raises LookupError if no such case is kept."""
        with self._turn():
            return WhatIsKept(self._deliveries.delivery(session), self._erasures.erasure(session), self._erasures.withdrawals(session))

    def case_key(self, session: str, wrapped: bytes) -> Key:
        """For this package. Raises SealBroken."""
        return self._seals.key(session, wrapped)

    # --- for kiosk.trust -----------------------------------------------------------------------------------------------------

    @contextmanager
    def history(self) -> Iterator[History]:
        """Give what was decided before, for the length of one turn."""
        with self._transaction():
            yield self._history

    @contextmanager
    def update_rows(self) -> Iterator[UpdateRows]:
        """Give the rows of what the bank sent for the length of one transaction; `note` inside it belongs to it."""
        with self._transaction():
            yield self._updates

    @contextmanager
    def trust_rows(self) -> Iterator[TrustRows]:
        """Give the operators' and station's rows for the length of one transaction; `note` inside it belongs to it."""
        with self._transaction():
            yield self._trust

    @contextmanager
    def training_rows(self) -> Iterator[TrainingRows]:
        """Give lessons and certificates for the length of one transaction; `note` inside it belongs to it."""
        with self._transaction():
            yield self._training
