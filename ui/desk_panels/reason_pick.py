"""Why a teller goes against the recommendation: picked from a list, so that it can be counted, beside what they write."""

from PySide6.QtWidgets import QComboBox, QVBoxLayout, QWidget

from kiosk.record import Decision, OverrideReason, reasons_for
from ui.phrases import Phrases
from ui.widgets.labels import Text


class ReasonPick(QWidget):
    """Offers the reasons that can stand beside one decision, and none before it is known which."""

    def __init__(self) -> None:
        super().__init__()
        self._phrases: Phrases | None = None
        self._about: Decision | None = None
        self._named = False
        self._reasons: tuple[OverrideReason, ...] = ()
        self.box = QComboBox()
        self.box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.box.setMinimumContentsLength(12)
        self.box.addItem("", None)
        self.box.currentTextChanged.connect(self.box.setToolTip)
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

    @property
    def offered(self) -> tuple[OverrideReason, ...]:
        return self._reasons

    def pick(self, reason: OverrideReason | None) -> None:
        """Raises ValueError for a reason that is not offered."""
        self.box.setCurrentIndex(0 if reason is None else self._reasons.index(reason) + 1)

    def offer_for(self, decision: Decision | None, *, named: bool) -> None:
        """decision: whose reasons are offered, None while it is not known; named: the teller chose it, and it is said beside the list.

        What was picked stays if it fits.
        """
        if (decision, named) == (self._about, self._named):
            return
        self._about, self._named = decision, named
        reasons = () if decision is None else reasons_for(decision)
        picked = self.picked
        if reasons != self._reasons:
            self._reasons = reasons
            while self.box.count() > 1:
                self.box.removeItem(1)
            for reason in reasons:
                self.box.addItem("", reason.value)
            self.pick(picked if picked in reasons else None)
        self._say()

    def translate(self, phrases: Phrases) -> None:
        self._phrases = phrases
        self._say()

    def _say(self) -> None:
        phrases = self._phrases
        if phrases is None:
            return
        label = phrases.text("desk.picked-reason")
        if self._named and self._about is not None:
            label = phrases.text("desk.picked-reason-for", decision=phrases.text(f"decision.{self._about}"))
        self._label.say(label)
        self.box.setAccessibleName(label)
        self.box.setItemText(0, phrases.text("desk.pick-after" if self._about is None else "desk.pick-reason"))
        for number, reason in enumerate(self._reasons, 1):
            self.box.setItemText(number, phrases.text(f"override.{reason}"))
