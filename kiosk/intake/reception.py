"""What the bank does with the bytes of a packet, whatever carried them.

Rules, in order; the first that fails gives the answer:

1. The bytes are an envelope of a version we know, meant for the bank: else `malformed`.
2. Its station key is enrolled: else `unknown-station`, which is no refusal: enrol the station and the next attempt succeeds.
3. That station signed it: else `bad-signature`. From here on everything said is sealed to the station, if a key for that was enrolled.
4. It is sealed to a key of the bank's, the current one or one before it that is still held: else `unknown-bank-key`.
5. The station's class is one this bank takes: else `not-production` or `wrong-class`.
6. The station does not bring more than its share: else `slow-down`, no refusal either.
7. The seal opens: else `unsealable`; the content is whole, signed and does not contradict itself: else `malformed`.
8. Its pictures came from where this bank takes them from: else `not-production`.
9. The ledger holds it, once, on disk, and its receipt is a leaf of the log; then the receipt is given with its proof. The id with another
   packet: `id-conflict`.

A refusal is final and signed. It depends on the packet's bytes, its enrolment and the bank's own policy alone, never on anything a
stranger on the way could have changed: no stranger can make the bank refuse an honest packet.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeVar, assert_never

from kiosk.faults import DiskFull, PacketRefused, SealBroken, StoreDamaged, StoreUnavailable
from kiosk.intake.acceptance import Acceptance, refused_capture, refused_class
from kiosk.intake.analysis_role import grant_for
from kiosk.intake.fleet import Fleet
from kiosk.intake.lacking import what_is_lacking
from kiosk.intake.pace import Pace
from kiosk.intake.receipt_log import ReceiptLog
from kiosk.intake.rest import account_digest, open_content, open_template, seal_content, seal_template
from kiosk.intake.store import ConsentWithdrawn, Entry, Held, IdConflict, Incoming, IntakeStore
from kiosk.record import final_decision
from kiosk.risk.returning import Holder, NoEnrolledFace, NoEnrolledFaceBecause
from kiosk.values import Masked, SessionId
from kiosk.vault.sealing import Key
from kiosk.wire.asked import Asked, Kind, read_asked
from kiosk.wire.heartbeat import HEARTBEAT, make_lacking, open_heartbeat
from kiosk.wire.hpke import OpeningKey, SealingKey
from kiosk.wire.keys import BankIdentity, EnrolledStation
from kiosk.wire.lookup import LOOKUP, Enrolled, make_answer, open_question
from kiosk.wire.packet import Content, Envelope, Recipient, check_signature, digest_of, read_body, read_envelope, unseal
from kiosk.wire.receipt import RECEIPT_VERSION, Receipt, Refusal, RefusalCode, receipt_leaf, sign_receipt, sign_refusal
from kiosk.wire.reply import Reply, Word, seal_reply
from kiosk.wire.succession import station_succession_from_text
from kiosk.wire.withdrawal import ENDS_ENROLMENT, WITHDRAWAL, make_receipt, open_withdrawal

T = TypeVar("T")


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


@dataclass(frozen=True, slots=True)
class Sealed:
    """What is said to a known station: an outcome that only the station can read. outcome: what it was, for the bank's own counts; None
    where no packet was brought."""

    reply: bytes
    outcome: Outcome | None = None


@dataclass(frozen=True, slots=True, eq=False)
class IntakeKeys:
    """identity: opens packets and signs answers; storage: seals what rests in the ledger; former: identities before, which open packets
    that were sealed while they were current; analysis: of the role that analyses cases, None where nobody does."""

    identity: BankIdentity
    storage: Key
    former: tuple[BankIdentity, ...] = ()
    analysis: SealingKey | None = None


class Reception:
    """Thread-safe: store and pace lock for themselves, the rest is arithmetic. clock: the time in UTC."""

    def __init__(
        self,
        store: IntakeStore,
        keys: IntakeKeys,
        acceptance: Acceptance,
        clock: Callable[[], datetime],
        recipient: Recipient = Recipient.BANK,
        fleet: Fleet | None = None,
    ) -> None:
        self._store = store
        self._fleet = fleet
        self._keys = keys
        self._acceptance = acceptance
        self._clock = clock
        self._recipient = recipient
        self._pace = Pace(acceptance.per_station_per_minute)
        self._beats = Pace(acceptance.heartbeats_per_minute)
        self._log = ReceiptLog(store, keys.identity.answers, clock)
        self._openers = {opener.public().sealing_key_id: opener for opener in (keys.identity, *keys.former)}

    def receive(self, packet: bytes, named: str, known_size: int = 0) -> Outcome | Sealed:
        """Return what the bank says of a packet. named: the id the carrier gave it, the idempotency key; known_size: of the station's last
        tree head."""
        sender = self._told(packet, lambda: self._sender(packet, named))
        if not isinstance(sender, _Sender):
            return sender
        outcome = self._told(packet, lambda: self._take(sender, known_size))
        return self._sealed(outcome, sender.envelope.digest, sender.station)

    def receipt(self, packet_id: str, digest: bytes, known_size: int = 0) -> Outcome | Sealed | None:
        """Return the receipt again, to one who knows id and digest, sealed to the station that brought it; None if it is not held."""
        try:
            held = self._store.held(SessionId(packet_id), digest)
            station = None if held is None else self._store.signer(held.station_key)
            if held is None or station is None:
                return None
            return self._sealed(self._taken(held, station, known_size), digest, station)
        except (DiskFull, StoreUnavailable, StoreDamaged):
            return Later(NotNow.STORAGE_TROUBLE)

    def holder(self, asked: bytes) -> Sealed | Later | TurnedAway:
        """Answer a station's question whose account pays, for its session only: nobody else could ask, nobody else can read it."""

        def told(question: Asked, station: EnrolledStation, key: OpeningKey) -> Reply:
            account = open_question(question, station, key)
            self._admit(station)
            return Reply(Word.HOLDER, make_answer(question, self._enrolled(account), self._keys.identity.answers))

        return self._asked(LOOKUP, asked, told)

    def withdrawal(self, asked: bytes) -> Sealed | Later | TurnedAway:
        """Write down that a customer took a consent back, destroy what was enrolled by it, and say so, signed. Again changes nothing."""

        def told(question: Asked, station: EnrolledStation, key: OpeningKey) -> Reply:
            taken_back = open_withdrawal(question, station, key)
            self._admit(station)
            now, destroys = self._clock(), taken_back.purpose in ENDS_ENROLMENT
            outcome = self._store.take_consent_back(
                ConsentWithdrawn(taken_back.session, taken_back.purpose.value, station.name, taken_back.at, now, asked), destroys=destroys
            )
            return Reply(Word.WITHDRAWN, make_receipt(question, taken_back, outcome, now, self._keys.identity.answers))

        return self._asked(WITHDRAWAL, asked, told)

    def heartbeat(self, said: bytes) -> Sealed | Later | TurnedAway:
        """Write down how a station is and answer with the updates it lacks."""
        fleet = self._fleet
        if fleet is None:
            return Later(NotNow.UNKNOWN_STATION)

        def told(heartbeat: Asked, station: EnrolledStation, key: OpeningKey) -> Reply:
            report = open_heartbeat(heartbeat, station, key)
            self._admit(station, self._beats)
            now = self._clock()
            fleet.heard(station.key_id, station.name, report, now)
            lacking = what_is_lacking(report, fleet.newest(station.station_class), now, self._acceptance.heartbeat_every_s)
            return Reply(Word.FEEDBACK, make_lacking(heartbeat.about, lacking, self._keys.identity.answers))

        return self._asked(HEARTBEAT, said, told)

    def _asked(self, kind: Kind, asked: bytes, told: Callable[[Asked, EnrolledStation, OpeningKey], Reply]) -> Sealed | Later | TurnedAway:
        try:
            question = read_asked(kind, asked)
            station = self._store.station(question.station_key)
        except PacketRefused:
            return TurnedAway(RefusalCode.MALFORMED, b"")
        except (DiskFull, StoreUnavailable, StoreDamaged):
            return Later(NotNow.STORAGE_TROUBLE)
        if station is None or station.sealing is None:
            return Later(NotNow.UNKNOWN_STATION)
        # From here on the station can be told under seal, whatever it is; only the one named can read it.
        return Sealed(seal_reply(self._told_what_was_asked(question, station, told), question.about, station.key_id, station.sealing))

    def _admit(self, station: EnrolledStation, pace: Pace | None = None) -> None:
        _refuse_if(refused_class(self._acceptance, station.station_class))
        if not (pace or self._pace).allows(station.key_id, self._clock()):
            raise _TooFast

    def _told_what_was_asked(
        self, question: Asked, station: EnrolledStation, told: Callable[[Asked, EnrolledStation, OpeningKey], Reply]
    ) -> Reply:
        opener = self._openers.get(question.bank_key)
        try:
            if opener is None:
                raise PacketRefused("asked under another key of the bank's")
            return told(question, station, OpeningKey(opener.mlkem, opener.x25519))
        except _TooFast:
            return _spoken(Later(NotNow.SLOW_DOWN))
        except (PacketRefused, _Refused):
            return _spoken(TurnedAway(RefusalCode.MALFORMED, b""))
        except (DiskFull, StoreUnavailable, StoreDamaged):
            return _spoken(Later(NotNow.STORAGE_TROUBLE))

    def _enrolled(self, account: Masked[str]) -> Enrolled | NoEnrolledFace:
        opening = self._store.opening(account_digest(self._keys.storage, account))
        if opening is None:
            return NoEnrolledFace(NoEnrolledFaceBecause.UNKNOWN_ACCOUNT)
        if opening.template is None:
            return NoEnrolledFace(NoEnrolledFaceBecause.REVOKED if opening.revoked else NoEnrolledFaceBecause.NOT_ENROLLED)
        held = self._store.content(opening.packet_id)
        signer = None if held is None else self._store.signer(held[2])
        if held is None or signer is None:
            raise StoreDamaged("an account was opened with a packet that is not held")
        try:
            _, content = open_content(self._keys.storage, opening.packet_id, held[1], held[0], signer)
            template = open_template(self._keys.storage, opening.packet_id, opening.template)
        except (SealBroken, PacketRefused) as broken:
            raise StoreDamaged("what an account was opened with does not open") from broken
        fields = content.record.document.fields
        if fields is None:
            return NoEnrolledFace(NoEnrolledFaceBecause.NOT_ENROLLED)
        holder = Holder(fields.surname.reveal(), fields.given_names.reveal(), fields.birth_date.reveal())
        return Enrolled(Masked(holder), template, content.record.closed_at.date())

    def succeed(self, text: bytes) -> Sealed | Later | TurnedAway:
        """Enrol the key a station signed over to; the same again changes nothing. The old key stays enrolled until it is withdrawn, so that
        what it signed before still arrives."""
        try:
            claim = station_succession_from_text(text.decode("utf-8", errors="replace"))
            old = self._store.station(claim.old)
            if old is None:
                return Later(NotNow.UNKNOWN_STATION)
            new = claim.proved_by(old)
            if new.sealing is None:
                raise PacketRefused("a new key without a sealing key")
        except (PacketRefused, ValueError):
            return TurnedAway(RefusalCode.BAD_SIGNATURE, b"")
        except (DiskFull, StoreUnavailable, StoreDamaged):
            return Later(NotNow.STORAGE_TROUBLE)
        return Sealed(seal_reply(self._succeeded(new), digest_of(text), new.key_id, new.sealing))

    def _succeeded(self, new: EnrolledStation) -> Reply:
        try:
            self._store.enrol(new, self._clock())
        except ValueError:
            return _spoken(TurnedAway(RefusalCode.BAD_SIGNATURE, b""))
        except DiskFull:
            return _spoken(Later(NotNow.STORAGE_FULL))
        except (StoreUnavailable, StoreDamaged):
            return _spoken(Later(NotNow.STORAGE_TROUBLE))
        return Reply(Word.ACCEPTED, b"")

    def ready(self) -> bool:
        """Return whether the ledger answers."""
        try:
            self._store.ready()
        except (DiskFull, StoreUnavailable, StoreDamaged):
            return False
        return True

    def _told(self, packet: bytes, judge: "Callable[[], T]") -> "T | TurnedAway | Later":
        """Return what judging gives, or in which way it came to nothing."""
        try:
            return judge()
        except _Refused as refused:
            refusal = Refusal(digest_of(packet), refused.code, self._clock())
            return TurnedAway(refused.code, sign_refusal(refusal, self._keys.identity.answers))
        except DiskFull:
            return Later(NotNow.STORAGE_FULL)
        except (StoreUnavailable, StoreDamaged):
            return Later(NotNow.STORAGE_TROUBLE)

    def _sender(self, packet: bytes, named: str) -> "_Sender | Later":
        """Return whose packet it is, once that is proved."""
        with _or_refused(RefusalCode.MALFORMED):
            envelope = read_envelope(packet)
            if envelope.header.recipient is not self._recipient:
                raise PacketRefused("meant for somebody else")
        if envelope.header.packet_id != named:
            return Later(NotNow.ID_MISMATCH)
        station = self._store.station(envelope.header.station_key)
        if station is None:
            return Later(NotNow.UNKNOWN_STATION)
        with _or_refused(RefusalCode.BAD_SIGNATURE):
            check_signature(envelope, station)
        return _Sender(envelope, station)

    def _take(self, sender: "_Sender", known_size: int) -> Taken | Later:
        envelope, station = sender.envelope, sender.station
        opener = self._openers.get(envelope.header.bank_key)
        if opener is None:
            raise _Refused(RefusalCode.UNKNOWN_BANK_KEY)
        _refuse_if(refused_class(self._acceptance, station.station_class))
        if not self._pace.allows(station.key_id, self._clock()):
            return Later(NotNow.SLOW_DOWN)
        content = self._content(envelope, station, opener)
        return self._taken(self._hold(envelope, station, content), station, known_size)

    def _taken(self, held: Held, station: EnrolledStation, known_size: int) -> Taken:
        """A station enrolled before there were proofs gets the bare receipt, which is all it can check."""
        receipt = held.receipt if station.sealing is None else self._log.prove(held, known_size)
        return Taken(receipt, held.again)

    def _sealed(self, outcome: Outcome, about: bytes, station: EnrolledStation) -> Outcome | Sealed:
        if station.sealing is None:
            return outcome
        return Sealed(seal_reply(_spoken(outcome), about, station.key_id, station.sealing), outcome)

    def _content(self, envelope: Envelope, station: EnrolledStation, opener: BankIdentity) -> Content:
        with _or_refused(RefusalCode.UNSEALABLE):
            body = unseal(envelope, opener)
        with _or_refused(RefusalCode.MALFORMED):
            content = read_body(body.reveal(), envelope.header, envelope.header_bytes, station)
        _refuse_if(refused_capture(self._acceptance, content.record))
        return content

    def _grant(self, packet_id: SessionId, digest: bytes) -> bytes:
        if self._keys.analysis is None or self._recipient is not Recipient.BANK:
            return b""
        return grant_for(self._keys.analysis, self._keys.storage, packet_id, digest)

    def _hold(self, envelope: Envelope, station: EnrolledStation, content: Content) -> Held:
        header, received_at = envelope.header, self._clock()
        sealed = seal_content(self._keys.storage, header.packet_id, envelope.digest, envelope.header_bytes, content.core)
        # What a desk holds must be destroyable; what a bank holds stays, but for a template.
        late = self._store.consent_withdrawn(header.packet_id, header.station)
        template = b"" if late else seal_template(self._keys.storage, header.packet_id, content.pictures.template)
        stays, destroyable = (sealed, template) if self._recipient is Recipient.BANK else (b"", sealed)
        incoming = Incoming(
            packet_id=header.packet_id,
            digest=envelope.digest,
            station=header.station,
            station_key=header.station_key,
            purpose=header.purpose,
            decision=final_decision(content.record),
            received_at=received_at,
            content=stays,
            template=destroyable,
            grant=self._grant(header.packet_id, envelope.digest),
        )

        def entry_at(position: int) -> Entry:
            receipt = Receipt(header.packet_id, envelope.digest, header.station, received_at, position)
            signed = sign_receipt(receipt, self._keys.identity.answers, 1 if station.sealing is None else RECEIPT_VERSION)
            return Entry(signed, receipt_leaf(signed))

        match self._store.hold(incoming, entry_at):
            case Held() as held:
                return held
            case IdConflict():
                raise _Refused(RefusalCode.ID_CONFLICT)


@dataclass(frozen=True, slots=True, eq=False)
class _Sender:
    """A packet and the enrolled station that signed it."""

    envelope: Envelope
    station: EnrolledStation


def _spoken(outcome: Outcome) -> Reply:
    match outcome:
        case Taken(receipt=receipt, again=again):
            return Reply(Word.HELD_ALREADY if again else Word.ACCEPTED, receipt)
        case TurnedAway(note=note):
            return Reply(Word.REFUSED, note)
        case Later(code=code):
            return Reply(Word.NOT_NOW, code.value.encode("ascii"))
        case _:
            assert_never(outcome)


class _TooFast(Exception):
    """A station asks more than its share. Never leaves this module."""


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
