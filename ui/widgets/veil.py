"""The question whether anybody is still there: over everything, counting, and any touch or key answers it."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from ui.phrases import Phrases
from ui.scenes import IdleWarning
from ui.theme import Theme
from ui.widgets.labels import Text
from ui.widgets.once_button import OnceButton
from ui.widgets.track import CountdownRing


class IdleVeil(QFrame):
    def __init__(self, theme: Theme, go_on: Callable[[], None], parent: QWidget) -> None:
        super().__init__(parent)
        self._over = parent
        self.setProperty("role", "veil")
        self._headline = Text("on-veil-headline", centred=True)
        self._text = Text("on-veil", centred=True)
        self._ring = CountdownRing(theme, theme.size("button-height") * 2, "on-stage", "seen")
        self.button = OnceButton("primary")
        self.button.acted.connect(go_on)
        space = theme.size("space")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(space * 3, space, space * 3, space)
        layout.setSpacing(space)
        layout.addStretch(1)
        layout.addWidget(self._headline)
        layout.addWidget(self._ring, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addWidget(self._text)
        layout.addWidget(self.button, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addStretch(1)
        self.hide()
        parent.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        if event.type() is QEvent.Type.Resize and isinstance(watched, QWidget):
            self.setGeometry(watched.rect())
        return False

    def translate(self, phrases: Phrases) -> None:
        self._headline.say(phrases.text("warning.headline"))
        self._text.say(phrases.text("warning.text"))
        self.button.name(phrases.text("button.still-here"))

    def show_warning(self, warning: IdleWarning | None, identity: tuple[str, ...], phrases: Phrases) -> None:
        if warning is None:
            if not self.isHidden():
                self.hide()
                # The next warning is another question, even where it looks like this one.
                self.button.rest()
            return
        self._ring.show_seconds(warning.seconds_left, warning.seconds_in_all, phrases.text("warning.seconds", seconds=warning.seconds_left))
        self.button.arm(identity)
        if not self.isVisible():
            self.setGeometry(self._over.rect())
            self.show()
            self.raise_()
            self.button.setFocus(Qt.FocusReason.PopupFocusReason)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        self.button.click()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        self.button.click()
