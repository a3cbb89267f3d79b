"""A disk that keeps what was synced and may lose the rest, as a power cut does.

The files lie in a folder in memory as the program sees them; beside it lies the *platter*: for every file what is durable, which only a
sync renews. A process may die before any write, sync, truncation or deletion. After that nothing of it reaches files or platter.

What the next start finds (`end`): with loss ALL_UNSYNCED the platter, byte for byte. With SOME_UNSYNCED each unsynced write may have
reached the platter or not, and one may be torn between two sectors. With NOTHING (a killed process, the machine goes on) everything
that was written; what was not synced can still be lost by a later cut.
"""

import os
import random
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Final

from kiosk.measure.faults import sqlite_layer as sqlite

SECTOR: Final = 512
_IN_MEMORY_ONLY: Final = "-shm"


class Loss(StrEnum):
    NOTHING = "nothing"
    ALL_UNSYNCED = "all-unsynced"
    SOME_UNSYNCED = "some-unsynced"


@dataclass(frozen=True, slots=True)
class _Write:
    offset: int
    content: bytes


@dataclass(frozen=True, slots=True)
class _Cut:
    size: int


@dataclass(slots=True)
class _Unsynced:
    """What happened to one file since its last sync. made, deleted: the name is new or gone, and that is not durable yet."""

    changes: list[_Write | _Cut] = field(default_factory=list)
    made: bool = False
    deleted: bool = False


class LosingDisk:
    """folder: what the program sees; platter: what is durable; where there is none yet, what lies in the folder now.

    before: called with a word such as `write wal` before anything is changed; returns whether the process is still alive after it.
    room: bytes that may be written in all before the disk is full, None without limit; renewed at will.
    """

    def __init__(self, folder: Path, platter: Path, before: Callable[[str], bool]) -> None:
        self.folder = folder
        self.room: int | None = None
        self._platter = platter
        self._before = before
        self._unsynced: dict[str, _Unsynced] = {}
        if not platter.exists():
            shutil.copytree(folder, platter)

    def opened(self, path: str) -> int:
        if not Path(path).exists():
            if not self._before(f"create {_kind(path)}"):
                return sqlite.CANTOPEN
            state = self._state(path)
            state.made, state.deleted = True, False
            state.changes.append(_Cut(0))
        return sqlite.OK

    def write(self, path: str, offset: int, content: bytes) -> int:
        if not self._before(f"write {_kind(path)}"):
            return sqlite.IOERR_WRITE
        if self.room is not None:
            if self.room < len(content):
                return sqlite.FULL
            self.room -= len(content)
        self._state(path).changes.append(_Write(offset, content))
        return sqlite.OK

    def truncate(self, path: str, size: int) -> int:
        if not self._before(f"truncate {_kind(path)}"):
            return sqlite.IOERR_TRUNCATE
        self._state(path).changes.append(_Cut(size))
        return sqlite.OK

    def sync(self, path: str) -> int:
        if not self._before(f"sync {_kind(path)}"):
            return sqlite.IOERR_FSYNC
        state = self._state(path)
        self._apply(path, state.changes)
        self._unsynced.pop(path, None)
        if state.made and _kind(path) != "database":
            self._sync_names()
        return sqlite.OK

    def delete(self, path: str, synced: bool) -> int:
        if not self._before(f"delete {_kind(path)}"):
            return sqlite.IOERR_DELETE
        if synced:
            self._durable(path).unlink(missing_ok=True)
            self._unsynced.pop(path, None)
        else:
            self._unsynced[path] = _Unsynced(deleted=True)
        return sqlite.OK

    def end(self, loss: Loss, dice: random.Random) -> None:
        """Make the folder what the next start finds. Only after every connection of the dead process is closed."""
        for leftover in self.folder.glob("*" + _IN_MEMORY_ONLY):
            leftover.unlink()
        match loss:
            case Loss.NOTHING:
                return
            case Loss.SOME_UNSYNCED:
                for path, state in self._unsynced.items():
                    self._apply(path, _survivors(state.changes, dice))
                    if state.deleted and dice.random() < 0.5:
                        self._durable(path).unlink(missing_ok=True)
                copy_files(self._platter, self.folder)
            case Loss.ALL_UNSYNCED:
                copy_files(self._platter, self.folder)
        self._unsynced.clear()

    def _sync_names(self) -> None:
        """SQLite syncs the folder together with a new journal or log: every name that went before is then gone for good."""
        for path in [path for path, state in self._unsynced.items() if state.deleted]:
            self._durable(path).unlink(missing_ok=True)
            del self._unsynced[path]

    def _state(self, path: str) -> _Unsynced:
        return self._unsynced.setdefault(path, _Unsynced())

    def _durable(self, path: str) -> Path:
        return self._platter / Path(path).name

    def _apply(self, path: str, changes: list[_Write | _Cut]) -> None:
        file = os.open(self._durable(path), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            for change in changes:
                match change:
                    case _Write(offset=offset, content=content):
                        os.pwrite(file, content, offset)
                    case _Cut(size=size):
                        os.ftruncate(file, size)
        finally:
            os.close(file)


def copy_files(source: Path, target: Path) -> None:
    """Make one folder of plain files like another."""
    here = {entry.name for entry in source.iterdir()}
    for entry in list(target.iterdir()):
        if entry.name not in here:
            entry.unlink()
    for name in here:
        shutil.copyfile(source / name, target / name)


def _survivors(changes: list[_Write | _Cut], dice: random.Random) -> list[_Write | _Cut]:
    """Return what of some unsynced changes reached the platter: any of them, and of one only its first sectors."""
    kept = [change for change in changes if dice.random() < 0.5]
    if kept:
        number = dice.randrange(len(kept))
        torn = kept[number]
        if isinstance(torn, _Write) and len(torn.content) > SECTOR:
            kept[number] = _Write(torn.offset, torn.content[: SECTOR * dice.randrange(1, len(torn.content) // SECTOR + 1)])
    return kept


def _kind(path: str) -> str:
    ending = path.rsplit("-", 1)[-1]
    return ending if ending in ("wal", "journal") else "database"
