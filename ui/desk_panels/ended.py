"""After a case, and when nothing works."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from ui.desk_scenes import ClosedView, EndedView
from ui.phrases import Phrases
from ui.scenes import Words
from ui.theme import TONE_LOOKS, Theme
from ui.widgets.labels import IconLabel, Text
from ui.widgets.once_button import OnceButton


class EndedPage(QWidget):
    """receipt: asked for the customer's paper of the case that ended."""

    def __init__(self, theme: Theme, next_case: Callable[[], None], receipt: Callable[[], None]) -> None:
        super().__init__()
        self._theme = theme
        self.offers_receipts = False
        self._phrases: Phrases | None = None
        self._icon = IconLabel(theme.size("headline") * 3)
        self._headline, self._text = Text("headline", centred=True), Text("lead", centred=True)
        self.next_case = OnceButton("primary")
        self.next_case.acted.connect(next_case)
        self.receipt = OnceButton("quiet")
        self.receipt.acted.connect(receipt)
        self._receipts = 0
        self.told = Text("lead", centred=True)
        self.told.hide()
        layout = QVBoxLayout(self)
        layout.setSpacing(theme.size("space"))
        layout.addStretch(2)
        layout.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addWidget(self._headline)
        layout.addWidget(self._text)
        layout.addWidget(self.told)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(self.receipt)
        row.addWidget(self.next_case)
        row.addStretch(1)
        layout.addLayout(row)
        layout.addStretch(3)

    def translate(self, phrases: Phrases) -> None:
        self._phrases = phrases
        self.next_case.name(f"{phrases.text('desk.next-case')} (F2)")
        self.receipt.name(f"{phrases.text('receipt.button')} (F11)")

    def show_view(self, view: EndedView, phrases: Phrases) -> None:
        icon_name, colour = TONE_LOOKS[view.tone]
        self._icon.show_icon(icon_name, self._theme.colour(colour))
        self._headline.say(phrases.say(view.headline))
        self._text.say(phrases.say(view.next_step))
        self.next_case.arm(view.identity)
        self.receipt.setVisible(view.has_receipt and self.offers_receipts)
        self.receipt.arm((*view.identity, str(self._receipts)), allowed=view.has_receipt)

    def tell(self, words: Words | None) -> None:
        """Practice says who the customer was."""
        self.told.setVisible(words is not None)
        if words is not None and self._phrases is not None:
            self.told.say(self._phrases.say(words))

    def start(self) -> None:
        """Come back from the receipt, or from the case."""
        self._receipts += 1
        self.next_case.setFocus(Qt.FocusReason.OtherFocusReason)


class ClosedPage(QWidget):
    def __init__(self, theme: Theme) -> None:
        super().__init__()
        icon = IconLabel(theme.size("headline") * 3)
        icon.show_icon("warning", theme.colour("doubt"))
        self._headline, self._what, self._remedy = Text("headline", centred=True), Text("lead", centred=True), Text("soft", centred=True)
        layout = QVBoxLayout(self)
        layout.setSpacing(theme.size("space"))
        layout.addStretch(2)
        layout.addWidget(icon, 0, Qt.AlignmentFlag.AlignHCenter)
        for part in (self._headline, self._what, self._remedy):
            layout.addWidget(part)
        layout.addStretch(3)

    def translate(self, phrases: Phrases) -> None:
        self._headline.say(phrases.text("out-of-service.headline"))

    def show_view(self, view: ClosedView, phrases: Phrases) -> None:
        self._what.say(phrases.say(view.what))
        self._remedy.say(phrases.say(view.remedy))
