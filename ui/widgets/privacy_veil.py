"""What covers the booth's screen while nobody stands before it. Whoever is seen again finds everything as it was; so does a touch."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from ui.phrases import Phrases
from ui.theme import Theme
from ui.widgets.labels import IconLabel, Text
from ui.widgets.once_button import OnceButton


class PrivacyVeil(QFrame):
    """back: told when somebody touches it. Nothing shines through: its ground is opaque."""

    def __init__(self, theme: Theme, back: Callable[[], None], parent: QWidget) -> None:
        super().__init__(parent)
        self._over = parent
        self.setProperty("role", "blank")
        picture = IconLabel(round(theme.size("headline") * 2))
        picture.show_icon("eye", theme.colour("on-stage"))
        self._headline, self._text = Text("on-veil-headline", centred=True), Text("on-veil", centred=True)
        self.button = OnceButton("primary")
        self.button.acted.connect(back)
        space = theme.size("space")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(space * 3, space, space * 3, space)
        layout.setSpacing(space)
        layout.addStretch(1)
        layout.addWidget(picture, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addWidget(self._headline)
        layout.addWidget(self._text)
        layout.addStretch(1)
        layout.addWidget(self.button, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addStretch(1)
        self.hide()
        parent.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        if event.type() is QEvent.Type.Resize and isinstance(watched, QWidget):
            self.setGeometry(watched.rect())
        return False

    def translate(self, phrases: Phrases) -> None:
        self._headline.say(phrases.text("away.headline"))
        self._text.say(phrases.text("away.text"))
        self.button.name(phrases.text("button.still-here"))

    def cover(self, identity: tuple[str, ...]) -> None:
        """Cover everything, from the next paint on. Called again while it covers, nothing changes."""
        if self.isHidden():
            self.button.rest()
            self.setGeometry(self._over.rect())
            self.show()
            self.raise_()
        self.button.arm(identity)

    def uncover(self) -> None:
        self.hide()

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        self.button.click()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        self.button.click()
