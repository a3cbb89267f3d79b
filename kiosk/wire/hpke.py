"""HPKE as this protocol uses it, and the key pairs of those who receive.

One suite: KEM MLKEM768-X25519 (a hybrid: safe while either half is), KDF HKDF-SHA256, AEAD AES-256-GCM, mode base. Its single-shot
interface has no associated data beside `info`, so what belongs to a seal goes into `info`, which the key schedule binds just as tightly.
"""

from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, MLKEM768X25519PrivateKey, MLKEM768X25519PublicKey, Suite
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from kiosk.faults import PacketRefused
from kiosk.values import Masked

SUITE: Final = Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
_MLKEM_SEED: Final = 64
_X25519_SEED: Final = 32


@dataclass(frozen=True, slots=True, eq=False)
class SealingKey:
    """The public half: what is sealed to it only its holder opens."""

    mlkem: MLKEM768PublicKey
    x25519: X25519PublicKey

    @property
    def key_id(self) -> str:
        return sha256(self.mlkem.public_bytes_raw() + self.x25519.public_bytes_raw()).hexdigest()[:32]

    def seal(self, plain: bytes, info: bytes) -> bytes:
        return SUITE.encrypt(plain, MLKEM768X25519PublicKey(self.mlkem, self.x25519), info=info)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class OpeningKey:
    """The private half."""

    mlkem: MLKEM768PrivateKey
    x25519: X25519PrivateKey

    def public(self) -> SealingKey:
        return SealingKey(self.mlkem.public_key(), self.x25519.public_key())

    def open(self, sealed: bytes, info: bytes) -> Masked[bytes]:
        """Raises PacketRefused if this was not sealed to this key under this info."""
        try:
            return Masked(SUITE.decrypt(sealed, MLKEM768X25519PrivateKey(self.mlkem, self.x25519), info=info))
        except (InvalidTag, ValueError) as trouble:
            raise PacketRefused("the seal does not open") from trouble


def opening_key_from_seed(seed: bytes, label: bytes) -> OpeningKey:
    """Return the key pair that belongs to a 32-byte secret, the same every time. label: what for; another label is another key."""
    raw = HKDFExpand(SHA256(), _MLKEM_SEED + _X25519_SEED, label).derive(seed)
    return OpeningKey(MLKEM768PrivateKey.from_seed_bytes(raw[:_MLKEM_SEED]), X25519PrivateKey.from_private_bytes(raw[_MLKEM_SEED:]))
