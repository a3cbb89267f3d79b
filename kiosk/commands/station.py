"""`app.py station`: make this station's identity, and show the card the bank enrols it by."""

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path

from kiosk.assembly.equipment import from_settings
from kiosk.bank.http import HttpConnector
from kiosk.faults import Fault, SettingsRefused
from kiosk.settings import FILE_NAME, Settings, load_settings
from kiosk.trust.identity import AlreadyInitialised, identity_taken, next_identity, public_card, station_identity, station_init
from kiosk.vault.keys import KeyFile
from kiosk.vault.opening import open_store
from kiosk.wire.succession import station_succession_to_text

_WHAT = (
    "init: make the identity once; card: print what the bank needs to enrol it; "
    "roll-keys: make a new key, signed over by the one in force, and put it in force once the bank has taken it"
)


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="app.py station", description=__doc__.split("\n\n")[0])
    parser.add_argument("what", choices=("init", "card", "roll-keys"), help=_WHAT)
    parser.add_argument("--settings", type=Path, default=Path(FILE_NAME))
    chosen = parser.parse_args(argv)
    try:
        settings = load_settings(chosen.settings)
        station = settings.station
        if chosen.what == "roll-keys":
            return _roll_keys(settings)
        with open_store(station.data, KeyFile(station.master_key)) as store:
            if chosen.what == "init":
                made = station_init(store, station.name, station.station_class, datetime.now(UTC))
                if isinstance(made, AlreadyInitialised):
                    print("This station had an identity already; it keeps it.", file=sys.stderr)
                else:
                    print("The station's identity is made. Hand the card below to the bank:", file=sys.stderr)
            print(public_card(station_identity(store, station.name, station.station_class)))
    except Fault as fault:
        print(f"{type(fault).__name__}: {fault}", file=sys.stderr)
        return 1
    return 0


def _roll_keys(settings: Settings) -> int:
    """What was signed with the key before still arrives: the bank keeps taking it until a person there withdraws it."""
    station, now = settings.station, datetime.now(UTC)
    with from_settings(settings) as equipment:
        following = next_identity(equipment.store, station.name, station.station_class, now)
        connector = equipment.connector
        if not isinstance(connector, HttpConnector):
            raise SettingsRefused("this way to the bank cannot bring a new key; enrol the station's card there by hand")
        taken = connector.succeed(station_succession_to_text(equipment.identity, following), following)
        if taken is not True:
            why = "it refused it" if taken is False else f"{taken.code}"
            print(f"The bank has not taken the new key ({why}). The one in force stays; try again.", file=sys.stderr)
            return 1
        identity_taken(equipment.store, following, now)
        print(f"New key {following.key_id} is in force from the next start. Ask the bank to withdraw {equipment.identity.key_id} once")
        print("nothing waits that was signed with it.")
    return 0
