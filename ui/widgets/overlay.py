"""A panel over the whole window, its choices in the lower half where everybody reaches them. What lies beneath rests meanwhile."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtGui import QIcon, QKeyEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QPushButton, QVBoxLayout, QWidget

from ui.icons import icon
from ui.theme import Theme
from ui.widgets.labels import Text, frame, set_role


class Choices(QFrame):
    """Large buttons in a grid, and one that closes. beneath: what must not be reached by keys while this is open."""

    def __init__(self, theme: Theme, names: tuple[str, ...], columns: int, chosen: Callable[[str], None], beneath: QWidget) -> None:
        window = beneath.parentWidget()
        assert window is not None
        super().__init__(window)
        self._theme, self._over, self._beneath = theme, window, beneath
        self._opened_by: QWidget | None = None
        self.setProperty("role", "veil")
        space = theme.size("space")
        self._headline = Text("headline", centred=True)
        self.buttons = {name: QPushButton() for name in names}
        grid = QGridLayout()
        grid.setSpacing(space * 3 // 4)
        for number, (name, button) in enumerate(self.buttons.items()):
            set_role(button, "tab")
            button.setCheckable(True)
            button.setAutoDefault(True)
            button.clicked.connect(lambda _=False, name=name: chosen(name))
            grid.addWidget(button, number // columns, number % columns)
        self.close_button = QPushButton()
        set_role(self.close_button, "primary")
        self.close_button.setAutoDefault(True)
        self.close_button.clicked.connect(self.shut)
        card = frame("card")
        inside = QVBoxLayout(card)
        inside.setContentsMargins(space, space, space, space)
        inside.setSpacing(space)
        inside.addWidget(self._headline)
        inside.addLayout(grid)
        inside.addWidget(self.close_button, 0, Qt.AlignmentFlag.AlignHCenter)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(space, space, space, space)
        layout.addStretch(1)
        layout.addWidget(card)
        self.hide()
        window.installEventFilter(self)

    def mark(self, name: str, *, on: bool) -> None:
        """Show a choice as made or not: by its ground and by a tick."""
        button = self.buttons[name]
        button.setChecked(on)
        size = self._theme.size("body")
        button.setIcon(icon("check", self._theme.colour("on-brand"), size) if on else QIcon())
        button.setIconSize(QSize(size, size))

    def words(self, headline: str, close: str) -> None:
        self._headline.say(headline)
        self.close_button.setText(close)

    def open_by(self, opener: QWidget) -> None:
        self._opened_by = opener
        self._beneath.setEnabled(False)
        self._over.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setGeometry(self._over.rect())
        self.show()
        self.raise_()
        checked = [button for button in self.buttons.values() if button.isChecked() and button.isEnabled()]
        (checked[0] if checked else next(iter(self.buttons.values()))).setFocus(Qt.FocusReason.PopupFocusReason)

    def shut(self) -> None:
        if not self.isHidden():
            self.hide()
            self._beneath.setEnabled(True)
            self._over.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            if self._opened_by is not None and self._opened_by.isVisible():
                self._opened_by.setFocus(Qt.FocusReason.PopupFocusReason)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        if event.type() is QEvent.Type.Resize and isinstance(watched, QWidget):
            self.setGeometry(watched.rect())
        return False

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if event.key() == Qt.Key.Key_Escape:
            self.shut()
            return
        super().keyPressEvent(event)
