"""The ledger's file: durable, immutable, recognisable."""

import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from kiosk.faults import StoreDamaged, StoreFromNewerVersion, StoreUnavailable
from kiosk.intake.sqlite_store import SCHEMA_VERSION, SqliteIntakeStore
from kiosk.intake.store import Incoming
from kiosk.record import Decision
from kiosk.values import SessionId, StationClass
from kiosk.wire.keys import draw_station_identity
from tests.fakes.branch import NOW

BOOTH = draw_station_identity("booth-1", StationClass.PRODUCTION).enrolled()


def packet(number: int) -> Incoming:
    return Incoming(
        SessionId(f"{number:032x}"), bytes([number % 256]) * 32, "booth-1", BOOTH.key_id, "account-opening", Decision.REFER, NOW, b"sealed"
    )


def ledger(folder: Path) -> SqliteIntakeStore:
    store = SqliteIntakeStore(folder / "ledger.sqlite")
    store.enrol(BOOTH, NOW)
    return store


def raw(folder: Path) -> sqlite3.Connection:
    return sqlite3.connect(folder / "ledger.sqlite")


def test_a_commit_waits_for_the_disk(tmp_path: Path) -> None:
    with ledger(tmp_path) as store:
        assert store._number("PRAGMA synchronous") == 2
        assert store._db.execute("PRAGMA journal_mode").fetchone()[0] == "wal"


def test_positions_count_from_one_without_holes(tmp_path: Path) -> None:
    with ledger(tmp_path) as store:
        for number in (5, 3, 9):
            store.hold(packet(number), lambda position: b"receipt %d" % position)
        assert [(case.position, int(case.packet_id, 16)) for case in store.cases()] == [(1, 5), (2, 3), (3, 9)]
        assert store.receipt(SessionId(f"{9:032x}"), b"\x09" * 32) == b"receipt 3"


def test_more_than_one_page_of_cases_is_listed_whole_and_in_order(tmp_path: Path) -> None:
    with ledger(tmp_path) as store:
        store._db.execute("PRAGMA synchronous = OFF")
        for number in range(1, 1_102):
            store.hold(packet(number), lambda position: b"r")
        assert [case.position for case in store.cases()] == list(range(1, 1_102))


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM packets",
        "UPDATE packets SET decision = 'approve'",
        "DELETE FROM contents",
        "UPDATE contents SET sealed = x'00'",
        "DELETE FROM stations",
        "UPDATE stations SET class = 'production'",
        "DELETE FROM withdrawn",
        "UPDATE withdrawn SET withdrawn_at = ''",
    ],
)
def test_what_is_held_can_be_neither_changed_nor_removed(tmp_path: Path, statement: str) -> None:
    with ledger(tmp_path) as store:
        store.hold(packet(1), lambda position: b"r")
        store.withdraw(BOOTH.key_id, NOW)
    connection = raw(tmp_path)
    try:
        with pytest.raises(sqlite3.IntegrityError):
            connection.execute(statement)
    finally:
        connection.close()


def test_a_station_is_enrolled_once_and_keeps_its_class(tmp_path: Path) -> None:
    with ledger(tmp_path) as store:
        assert store.enrol(BOOTH, NOW) is False
        with pytest.raises(ValueError, match="another name or class"):
            store.enrol(replace(BOOTH, station_class=StationClass.DEMO), NOW)
        found = store.station(BOOTH.key_id)
        assert found is not None
        assert (found.name, found.station_class, found.key_id) == ("booth-1", StationClass.PRODUCTION, BOOTH.key_id)
        assert store.station("0" * 32) is None


def test_another_programs_file_is_not_a_ledger(tmp_path: Path) -> None:
    connection = raw(tmp_path)
    connection.execute("CREATE TABLE recipes (name TEXT)")
    connection.commit()
    connection.close()
    with pytest.raises(StoreDamaged):
        SqliteIntakeStore(tmp_path / "ledger.sqlite")


def test_a_file_that_is_no_database_is_damaged(tmp_path: Path) -> None:
    (tmp_path / "ledger.sqlite").write_bytes(b"not a database at all" * 500)
    with pytest.raises(StoreDamaged):
        SqliteIntakeStore(tmp_path / "ledger.sqlite")


def test_a_ledger_from_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    ledger(tmp_path).close()
    connection = raw(tmp_path)
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    connection.close()
    with pytest.raises(StoreFromNewerVersion):
        SqliteIntakeStore(tmp_path / "ledger.sqlite")
    connection = raw(tmp_path)
    assert connection.execute("PRAGMA user_version").fetchone()[0] == SCHEMA_VERSION + 1
    connection.close()


def test_a_folder_that_is_not_there_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable):
        SqliteIntakeStore(tmp_path / "nowhere" / "ledger.sqlite")


def test_two_intakes_on_one_ledger_hold_a_packet_once(tmp_path: Path) -> None:
    with ledger(tmp_path) as one, SqliteIntakeStore(tmp_path / "ledger.sqlite") as other:
        first = one.hold(packet(1), lambda position: b"from one")
        second = other.hold(packet(1), lambda position: b"from other")
        other.hold(packet(2), lambda position: b"r")
        assert [case.position for case in one.cases()] == [1, 2]
    assert first == type(first)(b"from one", again=False)
    assert second == type(first)(b"from one", again=True)
