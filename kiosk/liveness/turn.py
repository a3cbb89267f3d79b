"""Turns of the head: left and right are the subject's own, measured from this person's own neutral."""

from dataclasses import dataclass, replace

from kiosk.liveness.challenge import Hint
from kiosk.liveness.response import Glance, Responded, RespondedWrongly, Response, Waiting
from kiosk.policy import LivenessPolicy
from kiosk.values import Side, ns

FROM_BELOW_SHARE = 0.7
"""After the prompt the head must be seen under this share of the turn before it counts: a head already turned did not respond."""

HINT_AFTER_S = 1.5
"""A customer gets this long to move before being told to turn further."""


@dataclass(frozen=True, slots=True)
class Turning:
    """A turn that was asked. ready: the head was seen near neutral since the prompt; beyond, against: frames in a row past the
    limit on the asked and on the other side; peak_deg: the farthest so far, subject's left positive."""

    side: Side
    ready: bool = False
    beyond: int = 0
    against: int = 0
    peak_deg: float = 0.0

    def watch(self, glance: Glance, policy: LivenessPolicy) -> Response:
        toward = glance.yaw_deg if self.side is Side.LEFT else -glance.yaw_deg
        limit = policy.turn_yaw_deg
        beyond = self.beyond + 1 if toward >= limit and self.ready else 0
        against = self.against + 1 if toward <= -limit and self.ready else 0
        if beyond >= policy.turn_frames:
            return Responded(_farther(self.peak_deg, glance.yaw_deg))
        if against >= policy.turn_frames:
            return RespondedWrongly(glance.yaw_deg)
        progress = replace(
            self,
            ready=self.ready or abs(toward) < FROM_BELOW_SHARE * limit,
            beyond=beyond,
            against=against,
            peak_deg=_farther(self.peak_deg, glance.yaw_deg) if beyond else 0.0,
        )
        return Waiting(progress, _turn_hint(toward, limit, glance.at_ns - glance.asked_ns))


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
