"""Does the model still fit the world? Drift of what comes in, and whether risks turn out as they were said.

Drift is the population stability index of each quantity: the first cases against the newest ones, in the same bins. By chance alone it is
about (bins - 1) (1/n + 1/m); what counts as drift is well above that, so a small branch does not cry wolf.
Calibration compares the risks of cases that people looked at with what they found. That only those were looked at does not bend it: they
were chosen by the very risk that is compared.
"""

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from kiosk.intake.analysis.fact import CaseFact, Truth

REFERENCE: Final = 5_000
"""Cases that say what is usual, and cases compared with them at a time."""
DRIFTED: Final = 0.10
"""Above chance. The trade's rule of thumb takes 0.1 for a change worth a look and 0.25 for a large one (Siddiqi 2006)."""
_BINS: Final[dict[str, tuple[float, ...]]] = {
    "liveness-nats": (-1.0, 0.0, 1.0, 2.0, 3.0, 4.0, 5.0),
    "match-nats": (0.0, 3.5, 5.0, 6.5, 8.0, 9.5, 11.0),
    "seconds": (60.0, 100.0, 140.0, 180.0, 240.0, 320.0, 450.0),
    "doubts": (0.5, 1.5),
    "log-odds": (-7.5, -7.0, -6.0, -5.0, -4.0, -2.0),
}
_STEPS: Final = (0.05, 0.1, 0.2, 0.4, 0.6, 0.8)


@dataclass(frozen=True, slots=True)
class Drift:
    """index: population stability index; by_chance: what it would be without any drift; cases: in the newest window."""

    quantity: str
    index: float
    by_chance: float
    cases: int

    @property
    def drifted(self) -> bool:
        return self.index > DRIFTED + 3.0 * self.by_chance


@dataclass(frozen=True, slots=True)
class Calibration:
    """expected: frauds by the risks said; found: by people; deviation: how many standard deviations apart, positive when there is more
    fraud than said; steps: (risk up to, cases, mean risk, share found), rising."""

    labelled: int
    expected: float
    found: int
    deviation: float
    steps: tuple[tuple[float, int, float, float], ...]


class _Counts:
    def __init__(self, edges: tuple[float, ...]) -> None:
        self.edges = edges
        self.first = [0] * (len(edges) + 1)
        self.newest = [0] * (len(edges) + 1)
        self.last: list[int] | None = None

    def add(self, value: float, reference: bool) -> None:
        (self.first if reference else self.newest)[bisect_right(self.edges, value)] += 1


class DriftMonitor:
    """Compares each full window with the first one."""

    def __init__(self, reference: int = REFERENCE) -> None:
        self._reference = reference
        self._count = 0
        self._counts = {name: _Counts(edges) for name, edges in _BINS.items()}

    def add(self, fact: CaseFact, nats: float) -> None:
        took = fact.closed_s - fact.opened_s
        values = (fact.liveness_nats, fact.match_nats, took, float(fact.doubts), nats)
        reference = self._count < self._reference
        for counts, value in zip(self._counts.values(), values, strict=True):
            counts.add(value if math.isfinite(value) else 0.0, reference)
        self._count += 1
        if not reference and self._count % self._reference == 0:
            for counts in self._counts.values():
                counts.last, counts.newest = counts.newest, [0] * len(counts.newest)

    def drifts(self) -> tuple[Drift, ...]:
        """Return the last full window against the first; () before there are two."""
        found = []
        for name, counts in self._counts.items():
            if counts.last is not None:
                cases = sum(counts.last)
                chance = (len(counts.first) - 1) * (1.0 / sum(counts.first) + 1.0 / cases)
                found.append(Drift(name, stability(counts.first, counts.last), chance, cases))
        return tuple(found)


def stability(first: Sequence[int], newest: Sequence[int]) -> float:
    """Return the population stability index of two histograms. Half a case is added to each bin, so that an empty one is no infinity."""
    bins = len(first)
    was = [(one + 0.5) / (sum(first) + 0.5 * bins) for one in first]
    now = [(one + 0.5) / (sum(newest) + 0.5 * bins) for one in newest]
    return sum((here - there) * math.log(here / there) for here, there in zip(now, was, strict=True))


class CalibrationMonitor:
    """Counts what was said against what was found, by steps of risk."""

    def __init__(self) -> None:
        self._cases = [0] * (len(_STEPS) + 1)
        self._said = [0.0] * (len(_STEPS) + 1)
        self._found = [0] * (len(_STEPS) + 1)
        self._spread = 0.0

    def add(self, risk: float, truth: Truth) -> None:
        step = bisect_right(_STEPS, risk)
        self._cases[step] += 1
        self._said[step] += risk
        self._found[step] += truth is Truth.FRAUD
        self._spread += risk * (1.0 - risk)

    def calibration(self) -> Calibration:
        expected, found = sum(self._said), sum(self._found)
        steps = tuple(
            (upto, cases, said / cases, hits / cases)
            for upto, cases, said, hits in zip((*_STEPS, 1.0), self._cases, self._said, self._found, strict=True)
            if cases
        )
        deviation = (found - expected) / math.sqrt(max(self._spread, 1e-9)) if sum(self._cases) else 0.0
        return Calibration(sum(self._cases), expected, found, deviation, steps)
