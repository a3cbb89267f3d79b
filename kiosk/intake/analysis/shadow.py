"""A challenger runs in the shadow of the model in force: it weighs the same findings under the same budget and decides nothing.

What it would have referred is counted against what was, and both against what people found out. Those people see only what the model in
force referred, so a challenger's own finds stay unproven until it is tried: the table says so by counting them apart.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from kiosk.intake.analysis.budget import SHARE, Budget
from kiosk.intake.analysis.fact import Truth
from kiosk.intake.analysis.finding import FindingKind
from kiosk.intake.analysis.model import RiskModel


@dataclass(frozen=True, slots=True)
class Compared:
    """both, only_force, only_challenger: cases referred; frauds_both, frauds_only_force: confirmed ones among them; unproven: cases only
    the challenger would have referred, which nobody has looked at."""

    model: str
    both: int
    only_force: int
    only_challenger: int
    frauds_both: int
    frauds_only_force: int
    unproven: int


class Shadow:
    def __init__(self, model: RiskModel, share: float = SHARE) -> None:
        self.model = model
        self._budget = Budget(share)
        self._force: set[int] = set()
        self._mine: set[int] = set()
        self._frauds: set[int] = set()
        self._labelled: set[int] = set()

    def case(self) -> None:
        self._budget.case()

    def weigh(self, index: int, values: Mapping[FindingKind, float], referred: bool) -> None:
        """Take note of what the model in force made of a case, now or when it was looked at again."""
        if referred:
            self._force.add(index)
        if index not in self._mine and self._budget.spend(self.model.nats(values)):
            self._mine.add(index)

    def learn(self, index: int, truth: Truth) -> None:
        self._labelled.add(index)
        (self._frauds.add if truth is Truth.FRAUD else self._frauds.discard)(index)

    def compared(self) -> Compared:
        both, mine, force = self._force & self._mine, self._mine - self._force, self._force - self._mine
        return Compared(
            self.model.version,
            len(both),
            len(force),
            len(mine),
            len(both & self._frauds),
            len(force & self._frauds),
            len(mine - self._labelled),
        )
