"""`app.py station`: make this station's identity, show the card the bank enrols it by, change its keys, accept its clock.

enrol (or init)  make the identity, once, and print the card; by an administrator, or at set-up while the station has no people
card             print the card again
roll-keys        make a new signing key, signed over by the one in force, and put it in force once the bank has taken it: two people
key              say where the master key is and what that is worth
move-key KIND    move the master key to tpm, keyring, passphrase or file: two people
distrust-bank-key ID  believe nothing that a former answering key of the bank's signed: two people
accept-clock     let a clock count that the audit log is ahead of: two people
seal-program     where the program is packed: sign the digests of its files; a station then tells when one changed

Exit codes: 0 done, 1 refused or a fault, 2 wrong usage.
"""

import argparse
from datetime import UTC, datetime
from pathlib import Path

from kiosk.assembly.equipment import from_settings
from kiosk.bank.http import HttpConnector
from kiosk.commands import asking
from kiosk.faults import Fault, SettingsRefused
from kiosk.settings import FILE_NAME, Settings, StationSettings, load_settings
from kiosk.trust.bank_trust import KeptBankTrust
from kiosk.trust.identity import AlreadyInitialised, bank_keys, enrol_station, identity_taken, next_identity, public_card, station_identity
from kiosk.trust.key_choice import KINDS, ask_passphrase, key_store, key_store_of, note_choice, station_store
from kiosk.trust.key_office import move_master_key
from kiosk.trust.operators import Operators
from kiosk.trust.permissions import Action
from kiosk.trust.presence import Authority
from kiosk.trust.program_manifest import FILE as PROGRAM_MANIFEST
from kiosk.trust.program_manifest import ROOT, digests_below, sign_program
from kiosk.vault.keys import KeyStore
from kiosk.vault.store import Store
from kiosk.wire.succession import station_succession_to_text


def main(argv: list[str]) -> int:
    chosen = _parser().parse_args(argv)
    try:
        if chosen.what == "seal-program":
            return _seal_program(chosen.key, chosen.root)
        settings = load_settings(chosen.settings)
        station = settings.station
        if chosen.what == "roll-keys":
            return _roll_keys(settings)
        keys = key_store_of(station)
        with station_store(settings, keys) as store:
            match chosen.what:
                case "init" | "enrol":
                    return _enrol(store, station)
                case "card":
                    print(public_card(station_identity(store, station.name, station.station_class)))
                    return 0
                case "key":
                    print(keys.describe())
                    return 0
                case "move-key":
                    return _move_key(store, station, keys, chosen.kind)
                case "distrust-bank-key":
                    return _distrust_bank_key(store, settings, chosen.key)
                case _:
                    return _accept_clock(store, station)
    except Fault as fault:
        asking.say(f"{type(fault).__name__}: {fault}")
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="app.py station", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--settings", type=Path, default=Path(FILE_NAME))
    kinds = parser.add_subparsers(dest="what", required=True)
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--settings", type=Path, default=argparse.SUPPRESS)
    sealing = kinds.add_parser("seal-program", help="where the program is packed: sign the digests of its files with the bank's key")
    sealing.add_argument("--key", type=Path, required=True, metavar="FILE", help="the bank's key file (`app.py intake init`)")
    sealing.add_argument("--root", type=Path, default=ROOT, metavar="DIR", help="the program's folder; default: this one")
    for name, says in (
        ("enrol", "make the identity once and print its card"),
        ("init", "the same"),
        ("card", "print what the bank needs to enrol this station"),
        ("roll-keys", "make a new signing key and put it in force once the bank has taken it"),
        ("key", "say where the master key is"),
        ("accept-clock", "let a corrected clock count again"),
    ):
        kinds.add_parser(name, parents=[shared], help=says)
    kinds.add_parser("move-key", parents=[shared], help="move the master key").add_argument("kind", choices=KINDS)
    distrust = kinds.add_parser("distrust-bank-key", parents=[shared], help="believe nothing that a former key of the bank's signed")
    distrust.add_argument("key", help="the answering key's id, as the audit log and the bank have it")
    return parser


def _enrol(store: Store, station: StationSettings) -> int:
    operators, now = Operators(store), datetime.now(UTC)
    who = None
    if not operators.is_empty():
        who = asking.sign_in(operators, station.name)
        if who is None:
            return 1
    made = enrol_station(store, station.name, station.station_class, who, now)
    if isinstance(made, AlreadyInitialised):
        asking.say("This station had an identity already; it keeps it.")
    else:
        asking.say("The station's identity is made. Hand the card below to the bank:")
    print(public_card(station_identity(store, station.name, station.station_class)))
    return 0


def _move_key(store: Store, station: StationSettings, old: KeyStore, kind: str) -> int:
    if kind == old.kind:
        asking.say(f"The key is in the {kind} already.")
        return 1
    agreed = asking.two_people(store, station.name, Action.CHANGE_KEYS)
    if agreed is None:
        return 1
    new = key_store(kind, station, ask_passphrase)
    move_master_key(store, agreed, old, new, datetime.now(UTC), chosen=lambda: note_choice(station, kind))
    asking.say(new.describe())
    return 0


def _distrust_bank_key(store: Store, settings: Settings, key: str) -> int:
    """A running desk learns it at its next start; the bank's own revocation takes effect at once."""
    agreed = asking.two_people(store, settings.station.name, Action.CHANGE_KEYS)
    if agreed is None:
        return 1
    bank, now = KeptBankTrust(store, bank_keys(settings.bank.keys)), datetime.now(UTC)
    Authority(store).require_agreed(agreed, Action.CHANGE_KEYS, now)
    if not bank.distrust((key,), f"{agreed.first}:second={agreed.second}", now):
        asking.say("Nothing changed: that is no former answering key of the bank's, or it is distrusted already.")
        return 1
    asking.say("Nothing counts any more that this key signed. Start the desk again.")
    return 0


def _accept_clock(store: Store, station: StationSettings) -> int:
    agreed = asking.two_people(store, station.name, Action.ACCEPT_CLOCK, clock_counts=False)
    if agreed is None:
        return 1
    Operators(store).accept_clock(agreed, datetime.now(UTC))
    asking.say("The clock counts from here on.")
    return 0


def _roll_keys(settings: Settings) -> int:
    """What was signed with the key before still arrives: the bank keeps taking it until a person there withdraws it."""
    station = settings.station
    with from_settings(settings) as equipment:
        agreed = asking.two_people(equipment.store, station.name, Action.CHANGE_KEYS)
        if agreed is None:
            return 1
        now = datetime.now(UTC)
        following = next_identity(equipment.store, agreed, station.name, station.station_class, now)
        connector = equipment.connector
        if not isinstance(connector, HttpConnector):
            raise SettingsRefused("this way to the bank cannot bring a new key; enrol the station's card there by hand")
        taken = connector.succeed(station_succession_to_text(equipment.identity, following), following)
        if taken is not True:
            why = "it refused it" if taken is False else f"{taken.code}"
            asking.say(f"The bank has not taken the new key ({why}). The one in force stays; try again.")
            return 1
        identity_taken(equipment.store, agreed, following, datetime.now(UTC))
        print(f"New key {following.key_id} is in force from the next start. Ask the bank to withdraw {equipment.identity.key_id} once")
        print("nothing waits that was signed with it.")
    return 0


def _seal_program(key_file: Path, root: Path) -> int:
    key = asking.bank_answers_key(key_file)
    try:
        (root / PROGRAM_MANIFEST).write_bytes(sign_program(root, key, datetime.now(UTC)))
    except OSError as trouble:
        asking.say(f"The program's files cannot be read or the list not written: {trouble.strerror}.")
        return 1
    print(f"{len(dict(digests_below(root)))} files are listed and signed in {root / PROGRAM_MANIFEST}.")
    return 0
