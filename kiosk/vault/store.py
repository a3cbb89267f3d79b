"""The kept cases, their deliveries and the audit log. All SQL of the kiosk is in this package.

Threads: one connection, one lock. Any thread may call any method; calls take turns. Writing waits for the disk (synchronous=FULL), so the
thread that paints must not call here: the clerk and the courier do.

Promises:
1. A record, its audit lines and its outbox row are written in one transaction: all or none, whatever happens to the machine.
2. A packet is destroyed only in the transaction that keeps its receipt; the schema's triggers hold this too.
3. Once a packet is destroyed its bytes are overwritten, its pages given back and the write-ahead log cut to nothing.
4. Everything of one case is sealed with that case's own key, so that destroying one key can later erase one case.
"""

import os
import sqlite3
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, astuple, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self, assert_never

import sqlite_utils

from kiosk import outbox
from kiosk.faults import NotPermitted, PacketRefused, SealBroken, StoreDamaged
from kiosk.outbox import SEAL_BROKEN, Accepted, AlreadyHeld, Answer, Backlog, Delivery, DeliveryState, Mistrusted, Refused, Unreachable
from kiosk.policy import SyncPolicy
from kiosk.record import Decision, SessionRecord, final_decision, recommended
from kiosk.values import Channel, Masked, OperatorId, SessionId
from kiosk.vault.audit import NO_SESSION, NOBODY, AuditEntry, AuditEvent, AuditLine, AuditVerdict
from kiosk.vault.audit_heads import HeadSigner, SignedHead
from kiosk.vault.audit_log import AuditLog
from kiosk.vault.bank_log_rows import BankLogRows, KeptLie
from kiosk.vault.erasure import ERASED, Erasures
from kiosk.vault.files import store_faults
from kiosk.vault.history import History
from kiosk.vault.kept import CaseRow, DueDelivery, StoreCounts, WhatIsKept, holder_name
from kiosk.vault.referrals import Referral, referral_place
from kiosk.vault.sealing import KEY_BYTES, NONCE_BYTES, Key, Place, derive, seal, unseal
from kiosk.vault.times import as_text, from_text
from kiosk.vault.training_rows import TrainingRows
from kiosk.vault.trust_rows import TrustRows
from kiosk.vault.two_people import ERASE, FRESH_FOR, OVERRIDE, OVERRIDE_FRESH_FOR, Agreed, fits, is_agreed, overrides
from kiosk.vault.update_rows import UpdateRows
from kiosk.wire.hash_tree import TreeHead
from kiosk.wire.plain import RECORD_FORMAT, decode_record, encode_record
from kiosk.wire.sense import purpose_word

_DELIVERY: Final = "SELECT session, state, attempts, due_at, last_problem FROM outbox"
_ROW: Final = """
    SELECT session, opened_at, closed_at, channel, purpose, decision, wrapped_key, holder, state, attempts, due_at, last_problem
    FROM cases JOIN outbox USING (session)
"""
_NEWEST_AND_UNDELIVERED: Final = f"""
    {_ROW}
    WHERE session IN (SELECT session FROM cases ORDER BY opened_at DESC, session LIMIT :limit)
    OR session IN (
        SELECT session FROM outbox JOIN cases USING (session) WHERE state != 'receipted' ORDER BY opened_at, session LIMIT :limit
    )
    ORDER BY opened_at DESC, session
"""  # noqa: S608 - both parts are literals of this file
_BACKLOG: Final = """
    SELECT coalesce(sum(state = 'waiting'), 0), coalesce(sum(state = 'set-aside'), 0), min(closed_at), coalesce(sum(length(sealed)), 0)
    FROM outbox JOIN cases USING (session) LEFT JOIN packets USING (session) WHERE state != 'receipted'
"""

_PURPOSES: Final = ("account-opening", "high-value-transaction")
_USUAL: Final = SyncPolicy()


@dataclass(frozen=True, slots=True)
class _Shown:
    """The columns of a case that lie in clear, as written."""

    session: str
    opened_at: str
    closed_at: str
    channel: str
    purpose: str
    decision: str


class Store:
    """Made by `open_store`."""

    def __init__(self, db: sqlite_utils.Database, master: Key, folder: Path, where: str = "") -> None:
        self._db = db
        self._folder = folder
        self.where = where
        self._lock = threading.RLock()
        self._wrapping = derive(master, "wrap case keys")
        self._audit = AuditLog(db, derive(master, "audit head"), HeadSigner(master), where)
        self._erasures = Erasures(db)
        self._history = History(db, derive(master, "document marks"))
        self._trust = TrustRows(db, derive(master, "trust"))
        self._updates = UpdateRows(db, derive(master, "updates"))
        self._training = TrainingRows(db, master)
        self._bank_log = BankLogRows(db)
        self._traces = False
        with self._turn():
            self._leave_no_trace()
        with self._transaction():
            self._audit.adopt()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        with self._turn():
            try:
                self._leave_no_trace()
            finally:
                self._db.close()

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
        case_key = Masked(os.urandom(KEY_BYTES))
        shown = _Shown(
            session,
            as_text(record.opened_at),
            as_text(record.closed_at),
            record.channel.value,
            purpose_word(record.purpose),
            final_decision(record).value,
        )
        case = {
            **asdict(shown),
            "wrapped_key": seal(self._wrapping, os.urandom(NONCE_BYTES), case_key.reveal(), _key_place(session)),
            "holder": seal(case_key, os.urandom(NONCE_BYTES), holder_name(record).reveal().encode(), _holder_place(shown)),
            "record_format": RECORD_FORMAT,
            "record": seal(case_key, os.urandom(NONCE_BYTES), encode_record(record), _record_place(session)),
        }
        sealed_packet = seal(case_key, os.urandom(NONCE_BYTES), packet, _packet_place(session))
        with self._transaction():
            held = self._db.execute("SELECT packet_digest FROM outbox WHERE session = ?", (session,)).fetchone()
            if held is not None:
                if held[0] != packet_digest:
                    raise ValueError("this session is kept already, with another packet")
                return self._delivery(session)
            delivery = Delivery(session, DeliveryState.WAITING, attempts=0, due_at=now.astimezone(UTC), last_problem="")
            self._db.table("cases").insert(case)
            self._db.table("outbox").insert(_outbox_values(delivery) | {"packet_digest": packet_digest, "receipt": None})
            self._db.table("packets").insert({"session": session, "sealed": sealed_packet})
            if (fields := record.document.fields) is not None:
                self._history.mark(session, fields.issuing_state, fields.number.reveal())
            if referral is not None:
                sealed_referral = seal(case_key, os.urandom(NONCE_BYTES), referral.packet, referral_place(session))
                self._db.execute(
                    "INSERT INTO referrals VALUES (?, 'waiting', 0, ?, ?, '', ?, ?, 0, NULL)",
                    (session, as_text(now), as_text(now), referral.digest, sealed_referral),
                )
            for entry in _case_entries(record, packet_digest, now):
                self._audit.append(entry, os.urandom(NONCE_BYTES))
            return delivery

    def open_record(self, session: SessionId, by: OperatorId, now: datetime, purpose: str = "") -> SessionRecord:
        """Return the whole record; the audit log says who read it and what for, before it is read. purpose: a short code.

        Raises LookupError if no such case is kept, SealBroken, StoreDamaged.
        """
        with self._transaction():
            row = self._db.execute("SELECT wrapped_key, record_format, record FROM cases WHERE session = ?", (session,)).fetchone()
            if row is None:
                raise LookupError("no such case is kept")
            self._audit.append(AuditEntry(now, AuditEvent.CASE_OPENED, session, by, purpose=purpose), os.urandom(NONCE_BYTES))
        wrapped, record_format, sealed = row
        plain = unseal(self._case_key(session, wrapped), sealed, _record_place(session))
        try:
            return decode_record(plain, record_format)
        except PacketRefused as refused:
            raise StoreDamaged("a kept record cannot be read") from refused

    def rows(self, limit: int) -> tuple[CaseRow, ...]:
        """Return the newest cases first: the last `limit`, and as many of the oldest that the bank does not hold yet, so that none of those
        is ever out of sight for long. One whose seal is broken is shown as such."""
        with self._turn():
            found = self._db.execute(_NEWEST_AND_UNDELIVERED, {"limit": limit}).fetchall()
        return tuple(self._case_row(row) for row in found)

    def set_aside(self) -> tuple[CaseRow, ...]:
        """Return every case whose packet the bank refused, oldest first."""
        with self._turn():
            found = self._db.execute(_ROW + "WHERE state = 'set-aside' ORDER BY opened_at, session").fetchall()
        return tuple(self._case_row(row) for row in found)

    def counts(self) -> StoreCounts:
        with self._turn():
            found = dict(self._db.execute("SELECT state, count(*) FROM outbox GROUP BY state").fetchall())
        waiting, receipted, aside = (found.get(state.value, 0) for state in DeliveryState)
        return StoreCounts(waiting + receipted + aside, waiting, receipted, aside)

    def backlog(self) -> Backlog:
        """Return what the bank does not hold yet."""
        with self._turn():
            waiting, aside, oldest, size = self._db.execute(_BACKLOG).fetchone()
        return Backlog(waiting, aside, None if oldest is None else from_text(oldest), size)

    # --- deliveries ----------------------------------------------------------------------------------------------------------

    def due(self, now: datetime, limit: int = 8, policy: SyncPolicy = _USUAL) -> tuple[DueDelivery, ...]:
        """Return what is to be sent now, longest due first. limit: packets held in memory at once, 8 MB each at most.

        A packet that does not open is set aside, noted in the audit log and passed over: it holds up no other.
        """
        while True:
            with self._turn():
                found = self._db.execute(
                    """
                    SELECT session, attempts, packet_digest, due_at, wrapped_key, packets.sealed
                    FROM outbox JOIN cases USING (session) JOIN packets USING (session)
                    WHERE state = 'waiting' AND (due_at <= ? OR due_at > ?) ORDER BY due_at, session LIMIT ?
                    """,
                    (as_text(now), as_text(outbox.latest_due(now, policy)), limit),
                ).fetchall()
            opened = [self._opened(*row) for row in found]
            if None not in opened:
                return tuple(one for one in opened if one is not None)
            for row, one in zip(found, opened, strict=True):
                if one is None:
                    self._set_aside_broken(row[0], now)

    def next_due_at(self) -> datetime | None:
        """Return when the next packet falls due, None when none waits."""
        with self._turn():
            at = self._db.execute("SELECT min(due_at) FROM outbox WHERE state = 'waiting'").fetchone()[0]
        return None if at is None else from_text(at)

    def settle(self, session: SessionId, answer: Answer, now: datetime, policy: SyncPolicy, jitter: float) -> Delivery:
        """Write down what came of one attempt and return the delivery as it now stands.

        With a receipt (verified by the caller) the packet is destroyed in the same transaction. A second answer after a receipt
        changes nothing. Raises LookupError if no such delivery exists.
        """
        with self._turn():
            with self._transaction():
                delivery = self._settled(session, answer, now, policy, jitter)
            if self._traces:
                self._leave_no_trace()
        return delivery

    def retry_set_aside(self, session: SessionId, by: OperatorId, now: datetime) -> Delivery:
        """Send a refused packet again, at a person's word. Anything not set aside stays as it is."""
        with self._transaction():
            before = self._delivery(session)
            if before.state is not DeliveryState.SET_ASIDE or before.last_problem == ERASED:
                return before
            delivery = Delivery(session, DeliveryState.WAITING, before.attempts, now.astimezone(UTC), before.last_problem)
            self._db.table("outbox").update(session, _outbox_values(delivery))
            self._note(AuditEntry(now, AuditEvent.DELIVERY_RETRIED, session, by))
            return delivery

    def delivery(self, session: SessionId) -> Delivery:
        """Raises LookupError if no such case is kept."""
        with self._turn():
            return self._delivery(session)

    def receipt(self, session: SessionId) -> bytes | None:
        """Return the bank's receipt, None while there is none."""
        with self._turn():
            row = self._db.execute("SELECT receipt FROM outbox WHERE session = ?", (session,)).fetchone()
        return None if row is None else row[0]

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
            return WhatIsKept(self._delivery(session), self._erasures.erasure(session), self._erasures.withdrawals(session))

    # --- audit ---------------------------------------------------------------------------------------------------------------

    def note_ending(self, session: SessionId, how: str, now: datetime) -> None:
        """Write down that a session ended without a record. how: the ending's class name."""
        self.note(AuditEntry(now, AuditEvent.CASE_ENDED, session, detail=how))

    def note(self, entry: AuditEntry) -> None:
        """Add one line to the audit log."""
        with self._transaction():
            self._note(entry)

    def verify_audit(self, *, every_signature: bool = False, against: SignedHead | None = None) -> AuditVerdict:
        """Return whether the log is as it was written, else the first line that is not. See `AuditLog.verdict`."""
        with self._turn():
            return self._audit.verdict(every_signature=every_signature, against=against)

    def audit_head(self) -> SignedHead | None:
        """Return the newest signed head, None in an empty log."""
        with self._turn():
            return self._audit.newest_head()

    def audit_key(self) -> bytes:
        """Return the public key the heads are signed with, 32 bytes."""
        return self._audit.public_key

    def audit_lines(self) -> tuple[AuditLine, ...]:
        with self._turn():
            return tuple(self._audit.lines())

    def told_of(self, event: AuditEvent) -> frozenset[tuple[str, str]]:
        """Return who and detail of every line of this event."""
        with self._turn():
            return self._audit.told_of(event)

    def last_audit_at(self) -> datetime | None:
        """Return the latest time in the log; a wall clock before it was turned back."""
        with self._turn():
            return self._audit.last_at()

    # --- for this package ----------------------------------------------------------------------------------------------------

    @contextmanager
    def turn(self) -> Iterator[sqlite_utils.Database]:
        with self._turn():
            yield self._db

    @contextmanager
    def transaction(self) -> Iterator[sqlite_utils.Database]:
        with self._transaction():
            yield self._db

    def case_key(self, session: str, wrapped: bytes) -> Key:
        return self._case_key(session, wrapped)

    def clean(self) -> None:
        """Leave no byte of what was destroyed in any file."""
        with self._turn():
            self._leave_no_trace()

    def require_agreed(
        self, agreed: Agreed | None, action: str, now: datetime, session: SessionId = NO_SESSION, within: timedelta = FRESH_FOR
    ) -> None:
        """Raises NotPermitted, with a line in the log, unless the log says that two people agreed to this; see `is_agreed`."""
        with self._turn():
            if is_agreed(self._db, agreed, action, session, now, within):
                return
        self.note(AuditEntry(now, AuditEvent.DENIED, session, detail=f"{action}:two-people-needed"))
        raise NotPermitted(f"{action}: two people are needed")

    # --- for kiosk.trust -----------------------------------------------------------------------------------------------------

    @contextmanager
    def together(self) -> Iterator[None]:
        """Make what is done inside one transaction: all of it or nothing."""
        with self._transaction():
            yield

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

    # --- inside --------------------------------------------------------------------------------------------------------------

    @contextmanager
    def _turn(self) -> Iterator[None]:
        with self._lock, store_faults(self._folder):
            yield

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """One writing transaction; a transaction inside another is part of it."""
        with self._turn():
            if self._db.conn.in_transaction:
                yield
                return
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._db.execute("COMMIT")
            except BaseException:
                self._db.rollback()
                raise

    def _opened(self, session: str, attempts: int, digest: bytes, due_at: str, wrapped: bytes, sealed: bytes) -> DueDelivery | None:
        """Return the delivery with its packet, None if its seal is broken or its time is none."""
        try:
            from_text(due_at)
            packet = unseal(self._case_key(session, wrapped), sealed, _packet_place(session))
        except (SealBroken, StoreDamaged):
            return None
        return DueDelivery(SessionId(session), attempts, packet, digest)

    def _set_aside_broken(self, session: str, now: datetime) -> None:
        """Written without reading the row first: what stands in it may be what is broken."""
        with self._transaction():
            values = {"state": DeliveryState.SET_ASIDE.value, "due_at": as_text(now), "last_problem": SEAL_BROKEN}
            self._db.table("outbox").update(session, values)
            self._note(AuditEntry(now, AuditEvent.DELIVERY_SET_ASIDE, SessionId(session), detail=SEAL_BROKEN))

    def _settled(self, session: SessionId, answer: Answer, now: datetime, policy: SyncPolicy, jitter: float) -> Delivery:
        before = self._delivery(session)
        if before.state is DeliveryState.RECEIPTED:
            return before
        delivery = outbox.after(before, answer, now.astimezone(UTC), policy, jitter)
        values: dict[str, Any] = _outbox_values(delivery)
        match answer:
            case Accepted(receipt=receipt, head=head) | AlreadyHeld(receipt=receipt, head=head):
                self._traces = True
                shown = self._bank_log.keep_head(head, now) if head else ""
                self._db.table("outbox").update(session, values | {"receipt": receipt})
                self._db.execute("DELETE FROM packets WHERE session = ?", (session,))
                self._note(AuditEntry(now, AuditEvent.RECEIPT_KEPT, session, detail=shown))
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
        return delivery

    def _note(self, entry: AuditEntry) -> None:
        self._audit.append(entry, os.urandom(NONCE_BYTES))

    def _delivery(self, session: SessionId) -> Delivery:
        row = self._db.execute(_DELIVERY + " WHERE session = ?", (session,)).fetchone()
        if row is None:
            raise LookupError("no such delivery")
        return Delivery(SessionId(row[0]), _state(row[1]), row[2], from_text(row[3]), row[4])

    def _case_key(self, session: str, wrapped: bytes) -> Key:
        return Masked(unseal(self._wrapping, wrapped, _key_place(session)))

    def _case_row(self, row: tuple[Any, ...]) -> CaseRow:
        session, opened, closed, channel, purpose, decision, wrapped, holder, state, attempts, due, problem = row
        shown = _Shown(session, opened, closed, channel, purpose, decision)
        try:
            name = unseal(self._case_key(session, wrapped), holder, _holder_place(shown)).decode()
        except SealBroken:
            erased = self._erasures.erasure(session) is not None
            name, problem, decision = "", ERASED if erased else SEAL_BROKEN, Decision.REFER.value
            channel = channel if channel in set(Channel) else Channel.BOOTH.value
            purpose = purpose if purpose in _PURPOSES else _PURPOSES[0]
        return CaseRow(
            session=SessionId(session),
            opened_at=from_text(opened),
            closed_at=from_text(closed),
            channel=Channel(channel),
            purpose=purpose,
            holder=Masked(name),
            decision=Decision(decision),
            delivery=_state(state),
            attempts=attempts,
            next_attempt_at=from_text(due),
            last_problem=problem,
        )

    def _leave_no_trace(self) -> None:
        """Give destroyed pages back and cut the write-ahead log to nothing, so that destroyed bytes are in no file.

        Another program at work on the store, or a full disk, can delay this; what was settled is settled all the same, and the
        cleaning is done after the next settling, opening or closing.
        """
        self._traces = True
        try:
            self._db.executescript("PRAGMA incremental_vacuum")  # `execute` steps a pragma once, which frees one page
            busy, _, _ = self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF not in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL):
                raise
            return
        self._traces = bool(busy)


def _state(word: str) -> DeliveryState:
    try:
        return DeliveryState(word)
    except ValueError as unfit:
        raise StoreDamaged("a delivery in the store has no known state") from unfit


def _key_place(session: str) -> Place:
    return Place("cases", session, "wrapped_key", "the case's own key")


def _holder_place(shown: _Shown) -> Place:
    """Everything the teller's list shows in clear is part of the place: altered, the row no longer opens."""
    return Place("cases", shown.session, "holder", "the teller's list: " + "|".join(astuple(shown)))


def _record_place(session: str) -> Place:
    return Place("cases", session, "record", "the kept record")


def _packet_place(session: str) -> Place:
    return Place("packets", session, "sealed", "waiting for the bank")


def _outbox_values(delivery: Delivery) -> dict[str, str | int]:
    return {
        "session": delivery.session,
        "state": delivery.state.value,
        "attempts": delivery.attempts,
        "due_at": as_text(delivery.due_at),
        "last_problem": delivery.last_problem,
    }


def decided_detail(record: SessionRecord) -> str:
    """Return how a person decided, as a code: `refer`, or against the recommendation `approve:against=refer:reason=known-customer`."""
    decision, advised = final_decision(record).value, recommended(record.recommendation).value
    picked = None if record.disposition is None else record.disposition.picked
    return decision if decision == advised else f"{decision}:against={advised}:reason={picked.value if picked else 'none'}"


def _case_entries(record: SessionRecord, packet_digest: bytes, now: datetime) -> Iterator[AuditEntry]:
    """Yield the audit lines of one kept case: that it was kept, and who decided it."""
    decision = final_decision(record)
    yield AuditEntry(now, AuditEvent.CASE_KEPT, record.session, NOBODY, packet_digest.hex())
    if record.disposition is None:
        yield AuditEntry(now, AuditEvent.CASE_DECIDED, record.session, NOBODY, decision.value)
        return
    yield AuditEntry(now, AuditEvent.CASE_DECIDED, record.session, record.disposition.by, decided_detail(record))
    if record.disposition.second is not None:
        yield AuditEntry(now, AuditEvent.CASE_SECONDED, record.session, record.disposition.second, decision.value)
