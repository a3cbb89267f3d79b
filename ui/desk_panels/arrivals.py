"""What comes to the teller's window beside the camera: a file dropped on it, a scanner's folder, an MRZ reader's keystrokes.

All of it is wanted only while a case waits for its document; then a dropped file, a scanned one and swiped lines go into that very case.
"""

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QKeyEvent
from PySide6.QtWidgets import QLineEdit, QPlainTextEdit, QWidget

from kiosk.document.swiped import SwipeBuffer, entered, typed
from kiosk.values import SessionId

SCAN_EVERY_MS = 700
"""A file is taken once its size has not changed between two looks."""
PICTURES = (".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff", ".webp")


class Arrivals(QObject):
    """wanted: the case that waits for a picture of its document, None while none does; swipes_wanted: for an MRZ; now_ns: monotonic.

    The others carry away what came.
    """

    def __init__(
        self,
        window: QWidget,
        wanted: Callable[[], SessionId | None],
        swipes_wanted: Callable[[], SessionId | None],
        now_ns: Callable[[], int],
        *,
        dropped: Callable[[SessionId, str], None],
        swiped: Callable[[SessionId, tuple[str, ...]], None],
        look_for_scans: Callable[[SessionId | None], None],
    ) -> None:
        super().__init__(window)
        self._window, self._wanted, self._swipes_wanted, self._now_ns = window, wanted, swipes_wanted, now_ns
        self._dropped, self._swiped, self._look_for_scans = dropped, swiped, look_for_scans
        self._buffer = SwipeBuffer()
        window.setAcceptDrops(True)
        window.installEventFilter(self)
        application = QCoreApplication.instance()
        if application is not None:
            application.installEventFilter(self)
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._scan)
        self._timer.start(SCAN_EVERY_MS)

    def stop(self) -> None:
        self._timer.stop()
        application = QCoreApplication.instance()
        if application is not None:
            application.removeEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        if isinstance(event, QKeyEvent) and event.type() is QEvent.Type.KeyPress:
            return self._is_of_window(watched) and self._key(event)
        if watched is self._window and isinstance(event, QDropEvent):
            return self._drag_or_drop(event)
        return super().eventFilter(watched, event)

    def _is_of_window(self, watched: QObject) -> bool:
        return isinstance(watched, QWidget) and watched is (self._window.focusWidget() or self._window)

    def _key(self, event: QKeyEvent) -> bool:
        """Follow one keystroke; returns whether it was a reader's, and so no field's and no button's."""
        session = self._swipes_wanted()
        if session is None:
            self._buffer = SwipeBuffer()
            return False
        now = self._now_ns()
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            was_reader = self._buffer.is_reader
            self._buffer, lines = entered(self._buffer, now)
            if lines is not None:
                self._swiped(session, lines)
            return was_reader
        if not event.text() or not event.text().isprintable():
            return False  # a shift key alone, for instance, between two of a reader's characters
        self._buffer = typed(self._buffer, event.text(), now)
        if len(self._buffer.text) == 3 and not self._buffer.lines:
            self._take_back(2)
        return self._buffer.is_reader

    def _take_back(self, count: int) -> None:
        """Remove what reached a field before the keys were known to be a reader's."""
        field = self._window.focusWidget()
        if isinstance(field, QLineEdit):
            for _ in range(count):
                field.backspace()
        elif isinstance(field, QPlainTextEdit):
            for _ in range(count):
                field.textCursor().deletePreviousChar()

    def _drag_or_drop(self, event: QDropEvent) -> bool:
        session = self._wanted()
        paths = [url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()]
        pictures = [path for path in paths if path.lower().endswith(PICTURES)]
        if session is None or not pictures:
            return False
        event.acceptProposedAction()
        if not isinstance(event, QDragEnterEvent) and event.type() is QEvent.Type.Drop:
            self._dropped(session, pictures[0])
        return True

    def _scan(self) -> None:
        self._look_for_scans(self._wanted())
