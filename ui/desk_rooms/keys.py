"""Every key of the teller's window on one page."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from ui.phrases import Phrases
from ui.theme import Theme
from ui.widgets.centred import centred
from ui.widgets.labels import Text, frame
from ui.widgets.once_button import OnceButton

KEYS = (
    ("F1", "keys.title"),
    ("F2", "desk.begin"),
    ("F4", "referred.take-over"),
    ("F5", "desk.agreed"),
    ("F6", "keys.next-part"),
    ("F7", "desk.retry"),
    ("F8", "decision.approve"),
    ("F9", "decision.refer"),
    ("F10", "decision.decline"),
    ("F11", "receipt.button"),
    ("F12", "look.title"),
    ("Esc", "held.undo"),
    ("Ctrl+F", "desk.search"),
    ("Ctrl+O", "desk.load-picture"),
    ("Ctrl+D", "desk.no-other-document"),
    ("Ctrl+W", "desk.cancel"),
    ("Ctrl+L", "sign-in.lock"),
    ("Ctrl+1 … 6", "keys.rooms"),
)
COLUMNS = 2
MOST_WIDE = 820
"""Pixels: a key and what it does are read together."""


class KeysPage(QWidget):
    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._headline = Text("headline")
        self.back = OnceButton("primary")
        self._times = 0
        card = frame("card")
        grid = QGridLayout(card)
        grid.setHorizontalSpacing(theme.size("space") * 2)
        grid.setVerticalSpacing(theme.size("space") // 2)
        self._rows = [(Text("strong", wraps=False), Text()) for _ in KEYS]
        half = (len(KEYS) + 1) // COLUMNS
        for number, (key, says) in enumerate(self._rows):
            column = 2 * (number // half)
            key.say(KEYS[number][0])
            grid.addWidget(key, number % half, column)
            grid.addWidget(says, number % half, column + 1)
            grid.setColumnStretch(column + 1, 1)
        space = theme.size("space")
        grid.setContentsMargins(space * 2, space, space * 2, space)
        inside = QWidget()
        column_of_parts = QVBoxLayout(inside)
        column_of_parts.setContentsMargins(0, 0, 0, 0)
        column_of_parts.setSpacing(space)
        column_of_parts.addWidget(self._headline)
        column_of_parts.addWidget(card)
        column_of_parts.addWidget(self.back, 0, Qt.AlignmentFlag.AlignTrailing)
        layout = QVBoxLayout(self)
        layout.addStretch(1)
        layout.addLayout(centred(inside, MOST_WIDE))
        layout.addStretch(2)

    def translate(self, phrases: Phrases) -> None:
        self._headline.say(phrases.text("keys.title"))
        self.back.name(f"{phrases.text('receipt.back')} (F1)")
        for (_, says), (_, named) in zip(self._rows, KEYS, strict=True):
            says.say(phrases.text(named))

    def open(self) -> None:
        self._times += 1
        self.back.arm(("keys", str(self._times)))
        self.back.setFocus(Qt.FocusReason.OtherFocusReason)
