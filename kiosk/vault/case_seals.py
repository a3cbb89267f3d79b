"""What of a case is sealed, under which key and at which place; and what the audit log says of one that is kept. No SQL."""

import os
from collections.abc import Iterator
from dataclasses import asdict, astuple, dataclass
from datetime import datetime
from typing import Final

from kiosk.record import SessionRecord, final_decision, recommended
from kiosk.values import Masked, SessionId
from kiosk.vault.audit import NOBODY, AuditEntry, AuditEvent
from kiosk.vault.kept import holder_name
from kiosk.vault.referrals import Referral, referral_place
from kiosk.vault.sealing import KEY_BYTES, NONCE_BYTES, Key, Place, seal, unseal
from kiosk.vault.times import as_text
from kiosk.wire.plain import RECORD_FORMAT, encode_record
from kiosk.wire.sense import purpose_word

PURPOSES: Final = ("account-opening", "high-value-transaction")


@dataclass(frozen=True, slots=True)
class Shown:
    """The columns of a case that lie in clear, as written."""

    session: str
    opened_at: str
    closed_at: str
    channel: str
    purpose: str
    decision: str


@dataclass(frozen=True, slots=True)
class SealedCase:
    """row: of the table `cases`; packet, referral: sealed; no referral, no bytes."""

    row: dict[str, object]
    packet: bytes
    referral: bytes


class CaseSeals:
    """Everything of one case is sealed with that case's own key, which lies in the case's row, wrapped under `wrapping`."""

    def __init__(self, wrapping: Key) -> None:
        self._wrapping = wrapping

    def seal_case(self, record: SessionRecord, packet: bytes, referral: Referral | None) -> SealedCase:
        session, key = record.session, Masked(os.urandom(KEY_BYTES))
        shown = shown_of(record)
        row = {
            **asdict(shown),
            "wrapped_key": seal(self._wrapping, os.urandom(NONCE_BYTES), key.reveal(), _key_place(session)),
            "holder": seal(key, os.urandom(NONCE_BYTES), holder_name(record).reveal().encode(), _holder_place(shown)),
            "record_format": RECORD_FORMAT,
            "record": seal(key, os.urandom(NONCE_BYTES), encode_record(record), _record_place(session)),
        }
        sealed_packet = seal(key, os.urandom(NONCE_BYTES), packet, _packet_place(session))
        sealed_referral = b""
        if referral is not None:
            sealed_referral = seal(key, os.urandom(NONCE_BYTES), referral.packet, referral_place(session))
        return SealedCase(row, sealed_packet, sealed_referral)

    def key(self, session: str, wrapped: bytes) -> Key:
        """Raises SealBroken."""
        return Masked(unseal(self._wrapping, wrapped, _key_place(session)))

    def record(self, session: SessionId, wrapped: bytes, sealed: bytes) -> bytes:
        """Raises SealBroken."""
        return unseal(self.key(session, wrapped), sealed, _record_place(session))

    def packet(self, session: str, wrapped: bytes, sealed: bytes) -> bytes:
        """Raises SealBroken."""
        return unseal(self.key(session, wrapped), sealed, _packet_place(session))

    def holder(self, shown: Shown, wrapped: bytes, sealed: bytes) -> str:
        """Raises SealBroken, also for a row in which something that lies in clear was altered."""
        return unseal(self.key(shown.session, wrapped), sealed, _holder_place(shown)).decode()


def shown_of(record: SessionRecord) -> Shown:
    return Shown(
        record.session,
        as_text(record.opened_at),
        as_text(record.closed_at),
        record.channel.value,
        purpose_word(record.purpose),
        final_decision(record).value,
    )


def _key_place(session: str) -> Place:
    return Place("cases", session, "wrapped_key", "the case's own key")


def _holder_place(shown: Shown) -> Place:
    """Everything the teller's list shows in clear is part of the place: altered, the row no longer opens."""
    return Place("cases", shown.session, "holder", "the teller's list: " + "|".join(astuple(shown)))


def _record_place(session: str) -> Place:
    return Place("cases", session, "record", "the kept record")


def _packet_place(session: str) -> Place:
    return Place("packets", session, "sealed", "waiting for the bank")


def decided_detail(record: SessionRecord) -> str:
    """Return how a person decided, as a code: `refer`, or against the recommendation `approve:against=refer:reason=known-customer`."""
    decision, advised = final_decision(record).value, recommended(record.recommendation).value
    picked = None if record.disposition is None else record.disposition.picked
    return decision if decision == advised else f"{decision}:against={advised}:reason={picked.value if picked else 'none'}"


def case_entries(record: SessionRecord, packet_digest: bytes, now: datetime) -> Iterator[AuditEntry]:
    """Yield the audit lines of one kept case: that it was kept, and who decided it."""
    decision = final_decision(record)
    yield AuditEntry(now, AuditEvent.CASE_KEPT, record.session, NOBODY, packet_digest.hex())
    if record.disposition is None:
        yield AuditEntry(now, AuditEvent.CASE_DECIDED, record.session, NOBODY, decision.value)
        return
    yield AuditEntry(now, AuditEvent.CASE_DECIDED, record.session, record.disposition.by, decided_detail(record))
    if record.disposition.second is not None:
        yield AuditEntry(now, AuditEvent.CASE_SECONDED, record.session, record.disposition.second, decision.value)
