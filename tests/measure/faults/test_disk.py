"""The disk that loses: synced is safe, unsynced is not, and SQLite's own promises hold on it."""

import random
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.measure.faults.disk import LosingDisk, Loss
from kiosk.measure.faults.life import Life
from kiosk.measure.faults.sqlite_layer import FileLayer, can_intercept, file_layer

pytestmark = pytest.mark.skipif(not can_intercept(), reason="this Python brings its own SQLite, whose files cannot be watched")
DICE = random.Random(1)


class Machine:
    """A disk, a process and one database on it."""

    def __init__(self, folder: Path, layer: FileLayer) -> None:
        (folder / "files").mkdir()
        self.life = Life("test")
        self.disk = LosingDisk(folder / "files", folder / "platter", self.life.step)
        layer.mount(str(folder / "files"), self.disk)
        self.path = folder / "files" / "one.sqlite"

    def open(self, synchronous: str = "FULL") -> sqlite3.Connection:
        connection = sqlite3.connect(self.path, isolation_level=None)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute(f"PRAGMA synchronous = {synchronous}")
        return connection

    def numbers(self) -> list[int]:
        connection = self.open()
        found = [row[0] for row in connection.execute("SELECT number FROM numbers ORDER BY number")]
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        connection.close()
        return found

    def cut(self, loss: Loss, connection: sqlite3.Connection) -> None:
        self.life.alive = False
        connection.close()
        self.disk.end(loss, DICE)
        self.life.begin()


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    layer = file_layer()
    with layer.installed():
        yield Machine(tmp_path, layer)


def filled(machine: Machine, synchronous: str) -> sqlite3.Connection:
    """A database whose table is safe, and three commits made with the given care."""
    connection = machine.open()
    connection.execute("CREATE TABLE numbers (number INTEGER)")
    connection.execute(f"PRAGMA synchronous = {synchronous}")
    for number in (1, 2, 3):
        connection.execute("INSERT INTO numbers VALUES (?)", (number,))
    return connection


def test_what_was_committed_with_a_sync_survives_a_cut_that_loses_everything_else(machine: Machine) -> None:
    machine.cut(Loss.ALL_UNSYNCED, filled(machine, "FULL"))
    assert machine.numbers() == [1, 2, 3]


def test_what_was_committed_without_a_sync_is_gone_after_such_a_cut(machine: Machine) -> None:
    machine.cut(Loss.ALL_UNSYNCED, filled(machine, "OFF"))
    assert machine.numbers() == []


def test_a_killed_process_loses_nothing_it_wrote(machine: Machine) -> None:
    machine.cut(Loss.NOTHING, filled(machine, "OFF"))
    assert machine.numbers() == [1, 2, 3]


def test_what_a_killed_process_had_not_synced_is_lost_by_a_later_cut(machine: Machine) -> None:
    machine.cut(Loss.NOTHING, filled(machine, "OFF"))
    machine.cut(Loss.ALL_UNSYNCED, sqlite3.connect(":memory:"))
    assert machine.numbers() == []


def test_torn_and_missing_unsynced_writes_leave_a_sound_database_with_all_that_was_synced(machine: Machine) -> None:
    connection = filled(machine, "FULL")
    for number in range(4, 40):
        connection.execute("PRAGMA synchronous = OFF" if number >= 10 else "PRAGMA synchronous = FULL")
        connection.execute("INSERT INTO numbers VALUES (?)", (number,))
    machine.cut(Loss.SOME_UNSYNCED, connection)
    assert machine.numbers()[:9] == [1, 2, 3, 4, 5, 6, 7, 8, 9]


@pytest.mark.parametrize("steps", range(1, 10))
def test_a_process_that_dies_inside_a_commit_did_it_wholly_or_not_at_all(machine: Machine, steps: int) -> None:
    connection = filled(machine, "FULL")
    machine.life.doom(steps)
    said: list[int] = []
    try:
        for number in (4, 5, 6):
            connection.execute("INSERT INTO numbers VALUES (?)", (number,))
            said.append(number)
    except sqlite3.OperationalError:
        pass
    machine.cut(Loss.ALL_UNSYNCED, connection)
    assert machine.life.deaths
    assert machine.numbers()[: 3 + len(said)] == [1, 2, 3, *said]


def test_a_full_disk_is_told_apart_from_a_broken_one(machine: Machine) -> None:
    connection = filled(machine, "FULL")
    machine.disk.room = 100
    with pytest.raises(sqlite3.OperationalError) as full:
        connection.execute("INSERT INTO numbers VALUES (4)")
    connection.close()
    assert full.value.sqlite_errorcode == sqlite3.SQLITE_FULL


def test_other_files_are_left_alone(machine: Machine, tmp_path: Path) -> None:
    machine.life.alive = False
    connection = sqlite3.connect(tmp_path / "elsewhere.sqlite", isolation_level=None)
    connection.execute("CREATE TABLE numbers (number INTEGER)")
    connection.close()
