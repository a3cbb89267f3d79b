"""How fast things come: decayed counts, one number and one time each, which take late and disordered times without harm."""

import math
from collections import deque
from typing import Final

_HOUR_S: Final = 3600.0
_WINDOW_S: Final = 3 * _HOUR_S
_LONG_S: Final = 40 * 24 * _HOUR_S
_LATEST: Final = 24
_OPEN_SHARE: Final = 50.0 / 168.0
"""A branch is open some fifty hours of a week's 168; the rate within them is higher by that."""


class Decayed:
    """A count in which each event fades with e-folding time `fades_s`. An event that comes late counts as faded as it is by now, and
    time never runs backwards."""

    __slots__ = ("at", "fades_s", "value")

    def __init__(self, fades_s: float) -> None:
        self.fades_s = fades_s
        self.value = 0.0
        self.at = -math.inf

    def add(self, at: float) -> float:
        if at >= self.at:
            self.value = 1.0 + (self.value * math.exp((self.at - at) / self.fades_s) if self.value else 0.0)
            self.at = at
        else:
            self.value += math.exp((at - self.at) / self.fades_s)
        return self.value


class Rush:
    """Openings at one place: is this more than its own weeks account for?"""

    __slots__ = ("_latest", "_long", "_short")

    def __init__(self) -> None:
        self._latest: deque[tuple[float, int]] = deque(maxlen=_LATEST)
        self._short = Decayed(_WINDOW_S)
        self._long = Decayed(_LONG_S)

    def add(self, at: float, index: int) -> tuple[float, list[int]]:
        """Return the surprise of one more opening, in nats, and the latest openings before it in the window: log-likelihood ratio of a
        Poisson count against its usual rate, at least one per window, doubled because honest customers come in bunches; 0 when it is no
        more than usual."""
        short, long = self._short.add(at), self._long.add(at)
        usual = max(2.0 * long * _WINDOW_S / _LONG_S / _OPEN_SHARE, 1.5)
        before = [one for then, one in self._latest if abs(at - then) < _WINDOW_S]
        self._latest.append((at, index))
        return (short * math.log(short / usual) - (short - usual) if short > usual else 0.0), before
