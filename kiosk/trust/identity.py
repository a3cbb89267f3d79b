"""Who this station is, and whose bank it trusts.

1. The signing key is made on the station and never leaves its vault. The schema lets none be replaced: a next one is kept beside it, signed
   over by the one before, and in force once the bank has taken it.
2. The class belongs to the key: settings that claim another class than the key was made for are refused.
3. What the bank needs to enrol the station is the public card, signed with the key itself.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from kiosk.faults import KeyUnavailable, PacketRefused
from kiosk.trust.permissions import Action
from kiosk.trust.presence import Authority, SignedIn
from kiosk.values import Masked, StationClass
from kiosk.vault.audit import AuditEntry, AuditEvent
from kiosk.vault.store import Store
from kiosk.vault.two_people import Agreed
from kiosk.wire.keys import (
    BankPublicKeys,
    StationIdentity,
    bank_public_keys_from_text,
    draw_station_identity,
    enrolment_to_text,
    station_identity_from_text,
    station_identity_to_text,
)
from kiosk.wire.limits import MAX_KEY_TEXT

BANK_ANSWERS_WITHIN: Final = timedelta(minutes=10)
"""Between two people's agreement and the bank's answer lies the network."""
_KEPT_AS: Final = "station identity"
_NEXT_AS: Final = "station identity {}"
_TAKEN_AS: Final = "station identity {} taken"


@dataclass(frozen=True, slots=True, eq=False)
class Initialised:
    """The station has a fresh identity, which its bank does not know yet."""

    identity: StationIdentity


@dataclass(frozen=True, slots=True, eq=False)
class AlreadyInitialised:
    """The station had an identity before, perhaps under another name or class. It keeps it."""

    identity: StationIdentity


def station_init(store: Store, name: str, station_class: StationClass, now: datetime) -> Initialised | AlreadyInitialised:
    """Make the station's identity, if it has none. Raises ValueError for a name that is no name."""
    with store.trust_rows() as rows:
        held = rows.secret(_KEPT_AS)
        if held is not None:
            return AlreadyInitialised(_identity_from(held))
        identity = draw_station_identity(name, station_class)
        rows.keep_secret(_KEPT_AS, Masked(station_identity_to_text(identity).encode()), now)
        store.note(AuditEntry(now, AuditEvent.STATION_INITIALISED, detail=f"{station_class.value}:{identity.key_id}"))
        return Initialised(identity)


def enrol_station(
    store: Store, name: str, station_class: StationClass, by: SignedIn | None, now: datetime
) -> Initialised | AlreadyInitialised:
    """Make the station's identity as `station_init` does, at an administrator's word; by nobody's only while the station has no people.

    Raises NotPermitted.
    """
    with store.trust_rows() as rows:
        has_people = bool(rows.operator_names())
    if has_people or by is not None:
        Authority(store).require(by, Action.ENROL_STATION, now)
    return station_init(store, name, station_class, now)


def station_identity(store: Store, name: str, station_class: StationClass) -> StationIdentity:
    """Return the station's identity in force. name, station_class: as the settings have them.

    Raises KeyUnavailable if it was never made or was made for another name or class.
    """
    return station_identities(store, name, station_class)[-1]


def station_identities(store: Store, name: str, station_class: StationClass) -> tuple[StationIdentity, ...]:
    """Return every identity the bank took from this station, oldest first. The last is in force, the others open answers to what they
    signed.

    Raises KeyUnavailable as `station_identity` does.
    """
    with store.trust_rows() as rows:
        held = rows.secret(_KEPT_AS)
        if held is None:
            raise KeyUnavailable("this station has no identity yet: run `python app.py station init`")
        found = [_identity_from(held)]
        while rows.secret(_TAKEN_AS.format(len(found) + 1)) is not None:
            held = rows.secret(_NEXT_AS.format(len(found) + 1))
            if held is None:
                raise KeyUnavailable("an identity the bank took is not there any more")
            found.append(_identity_from(held))
    first = found[0]
    if (first.name, first.station_class) != (name, station_class):
        raise KeyUnavailable(
            f"the settings say {name} ({station_class.value}), the station's key was made for {first.name} ({first.station_class.value})"
        )
    return tuple(found)


def next_identity(store: Store, agreed: Agreed, name: str, station_class: StationClass, now: datetime) -> StationIdentity:
    """Return the identity that shall follow, as two people agreed, made now or at an earlier try: until the bank has taken it, nothing is
    signed with it. Raises NotPermitted."""
    Authority(store).require_agreed(agreed, Action.CHANGE_KEYS, now)
    number = len(station_identities(store, name, station_class)) + 1
    with store.trust_rows() as rows:
        held = rows.secret(_NEXT_AS.format(number))
        if held is not None:
            return _identity_from(held)
        identity = draw_station_identity(name, station_class)
        rows.keep_secret(_NEXT_AS.format(number), Masked(station_identity_to_text(identity).encode()), now)
        return identity


def is_pending(store: Store, name: str, station_class: StationClass) -> bool:
    """Return whether a next identity was made that the bank has not taken yet."""
    number = len(station_identities(store, name, station_class)) + 1
    with store.trust_rows() as rows:
        return rows.secret(_NEXT_AS.format(number)) is not None


def identity_taken(store: Store, agreed: Agreed, identity: StationIdentity, now: datetime) -> None:
    """Put the next identity in force: the bank has taken it. From the next start on everything is signed with it. Raises NotPermitted."""
    Authority(store).require_agreed(agreed, Action.CHANGE_KEYS, now, within=BANK_ANSWERS_WITHIN)
    number = len(station_identities(store, identity.name, identity.station_class)) + 1
    with store.trust_rows() as rows:
        rows.keep_secret(_TAKEN_AS.format(number), Masked(identity.key_id.encode()), now)
        detail = f"{identity.key_id}:second={agreed.second}"
        store.note(AuditEntry(now, AuditEvent.STATION_SUCCEEDED, who=agreed.first, detail=detail))


def public_card(identity: StationIdentity) -> str:
    """Return the JSON to hand to the bank for enrolment. It holds nothing secret."""
    return enrolment_to_text(identity)


def bank_keys(path: Path) -> BankPublicKeys:
    """Return the bank's public keys from the file the settings name. Raises KeyUnavailable."""
    try:
        with path.open("rb") as file:
            content = file.read(MAX_KEY_TEXT + 1)
        return bank_public_keys_from_text(content.decode("utf-8"))
    except OSError as error:
        raise KeyUnavailable(f"the bank's keys cannot be read: {error.strerror}") from error
    except (UnicodeDecodeError, PacketRefused) as refused:
        raise KeyUnavailable("the file of the bank's keys is not one") from refused


def _identity_from(held: Masked[bytes]) -> StationIdentity:
    try:
        return station_identity_from_text(held.reveal().decode())
    except (UnicodeDecodeError, PacketRefused) as refused:
        raise KeyUnavailable("the station's identity cannot be read") from refused
