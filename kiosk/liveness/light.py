"""The light challenge: the screen shows soft colours in a drawn order, and the skin must give them back in time, colour and place.

How a reflection is told. Light adds: a patch of skin gives back its share of the room's light and of the screen's. So the *logarithm of red
over green and of blue over green* of the skin follows the screen's colour, while a change of exposure moves all channels alike and falls
out. White balance and room light move the surroundings alike and are subtracted; a drift and the movement of the head are taken out by
regression. The part that is left is compared with the colours that were shown, at any delay under a step.

Where it comes from. The screen's halves show different colours, and of two cheeks each gets more of its own half. So the *difference of the
cheeks* must follow the difference of the halves; it is told apart from exposure, white balance and a tint over the whole face.

How sure that is. The same score is computed for hundreds of other orders, drawn by the same rule. A video that knows nothing of the order
cannot do better on the true one than on those: its rank is uniform. Reaching the first hundredth has a chance of one in a hundred, whatever
is in the video. No model of noise is needed. The same holds of the cheeks' difference against whoever knows the order and not the place.
The gain must further be what skin gives back: a screen that shines by itself gives back little.

All sequences that a run shows are read as one (kiosk/liveness/light_fit.py): two that tell little each may tell enough together. Whoever
knows nothing has two looks then, the first sequence and both together, so at most twice the chance of one.

What it does not tell: a paper print gives back the light as skin does, and whoever sees the screen and relights a face in a video as a
solid head, each half on its side, within a third of a second passes. docs/liveness.md has the figures.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from kiosk.face.observed import FaceSeen, SkinLight
from kiosk.liveness.cues import Cue
from kiosk.liveness.light_fit import LAGS_S, LEAST_LIGHT, Fits, LightSample, Series, Watched, fit_sequence
from kiosk.policy import LivenessPolicy

NAME: Final = "light"
SIDES: Final = "light-sides"
AROUND_AT_MOST: Final = 0.8
"""Of the skin's gain. A light wall half a metre behind a head gets a third of what the skin gets."""
FOLLOWED, NOT_FOLLOWED, TOO_WEAK = "followed", "not-followed", "too-weak-to-tell"
FLAT: Final = "alike-on-both-sides"


@dataclass(frozen=True, slots=True)
class LightReading:
    """chance: how often an order that has nothing to do with the face would fit as well, 0..1; gain: how much of the screen's colour the
    skin gives back (log units per unit of light); noise: the standard error of the gain; lag_s: the delay that fits best; frames: used;
    around: the gain of the surroundings as a share of the skin's, 0 where they were not measured; side_chance, side_share: the same of the
    cheeks' difference against the halves' difference, and its gain as a share of the skin's, 1 and 0 where it was not measured."""

    chance: float
    gain: float
    noise: float
    lag_s: float
    frames: int
    around: float = 0.0
    side_chance: float = 1.0
    side_share: float = 0.0


def sample(light: SkinLight | None, face: FaceSeen, frame_width: int, at_ns: int) -> LightSample | None:
    """Return what one frame tells; None where the skin's light could not be measured, or anything in it is no number."""
    if light is None or not min(light.skin) >= LEAST_LIGHT:
        return None
    parts = (light.skin, light.around, light.left, light.right)
    if not all(math.isfinite(value) for part in parts if part is not None for value in part):
        return None
    x0, y0, x1, y1 = face.box
    wide = max(frame_width, 1)
    place = ((x0 + x1) / 2 / wide, (y0 + y1) / 2 / wide, face.width_px / wide, math.radians(face.pose.yaw_deg))
    return LightSample(at_ns, light, place) if all(math.isfinite(value) for value in place) else None


def read_light(watched: Sequence[Watched], policy: LivenessPolicy) -> LightReading | None:
    """Compare what the skin gave back in all of these sequences with what was shown; None with too few frames to tell. Takes a few
    milliseconds."""
    each = [fit for number, one in enumerate(watched) if (fit := fit_sequence(one, number, policy)) is not None]
    skin, sides = _sum([one.skin for one in each]), _sum([one.sides for one in each])
    around, skin_there = _sum([one.around for one in each]), _sum([one.skin_there for one in each])
    if skin is None:
        return None
    scores = skin.scores
    lag = int(scores[:, 0].argmax())
    return LightReading(
        chance=_chance((scores if sides is None else scores + sides.scores).max(axis=0)),
        gain=skin.gain(lag),
        noise=1.0 / math.sqrt(sum(1.0 / max(float(one.noise[lag]), 1e-9) ** 2 for one in each)),
        lag_s=LAGS_S[lag],
        frames=sum(one.frames for one in each),
        around=_share(around, skin_there, lag),
        side_chance=1.0 if sides is None else _chance(sides.scores[lag]),
        side_share=_share(sides, skin, lag),
    )


def _sum(fits: Sequence[Fits | None]) -> Fits | None:
    total = None
    for one in fits:
        total = one if total is None else total if one is None else total + one
    return total


def _share(part: Fits | None, whole: Fits | None, lag: int) -> float:
    """Return the gain of one as a share of the other's; 0 where one was not measured or there is none."""
    if part is None or whole is None or not whole.gain(lag) > 0:
        return 0.0
    return part.gain(lag) / whole.gain(lag)


def _chance(scores: Series) -> float:
    """Return the share of orders that the first one does not beat, itself counted: a score that is no number beats none."""
    return 1.0 - float((scores < scores[0] - 1e-12).mean())


def light_cue(reading: LightReading | None, policy: LivenessPolicy) -> Cue | None:
    """Weigh a reading. Followed: the weight grows as chance falls. Not followed speaks against only where it would have been seen: in
    bright daylight the screen's light drowns and nobody can tell. Nor where it is followed too faintly: skin far from the screen does so,
    and glass that mirrors it."""
    if reading is None:
        return None
    if reading.chance <= policy.light_chance_at_most and reading.around > AROUND_AT_MOST:
        # Somebody paints the colours onto all of a picture; what stands behind a head gets a twentieth of what the skin gets. Where the
        # gain itself is hardly told, neither is that share.
        weight, seen = (-policy.cue_cap, NOT_FOLLOWED) if 3 * reading.noise < reading.gain else (-0.3, TOO_WEAK)
    elif reading.chance <= policy.light_chance_at_most and reading.gain >= policy.light_gain_least:
        weight, seen = math.log(policy.light_chance_at_most / reading.chance) + 1.0, FOLLOWED
    elif reading.chance > policy.light_chance_at_most and 3 * reading.noise < policy.light_gain_usual:
        weight, seen = -policy.cue_cap, NOT_FOLLOWED
    else:
        weight, seen = -0.3, TOO_WEAK
    return Cue(NAME, reading.chance, "chance", weight, reading.frames, seen)


def sides_cue(reading: LightReading | None, policy: LivenessPolicy) -> Cue | None:
    """Weigh where the light came from. It never says that somebody is an attacker: a lamp beside the screen or a turned head can hide it,
    and then a person decides."""
    if reading is None:
        return None
    as_a_head = policy.light_sides_least <= reading.side_share <= policy.light_sides_most
    if reading.side_chance <= policy.light_sides_chance_at_most and as_a_head:
        return Cue(SIDES, reading.side_share, "share of the gain", 0.5, reading.frames, FOLLOWED)
    seen = FLAT if abs(reading.side_share) < policy.light_sides_least else TOO_WEAK
    return Cue(SIDES, reading.side_share, "share of the gain", -0.3, reading.frames, seen)


def seen_of(reading: LightReading | None, policy: LivenessPolicy) -> str:
    """Return what both say: followed only where the light also came from its sides."""
    light, sides = light_cue(reading, policy), sides_cue(reading, policy)
    if light is None or sides is None:
        return TOO_WEAK
    return light.seen if light.seen != FOLLOWED or sides.seen == FOLLOWED else sides.seen


def needs_another_sequence(reading: LightReading | None, policy: LivenessPolicy) -> bool:
    """Whether the light was neither followed, from its sides, nor seen not to be followed."""
    return seen_of(reading, policy) not in (FOLLOWED, NOT_FOLLOWED)
