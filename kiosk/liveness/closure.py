"""Natural blinks and every other closure of the eyes, found as they happen: what the *measuring* detector counts.

What may satisfy a prompt is decided elsewhere and more strictly (kiosk/liveness/blink.py). Here a closure is told by its onset: within a
quarter of a second the lids fall from where they just were to less than half of it. Looking down lowers them slower or less, and a turned
head changes how open they look slowly. What comes after the onset does not matter: a closure may last for seconds or end the clip.

1. Openness is compared with its own highest value of the last `closure_within_s` (or of the frame before, when frames come slower), not
   with the long-time baseline: turned heads, glasses and light shift the level, but not within that time.
2. That highest value must itself be open by the person's own baseline, which is not learnt while the eyes are closed.
3. A fall under `closure_deep_share` counts at once. One that only reaches `closure_share` counts when the lids come up again within
   `closure_shallow_s` on a still head: a blink that falls between two frames looks so.
"""

import math
from dataclasses import dataclass, replace

from kiosk.face.observed import FaceSeen, HeadPose
from kiosk.policy import LivenessPolicy
from kiosk.values import ns

_RECENT_KEPT = 40
_BASELINE_KEPT = 90
_BASELINE_QUANTILE = 0.7
_OPEN_BY_BASELINE = 0.65
_OPEN_AGAIN_SHARE = 0.7
"""Open again at this share of the level before; or when the lids have come half of the way back up, so that eyes that stay narrow
after a blink do not join it with the next."""
_HALF_WAY = 0.5
_CLEARLY_UP = 1.6
_FAR_EYE_HIDDEN_DEG = 25.0
_YAW_SHARE = 0.5
"""The mesh's depth already takes most of a turn out of an eye's width; half of the angle is left to correct (clips: near eye at 58 degrees
of yaw reads as open as ahead)."""


@dataclass(frozen=True, slots=True)
class Lids:
    """One frame's eyes. openness: lid distance over eye width, a turned head corrected; at least 0."""

    frame: int
    at_ns: int
    openness: float
    pose: HeadPose


@dataclass(frozen=True, slots=True)
class Closure:
    """opened: the last frame with open eyes before; lowest: the smallest openness over the level before; last_ns, last: the last frame
    so far; open_again: whether the lids were seen to come up; deep: whether it counts without that."""

    opened: Lids
    level: float
    lowest: float
    last: int
    last_ns: int
    moved_deg: float = 0.0
    interval_ns: int = 0
    deep: bool = False
    open_again: bool = False

    @property
    def lasted_ns(self) -> int:
        return self.last_ns - self.opened.at_ns


@dataclass(frozen=True, slots=True)
class EyeWatch:
    """recent: the newest frames with a face, oldest first; open_levels: samples of open eyes; closure: the one under way. Bounded."""

    recent: tuple[Lids, ...] = ()
    open_levels: tuple[float, ...] = ()
    closure: Closure | None = None

    @property
    def baseline(self) -> float | None:
        if not self.open_levels:
            return None
        ranked = sorted(self.open_levels)
        return ranked[min(int(len(ranked) * _BASELINE_QUANTILE), len(ranked) - 1)]


def lids_of(face: FaceSeen, frame: int, at_ns: int) -> Lids | None:
    """Return how open the eyes are; None when that cannot be read. Turned far, only the eye nearer to the camera is used."""
    yaw = face.pose.yaw_deg
    if yaw > _FAR_EYE_HIDDEN_DEG:
        seen = face.eyes.right
    elif yaw < -_FAR_EYE_HIDDEN_DEG:
        seen = face.eyes.left
    else:
        seen = (face.eyes.right + face.eyes.left) / 2
    if not (math.isfinite(seen) and math.isfinite(yaw) and math.isfinite(face.pose.pitch_deg)):
        return None
    turned = math.cos(math.radians(min(abs(yaw) * _YAW_SHARE, 60.0)))
    return Lids(frame, at_ns, max(seen * turned, 0.0), face.pose)


def watch_eyes(watch: EyeWatch, now: Lids, policy: LivenessPolicy) -> tuple[EyeWatch, Closure | None]:
    """Take one more frame; return the closure that ended with it, if it counts. One under way at the end: `unfinished`."""
    gap = now.at_ns - watch.recent[-1].at_ns if watch.recent else 0
    if gap < 0 or gap > 2 * ns(policy.closure_within_s) + ns(0.3):
        # Nobody saw what happened meanwhile: a fall over such a gap says nothing.
        watch = replace(watch, recent=())
    ended: Closure | None = None
    closure = watch.closure or _onset(watch, now, gap, policy)
    levels = watch.open_levels
    if closure is None:
        levels = (*levels[-(_BASELINE_KEPT - 1) :], now.openness)
    else:
        closure = _followed(closure, now, policy)
        if closure.open_again:
            ended, closure = (closure if _counts(closure, policy) else None), None
        elif not closure.deep and closure.lasted_ns > ns(policy.closure_shallow_s) + 2 * closure.interval_ns + ns(0.3):
            closure = None
    return EyeWatch((*watch.recent[-(_RECENT_KEPT - 1) :], now), levels, closure), ended


def unfinished(watch: EyeWatch) -> Closure | None:
    """Return the closure under way, if it is deep enough to count by itself."""
    return watch.closure if watch.closure is not None and watch.closure.deep else None


def _onset(watch: EyeWatch, now: Lids, gap_ns: int, policy: LivenessPolicy) -> Closure | None:
    within = max(ns(policy.closure_within_s), 0) + gap_ns
    recent = [lids for lids in watch.recent if now.at_ns - lids.at_ns <= within]
    baseline = watch.baseline
    if not recent or baseline is None:
        return None
    level = max(lids.openness for lids in recent)
    if level < _OPEN_BY_BASELINE * baseline or now.openness >= policy.closure_share * min(level, baseline):
        return None
    opened = [lids for lids in recent if lids.openness >= _OPEN_AGAIN_SHARE * level][-1]
    return Closure(opened, level, now.openness / level, now.frame, now.at_ns, interval_ns=gap_ns)


def _followed(closure: Closure, now: Lids, policy: LivenessPolicy) -> Closure:
    share = now.openness / closure.level
    lowest = min(closure.lowest, share)
    before = closure.opened.pose
    moved = max(closure.moved_deg, abs(now.pose.yaw_deg - before.yaw_deg), abs(now.pose.pitch_deg - before.pitch_deg))
    up = share >= _OPEN_AGAIN_SHARE or (share - lowest > _HALF_WAY * (1.0 - lowest) and share > _CLEARLY_UP * lowest)
    return replace(
        closure,
        lowest=lowest,
        last=now.frame,
        last_ns=now.at_ns,
        moved_deg=moved,
        deep=closure.deep or lowest < policy.closure_deep_share,
        open_again=up,
    )


def _counts(closure: Closure, policy: LivenessPolicy) -> bool:
    brief = closure.lasted_ns <= ns(policy.closure_shallow_s) + 2 * closure.interval_ns
    return closure.deep or (brief and closure.moved_deg <= policy.blink_still_deg)
