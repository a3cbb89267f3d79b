"""The documents of a case: what came of each, its page, fields and checks. A second one, which the risk policy asked for, stands below the
first; what is in doubt of either stands above everything else of both.
"""

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QScrollArea, QVBoxLayout, QWidget

from ui.desk_panels.pictures import StillPicture
from ui.desk_panels.rows import CheckRows, FieldRows, Verdict
from ui.desk_scenes import DocumentPanel
from ui.phrases import Phrases
from ui.scenes import Mark
from ui.theme import Theme
from ui.widgets.labels import Text

PAGE, TALL_PAGE = QSize(120, 110), QSize(300, 230)
GRAVE = (Mark.CONTRADICTS, Mark.DOUBTS)


class _Document:
    """One document's parts. head: what a teller must see, body: what it was read from."""

    def __init__(self, theme: Theme) -> None:
        self.head, self.body = QWidget(), QWidget()
        self.title, self._again = Text("strong"), Text("strong")
        self._verdict = Verdict(theme)
        self.page = StillPicture(theme, PAGE)
        self.fields, self.troubles, self.checks = FieldRows(), CheckRows(theme), CheckRows(theme)
        self._lines_title, self._lines = Text("caption"), Text("mono", wraps=False)
        self._lines.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        head, body = QVBoxLayout(self.head), QVBoxLayout(self.body)
        for layout in (head, body):
            layout.setContentsMargins(0, 0, 0, 0)
            layout.setSpacing(theme.size("space") // 2)
        for part in (self.title, self._verdict, self.troubles):
            head.addWidget(part)
        for below in (self._again, self.page, self.fields, self.checks, self._lines_title, self._lines):
            body.addWidget(below)

    def translate(self, phrases: Phrases) -> None:
        self.page.say_when_empty(phrases.text("desk.no-picture"))
        self._lines_title.say(phrases.text("desk.raw-lines"))

    def name(self, title: str, *, again: bool) -> None:
        """again: the body is far from its head, and names the document too."""
        self.title.say(title)
        self._again.say(title)
        self._again.setVisible(again)
        self.page.setAccessibleName(title)

    def show_panel(self, panel: DocumentPanel, phrases: Phrases) -> None:
        self._verdict.show_verdict(phrases.say(panel.state), panel.mark)
        self.page.show_pixels(panel.page)
        self.fields.show_fields(panel.fields, phrases)
        # What is in doubt stands above the page, what agrees below: a teller with one second sees the right half.
        above = panel.faces + tuple(check for check in panel.checks if check.mark in GRAVE)
        self.troubles.show_checks(above, phrases)
        self.checks.show_checks(tuple(check for check in panel.checks if check.mark not in GRAVE), phrases)
        lines = panel.raw_lines.reveal()
        self._lines_title.setVisible(bool(lines))
        self._lines.setVisible(bool(lines))
        self._lines.say("\n".join(lines))

    def show(self, *, visible: bool) -> None:
        for part in (self.head, self.body):
            part.setVisible(visible)

    def forget(self) -> None:
        self.page.forget()
        self._lines.say("")
        self.fields.forget()
        for rows in (self.troubles, self.checks):
            rows.forget()


class DocumentsView(QScrollArea):
    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._phrases: Phrases | None = None
        self._both = False
        self.first, self.second = _Document(theme), _Document(theme)
        inside = QWidget()
        layout = QVBoxLayout(inside)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.size("space"))
        for part in (self.first.head, self.second.head, self.first.body, self.second.body):
            layout.addWidget(part)
        layout.addStretch(1)
        self.second.show(visible=False)
        self.setWidget(inside)

    def fit(self, *, tall: bool) -> None:
        """tall: there is room for a page on which print can be read."""
        for each in (self.first, self.second):
            each.page.set_least(TALL_PAGE if tall else PAGE)

    def translate(self, phrases: Phrases) -> None:
        self._phrases = phrases
        self.setAccessibleName(phrases.text("desk.document"))
        for each in (self.first, self.second):
            each.translate(phrases)
        self._name()

    def _name(self) -> None:
        if self._phrases is not None:
            self.first.name(self._phrases.text("desk.first-document" if self._both else "desk.document"), again=self._both)
            self.second.name(self._phrases.text("desk.second-document"), again=True)

    def show_panels(self, first: DocumentPanel, second: DocumentPanel | None, phrases: Phrases) -> None:
        self._both = second is not None
        self._name()
        self.first.show_panel(first, phrases)
        self.second.show(visible=self._both)
        if second is None:
            self.second.forget()
        else:
            self.second.show_panel(second, phrases)

    def forget(self) -> None:
        for each in (self.first, self.second):
            each.forget()
