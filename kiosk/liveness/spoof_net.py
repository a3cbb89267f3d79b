"""The small network against print and replay as a cue: asked five times a second, judged by the worse of what it saw.

A replay that fills the frame looks like a person most of the time and gives itself away for moments (a bezel, a beat of pixels, a
reflection), so the lower quantile of its answers is weighed, not their mean.
"""

import math
from collections.abc import Callable
from typing import Final

from kiosk.face.observed import FaceSeen, Sign
from kiosk.frame import Frame, Pixels
from kiosk.liveness.cues import Cue, Gathered
from kiosk.values import ns

NAME: Final = "print-or-screen-net"
SECOND: Final = "minifasnet"
"""The same question to MiniFASNet, where a station has it installed."""

_EVERY_NS: Final = ns(0.2)
_LEAST_WIDTH_PX: Final = 48.0
_LEAST_LOOKS: Final = 4
_QUANTILE: Final = 0.1
_SURE: Final = 1e-4
"""Chances nearer to 0 or 1 say no more."""

Box = tuple[float, float, float, float]
Judge = Callable[[Pixels, Box], tuple[float, float]]
"""Returns two chances that a face is a person's, by two heads or two networks."""


class NetWatch:
    def __init__(self, judge: Judge, name: str = NAME) -> None:
        self._judge = judge
        self._name = name
        self._last_ns: int | None = None

    def forget(self) -> None:
        self._last_ns = None

    def look(self, frame: Frame, faces: tuple[FaceSeen, ...]) -> tuple[Sign, ...]:
        if not faces or faces[0].width_px < _LEAST_WIDTH_PX:
            return ()
        if self._last_ns is not None and 0 <= frame.captured_ns - self._last_ns < _EVERY_NS:
            return ()
        self._last_ns = frame.captured_ns
        taught, drawn = self._judge(frame.pixels, faces[0].box)
        return (Sign(self._name, _log_odds(taught) + _log_odds(drawn)),)


def _log_odds(chance: float) -> float:
    sure = min(max(chance, _SURE), 1 - _SURE)
    return math.log(sure / (1 - sure))


def net_cue(gathered: Gathered) -> Cue | None:
    """Genuine clips read -3.8 and more, held prints and screens -5 and less (one of five replays: 3.8)."""
    if gathered.count < _LEAST_LOOKS:
        return None
    low = gathered.quantile(_QUANTILE)
    weight = max(-6.0, min(1.0, 1.5 * (low + 3.5)))
    return Cue(NAME, low, "log odds", weight, gathered.count, "print or screen" if weight < 0 else "skin and room")


def second_cue(gathered: Gathered) -> Cue | None:
    """Genuine clips read -2.9 and more (all but one 0.6 and more), four of five replays -10 and less."""
    if gathered.count < _LEAST_LOOKS:
        return None
    low = gathered.quantile(_QUANTILE)
    weight = max(-6.0, min(0.5, 0.6 * (low + 5.5)))
    return Cue(SECOND, low, "log odds", weight, gathered.count, "print or screen" if weight < 0 else "skin and room")
