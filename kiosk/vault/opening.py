"""Making and opening the store's file.

1. A new store is written under another name and renamed when it is complete: a file called `cases.sqlite` is a store or damaged,
   never half-made.
2. A store from a newer version is opened for reading only, recognised, and left alone.
3. A store without its key is refused. A fresh key is made only together with a fresh store.
4. Migrations run in one transaction: all of them or none.
"""

import os
import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import sqlite_utils

from kiosk.faults import KeyUnavailable, SealBroken, StoreDamaged, StoreFromNewerVersion
from kiosk.vault.audit_heads import HeadSigner
from kiosk.vault.audit_log import AuditLog
from kiosk.vault.files import STORE_NAME, store_faults, sync_folder
from kiosk.vault.keys import KeyStore
from kiosk.vault.schema import APPLICATION_ID, NEWEST, migrate, missing_from
from kiosk.vault.sealing import NONCE_BYTES, Key, Place, derive, seal, unseal
from kiosk.vault.store import Store
from kiosk.vault.times import as_text

BUSY_S: Final = 5.0
_CHECK_PLACE: Final = Place("key_check", "1", "sealed", "does this key belong to this store")
_CHECK: Final = b"this key belongs to this store"


def open_store(folder: Path, key_store: KeyStore, *, where: str = "", certificate_for: tuple[str, ...] = ()) -> Store:
    """Open the store in this folder, making it where there is none, and bring it to this version. where: the station's name, for the audit
    log. certificate_for: roles that work only with a valid certificate of training, as this station's settings say.

    Raises KeyUnavailable, SealBroken (another store's key), StoreDamaged, StoreFromNewerVersion, StoreUnavailable, DiskFull.
    """
    path = folder / STORE_NAME
    with store_faults(folder):
        if not path.exists():
            _make(path, key_store)
        version = _version_of(path)
        if not key_store.exists():
            raise KeyUnavailable("the store is here but its master key is not")
        master = key_store.load()
        db = _connect(path)
        try:
            _check_pages(db)
            _check_schema(db, version)
            _check_key(db, master)
            if version < NEWEST:
                _upgrade(db, version)
            return Store(db, master, folder, where, certificate_for)
        except BaseException:
            db.close()
            raise


def _make(path: Path, key_store: KeyStore) -> None:
    """Make an empty store. Killed at any point it leaves either nothing that counts or a complete store."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    master = key_store.load() if key_store.exists() else key_store.create()
    part = path.with_name(path.name + ".new")
    for leftover in (part, part.with_name(part.name + "-wal"), part.with_name(part.name + "-shm")):
        leftover.unlink(missing_ok=True)
    os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    db = _connect(part)
    try:
        db.execute("BEGIN IMMEDIATE")
        migrate(db, 0, as_text(datetime.now(UTC)))
        sealed = seal(derive(master, "key check"), os.urandom(NONCE_BYTES), _CHECK, _CHECK_PLACE)
        db.table("key_check").insert({"number": 1, "sealed": sealed})
        AuditLog(db, derive(master, "audit head"), HeadSigner(master)).begin(os.urandom(NONCE_BYTES))
        db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        db.execute("COMMIT")
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        db.close()
    part.replace(path)
    sync_folder(path.parent)


def _connect(path: Path) -> sqlite_utils.Database:
    """Open a connection every thread may use, one at a time: the store holds a lock around each use.

    isolation_level None: transactions are begun and ended in plain sight. Plugins of sqlite-utils stay out of the kiosk.
    """
    connection = sqlite3.connect(path, timeout=BUSY_S, isolation_level=None, check_same_thread=False)
    try:
        db = sqlite_utils.Database(connection, execute_plugins=False)
        for pragma in (
            "auto_vacuum = INCREMENTAL",
            "journal_mode = WAL",
            "synchronous = FULL",
            "foreign_keys = ON",
            "secure_delete = ON",
            "temp_store = MEMORY",
            "trusted_schema = OFF",
        ):
            db.execute(f"PRAGMA {pragma}")
    except BaseException:
        connection.close()
        raise
    return db


def _version_of(path: Path) -> int:
    """Return the schema version of an existing store without writing to it. Raises StoreDamaged, StoreFromNewerVersion."""
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=BUSY_S, isolation_level=None)
    try:
        (application,) = connection.execute("PRAGMA application_id").fetchone()
        (version,) = connection.execute("PRAGMA user_version").fetchone()
    finally:
        connection.close()
    if application != APPLICATION_ID or version < 1:
        raise StoreDamaged("the file is not one of our stores")
    if version > NEWEST:
        raise StoreFromNewerVersion(f"the store has version {version}, this program knows {NEWEST}")
    return int(version)


def _check_key(db: sqlite_utils.Database, master: Key) -> None:
    row = db.execute("SELECT sealed FROM key_check").fetchone()
    if row is None:
        raise StoreDamaged("the store has lost the mark of its key")
    if unseal(derive(master, "key check"), row[0], _CHECK_PLACE) != _CHECK:
        raise SealBroken("the mark of the store's key is not as written")


def _check_pages(db: sqlite_utils.Database) -> None:
    (answer,) = db.execute("PRAGMA quick_check(1)").fetchone()
    if answer != "ok":
        raise StoreDamaged("the store fails its integrity check")


def _check_schema(db: sqlite_utils.Database, version: int) -> None:
    missing = missing_from(db, version)
    if missing:
        raise StoreDamaged(f"the store lacks what its version has: {', '.join(sorted(missing))}")


def _upgrade(db: sqlite_utils.Database, version: int) -> None:
    db.execute("BEGIN IMMEDIATE")
    try:
        migrate(db, version, as_text(datetime.now(UTC)))
        db.execute("COMMIT")
    except sqlite3.OperationalError as error:
        db.rollback()
        if error.sqlite_errorcode == sqlite3.SQLITE_ERROR:
            raise StoreDamaged("something in the store stands in the way of its upgrade") from error
        raise
    except BaseException:
        db.rollback()
        raise
