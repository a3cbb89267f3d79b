"""The stream of one process, for one branch: gone with it, and filled again from the outbox by the next."""

import os
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence

from kiosk.intake.outbox import Waiting
from kiosk.intake.stream.ports import Delivery, Standing, StreamLost


class InProcessStream:
    """Any thread may call any method. monotonic: seconds that never go back."""

    name = "in-process"

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._generation = os.urandom(16).hex()
        self._sequence = 0
        self._ready: deque[Delivery] = deque()
        self._later: list[tuple[float, Delivery]] = []
        self._handed_out: dict[str, Delivery] = {}
        self._changed = threading.Condition()
        self._monotonic = monotonic

    def standing(self) -> Standing:
        with self._changed:
            return Standing(self._generation, self._sequence, len(self._ready) + len(self._later) + len(self._handed_out))

    def feed(self, cases: Sequence[Waiting], expected: int) -> int:
        with self._changed:
            if expected != self._sequence:
                raise StreamLost("the stream is not where it was left")
            for case in cases:
                self._sequence += 1
                self._ready.append(Delivery(case.position, str(self._sequence)))
            self._changed.notify_all()
            return self._sequence

    def take(self, at_most: int, within_s: float) -> Sequence[Delivery]:
        with self._changed:
            ends = self._monotonic() + within_s
            while not self._any_ready() and (left := ends - self._monotonic()) > 0:
                self._changed.wait(min([left, *(at - self._monotonic() for at, _ in self._later)]))
            taken = [self._ready.popleft() for _ in range(min(at_most, len(self._ready)))]
            self._handed_out.update((one.tag, one) for one in taken)
            return taken

    def done(self, deliveries: Sequence[Delivery]) -> None:
        with self._changed:
            for one in deliveries:
                self._handed_out.pop(one.tag, None)

    def later(self, deliveries: Sequence[Delivery], after_s: float) -> None:
        with self._changed:
            for one in deliveries:
                if self._handed_out.pop(one.tag, None) is not None:
                    self._later.append((self._monotonic() + after_s, one))

    def close(self) -> None:
        with self._changed:
            self._changed.notify_all()

    def _any_ready(self) -> bool:
        now = self._monotonic()
        due = [one for at, one in self._later if at <= now]
        self._later = [(at, one) for at, one in self._later if at > now]
        self._ready.extend(due)
        return bool(self._ready)
