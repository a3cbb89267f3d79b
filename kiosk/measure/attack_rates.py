"""Error rates of presentation attack detection in the words of ISO/IEC 30107-3.

APCER: the share of presentations of one attack kind that are accepted. BPCER: the share of genuine presentations that are not; one that
is left undecided is not accepted. ACER: the mean of BPCER and the worst kind's APCER.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

_CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Rate:
    """upper: one-sided 95 % bound (Clopper and Pearson); for 0 of 150 it is 2.0 %."""

    errors: int
    of: int

    @property
    def share(self) -> float:
        return self.errors / self.of if self.of else 0.0

    @property
    def upper(self) -> float:
        return upper_bound(self.errors, self.of)


def upper_bound(errors: int, of: int, confidence: float = _CONFIDENCE) -> float:
    """Return the largest error probability under which so few errors are not rarer than 1 - confidence. 1 where nothing was tried."""
    if of == 0 or errors >= of:
        return 1.0
    low, high = errors / of, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        if _at_most(errors, of, middle) > 1 - confidence:
            low = middle
        else:
            high = middle
    return high


def _at_most(errors: int, of: int, chance: float) -> float:
    """Return the probability of at most so many errors."""
    if chance <= 0.0:
        return 1.0
    if chance >= 1.0:
        return 0.0
    logs = (_log_choose(of, k) + k * math.log(chance) + (of - k) * math.log1p(-chance) for k in range(errors + 1))
    return math.fsum(math.exp(value) for value in logs)


def _log_choose(n: int, k: int) -> float:
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)


@dataclass(frozen=True, slots=True)
class Curve:
    """A receiver operating characteristic. points: (share of attacks accepted, share of genuine rejected), from strict to lax;
    area: probability that a genuine score is above an attack's, ties by half."""

    points: tuple[tuple[float, float], ...]
    area: float
    equal_error: float


def curve_of(genuine: Sequence[float], attacks: Sequence[float]) -> Curve | None:
    """Return the curve of scores that are higher for genuine presentations; None where one side has none."""
    if not genuine or not attacks:
        return None
    limits = [math.inf, *sorted({*genuine, *attacks}, reverse=True)]
    points = [(_share(attacks, limit), 1 - _share(genuine, limit)) for limit in limits]
    wins = sum((one > other) + 0.5 * (one == other) for one in genuine for other in attacks)
    equal = min((max(accepted, rejected) for accepted, rejected in points), default=1.0)
    return Curve(tuple(points), wins / (len(genuine) * len(attacks)), equal)


def _share(scores: Sequence[float], at_least: float) -> float:
    return sum(score >= at_least for score in scores) / len(scores)
