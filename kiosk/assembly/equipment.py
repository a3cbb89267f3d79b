"""What a station stands on: its store, its identity, its bank and the words for its records. From branch.toml, or for practice."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time

from kiosk.assembly.branch import DeskLink
from kiosk.assembly.feedback import SaysHow
from kiosk.assembly.practice import Practice
from kiosk.bank.connector import Connector
from kiosk.bank.http import BankTrust, HttpConnector, WithdrawalWay
from kiosk.intake.mailbox import DeskMailbox
from kiosk.intake.running import Tls
from kiosk.journey.closing import Context
from kiosk.outbox import Unreachable
from kiosk.policy import BRANCH, Policy, SyncPolicy
from kiosk.record import StationFacts
from kiosk.settings import DeskSettings, MailboxSettings, Settings
from kiosk.station.ports import HolderLookup
from kiosk.trust.bank_trust import KeptBankTrust
from kiosk.trust.case_files import CaseFiles
from kiosk.trust.identity import bank_keys, station_identities
from kiosk.trust.key_choice import key_store_of, station_store
from kiosk.trust.risk_policy import shipped_policy
from kiosk.values import StationClass
from kiosk.vault.referrals import ReferralOutbox
from kiosk.vault.store import Store
from kiosk.wire.keys import StationIdentity
from kiosk.wire.succession import TrustedBank
from models.catalogue import pack_versions

VERSION = "0.1.0"


@dataclass(frozen=True, slots=True)
class Equipment:
    context: Context
    store: Store
    identity: StationIdentity
    bank: BankTrust
    connector: Connector
    renew_keys: Callable[[], None] = lambda: None
    lookup: HolderLookup | None = None
    desk: DeskLink | None = None
    referred: DeskMailbox | None = None
    withdrawals: Connector | None = None
    heartbeat: SaysHow | None = None
    hours: tuple[time, time] | None = None

    @property
    def station_class(self) -> StationClass:
        return self.identity.station_class


@contextmanager
def from_settings(settings: Settings) -> Iterator[Equipment]:
    """Open what the settings name, and close it at the end. Raises any Fault of the store, the keys or the address."""
    station = settings.station
    policy = replace(settings.policy, sync=replace(settings.policy.sync, request_timeout_s=settings.bank.timeout_s))
    keys = key_store_of(station)
    with station_store(settings, keys) as store:
        CaseFiles(store, policy.retention).sweep(datetime.now(UTC))
        *former, identity = station_identities(store, station.name, station.station_class)
        bank = KeptBankTrust(store, bank_keys(settings.bank.keys))
        trusted, shown = (None if file is None else str(file) for file in (settings.bank.authorities, settings.bank.certificate))
        connector = HttpConnector(settings.bank.url, identity, bank, policy.sync, trusted, store.tree_head, former, certificate=shown)
        facts = StationFacts(station.name, station.branch, station.station_class, VERSION, policy.version, keys.kind)

        def renew_keys() -> None:
            announced = connector.successions()
            if not isinstance(announced, Unreachable):
                bank.learn(announced, datetime.now(UTC))

        with ExitStack() as opened:
            link = None if settings.desk is None else _desk_link(settings.desk, store, identity, policy.sync)
            mailbox = None if settings.mailbox is None else opened.enter_context(_mailbox(settings.mailbox, station.station_class))
            context = Context(policy, facts, shipped_policy(), pack_versions())
            way = WithdrawalWay(connector)
            yield Equipment(context, store, identity, bank, connector, renew_keys, connector, link, mailbox, way, connector, station.hours)


def _desk_link(desk: DeskSettings, store: Store, identity: StationIdentity, sync: SyncPolicy) -> DeskLink:
    keys, outbox = bank_keys(desk.keys), ReferralOutbox(store)
    trusted = None if desk.authorities is None else str(desk.authorities)
    return DeskLink(keys, HttpConnector(desk.url, identity, TrustedBank(keys), sync, trusted, outbox.tree_head), outbox)


@contextmanager
def _mailbox(settings: MailboxSettings, station_class: StationClass) -> Iterator[DeskMailbox]:
    tls = None
    if settings.certificate is not None and settings.private_key is not None:
        tls = Tls(settings.certificate, settings.private_key)
    production = station_class is StationClass.PRODUCTION
    with DeskMailbox(settings.folder, production) as mailbox, mailbox.serve(settings.host, settings.port, tls):
        yield mailbox


@contextmanager
def for_practice(name: str, station_class: StationClass, policy: Policy = BRANCH) -> Iterator[Equipment]:
    """Make a station and a bank of its own that last as long as the program. Never of class production."""
    facts = StationFacts(name, "practice", station_class, VERSION, policy.version)
    with Practice(name, station_class, policy.sync) as practice:
        bank, connector = TrustedBank(practice.bank), practice.connector
        yield Equipment(
            Context(policy, facts, shipped_policy(), pack_versions()),
            practice.store,
            practice.identity,
            bank,
            connector,
            lookup=connector,
            withdrawals=WithdrawalWay(connector),
            heartbeat=connector,
        )
