"""The audit log's lines: append-only, chained, in a Merkle tree, without personal data of customers. Pure but for times.

1. Every line carries the digest of the line before it; a line edited, dropped in the middle or moved breaks the chain at that line.
2. Every line ends a tree whose root is signed (`audit_heads`); the number of lines and the last digest are sealed besides. Cutting lines
   off the end, or rewriting the whole chain, disagrees with both. Putting back an old log with its old heads leaves cases and receipts
   without a line. Putting back an old copy of the whole file disagrees with any head that lies elsewhere.
3. A line holds codes, ids and digests only. `who` is an operator's sign-in name, `session` a case's random id, `place` the station's name.
4. Lines of form 1 are those of version 0.1, without place and purpose. They keep their digests and are leaves of the tree like all others.
"""

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from kiosk.values import OperatorId, SessionId

GENESIS: Final = bytes(32)
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
    BANK_KEY_DISTRUSTED = "bank-key-distrusted"
    OPERATOR_ADDED = "operator-added"
    OPERATOR_RESET = "operator-reset"
    OPERATOR_REMOVED = "operator-removed"
    ROLE_CHANGED = "role-changed"
    KEY_INVITED = "key-invited"
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
    WITHDRAWAL_TOLD = "withdrawal-told"
    RETENTION_RUN = "retention-run"
    KEYS_CHANGED = "keys-changed"
    AUDIT_VERIFIED = "audit-verified"
    AUDIT_EXPORTED = "audit-exported"
    POLICY_SIGNED = "policy-signed"
    RHYTHM_ENROLLED = "rhythm-enrolled"
    RHYTHM_UNLIKE = "rhythm-unlike"
    RHYTHM_FORGOTTEN = "rhythm-forgotten"
    BOOTH_MAINTAINED = "booth-maintained"
    OVERRIDE_AGREED = "override-agreed"
    OVERRIDE_REFUSED = "override-refused"
    OVERRIDE_REVIEWED = "override-reviewed"
    DAY_RECONCILED = "day-reconciled"
    LESSON_DONE = "lesson-done"
    TEST_FAILED = "test-failed"
    CERTIFIED = "certified"
    CAMERA_CHOSEN = "camera-chosen"
    QUEUE_LISTED = "queue-listed"
    PICTURE_SHOWN = "picture-shown"
    AUDIT_SEARCHED = "audit-searched"
    PROPOSED = "proposed"
    PROPOSAL_AGREED = "proposal-agreed"
    PROPOSAL_TURNED_DOWN = "proposal-turned-down"
    CASE_LABELLED = "case-labelled"
    UPDATE_PUBLISHED = "update-published"
    UPDATE_APPLIED = "update-applied"
    UPDATE_REFUSED = "update-refused"
    UPDATE_ROLLED_BACK = "update-rolled-back"


_SERVE, _DELIVER, _ACCESS, _ADMINISTER, _RIGHTS, _CONTROL, _FRAUD = (
    "serve-customer", "deliver-to-bank", "access-control", "administration", "customers-rights", "control", "fraud-review",
)  # fmt: skip

PURPOSES: Final[Mapping[AuditEvent, str]] = MappingProxyType(
    {
        AuditEvent.CASE_KEPT: _SERVE,
        AuditEvent.CASE_DECIDED: _SERVE,
        AuditEvent.CASE_SECONDED: _SERVE,
        AuditEvent.CASE_ENDED: _SERVE,
        AuditEvent.CASE_STEP: _SERVE,
        AuditEvent.CASE_OPENED: _SERVE,
        AuditEvent.CASES_LISTED: _SERVE,
        AuditEvent.RECEIPT_KEPT: _DELIVER,
        AuditEvent.BANK_MISTRUSTED: _DELIVER,
        AuditEvent.REFERRAL_TAKEN: _SERVE,
        AuditEvent.REFERRAL_ENDED: _SERVE,
        AuditEvent.BANK_KEYS_FOLLOWED: _ADMINISTER,
        AuditEvent.BANK_KEY_DISTRUSTED: _ADMINISTER,
        AuditEvent.STATION_SUCCEEDED: _ADMINISTER,
        AuditEvent.DELIVERY_REFUSED: _DELIVER,
        AuditEvent.DELIVERY_SET_ASIDE: _DELIVER,
        AuditEvent.DELIVERY_RETRIED: _DELIVER,
        AuditEvent.STATION_INITIALISED: _ADMINISTER,
        AuditEvent.OPERATOR_ADDED: _ADMINISTER,
        AuditEvent.OPERATOR_RESET: _ADMINISTER,
        AuditEvent.OPERATOR_REMOVED: _ADMINISTER,
        AuditEvent.ROLE_CHANGED: _ADMINISTER,
        AuditEvent.KEYS_CHANGED: _ADMINISTER,
        AuditEvent.CLOCK_ACCEPTED: _ADMINISTER,
        AuditEvent.KEY_INVITED: _ADMINISTER,
        AuditEvent.FACTOR_ENROLLED: _ACCESS,
        AuditEvent.FACTOR_REFUSED: _ACCESS,
        AuditEvent.RECOVERY_CODE_USED: _ACCESS,
        AuditEvent.SIGNED_IN: _ACCESS,
        AuditEvent.POLICY_SIGNED: _CONTROL,
        AuditEvent.RHYTHM_ENROLLED: _ACCESS,
        AuditEvent.RHYTHM_UNLIKE: _ACCESS,
        AuditEvent.RHYTHM_FORGOTTEN: _ACCESS,
        AuditEvent.SIGN_IN_FAILED: _ACCESS,
        AuditEvent.SIGN_IN_LOCKED: _ACCESS,
        AuditEvent.SIGNED_OUT: _ACCESS,
        AuditEvent.WINDOW_LOCKED: _ACCESS,
        AuditEvent.DENIED: _ACCESS,
        AuditEvent.TWO_AGREED: _CONTROL,
        AuditEvent.TWO_REFUSED: _CONTROL,
        AuditEvent.OVERRIDE_AGREED: _CONTROL,
        AuditEvent.OVERRIDE_REFUSED: _CONTROL,
        AuditEvent.OVERRIDE_REVIEWED: _CONTROL,
        AuditEvent.DAY_RECONCILED: _CONTROL,
        AuditEvent.LESSON_DONE: _ACCESS,
        AuditEvent.TEST_FAILED: _ACCESS,
        AuditEvent.CERTIFIED: _ACCESS,
        AuditEvent.CAMERA_CHOSEN: _ADMINISTER,
        AuditEvent.AUDIT_SEARCHED: _CONTROL,
        AuditEvent.QUEUE_LISTED: _FRAUD,
        AuditEvent.PICTURE_SHOWN: _FRAUD,
        AuditEvent.CASE_LABELLED: _FRAUD,
        AuditEvent.PROPOSED: _CONTROL,
        AuditEvent.PROPOSAL_AGREED: _CONTROL,
        AuditEvent.PROPOSAL_TURNED_DOWN: _CONTROL,
        AuditEvent.UPDATE_PUBLISHED: _CONTROL,
        AuditEvent.UPDATE_APPLIED: _CONTROL,
        AuditEvent.UPDATE_REFUSED: _CONTROL,
        AuditEvent.UPDATE_ROLLED_BACK: _CONTROL,
        AuditEvent.AUDIT_VERIFIED: _CONTROL,
        AuditEvent.AUDIT_EXPORTED: _CONTROL,
        AuditEvent.BOOTH_MAINTAINED: _ADMINISTER,
        AuditEvent.CASE_EXPORTED: _RIGHTS,
        AuditEvent.CASE_ERASED: _RIGHTS,
        AuditEvent.CONSENT_WITHDRAWN: _RIGHTS,
        AuditEvent.WITHDRAWAL_TOLD: _RIGHTS,
        AuditEvent.RETENTION_RUN: _RIGHTS,
    }
)
"""What each event is done for, unless the line says otherwise."""


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """What is to be written. detail: a code or digest out of letters, digits and `:._=-`, never a value of the customer's. purpose: a code
    of the same kind, where the event can have several."""

    at: datetime
    event: AuditEvent
    session: SessionId = NO_SESSION
    who: OperatorId = NOBODY
    detail: str = ""
    purpose: str = ""

    def __post_init__(self) -> None:
        if not _DETAIL.fullmatch(self.detail) or not _DETAIL.fullmatch(self.purpose):
            raise ValueError("an audit detail is a short code, not text")

    @property
    def for_purpose(self) -> str:
        """Return why it was done: as given, else what this event is always done for."""
        return self.purpose or PURPOSES[self.event]


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
    place: str = ""
    purpose: str = ""
    form: int = 1


class BrokenBecause(StrEnum):
    ALTERED = "altered"
    OUT_OF_PLACE = "out-of-place"
    MISSING = "missing"
    CUT_OFF = "cut-off"
    REWRITTEN = "rewritten"
    OLDER_THAN_STORE = "older-than-the-store"
    HEAD_UNREADABLE = "head-unreadable"
    HEAD_FORGED = "head-forged"
    HEAD_MISSING = "head-missing"


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
    parts = [str(line.number), line.at, line.event, line.session, line.who, line.detail]
    if line.form != 1:
        parts += [line.place, line.purpose]
    packed = b"".join(len(part.encode()).to_bytes(4, "big") + part.encode() for part in parts)
    return hashlib.sha256(b"identity-desk audit %d" % line.form + line.previous + packed).digest()


def verify(lines: Iterable[AuditLine], head: Head, seen: Callable[[AuditLine], BrokenBecause | None] | None = None) -> AuditVerdict:
    """Return whether the lines, in order of number, are those that were written, all of them. seen: asked about every line that fits
    so far."""
    count, previous = 0, GENESIS
    for line in lines:
        if line.number != count + 1:
            return AuditBroken(count + 1, BrokenBecause.MISSING)
        if line_digest(line) != line.digest:
            return AuditBroken(line.number, BrokenBecause.ALTERED)
        if line.previous != previous:
            return AuditBroken(line.number, BrokenBecause.OUT_OF_PLACE)
        if seen is not None and (because := seen(line)) is not None:
            return AuditBroken(line.number, because)
        count, previous = line.number, line.digest
    if count < head.lines:
        return AuditBroken(count + 1, BrokenBecause.CUT_OFF)
    if count > head.lines:
        return AuditBroken(head.lines + 1, BrokenBecause.REWRITTEN)
    if previous != head.digest:
        return AuditBroken(max(count, 1), BrokenBecause.REWRITTEN)
    return AuditSound(count, previous)
