"""One SQLite file with its lock, its transactions and its audit log: what `Store` keeps its cases in.

Threads: one connection, one lock. Any thread may call any method; calls take turns. What is destroyed is gone from every file: its bytes
are overwritten, its pages given back and the write-ahead log cut to nothing.
"""

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import sqlite_utils

from kiosk.faults import NotPermitted
from kiosk.values import OperatorId, SessionId
from kiosk.vault.audit import NO_SESSION, AuditEntry, AuditEvent, AuditLine, AuditVerdict
from kiosk.vault.audit_heads import HeadSigner, SignedHead
from kiosk.vault.audit_log import AuditLog
from kiosk.vault.files import store_faults
from kiosk.vault.sealing import NONCE_BYTES, Key, derive
from kiosk.vault.two_people import FRESH_FOR, Agreed, is_agreed

_LINES_AT_ONCE: Final = 1_000
_PAST_ALL: Final = 2**62


class AuditedFile:
    """where: where the master key lies, as the audit log says it."""

    def __init__(self, db: sqlite_utils.Database, master: Key, folder: Path, where: str = "") -> None:
        self._db = db
        self._folder = folder
        self.where = where
        self._lock = threading.RLock()
        self._audit = AuditLog(db, derive(master, "audit head"), HeadSigner(master), where)
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

    def audit_lines_newest_first(self) -> Iterator[AuditLine]:
        """Yield the log's lines, newest first, some at a time: who finds what he looks for reads no further."""
        before = _PAST_ALL
        while True:
            with self._turn():
                lines = self._audit.lines_before(before, _LINES_AT_ONCE)
            if not lines:
                return
            yield from lines
            before = lines[-1].number

    def told_of(self, event: AuditEvent) -> frozenset[tuple[str, str]]:
        """Return who and detail of every line of this event."""
        with self._turn():
            return self._audit.told_of(event)

    def last_told(self, event: AuditEvent, detail: str) -> datetime | None:
        """Return when the newest line of this event with this detail was written, None if there is none."""
        with self._turn():
            return self._audit.last_told(event, detail)

    def last_told_by(self, event: AuditEvent, who: OperatorId) -> datetime | None:
        """Return when the newest line of this event by this person was written, None if there is none."""
        with self._turn():
            return self._audit.last_by(event, who)

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

    @contextmanager
    def together(self) -> Iterator[None]:
        """Make what is done inside one transaction: all of it or nothing."""
        with self._transaction():
            yield

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

    def _note(self, entry: AuditEntry) -> None:
        self._audit.append(entry, os.urandom(NONCE_BYTES))

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
