"""Times of keys typed, without the keys: what a screen may tell of an operator's typing, and what is made of it."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from kiosk.risk.keystrokes import Times

LEAST_KEYS: Final = 6
"""A shorter password says too little of whose hands typed it."""
MOST_KEYS: Final = 128
WINDOW_KEYS: Final = 50
"""Keys of running text that make one sample of the shift."""
FREE_HOLDS: Final = 5
_SHARES: Final = (0.1, 0.25, 0.5, 0.75, 0.9)
_LONGEST_MS: Final = 5_000
_PAUSE_S: Final = 1.5


@dataclass(frozen=True, slots=True)
class Typed:
    """holds_ms: how long each key was held; flights_ms: from letting one go to pressing the next, negative where they overlap."""

    holds_ms: tuple[int, ...]
    flights_ms: tuple[int, ...]

    @property
    def sound(self) -> bool:
        """Return whether these can be times of one typing."""
        fits = len(self.flights_ms) == len(self.holds_ms) - 1 and LEAST_KEYS <= len(self.holds_ms) <= MOST_KEYS
        return fits and all(0 <= hold <= _LONGEST_MS for hold in self.holds_ms) and all(abs(one) <= 60_000 for one in self.flights_ms)


def typed_of(presses_ms: list[int], releases_ms: list[int]) -> Typed:
    """Return the times between these moments, which are those of the keys in order."""
    holds = tuple(release - press for press, release in zip(presses_ms, releases_ms, strict=True))
    return Typed(holds, tuple(press - release for press, release in zip(presses_ms[1:], releases_ms[:-1], strict=True)))


def password_features(typed: Typed) -> Times:
    """Return holds, then flights, seconds, shape (2 n - 1,): one sample of a text that is always the same."""
    return np.array([*typed.holds_ms, *typed.flights_ms], dtype=np.float64) / 1_000.0


def free_features(typed: Typed) -> Times:
    """Return shares of holds, then of flights, seconds, shape (10,): one sample of whatever was typed. Pauses to think are left out."""
    holds = np.array(typed.holds_ms, dtype=np.float64) / 1_000.0
    flights = np.array(typed.flights_ms, dtype=np.float64) / 1_000.0
    flowing = flights[flights < _PAUSE_S]
    return np.concatenate([np.quantile(holds, _SHARES), np.quantile(flowing if len(flowing) else flights, _SHARES)])
