"""What people found out about an operator, or an operator at a station, flows back to their other cases of the same kind.

A teller who lets frauds through does it again and again; the first that are confirmed say what the others of that kind are. One confirmed
case is a teller who was deceived; from the second on it is a pattern, as far as such cases are not everyday work there: what counts is how
many were confirmed, and which share of those with that sign lately. A false alarm makes it count less.
"""

import math
from dataclasses import dataclass, field
from typing import Final

from kiosk.intake.analysis.fact import Label, Truth
from kiosk.intake.analysis.finding import FindingKind
from kiosk.intake.analysis.seen import WHOLE_DAY_S
from kiosk.intake.analysis.values import Shown

_NEWEST: Final = 24
_LATELY_S: Final = 90 * WHOLE_DAY_S
_MOST: Final = 1.5
_PATTERN: Final = 3.0
"""A third of the cases with the sign confirmed says as much as all of them."""


@dataclass(slots=True)
class _Unit:
    """newest: its newest cases with the sign, index and time; frauds: confirmed, a case without a second person half."""

    newest: list[tuple[int, float]] = field(default_factory=list)
    frauds: float = 0.0


class UnitFrauds:
    def __init__(self) -> None:
        self._units: dict[str, _Unit] = {}
        self._of_case: dict[int, list[str]] = {}
        self._confirmed: dict[int, float] = {}
        """What each confirmed case counts already: however many people say so of one case, it is one."""

    def had_sign(self, unit: str, index: int, at: float, shown: Shown) -> None:
        """A case had a sign at a unit (its name and the sign's): show what is known of that, and remember the case. at: seconds."""
        found = self._units.get(unit)
        if found is None:
            found = self._units[unit] = _Unit()
        found.newest.append((index, at))
        if len(found.newest) > _NEWEST:
            del found.newest[0]
        self._of_case.setdefault(index, []).append(unit)
        value = _suspicion(found)
        if value > 0.0:
            shown.add(FindingKind.WATCHED, value)

    def learn(self, label: Label, index: int) -> dict[int, float]:
        """Take in a label, as `Watch.learn` let it through. Return the cases it throws light on, with how much."""
        weight = 1.0 if label.second and label.second != label.by else 0.5
        if label.truth is Truth.FRAUD:
            change = max(weight - self._confirmed.get(index, 0.0), 0.0)
            self._confirmed[index] = self._confirmed.get(index, 0.0) + change
        else:
            change = -weight
            self._confirmed.pop(index, None)
        risen: dict[int, float] = {}
        for unit in self._of_case.get(index, ()):
            found = self._units[unit]
            found.frauds = max(found.frauds + change, 0.0)
            value = _suspicion(found)
            for other in found.newest if label.truth is Truth.FRAUD and value > 0.0 else ():
                if other[0] != index:
                    risen[other[0]] = max(risen.get(other[0], 0.0), value)
        return risen

    def forget(self, index: int) -> None:
        self._confirmed.pop(index, None)
        for unit in self._of_case.pop(index, ()):
            self._units[unit].newest = [one for one in self._units[unit].newest if one[0] != index]


def _suspicion(unit: _Unit) -> float:
    if unit.frauds <= 1.0:
        return 0.0
    now = unit.newest[-1][1] if unit.newest else 0.0
    lately = sum(1 for _, at in unit.newest if at >= now - _LATELY_S)
    return min(math.log2(unit.frauds), _MOST) * min(1.0, _PATTERN * unit.frauds / max(lately, 1))
