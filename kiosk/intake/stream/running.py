"""Analysis at work: feeds, works, folds, in one thread, until told to stop. Whatever is away is waited for; nothing is lost meanwhile.

Any number of these run at once, in one process beside the intake or in many. Each works; one feeds, one folds (leases).
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final, Protocol

from kiosk.faults import DiskFull, StoreUnavailable
from kiosk.intake.lease import Lease
from kiosk.intake.stream.feeder import Feeder
from kiosk.intake.stream.ports import StreamAway
from kiosk.intake.stream.worker import Worker

_TAKE_WITHIN_S: Final = 0.25
_FIRST_PAUSE_S: Final = 0.2
_LONGEST_PAUSE_S: Final = 10.0


class Step(Protocol):
    def step(self) -> int:
        """Do one lot of what there is; return how much of it there was."""
        ...


@dataclass(frozen=True, slots=True)
class Progress:
    """Since the start of this process. away: what is waited for, in plain words, empty if nothing."""

    kept: int = 0
    again: int = 0
    unreadable: int = 0
    fed: int = 0
    refills: int = 0
    folded: int = 0
    erased: int = 0
    away: str = ""


@dataclass(slots=True, eq=False)
class Analysing:
    """For one thread; `progress` may be read by any. changed: called when something went away or came back."""

    worker: Worker
    feeder: Feeder
    feeding: Lease
    fold: Step
    folding: Lease
    retention: Step
    changed: Callable[[str], None] = lambda _: None
    progress: Progress = field(default=Progress(), init=False)

    def run(self, stopping: threading.Event, until_idle: bool = False) -> None:
        """Work until told to stop. until_idle: stop too when nothing waits. Raises the faults that waiting does not cure."""
        pause = _FIRST_PAUSE_S
        try:
            while not stopping.is_set():
                try:
                    busy = self._step()
                except (StreamAway, StoreUnavailable, DiskFull) as fault:
                    self._away(str(fault))
                    stopping.wait(pause)
                    pause = min(2 * pause, _LONGEST_PAUSE_S)
                    continue
                pause = _FIRST_PAUSE_S
                self._away("")
                if until_idle and not busy:
                    return
        finally:
            self.feeding.close()
            self.folding.close()

    def _step(self) -> bool:
        fed = refilled = 0
        if self.feeding.held():
            step = self.feeder.step()
            fed, refilled = step.cases, int(step.refilled)
        worked = self.worker.step(_TAKE_WITHIN_S)
        folded = erased = 0
        if self.folding.held():
            folded, erased = self.fold.step(), self.retention.step()
        now = self.progress
        self.progress = replace(
            now,
            kept=now.kept + worked.kept,
            again=now.again + worked.taken - worked.kept,
            unreadable=now.unreadable + worked.unreadable,
            fed=now.fed + fed,
            refills=now.refills + refilled,
            folded=now.folded + folded,
            erased=now.erased + erased,
        )
        return bool(fed or refilled or worked.taken or folded)

    def _away(self, what: str) -> None:
        if what != self.progress.away:
            self.progress = replace(self.progress, away=what)
            self.changed(what)
