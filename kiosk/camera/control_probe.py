"""Asks the camera for something at random and looks whether its pictures obey: a file played as a camera has no exposure to change, and
its pictures have the size that they have.

Run whenever a camera is opened and by `doctor`, never while a customer is served: it makes the picture darker or brighter for a second.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Final, Protocol

import cv2
import numpy as np

FRAMES: Final = 12
"""Taken after each request; a camera needs a few to obey."""
_SIZE_FRAMES: Final = 3
_CHANGED: Final = 0.06
"""Share by which the mean level must move; sensor noise and breathing light move it by less than a hundredth."""


class Answer(Enum):
    OBEYED = "obeyed"
    IGNORED = "ignored"
    NOT_OFFERED = "not offered"


CONTROLS_MARK: Final = "controls "
SIZE_MARK: Final = "size "


class Controls(Protocol):
    """The part of cv2.VideoCapture that is used."""

    def read(self) -> tuple[bool, object]: ...

    def get(self, prop_id: int) -> float: ...

    def set(self, prop_id: int, value: float) -> bool: ...


@dataclass(frozen=True, slots=True)
class Probed:
    """controls: whether the picture's level followed a random request; asked: by which controls; size: whether its size did."""

    controls: Answer
    size: Answer
    asked: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{CONTROLS_MARK}{self.controls.value}; {SIZE_MARK}{self.size.value}"


_CONTROLS: Final = (("brightness", cv2.CAP_PROP_BRIGHTNESS), ("gain", cv2.CAP_PROP_GAIN), ("gamma", cv2.CAP_PROP_GAMMA))
_FACTORS: Final = (0.4, 0.6, 1.5, 1.9)
_SIZES: Final = ((640, 480), (320, 240), (352, 288), (640, 360))
"""Sizes that cameras on USB have."""
_CONTROLS_TRIED: Final = 2
"""One that is ignored may be honest: gain is, while the camera sets its exposure by itself."""
_SIZES_TRIED: Final = 2


def probe(device: Controls, choose: Callable[[int], int]) -> Probed:
    """Ask for a random change of up to two random controls and for up to two random sizes, and put everything back. Takes two to four
    seconds. choose: returns a number below its argument, cryptographic.

    NOT_OFFERED where the camera names no such control or takes no request: for a USB camera that is itself odd, and `doctor` says so.
    """
    if not device.read()[0]:
        # no picture, nothing to see obedience in: whoever reads next finds out whether the camera is gone
        return Probed(Answer.NOT_OFFERED, Answer.NOT_OFFERED)
    asked, answers = list[str](), list[Answer]()
    offered = [(name, control) for name, control in _CONTROLS if device.get(control) > 0]
    for _ in range(min(_CONTROLS_TRIED, len(offered))):
        name, control = offered.pop(choose(len(offered)))
        asked.append(name)
        answers.append(_control(device, control, _FACTORS[choose(len(_FACTORS))]))
        if answers[-1] is Answer.OBEYED:
            break
    return Probed(_best(answers), _size(device, choose), tuple(asked))


def _best(answers: list[Answer]) -> Answer:
    return next((one for one in (Answer.OBEYED, Answer.IGNORED) if one in answers), Answer.NOT_OFFERED)


def _control(device: Controls, control: int, factor: float) -> Answer:
    usual = device.get(control)
    before = _level(device)
    taken = device.set(control, usual * factor)
    during = _level(device)
    device.set(control, usual)
    after = _level(device)
    return judged(before, during, after, brighter=factor > 1.0) if taken else Answer.NOT_OFFERED


def _size(device: Controls, choose: Callable[[int], int]) -> Answer:
    """Whether the pictures take on a size that they did not have, and come back from it."""
    usual = _seen_size(device)
    if usual is None:
        return Answer.NOT_OFFERED
    others = [size for size in _SIZES if size != usual]
    answers = []
    for _ in range(_SIZES_TRIED):
        wanted = others.pop(choose(len(others)))
        taken = _ask_size(device, wanted)
        answers.append(Answer.OBEYED if _seen_size(device) == wanted else Answer.IGNORED if taken else Answer.NOT_OFFERED)
        if answers[-1] is Answer.OBEYED:
            break
    _ask_size(device, usual)
    return _best(answers)


def _ask_size(device: Controls, size: tuple[int, int]) -> bool:
    wide = device.set(cv2.CAP_PROP_FRAME_WIDTH, size[0])
    return device.set(cv2.CAP_PROP_FRAME_HEIGHT, size[1]) and wide


def _seen_size(device: Controls) -> tuple[int, int] | None:
    """Return (width, height) of the last of a few frames, None without one."""
    size = None
    for _ in range(_SIZE_FRAMES):
        given, picture = device.read()
        if not given:
            break
        if isinstance(picture, np.ndarray) and picture.ndim >= 2:
            size = picture.shape[1], picture.shape[0]
    return size


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
        if not given:
            break
        if isinstance(picture, np.ndarray) and picture.size:
            level = float(picture[::8, ::8].mean())
    return level
