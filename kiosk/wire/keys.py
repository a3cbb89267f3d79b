"""Who signs and who can open: the station's identity, the bank's keys, and their spelling as JSON for settings and enrolment.

A key's id is the first 16 bytes of the SHA-256 of its raw public bytes, in hex: short enough to read out loud when a station is enrolled.
Everything here that ends in `_to_text` is canonical JSON. Private texts must only ever be stored sealed or in a file nobody else can read.
"""

from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import NoReturn

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import MLKEM768X25519PrivateKey, MLKEM768X25519PublicKey

from kiosk.faults import PacketRefused
from kiosk.values import StationClass
from kiosk.wire import canonical
from kiosk.wire.hpke import OpeningKey, SealingKey, opening_key_from_seed
from kiosk.wire.limits import MAX_KEY_TEXT

MAX_STATION_NAME_CHARS = 64
_ENROLMENT_DOMAINS = {1: b"identity-desk enrolment 1\0", 2: b"identity-desk enrolment 2\0"}
_STATION_SEALING = b"identity-desk station sealing 1\0"


@dataclass(frozen=True, slots=True, eq=False)
class StationIdentity:
    """A station's own name, class and Ed25519 signing key. Made once on the station; the private key never leaves its vault."""

    name: str
    station_class: StationClass
    signing_key: Ed25519PrivateKey

    @property
    def key_id(self) -> str:
        return key_id(self.signing_key.public_key())

    def opening_key(self) -> OpeningKey:
        """What the bank's answers are sealed to. Derived from the signing key's seed, so that a station set up before answers were sealed
        has one too, and one secret to keep is enough."""
        return opening_key_from_seed(self.signing_key.private_bytes_raw(), _STATION_SEALING)

    def enrolled(self) -> "EnrolledStation":
        return EnrolledStation(self.name, self.station_class, self.signing_key.public_key(), self.opening_key().public())

    def __repr__(self) -> str:
        return f"StationIdentity({self.name}, {self.station_class}, key {self.key_id})"


@dataclass(frozen=True, slots=True, eq=False)
class EnrolledStation:
    """A station as the bank knows it: the class belongs to the key, whatever a packet says of itself.

    sealing: what answers to it are sealed to; None for a station enrolled with a card of format 1, which is answered in the clear.
    """

    name: str
    station_class: StationClass
    verifying_key: Ed25519PublicKey
    sealing: SealingKey | None = None

    @property
    def key_id(self) -> str:
        return key_id(self.verifying_key)


@dataclass(frozen=True, slots=True, eq=False)
class BankPublicKeys:
    """What a station must hold of its bank: the HPKE key packets are sealed to and the Ed25519 key answers are signed with."""

    mlkem: MLKEM768PublicKey
    x25519: X25519PublicKey
    answers: Ed25519PublicKey

    @property
    def sealing_key(self) -> MLKEM768X25519PublicKey:
        return MLKEM768X25519PublicKey(self.mlkem, self.x25519)

    @property
    def sealing_key_id(self) -> str:
        return _digest_id(self.mlkem.public_bytes_raw() + self.x25519.public_bytes_raw())

    @property
    def answers_key_id(self) -> str:
        return key_id(self.answers)


@dataclass(frozen=True, slots=True, eq=False)
class BankIdentity:
    """The bank's own half of `BankPublicKeys`."""

    mlkem: MLKEM768PrivateKey
    x25519: X25519PrivateKey
    answers: Ed25519PrivateKey

    @property
    def opening_key(self) -> MLKEM768X25519PrivateKey:
        return MLKEM768X25519PrivateKey(self.mlkem, self.x25519)

    def public(self) -> BankPublicKeys:
        return BankPublicKeys(self.mlkem.public_key(), self.x25519.public_key(), self.answers.public_key())

    def __repr__(self) -> str:
        return f"BankIdentity(sealing key {self.public().sealing_key_id})"


def key_id(key: Ed25519PublicKey) -> str:
    """Return the id of a signing key: 32 hex digits."""
    return _digest_id(key.public_bytes_raw())


def draw_station_identity(name: str, station_class: StationClass) -> StationIdentity:
    """Make a new station key. Raises ValueError for a name a packet could not carry."""
    if not acceptable_name(name):
        raise ValueError("a station's name is 1 to 64 printable characters")
    return StationIdentity(name, station_class, Ed25519PrivateKey.generate())


def draw_bank_identity() -> BankIdentity:
    """Make new bank keys."""
    return BankIdentity(MLKEM768PrivateKey.generate(), X25519PrivateKey.generate(), Ed25519PrivateKey.generate())


def acceptable_name(name: str) -> bool:
    return 0 < len(name) <= MAX_STATION_NAME_CHARS and name.isprintable()


def station_identity_to_text(identity: StationIdentity) -> str:
    """PRIVATE. For the vault."""
    return spell_key_file(
        {
            "kind": "station-identity",
            "name": identity.name,
            "class": identity.station_class.value,
            "signing": key_text(identity.signing_key.private_bytes_raw()),
        }
    )


def station_identity_from_text(text: str) -> StationIdentity:
    members = read_key_file(text, "station-identity", {"name", "class", "signing"})
    try:
        key = Ed25519PrivateKey.from_private_bytes(raw_key(members["signing"]))
    except ValueError as trouble:
        _refuse(trouble)
    return StationIdentity(_name(members["name"]), _station_class(members["class"]), key)


def enrolment_to_text(identity: StationIdentity) -> str:
    """Public: what a station hands its bank to be enrolled, signed with the key itself to prove it is held."""
    sealing = identity.opening_key().public()
    members = {
        "name": identity.name,
        "class": identity.station_class.value,
        "verifying": key_text(identity.signing_key.public_key().public_bytes_raw()),
        "mlkem768": key_text(sealing.mlkem.public_bytes_raw()),
        "x25519": key_text(sealing.x25519.public_bytes_raw()),
    }
    proof = identity.signing_key.sign(_enrolment_statement(members, 2))
    return spell_key_file(members | {"kind": "station-enrolment", "proof": key_text(proof)}, 2)


def enrolment_from_text(text: str) -> EnrolledStation:
    """Return the station that asks to be enrolled; PacketRefused unless it proves that it holds the key."""
    version, members = _versioned(text, "station-enrolment", {1: _ENROLMENT_1, 2: _ENROLMENT_1 | {"mlkem768", "x25519"}})
    name, station_class = _name(members["name"]), _station_class(members["class"])
    try:
        key = Ed25519PublicKey.from_public_bytes(raw_key(members["verifying"]))
        key.verify(raw_key(members["proof"]), _enrolment_statement(members, version))
    except (ValueError, InvalidSignature) as trouble:
        _refuse(trouble)
    return EnrolledStation(name, station_class, key, _sealing(members) if version > 1 else None)


def bank_public_keys_to_text(keys: BankPublicKeys) -> str:
    """Public: what a station is configured with."""
    return spell_key_file(bank_public_keys_members(keys) | {"kind": "bank-keys"})


def bank_public_keys_from_text(text: str) -> BankPublicKeys:
    return bank_public_keys_from_members(read_key_file(text, "bank-keys", {"mlkem768", "x25519", "answers"}))


def bank_public_keys_members(keys: BankPublicKeys) -> dict[str, str]:
    return {
        "mlkem768": key_text(keys.mlkem.public_bytes_raw()),
        "x25519": key_text(keys.x25519.public_bytes_raw()),
        "answers": key_text(keys.answers.public_bytes_raw()),
    }


def bank_public_keys_from_members(members: Mapping[str, str]) -> BankPublicKeys:
    try:
        return BankPublicKeys(
            MLKEM768PublicKey.from_public_bytes(raw_key(members["mlkem768"])),
            X25519PublicKey.from_public_bytes(raw_key(members["x25519"])),
            Ed25519PublicKey.from_public_bytes(raw_key(members["answers"])),
        )
    except ValueError as trouble:
        _refuse(trouble)


def bank_identity_to_text(identity: BankIdentity) -> str:
    """PRIVATE. For the intake's key file."""
    return spell_key_file(
        {
            "kind": "bank-identity",
            "mlkem768-seed": key_text(identity.mlkem.private_bytes_raw()),
            "x25519": key_text(identity.x25519.private_bytes_raw()),
            "answers": key_text(identity.answers.private_bytes_raw()),
        }
    )


def bank_identity_from_text(text: str) -> BankIdentity:
    members = read_key_file(text, "bank-identity", {"mlkem768-seed", "x25519", "answers"})
    try:
        return BankIdentity(
            MLKEM768PrivateKey.from_seed_bytes(raw_key(members["mlkem768-seed"])),
            X25519PrivateKey.from_private_bytes(raw_key(members["x25519"])),
            Ed25519PrivateKey.from_private_bytes(raw_key(members["answers"])),
        )
    except ValueError as trouble:
        _refuse(trouble)


def _digest_id(raw: bytes) -> str:
    return sha256(raw).hexdigest()[:32]


_ENROLMENT_1 = {"name", "class", "verifying", "proof"}


def _enrolment_statement(members: dict[str, str], version: int) -> bytes:
    named = ("name", "class", "verifying", "mlkem768", "x25519")[: 3 if version == 1 else 5]
    return _ENROLMENT_DOMAINS[version] + canonical.spell([members[name] for name in named])


def _sealing(members: dict[str, str]) -> SealingKey:
    try:
        return sealing_key_from_raw(raw_key(members["mlkem768"]), raw_key(members["x25519"]))
    except ValueError as trouble:
        _refuse(trouble)


def sealing_key_from_raw(mlkem: bytes, x25519: bytes) -> SealingKey:
    """Raises ValueError for bytes that are no keys."""
    return SealingKey(MLKEM768PublicKey.from_public_bytes(mlkem), X25519PublicKey.from_public_bytes(x25519))


def spell_key_file(members: Mapping[str, canonical.Json], version: int = 1) -> str:
    return canonical.spell({**members, "format": version}).decode("utf-8")


def read_key_file(text: str, kind: str, names: set[str]) -> dict[str, str]:
    return _versioned(text, kind, {1: names})[1]


def _versioned(text: str, kind: str, formats: dict[int, set[str]]) -> tuple[int, dict[str, str]]:
    """Return format and text members of a key file of this kind. A trailing line break, as editors leave, is allowed.

    formats: the names each format has.
    """
    try:
        value = canonical.parse(text.rstrip("\r\n").encode("utf-8"), MAX_KEY_TEXT)
    except UnicodeEncodeError as trouble:
        _refuse(trouble)
    if not isinstance(value, dict) or value.get("kind") != kind:
        raise PacketRefused(f"not a {kind}")
    version = value.get("format")
    if type(version) is not int or version not in formats:
        raise PacketRefused(f"not a {kind} this version knows")
    names = formats[version]
    if set(value) != names | {"kind", "format"}:
        raise PacketRefused(f"a {kind} has not exactly its members")
    found = {name: member for name, member in value.items() if name in names and isinstance(member, str)}
    if set(found) != names:
        raise PacketRefused(f"a {kind} has a member that is not text")
    return version, found


def _name(name: str) -> str:
    if not acceptable_name(name):
        raise PacketRefused("a station's name is 1 to 64 printable characters")
    return name


def _station_class(value: str) -> StationClass:
    try:
        return StationClass(value)
    except ValueError as trouble:
        raise PacketRefused("not a station class") from trouble


def key_text(raw: bytes) -> str:
    return b64encode(raw).decode("ascii")


def raw_key(text: str) -> bytes:
    try:
        return b64decode(text.encode("ascii"), validate=True)
    except ValueError as trouble:
        _refuse(trouble)


def _refuse(trouble: Exception) -> NoReturn:
    raise PacketRefused("not a key") from trouble
