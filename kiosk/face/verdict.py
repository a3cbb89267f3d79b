"""The outcome of comparing the document's portrait with the live face."""

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class MatchEvidence:
    """similarity: cosine of the averaged prints, -1..1; live_views and document_views: how many prints were averaged;
    print_name: which print made them; portrait_width_px: cheek to cheek on the document."""

    similarity: float
    live_views: int
    document_views: int
    print_name: str
    portrait_width_px: float


@dataclass(frozen=True, slots=True)
class SameFace:
    evidence: MatchEvidence


@dataclass(frozen=True, slots=True)
class Unsure:
    evidence: MatchEvidence


@dataclass(frozen=True, slots=True)
class DifferentFace:
    evidence: MatchEvidence


class NoComparison(StrEnum):
    NO_PORTRAIT = "no-portrait"
    PORTRAIT_TOO_SMALL = "portrait-too-small"
    NO_LIVE_VIEW = "no-live-view"


@dataclass(frozen=True, slots=True)
class NotCompared:
    because: NoComparison


MatchVerdict = SameFace | Unsure | DifferentFace | NotCompared
