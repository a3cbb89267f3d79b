"""A face print a customer agreed to have kept, and the comparison of a live face with it."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from kiosk.face.print_average import average_print, similarity
from kiosk.face.verdict import DifferentFace, MatchEvidence, MatchVerdict, NoComparison, NotCompared, SameFace, Unsure
from kiosk.frame import Print
from kiosk.policy import FacePolicy


@dataclass(frozen=True, slots=True, eq=False)
class FaceTemplate:
    """print_name: the model that made it; face_print: unit length, never printed."""

    print_name: str
    face_print: Print = field(repr=False)


def template_of(live_prints: Sequence[Print], print_name: str) -> FaceTemplate | None:
    """Return what is enrolled of a live face, None without a look at it."""
    return FaceTemplate(print_name, average_print(live_prints)) if live_prints else None


def compare_enrolled(live_prints: Sequence[Print], template: FaceTemplate, policy: FacePolicy) -> MatchVerdict:
    """Return whether the live face is the enrolled one. Both made by the same model: ValueError for unlike lengths."""
    if not live_prints:
        return NotCompared(NoComparison.NO_LIVE_VIEW)
    found = similarity(average_print(live_prints), template.face_print)
    evidence = MatchEvidence(found, len(live_prints), 1, template.print_name, 0.0)
    if found >= policy.enrolled_same_at_least:
        return SameFace(evidence)
    return Unsure(evidence) if found >= policy.enrolled_refer_at_least else DifferentFace(evidence)
