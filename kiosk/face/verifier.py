"""Does the portrait on the document show the person in front of the camera?

The rules, in order:

1. No portrait, a portrait too small to carry a face, or no live look: nothing was compared, and nobody may read a match from it.
2. The looks of each side are averaged; the fitted model turns the two averages into a log-likelihood ratio.
3. At or above the ratio that strangers reach with `accept_at_fmr` it is the same face; at or above that of `refer_at_fmr` a person must
   look; below, it is another face. A ratio that is no number is another face.

How often each errs is measured in docs/evidence/faces.md.
"""

import math
from collections.abc import Mapping

from kiosk.face.print_average import similarity
from kiosk.face.verdict import (
    DifferentFace,
    MatchEvidence,
    MatchVerdict,
    NoComparison,
    NotCompared,
    QualityNote,
    RegionFinding,
    SameFace,
    Unsure,
)
from kiosk.face.verifier_model import Side, VerifierModel
from kiosk.policy import FacePolicy


def compare(
    live: Mapping[str, Side] | None,
    document: Mapping[str, Side] | None,
    model: VerifierModel,
    policy: FacePolicy,
    *,
    portrait_width_px: float,
    regions: tuple[RegionFinding, ...] = (),
    notes: tuple[QualityNote, ...] = (),
) -> MatchVerdict:
    """Return whether the live face is the document's.

    live, document: each side under every print the model was fitted with, by print name; None where there is no picture.
    portrait_width_px: cheek to cheek in the document's picture. Raises KeyError if a side lacks a print, ValueError if prints are of
    unlike length, which only a mixture of models can cause.
    """
    if document is None:
        return NotCompared(NoComparison.NO_PORTRAIT)
    if not portrait_width_px >= policy.portrait_min_width_px:
        return NotCompared(NoComparison.PORTRAIT_TOO_SMALL)
    if live is None:
        return NotCompared(NoComparison.NO_LIVE_VIEW)
    first = model.prints[0].print_name
    evidence = MatchEvidence(
        similarity=similarity(live[first].face_print, document[first].face_print),
        live_views=live[first].pictures,
        document_views=document[first].pictures,
        print_name=model.name,
        portrait_width_px=portrait_width_px,
        log_likelihood_ratio=model.log_likelihood_ratio(live, document),
        verifier=model.version,
        regions=regions,
        notes=notes,
    )
    return judged(evidence, model, policy)


def judged(evidence: MatchEvidence, model: VerifierModel, policy: FacePolicy) -> MatchVerdict:
    """Return the verdict of a ratio. One that is no number is treated as the worst, and written as the least there is."""
    ratio = evidence.log_likelihood_ratio
    if ratio is None or math.isnan(ratio):
        return DifferentFace(_without_number(evidence))
    if ratio >= model.threshold(policy.accept_at_fmr):
        return SameFace(evidence)
    if ratio >= model.threshold(policy.refer_at_fmr):
        return Unsure(evidence)
    return DifferentFace(evidence)


def _without_number(evidence: MatchEvidence) -> MatchEvidence:
    return MatchEvidence(
        0.0 if math.isnan(evidence.similarity) else evidence.similarity,
        evidence.live_views,
        evidence.document_views,
        evidence.print_name,
        evidence.portrait_width_px,
        None,
        evidence.verifier,
        evidence.regions,
        evidence.notes,
    )
