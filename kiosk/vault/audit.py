"""The audit log: append-only, chained, without personal data of customers.

1. Every line carries the digest of the line before it; a line edited, dropped in the middle or moved breaks the chain at that line.
2. The number of lines and the last digest are sealed with the store's key and renewed with every line; cutting lines off the end, or
   rewriting the whole chain, disagrees with that head. Putting back an old log with its old head leaves cases and receipts without
   a line. Putting back an old copy of the whole file is not seen here: that takes heads the bank holds (issue 4).
3. A line holds codes, ids and digests only. `who` is an operator's sign-in name, `session` a case's random id.
"""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

import sqlite_utils

from kiosk.faults import SealBroken
from kiosk.values import OperatorId, SessionId
from kiosk.vault.sealing import Key, Place, seal, unseal
from kiosk.vault.times import as_text, from_text

GENESIS: Final = bytes(32)
_HEAD_PLACE: Final = Place("audit_head", "1", "sealed", "head of the audit log")
_DETAIL: Final = re.compile(r"[A-Za-z0-9:._=-]{0,200}")
NOBODY: Final = OperatorId("")
NO_SESSION: Final = SessionId("")


class AuditEvent(StrEnum):
    CASE_KEPT = "case-kept"
    CASE_DECIDED = "case-decided"
    CASE_SECONDED = "case-seconded"
    CASE_ENDED = "case-ended"
    CASE_STEP = "case-step"
    CASE_OPENED = "case-opened"
    RECEIPT_KEPT = "receipt-kept"
    REFERRAL_ENDED = "referral-ended"
    REFERRAL_TAKEN = "referral-taken"
    BANK_MISTRUSTED = "bank-mistrusted"
    DELIVERY_REFUSED = "delivery-refused"
    DELIVERY_SET_ASIDE = "delivery-set-aside"
    DELIVERY_RETRIED = "delivery-retried"
    STATION_INITIALISED = "station-initialised"
    STATION_SUCCEEDED = "station-succeeded"
    BANK_KEYS_FOLLOWED = "bank-keys-followed"
    OPERATOR_ADDED = "operator-added"
    OPERATOR_RESET = "operator-reset"
    OPERATOR_REMOVED = "operator-removed"
    ROLE_CHANGED = "role-changed"
    FACTOR_ENROLLED = "factor-enrolled"
    FACTOR_REFUSED = "factor-refused"
    RECOVERY_CODE_USED = "recovery-code-used"
    SIGNED_IN = "signed-in"
    SIGN_IN_FAILED = "sign-in-failed"
    SIGN_IN_LOCKED = "sign-in-locked"
    SIGNED_OUT = "signed-out"
    WINDOW_LOCKED = "window-locked"
    DENIED = "denied"
    TWO_AGREED = "two-agreed"
    TWO_REFUSED = "two-refused"
    CLOCK_ACCEPTED = "clock-accepted"
    CASES_LISTED = "cases-listed"
    CASE_EXPORTED = "case-exported"
    CASE_ERASED = "case-erased"
    CONSENT_WITHDRAWN = "consent-withdrawn"
    RETENTION_RUN = "retention-run"
    KEYS_CHANGED = "keys-changed"
    AUDIT_VERIFIED = "audit-verified"
    AUDIT_EXPORTED = "audit-exported"
    OVERRIDE_AGREED = "override-agreed"
    OVERRIDE_REFUSED = "override-refused"


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """What is to be written. detail: a code or digest out of letters, digits and `:._=-`, never a value of the customer's."""

    at: datetime
    event: AuditEvent
    session: SessionId = NO_SESSION
    who: OperatorId = NOBODY
    detail: str = ""

    def __post_init__(self) -> None:
        if not _DETAIL.fullmatch(self.detail):
            raise ValueError("an audit detail is a short code, not text")


@dataclass(frozen=True, slots=True)
class AuditLine:
    """One line as stored; every text exactly as in its column, so that the digest can be made again."""

    number: int
    at: str
    event: str
    session: str
    who: str
    detail: str
    previous: bytes
    digest: bytes


class BrokenBecause(StrEnum):
    ALTERED = "altered"
    OUT_OF_PLACE = "out-of-place"
    MISSING = "missing"
    CUT_OFF = "cut-off"
    REWRITTEN = "rewritten"
    OLDER_THAN_STORE = "older-than-the-store"
    HEAD_UNREADABLE = "head-unreadable"


@dataclass(frozen=True, slots=True)
class AuditSound:
    lines: int
    head: bytes


@dataclass(frozen=True, slots=True)
class AuditBroken:
    """line: number of the first line that is not as it was written, or that should be there and is not."""

    line: int
    because: BrokenBecause


AuditVerdict = AuditSound | AuditBroken


@dataclass(frozen=True, slots=True)
class Head:
    """How many lines there are and the digest of the last; GENESIS with none."""

    lines: int
    digest: bytes


def line_digest(line: AuditLine) -> bytes:
    """Return SHA-256 over the line without its digest; every part has its length before it."""
    parts = (str(line.number), line.at, line.event, line.session, line.who, line.detail)
    packed = b"".join(len(part.encode()).to_bytes(4, "big") + part.encode() for part in parts)
    return hashlib.sha256(b"identity-desk audit 1" + line.previous + packed).digest()


def verify(lines: Iterable[AuditLine], head: Head) -> AuditVerdict:
    """Return whether the lines, in order of number, are those that were written, all of them."""
    count, previous = 0, GENESIS
    for line in lines:
        if line.number != count + 1:
            return AuditBroken(count + 1, BrokenBecause.MISSING)
        if line_digest(line) != line.digest:
            return AuditBroken(line.number, BrokenBecause.ALTERED)
        if line.previous != previous:
            return AuditBroken(line.number, BrokenBecause.OUT_OF_PLACE)
        count, previous = line.number, line.digest
    if count < head.lines:
        return AuditBroken(count + 1, BrokenBecause.CUT_OFF)
    if count > head.lines:
        return AuditBroken(head.lines + 1, BrokenBecause.REWRITTEN)
    if previous != head.digest:
        return AuditBroken(max(count, 1), BrokenBecause.REWRITTEN)
    return AuditSound(count, previous)


class AuditLog:
    """The log's tables. The store calls it inside its own transactions and under its own lock."""

    def __init__(self, db: sqlite_utils.Database, key: Key) -> None:
        self._db = db
        self._key = key

    def begin(self, nonce: bytes) -> None:
        """Seal the head of an empty log. Once, when the store is made."""
        self._db.table("audit_head").insert({"number": 1, "sealed": self._sealed(Head(0, GENESIS), nonce)})

    def append(self, entry: AuditEntry, nonce: bytes) -> None:
        """Add one line. Raises SealBroken if the log is not as it was left: nothing is added to a log that was tampered with."""
        head = self.head()
        if self._last_written() != head:
            raise SealBroken("the audit log is not as it was left")
        bare = AuditLine(head.lines + 1, as_text(entry.at), entry.event, entry.session, entry.who, entry.detail, head.digest, digest=b"")
        digest = line_digest(bare)
        self._db.table("audit").insert(
            {
                "number": bare.number,
                "at": bare.at,
                "event": bare.event,
                "session": bare.session,
                "who": bare.who,
                "detail": bare.detail,
                "previous": bare.previous,
                "digest": digest,
            }
        )
        self._db.execute("UPDATE audit_head SET sealed = ?", (self._sealed(Head(bare.number, digest), nonce),))

    def head(self) -> Head:
        """Return the sealed head. Raises SealBroken."""
        row = self._db.execute("SELECT sealed FROM audit_head").fetchone()
        if row is None:
            raise SealBroken("the audit log has lost its head")
        plain = unseal(self._key, row[0], _HEAD_PLACE)
        return Head(int.from_bytes(plain[:8], "big"), plain[8:])

    def lines(self) -> Iterable[AuditLine]:
        cursor = self._db.execute("SELECT number, at, event, session, who, detail, previous, digest FROM audit ORDER BY number")
        return (AuditLine(*row) for row in cursor)

    def verdict(self) -> AuditVerdict:
        try:
            head = self.head()
        except SealBroken:
            return AuditBroken(0, BrokenBecause.HEAD_UNREADABLE)
        verdict = verify(self.lines(), head)
        if isinstance(verdict, AuditSound) and self._something_without_a_line():
            return AuditBroken(verdict.lines + 1, BrokenBecause.OLDER_THAN_STORE)
        return verdict

    def last_at(self) -> datetime | None:
        """Return the latest time any line carries, None in an empty log. A wall clock before it was turned back.

        Two people can accept a clock that was once ahead: then only lines from theirs on count.
        """
        accepted = f"SELECT coalesce(max(number), 0) FROM audit WHERE event = '{AuditEvent.CLOCK_ACCEPTED}'"  # noqa: S608
        latest = self._db.execute(f"SELECT max(at) FROM audit WHERE number >= ({accepted})").fetchone()[0]  # noqa: S608
        return None if latest is None else from_text(latest)

    def _something_without_a_line(self) -> bool:
        """Return whether the store holds a case or a receipt the log knows nothing of."""
        (found,) = self._db.execute(
            """
            SELECT EXISTS (
                SELECT session FROM cases EXCEPT SELECT session FROM audit WHERE event = :kept
            ) OR EXISTS (
                SELECT session FROM outbox WHERE receipt IS NOT NULL EXCEPT SELECT session FROM audit WHERE event = :receipted
            )
            """,
            {"kept": AuditEvent.CASE_KEPT.value, "receipted": AuditEvent.RECEIPT_KEPT.value},
        ).fetchone()
        return bool(found)

    def _last_written(self) -> Head:
        row = self._db.execute("SELECT number, digest FROM audit ORDER BY number DESC LIMIT 1").fetchone()
        return Head(0, GENESIS) if row is None else Head(*row)

    def _sealed(self, head: Head, nonce: bytes) -> bytes:
        return seal(self._key, nonce, head.lines.to_bytes(8, "big") + head.digest, _HEAD_PLACE)
