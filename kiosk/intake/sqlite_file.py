"""What every SQLite file at the bank's end has in common: one connection, taken in turns; commits that are on the disk; migrations."""

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from kiosk.faults import StoreDamaged, StoreFromNewerVersion
from kiosk.intake.lease import FileLease, Lease
from kiosk.vault.files import store_faults

Migrations = Sequence[Sequence[str]]
"""One entry per schema version: its statements. Once released an entry never changes."""


class SqliteFile:
    """Any thread may call any method; calls take turns. application_id: so that no other program's file is taken for one of this kind;
    called: what a person knows the file as; max_pages: its greatest size in 4 KiB pages, None without limit."""

    def __init__(self, path: Path, application_id: int, migrations: Migrations, called: str, max_pages: int | None = None) -> None:
        self._lock = threading.Lock()
        self._path = path
        self._folder = path.parent
        self._called = called
        with store_faults(self._folder), ExitStack() as undo:
            self._db = sqlite3.connect(path, timeout=10.0, isolation_level=None, check_same_thread=False)
            undo.callback(self._db.close)
            self._open(application_id, max_pages)
            self._migrate(application_id, migrations)
            undo.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        with self._turn():
            self._db.close()

    def lease(self, name: str) -> Lease:
        """Return a lease on a file beside this one, not yet taken."""
        return FileLease(self._path.with_name(f"{self._path.name}-{name}.lease"))

    def _migrated(self) -> None:
        """Called in the migrating transaction, when the tables are as they should be."""

    def _open(self, application_id: int, max_pages: int | None) -> None:
        if self._number("PRAGMA application_id") != application_id and self._number("SELECT count(*) FROM sqlite_master"):
            raise StoreDamaged(f"that file is not {self._called}")
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = FULL")
        self._db.execute("PRAGMA foreign_keys = ON")
        self._db.execute("PRAGMA secure_delete = ON")
        if max_pages is not None:
            self._db.execute(f"PRAGMA max_page_count = {max_pages:d}")

    def _migrate(self, application_id: int, migrations: Migrations) -> None:
        """Bring the schema up to date in one transaction; two programs that start together take turns here."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            version = self._number("PRAGMA user_version")
            if version > len(migrations):
                raise StoreFromNewerVersion(f"{self._called} was written by a newer version of this program")
            for statement in (statement for migration in migrations[version:] for statement in migration):
                self._db.execute(statement)
            self._migrated()
            self._db.execute(f"PRAGMA application_id = {application_id:d}")
            self._db.execute(f"PRAGMA user_version = {len(migrations):d}")
            self._db.execute("COMMIT")
        finally:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")

    def _number(self, question: str) -> int:
        return int(self._db.execute(question).fetchone()[0])

    def _cut_log(self) -> None:
        """Empty the write-ahead log, so that what was overwritten in the file is in no other."""
        with self._turn():
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    @contextmanager
    def _turn(self) -> Iterator[None]:
        with self._lock, store_faults(self._folder):
            yield

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """All or nothing, on disk when it ends."""
        with self._turn():
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._db.execute("COMMIT")
            finally:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
