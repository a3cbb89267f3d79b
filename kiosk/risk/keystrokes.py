"""Whose hands type? From hold and flight times alone: never a key, never a text.

A sample is one typing of the same short text: for n keys n hold times and n - 1 flight times (from letting a key go to pressing the next;
negative where keys overlap), in seconds. Two models score how unlike a sample is to enrolled ones, higher is more unlike:

- scaled Manhattan (Araujo 2005; the best of Killourhy and Maxion 2009): sum over features of |x - mean| / mean absolute deviation;
- `Rhythm`, ours: three views of the same sample, each in units of its own spread over the enrolled ones, averaged:
    1. a scaled Manhattan about the weighted median, each feature's part held to a bound: one long pause is no other person;
    2. the nearest enrolled neighbours after the features were decorrelated (after Zhong, Deng and Jain 2012): people speed up as a whole;
    3. how far out in the tails of its own past each feature lies (after Ayotte et al. 2020), which asks for no shape of distribution.
  Times are bent first (logarithm of holds, area sine of flights), for they are skewed; newer samples weigh more, for people learn.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Times = NDArray[np.float64]

LEAST_SAMPLES: Final = 8
"""With fewer, a person's own spread is not known."""
_BOUND: Final = 4.0
_NEIGHBOURS: Final = 5
_SHRINK: Final = 0.2
_FLIGHT_SCALE_S: Final = 0.1
_LEAST_SPREAD: Final = 0.02
_FOLDS: Final = 5


@dataclass(frozen=True, slots=True, eq=False)
class ScaledManhattan:
    mean: Times
    deviation: Times

    def score(self, samples: Times) -> Times:
        """samples: (n, features). Returns (n,)."""
        scores: Times = np.sum(np.abs(samples - self.mean) / self.deviation, axis=1)
        return scores


def scaled_manhattan(enrolled: Times) -> ScaledManhattan:
    """enrolled: (n, features) with n >= 2. A feature that never varied counts with the least deviation a millisecond clock can show."""
    mean = enrolled.mean(axis=0)
    return ScaledManhattan(mean, np.maximum(np.mean(np.abs(enrolled - mean), axis=0), 1e-3))


@dataclass(frozen=True, slots=True, eq=False)
class Rhythm:
    """One person's typing of one text. holds: how many of the features are hold times, the first ones; centre, spread: by feature; whiten:
    (features, features); whitened: the enrolled samples after it; ranked: the enrolled samples sorted by feature; usual, scatter: of the
    three views over the enrolled samples, each judged by the others."""

    holds: int
    centre: Times
    spread: Times
    whiten: Times
    whitened: Times
    ranked: Times
    usual: Times
    scatter: Times

    def score(self, samples: Times) -> Times:
        """Return how unlike the enrolled ones: about 0 for their like, in standard deviations. samples: (n, features), seconds."""
        scores: Times = np.mean((self._views(_bent(samples, self.holds)) - self.usual) / self.scatter, axis=1)
        return scores

    def _views(self, bent: Times) -> Times:
        """Return (n, 3)."""
        apart = np.minimum(np.abs(bent - self.centre) / self.spread, _BOUND).mean(axis=1)
        turned = bent @ self.whiten
        between = np.abs(turned[:, None, :] - self.whitened[None, :, :]).mean(axis=2)
        nearest = np.sort(between, axis=1)[:, : min(_NEIGHBOURS, between.shape[1])].mean(axis=1)
        return np.stack([apart, nearest, self._tails(bent)], axis=1)

    def _tails(self, bent: Times) -> Times:
        known = len(self.ranked)
        below = np.stack([np.searchsorted(self.ranked[:, at], bent[:, at]) for at in range(bent.shape[1])], axis=1)
        area = 2.0 * np.minimum(below, known - below) / known
        far: Times = -np.log(area + 1.0 / (known + 1)).mean(axis=1)
        return far


def rhythm(enrolled: Times, holds: int) -> Rhythm:
    """Learn one person's rhythm. enrolled: (n, features), oldest first; holds: number of hold times, the first features.

    Raises ValueError for fewer than LEAST_SAMPLES.
    """
    if len(enrolled) < LEAST_SAMPLES:
        raise ValueError("a rhythm takes more samples")
    bent = _bent(enrolled, holds)
    parts = np.array_split(np.arange(len(bent)), min(_FOLDS, len(bent)))
    judged = np.concatenate([_learned(np.delete(bent, part, axis=0), holds)._views(bent[part]) for part in parts])
    learned = _learned(bent, holds)
    return Rhythm(
        holds, learned.centre, learned.spread, learned.whiten, learned.whitened, learned.ranked,
        judged.mean(axis=0), np.maximum(judged.std(axis=0), 0.05),
    )  # fmt: skip


def _learned(bent: Times, holds: int) -> Rhythm:
    weights = 0.5 ** (np.arange(len(bent))[::-1] / max(len(bent) / 2.0, 1.0))
    weights /= weights.sum()
    centre = _weighted_median(bent, weights)
    spread = np.maximum(weights @ np.abs(bent - centre), _LEAST_SPREAD)
    middle = weights @ bent
    apart = np.clip(bent - middle, -_BOUND * spread, _BOUND * spread)
    covariance = (apart * weights[:, None]).T @ apart
    covariance = (1.0 - _SHRINK) * covariance + _SHRINK * np.diag(np.maximum(np.diag(covariance), _LEAST_SPREAD**2))
    values, vectors = np.linalg.eigh(covariance)
    whiten = vectors / np.sqrt(np.maximum(values, _LEAST_SPREAD**2 / 4.0))
    nothing = np.zeros(3)
    return Rhythm(holds, centre, spread, whiten, bent @ whiten, np.sort(bent, axis=0), nothing, nothing + 1.0)


def _bent(times: Times, holds: int) -> Times:
    """Return times so that their spread is about the same for short and for long ones."""
    bent = np.array(times, dtype=np.float64)
    bent[:, :holds] = np.log(np.maximum(bent[:, :holds], 0.005))
    bent[:, holds:] = np.arcsinh(bent[:, holds:] / _FLIGHT_SCALE_S)
    return bent


def _weighted_median(values: Times, weights: Times) -> Times:
    order = np.argsort(values, axis=0)
    total = np.cumsum(weights[order], axis=0)
    at = np.argmax(total >= 0.5, axis=0)
    medians: Times = np.take_along_axis(values, np.take_along_axis(order, at[None, :], axis=0), axis=0)[0]
    return medians


def equal_error_rate(genuine: Times, impostor: Times) -> float:
    """Return the rate at which as many genuine samples are turned away as strangers' are let in, by the threshold on the score.

    Between two thresholds on straight lines, as Killourhy and Maxion do it. Scores: higher is more unlike.
    """
    limits = np.unique(np.concatenate([genuine, impostor]))
    false_alarms = 1.0 - np.searchsorted(np.sort(genuine), limits, side="right") / len(genuine)
    misses = np.searchsorted(np.sort(impostor), limits, side="right") / len(impostor)
    gaps = misses - false_alarms
    after = int(np.argmax(gaps >= 0.0))
    if after == 0:
        return float((misses[0] + false_alarms[0]) / 2.0)
    before = after - 1
    share = -gaps[before] / (gaps[after] - gaps[before])
    return float(misses[before] + share * (misses[after] - misses[before]))
