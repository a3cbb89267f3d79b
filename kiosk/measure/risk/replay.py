"""A simulated bank goes through the fold, with and without people's findings flowing back."""

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from kiosk.actor.bank_world.world import World
from kiosk.intake.analysis.budget import Budget
from kiosk.intake.analysis.fact import Label, Truth
from kiosk.intake.analysis.finding import Assessment
from kiosk.intake.analysis.fold import Fold
from kiosk.intake.analysis.model import SHIPPED, RiskModel
from kiosk.measure.risk.simulated import DAY_ZERO_S, case_id, facts, row_of

REVIEW_MEAN_S: Final = 4 * 3600.0
"""From a referral to what a person found out, on average; exponential."""
MISSED: Final = 0.05
ACCUSED: Final = 0.005
"""Share of frauds that people call false alarms, and of honest cases that they call fraud."""


@dataclass(slots=True)
class Replayed:
    """fold: as it was at the end; referred: by row, seconds from day zero at which it was referred; on_arrival: rows referred at once."""

    fold: Fold
    referred: dict[int, float] = field(default_factory=dict)
    on_arrival: set[int] = field(default_factory=set)


def replay(
    world: World, loop: bool, seed: int, model: RiskModel = SHIPPED, share: float = 0.01, progress: Callable[[float], None] = lambda _: None
) -> Replayed:
    """Fold all cases in the order received. Those before day zero are history: they spend the same budget and are not scored."""
    rng = np.random.default_rng(seed)
    truth = (world.columns["pattern"] >= 0).tolist()
    done = Replayed(Fold(model, Budget(share)))
    waiting: list[tuple[float, int, Truth]] = []

    def note(assessments: tuple[Assessment, ...]) -> None:
        for one in assessments:
            if one.refer:
                row = row_of(one.case)
                done.referred[row] = one.at_s - DAY_ZERO_S
                if not one.again:
                    done.on_arrival.add(row)
                if loop:
                    fraud = rng.random() >= MISSED if truth[row] else rng.random() < ACCUSED
                    found = Truth.FRAUD if fraud else Truth.FALSE_ALARM
                    heapq.heappush(waiting, (one.at_s + float(rng.exponential(REVIEW_MEAN_S)), row, found))

    for count, (_, fact) in enumerate(facts(world)):
        while waiting and waiting[0][0] <= fact.received_s:
            at_s, row, found = heapq.heappop(waiting)
            note(done.fold.learn(Label(case_id(row), found, f"analyst-{row % 5}", "supervisor-1", at_s)))
        note(done.fold.take(fact))
        if count % 5000 == 0:
            progress(count / world.count)
    return done
