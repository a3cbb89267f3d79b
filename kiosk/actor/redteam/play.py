"""What an attacker knows while the attack runs: what the screen asks, and in which colours it shines.

The worst case is drawn: whoever drives a puppet, turns a print or looks through holes in it sees every prompt and answers it as fast as a
customer does. Recordings know nothing.
"""

import random
from bisect import bisect_right

from kiosk.actor.cue import Cue
from kiosk.actor.expression import Expression
from kiosk.actor.head import Head
from kiosk.actor.redteam.media import Random
from kiosk.liveness.colours import Screen
from kiosk.values import ns


class Play:
    """One attempt. Times are seconds from its start and must not go back."""

    def __init__(self, rng: Random) -> None:
        self._head = Head(random.Random(int(rng.integers(1 << 31))))  # noqa: S311 - a play must be repeatable
        self._cue: Cue | None = None
        self._lit_from: list[float] = []
        self._lit: list[Screen | None] = []

    def told(self, cue: Cue, at_s: float) -> None:
        """The screen asks this from now on. Telling the same again changes nothing."""
        if cue is not self._cue:
            self._cue = cue
            self._head.told(cue, self._head.reacts_ns(ns(at_s)))

    def lit_by(self, screen: Screen | None, at_s: float) -> None:
        """The screen shines so from now on; None: as usual."""
        if not self._lit or screen != self._lit[-1]:
            self._lit_from.append(at_s)
            self._lit.append(screen)

    def expression(self, at_s: float) -> Expression:
        return self._head.expression(ns(at_s))

    def eyes_only(self, at_s: float) -> Expression:
        """Return the same without turning: of somebody who turns what he holds before his face."""
        whole = self.expression(at_s)
        return Expression(lids=whole.lids, shift_px=whole.shift_px)

    def nearness(self, at_s: float) -> float:
        return self._head.nearness(ns(at_s))

    def light(self, at_s: float) -> Screen | None:
        """Return how the screen shone at a time, which may be one that is past."""
        index = bisect_right(self._lit_from, at_s) - 1
        return self._lit[index] if index >= 0 else None
