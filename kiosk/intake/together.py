"""Group commit: packets that arrive while the disk is being waited for share the next wait.

Whoever finds nobody at work holds all that wait, his own among them, in one transaction; the others only wait for him. Nobody is answered
before the transaction that holds his packet has ended.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from kiosk.intake.store import Entry, Held, IdConflict, Incoming

MOST_AT_ONCE: Final = 32
"""A bound on what one transaction holds in memory: each packet is 8 MB at most."""


@dataclass(slots=True, eq=False)
class Asked:
    """One packet that is to be held. entry_at: makes the signed receipt for a ledger position."""

    packet: Incoming
    entry_at: Callable[[int], Entry]


@dataclass(slots=True, eq=False)
class _Waiting:
    asked: Asked
    done: threading.Event = field(default_factory=threading.Event)
    came: Held | IdConflict | None = None
    trouble: BaseException | None = None


class Together:
    """hold_all: holds packets in one transaction, on disk when it returns, answers in their order; raises with none of them held."""

    def __init__(self, hold_all: Callable[[Sequence[Asked]], Sequence[Held | IdConflict]]) -> None:
        self._hold_all = hold_all
        self._lock = threading.Lock()
        self._at_work = False
        self._waiting: list[_Waiting] = []

    def hold(self, packet: Incoming, entry_at: Callable[[int], Entry]) -> Held | IdConflict:
        """Hold one packet, perhaps together with others. Raises what `hold_all` raised for the transaction it was in."""
        mine = _Waiting(Asked(packet, entry_at))
        with self._lock:
            self._waiting.append(mine)
            leads = not self._at_work
            self._at_work = True
        if leads:
            self._lead(mine)
        else:
            mine.done.wait()
            if mine.came is None and mine.trouble is None:
                self._lead(mine)
        if mine.trouble is not None:
            raise mine.trouble
        if mine.came is None:
            raise AssertionError("a packet was passed over")
        return mine.came

    def _lead(self, mine: _Waiting) -> None:
        """Hold one lot, which has `mine` in it; then hand over to the first who still waits."""
        with self._lock:
            lot, self._waiting = self._waiting[:MOST_AT_ONCE], self._waiting[MOST_AT_ONCE:]
        assert mine in lot
        try:
            for one, came in zip(lot, self._hold_all([one.asked for one in lot]), strict=True):
                one.came = came
        except BaseException as trouble:
            for one in lot:
                one.trouble = trouble
            raise
        finally:
            for one in lot:
                if one is not mine:
                    one.done.set()
            with self._lock:
                following = self._waiting[0] if self._waiting else None
                self._at_work = following is not None
            if following is not None:
                following.done.set()
