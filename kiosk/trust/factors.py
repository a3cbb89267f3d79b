"""The second factor of an operator: a TOTP secret or a security key, and the recovery codes beside it.

1. A TOTP code is taken once. The step of the last code taken is kept, and only a later step is taken after it (RFC 6238, section 5.2).
2. A security key's counter only rises; one that stands still or falls is a copy and is refused (WebAuthn, section 6.1.1).
3. Recovery codes are 80 random bits each, kept as digests, and each is spent once.
4. What is kept is one sealed value an operator, bound to the name: copied to another operator it does not open.
"""

import hashlib
import hmac
import secrets
from base64 import b32encode, b64decode, b64encode
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final, assert_never

import pyotp

from kiosk.faults import PacketRefused, StoreDamaged
from kiosk.trust.browser_key import BrowserAnswer, key_reply, renewed
from kiosk.trust.security_key import RELYING_PARTY, KeyReply, RegisteredKey, SecurityKey, ask_key
from kiosk.values import Masked
from kiosk.wire import canonical
from kiosk.wire.canonical import Json

STEP_S: Final = 30
STEPS_BESIDE: Final = 1
"""A code of the step before or after is taken too: the clocks of telephones stray."""
SECRET_BYTES: Final = 20
RECOVERY_CODES: Final = 10
_MAX_SPELLED: Final = 16_384
_ISSUER: Final = "Identity desk"


class FactorKind(StrEnum):
    TOTP = "totp"
    SECURITY_KEY = "security-key"
    RECOVERY_CODE = "recovery-code"


@dataclass(frozen=True, slots=True)
class TypedCode:
    """What was typed into the code field: six digits of a TOTP, or a recovery code."""

    text: Masked[str]


@dataclass(frozen=True, slots=True, eq=False)
class HeldKey:
    """A security key that is plugged in; it is asked only once the password was right."""

    key: SecurityKey


Proof = TypedCode | HeldKey | BrowserAnswer


@dataclass(frozen=True, slots=True)
class Totp:
    """secret: 20 bytes; last_step: of the last code taken, -1 before the first."""

    secret: Masked[bytes]
    last_step: int = -1


@dataclass(frozen=True, slots=True)
class Factor:
    """recovery: SHA-256 of each code that is left."""

    kind: Totp | RegisteredKey
    recovery: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Proven:
    """after: the factor as it must be kept now, with this code spent."""

    by: FactorKind
    after: Factor


@dataclass(frozen=True, slots=True)
class NotProven:
    """code: short, for the audit log: `wrong-code`, `code-used-before`, ..."""

    code: str


@dataclass(frozen=True, slots=True)
class FactorOffer:
    """A TOTP nobody has yet. address: the otpauth address a QR code carries to an authenticator app; typed: the same secret in groups of
    four, for typing by hand."""

    totp: Totp
    address: Masked[str]
    typed: Masked[str]


def draw_offer(name: str, station: str) -> FactorOffer:
    totp = Totp(Masked(secrets.token_bytes(SECRET_BYTES)))
    spelled = b32encode(totp.secret.reveal()).decode("ascii")
    address = _otp(totp).provisioning_uri(name=f"{name}@{station}", issuer_name=_ISSUER)
    return FactorOffer(totp, Masked(address), Masked(" ".join(spelled[at : at + 4] for at in range(0, len(spelled), 4))))


def draw_recovery_codes() -> tuple[tuple[Masked[str], ...], tuple[bytes, ...]]:
    """Return the codes for the operator's eyes, and what is kept of them."""
    codes = tuple(b32encode(secrets.token_bytes(10)).decode("ascii") for _ in range(RECOVERY_CODES))
    shown = tuple(Masked("-".join(code[at : at + 4] for at in range(0, 16, 4))) for code in codes)
    return shown, tuple(_code_digest(code) for code in codes)


def prove(factor: Factor, proof: Proof, now: datetime) -> Proven | NotProven:
    """Return whether this proves the factor, and the factor with what was used up. Blocks while a security key waits for a touch."""
    match proof:
        case TypedCode(text=text):
            return _prove_code(factor, text.reveal(), now)
        case HeldKey(key=key):
            if not isinstance(factor.kind, RegisteredKey):
                return NotProven("no-security-key-enrolled")
            answer = ask_key(key, factor.kind)
            if isinstance(answer, KeyReply):
                return Proven(FactorKind.SECURITY_KEY, replace(factor, kind=replace(factor.kind, counter=answer.counter)))
            return NotProven(f"security-key-{answer}")
        case BrowserAnswer():
            if not isinstance(factor.kind, RegisteredKey):
                return NotProven("no-security-key-enrolled")
            said = key_reply(proof, factor.kind)
            if isinstance(said, KeyReply):
                return Proven(FactorKind.SECURITY_KEY, replace(factor, kind=renewed(factor.kind, said)))
            return NotProven(f"security-key-{said}")
        case _:
            assert_never(proof)


def confirm_totp(totp: Totp, code: Masked[str], now: datetime) -> Totp | None:
    """Return the TOTP with its first code spent if the code is right now, else None."""
    step = _matching_step(totp, _digits(code.reveal()), now)
    return None if step is None else replace(totp, last_step=step)


def code_of(totp: Totp, now: datetime) -> Masked[str]:
    """Return the code an authenticator app with this secret shows now."""
    return Masked(_otp(totp).generate_otp(int(now.timestamp()) // STEP_S))


def fingerprint(factor: Factor) -> bytes:
    """Return what tells one factor from another, without telling what it is: two people must not have one."""
    match factor.kind:
        case Totp(secret=secret):
            return hashlib.sha256(b"totp" + secret.reveal()).digest()
        case RegisteredKey(credential=credential):
            return hashlib.sha256(b"security-key" + credential).digest()
        case _:
            assert_never(factor.kind)


def to_bytes(factor: Factor) -> bytes:
    match factor.kind:
        case Totp(secret=secret, last_step=last_step):
            kind: dict[str, Json] = {"is": "totp", "secret": _text(secret.reveal()), "last_step": last_step}
        case RegisteredKey(credential=credential, counter=counter, relying_party=party):
            kind = {"is": "key", "credential": _text(credential), "counter": counter}
            if party != RELYING_PARTY:
                kind["for"] = party
        case _:
            assert_never(factor.kind)
    return canonical.spell({"kind": kind, "recovery": [_text(one) for one in factor.recovery]})


def from_bytes(spelled: bytes) -> Factor:
    """Raises StoreDamaged."""
    try:
        match canonical.parse(spelled, _MAX_SPELLED):
            case {"kind": {"is": "totp", "secret": str(secret), "last_step": int(step)}, "recovery": list(codes)}:
                return Factor(Totp(Masked(_bytes(secret)), step), tuple(_bytes(str(code)) for code in codes))
            case {"kind": {"is": "key", "credential": str(credential), "counter": int(counter), **others}, "recovery": list(codes)}:
                party = str(others.get("for", RELYING_PARTY))
                return Factor(RegisteredKey(_bytes(credential), counter, party), tuple(_bytes(str(code)) for code in codes))
            case _:
                raise StoreDamaged("an operator's second factor is not one")
    except (PacketRefused, ValueError) as refused:
        raise StoreDamaged("an operator's second factor is not one") from refused


def _prove_code(factor: Factor, typed: str, now: datetime) -> Proven | NotProven:
    digits = _digits(typed)
    if isinstance(factor.kind, Totp) and len(digits) == 6 and digits.isascii() and digits.isdecimal():
        step = _matching_step(factor.kind, digits, now)
        if step is None:
            return NotProven("wrong-code")
        if step <= factor.kind.last_step:
            return NotProven("code-used-before")
        return Proven(FactorKind.TOTP, replace(factor, kind=replace(factor.kind, last_step=step)))
    offered = _code_digest(typed.upper().replace("-", "").replace(" ", ""))
    left = tuple(one for one in factor.recovery if not hmac.compare_digest(one, offered))
    if len(left) == len(factor.recovery):
        return NotProven("wrong-code")
    return Proven(FactorKind.RECOVERY_CODE, replace(factor, recovery=left))


def _matching_step(totp: Totp, digits: str, now: datetime) -> int | None:
    """Return the latest step whose code this is. Every step near now is looked at, so that the time tells nothing."""
    this = int(now.timestamp()) // STEP_S
    otp = _otp(totp)
    steps = range(this - STEPS_BESIDE, this + STEPS_BESIDE + 1)
    matching = [step for step in steps if hmac.compare_digest(otp.generate_otp(step).encode(), digits.encode())]
    return matching[-1] if matching else None


def _otp(totp: Totp) -> pyotp.TOTP:
    return pyotp.TOTP(b32encode(totp.secret.reveal()).decode("ascii"), interval=STEP_S)


def _digits(typed: str) -> str:
    return "".join(typed.split())


def _code_digest(code: str) -> bytes:
    """80 random bits need no slow hash."""
    return hashlib.sha256(b"identity-desk recovery code 1" + code.encode("utf-8", errors="replace")).digest()


def _text(raw: bytes) -> str:
    return b64encode(raw).decode("ascii")


def _bytes(text: str) -> bytes:
    return b64decode(text, validate=True)
