"""How a screen is handled: ways and times between touches, never places."""

from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent, QWindow
from pytestqt.qtbot import QtBot

from kiosk.journey.events import Handled
from ui.handling import HandlingWatch

NONE, LEFT = Qt.MouseButton.NoButton, Qt.MouseButton.LeftButton


def mouse(watch: HandlingWatch, window: QWindow, kind: QEvent.Type, x: float, y: float, at_ms: int) -> None:
    place = QPointF(x, y)
    event = QMouseEvent(kind, place, place, LEFT if kind is QEvent.Type.MouseButtonPress else NONE, NONE, Qt.KeyboardModifier.NoModifier)
    event.setTimestamp(at_ms)
    watch.eventFilter(window, event)


def test_a_detour_is_longer_than_the_straight_way(qtbot: QtBot) -> None:
    told: list[Handled] = []
    watch, window = HandlingWatch(told.append), QWindow()
    mouse(watch, window, QEvent.Type.MouseButtonPress, 0, 0, 1_000)
    mouse(watch, window, QEvent.Type.MouseMove, 30, 40, 1_200)
    mouse(watch, window, QEvent.Type.MouseButtonPress, 60, 0, 1_500)
    assert told == [Handled(0.0, 0.0, 0.0), Handled(100.0, 60.0, 0.5)]


def test_the_next_customer_begins_anew(qtbot: QtBot) -> None:
    told: list[Handled] = []
    watch, window = HandlingWatch(told.append), QWindow()
    mouse(watch, window, QEvent.Type.MouseButtonPress, 0, 0, 1_000)
    watch.forget()
    mouse(watch, window, QEvent.Type.MouseButtonPress, 500, 0, 9_000)
    assert told[1] == Handled(0.0, 0.0, 0.0)


def test_what_widgets_get_again_is_not_counted_twice(qtbot: QtBot) -> None:
    told: list[Handled] = []
    watch = HandlingWatch(told.append)
    event = QMouseEvent(QEvent.Type.MouseButtonPress, QPointF(), QPointF(), LEFT, LEFT, Qt.KeyboardModifier.NoModifier)
    watch.eventFilter(watch, event)
    assert told == []
