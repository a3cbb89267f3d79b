"""From prints of two faces to a log-likelihood ratio: the fitted part of the verifier. Arithmetic only; `models/face_verifier.py` loads it.

For each print, five likenesses of one pair: the cosine, the two-covariance ratio, the cosine of the whitened prints, and the first two
again *normalised* by how strangers score against either side (AS-norm: a face that resembles many people must resemble its own document
more). Two numbers say how steady the prints were. One line per feature, added up: a logistic regression turns them into one natural
log-likelihood ratio. Its weights were fitted on pairs that none of the parts had seen; none of a likeness is below nothing, so that more
likeness never speaks against a person.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kiosk.face.calibration import interpolated
from kiosk.face.print_average import average_print
from kiosk.face.two_covariance import TwoCovariance

Rows = NDArray[np.float64]

FEATURES = ("cosine", "ratio", "cosine-whitened", "cosine-normalised", "ratio-normalised", "least-unsteady", "most-unsteady")
"""Of one print, in the order of the weights."""
LIKENESSES = 5
"""The first of them: the more of it, the more alike."""
_STEADIEST = 1e-4


@dataclass(frozen=True, slots=True, eq=False)
class Side:
    """One side of a comparison under one print. face_print: (d,), unit; unsteadiness: mean cosine distance between crops of one picture,
    0..2: a blurred, covered or turned face wavers more; pictures: how many were averaged."""

    face_print: NDArray[np.float32]
    unsteadiness: float
    pictures: int


def side_of(pictures: Sequence[NDArray[np.float32]]) -> Side:
    """Average the pictures of one side. pictures: for each the (n, d) unit prints of its crops, n at least 2; at least one picture.

    Crops of a picture are averaged plainly, pictures by the spatial median: half of them may be bad.
    """
    means = [rows.astype(np.float64).mean(axis=0) for rows in pictures]
    # 1 - |mean|^2 grows with the number of crops; the mean distance between two crops does not.
    waverings = [(1.0 - float(mean @ mean)) * len(rows) / max(len(rows) - 1, 1) for mean, rows in zip(means, pictures, strict=True)]
    return Side(average_print([mean.astype(np.float32) for mean in means]), float(np.median(waverings)), len(pictures))


@dataclass(frozen=True, slots=True, eq=False)
class Placed:
    """Faces made ready for comparison under one print: n rows each; means and spreads are those of the nearest strangers' scores."""

    prints: Rows
    located: Rows
    whitened: Rows
    cosine_mean: Rows
    cosine_spread: Rows
    ratio_mean: Rows
    ratio_spread: Rows
    wavering: Rows


@dataclass(frozen=True, slots=True, eq=False)
class PrintVerifier:
    """One print's part. print_digest: SHA-256 of the network's file; cohort: (m, d) unit prints of nobody, drawn around centroids of at
    least twenty people each; nearest: how many of them a score is normalised by."""

    print_name: str
    print_digest: str
    model: TwoCovariance
    cohort: Rows
    nearest: int

    def placed_cohort(self) -> Rows:
        """Return where the cohort lies, for a caller that places many faces one by one."""
        return self.model.placed(self.cohort)

    def place(self, prints: Rows, unsteadiness: Rows, cohort: Rows | None = None) -> Placed:
        """cohort: as `placed_cohort` gives it."""
        located = self.model.placed(prints)
        cosine_mean, cosine_spread = _nearest(prints @ self.cohort.T, self.nearest)
        ratio_mean, ratio_spread = _nearest(self.model.ratios(located, self.placed_cohort() if cohort is None else cohort), self.nearest)
        wavering = np.log(_STEADIEST + np.maximum(unsteadiness, 0.0))
        whitened = self.model.whitened(prints)
        return Placed(prints, located, whitened, cosine_mean, cosine_spread, ratio_mean, ratio_spread, wavering)

    def features(self, left: Placed, right: Placed) -> Rows:
        """Return (len(FEATURES), n, m): one layer per feature."""
        cosine = left.prints @ right.prints.T
        ratio = self.model.ratios(left.located, right.located)
        return np.stack(
            [
                cosine,
                ratio,
                left.whitened @ right.whitened.T,
                _normalised(cosine, left.cosine_mean, left.cosine_spread, right.cosine_mean, right.cosine_spread),
                _normalised(ratio, left.ratio_mean, left.ratio_spread, right.ratio_mean, right.ratio_spread),
                np.minimum(left.wavering[:, None], right.wavering[None, :]),
                np.maximum(left.wavering[:, None], right.wavering[None, :]),
            ]
        )


@dataclass(frozen=True, slots=True)
class OperatingPoint:
    """Measured on people the parts had not seen. threshold: natural log-likelihood ratio; low, high: 95 % bounds by drawing people
    again."""

    fmr: float
    threshold: float
    threshold_low: float
    threshold_high: float
    fnmr: float
    fnmr_low: float
    fnmr_high: float


@dataclass(frozen=True, slots=True, eq=False)
class VerifierModel:
    """weights: (len(FEATURES) * prints,), offset: see `calibration.logistic`; points: in falling false match rate; cllr: bits, on people
    not seen; people, pictures: what it was fitted on."""

    version: str
    prints: tuple[PrintVerifier, ...]
    weights: Rows
    offset: float
    points: tuple[OperatingPoint, ...]
    cllr: float
    people: int
    pictures: int

    @property
    def name(self) -> str:
        """Return what is written beside every result: the prints used, and the version of what judges them."""
        return " + ".join(part.print_name for part in self.prints)

    def ratios(self, left: Sequence[Placed], right: Sequence[Placed]) -> Rows:
        """Return (n, m) natural log-likelihood ratios: one person over two. left, right: one each per print, in the order of `prints`."""
        layers = np.concatenate([part.features(a, b) for part, a, b in zip(self.prints, left, right, strict=True)])
        total: Rows = np.tensordot(self.weights, layers, axes=1) + self.offset
        return total

    def log_likelihood_ratio(self, left: Mapping[str, Side], right: Mapping[str, Side]) -> float:
        """Return the ratio of one pair; the sides by print name. Raises KeyError if a side lacks a print the model was fitted with."""
        sides = [[_placed(part, side[part.print_name]) for part in self.prints] for side in (left, right)]
        return float(self.ratios(*sides)[0, 0])

    def threshold(self, fmr: float) -> float:
        """Return the log-likelihood ratio that strangers reach at this rate, interpolated in its logarithm; never outside what was
        measured."""
        rising = sorted((point.fmr, point.threshold) for point in self.points)
        return interpolated(fmr, rising)

    def miss_rate(self, fmr: float) -> float:
        """Return the share of genuine pairs below that threshold, as measured."""
        return interpolated(fmr, sorted((point.fmr, point.fnmr) for point in self.points))


def _placed(part: PrintVerifier, side: Side) -> Placed:
    return part.place(side.face_print.astype(np.float64)[None, :], np.array([side.unsteadiness]))


def _nearest(scores: Rows, count: int) -> tuple[Rows, Rows]:
    """Return the mean and spread of each row's highest scores."""
    count = min(count, scores.shape[1] - 1)
    top = -np.partition(-scores, count, axis=1)[:, :count]
    return top.mean(axis=1), np.maximum(top.std(axis=1), 1e-9)


def _normalised(scores: Rows, left_mean: Rows, left_spread: Rows, right_mean: Rows, right_spread: Rows) -> Rows:
    from_left = (scores - left_mean[:, None]) / left_spread[:, None]
    from_right = (scores - right_mean[None, :]) / right_spread[None, :]
    total: Rows = 0.5 * (from_left + from_right)
    return total
