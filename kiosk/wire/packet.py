"""The packet: one session's record and pictures, signed by the station and sealed so that only its recipient can open it.

Rules, in the order they are enforced on opening; each stage is a function, so that the bank can say which one failed:

1. `read_envelope`: magic, a version we know, lengths that add up to exactly the bytes given, a canonical header with exactly its members.
2. The recipient holds the sealing key the header names (the caller looks).
3. `check_signature`: the station key the header names signed every byte before the signature.
4. `unseal`: HPKE opens; packet id, station, key of the recipient and purpose are bound to it: the whole header is HPKE's `info`.
5. The body splits exactly into record, three pictures, template and an inner signature; each picture starts as a JPEG does.
6. The inner signature is the same station's over header and content: the bank may seal the content anew at rest and can still prove,
   years later, what the station signed: amount, currency, payee and debit account of a transaction included.
7. The record decodes, and says the same packet id, station, class and purpose as header and enrolment, and does not contradict itself.

Nothing but PacketRefused escapes. Layout, integers big-endian:

    "IDPK" | u16 version | u32 n, header (n bytes) | u32 m, sealed (m bytes: HPKE enc and ciphertext) | 64 bytes Ed25519
    body: u32 n, template | core
    core: u32 n, record | 3 x (u32 n, picture; page, portrait, live; n = 0: none) | 32 bytes SHA-256 of template | 64 bytes Ed25519

The inner signature covers the template by its hash, so that a bank can destroy a template and still prove all the rest.

Version 1, which is read for ever and no longer written: no `recipient` in the header (always the bank), no template in the body.

Both signatures are over a domain and the SHA-256 of what they sign: the outer one all bytes before it, the inner one the counted header
and the core's bytes before it.
"""

from dataclasses import dataclass, field, replace
from enum import StrEnum
from hashlib import sha256

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from kiosk.face.verdict import SameFace
from kiosk.faults import PacketRefused
from kiosk.liveness.challenge import Live
from kiosk.record import AccountOpening, EvidencePictures, SessionRecord
from kiosk.values import ConsentPurpose, Masked, SessionId
from kiosk.wire import canonical
from kiosk.wire.counted import counted, take_counted
from kiosk.wire.hpke import SUITE
from kiosk.wire.keys import BankIdentity, BankPublicKeys, EnrolledStation, StationIdentity, acceptable_name
from kiosk.wire.limits import MAX_HEADER, MAX_PACKET, MAX_PICTURE, MAX_RECORD, MAX_TEMPLATE
from kiosk.wire.plain import RECORD_FORMAT, decode_record, encode_record
from kiosk.wire.sense import check_record, purpose_word, well_formed_id
from kiosk.wire.template import template_from_bytes

PACKET_VERSION = 2
_MAGIC = b"IDPK"
_SIGNATURE = 64
_HASH = 32
_JPEG = b"\xff\xd8\xff"


@dataclass(frozen=True, slots=True)
class Packet:
    """A packet ready to be kept and sent. digest: SHA-256 of `sealed`, 32 bytes; the bank's answer is signed over it."""

    packet_id: SessionId
    sealed: bytes = field(repr=False)
    digest: bytes = field(repr=False)


class Recipient(StrEnum):
    """Who can open a packet: the core bank, or the branch's desk that goes on with a referred case."""

    BANK = "bank"
    DESK = "desk"


@dataclass(frozen=True, slots=True)
class Header:
    """In the clear, signed and bound to the seal. Holds no personal data. bank_key: the recipient's sealing key; version: the packet's."""

    packet_id: SessionId
    station: str
    station_key: str
    bank_key: str
    purpose: str
    record_format: int
    recipient: Recipient = Recipient.BANK
    version: int = PACKET_VERSION


@dataclass(frozen=True, slots=True)
class Envelope:
    """A packet taken apart, nothing yet believed. signed_hash: SHA-256 of every byte before the signature; digest: of the whole packet."""

    header: Header
    header_bytes: bytes
    sealed_body: bytes
    signed_hash: bytes
    signature: bytes
    digest: bytes


@dataclass(frozen=True, slots=True)
class Content:
    """What the seal held. core: the body without the template, inner signature included, to be kept as evidence (sealed)."""

    record: SessionRecord
    pictures: EvidencePictures
    core: Masked[bytes]


def digest_of(packet: bytes) -> bytes:
    return sha256(packet).digest()


def make_packet(
    record: SessionRecord,
    pictures: EvidencePictures,
    identity: StationIdentity,
    bank: BankPublicKeys,
    recipient: Recipient = Recipient.BANK,
) -> Packet:
    """Seal and sign a record. bank: the recipient's keys. A desk never gets the template: it has no use for it.

    Raises PacketRefused if the record does not fit, contradicts itself or is not this station's.
    """
    if (record.station.station, record.station.station_class) != (identity.name, identity.station_class):
        raise PacketRefused("the record is not this station's")
    check_record(record)
    purpose = purpose_word(record.purpose)
    header = Header(record.session, identity.name, identity.key_id, bank.sealing_key_id, purpose, RECORD_FORMAT, recipient)
    header_bytes = _header_to_bytes(header)
    content = counted(encode_record(record)) + b"".join(counted(_jpeg(picture)) for picture in _in_order(pictures))
    template = _template(pictures.template if recipient is Recipient.BANK else None)
    if template:
        _check_enrolment(record, template)
    content += sha256(template).digest()
    core = content + identity.signing_key.sign(_statement("content", PACKET_VERSION, counted(header_bytes) + content))
    sealed_body = SUITE.encrypt(counted(template) + core, bank.sealing_key, info=_domain("seal", PACKET_VERSION) + header_bytes)
    signed = _MAGIC + PACKET_VERSION.to_bytes(2, "big") + counted(header_bytes) + counted(sealed_body)
    sealed = signed + identity.signing_key.sign(_statement("packet", PACKET_VERSION, signed))
    if len(sealed) > MAX_PACKET:
        raise PacketRefused("the packet is larger than allowed")
    return Packet(header.packet_id, sealed, digest_of(sealed))


def read_envelope(packet: bytes) -> Envelope:
    """Take a packet apart without believing anything in it."""
    if len(packet) > MAX_PACKET:
        raise PacketRefused("the packet is larger than allowed")
    if packet[:4] != _MAGIC:
        raise PacketRefused("not a packet")
    version = int.from_bytes(packet[4:6], "big")
    if not 1 <= version <= PACKET_VERSION:
        raise PacketRefused("a packet version this program does not know")
    header_bytes, rest = take_counted(packet[6:], MAX_HEADER)
    sealed_body, signature = take_counted(rest, MAX_PACKET)
    if len(signature) != _SIGNATURE:
        raise PacketRefused("the packet does not end with its signature")
    header = header_from_bytes(header_bytes)
    if header.version != version:
        raise PacketRefused("a header of another packet version")
    running = sha256(memoryview(packet)[:-_SIGNATURE])  # one pass over the packet serves both hashes
    signed_hash = running.digest()
    running.update(signature)
    return Envelope(header, header_bytes, sealed_body, signed_hash, signature, running.digest())


def check_signature(envelope: Envelope, station: EnrolledStation) -> None:
    """Raise PacketRefused unless this station's key signed the packet and goes by that name."""
    if (station.key_id, station.name) != (envelope.header.station_key, envelope.header.station):
        raise PacketRefused("the packet names another station than the key's")
    _verify(station.verifying_key, envelope.signature, _hashed_statement("packet", envelope.header.version, envelope.signed_hash))


def unseal(envelope: Envelope, bank: BankIdentity) -> Masked[bytes]:
    """Open the seal of a packet whose signature was checked. Return the body, for `read_body`."""
    try:
        info = _domain("seal", envelope.header.version) + envelope.header_bytes
        return Masked(SUITE.decrypt(envelope.sealed_body, bank.opening_key, info=info))
    except (InvalidTag, ValueError) as trouble:
        raise PacketRefused("the seal does not open") from trouble


def read_body(body: bytes, header: Header, header_bytes: bytes, station: EnrolledStation) -> Content:
    """Read what a seal held and believe it only if it all agrees."""
    if header.version == 1:
        return read_core(body, header, header_bytes, station)
    template, core = take_counted(body, MAX_TEMPLATE)
    content = read_core(core, header, header_bytes, station)
    if template:
        _check_enrolment(content.record, template)
    if core[-_SIGNATURE - _HASH : -_SIGNATURE] != sha256(template).digest():
        raise PacketRefused("another template than the one signed")
    return replace(content, pictures=replace(content.pictures, template=Masked(template))) if template else content


def read_core(core: bytes, header: Header, header_bytes: bytes, station: EnrolledStation) -> Content:
    """Read a body without its template, from a packet or from the bank's own store, and believe it only if it all agrees."""
    content, inner_signature = core[:-_SIGNATURE], core[-_SIGNATURE:]
    _verify(station.verifying_key, inner_signature, _statement("content", header.version, counted(header_bytes) + content))
    record_bytes, rest = take_counted(content, MAX_RECORD)
    page, rest = take_counted(rest, MAX_PICTURE)
    portrait, rest = take_counted(rest, MAX_PICTURE)
    live, rest = take_counted(rest, MAX_PICTURE)
    if len(rest) != (0 if header.version == 1 else _HASH):
        raise PacketRefused("the body holds more than it says")
    record = decode_record(record_bytes, header.record_format)
    said = (record.session, record.station.station, record.station.station_class, purpose_word(record.purpose))
    if said != (header.packet_id, header.station, station.station_class, header.purpose):
        raise PacketRefused("record, header and enrolment do not say the same")
    check_record(record, header.record_format)
    return Content(record, EvidencePictures(_picture(page), _picture(portrait), _picture(live)), Masked(core))


def open_packet(packet: bytes, station: EnrolledStation, bank: BankIdentity, recipient: Recipient = Recipient.BANK) -> Content:
    """All stages in order, for a caller that need not know which one failed. bank: the recipient's keys."""
    envelope = read_envelope(packet)
    if envelope.header.recipient is not recipient:
        raise PacketRefused("meant for somebody else")
    if envelope.header.bank_key != bank.public().sealing_key_id:
        raise PacketRefused("sealed to another key of the bank's")
    check_signature(envelope, station)
    return read_body(unseal(envelope, bank).reveal(), envelope.header, envelope.header_bytes, station)


def packet_from_bytes(sealed: bytes) -> Packet:
    """Return a kept packet with its id and digest, as the courier sends it."""
    envelope = read_envelope(sealed)
    return Packet(envelope.header.packet_id, sealed, envelope.digest)


def _header_to_bytes(header: Header) -> bytes:
    spelled = canonical.spell(
        {
            "packet": header.packet_id,
            "station": header.station,
            "station_key": header.station_key,
            "bank_key": header.bank_key,
            "purpose": header.purpose,
            "record_format": header.record_format,
            "recipient": header.recipient.value,
        }
    )
    if len(spelled) > MAX_HEADER:
        raise PacketRefused("the header is larger than allowed")
    return spelled


def header_from_bytes(spelled: bytes) -> Header:
    """Return the header, from a packet or from the bank's own store."""
    recipients = {recipient.value: recipient for recipient in Recipient}
    match canonical.parse(spelled, MAX_HEADER):
        case {"recipient": str(word), **members} if word in recipients:
            recipient, version = recipients[word], 2
        case {**members}:
            recipient, version = Recipient.BANK, 1
        case _:
            raise PacketRefused("the header is no object")
    match members:
        case {
            "packet": str(packet),
            "station": str(station),
            "station_key": str(station_key),
            "bank_key": str(bank_key),
            "purpose": str(purpose),
            "record_format": int(record_format),
            **others,
        } if not others and record_format is not True:
            header = Header(SessionId(packet), station, station_key, bank_key, purpose, record_format, recipient, version)
        case _:
            raise PacketRefused("the header has not exactly its members")
    ids = (header.packet_id, header.station_key, header.bank_key)
    if not all(map(well_formed_id, ids)) or not acceptable_name(station) or not 0 < len(purpose) <= 32:
        raise PacketRefused("the header names something impossible")
    return header


def _in_order(pictures: EvidencePictures) -> tuple[Masked[bytes] | None, ...]:
    return (pictures.page, pictures.portrait, pictures.live)


def _jpeg(picture: Masked[bytes] | None) -> bytes:
    if picture is None:
        return b""
    jpeg = picture.reveal()
    if not jpeg.startswith(_JPEG) or len(jpeg) > MAX_PICTURE:
        raise PacketRefused("a picture that is no JPEG or larger than allowed")
    return jpeg


def _check_enrolment(record: SessionRecord, template: bytes) -> None:
    """A face is enrolled at an account opening, for a customer who agreed to exactly that, once it was proved to be live and theirs."""
    proved = isinstance(record.liveness, Live) and isinstance(record.match, SameFace)
    if not (isinstance(record.purpose, AccountOpening) and record.consent.covers(ConsentPurpose.RECOGNISE_LATER) and proved):
        raise PacketRefused("a template nobody agreed to or nobody proved")
    template_from_bytes(template)


def _template(template: Masked[bytes] | None) -> bytes:
    if template is None:
        return b""
    if not 0 < len(template.reveal()) <= MAX_TEMPLATE:
        raise PacketRefused("a template that is empty or larger than allowed")
    return template.reveal()


def _picture(jpeg: bytes) -> Masked[bytes] | None:
    if not jpeg:
        return None
    if not jpeg.startswith(_JPEG):
        raise PacketRefused("a picture that is no JPEG")
    return Masked(jpeg)


def _domain(use: str, version: int) -> bytes:
    return f"identity-desk {use} {version}\0".encode("ascii")


def _statement(use: str, version: int, content: bytes) -> bytes:
    """Return what is signed: the content's SHA-256 under a domain. Ed25519 over the content itself would hash it twice with the slower
    SHA-512, and a key in hardware could not sign it at all."""
    return _hashed_statement(use, version, sha256(content).digest())


def _hashed_statement(use: str, version: int, content_hash: bytes) -> bytes:
    return _domain(use, version) + content_hash


def _verify(key: Ed25519PublicKey, signature: bytes, signed: bytes) -> None:
    try:
        key.verify(signature, signed)
    except InvalidSignature as trouble:
        raise PacketRefused("the signature is not the station's") from trouble
