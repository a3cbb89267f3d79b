"""Is a station, a branch or a teller unlike its peers? With few cases that is hard to say honestly.

For each unit and each sign (a yes or no of every case) an *e-detector* runs: S <- L (S + 1), where L is how much likelier the yes or no is
if this unit's share of yes were three, ten or thirty times its peers' than if it were as theirs; the alternatives are mixed. Under the
peers' share the expected number of cases until S first reaches c is at least c (Shin, Ramdas and Rinaldo, "E-detectors", 2024: the
Shiryaev-Roberts kind), whatever the number of cases and however often one looks. So S says by itself how seldom such a thing happens by
chance, and nothing is called unusual after three cases that is not.
The peers' share is widened (`_SLACK`), because honest units differ from each other too.
"""

import math
from collections import deque
from typing import Final

_MIXED: Final = (3.0, 10.0, 30.0)
_SLACK: Final = 1.6
_MOST: Final = 1e12
_LATEST: Final = 12
_FIRST_SHARE: Final = 0.05
_FIRST_WEIGHT: Final = 200.0
_FOLLOWS: Final = 1.0 / 20_000.0


class Peers:
    """One sign's share among all units, followed slowly. A unit that is unlike moves it little, since all the others are in it."""

    __slots__ = ("_seen", "share")

    def __init__(self) -> None:
        self.share = _FIRST_SHARE
        self._seen = _FIRST_WEIGHT

    def add(self, yes: bool) -> None:
        self._seen += 1.0
        self.share += (yes - self.share) * max(1.0 / self._seen, _FOLLOWS)

    def ratios(self) -> tuple[tuple[float, float], ...]:
        """Return for each alternative how much likelier a yes and a no are."""
        null = min(_SLACK * self.share, 0.5)
        found = []
        for times in _MIXED:
            other = min(times * null, 0.5 + 0.5 * null)
            found.append((other / null, (1.0 - other) / (1.0 - null)))
        return tuple(found)


class Detector:
    """One unit's evidence. S: one value an alternative; latest: indices of the newest cases that had the sign."""

    __slots__ = ("cases", "latest", "sums")

    def __init__(self) -> None:
        self.sums = [0.0] * len(_MIXED)
        self.cases = 0
        self.latest: deque[int] = deque(maxlen=_LATEST)

    def add(self, yes: bool, index: int, ratios: tuple[tuple[float, float], ...]) -> None:
        self.cases += 1
        for place, (of_yes, of_no) in enumerate(ratios):
            self.sums[place] = min((of_yes if yes else of_no) * (self.sums[place] + 1.0), _MOST)
        if yes:
            self.latest.append(index)

    def strength(self) -> float:
        """Return the decimal logarithm of the mixture: 3.0 happens to an honest unit less than once in a thousand cases."""
        return math.log10(max(sum(self.sums) / len(self.sums), 1.0))
