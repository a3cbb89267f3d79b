"""Blinks: the lids close and open again, measured against this person's own open eyes.

A fixed limit on the eye aspect ratio calls narrow or smiling eyes closed, so everything here is a share of the person's own open-eye
baseline (kiosk/liveness/person.py). The rules and the figures behind them are in docs/liveness.md.
"""

import math
from dataclasses import dataclass, replace

from kiosk.liveness.response import Glance, Responded, RespondedWrongly, Response, Waiting
from kiosk.policy import LivenessPolicy
from kiosk.values import ns


@dataclass(frozen=True, slots=True)
class BlinkTrack:
    """opened: the last glance with open eyes; lowest: the smallest ratio since, None while the eyes are open; moved_deg: the largest
    change of yaw or pitch since `opened`; frame_ns: the interval before the first frame of the closure."""

    opened: Glance | None = None
    lowest: float | None = None
    moved_deg: float = 0.0
    frame_ns: int = 0


@dataclass(frozen=True, slots=True)
class Blink:
    """A finished blink. lowest: smallest openness over baseline; lasted_ns: from the last open frame to the first open frame."""

    at_ns: int
    lowest: float
    lasted_ns: int


def watch_blink(track: BlinkTrack, now: Glance, policy: LivenessPolicy) -> tuple[BlinkTrack, Blink | None]:
    """Take one more glance; return the blink it completes, if any.

    A blink needs a frame with open eyes, then one under policy.blink_closed_ratio, then open eyes again, all within policy.blink_max_s
    (plus the two frame intervals a slow camera cannot see into), the head still meanwhile: looking down lowers the lids and a turn
    hides them. A glance whose eyes cannot be read starts over.
    """
    if not math.isfinite(now.eyes_ratio):
        return BlinkTrack(), None
    if track.opened is None:
        return (BlinkTrack(now) if now.eyes_ratio >= policy.blink_open_ratio else track), None
    moved = max(track.moved_deg, abs(now.yaw_deg - track.opened.yaw_deg), abs(now.pitch_deg - track.opened.pitch_deg))
    if now.eyes_ratio < policy.blink_open_ratio:
        lowest = now.eyes_ratio if track.lowest is None else min(track.lowest, now.eyes_ratio)
        frame_ns = track.frame_ns or now.at_ns - track.opened.at_ns
        return replace(track, lowest=lowest, moved_deg=moved, frame_ns=frame_ns), None
    lasted = now.at_ns - track.opened.at_ns
    if (
        track.lowest is not None
        and track.lowest < policy.blink_closed_ratio
        and lasted <= ns(policy.blink_max_s) + 2 * track.frame_ns
        and moved <= policy.blink_still_deg
    ):
        return BlinkTrack(now), Blink(now.at_ns, track.lowest, lasted)
    return BlinkTrack(now), None


@dataclass(frozen=True, slots=True)
class Blinking:
    """A blink that was asked. turned: frames in a row with the head clearly turned, which was not asked."""

    track: BlinkTrack = BlinkTrack()
    turned: int = 0

    def watch(self, glance: Glance, policy: LivenessPolicy) -> Response:
        turned = self.turned + 1 if abs(glance.yaw_deg) >= policy.wrong_turn_yaw_deg else 0
        if turned >= policy.turn_frames:
            return RespondedWrongly(glance.yaw_deg)
        track, blink = watch_blink(self.track, glance, policy)
        if blink is not None:
            return Responded(blink.lowest)
        return Waiting(Blinking(track, turned))
