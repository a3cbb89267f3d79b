"""Who this station is, and whose bank it trusts.

1. The signing key is made on the station, once, and never leaves its vault. The schema lets it not be replaced.
2. The class belongs to the key: settings that claim another class than the key was made for are refused.
3. What the bank needs to enrol the station is the public card, signed with the key itself.
"""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from kiosk.faults import KeyUnavailable, PacketRefused
from kiosk.values import Masked, StationClass
from kiosk.vault.audit import AuditEntry, AuditEvent
from kiosk.vault.store import Store
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

_KEPT_AS: Final = "station identity"


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


def station_identity(store: Store, name: str, station_class: StationClass) -> StationIdentity:
    """Return the station's identity. name, station_class: as the settings have them.

    Raises KeyUnavailable if it was never made or was made for another name or class.
    """
    with store.trust_rows() as rows:
        held = rows.secret(_KEPT_AS)
    if held is None:
        raise KeyUnavailable("this station has no identity yet: run `python app.py station init`")
    identity = _identity_from(held)
    if (identity.name, identity.station_class) != (name, station_class):
        raise KeyUnavailable(
            f"the settings say {name} ({station_class.value}), the station's key was made for "
            f"{identity.name} ({identity.station_class.value})"
        )
    return identity


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
