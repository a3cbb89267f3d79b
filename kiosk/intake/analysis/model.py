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
    "patterns-1",
    -8.65,
    {
        FindingKind.DOCUMENT_OTHER_NAME: 0.452,
        FindingKind.DOCUMENT_ALTERED: 0.891,
        FindingKind.DOCUMENT_SERIES: 1.419,
        FindingKind.CONTACTS_ALL_NEW: 2.16,
        FindingKind.FACE_OTHER_NAME: 1.305,
        FindingKind.NAME_OTHER_FACE: 0.871,
        FindingKind.PHONE_SHARED: 1.755,
        FindingKind.EMAIL_SHARED: 1.179,
        FindingKind.ADDRESS_SHARED: 0.0,
        FindingKind.CONTACT_RING: 0.0,
        FindingKind.RUN_REPEATED: 2.111,
        FindingKind.COMMUNITY: 0.0,
        FindingKind.PAYEE_GATHERS: 1.714,
        FindingKind.UNDER_LIMIT: 3.737,
        FindingKind.DORMANT_WOKEN: 0.825,
        FindingKind.BURST: 2.179,
        FindingKind.STATION_UNLIKE: 1.289,
        FindingKind.BRANCH_UNLIKE: 0.0,
        FindingKind.OPERATOR_UNLIKE: 1.218,
        FindingKind.PAIR_UNLIKE: 0.537,
        FindingKind.OVERRIDDEN: 0.0,
        FindingKind.LIVENESS_WEAK: 0.0,
        FindingKind.LIVENESS_DOUBTED: 1.5,
        FindingKind.MATCH_WEAK: 1.799,
        FindingKind.DOCUMENT_DOUBTED: 1.532,
        FindingKind.HOLDER_DOUBTED: 0.0,
        FindingKind.HASTE: 2.272,
        FindingKind.STATION_SIGNALS: 1.885,
        FindingKind.CLOCK: 0.0,
        FindingKind.WATCHED: 7.107,
    },
)
