"""The two machines of a run: a station with its store and courier, a bank with its ledger and service. Both are the product's own code;
only the files below SQLite and the wire between them are simulated."""

import random
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Final

from kiosk.bank.courier import Courier, OutboxPort
from kiosk.bank.http import HttpConnector
from kiosk.bank.link import MAX_ANSWER_BYTES, HttpLink
from kiosk.faults import DiskFull, Fault
from kiosk.intake.acceptance import PRODUCTION
from kiosk.intake.reception import IntakeKeys, Reception
from kiosk.intake.service import answer, said_size
from kiosk.intake.sqlite_store import SqliteIntakeStore
from kiosk.measure.faults.disk import LosingDisk, Loss
from kiosk.measure.faults.life import ACKNOWLEDGE, DELIVER, IDLE, KEEP, PURGE, RECEIVE, START, Life
from kiosk.measure.faults.network import Network, Request, Response
from kiosk.measure.faults.sqlite_layer import FileLayer
from kiosk.measure.made_up_case import made_up_case
from kiosk.outbox import Answer, Delivery, Unreachable
from kiosk.policy import SyncPolicy
from kiosk.record import EvidencePictures
from kiosk.values import Masked, SessionId, StationClass
from kiosk.vault.keys import KeyFile
from kiosk.vault.opening import open_store
from kiosk.vault.store import Store
from kiosk.wire.hash_tree import TreeHead
from kiosk.wire.keys import BankIdentity, StationIdentity, draw_bank_identity, draw_station_identity
from kiosk.wire.packet import Packet, make_packet
from kiosk.wire.succession import TrustedBank

BEGAN: Final = datetime(2026, 3, 4, 12, 5, tzinfo=UTC)
POLICY: Final = SyncPolicy()
_NOWHERE: Final = "http://127.0.0.1:1"
_PICTURE: Final = b"\xff\xd8\xff" + b"picture" * 150
PICTURES: Final = EvidencePictures(Masked(_PICTURE), Masked(_PICTURE), Masked(_PICTURE))


@dataclass(frozen=True, slots=True, eq=False)
class Cast:
    """Who takes part in every run of this program, and the folders each run starts from."""

    bank: BankIdentity
    booth: StationIdentity
    keys: IntakeKeys
    kiosk_folder: Path
    bank_folder: Path


@cache
def cast() -> Cast:
    folder = Path(tempfile.mkdtemp(prefix="identity-desk-faults-", dir=memory_folder()))
    bank, booth = draw_bank_identity(), draw_station_identity("booth-1", StationClass.PRODUCTION)
    open_store(folder / "kiosk", KeyFile(folder / "kiosk" / "master.key")).close()
    (folder / "bank").mkdir()
    with SqliteIntakeStore(folder / "bank" / "ledger.sqlite") as ledger:
        ledger.enrol(booth.enrolled(), BEGAN)
    return Cast(bank, booth, IntakeKeys(bank, Masked(bytes(range(32)))), folder / "kiosk", folder / "bank")


def forget_cast() -> None:
    """Remove the folders every run started from."""
    if cast.cache_info().currsize:
        shutil.rmtree(cast().kiosk_folder.parent, ignore_errors=True)
        cast.cache_clear()


def memory_folder() -> Path | None:
    """Return a folder in memory, where what is written costs no wear; None for the system's usual one."""
    shared = Path("/dev/shm")  # noqa: S108 - a fresh private folder is made in it
    return shared if shared.is_dir() else None


@dataclass(slots=True)
class Clock:
    """A wall clock that can be wrong. now: UTC."""

    now: datetime = BEGAN

    def __call__(self) -> datetime:
        return self.now

    def jump(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@contextmanager
def _mortal(life: Life) -> Iterator[None]:
    """Whatever a process does after its death ends here and means nothing. A full disk is a fault the living survive, too."""
    try:
        yield
    except DiskFull:
        return
    except (Fault, sqlite3.Error):
        if life.alive:
            raise


@dataclass(frozen=True, slots=True)
class Flaws:
    """Bugs planted on purpose, to show that the harness sees them. Each replaces one part by a wrong one."""

    ledger: Callable[[Path], SqliteIntakeStore] = SqliteIntakeStore
    outbox: Callable[[Store], OutboxPort] = lambda store: store
    packet: Callable[[Packet], Packet] = lambda packet: packet


class Machine:
    """A process, its disk and its clock."""

    def __init__(self, who: str, template: Path, folder: Path, layer: FileLayer, flaws: Flaws) -> None:
        self.life = Life(who)
        self.clock = Clock()
        self.folder = folder / who
        self.flaws = flaws
        shutil.copytree(template, self.folder)
        self.disk = LosingDisk(self.folder, folder / f"{who}-platter", self.life.step)
        layer.mount(str(self.folder), self.disk)

    @property
    def running(self) -> bool:
        """Whether its store is open: a start on a full disk may have failed."""
        raise NotImplementedError

    def start(self) -> None:
        """Open what is on the disk and begin work."""
        raise NotImplementedError

    def drop(self) -> None:
        """Let go of everything a dead process held."""
        raise NotImplementedError

    def again(self, loss: Loss, dice: random.Random) -> None:
        """Start it after its death, on what its disk still has. It may die again while starting."""
        self.drop()
        self.disk.end(loss, dice)
        self.life.begin()
        self.start()


class BankMachine(Machine):
    def __init__(self, folder: Path, layer: FileLayer, flaws: Flaws) -> None:
        super().__init__("bank", cast().bank_folder, folder, layer, flaws)
        self._store: SqliteIntakeStore | None = None
        self._reception: Reception | None = None
        self.start()

    @property
    def running(self) -> bool:
        return self._reception is not None

    @property
    def path(self) -> Path:
        return self.folder / "ledger.sqlite"

    def start(self) -> None:
        with _mortal(self.life):
            self._store = self.flaws.ledger(self.path)
            self._reception = Reception(self._store, cast().keys, PRODUCTION, self.clock)
        self.life.enter(IDLE)

    def drop(self) -> None:
        if self._store is not None:
            with suppress(Fault, sqlite3.Error):
                self._store.close()
        self._store = self._reception = None

    def answer(self, request: Request) -> Response | None:
        """Do with a packet what the service does: hand it to the reception, spell the answer."""
        self.life.enter(RECEIVE)
        if not self.life.step("hear") or self._reception is None:
            return None
        with _mortal(self.life):
            outcome = self._reception.receive(
                request.body, request.headers.get("Idempotency-Key", ""), said_size(request.headers.get("Known-Size", ""))
            )
            self.life.enter(ACKNOWLEDGE)
            if self.life.step("answer"):
                response = answer(outcome)
                self.life.enter(IDLE)
                return Response(response.status_code, bytes(response.body))
        return None


class _Connector(HttpConnector):
    """The product's connector over the simulated network instead of a socket."""

    def __init__(self, network: Network, life: Life, flaws: Flaws, known: Callable[[], TreeHead]) -> None:
        super().__init__(_NOWHERE, cast().booth, TrustedBank(cast().bank.public()), POLICY, known=known, link=_Link(network, life))
        self._flaws = flaws

    def deliver(self, packet: Packet) -> Answer:
        return super().deliver(self._flaws.packet(packet))


class _Link(HttpLink):
    def __init__(self, network: Network, life: Life) -> None:
        super().__init__(_NOWHERE, POLICY)
        self._network = network
        self._life = life

    def ask(
        self, method: str, path: str, headers: dict[str, str], content: bytes, at_most: int = MAX_ANSWER_BYTES
    ) -> tuple[int, bytes] | Unreachable:
        response = self._network.carry(Request(method, path, headers, content), self._life)
        return Unreachable("no-connection") if response is None else (response.status, response.body)


class _Outbox:
    """The store's outbox, telling the process's life what it is about."""

    def __init__(self, under: OutboxPort, life: Life) -> None:
        self._under = under
        self._life = life

    def due(self, now: datetime, limit: int, policy: SyncPolicy) -> Any:
        self._life.enter(DELIVER)
        return self._under.due(now, limit, policy)

    def settle(self, session: SessionId, answer: Answer, now: datetime, policy: SyncPolicy, jitter: float) -> Delivery:
        self._life.enter(PURGE)
        try:
            return self._under.settle(session, answer, now, policy, jitter)
        finally:
            self._life.enter(DELIVER)


class KioskMachine(Machine):
    """promised: packets of cases the station said are kept; begun: packets of every case it ever set out to keep."""

    def __init__(self, folder: Path, layer: FileLayer, flaws: Flaws, network: Network, dice: random.Random) -> None:
        super().__init__("kiosk", cast().kiosk_folder, folder, layer, flaws)
        self._network = network
        self._dice = dice
        self.store: Store | None = None
        self._courier: Courier | None = None
        self.begun: dict[SessionId, Packet] = {}
        self.promised: dict[SessionId, Packet] = {}
        self.start()

    @property
    def running(self) -> bool:
        return self._courier is not None

    def start(self) -> None:
        self.life.enter(START)
        with _mortal(self.life):
            self.store = open_store(self.folder, KeyFile(self.folder / "master.key"))
            outbox = _Outbox(self.flaws.outbox(self.store), self.life)
            connector = _Connector(self._network, self.life, self.flaws, self.store.tree_head)
            self._courier = Courier(outbox, connector, POLICY, self.clock, lambda report: None, self._dice.random)
        self.life.enter(IDLE)

    def drop(self) -> None:
        if self.store is not None:
            with suppress(Fault, sqlite3.Error):
                self.store.close()
        self.store = self._courier = None

    def keep(self, session: SessionId) -> None:
        """Keep a case, new or again; what was said to be kept is promised."""
        record = made_up_case(session)
        if session not in self.begun:
            self.begun[session] = make_packet(record, PICTURES, cast().booth, cast().bank.public())
        packet = self.begun[session]
        if self.store is None:
            return
        self.life.enter(KEEP)
        with _mortal(self.life):
            self.store.keep_case(record, packet.sealed, packet.digest, self.clock())
            if self.life.step("promise"):
                self.promised[session] = packet
        self.life.enter(IDLE)

    def bring(self) -> None:
        """One pass of the courier over what is due."""
        if self._courier is not None:
            with _mortal(self.life):
                self._courier.run_once(self.clock())
        self.life.enter(IDLE)
