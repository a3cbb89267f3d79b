"""A large sign on a disc of its own colour, over the words of a page that has nothing to touch but its end."""

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QVBoxLayout, QWidget

from ui.theme import Theme
from ui.widgets.labels import IconLabel

SIGN_SHARE = 0.56
"""Of the disc's width; round it stands a ring, so that the disc is seen where its ground is the paper's."""


class Medallion(QWidget):
    """side: pixels. The word that belongs to it stands below it, so it is hidden from screen readers."""

    def __init__(self, theme: Theme, side: int) -> None:
        super().__init__()
        self._theme, self._colour = theme, "brand"
        self._sign = IconLabel(round(side * SIGN_SHARE))
        self.setFixedSize(side, side)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._sign, 0, Qt.AlignmentFlag.AlignCenter)

    def show_sign(self, name: str, colour: str) -> None:
        """colour: a colour of the theme that has a soft one beside it."""
        self._colour = colour
        self._sign.show_icon(name, self._theme.colour(colour))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        thick = self.width() * 0.025
        painter.setPen(QPen(QColor(self._theme.colour(self._colour)), thick))
        painter.setBrush(QColor(self._theme.colour(f"{self._colour}-soft")))
        painter.drawEllipse(QRectF(self.rect()).adjusted(thick, thick, -thick, -thick))
        painter.end()
