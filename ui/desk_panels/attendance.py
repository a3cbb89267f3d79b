"""Whether somebody is at the teller's window, and whether it is still the operator who types."""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QCoreApplication, QEvent, QObject
from PySide6.QtWidgets import QLineEdit

from kiosk.risk.typed import WINDOW_KEYS
from ui.bridge import Bridge, DeskPort, Done
from ui.key_times import KeyTimes

KEYS = frozenset({QEvent.Type.KeyPress, QEvent.Type.KeyRelease})
SIGNS_OF_LIFE = frozenset(
    {QEvent.Type.KeyPress, QEvent.Type.MouseButtonPress, QEvent.Type.MouseMove, QEvent.Type.Wheel, QEvent.Type.TouchBegin}
)


class Attendance(QObject):
    """An event filter of the whole program. working: whether somebody is signed in and the window not locked; stranger: told when
    the typing is so unlike the operator's that the window must be locked."""

    def __init__(self, parent: QObject, bridge: Bridge, desk: DeskPort, working: Callable[[], bool], stranger: Callable[[], None]) -> None:
        super().__init__(parent)
        self._bridge, self._desk, self._working, self._stranger = bridge, desk, working, stranger
        self._typing = KeyTimes()
        if (application := QCoreApplication.instance()) is not None:
            application.installEventFilter(self)

    def stop(self) -> None:
        if (application := QCoreApplication.instance()) is not None:
            application.removeEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        """Whatever a person does at this window shows that somebody is there."""
        if event.type() in SIGNS_OF_LIFE:
            self._desk.touched()
        if event.type() in KEYS and isinstance(watched, QLineEdit) and watched.echoMode() is QLineEdit.EchoMode.Normal:
            self._follow(event)
        return False

    def _follow(self, event: QEvent) -> None:
        """Somebody types at a window that is signed in: from time to time it is asked whether it is still the operator."""
        if not self._working():
            self._typing.forget()
            return
        self._typing.see(event)
        if self._typing.keys >= WINDOW_KEYS and self._typing.settled and (typed := self._typing.take(corrected=True)) is not None:
            self._bridge.away(partial(self._desk.typed_on, typed), self._judged)

    def _judged(self, done: Done) -> None:
        if done.value is True:
            self._stranger()
