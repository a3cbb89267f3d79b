"""What the bank says about a packet, a receipt or a refusal, and about its log, a tree head. All are signed, so that nobody between can say
any of it in its name.

Layout: "IDRC" (receipt), "IDRF" (refusal) or "IDTH" (tree head) | u16 version | canonical JSON statement | 64 bytes Ed25519 over domain and
all before. Receipt and refusal state the packet's digest, so that neither can be moved to another packet.

A receipt of version 1 stands by itself. One of version 2 says the same and is a leaf of the bank's log: it counts only together with a
proof (`kiosk/wire/log_proof.py`). The leaf is everything before the signature, so that a new answering key changes nothing in the log.

`keys`: the bank's answering keys that are trusted, the current one and those before it; any of them may have signed.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from kiosk.faults import PacketRefused
from kiosk.values import SessionId
from kiosk.wire import canonical
from kiosk.wire.canonical import Json
from kiosk.wire.hash_tree import TreeHead, leaf_hash
from kiosk.wire.keys import acceptable_name
from kiosk.wire.limits import MAX_STATEMENT
from kiosk.wire.plain import read_time, write_time
from kiosk.wire.sense import well_formed_id

RECEIPT_VERSION = 2
REFUSAL_VERSION = 1
HEAD_VERSION = 1
_RECEIPT = b"IDRC"
_REFUSAL = b"IDRF"
_HEAD = b"IDTH"
_DOMAINS = {_RECEIPT: b"identity-desk receipt\0", _REFUSAL: b"identity-desk refusal\0", _HEAD: b"identity-desk tree head\0"}
_SIGNATURE = 64

AnswerKeys = Sequence[Ed25519PublicKey]


@dataclass(frozen=True, slots=True)
class Receipt:
    """The bank holds this packet, written to disk before it said so. digest: SHA-256 of the packet, 32 bytes; position: its place in the
    bank's ledger, from 1."""

    packet_id: SessionId
    digest: bytes
    station: str
    received_at: datetime
    position: int


@dataclass(frozen=True, slots=True)
class SignedHead:
    """The bank's log was this when it said so. statement: the signed bytes, to be kept: two that contradict each other prove a lie."""

    head: TreeHead
    at: datetime
    statement: bytes = field(repr=False)


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


def sign_receipt(receipt: Receipt, key: Ed25519PrivateKey, version: int = RECEIPT_VERSION) -> bytes:
    """version: 1 for a station that was never told how to check a proof."""
    return _sign(
        _RECEIPT,
        version,
        {
            "packet": receipt.packet_id,
            "digest": receipt.digest.hex(),
            "station": receipt.station,
            "received_at": write_time(receipt.received_at),
            "position": receipt.position,
        },
        key,
    )


def receipt_leaf(statement: bytes) -> bytes:
    """Return the hash under which a receipt, of any version, stands in the bank's log."""
    return leaf_hash(statement[:-_SIGNATURE])


def verify_receipt(statement: bytes, digest: bytes, keys: AnswerKeys) -> Receipt:
    """Return the receipt, which is the bank's and about the packet of this digest; else PacketRefused. Its proof is another matter."""
    receipt = read_receipt(statement, keys)
    if receipt.digest != digest:
        raise PacketRefused("the receipt is about another packet")
    return receipt


def read_receipt(statement: bytes, keys: AnswerKeys) -> Receipt:
    """Return the receipt, which is the bank's, about whatever packet; else PacketRefused."""
    match _verify(_RECEIPT, RECEIPT_VERSION, statement, keys):
        case {
            "packet": str(packet_id),
            "digest": str(about),
            "station": str(station),
            "received_at": str(received_at),
            "position": int(position),
            **others,
        } if not others and position >= 1 and position is not True and well_formed_id(packet_id) and acceptable_name(station):
            return Receipt(SessionId(packet_id), _digest(about), station, read_time(received_at, "received_at"), position)
        case _:
            raise PacketRefused("the receipt has not exactly its members")


def sign_head(head: TreeHead, at: datetime, key: Ed25519PrivateKey) -> bytes:
    return _sign(_HEAD, HEAD_VERSION, {"size": head.size, "root": head.root.hex(), "at": write_time(at)}, key)


def verify_head(statement: bytes, keys: AnswerKeys) -> SignedHead:
    """Return the tree head, which is the bank's; else PacketRefused."""
    return _head(_verify(_HEAD, HEAD_VERSION, statement, keys), statement)


def read_head(statement: bytes) -> TreeHead:
    """Return the head of a statement that was verified before; else PacketRefused."""
    return _head(canonical.parse(statement[6:-_SIGNATURE], MAX_STATEMENT), statement).head


def _head(value: Json, statement: bytes) -> SignedHead:
    match value:
        case {"size": int(size), "root": str(root), "at": str(at), **others} if not others and size >= 0 and size is not True:
            return SignedHead(TreeHead(size, _digest(root)), read_time(at, "at"), statement)
        case _:
            raise PacketRefused("the tree head has not exactly its members")


def sign_refusal(refusal: Refusal, key: Ed25519PrivateKey) -> bytes:
    statement: dict[str, Json] = {"digest": refusal.digest.hex(), "code": refusal.code.value, "at": write_time(refusal.at)}
    return _sign(_REFUSAL, REFUSAL_VERSION, statement, key)


def verify_refusal(statement: bytes, digest: bytes, keys: AnswerKeys) -> Refusal:
    """Return the refusal, which is the bank's and about the packet of this digest; else PacketRefused."""
    codes = {code.value: code for code in RefusalCode}
    match _verify(_REFUSAL, REFUSAL_VERSION, statement, keys):
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


def _verify(magic: bytes, newest: int, statement: bytes, keys: AnswerKeys) -> Json:
    if not 6 + _SIGNATURE < len(statement) <= MAX_STATEMENT:
        raise PacketRefused("a statement of impossible length")
    signed, signature = statement[:-_SIGNATURE], statement[-_SIGNATURE:]
    if signed[:4] != magic or not 1 <= int.from_bytes(signed[4:6], "big") <= newest:
        raise PacketRefused("not a statement this version knows")
    if not any(signed_by(key, signature, _DOMAINS[magic] + signed) for key in keys):
        raise PacketRefused("the statement is not signed by the bank")
    return canonical.parse(signed[6:], MAX_STATEMENT)


def signed_by(key: Ed25519PublicKey, signature: bytes, signed: bytes) -> bool:
    try:
        key.verify(signature, signed)
    except InvalidSignature:
        return False
    return True


def _digest(text: str) -> bytes:
    try:
        digest = bytes.fromhex(text)
    except ValueError as trouble:
        raise PacketRefused("not a digest") from trouble
    if digest.hex() != text or len(digest) != 32:
        raise PacketRefused("not a digest")
    return digest
