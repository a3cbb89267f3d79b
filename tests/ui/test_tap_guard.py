"""A tap, two fingers, or a key too many on one page does nothing on the next."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QKeyEvent, QPointingDevice
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QWidget

from kiosk.journey import events as ev
from kiosk.journey import states as st
from kiosk.journey.contact import ContactField
from kiosk.values import Channel
from tests.ui.conftest import Shown, settle
from ui.booth import BoothWindow
from ui.specimens import Specimen, booth_specimens, case, finished, showing
from ui.tap_guard import LONGEST_QUIET_NS, QUIET_NS
from ui.widgets.keyboard import Key
from ui.widgets.once_button import OnceButton

Booth = Callable[..., Shown]
LEFT = Qt.MouseButton.LeftButton
SCENES = {specimen.name: specimen for specimen in booth_specimens("en")}
HANDED = (
    "welcome",
    "consent",
    "consent-idle",
    "document-searching",
    "contact-email",
    "face-blink",
    "face-light-amber",
    "camera-away",
    "approved",
)
"""One scene of each page with anything to touch, and one of what lies over them."""


def later(shown: Shown, by_ns: int) -> None:
    """Time stands still otherwise."""
    moment = shown.station.moment
    shown.station.moment = replace(moment, monotonic_ns=moment.monotonic_ns + by_ns)


def tap(window: BoothWindow, one: QWidget, place: QPoint | None = None) -> None:
    """As a pointer does: by way of the native window."""
    QTest.mouseClick(window.windowHandle(), LEFT, Qt.KeyboardModifier.NoModifier, one.mapTo(window, place or one.rect().center()))


def strike(window: BoothWindow, key: Qt.Key) -> None:
    QTest.keyClick(window.windowHandle(), key)


def handed(window: BoothWindow) -> list[QAbstractButton]:
    """Return what could be touched now; of the keyboard, one key in every row."""
    found = [one for one in window.findChildren(QAbstractButton) if one.isVisible() and one.isEnabled() and not isinstance(one, Key)]
    keyboard = window.contact.keyboard
    return found + ([row[0] for row in keyboard.rows()] if keyboard is not None and keyboard.isVisible() else [])


@cache
def touch_screen() -> QPointingDevice:
    return QTest.createTouchDevice()


def fingers(window: BoothWindow, *places: QPoint) -> None:
    """All of these at once with a finger each."""
    for deed in ("press", "release"):
        event = QTest.touchEvent(window, touch_screen())
        for number, place in enumerate(places):
            getattr(event, deed)(number, place, window)
        event.commit()


def middle(window: BoothWindow, one: QWidget) -> QPoint:
    return one.mapTo(window, one.rect().center())


def elsewhere(specimen: Specimen) -> st.State:
    """A state that is shown on another page."""
    return st.Idle() if not specimen.name.startswith("welcome") else finished(Channel.BOOTH, "en", st.Cancelled())


def came(booth: Booth, name: str) -> Shown:
    """A window whose page has just turned to this scene."""
    shown = booth(elsewhere(SCENES[name]))
    later(shown, LONGEST_QUIET_NS)
    shown.to(SCENES[name].state, SCENES[name].overview)
    settle()
    shown.station.posted.clear()
    return shown


def posted(shown: Shown) -> list[type[ev.Event]]:
    """What was told of beside how the screen was handled."""
    return [type(event) for event in shown.station.posted if not isinstance(event, ev.Handled)]


def untouched(shown: Shown) -> None:
    window = shown.window
    assert posted(shown) == []
    assert shown.station.begun == []
    assert not window.languages.isVisible()
    assert not window.comforts.isVisible()
    assert not any(tick.isChecked() for tick in window.consent._ticks)


@pytest.mark.parametrize("name", HANDED)
def test_whatever_is_tapped_as_a_page_comes_does_nothing_there(booth: Booth, name: str) -> None:
    shown = came(booth, name)
    assert handed(shown.window)
    for one in handed(shown.window):
        tap(shown.window, one)
        fingers(shown.window, middle(shown.window, one), middle(shown.window, one) + QPoint(3, 3))
    for key in (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Escape):
        strike(shown.window, key)
    untouched(shown)


@pytest.mark.parametrize("name", HANDED)
def test_once_the_page_has_been_there_a_while_a_tap_acts(booth: Booth, name: str) -> None:
    shown = came(booth, name)
    later(shown, QUIET_NS)
    tap(shown.window, next(one for one in handed(shown.window) if isinstance(one, OnceButton)))
    with pytest.raises(AssertionError):
        untouched(shown)


def test_taps_that_go_on_and_on_do_nothing_until_they_pause(booth: Booth) -> None:
    shown = came(booth, "consent")
    for _ in range(3):
        later(shown, QUIET_NS * 9 // 10)
        tap(shown.window, shown.window.consent.agree)
        untouched(shown)
    later(shown, QUIET_NS)
    tap(shown.window, shown.window.consent.agree)
    assert ev.ConsentGiven in posted(shown)


def test_a_page_does_not_stay_deaf_for_ever(booth: Booth) -> None:
    shown = came(booth, "consent")
    taps = 0
    while not posted(shown) and taps < 50:
        taps += 1
        later(shown, 100_000_000)
        tap(shown.window, shown.window.consent.agree)
    assert taps == LONGEST_QUIET_NS // 100_000_000


def test_a_finger_that_lay_on_the_last_page_presses_nothing_on_the_next(booth: Booth) -> None:
    shown = came(booth, "consent")
    later(shown, LONGEST_QUIET_NS)
    window, device = shown.window, touch_screen()
    place = middle(window, window.cancel)
    QTest.touchEvent(window, device).press(0, place, window).commit()
    shown.to(showing(case(Channel.BOOTH, "en")))
    later(shown, LONGEST_QUIET_NS)
    QTest.touchEvent(window, device).stationary(0).press(1, middle(window, window.help), window).commit()
    QTest.touchEvent(window, device).release(0, place, window).release(1, middle(window, window.help), window).commit()
    untouched(shown)


def test_a_button_pressed_as_the_page_turns_does_not_act_when_it_is_let_go(booth: Booth) -> None:
    shown = came(booth, "consent")
    later(shown, LONGEST_QUIET_NS)
    window = shown.window
    QTest.mousePress(window.windowHandle(), LEFT, Qt.KeyboardModifier.NoModifier, middle(window, window.cancel))
    assert window.cancel.isDown()
    shown.to(showing(case(Channel.BOOTH, "en")))
    later(shown, LONGEST_QUIET_NS)
    QTest.mouseRelease(window.windowHandle(), LEFT, Qt.KeyboardModifier.NoModifier, middle(window, window.cancel))
    untouched(shown)
    tap(shown.window, shown.window.cancel)
    assert posted(shown) == [ev.CancelTouched]


def test_a_key_held_down_acts_once(booth: Booth) -> None:
    shown = came(booth, "consent")
    later(shown, LONGEST_QUIET_NS)
    held = QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_Return, Qt.KeyboardModifier.NoModifier, "\r", True)
    shown.window.consent.agree.setFocus()
    QApplication.sendEvent(shown.window.windowHandle(), held)
    untouched(shown)


def test_the_second_tap_that_opens_the_choices_chooses_nothing_and_closes_nothing(booth: Booth) -> None:
    shown = came(booth, "document-searching")
    later(shown, LONGEST_QUIET_NS)
    tap(shown.window, shown.window.language)
    settle()
    assert shown.window.languages.isVisible()
    for one in (*shown.window.languages.buttons.values(), shown.window.languages.close_button):
        tap(shown.window, one)
    assert shown.window.languages.isVisible()
    assert posted(shown) == []


def test_the_second_tap_that_takes_the_cover_away_touches_nothing_beneath(booth: Booth) -> None:
    shown = came(booth, "contact-covered")
    later(shown, LONGEST_QUIET_NS)
    tap(shown.window, shown.window.cover, QPoint(5, 5))
    shown.to(SCENES["contact-email"].state)
    shown.station.posted.clear()
    fingers(shown.window, *(middle(shown.window, one) for one in (shown.window.contact.skip, shown.window.cancel)))
    untouched(shown)


def test_the_second_tap_on_next_skips_no_field_and_the_keys_stay_open(booth: Booth) -> None:
    shown = came(booth, "contact-email")
    later(shown, LONGEST_QUIET_NS)
    contact, taking = shown.window.contact, SCENES["contact-email"].state
    assert isinstance(taking, st.TakingContact)
    tap(shown.window, contact.go_on)
    shown.to(st.TakingContact(taking.case, taking.draft, ContactField.PHONE))
    shown.station.posted.clear()
    tap(shown.window, contact.go_on)
    strike(shown.window, Qt.Key.Key_Return)
    untouched(shown)
    assert contact.keyboard is not None
    tap(shown.window, next(key for key in contact.keyboard.all_keys() if key.sign == "7"))
    assert ev.ContactTyped in posted(shown)


def test_the_second_tap_on_what_one_cannot_do_spares_no_second_movement(booth: Booth) -> None:
    shown = came(booth, "face-blink")
    later(shown, LONGEST_QUIET_NS)
    tap(shown.window, shown.window.face.other_way)
    shown.to(SCENES["face-turn-right"].state)
    tap(shown.window, shown.window.face.other_way)
    assert posted(shown) == [ev.OtherWayTouched]


def test_one_switch_pressed_twice_takes_nothing_on_the_next_page(booth: Booth) -> None:
    shown = booth(st.Idle())
    later(shown, LONGEST_QUIET_NS)
    strike(shown.window, Qt.Key.Key_F8)
    later(shown, LONGEST_QUIET_NS)
    shown.to(showing(case(Channel.BOOTH, "en")))
    shown.station.posted.clear()
    for _ in range(5):
        shown.window._scanner.step()
        strike(shown.window, Qt.Key.Key_Space)
    untouched(shown)
