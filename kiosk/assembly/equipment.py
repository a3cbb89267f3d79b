"""What a station stands on: its store, its identity, its bank and the words for its records. From branch.toml, or for practice."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from kiosk.assembly.practice import Practice
from kiosk.bank.connector import Connector
from kiosk.bank.http import HttpConnector
from kiosk.journey.closing import Context
from kiosk.policy import BRANCH, Policy
from kiosk.record import StationFacts
from kiosk.settings import Settings
from kiosk.trust.identity import bank_keys, station_identity
from kiosk.values import StationClass
from kiosk.vault.keys import KeyFile
from kiosk.vault.opening import open_store
from kiosk.vault.store import Store
from kiosk.wire.keys import BankPublicKeys, StationIdentity

VERSION = "0.1.0"


@dataclass(frozen=True, slots=True)
class Equipment:
    context: Context
    store: Store
    identity: StationIdentity
    bank: BankPublicKeys
    connector: Connector

    @property
    def station_class(self) -> StationClass:
        return self.identity.station_class


@contextmanager
def from_settings(settings: Settings) -> Iterator[Equipment]:
    """Open what the settings name, and close it at the end. Raises any Fault of the store, the keys or the address."""
    station = settings.station
    policy = replace(settings.policy, sync=replace(settings.policy.sync, request_timeout_s=settings.bank.timeout_s))
    with open_store(station.data, KeyFile(station.master_key)) as store:
        identity = station_identity(store, station.name, station.station_class)
        bank = bank_keys(settings.bank.keys)
        authorities = settings.bank.authorities
        connector = HttpConnector(settings.bank.url, bank, policy.sync, None if authorities is None else str(authorities))
        facts = StationFacts(station.name, station.branch, station.station_class, VERSION, policy.version)
        yield Equipment(Context(policy, facts), store, identity, bank, connector)


@contextmanager
def for_practice(name: str, station_class: StationClass, policy: Policy = BRANCH) -> Iterator[Equipment]:
    """Make a station and a bank of its own that last as long as the program. Never of class production."""
    facts = StationFacts(name, "practice", station_class, VERSION, policy.version)
    with Practice(name, station_class, policy.sync) as practice:
        yield Equipment(Context(policy, facts), practice.store, practice.identity, practice.bank, practice.connector)
