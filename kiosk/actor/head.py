"""What somebody's head does who is asked something: reaction, planned movement, and the small movements nobody plans.

Of customers, and of attackers who drive a puppet by what the screen asks.
"""

import random
from typing import Final, assert_never

from kiosk.actor.cue import Cue
from kiosk.actor.expression import Expression
from kiosk.actor.motion import SECOND_NS, Blinks, Sway, Track

TURN_DEG: Final = 29.0
NOD_DEG: Final = 20.0
CLOSER_SHARE: Final = 1.3
REACTION_S: Final = (0.25, 0.60)
_TURN_S: Final = 0.50
_HELD_S: Final = 1.3
_TRIES: Final = 3
"""How often somebody does what is asked before only waiting: a prompt that stays is done again."""


class Head:
    """Moves by cues. The same generator, cues and times give the same movement."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._yaw = Track()
        self._nod = Track()
        self._near = Track(1.0)
        self._blinks = Blinks(rng)
        self._sways = tuple(Sway(rng) for _ in range(5))

    def reacts_ns(self, at_ns: int) -> int:
        """Return when something that is asked now is begun."""
        return at_ns + round(self._rng.uniform(*REACTION_S) * SECOND_NS)

    def told(self, cue: Cue, reacts_ns: int) -> None:
        """Do this from `reacts_ns` on, and nothing that was planned before."""
        self._yaw.cut(reacts_ns)
        self._nod.cut(reacts_ns)
        self._near.cut(reacts_ns)
        self._blinks.cut(reacts_ns)
        match cue:
            case Cue.BLINK:
                self._yaw.move(reacts_ns, 0.4, 0.0)
                first_ns = reacts_ns + round((0.45 if abs(self._yaw.at(reacts_ns)) > 3 else 0.05) * SECOND_NS)
                pauses = [round(self._rng.uniform(2.0, 2.6) * SECOND_NS) for _ in range(_TRIES)]
                self._blinks.plan([first_ns + sum(pauses[:n]) for n in range(_TRIES)])
            case Cue.TURN_LEFT:
                self._plan_turns(reacts_ns, TURN_DEG)
            case Cue.TURN_RIGHT:
                self._plan_turns(reacts_ns, -TURN_DEG)
            case Cue.NOD:
                self._yaw.move(reacts_ns, 0.4, 0.0)
                self._plan_nods(reacts_ns + round(0.3 * SECOND_NS))
            case Cue.COME_CLOSER:
                self._yaw.move(reacts_ns, 0.4, 0.0)
                self._near.move(reacts_ns, 0.7, CLOSER_SHARE)
            case Cue.ATTRACT | Cue.SHOW_DOCUMENT | Cue.LOOK_AHEAD | Cue.WAIT | Cue.DONE:
                self._yaw.move(reacts_ns, 0.45, 0.0)
                self._nod.move(reacts_ns, 0.45, 0.0)
                self._near.move(reacts_ns, 0.6, 1.0)
            case _ as impossible:
                assert_never(impossible)

    def expression(self, at_ns: int) -> Expression:
        """Return pose and lids at a time; times must not go back."""
        yaw, pitch, roll, right, down = (sway.at(at_ns) for sway in self._sways)
        return Expression(
            yaw_deg=self._yaw.at(at_ns) + 1.2 * yaw,
            pitch_deg=1.2 * pitch + self._nod.at(at_ns) - 0.06 * abs(self._yaw.at(at_ns)),
            roll_deg=0.8 * roll,
            lids=self._blinks.at(at_ns),
            shift_px=(4.0 * right, 2.5 * down),
        )

    def nearness(self, at_ns: int) -> float:
        """Return how much larger the face looks than at rest."""
        return self._near.at(at_ns)

    def _plan_nods(self, start_ns: int) -> None:
        for _ in range(_TRIES):
            down_ns = self._nod.move(start_ns, 0.45, -NOD_DEG)
            up_ns = self._nod.move(down_ns + round(0.25 * SECOND_NS), 0.45, 0.0)
            start_ns = up_ns + round(self._rng.uniform(0.8, 1.3) * SECOND_NS)

    def _plan_turns(self, start_ns: int, to_deg: float) -> None:
        for _ in range(_TRIES):
            reach = to_deg * self._rng.uniform(0.96, 1.06)
            there_ns = self._yaw.move(start_ns, _TURN_S * self._rng.uniform(0.9, 1.2), reach)
            back_ns = self._yaw.move(there_ns + round(_HELD_S * SECOND_NS), _TURN_S, 0.0)
            start_ns = back_ns + round(self._rng.uniform(0.8, 1.3) * SECOND_NS)
