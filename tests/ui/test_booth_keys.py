"""The booth by keys alone."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton, QWidget
from pytestqt.qtbot import QtBot

from kiosk.journey import events as ev
from kiosk.journey import states as st
from kiosk.values import Channel, ns
from tests.ui.conftest import Shown
from ui.phrases import LANGUAGES
from ui.specimens import NOW, booth_specimens, case, finished, showing

Booth = Callable[..., Shown]
NEW = case(Channel.BOOTH, "en")
LEFT = Qt.MouseButton.LeftButton


def test_keys_stay_inside_the_choices_until_they_are_closed(booth: Booth, qtbot: QtBot) -> None:
    shown = booth(st.AskingConsent(NEW))
    shown.window.activateWindow()
    qtbot.mouseClick(shown.window.language, LEFT)
    chooser = shown.window.languages
    assert chooser.buttons["en"].isChecked()
    for _ in range(12):
        focused = shown.window.focusWidget()
        assert focused is not None and chooser.isAncestorOf(focused)
        qtbot.keyClick(focused, Qt.Key.Key_Tab)
    qtbot.keyClick(chooser.buttons["fr"], Qt.Key.Key_Escape)
    assert not chooser.isVisible()
    assert shown.window.consent.agree.isEnabled()
    assert shown.station.posted == []


def test_any_key_on_the_warning_says_somebody_is_there(booth: Booth, qtbot: QtBot) -> None:
    shown = booth(st.AskingConsent(replace(NEW, last_activity_ns=NOW.monotonic_ns - ns(65))))
    qtbot.keyClick(shown.window.veil, Qt.Key.Key_A)
    assert shown.station.posted == [ev.StillHere()]


def test_the_whole_way_can_be_walked_by_keyboard(booth: Booth, qtbot: QtBot) -> None:
    shown = booth(st.Idle())
    shown.window.activateWindow()

    def press(key: Qt.Key) -> None:
        focused = shown.window.focusWidget()
        assert focused is not None
        qtbot.keyClick(focused, key)

    press(Qt.Key.Key_Return)
    assert len(shown.station.begun) == 1
    shown.to(st.AskingConsent(NEW))
    press(Qt.Key.Key_Return)
    shown.to(showing(NEW))
    press(Qt.Key.Key_Return)
    press(Qt.Key.Key_Escape)
    shown.to(finished(Channel.BOOTH, "en", st.Cancelled()))
    press(Qt.Key.Key_Return)
    assert [type(event) for event in shown.station.posted] == [ev.ConsentGiven, ev.CancelTouched, ev.FinishTouched]


def test_tab_goes_through_every_button_of_the_consent_in_reading_order(booth: Booth, qtbot: QtBot) -> None:
    shown = booth(st.AskingConsent(NEW))
    window = shown.window
    window.activateWindow()
    window.cancel.setFocus()
    order: list[QWidget] = []
    for _ in range(5):
        focused = window.focusWidget()
        assert focused is not None
        order.append(focused)
        qtbot.keyClick(focused, Qt.Key.Key_Tab)
    assert order == [window.cancel, window.language, window.comfort, window.consent.prefer_person, window.consent.agree]


def test_the_focus_is_drawn_from_the_first_tab_on(booth: Booth, qtbot: QtBot) -> None:
    shown = booth(st.AskingConsent(NEW))
    assert shown.window.property("keys") is not True
    focused = shown.window.focusWidget()
    assert focused is not None
    qtbot.keyClick(focused, Qt.Key.Key_Tab)
    assert shown.window.property("keys") is True


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_button_has_a_name_for_a_screen_reader(booth: Booth, language: str) -> None:
    shown = booth(st.Idle(), language=language)
    for specimen in booth_specimens(language):
        shown.to(specimen.state, specimen.overview)
        for button in shown.window.findChildren(QPushButton):
            assert not button.isVisible() or button.accessibleName()
