"""Coming closer: the face becomes wider than it was when this person settled."""

from dataclasses import dataclass, field

from kiosk.liveness.challenge import Hint
from kiosk.liveness.response import Glance, Held, Responded, RespondedWrongly, Response, Waiting
from kiosk.liveness.turn import HINT_AFTER_S
from kiosk.policy import LivenessPolicy
from kiosk.values import ns

NOT_YET_SHARE = 0.5
"""Once anybody could have reacted, the face must be seen under this share of the way before it counts."""


@dataclass(frozen=True, slots=True)
class Approaching:
    """Coming closer was asked. ready: the face was seen at about its first width since the prompt; near: how long it has been wide enough;
    turned: how long the head has been clearly turned, which was not asked."""

    ready: bool = False
    near: Held = field(default_factory=Held)
    turned: Held = field(default_factory=Held)

    def watch(self, glance: Glance, policy: LivenessPolicy) -> Response:
        turned = self.turned.next(glance, abs(glance.yaw_deg) >= policy.wrong_turn_yaw_deg)
        if turned.held(glance, policy):
            return RespondedWrongly(glance.yaw_deg)
        near = self.near.next(glance, self.ready and glance.width_ratio >= policy.closer_share)
        if near.held(glance, policy):
            return Responded(glance.width_ratio)
        begins = 1.0 + NOT_YET_SHARE * (policy.closer_share - 1.0)
        ready = self.ready or (glance.width_ratio < begins and not glance.too_early(policy))
        waits = glance.at_ns - glance.asked_ns > ns(HINT_AFTER_S)
        return Waiting(Approaching(ready, near, turned), Hint.CLOSER_STILL if waits else None)
