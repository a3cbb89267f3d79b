"""The console beside the bank's files: opened, served in a thread, closed again."""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from kiosk.faults import Fault
from kiosk.intake.acceptance import Acceptance
from kiosk.intake.analysis_role import PUBLIC
from kiosk.intake.ceremony import bank_keys, open_bank
from kiosk.intake.console.routes import routes
from kiosk.intake.console.site import create_console, system_clock
from kiosk.intake.fleet import open_fleet
from kiosk.intake.office.fold_analysis import FoldAnalysis
from kiosk.intake.office.office import Office, open_office_store
from kiosk.intake.results import Results
from kiosk.intake.running import LOOPBACK, RunningIntake, Tls, bound_socket, configuration, port_of
from kiosk.intake.stream.opening import AnalysisAt, open_results, role_folder
from kiosk.trust.passwords import Cost
from kiosk.values import StationClass

DEFAULT_PORT: Final = 8644
_AT_ONCE: Final = 128
"""Connections, idle ones too, half of them for one address: a browser keeps up to six. Work is done by eight at a time (`site`)."""
_UPKEEP_EVERY_S: Final = 10.0
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class OpenConsole:
    office: Office
    url: str


@contextmanager
def open_office(folder: Path, store: str = "", cost: Cost | None = None, at: AnalysisAt | None = None) -> Iterator[Office]:
    """Open a bank's office: its people, its log, its ledger, and what analysis found where it runs. at: where analysis keeps it; where it
    is by default, which is with the ledger, if that is None. Raises as `open_bank` and `open_store`."""
    where = at or AnalysisAt(role_folder(folder), store)
    bank = open_bank(folder, store)
    with ExitStack() as opened:
        opened.callback(bank.store.close)
        fleet, people = opened.enter_context(open_fleet(folder, store)), opened.enter_context(open_office_store(folder))

        def results() -> Results | None:
            """A bank with the public half of the analysis role has workers, here or elsewhere; what they keep is opened once."""
            is_there = (folder / PUBLIC).exists() and (where.results or where.role.is_dir())
            return opened.enter_context(closing(open_results(where))) if is_there else None

        analysis = FoldAnalysis(bank.store, bank.keys.storage, results)
        yield Office(
            people, bank.store, bank.keys, fleet, analysis, classes_of(bank.acceptance), cost, lambda: bank_keys(folder).answers_key_id
        )


@contextmanager
def serving_console(
    office: Office, host: str = LOOPBACK, port: int = DEFAULT_PORT, tls: Tls | None = None, clock: Callable[[], datetime] = system_clock
) -> Iterator[OpenConsole]:
    """Serve an open office until left. port: 0 lets the system choose. Raises SettingsRefused."""
    stopping = threading.Event()
    upkeep = threading.Thread(target=_keep_up, args=(office, clock, stopping), name="office-upkeep", daemon=True)
    listener = bound_socket(host, port)
    names = _names(host, port_of(listener))
    app = create_console(office, routes(), lambda: names, clock, tls is not None)
    running = RunningIntake(configuration(app, _AT_ONCE, tls), listener, "http" if tls is None else "https")
    running.start()
    upkeep.start()
    try:
        yield OpenConsole(office, running.url)
    finally:
        running.stop()
        stopping.set()
        upkeep.join()


def _keep_up(office: Office, clock: Callable[[], datetime], stopping: threading.Event) -> None:
    """Nobody need look at a page for an agreement to reach the analysis, or for a challenger to run."""
    while not stopping.is_set():
        try:
            busy = office.keep_up(clock())
        except Fault as fault:
            busy = 0
            _log.warning("the office's own work waits: %s: %s", type(fault).__name__, fault)
        if not busy:
            stopping.wait(_UPKEEP_EVERY_S)


def classes_of(acceptance: Acceptance) -> tuple[StationClass, ...]:
    """Return the classes of stations a bank publishes for."""
    return (StationClass.PRODUCTION,) if acceptance.production else (StationClass.QA, StationClass.DEMO)


def _names(host: str, port: int) -> frozenset[str]:
    """Return what a browser may say it wants to reach: a foreign name that points here (DNS rebinding) is none of them."""
    spelled = f"[{host}]" if ":" in host else host
    local = {"localhost", LOOPBACK, "[::1]"} if host in (LOOPBACK, "localhost", "::1") else {spelled}
    return frozenset(f"{name}:{port}" for name in local) | frozenset(local if port in (80, 443) else ())
