"""How each fraud is played: two tables, one to tune on, one to score on. What is scored is played with other numbers than anything that
weights or thresholds were ever fitted to: smaller or larger, slower, with less shared and better forgeries, in part outside the ranges of
the first table.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

Range = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Knobs:
    """size: cases of one scheme; days: from its first to its last; share: how much its cases have in common, 0..1; skill: how well its
    forgeries and impostors pass the station's checks, 0..1 (1: like an honest customer)."""

    size: Range
    days: Range
    share: Range
    skill: Range


PATTERNS: Final = (
    "mule-ring",
    "synthetic-identities",
    "one-face-many-names",
    "insider-approvals",
    "stolen-document",
    "replayed-injection",
    "burst-openings",
    "dormant-takeover",
    "altered-number",
    "teller-and-station",
    "low-and-slow",
    "shared-phones",
)
"""Order is the number in the `pattern` column."""

TUNING: Final[Mapping[str, Knobs]] = {
    "mule-ring": Knobs((8, 18), (8, 25), (0.35, 0.8), (0.8, 1.0)),
    "synthetic-identities": Knobs((6, 14), (25, 60), (0.4, 0.8), (0.5, 0.9)),
    "one-face-many-names": Knobs((4, 8), (10, 60), (0.2, 0.6), (0.5, 0.9)),
    "insider-approvals": Knobs((8, 16), (15, 45), (0.2, 0.6), (0.0, 0.4)),
    "stolen-document": Knobs((3, 7), (10, 40), (0.3, 0.7), (0.2, 0.6)),
    "replayed-injection": Knobs((5, 10), (1, 8), (0.4, 0.8), (0.3, 0.7)),
    "burst-openings": Knobs((12, 25), (0.1, 0.4), (0.3, 0.7), (0.5, 0.9)),
    "dormant-takeover": Knobs((3, 7), (10, 40), (0.4, 0.9), (0.2, 0.7)),
    "altered-number": Knobs((3, 6), (8, 50), (0.3, 0.7), (0.5, 0.9)),
    "teller-and-station": Knobs((8, 16), (15, 45), (0.2, 0.5), (0.7, 1.0)),
    "low-and-slow": Knobs((9, 16), (70, 130), (0.5, 0.9), (0.8, 1.0)),
    "shared-phones": Knobs((9, 18), (20, 60), (0.5, 0.9), (0.7, 1.0)),
}

SCORING: Final[Mapping[str, Knobs]] = {
    "mule-ring": Knobs((6, 22), (12, 35), (0.3, 0.7), (0.85, 1.0)),
    "synthetic-identities": Knobs((5, 16), (30, 80), (0.3, 0.7), (0.6, 0.95)),
    "one-face-many-names": Knobs((3, 9), (15, 80), (0.15, 0.5), (0.6, 0.95)),
    "insider-approvals": Knobs((7, 18), (20, 60), (0.15, 0.5), (0.1, 0.5)),
    "stolen-document": Knobs((2, 8), (14, 55), (0.2, 0.6), (0.25, 0.65)),
    "replayed-injection": Knobs((4, 11), (1, 12), (0.35, 0.7), (0.4, 0.8)),
    "burst-openings": Knobs((10, 28), (0.15, 0.5), (0.25, 0.6), (0.6, 0.95)),
    "dormant-takeover": Knobs((2, 8), (14, 60), (0.3, 0.8), (0.3, 0.75)),
    "altered-number": Knobs((3, 7), (10, 70), (0.25, 0.6), (0.6, 0.95)),
    "teller-and-station": Knobs((7, 18), (20, 60), (0.15, 0.4), (0.75, 1.0)),
    "low-and-slow": Knobs((7, 18), (80, 150), (0.4, 0.85), (0.85, 1.0)),
    "shared-phones": Knobs((8, 20), (25, 80), (0.4, 0.8), (0.75, 1.0)),
}
