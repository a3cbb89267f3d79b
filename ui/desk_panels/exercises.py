"""What there is to practise, and which of it was done: shown under the form of a new case in the practice window, nowhere else."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QWidget

from ui.phrases import Phrases
from ui.practice import Exercise
from ui.scenes import Progress
from ui.theme import Theme
from ui.widgets.labels import IconLabel, Text, frame
from ui.widgets.track import PROGRESS_LOOKS


class Exercises(QWidget):
    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._phrases: Phrases | None = None
        self._done: frozenset[Exercise] = frozenset()
        self._title = Text("strong")
        self._rows = {one: (IconLabel(20), Text()) for one in Exercise}
        card = frame("card")
        grid = QGridLayout(card)
        space = theme.size("space")
        grid.setContentsMargins(space * 2, space, space * 2, space)
        grid.setVerticalSpacing(space // 2)
        grid.setHorizontalSpacing(space)
        grid.setColumnStretch(1, 1)
        grid.addWidget(self._title, 0, 0, 1, 2)
        for row, (sign, text) in enumerate(self._rows.values(), 1):
            grid.addWidget(sign, row, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(text, row, 1)
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(card)
        self.hide()

    def translate(self, phrases: Phrases) -> None:
        self._phrases = phrases
        self._show()

    def tell(self, done: frozenset[Exercise]) -> None:
        """Show what there is to practise with what was done of it."""
        self._done = done
        self.show()
        self._show()

    def _show(self) -> None:
        if self._phrases is None:
            return
        self._title.say(self._phrases.text("exercise.title"))
        for one, (sign, text) in self._rows.items():
            progress = Progress.DONE if one in self._done else Progress.TO_COME
            icon, colour = PROGRESS_LOOKS[progress]
            sign.show_icon(icon, self._theme.colour(colour))
            text.say(self._phrases.text(f"exercise.{one}"))
            text.setAccessibleName(f"{text.text()}: {self._phrases.text(f'progress.{progress}')}")
