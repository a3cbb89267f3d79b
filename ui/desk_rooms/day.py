"""End of day: what was opened, sent and receipted, every difference by its name, and the line that closes it."""

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout

from ui.bridge import Bridge
from ui.desk_rooms.page import RoomPage
from ui.phrases import Phrases
from ui.rooms import OfficePort
from ui.scenes import Mark
from ui.theme import MARK_LOOKS, Theme
from ui.widgets.labels import IconLabel, Text, frame
from ui.widgets.once_button import OnceButton
from ui.widgets.table import Table
from ui.wording import problem_words

if TYPE_CHECKING:
    from kiosk.trust.day_book import DayBook

COUNTS = ("opened", "ended", "kept", "sent", "receipted")


class DayPage(RoomPage):
    def __init__(self, theme: Theme, bridge: Bridge, offices: OfficePort) -> None:
        super().__init__(theme, bridge, offices, "room.day", "day.text")
        self._book: DayBook | None = None
        self._day: date | None = None
        self._times = 0
        self._date = Text("strong-lead", wraps=False)
        self._counts = {name: (Text("headline", wraps=False, centred=True), Text("caption", centred=True)) for name in COUNTS}
        self._verdict_icon, self._verdict, self._closed = IconLabel(20), Text("strong"), Text("soft")
        self.table = Table(1)
        self.earlier, self.later, self.close_day = OnceButton("quiet"), OnceButton("quiet"), OnceButton("primary")
        self.earlier.acted.connect(lambda: self._turn(-1))
        self.later.acted.connect(lambda: self._turn(1))
        self.close_day.acted.connect(self._close)
        for part in (self.earlier, self._date, self.later, self.close_day):
            self.tools.addWidget(part)
        self.body.addWidget(self._make_counts(theme))
        row = QGridLayout()
        row.setColumnStretch(1, 1)
        row.addWidget(self._verdict_icon, 0, 0)
        row.addWidget(self._verdict, 0, 1)
        row.addWidget(self._closed, 1, 1)
        self.body.addLayout(row)
        self.body.addWidget(self.table)
        self.body.addStretch(1)

    def _make_counts(self, theme: Theme) -> QFrame:
        box = frame("panel")
        grid = QGridLayout(box)
        grid.setSpacing(theme.size("space") // 2)
        for column, (figure, name) in enumerate(self._counts.values()):
            grid.addWidget(figure, 0, column)
            grid.addWidget(name, 1, column)
            grid.setColumnStretch(column, 1)
        return box

    def translate(self, phrases: Phrases) -> None:
        super().translate(phrases)
        for name, (_, label) in self._counts.items():
            label.say(phrases.text(f"day.{name}"))
        self.earlier.name(f"{phrases.text('day.earlier')} (F3)")
        self.later.name(f"{phrases.text('day.later')} (F4)")
        self.close_day.name(f"{phrases.text('day.close')} (F8)")
        self.table.setAccessibleName(phrases.text("day.differences"))
        self._show()

    def open(self) -> None:
        self._day = self._today()
        self._load()
        self.close_day.setFocus(Qt.FocusReason.OtherFocusReason)

    def forget(self) -> None:
        super().forget()
        self._book = None
        self._show()

    def _today(self) -> date:
        return self.bridge.station.now().wall.astimezone().date()

    def _turn(self, days: int) -> None:
        if self._day is not None:
            self._day += timedelta(days=days)
            self._times += 1
            self._load()

    def _load(self) -> None:
        day = self._day
        if day is not None:
            self.ask(lambda: self.offices.day(day), self._loaded)

    def _close(self) -> None:
        day = self._day
        if day is not None:
            self._times += 1
            self.ask(lambda: self.offices.close_day(day), self._loaded)

    def _loaded(self, value: object) -> None:
        self._book = cast("DayBook", value)
        self._show()

    def _show(self) -> None:
        phrases, book = self.phrases, self._book
        if phrases is None:
            return
        self._date.say("" if self._day is None else phrases.locale.long_day(self._day))
        for name, (figure, _) in self._counts.items():
            figure.say("–" if book is None else phrases.locale.number(getattr(book, name)))
        differences = () if book is None else book.differences
        self.table.setVisible(bool(differences))
        headers = (phrases.text("column.case"), phrases.text("day.differences"))
        self.table.show_rows(headers, tuple((one.session[:8], _difference_text(one.kind, one.problem, phrases)) for one in differences))
        icon, colour = MARK_LOOKS[Mark.DOUBTS if differences else Mark.AGREES]
        self._verdict_icon.show_icon(icon, self.theme.colour(colour))
        self._verdict_icon.setVisible(book is not None)
        text = "" if book is None else phrases.text("day.none") if not differences else phrases.count("differences", len(differences))
        self._verdict.say(text)
        closed = book is not None and book.closed_by is not None
        self._closed.setVisible(closed)
        if book is not None and book.closed_by is not None:
            self._closed.say(phrases.text("day.closed", name=book.closed_by, time=datetime.fromisoformat(book.closed_at)))
        identity = ("day", str(self._day), str(self._times))
        today = self._today() if self._day is not None else None
        self.earlier.arm(identity, allowed=self._day is not None)
        self.later.arm(identity, allowed=self._day is not None and today is not None and self._day < today)
        self.close_day.arm((*identity, str(closed)), allowed=book is not None)


def _difference_text(kind: str, problem: str, phrases: Phrases) -> str:
    if problem == "practice":
        return phrases.text("difference.practised")
    named = phrases.text(f"difference.{kind}")
    return f"{named}: {phrases.say(problem_words(problem))}" if problem else named
