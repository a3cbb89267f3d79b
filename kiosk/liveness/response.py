"""What a challenge sees of the customer, and what it may answer. Every challenge speaks in these words only."""

from dataclasses import dataclass
from typing import Protocol

from kiosk.liveness.challenge import Hint
from kiosk.policy import LivenessPolicy
from kiosk.values import ns


@dataclass(frozen=True, slots=True)
class Glance:
    """The one face of a frame, measured against this person's own neutral.

    at_ns: monotonic; asked_ns: when the prompt appeared; yaw_deg, pitch_deg: relative to neutral, subject's left and up positive;
    eyes_ratio: openness over this person's open-eye baseline, NaN when unknown; width_ratio: of the face, over its width when it settled.
    """

    at_ns: int
    asked_ns: int
    yaw_deg: float
    pitch_deg: float
    eyes_ratio: float
    width_ratio: float = 1.0

    def too_early(self, policy: LivenessPolicy) -> bool:
        """Whether nobody could have reacted to the prompt by now."""
        return self.at_ns - self.asked_ns < ns(policy.reaction_least_s)


@dataclass(frozen=True, slots=True)
class Held:
    """How long something has been so without a break: frames in a row, and when that began."""

    frames: int = 0
    since_ns: int = 0

    def next(self, glance: Glance, so: bool) -> "Held":
        if not so:
            return Held()
        return Held(self.frames + 1, self.since_ns if self.frames else glance.at_ns)

    def held(self, glance: Glance, policy: LivenessPolicy) -> bool:
        """Whether it is meant: a landmark slips for a frame, a hand shakes a phone for a tenth of a second."""
        return self.frames >= policy.turn_frames and glance.at_ns - self.since_ns >= ns(policy.turn_hold_s)


@dataclass(frozen=True, slots=True)
class Waiting:
    """Not answered yet. progress: what to watch the next frame with; hint: how to do it, None when nothing helps."""

    progress: "Progress"
    hint: Hint | None = None


@dataclass(frozen=True, slots=True)
class Responded:
    """The challenge is met. peak: see ChallengeDone."""

    peak: float


@dataclass(frozen=True, slots=True)
class RespondedWrongly:
    """Something else was clearly done than was asked."""

    peak: float


Response = Waiting | Responded | RespondedWrongly


class Progress(Protocol):
    """A challenge that has been asked and is being watched. Frozen: `watch` returns what comes next."""

    def watch(self, glance: Glance, policy: LivenessPolicy) -> Response: ...
