"""A stack whose hidden pages take no room: the window never grows past its screen because of a page nobody sees."""

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QStackedWidget


class OneAtATime(QStackedWidget):
    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(0, 0)

    def sizeHint(self) -> QSize:  # noqa: N802
        shown = self.currentWidget()
        return QSize(0, 0) if shown is None else shown.sizeHint()

    def hasHeightForWidth(self) -> bool:  # noqa: N802
        return False
