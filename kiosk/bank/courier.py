"""The courier brings what is due and writes down what came of it.

Rules:

1. One packet is in memory at a time, the longest due first.
2. The answer is written down (`settle`) before anybody is told of it. If that fails, the packet is simply brought again: the bank holds it
   once whatever we do.
3. A packet that fails goes to the back by its own back-off and blocks no other. After two failures of the link in a row the pass ends:
   the bank is not there, and hammering it with the rest helps nobody.
4. A packet that does not open is set aside by the store and holds up no other.
5. A fault of the store ends the pass, is reported, and the next pass tries again. The thread ends by `stop` or by a bug, never by a fault.
"""

import secrets
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from kiosk.bank.connector import Connector
from kiosk.faults import Fault
from kiosk.outbox import Answer, Delivery, Mistrusted, Unreachable
from kiosk.policy import SyncPolicy
from kiosk.values import SessionId
from kiosk.vault.kept import DueDelivery
from kiosk.wire.packet import Packet

_FAILURES_THAT_END_A_PASS: Final = 2
_STOPPED: Final = Unreachable("stopped")
_UNKNOWN_SIGNER: Final = Unreachable("receipt-wrong")


class OutboxPort(Protocol):
    """The store, as the courier needs it. `kiosk.vault.store.Store` is one."""

    def due(self, now: datetime, limit: int, policy: SyncPolicy) -> Sequence[DueDelivery]:
        """Return what is to be sent now, longest due first, or waits longer than the policy ever lets one wait."""
        ...

    def settle(self, session: SessionId, answer: Answer, now: datetime, policy: SyncPolicy, jitter: float) -> Delivery:
        """Write down one attempt durably; with a receipt, destroy the packet."""
        ...


@dataclass(frozen=True, slots=True)
class Attempted:
    """One attempt, written down. delivery: as it stands after it."""

    delivery: Delivery
    answer: Answer


@dataclass(frozen=True, slots=True)
class PassFailed:
    """The store could not be read or written. fault: the class name."""

    fault: str


@dataclass(frozen=True, slots=True)
class CourierEnded:
    """The thread is gone. by_bug: not because it was told to."""

    by_bug: bool


CourierReport = Attempted | PassFailed | CourierEnded


class Courier:
    """clock: the time in UTC; report: called on the courier's thread, must not block; jitter: 0..1, fresh on every call; renew: asks the
    bank what follows its keys, before the first packet and every so often."""

    def __init__(
        self,
        outbox: OutboxPort,
        connector: Connector,
        policy: SyncPolicy,
        clock: Callable[[], datetime],
        report: Callable[[CourierReport], None],
        jitter: Callable[[], float] = lambda: secrets.randbelow(1_000_001) / 1_000_000,
        renew: Callable[[], None] = lambda: None,
    ) -> None:
        self._outbox = outbox
        self._connector = connector
        self._policy = policy
        self._clock = clock
        self._report = report
        self._jitter = jitter
        self._renew = renew
        self._renewed_at: datetime | None = None
        self._stopping = threading.Event()
        self._wake = threading.Event()
        self._thread: threading.Thread | None = None

    def run_once(self, now: datetime) -> tuple[Attempted, ...]:
        """Bring everything due now, once each; return what was attempted, in order. Never raises a Fault: a store's is reported."""
        attempted: list[Attempted] = []
        failures = 0
        tried: set[SessionId] = set()
        try:
            self._renew_if_time(now)
            while failures < _FAILURES_THAT_END_A_PASS and not self._stopping.is_set():
                due = next(iter(self._outbox.due(now, 1, self._policy)), None)
                if due is None or due.session in tried:
                    break
                tried.add(due.session)
                answer = self._connector.deliver(Packet(due.session, due.packet, due.packet_digest))
                if answer == _STOPPED:
                    break
                delivery = self._outbox.settle(due.session, answer, self._clock(), self._policy, self._jitter())
                attempted.append(Attempted(delivery, answer))
                self._report(attempted[-1])
                if answer == _UNKNOWN_SIGNER:
                    self._renewed_at = None  # the bank may have changed its keys: ask before the next pass
                failures = failures + 1 if isinstance(answer, Unreachable | Mistrusted) else 0
        except Fault as fault:
            self._report(PassFailed(type(fault).__name__))
        return tuple(attempted)

    def _renew_if_time(self, now: datetime) -> None:
        if self._renewed_at is None or abs((now - self._renewed_at).total_seconds()) >= self._policy.keys_every_s:
            self._renewed_at = now
            self._renew()

    def start(self) -> None:
        """Start the thread. A courier starts once."""
        if self._thread is not None:
            raise RuntimeError("a courier starts once")
        self._thread = threading.Thread(target=self._work, name="courier", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """Something was kept, or a person asked: look now. From any thread."""
        self._wake.set()

    def stop(self, within_s: float = 5.0) -> bool:
        """Give up what is under way and end the thread; return whether it ended in time. What was under way is brought again later."""
        self._stopping.set()
        self._wake.set()
        self._connector.close()
        if self._thread is None:
            return True
        self._thread.join(within_s)
        return not self._thread.is_alive()

    def _work(self) -> None:
        try:
            while not self._stopping.is_set():
                self._wake.clear()
                self.run_once(self._clock())
                if not self._stopping.is_set():  # a stop just before the clearing woke nobody
                    self._wake.wait(self._policy.first_retry_s)
        finally:
            self._report(CourierEnded(by_bug=not self._stopping.is_set()))
