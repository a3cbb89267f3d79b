"""A nod: the chin goes down and comes up again, measured from this person's own neutral."""

from dataclasses import dataclass, field

from kiosk.liveness.challenge import Hint
from kiosk.liveness.response import Glance, Held, Responded, RespondedWrongly, Response, Waiting
from kiosk.liveness.turn import FROM_BELOW_SHARE, HINT_AFTER_S
from kiosk.policy import LivenessPolicy
from kiosk.values import ns

BACK_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class Nodding:
    """A nod that was asked. ready: the head was seen near neutral since the prompt; down: how long it has been down; lowest_deg: the lowest
    pitch since then, 0 before; turned: how long the head has been clearly turned, which was not asked."""

    ready: bool = False
    down: Held = field(default_factory=Held)
    lowest_deg: float = 0.0
    turned: Held = field(default_factory=Held)

    def watch(self, glance: Glance, policy: LivenessPolicy) -> Response:
        limit = policy.nod_pitch_deg
        turned = self.turned.next(glance, abs(glance.yaw_deg) >= policy.wrong_turn_yaw_deg)
        if turned.held(glance, policy):
            return RespondedWrongly(glance.yaw_deg)
        if self.lowest_deg < 0 and glance.pitch_deg > -BACK_SHARE * limit:
            return Responded(self.lowest_deg)
        down = self.down.next(glance, self.ready and glance.pitch_deg <= -limit)
        lowest = min(self.lowest_deg, glance.pitch_deg) if down.held(glance, policy) or self.lowest_deg < 0 else 0.0
        near = glance.pitch_deg > -FROM_BELOW_SHARE * limit and not glance.too_early(policy)
        progress = Nodding(self.ready or near, down, lowest, turned)
        waits = lowest == 0.0 and glance.at_ns - glance.asked_ns > ns(HINT_AFTER_S)
        return Waiting(progress, Hint.NOD_DEEPER if waits else None)
