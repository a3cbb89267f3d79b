"""The contact page, its keyboard, and what covers a screen nobody stands before."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAccessible, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit
from pytestqt.qtbot import QtBot

from kiosk.journey import events as ev
from kiosk.journey import states as st
from kiosk.journey.contact import ContactDraft, ContactField
from kiosk.journey.reduce import reduce
from kiosk.values import Channel, Masked, SessionId, ns
from tests.journey.build import UNATTENDED
from tests.ui.conftest import Shown, clipped_texts, settle
from ui.booth import BoothWindow
from ui.keyboard_layouts import OWN_SCRIPTS, Layer, keys_of, layers_of
from ui.phrases import LANGUAGES
from ui.specimens import NOW, SESSION, booth_specimens, case, finished, read_document, showing
from ui.tap_guard import QUIET_NS
from ui.widgets.keyboard import Key, Keyboard

Booth = Callable[..., Shown]
LEFT = Qt.MouseButton.LeftButton
EMAIL, PHONE, ADDRESS = ContactField
UNTOUCHED = ContactDraft()


def taking(language: str = "en", at: ContactField = EMAIL, draft: ContactDraft = UNTOUCHED) -> st.TakingContact:
    """Of a customer whose document was read."""
    return st.TakingContact(replace(case(Channel.BOOTH, language), document=read_document()), draft, at)


def keyboard_of(window: BoothWindow) -> Keyboard:
    keyboard = window.contact.keyboard
    assert keyboard is not None
    return keyboard


def key(window: BoothWindow, sign: str) -> Key:
    return next(key for key in keyboard_of(window).all_keys() if key.sign == sign and key.isVisible())


def reduced(shown: Shown) -> None:
    """Let the journey take what was posted, as the station would."""
    for event in shown.station.posted:
        shown.station.state, _ = reduce(shown.station.state, event, shown.station.moment, UNATTENDED)
    shown.station.posted.clear()
    shown.window.refresh()


def test_letters_touched_are_in_the_line_and_in_the_case(booth: Booth, qtbot: QtBot) -> None:
    shown = booth(taking())
    for sign in "an@b.co":
        qtbot.mouseClick(key(shown.window, sign), LEFT)
        reduced(shown)
    qtbot.mouseClick(keyboard_of(shown.window).erase, LEFT)
    reduced(shown)
    state = shown.station.state
    assert isinstance(state, st.TakingContact)
    assert shown.window.contact.line.text() == state.draft.email.reveal() == "an@b.c"


def test_two_fingers_at_once_strike_two_keys(booth: Booth, qtbot: QtBot) -> None:
    shown = booth(taking())
    # A page that has just come takes no touch.
    shown.station.moment = replace(NOW, monotonic_ns=NOW.monotonic_ns + QUIET_NS)
    device = QTest.createTouchDevice()
    first, second = key(shown.window, "q"), key(shown.window, "p")
    QTest.touchEvent(first, device).press(0, first.rect().center(), first).press(1, second.rect().center(), second).commit()
    QTest.touchEvent(first, device).release(0, first.rect().center(), first).release(1, second.rect().center(), second).commit()
    assert sorted(shown.window.contact.line.text()) == ["p", "q"]


def test_fast_typing_while_the_screen_is_redrawn_loses_nothing(booth: Booth, qtbot: QtBot) -> None:
    shown = booth(taking())
    for number in range(60):
        qtbot.mouseClick(key(shown.window, "qwe"[number % 3]), LEFT)
        if number % 7 == 0:
            shown.window.refresh()  # of a state that does not know the latest strokes yet
    reduced(shown)
    assert shown.window.contact.line.text() == "qwe" * 20


def test_what_was_typed_is_there_again_after_another_look_and_another_size(booth: Booth, qtbot: QtBot) -> None:
    shown = booth(taking())
    qtbot.keyClicks(shown.window.contact.line, "anna@example.org")
    reduced(shown)
    qtbot.mouseClick(shown.window.comfort, LEFT)
    qtbot.mouseClick(shown.window.comforts.buttons["high_contrast"], LEFT)
    reduced(shown)
    assert shown.window.contact.line.text() == "anna@example.org"
    shown.window.resize(800, 1280)
    shown.window.resize(1920, 1080)
    settle()
    assert shown.window.contact.line.text() == "anna@example.org"


def test_the_way_through_all_three_fields_by_touch(booth: Booth, qtbot: QtBot) -> None:
    shown = booth(taking(draft=ContactDraft(address=Masked("12 Harbour Road"), prefilled=True)))
    window = shown.window
    for field, text in ((EMAIL, "a@b.org"), (PHONE, "+441234567"), (ADDRESS, "")):
        qtbot.mouseClick(window.contact.tabs[field], LEFT)
        reduced(shown)
        for sign in text:
            qtbot.mouseClick(key(window, sign), LEFT)
            reduced(shown)
        assert window.contact.go_on.isEnabled()
    qtbot.mouseClick(window.contact.go_on, LEFT)
    assert shown.station.posted == [ev.ContactGiven(SESSION)]


def test_whoever_gave_one_way_to_be_reached_is_done_with_the_next_touch(booth: Booth, qtbot: QtBot) -> None:
    shown = booth(taking())
    contact = shown.window.contact
    assert contact.go_on.accessibleName() == "Next"
    qtbot.keyClicks(contact.line, "anna@example.org")
    reduced(shown)
    assert contact.go_on.accessibleName() == "Done"
    qtbot.mouseClick(contact.go_on, LEFT)
    assert shown.station.posted == [ev.ContactGiven(SESSION)]


def test_what_is_offered_is_in_the_line_after_one_touch_and_typing_goes_on_behind_it(booth: Booth, qtbot: QtBot) -> None:
    shown = booth(taking())
    contact = shown.window.contact
    assert [button.text() for button in contact.offered] == ["anna.eriksson", "annaeriksson", "a.eriksson", "anna"]
    qtbot.mouseClick(contact.offered[0], LEFT)
    reduced(shown)
    assert contact.line.text() == "anna.eriksson"
    assert contact.offered[0].text() == "@gmail.com"
    assert contact.offered[0].accessibleName() == "anna.eriksson@gmail.com"
    qtbot.keyClicks(contact.line, "7")
    reduced(shown)
    qtbot.mouseClick(contact.offered[0], LEFT)
    reduced(shown)
    state = shown.station.state
    assert isinstance(state, st.TakingContact)
    assert state.draft.email == Masked("anna.eriksson7@gmail.com")
    assert not any(button.isVisible() for button in contact.offered)


def test_the_keys_stay_where_they_are_whatever_is_offered(booth: Booth, qtbot: QtBot) -> None:
    shown = booth(taking())
    place = keyboard_of(shown.window).geometry()
    for text in ("anna@gmail.com", "@", "x"):
        shown.window.contact.line.clear()
        qtbot.keyClicks(shown.window.contact.line, text)
        reduced(shown)
        settle()
        assert keyboard_of(shown.window).geometry() == place


def test_no_name_stays_on_what_was_offered_after_the_page(booth: Booth, qtbot: QtBot) -> None:
    shown = booth(taking())
    shown.to(finished(Channel.BOOTH, "en", st.Cancelled()))
    assert [button.text() for button in shown.window.contact.offered] == ["", "", "", ""]
    assert shown.window.contact._taken == ()


def test_wrong_or_unfinished_there_is_no_next_and_the_reason_stands_beside_it(booth: Booth, qtbot: QtBot) -> None:
    shown = booth(taking())
    qtbot.keyClicks(shown.window.contact.line, "anna@@")
    reduced(shown)
    assert not shown.window.contact.go_on.isEnabled()
    assert shown.window.contact._says.text() == "There are two @ signs."
    assert shown.window.contact.line.accessibleDescription() == "There are two @ signs."
    qtbot.keyClick(shown.window.contact.line, Qt.Key.Key_Return)
    reduced(shown)
    state = shown.station.state
    assert isinstance(state, st.TakingContact)
    assert state.at is EMAIL


def test_who_got_stuck_can_leave_it_out_but_nobody_throws_away_a_way_to_be_reached(booth: Booth, qtbot: QtBot) -> None:
    shown = booth(taking())
    contact = shown.window.contact
    assert contact.skip.isVisible()
    qtbot.keyClicks(contact.line, "anna@@")
    reduced(shown)
    assert contact.skip.isVisible() and contact.skip.isEnabled()
    assert not contact.go_on.isEnabled()
    contact.line.clear()
    qtbot.keyClicks(contact.line, "anna@example.org")
    reduced(shown)
    assert not contact.skip.isVisible()
    assert contact.go_on.isEnabled()


def test_after_the_page_nothing_of_what_was_typed_is_in_it(booth: Booth, qtbot: QtBot) -> None:
    shown = booth(taking(draft=ContactDraft(email=Masked("anna@example.org"))))
    assert shown.window.contact.line.text() == "anna@example.org"
    shown.to(st.Idle())
    assert shown.window.contact.line.text() == ""
    assert not shown.window.contact.line.isUndoAvailable()
    assert "anna" not in " ".join(label.text() for label in shown.window.findChildren(QLabel))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("size", [(1280, 800), (1024, 600)])
def test_every_sign_of_every_layer_fits_its_key_has_a_name_and_can_be_typed(
    booth: Booth, qtbot: QtBot, language: str, size: tuple[int, int]
) -> None:
    shown = booth(taking(language), language=language, size=size)
    for field in ContactField:
        shown.to(taking(language, field))
        keyboard = keyboard_of(shown.window)
        for layer in layers_of(language, field):
            keyboard._turn_to(layer)
            wanted = keys_of(language, field, layer)
            for shifted in (False, True) if wanted.has_shift else (False,):
                if shifted:
                    keyboard._toggle_shift()
                settle()
                shown_keys = [one for one in keyboard.all_keys() if one.isVisible()]
                rows = wanted.shifted if shifted else wanted.rows
                assert {sign for row in rows for sign in row} <= {one.sign for one in shown_keys}
                assert all(one.accessibleName() for one in shown_keys)
                assert clipped_texts(shown.window) == []
                assert shown.window.size().toTuple() == size


def test_the_address_is_written_in_the_customers_own_script_and_the_rest_in_latin() -> None:
    assert set(OWN_SCRIPTS) == {"ar", "hi"}
    for language in LANGUAGES:
        assert layers_of(language, EMAIL)[0] is Layer.LATIN
        assert layers_of(language, PHONE) == (Layer.DIGITS,)
        assert (layers_of(language, ADDRESS)[0] is Layer.OWN) == (language in OWN_SCRIPTS)
        assert all(sign.isascii() for row in keys_of(language, EMAIL, Layer.LATIN).rows for sign in row)


def test_arrow_keys_walk_the_keyboard_and_tab_goes_past_it(booth: Booth, qtbot: QtBot) -> None:
    shown = booth(taking())
    with qtbot.waitActive(shown.window):
        shown.window.activateWindow()
    keyboard = keyboard_of(shown.window)
    keyboard.go_to(key(shown.window, "q"))
    for arrow in (Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Down):
        focused = QApplication.focusWidget()
        assert focused is not None
        qtbot.keyClick(focused, arrow)
    struck = QApplication.focusWidget()
    assert isinstance(struck, Key)
    assert struck.sign in "sd"
    qtbot.keyClick(struck, Qt.Key.Key_Return)
    assert shown.window.contact.line.text() == struck.sign
    qtbot.keyClick(struck, Qt.Key.Key_Tab)
    after = QApplication.focusWidget()
    assert after is not None
    assert not isinstance(after, Key)


# Nobody there


def absent(standing: st.Case) -> st.Case:
    """The eyes have looked in vain for four seconds."""
    return replace(standing, seen_ns=NOW.monotonic_ns - ns(4), looked_ns=NOW.monotonic_ns)


def test_nobody_there_nothing_shines_through_and_everything_is_as_it_was_afterwards(booth: Booth, qtbot: QtBot) -> None:
    draft = ContactDraft(email=Masked("anna@example.org"))
    shown = booth(taking(draft=draft))
    away = taking(draft=draft)
    shown.to(replace(away, case=absent(away.case)))
    other = shown.station.state
    covered = shown.window.grab().toImage()
    shown.to(replace(away, draft=ContactDraft(), case=other.case))  # type: ignore[union-attr]
    assert shown.window.grab().toImage() == covered
    qtbot.mouseClick(shown.window.cover, LEFT, pos=QPoint(5, 5))
    assert shown.station.posted == [ev.StillHere()]
    shown.to(taking(draft=draft))
    assert not shown.window.cover.isVisible()
    assert shown.window.contact.line.text() == "anna@example.org"
    assert shown.window.contact.line is shown.window.focusWidget()


def test_while_it_is_covered_no_key_reaches_what_is_beneath(booth: Booth, qtbot: QtBot) -> None:
    away = taking()
    shown = booth(replace(away, case=absent(away.case)))
    focused = shown.window.focusWidget()
    assert focused is not None
    qtbot.keyClicks(focused, "abc")
    qtbot.keyClick(focused, Qt.Key.Key_Tab)
    assert shown.window.contact.line.text() == ""
    assert set(map(type, shown.station.posted)) <= {ev.StillHere}


def test_a_camera_that_fails_takes_no_cover_away(booth: Booth) -> None:
    """Nobody stood there when it failed: what was typed is not for whoever pulls the cable."""
    away = taking()
    shown = booth(replace(away, case=absent(away.case)))
    shown.to(shown.station.state, replace(shown.station.overview, camera_problem="CameraLost"))
    assert shown.window.cover.isVisible()


def found(text: str) -> st.TakingContact:
    """Somebody stands there again; what is in the e-mail field was typed before."""
    return replace(taking(draft=ContactDraft(email=Masked(text))), left=True, hidden=frozenset({ContactField.EMAIL}))


def test_whoever_comes_after_the_cover_sees_nothing_of_what_was_typed_before(booth: Booth) -> None:
    shown = booth(found("anna@example.org"))
    seen = shown.window.grab().toImage()
    shown.to(replace(found("otto@beispiel.de"), case=replace(case(Channel.BOOTH, "en"), session=SessionId("77" * 16))))
    assert shown.window.contact.line.text() == "otto@beispiel.de"
    assert shown.window.grab().toImage() == seen
    read = QAccessible.queryAccessibleInterface(shown.window.contact.line)
    assert "otto" not in read.text(QAccessible.Text.Value)
    assert not any(button.isVisible() for button in shown.window.contact.offered)
    shown.window.contact.line.selectAll()
    shown.window.contact.line.copy()
    assert "otto" not in QGuiApplication.clipboard().text()


def test_one_touch_erases_what_cannot_be_seen_and_what_is_typed_then_can(booth: Booth, qtbot: QtBot) -> None:
    shown = booth(found("anna@example.org"))
    keyboard = keyboard_of(shown.window)
    keyboard.erased.emit()
    reduced(shown)
    keyboard.typed.emit("b")
    reduced(shown)
    assert shown.window.contact.line.displayText() == "b"


def test_what_was_hidden_and_erased_with_keys_is_not_brought_back_by_undoing(booth: Booth, qtbot: QtBot) -> None:
    shown = booth(taking())
    line = shown.window.contact.line
    qtbot.keyClicks(line, "anna@utopia.example")
    reduced(shown)
    shown.to(found("anna@utopia.example"))
    qtbot.keyClick(line, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    qtbot.keyClick(line, Qt.Key.Key_Delete)
    reduced(shown)
    assert line.echoMode() is QLineEdit.EchoMode.Normal
    qtbot.keyClick(line, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert line.text() == ""


def test_a_touch_answers_the_second_warning_as_it_answered_the_first(booth: Booth, qtbot: QtBot) -> None:
    warned = next(one for one in booth_specimens("en") if one.name == "consent-idle")
    shown = booth(warned.state)
    for number in range(1, 12):
        shown.to(warned.state)
        assert shown.window.veil.isVisible()
        qtbot.mouseClick(shown.window.veil, LEFT, pos=QPoint(5, 5))
        assert shown.station.posted == [ev.StillHere()] * number
        shown.to(showing(case(Channel.BOOTH, "en")))
        assert not shown.window.veil.isVisible()
