"""Why a teller goes against the recommendation: picked from a list, so that it can be counted, beside what they write."""

from PySide6.QtWidgets import QComboBox, QVBoxLayout, QWidget

from kiosk.record import REASONS_TO_DOUBT, REASONS_TO_TRUST, OverrideReason
from ui.phrases import Phrases
from ui.widgets.labels import Text

EVERY_REASON = tuple(dict.fromkeys((*REASONS_TO_TRUST[:4], *REASONS_TO_DOUBT)))


class ReasonPick(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self.box = QComboBox()
        self.box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.box.setMinimumContentsLength(12)
        self.box.addItem("", None)
        for reason in EVERY_REASON:
            self.box.addItem("", reason.value)
        self._label = Text("caption", wraps=False)
        self._label.setBuddy(self.box)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addWidget(self._label)
        layout.addWidget(self.box)
        self.setFocusProxy(self.box)

    @property
    def picked(self) -> OverrideReason | None:
        value = self.box.currentData()
        return None if value is None else OverrideReason(value)

    def pick(self, reason: OverrideReason | None) -> None:
        self.box.setCurrentIndex(0 if reason is None else EVERY_REASON.index(reason) + 1)

    def translate(self, phrases: Phrases) -> None:
        self._label.say(phrases.text("desk.picked-reason"))
        self.box.setAccessibleName(phrases.text("desk.picked-reason"))
        self.box.setItemText(0, phrases.text("desk.pick-reason"))
        for number, reason in enumerate(EVERY_REASON, 1):
            self.box.setItemText(number, phrases.text(f"override.{reason}"))
