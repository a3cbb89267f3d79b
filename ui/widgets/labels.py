"""Text and icons with a role the style sheet knows."""

from math import ceil
from typing import Final

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QTextLayout, QTextOption
from PySide6.QtWidgets import QFrame, QLabel, QSizePolicy, QWidget

from ui.icons import icon_pixmap
from ui.theme import Ink

CLOSEST_LINES: Final = 1.6
"""From one line to the next, at most so many times the type's size."""


class Text(QLabel):
    """Plain text, never interpreted as markup: a document's printed name cannot inject anything. Wraps unless told not to."""

    def __init__(self, role: str = "", *, wraps: bool = True, centred: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setProperty("role", role)
        self.setWordWrap(wraps)
        if wraps:
            policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
            policy.setHeightForWidth(True)
            self.setSizePolicy(policy)
        self._centred = centred
        self._align()

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        super().changeEvent(event)
        if event.type() is QEvent.Type.LayoutDirectionChange:
            self._align()

    def _align(self) -> None:
        """A label's text goes to the leading edge of its window, also where the text itself runs the other way: a Latin name in an
        Arabic window stands at the right. (QLabel alone would go by the text.)"""
        if self._centred:
            self.setAlignment(Qt.AlignmentFlag.AlignCenter)
            return
        right = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        edge = Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft
        self.setAlignment(edge | Qt.AlignmentFlag.AlignAbsolute | Qt.AlignmentFlag.AlignVCenter)

    def _lines(self, width: float) -> tuple[QTextLayout, float]:
        """Lay out wrapped right-to-left text; return it and its height.

        Arabic fonts ask for twice their size from line to line, for marks that stacked vowels alone would reach; no more than
        `CLOSEST_LINES` of it is given.
        """
        option = QTextOption(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignAbsolute)
        option.setTextDirection(Qt.LayoutDirection.RightToLeft)
        option.setWrapMode(QTextOption.WrapMode.WordWrap)
        layout = QTextLayout(self.text(), self.font())
        layout.setTextOption(option)
        most = CLOSEST_LINES * self.font().pixelSize() if self.font().pixelSize() > 0 else float("inf")
        height = 0.0
        layout.beginLayout()
        while (line := layout.createLine()).isValid():
            line.setLineWidth(width)
            pitch = min(line.height(), most)
            line.setPosition(QPointF(0.0, height - (line.height() - pitch) / 2))
            height += pitch
        layout.endLayout()
        return layout, height

    def _own_lines(self) -> bool:
        return not self._centred and self.wordWrap() and self.layoutDirection() is Qt.LayoutDirection.RightToLeft

    def heightForWidth(self, width: int) -> int:  # noqa: N802
        if not self._own_lines() or not self.text():
            return super().heightForWidth(width)
        return ceil(self._lines(float(width))[1])

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """Wrapped right-to-left text is painted here: QLabel leaves the space a line was broken at on its right, so that lines of
        one paragraph begin at different places."""
        if not self._own_lines():
            super().paintEvent(event)
            return
        place = QRectF(self.contentsRect())
        layout, height = self._lines(place.width())
        painter = QPainter(self)
        painter.setPen(self.palette().color(self.foregroundRole()))
        layout.draw(painter, place.topLeft() + QPointF(0.0, max(0.0, (place.height() - height) / 2)))
        painter.end()

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        """A wrapping label asks for one line only: what it needs at its width the layout learns from `heightForWidth`, and a hidden
        page's long text must not make the window taller than its screen."""
        least = super().minimumSizeHint()
        return QSize(0, self.fontMetrics().height()) if self.wordWrap() else least

    def say(self, text: str) -> None:
        """Show a text; setting the same one again costs nothing."""
        if text != self.text():
            self.setText(text)


class IconLabel(QLabel):
    """One icon. The word that belongs to it stands beside it, so it is hidden from screen readers."""

    def __init__(self, size: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._size = size
        self._shown: tuple[str, Ink] | None = None
        self.setFixedSize(size, size)

    def show_icon(self, name: str, colour: Ink) -> None:
        if (name, colour) != self._shown:
            self._shown = (name, colour)
            self.setPixmap(icon_pixmap(name, colour, self._size, self.devicePixelRatioF()))

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        """The window may wear another theme now."""
        super().changeEvent(event)
        if event.type() is QEvent.Type.StyleChange and self._shown is not None:
            self.show_icon(self._shown[0], self._shown[1].again())


def frame(role: str, parent: QWidget | None = None) -> QFrame:
    made = QFrame(parent)
    made.setProperty("role", role)
    return made


def set_role(widget: QWidget, role: str) -> None:
    """Change the role and let the style sheet look again."""
    if widget.property("role") != role:
        widget.setProperty("role", role)
        widget.style().unpolish(widget)
        widget.style().polish(widget)
