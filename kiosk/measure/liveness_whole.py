"""The light challenge on top of the passive verdict, over labelled clips: what the whole check makes of them as far as clips can tell.

A genuine clip is lit: its skin's measured light becomes `1 + share * screen` times itself, as in kiosk/measure/liveness_light.py, while
the stretch in which the face looks ahead plays to and fro, as somebody stands who is told to look ahead. An attack clip is fed as injected
video: it looks ahead in the same way and is not lit. A run shows a second sequence where the first could not be told.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from kiosk.face.observed import FaceObservation
from kiosk.liveness import light
from kiosk.liveness.challenge import LightPath
from kiosk.liveness.colours import draw_steps, lasts_ns
from kiosk.liveness.light import FOLLOWED, NOT_FOLLOWED, needs_another_sequence, read_light
from kiosk.liveness.light_fit import Watched
from kiosk.measure.liveness_light import lit
from kiosk.policy import LivenessPolicy

SHARE: Final = 0.2
"""Of the screen's light over the room's on skin: a 24-inch screen at 60 cm in an office gives about a quarter."""
DRAWS: Final = 20
_AHEAD_DEG: Final = 12.0
_LEAST_FRAMES: Final = 8
_SPARE_NS: Final = 600_000_000


@dataclass(frozen=True, slots=True)
class LitClip:
    """Of `runs` draws: how many the light let pass, and how many it was seen not to be followed in; the others could not be told."""

    runs: int
    followed: int
    not_followed: int

    @property
    def share(self) -> float:
        return self.followed / self.runs if self.runs else 0.0


def light_run(seen: Sequence[FaceObservation], share: float, seed: int, policy: LivenessPolicy) -> LitClip:
    """Show colours to a clip so many times. share: 0 for video that no screen lights."""
    ahead = _ahead(seen)
    said = [_shown(ahead, share, np.random.default_rng((seed, draw)), policy) for draw in range(DRAWS)]
    return LitClip(DRAWS, said.count(FOLLOWED), said.count(NOT_FOLLOWED))


def _shown(ahead: Sequence[FaceObservation], share: float, source: np.random.Generator, policy: LivenessPolicy) -> str:
    if len(ahead) < _LEAST_FRAMES:
        return light.TOO_WEAK
    said, watched = light.TOO_WEAK, tuple[Watched, ...]()
    for _ in range(2):
        colours = draw_steps(lambda n: int(source.integers(n)), policy.light_steps)
        played = _to_and_fro(ahead, lasts_ns(LightPath.STEPS, colours, policy) + _SPARE_NS, int(source.integers(len(ahead))))
        samples = lit(played, colours, LightPath.STEPS, share, source, policy)
        watched = (*watched, Watched(tuple(samples), LightPath.STEPS, colours, played[0].captured_ns))
        reading = read_light(watched, policy)
        said = light.seen_of(reading, policy)
        if not needs_another_sequence(reading, policy):
            break
    return said


def _ahead(seen: Sequence[FaceObservation]) -> list[FaceObservation]:
    """Return the longest stretch in which the face looks ahead and its light can be measured."""
    poses = [one.faces[0].pose.yaw_deg for one in seen if one.faces]
    neutral = float(np.median(poses)) if poses else 0.0
    best: list[FaceObservation] = []
    now: list[FaceObservation] = []
    for one in seen:
        fits = bool(one.faces) and one.light is not None and abs(one.faces[0].pose.yaw_deg - neutral) < _AHEAD_DEG
        now = [*now, one] if fits else []
        best = now if len(now) > len(best) else best
    return best


def _to_and_fro(ahead: Sequence[FaceObservation], lasts_ns: int, start: int) -> list[FaceObservation]:
    """Return frames at the clip's own rate for so long, from the `start`th on, back and forth."""
    times = [one.captured_ns for one in ahead]
    step = max(int(np.median(np.diff(times))), 1) if len(times) > 1 else 33_000_000
    period = 2 * len(ahead) - 2
    played = []
    for number in range(lasts_ns // step + 1):
        at = (start + number) % period
        played.append(replace(ahead[at if at < len(ahead) else period - at], captured_ns=times[0] + number * step, sequence=number))
    return played
