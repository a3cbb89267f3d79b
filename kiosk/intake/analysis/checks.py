"""What one case shows by itself, against what its station and kind of case usually show."""

import math
from typing import Final

from kiosk.intake.analysis.fact import CaseFact, CaseKind, Looked
from kiosk.intake.analysis.finding import FindingKind
from kiosk.intake.analysis.seen import clock_disagrees
from kiosk.intake.analysis.values import Shown
from kiosk.record import Decision

_LIVENESS_USUAL: Final = 3.0
_MATCH_USUAL: Final = 8.0
_USUAL_AFTER: Final = 20.0
"""A station's own mean counts half after so many cases."""
_FORGETS: Final = 1.0 - 1.0 / 40.0


class Level:
    """What a station's cases have lately measured, on average; begins at what is usual everywhere."""

    __slots__ = ("liveness", "match", "pace", "weight")

    def __init__(self) -> None:
        self.liveness = _LIVENESS_USUAL * _USUAL_AFTER
        self.match = _MATCH_USUAL * _USUAL_AFTER
        self.weight = _USUAL_AFTER

    def exceeded(self, liveness: float, match: float) -> bool:
        """Say whether a case measured clearly better than this station does on average."""
        return liveness > self.liveness / self.weight + 0.6 and match > self.match / self.weight + 0.8

    def add(self, liveness: float, match: float) -> None:
        """One case counts as far as it is not absurd: a single lie moves nothing much."""
        self.liveness = self.liveness * _FORGETS + min(max(liveness, -4.0), 7.0)
        self.match = self.match * _FORGETS + min(max(match, -4.0), 14.0)
        self.weight = self.weight * _FORGETS + 1.0


class Usual:
    """How long a case of this kind and channel takes: logarithm of the seconds, followed slowly; all stations together."""

    def __init__(self) -> None:
        self._log: dict[tuple[CaseKind, str], float] = {}

    def haste(self, fact: CaseFact) -> float:
        """Return by how many halvings a case was shorter than usual; negative if longer. Times that cannot be are no haste."""
        took = fact.closed_s - fact.opened_s
        if not 1.0 < took < 7200.0:
            return 0.0
        key, log = (fact.kind, fact.channel.value), math.log2(took)
        usual = self._log.setdefault(key, log)
        self._log[key] = usual + 0.01 * min(max(log - usual, -1.0), 1.0)
        return usual - log


def grave(fact: CaseFact) -> int:
    """Return how many checks did not vouch for the customer, doubts against the document included, at most two of those."""
    holder = fact.holder is not Looked.VOUCHES and fact.kind is CaseKind.PAYMENT
    return (fact.liveness is not Looked.VOUCHES) + (fact.match is not Looked.VOUCHES) + holder + min(fact.doubts, 2)


def overridden(fact: CaseFact) -> bool:
    return fact.decision is Decision.APPROVE and fact.recommended is not Decision.APPROVE


def check(fact: CaseFact, level: Level, haste: float, shown: Shown) -> None:
    """Add what the case shows by itself."""
    add = shown.add
    if fact.liveness is not Looked.ABSENT:
        trouble = _LIVENESS_USUAL - level.liveness / level.weight
        add(FindingKind.LIVENESS_WEAK, min(max(1.5 - fact.liveness_nats - max(trouble, 0.0), 0.0), 6.0) / 2.0)
    if fact.match is not Looked.ABSENT:
        trouble = _MATCH_USUAL - level.match / level.weight
        add(FindingKind.MATCH_WEAK, min(max(5.0 - fact.match_nats - max(trouble, 0.0), 0.0), 10.0) / 3.0)
    if fact.rechecked:
        add(FindingKind.LIVENESS_DOUBTED, min(fact.rechecked, 3))
    if fact.doubts:
        add(FindingKind.DOCUMENT_DOUBTED, min(fact.doubts, 3))
    if fact.kind is CaseKind.PAYMENT and fact.holder is not Looked.VOUCHES:
        add(FindingKind.HOLDER_DOUBTED, 2.0 if fact.holder is Looked.AGAINST else 1.0)
    if overridden(fact):
        add(FindingKind.OVERRIDDEN, 0.3 + max(0, grave(fact) - 1))
    if haste > 0.5:
        add(FindingKind.HASTE, min(haste - 0.5, 2.0))
    if fact.station_nats > -4.0 and fact.station_nats != 0.0:
        add(FindingKind.STATION_SIGNALS, min(fact.station_nats + 4.0, 6.0) / 2.0)
    if clock_disagrees(fact):
        add(FindingKind.CLOCK, 1.0)
