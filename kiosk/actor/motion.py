"""How a living head moves: planned movements that start after a human reaction time, and the small ones nobody plans."""

import math
import random
from bisect import bisect_right
from dataclasses import dataclass, field
from typing import Final

SECOND_NS: Final = 1_000_000_000


@dataclass(slots=True)
class Track:
    """One quantity over time: a chain of movements, each with the bell-shaped speed of a human one (minimum jerk)."""

    rest: float = 0.0
    _starts: list[int] = field(default_factory=list)
    _moves: list[tuple[int, int, float, float]] = field(default_factory=list)

    def at(self, when_ns: int) -> float:
        """Return the value at a time."""
        index = bisect_right(self._starts, when_ns) - 1
        if index < 0:
            return self.rest
        start_ns, stop_ns, origin, target = self._moves[index]
        if when_ns >= stop_ns:
            return target
        t = (when_ns - start_ns) / (stop_ns - start_ns)
        return origin + (target - origin) * t**3 * (10 - 15 * t + 6 * t * t)

    def cut(self, when_ns: int) -> None:
        """Drop what was planned from `when_ns` on; a movement under way stops where it then is."""
        here = self.at(when_ns)
        keep = bisect_right(self._starts, when_ns - 1)
        del self._starts[keep:], self._moves[keep:]
        if self._moves and self._moves[-1][1] > when_ns:
            # the last move is left to run as before up to now: what was seen stays seen
            self._starts.append(when_ns)
            self._moves.append((when_ns, when_ns + 1, here, here))
        # memory of long idle times is of no use
        del self._starts[:-64], self._moves[:-64]

    def move(self, start_ns: int, seconds: float, target: float) -> int:
        """Plan a movement after all others; returns when it ends."""
        stop_ns = start_ns + round(seconds * SECOND_NS)
        origin = self.at(start_ns)
        self._starts.append(start_ns)
        self._moves.append((start_ns, stop_ns, origin, target))
        return stop_ns


class Sway:
    """Small unplanned movement: a sum of slow waves of unrelated periods, drawn once per person. Values within ±1."""

    def __init__(self, rng: random.Random) -> None:
        self._waves = tuple((share, rng.uniform(low, high), rng.uniform(0, math.tau)) for share, low, high in _WAVES)

    def at(self, when_ns: int) -> float:
        seconds = when_ns / SECOND_NS
        return sum(share * math.sin(math.tau * rate * seconds + phase) for share, rate, phase in self._waves)


_WAVES: Final = ((0.5, 0.07, 0.14), (0.3, 0.19, 0.33), (0.15, 0.5, 0.9), (0.05, 2.0, 3.2))
"""Share of the movement and the range its frequency in hertz is drawn from."""


class Blinks:
    """Lids: blinks asked for, and those that come by themselves every few seconds."""

    CLOSE_S: Final = 0.09
    SHUT_S: Final = 0.08
    ASKED_SHUT_S: Final = 0.2
    """Somebody who is asked to blink does it with care."""
    OPEN_S: Final = 0.15

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._planned: list[int] = []
        self._next_own_ns = -1
        self._quiet_until_ns = 0

    def plan(self, starts_ns: list[int]) -> None:
        """Blink at these times and not by itself between them."""
        self._planned = [start for start in self._planned if start < starts_ns[0]] + starts_ns
        del self._planned[:-16]

    def cut(self, when_ns: int) -> None:
        """Forget blinks planned from `when_ns` on."""
        self._planned = [start for start in self._planned if start < when_ns]

    def at(self, when_ns: int) -> float:
        """Return how far the lids are down, 0 open to 1 shut. Times must not go back."""
        if self._next_own_ns < 0:
            self._next_own_ns = when_ns + self._pause_ns()
        if when_ns > self._next_own_ns + round(0.5 * SECOND_NS):
            self._next_own_ns = when_ns + self._pause_ns()
        asked = [_lid((when_ns - start) / SECOND_NS, self.ASKED_SHUT_S) for start in self._planned]
        return max([*asked, _lid((when_ns - self._next_own_ns) / SECOND_NS, self.SHUT_S)])

    def _pause_ns(self) -> int:
        return round(self._rng.uniform(3.0, 7.0) * SECOND_NS)


def _lid(since_s: float, shut_s: float) -> float:
    if since_s <= 0:
        return 0.0
    if since_s < Blinks.CLOSE_S:
        return since_s / Blinks.CLOSE_S
    since_s -= Blinks.CLOSE_S
    if since_s < shut_s:
        return 1.0
    since_s -= shut_s
    return max(0.0, 1 - since_s / Blinks.OPEN_S)
