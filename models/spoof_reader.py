"""Ask our own small network whether a face is a person's or a picture's (models/weights/spoof.md says how it came to be)."""

import numpy as np

from kiosk.frame import Pixels
from kiosk.imaging.crop import Box, around_face
from models.catalogue import Catalogue

AROUND_TIMES, CLOSE_TIMES = 2.7, 1.15
"""How much of the face's surroundings the two looks take in, as in the training."""
_PERSON = 1


class SpoofReader:
    def __init__(self, catalogue: Catalogue) -> None:
        self._model = catalogue.session("spoof")
        self._side = self._model.entry.inputs[0].shape[2]

    def chances_of_a_person(self, frame: Pixels, box: Box) -> tuple[float, float]:
        """Return two chances, 0..1: as the teacher would say, and as the training's scenes were drawn."""
        looks = [self._look(frame, box, times) for times in (AROUND_TIMES, CLOSE_TIMES)]
        taught, drawn = self._model.run(*looks)
        return float(taught[0, _PERSON]), float(drawn[0, _PERSON])

    def _look(self, frame: Pixels, box: Box, times: float) -> np.ndarray:
        crop = around_face(frame, box, times, self._side)
        return np.ascontiguousarray(crop.transpose(2, 0, 1)[None], np.float32)
