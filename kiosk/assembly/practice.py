"""A station of its own with a bank beside it, for the demo, for practice and for QA. Nothing of it can reach a production bank.

Keys are drawn anew every time and live only as long as the program; the station's class is in its key, so what it signs stays what it is.
"""

import secrets
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from kiosk.bank.http import HttpConnector
from kiosk.intake.acceptance import DEMONSTRATION
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


class Practice:
    """A bank that serves on this machine and a station it has enrolled; a context manager that leaves nothing behind."""

    def __init__(self, name: str, station_class: StationClass, sync: SyncPolicy) -> None:
        if station_class is StationClass.PRODUCTION:
            raise ValueError("practice is never a production station")
        self._folder = tempfile.TemporaryDirectory(prefix="identity-desk-practice-")
        folder = Path(self._folder.name)
        bank = draw_bank_identity()
        self.identity = draw_station_identity(name, station_class)
        self.bank = bank.public()
        self._ledger = SqliteIntakeStore(folder / "bank.sqlite")
        self._ledger.enrol(self.identity.enrolled(), datetime.now(UTC))
        self._intake = serve_in_thread(create_app(self._ledger, IntakeKeys(bank, Masked(secrets.token_bytes(KEY_BYTES))), DEMONSTRATION))
        station = folder / "station"
        self.store = open_store(station, KeyFile(station / "master.key"))
        self.connector = HttpConnector(self._intake.url, self.bank, sync)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._intake.stop()
        self.store.close()
        self._ledger.close()
        self._folder.cleanup()

    def cases_at_bank(self) -> tuple[HeldCase, ...]:
        return tuple(self._ledger.cases())
