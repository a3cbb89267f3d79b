"""What comes to the teller's window beside the camera."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QKeyEvent
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from kiosk.actor.person import invent_person, mrz_lines
from kiosk.document.reading import MrzLayout
from kiosk.values import SessionId
from tests.ui.test_desk import NEW, SESSION, Desk, showing

LINES = mrz_lines(invent_person(4), MrzLayout.TD3)


def drop(window: QWidget, path: Path) -> bool:
    """Drag a file over the window and let it go, as Qt's own drag manager does; returns whether it was taken."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    how = (Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    enter, letting_go = QDragEnterEvent(QPoint(50, 50), *how), QDropEvent(QPointF(50, 50), *how)
    QApplication.sendEvent(window, enter)
    QApplication.sendEvent(window, letting_go)
    return enter.isAccepted() and letting_go.isAccepted()


def swipe(window: object, text: str, every_ms: int, clock: list[int]) -> None:
    for character in text:
        clock[0] += every_ms * 1_000_000
        key = Qt.Key.Key_Return if character == "\n" else Qt.Key.Key_unknown
        shown = "\r" if character == "\n" else character
        target = window.focusWidget() or window  # type: ignore[attr-defined]
        QApplication.sendEvent(target, QKeyEvent(QEvent.Type.KeyPress, key, Qt.KeyboardModifier.NoModifier, shown))


def test_a_picture_dropped_on_the_window_goes_into_the_case_that_waits(desk: Desk, qtbot: QtBot, tmp_path: Path) -> None:
    shown = desk(showing(NEW))
    assert drop(shown.window, tmp_path / "scan.JPG")
    qtbot.waitUntil(lambda: shown.desk.loaded == [(tmp_path / "scan.JPG", SESSION)])


def test_what_is_no_picture_is_not_taken(desk: Desk, tmp_path: Path) -> None:
    shown = desk(showing(NEW))
    assert not drop(shown.window, tmp_path / "letter.pdf")
    assert shown.desk.loaded == []


def ticking(shown: object) -> list[int]:
    clock = [0]
    shown.window.pictures.arrivals._now_ns = lambda: clock[0]  # type: ignore[attr-defined]
    return clock


def test_a_swiped_mrz_goes_into_the_case_that_waits_and_into_no_field(desk: Desk, qtbot: QtBot) -> None:
    shown = desk(showing(NEW))
    field = shown.window.case.contact.phone.line
    field.setFocus()
    swipe(shown.window, "\n".join(LINES) + "\n", 4, ticking(shown))
    qtbot.waitUntil(lambda: shown.desk.swiped == [(LINES, SESSION)])
    assert field.text() == ""


def test_a_person_who_types_the_same_types_into_the_field(desk: Desk) -> None:
    shown = desk(showing(NEW))
    field = shown.window.case.contact.phone.line
    field.setFocus()
    swipe(shown.window, LINES[1][:30], 90, ticking(shown))
    assert field.text() == LINES[1][:30]
    assert shown.desk.swiped == []


def test_nothing_is_taken_while_the_window_is_locked(desk: Desk, tmp_path: Path) -> None:
    shown = desk(showing(NEW))
    shown.window.lock()
    assert not drop(shown.window, tmp_path / "scan.jpg")
    swipe(shown.window, "\n".join(LINES) + "\n", 4, ticking(shown))
    assert (shown.desk.loaded, shown.desk.swiped) == ([], [])


def test_the_scanners_folder_is_emptied_of_what_is_old_when_a_case_begins_and_then_looked_into(desk: Desk, qtbot: QtBot) -> None:
    shown = desk(showing(NEW))
    shown.window.pictures.has_scanner = True
    look: Callable[[], None] = shown.window.pictures.arrivals._scan
    for expected in ([SessionId("")], [SessionId(""), SESSION]):
        look()
        qtbot.waitUntil(lambda expected=expected: shown.desk.scans_looked_for == expected)
        qtbot.waitUntil(lambda: not shown.window.pictures.looking)
