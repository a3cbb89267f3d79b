"""The calibrated model: log-odds of fraud are a constant and, for each finding, a weight times how much of it there is.

All weights are zero or more: more of a finding never lowers the risk, so every referral can be explained by what it adds up. A model is
data: another one is another table, and runs in shadow before it decides (`shadow.py`).
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from kiosk.intake.analysis.finding import FindingKind


@dataclass(frozen=True, slots=True)
class RiskModel:
    """weights: nats for one unit of each finding; constant: log-odds of a case that shows nothing."""

    version: str
    constant: float
    weights: Mapping[FindingKind, float]

    def __post_init__(self) -> None:
        if any(not 0.0 <= weight <= 12.0 for weight in self.weights.values()) or not -20.0 <= self.constant <= 0.0:
            raise ValueError("weights lie between 0 and 12 nats, the constant between -20 and 0")
        if set(self.weights) != set(FindingKind):
            raise ValueError("a model has a weight for every finding")

    def nats(self, values: Mapping[FindingKind, float]) -> float:
        weights = self.weights
        total = self.constant
        for kind, value in values.items():
            total += weights[kind] * value
        return total


def risk_of(nats: float) -> float:
    """Return the probability of these log-odds."""
    return 1.0 / (1.0 + math.exp(-max(min(nats, 40.0), -40.0)))


SHIPPED: Final = RiskModel(
    "patterns-2",
    -8.562,
    {
        FindingKind.DOCUMENT_OTHER_NAME: 3.193,
        FindingKind.DOCUMENT_ALTERED: 2.816,
        FindingKind.DOCUMENT_SERIES: 2.801,
        FindingKind.CONTACTS_ALL_NEW: 2.148,
        FindingKind.FACE_OTHER_NAME: 2.107,
        FindingKind.NAME_OTHER_FACE: 1.865,
        FindingKind.PHONE_SHARED: 0.985,
        FindingKind.EMAIL_SHARED: 0.401,
        FindingKind.ADDRESS_SHARED: 0.041,
        FindingKind.CONTACT_RING: 1.305,
        FindingKind.RUN_REPEATED: 4.79,
        FindingKind.COMMUNITY: 0.0,
        FindingKind.PAYEE_GATHERS: 2.568,
        FindingKind.UNDER_LIMIT: 3.918,
        FindingKind.DORMANT_WOKEN: 0.447,
        FindingKind.BURST: 1.923,
        FindingKind.STATION_UNLIKE: 1.12,
        FindingKind.BRANCH_UNLIKE: 0.0,
        FindingKind.OPERATOR_UNLIKE: 1.172,
        FindingKind.PAIR_UNLIKE: 0.505,
        FindingKind.OVERRIDDEN: 0.0,
        FindingKind.LIVENESS_WEAK: 0.0,
        FindingKind.LIVENESS_DOUBTED: 1.221,
        FindingKind.MATCH_WEAK: 1.494,
        FindingKind.DOCUMENT_DOUBTED: 1.231,
        FindingKind.HOLDER_DOUBTED: 0.0,
        FindingKind.HASTE: 1.686,
        FindingKind.STATION_SIGNALS: 1.994,
        FindingKind.CLOCK: 0.0,
        FindingKind.WATCHED: 4.796,
    },
)
