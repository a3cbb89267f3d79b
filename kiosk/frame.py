"""A picture with its time and origin."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kiosk.values import Provenance

Pixels = NDArray[np.uint8]
"""BGR, shape (height, width, 3), uint8; never mirrored: mirroring is for the eye of the customer only."""

Print = NDArray[np.float32]
"""A face print, shape (dimension,), unit length. Biometric data: treat as the face itself."""


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """pixels: see Pixels; sequence: counts up from 0 per camera start; captured_ns: the station's monotonic clock at capture."""

    pixels: Pixels
    sequence: int
    captured_ns: int
    provenance: Provenance

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) in pixels."""
        return self.pixels.shape[1], self.pixels.shape[0]
