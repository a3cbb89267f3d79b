"""A quiet sign that something is under way."""

from PySide6.QtCore import QElapsedTimer, QRectF, Qt, QTimer
from PySide6.QtGui import QColor, QHideEvent, QPainter, QPaintEvent, QPen, QShowEvent
from PySide6.QtWidgets import QWidget

from ui.theme import Theme

TURN_MS = 1200


class Spinner(QWidget):
    """An arc that goes round; where motion is not wanted, three dots."""

    def __init__(self, theme: Theme, *, side: int | None = None, reduced_motion: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme, self._reduced_motion = theme, reduced_motion
        size = side or round(theme.size("lead") * 1.6)
        self.setFixedSize(size, size)
        self._clock = QElapsedTimer()
        self._timer = QTimer(self)
        self._timer.setInterval(40)
        self._timer.timeout.connect(self.update)

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802
        super().showEvent(event)
        self._clock.start()
        if not self._reduced_motion:
            self._timer.start()

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802
        super().hideEvent(event)
        self._timer.stop()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        side = float(self.width())
        brand = QColor(self._theme.colour("brand"))
        if self._reduced_motion:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(brand)
            for number in range(3):
                painter.drawEllipse(QRectF(side * (0.1 + 0.3 * number), side * 0.4, side * 0.2, side * 0.2))
        else:
            thick = side * 0.13
            place = QRectF(0, 0, side, side).adjusted(thick, thick, -thick, -thick)
            faint = QColor(brand)
            faint.setAlpha(50)
            painter.setPen(QPen(faint, thick))
            painter.drawEllipse(place)
            pen = QPen(brand, thick)
            pen.setCapStyle(Qt.PenCapStyle.RoundCap)
            painter.setPen(pen)
            turned = (self._clock.elapsed() % TURN_MS) / TURN_MS if self._clock.isValid() else 0.0
            painter.drawArc(place, round(-turned * 360 * 16), 100 * 16)
        painter.end()
