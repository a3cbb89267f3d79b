"""Passwords: what is acceptable, and how one is checked without being kept.

scrypt, N = 2^15, r = 8, p = 3 (32 MiB, one of OWASP's equivalent settings; the 128 MiB one would take a fifth of the station's memory).
The cost lies beside each verifier, so raising it here locks nobody out. Argon2id and a second factor: issue 4.
"""

import hmac
import os
import unicodedata
from base64 import b64decode, b64encode
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from kiosk.faults import PacketRefused, StoreDamaged
from kiosk.values import Masked
from kiosk.wire import canonical

SHORTEST: Final = 12
LONGEST: Final = 256
_MAX_SPELLED: Final = 1_024


@dataclass(frozen=True, slots=True)
class Cost:
    """scrypt's parameters. n: a power of two; memory is 128 * n * r bytes."""

    n: int = 2**15
    r: int = 8
    p: int = 3


@dataclass(frozen=True, slots=True)
class Verifier:
    """salt: 16 random bytes; derived: 32 bytes."""

    cost: Cost
    salt: bytes
    derived: bytes


class Unfit(StrEnum):
    TOO_SHORT = "too-short"
    TOO_LONG = "too-long"
    HOLDS_NAME = "holds-name"
    ONE_CHARACTER = "too-few-different-characters"


def unfit(password: Masked[str], name: str) -> Unfit | None:
    """Return why this is no acceptable password for this operator, None if it is. Length counts, composition does not
    (NIST SP 800-63B)."""
    text = _normal(password)
    if len(text) < SHORTEST:
        return Unfit.TOO_SHORT
    if len(text) > LONGEST:
        return Unfit.TOO_LONG
    if name.casefold() in text.casefold():
        return Unfit.HOLDS_NAME
    if len(set(text)) < 4:
        return Unfit.ONE_CHARACTER
    return None


def make_verifier(password: Masked[str], cost: Cost) -> Verifier:
    salt = os.urandom(16)
    return Verifier(cost, salt, _derive(password, salt, cost))


def is_right(password: Masked[str], verifier: Verifier) -> bool:
    """Return whether this is the password. Takes the same time whatever the answer."""
    return hmac.compare_digest(_derive(password, verifier.salt, verifier.cost), verifier.derived)


def to_bytes(verifier: Verifier) -> bytes:
    return canonical.spell(
        {
            "n": verifier.cost.n,
            "r": verifier.cost.r,
            "p": verifier.cost.p,
            "salt": b64encode(verifier.salt).decode(),
            "derived": b64encode(verifier.derived).decode(),
        }
    )


def from_bytes(spelled: bytes) -> Verifier:
    """Raises StoreDamaged."""
    try:
        match canonical.parse(spelled, _MAX_SPELLED):
            case {"n": int(n), "r": int(r), "p": int(p), "salt": str(salt), "derived": str(derived)}:
                return Verifier(Cost(n, r, p), b64decode(salt, validate=True), b64decode(derived, validate=True))
            case _:
                raise StoreDamaged("an operator's verifier is not one")
    except (PacketRefused, ValueError) as refused:
        raise StoreDamaged("an operator's verifier is not one") from refused


def _derive(password: Masked[str], salt: bytes, cost: Cost) -> bytes:
    """A longer password than allowed is cut: it cannot be anybody's, and must not cost more to refuse."""
    text = _normal(password)[: LONGEST + 1]
    return Scrypt(salt=salt, length=32, n=cost.n, r=cost.r, p=cost.p).derive(text.encode("utf-8", errors="replace"))


def _normal(password: Masked[str]) -> str:
    """NFKC, so that the same keys on two keyboards are the same password. Cut first: normalising is not free."""
    return unicodedata.normalize("NFKC", password.reveal()[: 2 * LONGEST])
