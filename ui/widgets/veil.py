"""What lies over the whole booth: the question whether anybody is still there, and the cover while nobody is. Any touch or key answers."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from ui.phrases import Phrases
from ui.scenes import IdleWarning, counted
from ui.theme import Theme
from ui.widgets.labels import IconLabel, Text
from ui.widgets.once_button import OnceButton
from ui.widgets.track import CountdownRing


class Veil(QFrame):
    """As large as its parent and over all of it. answered: told once of a touch or key anywhere on it."""

    def __init__(self, theme: Theme, answered: Callable[[], None], parent: QWidget, role: str) -> None:
        super().__init__(parent)
        self._over = parent
        self.setProperty("role", role)
        self._headline, self._text = Text("on-veil-headline", centred=True), Text("on-veil", centred=True)
        self.button = OnceButton("primary")
        self.button.acted.connect(answered)
        space = theme.size("space")
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(space * 3, space, space * 3, space)
        self._layout.setSpacing(space)
        self.hide()
        parent.installEventFilter(self)

    def _say(self, headline: str, text: str, phrases: Phrases) -> None:
        self._headline.say(phrases.text(headline))
        self._text.say(phrases.text(text))
        self.button.name(phrases.text("button.still-here"))

    def _come(self) -> None:
        self.setGeometry(self._over.rect())
        self.show()
        self.raise_()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        if event.type() is QEvent.Type.Resize and isinstance(watched, QWidget):
            self.setGeometry(watched.rect())
        return False

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        self.button.click()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        self.button.click()


class IdleVeil(Veil):
    """The question whether anybody is still there, counting."""

    def __init__(self, theme: Theme, go_on: Callable[[], None], parent: QWidget) -> None:
        super().__init__(theme, go_on, parent, "veil")
        self._ring = CountdownRing(theme, theme.size("button-height") * 2, "on-stage", "seen")
        self._layout.addStretch(1)
        self._layout.addWidget(self._headline)
        self._layout.addWidget(self._ring, 0, Qt.AlignmentFlag.AlignHCenter)
        self._layout.addWidget(self._text)
        self._layout.addWidget(self.button, 0, Qt.AlignmentFlag.AlignHCenter)
        self._layout.addStretch(1)

    def translate(self, phrases: Phrases) -> None:
        self._say("warning.headline", "warning.text", phrases)

    def show_warning(self, warning: IdleWarning | None, identity: tuple[str, ...], phrases: Phrases) -> None:
        if warning is None:
            if not self.isHidden():
                self.hide()
                # The next warning is another question, even where it looks like this one.
                self.button.rest()
            return
        spoken = phrases.text("warning.seconds", seconds=counted("seconds", warning.seconds_left))
        self._ring.show_seconds(warning.seconds_left, warning.seconds_in_all, spoken, phrases.locale.number(warning.seconds_left))
        self.button.arm(identity)
        if not self.isVisible():
            self._come()
            self.button.setFocus(Qt.FocusReason.PopupFocusReason)


class PrivacyVeil(Veil):
    """The cover while nobody stands there. Nothing shines through: its ground is opaque. Whoever is seen again, or touches it, finds
    everything as it was."""

    def __init__(self, theme: Theme, back: Callable[[], None], parent: QWidget) -> None:
        super().__init__(theme, back, parent, "blank")
        picture = IconLabel(round(theme.size("headline") * 2))
        picture.show_icon("eye", theme.colour("on-stage"))
        self._layout.addStretch(1)
        self._layout.addWidget(picture, 0, Qt.AlignmentFlag.AlignHCenter)
        self._layout.addWidget(self._headline)
        self._layout.addWidget(self._text)
        self._layout.addStretch(1)
        self._layout.addWidget(self.button, 0, Qt.AlignmentFlag.AlignHCenter)
        self._layout.addStretch(1)

    def translate(self, phrases: Phrases) -> None:
        self._say("away.headline", "away.text", phrases)

    def cover(self, identity: tuple[str, ...]) -> None:
        """Cover everything, from the next paint on. Called again while it covers, nothing changes."""
        if self.isHidden():
            self.button.rest()
            self._come()
        self.button.arm(identity)

    def uncover(self) -> None:
        self.hide()
