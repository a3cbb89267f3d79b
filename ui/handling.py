"""How the booth's screen is handled: how far the pointer went between touches, how straight, and how long that took. Not where, not what.

A finger that lifts has no way between touches; then only the times say something.
"""

import math
from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QPointF
from PySide6.QtGui import QMouseEvent

from kiosk.journey.events import Handled


class HandlingWatch(QObject):
    """Watches what goes through the application and tells one `Handled` for each press."""

    def __init__(self, told: Callable[[Handled], None], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._told = told
        self._at: QPointF | None = None
        self._pressed_at: QPointF | None = None
        self._pressed_ms: int | None = None
        self._path = 0.0

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        if isinstance(event, QMouseEvent) and watched.isWindowType():
            self._mouse(event)
        return False

    def forget(self) -> None:
        """Begin anew: another customer."""
        self._at = self._pressed_at = self._pressed_ms = None
        self._path = 0.0

    def _mouse(self, event: QMouseEvent) -> None:
        place = event.globalPosition()
        if self._at is not None:
            self._path += _apart(self._at, place)
        self._at = place
        if event.type() is not QEvent.Type.MouseButtonPress:
            return
        straight = 0.0 if self._pressed_at is None else _apart(self._pressed_at, place)
        gap_s = 0.0 if self._pressed_ms is None else max(event.timestamp() - self._pressed_ms, 0) / 1_000
        self._told(Handled(self._path if self._pressed_at is not None else 0.0, straight, gap_s))
        self._pressed_at, self._pressed_ms, self._path = place, event.timestamp(), 0.0


def _apart(one: QPointF, other: QPointF) -> float:
    return math.hypot(other.x() - one.x(), other.y() - one.y())
