"""Windows over a station that stands still. Any Qt warning fails the test it happens in."""

import faulthandler
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from unicodedata import east_asian_width

import numpy as np
import pytest
from PySide6.QtCore import QMessageLogContext, QRect, QtMsgType, qInstallMessageHandler
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QAbstractScrollArea, QApplication, QCheckBox, QLabel, QLineEdit, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from kiosk.frame import Frame
from kiosk.journey.states import State
from kiosk.station.overview import StationOverview
from kiosk.values import Capture, OperatorId, StationClass
from ui.booth import BoothWindow
from ui.bridge import Bridge
from ui.desk import DeskWindow
from ui.specimen_desk import OpenDesk
from ui.specimens import (
    StillStation,
)

faulthandler.enable()

HARMLESS = (
    "This plugin does not support propagateSizeHints()",
    "This plugin does not support raise()",
    'OpenType support missing for "Noto Sans", script 11',
    'OpenType support missing for "Noto Sans Arabic", script 11',
)
"""What the offscreen platform says for want of a window manager, and Qt when it leaves the first fonts for the one that has
Devanagari."""

LARGEST_ICON = 180
"""Pixels: the sign of a result."""


@pytest.fixture(autouse=True)
def silent_qt() -> Iterator[None]:
    said: list[str] = []

    def hear(kind: QtMsgType, context: QMessageLogContext, message: str) -> None:
        if kind is not QtMsgType.QtDebugMsg and message not in HARMLESS:
            said.append(message)

    before = qInstallMessageHandler(hear)
    yield
    qInstallMessageHandler(before)
    assert said == []


@dataclass(slots=True, eq=False)
class Shown:
    """A booth window and the station behind it."""

    station: StillStation
    bridge: Bridge
    window: BoothWindow

    def to(self, state: State, overview: StationOverview | None = None) -> BoothWindow:
        self.station.state = state
        if overview is not None:
            self.station.overview = overview
        self.window.refresh()
        return self.window


@dataclass(slots=True, eq=False)
class ShownDesk:
    station: StillStation
    bridge: Bridge
    desk: OpenDesk
    window: DeskWindow

    def to(self, state: State, overview: StationOverview | None = None) -> DeskWindow:
        self.station.state = state
        if overview is not None:
            self.station.overview = overview
        self.window.refresh()
        return self.window


@pytest.fixture
def booth(qtbot: QtBot) -> Iterator[Callable[..., Shown]]:
    """Make booth windows: `booth(state, language="ar", size=(1024, 600))`."""
    bridges: list[Bridge] = []

    def make(state: State, *, language: str = "en", size: tuple[int, int] = (1280, 800)) -> Shown:
        station = StillStation(state)
        bridge = Bridge(station)
        bridges.append(bridge)
        window = BoothWindow(bridge, station_class=StationClass.DEMO, capture=Capture.SIMULATION, language=language, reduced_motion=True)
        qtbot.addWidget(window)
        window.resize(*size)
        window.show()
        qtbot.waitExposed(window)
        return Shown(station, bridge, window)

    yield make
    for bridge in bridges:
        bridge.stop()


@pytest.fixture
def desk(qtbot: QtBot) -> Iterator[Callable[..., ShownDesk]]:
    """Make desk windows; operator None shows the sign-in."""
    bridges: list[Bridge] = []

    def make(
        state: State,
        *,
        language: str = "en",
        size: tuple[int, int] = (1280, 800),
        operator: str | None = "m.lind",
        overview: StationOverview | None = None,
    ) -> ShownDesk:
        station = StillStation(state, overview or StationOverview())
        bridge = Bridge(station)
        bridges.append(bridge)
        access = OpenDesk()
        window = DeskWindow(
            bridge,
            access,
            station_class=StationClass.DEMO,
            capture=Capture.SIMULATION,
            language=language,
            operator=None if operator is None else OperatorId(operator),
        )
        qtbot.addWidget(window)
        window.resize(*size)
        window.show()
        # Shortcuts are heard by the active window only.
        with qtbot.waitActive(window):
            window.activateWindow()
        return ShownDesk(station, bridge, access, window)

    yield make
    for bridge in bridges:
        bridge.stop()


def settle() -> None:
    """Let every layout that was asked for come to rest: one level of nesting at a time."""
    for _ in range(6):
        QApplication.sendPostedEvents()
        QApplication.processEvents()


def pixels_within(window: QWidget) -> list[str]:
    """Return where a window or anything within it holds a picture: an array, a frame or an image that is not blank, a label's pixmap
    larger than an icon."""
    found = []
    for widget in (window, *window.findChildren(QWidget)):
        for name, value in vars(widget).items():
            if isinstance(value, Frame) or (isinstance(value, np.ndarray) and value.any()) or isinstance(value, QImage):
                found.append(f"{type(widget).__name__}.{name}")
        if isinstance(widget, QLabel) and max(widget.pixmap().size().toTuple()) > LARGEST_ICON:
            found.append(f"{type(widget).__name__} shows a pixmap")
    return found


def clipped_texts(window: QWidget) -> list[str]:
    """Return every visible label and button whose text does not fit where it stands."""
    return [
        *(f"label '{label.text()}' {why}" for label in window.findChildren(QLabel) if (why := _label_clipped(label))),
        *(f"button '{button.text()}' {why}" for button in window.findChildren(QPushButton) if (why := _button_clipped(button))),
        *(f"tick box '{box.text()}' {why}" for box in window.findChildren(QCheckBox) if (why := _box_clipped(box))),
        *(f"line '{line.placeholderText()}' {why}" for line in window.findChildren(QLineEdit) if (why := _line_clipped(line))),
    ]


def _label_clipped(label: QLabel) -> str:
    if not label.isVisible() or not label.text():
        return ""
    if label.wordWrap():
        needed = label.heightForWidth(label.width())
        if needed > label.height() + 1:
            return f"needs {needed} px of height, has {label.height()}"
        words = max(label.fontMetrics().horizontalAdvance(word) for word in unbreakable(label.text()))
        if words > label.contentsRect().width() + 1:
            return f"has a word of {words} px in {label.contentsRect().width()}"
    elif label.sizeHint().width() > label.width() + 1 or label.sizeHint().height() > label.height() + 1:
        return f"needs {label.sizeHint().toTuple()}, has {label.size().toTuple()}"
    return _outside(label)


def unbreakable(text: str) -> list[str]:
    """Return the pieces a line cannot be broken within; Chinese may be broken between any two characters."""
    spaced = "".join(f" {character} " if east_asian_width(character) == "W" else character for character in text)
    return spaced.split()


def _button_clipped(button: QPushButton) -> str:
    if not button.isVisible():
        return ""
    needed = button.fontMetrics().horizontalAdvance(button.text()) + 8
    if needed > button.width() or button.fontMetrics().height() > button.height():
        return f"needs {needed} px, has {button.width()}"
    return _outside(button)


def _box_clipped(box: QCheckBox) -> str:
    if not box.isVisible():
        return ""
    return f"needs {box.sizeHint().width()} px, has {box.width()}" if box.sizeHint().width() > box.width() + 1 else _outside(box)


def _line_clipped(line: QLineEdit) -> str:
    """What a customer types may scroll; what says what to type may not."""
    if not line.isVisible():
        return ""
    needed = line.fontMetrics().horizontalAdvance(line.placeholderText()) + 12
    if needed > line.width() or line.fontMetrics().height() > line.height():
        return f"needs {needed} px, has {line.width()}"
    return _outside(line)


def _outside(widget: QWidget) -> str:
    """Say where a widget sticks out of what holds it; what lies in a scroll area can be scrolled to."""
    holder = widget.parentWidget()
    while holder is not None:
        if isinstance(holder.parentWidget(), QAbstractScrollArea):
            return ""
        corner = widget.mapTo(holder, widget.rect().topLeft())
        if not holder.rect().adjusted(-1, -1, 1, 1).contains(QRect(corner, widget.size())):
            return f"sticks out of {type(holder).__name__}"
        holder = holder.parentWidget()
    return ""
