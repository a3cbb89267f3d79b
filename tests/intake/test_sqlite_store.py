"""The ledger's file: durable, immutable, recognisable."""

import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kiosk.faults import StoreDamaged, StoreFromNewerVersion, StoreUnavailable
from kiosk.intake.sqlite_store import _APPLICATION_ID, _MIGRATIONS, SCHEMA_VERSION, SqliteIntakeStore
from kiosk.intake.store import Entry, Held, Incoming
from kiosk.record import Decision
from kiosk.values import SessionId, StationClass
from kiosk.wire import hash_tree
from kiosk.wire.hash_tree import leaf_hash
from kiosk.wire.keys import draw_station_identity
from kiosk.wire.receipt import Receipt, receipt_leaf, sign_receipt
from tests.fakes.branch import NOW
from tests.fakes.memory_log import MemoryLog

BOOTH = draw_station_identity("booth-1", StationClass.PRODUCTION).enrolled()


def packet(number: int) -> Incoming:
    return Incoming(
        SessionId(f"{number:032x}"), bytes([number % 256]) * 32, "booth-1", BOOTH.key_id, "account-opening", Decision.REFER, NOW, b"sealed"
    )


def entry(word: str) -> Callable[[int], Entry]:
    return lambda position: Entry(f"{word} {position}".encode(), leaf_hash(f"{word} {position}".encode()))


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
            store.hold(packet(number), entry("receipt"))
        assert [(case.position, int(case.packet_id, 16)) for case in store.cases()] == [(1, 5), (2, 3), (3, 9)]
        assert store.held(SessionId(f"{9:032x}"), b"\x09" * 32) == Held(b"receipt 3", 3, BOOTH.key_id, again=True)
        assert store.held(SessionId(f"{9:032x}"), bytes(32)) is None


def test_more_than_one_page_of_cases_is_listed_whole_and_in_order(tmp_path: Path) -> None:
    with ledger(tmp_path) as store:
        store._db.execute("PRAGMA synchronous = OFF")
        for number in range(1, 1_102):
            store.hold(packet(number), entry("r"))
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
        "DELETE FROM log_nodes",
        "UPDATE log_nodes SET hash = x'00'",
        "DELETE FROM station_sealing",
        "UPDATE station_sealing SET x25519 = x'00'",
    ],
)
def test_what_is_held_can_be_neither_changed_nor_removed(tmp_path: Path, statement: str) -> None:
    with ledger(tmp_path) as store:
        store.hold(packet(1), entry("r"))
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
        first = one.hold(packet(1), entry("from one"))
        second = other.hold(packet(1), entry("from other"))
        other.hold(packet(2), entry("r"))
        assert [case.position for case in one.cases()] == [1, 2]
    assert first == Held(b"from one 1", 1, BOOTH.key_id, again=False)
    assert second == Held(b"from one 1", 1, BOOTH.key_id, again=True)


def test_the_log_grows_with_what_is_held_and_is_the_tree_over_all_of_it(tmp_path: Path) -> None:
    with ledger(tmp_path) as store:
        pattern = MemoryLog()
        for number in range(1, 14):
            assert store.log_size() == pattern.size
            store.hold(packet(number), entry("receipt"))
            store.hold(packet(number), entry("again"))
            pattern.add(leaf_hash(f"receipt {number}".encode()))
        assert store.log_nodes(pattern.nodes) == pattern.nodes
        places = hash_tree.wanted(lambda nodes: hash_tree.root(13, nodes))
        assert hash_tree.root(13, store.log_nodes(places).__getitem__) == pattern.head().root


def test_a_node_that_is_not_there_is_damage(tmp_path: Path) -> None:
    with ledger(tmp_path) as store, pytest.raises(StoreDamaged):
        store.log_nodes([hash_tree.Place(0, 0)])


def test_a_ledger_from_before_there_was_a_log_is_put_into_one(tmp_path: Path) -> None:
    """Made by the schema as it was; its receipts are of version 1 and become the log's first leaves."""
    key = Ed25519PrivateKey.generate()
    old = sqlite3.connect(tmp_path / "ledger.sqlite")
    for statement in _MIGRATIONS[0]:
        old.execute(statement)
    raw_key = BOOTH.verifying_key.public_bytes_raw()
    old.execute("INSERT INTO stations VALUES (?, ?, ?, ?, ?)", (BOOTH.key_id, "booth-1", "production", raw_key, "x"))
    receipts = []
    for number in (1, 2, 3):
        one = packet(number)
        receipts.append(sign_receipt(Receipt(one.packet_id, one.digest, "booth-1", NOW, number), key, 1))
        row = (number, one.packet_id, one.digest, "booth-1", BOOTH.key_id, one.purpose, "refer", "then", receipts[-1])
        old.execute("INSERT INTO packets VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
    old.execute(f"PRAGMA application_id = {_APPLICATION_ID}")
    old.execute("PRAGMA user_version = 1")
    old.commit()
    old.close()
    pattern = MemoryLog()
    for receipt in receipts:
        pattern.add(receipt_leaf(receipt))
    for _ in range(2):
        with SqliteIntakeStore(tmp_path / "ledger.sqlite") as store:
            assert store.log_nodes(pattern.nodes) == pattern.nodes
            assert store.log_size() == 3


def test_a_station_enrolled_before_answers_were_sealed_is_given_its_sealing_key_once(tmp_path: Path) -> None:
    with SqliteIntakeStore(tmp_path / "ledger.sqlite") as store:
        store.enrol(replace(BOOTH, sealing=None), NOW)
        before = store.station(BOOTH.key_id)
        assert before is not None and before.sealing is None
        assert store.enrol(BOOTH, NOW) is False
        after = store.station(BOOTH.key_id)
        assert after is not None and after.sealing is not None and BOOTH.sealing is not None
        assert after.sealing.key_id == BOOTH.sealing.key_id
        other = draw_station_identity("booth-9", StationClass.PRODUCTION).enrolled()
        with pytest.raises(ValueError, match="sealing"):
            store.enrol(replace(BOOTH, sealing=other.sealing), NOW)
