"""What every page beside the cases has: a headline, what it is for, and what went wrong."""

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from ui.bridge import Bridge, Done
from ui.phrases import Phrases
from ui.rooms import OfficePort
from ui.theme import Theme
from ui.widgets.labels import Text


class RoomPage(QWidget):
    """body: where a page puts its parts; tools: buttons beside the headline."""

    def __init__(self, theme: Theme, bridge: Bridge, offices: OfficePort, title: str, says: str) -> None:
        super().__init__()
        self.theme, self.bridge, self.offices = theme, bridge, offices
        self._title_key, self._says_key = title, says
        self.phrases: Phrases | None = None
        self._asked = 0
        self._headline, self._says, self.trouble = Text("headline"), Text("soft"), Text("error")
        self.trouble.hide()
        space = theme.size("space")
        head = QHBoxLayout()
        head.setSpacing(space // 2)
        words = QVBoxLayout()
        words.setSpacing(2)
        for part in (self._headline, self._says, self.trouble):
            words.addWidget(part)
        head.addLayout(words, 1)
        self.tools = QHBoxLayout()
        self.tools.setSpacing(space // 2)
        self.tools.setAlignment(Qt.AlignmentFlag.AlignTop)
        head.addLayout(self.tools)
        self.body = QVBoxLayout()
        self.body.setSpacing(space)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(space)
        layout.addLayout(head)
        layout.addLayout(self.body, 1)

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(560, 360)

    def translate(self, phrases: Phrases) -> None:
        self.phrases = phrases
        self._headline.say(phrases.text(self._title_key))
        self._says.say(phrases.text(self._says_key))

    def open(self) -> None:
        """The page was turned to: ask for what it shows, and put the keyboard where it is needed."""

    def forget(self) -> None:
        """The page was left, or the window locked: keep nothing of what it showed."""
        self._asked += 1
        self.tell("")

    def look(self) -> None:
        """Follow the camera's pace, where there is a picture."""

    def ask(self, work: Callable[[], object], then: Callable[[object], None]) -> None:
        """Ask away from the UI thread; an answer that comes after the page was left is not shown."""
        self._asked += 1
        asked = self._asked

        def answered(done: Done) -> None:
            if asked != self._asked:
                return
            if done.fault is not None:
                self.tell(self._fault_text(done))
            else:
                self.tell("")
                then(done.value)

        self.bridge.away(work, answered)

    def tell(self, text: str) -> None:
        self.trouble.setVisible(bool(text))
        self.trouble.say(text)

    def _fault_text(self, done: Done) -> str:
        if self.phrases is None or done.fault is None:
            return ""
        return f"{self.phrases.text(done.fault.phrase)}. {self.phrases.text(done.fault.remedy)}"
