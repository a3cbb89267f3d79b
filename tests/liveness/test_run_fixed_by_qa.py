"""Scripts fixed by QA: a recording passes the one that it performs and no other."""

import numpy as np
import pytest

from kiosk.liveness import run as liveness
from kiosk.liveness.challenge import Live, NotLiveBecause, Script
from kiosk.liveness.script import fixed_script
from kiosk.policy import LivenessPolicy
from kiosk.values import ns
from tests.liveness.stage import POLICY, because, seen, verdict_of


def recorded(curve: list[tuple[float, float]], fps: float = 25.0) -> list[object]:
    """Observations of a recording: yaw by straight lines through (second, degrees)."""
    seconds = np.arange(0, curve[-1][0], 1 / fps)
    yaws = np.interp(seconds, [at for at, _ in curve], [yaw for _, yaw in curve])
    return [seen(1.0 + float(at), yaw=float(yaw)) for at, yaw in zip(seconds, yaws, strict=True)]


LEFT_THEN_RIGHT = [(0.0, 0.0), (1.0, 0.0), (2.0, 40.0), (3.0, 40.0), (3.6, 0.0), (4.2, -40.0), (5.0, -40.0), (5.6, 0.0), (8.0, 0.0)]


def watch(names: tuple[str, ...], observations: list[object], policy: LivenessPolicy = POLICY) -> liveness.LivenessRun:
    script = fixed_script(names)
    assert isinstance(script, Script)
    run = liveness.begin(script, policy, ns(1.0))
    for observation in observations:
        run = liveness.observe(run, observation, policy)
    at = observations[-1].captured_ns
    while run.verdict is None:
        at += ns(0.5)
        run = liveness.tick(run, at, policy)
    return run


def test_a_recording_that_turns_left_then_right_passes_the_script_qa_fixed() -> None:
    run = watch(("turn-left", "turn-right"), recorded(LEFT_THEN_RIGHT))
    assert isinstance(verdict_of(run), Live)
    assert verdict_of(run).evidence.script.fixed_by_qa


@pytest.mark.parametrize(
    ("names", "reason"),
    [
        (("turn-right", "turn-left"), NotLiveBecause.WRONG_RESPONSE),
        (("turn-right",), NotLiveBecause.WRONG_RESPONSE),
        (("blink", "turn-right"), NotLiveBecause.WRONG_RESPONSE),
        (("turn-left", "turn-right", "turn-left"), NotLiveBecause.CHALLENGE_MISSED),
        (("turn-left", "turn-right", "blink"), NotLiveBecause.CHALLENGE_MISSED),
        (("turn-left", "turn-left"), NotLiveBecause.WRONG_RESPONSE),
    ],
)
def test_the_same_recording_fails_a_script_it_does_not_perform(names: tuple[str, ...], reason: object) -> None:
    assert because(watch(names, recorded(LEFT_THEN_RIGHT))) is reason
