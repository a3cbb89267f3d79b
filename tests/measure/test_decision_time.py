"""Timing a decision: the figures are sorted, and every decision is made."""

from kiosk.measure.decision_time import DecisionTimes, decision_times
from kiosk.trust.risk_policy import shipped_policy


def test_every_decision_is_timed_and_the_quantiles_rise() -> None:
    times = decision_times(shipped_policy(), 50)
    assert len(times.ms) == 50
    assert 0.0 < times.quantile(0.5) <= times.p99_ms


def test_the_ninety_ninth_of_a_hundred_is_the_last() -> None:
    assert DecisionTimes(tuple(float(number) for number in range(100))).p99_ms == 99.0
