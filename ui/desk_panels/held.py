"""What was asked for and has not happened yet: for a few seconds it can be taken back. Nothing waits behind it and nothing blocks."""

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from kiosk.values import ns
from ui.phrases import Phrases
from ui.theme import Theme
from ui.widgets.labels import Text, frame
from ui.widgets.once_button import OnceButton


@dataclass(frozen=True, slots=True, eq=False)
class _Act:
    """key: what is held, and the phrase `held.<key>`; acts: done when the time is over or at a second press; undone: when taken back."""

    key: str
    due_ns: int
    acts: Callable[[], None]
    undone: Callable[[], None]


class HeldBar(QWidget):
    """now_ns: the station's monotonic clock; within_s: how long an act can be taken back."""

    changed = Signal()
    """Something is held, or nothing any more."""

    def __init__(self, theme: Theme, now_ns: Callable[[], int], within_s: float) -> None:
        super().__init__()
        self._now_ns, self._within_ns = now_ns, ns(within_s)
        self._phrases: Phrases | None = None
        self._act: _Act | None = None
        self._times = 0
        self.taken_back = 0
        """How often the operator took something back by this bar's button or Escape; practice asks."""
        self._says = Text("strong")
        self.undo, self.go = OnceButton("quiet"), OnceButton("primary")
        self.undo.acted.connect(self._undo)
        self.go.acted.connect(self.release)
        box = frame("warning")
        box.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        row = QHBoxLayout(box)
        row.setContentsMargins(theme.size("space"), 0, 0, 0)
        row.setSpacing(theme.size("space") // 2)
        row.addWidget(self._says, 1)
        row.addWidget(self.undo)
        row.addWidget(self.go)
        # A shortcut of this bar is heard while the bar is seen, so that Escape is free for everybody else.
        QShortcut(QKeySequence(Qt.Key.Key_Escape), self).activated.connect(self._undo)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(box, 1)

    @property
    def key(self) -> str:
        """What is held now, empty if nothing is."""
        return "" if self._act is None else self._act.key

    def translate(self, phrases: Phrases) -> None:
        self._phrases = phrases
        self.undo.name(f"{phrases.text('held.undo')} (Esc)")
        self.go.name(f"{phrases.text('held.now')} (Enter)")
        self._say()

    def hold(self, key: str, acts: Callable[[], None], undone: Callable[[], None]) -> None:
        """Do this after the time to take it back. What was held before is taken back first: one act at a time."""
        self.take_back()
        self._act = _Act(key, self._now_ns() + self._within_ns, acts, undone)
        self._times += 1
        for button in (self.undo, self.go):
            button.arm(("held", str(self._times)))
        self._say()
        self.changed.emit()
        self.go.setFocus(Qt.FocusReason.OtherFocusReason)

    def look(self) -> None:
        """See whether the time is over; called whenever the window is drawn anew."""
        if self._act is not None and self._now_ns() >= self._act.due_ns:
            self.release()
        self._say()

    def release(self) -> None:
        act, self._act = self._act, None
        if act is not None:
            self.changed.emit()
            act.acts()

    def _undo(self) -> None:
        self.taken_back += bool(self.key)
        self.take_back()

    def take_back(self) -> None:
        act, self._act = self._act, None
        if act is not None:
            self.changed.emit()
            act.undone()

    def _say(self) -> None:
        if self._act is not None and self._phrases is not None:
            left = max(1, ceil((self._act.due_ns - self._now_ns()) / 1e9))
            self._says.say(self._phrases.text(f"held.{self._act.key}", seconds=left))
