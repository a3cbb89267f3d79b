"""How the operator wants the desk to look: light, dark, high contrast, larger text. What is chosen is worn at once and kept for them."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QCheckBox, QRadioButton, QVBoxLayout, QWidget

from ui.look import DeskLook, Paint
from ui.phrases import Phrases
from ui.theme import Theme
from ui.widgets.centred import centred
from ui.widgets.labels import Text, frame
from ui.widgets.once_button import OnceButton

CARD_WIDTH = 560


class LookPage(QWidget):
    chosen = Signal(object)
    """A `DeskLook`."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._headline, self._says = Text("headline"), Text("soft")
        self.back = OnceButton("primary")
        self._times = 0
        self.paints = {paint: QRadioButton() for paint in Paint}
        self._group = QButtonGroup(self)
        self.large_text = QCheckBox()
        space = theme.size("space")
        card = frame("card")
        inside = QVBoxLayout(card)
        inside.setContentsMargins(space * 2, space * 2, space * 2, space * 2)
        inside.setSpacing(space)
        inside.addWidget(self._headline)
        inside.addWidget(self._says)
        for button in self.paints.values():
            self._group.addButton(button)
            inside.addWidget(button)
        inside.addWidget(self.large_text)
        inside.addWidget(self.back, 0, Qt.AlignmentFlag.AlignTrailing)
        self._group.buttonClicked.connect(self._choose)
        self.large_text.clicked.connect(self._choose)
        layout = QVBoxLayout(self)
        layout.addStretch(1)
        layout.addLayout(centred(card, CARD_WIDTH))
        layout.addStretch(2)

    def translate(self, phrases: Phrases) -> None:
        self._headline.say(phrases.text("look.title"))
        self._says.say(phrases.text("look.says"))
        for paint, button in self.paints.items():
            button.setText(phrases.text(f"look.{paint}"))
        self.large_text.setText(phrases.text("look.large-text"))
        self.back.name(f"{phrases.text('receipt.back')} (F12)")

    def show_look(self, look: DeskLook) -> None:
        self.paints[look.paint].setChecked(True)
        self.large_text.setChecked(look.large_text)

    def open(self) -> None:
        self._times += 1
        self.back.arm(("look", str(self._times)))
        next(button for button in self.paints.values() if button.isChecked()).setFocus(Qt.FocusReason.OtherFocusReason)

    def _choose(self, *_: object) -> None:
        paint = next(paint for paint, button in self.paints.items() if button.isChecked())
        self.chosen.emit(DeskLook(paint, self.large_text.isChecked()))
