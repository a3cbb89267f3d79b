"""What a teller decided can be taken back for five seconds, and is taken back by what contradicts it."""

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from kiosk.journey import events as ev
from kiosk.record import Decision, OverrideReason
from kiosk.values import ns
from tests.ui.conftest import ShownDesk, clipped_texts, settle
from tests.ui.desk_hands import GOOD, NEW, SIZES, Desk, dispositions, go_against, press
from ui.phrases import LANGUAGES
from ui.specimens import (
    NOW,
    showing,
)


def later(shown: ShownDesk, seconds: float) -> None:
    shown.station.moment = replace(NOW, monotonic_ns=NOW.monotonic_ns + ns(seconds))
    shown.window.refresh()


def test_a_decision_can_be_taken_back_for_five_seconds_and_then_happens(desk: Desk, qtbot: QtBot) -> None:
    shown = desk(GOOD)
    held = shown.window.case.held
    press(qtbot, shown, Qt.Key.Key_F8)
    assert (held.key, held.isVisible(), held.go.hasFocus()) == ("approve", True, True)
    press(qtbot, shown, Qt.Key.Key_Escape)
    later(shown, 60)
    assert (dispositions(shown), held.isVisible()) == ([], False)
    press(qtbot, shown, Qt.Key.Key_F8)
    later(shown, 64.9)
    assert dispositions(shown) == []
    later(shown, 65)
    assert len(dispositions(shown)) == 1


def test_another_decisions_key_takes_back_the_one_that_is_held(desk: Desk, qtbot: QtBot) -> None:
    shown = desk(GOOD)
    press(qtbot, shown, Qt.Key.Key_F8)
    press(qtbot, shown, Qt.Key.Key_F10)
    assert shown.window.case.held.key == "", "declining against the advice still lacks a reason"
    go_against(qtbot, shown, OverrideReason.DOCUMENT_SUSPECT, "document altered")
    press(qtbot, shown, Qt.Key.Key_F10)
    press(qtbot, shown, Qt.Key.Key_F9)
    later(shown, 60)
    later(shown, 66)
    assert [event.disposition.decision for event in dispositions(shown)] == [Decision.REFER]


def test_enter_does_not_wait(desk: Desk, qtbot: QtBot) -> None:
    shown = desk(GOOD)
    press(qtbot, shown, Qt.Key.Key_F8)
    press(qtbot, shown, Qt.Key.Key_Return)
    assert len(dispositions(shown)) == 1


def test_a_decision_that_is_held_is_taken_back_when_the_window_is_locked(desk: Desk, qtbot: QtBot) -> None:
    shown = desk(GOOD)
    press(qtbot, shown, Qt.Key.Key_F8)
    shown.window.lock()
    later(shown, 60)
    assert dispositions(shown) == []


def test_a_cancelled_case_can_be_taken_back(desk: Desk, qtbot: QtBot) -> None:
    shown = desk(showing(NEW))
    press(qtbot, shown, Qt.Key.Key_W, Qt.KeyboardModifier.ControlModifier)
    press(qtbot, shown, Qt.Key.Key_Escape)
    later(shown, 60)
    assert shown.station.posted == []
    press(qtbot, shown, Qt.Key.Key_W, Qt.KeyboardModifier.ControlModifier)
    later(shown, 66)
    assert shown.station.posted == [ev.CancelTouched()]


def test_a_held_act_goes_with_the_case_it_was_about(desk: Desk, qtbot: QtBot) -> None:
    shown = desk(showing(NEW))
    press(qtbot, shown, Qt.Key.Key_W, Qt.KeyboardModifier.ControlModifier)
    shown.to(GOOD)
    later(shown, 60)
    assert ev.CancelTouched() not in shown.station.posted


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_held_fits_and_moves_nothing(desk: Desk, qtbot: QtBot, language: str, size: tuple[int, int]) -> None:
    shown = desk(GOOD, language=language, size=size)
    settle()
    before = shown.window.case.decision.mapTo(shown.window, shown.window.case.decision.rect().topLeft())
    press(qtbot, shown, Qt.Key.Key_F8)
    settle()
    after = shown.window.case.decision.mapTo(shown.window, shown.window.case.decision.rect().topLeft())
    assert clipped_texts(shown.window) == []
    assert before == after
