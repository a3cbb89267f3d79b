"""What the bank says about a packet: a receipt, or a refusal. Both are signed, so that nobody between can say either in its name.

Layout: "IDRC" (receipt) or "IDRF" (refusal) | u16 version | canonical JSON statement | 64 bytes Ed25519 over domain and all before.
Both state the packet's digest, so that neither can be moved to another packet. Version 2 of the receipt will add proof of inclusion.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from kiosk.faults import PacketRefused
from kiosk.values import SessionId
from kiosk.wire import canonical
from kiosk.wire.canonical import Json
from kiosk.wire.keys import acceptable_name
from kiosk.wire.limits import MAX_STATEMENT
from kiosk.wire.plain import read_time, write_time
from kiosk.wire.sense import well_formed_id

RECEIPT_VERSION = 1
REFUSAL_VERSION = 1
_RECEIPT = b"IDRC"
_REFUSAL = b"IDRF"
_DOMAINS = {_RECEIPT: b"identity-desk receipt\0", _REFUSAL: b"identity-desk refusal\0"}
_SIGNATURE = 64


@dataclass(frozen=True, slots=True)
class Receipt:
    """The bank holds this packet, written to disk before it said so. digest: SHA-256 of the packet, 32 bytes; position: its place in the
    bank's ledger, from 1."""

    packet_id: SessionId
    digest: bytes
    station: str
    received_at: datetime
    position: int


class RefusalCode(StrEnum):
    """Why a packet will never be taken as it is. Closed: a code not in this list is no answer."""

    MALFORMED = "malformed"
    UNKNOWN_BANK_KEY = "unknown-bank-key"
    BAD_SIGNATURE = "bad-signature"
    UNSEALABLE = "unsealable"
    NOT_PRODUCTION = "not-production"
    WRONG_CLASS = "wrong-class"
    ID_CONFLICT = "id-conflict"


@dataclass(frozen=True, slots=True)
class Refusal:
    digest: bytes
    code: RefusalCode
    at: datetime


def sign_receipt(receipt: Receipt, key: Ed25519PrivateKey) -> bytes:
    return _sign(
        _RECEIPT,
        RECEIPT_VERSION,
        {
            "packet": receipt.packet_id,
            "digest": receipt.digest.hex(),
            "station": receipt.station,
            "received_at": write_time(receipt.received_at),
            "position": receipt.position,
        },
        key,
    )


def verify_receipt(statement: bytes, digest: bytes, key: Ed25519PublicKey) -> Receipt:
    """Return the receipt, which is the bank's and about the packet of this digest; else PacketRefused."""
    match _verify(_RECEIPT, RECEIPT_VERSION, statement, key):
        case {
            "packet": str(packet_id),
            "digest": str(about),
            "station": str(station),
            "received_at": str(received_at),
            "position": int(position),
            **others,
        } if not others and position >= 1 and position is not True and well_formed_id(packet_id) and acceptable_name(station):
            receipt = Receipt(SessionId(packet_id), _digest(about), station, read_time(received_at, "received_at"), position)
        case _:
            raise PacketRefused("the receipt has not exactly its members")
    if receipt.digest != digest:
        raise PacketRefused("the receipt is about another packet")
    return receipt


def sign_refusal(refusal: Refusal, key: Ed25519PrivateKey) -> bytes:
    statement: dict[str, Json] = {"digest": refusal.digest.hex(), "code": refusal.code.value, "at": write_time(refusal.at)}
    return _sign(_REFUSAL, REFUSAL_VERSION, statement, key)


def verify_refusal(statement: bytes, digest: bytes, key: Ed25519PublicKey) -> Refusal:
    """Return the refusal, which is the bank's and about the packet of this digest; else PacketRefused."""
    codes = {code.value: code for code in RefusalCode}
    match _verify(_REFUSAL, REFUSAL_VERSION, statement, key):
        case {"digest": str(about), "code": str(code), "at": str(at), **others} if not others and code in codes:
            refusal = Refusal(_digest(about), codes[code], read_time(at, "at"))
        case _:
            raise PacketRefused("the refusal has not exactly its members")
    if refusal.digest != digest:
        raise PacketRefused("the refusal is about another packet")
    return refusal


def _sign(magic: bytes, version: int, statement: dict[str, Json], key: Ed25519PrivateKey) -> bytes:
    signed = magic + version.to_bytes(2, "big") + canonical.spell(statement)
    return signed + key.sign(_DOMAINS[magic] + signed)


def _verify(magic: bytes, version: int, statement: bytes, key: Ed25519PublicKey) -> Json:
    if not 6 + _SIGNATURE < len(statement) <= MAX_STATEMENT:
        raise PacketRefused("a statement of impossible length")
    signed, signature = statement[:-_SIGNATURE], statement[-_SIGNATURE:]
    if signed[:4] != magic or int.from_bytes(signed[4:6], "big") != version:
        raise PacketRefused("not a statement this version knows")
    try:
        key.verify(signature, _DOMAINS[magic] + signed)
    except InvalidSignature as trouble:
        raise PacketRefused("the statement is not signed by the bank") from trouble
    return canonical.parse(signed[6:], MAX_STATEMENT)


def _digest(text: str) -> bytes:
    try:
        digest = bytes.fromhex(text)
    except ValueError as trouble:
        raise PacketRefused("not a digest") from trouble
    if digest.hex() != text or len(digest) != 32:
        raise PacketRefused("not a digest")
    return digest
