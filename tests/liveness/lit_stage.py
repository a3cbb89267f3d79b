"""A customer made of numbers whom the screen lights, and scripts that ask for it."""

import random
from collections.abc import Callable

import numpy as np

from kiosk.face.observed import FaceObservation, SkinLight
from kiosk.liveness import run as liveness
from kiosk.liveness.challenge import Need
from kiosk.liveness.script import draw_script, plan_for
from kiosk.values import ns
from tests.liveness.stage import POLICY, replace

ASIDE = 0.17
"""How much more of its own half a cheek gets than of the other."""


def in_light(colour: tuple[int, int, int]) -> np.ndarray:
    return np.asarray((np.array(colour[::-1]) / 255.0) ** 2.2)


def lit(share: float, aside: float = ASIDE) -> Callable[[liveness.LivenessRun, FaceObservation], FaceObservation]:
    """Return what a camera sees of a face that the screen lights."""

    def change(run: liveness.LivenessRun, one: FaceObservation) -> FaceObservation:
        usual = ((200, 200, 200), (200, 200, 200))
        left, right = (in_light(half) for half in liveness.screen_shown(run, one.captured_ns - ns(0.07), POLICY) or usual)
        source = np.random.default_rng(one.sequence)
        both, tilt = (left + right) / 2, aside * (left - right) / 2
        skins = [
            np.array([0.1, 0.15, 0.25]) * (1 + share * light) * np.exp(source.normal(0, 0.003, 3))
            for light in (both, both + tilt, both - tilt)
        ]
        return replace(one, light=SkinLight(tuple(skins[0]), (0.3, 0.3, 0.3), tuple(skins[1]), tuple(skins[2])))

    return change


def drawn(*needs: Need, amount_minor: int | None = None) -> liveness.Script:
    """The same script every time: what a drawn order happens to be must not decide a test."""
    numbers = random.Random(3)
    return draw_script(numbers.randrange, POLICY, plan_for(POLICY, needs, amount_minor))
