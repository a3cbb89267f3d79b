"""One switch for everything: what can be used is offered in turn, and the switch (space or return) takes what is offered.

Rows of a keyboard are offered first as a row, then key by key; all else one by one. It goes round as long as the customer wishes it.
"""

from collections.abc import Callable, Sequence
from typing import Final

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractButton, QApplication, QWidget
from shiboken6 import isValid

STEP_MS: Final = 1_400
"""How long one thing is offered. Rates in use lie between half a second and three; slower costs time, faster costs people."""
ROUNDS: Final = 2
"""A row that was taken by mistake is left again after so many rounds without a press."""
SWITCH: Final = frozenset({Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Select})
Group = tuple[QAbstractButton, ...]


class Scanner(QObject):
    """offered: what can be used now, in reading order, from a window that changes all the time; quiet: whether a press does nothing now.
    Costs nothing while it is off."""

    def __init__(self, window: QWidget, offered: Callable[[], Sequence[Group]], quiet: Callable[[], bool]) -> None:
        super().__init__(window)
        self._window, self._offered, self._quiet = window, offered, quiet
        self._row: Group | None = None
        self._at = -1
        self._rounds = 0
        self._lit: Group = ()
        self._timer = QTimer(self)
        self._timer.setInterval(STEP_MS)
        self._timer.timeout.connect(self.step)

    @property
    def on(self) -> bool:
        return self._timer.isActive()

    def turn(self, *, on: bool) -> None:
        if on is self.on:
            return
        application = QApplication.instance()
        if application is None:
            return
        if on:
            application.installEventFilter(self)
            self._timer.start()
            self.step()
        else:
            application.removeEventFilter(self)
            self._timer.stop()
            self._light(())
            self._row, self._at = None, -1

    def step(self) -> None:
        """Offer the next thing. Whatever is not there any more is passed over."""
        groups = self._groups()
        if self._row is not None and self._row not in groups:
            self._row = None
        things: Sequence[Group] = groups if self._row is None else tuple((one,) for one in self._row)
        if not things:
            self._light(())
            return
        self._at += 1
        if self._at >= len(things):
            self._at, self._rounds = 0, self._rounds + 1
            if self._row is not None and self._rounds >= ROUNDS:
                self._up()
                return
        self._light(things[self._at])

    def press(self) -> None:
        """The switch: take what is offered, or go into a row of several."""
        taken = self._lit
        if not taken or not all(one.isVisible() and one.isEnabled() for one in taken):
            return
        if len(taken) > 1:
            self._row, self._at, self._rounds = taken, -1, 0
            self.step()
            return
        self._row, self._at, self._rounds = None, -1, 0
        self._light(())
        self._timer.start()
        taken[0].click()
        self.step()

    def _up(self) -> None:
        self._row, self._at, self._rounds = None, -1, 0
        self.step()

    def _groups(self) -> tuple[Group, ...]:
        usable = (tuple(one for one in group if one.isVisible() and one.isEnabled()) for group in self._offered())
        return tuple(group for group in usable if group)

    def _light(self, group: Group) -> None:
        for one in self._lit:
            _mark(one, on=False)
        self._lit = group
        for one in group:
            _mark(one, on=True)

    def forget(self) -> None:
        """What was offered is about to be taken apart."""
        self._lit, self._row, self._at = (), None, -1

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        # Events come here from all of the program, also while this window is taken apart.
        if not isinstance(event, QKeyEvent) or event.key() not in SWITCH or not isValid(self._window) or not self._window.isVisible():
            return False
        if event.type() is QEvent.Type.KeyPress and watched.isWidgetType():
            if not event.isAutoRepeat() and not self._quiet():
                self.press()
            return True
        return event.type() is QEvent.Type.KeyRelease


def _mark(one: QAbstractButton, *, on: bool) -> None:
    try:
        one.setProperty("scanned", on)
        one.style().unpolish(one)
        one.style().polish(one)
    except RuntimeError:
        # Its window was rebuilt meanwhile: there is nothing left to mark.
        return
