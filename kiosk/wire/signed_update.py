"""What the bank sends its stations: a risk policy, a watch list, a model, a revocation, each in one signed envelope.

    {"by": [who agreed to it], "class": station class, "format": 1, "issuer": key id, "kind": "station-update", "not_before": time,
     "payload": text, "proof": signature, "update": "policy" | "watchlist" | "model" | "revocation", "version": whole number from 1}
    proof: Ed25519 over "identity-desk update 1\\0" || canonical object of all the others

Canonical JSON, so one update has one spelling. Rules, in the order they are kept:

1. Nothing larger than `MAX_UPDATE` is looked at, and nothing of it is believed before the signature is verified.
2. The signature is by a key the station trusts, over kind, station class and version too: a watch list cannot pass for a policy, nor what
   was meant for a test station for what was meant for a production one.
3. A version not newer than the one in force is refused; the same version with another content is called what it is. To go back, the bank
   sends the old content under a new version. Versions count under one key: what a newer key of the bank's signs follows whatever an older
   one signed, or who has that could number his own out of reach.
4. `not_before` lies in the past by the station's clock.
5. What a revocation names is refused from then on, whatever its signature.
6. Whoever refuses keeps what was in force.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from kiosk.faults import PacketRefused
from kiosk.values import OperatorId, StationClass
from kiosk.wire import canonical
from kiosk.wire.canonical import Json
from kiosk.wire.keys import key_id, key_text, raw_key
from kiosk.wire.limits import MAX_INTEGER, MAX_UPDATE, MAX_UPDATE_ENVELOPE
from kiosk.wire.plain import read_time, write_time
from kiosk.wire.sense import well_formed_id

_DOMAIN: Final = b"identity-desk update 1\0"
_MEMBERS: Final = frozenset({"by", "class", "format", "issuer", "kind", "not_before", "payload", "proof", "update", "version"})
_MOST_PEOPLE: Final = 4


class UpdateKind(StrEnum):
    POLICY = "policy"
    """payload: the risk policy's TOML, as the officer wrote it."""
    WATCHLIST = "watchlist"
    MODEL = "model"
    """payload: which model file, by digest, and its parameters; the file itself travels apart."""
    REVOCATION = "revocation"
    """payload: canonical JSON, a list of {"digest": .., "update": ..}, contents that no station may use any more, and of {"key": ..}, ids
    of former answering keys of the bank's by which nothing counts any more."""


@dataclass(frozen=True, slots=True)
class Update:
    """digest: SHA-256 of the payload, hex; by: who agreed to it at the bank, two people where the rules ask for two."""

    kind: UpdateKind
    version: int
    station_class: StationClass
    not_before: datetime
    payload: str
    issuer: str
    by: tuple[OperatorId, ...] = ()

    @property
    def digest(self) -> str:
        return sha256(self.payload.encode("utf-8")).hexdigest()


class RefusedBecause(StrEnum):
    MALFORMED = "malformed"
    UNKNOWN_ISSUER = "unknown-issuer"
    BAD_SIGNATURE = "bad-signature"
    OTHER_KIND = "other-kind"
    OTHER_CLASS = "other-class"
    NOT_NEWER = "not-newer"
    TWO_OF_ONE_VERSION = "two-of-one-version"
    NOT_YET = "not-yet"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class UpdateRefused:
    """says: one plain sentence for the person at the station; holds nothing of the payload."""

    because: RefusedBecause
    says: str


@dataclass(frozen=True, slots=True)
class InForce:
    """What a station runs on now, of one kind. version: 0 for what was shipped with the program."""

    version: int = 0
    digest: str = ""


def sign_update(
    kind: UpdateKind,
    version: int,
    station_class: StationClass,
    not_before: datetime,
    payload: str,
    key: Ed25519PrivateKey,
    by: tuple[OperatorId, ...],
) -> bytes:
    """Return the envelope. not_before: UTC. Raises ValueError for a version or payload no station would take."""
    if not 1 <= version <= MAX_INTEGER or len(payload.encode("utf-8")) > MAX_UPDATE or len(by) > _MOST_PEOPLE:
        raise ValueError("an update has a version from 1 on, at most so many bytes and so many names")
    members: dict[str, Json] = {
        "by": list(by),
        "class": station_class.value,
        "format": 1,
        "issuer": key_id(key.public_key()),
        "kind": "station-update",
        "not_before": write_time(not_before),
        "payload": payload,
        "update": kind.value,
        "version": version,
    }
    return canonical.spell(members | {"proof": key_text(key.sign(_statement(members)))})


def genuine_update(envelope: bytes, issuers: Collection[Ed25519PublicKey]) -> Update | UpdateRefused:
    """Return what the envelope says if one of these keys signed it. Raises nothing: refusals are said."""
    try:
        members = _members(envelope)
        signer = {key_id(key): key for key in issuers}.get(_text(members, "issuer"))
        if signer is None:
            return UpdateRefused(RefusedBecause.UNKNOWN_ISSUER, "The update is signed by a key this station does not trust.")
        proof = raw_key(_text(members, "proof"))
        signer.verify(proof, _statement({name: value for name, value in members.items() if name != "proof"}))
        return _update(members)
    except InvalidSignature:
        return UpdateRefused(RefusedBecause.BAD_SIGNATURE, "The update's signature is not over what it says.")
    except PacketRefused as trouble:
        return UpdateRefused(RefusedBecause.MALFORMED, f"The update is malformed: {trouble}.")


def acceptable_update(
    update: Update,
    kind: UpdateKind,
    station_class: StationClass,
    in_force: InForce,
    now: datetime,
    revoked: Mapping[UpdateKind, Collection[str]],
) -> UpdateRefused | None:
    """Return what stands against taking a genuine update, None if nothing does. revoked: digests of payloads."""
    if update.kind is not kind:
        return UpdateRefused(RefusedBecause.OTHER_KIND, f"This is a {update.kind}, not a {kind}.")
    if update.station_class is not station_class:
        return UpdateRefused(
            RefusedBecause.OTHER_CLASS, f"The update is for {update.station_class} stations; this is a {station_class} one."
        )
    if update.digest in revoked.get(kind, ()):
        return UpdateRefused(RefusedBecause.REVOKED, "The bank took this content back.")
    if update.version == in_force.version and update.digest != in_force.digest:
        return UpdateRefused(
            RefusedBecause.TWO_OF_ONE_VERSION, f"There are two different contents of version {update.version}; call the bank."
        )
    if update.version <= in_force.version:
        return UpdateRefused(RefusedBecause.NOT_NEWER, f"Version {update.version} is not newer than {in_force.version}, which is in force.")
    if now < update.not_before:
        return UpdateRefused(RefusedBecause.NOT_YET, f"The update counts from {update.not_before:%Y-%m-%d %H:%M} UTC on.")
    return None


def read_revocation(payload: str) -> tuple[tuple[UpdateKind, str], ...]:
    """Return kinds and digests a revocation names. Raises PacketRefused."""
    return tuple(_revoked(one) for one in _revocation(payload) if not _names_key(one))


def read_distrusted(payload: str) -> tuple[str, ...]:
    """Return the ids of the bank's former answering keys that a revocation names. Raises PacketRefused."""
    return tuple(_distrusted(one) for one in _revocation(payload) if _names_key(one))


def spell_revocation(named: Collection[tuple[UpdateKind, str]], keys: Collection[str] = ()) -> str:
    contents: list[Json] = [{"digest": digest, "update": kind.value} for kind, digest in named]
    contents += [{"key": one} for one in keys]
    return canonical.spell(contents).decode("utf-8")


def _revocation(payload: str) -> list[Json]:
    named = canonical.parse(payload.encode("utf-8"), MAX_UPDATE)
    if not isinstance(named, list):
        raise PacketRefused("a revocation is a list")
    return named


def _names_key(one: Json) -> bool:
    return isinstance(one, dict) and set(one) == {"key"}


def _distrusted(one: Json) -> str:
    key = one["key"] if isinstance(one, dict) else None
    if not isinstance(key, str) or not well_formed_id(key):
        raise PacketRefused("a distrusted key is named by its id")
    return key


def _revoked(one: Json) -> tuple[UpdateKind, str]:
    if not isinstance(one, dict) or set(one) != {"digest", "update"}:
        raise PacketRefused("a revocation names update and digest")
    digest = one["digest"]
    if not isinstance(digest, str) or len(digest) != 64 or set(digest) - set("0123456789abcdef"):
        raise PacketRefused("a revocation's digest is 64 hex digits")
    return _kind(one["update"]), digest


def _members(envelope: bytes) -> dict[str, Json]:
    value = canonical.parse(envelope, MAX_UPDATE_ENVELOPE)
    if not isinstance(value, dict) or set(value) != _MEMBERS:
        raise PacketRefused("it has not exactly its members")
    if value["kind"] != "station-update" or type(value["format"]) is not int or value["format"] != 1:
        raise PacketRefused("it is no update this version knows")
    return value


def _update(members: dict[str, Json]) -> Update:
    version, by = members["version"], members["by"]
    if type(version) is not int or version < 1:
        raise PacketRefused("its version is no whole number from 1 on")
    if not isinstance(by, list) or len(by) > _MOST_PEOPLE or not all(isinstance(name, str) and 0 < len(name) <= 64 for name in by):
        raise PacketRefused("who agreed is no list of names")
    try:
        station_class = StationClass(_text(members, "class"))
    except ValueError as trouble:
        raise PacketRefused("it is for no class of station") from trouble
    return Update(
        _kind(members["update"]),
        version,
        station_class,
        read_time(_text(members, "not_before"), "not_before"),
        _text(members, "payload"),
        _text(members, "issuer"),
        tuple(OperatorId(str(name)) for name in by),
    )


def _kind(value: Json) -> UpdateKind:
    if not isinstance(value, str) or value not in list(UpdateKind):
        raise PacketRefused("it is no kind of update")
    return UpdateKind(value)


def _text(members: dict[str, Json], name: str) -> str:
    value = members[name]
    if not isinstance(value, str):
        raise PacketRefused(f"{name} is not text")
    return value


def _statement(members: dict[str, Json]) -> bytes:
    return _DOMAIN + canonical.spell(members)
