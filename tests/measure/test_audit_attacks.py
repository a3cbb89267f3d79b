"""The audit's own attacks hold, and can fail."""

import pytest

from kiosk.intake.console.visits import Visits
from kiosk.measure.attacks import run_attacks
from kiosk.measure.specimen_record import record_of
from kiosk.measure.stolen_token import run_stolen_token


def test_a_stolen_operators_token_opens_nothing() -> None:
    tried = run_stolen_token()
    assert [one for one in tried if not one.held] == []
    assert len(tried) >= 18


def test_a_console_that_forgot_to_end_visits_would_be_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Visits, "end", lambda self, key: None)
    broken = [one.name for one in run_stolen_token() if not one.held]
    assert "a stolen key after the victim signed out" in broken


@pytest.mark.slow
def test_every_attack_on_a_running_intake_holds() -> None:
    tried = run_attacks(record_of)
    assert [one for one in tried if not one.held] == []
    assert any("hypothesis" in one.name for one in tried)
