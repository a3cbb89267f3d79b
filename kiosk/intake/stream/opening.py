"""Joins the parts of analysis for one process: ledger, results, stream, role, fold, prints."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from kiosk.faults import SettingsRefused
from kiosk.intake.analysis.fold import Fold
from kiosk.intake.analysis_role import FOLDER, KEY, RESULTS, AnalysisRole, make_role, open_role
from kiosk.intake.prints.allowance import allowed
from kiosk.intake.prints.ports import FacePrinter
from kiosk.intake.prints.search import FaceSearch
from kiosk.intake.results import Results
from kiosk.intake.store import IntakeStore
from kiosk.intake.stream.extraction import Extraction, link_keys, print_key
from kiosk.intake.stream.feeder import Feeder
from kiosk.intake.stream.folding import Folding
from kiosk.intake.stream.in_process import InProcessStream
from kiosk.intake.stream.ports import Stream
from kiosk.intake.stream.retention import Retention
from kiosk.intake.stream.running import Analysing
from kiosk.intake.stream.worker import Worker

FEEDER: Final = "feeder"
FOLDER_LEASE: Final = "fold"

Printers = Callable[[], FacePrinter]
"""Loads the networks, when prints are allowed and not before."""


@dataclass(frozen=True, slots=True)
class AnalysisAt:
    """role: the role's folder; results: `postgresql://…`, empty for the file in it; stream: `nats://…`, empty for one in the process."""

    role: Path
    results: str = ""
    stream: str = ""


def role_folder(bank: Path) -> Path:
    return bank / FOLDER


def role_at(folder: Path, bank: Path) -> AnalysisRole:
    """Return the role of a folder, made at its first use. Raises KeyUnavailable."""
    return open_role(folder) if (folder / KEY).exists() else make_role(folder, bank)


def open_results(at: AnalysisAt) -> Results:
    """Raises SettingsRefused, StoreUnavailable, StoreDamaged, StoreFromNewerVersion."""
    if at.results:
        if not at.results.startswith(("postgresql://", "postgres://")):
            raise SettingsRefused("results elsewhere are postgresql://user@host/database")
        from kiosk.intake.postgres_results import PostgresResults  # only a bank that has one needs its driver

        return PostgresResults(at.results)
    from kiosk.intake.sqlite_results import SqliteResults

    return SqliteResults(at.role / RESULTS)


def open_stream(at: AnalysisAt) -> Stream:
    """Raises SettingsRefused. The broker is not asked yet."""
    if not at.stream:
        return InProcessStream()
    if not at.stream.startswith(("nats://", "tls://")):
        raise SettingsRefused("a stream elsewhere is nats://host:port or tls://host:port")
    from kiosk.intake.stream.jetstream import JetStream  # only a bank that has one needs its client

    return JetStream(at.stream)


@contextmanager
def analysis(
    ledger: IntakeStore, at: AnalysisAt, role: AnalysisRole, clock: Callable[[], datetime], name: str, printers: Printers | None = None
) -> Iterator[Analysing]:
    """Open results and stream for one process's analysis; closed at the end. printers: None where no networks are at hand.

    Raises SettingsRefused if prints are allowed and there is nothing to make them with, and what opening the stores raises.
    """
    allowance = allowed(at.role)
    if allowance is not None and printers is None:
        raise SettingsRefused("face prints are allowed for analysis, but this program brought no networks to make them; use app.py")
    printer = printers() if allowance is not None and printers is not None else None
    with ExitStack() as opened:
        results = open_results(at)
        opened.callback(results.close)
        stream = open_stream(at)
        opened.callback(stream.close)
        fold = Folding(results, Fold, None if printer is None else _search(results, role, printer))
        yield Analysing(
            Worker(ledger, results, stream, role, Extraction(link_keys(role), print_key(role), printer), clock, name),
            Feeder(ledger, stream),
            ledger.lease(FEEDER),
            fold,
            results.lease(FOLDER_LEASE),
            Retention(ledger, results, fold, at.role, clock),
        )


def _search(results: Results, role: AnalysisRole, printer: FacePrinter) -> Callable[[], FaceSearch]:
    return lambda: FaceSearch(results, print_key(role), printer.judge, printer.print_name, printer.length)
