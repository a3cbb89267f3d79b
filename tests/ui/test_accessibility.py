"""For everyone: every screen through Qt's accessibility interface, contrast in every look, one switch for everything."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import product

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QAccessibleInterface
from PySide6.QtWidgets import QAbstractButton, QApplication, QWidget
from pytestqt.qtbot import QtBot

from kiosk.journey import events as ev
from kiosk.journey import states as st
from kiosk.journey.contact import ContactDraft, ContactField
from kiosk.values import Channel
from tests.ui.conftest import Shown, settle
from ui.look import PLAIN, WISHES, Look
from ui.phrases import LANGUAGES
from ui.scanning import Scanner
from ui.scenes import Gesture
from ui.specimens import NOW, booth_specimens, case
from ui.tap_guard import QUIET_NS
from ui.theme import Face, Fit, contrast, load_theme, pairs

Booth = Callable[..., Shown]
LEFT = Qt.MouseButton.LeftButton
ROLE = QAccessible.Role
CONTROLS = frozenset({ROLE.Button, ROLE.CheckBox, ROLE.EditableText, ROLE.RadioButton, ROLE.ButtonMenu})
CONSENT = st.AskingConsent(case(Channel.BOOTH, "en"))


def interfaces(widget: QWidget) -> Iterator[QAccessibleInterface]:
    """Return what a screen reader can reach from this widget on, the widget first; what is not visible is not gone into."""
    found = QAccessible.queryAccessibleInterface(widget)
    if found is None or not found.isValid():
        return
    waiting = [found]
    while waiting:
        one = waiting.pop()
        if one.state().invisible:
            continue
        yield one
        waiting += [child for number in range(one.childCount()) if (child := one.child(number)) is not None and child.isValid()]


def name_of(one: QAccessibleInterface) -> str:
    return one.text(QAccessible.Text.Name)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_control_of_every_screen_has_a_role_and_a_name(booth: Booth, language: str) -> None:
    shown = booth(st.Idle(), language=language)
    for specimen in booth_specimens(language):
        window = shown.to(specimen.state, specimen.overview)
        settle()
        told = list(interfaces(window))
        nameless = [one.role() for one in told if (one.role() in CONTROLS or one.state().focusable) and not name_of(one)]
        assert nameless == [], specimen.name
        usable = [one for one in told if one.role() in CONTROLS and not one.state().disabled]
        assert usable or isinstance(specimen.state, st.OutOfService | st.Keeping), specimen.name


def test_every_text_on_a_screen_is_read_out_as_it_stands(booth: Booth) -> None:
    shown = booth(st.Idle())
    for specimen in booth_specimens("en"):
        window = shown.to(specimen.state, specimen.overview)
        settle()
        told = {name_of(one) for one in interfaces(window)}
        page = window._stack.currentWidget()
        assert page is not None
        from ui.widgets.labels import Text

        for label in page.findChildren(Text):
            if label.isVisible() and label.text():
                assert label.text() in told or label.accessibleName() in told, (specimen.name, label.text())


def test_a_figure_and_a_countdown_say_what_they_show(booth: Booth) -> None:
    shown = booth(st.Idle())
    seen: set[Gesture] = set()
    for specimen in booth_specimens("en"):
        window = shown.to(specimen.state, specimen.overview)
        for page in (window.document, window.face):
            if page.isVisible():
                seen.add(page.figure.gesture)
                # The prompt beside it is the same in words: nothing is shown by the picture alone.
                assert page.headline.text()
    assert seen == set(Gesture)


LOOKS = (PLAIN, Look(high_contrast=True), Look(large_text=True), Look(high_contrast=True, large_text=True, calm=True))


@pytest.mark.parametrize("look", LOOKS, ids=str)
def test_text_has_a_contrast_of_four_and_a_half_in_every_look_and_at_every_size(look: Look) -> None:
    for face, fit, pair in product(Face, (Fit(), Fit(low=True), Fit(2.5), Fit(narrow=True)), pairs()):
        theme = load_theme(face, fit, look)
        found = contrast(theme.colour(pair.ink), theme.colour(pair.paper))
        assert found >= min(pair.least, 4.5), f"{pair.ink} on {pair.paper}: {found:.2f}"
    text = {pair.ink for pair in pairs() if pair.least >= 4.5}
    assert {"ink", "ink-soft", "brand", "on-brand", "good", "doubt", "bad", "note", "on-stage", "on-banner", "on-disabled"} <= text


# One switch


def switched(booth: Booth, state: st.State) -> tuple[Shown, Scanner]:
    shown = booth(state)
    shown.window._toggle("one_switch", show=False)
    settle()
    # A page that has just come takes no key.
    shown.station.moment = replace(NOW, monotonic_ns=NOW.monotonic_ns + QUIET_NS)
    scanner = shown.window._scanner
    assert scanner.on
    return shown, scanner


def offered_until(scanner: Scanner, wanted: QAbstractButton, steps: int = 40) -> None:
    for _ in range(steps):
        if scanner._lit and wanted in scanner._lit:
            return
        scanner.step()
    raise AssertionError("never offered")


def test_with_one_switch_everything_is_offered_in_turn_and_taken(booth: Booth, qtbot: QtBot) -> None:
    shown, scanner = switched(booth, CONSENT)
    window = shown.window
    shown.station.posted.clear()
    offered = set()
    for _ in range(20):
        offered |= set(scanner._lit)
        scanner.step()
    assert {window.consent.agree, window.consent.prefer_person, window.cancel, window.consent.contact.box} <= offered
    offered_until(scanner, window.consent.contact.box)
    qtbot.keyClick(window, Qt.Key.Key_Space)
    assert window.consent.contact.isChecked()
    offered_until(scanner, window.consent.agree)
    qtbot.keyClick(window, Qt.Key.Key_Space)
    assert [type(event) for event in shown.station.posted] == [ev.ConsentGiven]


def test_a_keyboard_is_offered_row_by_row_and_then_key_by_key(booth: Booth, qtbot: QtBot) -> None:
    shown, scanner = switched(booth, st.TakingContact(case(Channel.BOOTH, "en"), ContactDraft(), ContactField.EMAIL))
    keyboard = shown.window.contact.keyboard
    assert keyboard is not None
    wanted = next(key for key in keyboard.all_keys() if key.sign == "d")
    offered_until(scanner, wanted)
    assert len(scanner._lit) > 1
    qtbot.keyClick(shown.window.contact.line, Qt.Key.Key_Return)
    offered_until(scanner, wanted)
    assert scanner._lit == (wanted,)
    qtbot.keyClick(shown.window.contact.line, Qt.Key.Key_Space)
    assert shown.window.contact.line.text() == "d"


def test_a_row_taken_by_mistake_is_left_again(booth: Booth, qtbot: QtBot) -> None:
    shown, scanner = switched(booth, st.TakingContact(case(Channel.BOOTH, "en"), ContactDraft(), ContactField.EMAIL))
    keyboard = shown.window.contact.keyboard
    assert keyboard is not None
    offered_until(scanner, keyboard.erase)
    row = len(scanner._lit)
    scanner.press()
    for _ in range(2 * row - 1):
        assert len(scanner._lit) == 1
        scanner.step()
    for _ in range(20):
        if len(scanner._lit) > 1:
            return
        scanner.step()
    raise AssertionError("the row was never left")


def test_one_switch_answers_the_warning_and_the_cover_too(booth: Booth) -> None:
    for name, part in (("consent-idle", "veil"), ("contact-covered", "cover")):
        specimen = next(one for one in booth_specimens("en") if one.name == name)
        shown, scanner = switched(booth, specimen.state)
        shown.station.posted.clear()
        offered_until(scanner, getattr(shown.window, part).button)
        scanner.press()
        assert shown.station.posted == [ev.StillHere()]


def test_the_next_customer_finds_no_switch(booth: Booth) -> None:
    shown, scanner = switched(booth, CONSENT)
    shown.to(st.Idle())
    assert not scanner.on


def test_a_window_that_is_closed_takes_no_key_from_another(booth: Booth, qtbot: QtBot) -> None:
    closed, _ = switched(booth, CONSENT)
    closed.window.close()
    other = booth(CONSENT)
    other.station.moment = replace(NOW, monotonic_ns=NOW.monotonic_ns + QUIET_NS)
    other.window.consent.contact.box.setFocus()
    qtbot.keyClick(other.window.consent.contact.box, Qt.Key.Key_Space)
    assert other.window.consent.contact.isChecked()


def test_a_key_turns_it_on_for_whom_nothing_can_be_touched(booth: Booth, qtbot: QtBot) -> None:
    shown = booth(CONSENT)
    focused = shown.window.focusWidget()
    assert focused is not None
    qtbot.keyClick(focused, Qt.Key.Key_F8)
    assert shown.window._scanner.on


@pytest.mark.parametrize("wish", WISHES)
def test_whatever_is_wished_the_journey_can_be_gone_by_keys(booth: Booth, qtbot: QtBot, wish: str) -> None:
    """Tab reaches every control that can be used, and comes round again."""
    if wish == "one_switch":
        pytest.skip("there the keys are the switch")
    shown = booth(CONSENT)
    shown.window._toggle(wish, show=False)
    settle()
    with qtbot.waitActive(shown.window):
        shown.window.activateWindow()
    reached = set()
    for _ in range(30):
        focused = QApplication.focusWidget()
        assert focused is not None
        reached.add(focused)
        qtbot.keyClick(focused, Qt.Key.Key_Tab)
    usable = {one for one in shown.window.findChildren(QAbstractButton) if one.isVisible() and one.isEnabled()}
    assert usable <= reached
