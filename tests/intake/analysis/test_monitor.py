"""Monitors: drift is told and chance is not, risks are held against what people found, a challenger decides nothing."""

from dataclasses import replace

import numpy as np
import pytest

from kiosk.intake.analysis.fact import Label, Truth
from kiosk.intake.analysis.finding import FindingKind
from kiosk.intake.analysis.fold import Fold
from kiosk.intake.analysis.model import RiskModel
from kiosk.intake.analysis.monitor import CalibrationMonitor, DriftMonitor, stability
from kiosk.intake.analysis.shadow import Shadow
from kiosk.values import SessionId
from tests.intake.analysis.cases import PLAIN, case


def drifted(shift: float, seed: int) -> set[str]:
    monitor, rng = DriftMonitor(500), np.random.default_rng(seed)
    for number in range(1_000):
        worse = shift if number >= 500 else 0.0
        monitor.add(replace(case(number), liveness_nats=float(rng.normal(3.2 - worse, 1.3))), -8.0)
    return {drift.quantity for drift in monitor.drifts() if drift.drifted}


def test_a_lens_that_got_dirty_is_told_and_chance_is_not() -> None:
    assert drifted(1.5, 1) == {"liveness-nats"}
    assert all(drifted(0.0, seed) == set() for seed in range(20))


def test_without_two_windows_nothing_is_compared() -> None:
    monitor = DriftMonitor(500)
    for number in range(999):
        monitor.add(case(number), -8.0)
    assert monitor.drifts() == ()


def test_two_equal_histograms_are_stable_and_an_empty_bin_is_no_infinity() -> None:
    assert stability([10, 20, 30], [10, 20, 30]) == 0.0
    assert 0.5 < stability([100, 0], [50, 50]) < 10.0


def test_risks_that_turn_out_as_said_deviate_little_and_others_are_told() -> None:
    rng = np.random.default_rng(3)
    right, wrong = CalibrationMonitor(), CalibrationMonitor()
    for risk in rng.uniform(0, 1, 2_000).tolist():
        truth = Truth.FRAUD if rng.random() < risk else Truth.FALSE_ALARM
        right.add(risk, truth)
        wrong.add(risk**3, truth)
    assert abs(right.calibration().deviation) < 3.0
    assert wrong.calibration().deviation > 5.0
    assert sum(cases for _, cases, _, _ in right.calibration().steps) == 2_000


def test_a_challenger_is_compared_and_changes_nothing() -> None:
    other = RiskModel("other", -6.0, dict.fromkeys(FindingKind, 0.0) | {FindingKind.PHONE_SHARED: 6.0})
    facts = [case(number, number / 8, run=77 if number % 100 == 7 else number + 500, phone=number // 60 % 2 + 5) for number in range(400)]
    alone, shadowed = Fold(PLAIN), Fold(PLAIN, shadow=Shadow(other))
    assert [alone.take(fact) for fact in facts] == [shadowed.take(fact) for fact in facts]
    assert shadowed.shadow is not None
    compared = shadowed.shadow.compared()
    assert compared.only_challenger > 0
    assert compared.unproven == compared.only_challenger
    found = next(fact for fact in facts if shadowed.assessment(fact.case) is not None)
    shadowed.learn(Label(found.case, Truth.FRAUD, "ana", "sam", found.received_s + 60))
    after = shadowed.shadow.compared()
    assert after.frauds_both + after.frauds_only_force == 1


def test_what_people_found_of_a_referred_case_is_held_against_its_risk_once() -> None:
    fold = Fold(PLAIN)
    for number in range(2):
        fold.take(case(number, number / 10, run=77))
    for by in ("ana", "bob"):
        fold.learn(Label(SessionId(f"{1:032x}"), Truth.FRAUD, by, "sam", 0.0))
    assert fold.calibration.calibration().labelled == 1


def test_a_model_with_a_negative_or_missing_weight_is_refused() -> None:
    with pytest.raises(ValueError, match="between 0 and 12"):
        RiskModel("bad", -6.0, dict.fromkeys(FindingKind, -0.1))
    with pytest.raises(ValueError, match="every finding"):
        RiskModel("half", -6.0, {FindingKind.BURST: 1.0})
