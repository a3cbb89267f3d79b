"""What each key does at the teller's window; the keys page (F1) names them."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QAbstractButton, QWidget

from kiosk.record import Decision
from ui.desk_panels.decision import BUTTONS

if TYPE_CHECKING:
    from ui.desk import DeskWindow


class Shortcuts:
    """A key presses the button that stands for it, where that button is shown and may be pressed."""

    def __init__(self, window: "DeskWindow") -> None:
        self._window = window
        case, cases = window.case, window.cases
        self._on("F1", partial(self._beside, "F1"))
        self._on("F2", self._new)
        for key in ("F3", "Ctrl+P", "Ctrl+S", *(f"Ctrl+{place}" for place in range(1, 7))):
            self._on(key, partial(self._beside, key))
        self._on("F4", self._later)
        self._on("F5", lambda: press(case.consent.agreed))
        self._on("F6", self._next_part)
        self._on("F7", lambda: press(cases.retry))
        for decision, _, key in BUTTONS:
            self._on(key, partial(self._decide, decision))
        self._on("F11", partial(self._beside, "F11"))
        self._on("F12", partial(self._beside, "F12"))
        self._on("Ctrl+F", self._find)
        self._on("Ctrl+O", lambda: press(case.load))
        self._on("Ctrl+L", lambda: press(window.lock_button))
        self._on("Ctrl+D", lambda: press(case.no_other))
        self._on("Ctrl+W", lambda: press(case.cancel))

    def offered(self) -> tuple[str, ...]:
        """Return the phrases of the keys that stand at the foot of the window: those of no button that do something where it stands."""
        window, rooms = self._window, self._window.rooms
        page = window.pages.currentWidget()
        new = {window.new_case: "strip.new-case", window.ended: "strip.next-case"}
        keys = [] if rooms is None else ["strip.all-keys"]
        keys += [new[page]] if page in new else []
        keys += ["strip.next-part"] if page in (window.new_case, window.case) else []
        return tuple(keys)

    def _on(self, key: str, acts: Callable[[], None]) -> None:
        shortcut = QShortcut(QKeySequence(key), self._window)
        shortcut.setAutoRepeat(False)
        shortcut.activated.connect(acts)

    def _decide(self, decision: Decision) -> None:
        rooms = self._window.rooms
        front = None if rooms is None else rooms.front
        if rooms is None or front is None:
            press(self._window.case.decision.buttons[decision])
        elif decision is Decision.APPROVE:
            # F8 is the one thing to do on each of the other pages.
            does: dict[QWidget, QAbstractButton] = {
                rooms.queue: rooms.queue.review,
                rooms.day: rooms.day.close_day,
                rooms.log: rooms.log.verify,
                rooms.station: rooms.station.use,
            }
            if front in does:
                press(does[front])

    def _beside(self, key: str) -> None:
        rooms = self._window.rooms
        if rooms is None or not self._window.working:
            return
        if key == "F1":
            rooms.toggle(rooms.keys)
        elif key == "F12":
            rooms.toggle(rooms.look_page)
        elif key == "F11":
            self._receipt()
        elif key == "F3":
            press(rooms.day.earlier)
        elif key in ("Ctrl+P", "Ctrl+S"):
            press(rooms.receipt.print if key == "Ctrl+P" else rooms.receipt.save)
        else:
            rooms.number(int(key[-1]))

    def _receipt(self) -> None:
        window, rooms = self._window, self._window.rooms
        if rooms is not None and rooms.front is rooms.receipt:
            rooms.leave_beside()
        elif window.pages.currentWidget() is window.ended:
            # Its button knows whether a record was kept: of none there is no receipt.
            press(window.ended.receipt)
        else:
            press(window.cases.receipt)

    def _later(self) -> None:
        rooms = self._window.rooms
        press(rooms.day.later if rooms is not None and rooms.front is rooms.day else self._window.cases.take_over)

    def _find(self) -> None:
        rooms = self._window.rooms
        search = rooms.log.search if rooms is not None and rooms.front is rooms.log else self._window.cases.search
        # The keyboard never goes where nobody sees it, as from the sign-in page.
        if search.isVisible():
            search.setFocus()

    def _new(self) -> None:
        window = self._window
        if window.pages.currentWidget() is window.ended:
            press(window.ended.next_case)
        elif window.pages.currentWidget() is window.new_case:
            press(window.new_case.begin)

    def _next_part(self) -> None:
        """Go round the list, the case and its document."""
        window = self._window
        parts: list[QWidget] = [window.cases.view]
        if window.pages.currentWidget() is window.case:
            parts += [window.case.decision.pick.box, window.case.document, window.case.contact.phone.line]
        elif window.pages.currentWidget() is window.new_case:
            parts.append(window.new_case.account_opening)
        parts = [part for part in parts if part.isVisible() and part.isEnabled()]
        if not parts:
            return
        focused = window.focusWidget()
        here = next((number for number, part in enumerate(parts) if part is focused), -1)
        parts[(here + 1) % len(parts)].setFocus(Qt.FocusReason.ShortcutFocusReason)


def press(button: QAbstractButton) -> None:
    if button.isVisible() and button.isEnabled():
        button.click()
