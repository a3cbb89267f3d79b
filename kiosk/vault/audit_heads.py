"""Signed heads of the audit log: how many lines there were, and the root of the Merkle tree over them. Pure.

A head that lies elsewhere (at the bank, in a SIEM, on an auditor's stick) holds the whole log before it fast: whoever puts an old copy of
the store back, or writes history anew with the station's own key, cannot make a log that begins with what that head says.
"""

import json
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from kiosk.faults import PacketRefused
from kiosk.vault.sealing import Key, derive
from kiosk.wire.hash_tree import Place, TreeHead, append, from_mapping, leaf_hash, root

_DOMAIN: Final = b"identity-desk audit head 1\0"


@dataclass(frozen=True, slots=True)
class SignedHead:
    """at: of the newest line, as written there; key: the raw public key, 32 bytes; signature: Ed25519, 64 bytes."""

    lines: int
    root: bytes
    at: str
    key: bytes
    signature: bytes

    def as_json(self) -> dict[str, str | int]:
        return {
            "lines": self.lines,
            "root": self.root.hex(),
            "at": self.at,
            "key": self.key.hex(),
            "signature": self.signature.hex(),
        }


class HeadSigner:
    """Signs heads with a key made from the store's master key, so that it is where that is and no file holds it."""

    def __init__(self, master: Key) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(derive(master, "audit signing").reveal())
        self.public = self._key.public_key().public_bytes_raw()

    def sign(self, lines: int, tree_root: bytes, at: str) -> SignedHead:
        return SignedHead(lines, tree_root, at, self.public, self._key.sign(_signed(lines, tree_root, at)))


def is_genuine(head: SignedHead, key: bytes) -> bool:
    """Return whether this head was signed with that key."""
    if head.key != key:
        return False
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(head.signature, _signed(head.lines, head.root, head.at))
    except (InvalidSignature, ValueError):
        return False
    return True


def head_from_json(text: str) -> SignedHead:
    """Raises PacketRefused for a text that is no head."""
    try:
        match json.loads(text):
            case {"lines": int(lines), "root": str(tree_root), "at": str(at), "key": str(key), "signature": str(signature)}:
                return SignedHead(lines, bytes.fromhex(tree_root), at, bytes.fromhex(key), bytes.fromhex(signature))
    except (ValueError, RecursionError) as unfit:
        raise PacketRefused("this is no head of an audit log") from unfit
    raise PacketRefused("this is no head of an audit log")


class Grown:
    """A tree that lines are added to, holding only the nodes the next root needs: one for each bit of its size."""

    def __init__(self) -> None:
        self.size = 0
        self._peaks: dict[Place, bytes] = {}

    def add(self, digest: bytes) -> None:
        """Add a line by its digest, 32 bytes."""
        complete = append(self.size, leaf_hash(digest), from_mapping(self._peaks))
        self._peaks.update(complete)
        self.size += 1
        last, _ = complete[-1]
        self._peaks = {place: found for place, found in self._peaks.items() if place.level > last.level or place == last}

    def root(self) -> bytes:
        return root(self.size, from_mapping(self._peaks))

    def head(self) -> TreeHead:
        return TreeHead(self.size, self.root())


def _signed(lines: int, tree_root: bytes, at: str) -> bytes:
    return _DOMAIN + sha256(lines.to_bytes(8, "big") + tree_root + at.encode()).digest()
