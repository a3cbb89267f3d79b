"""What every PostgreSQL database at the bank's end has in common: connections that are kept, work that is done again on a fresh one when a
kept one had died, and what the server's errors mean."""

import queue
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import TracebackType
from typing import Any, Final, LiteralString, Self, TypeAlias, TypeVar

import psycopg
from psycopg import errors

from kiosk.faults import DiskFull, Fault, SettingsRefused, StoreDamaged, StoreUnavailable
from kiosk.intake.lease import Lease

T = TypeVar("T")
Db: TypeAlias = psycopg.Connection[tuple[Any, ...]]

_KEPT_CONNECTIONS: Final = 16
_CONNECTION_GONE: Final = (None, "57P01", "57P02")
"""SQLSTATEs of a connection that the server ended, and none when it did not even say so."""
_LEASES: Final = 0x49444B4C
"""`IDKL`: the first half of a lease's lock; the second is the lease's name, hashed."""


class PostgresLink:
    """url: `postgresql://…`, as libpq takes it; called: how the server lists us; migrate: brings the schema up to date. Any thread may call
    any method.

    Raises SettingsRefused for what is no such address, StoreUnavailable, StoreFromNewerVersion, StoreDamaged.
    """

    def __init__(self, url: str, called: str, migrate: Callable[[Db], None]) -> None:
        self._url = url
        self._called = called
        self._idle: queue.LifoQueue[Db] = queue.LifoQueue()
        try:
            psycopg.conninfo.conninfo_to_dict(url)
        except psycopg.Error as error:
            raise SettingsRefused("that is not the address of a PostgreSQL database") from error
        self._run(migrate)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        while not self._idle.empty():
            self._idle.get_nowait().close()

    def lease(self, name: str) -> Lease:
        """Return a lease of the server's, not yet taken."""
        return _ServerLease(self._connect, name)

    def _rows(self, question: LiteralString, about: tuple[object, ...] = ()) -> list[tuple[Any, ...]]:
        return self._run(lambda db: db.execute(question, about).fetchall())

    def _run(self, work: Callable[[Db], T]) -> T:
        """Do one piece of work on a connection of its own.

        A connection that was kept may have died with a server that was started anew: then the work is done again on a fresh one. It may
        have been committed the first time; every piece of work here comes to the same when it is done twice.
        """
        with _faults():
            kept = self._kept()
            if kept is not None:
                try:
                    return self._done(kept, work)
                except psycopg.OperationalError as error:
                    if error.sqlstate not in _CONNECTION_GONE:
                        raise
            return self._done(self._connect(), work)

    def _done(self, db: Db, work: Callable[[Db], T]) -> T:
        try:
            came = work(db)
        except BaseException:
            db.close()
            raise
        if self._idle.qsize() < _KEPT_CONNECTIONS:
            self._idle.put(db)
        else:
            db.close()
        return came

    def _kept(self) -> Db | None:
        try:
            return self._idle.get_nowait()
        except queue.Empty:
            return None

    def _connect(self) -> Db:
        db = psycopg.connect(self._url, autocommit=True, connect_timeout=10, application_name=self._called)
        db.execute("SET synchronous_commit = on")
        db.execute("SET lock_timeout = '10s'")
        return db


class _ServerLease:
    """An advisory lock of a connection of its own; the server lets go of it when that ends. Whether the connection lives is asked each
    time, so that a holder who was cut off learns of it before he does anything more."""

    def __init__(self, connect: Callable[[], Db], name: str) -> None:
        self._connect = connect
        self._name = name
        self._db: Db | None = None
        self._mine = False

    def held(self) -> bool:
        try:
            if self._db is None:
                self._db = self._connect()
            if self._mine:
                self._db.execute("SELECT 1")
            else:
                asked = self._db.execute("SELECT pg_try_advisory_lock(%s, hashtext(%s))", (_LEASES, self._name))
                self._mine = asked.fetchone() == (True,)
        except psycopg.Error:
            self.close()
        return self._mine

    def close(self) -> None:
        if self._db is not None:
            with suppress(psycopg.Error):  # the server would let go by itself, a little later
                self._db.execute("SELECT pg_advisory_unlock_all()")
            self._db.close()
        self._db, self._mine = None, False


@contextmanager
def _faults() -> Iterator[None]:
    """Turn what the driver raises about the server into this program's faults. A broken constraint is our own mistake and stays."""
    try:
        yield
    except psycopg.Error as error:
        fault = _fault_of(error)
        if fault is None:
            raise
        raise fault from error


def _fault_of(error: psycopg.Error) -> Fault | None:
    match error:
        case errors.DiskFull():
            return DiskFull("the database server's disk is full")
        case errors.DataCorrupted() | errors.IndexCorrupted():
            return StoreDamaged("the database is damaged")
        case errors.DuplicateTable() | errors.DuplicateFunction():
            return StoreDamaged("that database holds something else than an intake's ledger")
        case errors.InsufficientPrivilege() | errors.ReadOnlySqlTransaction():
            return StoreUnavailable("this account may not use the database")
        case psycopg.OperationalError() | psycopg.InterfaceError() | errors.LockNotAvailable():
            return StoreUnavailable("the database server cannot be reached")
        case _:
            return None
