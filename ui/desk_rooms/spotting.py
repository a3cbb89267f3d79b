"""Judging pictures: is it genuine or not? After each answer it is said what there was to see."""

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from ui.desk_panels.pictures import StillPicture
from ui.phrases import Phrases
from ui.rooms import SpotPicture
from ui.scenes import Mark, counted
from ui.theme import MARK_LOOKS, Theme
from ui.training_words import TrainingWords
from ui.widgets.labels import IconLabel, Text, frame
from ui.widgets.once_button import OnceButton


class SpottingPanel(QWidget):
    """ended: told after the last picture, with whether enough were judged rightly; back: the reader leaves."""

    def __init__(self, theme: Theme, ended: Callable[[bool], None], back: Callable[[], None]) -> None:
        super().__init__()
        self._theme, self._ended = theme, ended
        self._pictures: tuple[SpotPicture, ...] = ()
        self._wanted, self._at, self._right = 0, 0, 0
        self._answered: bool | None = None
        self._times = 0
        self._words: TrainingWords | None = None
        self._phrases: Phrases | None = None
        self._count = Text("caption", wraps=False)
        self.picture = StillPicture(theme, QSize(360, 200))
        self._asks = Text("lead")
        self._icon, self._verdict, self._why = IconLabel(22), Text("strong-lead"), Text("lead")
        self.genuine, self.forged = OnceButton("good-quiet"), OnceButton("bad")
        self.next, self.back = OnceButton("primary"), OnceButton("quiet")
        self.genuine.acted.connect(lambda: self._answer(True))
        self.forged.acted.connect(lambda: self._answer(False))
        self.next.acted.connect(self._next)
        self.back.acted.connect(back)
        for key, button in (("1", self.genuine), ("2", self.forged)):
            QShortcut(QKeySequence(key), self).activated.connect(lambda button=button: _press(button))
        self._lay_out(theme)

    def _lay_out(self, theme: Theme) -> None:
        space = theme.size("space")
        verdict = QHBoxLayout()
        verdict.addWidget(self._icon)
        verdict.addWidget(self._verdict, 1)
        words = QVBoxLayout()
        words.setSpacing(space)
        words.addWidget(self._count)
        words.addWidget(self._asks)
        words.addWidget(self.genuine)
        words.addWidget(self.forged)
        words.addLayout(verdict)
        words.addWidget(self._why)
        words.addStretch(1)
        onward = QHBoxLayout()
        onward.addWidget(self.back)
        onward.addWidget(self.next, 1)
        words.addLayout(onward)
        card = frame("card")
        row = QHBoxLayout(card)
        row.setContentsMargins(space * 2, space * 2, space * 2, space * 2)
        row.setSpacing(space * 2)
        row.addWidget(self.picture, 3)
        row.addLayout(words, 2)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(card)

    def translate(self, phrases: Phrases, words: TrainingWords) -> None:
        self._phrases, self._words = phrases, words
        self._asks.say(phrases.text("training.is-it"))
        self.genuine.name(f"{phrases.text('training.genuine')} (1)")
        self.forged.name(f"{phrases.text('training.forged')} (2)")
        self.next.name(f"{phrases.text('training.next')} (Enter)")
        self.back.name(phrases.text("training.back"))
        self.picture.say_when_empty(phrases.text("desk.no-picture"))
        self.picture.setAccessibleName(phrases.text("training.is-it"))
        self._show()

    def begin(self, pictures: tuple[SpotPicture, ...], wanted: int) -> None:
        """wanted: percent to be judged rightly."""
        self._pictures, self._wanted = pictures, wanted
        self._at, self._right, self._answered = 0, 0, None
        self._show()
        self.genuine.setFocus(Qt.FocusReason.OtherFocusReason)

    def forget(self) -> None:
        self._pictures = ()
        self.picture.forget()

    def _answer(self, genuine: bool) -> None:
        if self._at >= len(self._pictures) or self._answered is not None:
            return
        self._answered = genuine is self._pictures[self._at].genuine
        self._right += self._answered
        self._show()
        self.next.setFocus(Qt.FocusReason.OtherFocusReason)

    def _next(self) -> None:
        self._times += 1
        self._at, self._answered = self._at + 1, None
        if self._at >= len(self._pictures):
            enough = 100 * self._right >= self._wanted * len(self._pictures)
            self._ended(enough)
            return
        self._show()
        self.genuine.setFocus(Qt.FocusReason.OtherFocusReason)

    def _show(self) -> None:
        phrases, words = self._phrases, self._words
        if phrases is None or words is None or self._at >= len(self._pictures):
            return
        shown = self._pictures[self._at]
        self.picture.show_pixels(shown.pixels)
        self._count.say(phrases.text("training.count", number=self._at + 1, total=len(self._pictures), right=counted("right", self._right)))
        answered = self._answered is not None
        for button in (self.genuine, self.forged):
            button.arm(("spot", str(self._at), str(self._times)), allowed=not answered)
        self.next.arm(("next", str(self._at), str(self._times)), allowed=answered)
        self.back.arm(("back", str(self._at), str(self._times)))
        self._icon.setVisible(answered)
        icon, colour = MARK_LOOKS[Mark.AGREES if self._answered else Mark.CONTRADICTS]
        self._icon.show_icon(icon, self._theme.colour(colour))
        verdict = phrases.text("training.right" if self._answered else "training.wrong") if answered else ""
        self._verdict.say(verdict)
        self._why.say(words.spots[shown.name] if answered else "")


def _press(button: OnceButton) -> None:
    if button.isVisible() and button.isEnabled():
        button.click()
