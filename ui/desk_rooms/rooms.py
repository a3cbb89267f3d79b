"""The pages beside the cases as one thing: which are shown to whoever is signed in, which one is in front, and the row of tabs."""

from collections.abc import Callable
from functools import partial

from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from kiosk.trust.permissions import Role
from kiosk.values import SessionId
from ui.bridge import Bridge, Done
from ui.desk_rooms.day import DayPage
from ui.desk_rooms.keys import KeysPage
from ui.desk_rooms.log import LogPage
from ui.desk_rooms.look import LookPage
from ui.desk_rooms.page import RoomPage
from ui.desk_rooms.queue import QueuePage
from ui.desk_rooms.receipt import ReceiptPage
from ui.desk_rooms.station import StationPage
from ui.desk_rooms.training import TrainingPage
from ui.icons import icon
from ui.phrases import Phrases
from ui.rooms import ROOM_ICONS, OfficePort, Room, rooms_of
from ui.theme import Theme


class DeskRooms:
    """changed: told when another page is in front. front: the page to show instead of the cases, None for the cases."""

    def __init__(self, theme: Theme, bridge: Bridge, offices: OfficePort, changed: Callable[[], None]) -> None:
        self._theme, self._bridge, self._offices, self._changed = theme, bridge, offices, changed
        self._role = Role.TELLER
        self._training_due, self._narrow = False, False
        self._room = Room.CASES
        self.keys, self.look_page, self.receipt = KeysPage(theme), LookPage(theme), ReceiptPage(theme, bridge, offices)
        self.training = TrainingPage(theme, bridge, offices)
        self.queue, self.day = QueuePage(theme, bridge, offices), DayPage(theme, bridge, offices)
        self.log, self.station = LogPage(theme, bridge, offices), StationPage(theme, bridge, offices)
        self._pages: dict[Room, RoomPage] = {
            Room.QUEUE: self.queue,
            Room.DAY: self.day,
            Room.LOG: self.log,
            Room.STATION: self.station,
            Room.TRAINING: self.training,
        }
        self._beside: QWidget | None = None
        """The keys, the looks or a receipt, over whatever room is open."""
        self.receipt.left.connect(self.leave_beside)
        self.keys.back.acted.connect(self.leave_beside)
        self.look_page.back.acted.connect(self.leave_beside)
        self.bar = QWidget()
        row = QHBoxLayout(self.bar)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        self.tabs = {room: QPushButton() for room in Room}
        for room, tab in self.tabs.items():
            tab.setProperty("role", "tab")
            tab.setCheckable(True)
            tab.clicked.connect(partial(self.turn_to, room))
            row.addWidget(tab)

    @property
    def widgets(self) -> tuple[QWidget, ...]:
        return (*self._pages.values(), self.receipt, self.keys, self.look_page)

    @property
    def front(self) -> QWidget | None:
        return self._beside or self._pages.get(self._room)

    @property
    def shown(self) -> tuple[Room, ...]:
        rooms = rooms_of(self._role, training_due=self._training_due)
        return rooms if self._offices.teaches else tuple(room for room in rooms if room is not Room.TRAINING)

    def show_theme(self) -> None:
        """The window wears another theme."""
        self._show_tabs()

    def fit(self, *, narrow: bool) -> None:
        """narrow: the window has no room for icons beside the words."""
        self._narrow = narrow
        self._show_tabs()

    def translate(self, phrases: Phrases) -> None:
        for room, tab in self.tabs.items():
            tab.setText(phrases.text(f"room.{room}"))
            tab.setAccessibleName(phrases.text(f"room.{room}"))
        for page in (*self._pages.values(), self.receipt):
            page.translate(phrases)
        self.keys.translate(phrases)
        self.look_page.translate(phrases)
        self._show_tabs()

    def _show_tabs(self) -> None:
        for room, tab in self.tabs.items():
            there = room in self.shown
            tab.setVisible(there and len(self.shown) > 1)
            tab.setChecked(room is self._room)
            ink = self._theme.colour("on-brand" if room is self._room else "ink")
            tab.setIcon(QIcon() if self._narrow else icon(ROOM_ICONS[room], ink, 16))
            if there:
                tab.setToolTip(f"Ctrl+{self.shown.index(room) + 1}")

    def came(self, role: Role) -> None:
        """Somebody of this role signed in: the first page of theirs, unless they have to learn first."""
        self._role, self._training_due = role, False
        self._open(self.shown[0] if self.shown else Room.CASES)
        self._bridge.away(self._offices.my_training, self._trained)

    def _trained(self, done: Done) -> None:
        due = bool(getattr(done.value, "due", False))
        if due and Room.TRAINING in self.shown:
            self._training_due = True
            self._open(Room.TRAINING)
        elif self._training_due and not due:
            self._training_due = False
            self._show_tabs()

    def look_again(self) -> None:
        """A certificate may just have been earned: the other pages come back."""
        if self._training_due and self.training.progress is not None and not self.training.progress.due:
            self._training_due = False
            self._show_tabs()

    def number(self, place: int) -> None:
        """Ctrl+1 and so on: the page at this place, from 1, if there is one."""
        if 1 <= place <= len(self.shown):
            self.turn_to(self.shown[place - 1])

    def turn_to(self, room: Room) -> None:
        if room in self.shown:
            self._open(room)

    def _open(self, room: Room) -> None:
        self._leave()
        self._room = room
        self._show_tabs()
        self._changed()
        page = self._pages.get(room)
        if page is not None:
            page.open()

    def toggle(self, page: KeysPage | LookPage) -> None:
        """Open the keys or the looks over the room, or leave them."""
        if self._beside is page:
            self.leave_beside()
            return
        self.receipt.forget()
        self._beside = page
        self._changed()
        page.open()

    def show_receipt(self, session: SessionId) -> None:
        self._beside = self.receipt
        self._changed()
        self.receipt.show_case(session)

    def leave_beside(self) -> None:
        self.receipt.forget()
        self._beside = None
        self._changed()

    def _leave(self) -> None:
        page = self._pages.get(self._room)
        if page is not None:
            page.forget()
        self.receipt.forget()
        self._beside = None

    def forget(self) -> None:
        """The window is locked or nobody is signed in: no page keeps what it showed."""
        self._leave()
        self._room = Room.CASES

    def look(self) -> None:
        page = self._pages.get(self._room)
        if page is not None and self._beside is None:
            page.look()
