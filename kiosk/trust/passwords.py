"""Passwords: what is acceptable, and how one is checked without being kept.

Argon2id with the parameters of RFC 9106's second recommendation (64 MiB, 3 passes, 4 lanes), by argon2-cffi. The parameters lie in each
verifier, so raising them locks nobody out. Verifiers of version 0.1 (scrypt) still open and are made anew at the next right password.

Length counts and being known counts; composition does not (NIST SP 800-63B, 3.1.1.2). Known means: zxcvbn, which carries the breached
lists, takes it apart into so few guesses that it is in a list, or is built of listed words, dates, rows of keys and repetitions.
"""

import hmac
import unicodedata
from base64 import b64decode
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from kiosk.faults import PacketRefused, StoreDamaged
from kiosk.values import Masked
from kiosk.wire import canonical

SHORTEST: Final = 12
LONGEST: Final = 256
FEWEST_GUESSES_LOG10: Final = 10.0
"""zxcvbn's own border between `safely` and `very unguessable`: what a leaked list of slow hashes withstands."""
_LOOKED_AT: Final = 72
"""zxcvbn looks at no more characters: its time grows with their square."""
_MAX_SPELLED: Final = 1_024
_ARGON2: Final = b"$argon2id$"


@dataclass(frozen=True, slots=True)
class Cost:
    """Argon2id's parameters. memory_kib: 64 MiB as RFC 9106, section 4, for machines with little memory."""

    passes: int = 3
    memory_kib: int = 65_536
    lanes: int = 4


@dataclass(frozen=True, slots=True)
class Verifier:
    """spelled: the verifier as it lies in the store, in the PHC form for Argon2id."""

    spelled: bytes


class Unfit(StrEnum):
    TOO_SHORT = "too-short"
    TOO_LONG = "too-long"
    HOLDS_NAME = "holds-name"
    KNOWN = "known-or-easily-guessed"


def unfit(password: Masked[str], name: str) -> Unfit | None:
    """Return why this is no acceptable password for this operator, None if it is."""
    text = _normal(password)
    if len(text) < SHORTEST:
        return Unfit.TOO_SHORT
    if len(text) > LONGEST:
        return Unfit.TOO_LONG
    if name.casefold() in text.casefold():
        return Unfit.HOLDS_NAME
    # Its lists take 15 MB: they are loaded when somebody chooses a password and not before.
    from zxcvbn import zxcvbn

    judged: dict[str, Any] = zxcvbn(text[:_LOOKED_AT], user_inputs=[name])  # type: ignore[no-untyped-call]
    return Unfit.KNOWN if judged["guesses_log10"] < FEWEST_GUESSES_LOG10 else None


def make_verifier(password: Masked[str], cost: Cost) -> Verifier:
    return Verifier(_hasher(cost).hash(_typed(password)).encode("ascii"))


def is_right(password: Masked[str], verifier: Verifier) -> bool:
    """Return whether this is the password. Takes the same time whatever the answer. Raises StoreDamaged for what is no verifier."""
    if not verifier.spelled.startswith(_ARGON2):
        return _is_right_scrypt(password, verifier.spelled)
    try:
        return _hasher(Cost()).verify(verifier.spelled.decode("ascii"), _typed(password))
    except VerifyMismatchError:
        return False
    except (InvalidHashError, VerificationError, UnicodeDecodeError) as unreadable:
        raise StoreDamaged("an operator's verifier is not one") from unreadable


def is_dated(verifier: Verifier, cost: Cost) -> bool:
    """Return whether this verifier was made with other parameters, or another function, than new ones are."""
    return not verifier.spelled.startswith(_ARGON2) or _hasher(cost).check_needs_rehash(verifier.spelled.decode("ascii"))


def _hasher(cost: Cost) -> PasswordHasher:
    return PasswordHasher(cost.passes, cost.memory_kib, cost.lanes, type=Type.ID)


def _is_right_scrypt(password: Masked[str], spelled: bytes) -> bool:
    """As version 0.1 wrote them: canonical JSON of scrypt's parameters, salt and result."""
    try:
        match canonical.parse(spelled, _MAX_SPELLED):
            case {"n": int(n), "r": int(r), "p": int(p), "salt": str(salt), "derived": str(derived)}:
                made = Scrypt(salt=b64decode(salt, validate=True), length=32, n=n, r=r, p=p).derive(_typed(password))
                return hmac.compare_digest(made, b64decode(derived, validate=True))
            case _:
                raise StoreDamaged("an operator's verifier is not one")
    except (PacketRefused, ValueError) as refused:
        raise StoreDamaged("an operator's verifier is not one") from refused


def _typed(password: Masked[str]) -> bytes:
    """A longer password than allowed is cut: it cannot be anybody's, and must not cost more to refuse."""
    return _normal(password)[: LONGEST + 1].encode("utf-8", errors="replace")


def _normal(password: Masked[str]) -> str:
    """NFKC, so that the same keys on two keyboards are the same password. Cut first: normalising is not free."""
    return unicodedata.normalize("NFKC", password.reveal()[: 2 * LONGEST])
