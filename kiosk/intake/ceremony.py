"""Making a bank's keys, enrolling its stations, reading its ledger. Done by a person at the bank, rarely.

A bank's folder:

    intake.json          which packets are taken; written last, so a folder with it is whole
    bank-identity.json   PRIVATE, 0600: opens packets and signs answers
    ledger.key           PRIVATE, 0600: seals what rests in the ledger
    bank-keys.json       public: what every station is configured with
    ledger.sqlite        what was received, unless the ledger is in PostgreSQL (`--store`)
    analysis-keys.json   public: whom cases are granted to for analysis (`kiosk/intake/analysis_role.py`); absent where nobody analyses
    former/              PRIVATE, 0600: identities before, by sealing key id: they open what was sealed while they were current
    successions/         public: what each key signed over to the next, 0001.json and on
"""

import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Final

from kiosk.faults import DiskFull, KeyUnavailable, PacketRefused, SettingsRefused, StoreUnavailable
from kiosk.intake.acceptance import DEMONSTRATION, PRODUCTION, Acceptance
from kiosk.intake.analysis_role import grant_for, published_role
from kiosk.intake.outbox import Grant
from kiosk.intake.reception import IntakeKeys
from kiosk.intake.rest import account_digest
from kiosk.intake.sqlite_store import SqliteIntakeStore
from kiosk.intake.store import HeldCase, IntakeStore
from kiosk.record import Decision
from kiosk.values import Masked, StationClass
from kiosk.vault.files import is_full, sync_folder
from kiosk.vault.keys import KeyFile
from kiosk.vault.sealing import derive
from kiosk.wire import canonical
from kiosk.wire.keys import (
    BankIdentity,
    BankPublicKeys,
    EnrolledStation,
    bank_identity_from_text,
    bank_identity_to_text,
    bank_public_keys_from_text,
    bank_public_keys_to_text,
    draw_bank_identity,
    enrolment_from_text,
)
from kiosk.wire.limits import MAX_KEY_TEXT
from kiosk.wire.sense import well_formed_id
from kiosk.wire.succession import bank_succession_from_text, bank_succession_to_text

SETTINGS: Final = "intake.json"
IDENTITY: Final = "bank-identity.json"
STORAGE_KEY: Final = "ledger.key"
PUBLIC: Final = "bank-keys.json"
LEDGER: Final = "ledger.sqlite"
NEXT: Final = "bank-identity.next"
FORMER: Final = "former"
SUCCESSIONS: Final = "successions"
_GRANTED_AT_ONCE: Final = 200


@dataclass(frozen=True, slots=True, eq=False)
class OpenBank:
    """A bank's folder, opened. Close the store when done."""

    keys: IntakeKeys
    acceptance: Acceptance
    store: IntakeStore
    successions: tuple[str, ...] = ()


def is_bank(folder: Path) -> bool:
    """Return whether a bank was completely made there."""
    return (folder / SETTINGS).is_file()


def init_bank(folder: Path, production: bool) -> BankPublicKeys:
    """Make a bank: its keys, its empty ledger. Never touches one that is there: SettingsRefused. Raises DiskFull, StoreUnavailable."""
    present = [name for name in (SETTINGS, IDENTITY, STORAGE_KEY, LEDGER) if (folder / name).exists()]
    if SETTINGS in present:
        raise SettingsRefused("a bank is there already; its keys are never replaced")
    if present:
        raise SettingsRefused(f"an interrupted set-up left {', '.join(present)} there; nothing was received with it: move it away first")
    identity = draw_bank_identity()
    with _file_faults():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    KeyFile(folder / STORAGE_KEY).create()
    _write_new(folder / IDENTITY, bank_identity_to_text(identity), 0o600)
    _write_new(folder / PUBLIC, bank_public_keys_to_text(identity.public()), 0o644)
    SqliteIntakeStore(folder / LEDGER).close()
    with _file_faults():
        (folder / LEDGER).chmod(0o600)
    _write_new(folder / SETTINGS, canonical.spell({"format": 1, "production": production}).decode(), 0o644)
    return identity.public()


def open_bank(folder: Path, store: str = "") -> OpenBank:
    """Open a bank's folder. store: `postgresql://…` of its ledger; empty: the SQLite file in the folder.

    Raises SettingsRefused, KeyUnavailable, StoreDamaged, StoreUnavailable, StoreFromNewerVersion.
    """
    acceptance = _acceptance(folder)
    storage = derive(KeyFile(folder / STORAGE_KEY).load(), "intake contents")
    _finish_roll(folder)
    identity = _identity(folder / IDENTITY)
    former = tuple(_identity(path) for path in _files_of(folder / FORMER))
    keys = IntakeKeys(identity, storage, former, published_role(folder))
    successions = tuple(_read(path).strip() for path in _files_of(folder / SUCCESSIONS))
    return OpenBank(keys, acceptance, open_ledger(folder, store), successions)


def roll_keys(folder: Path, at: datetime) -> BankPublicKeys:
    """Make new keys for the bank and sign them over with the ones before, which stay to open what was sealed to them.

    A running intake goes on with the keys it was started with, and a running console publishes nothing more; start both again. Killed at
    any point, this is either not done or done by the next `open_bank`: the succession is published last but one, and what it names is on
    the disk before. Raises as `open_bank`.
    """
    _acceptance(folder)
    _finish_roll(folder)
    old, new = _identity(folder / IDENTITY), draw_bank_identity()
    with _file_faults():
        for made in (FORMER, SUCCESSIONS):
            (folder / made).mkdir(mode=0o700, exist_ok=True)
        (folder / NEXT).unlink(missing_ok=True)
    _write_new(folder / NEXT, bank_identity_to_text(new), 0o600)
    kept = folder / FORMER / f"{old.public().sealing_key_id}.json"
    if not kept.exists():
        _write_new(kept, bank_identity_to_text(old), 0o600)
    number = len(_files_of(folder / SUCCESSIONS)) + 1
    _write_new(folder / SUCCESSIONS / f"{number:04d}.json", bank_succession_to_text(old, new.public(), at), 0o644)
    _finish_roll(folder)
    return new.public()


def retire_key(folder: Path, sealing_key_id: str) -> None:
    """Destroy a former identity: what is still sealed to it anywhere opens never again. Raises SettingsRefused if there is no such one."""
    _acceptance(folder)
    kept = folder / FORMER / f"{sealing_key_id}.json"
    if not well_formed_id(sealing_key_id) or not kept.is_file():
        raise SettingsRefused("there is no former identity with that sealing key")
    with _file_faults():
        kept.unlink()
        sync_folder(kept.parent)


def _finish_roll(folder: Path) -> None:
    """Put the next identity in force if the current one has signed it over; one that nobody signed over is no identity."""
    path = folder / NEXT
    if not path.is_file():
        return
    new, old, signed = _identity(path), _identity(folder / IDENTITY), _files_of(folder / SUCCESSIONS)
    try:
        following = bank_succession_from_text(_read(signed[-1]), old.public()) if signed else None
    except PacketRefused:
        following = None
    if following is None or following.sealing_key_id != new.public().sealing_key_id:
        return
    with _file_faults():
        (folder / f"{PUBLIC}.next").unlink(missing_ok=True)
    _write_new(folder / f"{PUBLIC}.next", bank_public_keys_to_text(new.public()), 0o644)
    with _file_faults():
        (folder / f"{PUBLIC}.next").replace(folder / PUBLIC)
        path.replace(folder / IDENTITY)
        sync_folder(folder)


def _identity(path: Path) -> BankIdentity:
    try:
        return bank_identity_from_text(_read_private(path))
    except PacketRefused as trouble:
        raise KeyUnavailable("an identity file of the bank's is damaged") from trouble


def _files_of(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.json"))


def bank_keys(folder: Path) -> BankPublicKeys:
    """Return what stations are configured with. Raises SettingsRefused, KeyUnavailable, StoreUnavailable."""
    _acceptance(folder)
    try:
        return bank_public_keys_from_text(_read(folder / PUBLIC))
    except PacketRefused as trouble:
        raise KeyUnavailable("the bank's public keys are damaged") from trouble


def enrol(
    folder: Path, enrolment: str, station_class: StationClass, at: datetime, another_key: bool = False, store: str = ""
) -> EnrolledStation:
    """Enrol a station from the text it gave (`enrolment_to_text`). Enrolling the same again changes nothing.

    station_class: what the bank's person enrols it as; must be what the station calls itself. another_key: allow a second key for a name
    that is enrolled, after a station's keys were made anew. Raises SettingsRefused for a text, class or name that does not fit.
    """
    acceptance = _acceptance(folder)
    try:
        station = enrolment_from_text(enrolment)
    except PacketRefused as trouble:
        raise SettingsRefused("that is no station's enrolment, or it was altered") from trouble
    if station.station_class is not station_class:
        raise SettingsRefused(f"the station calls itself {station.station_class}, not {station_class}: its keys must be made for its class")
    if acceptance.production is not (station_class is StationClass.PRODUCTION):
        raise SettingsRefused(f"this bank takes {'only production' if acceptance.production else 'no production'} stations")
    with closing(open_ledger(folder, store)) as ledger:
        others = [other for other in ledger.stations() if other.name == station.name and other.key_id != station.key_id]
        if others and not another_key:
            raise SettingsRefused("a station of this name is enrolled with another key")
        ledger.enrol(station, at)
    return station


def withdraw(folder: Path, key_id: str, at: datetime, store: str = "") -> None:
    """Take no more packets of a station's key, for good. What it brought stays. Raises SettingsRefused if there is no such key now."""
    _acceptance(folder)
    with closing(open_ledger(folder, store)) as ledger:
        if not ledger.withdraw(key_id, at):
            raise SettingsRefused("no station is enrolled with that key")


def open_account(folder: Path, packet_id: str, account: str, at: datetime, store: str = "") -> None:
    """Write down which account was opened with a held packet: its holder, and the face enrolled with it if there is one, are the account's
    from now on. Raises SettingsRefused if that packet is not an approved account opening, or the account has one."""
    bank = open_bank(folder, store)
    with closing(bank.store) as ledger:
        case = next((case for case in ledger.cases() if case.packet_id == packet_id), None)
        if case is None or case.purpose != "account-opening" or case.decision is not Decision.APPROVE:
            raise SettingsRefused("no approved account opening is held under that id")
        if not ledger.open_account(account_digest(bank.keys.storage, Masked(account)), case.packet_id, at):
            raise SettingsRefused("that account was opened with another packet")


def revoke_template(folder: Path, account: str, at: datetime, store: str = "") -> None:
    """Destroy the face enrolled for an account, for good. Raises SettingsRefused if there is none."""
    bank = open_bank(folder, store)
    with closing(bank.store) as ledger:
        if not ledger.revoke(account_digest(bank.keys.storage, Masked(account)), at):
            raise SettingsRefused("no face is enrolled for that account")


def grant_again(folder: Path, store: str = "") -> int:
    """Grant every held case to the analysis role once more, for an analysis that was begun late or lost; return how many were not waiting.

    Raises SettingsRefused if nobody analyses here, StoreDamaged."""
    bank = open_bank(folder, store)
    role = bank.keys.analysis
    if role is None:
        raise SettingsRefused("this bank has no analysis role; make one with `intake analyse`")
    granted = 0
    with closing(bank.store) as ledger:
        for lot in batched(ledger.cases(), _GRANTED_AT_ONCE):
            grants = []
            for case in lot:
                held = ledger.content(case.packet_id)
                if held is not None and len(held[0]) > 0:
                    grants.append(Grant(case.position, grant_for(role, bank.keys.storage, case.packet_id, held[1])))
            granted += ledger.grant_again(grants)
    return granted


def batched(cases: Iterable[HeldCase], size: int) -> Iterator[list[HeldCase]]:
    rest = iter(cases)
    while lot := list(islice(rest, size)):
        yield lot


def list_stations(folder: Path, store: str = "") -> tuple[EnrolledStation, ...]:
    _acceptance(folder)
    with closing(open_ledger(folder, store)) as ledger:
        return ledger.stations()


def list_cases(folder: Path, store: str = "") -> Iterator[HeldCase]:
    """Yield what the bank holds, oldest first, without anything about customers."""
    _acceptance(folder)
    with closing(open_ledger(folder, store)) as ledger:
        yield from ledger.cases()


def open_ledger(folder: Path, store: str = "") -> IntakeStore:
    """Open the ledger alone. A database with a log of its own never takes over from a file that holds packets: SettingsRefused.

    Two ledgers of one bank would be two logs, and every station would find it out.
    """
    if not store:
        if not (folder / LEDGER).is_file():
            raise StoreUnavailable("the bank's ledger is not there")
        return SqliteIntakeStore(folder / LEDGER)
    if not store.startswith(("postgresql://", "postgres://")):
        raise SettingsRefused("a ledger elsewhere is postgresql://user@host/database")
    if (folder / LEDGER).is_file():
        with SqliteIntakeStore(folder / LEDGER) as file:
            if file.log_size():
                raise SettingsRefused("the ledger in the bank's folder holds packets already; the bank has one ledger")
    from kiosk.intake.postgres_store import PostgresIntakeStore  # only a bank that has one needs its driver

    return PostgresIntakeStore(store)


def _acceptance(folder: Path) -> Acceptance:
    if not is_bank(folder):
        raise SettingsRefused("there is no bank in that folder; make one with `init`")
    try:
        value = canonical.parse(_read(folder / SETTINGS).strip().encode(), MAX_KEY_TEXT)
    except PacketRefused as trouble:
        raise SettingsRefused(f"{SETTINGS} is damaged") from trouble
    match value:
        case {"format": 1, "production": bool(production), **others} if not others:
            return PRODUCTION if production else DEMONSTRATION
        case _:
            raise SettingsRefused(f"{SETTINGS} is not one this version knows")


def _write_new(path: Path, text: str, mode: int) -> None:
    """Write a file that must not exist, and see it on the disk."""
    with _file_faults():
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w", encoding="utf-8", newline="\n") as file:
            file.write(text + "\n")
            file.flush()
            os.fsync(file.fileno())
        sync_folder(path.parent)


def _read_private(path: Path) -> str:
    with _file_faults():
        mode = stat.S_IMODE(path.stat().st_mode)
    if os.name == "posix" and mode & 0o077:
        raise KeyUnavailable(f"{path.name} is open to others (mode {mode:04o}, wanted 0600)")
    return _read(path)


def _read(path: Path) -> str:
    with _file_faults(), path.open("rb") as file:
        return file.read(MAX_KEY_TEXT + 1).decode("utf-8", errors="replace")


@contextmanager
def _file_faults() -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise KeyUnavailable("a file of the bank's folder is missing") from error
    except OSError as error:
        if is_full(error):
            raise DiskFull("no room for the bank's files") from error
        raise StoreUnavailable(f"the bank's folder cannot be used: {error.strerror}") from error
