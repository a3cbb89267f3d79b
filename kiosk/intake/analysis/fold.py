"""The fold: one case after the other goes into what is known of all."""

from collections.abc import Iterable
from typing import Final

from kiosk.intake.analysis.fact import CaseFact, Label
from kiosk.intake.analysis.finding import Assessment
from kiosk.intake.analysis.ports import Community, Unit
from kiosk.values import SessionId

MODEL: Final = "patterns-0"


class Fold:
    """Implements `DeepAnalysis` in memory. For one thread."""

    def __init__(self) -> None:
        self._taken: set[SessionId] = set()

    def take(self, fact: CaseFact) -> tuple[Assessment, ...]:
        if fact.case in self._taken:
            return ()
        self._taken.add(fact.case)
        return (Assessment(fact.case, fact.received_s, 0.0, 0.5, (), refer=False, again=False, model=MODEL),)

    def learn(self, label: Label) -> tuple[Assessment, ...]:
        return ()

    def forget(self, cases: Iterable[SessionId]) -> None:
        return None

    def assessment(self, case: SessionId) -> Assessment | None:
        return None

    def community(self, case: SessionId, most: int = 60) -> Community:
        return Community(case, (case,), (), whole=True)

    def units(self) -> tuple[Unit, ...]:
        return ()
