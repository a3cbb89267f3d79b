"""Who may look: signing in, locking, and nothing of the last customer left."""

import gc
import weakref
from dataclasses import replace

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QLineEdit
from pytestqt.qtbot import QtBot

from kiosk.journey import states as st
from kiosk.record import Decision
from kiosk.values import Channel
from tests.ui.conftest import ShownDesk, pixels_within, settle
from tests.ui.desk_hands import GOOD, LEFT, NEW, Desk, press, type_text
from ui.specimen_desk import busy_overview
from ui.specimens import (
    NOW,
    face_frame,
    face_view,
    finished,
    live_run,
    proving,
    read_document,
    showing,
)


def test_a_window_nobody_touches_is_locked_and_shows_nobodys_case(desk: Desk, qtbot: QtBot) -> None:
    shown = desk(GOOD, overview=busy_overview())
    shown.desk.idle = True
    shown.bridge.refreshed.emit()
    qtbot.waitUntil(lambda: shown.desk.locks == 1)
    assert shown.window.sign_in.isVisible()
    assert not shown.window.sign_in.name.isVisible()
    assert not shown.window.cases.isVisible()
    assert not shown.window.case.isVisible()
    assert "m.lind" in shown.window.sign_in._says.text()
    shown.desk.idle = False
    type_text(qtbot, shown.window.sign_in.password.line, "wrong")
    qtbot.mouseClick(shown.window.sign_in.button, LEFT)
    qtbot.waitUntil(lambda: shown.window.sign_in._answer.text() == "Name, password or code isn't right")
    assert not shown.window.case.isVisible()
    type_text(qtbot, shown.window.sign_in.password.line, "right")
    type_text(qtbot, shown.window.sign_in.code.line, "123456")
    qtbot.keyClick(shown.window.sign_in.code.line, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: shown.window.case.isVisible())


def test_a_touch_counts_as_a_sign_of_life(desk: Desk, qtbot: QtBot) -> None:
    shown = desk(GOOD)
    before = shown.desk.touches
    qtbot.keyClick(shown.window.case.decision.reason.line, Qt.Key.Key_A)
    assert shown.desk.touches > before


def test_whoever_has_no_second_factor_enrols_one_and_sees_the_codes_once(desk: Desk, qtbot: QtBot) -> None:
    shown = desk(st.Idle(), operator=None)
    window, enrol = shown.window, shown.window.enrol
    type_text(qtbot, window.sign_in.name.line, "new")
    type_text(qtbot, window.sign_in.password.line, "right")
    qtbot.mouseClick(window.sign_in.button, LEFT)
    qtbot.waitUntil(lambda: enrol.isVisible())
    assert not enrol.picture.pixmap().isNull()
    type_text(qtbot, enrol.code.line, "999999")
    qtbot.keyClick(enrol.code.line, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: enrol._answer.text() == "That code isn't right. Wait for the next one.")
    type_text(qtbot, enrol.code.line, "123456")
    qtbot.keyClick(enrol.code.line, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: enrol.codes[0].isVisible())
    assert enrol.codes[9].text() == "ABCD-EFGH-JKLM-0009"
    qtbot.mouseClick(enrol.confirm, LEFT)
    assert window.sign_in.isVisible()
    assert [text.text() for text in enrol.codes] == [""] * 10
    assert enrol.picture.pixmap().isNull()
    assert enrol.typed.text() == ""


def test_nobody_sees_a_case_before_signing_in(desk: Desk, qtbot: QtBot) -> None:
    shown = desk(GOOD, operator=None, overview=busy_overview())
    assert shown.window.sign_in.isVisible()
    assert not shown.window.case.isVisible()
    assert not shown.window.cases.isVisible()
    press(qtbot, shown, Qt.Key.Key_F8)
    assert shown.station.posted == []


def test_signing_in_by_keyboard_alone(desk: Desk, qtbot: QtBot) -> None:
    shown = desk(st.Idle(), operator=None)
    type_text(qtbot, shown.window.sign_in.name.line, "m.lind")
    qtbot.keyClick(shown.window.sign_in.name.line, Qt.Key.Key_Return)
    type_text(qtbot, shown.window.sign_in.password.line, "right")
    qtbot.keyClick(shown.window.sign_in.password.line, Qt.Key.Key_Return)
    assert shown.window.sign_in.code.line.hasFocus()
    type_text(qtbot, shown.window.sign_in.code.line, "123456")
    qtbot.keyClick(shown.window.sign_in.code.line, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: shown.window.new_case.isVisible())


def test_a_wrong_password_is_said_and_forgotten(desk: Desk, qtbot: QtBot) -> None:
    shown = desk(st.Idle(), operator=None)
    type_text(qtbot, shown.window.sign_in.name.line, "m.lind")
    type_text(qtbot, shown.window.sign_in.password.line, "wrong")
    qtbot.mouseClick(shown.window.sign_in.button, LEFT)
    assert shown.window.sign_in.password.text == ""
    qtbot.waitUntil(lambda: shown.window.sign_in.button.isEnabled())
    assert shown.window.sign_in._answer.text() == "Name, password or code isn't right"
    assert not shown.window.new_case.isVisible()


def test_passwords_are_never_shown(desk: Desk) -> None:
    window = desk(st.Idle(), operator=None).window
    for field in (window.sign_in.password, window.sign_in.code, window.case.decision.second.password, window.case.decision.second.code):
        assert field.line.echoMode() is QLineEdit.EchoMode.Password


def test_the_next_case_finds_nothing_of_the_last(desk: Desk, qtbot: QtBot) -> None:
    shown = desk(GOOD)
    window = shown.window
    settle()
    window.grab()
    type_text(qtbot, window.case.decision.reason.line, "typed about Anna")
    pixels = window.case.document.first.page._canvas
    assert pixels is not None
    shown.to(finished(Channel.DESK, "en", st.Decided(Decision.APPROVE)))
    assert not pixels.any()
    texts = [line.text() for line in window.findChildren(QLineEdit)]
    labels = [label.text() for label in window.case.findChildren(QLabel)]
    for secret in ("Anna", "ERIKSSON", "D23145890", "Harbour"):
        assert not any(secret in text for text in (*texts, *labels))


def test_after_a_case_nothing_at_the_desk_holds_a_picture_of_the_customer(desk: Desk, qtbot: QtBot) -> None:
    shown = desk(st.Idle())
    held = show_a_case_of_its_own(shown)
    shown.to(finished(Channel.DESK, "en", st.Decided(Decision.APPROVE)))
    shown.to(st.Idle())
    settle()
    gc.collect()
    assert [name for name, picture in held.items() if picture() is not None] == []
    assert pixels_within(shown.window) == []


def show_a_case_of_its_own(shown: ShownDesk) -> dict[str, "weakref.ref[object]"]:
    """Show a whole case made of pictures nobody else holds; return weak references to them."""
    document, view = read_document(), face_view()
    assert document.page is not None
    assert document.portrait is not None
    document = replace(document, page=document.page.copy())
    assert document.page is not None
    assert document.portrait is not None
    frame = replace(face_frame(), pixels=face_frame().pixels.copy())
    new = replace(NEW, document=document, views=(view,))
    held: dict[str, weakref.ref[object]] = {
        "page": weakref.ref(document.page),
        "portrait": weakref.ref(document.portrait.pixels),
        "chip": weakref.ref(view.chip),
        "frame": weakref.ref(frame.pixels),
    }
    shown.station.frame = frame
    states = (showing(new), proving(new, live_run(1)), st.AwaitingDisposition(replace(GOOD.case, document=document, views=(view,))))
    for state in states:
        shown.to(state)
        shown.bridge.look.emit()
        settle()
        shown.window.grab()
    assert all(picture() is not None for picture in held.values())
    shown.station.frame = None
    return held


def test_markup_in_a_printed_name_stays_text(desk: Desk) -> None:
    document = read_document()
    fields = replace(document.fields, surname=type(document.fields.surname)("<b>ERIKSSON</b><img src=x>"))
    read = replace(NEW, document=replace(document, fields=fields))
    window = desk(st.PreparingFace(read, NOW.monotonic_ns)).window
    (value,) = (value for _, value in window.case.document.first.fields._rows if "ERIKSSON" in value.text())
    assert value.textFormat() is Qt.TextFormat.PlainText


def test_nobody_signs_out_in_the_middle_of_a_case(desk: Desk, qtbot: QtBot) -> None:
    shown = desk(showing(NEW))
    qtbot.mouseClick(shown.window.sign_out, LEFT)
    assert shown.window.case.isVisible()
    shown.to(st.Idle())
    qtbot.mouseClick(shown.window.sign_out, LEFT)
    assert shown.window.sign_in.isVisible()


def test_what_was_looked_for_is_gone_when_the_teller_signs_out(desk: Desk, qtbot: QtBot) -> None:
    shown = desk(st.Idle(), overview=busy_overview())
    qtbot.keyClicks(shown.window.cases.search, "mustermann")
    qtbot.mouseClick(shown.window.sign_out, LEFT)
    assert shown.window.cases.search.text() == ""
