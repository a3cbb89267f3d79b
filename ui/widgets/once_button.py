"""A button that acts once per scene: repeated taps skip nothing."""

from unicodedata import bidirectional

from PySide6.QtCore import QEvent, QSize, Signal
from PySide6.QtWidgets import QPushButton, QWidget

from ui.icons import icon
from ui.theme import Ink
from ui.widgets.labels import set_role

RIGHT_TO_LEFT_MARK = "\u200f"


def gap_before(text: str) -> str:
    """Return a wider gap between icon and text than Qt's four pixels; the mark keeps it on the icon's side in a right-to-left text."""
    mark = RIGHT_TO_LEFT_MARK if bidirectional(text[:1] or " ") in ("R", "AL") else ""
    return f"{mark}  "


class OnceButton(QPushButton):
    """Emits `acted` for the first press after each `arm` with a new identity, and rests until the next."""

    acted = Signal()

    def __init__(self, role: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        set_role(self, role)
        self._identity: tuple[str, ...] = ()
        self._spent = False
        self._allowed = True
        self._icon: tuple[str, Ink, int] | None = None
        self.setAutoDefault(True)
        self.clicked.connect(self._pressed_once)

    def name(self, text: str, icon_name: str = "", colour: Ink | None = None, icon_size: int = 28) -> None:
        """colour: of the icon, where there is one."""
        with_icon = bool(icon_name) and colour is not None
        shown = f"{gap_before(text)}{text}" if with_icon else text
        if self.text() != shown:
            self.setText(shown)
            self.setAccessibleName(text)
        if icon_name and colour is not None:
            self._icon = (icon_name, colour, icon_size)
            self.setIcon(icon(icon_name, colour, icon_size))
            self.setIconSize(QSize(icon_size, icon_size))

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        """The window may wear another theme now."""
        super().changeEvent(event)
        if event.type() is QEvent.Type.StyleChange and self._icon is not None:
            name, colour, size = self._icon
            if colour.again() != colour:
                self._icon = (name, colour.again(), size)
                self.setIcon(icon(name, colour.again(), size))

    def arm(self, identity: tuple[str, ...], *, allowed: bool = True) -> None:
        """Let the button act again if the scene is another one. allowed: whether it may be pressed at all now."""
        if identity != self._identity:
            self._identity = identity
            self._spent = False
        self._allowed = allowed
        usable = allowed and not self._spent
        if usable != self.isEnabled():
            self.setEnabled(usable)

    def rest(self) -> None:
        """Its screen was left: the next `arm` is a new scene, even one that looks like the last."""
        self._identity = ()
        self._spent = False
        self.setEnabled(False)

    def _pressed_once(self) -> None:
        if self._spent or not self._allowed:
            return
        self._spent = True
        self.setEnabled(False)
        self.acted.emit()
