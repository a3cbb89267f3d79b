"""The same face throughout: every good look at the face is compared with the run's own reference.

The reference is the mean of the frontal prints that agreed so far, so one odd view neither ends a run nor enters it.
"""

import math
from dataclasses import dataclass, replace

import numpy as np

from kiosk.face.observed import FaceView, HeadPose
from kiosk.frame import Print
from kiosk.policy import LivenessPolicy

VIEWS_KEPT = 10
FRONTAL_YAW_DEG = 15.0
FRONTAL_PITCH_DEG = 18.0
"""Views within these are kept for matching and make the reference."""

JUDGED_YAW_DEG = 30.0
JUDGED_PITCH_DEG = 20.0
"""Views within these are compared. Measured on clips, a turn of up to 32 degrees costs a print nothing (lowest 0.928); looking up or down
by more than 20 does (0.89), so those prove nothing."""

STRANGERS_IN_A_ROW = 2
STRANGERS_IN_ALL = 4


@dataclass(frozen=True, slots=True, repr=False)
class KeptView:
    """A view kept for matching. stage: how many challenges were done when it was taken."""

    stage: int
    view: FaceView


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Likeness:
    """total: sum of the frontal prints that agreed, None before the first; kept: at most VIEWS_KEPT; lowest: the lowest cosine between
    any two views compared so far; row, strangers: judged views in a row, and in all, that were somebody else's."""

    total: Print | None = None
    kept: tuple[KeptView, ...] = ()
    lowest: float | None = None
    row: int = 0
    strangers: int = 0

    @property
    def changed(self) -> bool:
        """Whether another face was seen, for certain enough to end the run."""
        return self.row >= STRANGERS_IN_A_ROW or self.strangers >= STRANGERS_IN_ALL


def is_frontal(pose: HeadPose) -> bool:
    return abs(pose.yaw_deg) <= FRONTAL_YAW_DEG and abs(pose.pitch_deg) <= FRONTAL_PITCH_DEG


def is_judged(pose: HeadPose) -> bool:
    return abs(pose.yaw_deg) <= JUDGED_YAW_DEG and abs(pose.pitch_deg) <= JUDGED_PITCH_DEG


def compare(likeness: Likeness, view: FaceView, stage: int, policy: LivenessPolicy) -> tuple[Likeness, bool]:
    """Take one more view; return the likeness and whether this view proves that it is still the same face.

    A view turned too far, or whose print is no unit vector, proves nothing and changes nothing. One that is turned a little can show
    somebody else but proves nothing: only a frontal view does.
    """
    length = float(np.linalg.norm(view.face_print))
    frontal = is_frontal(view.pose)
    if not is_judged(view.pose) or not math.isfinite(length) or not 0.9 < length < 1.1:
        return likeness, False
    if likeness.total is None:
        return (Likeness(view.face_print.copy(), (KeptView(stage, view),)), True) if frontal else (likeness, False)
    if likeness.total.shape != view.face_print.shape:
        return likeness, False
    reference = likeness.total / max(float(np.linalg.norm(likeness.total)), 1e-9)
    similarity = float(reference @ view.face_print)
    pairs = [float(kept.view.face_print @ view.face_print) for kept in likeness.kept]
    lowest = min([*pairs, *([] if likeness.lowest is None else [likeness.lowest])])
    if similarity < policy.same_person_at_least:
        return replace(likeness, lowest=lowest, row=likeness.row + 1, strangers=likeness.strangers + 1), False
    if not frontal:
        return replace(likeness, lowest=lowest, row=0), False
    kept = _keep(likeness.kept, KeptView(stage, view))
    return replace(likeness, total=likeness.total + view.face_print, kept=kept, lowest=lowest, row=0), True


def _keep(kept: tuple[KeptView, ...], new: KeptView) -> tuple[KeptView, ...]:
    """Keep the best views, spread over the run: when there are too many, the most crowded stage gives up its worst."""
    views = (*kept, new)
    if len(views) <= VIEWS_KEPT:
        return views
    stages = [one.stage for one in views]
    crowded = max(set(stages), key=lambda stage: (stages.count(stage), stage))
    worst = min((one for one in views if one.stage == crowded), key=lambda one: goodness(one.view))
    return tuple(one for one in views if one is not worst)


def goodness(view: FaceView) -> float:
    """How good a view is for matching: sharp and frontal. Higher is better; only the order means anything."""
    aside = (view.pose.yaw_deg / FRONTAL_YAW_DEG) ** 2 + (view.pose.pitch_deg / FRONTAL_PITCH_DEG) ** 2
    return math.log1p(max(view.sharpness, 0.0)) - aside
