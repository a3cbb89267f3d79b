"""Kill a worker, the broker, the database in the middle of the work, and count what was lost or counted twice.

Real processes: PostgreSQL and nats-server made for the purpose, workers as their own command. In each round cases are brought while one of
these happens to the running system:

- `worker`: SIGKILL; a fresh one is started
- `broker`: SIGKILL, started again on its store
- `broker-wiped`: SIGKILL and its whole store deleted: all it ever acknowledged is gone
- `broker-older`: SIGKILL and an older copy of its store put back: what it acknowledged since is gone
- `database`: SIGKILL of the server, ledger and results with it, started again (it recovers from its log)

A packet the bank could not take while its database was down is brought again, as a station would. Lost: a packet with a receipt that has
no entry in the results, or no assessment. Doubled: one with two entries, or two first assessments.
"""

import random
import shutil
import signal
import time
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from kiosk.intake.analysis.spelled import ASSESSMENTS
from kiosk.intake.outbox import first_broken
from kiosk.intake.results import EntryKind, Results
from kiosk.intake.stream.opening import open_results
from kiosk.measure.analysis_bank import AnalysisBank, end, wait_until
from kiosk.measure.own_nats import OwnNats, own_nats
from kiosk.measure.own_postgres import OwnPostgres, own_postgres
from kiosk.values import SessionId
from kiosk.wire.packet import Packet

VICTIMS: Final = ("worker", "broker", "broker-wiped", "broker-older", "database")
_FINISH_WITHIN_S: Final = 180.0


@dataclass(slots=True)
class Tally:
    """lost, doubled: packets; openings_whole: whether the chain of openings is unbroken; refills: that running workers counted."""

    brought: int = 0
    lost: int = 0
    doubled: int = 0
    unreadable: int = 0
    openings: int = 0
    openings_whole: bool = True
    took_s: float = 0.0
    kills: Counter[str] = field(default_factory=Counter)

    def members(self) -> dict[str, Any]:
        return {
            "rounds": sum(self.kills.values()),
            "kills": dict(self.kills),
            "cases": self.brought,
            "lost": self.lost,
            "doubled": self.doubled,
            "unreadable": self.unreadable,
            "openings": self.openings,
            "openings_whole": self.openings_whole,
            "took_s": round(self.took_s, 1),
        }


def killed(rounds: int, cases: int, workers: int, seed: int, folder: Path | None, say: Any = lambda line: None) -> Tally:
    """Run the rounds. cases: brought in each; folder: on the disk that is meant. Raises StoreUnavailable where a server is missing."""
    rng = random.Random(seed)  # noqa: S311 - which process is killed when
    tally = Tally()
    with own_postgres(near=folder) as database, own_nats(near=folder) as broker:
        bank = AnalysisBank(database.folder.parent / f"{database.folder.name}-bank", database.url, broker.url)
        try:
            began = time.monotonic()
            held = _rounds(bank, database, broker, rng, (rounds, cases, workers), tally, say)
            tally.took_s = time.monotonic() - began
            with closing(open_results(bank.at)) as results:
                _count(bank, results, held, tally)
        finally:
            bank.close()
            shutil.rmtree(bank.folder, ignore_errors=True)
    return tally


def _rounds(
    bank: AnalysisBank,
    database: OwnPostgres,
    broker: OwnNats,
    rng: random.Random,
    size: tuple[int, int, int],
    tally: Tally,
    say: Any,
) -> list[Packet]:
    rounds, cases, count = size
    held: list[Packet] = []
    older = broker.folder / "older"
    with bank.workers(count) as workers:
        for number in range(rounds):
            packets, strikes_at = bank.packets(cases), rng.randrange(cases)
            victim = VICTIMS[number % len(VICTIMS)]
            if victim == "broker-older":
                broker.stop()
                broker.copy_store(older)
                broker.start()
            for nth, packet in enumerate(packets):
                if nth == strikes_at:
                    time.sleep(rng.random() * 0.2)  # the workers are somewhere in the middle of something
                    _strike(victim, bank, database, broker, older, workers, rng)
                    tally.kills[victim] += 1
                _bring(bank, packet)
                held.append(packet)
            say(f"round {number + 1} of {rounds}: {victim} killed; {bank.bank.store.queued_count()} wait")
        wait_until(lambda: bank.bank.store.queued_count() == 0, _FINISH_WITHIN_S)
        with closing(open_results(bank.at)) as results:
            wait_until(lambda: results.counts().folded == results.counts().entries, _FINISH_WITHIN_S)
    return held


def _strike(
    victim: str, bank: AnalysisBank, database: OwnPostgres, broker: OwnNats, older: Path, workers: list[Any], rng: random.Random
) -> None:
    match victim:
        case "worker":
            which = rng.randrange(len(workers))
            workers[which].send_signal(signal.SIGKILL)
            end(workers[which])
            workers[which] = bank.start_worker(f"worker-{which}")
        case "database":
            database.kill()
            database.start()
        case _:
            broker.kill()
            if victim == "broker-wiped":
                broker.wipe()
            if victim == "broker-older":
                broker.put_back(older)
            broker.start()


def _bring(bank: AnalysisBank, packet: Packet) -> None:
    """Bring a packet as a station does: until there is a receipt."""
    assert wait_until(lambda: bank.bring(packet), 60.0), "the bank did not come back"


def _count(bank: AnalysisBank, results: Results, held: list[Packet], tally: Tally) -> None:
    wanted = Counter({packet.packet_id: 1 for packet in held})
    entries: Counter[SessionId] = Counter()
    after = 0
    while lot := results.entries(after, 1_000):
        entries.update(entry.packet_id for entry in lot if entry.kind is EntryKind.CASE)
        tally.unreadable += sum(bool(entry.trouble) for entry in lot)
        after = lot[-1].number
    first: Counter[SessionId] = Counter()
    after = 0
    while outcomes := results.outcomes(after, 1_000):
        first.update(one.packet_id for _, one in outcomes if not ASSESSMENTS.read(one.assessment).again)
        after = outcomes[-1][0]
    tally.brought = len(held)
    tally.lost = sum(entries[one] == 0 or first[one] == 0 for one in wanted)
    tally.doubled = sum(entries[one] > 1 or first[one] > 1 for one in wanted) + len(entries - wanted)
    lines = list(bank.bank.store.openings())
    tally.openings, tally.openings_whole = len(lines), first_broken(iter(lines)) is None
