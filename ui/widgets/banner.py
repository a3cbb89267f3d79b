"""The stripe nobody can overlook when what is shown is not real."""

from PySide6.QtCore import QPoint
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPolygon
from PySide6.QtWidgets import QHBoxLayout, QWidget

from kiosk.values import Capture, StationClass
from ui.phrases import Phrases
from ui.scenes import Words
from ui.theme import Theme
from ui.widgets.labels import IconLabel, Text


def banner_words(capture: Capture, station_class: StationClass) -> Words | None:
    """Return what must be said of a source and a station; None only for a live camera on a production station."""
    match capture:
        case Capture.SIMULATION:
            return Words("banner.simulation")
        case Capture.RECORDING | Capture.SCANNED_FILE:
            return Words("banner.recording")
        case Capture.LIVE_CAMERA:
            named = Words(f"station-class.{station_class}")
            return None if station_class is StationClass.PRODUCTION else Words("banner.class", (("class", named),))


class Banner(QWidget):
    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._words: Words | None = None
        self._text = Text("banner", wraps=False, centred=True)
        sign = IconLabel(round(theme.size("body") * 1.2))
        sign.show_icon("warning", theme.colour("on-banner"))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(theme.size("space"), 2, theme.size("space"), 2)
        layout.addStretch(1)
        layout.addWidget(sign)
        layout.addWidget(self._text)
        layout.addStretch(1)
        self.hide()

    def show_words(self, words: Words | None, phrases: Phrases) -> None:
        self._words = words
        self.setVisible(words is not None)
        if words is not None:
            self._text.say(phrases.say(words))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(self._theme.colour("banner")))
        painter.setPen(QColor(self._theme.colour("banner-stripe")))
        painter.setBrush(QColor(self._theme.colour("banner-stripe")))
        height = self.height()
        for x in range(-height, self.width() + height, height * 2):
            painter.drawPolygon(QPolygon([QPoint(x, height), QPoint(x + height, 0), QPoint(x + 2 * height, 0), QPoint(x + height, height)]))
        painter.end()
