"""A labelled line that says what is wrong while it is typed."""

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from ui.forms import Wrong
from ui.phrases import Phrases
from ui.widgets.labels import Text

Check = Callable[[str], object]


class Field(QWidget):
    """check: returns `Wrong` for a text that will not do; it is shown once the teller has typed something there."""

    edited = Signal()

    def __init__(self, key: str, check: Check | None = None, *, secret: bool = False) -> None:
        super().__init__()
        self.key, self._check = key, check
        self._touched = False
        self._phrases: Phrases | None = None
        self.line = QLineEdit()
        self.line.setEchoMode(QLineEdit.EchoMode.Password if secret else QLineEdit.EchoMode.Normal)
        self.line.textEdited.connect(self._typed)
        self.line.editingFinished.connect(self._left)
        self._label = Text("caption", wraps=False)
        self._label.setBuddy(self.line)
        self._error = Text("error")
        self._error.hide()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addWidget(self._label)
        layout.addWidget(self.line)
        layout.addWidget(self._error)
        self.setFocusProxy(self.line)

    @property
    def text(self) -> str:
        return self.line.text()

    @property
    def wrong(self) -> bool:
        return self._check is not None and isinstance(self._check(self.line.text()), Wrong)

    def insist(self) -> None:
        """Show what is wrong, left or not, and put the keyboard here."""
        self._touched = True
        self._judge()
        self.line.setFocus(Qt.FocusReason.OtherFocusReason)

    def fill(self, text: str) -> None:
        """Put a text in without calling it typed."""
        self.line.setText(text)
        self._touched = False
        self._judge()

    def clear(self) -> None:
        self.fill("")

    def translate(self, phrases: Phrases) -> None:
        self._phrases = phrases
        self._label.say(phrases.text(self.key))
        self.line.setAccessibleName(phrases.text(self.key))
        self._judge()

    def check_again(self) -> None:
        """Something this field depends on has changed."""
        self._judge()

    def _typed(self) -> None:
        self._judge()
        self.edited.emit()

    def _left(self) -> None:
        if self.line.text():
            self._touched = True
        self._judge()

    def _judge(self) -> None:
        """While typing an error already shown is updated; a new one appears when the line is left."""
        verdict = None if self._check is None else self._check(self.line.text())
        wrong = isinstance(verdict, Wrong) and (self._touched or (bool(self.line.text()) and self._error.isVisibleTo(self)))
        if isinstance(verdict, Wrong) and self._phrases is not None:
            self._error.say(self._phrases.say(verdict.words))
        self._error.setVisible(wrong)
        self.line.setAccessibleDescription(self._error.text() if wrong else "")
        if self.line.property("wrong") is not wrong:
            self.line.setProperty("wrong", wrong)
            self.line.style().unpolish(self.line)
            self.line.style().polish(self.line)


def forced_left_to_right(field: Field) -> Field:
    """Numbers, codes and addresses of machines are written left to right in every language."""
    field.line.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
    return field
