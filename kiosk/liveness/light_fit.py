"""How well an order of colours fits what the skin gave back: the arithmetic of the light challenge.

The series of a sequence is freed of drift and of the head's movement and fitted by generalised least squares: what is left of one frame
carries over into the next (exposure, posture, a coder), and 30 such frames tell less than 30 free ones. How much carries over is
estimated from the series itself, whatever order is asked about, so every order is still judged alike.

Sequences add up: each order has one gain over all of them and one delay, for skin, screen and camera are the same. Products of series
and windows are kept for each delay and order, so that adding sequences is adding products.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from kiosk.face.observed import SkinLight
from kiosk.liveness.challenge import LightPath
from kiosk.liveness.colours import other_orders, step_s, tints
from kiosk.policy import LivenessPolicy

ALTERNATIVES: Final = 800
LAGS_S: Final = (0.0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3)
"""Delays tried, all under one step: an order that is another one shifted must not fit as well."""
LEAST_FRAMES: Final = 14
MOST_SAMPLES: Final = 360
LEAST_LIGHT: Final = 1e-4
_BLUR_S: Final = 0.06
"""A screen and an exposure smear a step by about this."""
_STAYS_RAD: Final = math.radians(8.0)
"""A head that turns shows its cheeks to other lights: frames further from its usual place tell nothing of the sides."""
_MOST_CARRIED: Final = 0.9

Series = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class LightSample:
    """One frame while the colours run. at_ns: monotonic; place: centre x, y and width of the face over the frame's width, yaw in
    radians."""

    at_ns: int
    light: SkinLight
    place: tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Watched:
    """One sequence of colours, what was seen of it, and when its first colour appeared."""

    samples: tuple[LightSample, ...]
    path: LightPath
    colours: tuple[int, ...]
    begun_ns: int


@dataclass(frozen=True, slots=True, eq=False)
class Fits:
    """Products of a series with every order, (lags, orders), the true one first. along: with what an order shows, over the noise's
    variance; strength: of what it shows, the same; so along / strength is the gain, and along^2 / strength what the order explains, in
    variances of the noise."""

    along: Series
    strength: Series

    def __add__(self, other: "Fits") -> "Fits":
        return Fits(self.along + other.along, self.strength + other.strength)

    @property
    def scores(self) -> Series:
        return np.where(self.along > 0, self.along**2 / self.strength, 0.0)

    def gain(self, lag: int) -> float:
        """Return the true order's, 0 if negative."""
        return max(float(self.along[lag, 0]), 0.0) / float(self.strength[lag, 0])


@dataclass(frozen=True, slots=True, eq=False)
class SequenceFits:
    """One sequence. skin: on the whole; sides: the cheeks' difference against the halves'; around, skin_there: the surroundings, and the
    skin in the frames in which they are seen, with the true order alone; each None where too few frames tell it; noise: the standard
    error of the gain for each delay; frames: used."""

    skin: Fits
    sides: Fits | None
    around: Fits | None
    skin_there: Fits | None
    noise: Series
    frames: int


def fit_sequence(watched: Watched, number: int, policy: LivenessPolicy) -> SequenceFits | None:
    """Fit one sequence; None with too few frames. number: which of a run's; other orders are asked about in each."""
    samples = watched.samples[-MOST_SAMPLES:]
    if len(samples) < LEAST_FRAMES or len(watched.colours) < 2:
        return None
    at_s = np.array([(one.at_ns - watched.begun_ns) / 1e9 for one in samples])
    true = np.array([watched.colours], np.intp)
    over_all, apart = _shown(np.concatenate([true, other_orders(len(watched.colours), ALTERNATIVES, number)]))
    windows = [_windows(at_s - lag_s, len(watched.colours), watched.path, policy) for lag_s in LAGS_S]
    skin = _answer(samples, at_s)
    around, skin_there = _surroundings(samples, at_s)
    return SequenceFits(
        skin=_fits(over_all, windows, skin),
        sides=_fits_of(apart, windows, _sides(samples, at_s)),
        around=_fits_of(over_all[:1], windows, around),
        skin_there=_fits_of(over_all[:1], windows, skin_there),
        noise=np.array([_noise(skin, over_all[0], each) for each in windows]),
        frames=len(samples),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Answer:
    """series: what was seen, (n, 2), of the chosen frames; nuisance: what else moves it, (n, k)."""

    chosen: NDArray[np.intp]
    series: Series
    nuisance: Series


def _answer(samples: Sequence[LightSample], at_s: Series) -> _Answer:
    """Return the skin's colour, less that of the surroundings where that makes it calmer.

    White balance and room light move both alike. The surroundings are not regressed on: they get a little of the screen's light too, and
    would take the very answer out. Which of the two is calmer does not depend on the order that is asked about.
    """
    skin, around, nuisance = _skin(samples), _around(samples), _nuisance(samples, at_s)
    beside = skin if around is None else skin - around
    alone, less = (float(np.abs(np.diff(_free(series, _basis(nuisance)), axis=0)).mean()) for series in (skin, beside))
    return _Answer(np.arange(len(samples)), beside if less < alone else skin, nuisance)


def _sides(samples: Sequence[LightSample], at_s: Series) -> _Answer | None:
    """Return the left cheek's colour less the right one's, in the frames in which both are seen and the head is near where it mostly is;
    None with too few."""
    yaws = np.array([one.place[3] for one in samples])
    near = np.abs(yaws - np.median(yaws)) <= _STAYS_RAD
    both = np.array([one.light.left is not None and one.light.right is not None for one in samples])
    chosen = np.flatnonzero(near & both)
    if len(chosen) < LEAST_FRAMES:
        return None
    some = [samples[number] for number in chosen.tolist()]
    turned = yaws[chosen] - yaws[chosen].mean()
    left = chroma(np.array([one.light.left for one in some], np.float64))
    right = chroma(np.array([one.light.right for one in some], np.float64))
    return _Answer(chosen, left - right, np.column_stack([_nuisance(some, at_s[chosen]), turned**2]))


def _surroundings(samples: Sequence[LightSample], at_s: Series) -> tuple[_Answer | None, _Answer | None]:
    """Return the surroundings' colour and the skin's, in the frames in which both were measured; None with too few."""
    both = np.flatnonzero([one.light.around is not None for one in samples])
    some = [samples[number] for number in both.tolist()]
    around = _around(some)
    if around is None or len(both) < LEAST_FRAMES:
        return None, None
    nuisance = _nuisance(some, at_s[both])
    return _Answer(both, around, nuisance), _Answer(both, _skin(some), nuisance)


def chroma(light: Series) -> Series:
    """Return log red over green and blue over green, (n, 2), of (n, 3) blue, green, red."""
    logs = np.log(np.maximum(light, LEAST_LIGHT))
    return np.stack([logs[:, 2] - logs[:, 1], logs[:, 0] - logs[:, 1]], axis=1)


def _skin(samples: Sequence[LightSample]) -> Series:
    return chroma(np.array([one.light.skin for one in samples]))


def _around(samples: Sequence[LightSample]) -> Series | None:
    """Return the surroundings' colour, (n, 2); None unless every frame has it."""
    around = [one.light.around for one in samples if one.light.around is not None]
    return chroma(np.array(around)) if around and len(around) == len(samples) else None


def _nuisance(samples: Sequence[LightSample], at_s: Series) -> Series:
    """Return what else moves a face's colour, (n, k): constant, drift, movement."""
    scaled = at_s / max(float(np.ptp(at_s)), 1e-6)
    columns = [np.ones_like(scaled), scaled, scaled**2]
    place = np.array([one.place for one in samples])
    columns += [column - column.mean() for column in place.T if float(np.ptp(column)) > 1e-4]
    return np.stack(columns, axis=1)


def _basis(nuisance: Series) -> Series:
    basis, _ = np.linalg.qr(nuisance)
    return np.asarray(basis, np.float64)


def _free(series: Series, basis: Series) -> Series:
    return np.asarray(series - basis @ (basis.T @ series), np.float64)


def _carried(left: Series) -> float:
    """Return how much of what is left in one frame is still there in the next, 0 to 0.9: the autocorrelation at one frame."""
    power = float((left**2).sum())
    return min(max(float((left[1:] * left[:-1]).sum()) / power, 0.0), _MOST_CARRIED) if power > 0 else 0.0


def _renewed(series: Series, carried: float) -> Series:
    """Return what is new in each row. series: (n, k)."""
    return np.concatenate([series[:1] * math.sqrt(1.0 - carried**2), series[1:] - carried * series[:-1]])


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


def _fits_of(shown: Series, windows: Sequence[Series], answer: _Answer | None) -> Fits | None:
    return None if answer is None else _fits(shown, [each[:, answer.chosen] for each in windows], answer)


def _fits(shown: Series, windows: Sequence[Series], answer: _Answer) -> Fits:
    """Fit every order at every delay. shown: (orders, steps, 2); windows: (steps, n) for each delay.

    One gain for both colours, each weighed by how quiet it is. An order's picture is a sum of its steps' windows, so everything reduces to
    products of windows.
    """
    carried = _carried(_free(answer.series, _basis(answer.nuisance)))
    basis = _basis(_renewed(answer.nuisance, carried))
    left = _free(_renewed(answer.series, carried), basis)
    variance = np.maximum((left**2).sum(axis=0), 1e-12) / max(len(left) - basis.shape[1], 1)
    along, strength = [], []
    for each in windows:
        new = _renewed(each.T, carried)
        projected = new.T @ basis
        products = new.T @ new - projected @ projected.T
        along.append((np.einsum("osc,sc->oc", shown, new.T @ left) / variance).sum(axis=1))
        strength.append((np.einsum("osc,st,otc->oc", shown, products, shown, optimize=True) / variance).sum(axis=1))
    return Fits(np.stack(along), np.maximum(np.stack(strength), 1e-9))


def _noise(answer: _Answer, order: Series, windows: Series) -> float:
    """Return the standard error of the gain. Neighbouring frames err alike, so only as many count as there are steps. order: (steps, 2)."""
    basis = _basis(answer.nuisance)
    left, shown = _free(answer.series, basis), _free(windows.T @ order, basis)
    strength = np.maximum((shown**2).sum(axis=0), 1e-9)
    power = np.maximum((left**2).sum(axis=0), 1e-12)
    gain = max(float(((left * shown).sum(axis=0) / power).sum()), 0.0) / float((strength / power).sum())
    rest = left - gain * shown
    mean = strength / len(left)
    return float(np.sqrt((rest**2).mean(axis=0) / mean / max(len(order) - 1, 1)).max())
