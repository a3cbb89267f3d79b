"""A PostgreSQL server for the tests of this folder, one for all of them; and a ledger of each kind."""

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import psycopg
import pytest

from kiosk.intake.postgres_store import PostgresIntakeStore
from kiosk.intake.sqlite_store import SqliteIntakeStore
from kiosk.measure.faults.machines import memory_folder
from kiosk.measure.own_postgres import OwnPostgres, own_postgres, programs

_NUMBERS = count(1)

Ledger = SqliteIntakeStore | PostgresIntakeStore
OpenLedger = Callable[[], Ledger]
"""Opens the ledger of this test once more, as another worker would."""


@pytest.fixture(scope="session")
def postgres() -> Iterator[OwnPostgres]:
    if programs() is None:
        pytest.skip("no PostgreSQL server is installed here (Debian: apt-get install postgresql)")
    with own_postgres(near=memory_folder()) as server:
        yield server


@pytest.fixture
def postgres_url(postgres: OwnPostgres) -> str:
    """A database of this test's own."""
    name = f"ledger_{next(_NUMBERS)}"
    with psycopg.connect(postgres.url, autocommit=True) as db:
        db.execute(f"CREATE DATABASE {name}")  # type: ignore[call-overload]
    return postgres.url_of(name)


@pytest.fixture(params=["sqlite", "postgresql"])
def open_ledger(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[OpenLedger]:
    """Both kinds of ledger, one after the other."""
    opened: list[Ledger] = []
    url = "" if request.param == "sqlite" else str(request.getfixturevalue("postgres_url"))

    def open_it() -> Ledger:
        opened.append(PostgresIntakeStore(url) if url else SqliteIntakeStore(tmp_path / "ledger.sqlite"))
        return opened[-1]

    yield open_it
    for ledger in opened:
        ledger.close()
