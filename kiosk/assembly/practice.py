"""A station of its own with a bank beside it, for the demo, for practice and for QA. Nothing of it can reach a production bank.

Keys are drawn anew every time and live only as long as the program; the station's class is in its key, so what it signs stays what it is.
A program that is killed cannot take its folder with it: every start removes the folders of this account whose program is gone.
"""

import os
import secrets
import shutil
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from kiosk.bank.http import HttpConnector
from kiosk.intake.acceptance import DEMONSTRATION
from kiosk.intake.fleet import open_fleet
from kiosk.intake.reception import IntakeKeys
from kiosk.intake.running import serve_in_thread
from kiosk.intake.service import create_app
from kiosk.intake.sqlite_store import SqliteIntakeStore
from kiosk.intake.store import HeldCase
from kiosk.policy import SyncPolicy
from kiosk.values import Masked, StationClass
from kiosk.vault.keys import KeyFile
from kiosk.vault.opening import open_store
from kiosk.vault.sealing import KEY_BYTES
from kiosk.wire.keys import draw_bank_identity, draw_station_identity
from kiosk.wire.succession import TrustedBank

PREFIX = "identity-desk-practice-"
OWNER_FILE = "owner.pid"


class Practice:
    """A bank that serves on this machine and a station it has enrolled; a context manager that leaves nothing behind. What a killed one
    left is removed by the next start."""

    def __init__(self, name: str, station_class: StationClass, sync: SyncPolicy) -> None:
        if station_class is StationClass.PRODUCTION:
            raise ValueError("practice is never a production station")
        remove_stale(Path(tempfile.gettempdir()))
        self._folder = tempfile.TemporaryDirectory(prefix=PREFIX)
        folder = self.folder = Path(self._folder.name)
        (folder / OWNER_FILE).write_text(str(os.getpid()), encoding="ascii")
        bank = draw_bank_identity()
        self.identity = draw_station_identity(name, station_class)
        self.bank = bank.public()
        self._ledger = SqliteIntakeStore(folder / "bank.sqlite")
        self._ledger.enrol(self.identity.enrolled(), datetime.now(UTC))
        self._fleet = open_fleet(folder)
        keys = IntakeKeys(bank, Masked(secrets.token_bytes(KEY_BYTES)))
        self._intake = serve_in_thread(create_app(self._ledger, keys, DEMONSTRATION, fleet=self._fleet))
        station = folder / "station"
        self.store = open_store(station, KeyFile(station / "master.key"))
        self.connector = HttpConnector(self._intake.url, self.identity, TrustedBank(self.bank), sync, known=self.store.tree_head)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._intake.stop()
        self.store.close()
        self._ledger.close()
        self._fleet.close()
        self._folder.cleanup()

    @property
    def url(self) -> str:
        """Where the bank serves, on this machine."""
        return self._intake.url

    def cases_at_bank(self) -> tuple[HeldCase, ...]:
        return tuple(self._ledger.cases())


def remove_stale(parent: Path) -> tuple[Path, ...]:
    """Remove the practice folders in `parent` whose program is gone; return those that were removed.

    A folder without an owner's number, of another account, or with a number that some program has now, is left alone.
    """
    stale = [folder for folder in sorted(parent.glob(f"{PREFIX}*")) if _is_ours(folder) and _owner_is_gone(folder)]
    for folder in stale:
        shutil.rmtree(folder, ignore_errors=True)
    return tuple(folder for folder in stale if not folder.exists())


def _is_ours(folder: Path) -> bool:
    if folder.is_symlink() or not folder.is_dir():
        return False
    return sys.platform == "win32" or folder.stat().st_uid == os.getuid()


def _owner_is_gone(folder: Path) -> bool:
    try:
        owner = int((folder / OWNER_FILE).read_text(encoding="ascii"))
    except (OSError, ValueError):
        return False
    return owner > 0 and not _is_running(owner)


def _is_running(process: int) -> bool:
    """Return whether a process of that number exists; if in doubt, True."""
    if sys.platform == "win32":
        # os.kill would end it there: a handle that cannot be had for any reason but "no such number" counts as running
        import ctypes

        no_such_number, may_query = 87, 0x1000
        kernel = ctypes.WinDLL("kernel32", use_last_error=True)
        handle = kernel.OpenProcess(may_query, False, process)
        if handle:
            kernel.CloseHandle(handle)
        return bool(handle) or ctypes.get_last_error() != no_such_number
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True
