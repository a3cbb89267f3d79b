"""Taps meant for a page do nothing on the next one: one rule for whatever comes to lie under a finger.

A tap too many on `I agree` must not touch what stands in its place on the next page. So for `QUIET_NS` after a page or a layer over it has
come or gone no press begins, and a press begun before ends nowhere. Taps that go on and on keep the page quiet for as long as
they follow one another so closely, at most `LONGEST_QUIET_NS`.
"""

from collections.abc import Callable, Iterable
from typing import Final

from PySide6.QtCore import QEvent, QObject, QPointF, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent, QTouchEvent, QWindow
from PySide6.QtWidgets import QAbstractButton, QWidget
from shiboken6 import isValid

QUIET_NS: Final = 600_000_000
"""The taps of a double tap lie at most half a second apart, also of slow hands (desktop settings reach to 0.5 s and a little over); to see
another page and reach for something on it takes longer."""
LONGEST_QUIET_NS: Final = 2_000_000_000
DEEDS: Final = frozenset({Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Select, Qt.Key.Key_Escape})
"""Keys that do something, where letters only write."""
_PRESSES: Final = frozenset({QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonDblClick, QEvent.Type.TouchBegin})
_FINGERS_LIFT: Final = frozenset({QEvent.Type.TouchEnd, QEvent.Type.TouchCancel})
"""These go through: what was pressed before is not pressed any more by then."""
_SURFACE_TURNS: Final = frozenset({QEvent.Type.Show, QEvent.Type.Hide})


class TapGuard(QObject):
    """Sees what is touched and pressed before the booth's widgets do: it stands before the native window, which all of it goes through.

    now_ns: monotonic nanoseconds.
    """

    def __init__(self, window: QWidget, now_ns: Callable[[], int]) -> None:
        super().__init__(window)
        self._window, self._now_ns = window, now_ns
        self._turned_ns: int | None = None
        self._tapped_ns = 0
        self._within: QWidget | None = None
        self._fingers_down = self._fingers_lost = False
        self._pressed: QAbstractButton | None = None
        """What is pressed until it is let go."""

    def stand_before(self, native: QWindow) -> None:
        native.installEventFilter(self)

    def watch(self, surfaces: Iterable[QWidget]) -> None:
        """surfaces: the pages and the layers over them; whenever one of them comes or goes, what lies under a finger is another thing."""
        for surface in surfaces:
            surface.installEventFilter(self)

    def turned(self, within: QWidget | None = None) -> None:
        """What lies under a finger has changed. within: only inside of this."""
        self._turned_ns = self._tapped_ns = self._now_ns()
        self._within = within
        self._fingers_lost = self._fingers_down and within is None
        if self._pressed is not None and isValid(self._pressed):
            self._pressed.setDown(False)
        self._pressed = None

    def quiet(self) -> bool:
        """Return whether a press that begins now does nothing; it counts as one of a row of taps."""
        if self._turned_ns is None:
            return False
        now_ns = self._now_ns()
        if now_ns - self._tapped_ns < QUIET_NS and now_ns - self._turned_ns < LONGEST_QUIET_NS:
            self._tapped_ns = now_ns
            return True
        self._turned_ns = self._within = None
        return False

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        kind = event.type()
        if watched.isWidgetType():
            # A window that is being taken apart hides its pages too; it is not to be asked anything any more.
            if kind in _SURFACE_TURNS and isValid(self._window) and self._window.isVisible():
                self.turned()
            return False
        if isinstance(event, QKeyEvent):
            if kind is not QEvent.Type.KeyPress or event.key() not in DEEDS:
                return False
            lost = self._key_is_lost(event)
            self._hold(None if lost else self._window.focusWidget())
            return lost
        if kind in _PRESSES and isinstance(event, QMouseEvent | QTouchEvent):
            return self._press_is_lost(event)
        if kind is QEvent.Type.TouchUpdate:
            return self._fingers_lost
        if kind in _FINGERS_LIFT:
            self._fingers_lost = self._fingers_down = False
        return False

    def _press_is_lost(self, event: QMouseEvent | QTouchEvent) -> bool:
        places = [point.position() for point in event.points()]
        lost = any(self._matters(place) for place in places) and self.quiet()
        if isinstance(event, QTouchEvent):
            self._fingers_down, self._fingers_lost = True, lost
        self._hold(None if lost else self._window.childAt(places[0].toPoint()))
        return lost

    def _hold(self, pressed: QWidget | None) -> None:
        self._pressed = pressed if isinstance(pressed, QAbstractButton) else None

    def _matters(self, place: QPointF) -> bool:
        """Return whether what lies there is of what has changed."""
        if self._within is None:
            return True
        return self._within.rect().contains(self._within.mapFrom(self._window, place.toPoint()))

    def _key_is_lost(self, event: QKeyEvent) -> bool:
        """A key held down acts once. A space is a letter where only the foot has changed."""
        writes = event.key() == Qt.Key.Key_Space
        if event.isAutoRepeat() and not writes:
            return True
        return not (self._within is not None and writes) and self.quiet()
