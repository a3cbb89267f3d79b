"""A million people of nobody, with prints as the fitted model of prints says people have them: a mean of each person's own, scattered about
mankind's, and looks scattered about that (models/weights/face_verifier.md says whom it was fitted on). Birth dates, sexes and countries
as a bank of one country sees them."""

from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
from numpy.typing import NDArray

from kiosk.face.verifier_model import PrintVerifier
from kiosk.intake.prints.sealed_print import Block

HOME: Final = "UTO"
_ABROAD: Final = tuple(f"X{first}{second}" for first in "ABCD" for second in "EFGHI")
_ABROAD_SHARE: Final = 0.15
_UNSPECIFIED_SHARE: Final = 0.001
_YOUNGEST, _OLDEST = date(2008, 3, 4).toordinal(), date(1936, 3, 4).toordinal()
_PERSON_SPREAD, _PERSON_SCALE, _LOOK_SPREAD = 0.2, 0.98, 0.35
"""People differ in how far they are from mankind's mean, looks in how far they are from their person's. Without that drawn strangers are
less alike, and looks of one person more, than those of LFW (docs/evidence/prints.md compares both)."""
_TYPICAL_UNSTEADINESS: Final = 0.0146
_UNSTEADINESS_SPREAD: Final = 0.17
_AT_ONCE: Final = 50_000

Rows = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class People:
    """means: (n, d) where each person's prints scatter about, not yet of unit length; born: (n,) ordinals; sexes, countries: (n,)."""

    means: Rows
    born: NDArray[np.int32]
    sexes: NDArray[np.str_]
    countries: NDArray[np.str_]

    def block(self, person: int) -> Block:
        return Block(int(self.born[person]), str(self.sexes[person]), str(self.countries[person]))


class Drawing:
    """Draws people and looks at them. Deterministic by its seed."""

    def __init__(self, verifier: PrintVerifier, seed: int) -> None:
        self._rng = np.random.default_rng(seed)
        self._back = np.linalg.inv(verifier.model.basis.T @ verifier.model.basis) @ verifier.model.basis.T
        self._between = np.sqrt(verifier.model.between)
        self._mean = verifier.model.mean

    def people(self, count: int) -> People:
        rng = self._rng
        means = np.empty((count, len(self._mean)), np.float32)
        for start in range(0, count, _AT_ONCE):
            size = min(_AT_ONCE, count - start)
            scales = _PERSON_SCALE * np.exp(rng.standard_normal((size, 1)) * _PERSON_SPREAD)
            drawn = rng.standard_normal((size, len(self._between))) * self._between * scales
            means[start : start + size] = self._mean + drawn @ self._back
        abroad = rng.random(count) < _ABROAD_SHARE
        countries = np.where(abroad, rng.choice(_ABROAD, count), HOME)
        sexes = np.where(rng.random(count) < _UNSPECIFIED_SHARE, "X", np.where(rng.random(count) < 0.5, "F", "M"))
        # Fewer of the very old, as in a population: the density falls towards the end of life.
        ages = rng.beta(1.2, 1.6, count)
        born = (_YOUNGEST - ages * (_YOUNGEST - _OLDEST)).astype(np.int32)
        return People(means, born, sexes, countries)

    def looks(self, means: Rows) -> Rows:
        """Return one print of each, (n, d), unit length."""
        looks = np.empty_like(means)
        for start in range(0, len(means), _AT_ONCE):
            part = means[start : start + _AT_ONCE]
            scales = np.exp(self._rng.standard_normal((len(part), 1)) * _LOOK_SPREAD)
            seen = part + (self._rng.standard_normal((len(part), len(self._between))) * scales) @ self._back
            looks[start : start + _AT_ONCE] = seen / np.linalg.norm(seen, axis=1, keepdims=True)
        return looks

    def unsteadiness(self, count: int) -> Rows:
        """Return how much each look's crops waver: log-normal, as pictures of LFW do (docs/evidence/prints.md)."""
        return (_TYPICAL_UNSTEADINESS * np.exp(self._rng.standard_normal(count) * _UNSTEADINESS_SPREAD)).astype(np.float32)
