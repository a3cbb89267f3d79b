"""SQLite's own file layer (its "VFS"), from Python, through the very library that Python's `sqlite3` is linked with.

The standard layer does the reading, the locking and the shared memory at its own speed; only opening, writing, truncating, syncing,
closing and deleting pass through here, where a `Disk` may record, refuse or lose them. No code of the stores changes, and no compiler, no
preloaded library and no second SQLite is needed. Source of the layout: sqlite3.h, `sqlite3_vfs` and `sqlite3_io_methods` (versions 1 to 3).
"""

import ctypes
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from ctypes import CFUNCTYPE, POINTER, Structure, addressof, byref, c_char_p, c_int, c_int64, c_void_p, sizeof
from functools import cache
from typing import Final, Protocol

from kiosk.faults import StoreUnavailable

OK: Final = 0
IOERR_WRITE: Final = 10 | (3 << 8)
IOERR_FSYNC: Final = 10 | (4 << 8)
IOERR_TRUNCATE: Final = 10 | (6 << 8)
IOERR_DELETE: Final = 10 | (10 << 8)
CANTOPEN: Final = 14
FULL: Final = 13

_NAME: Final = b"identity-desk-faults"

_Open = CFUNCTYPE(c_int, c_void_p, c_void_p, c_void_p, c_int, POINTER(c_int))
_Delete = CFUNCTYPE(c_int, c_void_p, c_char_p, c_int)
_Close = CFUNCTYPE(c_int, c_void_p)
_Write = CFUNCTYPE(c_int, c_void_p, c_void_p, c_int, c_int64)
_Truncate = CFUNCTYPE(c_int, c_void_p, c_int64)
_Sync = CFUNCTYPE(c_int, c_void_p, c_int)


class _Vfs(Structure):
    _fields_ = (
        ("version", c_int),
        ("file_bytes", c_int),
        ("longest_path", c_int),
        ("following", c_void_p),
        ("name", c_char_p),
        ("own", c_void_p),
        ("open", _Open),
        ("delete", _Delete),
        *((f"other_{number}", c_void_p) for number in range(14)),
    )


class _Methods(Structure):
    _fields_ = (
        ("version", c_int),
        ("close", _Close),
        ("read", c_void_p),
        ("write", _Write),
        ("truncate", _Truncate),
        ("sync", _Sync),
        *((f"other_{number}", c_void_p) for number in range(13)),
    )


class Disk(Protocol):
    """What is asked before anything reaches a file. Each returns a SQLite result code; OK lets the operation happen."""

    def opened(self, path: str) -> int:
        """Called before the file is made or opened."""
        ...

    def write(self, path: str, offset: int, content: bytes) -> int: ...

    def truncate(self, path: str, size: int) -> int: ...

    def sync(self, path: str) -> int: ...

    def delete(self, path: str, synced: bool) -> int: ...


class FileLayer:
    """Every database opened while `installed` passes through the disk its path belongs to; others are left alone.

    Use `file_layer`: an open database points into this object, so it must outlive them all.
    """

    def __init__(self) -> None:
        self._library = _library()
        self._library.sqlite3_vfs_find.restype = c_void_p
        self._under_address = self._library.sqlite3_vfs_find(None)
        self._under = _Vfs.from_address(self._under_address)
        self._disks: dict[str, Disk] = {}
        self._paths: dict[int, tuple[Disk, str]] = {}
        self._methods: dict[int, tuple[_Methods, _Methods]] = {}
        self._vfs = _Vfs()
        ctypes.memmove(byref(self._vfs), self._under_address, sizeof(_Vfs))
        self._vfs.name, self._vfs.following = _NAME, None
        self._vfs.open, self._vfs.delete = _Open(self._open), _Delete(self._delete)

    @contextmanager
    def installed(self) -> Iterator[None]:
        """Make this the layer of every connection opened from now on in this process, until the end of the block."""
        self._library.sqlite3_vfs_register(byref(self._vfs), 1)
        try:
            yield
        finally:
            self._library.sqlite3_vfs_register(c_void_p(self._under_address), 1)
            self._library.sqlite3_vfs_unregister(byref(self._vfs))

    def mount(self, folder: str, disk: Disk) -> None:
        """Let everything under this folder lie on that disk."""
        self._disks[folder.rstrip("/") + "/"] = disk

    def unmount(self, folder: str) -> None:
        self._disks.pop(folder.rstrip("/") + "/", None)

    def _disk_of(self, path: str) -> Disk | None:
        return next((disk for folder, disk in self._disks.items() if path.startswith(folder)), None)

    def _open(self, _: int, name: int | None, file: int, flags: int, out_flags: object) -> int:
        path = "" if name is None else (ctypes.string_at(name)).decode()
        disk = self._disk_of(path)
        if disk is not None and (refused := disk.opened(path)) != OK:
            c_void_p.from_address(file).value = None
            return refused
        code = int(self._under.open(self._under_address, name, file, flags, out_flags))
        if code == OK and disk is not None:
            self._paths[file] = (disk, path)
            self._intercept(file)
        return code

    def _intercept(self, file: int) -> None:
        """Give the file a copy of its table of operations in which four are ours. The first word of a file points to that table."""
        word = c_void_p.from_address(file)
        table = word.value or 0
        if table not in self._methods:
            theirs, ours = _Methods.from_address(table), _Methods()
            ctypes.memmove(byref(ours), table, sizeof(_Methods))
            ours.close = _Close(lambda one: self._closed(theirs, one))
            ours.write = _Write(lambda one, content, count, offset: self._write(theirs, one, content, count, offset))
            ours.truncate = _Truncate(lambda one, size: self._truncate(theirs, one, size))
            ours.sync = _Sync(lambda one, how: self._sync(theirs, one, how))
            self._methods[table] = (theirs, ours)
        word.value = addressof(self._methods[table][1])

    def _closed(self, theirs: _Methods, file: int) -> int:
        self._paths.pop(file, None)
        return int(theirs.close(file))

    def _write(self, theirs: _Methods, file: int, content: int, count: int, offset: int) -> int:
        disk, path = self._paths[file]
        return disk.write(path, offset, ctypes.string_at(content, count)) or int(theirs.write(file, content, count, offset))

    def _truncate(self, theirs: _Methods, file: int, size: int) -> int:
        disk, path = self._paths[file]
        return disk.truncate(path, size) or int(theirs.truncate(file, size))

    def _sync(self, theirs: _Methods, file: int, how: int) -> int:
        """The file itself is not synced: it lies in memory, and what is durable is the disk's to say."""
        disk, path = self._paths[file]
        return disk.sync(path)

    def _delete(self, _: int, name: bytes, synced: int) -> int:
        disk = self._disk_of(name.decode())
        refused = OK if disk is None else disk.delete(name.decode(), bool(synced))
        return refused or int(self._under.delete(self._under_address, name, synced))


@cache
def file_layer() -> FileLayer:
    """Return this process's one file layer. Raises StoreUnavailable where it cannot be had."""
    return FileLayer()


def can_intercept() -> bool:
    """Return whether Python's `sqlite3` uses a library that can be reached: on Debian it does, a statically linked Python does not."""
    try:
        _library()
    except StoreUnavailable:
        return False
    return True


def _library() -> ctypes.CDLL:
    try:
        library = ctypes.CDLL("libsqlite3.so.0", mode=ctypes.RTLD_GLOBAL)
        library.sqlite3_sourceid.restype = c_char_p
    except (OSError, AttributeError) as error:
        raise StoreUnavailable("SQLite's library cannot be reached from here") from error
    with sqlite3.connect(":memory:") as probe:
        (used,) = probe.execute("SELECT sqlite_source_id()").fetchone()
    probe.close()
    if _built_in() or library.sqlite3_sourceid().decode() != used:
        raise StoreUnavailable("Python's sqlite3 is not linked with the system's SQLite library")
    return library


def _built_in() -> bool:
    """Return whether SQLite is a part of this Python rather than a library beside it."""
    with open("/proc/self/maps", encoding="utf-8", errors="replace") as maps:  # noqa: PTH123 - not a file of ours
        return not any("_sqlite3" in line for line in maps)
