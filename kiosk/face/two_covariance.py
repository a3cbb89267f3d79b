"""The two-covariance model of prints (Joint Bayesian, PLDA): prints of one person scatter about the person's own mean, means about
mankind's.

With few people to fit it (hundreds, where the papers had ten thousand), full covariances lose to a plain cosine. Shrinking the scatter
within people most of the way to a multiple of the identity is what makes it win: docs/evidence/faces.md.
Source: Chen et al., Bayesian Face Revisited, ECCV 2012; Brummer and de Villiers, The Speaker Partitioning Problem, 2010.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.float64]

WITHIN_SHRINKAGE = 0.85
BETWEEN_SHRINKAGE = 0.1
WHITENING_SHRINKAGE = 0.4
"""Of the scatter within people, where only the direction of a print is compared: less is lost there by trusting what was measured."""
MOST_PICTURES_COUNTED = 5
"""Degrees of freedom one person may bring to the scatter within people: LFW has one of 144 pictures."""


@dataclass(frozen=True, slots=True, eq=False)
class TwoCovariance:
    """mean: (d,); basis: (d, k), takes a centred print to a place where the scatter within people is the identity and between them
    diagonal; between: (k,), that diagonal, positive; whitening: (d, k), makes the scatter within people, shrunk less, the identity."""

    mean: Rows
    basis: Rows
    between: Rows
    whitening: Rows

    def placed(self, prints: Rows) -> Rows:
        """Return (n, k) for (n, d) unit prints."""
        placed: Rows = (prints - self.mean) @ self.basis
        return placed

    def whitened(self, prints: Rows) -> Rows:
        """Return (n, k) unit rows for (n, d) prints: where they point once directions in which one person's prints scatter count less.

        Not centred: a print near mankind's mean has no direction from there. Source: Hatch et al., Within-Class Covariance
        Normalization, Interspeech 2006.
        """
        turned = prints @ self.whitening
        unit: Rows = turned / np.maximum(np.linalg.norm(turned, axis=1, keepdims=True), 1e-12)
        return unit

    def ratios(self, left: Rows, right: Rows) -> Rows:
        """Return (n, m) natural log-likelihood ratios of placed prints: one person over two, if the model were true."""
        total = self.between + 1.0
        determinant = total * total - self.between * self.between
        square = 0.5 * (1.0 / total - total / determinant)
        constant = 0.5 * float(np.sum(2.0 * np.log(total) - np.log(determinant)))
        both: Rows = (left * (self.between / determinant)) @ right.T
        return both + ((left * left) @ square)[:, None] + ((right * right) @ square)[None, :] + constant


def fitted(prints: Rows, people: NDArray[np.intp]) -> TwoCovariance:
    """Fit to (n, d) prints of numbered people. Raises ValueError if fewer than two people have two prints."""
    _, person = np.unique(people, return_inverse=True)
    counts = np.bincount(person).astype(np.float64)
    if int((counts > 1).sum()) < 2:
        raise ValueError("at least two people with two pictures are needed")
    means = _sums(prints, person, len(counts)) / counts[:, None]
    scattered = prints - means[person]
    freedom = np.minimum(counts - 1, MOST_PICTURES_COUNTED)
    weights = np.where(counts > 1, freedom / np.maximum(counts - 1, 1), 0.0)[person]
    within = (scattered * weights[:, None]).T @ scattered / freedom.sum()
    between = np.cov(means.T) - within * float(np.mean(1.0 / counts))
    whitening = _whitening(_shrunk(within, WITHIN_SHRINKAGE))
    spread, turn = np.linalg.eigh(whitening.T @ _shrunk(between, BETWEEN_SHRINKAGE) @ whitening)
    return TwoCovariance(
        means.mean(axis=0),
        whitening @ turn[:, ::-1],
        np.maximum(spread[::-1], 1e-6),
        _whitening(_shrunk(within, WHITENING_SHRINKAGE)),
    )


def _whitening(covariance: Rows) -> Rows:
    values, vectors = np.linalg.eigh(covariance)
    whitening: Rows = vectors / np.sqrt(np.maximum(values, 1e-12))
    return whitening


def _sums(prints: Rows, person: NDArray[np.intp], people: int) -> Rows:
    sums = np.zeros((people, prints.shape[1]))
    np.add.at(sums, person, prints)
    return sums


def _shrunk(covariance: Rows, share: float) -> Rows:
    """Return the covariance mixed with the multiple of the identity that has its trace."""
    size = len(covariance)
    shrunk: Rows = (1 - share) * covariance + share * np.trace(covariance) / size * np.eye(size)
    return shrunk
