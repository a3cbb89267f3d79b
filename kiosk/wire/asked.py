"""What a station asks of the bank beside packets: one sealed thing about one session, signed by the station.

    asked  = kind's magic | u16 version | counted header | counted sealed | Ed25519 (station key, kind's domain and all before)
    header = canonical {"bank_key", "session", "station", "station_key"}; sealed: HPKE to the bank's sealing key, info: domain and header

The answer travels in a sealed reply (`kiosk/wire/reply.py`), about the SHA-256 of what was asked. The same asked twice is two questions:
HPKE draws anew.
"""

from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from cryptography.exceptions import InvalidSignature

from kiosk.faults import PacketRefused
from kiosk.values import Masked, SessionId
from kiosk.wire import canonical
from kiosk.wire.counted import counted, take_counted
from kiosk.wire.hpke import OpeningKey, SealingKey
from kiosk.wire.keys import BankPublicKeys, EnrolledStation, StationIdentity, acceptable_name
from kiosk.wire.limits import MAX_HEADER
from kiosk.wire.sense import well_formed_id

MAX_ASKED: Final = 8_192
_SIGNATURE: Final = 64


@dataclass(frozen=True, slots=True)
class Kind:
    """magic: four letters and the version, 6 bytes; domain: no signature or seal of one kind is one of another."""

    magic: bytes
    domain: bytes


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked, taken apart, nothing yet believed. about: its SHA-256."""

    kind: Kind
    bank_key: str
    session: SessionId
    station: str
    station_key: str
    header: bytes
    sealed: bytes
    signed: bytes
    signature: bytes
    about: bytes


def ask(kind: Kind, session: SessionId, content: Masked[bytes], identity: StationIdentity, bank: BankPublicKeys) -> bytes:
    header = canonical.spell(
        {"bank_key": bank.sealing_key_id, "session": session, "station": identity.name, "station_key": identity.key_id}
    )
    sealed = SealingKey(bank.mlkem, bank.x25519).seal(content.reveal(), kind.domain + header)
    signed = kind.magic + counted(header) + counted(sealed)
    return signed + identity.signing_key.sign(kind.domain + signed)


def read_asked(kind: Kind, asked: bytes) -> Asked:
    """Take apart what was asked. Raises PacketRefused."""
    if len(asked) > MAX_ASKED or asked[:6] != kind.magic:
        raise PacketRefused("not a question")
    header, rest = take_counted(asked[6:], MAX_HEADER)
    sealed, signature = take_counted(rest, MAX_ASKED)
    if len(signature) != _SIGNATURE:
        raise PacketRefused("a question that does not end with its signature")
    match canonical.parse(header, MAX_HEADER):
        case {"bank_key": str(bank_key), "session": str(session), "station": str(station), "station_key": str(station_key), **others} if (
            not others and acceptable_name(station) and all(map(well_formed_id, (bank_key, session, station_key)))
        ):
            return Asked(
                kind=kind,
                bank_key=bank_key,
                session=SessionId(session),
                station=station,
                station_key=station_key,
                header=header,
                sealed=sealed,
                signed=asked[:-_SIGNATURE],
                signature=signature,
                about=sha256(asked).digest(),
            )
        case _:
            raise PacketRefused("a question has not exactly its members")


def open_asked(asked: Asked, station: EnrolledStation, key: OpeningKey) -> Masked[bytes]:
    """Return what was sealed, if this station signed it. Raises PacketRefused."""
    if (asked.station, asked.station_key) != (station.name, station.key_id):
        raise PacketRefused("a question of another station")
    try:
        station.verifying_key.verify(asked.signature, asked.kind.domain + asked.signed)
    except InvalidSignature as trouble:
        raise PacketRefused("a question the station did not sign") from trouble
    return key.open(asked.sealed, asked.kind.domain + asked.header)
