"""How a personal field is sealed at rest. Pure: keys, nonces and bytes come in, bytes go out.

AES-256-GCM. A sealed value belongs to one place: its table, row, column and purpose are its associated data, so a value copied
to another row or column does not open there. Layout: 1 byte version, 12 bytes nonce, ciphertext, 16 bytes tag.
"""

from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from kiosk.faults import SealBroken
from kiosk.values import Masked

KEY_BYTES: Final = 32
NONCE_BYTES: Final = 12
TAG_BYTES: Final = 16
_VERSION: Final = b"\x01"
_DOMAIN: Final = b"identity-desk vault 1"

Key = Masked[bytes]
"""32 bytes, never printed."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a sealed value lives and what it is there for."""

    table: str
    row: str
    column: str
    purpose: str

    def associated(self) -> bytes:
        """Return the place as bytes no other place has: every part with its length before it."""
        parts = (part.encode() for part in (self.table, self.row, self.column, self.purpose))
        return _DOMAIN + _VERSION + b"".join(len(part).to_bytes(4, "big") + part for part in parts)


def seal(key: Key, nonce: bytes, plain: bytes, place: Place) -> bytes:
    """Return plain sealed for this place. nonce: 12 fresh random bytes, never used twice with one key.

    Raises ValueError on a key or nonce of the wrong size.
    """
    if len(key.reveal()) != KEY_BYTES or len(nonce) != NONCE_BYTES:
        raise ValueError("a key has 32 bytes and a nonce 12")
    return _VERSION + nonce + AESGCM(key.reveal()).encrypt(nonce, plain, place.associated())


def unseal(key: Key, sealed: bytes, place: Place) -> bytes:
    """Return what was sealed for this place. Raises SealBroken on any other key, place or byte."""
    if len(sealed) < 1 + NONCE_BYTES + TAG_BYTES or sealed[:1] != _VERSION:
        raise SealBroken(f"{place.table}.{place.column}: not a sealed value")
    nonce, body = sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :]
    try:
        return AESGCM(key.reveal()).decrypt(nonce, body, place.associated())
    except InvalidTag as broken:
        raise SealBroken(f"{place.table}.{place.column}: the seal does not open") from broken


def derive(master: Key, label: str) -> Key:
    """Return the key for one use, so that the master key itself never seals anything. Source: RFC 5869, expand step only
    (the master key is uniformly random)."""
    return Masked(HKDFExpand(SHA256(), KEY_BYTES, _DOMAIN + b"/" + label.encode()).derive(master.reveal()))
