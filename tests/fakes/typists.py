"""Typists made up for tests: people type one text with habits of their own, learn, tire, and sometimes pause."""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np

KEYS = ("period", "t", "i", "e", "five", "Shift.r", "o", "a", "n", "l", "Return")


class Typist:
    """One person. number: who; keys: length of the text."""

    def __init__(self, number: int, keys: int = len(KEYS)) -> None:
        habits = np.random.default_rng([7, number])
        self._draw = np.random.default_rng([11, number])
        speed = habits.normal(0.0, 0.18)
        self._hold = np.log(0.09) + 0.4 * speed + habits.normal(0.0, 0.16, keys)
        self._flight = np.log(0.13) + speed + habits.normal(0.0, 0.28, keys - 1)
        self._hold_noise = np.exp(habits.normal(np.log(0.14), 0.25))
        self._flight_noise = np.exp(habits.normal(np.log(0.25), 0.25))
        self._learns = abs(habits.normal(0.12, 0.08))
        self._typed = 0

    def types(self) -> tuple[np.ndarray, np.ndarray]:
        """Return hold and flight times of one more typing, seconds. Overlaps make flights negative; one in forty is a long pause."""
        draw, self._typed = self._draw, self._typed + 1
        mood = draw.normal(0.0, 0.1) + self._learns * np.exp(-self._typed / 80.0)
        hold = np.exp(self._hold + 0.3 * mood + draw.normal(0.0, self._hold_noise, len(self._hold)))
        gap = np.exp(self._flight + mood + draw.normal(0.0, self._flight_noise, len(self._flight)))
        pause = np.where(draw.random(len(gap)) < 0.025, np.exp(draw.normal(0.0, 0.6, len(gap))) * 0.6, 0.0)
        return hold, gap + pause - 0.05


def rows(people: int, sessions: int = 8, reps: int = 50) -> Iterator[str]:
    """Yield a file in the columns of the CMU data set."""
    pairs = list(pairwise(KEYS))
    header = [column for (one, other) in pairs for column in (f"H.{one}", f"DD.{one}.{other}", f"UD.{one}.{other}")]
    yield ",".join(["subject", "sessionIndex", "rep", *header, f"H.{KEYS[-1]}"]) + "\n"
    for number in range(people):
        typist = Typist(number)
        for session in range(sessions):
            for rep in range(reps):
                hold, flight = typist.types()
                times = [value for at in range(len(flight)) for value in (hold[at], hold[at] + flight[at], flight[at])]
                spelled = [f"{value:.4f}" for value in (*times, hold[-1])]
                yield ",".join([f"s{number + 2:03d}", str(session + 1), str(rep + 1), *spelled]) + "\n"
