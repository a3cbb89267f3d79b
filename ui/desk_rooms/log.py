"""The auditor's page: the log as it was written, to be searched, and the proof that it is."""

from typing import TYPE_CHECKING, Final, cast

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLineEdit

from ui.bridge import Bridge
from ui.desk_rooms.page import RoomPage
from ui.phrases import Phrases, isolated
from ui.rooms import OfficePort
from ui.scenes import Mark, counted
from ui.theme import MARK_LOOKS, Theme
from ui.widgets.labels import IconLabel, Text
from ui.widgets.once_button import OnceButton
from ui.widgets.table import Table
from ui.wording import known_words

if TYPE_CHECKING:
    from kiosk.trust.station_sheet import LogLine, LogVerdict

LINES_SHOWN: Final = 2_000
HEAD_SHOWN: Final = 16


class LogPage(RoomPage):
    def __init__(self, theme: Theme, bridge: Bridge, offices: OfficePort) -> None:
        super().__init__(theme, bridge, offices, "room.log", "log.text")
        self._lines: tuple[LogLine, ...] = ()
        self._verdict: LogVerdict | None = None
        self._times = 0
        self.search = QLineEdit()
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self._show)
        self.verify = OnceButton("primary")
        self.verify.acted.connect(self._verify)
        self._icon, self._says = IconLabel(20), Text("strong")
        self.table = Table(5)
        self.tools.addWidget(self.verify)
        row = QHBoxLayout()
        row.addWidget(self._icon)
        row.addWidget(self._says, 1)
        self.body.addLayout(row)
        self.body.addWidget(self.search)
        self.body.addWidget(self.table)
        self.body.addStretch(1)

    def translate(self, phrases: Phrases) -> None:
        super().translate(phrases)
        self.verify.name(f"{phrases.text('log.verify')} (F8)")
        self.search.setPlaceholderText(f"{phrases.text('log.search')} (Ctrl+F)")
        self.search.setAccessibleName(phrases.text("log.search"))
        self.table.setAccessibleName(phrases.text("room.log"))
        self._show()

    def open(self) -> None:
        self._verdict = None
        self._times += 1
        self.ask(lambda: self.offices.log(LINES_SHOWN), self._loaded)
        self.search.setFocus(Qt.FocusReason.OtherFocusReason)

    def forget(self) -> None:
        super().forget()
        self._lines, self._verdict = (), None
        self.search.clear()
        self._show()

    def _loaded(self, value: object) -> None:
        self._lines = cast("tuple[LogLine, ...]", value)
        self._show()

    def _verify(self) -> None:
        if self.phrases is not None:
            self._says.say(self.phrases.text("log.verifying"))
        self.ask(lambda: (self.offices.verify_log(), self.offices.log(LINES_SHOWN)), self._verified)

    def _verified(self, value: object) -> None:
        self._verdict, self._lines = cast("tuple[LogVerdict, tuple[LogLine, ...]]", value)
        self._times += 1
        self._show()

    def _show(self, *_: object) -> None:
        phrases = self.phrases
        if phrases is None:
            return
        words = self.search.text().casefold().split()
        texts = (_row_of(one) for one in self._lines)
        # Digits are found in either writing: whoever looks for a time types it as their keyboard does.
        own = phrases.locale.own_digits
        found = tuple(
            (own(row[0]), own(row[1]), *row[2:])
            for row in texts
            if all(any(word in cell or word in own(cell) for cell in map(str.casefold, row)) for word in words)
        )
        self.table.show_rows(tuple(phrases.text(f"column.{name}") for name in ("number", "time", "event", "who", "case", "detail")), found)
        self._show_verdict(phrases)
        self.verify.arm(("verify", str(self._times)))

    def _show_verdict(self, phrases: Phrases) -> None:
        verdict = self._verdict
        self._icon.setVisible(verdict is not None)
        if verdict is None:
            self._says.say(phrases.text("log.not-verified"))
            return
        icon, colour = MARK_LOOKS[Mark.CONTRADICTS if verdict.broken_at else Mark.AGREES]
        self._icon.show_icon(icon, self.theme.colour(colour))
        if verdict.broken_at:
            self._says.say(phrases.text("log.broken", line=verdict.broken_at, because=known_words("broken", verdict.because)))
        else:
            self._says.say(phrases.text("log.sound", lines=counted("lines", verdict.lines), head=verdict.head[:HEAD_SHOWN]))


def _row_of(line: "LogLine") -> tuple[str, ...]:
    return (str(line.number), isolated(line.at[:19].replace("T", " ")), line.event, line.who, line.session[:8], line.detail)
