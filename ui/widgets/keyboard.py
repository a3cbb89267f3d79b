"""The on-screen keyboard: one set of keys whose signs change. Fingers strike on touching, all of them at once; keys walk it with arrows.

It is one stop of the Tab key. Within it the arrow keys go to the next key in that direction, as it is drawn.
"""

from collections.abc import Callable
from typing import Final
from unicodedata import category

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from kiosk.journey.contact import ContactField
from ui.icons import icon
from ui.keyboard_layouts import Keys, Layer, beside_space, has_space, keys_of, layers_of
from ui.phrases import Phrases
from ui.theme import Theme
from ui.widgets.labels import set_role

ROWS: Final = 3
MOST_IN_ROW: Final = 12
MOST_BESIDE: Final = 4
_DOTTED_CIRCLE: Final = "\u25cc"
_ARROWS: Final = {Qt.Key.Key_Left: (-1, 0), Qt.Key.Key_Right: (1, 0), Qt.Key.Key_Up: (0, -1), Qt.Key.Key_Down: (0, 1)}


class Key(QPushButton):
    """One key. struck: by mouse or keyboard when let go, by a finger at once, each finger for itself."""

    struck = Signal()
    left = Signal(int, int)
    """An arrow key was pressed on it: where to."""

    def __init__(self, role: str = "key") -> None:
        super().__init__()
        set_role(self, role)
        self.sign = ""
        self.setAutoDefault(False)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_AcceptTouchEvents)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.clicked.connect(self.struck)

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(0, super().minimumSizeHint().height())

    def sizeHint(self) -> QSize:  # noqa: N802
        """Keys of one row share its width equally, whatever is written on them."""
        return QSize(0, super().sizeHint().height())

    def event(self, event: QEvent) -> bool:
        if event.type() is QEvent.Type.TouchBegin:
            self.setDown(True)
            self.struck.emit()
            return True
        if event.type() in (QEvent.Type.TouchEnd, QEvent.Type.TouchCancel):
            self.setDown(False)
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if event.key() in _ARROWS:
            self.left.emit(*_ARROWS[Qt.Key(event.key())])
            return
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
            return
        super().keyPressEvent(event)


class Keyboard(QWidget):
    """typed: what one stroke adds; erased: one sign is taken away."""

    typed = Signal(str)
    erased = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._phrases: Phrases | None = None
        self._field = ContactField.EMAIL
        self._layer = Layer.LATIN
        self._shifted = False
        space = max(4, theme.size("space") // 3)
        self._rows = tuple(tuple(self._sign_key() for _ in range(MOST_IN_ROW)) for _ in range(ROWS))
        self.shift, self.other, self.signs, self.space, self.erase = (Key("key-deed") for _ in range(5))
        self._beside = tuple(self._sign_key() for _ in range(MOST_BESIDE))
        self.shift.setCheckable(True)
        self.shift.struck.connect(self._toggle_shift)
        self.other.struck.connect(lambda: self._turn_to(self._other_letters()))
        self.signs.struck.connect(self._toggle_signs)
        self.space.struck.connect(lambda: self.typed.emit(" "))
        self.erase.struck.connect(self.erased)
        self.erase.setAutoRepeat(True)
        self._last_row: tuple[Key, ...] = (self.shift, self.signs, self.other, self.space, *self._beside, self.erase)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(space)
        for row in self._rows:
            layout.addLayout(self._laid_out(row, space, dict.fromkeys(row, 2)), 1)
        wide = {self.space: 6, self.other: 4, self.signs: 4, self.shift: 3, self.erase: 3}
        layout.addLayout(self._laid_out(self._last_row, space, {key: wide.get(key, 2) for key in self._last_row}), 1)
        for key in self.all_keys():
            key.left.connect(lambda right, down, key=key: self._walk(key, right, down))
        self._stop: Key | None = None

    def all_keys(self) -> tuple[Key, ...]:
        return (*(key for row in self._rows for key in row), *self._last_row)

    def rows(self) -> tuple[tuple[Key, ...], ...]:
        """Return the keys that are shown, row by row, for whoever scans them."""
        return tuple(tuple(key for key in row if not key.isHidden()) for row in (*self._rows, self._last_row))

    def show_for(self, field: ContactField, phrases: Phrases) -> None:
        """Show the keys of a field in the customer's language; the same again changes nothing."""
        if self._phrases is phrases and self._field is field:
            return
        self._phrases, self._field = phrases, field
        self._turn_to(layers_of(phrases.language, field)[0])

    def stop_at(self) -> Key:
        """Return where the Tab key enters."""
        return self._stop or self._rows[0][0]

    def _sign_key(self) -> Key:
        key = Key()
        key.struck.connect(lambda: self._strike(key))
        return key

    def _laid_out(self, keys: tuple[Key, ...], space: int, stretches: dict[Key, int]) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(space)
        for key in keys:
            row.addWidget(key, stretches[key])
        return row

    def _strike(self, key: Key) -> None:
        self.typed.emit(key.sign)
        if self._shifted:
            self._toggle_shift()

    def _toggle_shift(self) -> None:
        self._shifted = not self._shifted
        self._show_signs()

    def _toggle_signs(self) -> None:
        self._turn_to(self._offered()[0] if self._layer is Layer.SIGNS else Layer.SIGNS)

    def _other_letters(self) -> Layer:
        return Layer.LATIN if self._layer is Layer.OWN else Layer.OWN

    def _turn_to(self, layer: Layer) -> None:
        self._layer, self._shifted = layer, False
        self._show_signs()

    def _offered(self) -> tuple[Layer, ...]:
        return layers_of(self._said().language, self._field)

    def _said(self) -> Phrases:
        if self._phrases is None:
            raise RuntimeError("a keyboard is shown for a field first")
        return self._phrases

    def _show_signs(self) -> None:
        phrases = self._said()
        keys = keys_of(phrases.language, self._field, self._layer)
        self._put_signs(keys.shifted if self._shifted else keys.rows)
        self._put_deeds(keys, phrases)
        # A keyboard runs from the left in every country, Arabic ones too.
        self.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        shown = [key for key in self.all_keys() if not key.isHidden()]
        self._stop_here(self._stop if self._stop in shown else shown[0])

    def _put_signs(self, rows: tuple[str, ...]) -> None:
        for keys, signs in zip(self._rows, rows, strict=True):
            for number, key in enumerate(keys):
                self._put(key, signs[number] if number < len(signs) else "")
        beside = beside_space(self._field)
        for number, key in enumerate(self._beside):
            self._put(key, beside[number] if number < len(beside) else "")

    def _put(self, key: Key, sign: str) -> None:
        key.sign = sign
        key.setText(f"{_DOTTED_CIRCLE}{sign}" if sign and category(sign).startswith("M") else sign.replace("&", "&&"))
        key.setAccessibleName(sign)
        key.setVisible(bool(sign))

    def _put_deeds(self, keys: Keys, phrases: Phrases) -> None:
        offered = self._offered()
        side = self._theme.size("lead")
        for key, sign, name in ((self.shift, "arrow-up", "key.shift"), (self.erase, "erase", "key.erase")):
            key.setIcon(icon(sign, self._theme.colour("on-brand" if key is self.shift and self._shifted else "ink"), side))
            key.setIconSize(QSize(side, side))
            key.setAccessibleName(phrases.text(name))
        self.shift.setChecked(self._shifted)
        self.shift.setVisible(keys.has_shift)
        self.signs.setVisible(Layer.SIGNS in offered)
        self._word(self.signs, phrases.text("key.letters" if self._layer is Layer.SIGNS else "key.digits"), "")
        self.other.setVisible(Layer.OWN in offered and self._layer is not Layer.SIGNS)
        own = phrases.text("key.own-letters")
        self._word(self.other, "ABC" if self._layer is Layer.OWN else own, phrases.text("key.latin") if self._layer is Layer.OWN else own)
        self.space.setVisible(has_space(self._field))
        self._word(self.space, "", phrases.text("key.space"))

    def _word(self, key: Key, text: str, name: str) -> None:
        key.setText(text)
        key.setAccessibleName(name or text)

    def _stop_here(self, key: Key) -> None:
        if self._stop is not None and self._stop is not key:
            self._stop.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._stop = key
        key.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    def _walk(self, key: Key, right: int, down: int) -> None:
        """Go to the nearest key in that direction, as it is drawn; off the edge nothing happens."""
        here = key.geometry().center()

        def distance(other: Key) -> float:
            there = other.geometry().center()
            along = (there.x() - here.x()) * right + (there.y() - here.y()) * down
            across = abs((there.x() - here.x()) * down) + abs((there.y() - here.y()) * right)
            aside = across > key.height() // 2 if right else False
            return float("inf") if along <= 2 or aside else along * 4 + across

        reached: Callable[[Key], float] = distance
        others = [other for other in self.all_keys() if other is not key and not other.isHidden()]
        nearest = min(others, key=reached)
        if reached(nearest) != float("inf"):
            self.go_to(nearest)

    def go_to(self, key: Key) -> None:
        self._stop_here(key)
        key.setFocus(Qt.FocusReason.TabFocusReason)
