"""The station's sense of itself: a thread that looks at the computer every few seconds and tells what it found."""

import threading
from collections.abc import Callable
from datetime import datetime
from typing import Final

from kiosk.faults import Fault
from kiosk.risk.signals import Signal
from kiosk.station.crew import guarded
from kiosk.trust.sensing import Endpoint

EVERY_S: Final = 10.0
"""A customer's visit takes minutes; a look costs some ten milliseconds of one core."""


class Senses:
    """`start` looks once before it returns, so that the first case is opened with readings. A look that fails tells nothing: what a policy
    requires is then missing, and a person looks."""

    def __init__(
        self,
        endpoint: Endpoint,
        told: Callable[[tuple[Signal, ...]], None],
        now: Callable[[], datetime],
        on_bug: Callable[[str], None],
        every_s: float = EVERY_S,
    ) -> None:
        self._endpoint, self._told, self._now, self._on_bug = endpoint, told, now, on_bug
        self._every_s = every_s
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="senses", daemon=True)

    def start(self) -> None:
        self.look()
        self._thread.start()

    def stop(self) -> None:
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join(timeout=10)

    def look(self) -> bool:
        """Look now; False after a bug."""
        return guarded("senses", lambda: self._told(self._endpoint.signals(self._now())), _nothing, self._on_bug)

    def _run(self) -> None:
        while not self._ended.wait(self._every_s):
            if not self.look():
                return


def _nothing(fault: Fault) -> None:
    """The fault is in the log; missing readings are the policy's to judge."""
