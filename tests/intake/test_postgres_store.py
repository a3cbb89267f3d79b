"""The ledger in PostgreSQL: immutable, recognisable, and got over what befalls its server."""

import psycopg
import pytest

from kiosk.faults import SettingsRefused, StoreFromNewerVersion, StoreUnavailable
from kiosk.intake.postgres_store import PostgresIntakeStore
from kiosk.intake.store import Held
from kiosk.measure.faults.machines import memory_folder
from kiosk.measure.own_postgres import own_postgres
from tests.fakes.branch import NOW
from tests.intake.test_store_contract import BOOTH, entry, packet


def changed(url: str, statement: str) -> None:
    with psycopg.connect(url, autocommit=True) as db:
        db.execute(statement)  # type: ignore[call-overload]


@pytest.mark.parametrize("table", ["packets", "contents", "log_nodes", "stations", "withdrawn", "station_sealing"])
@pytest.mark.parametrize("statement", ["DELETE FROM {}", "TRUNCATE {} CASCADE", "UPDATE {} SET {} = {}"])
def test_what_is_held_can_be_neither_changed_nor_removed(postgres_url: str, table: str, statement: str) -> None:
    with PostgresIntakeStore(postgres_url) as store:
        store.enrol(BOOTH, NOW)
        store.hold(packet(1), entry)
    column = "number" if table == "log_nodes" else "position" if table in ("packets", "contents") else "key_id"
    with pytest.raises(psycopg.errors.RaiseException):
        changed(postgres_url, statement.format(table, column, column))


def test_a_commit_is_synchronous(postgres_url: str) -> None:
    with PostgresIntakeStore(postgres_url) as store:
        assert store._rows("SHOW synchronous_commit") == [("on",)]


def test_a_server_that_does_not_sync_is_refused() -> None:
    with own_postgres(("fsync = off",), near=memory_folder()) as server, pytest.raises(StoreUnavailable, match="does not sync"):
        PostgresIntakeStore(server.url)


def test_a_ledger_from_a_newer_version_is_left_alone(postgres_url: str) -> None:
    PostgresIntakeStore(postgres_url).close()
    changed(postgres_url, "INSERT INTO identity_desk_intake SELECT max(version) + 1 FROM identity_desk_intake")
    with pytest.raises(StoreFromNewerVersion):
        PostgresIntakeStore(postgres_url)


@pytest.mark.parametrize("address", ["postgresql://[", "not an address", "postgresql:///x?sslmode=never&nonsense=1"])
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises((SettingsRefused, StoreUnavailable)):
        PostgresIntakeStore(address)


def test_a_server_that_is_not_there_is_unavailable() -> None:
    with pytest.raises(StoreUnavailable):
        PostgresIntakeStore("postgresql:///ledger?host=/nowhere")


def test_a_killed_server_loses_nothing_that_was_committed_and_is_found_again() -> None:
    with own_postgres(near=memory_folder()) as server, PostgresIntakeStore(server.url) as store:
        store.enrol(BOOTH, NOW)
        for number in range(1, 30):
            store.hold(packet(number), entry)
        server.kill()
        with pytest.raises(StoreUnavailable):
            store.hold(packet(30), entry)
        server.start()
        assert store.hold(packet(30), entry) == Held(b"receipt 30", 30, BOOTH.key_id, again=False)
        assert store.hold(packet(29), entry) == Held(b"receipt 29", 29, BOOTH.key_id, again=True)
