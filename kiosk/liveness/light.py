"""The light challenge: the screen shows soft colours in a drawn order, and the skin must give them back in time and colour.

What the colours are. Four, of equal luminance (so that neither eye nor exposure control sees a flash; WCAG 2.3.1 counts a change of a tenth
of the brightest white as one) and far apart in colour; none is near saturated red. Steps come at most three a second; the gentle path
fades.

How a reflection is told. Light adds: a patch of skin gives back its share of the room's light and of the screen's. So the *logarithm of red
over green and of blue over green* of the skin follows the screen's colour, while a change of exposure moves all channels alike and falls
out. White balance and room light move the surroundings alike and are subtracted; a drift and the movement of the head are taken out by
regression. The part that is left is compared with the colours that were shown, at any delay under a step.

How sure that is. The same score is computed for hundreds of other orders, drawn by the same rule. A video that knows nothing of the order
cannot do better on the true one than on those: its rank is uniform. Reaching the first hundredth has a chance of one in a hundred, whatever
is in the video. No model of noise is needed. The gain must further be what skin gives back: a screen that shines by itself gives back
little.

What it does not tell: a paper print gives back the light as skin does, and whoever can see the screen and recolours the face in a video
within a third of a second passes (who recolours all of the picture does not). docs/liveness.md has the figures.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from kiosk.face.observed import FaceSeen, SkinLight
from kiosk.liveness.challenge import LightPath
from kiosk.liveness.cues import Cue
from kiosk.policy import LivenessPolicy
from kiosk.values import ns

COLOURS: Final[tuple[tuple[int, int, int], ...]] = ((255, 168, 89), (137, 192, 255), (149, 201, 149), (225, 165, 255))
"""Amber, sky, leaf and lilac as red, green, blue, 0..255. A test holds their luminance equal within a hundredth of white."""

NAME: Final = "light"
ALTERNATIVES: Final = 800
LAGS_S: Final = (0.0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3)
"""Delays tried, all under one step: an order that is another one shifted must not fit as well."""
LEAST_FRAMES: Final = 14
MOST_SAMPLES: Final = 360
AROUND_AT_MOST: Final = 0.8
"""Of the skin's gain. A light wall half a metre behind a head gets a third of what the skin gets."""
FOLLOWED, NOT_FOLLOWED, TOO_WEAK = "followed", "not-followed", "too-weak-to-tell"
_BLUR_S: Final = 0.06
"""A screen and an exposure smear a step by about this."""
_LEAST_LIGHT: Final = 1e-4

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
    around: the gain of the surroundings as a share of the skin's, 0 where they were not measured."""

    chance: float
    gain: float
    noise: float
    lag_s: float
    frames: int
    around: float = 0.0


def linear_light(colour: int) -> Series:
    """Return the light of a colour, (3,): blue, green, red, 0..1."""
    red, green, blue = (_to_linear(level) for level in COLOURS[colour])
    return np.array([blue, green, red])


def _to_linear(level: int) -> float:
    share = level / 255.0
    return share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4


def step_s(path: LightPath, policy: LivenessPolicy) -> float:
    """Return how long one colour lasts."""
    return policy.light_fade_s if path is LightPath.GENTLE else policy.light_step_s


def to_show(path: LightPath, drawn: Sequence[int], policy: LivenessPolicy) -> tuple[int, ...]:
    """Return which of the drawn colours a path shows."""
    count = {LightPath.STEPS: policy.light_steps, LightPath.GENTLE: policy.light_fades, LightPath.NONE: 0}[path]
    return tuple(drawn[:count])


def shown_colour(path: LightPath, colours: Sequence[int], since_ns: int, policy: LivenessPolicy) -> tuple[int, int, int]:
    """Return what the screen shows (red, green, blue) that long after the first colour appeared.

    On the gentle path colours fade into each other all the time; there is no step.
    """
    at = max(since_ns, 0) / 1e9 / step_s(path, policy)
    index = min(int(at), len(colours) - 1)
    now = COLOURS[colours[index]]
    if path is not LightPath.GENTLE or index + 1 >= len(colours):
        return now
    share = 0.5 - 0.5 * math.cos(math.pi * (at - index))
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(now, COLOURS[colours[index + 1]], strict=True))
    return red, green, blue


def lasts_ns(path: LightPath, colours: Sequence[int], policy: LivenessPolicy) -> int:
    """Return how long a sequence lasts: the last fade ends where its colour is reached."""
    count = len(colours) - (path is LightPath.GENTLE)
    return ns(count * step_s(path, policy))


def sample(light: SkinLight | None, face: FaceSeen, frame_width: int, at_ns: int) -> LightSample | None:
    """Return what one frame tells; None where the skin's light could not be measured."""
    if light is None or min(light.skin) < _LEAST_LIGHT:
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
    left = _answer(samples, basis)
    orders = np.array([tuple(colours), *_alternatives(len(colours))])
    fits = [_fit(orders, _windows(at_s - lag_s, len(colours), path, policy), left, basis) for lag_s in LAGS_S]
    scores, gains = np.stack([fit[0] for fit in fits]), np.stack([fit[1] for fit in fits])
    best = scores.max(axis=0)
    lag = int(scores[:, 0].argmax())
    rank = int((best[1:] >= best[0] - 1e-12).sum())
    windows = _windows(at_s - LAGS_S[lag], len(colours), path, policy)
    noise = _noise(left, float(gains[lag, 0]), orders[0], windows, basis)
    painted = _around_share(samples, orders[:1], windows, at_s)
    return LightReading((1 + rank) / len(orders), float(gains[lag, 0]), noise, float(LAGS_S[lag]), len(samples), painted)


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


def _around(samples: Sequence[LightSample]) -> Series | None:
    """Return the surroundings' colour, (n, 2); None unless every frame has it."""
    around = [one.light.around for one in samples if one.light.around is not None]
    return _chroma(np.array(around)) if len(around) == len(samples) else None


def _free(series: Series, basis: Series) -> Series:
    return np.asarray(series - basis @ (basis.T @ series), np.float64)


def _around_share(samples: Sequence[LightSample], order: NDArray[np.intp], windows: Series, at_s: Series) -> float:
    """Return the surroundings' gain over the skin's, in the frames in which both were measured; 0 where they are too few."""
    both = [number for number, one in enumerate(samples) if one.light.around is not None]
    if len(both) < LEAST_FRAMES:
        return 0.0
    some = [samples[number] for number in both]
    around = _around(some)
    basis, _ = np.linalg.qr(_nuisance(some, at_s[both]))
    skin = float(_fit(order, windows[:, both], _free(_skin(some), basis), basis)[1][0])
    if around is None or skin <= 0:
        return 0.0
    return float(_fit(order, windows[:, both], _free(around, basis), basis)[1][0]) / skin


@lru_cache(maxsize=8)
def _alternatives(steps: int) -> tuple[tuple[int, ...], ...]:
    """Return other orders by the rule of the draw: each colour any but the one before. Always the same ones: they need no secret."""
    state, orders = 20261125, []
    for _ in range(ALTERNATIVES):
        order: list[int] = []
        for number in range(steps):
            state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
            value = state >> 33
            order.append(value % len(COLOURS) if number == 0 else (order[-1] + 1 + value % (len(COLOURS) - 1)) % len(COLOURS))
        orders.append(tuple(order))
    return tuple(orders)


def _tints() -> Series:
    """Return the colours as red less green and blue less green light, (colours, 2)."""
    light = np.stack([linear_light(number) for number in range(len(COLOURS))])
    return np.stack([light[:, 2] - light[:, 1], light[:, 0] - light[:, 1]], axis=1)


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


def _fit(orders: NDArray[np.intp], windows: Series, left: Series, basis: Series) -> tuple[Series, Series]:
    """Return how much of what is left each order explains, 0..2, and its gain. left: (n, 2) already free of the basis.

    An order's picture is a sum of its steps' windows, so everything reduces to products of windows.
    """
    tints = _tints()[orders]
    projected = windows @ basis
    products = windows @ windows.T - projected @ projected.T
    along = np.einsum("osc,sc->oc", tints, windows @ left)
    strength = np.maximum(np.einsum("osc,st,otc->oc", tints, products, tints, optimize=True), 1e-9)
    power = np.maximum((left**2).sum(axis=0), 1e-12)
    explained = np.where(along > 0, along**2 / strength / power, 0.0)
    return explained.sum(axis=1), (np.maximum(along, 0.0) / strength).mean(axis=1)


def _noise(left: Series, gain: float, order: NDArray[np.intp], windows: Series, basis: Series) -> float:
    """Return the standard error of the gain. Neighbouring frames err alike, so only as many count as there are steps."""
    shown = windows.T @ _tints()[order]
    shown = shown - basis @ (basis.T @ shown)
    rest = left - gain * shown
    strength = np.maximum((shown**2).mean(axis=0), 1e-9)
    return float(np.sqrt((rest**2).mean(axis=0) / strength / max(len(order) - 1, 1)).max())
