"""Nothing is lost, doubled or stuck whatever dies; and the harness that says so sees bugs that were planted."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import pytest

from kiosk.intake.sqlite_store import SqliteIntakeStore
from kiosk.measure.faults.command import main
from kiosk.measure.faults.killed import run_killed
from kiosk.measure.faults.machines import PICTURES, Flaws, cast, forget_cast
from kiosk.measure.faults.run import NO_FLAWS, Ran, run_seed
from kiosk.measure.faults.sqlite_layer import can_intercept, file_layer
from kiosk.measure.made_up_case import made_up_case
from kiosk.outbox import Answer, Delivery
from kiosk.policy import SyncPolicy
from kiosk.values import SessionId
from kiosk.vault.kept import DueDelivery
from kiosk.vault.store import Store
from kiosk.wire.packet import Packet, make_packet

pytestmark = [
    pytest.mark.skipif(not can_intercept(), reason="this Python brings its own SQLite, whose files cannot be watched"),
    pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork and SIGKILL"),
]


def ran(seeds: range, flaws: Flaws = NO_FLAWS) -> list[Ran]:
    layer = file_layer()
    try:
        with layer.installed():
            return [run_seed(seed, layer, flaws) for seed in seeds]
    finally:
        forget_cast()


def why(runs: list[Ran]) -> list[str]:
    return [f"seed {one.seed}: {line}" for one in runs for line in one.verdict.why]


def test_no_seed_loses_doubles_or_blocks_a_case() -> None:
    runs = ran(range(200))
    assert why(runs) == []
    assert sum(one.unsynced for one in runs) == 100
    assert sum(one.cases for one in runs) > 250
    phases = {" ".join(death.split()[:2]) for one in runs for death in one.deaths}
    assert phases >= {"kiosk keep", "kiosk deliver", "bank receive", "bank acknowledge", "kiosk purge", "kiosk start", "bank start"}


def test_a_seed_replays() -> None:
    first, again = ran(range(7, 11)), ran(range(7, 11))
    assert [(one.deaths, one.mishaps) for one in first] == [(one.deaths, one.mishaps) for one in again]


@pytest.mark.parametrize("seed", range(1000, 1002))
def test_really_killed_processes_lose_double_and_block_nothing(seed: int) -> None:
    try:
        one = run_killed(seed)
    finally:
        forget_cast()
    assert why([one]) == []
    assert any("really" in death for death in one.deaths)


def test_the_command_writes_its_figures(tmp_path: Path) -> None:
    assert main(["--runs", "6", "--seed", "44", "--workers", "1", "--json", str(tmp_path / "out.json")]) == 0
    figures = json.loads((tmp_path / "out.json").read_text())
    assert {name: figures[name] for name in ("runs", "lost", "doubled", "stuck", "seeds_failed", "unsynced_runs", "killed_runs")} == {
        "runs": 6,
        "lost": 0,
        "doubled": 0,
        "stuck": 0,
        "seeds_failed": [],
        "unsynced_runs": 3,
        "killed_runs": 2,
    }


# --- planted bugs: each must be seen ------------------------------------------------------------------------------------------


class Unsynced(SqliteIntakeStore):
    """A ledger that does not wait for the disk."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._db.execute("PRAGMA synchronous = OFF")


class EarlyAnswer(SqliteIntakeStore):
    """A ledger that gives the receipt first and commits with the next packet."""

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._turn():
            if self._db.in_transaction:
                self._db.execute("COMMIT")
            self._db.execute("BEGIN IMMEDIATE")
            yield


def unsynced_outbox(store: Store) -> Store:
    store._db.execute("PRAGMA synchronous = OFF")
    return store


class EarlyPurge:
    """An outbox that destroys a packet when it is taken out to be sent, behind the back of the trigger that forbids it."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def due(self, now: datetime, limit: int, policy: SyncPolicy) -> tuple[DueDelivery, ...]:
        due = self._store.due(now, limit, policy)
        with self._store._transaction():
            db, name = self._store._db, "no_packet_goes_before_its_receipt"
            (trigger,) = db.execute("SELECT sql FROM sqlite_master WHERE name = ?", (name,)).fetchone()
            db.execute(f"DROP TRIGGER {name}")
            for one in due:
                db.execute("DELETE FROM packets WHERE session = ?", (one.session,))
            db.execute(trigger)
        return due

    def settle(self, session: SessionId, answer: Answer, now: datetime, policy: SyncPolicy, jitter: float) -> Delivery:
        return self._store.settle(session, answer, now, policy, jitter)


def under_a_new_id(packet: Packet) -> Packet:
    """Every attempt as a case of its own."""
    drawn = made_up_case(SessionId(os.urandom(16).hex()))
    return make_packet(drawn, PICTURES, cast().booth, cast().bank.public())


PLANTED = {
    "the bank does not sync": (Flaws(ledger=Unsynced), "lost"),
    "the bank answers before it commits": (Flaws(ledger=EarlyAnswer), "lost"),
    "the station does not sync": (Flaws(outbox=unsynced_outbox), "lost"),
    "the station destroys before the receipt": (Flaws(outbox=EarlyPurge), "lost"),
    "the id is not used again": (Flaws(packet=under_a_new_id), "doubled"),
}


@pytest.mark.parametrize(("flaws", "ends"), PLANTED.values(), ids=PLANTED)
def test_a_planted_bug_is_seen(flaws: Flaws, ends: str) -> None:
    runs = ran(range(0, 40, 2), flaws)
    assert any(line.split(": ")[1].startswith(ends) for line in why(runs))
