"""The supervisor's page: decisions against the recommendation that wait for a second look, and how far everybody's training is."""

from typing import TYPE_CHECKING, cast

from PySide6.QtCore import Qt

from kiosk.values import SessionId
from ui.bridge import Bridge
from ui.desk_rooms.page import RoomPage
from ui.phrases import Phrases, isolated
from ui.rooms import OfficePort
from ui.theme import Theme
from ui.widgets.labels import Text
from ui.widgets.once_button import OnceButton
from ui.widgets.table import Table

if TYPE_CHECKING:
    from kiosk.trust.override_queue import Override
    from kiosk.trust.training import Progress

DECISIONS = ("approve", "refer", "decline")


class QueuePage(RoomPage):
    def __init__(self, theme: Theme, bridge: Bridge, offices: OfficePort) -> None:
        super().__init__(theme, bridge, offices, "room.queue", "queue.text")
        self._overrides: tuple[Override, ...] = ()
        self._people: tuple[Progress, ...] = ()
        self._times = 0
        self.table, self.people = Table(6), Table(1)
        self.answered = False
        """Whether what waits was asked for and is shown."""
        self._none, self._team = Text("soft"), Text("strong")
        self.review = OnceButton("primary")
        self.review.acted.connect(self._review)
        self.table.selectionModel().currentChanged.connect(lambda *_: self._arm())
        self.tools.addWidget(self.review)
        self.body.addWidget(self._none)
        self.body.addWidget(self.table)
        self.body.addWidget(self._team)
        self.body.addWidget(self.people)
        self.body.addStretch(1)

    def translate(self, phrases: Phrases) -> None:
        super().translate(phrases)
        self.review.name(f"{phrases.text('queue.reviewed')} (F8)")
        self._none.say(phrases.text("queue.none"))
        self._team.say(phrases.text("queue.training"))
        self.table.setAccessibleName(phrases.text("room.queue"))
        self.people.setAccessibleName(phrases.text("queue.training"))
        self._show()

    def open(self) -> None:
        self.ask(lambda: (self.offices.overrides(), self.offices.everybodys_training()), self._loaded)
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def forget(self) -> None:
        super().forget()
        self.answered = False
        self._overrides, self._people = (), ()
        self._show()

    def _loaded(self, value: object) -> None:
        self._overrides, self._people = cast("tuple[tuple[Override, ...], tuple[Progress, ...]]", value)
        self.answered = True
        self._show()

    def _show(self) -> None:
        phrases = self.phrases
        if phrases is None:
            return
        headers = tuple(phrases.text(f"column.{name}") for name in ("time", "case", "who", "second", "decision", "recommended", "reason"))
        self.table.show_rows(headers, tuple(_override_row(one, phrases) for one in self._overrides))
        names = tuple(phrases.text(f"column.{name}") for name in ("who", "role", "lessons", "certificate"))
        self.people.show_rows(names, tuple(progress_row(one, self.offices, phrases) for one in self._people))
        self._none.setVisible(not self._overrides)
        self.table.setVisible(bool(self._overrides))
        for part in (self._team, self.people):
            part.setVisible(self.offices.teaches)
        self._arm()

    def _chosen(self) -> "Override | None":
        row = self.table.chosen()
        return None if row is None or row >= len(self._overrides) else self._overrides[row]

    def _arm(self) -> None:
        one = self._chosen()
        identity = ("review", "" if one is None else one.session, str(self._times))
        self.review.arm(identity, allowed=one is not None and not one.mine)
        if self.phrases is not None:
            self.tell(self.phrases.text("queue.own") if one is not None and one.mine else "")

    def _review(self) -> None:
        one = self._chosen()
        if one is not None:
            self._times += 1
            session = SessionId(one.session)
            self.ask(lambda: (self.offices.reviewed(session), self.offices.everybodys_training()), self._loaded)


def _override_row(one: "Override", phrases: Phrases) -> tuple[str, ...]:
    def decided(word: str) -> str:
        return phrases.text(f"decision.{word}") if word in DECISIONS else word

    reason = phrases.text(f"override.{one.reason}") if f"override.{one.reason}" in phrases.texts else one.reason
    time = isolated(phrases.locale.moment(one.at.astimezone()))
    return (time, one.session[:8], one.by, one.second or "–", decided(one.decision), decided(one.against), reason)


def progress_row(one: "Progress", offices: OfficePort, phrases: Phrases) -> tuple[str, ...]:
    lessons = f"{phrases.locale.number(len(one.lessons))} / {phrases.locale.number(len(offices.course().lessons))}"
    if one.certificate is None:
        return (one.name, phrases.text(f"role.{one.role}"), lessons, phrases.text("training.needed-none") if one.due else "–")
    until = isolated(phrases.locale.day(one.certificate.expires_at.astimezone()))
    if one.due:
        until = phrases.text("training.needed", until=until)
    return (one.name, phrases.text(f"role.{one.role}"), lessons, until)
