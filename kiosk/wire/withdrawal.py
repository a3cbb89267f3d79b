"""A customer took a consent back: the station tells the bank, and the bank says, signed, what it did.

    withdrawal = what `kiosk/wire/asked.py` says, magic "IDWD", domain "identity-desk withdrawal 1"
    sealed     = canonical {"at": time, "purpose": word}
    receipt    = "IDWR" | u16 version | counted statement | Ed25519 (answers key, "identity-desk withdrawn 1" and all before)
    statement  = canonical {"about": SHA-256 of the withdrawal, "at": time, "outcome", "purpose", "session"}

The session is the one whose packet carried the consent. Telling the same twice comes to the same.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kiosk.faults import PacketRefused
from kiosk.values import ConsentPurpose, Masked, SessionId
from kiosk.wire import canonical
from kiosk.wire.asked import Asked, Kind, ask, open_asked
from kiosk.wire.counted import counted, take_counted
from kiosk.wire.hpke import OpeningKey
from kiosk.wire.keys import BankPublicKeys, EnrolledStation, StationIdentity
from kiosk.wire.limits import MAX_HEADER
from kiosk.wire.plain import read_time, write_time
from kiosk.wire.receipt import AnswerKeys, signed_by

WITHDRAWAL: Final = Kind(b"IDWD\0\1", b"identity-desk withdrawal 1\0")
ENDS_ENROLMENT: Final = frozenset({ConsentPurpose.RECOGNISE_LATER, ConsentPurpose.IDENTITY_CHECK})
"""Without either nothing biometric of the customer may be kept to recognise them by."""
_RECEIPT: Final = b"IDWR\0\1"
_RECEIPT_DOMAIN: Final = b"identity-desk withdrawn 1\0"
_SIGNATURE: Final = 64


class Withdrawn(StrEnum):
    """What the bank did."""

    DESTROYED = "destroyed"
    """An enrolled face print was there, and is no more."""
    RECORDED = "recorded"
    """There was none to destroy, or the purpose has none; it is written down."""
    NOT_HELD = "not-held"
    """No packet of this session came; it is written down, and a print that comes late is not kept."""


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """at: when the customer took it back, as the station has it."""

    session: SessionId
    purpose: ConsentPurpose
    at: datetime


def make_withdrawal(told: Withdrawal, identity: StationIdentity, bank: BankPublicKeys) -> bytes:
    content = canonical.spell({"at": write_time(told.at), "purpose": told.purpose.value})
    return ask(WITHDRAWAL, told.session, Masked(content), identity, bank)


def open_withdrawal(asked: Asked, station: EnrolledStation, key: OpeningKey) -> Withdrawal:
    """Raises PacketRefused."""
    match canonical.parse(open_asked(asked, station, key).reveal(), MAX_HEADER):
        case {"at": str(at), "purpose": str(word), **others} if not others and word in set(ConsentPurpose):
            return Withdrawal(asked.session, ConsentPurpose(word), read_time(at, "at"))
        case _:
            raise PacketRefused("a withdrawal of nothing")


def make_receipt(asked: Asked, told: Withdrawal, outcome: Withdrawn, at: datetime, key: Ed25519PrivateKey) -> bytes:
    statement = canonical.spell(
        {
            "about": asked.about.hex(),
            "at": write_time(at),
            "outcome": outcome.value,
            "purpose": told.purpose.value,
            "session": told.session,
        }
    )
    signed = _RECEIPT + counted(statement)
    return signed + key.sign(_RECEIPT_DOMAIN + signed)


def read_receipt(receipt: bytes, about: bytes, session: SessionId, keys: AnswerKeys) -> Withdrawn:
    """Return what the bank says it did, signed by it, about this withdrawal. Raises PacketRefused."""
    signed, signature = receipt[:-_SIGNATURE], receipt[-_SIGNATURE:]
    if signed[:6] != _RECEIPT or not any(signed_by(key, signature, _RECEIPT_DOMAIN + signed) for key in keys):
        raise PacketRefused("a receipt the bank did not sign")
    statement, rest = take_counted(signed[6:], MAX_HEADER)
    match canonical.parse(statement, MAX_HEADER):
        case {"about": of, "session": whose, "outcome": str(outcome), "at": str(at), "purpose": str(), **others} if (
            not others and not rest and (of, whose) == (about.hex(), session) and outcome in set(Withdrawn)
        ):
            read_time(at, "at")
            return Withdrawn(outcome)
        case _:
            raise PacketRefused("a receipt of another withdrawal")
