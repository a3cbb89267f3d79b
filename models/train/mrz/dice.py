"""The one generator all parts of a drawn row draw from, with the throws they have in common. Their order is the recipe: the same seed
gives the same rows only as long as every part throws what it threw, in that order.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Gray = NDArray[np.uint8]


class Dice:
    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng

    def chance(self, share: float) -> bool:
        return bool(self.rng.random() < share)

    def between(self, low: float, high: float) -> float:
        return float(self.rng.uniform(low, high))

    def smooth(self, rows: int, columns: int, shape: tuple[int, int]) -> Floats:
        """Return a field (height, width) that wanders smoothly between normal values at (rows, columns) points."""
        coarse = self.rng.standard_normal((rows, columns)).astype(np.float32)
        return np.asarray(cv2.resize(coarse, (shape[1], shape[0]), interpolation=cv2.INTER_CUBIC), np.float32)
