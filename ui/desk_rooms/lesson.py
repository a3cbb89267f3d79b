"""One lesson: what it says, point by point, on one page."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from ui.phrases import Phrases
from ui.theme import Theme
from ui.training_words import TrainingWords
from ui.widgets.labels import IconLabel, Text, frame
from ui.widgets.once_button import OnceButton

if TYPE_CHECKING:
    from kiosk.trust.course import Lesson

MOST_POINTS = 6
MOST_WIDE = 980
"""Pixels: longer lines are hard to read."""


class LessonPanel(QWidget):
    """read: told when the reader has understood; back: when they leave it."""

    def __init__(self, theme: Theme, read: "Callable[[Lesson], None]", back: Callable[[], None]) -> None:
        super().__init__()
        self._theme, self._read = theme, read
        self.lesson: Lesson | None = None
        self._words: TrainingWords | None = None
        self._phrases: Phrases | None = None
        self._times = 0
        self._icon, self._title = IconLabel(28), Text("headline")
        self._points = [(IconLabel(18), Text("lead")) for _ in range(MOST_POINTS)]
        self.back, self.understood = OnceButton("quiet"), OnceButton("primary")
        self.back.acted.connect(back)
        self.understood.acted.connect(self._understood)
        space = theme.size("space")
        head = QHBoxLayout()
        head.addWidget(self._icon)
        head.addWidget(self._title, 1)
        inside = QWidget()
        grid = QGridLayout(inside)
        grid.setSpacing(space)
        grid.setColumnStretch(1, 1)
        for row, (mark, text) in enumerate(self._points):
            mark.show_icon("check", theme.colour("brand"))
            grid.addWidget(mark, row, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(text, row, 1)
        grid.setRowStretch(MOST_POINTS, 1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(inside)
        self._scroll = scroll
        buttons = QHBoxLayout()
        buttons.addWidget(self.back)
        buttons.addStretch(1)
        buttons.addWidget(self.understood)
        card = frame("card")
        card.setMaximumWidth(MOST_WIDE)
        layout = QVBoxLayout(card)
        layout.setContentsMargins(space * 2, space * 2, space * 2, space * 2)
        layout.setSpacing(space)
        layout.addLayout(head)
        layout.addWidget(scroll, 1)
        layout.addLayout(buttons)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(card)

    def translate(self, phrases: Phrases, words: TrainingWords) -> None:
        self._phrases, self._words = phrases, words
        self.back.name(phrases.text("training.back"))
        self._show()

    def begin(self, lesson: "Lesson") -> None:
        self.lesson = lesson
        self._times += 1
        for button in (self.back, self.understood):
            button.arm(("lesson", str(self._times)))
        self._show()
        self.understood.setFocus(Qt.FocusReason.OtherFocusReason)

    def _show(self) -> None:
        lesson, words, phrases = self.lesson, self._words, self._phrases
        if lesson is None or words is None or phrases is None:
            return
        said = words.lessons[lesson.name]
        self._icon.show_icon(lesson.icon, self._theme.colour("brand"))
        self._title.say(said.title)
        self._scroll.setAccessibleName(said.title)
        self.understood.name(phrases.text("training.to-pictures" if lesson.spotting else "training.understood"))
        for number, (mark, text) in enumerate(self._points):
            there = number < len(said.points)
            mark.setVisible(there)
            text.setVisible(there)
            text.say(said.points[number] if there else "")

    def _understood(self) -> None:
        if self.lesson is not None:
            self._times += 1
            self._read(self.lesson)
