"""How keys are replaced without anything being lost: the key before says which comes next.

A bank's succession is signed by the answering key before it, a station's by the signing key before it; the newcomer's own card proves that
it is held. Both are canonical JSON, public, and good for ever: whoever trusted the old key may follow the chain at any later time.

    bank:    {"answers", "at", "format": 1, "kind": "bank-succession", "mlkem768", "old": id of the answering key before, "proof", "x25519"}
             proof: Ed25519 over "identity-desk bank succession 1\\0" || canonical [old, mlkem768, x25519, answers, at]
    station: {"card": the new key's enrolment card, "format": 1, "kind": "station-succession", "old": key id before, "proof"}
             proof: Ed25519 over "identity-desk station succession 1\\0" || canonical [old, card]
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from kiosk.faults import PacketRefused
from kiosk.wire import canonical
from kiosk.wire.keys import (
    BankIdentity,
    BankPublicKeys,
    EnrolledStation,
    StationIdentity,
    bank_public_keys_from_members,
    bank_public_keys_members,
    enrolment_from_text,
    enrolment_to_text,
    key_text,
    raw_key,
    read_key_file,
    spell_key_file,
)
from kiosk.wire.plain import read_time, write_time

_BANK_DOMAIN = b"identity-desk bank succession 1\0"
_STATION_DOMAIN = b"identity-desk station succession 1\0"
_BANK_MEMBERS = {"answers", "at", "mlkem768", "old", "proof", "x25519"}


@dataclass(frozen=True, slots=True, eq=False)
class TrustedBank:
    """current: what packets are sealed to; former: those before it, oldest first, whose answers still count: a receipt may be old;
    distrusted: ids of former answering keys that count for nothing any more: somebody else may have them."""

    current: BankPublicKeys
    former: tuple[BankPublicKeys, ...] = ()
    distrusted: frozenset[str] = frozenset()

    @property
    def answers(self) -> tuple[Ed25519PublicKey, ...]:
        """Return whose answers count, newest first."""
        believed = (keys.answers for keys in reversed(self.former) if keys.answers_key_id not in self.distrusted)
        return (self.current.answers, *believed)

    def trusted(self) -> "TrustedBank":
        return self

    def followed(self, successions: Iterable[str]) -> tuple["TrustedBank", tuple[str, ...]]:
        """Return the bank after every succession that follows from this one, and those texts in order; others are passed over."""
        bank, used = self, []
        for text in successions:
            try:
                following = bank_succession_from_text(text, bank.current)
            except PacketRefused:
                continue
            bank = TrustedBank(following, (*bank.former, bank.current), bank.distrusted)
            used.append(text)
        return bank, tuple(used)


def bank_succession_to_text(old: BankIdentity, new: BankPublicKeys, at: datetime) -> str:
    members = bank_public_keys_members(new) | {"old": old.public().answers_key_id, "at": write_time(at)}
    proof = old.answers.sign(_bank_statement(members))
    return spell_key_file(members | {"kind": "bank-succession", "proof": key_text(proof)})


def bank_succession_from_text(text: str, old: BankPublicKeys) -> BankPublicKeys:
    """Return the keys that follow; PacketRefused unless the answering key before signed it."""
    members = read_key_file(text, "bank-succession", _BANK_MEMBERS)
    read_time(members["at"], "at")
    if members["old"] != old.answers_key_id:
        raise PacketRefused("a succession after another key")
    _verify(old.answers, members["proof"], _bank_statement(members))
    return bank_public_keys_from_members(members)


def bank_key_before(text: str) -> str:
    """Return the id of the answering key that a bank's succession names as the one before. Raises PacketRefused."""
    return read_key_file(text, "bank-succession", _BANK_MEMBERS)["old"]


@dataclass(frozen=True, slots=True, eq=False)
class StationSuccession:
    """A station's claim to go on under another key. old: the key id before; check it with `proved_by`."""

    old: str
    card: EnrolledStation
    card_text: str
    proof: str

    def proved_by(self, old: EnrolledStation) -> EnrolledStation:
        """Return the station under its new key; PacketRefused unless the old key signed it and name and class stay."""
        if (old.key_id, old.name, old.station_class) != (self.old, self.card.name, self.card.station_class):
            raise PacketRefused("a succession of another station")
        _verify(old.verifying_key, self.proof, _station_statement(self.old, self.card_text))
        return self.card


def station_succession_to_text(old: StationIdentity, new: StationIdentity) -> str:
    card = enrolment_to_text(new)
    proof = old.signing_key.sign(_station_statement(old.key_id, card))
    return spell_key_file({"kind": "station-succession", "old": old.key_id, "card": card, "proof": key_text(proof)})


def station_succession_from_text(text: str) -> StationSuccession:
    """Return what is claimed, the new key's card checked. Raises PacketRefused."""
    members = read_key_file(text, "station-succession", {"old", "card", "proof"})
    return StationSuccession(members["old"], enrolment_from_text(members["card"]), members["card"], members["proof"])


def _bank_statement(members: dict[str, str]) -> bytes:
    return _BANK_DOMAIN + canonical.spell([members[name] for name in ("old", "mlkem768", "x25519", "answers", "at")])


def _station_statement(old: str, card: str) -> bytes:
    return _STATION_DOMAIN + canonical.spell([old, card])


def _verify(key: Ed25519PublicKey, proof: str, signed: bytes) -> None:
    try:
        key.verify(raw_key(proof), signed)
    except InvalidSignature as trouble:
        raise PacketRefused("a succession the key before did not sign") from trouble
