"""Asks the camera for something at random and looks whether its pictures obey: a file played as a camera has no exposure to change.

Run at set-up and by `doctor`, not before a customer: it makes the picture darker or brighter for a second.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Final, Protocol

import cv2
import numpy as np

FRAMES: Final = 12
"""Taken after each request; a camera needs a few to obey."""
_CHANGED: Final = 0.06
"""Share by which the mean level must move; sensor noise and breathing light move it by less than a hundredth."""


class Answer(Enum):
    OBEYED = "obeyed"
    IGNORED = "ignored"
    NOT_OFFERED = "not offered"


class Controls(Protocol):
    """The part of cv2.VideoCapture that is used."""

    def read(self) -> tuple[bool, object]: ...

    def get(self, prop_id: int) -> float: ...

    def set(self, prop_id: int, value: float) -> bool: ...


@dataclass(frozen=True, slots=True)
class Probed:
    """control: which was asked; levels: mean gray before, during and after."""

    answer: Answer
    control: str
    levels: tuple[float, float, float]


_CONTROLS: Final = (("brightness", cv2.CAP_PROP_BRIGHTNESS), ("gain", cv2.CAP_PROP_GAIN), ("gamma", cv2.CAP_PROP_GAMMA))
_FACTORS: Final = (0.4, 0.6, 1.5, 1.9)


def probe(device: Controls, choose: Callable[[int], int]) -> Probed:
    """Ask for a random change of a random control, then put it back. choose: returns a number below its argument, cryptographic.

    NOT_OFFERED where the camera names no such control or takes no request: for a USB camera that is itself odd, and `doctor` says so.
    """
    offered = [(name, control) for name, control in _CONTROLS if device.get(control) > 0]
    if not offered:
        return Probed(Answer.NOT_OFFERED, "", (0.0, 0.0, 0.0))
    name, control = offered[choose(len(offered))]
    usual = device.get(control)
    wanted = usual * _FACTORS[choose(len(_FACTORS))]
    before = _level(device)
    taken = device.set(control, wanted)
    during = _level(device)
    device.set(control, usual)
    after = _level(device)
    if not taken:
        return Probed(Answer.NOT_OFFERED, name, (before, during, after))
    return Probed(judged(before, during, after, brighter=wanted > usual), name, (before, during, after))


def judged(before: float, during: float, after: float, *, brighter: bool) -> Answer:
    """Whether the level moved the asked way and came back."""
    rest = max((before + after) / 2, 1.0)
    moved = during / rest - 1
    came_back = abs(after - before) < abs(during - rest)
    return Answer.OBEYED if came_back and (moved > _CHANGED if brighter else moved < -_CHANGED) else Answer.IGNORED


def _level(device: Controls) -> float:
    """Return the mean gray of the last of some frames."""
    level = 0.0
    for _ in range(FRAMES):
        given, picture = device.read()
        if given and isinstance(picture, np.ndarray) and picture.size:
            level = float(picture[::8, ::8].mean())
    return level
