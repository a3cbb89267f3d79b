"""How many packets a second does the intake hold, and how long does a station wait for its receipt?

    python app.py measure intake [--json FILE] [--packets N] [--small] [--store sqlite|postgresql]

The intake runs as its own command (`intake run --workers N`), first on SQLite, then on a PostgreSQL server made for the purpose. Stations
with keys of their own bring packets over kept connections; every answer is opened, its receipt, inclusion proof, signed head and the
consistency with the station's last head verified, as a station does. Measured with 10,000 and with 1,000,000 packets in the ledger, which
is filled with generated rows. Exit status: 0 every receipt verified; 1 not.
"""

import argparse
import http.client
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from kiosk.arguments import new_file
from kiosk.bank.http import NOTHING_KNOWN, HttpConnector
from kiosk.bank.link import MAX_ANSWER_BYTES, Answered, HttpLink, Problem
from kiosk.faults import StoreUnavailable
from kiosk.intake.ceremony import bank_keys, enrol, init_bank, open_ledger
from kiosk.measure.ledger_filling import fill
from kiosk.measure.made_up_case import made_up_case
from kiosk.measure.own_postgres import own_postgres
from kiosk.outbox import Accepted, Unreachable
from kiosk.policy import SyncPolicy
from kiosk.record import EvidencePictures
from kiosk.values import Masked, SessionId, StationClass
from kiosk.wire.hash_tree import TreeHead
from kiosk.wire.keys import BankPublicKeys, StationIdentity, draw_station_identity, enrolment_to_text
from kiosk.wire.packet import Packet, make_packet
from kiosk.wire.receipt import read_head
from kiosk.wire.succession import TrustedBank

ROOT: Final = Path(__file__).parents[2]
STATIONS: Final = 64
"""Enough that none of them meets the intake's brake of 1,200 packets a minute and station."""
_PICTURES: Final = (120_000, 20_000, 60_000)
"""Bytes of page, portrait and live view, as stations make them (docs/protocol.md)."""
_POLICY: Final = SyncPolicy(request_timeout_s=30.0)


@dataclass(frozen=True, slots=True)
class Measured:
    """One load. receipts_bad: answers that were no receipt that holds, all proofs included; cpu_ms_*: processor time a packet of the
    stations, the intake's workers and the database server; these say what the machine could do if it had nothing else to do."""

    packets: int
    packet_bytes: int
    ledger_before: int
    per_s: float
    p50_ms: float
    p99_ms: float
    receipts_bad: int
    cpu_ms_stations: float
    cpu_ms_intake: float
    cpu_ms_database: float

    def members(self) -> dict[str, Any]:
        return {
            "packets": self.packets,
            "packet_bytes": self.packet_bytes,
            "ledger_before": self.ledger_before,
            "per_s": round(self.per_s, 1),
            "p50_ms": round(self.p50_ms, 1),
            "p99_ms": round(self.p99_ms, 1),
            "receipts_bad": self.receipts_bad,
            "cpu_ms_stations": round(self.cpu_ms_stations, 2),
            "cpu_ms_intake": round(self.cpu_ms_intake, 2),
            "cpu_ms_database": round(self.cpu_ms_database, 2),
        }


class KeptConnection(HttpLink):
    """One connection that stays open between packets. For one thread."""

    def __init__(self, url: str) -> None:
        super().__init__(url, _POLICY)
        parts = urlsplit(url)
        self._line = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=_POLICY.request_timeout_s)

    def request(
        self, method: str, path: str, headers: dict[str, str], content: bytes, at_most: int = MAX_ANSWER_BYTES
    ) -> Answered | Unreachable:
        try:
            self._line.request(method, path, content, headers)
            response = self._line.getresponse()
            return Answered(response.status, {}, response.read())
        except (OSError, http.client.HTTPException):
            self._line.close()
            return Unreachable(Problem.NO_CONNECTION)

    def close(self) -> None:
        self._line.close()


class LoadStation:
    """A station that remembers the last head it verified."""

    def __init__(self, identity: StationIdentity, bank: BankPublicKeys) -> None:
        self.identity = identity
        self.head: TreeHead = NOTHING_KNOWN
        self._bank = TrustedBank(bank)

    def way(self, link: KeptConnection) -> HttpConnector:
        return HttpConnector("http://127.0.0.1:1", self.identity, self._bank, _POLICY, known=lambda: self.head, link=link)


def load(
    url: str, stations: Sequence[LoadStation], packets: Sequence[Sequence[Packet]], connections: int
) -> tuple[list[float], float, int]:
    """Bring every packet once; return the seconds each took, the seconds all took, and how many answers were no good receipt.

    packets: for each station its own. Each connection carries its share of the stations, as a branch's proxy would.
    """
    times: list[float] = []
    bad = 0
    lock = threading.Lock()
    ready = threading.Barrier(connections + 1)

    def carry(mine: int) -> None:
        nonlocal bad
        took: list[float] = []
        wrong = 0
        with closing(KeptConnection(url)) as line:
            theirs = zip(stations[mine::connections], packets[mine::connections], strict=True)
            ways = [(station, station.way(line), own) for station, own in theirs]
            ready.wait()
            for turn in range(max((len(own) for _, _, own in ways), default=0)):
                for station, way, own in ways:
                    if turn >= len(own):
                        continue
                    asked = time.perf_counter()
                    answer = way.deliver(own[turn])
                    took.append(time.perf_counter() - asked)
                    if isinstance(answer, Accepted):
                        station.head = read_head(answer.head)
                    else:
                        wrong += 1
        with lock:
            times.extend(took)
            bad += wrong

    threads = [threading.Thread(target=carry, args=(mine,)) for mine in range(connections)]
    for thread in threads:
        thread.start()
    ready.wait()
    began = time.perf_counter()
    for thread in threads:
        thread.join()
    return sorted(times), time.perf_counter() - began, bad


@contextmanager
def running_intake(folder: Path, store: str, workers: int) -> Iterator[tuple[str, int]]:
    """Run the intake's own command; yield its address and process id."""
    command = [sys.executable, str(ROOT / "app.py"), "intake", "run", "--folder", str(folder), "--port", "0", "--workers", str(workers)]
    command.append("--no-analysis")  # measured by `measure analysis`
    environment = os.environ | ({"IDENTITY_DESK_INTAKE_STORE": store} if store else {})
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment, cwd=ROOT)
    try:
        assert server.stdout is not None
        for line in server.stdout:
            found = re.search(r"Listening on (\S+)", line)
            if found:
                yield found[1], server.pid
                break
        else:
            raise StoreUnavailable("the intake did not start")
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(30)
        if server.stdout is not None:
            server.stdout.close()


class Bench:
    """One bank with its stations; measured at one size of the ledger after another."""

    def __init__(self, folder: Path, store: str, small: bool, database: int = 0) -> None:
        self._folder = folder
        self._store = store
        self._database = database
        init_bank(folder, production=True)
        self._bank = bank_keys(folder)
        identities = [draw_station_identity(f"booth-{number}", StationClass.PRODUCTION) for number in range(STATIONS)]
        for identity in identities:
            enrol(folder, enrolment_to_text(identity), StationClass.PRODUCTION, datetime.now(UTC), store=store)
        self._stations = [LoadStation(identity, self._bank) for identity in identities]
        jpegs = [Masked(b"\xff\xd8\xff" + os.urandom(size)) for size in _PICTURES]
        self._pictures = EvidencePictures(None, None, None) if small else EvidencePictures(*jpegs)

    def at(self, size: int, packets: int, workers: int, connections: int) -> Measured:
        """Fill the ledger up to a size and measure there."""
        with closing(open_ledger(self._folder, self._store)) as ledger:
            fill(self._folder, self._store, ledger, self._stations[0].identity.key_id, size)
            before = ledger.log_size()
        made = [[self._packet(station) for _ in range(packets // STATIONS)] for station in self._stations]
        with running_intake(self._folder, self._store, workers) as (url, intake):
            warm = [[self._packet(station)] for station in self._stations]
            load(url, self._stations, warm, connections)
            trees = (os.getpid(), intake, self._database)
            spent = [-processor_s(tree) for tree in trees]
            times, took, bad = load(url, self._stations, made, connections)
            spent = [before + processor_s(tree) for before, tree in zip(spent, trees, strict=True)]
        count = sum(map(len, made))
        stations, served, database = (1000 * one / count for one in (spent[0] - spent[1] - spent[2], spent[1], spent[2]))
        nth = [1000 * times[min(len(times) - 1, int(len(times) * share))] for share in (0.5, 0.99)]
        return Measured(count, len(made[0][0].sealed), before, count / took, nth[0], nth[1], bad, stations, served, database)

    def _packet(self, station: LoadStation) -> Packet:
        record = made_up_case(SessionId(os.urandom(16).hex()), station.identity.name)
        return make_packet(record, self._pictures, station.identity, self._bank)


def processor_s(root: int) -> float:
    """Return the processor time of a process and all it started that still runs, 0.0 for none and where the system does not tell."""
    if not root or not Path("/proc/self/stat").exists():
        return 0.0
    parents: dict[int, int] = {}
    times: dict[int, float] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            with suppress(OSError):
                fields = (entry / "stat").read_text(errors="replace").rsplit(")", 1)[1].split()
                parents[int(entry.name)] = int(fields[1])
                times[int(entry.name)] = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    found, grown = {root}, True
    while grown:
        more = {pid for pid, parent in parents.items() if parent in found} - found
        found, grown = found | more, bool(more)
    return sum(times.get(pid, 0.0) for pid in found)


def measure(store: str, chosen: argparse.Namespace) -> dict[str, Any]:
    """Return the figures of one store: those with the smaller ledger at the top, all under `at`."""
    with ExitStack() as open_until_measured:
        where = Path(open_until_measured.enter_context(tempfile.TemporaryDirectory(prefix="identity-desk-load-", dir=chosen.folder)))
        url, database = "", 0
        if store == "postgresql":
            server = open_until_measured.enter_context(own_postgres(_SERVER, chosen.folder))
            url, database = server.url, server.pid
        bench = Bench(where / "bank", url, chosen.small, database)
        measured: list[Measured] = []
        for size in chosen.sizes:
            measured.append(bench.at(size, chosen.packets, chosen.workers, chosen.connections))
            print(f"{store}, {size} in the ledger: {json.dumps(measured[-1].members())}", flush=True)
    figures = measured[0].members()
    figures["at"] = {str(size): one.members() for size, one in zip(chosen.sizes, measured, strict=True)}
    figures["slowed_by"] = round(1.0 - measured[-1].per_s / measured[0].per_s, 3)
    return figures


_SERVER: Final = ("shared_buffers = 256MB", "max_wal_size = 2GB", "checkpoint_timeout = 15min")
"""What a small server's administrator would set. `fsync` and `synchronous_commit` stay on; the store refuses otherwise."""


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="app.py measure intake", description=__doc__.split("\n\n")[0])
    parser.add_argument("--packets", type=int, default=1_920, help="in each load (default: %(default)s)")
    parser.add_argument("--small", action="store_true", help="packets without pictures, about 3 KB; else 200 KB of pictures")
    parser.add_argument("--store", choices=("sqlite", "postgresql"), action="append", help="only this one (default: both)")
    parser.add_argument("--sizes", type=_sizes, default=(10_000, 1_000_000), metavar="N,M", help="in the ledger (default: 10000,1000000)")
    parser.add_argument("--workers", type=int, default=2, help="of the intake (default: %(default)s)")
    parser.add_argument("--connections", type=int, default=16, help="open at a time (default: %(default)s)")
    parser.add_argument("--folder", type=Path, default=Path("/var/tmp"), help="on the disk that is meant (default: %(default)s)")  # noqa: S108
    parser.add_argument("--json", type=new_file, metavar="FILE")
    chosen = parser.parse_args(argv)
    stores = chosen.store or ["sqlite", "postgresql"]
    figures = {store: measure(store, chosen) for store in stores}
    top = dict(figures.get("sqlite", {}))
    top |= {"postgresql": figures["postgresql"]} if "postgresql" in figures else {}
    top |= {"workers": chosen.workers, "connections": chosen.connections, "stations": STATIONS, "cores": os.cpu_count()}
    print(json.dumps(top, indent=1))
    if chosen.json:
        chosen.json.write_text(json.dumps(top, indent=1) + "\n", encoding="utf-8")
    return 1 if any(one["receipts_bad"] for store in figures.values() for one in store["at"].values()) else 0


def _sizes(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(","))
