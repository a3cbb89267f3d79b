"""What one switch can take on the booth's screen now, in reading order."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QWidget

from ui.scanning import Group
from ui.screens.pages import Pages

LINE_PX = 40
"""Buttons whose upper edges are nearer than this stand in one line."""


def offered(window: QWidget, top: QWidget | None, pages: Pages, foot: QWidget) -> list[Group]:
    """Return what can be taken, the rows of a keyboard as rows. top: what lies over the page and takes all touches, None for nothing."""
    if top is not None:
        return [(button,) for button in top.findChildren(QAbstractButton)]
    page: QWidget = pages.current() or pages
    keyboard = pages.contact.keyboard if page is pages.contact else None
    keys = set() if keyboard is None else set(keyboard.all_keys())
    alone = [button for part in (page, foot) for button in part.findChildren(QAbstractButton) if button not in keys]
    rows = [] if keyboard is None else list(keyboard.rows())
    return [*rows, *((button,) for button in sorted(alone, key=lambda button: _place_of(button, window)))]


def _place_of(button: QAbstractButton, window: QWidget) -> tuple[int, int]:
    corner = button.mapTo(window, button.rect().topLeft())
    return corner.y() // LINE_PX, corner.x() * (-1 if window.layoutDirection() is Qt.LayoutDirection.RightToLeft else 1)
