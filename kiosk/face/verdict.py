"""The outcome of comparing the document's portrait with the live face."""

from dataclasses import dataclass
from enum import StrEnum

from kiosk.face.crops import Region
from kiosk.face.quality import Measure
from kiosk.frame import Pixels


class Agreement(StrEnum):
    AGREES = "agrees"
    UNCLEAR = "unclear"
    DIFFERS = "differs"


@dataclass(frozen=True, slots=True)
class RegionFinding:
    """What one part of the two faces, seen by itself, says. An indication for the person who looks; the verdict is the whole face's."""

    region: Region
    agreement: Agreement


class Picture(StrEnum):
    PORTRAIT = "portrait"
    LIVE = "live"


@dataclass(frozen=True, slots=True)
class QualityNote:
    """This measure of this picture is outside its bounds (`quality.BOUNDS`)."""

    picture: Picture
    measure: Measure


@dataclass(frozen=True, slots=True)
class MatchEvidence:
    """similarity: cosine of the averaged prints of the first print, -1..1; live_views and document_views: how many pictures were averaged;
    print_name: which prints made them; portrait_width_px: cheek to cheek on the document; log_likelihood_ratio: natural logarithm of how
    much
    likelier this is with one person than with two, None in records of format 1; verifier: the version of what judged."""

    similarity: float
    live_views: int
    document_views: int
    print_name: str
    portrait_width_px: float
    log_likelihood_ratio: float | None = None
    verifier: str = ""
    regions: tuple[RegionFinding, ...] = ()
    notes: tuple[QualityNote, ...] = ()


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


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """portrait: the document's face cut as a live view's chip is, so that a person sees both at one size; None where there is none."""

    verdict: MatchVerdict
    portrait: Pixels | None
