"""What the bank does with the bytes of a packet, whatever carried them.

Rules, in order; the first that fails gives the answer:

1. The bytes are an envelope of a version we know: else `malformed`.
2. It is sealed to the bank's key: else `unknown-bank-key`.
3. Its station key is enrolled: else `unknown-station`, which is no refusal: enrol the station and the next attempt succeeds.
4. That station signed it: else `bad-signature`.
5. The station's class is one this bank takes: else `not-production` or `wrong-class`.
6. The station does not bring more than its share: else `slow-down`, no refusal either.
7. The seal opens: else `unsealable`; the content is whole, signed and does not contradict itself: else `malformed`.
8. Its pictures came from where this bank takes them from: else `not-production`.
9. The ledger holds it, once, on disk; then the receipt is given. The id with another packet: `id-conflict`.

A refusal is final and signed. It depends on the packet's bytes, its enrolment and the bank's own policy alone, never on anything a
stranger on the way could have changed: no stranger can make the bank refuse an honest packet.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from kiosk.faults import DiskFull, PacketRefused, StoreDamaged, StoreUnavailable
from kiosk.intake.acceptance import Acceptance, refused_capture, refused_class
from kiosk.intake.pace import Pace
from kiosk.intake.rest import seal_content
from kiosk.intake.store import Held, IdConflict, Incoming, IntakeStore
from kiosk.record import final_decision
from kiosk.values import SessionId
from kiosk.vault.sealing import Key
from kiosk.wire.keys import BankIdentity, EnrolledStation
from kiosk.wire.packet import Content, Envelope, Recipient, check_signature, digest_of, read_body, read_envelope, unseal
from kiosk.wire.receipt import Receipt, Refusal, RefusalCode, sign_receipt, sign_refusal


class NotNow(StrEnum):
    """Why a packet was not looked at or could not be kept this time. The station tries again."""

    UNKNOWN_STATION = "unknown-station"
    ID_MISMATCH = "id-mismatch"
    SLOW_DOWN = "slow-down"
    STORAGE_FULL = "storage-full"
    STORAGE_TROUBLE = "storage-trouble"
    TOO_LARGE = "too-large"
    TOO_SLOW = "too-slow"
    WRONG_MEDIA_TYPE = "wrong-media-type"


@dataclass(frozen=True, slots=True)
class Taken:
    """receipt: signed, and on disk before it is given; again: the packet was held already."""

    receipt: bytes
    again: bool


@dataclass(frozen=True, slots=True)
class TurnedAway:
    """note: the refusal, signed by the bank."""

    code: RefusalCode
    note: bytes


@dataclass(frozen=True, slots=True)
class Later:
    code: NotNow


Outcome = Taken | TurnedAway | Later


@dataclass(frozen=True, slots=True, eq=False)
class IntakeKeys:
    """identity: opens packets and signs answers; storage: seals what rests in the ledger."""

    identity: BankIdentity
    storage: Key


class Reception:
    """Thread-safe: store and pace lock for themselves, the rest is arithmetic. clock: the time in UTC."""

    def __init__(self, store: IntakeStore, keys: IntakeKeys, acceptance: Acceptance, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._keys = keys
        self._acceptance = acceptance
        self._clock = clock
        self._pace = Pace(acceptance.per_station_per_minute)
        self._sealing_key_id = keys.identity.public().sealing_key_id

    def receive(self, packet: bytes, named: str) -> Outcome:
        """Return what the bank says of a packet. named: the id the carrier gave it, the idempotency key."""
        try:
            return self._take(packet, named)
        except _Refused as refused:
            refusal = Refusal(digest_of(packet), refused.code, self._clock())
            return TurnedAway(refused.code, sign_refusal(refusal, self._keys.identity.answers))
        except DiskFull:
            return Later(NotNow.STORAGE_FULL)
        except (StoreUnavailable, StoreDamaged):
            return Later(NotNow.STORAGE_TROUBLE)

    def receipt(self, packet_id: str, digest: bytes) -> bytes | None:
        """Return the receipt again, to one who knows id and digest: whoever has the packet."""
        return self._store.receipt(SessionId(packet_id), digest)

    def ready(self) -> bool:
        """Return whether the ledger answers."""
        try:
            self._store.ready()
        except (DiskFull, StoreUnavailable, StoreDamaged):
            return False
        return True

    def _take(self, packet: bytes, named: str) -> Outcome:
        with _or_refused(RefusalCode.MALFORMED):
            envelope = read_envelope(packet)
            if envelope.header.recipient is not Recipient.BANK:
                raise PacketRefused("meant for somebody else")
        if envelope.header.packet_id != named:
            return Later(NotNow.ID_MISMATCH)
        if envelope.header.bank_key != self._sealing_key_id:
            raise _Refused(RefusalCode.UNKNOWN_BANK_KEY)
        station = self._store.station(envelope.header.station_key)
        if station is None:
            return Later(NotNow.UNKNOWN_STATION)
        with _or_refused(RefusalCode.BAD_SIGNATURE):
            check_signature(envelope, station)
        _refuse_if(refused_class(self._acceptance, station.station_class))
        if not self._pace.allows(station.key_id, self._clock()):
            return Later(NotNow.SLOW_DOWN)
        return self._hold(envelope, self._content(envelope, station))

    def _content(self, envelope: Envelope, station: EnrolledStation) -> Content:
        with _or_refused(RefusalCode.UNSEALABLE):
            body = unseal(envelope, self._keys.identity)
        with _or_refused(RefusalCode.MALFORMED):
            content = read_body(body.reveal(), envelope.header, envelope.header_bytes, station)
        _refuse_if(refused_capture(self._acceptance, content.record))
        return content

    def _hold(self, envelope: Envelope, content: Content) -> Taken:
        header, received_at = envelope.header, self._clock()
        incoming = Incoming(
            packet_id=header.packet_id,
            digest=envelope.digest,
            station=header.station,
            station_key=header.station_key,
            purpose=header.purpose,
            decision=final_decision(content.record),
            received_at=received_at,
            content=seal_content(self._keys.storage, header.packet_id, envelope.digest, envelope.header_bytes, content.body),
        )

        def receipt_at(position: int) -> bytes:
            receipt = Receipt(header.packet_id, envelope.digest, header.station, received_at, position)
            return sign_receipt(receipt, self._keys.identity.answers)

        match self._store.hold(incoming, receipt_at):
            case Held(receipt=receipt, again=again):
                return Taken(receipt, again)
            case IdConflict():
                raise _Refused(RefusalCode.ID_CONFLICT)


class _Refused(Exception):
    """A rule failed for good. Never leaves this module."""

    def __init__(self, code: RefusalCode) -> None:
        super().__init__(code.value)
        self.code = code


@contextmanager
def _or_refused(code: RefusalCode) -> Iterator[None]:
    try:
        yield
    except PacketRefused as trouble:
        raise _Refused(code) from trouble


def _refuse_if(code: RefusalCode | None) -> None:
    if code is not None:
        raise _Refused(code)
