"""Make face prints: the vector by which two pictures of a face are compared."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from kiosk.frame import Pixels
from models.catalogue import Catalogue


class FacePrinter:
    """The picture's side and the print's length come from the manifest's row, so another model may take the role."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._model = catalogue.session("face_print")
        self.side_px = self._model.entry.inputs[0].shape[2]
        self.length = self._model.entry.outputs[0].shape[1]
        self.name = self._model.entry.title
        """Kept beside every result: prints of different models must never be compared."""

    def prints_of(self, chips: Sequence[Pixels]) -> NDArray[np.float32]:
        """Return (n, length) prints of unit length for n aligned faces, BGR, side_px square.

        Raises ValueError if a chip has another size.
        """
        if not chips:
            return np.zeros((0, self.length), np.float32)
        for chip in chips:
            if chip.shape != (self.side_px, self.side_px, 3):
                raise ValueError(f"a chip of shape {chip.shape}, expected {self.side_px} x {self.side_px} x 3")
        rgb = np.stack(chips)[..., ::-1].transpose(0, 3, 1, 2)
        (raw,) = self._model.run(np.ascontiguousarray(rgb, np.float32))
        prints: NDArray[np.float32] = raw / np.maximum(np.linalg.norm(raw, axis=1, keepdims=True), 1e-12)
        return prints
