"""The life of one process, counted in steps; it can end before any of them."""

import os
import signal
from dataclasses import dataclass, field
from typing import Final, NoReturn

KEEP: Final = "keep"
DELIVER: Final = "deliver"
RECEIVE: Final = "receive"
ACKNOWLEDGE: Final = "acknowledge"
PURGE: Final = "purge"
START: Final = "start"
IDLE: Final = "idle"


@dataclass(slots=True)
class Life:
    """A step is whatever the world can notice: a write, a sync, a request sent or heard. A dead process does none.

    phase: what it is doing, since which step: the account of where it died; really: end the operating-system process itself, with SIGKILL.
    """

    who: str
    really: bool = False
    phase: str = IDLE
    since: int = 0
    alive: bool = True
    steps: int = 0
    dies_at: int | None = None
    deaths: list[str] = field(default_factory=list)

    def doom(self, in_steps: int) -> None:
        """Let it die just before its in_steps-th step from now."""
        self.dies_at = self.steps + in_steps

    def enter(self, phase: str) -> None:
        self.phase, self.since = phase, self.steps

    def step(self, what: str) -> bool:
        """Return whether the step is done: whether the process is alive."""
        if not self.alive:
            return False
        self.steps += 1
        if self.dies_at is not None and self.steps >= self.dies_at:
            self.die(what)
        return self.alive

    def die(self, what: str) -> None:
        if self.really:
            _kill_myself()
        self.alive = False
        self.deaths.append(f"{self.who} {self.phase} {self.steps - self.since:02}: {what}")

    def begin(self) -> None:
        """Start the process again."""
        self.alive, self.dies_at = True, None
        self.enter(START)


def _kill_myself() -> NoReturn:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("a killed process goes on")
