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

What it does not tell: a paper print gives back the light as skin does, and whoever sees the screen and relights a face in a video as a
solid head, each half on its side, within a third of a second passes. docs/liveness.md has the figures.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from kiosk.face.observed import FaceSeen, SkinLight
from kiosk.liveness.challenge import LightPath
from kiosk.liveness.colours import other_orders, step_s, tints
from kiosk.liveness.cues import Cue
from kiosk.policy import LivenessPolicy

NAME: Final = "light"
SIDES: Final = "light-sides"
ALTERNATIVES: Final = 800
LAGS_S: Final = (0.0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3)
"""Delays tried, all under one step: an order that is another one shifted must not fit as well."""
LEAST_FRAMES: Final = 14
MOST_SAMPLES: Final = 360
AROUND_AT_MOST: Final = 0.8
"""Of the skin's gain. A light wall half a metre behind a head gets a third of what the skin gets."""
FOLLOWED, NOT_FOLLOWED, TOO_WEAK = "followed", "not-followed", "too-weak-to-tell"
FLAT: Final = "alike-on-both-sides"
_BLUR_S: Final = 0.06
"""A screen and an exposure smear a step by about this."""
_LEAST_LIGHT: Final = 1e-4
_STAYS_RAD: Final = math.radians(8.0)
"""A head that turns shows its cheeks to other lights: frames further from its usual place tell nothing of the sides."""

Series = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class LightSample:
    """One frame while the colours run. at_ns: monotonic; place: centre x, y and width of the face over the frame's width, yaw in
    radians."""

    at_ns: int
    light: SkinLight
    place: tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class LightReading:
    """chance: how often an order that has nothing to do with the face would fit as well, 0..1; gain: how much of the screen's colour the
    skin gives back (log units per unit of light); noise: the standard error of the gain; lag_s: the delay that fits best; frames: used;
    around: the gain of the surroundings as a share of the skin's, 0 where they were not measured; side_chance, side_share: the same of the
    cheeks' difference against the halves' difference, and its gain as a share of the skin's, 1 and 0 where it was not measured;
    side_before: side_chance of the sequence before, 1 without one."""

    chance: float
    gain: float
    noise: float
    lag_s: float
    frames: int
    around: float = 0.0
    side_chance: float = 1.0
    side_share: float = 0.0
    side_before: float = 1.0

    @property
    def side_followed_by_chance(self) -> float:
        """How often a face that is the same on both sides would seem to follow as well, 0..1: in this sequence, or in both together (the
        product of two even chances is under c with a chance of c (1 - ln c)). The better of the two: a run of two sequences has three
        looks, and passes under 0.005 with a chance of 0.011."""
        both = self.side_chance * self.side_before
        return min(self.side_chance, both * (1.0 - math.log(both))) if self.side_before < 1.0 else self.side_chance


def sample(light: SkinLight | None, face: FaceSeen, frame_width: int, at_ns: int) -> LightSample | None:
    """Return what one frame tells; None where the skin's light could not be measured, or anything in it is no number."""
    if light is None or not min(light.skin) >= _LEAST_LIGHT:
        return None
    parts = (light.skin, light.around, light.left, light.right)
    if not all(math.isfinite(value) for part in parts if part is not None for value in part):
        return None
    x0, y0, x1, y1 = face.box
    wide = max(frame_width, 1)
    place = ((x0 + x1) / 2 / wide, (y0 + y1) / 2 / wide, face.width_px / wide, math.radians(face.pose.yaw_deg))
    return LightSample(at_ns, light, place) if all(math.isfinite(value) for value in place) else None


def read_light(
    samples: Sequence[LightSample], path: LightPath, colours: Sequence[int], begun_ns: int, policy: LivenessPolicy
) -> LightReading | None:
    """Compare what the skin gave back with what was shown; None with too few frames to tell. Takes a few milliseconds."""
    samples = samples[-MOST_SAMPLES:]
    if len(samples) < LEAST_FRAMES or len(colours) < 2:
        return None
    at_s = np.array([(one.at_ns - begun_ns) / 1e9 for one in samples])
    basis, _ = np.linalg.qr(_nuisance(samples, at_s))
    left, sides = _answer(samples, basis), _sides(samples, at_s)
    orders = np.concatenate([np.array([tuple(colours)], np.intp), other_orders(len(colours), ALTERNATIVES)])
    over_all, apart = _shown(orders)
    lags = [_windows(at_s - lag_s, len(colours), path, policy) for lag_s in LAGS_S]
    fits = [_fit(over_all, windows, left, basis) for windows in lags]
    scores, gains = np.stack([fit[0] for fit in fits]), np.stack([fit[1] for fit in fits])
    side_scores, side_gains = np.zeros_like(scores), np.zeros_like(gains)
    if sides is not None:
        side_fits = [_fit(apart, windows[:, sides.chosen], sides.left, sides.basis) for windows in lags]
        side_scores, side_gains = np.stack([fit[0] for fit in side_fits]), np.stack([fit[1] for fit in side_fits])
    lag = int(scores[:, 0].argmax())
    gain = float(gains[lag, 0])
    return LightReading(
        chance=_chance((scores + side_scores).max(axis=0)),
        gain=gain,
        noise=_noise(left, gain, over_all[0], lags[lag], basis),
        lag_s=float(LAGS_S[lag]),
        frames=len(samples),
        around=_around_share(samples, over_all[:1], lags[lag], at_s),
        side_chance=_chance(side_scores[lag]),
        side_share=float(side_gains[lag, 0]) / gain if gain > 0 else 0.0,
    )


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
        # Somebody paints the colours onto all of a picture; what stands behind a head gets a twentieth of what the skin gets.
        weight, seen = -policy.cue_cap, NOT_FOLLOWED
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
    if reading.side_followed_by_chance <= policy.light_sides_chance_at_most and as_a_head:
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


def _chroma(light: Series) -> Series:
    """Return log red over green and blue over green, (n, 2), of (n, 3) blue, green, red."""
    logs = np.log(np.maximum(light, _LEAST_LIGHT))
    return np.stack([logs[:, 2] - logs[:, 1], logs[:, 0] - logs[:, 1]], axis=1)


def _nuisance(samples: Sequence[LightSample], at_s: Series) -> Series:
    """Return what else moves a face's colour, (n, k): constant, drift, movement."""
    scaled = at_s / max(float(np.ptp(at_s)), 1e-6)
    columns = [np.ones_like(scaled), scaled, scaled**2]
    place = np.array([one.place for one in samples])
    columns += [column - column.mean() for column in place.T if float(np.ptp(column)) > 1e-4]
    return np.stack(columns, axis=1)


def _answer(samples: Sequence[LightSample], basis: Series) -> Series:
    """Return the skin's colour free of the basis, (n, 2): less that of the surroundings where that makes it calmer.

    White balance and room light move both alike. The surroundings are not regressed on: they get a little of the screen's light too, and
    would take the very answer out. Which of the two is calmer does not depend on the order that is asked about.
    """
    skin, around = _skin(samples), _around(samples)
    left = _free(skin, basis)
    if around is None:
        return left
    beside = _free(skin - around, basis)
    return beside if float(np.abs(np.diff(beside, axis=0)).mean()) < float(np.abs(np.diff(left, axis=0)).mean()) else left


def _skin(samples: Sequence[LightSample]) -> Series:
    return _chroma(np.array([one.light.skin for one in samples]))


@dataclass(frozen=True, slots=True)
class _Sides:
    """chosen: the frames in which both cheeks are seen and the head is near where it mostly is; left: the left cheek's colour less the
    right one's in those, free of the basis, (n, 2)."""

    chosen: NDArray[np.intp]
    left: Series
    basis: Series


def _sides(samples: Sequence[LightSample], at_s: Series) -> _Sides | None:
    """Return how the cheeks differ; None with too few frames to tell."""
    yaws = np.array([one.place[3] for one in samples])
    near = np.abs(yaws - np.median(yaws)) <= _STAYS_RAD
    both = np.array([one.light.left is not None and one.light.right is not None for one in samples])
    chosen = np.flatnonzero(near & both)
    if len(chosen) < LEAST_FRAMES:
        return None
    some = [samples[number] for number in chosen.tolist()]
    turned = yaws[chosen] - yaws[chosen].mean()
    basis, _ = np.linalg.qr(np.column_stack([_nuisance(some, at_s[chosen]), turned**2]))
    left = _chroma(np.array([one.light.left for one in some], np.float64))
    right = _chroma(np.array([one.light.right for one in some], np.float64))
    return _Sides(chosen, _free(left - right, basis), basis)


def _around(samples: Sequence[LightSample]) -> Series | None:
    """Return the surroundings' colour, (n, 2); None unless every frame has it."""
    around = [one.light.around for one in samples if one.light.around is not None]
    return _chroma(np.array(around)) if len(around) == len(samples) else None


def _free(series: Series, basis: Series) -> Series:
    return np.asarray(series - basis @ (basis.T @ series), np.float64)


def _around_share(samples: Sequence[LightSample], shown: Series, windows: Series, at_s: Series) -> float:
    """Return the surroundings' gain over the skin's, in the frames in which both were measured; 0 where they are too few."""
    both = [number for number, one in enumerate(samples) if one.light.around is not None]
    if len(both) < LEAST_FRAMES:
        return 0.0
    some = [samples[number] for number in both]
    around = _around(some)
    basis, _ = np.linalg.qr(_nuisance(some, at_s[both]))
    skin = float(_fit(shown, windows[:, both], _free(_skin(some), basis), basis)[1][0])
    if around is None or skin <= 0:
        return 0.0
    return float(_fit(shown, windows[:, both], _free(around, basis), basis)[1][0]) / skin


def _windows(at_s: Series, steps: int, path: LightPath, policy: LivenessPolicy) -> Series:
    """Return how much of each step's colour is in each frame, (steps, n); the columns add up to one."""
    each_s = step_s(path, policy)
    at = np.clip(at_s / each_s, 0.0, steps - 1e-9)
    index = np.floor(at).astype(int)
    within = at - index
    if path is LightPath.GENTLE:
        share = 0.5 - 0.5 * np.cos(np.pi * within)
    else:
        # The last part of a step is already smeared into the next one.
        blur = _BLUR_S / each_s
        share = np.clip((within - (1.0 - blur)) / blur, 0.0, 1.0)
    windows = np.zeros((steps, len(at)))
    every = np.arange(len(at))
    np.add.at(windows, (index, every), 1.0 - share)
    np.add.at(windows, (np.minimum(index + 1, steps - 1), every), share)
    return windows


def _shown(orders: NDArray[np.intp]) -> tuple[Series, Series]:
    """Return what each step gives on the whole, and on the left over the right, (orders, steps, 2)."""
    colours = tints()
    left, right = colours[orders // len(colours)], colours[orders % len(colours)]
    return (left + right) / 2, left - right


def _fit(shown: Series, windows: Series, left: Series, basis: Series) -> tuple[Series, Series]:
    """Return how much of what is left each order explains, 0..2, and its gain. shown: (orders, steps, 2); left: (n, 2) already free of the
    basis.

    One gain for both colours, each weighed by how quiet it is. An order's picture is a sum of its steps' windows, so everything reduces to
    products of windows.
    """
    projected = windows @ basis
    products = windows @ windows.T - projected @ projected.T
    power = np.maximum((left**2).sum(axis=0), 1e-12)
    along = (np.einsum("osc,sc->oc", shown, windows @ left) / power).sum(axis=1)
    strength = np.maximum((np.einsum("osc,st,otc->oc", shown, products, shown, optimize=True) / power).sum(axis=1), 1e-9)
    return np.where(along > 0, along**2 / strength, 0.0), np.maximum(along, 0.0) / strength


def _noise(left: Series, gain: float, order: Series, windows: Series, basis: Series) -> float:
    """Return the standard error of the gain. Neighbouring frames err alike, so only as many count as there are steps. order: (steps, 2)."""
    shown = windows.T @ order
    shown = shown - basis @ (basis.T @ shown)
    rest = left - gain * shown
    strength = np.maximum((shown**2).mean(axis=0), 1e-9)
    return float(np.sqrt((rest**2).mean(axis=0) / strength / max(len(order) - 1, 1)).max())
