"""Analysis beside the intake, in the serving process: what a bank of one branch needs and no more."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from kiosk.faults import Fault
from kiosk.intake.analysis_role import KEY, PUBLIC, open_role
from kiosk.intake.store import IntakeStore
from kiosk.intake.stream.opening import AnalysisAt, Printers, analysis, role_at
from kiosk.intake.stream.running import Analysing


def is_here(at: AnalysisAt, bank: Path) -> bool:
    """Return whether this machine has the role's key, or nobody has one yet. Else cases are granted to a role elsewhere."""
    return (at.role / KEY).exists() or not (bank / PUBLIC).exists()


def make_sure_of_role(at: AnalysisAt, bank: Path) -> None:
    """Make the role at its first use, before anything is held that should be granted to it."""
    if is_here(at, bank):
        role_at(at.role, bank)


@dataclass(slots=True, eq=False)
class AnalysisBeside:
    """A thread of its own. What ends it (a key that does not fit, a damaged store) is said and leaves the intake serving; cases wait."""

    ledger: IntakeStore
    at: AnalysisAt
    clock: Callable[[], datetime]
    name: str
    say: Callable[[str], None]
    printers: Printers | None = None
    _stopping: threading.Event | None = None
    _thread: threading.Thread | None = None
    _analysing: Analysing | None = None

    def start(self) -> None:
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(self._stopping,), name="analysis", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Finish the lot at hand, then stop."""
        if self._stopping is not None and self._thread is not None:
            self._stopping.set()
            self._thread.join(30.0)

    def _run(self, stopping: threading.Event) -> None:
        try:
            with analysis(self.ledger, self.at, open_role(self.at.role), self.clock, self.name, self.printers) as analysing:
                analysing.changed = lambda away: self.say(f"Analysis waits: {away}." if away else "Analysis goes on.")
                self._analysing = analysing
                analysing.run(stopping)
        except Fault as fault:
            self.say(f"Analysis ended: {fault}. Cases are received all the same and wait for it.")
