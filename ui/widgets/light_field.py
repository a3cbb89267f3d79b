"""The screen as a lamp: a soft colour on each half of everything but the foot, with the live picture's words in the middle."""

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from kiosk.liveness.colours import Screen
from ui.theme import Theme

_INK = "#1B2230"
"""Dark on every one of the light challenge's colours (contrast over 7:1), whatever the theme."""


class LightField(QWidget):
    """Covers its parent while a colour is shown. Painted only when the colour changes; it takes no touches from the buttons below it."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._shining: Screen | None = None
        self._words = ""
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.hide()

    @property
    def shining(self) -> Screen | None:
        return self._shining

    def shine(self, screen: Screen | None, words: str) -> None:
        """Show a colour on each half, or nothing any more. Left is left in every language: it is where the light comes from."""
        if (screen, words) == (self._shining, self._words) and self.isVisible() == (screen is not None):
            return
        self._shining, self._words = screen, words
        self.setAccessibleName(words)
        self.setVisible(screen is not None)
        if screen is not None:
            self.raise_()
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        left, right = self._shining or ((255, 255, 255), (255, 255, 255))
        middle = self.width() // 2
        painter.fillRect(0, 0, middle, self.height(), QColor(*left))
        painter.fillRect(middle, 0, self.width() - middle, self.height(), QColor(*right))
        ink = QColor(_INK)
        side = min(self.width(), self.height())
        figure = QRectF(self.width() / 2 - 0.11 * side, 0.22 * self.height(), 0.22 * side, 0.30 * side)
        painter.setPen(QPen(ink, max(3.0, side / 160)))
        painter.drawEllipse(figure)
        painter.setBrush(ink)
        for across in (0.32, 0.68):
            eye = QPointF(figure.left() + across * figure.width(), figure.top() + 0.42 * figure.height())
            painter.drawEllipse(eye, side / 90, side / 90)
        font = self.font()
        font.setPixelSize(self._theme.size("lead"))
        font.setBold(True)
        painter.setFont(font)
        words = QRectF(0.1 * self.width(), figure.bottom() + 0.04 * side, 0.8 * self.width(), 0.3 * side)
        painter.drawText(words, int(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap), self._words)
        painter.end()
