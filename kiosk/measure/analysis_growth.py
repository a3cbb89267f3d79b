"""What a case costs to receive and to analyse, with ten thousand and with a million cases before it.

One process does what intake and worker do, so that its processor time is the cost and other programs on the machine do not count: packets
of usual size are received (signature, seal, ledger, receipt, log), then worked off (opening written down, opened, signature again, facts,
results, settled) and folded. The cases before are rows of the same shape written in bulk, and facts taken by the fold.
"""

import hashlib
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from kiosk.intake.analysis.fact import CaseFact, CaseKind, LinkKey, Links
from kiosk.intake.analysis.fold import Fold
from kiosk.intake.analysis.ports import DeepAnalysis
from kiosk.intake.analysis_role import RESULTS
from kiosk.intake.results import Results
from kiosk.intake.stream.extraction import Extraction, link_keys, print_key
from kiosk.intake.stream.feeder import Feeder
from kiosk.intake.stream.folding import Folding
from kiosk.intake.stream.in_process import InProcessStream
from kiosk.intake.stream.opening import open_results
from kiosk.intake.stream.worker import Worker
from kiosk.measure.analysis_bank import AnalysisBank, pictures_of_usual_size
from kiosk.measure.intake_load import processor_s
from kiosk.measure.ledger_filling import fill
from kiosk.measure.own_postgres import OwnPostgres, own_postgres
from kiosk.record import Decision
from kiosk.values import Channel, SessionId

SIZES: Final = (10_000, 1_000_000)
_RECEIVED: Final = "2026-03-04T12:00:00.000000Z"
_FACT_BYTES: Final = 900
_LOT: Final = 20_000


@dataclass(frozen=True, slots=True)
class Cost:
    """At one size. *_ms: processor time of a case, database server included; per_s: by the clock, so with whatever else ran."""

    size: int
    ingest_ms: float
    analysis_ms: float
    ingest_per_s: float
    analysed_per_s: float

    @property
    def case_ms(self) -> float:
        return self.ingest_ms + self.analysis_ms

    def members(self) -> dict[str, float]:
        return {
            "ingest_ms": round(self.ingest_ms, 2),
            "analysis_ms": round(self.analysis_ms, 2),
            "case_ms": round(self.case_ms, 2),
            "ingest_per_s": round(self.ingest_per_s, 1),
            "analysed_per_s": round(self.analysed_per_s, 1),
        }


@dataclass(frozen=True, slots=True)
class Growth:
    """costs: by rising size. ingest_per_s, analysed_per_s: the lowest of all sizes; cost_growth: of a case, last size over first."""

    costs: tuple[Cost, ...]

    @property
    def ingest_per_s(self) -> float:
        return min(cost.ingest_per_s for cost in self.costs)

    @property
    def analysed_per_s(self) -> float:
        return min(cost.analysed_per_s for cost in self.costs)

    @property
    def cost_growth(self) -> float:
        return self.costs[-1].case_ms / self.costs[0].case_ms

    def members(self) -> dict[str, Any]:
        return {
            "ingest_per_s": round(self.ingest_per_s, 1),
            "analysed_per_s": round(self.analysed_per_s, 1),
            "cost_growth": round(self.cost_growth, 3),
            "at": {str(cost.size): cost.members() for cost in self.costs},
        }


def growth(
    store: str, folder: Path, sizes: tuple[int, ...] = SIZES, cases: int = 400, say: Callable[[str], None] = lambda line: None
) -> Growth:
    """store: `sqlite` or `postgresql`; folder: on the disk that is meant. Raises StoreUnavailable where a server is missing."""
    with ExitStack() as opened:
        server: OwnPostgres | None = None
        if store == "postgresql":
            server = opened.enter_context(own_postgres(("shared_buffers = 256MB", "max_wal_size = 2GB"), folder))
        bank = AnalysisBank(folder / "bank", "" if server is None else server.url, "")
        opened.callback(bank.close)
        known = Fold()
        costs = []
        for size in sizes:
            say(f"{store}: filling to {size}")
            costs.append(_cost_at(bank, server, known, size, cases))
            say(f"{store}, {size} before: {costs[-1].members()}")
    return Growth(tuple(costs))


def _cost_at(bank: AnalysisBank, server: OwnPostgres | None, known: DeepAnalysis, size: int, cases: int) -> Cost:
    fill(bank.folder, bank.store, bank.bank.store, bank.station.key_id, size)
    with closing(open_results(bank.at)) as results:
        have = results.counts().entries
        _fill_results(bank, have, size)
        for number in range(have, size):
            known.take(_fact(number))
        packets = bank.packets(cases, pictures_of_usual_size())
        stream = InProcessStream()
        folding = Folding(results, lambda: known)
        folding.step()  # what was there before is read once, at the start of a process
        pid = 0 if server is None else server.pid
        ingest_ms, ingest_per_s = _timed(lambda: _all(bank.bring(packet) for packet in packets), cases, pid)
        analysis_ms, analysed_per_s = _timed(lambda: _work_off(bank, results, stream, folding), cases, pid)
    return Cost(size, ingest_ms, analysis_ms, ingest_per_s, analysed_per_s)


def _all(taken: Iterator[bool]) -> None:
    assert all(taken), "a packet was not taken"


def _work_off(bank: AnalysisBank, results: Results, stream: InProcessStream, folding: Folding) -> None:
    ledger = bank.bank.store
    feeder = Feeder(ledger, stream)
    extract = Extraction(link_keys(bank.role), print_key(bank.role))
    worker = Worker(ledger, results, stream, bank.role, extract, lambda: datetime.now(UTC), "measure")
    while ledger.queued_count():
        feeder.step()
        worker.step(0.1)
        folding.step()


def _timed(work: Callable[[], None], cases: int, server: int) -> tuple[float, float]:
    """Return milliseconds of processor time a case, the server's included, and cases a second."""
    before, began = processor_s(server), time.perf_counter()
    own = time.process_time()
    work()
    spent = time.process_time() - own + processor_s(server) - before
    return 1000 * spent / cases, cases / (time.perf_counter() - began)


def _fact(number: int) -> CaseFact:
    """Return a case like many: a customer of his own, who shares nothing with others, at one of two hundred stations."""
    seed = hashlib.sha256(b"fact %d" % number).digest()
    keys = [LinkKey(int.from_bytes(seed[start : start + 4] + number.to_bytes(4, "big"), "big") >> 1 or 1) for start in range(0, 28, 4)]
    at = 1_772_000_000.0 + number * 30.0
    return CaseFact(
        case=SessionId(seed[:16].hex()),
        position=number + 1,
        station=f"booth-{number % 200}",
        branch=f"branch-{number % 20}",
        channel=Channel.BOOTH,
        kind=CaseKind.OPENING,
        opened_s=at,
        closed_s=at + 90.0,
        received_s=at + 100.0,
        recommended=Decision.REFER,
        decision=Decision.APPROVE,
        links=Links(*keys),
    )


def _fill_results(bank: AnalysisBank, have: int, size: int) -> None:
    rows = (
        (number + 1, "case", hashlib.sha256(b"fact %d" % number).hexdigest()[:32], number + 1, _RECEIVED, b"x" * _FACT_BYTES, "")
        for number in range(have, size)
    )
    counts = "UPDATE counts SET cases = cases + ?, folded = ?"
    if not bank.store:
        with closing(sqlite3.connect(bank.at.role / RESULTS, isolation_level=None)) as db:
            db.execute("PRAGMA synchronous = OFF")
            db.execute("BEGIN")
            db.executemany("INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
            db.execute(counts, (size - have, size))
            db.execute("COMMIT")
        return
    import psycopg

    with psycopg.connect(bank.store) as server, server.cursor() as cursor:
        with cursor.copy("COPY analysis.entries FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        cursor.execute("UPDATE analysis.counts SET cases = cases + %s, folded = %s", (size - have, size))
    with psycopg.connect(bank.store, autocommit=True) as server:
        server.execute("VACUUM ANALYZE")
        server.execute("CHECKPOINT")
