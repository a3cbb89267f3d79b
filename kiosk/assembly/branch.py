"""A whole station with its threads: camera, eyes, two workers, courier. Whoever owns it starts and stops it, and pumps its station."""

import gc
import sys
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, time
from pathlib import Path

from kiosk.assembly.archive import VaultArchive
from kiosk.assembly.comparing import ModelComparer
from kiosk.assembly.documents import ModelDocumentReader
from kiosk.assembly.feedback import Feedback, SaysHow
from kiosk.assembly.senses import Senses
from kiosk.assembly.sight import ModelSight
from kiosk.bank.connector import Connector
from kiosk.bank.courier import Attempted, Courier, CourierEnded, CourierReport, PassFailed
from kiosk.bank.http import BankTrust
from kiosk.camera.grabber import Grabber
from kiosk.camera.latest import Latest
from kiosk.camera.source import FrameSource
from kiosk.faults import Fault
from kiosk.frame import Frame
from kiosk.intake.mailbox import DeskMailbox
from kiosk.journey.closing import Context
from kiosk.journey.events import CameraReturned, CameraStopped
from kiosk.station.clerk import Clerk
from kiosk.station.clock import SystemClock
from kiosk.station.crew import Worker, guard
from kiosk.station.eyes import Eyes
from kiosk.station.life import BankAnswered, CameraChanged
from kiosk.station.ports import HolderLookup, ScriptSource
from kiosk.station.station import Station
from kiosk.trust.bank_trust import KeptBankTrust
from kiosk.trust.presence import Authority, Presence
from kiosk.trust.program_manifest import changed_files
from kiosk.trust.sensing import Endpoint, Past, Unhurried
from kiosk.trust.station_updates import StationUpdates
from kiosk.values import ConsentPurpose, SessionId
from kiosk.vault.referrals import ReferralOutbox
from kiosk.vault.store import Store
from kiosk.vault.withdrawal_outbox import MakeMessage, WithdrawalOutbox
from kiosk.wire.keys import BankPublicKeys, StationIdentity
from kiosk.wire.watch_list import WatchList
from kiosk.wire.withdrawal import Withdrawal, make_withdrawal
from models.catalogue import Catalogue, open_catalogue

SWITCH_INTERVAL_S = 0.0003


@dataclass(frozen=True, slots=True, eq=False)
class DeskLink:
    """The way from a booth to its branch's desk. keys: of the desk's mailbox, compared by people as the bank's are."""

    keys: BankPublicKeys
    connector: Connector
    outbox: ReferralOutbox


@dataclass(frozen=True, slots=True)
class Parts:
    """Everything a station is made of that differs between a branch, the demo and a test.

    presence: who works at this window; without one nobody does, as in a booth. extra_views: further mailboxes that want every frame (a QA
    recorder).
    """

    context: Context
    source: FrameSource
    models: Path
    scripts: ScriptSource
    store: Store
    identity: StationIdentity
    bank: BankTrust
    connector: Connector
    presence: Presence | None = None
    extra_views: tuple[Latest[Frame], ...] = ()
    lookup: HolderLookup | None = None
    referred: DeskMailbox | None = None
    desk: DeskLink | None = None
    renew_keys: Callable[[], None] = lambda: None
    heartbeat: SaysHow | None = None
    """The way to tell the bank how the station is, and for what it answers; None where nobody is told."""
    hours: tuple[time, time] | None = None
    """Opening hours in local time, None where not said."""
    withdrawals: Connector | None = None
    """The way for withdrawn consents; None at a bank that takes none, where the branch tells it."""


class Branch:
    """Made, started, pumped and stopped by one thread. Does not own the store: whoever opened it closes it, after `stop`."""

    def __init__(self, parts: Parts) -> None:
        clock = SystemClock()
        policy = parts.context.policy
        to_eyes, to_screen = Latest[Frame](), Latest[Frame]()
        self.station = Station(parts.context, clock, to_screen)
        self.presence = parts.presence or Presence(Authority(parts.store, policy.training))
        desk_keys = None if parts.desk is None else parts.desk.keys
        archive = VaultArchive(parts.store, parts.identity, parts.bank, clock, self.presence, desk_keys, parts.referred)
        self.courier = Courier(
            parts.store, parts.connector, policy.sync, lambda: clock.now().wall, self._courier_says, renew=parts.renew_keys
        )
        self._referred = parts.referred
        self._to_desk: Courier | None = None
        if parts.desk is not None:
            referrals = parts.desk.outbox
            self._to_desk = Courier(referrals, parts.desk.connector, policy.sync, lambda: clock.now().wall, self._quiet_courier_says)
        self._withdrawals: Courier | None = None
        if parts.withdrawals is not None:
            told = WithdrawalOutbox(parts.store, _told_to(parts.identity, parts.bank))
            self._withdrawals = Courier(told, parts.withdrawals, policy.sync, lambda: clock.now().wall, self._quiet_courier_says)
        on_bug = self.station.service_ended
        catalogue = _one_catalogue(parts.models)
        sight = ModelSight(catalogue, policy)
        self.eyes = Eyes(to_eyes, sight, self.station.post, on_bug)
        self.clerk = Clerk(
            ModelDocumentReader(catalogue, policy.document, lambda: clock.now().wall.date()),
            ModelComparer(catalogue, policy.face),
            parts.scripts,
            archive,
            self.station.post,
            self.station.post_life,
            self._something_kept,
            on_bug,
            Worker("reader", on_bug),
            Worker("records", on_bug),
            parts.lookup,
            parts.referred,
            lambda: clock.now().wall,
            Past(parts.store, parts.hours, self._watch_list),
        )
        bank = parts.bank
        updates = StationUpdates(parts.store, lambda: bank.trusted().answers, parts.identity.station_class, _distrusting(bank))
        endpoint = Endpoint(parts.store, _program_changed(bank), refused=lambda: None if parts.heartbeat is None else updates.refused)
        self.senses = Senses(endpoint, self.station.sensed, lambda: clock.now().wall, on_bug)
        self.station.man(self.eyes, self.clerk)
        reports = _CameraReports(self.station)
        mailboxes = (to_eyes, to_screen, *parts.extra_views)
        self.grabber = Grabber(parts.source, mailboxes, reports, guard=guard("camera", reports.camera_lost, on_bug))
        self.feedback: Feedback | None = None
        if parts.heartbeat is not None:
            facts = parts.context.station
            self.feedback = Feedback(
                self.station,
                updates,
                parts.heartbeat,
                parts.context.risk,
                lambda: clock.now().wall,
                on_bug,
                facts.software,
                lambda: self.grabber.frames,
                lambda: clock.now().monotonic_ns / 1e9,
            )

    def start(self) -> None:
        # Eyes, screen and camera take turns at the interpreter many times a frame; Python's usual turn is 5 ms. On two quiet cores it makes
        # no difference (measured in turn); busy ones looked better with it, but were never compared in turn.
        sys.setswitchinterval(SWITCH_INTERVAL_S)
        # What was loaded stays for good: the collector need not look through it again in the middle of a customer's visit.
        gc.freeze()
        self.senses.start()
        self.clerk.start()
        self.eyes.start()
        self.grabber.start()
        self.courier.start()
        if self.feedback is not None:
            self.feedback.start()
        if self._to_desk is not None:
            self._to_desk.start()
        if self._withdrawals is not None:
            self._withdrawals.start()
        if self._referred is not None:
            self._referred.on_held = self.clerk.list_cases

    def stop(self) -> None:
        """Stop the camera first and the record keeper before the courier, so that nothing asked for is left undone."""
        self.senses.stop()
        if self.feedback is not None:
            self.feedback.stop()
        self.grabber.stop()
        self.eyes.stop()
        self.clerk.stop()
        self.courier.stop()
        if self._to_desk is not None:
            self._to_desk.stop()
        if self._withdrawals is not None:
            self._withdrawals.stop()

    def _watch_list(self) -> WatchList | None:
        return None if self.feedback is None else self.feedback.watch_list()

    def _something_kept(self) -> None:
        self.courier.wake()
        if self._to_desk is not None:
            self._to_desk.wake()

    def _quiet_courier_says(self, report: CourierReport) -> None:
        """A desk that is away harms nobody: the bank has the case, and the customer is told to see a colleague. A withdrawal is told until
        there is a receipt for it."""
        if isinstance(report, CourierEnded) and report.by_bug:
            self.station.service_ended("CourierBug")

    def _courier_says(self, report: CourierReport) -> None:
        match report:
            case Attempted(delivery=delivery):
                self.station.post_life(BankAnswered(delivery.last_problem))
                self.clerk.list_cases()
            case PassFailed(fault=fault):
                self.station.post_life(BankAnswered(fault))
            case _ if report.by_bug:
                self.station.service_ended("CourierBug")


def _told_to(identity: StationIdentity, bank: BankTrust) -> MakeMessage:
    def message(session: SessionId, purpose: ConsentPurpose, at: datetime) -> bytes:
        return make_withdrawal(Withdrawal(session, purpose, at), identity, bank.trusted().current)

    return message


class _CameraReports:
    """Turns what the camera thread tells into events of the journey and of the station's life."""

    def __init__(self, station: Station) -> None:
        self._station = station

    def camera_working(self) -> None:
        self._station.post_life(CameraChanged(""))
        self._station.post(CameraReturned())

    def camera_lost(self, fault: Fault) -> None:
        self._gone(type(fault).__name__)

    def recording_ended(self, frames: int) -> None:
        self._gone("RecordingEnded")

    def _gone(self, what: str) -> None:
        self._station.post_life(CameraChanged(what))
        self._station.post(CameraStopped(what))


def _distrusting(bank: BankTrust) -> Callable[[Collection[str], datetime], object]:
    """Return what the bank's revocation of its own former keys is told to; a practice bank has no chain of them."""

    def distrust(keys: Collection[str], now: datetime) -> None:
        if isinstance(bank, KeptBankTrust):
            bank.distrust(keys, "bank", now)

    return distrust


def _program_changed(bank: BankTrust) -> Callable[[], int | None]:
    """Return a function that says how many program files are not as the bank signed them; it looks every ten minutes."""
    return Unhurried(lambda: changed_files([bank.trusted().current.answers]))


def _one_catalogue(folder: Path) -> Callable[[], Catalogue]:
    """Return a function that opens the pack on its first call; each thread makes its own readers from it."""
    opened: list[Catalogue] = []

    def catalogue() -> Catalogue:
        if not opened:
            opened.append(open_catalogue(folder))
        return opened[0]

    return catalogue
