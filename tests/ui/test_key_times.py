"""Key times at the desk: only times leave the line, corrections spoil a password's, and a stranger's stretch locks the window."""

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from pytestqt.qtbot import QtBot

from kiosk.journey import states as st
from kiosk.risk.typed import Typed
from tests.ui.desk_hands import GOOD, Desk, type_text
from ui.key_times import KeyTimes

ANY = Qt.KeyboardModifier.NoModifier


def key(down: bool, letter: str, at_ms: int, code: Qt.Key | None = None, *, repeat: bool = False) -> QKeyEvent:
    kind = QEvent.Type.KeyPress if down else QEvent.Type.KeyRelease
    event = QKeyEvent(kind, int(code if code is not None else ord(letter.upper())), ANY, letter, repeat)
    event.setTimestamp(at_ms)
    return event


def seen(*events: QKeyEvent) -> KeyTimes:
    times = KeyTimes()
    for event in events:
        times.see(event)
    return times


def test_holds_and_flights_come_out_and_overlaps_are_negative() -> None:
    times = seen(key(True, "a", 0), key(True, "b", 80), key(False, "a", 100), key(False, "b", 190))
    assert times.take() == Typed((100, 110), (-20,))
    assert times.take() is None


def test_a_key_held_down_is_one_key() -> None:
    repeated = [key(True, "a", at, repeat=True) for at in (400, 440)]
    times = seen(key(True, "a", 0), *repeated, key(False, "a", 460), key(True, "b", 500), key(False, "b", 580))
    assert times.take() == Typed((460, 80), (40,))


def test_a_correction_spoils_a_password_and_not_running_text() -> None:
    typed = (key(True, "a", 0), key(False, "a", 90), key(True, "", 200, Qt.Key.Key_Backspace), key(True, "b", 300), key(False, "b", 380))
    assert seen(*typed).take() is None
    assert seen(*typed).take(corrected=True) == Typed((90, 80), (210,))


def test_a_key_that_was_never_let_go_makes_no_sample() -> None:
    assert seen(key(True, "a", 0), key(False, "a", 90), key(True, "b", 100)).take() is None


def test_tab_and_return_are_no_keys_of_the_text() -> None:
    assert seen(key(True, "\t", 0, Qt.Key.Key_Tab), key(True, "\r", 9, Qt.Key.Key_Return)).keys == 0


def test_signing_in_hands_over_times_and_never_the_password(desk: Desk, qtbot: QtBot) -> None:
    shown = desk(st.Idle(), operator=None)
    page = shown.window.sign_in
    type_text(qtbot, page.name.line, "m.lind")
    type_text(qtbot, page.password.line, "right")
    type_text(qtbot, page.code.line, "123456")
    qtbot.keyClick(page.code.line, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: bool(shown.desk.passwords_typed))
    typed = shown.desk.passwords_typed[0]
    assert typed is not None
    assert (len(typed.holds_ms), len(typed.flights_ms)) == (5, 4)


def test_a_stretch_of_typing_is_judged_and_a_stranger_s_locks_the_window(desk: Desk, qtbot: QtBot) -> None:
    shown = desk(GOOD)
    line = shown.window.case.decision.reason.line
    shown.desk.unlike = True
    shown.window.show()
    type_text(qtbot, line, "the customer brought a letter of the town hall and a bill")
    qtbot.waitUntil(lambda: bool(shown.desk.stretches))
    qtbot.waitUntil(lambda: shown.desk.locks == 1)
    assert len(shown.desk.stretches[0].holds_ms) == 50
