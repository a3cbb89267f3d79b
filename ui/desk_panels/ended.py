"""After a case, and when nothing works."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from ui.phrases import Phrases
from ui.scenes import ClosedView, EndedView
from ui.theme import TONE_LOOKS, Theme
from ui.widgets.labels import IconLabel, Text
from ui.widgets.once_button import OnceButton


class EndedPage(QWidget):
    def __init__(self, theme: Theme, next_case: Callable[[], None]) -> None:
        super().__init__()
        self._theme = theme
        self._icon = IconLabel(theme.size("headline") * 3)
        self._headline, self._text = Text("headline", centred=True), Text("lead", centred=True)
        self.next_case = OnceButton("primary")
        self.next_case.acted.connect(next_case)
        layout = QVBoxLayout(self)
        layout.setSpacing(theme.size("space"))
        layout.addStretch(2)
        layout.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addWidget(self._headline)
        layout.addWidget(self._text)
        layout.addWidget(self.next_case, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addStretch(3)

    def translate(self, phrases: Phrases) -> None:
        self.next_case.name(f"{phrases.text('desk.next-case')} (F2)")

    def show_view(self, view: EndedView, phrases: Phrases) -> None:
        icon_name, colour = TONE_LOOKS[view.tone]
        self._icon.show_icon(icon_name, self._theme.colour(colour))
        self._headline.say(phrases.say(view.headline))
        self._text.say(phrases.say(view.next_step))
        self.next_case.arm(view.identity)


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
