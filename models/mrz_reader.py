"""Read cut rows of machine-readable zones with our own small network (models/weights/mrz_lines.md says how it came to be)."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from kiosk.imaging.geometry import Gray
from models.catalogue import Catalogue

_CONTRAST_FLOOR = 6.0
"""Added to the deviation of the gray values, as in training: an empty row must not be blown up into noise."""
_MOST_AT_ONCE = 6


class MrzReader:
    def __init__(self, catalogue: Catalogue) -> None:
        self._model = catalogue.session("mrz_lines")

    def read(self, rows: Sequence[Gray]) -> NDArray[np.float32]:
        """rows: each (32, 640) gray 0-255. Returns (rows, 160, 38) natural log-probabilities; the last class is CTC's blank."""
        if not rows:
            return np.zeros((0, 160, 38), np.float32)
        lines = normalised(np.stack(rows))
        parts = [self._model.run(lines[i : i + _MOST_AT_ONCE])[0] for i in range(0, len(lines), _MOST_AT_ONCE)]
        return log_softmax(np.concatenate(parts))


def normalised(rows: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return (n, 1, 32, 640): mean 0, deviation about 1."""
    values = rows.astype(np.float32)
    mean, deviation = values.mean((1, 2), keepdims=True), values.std((1, 2), keepdims=True)
    return np.asarray(((values - mean) / (deviation + _CONTRAST_FLOOR))[:, None], np.float32)


def log_softmax(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    shifted = logits - logits.max(-1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(-1, keepdims=True)), np.float32)
