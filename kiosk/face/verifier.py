"""Does the portrait on the document show the person in front of the camera?

The rules, in order:

1. No portrait, a portrait too small to carry a face, or no live look: nothing was compared, and nobody may read a match from it.
2. The looks of each side are averaged (spatial median) and the cosine of the two averages is the similarity.
3. At or above `same_at_least` it is the same face; at or above `refer_at_least` a person must look; below, it is another face.

The bands come from `FacePolicy`; how often they err is measured in docs/evidence/face-first-look.md.
"""

from collections.abc import Sequence

from kiosk.face.print_average import average_print, similarity
from kiosk.face.verdict import (
    DifferentFace,
    MatchEvidence,
    MatchVerdict,
    NoComparison,
    NotCompared,
    SameFace,
    Unsure,
)
from kiosk.frame import Print
from kiosk.policy import FacePolicy


def compare(
    live_prints: Sequence[Print],
    document_prints: Sequence[Print],
    policy: FacePolicy,
    *,
    portrait_width_px: float,
    print_name: str,
) -> MatchVerdict:
    """Return whether the live face is the document's.

    live_prints, document_prints: unit prints, all made by the model `print_name`; portrait_width_px: cheek to cheek in the
    document's picture. Raises ValueError if the prints' lengths differ, which only a mixture of models can cause.
    """
    if not document_prints:
        return NotCompared(NoComparison.NO_PORTRAIT)
    if not portrait_width_px >= policy.portrait_min_width_px:
        return NotCompared(NoComparison.PORTRAIT_TOO_SMALL)
    if not live_prints:
        return NotCompared(NoComparison.NO_LIVE_VIEW)
    evidence = MatchEvidence(
        similarity=similarity(average_print(live_prints), average_print(document_prints)),
        live_views=len(live_prints),
        document_views=len(document_prints),
        print_name=print_name,
        portrait_width_px=portrait_width_px,
    )
    return judged(evidence, policy)


def judged(evidence: MatchEvidence, policy: FacePolicy) -> MatchVerdict:
    """Return the verdict of a similarity. One that is no number is treated as the worst."""
    if evidence.similarity >= policy.same_at_least:
        return SameFace(evidence)
    if evidence.similarity >= policy.refer_at_least:
        return Unsure(evidence)
    return DifferentFace(evidence)
