"""How good a likelihood ratio is, and how sure one may be of a measured rate. Arithmetic only."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float64]

FEWEST_FALSE_MATCHES = 10
"""A rate is not stated on fewer: with 10 errors it is known to a factor of two."""


def cllr(genuine: Scores, impostor: Scores) -> float:
    """Return the cost of log-likelihood ratios, bits: 0 for perfect evidence, 1 for none. Source: Brummer and du Preez 2006."""
    missed, false = np.logaddexp(0.0, -genuine).mean(), np.logaddexp(0.0, impostor).mean()
    return float((missed + false) / (2.0 * math.log(2.0)))


def min_cllr(genuine: Scores, impostor: Scores) -> float:
    """Return the cost that the best monotone recalibration would leave: how far the scores tell people apart at all."""
    # A genuine score and the impostor scores from it up to the next genuine one always end in one block of the best fit.
    steps = np.unique(genuine)
    of_genuine = np.bincount(np.searchsorted(steps, genuine, side="right"), minlength=len(steps) + 1) / (2.0 * len(genuine))
    of_impostor = np.bincount(np.searchsorted(steps, impostor, side="right"), minlength=len(steps) + 1) / (2.0 * len(impostor))
    masses = of_genuine + of_impostor
    there = masses > 0
    masses = masses[there]
    chance = _never_falling(of_genuine[there] / masses, masses)
    with np.errstate(divide="ignore", invalid="ignore"):
        entropy = -chance * np.log2(chance) - (1 - chance) * np.log2(1 - chance)
    return float((masses * np.nan_to_num(entropy)).sum())


def _never_falling(values: Scores, weights: Scores) -> Scores:
    """Return the closest never-falling sequence in weighted squares (pool adjacent violators)."""
    means: list[float] = []
    masses: list[float] = []
    lengths: list[int] = []
    for value, weight in zip(values.tolist(), weights.tolist(), strict=True):
        mean, mass, length = value, weight, 1
        while means and means[-1] >= mean:
            mass_before = masses.pop()
            mean = (means.pop() * mass_before + mean * mass) / (mass_before + mass)
            mass += mass_before
            length += lengths.pop()
        means.append(mean)
        masses.append(mass)
        lengths.append(length)
    return np.repeat(np.array(means), lengths)


def threshold_at(rate: float, impostor_ascending: Scores) -> float:
    """Return the lowest threshold that at most this share of impostor scores (ascending) reaches."""
    allowed = math.floor(len(impostor_ascending) * rate + 1e-9)
    return float(np.nextafter(impostor_ascending[max(len(impostor_ascending) - allowed - 1, 0)], np.inf))


def miss_rate_at(rate: float, genuine: Scores, impostor_ascending: Scores) -> float | None:
    """Return the share of genuine scores below the threshold of a false match rate; None with fewer than 10/rate impostor pairs."""
    if not enough_for(rate, len(impostor_ascending)) or not len(genuine):
        return None
    return float((genuine < threshold_at(rate, impostor_ascending)).mean())


def enough_for(rate: float, impostor_pairs: int) -> bool:
    return impostor_pairs * rate >= FEWEST_FALSE_MATCHES - 1e-9


def equal_error_rate(genuine: Scores, impostor: Scores) -> float:
    """Return the rate at which misses and false matches are equally frequent, the mean of both where they cross."""
    candidates = np.sort(genuine)
    misses = np.searchsorted(candidates, candidates, side="left") / len(candidates)
    false = 1.0 - np.searchsorted(np.sort(impostor), candidates, side="left") / len(impostor)
    where = int(np.argmin(np.abs(misses - false)))
    return float((misses[where] + false[where]) / 2.0)


def wilson(errors: int, trials: int, z: float = 1.96) -> tuple[float, float]:
    """Return the 95 % interval of a rate (Wilson 1927). Pairs are not independent: a bootstrap by person is wider and honest."""
    if trials <= 0:
        return 0.0, 1.0
    rate = errors / trials
    middle = (rate + z * z / (2 * trials)) / (1 + z * z / trials)
    half = z * math.sqrt(rate * (1 - rate) / trials + z * z / (4 * trials * trials)) / (1 + z * z / trials)
    return max(0.0, middle - half), min(1.0, middle + half)


def logistic(features: Scores, same: NDArray[np.bool_], prior: float, ridge: float = 1e-4) -> Scores:
    """Return (k + 1,) weights and offset such that features @ weights + offset is a natural log-likelihood ratio.

    features: (n, k), of like size; prior: the share of genuine pairs the fit is to care for, whatever the share there is; a small one
    looks at low false match rates. Newton's method on the weighted cross-entropy, its steps halved until they gain; few parameters, so it
    cannot overfit much.
    Source: Brummer, FoCal, 2007.
    """
    rows = np.column_stack([features, np.ones(len(features))])
    weight = np.where(same, prior / max(int(same.sum()), 1), (1 - prior) / max(int((~same).sum()), 1))
    kept = np.append(np.full(features.shape[1], ridge), 1e-9)
    odds = math.log(prior / (1 - prior))
    sign = np.where(same, -1.0, 1.0)

    def cost(answer: Scores) -> float:
        return float((weight * np.logaddexp(0.0, sign * (rows @ answer + odds))).sum() + 0.5 * (kept * answer * answer).sum())

    answer = np.zeros(rows.shape[1])
    reached = cost(answer)
    for _ in range(60):
        chance = 1.0 / (1.0 + np.exp(-np.clip(rows @ answer + odds, -500, 500)))
        slope = rows.T @ (weight * (chance - same)) + kept * answer
        curve = (rows * (weight * chance * (1 - chance))[:, None]).T @ rows + np.diag(kept)
        step = np.linalg.solve(curve, slope)
        # A whole step may overshoot where the classes hardly overlap: go as far as the cost does not rise, but for rounding.
        share, there = 1.0, cost(answer - step)
        while not there <= reached * (1 + 1e-9) and share > 1e-6:
            share /= 2.0
            there = cost(answer - share * step)
        answer, reached = answer - share * step, there
        if float(np.abs(step).max()) < 1e-8:
            break
    return answer


def interpolated(value: float, known: Sequence[tuple[float, float]]) -> float:
    """Return y at x = log10(value) on the broken line through (x, y) given in rising x, held at both ends."""
    xs, ys = [math.log10(x) for x, _ in known], [y for _, y in known]
    return float(np.interp(math.log10(value), xs, ys))
