"""The store's files and what their errors mean."""

import errno
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from kiosk.faults import DiskFull, Fault, StoreDamaged, StoreUnavailable

STORE_NAME: Final = "cases.sqlite"
_BENT_HEADER: Final = "unsupported file format"
"""What SQLite says of a schema format number that is none; it has no code of its own for it (prepare.c)."""
_NO_ROOM_BYTES: Final = 1_000_000


def is_full(error: OSError) -> bool:
    """Return whether an operating-system error means that nothing more can be written here."""
    return error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def sync_folder(folder: Path) -> None:
    """Make a new or renamed entry of this folder survive a power cut. Windows needs and allows no such call."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def store_faults(folder: Path) -> Iterator[None]:
    """Turn what SQLite and the system raise about the store's files into this program's faults."""
    try:
        yield
    except sqlite3.Error as error:
        fault = _fault_of(error, folder)
        if fault is None:
            raise
        raise fault from error
    except UnicodeDecodeError as error:
        # SQLite names what is malformed in the words it found in the file, and Python cannot read those.
        raise StoreDamaged("the store holds text that is none") from error
    except OSError as error:
        if is_full(error):
            raise DiskFull("the disk is full") from error
        raise StoreUnavailable(f"the store's files cannot be used: {error.strerror}") from error


def _fault_of(error: sqlite3.Error, folder: Path) -> Fault | None:
    """Return the fault for a library error; None for those that can only be our own mistake, such as a broken constraint."""
    extended: int | None = getattr(error, "sqlite_errorcode", None)
    name: str = getattr(error, "sqlite_errorname", "SQLITE_ERROR")
    match None if extended is None else extended & 0xFF:
        case sqlite3.SQLITE_FULL:
            return DiskFull("the disk is full")
        case sqlite3.SQLITE_IOERR:
            return DiskFull(f"nothing more can be written ({name})") if _no_room(name, folder) else StoreDamaged(f"disk error ({name})")
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB | sqlite3.SQLITE_FORMAT:
            return StoreDamaged(f"the store is not a store or is damaged ({name})")
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return StoreUnavailable(f"another program holds the store ({name})")
        case sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_PERM | sqlite3.SQLITE_READONLY | sqlite3.SQLITE_AUTH:
            return StoreUnavailable(f"this account may not use the store ({name})")
        case sqlite3.SQLITE_ERROR if str(error) == _BENT_HEADER:
            return StoreDamaged("the store's header is damaged (SQLITE_ERROR)")
        case _:
            return None


def _no_room(name: str, folder: Path) -> bool:
    """Tell a full disk from a broken one: SQLite reports both as I/O errors on some paths (a file-size limit, the -shm file)."""
    if name in ("SQLITE_IOERR_WRITE", "SQLITE_IOERR_SHMSIZE", "SQLITE_IOERR_TRUNCATE"):
        return True
    try:
        return shutil.disk_usage(folder).free < _NO_ROOM_BYTES
    except OSError:
        return False
