"""The short test: one question at a time, the options in another order each time; what was wrong is shown at the end."""

import random
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from ui.phrases import Phrases
from ui.theme import Theme
from ui.training_words import TrainingWords
from ui.widgets.labels import Text, frame
from ui.widgets.once_button import OnceButton

if TYPE_CHECKING:
    from kiosk.trust.course import Course, Question
    from kiosk.trust.training import LessonsMissing, TestResult

MOST_OPTIONS = 3


class ExamPanel(QWidget):
    """take: told all answers at the end; back: the reader leaves."""

    def __init__(self, theme: Theme, course: "Course", take: Callable[[dict[str, int]], None], back: Callable[[], None]) -> None:
        super().__init__()
        self._course, self._take = course, take
        self._phrases: Phrases | None = None
        self._words: TrainingWords | None = None
        self._result: TestResult | LessonsMissing | None = None
        self._answers: dict[str, int] = {}
        self._order: list[tuple[Question, list[int]]] = []
        self._at, self._times = 0, 0
        self._count, self._asks, self._told = Text("caption", wraps=False), Text("headline"), Text("lead")
        self.options = [OnceButton("quiet") for _ in range(MOST_OPTIONS)]
        self._option_texts = [Text("lead") for _ in range(MOST_OPTIONS)]
        self.back = OnceButton("quiet")
        self.back.acted.connect(back)
        space = theme.size("space")
        card = frame("card")
        layout = QVBoxLayout(card)
        layout.setContentsMargins(space * 2, space * 2, space * 2, space * 2)
        layout.setSpacing(space)
        for part in (self._count, self._asks):
            layout.addWidget(part)
        layout.addWidget(self._make_told(), 1)
        for number, (button, text) in enumerate(zip(self.options, self._option_texts, strict=True)):
            button.acted.connect(lambda number=number: self._chose(number))
            QShortcut(QKeySequence(str(number + 1)), self).activated.connect(lambda button=button: _press(button))
            button.setFixedWidth(56)
            text.setBuddy(button)
            row = QHBoxLayout()
            row.setSpacing(space)
            row.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)
            row.addWidget(text, 1)
            layout.addLayout(row)
        layout.addStretch(0)
        layout.addWidget(self.back, 0, Qt.AlignmentFlag.AlignLeading)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(card)

    def _make_told(self) -> QWidget:
        """Many wrong answers are more than a low screen holds."""
        inside = QWidget()
        rows = QVBoxLayout(inside)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.addWidget(self._told)
        rows.addStretch(1)
        self._sheet = QScrollArea()
        self._sheet.setWidgetResizable(True)
        self._sheet.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._sheet.setWidget(inside)
        return self._sheet

    @property
    def asked(self) -> "tuple[Question, list[int]]":
        """The question that is asked now, and the order its options are shown in."""
        return self._order[self._at]

    def translate(self, phrases: Phrases, words: TrainingWords) -> None:
        self._phrases, self._words = phrases, words
        self.back.name(phrases.text("training.back"))
        self._sheet.setAccessibleName(phrases.text("training.test"))
        self._show()

    def begin(self, seed: int) -> None:
        rng = random.Random(seed)  # noqa: S311 - an order, not a secret
        self._order = [(question, rng.sample(range(question.options), question.options)) for question in self._course.questions]
        rng.shuffle(self._order)
        self._answers, self._result, self._at = {}, None, 0
        self._show()
        self.options[0].setFocus(Qt.FocusReason.OtherFocusReason)

    def forget(self) -> None:
        self._answers, self._order, self._result, self._at = {}, [], None, 0

    def show_result(self, result: "TestResult | LessonsMissing") -> None:
        self._result = result
        self._show()
        self.back.setFocus(Qt.FocusReason.OtherFocusReason)

    def _chose(self, number: int) -> None:
        question, options = self._order[self._at]
        self._answers[question.name] = options[number]
        self._at += 1
        if self._at == len(self._order):
            self._take(dict(self._answers))
        self._show()
        if self._at < len(self._order):
            self.options[0].setFocus(Qt.FocusReason.OtherFocusReason)

    def _show(self) -> None:
        phrases, words = self._phrases, self._words
        if phrases is None or words is None:
            return
        self._times += 1
        self.back.arm(("back", str(self._times)))
        asking = self._at < len(self._order)
        for part in (self._count, *self.options, *self._option_texts):
            part.setVisible(asking)
        # Hidden, it leaves the options right below what is asked.
        self._sheet.setVisible(not asking)
        self._sheet.setFocusPolicy(Qt.FocusPolicy.NoFocus if asking else Qt.FocusPolicy.StrongFocus)
        if asking:
            self._show_question(phrases, words)
        else:
            self._show_result(phrases, words)

    def _show_question(self, phrases: Phrases, words: TrainingWords) -> None:
        question, options = self._order[self._at]
        said = words.questions[question.name]
        self._count.say(phrases.text("training.question", number=self._at + 1, total=len(self._order)))
        self._asks.say(said.asks)
        for number, (button, text) in enumerate(zip(self.options, self._option_texts, strict=True)):
            there = number < len(options)
            button.setVisible(there)
            text.setVisible(there)
            if there:
                text.say(said.options[options[number]])
                button.name(str(number + 1))
                button.setAccessibleName(said.options[options[number]])
                button.arm(("option", str(self._times), str(number)))

    def _show_result(self, phrases: Phrases, words: TrainingWords) -> None:
        result = self._result
        score, wrong = getattr(result, "score", None), getattr(result, "wrong", ())
        if score is None:
            self._asks.say("")
            self._told.say("")
            return
        passed = getattr(result, "certificate", None) is not None
        self._asks.say(phrases.text("training.passed" if passed else "training.failed", score=phrases.locale.percent(score / 100)))
        right = {question.name: question.right for question in self._course.questions}
        lines = [f"{words.questions[name].asks}\n→ {words.questions[name].options[right[name]]}" for name in wrong]
        self._told.say("\n\n".join(lines))


def _press(button: OnceButton) -> None:
    if button.isVisible() and button.isEnabled():
        button.click()
