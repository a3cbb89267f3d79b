"""The pulse's measurement: a beat that is there is found, noise has none."""

import numpy as np
import pytest

from kiosk.measure.liveness_pulse import pulse_of, strength
from tests.liveness.stage import seen


def skin(beat_hz: float, depth: float) -> tuple[np.ndarray, np.ndarray]:
    at_s = np.arange(0, 10, 1 / 30)
    beat = depth * np.sin(2 * np.pi * beat_hz * at_s)
    noise = np.random.default_rng(3).normal(0, 0.002, (len(at_s), 3))
    # blood takes more green than blue and least of all red
    return at_s, np.array([0.10, 0.15, 0.25]) * (1 + np.outer(beat, [0.6, 1.0, 0.3]) + noise)


@pytest.mark.parametrize("beats", [52, 75, 110])
def test_a_beat_is_found_at_its_own_rate_and_noise_has_none(beats: int) -> None:
    decibels, found = strength(*skin(beats / 60, 0.004))
    assert abs(found - beats) < 3
    assert decibels > 0
    assert strength(*skin(beats / 60, 0.0))[0] < decibels - 3


def test_a_clip_too_short_or_without_skin_tells_nothing() -> None:
    assert pulse_of("a.mp4", "genuine", [seen(1 + frame / 30) for frame in range(300)]) is None
    assert pulse_of("a.mp4", "genuine", []) is None
