"""The screen a full-screen window stands on goes, comes, turns or changes its size: the window fills the one that is there.

A window manager would do some of it; a locked booth runs without one, and its window would stay where nobody sees it.
"""

from PySide6.QtCore import QEvent, QObject, QRect, Qt, QTimer
from PySide6.QtGui import QGuiApplication, QScreen
from PySide6.QtWidgets import QWidget


class ScreenWatch(QObject):
    """Owned by the window it keeps in sight."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window, self._filled = window, window.isFullScreen()
        window.installEventFilter(self)
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        # Qt tells of a screen before its windows have been given another one; the last word of several counts.
        self._soon.setInterval(0)
        self._soon.timeout.connect(self.place)
        application = QGuiApplication.instance()
        if isinstance(application, QGuiApplication):
            application.screenAdded.connect(self._follow)
            application.screenRemoved.connect(self._changed)
            application.primaryScreenChanged.connect(self._changed)
            for screen in application.screens():
                screen.geometryChanged.connect(self._changed)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        """Once full screen, always: a booth is not made smaller by hand while it runs."""
        if watched is self._window and event.type() is QEvent.Type.WindowStateChange:
            self._filled = self._filled or self._window.isFullScreen()
        return False

    def _follow(self, screen: QScreen) -> None:
        screen.geometryChanged.connect(self._changed)
        self._changed()

    def _changed(self) -> None:
        self._soon.start()

    def place(self) -> None:
        """Fill the window's screen if it filled one; a smaller window is only brought back where none of it can be seen."""
        window, screen = self._window, self._window.screen()
        if screen is None or not window.isVisible():
            return
        there: QRect = screen.geometry()
        self._filled = self._filled or window.isFullScreen()
        if self._filled:
            # Qt forgets with the screen that its window filled it.
            window.setWindowState(window.windowState() | Qt.WindowState.WindowFullScreen)
            window.setGeometry(there)
            window.raise_()
        elif not any(one.geometry().intersects(window.frameGeometry()) for one in QGuiApplication.screens()):
            window.move(there.topLeft())
