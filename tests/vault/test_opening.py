"""Making, opening, refusing and upgrading stores."""

import hashlib
import os
import shutil
import sqlite3
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from kiosk.faults import Fault, KeyUnavailable, SealBroken, StoreDamaged, StoreFromNewerVersion, StoreUnavailable
from kiosk.values import Masked, OperatorId
from kiosk.vault.audit import AuditSound
from kiosk.vault.keys import KeyFile
from kiosk.vault.opening import open_store
from kiosk.vault.schema import MIGRATIONS, NEWEST
from kiosk.vault.trust_rows import OperatorRow
from tests.vault.specimen import NOW, PACKET, SESSION, digest, key_file, overridden, record, session, store_in

SHIPPED = {
    1: "05d333ae8fa1945b",
    2: "91deec89875210fc",
    3: "4996162b7fabc55d",
    4: "b9369ec32949e8fb",
    5: "3716bca1b97f1d2a",
    6: "ced2e378b8c5b639",
    7: "fd70698fcc4167fe",
    8: "58cc62e987c93fc7",
    9: "0c549d8e203e7507",
    10: "b81c01beee8ae60a",
    11: "acc44e24e2388a2d",
    12: "091a9514dfbe275c",
    13: "77cb861b931a3cc8",
    14: "658ef32837fe555d",
}
"""Digests of the migrations that have shipped. A station out there has them as they are here."""


def kept(folder: Path) -> None:
    with store_in(folder) as store:
        store.keep_case(record(), PACKET, digest(), NOW)


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.suffix == ".sqlite"}


def test_shipped_migrations_are_never_edited() -> None:
    made = {step.version: hashlib.sha256("\n".join(step.statements).encode()).hexdigest()[:16] for step in MIGRATIONS}
    assert made == SHIPPED


def test_versions_count_up_from_one_without_a_gap() -> None:
    assert [step.version for step in MIGRATIONS] == list(range(1, NEWEST + 1))


def test_a_new_store_is_of_the_newest_version_and_for_this_account_only(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "store"
    with store_in(folder) as store:
        assert store._db.execute("SELECT max(version) FROM schema_version").fetchone() == (NEWEST,)
        assert store.verify_audit() == AuditSound(0, bytes(32))
        if os.name == "posix":
            modes = {path.name: oct(path.stat().st_mode & 0o777) for path in folder.iterdir()}
            assert set(modes.values()) == {"0o600"}
            assert folder.stat().st_mode & 0o777 == 0o700


def test_every_promise_of_durability_is_switched_on(tmp_path: Path) -> None:
    wanted = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "secure_delete": 1, "auto_vacuum": 2, "busy_timeout": 5000}
    with store_in(tmp_path / "store") as store:
        assert {name: store._db.execute(f"PRAGMA {name}").fetchone()[0] for name in wanted} == wanted


def test_another_stores_key_opens_nothing(tmp_path: Path) -> None:
    kept(tmp_path / "store")
    other = KeyFile(tmp_path / "other.key")
    other.create()
    with pytest.raises(SealBroken):
        open_store(tmp_path / "store", other)
    kept_still(tmp_path / "store")


def test_a_store_without_its_key_is_refused_and_gets_no_new_one(tmp_path: Path) -> None:
    kept(tmp_path / "store")
    missing = KeyFile(tmp_path / "nowhere" / "master.key")
    with pytest.raises(KeyUnavailable, match="its master key is not"):
        open_store(tmp_path / "store", missing)
    assert not missing.exists()


def test_a_store_from_a_newer_version_is_refused_and_not_touched(tmp_path: Path) -> None:
    folder = tmp_path / "store"
    kept(folder)
    connection = sqlite3.connect(folder / "cases.sqlite")
    connection.execute(f"PRAGMA user_version = {NEWEST + 1}")
    connection.commit()
    connection.close()
    before = bytes_of(folder)
    with pytest.raises(StoreFromNewerVersion, match=f"version {NEWEST + 1}"):
        store_in(folder)
    assert bytes_of(folder) == before


@pytest.mark.parametrize("content", [b"", b"no database at all" * 500, b"SQLite format 3\x00" + b"\xff" * 5000])
def test_a_file_that_is_no_store_is_damage_and_stays(tmp_path: Path, content: bytes) -> None:
    folder = tmp_path / "store"
    kept(folder)
    (folder / "cases.sqlite").write_bytes(content)
    with pytest.raises(StoreDamaged):
        store_in(folder)
    assert (folder / "cases.sqlite").read_bytes() == content


def test_another_programs_database_is_not_taken_for_ours(tmp_path: Path) -> None:
    folder = tmp_path / "store"
    kept(folder)
    (folder / "cases.sqlite").unlink()
    connection = sqlite3.connect(folder / "cases.sqlite")
    connection.execute("CREATE TABLE bookmarks (url)")
    connection.commit()
    connection.close()
    with pytest.raises(StoreDamaged, match="not one of our stores"):
        store_in(folder)


@pytest.mark.parametrize(
    "gone",
    [
        "TABLE key_check",
        "TABLE audit_head",
        "TABLE packets",
        "TABLE operators",
        "INDEX outbox_due",
        "TRIGGER audit_is_never_changed",
        "TRIGGER no_packet_goes_before_its_receipt",
    ],
)
def test_a_store_that_lost_a_table_or_a_promise_is_damaged(tmp_path: Path, gone: str) -> None:
    folder = tmp_path / "store"
    kept(folder)
    connection = sqlite3.connect(folder / "cases.sqlite")
    connection.execute(f"DROP {gone}")
    connection.commit()
    connection.close()
    with pytest.raises(StoreDamaged, match=gone.split()[1]):
        store_in(folder)


def test_a_trigger_that_was_made_toothless_is_damage(tmp_path: Path) -> None:
    folder = tmp_path / "store"
    kept(folder)
    connection = sqlite3.connect(folder / "cases.sqlite")
    connection.execute("DROP TRIGGER audit_is_never_changed")
    connection.execute("CREATE TRIGGER audit_is_never_changed BEFORE UPDATE ON audit BEGIN SELECT 1; END")
    connection.commit()
    connection.close()
    with pytest.raises(StoreDamaged, match="audit_is_never_changed"):
        store_in(folder)


@settings(max_examples=25)
@given(at=st.integers(0, 2**31), span=st.integers(1, 8192))
@example(at=24, span=24)  # the header's schema format number
@example(at=3628792, span=6)  # a word of the schema that SQLite repeats in its message
def test_a_store_with_torn_pages_opens_whole_or_is_refused_clearly(tmp_path_factory: pytest.TempPathFactory, at: int, span: int) -> None:
    folder = tmp_path_factory.mktemp("torn") / "store"
    kept(folder)
    content = bytearray((folder / "cases.sqlite").read_bytes())
    start = at % len(content)
    content[start : start + span] = b"\xa5" * len(content[start : start + span])
    (folder / "cases.sqlite").write_bytes(bytes(content))
    try:
        with store_in(folder) as store:
            assert store.open_record(SESSION, OperatorId("mina"), NOW) == record()
            assert [due.packet for due in store.due(NOW)] in ([PACKET], [])
            aside = store.delivery(SESSION).last_problem == "seal-broken"
            assert aside == (store.counts().waiting == 0)
    except (StoreDamaged, SealBroken, StoreFromNewerVersion):
        return


def test_a_folder_this_account_may_not_use_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "store").write_bytes(b"a file where the folder should be")
    with pytest.raises(StoreUnavailable):
        store_in(tmp_path / "store")


@pytest.mark.skipif(os.name != "posix" or not hasattr(os, "geteuid") or os.geteuid() != 0, reason="needs root to become somebody else")
def test_a_store_of_another_account_is_refused_as_that(tmp_path: Path) -> None:
    """As a real other account: root may read everything."""
    folder = Path("/tmp") / f"identity-desk-test-{os.getpid()}"
    try:
        kept(folder / "store")
        folder.chmod(0o755)
        assert fault_as_nobody(folder / "store") == "StoreUnavailable"
        kept_still(folder / "store")
    finally:
        shutil.rmtree(folder)


def test_a_store_another_program_holds_is_unavailable_not_damaged(tmp_path: Path) -> None:
    folder = tmp_path / "store"
    with store_in(folder) as store:
        store._db.execute("PRAGMA busy_timeout = 0")
        other = sqlite3.connect(folder / "cases.sqlite", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreUnavailable):
            store.keep_case(record(), PACKET, digest(), NOW)
        other.execute("ROLLBACK")
        other.close()
        store.keep_case(record(), PACKET, digest(), NOW)
        assert store.counts().kept == 1


def test_what_a_crash_left_of_a_store_being_made_does_not_hinder(tmp_path: Path) -> None:
    folder = tmp_path / "store"
    folder.mkdir()
    for name in ("cases.sqlite.new", "cases.sqlite.new-wal", "cases.sqlite.new-shm"):
        (folder / name).write_bytes(b"half a store")
    kept(folder)
    assert sorted(path.name for path in folder.iterdir()) == ["cases.sqlite"]


def old_store(folder: Path) -> None:
    """Put a store there as version 1 of this program left it: its tables only, with cases in every state of delivery."""
    kept_then = Path(__file__).parent / "vectors" / "store-2"
    shutil.copytree(kept_then / "store", folder)
    key_file(folder).path.parent.mkdir(parents=True)
    shutil.copy(kept_then / "TEST-KEY-master.key", key_file(folder).path)
    key_file(folder).path.chmod(0o600)
    connection = sqlite3.connect(folder / "cases.sqlite")
    for table in ("operators", "station_secrets"):
        connection.execute(f"DROP TABLE {table}")
    connection.execute("DELETE FROM schema_version WHERE version > 1")
    connection.execute("PRAGMA user_version = 1")
    connection.commit()
    tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    connection.close()
    assert tables == {"schema_version", "key_check", "cases", "outbox", "packets", "audit", "audit_head"}


def test_a_store_of_version_one_is_upgraded_with_everything_in_it(tmp_path: Path) -> None:
    old_store(tmp_path / "store")
    with store_in(tmp_path / "store") as store:
        # Nobody picked a reason from a list in those days.
        opened, before = store.open_record(session(0), OperatorId("mina"), NOW), overridden(session(0))
        assert before.disposition is not None
        assert opened == replace(before, disposition=replace(before.disposition, picked=None))
        assert store.receipt(session(1)) == b"receipt"
        assert {due.session for due in store.due(NOW + timedelta(minutes=5))} == {session(0), session(2)}
        assert isinstance(store.verify_audit(), AuditSound)
        with store.trust_rows() as rows:
            rows.add_operator(OperatorRow(OperatorId("mina"), "teller", Masked(b"secret"), 0, None, NOW))
        versions = store._db.execute("SELECT version FROM schema_version ORDER BY version").fetchall()
        assert versions == [(version,) for version in range(1, NEWEST + 1)]


def test_a_migration_that_fails_half_way_leaves_the_old_store(tmp_path: Path) -> None:
    """The second migration's last table is in the way, so it fails after its first one was made."""
    folder = tmp_path / "store"
    old_store(folder)
    connection = sqlite3.connect(folder / "cases.sqlite")
    connection.execute("CREATE TABLE station_secrets (other)")
    connection.commit()
    connection.close()
    with pytest.raises(StoreDamaged):
        store_in(folder)
    connection = sqlite3.connect(folder / "cases.sqlite")
    assert connection.execute("PRAGMA user_version").fetchone() == (1,)
    assert connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'operators'").fetchone() == (0,)
    connection.execute("DROP TABLE station_secrets")
    connection.commit()
    connection.close()
    with store_in(folder) as store:
        assert store.counts().kept == 3


def fault_as_nobody(folder: Path) -> str:
    """Open the store in a forked child that has become another account; return the name of the fault."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        answer = "opened"
        try:
            os.setgid(65534)
            os.setuid(65534)
            store_in(folder)
        except Fault as fault:
            answer = type(fault).__name__
        finally:
            os.write(writing, answer.encode())
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as answers:
        said = answers.read()
    os.waitpid(child, 0)
    return said


def kept_still(folder: Path) -> None:
    with store_in(folder) as store:
        assert store.open_record(SESSION, OperatorId("mina"), NOW) == record()
