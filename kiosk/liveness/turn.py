"""Turns of the head: left and right are the subject's own, measured from this person's own neutral."""

from dataclasses import dataclass, field, replace

from kiosk.liveness.challenge import Hint
from kiosk.liveness.response import Glance, Held, Responded, RespondedWrongly, Response, Waiting
from kiosk.policy import LivenessPolicy
from kiosk.values import Side, ns

FROM_BELOW_SHARE = 0.7
"""Once anybody could have reacted to the prompt, the head must be seen under this share of the turn before it counts: a head that is
turned by then did not respond."""

STAYS_SHARE = 0.85

HINT_AFTER_S = 1.5
"""A customer gets this long to move before being told to turn further."""


@dataclass(frozen=True, slots=True)
class Turning:
    """A turn that was asked. ready: the head was seen near neutral since the prompt; beyond, against: how long it has been past the
    limit on the asked and on the other side; peak_deg: the farthest so far, subject's left positive."""

    side: Side
    ready: bool = False
    beyond: Held = field(default_factory=Held)
    against: Held = field(default_factory=Held)
    peak_deg: float = 0.0

    def watch(self, glance: Glance, policy: LivenessPolicy) -> Response:
        toward = glance.yaw_deg if self.side is Side.LEFT else -glance.yaw_deg
        limit = policy.turn_yaw_deg
        beyond = self.beyond.next(glance, self.ready and _past(toward, limit, self.beyond))
        against = self.against.next(glance, self.ready and _past(-toward, limit, self.against))
        peak = _farther(self.peak_deg, glance.yaw_deg) if beyond.frames or against.frames else 0.0
        if beyond.held(glance, policy):
            return Responded(peak)
        if against.held(glance, policy):
            return RespondedWrongly(peak)
        ready = self.ready or (abs(toward) < FROM_BELOW_SHARE * limit and not glance.too_early(policy))
        progress = replace(self, ready=ready, beyond=beyond, against=against, peak_deg=peak)
        return Waiting(progress, _turn_hint(toward, limit, glance.at_ns - glance.asked_ns))


def _past(toward_deg: float, limit_deg: float, so_far: Held) -> bool:
    """A turn begins at the limit and goes on a little under it: a head that is held still trembles."""
    return toward_deg >= (STAYS_SHARE * limit_deg if so_far.frames else limit_deg)


def _farther(one_deg: float, other_deg: float) -> float:
    return one_deg if abs(one_deg) > abs(other_deg) else other_deg


def _turn_hint(toward_deg: float, limit_deg: float, waited_ns: int) -> Hint | None:
    if toward_deg < -0.45 * limit_deg:
        return Hint.OTHER_SIDE
    if toward_deg < limit_deg and waited_ns > ns(HINT_AFTER_S):
        return Hint.TURN_MORE
    return None


def left() -> Turning:
    return Turning(Side.LEFT)


def right() -> Turning:
    return Turning(Side.RIGHT)
