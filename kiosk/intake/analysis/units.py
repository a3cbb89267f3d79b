"""Stations, branches, tellers, and a teller at a station: which signs are watched at which of them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from kiosk.intake.analysis.checks import Level, grave, overridden
from kiosk.intake.analysis.fact import CaseFact, Looked
from kiosk.intake.analysis.finding import Finding, FindingKind
from kiosk.intake.analysis.model import RiskModel
from kiosk.intake.analysis.peers import Detector, Peers
from kiosk.intake.analysis.ports import Unit
from kiosk.intake.analysis.unit_frauds import UnitFrauds
from kiosk.intake.analysis.values import Shown
from kiosk.values import SessionId

_SPEAKS_FROM: Final = 1.5
"""Strength from which a unit is called unlike its peers: its sign comes by chance less than once in thirty cases of each honest unit. It is
weighed, not judged, and what is told as a finding by itself (`unlike`) needs more."""
_TOLD_FROM: Final = 3.0
_HASTE: Final = 0.75


@dataclass(slots=True)
class _Sign:
    peers: Peers = field(default_factory=Peers)
    detectors: dict[str, Detector] = field(default_factory=dict)


class Units:
    """Signs: an approval over grave doubts, a smooth and hasty check, evidence that does not hold, weak liveness."""

    def __init__(self) -> None:
        self._signs: dict[tuple[FindingKind, str], _Sign] = {}
        self._seconds: dict[str, dict[str, int]] = {}
        self.frauds = UnitFrauds()

    def add(self, fact: CaseFact, index: int, haste: float, level: Level, shown: Shown) -> None:
        override = overridden(fact)
        grave_override = override and grave(fact) >= 2
        hasty = haste > _HASTE
        all_well = fact.retries == 0 and fact.doubts == 0 and fact.liveness is Looked.VOUCHES and fact.match is Looked.VOUCHES
        smooth = hasty and all_well
        better = smooth and level.exceeded(fact.liveness_nats, fact.match_nats)
        if fact.operator:
            self._teller(fact, index, haste, override, grave_override, shown)
            pair = f"{fact.operator} at {fact.station}"
            if smooth:
                self.frauds.had_sign(f"smooth and hasty, {pair}", index, fact.received_s, shown)
            self._one(FindingKind.PAIR_UNLIKE, "smooth and hasty", pair, smooth, index, shown)
            self._one(FindingKind.PAIR_UNLIKE, "better than life", pair, better, index, shown)
        self._one(FindingKind.STATION_UNLIKE, "smooth and hasty", fact.station, smooth, index, shown)
        self._one(FindingKind.STATION_UNLIKE, "better than life", fact.station, better, index, shown)
        self._one(FindingKind.STATION_UNLIKE, "evidence does not hold", fact.station, fact.rechecked > 0, index, shown)
        self._one(FindingKind.STATION_UNLIKE, "run repeated", fact.station, FindingKind.RUN_REPEATED in shown.values, index, shown)
        self._one(FindingKind.BRANCH_UNLIKE, "grave override", fact.branch, grave_override, index, shown)

    def _teller(self, fact: CaseFact, index: int, haste: float, override: bool, grave_override: bool, shown: Shown) -> None:
        """Approvals over grave doubts; hasty ones; and hasty ones over any doubt that always the same colleague signs."""
        name, kind = fact.operator, FindingKind.OPERATOR_UNLIKE
        quick = grave_override and haste > 0.3
        signed = False
        if override and fact.second:
            times = self._seconds.setdefault(name, {})
            favourite = max(times, key=times.__getitem__, default="")
            signed = fact.second == favourite
            times[fact.second] = times.get(fact.second, 0) + 1
        if grave_override or (override and haste > 0.3):
            self.frauds.had_sign(f"grave or hasty override, {name}", index, fact.received_s, shown)
        self._one(kind, "grave override", name, grave_override, index, shown)
        self._one(kind, "grave and hasty", name, quick, index, shown)
        self._one(kind, "hasty, the same second", name, override and haste > 0.3 and signed, index, shown)

    def _one(self, kind: FindingKind, sign: str, name: str, yes: bool, index: int, shown: Shown) -> None:
        held = self._signs.get((kind, sign)) or self._signs.setdefault((kind, sign), _Sign())
        detector = held.detectors.get(name)
        if detector is None:
            detector = held.detectors[name] = Detector()
        detector.add(yes, index, held.peers.ratios())
        held.peers.add(yes)
        if yes:
            strength = detector.strength()
            if strength > _SPEAKS_FROM:
                shown.add(kind, min(strength - _SPEAKS_FROM, 5.0), list(detector.latest), name)

    def unlike(self, ids: Sequence[SessionId], model: RiskModel) -> tuple[Unit, ...]:
        found: dict[str, tuple[int, list[Finding]]] = {}
        for (kind, _), sign in self._signs.items():
            for name, detector in sign.detectors.items():
                strength = detector.strength()
                if strength >= _TOLD_FROM:
                    evidence = tuple(ids[one] for one in reversed(detector.latest))[:8]
                    weight = model.weights[kind] * min(strength - _SPEAKS_FROM, 5.0)
                    found.setdefault(name, (detector.cases, []))[1].append(Finding(kind, weight, strength, _TOLD_FROM, evidence, name))
        units = (Unit(name, cases, tuple(sorted(findings, key=lambda one: -one.weight))) for name, (cases, findings) in found.items())
        return tuple(sorted(units, key=lambda unit: -unit.findings[0].seen))
