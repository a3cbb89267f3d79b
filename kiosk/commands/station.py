"""`app.py station`: make this station's identity, and show the card the bank enrols it by."""

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path

from kiosk.faults import Fault
from kiosk.settings import FILE_NAME, load_settings
from kiosk.trust.identity import AlreadyInitialised, public_card, station_identity, station_init
from kiosk.vault.keys import KeyFile
from kiosk.vault.opening import open_store


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="app.py station", description=__doc__.split("\n\n")[0])
    parser.add_argument("what", choices=("init", "card"), help="init: make the identity once; card: print what the bank needs to enrol it")
    parser.add_argument("--settings", type=Path, default=Path(FILE_NAME))
    chosen = parser.parse_args(argv)
    try:
        station = load_settings(chosen.settings).station
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
