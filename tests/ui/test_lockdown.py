"""A locked booth: nothing a customer can press closes it or opens a menu; an operator gets in by a hidden gesture and a sign-in."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
import shiboken6
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtWidgets import QApplication, QLineEdit, QMenu
from pytestqt.qtbot import QtBot

from kiosk.faults import NotPermitted
from kiosk.journey import states as st
from kiosk.trust.factors import FactorKind
from kiosk.trust.operators import SignInOutcome, WrongSecret
from kiosk.trust.permissions import Role
from kiosk.trust.presence import SignedIn
from kiosk.trust.self_checks import Check, Status
from kiosk.values import Capture, Channel, OperatorId, StationClass, ns
from tests.ui.conftest import clipped_texts, settle
from ui.booth import BoothWindow
from ui.bridge import Bridge
from ui.phrases import LANGUAGES
from ui.screens.maintenance import LEFT_ALONE_S
from ui.specimens import NOW, StillStation, case
from ui.widgets.corner_gesture import WITHIN_NS, CornerGesture

LEFT = Qt.MouseButton.LeftButton
ADA = SignedIn(OperatorId("ada"), Role.ADMINISTRATOR, NOW.wall, FactorKind.TOTP)


class Maintenance:
    """Lets `ada` in with `right`, knows `tess` who may not; remembers what was done."""

    def __init__(self) -> None:
        self.done: list[str] = []

    def sign_in(self, name: str, password: str, code: str) -> SignInOutcome:
        self.done.append("sign-in")
        if password != "right":
            return WrongSecret()
        if name == "tess":
            raise NotPermitted("maintain-booth: not-allowed")
        return ADA

    def checks(self) -> tuple[Check, ...]:
        return (
            Check("camera", Status.OK, "It gives pictures."),
            Check("bank", Status.FAIL, "no connection", "Look at the cable, then at the address in branch.toml."),
        )

    def restart_camera(self) -> None:
        self.done.append("camera")

    def leave(self) -> None:
        self.done.append("leave")

    def sign_out(self) -> None:
        self.done.append("sign-out")


@pytest.fixture
def maintenance() -> Maintenance:
    return Maintenance()


@pytest.fixture
def window(qtbot: QtBot, maintenance: Maintenance) -> Iterator[BoothWindow]:
    bridge = Bridge(StillStation(st.Idle()))
    made = BoothWindow(
        bridge,
        station_class=StationClass.DEMO,
        capture=Capture.SIMULATION,
        reduced_motion=True,
        maintenance=maintenance,
        locked=True,
    )
    qtbot.addWidget(made)
    made.resize(1280, 800)
    made.show()
    qtbot.waitExposed(made)
    yield made
    bridge.stop()
    made.close()


def gesture(qtbot: QtBot, window: BoothWindow) -> None:
    for number in range(5):
        qtbot.mouseClick(window, LEFT, pos=QPoint(8 if number % 2 == 0 else window.width() - 8, 60))


def signed_in(qtbot: QtBot, window: BoothWindow, name: str = "ada", password: str = "right") -> None:  # noqa: S107
    panel = window.maintenance
    assert panel is not None
    gesture(qtbot, window)
    assert panel.isVisible()
    for line, text in (("name", name), ("password", password), ("code", "123456")):
        panel.lines[line].setText(text)
    qtbot.mouseClick(panel.enter, LEFT)
    qtbot.waitUntil(panel.enter.isEnabled)


def test_no_key_a_customer_has_closes_a_locked_booth(qtbot: QtBot, window: BoothWindow) -> None:
    for key, held in (
        (Qt.Key.Key_F4, Qt.KeyboardModifier.AltModifier),
        (Qt.Key.Key_Escape, Qt.KeyboardModifier.NoModifier),
        (Qt.Key.Key_Q, Qt.KeyboardModifier.ControlModifier),
        (Qt.Key.Key_W, Qt.KeyboardModifier.ControlModifier),
        (Qt.Key.Key_F11, Qt.KeyboardModifier.NoModifier),
    ):
        qtbot.keyClick(window, key, held)
        assert window.isVisible()
    assert not window.close()
    assert window.isVisible()
    flags = window.windowFlags()
    assert flags & Qt.WindowType.FramelessWindowHint
    assert flags & Qt.WindowType.WindowStaysOnTopHint


def test_a_system_that_ends_the_program_still_closes_it(window: BoothWindow) -> None:
    window._bridge.stop()
    assert window.close()


def test_no_menu_opens_anywhere(qtbot: QtBot, window: BoothWindow) -> None:
    shown = window._bridge.station
    assert isinstance(shown, StillStation)
    shown.state = st.AskingConsent(case(Channel.BOOTH, "en"))
    window.refresh()
    for widget in (window, *window.findChildren(QLineEdit), window.consent.agree, window.welcome):
        place = widget.rect().center()
        QApplication.sendEvent(widget, QContextMenuEvent(QContextMenuEvent.Reason.Mouse, place, widget.mapToGlobal(place)))
        assert QApplication.activePopupWidget() is None
    assert window.findChildren(QMenu) == []


def test_the_gesture_is_five_touches_of_the_upper_corners_in_turn_and_nothing_else() -> None:
    def made(*places: tuple[float, float], step_ns: int = 1_000_000_000) -> bool:
        gesture, done = CornerGesture(), False
        for number, (x, y) in enumerate(places):
            done = gesture.touched(x, y, 1280, number * step_ns)
        return done

    left, right, middle, low = (5.0, 5.0), (1275.0, 5.0), (640.0, 5.0), (5.0, 700.0)
    assert made(left, right, left, right, left)
    assert made(right, left, right, left, right)
    assert not made(left, right, left, right)
    assert not made(left, left, left, left, left)
    assert not made(left, right, middle, left, right)
    assert not made(left, right, low, left, right)
    assert not made(left, right, left, right, left, step_ns=WITHIN_NS // 3)


def test_during_a_visit_the_gesture_does_nothing(qtbot: QtBot, window: BoothWindow) -> None:
    station = window._bridge.station
    assert isinstance(station, StillStation)
    station.state = st.AskingConsent(case(Channel.BOOTH, "en"))
    window.refresh()
    gesture(qtbot, window)
    assert window.maintenance is not None
    assert not window.maintenance.isVisible()


def test_a_wrong_password_and_a_person_who_may_not_get_no_further(qtbot: QtBot, window: BoothWindow, maintenance: Maintenance) -> None:
    for name, password in (("ada", "wrong"), ("tess", "right")):
        signed_in(qtbot, window, name, password)
        panel = window.maintenance
        assert panel is not None
        assert not panel.leave.isVisible()
        assert panel.lines["password"].text() == ""
        assert panel._says.text()
        panel.shut()
    assert "leave" not in maintenance.done


def test_an_operator_sees_what_works_restarts_the_camera_and_ends_the_program(
    qtbot: QtBot, window: BoothWindow, maintenance: Maintenance
) -> None:
    signed_in(qtbot, window)
    panel = window.maintenance
    assert panel is not None
    qtbot.waitUntil(lambda: panel._checks.count() == 3)
    assert clipped_texts(window) == []
    qtbot.mouseClick(panel.camera, LEFT)
    qtbot.waitUntil(lambda: "camera" in maintenance.done)
    qtbot.mouseClick(panel.leave, LEFT)
    qtbot.waitUntil(lambda: not window.isVisible())
    assert maintenance.done == ["sign-in", "camera", "leave"]


def test_going_back_signs_out_and_leaves_nothing_typed(qtbot: QtBot, window: BoothWindow, maintenance: Maintenance) -> None:
    signed_in(qtbot, window)
    panel = window.maintenance
    assert panel is not None
    qtbot.mouseClick(panel.close_button, LEFT)
    qtbot.waitUntil(lambda: maintenance.done[-1] == "sign-out")
    assert not panel.isVisible()
    assert {line.text() for line in panel.lines.values()} == {""}
    assert not window.close()


def test_an_operator_who_walks_away_is_signed_out_and_the_page_closes(qtbot: QtBot, window: BoothWindow, maintenance: Maintenance) -> None:
    signed_in(qtbot, window)
    panel, station = window.maintenance, window._bridge.station
    assert panel is not None and isinstance(station, StillStation)
    later = replace(NOW, monotonic_ns=NOW.monotonic_ns + ns(LEFT_ALONE_S) - 1)
    station.moment = later
    window.refresh()
    assert panel.isVisible()
    qtbot.mouseClick(panel.look_again, LEFT)
    station.moment = replace(NOW, monotonic_ns=later.monotonic_ns + ns(LEFT_ALONE_S) - 1)
    window.refresh()
    assert panel.isVisible()
    station.moment = replace(NOW, monotonic_ns=later.monotonic_ns + ns(LEFT_ALONE_S))
    window.refresh()
    assert not panel.isVisible()
    qtbot.waitUntil(lambda: maintenance.done[-1] == "sign-out")
    assert "leave" not in maintenance.done


def test_an_operator_at_work_keeps_the_page_when_the_screen_is_turned(qtbot: QtBot, window: BoothWindow, maintenance: Maintenance) -> None:
    signed_in(qtbot, window)
    panel = window.maintenance
    assert panel is not None
    qtbot.waitUntil(panel.leave.isVisible)
    window.resize(800, 1280)
    window.refresh()
    assert window.maintenance is panel and panel.leave.isVisible()
    assert panel.geometry() == window.rect()
    panel.shut()
    window.refresh()
    assert window.maintenance is not panel, "the layout that fits the screen now"
    assert maintenance.done[-1] != "leave"


def test_an_answer_that_comes_after_the_page_has_gone_signs_out_and_harms_nothing(
    qtbot: QtBot, window: BoothWindow, maintenance: Maintenance
) -> None:
    gesture(qtbot, window)
    panel = window.maintenance
    assert panel is not None
    panel.lines["name"].setText("ada")
    panel.lines["password"].setText("right")
    panel._sign_in()
    panel.shut()
    shiboken6.delete(panel)
    qtbot.waitUntil(lambda: maintenance.done[-2:] in (["sign-in", "sign-out"], ["sign-out", "sign-out"]))
    assert window.isVisible()


def test_return_pressed_twice_is_one_try(qtbot: QtBot, window: BoothWindow, maintenance: Maintenance) -> None:
    gesture(qtbot, window)
    panel = window.maintenance
    assert panel is not None
    for line, text in (("name", "ada"), ("password", "right"), ("code", "123456")):
        panel.lines[line].setText(text)
    for _ in range(2):
        qtbot.keyClick(panel.lines["code"], Qt.Key.Key_Return)
    qtbot.waitUntil(panel.enter.isEnabled)
    qtbot.waitUntil(panel.leave.isVisible)
    assert maintenance.done == ["sign-in"]


def test_one_switch_offers_nothing_beneath_the_page(qtbot: QtBot, window: BoothWindow) -> None:
    gesture(qtbot, window)
    panel = window.maintenance
    assert panel is not None
    offered = [button for group in window._offered() for button in group]
    assert offered
    assert all(panel.isAncestorOf(button) for button in offered)


def test_what_a_customer_copied_is_not_there_for_the_next(qtbot: QtBot, window: BoothWindow) -> None:
    station = window._bridge.station
    assert isinstance(station, StillStation)
    station.state = st.AskingConsent(case(Channel.BOOTH, "en"))
    window.refresh()
    QApplication.clipboard().setText("anna@example.com")
    station.state = st.Idle()
    window.refresh()
    assert QApplication.clipboard().text() == ""


def test_it_can_be_typed_on_the_screen_alone(qtbot: QtBot, window: BoothWindow) -> None:
    gesture(qtbot, window)
    panel = window.maintenance
    assert panel is not None
    for sign in "ada":
        qtbot.mouseClick(next(key for key in panel.keyboard.all_keys() if key.sign == sign and key.isVisible()), LEFT)
    assert panel.lines["name"].text() == "ada"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_sign_in_fits_the_smallest_screen(qtbot: QtBot, window: BoothWindow, language: str) -> None:
    window._resting_language = language
    window.resize(1024, 600)
    window.refresh()
    gesture(qtbot, window)
    settle()
    assert window.maintenance is not None
    assert window.maintenance.isVisible()
    assert clipped_texts(window) == []


def test_a_locked_window_comes_back_to_the_front(qtbot: QtBot, window: BoothWindow) -> None:
    raised: list[QEvent.Type] = []
    window.raise_ = lambda: raised.append(QEvent.Type.ZOrderChange)  # type: ignore[method-assign]
    window.isActiveWindow = lambda: False  # type: ignore[method-assign]
    QApplication.sendEvent(window, QEvent(QEvent.Type.ActivationChange))
    assert raised == [QEvent.Type.ZOrderChange]
