"""When keys go down and up, and nothing else: which key it was is known only while it is held, to know when it is let go."""

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent

from kiosk.risk.typed import MOST_KEYS, Typed, typed_of

_CORRECTIONS = frozenset({Qt.Key.Key_Backspace, Qt.Key.Key_Delete, Qt.Key.Key_Left, Qt.Key.Key_Home})


class KeyTimes:
    """Follows the keys of one text from `forget` to `take`."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        self._down: list[int] = []
        self._up: list[int | None] = []
        self._held: dict[int, int] = {}
        self._spoiled = False

    @property
    def keys(self) -> int:
        return len(self._down)

    @property
    def settled(self) -> bool:
        """Return whether no key is down."""
        return not self._held

    def see(self, event: QEvent) -> None:
        """Take a key event of the line that is followed; anything else says nothing."""
        if not isinstance(event, QKeyEvent) or event.isAutoRepeat():
            return
        code = event.nativeScanCode() or int(event.key())
        if event.type() is QEvent.Type.KeyPress:
            self._pressed(event, code)
        elif event.type() is QEvent.Type.KeyRelease and code in self._held:
            self._up[self._held.pop(code)] = event.timestamp()

    def _pressed(self, event: QKeyEvent, code: int) -> None:
        if event.key() in _CORRECTIONS or event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self._spoiled = True  # what is typed over, or pasted, is not this text's own rhythm
        elif event.text().isprintable() and event.text() and len(self._down) < MOST_KEYS:
            self._held[code] = len(self._down)
            self._down.append(event.timestamp())
            self._up.append(None)

    def take(self, *, corrected: bool = False) -> Typed | None:
        """Return the times since `forget`, and forget them; None if one is missing. corrected: whether corrections spoil nothing."""
        down, up, spoiled = self._down, [one for one in self._up if one is not None], self._spoiled
        self.forget()
        if len(up) != len(down) or not down or (spoiled and not corrected):
            return None
        return typed_of(down, up)


class FollowedKeys(QObject):
    """Follows the keys of one widget."""

    def __init__(self, watched: QObject) -> None:
        super().__init__(watched)
        self.times = KeyTimes()
        watched.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        self.times.see(event)
        return False
