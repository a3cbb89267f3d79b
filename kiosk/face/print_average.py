"""Make one print of several looks at one face, such that a bad look among good ones changes little."""

from collections.abc import Sequence

import numpy as np

from kiosk.frame import Print

_ROUNDS = 8
_CLOSEST = 1e-3
"""A print this near the middle counts no more than one at this distance, or it alone would decide."""


def average_print(prints: Sequence[Print]) -> Print:
    """Return the spatial median of the prints, brought to unit length.

    The spatial median minimises the sum of distances (not of their squares), so up to half of the looks may be blurred or belong
    to somebody else without taking the result with them. Raises ValueError for no prints or prints of unlike length.
    Source: Weiszfeld 1937; the iteration with a floor under the distances.
    """
    if not prints:
        raise ValueError("no print to average")
    if len({each.shape for each in prints}) != 1:
        raise ValueError("prints of different models cannot be averaged")
    rows = np.stack([np.asarray(each, np.float64) for each in prints])
    rows /= np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
    middle = rows.mean(axis=0)
    if len(rows) > 2:
        for _ in range(_ROUNDS):
            weights = 1.0 / np.maximum(np.linalg.norm(rows - middle, axis=1), _CLOSEST)
            middle = weights @ rows / weights.sum()
    unit: Print = (middle / max(float(np.linalg.norm(middle)), 1e-12)).astype(np.float32)
    return unit


def similarity(a: Print, b: Print) -> float:
    """Return the cosine of two unit prints, -1..1. Raises ValueError if they are of unlike length."""
    if a.shape != b.shape:
        raise ValueError("prints of different models cannot be compared")
    return float(np.clip(np.dot(a.astype(np.float64), b.astype(np.float64)), -1.0, 1.0))
