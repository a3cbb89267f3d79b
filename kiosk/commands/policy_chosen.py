"""Which policy a command of `app.py policy` is about: a file's, or the one in force at this station."""

import argparse
from pathlib import Path

from kiosk.faults import SettingsRefused
from kiosk.risk.policy_check import PolicyRefused
from kiosk.risk.policy_file import DecisionPolicy
from kiosk.settings import Settings, load_settings
from kiosk.trust.bank_trust import KeptBankTrust
from kiosk.trust.identity import bank_keys
from kiosk.trust.key_choice import station_store
from kiosk.trust.policy_in_force import PolicyInForce, policy_in_force, shipped_in_force
from kiosk.trust.risk_policy import MAX_POLICY_CHARS, policy_from_text
from kiosk.trust.station_updates import StationUpdates
from kiosk.vault.store import Store


class NoPolicy(Exception):
    """The file is no policy; the text names every problem."""


def file_of(chosen: argparse.Namespace) -> Path | None:
    file: Path | None = chosen.other if chosen.file is None else chosen.file
    return file


def named_policy(chosen: argparse.Namespace) -> DecisionPolicy | None:
    file = file_of(chosen)
    return None if file is None else policy_of(file)


def the_one(named: DecisionPolicy | None, in_force: PolicyInForce | None) -> DecisionPolicy:
    """Return the one of the two that there is."""
    if named is not None:
        return named
    assert in_force is not None, "without a file it is the policy in force"
    return in_force.policy


def station_policy(settings_file: Path) -> PolicyInForce:
    """Return the policy in force at the station of branch.toml. Nobody signs in for that: it names no customer. Raises a Fault."""
    if not settings_file.is_file():
        return shipped_in_force()
    settings = load_settings(settings_file)
    if not settings.station.data.is_dir():
        return shipped_in_force()
    with station_store(settings) as store:
        return policy_of_store(store, settings)


def policy_of_store(store: Store, settings: Settings) -> PolicyInForce:
    with store.update_rows() as rows:
        nothing_came = not rows.rows()
    if nothing_came:
        return shipped_in_force()
    bank = KeptBankTrust(store, bank_keys(settings.bank.keys))
    return policy_in_force(StationUpdates(store, lambda: bank.trusted().answers, settings.station.station_class))


def policy_of(file: Path) -> DecisionPolicy:
    read = policy_from_text(text_of(file))
    if isinstance(read, PolicyRefused):
        told = "\n".join(f"  {problem}" for problem in read.problems)
        raise NoPolicy(f"{file.name} is no policy that can be put in force:\n{told}")
    return read


def text_of(file: Path) -> str:
    try:
        with file.open(encoding="utf-8") as opened:
            return opened.read(MAX_POLICY_CHARS + 1)
    except (OSError, UnicodeDecodeError) as trouble:
        raise SettingsRefused(f"{file.name} cannot be read as text") from trouble
