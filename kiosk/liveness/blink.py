"""Blinks: the lids close and open again, measured against this person's own open eyes.

A fixed limit on the eye aspect ratio calls narrow or smiling eyes closed, so everything here is a share of the person's own open-eye
baseline (kiosk/liveness/person.py). The rules and the figures behind them are in docs/liveness.md.
"""

import math
from dataclasses import dataclass, field, replace

from kiosk.liveness.response import Glance, Held, Responded, RespondedWrongly, Response, Waiting
from kiosk.policy import LivenessPolicy
from kiosk.values import ns


@dataclass(frozen=True, slots=True)
class BlinkTrack:
    """opened: the last glance with open eyes; lowest: the smallest ratio since, None while the eyes are open; yawed_deg, pitched_deg:
    the largest change of yaw and pitch since `opened`; frame_ns: the interval before the first frame of the closure."""

    opened: Glance | None = None
    lowest: float | None = None
    yawed_deg: float = 0.0
    pitched_deg: float = 0.0
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
    (plus the two frame intervals a slow camera cannot see into). The head must be still meanwhile, since looking down lowers the lids
    and a turn hides them; only a deep closure may be seen on a moving head. A glance whose eyes cannot be read starts over.
    """
    if not math.isfinite(now.eyes_ratio):
        return BlinkTrack(), None
    opened = track.opened
    if opened is None:
        return (BlinkTrack(now) if now.eyes_ratio >= policy.blink_open_ratio else track), None
    track = replace(
        track,
        yawed_deg=max(track.yawed_deg, abs(now.yaw_deg - opened.yaw_deg)),
        pitched_deg=max(track.pitched_deg, abs(now.pitch_deg - opened.pitch_deg)),
    )
    if now.eyes_ratio < policy.blink_open_ratio:
        lowest = now.eyes_ratio if track.lowest is None else min(track.lowest, now.eyes_ratio)
        return replace(track, lowest=lowest, frame_ns=track.frame_ns or now.at_ns - opened.at_ns), None
    lasted = now.at_ns - opened.at_ns
    blinked = track.lowest is not None and lasted <= ns(policy.blink_max_s) + 2 * track.frame_ns and _closed(track, policy)
    return BlinkTrack(now), Blink(now.at_ns, track.lowest, lasted) if blinked and track.lowest is not None else None


def _closed(track: BlinkTrack, policy: LivenessPolicy) -> bool:
    """Whether the lids came down, as far as the movement of the head lets one tell."""
    if track.lowest is None or track.lowest >= policy.blink_closed_ratio:
        return False
    if max(track.yawed_deg, track.pitched_deg) <= policy.blink_still_deg:
        return True
    deep = track.lowest < policy.blink_deep_ratio
    return deep and track.yawed_deg <= policy.blink_deep_yaw_deg and track.pitched_deg <= policy.blink_deep_pitch_deg


@dataclass(frozen=True, slots=True)
class Blinking:
    """A blink that was asked. turned: how long the head has been clearly turned, which was not asked."""

    track: BlinkTrack = field(default_factory=BlinkTrack)
    turned: Held = field(default_factory=Held)

    def watch(self, glance: Glance, policy: LivenessPolicy) -> Response:
        turned = self.turned.next(glance, abs(glance.yaw_deg) >= policy.wrong_turn_yaw_deg)
        if turned.held(glance, policy):
            return RespondedWrongly(glance.yaw_deg)
        if glance.too_early(policy):
            return Waiting(Blinking(self.track, turned))
        track, blink = watch_blink(self.track, glance, policy)
        if blink is not None:
            return Responded(blink.lowest)
        return Waiting(Blinking(track, turned))
