"""What the screen shows in the light challenge: pairs of soft colours, one on each half, in a drawn order.

Four colours of equal luminance (so that neither eye nor exposure control sees a flash; WCAG 2.3.1 counts a change of a tenth of the
brightest white as one), far apart in colour; none is near saturated red. The halves differ, because a head is round: its left cheek gets
more of the left half than the right cheek does, wherever the room's light comes from. Whoever paints one tint over a face gives back no
such difference. Steps come at most three a second; the gentle path fades.

A step is written as one number, `4 * left + right`; left and right are those of whoever looks at the screen.
"""

import math
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from kiosk.liveness.challenge import LightPath
from kiosk.policy import LivenessPolicy
from kiosk.values import ns

Colour = tuple[int, int, int]
"""Red, green, blue, 0..255."""
Screen = tuple[Colour, Colour]
"""What its left and its right half show, as the customer sees them."""

COLOURS: Final[tuple[Colour, ...]] = ((255, 168, 89), (137, 192, 255), (149, 201, 149), (225, 165, 255))
"""Amber, sky, leaf and lilac. A test holds their luminance equal within a hundredth of white."""
_FIRST: Final = tuple(4 * left + right for left in range(4) for right in range(4) if left != right)
_NEXT: Final = {
    step: tuple(following for following in _FIRST if following // 4 != step // 4 and following % 4 != step % 4) for step in _FIRST
}
"""Neither half keeps its colour, for a step nobody can see would tell nothing, and the halves never show the same."""


def draw_steps(choose: Callable[[int], int], count: int) -> tuple[int, ...]:
    """Draw so many steps. choose(n) returns a whole number in [0, n)."""
    steps = [_FIRST[choose(len(_FIRST))]]
    while len(steps) < count:
        following = _NEXT[steps[-1]]
        steps.append(following[choose(len(following))])
    return tuple(steps)


def halves(step: int) -> tuple[int, int]:
    """Return the numbers of the left and the right colour. Raises ValueError for a number that is no step."""
    if step not in _NEXT:
        raise ValueError("no step of the light challenge")
    return step // 4, step % 4


def linear_light(colour: int) -> NDArray[np.float64]:
    """Return the light of a colour, (3,): blue, green, red, 0..1."""
    red, green, blue = (_to_linear(level) for level in COLOURS[colour])
    return np.array([blue, green, red])


def _to_linear(level: int) -> float:
    share = level / 255.0
    return share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4


def step_s(path: LightPath, policy: LivenessPolicy) -> float:
    """Return how long one step lasts."""
    return policy.light_fade_s if path is LightPath.GENTLE else policy.light_step_s


def to_show(path: LightPath, drawn: Sequence[int], policy: LivenessPolicy) -> tuple[int, ...]:
    """Return which of the drawn steps a path shows."""
    count = {LightPath.STEPS: policy.light_steps, LightPath.GENTLE: policy.light_fades, LightPath.NONE: 0}[path]
    return tuple(drawn[:count])


def shown_screen(path: LightPath, steps: Sequence[int], since_ns: int, policy: LivenessPolicy) -> Screen:
    """Return what the screen shows that long after the first step appeared.

    On the gentle path colours fade into each other all the time; nothing ever steps.
    """
    at = max(since_ns, 0) / 1e9 / step_s(path, policy)
    index = min(int(at), len(steps) - 1)
    now = halves(steps[index])
    if path is not LightPath.GENTLE or index + 1 >= len(steps):
        return COLOURS[now[0]], COLOURS[now[1]]
    share = 0.5 - 0.5 * math.cos(math.pi * (at - index))
    after = halves(steps[index + 1])
    return _between(now[0], after[0], share), _between(now[1], after[1], share)


def _between(one: int, other: int, share: float) -> Colour:
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(COLOURS[one], COLOURS[other], strict=True))
    return red, green, blue


def lasts_ns(path: LightPath, steps: Sequence[int], policy: LivenessPolicy) -> int:
    """Return how long a sequence lasts: the last fade ends where its colour is reached."""
    count = len(steps) - (path is LightPath.GENTLE)
    return ns(count * step_s(path, policy))


@lru_cache(maxsize=8)
def other_orders(count: int, how_many: int, number: int) -> NDArray[np.intp]:
    """Return other sequences by the rule of the draw, (how_many, count). Always the same ones for a number: they need no secret."""
    state = 20261125 + number * 0x9E3779B97F4A7C15

    def choose(limit: int) -> int:
        nonlocal state
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        return (state >> 33) % limit

    return np.array([draw_steps(choose, count) for _ in range(how_many)], np.intp)


def tints() -> NDArray[np.float64]:
    """Return the colours as red less green and blue less green light, (colours, 2)."""
    light = np.stack([linear_light(number) for number in range(len(COLOURS))])
    return np.stack([light[:, 2] - light[:, 1], light[:, 0] - light[:, 1]], axis=1)
