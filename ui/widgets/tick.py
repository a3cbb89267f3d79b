"""A tick box whose words wrap: a customer ticks the box or the words, whichever they reach."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QWidget

from ui.widgets.labels import Text


class Tick(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self.box = QCheckBox()
        self._pressed = False
        self._words = Text()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.box, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(self._words, 1)

    def isChecked(self) -> bool:  # noqa: N802 - as Qt's own
        return self.box.isChecked()

    def setChecked(self, checked: bool) -> None:  # noqa: N802 - as Qt's own
        self.box.setChecked(checked)

    def say(self, text: str) -> None:
        self._words.say(text)
        self.box.setAccessibleName(text)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """On the words beside the box; the box takes its own."""
        self._pressed = True

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        pressed, self._pressed = self._pressed, False
        if pressed and self.rect().contains(event.position().toPoint()):
            self.box.click()
