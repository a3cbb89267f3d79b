"""The station: inbox, state, reduce, effects. It owns no thread: whoever calls `pump` is its thread.

Workers post events from any thread; `on_inbox` tells the owner that there is something to pump (Qt turns that into one queued
signal; tests just call `pump`).
"""

import queue
import secrets
from collections.abc import Callable
from typing import assert_never

from kiosk.camera.latest import Latest
from kiosk.frame import Frame
from kiosk.journey import effects as do
from kiosk.journey import events as ev
from kiosk.journey.closing import Context
from kiosk.journey.reduce import reduce
from kiosk.journey.states import Idle, State
from kiosk.policy import Policy
from kiosk.record import Purpose
from kiosk.station.clerk import Clerk
from kiosk.station.eyes import Eyes
from kiosk.station.life import LifeEvent, live
from kiosk.station.overview import StationOverview
from kiosk.station.ports import Clock
from kiosk.values import Channel, Moment, OperatorId, SessionId

Wiper = Callable[[SessionId], None]
Witness = Callable[[State, ev.Event, State, Moment], None]


class Station:
    """state and overview change only inside `pump`."""

    def __init__(self, context: Context, clock: Clock, camera_view: Latest[Frame]) -> None:
        self.context = context
        self.state: State = Idle()
        self.overview = StationOverview()
        self._clock = clock
        self._camera_view = camera_view
        self._inbox: queue.SimpleQueue[ev.Event | _Life] = queue.SimpleQueue()
        self._tell: Callable[[], None] = _nobody
        self._eyes: Eyes | None = None
        self._clerk: Clerk | None = None
        self._witnesses: list[Witness] = []
        self._on_watch: list[Callable[[do.WatchFor], None]] = []

    def man(self, eyes: Eyes, clerk: Clerk) -> None:
        """Give the station its workers. Done once, before the first pump."""
        self._eyes, self._clerk = eyes, clerk

    def on_inbox(self, callback: Callable[[], None]) -> None:
        self._tell = callback

    def witness(self, seen: Witness) -> None:
        """Call `seen(before, event, after, moment)` after every event; for QA recordings, the demo's account and tests."""
        self._witnesses.append(seen)

    def on_watch(self, told: Callable[[do.WatchFor], None]) -> None:
        """Tell `told` whenever the journey looks for something else; staged recordings follow it."""
        self._on_watch.append(told)

    # Any thread

    def post(self, event: ev.Event) -> None:
        self._inbox.put(event)
        self._tell()

    def post_life(self, event: LifeEvent) -> None:
        self._inbox.put(_Life(event))
        self._tell()

    def service_ended(self, what: str) -> None:
        self.post(ev.ServiceEnded(what))

    # The owner's thread

    @property
    def policy(self) -> Policy:
        return self.context.policy

    def begin(self, channel: Channel, purpose: Purpose, language: str, operator: OperatorId | None) -> SessionId:
        """Open a case under a new id, drawn here because a pure reducer cannot."""
        session = SessionId(secrets.token_hex(16))
        self.post(ev.CaseOpened(session, channel, purpose, language, operator))
        return session

    def tick(self) -> None:
        self.post(ev.Ticked())

    def retry(self, session: SessionId) -> None:
        if self._clerk is not None:
            self._clerk.retry(session)

    def now(self) -> Moment:
        return self._clock.now()

    def latest_frame(self) -> Frame | None:
        return self._camera_view.peek()

    def pump(self) -> int:
        """Take everything out of the inbox, in order. Returns how many events were handled."""
        handled = 0
        while True:
            try:
                event = self._inbox.get_nowait()
            except queue.Empty:
                return handled
            handled += 1
            if isinstance(event, _Life):
                self.overview = live(self.overview, event.event)
                continue
            before, moment = self.state, self._clock.now()
            self.state, asked = reduce(before, event, moment, self.context)
            for effect in asked:
                self._do(effect)
            for seen in self._witnesses:
                seen(before, event, self.state, moment)

    def _do(self, effect: do.Effect) -> None:
        if self._eyes is None or self._clerk is None:
            raise RuntimeError("the station has no crew yet")
        match effect:
            case do.WatchFor():
                self._eyes.watch(effect)
                for told in self._on_watch:
                    told(effect)
            case do.ReadDocument():
                self._clerk.read(effect)
            case do.DrawScript():
                self._clerk.draw(effect)
            case do.CompareFaces():
                self._clerk.compare(effect)
            case do.KeepCase():
                self._clerk.keep(effect)
            case do.NoteEnding():
                self._clerk.note_ending(effect)
            case do.Wipe():
                self._camera_view.clear()
            case _:
                assert_never(effect)


class _Life:
    """Wraps a life event so that one inbox keeps one order."""

    __slots__ = ("event",)

    def __init__(self, event: LifeEvent) -> None:
        self.event = event


def _nobody() -> None:
    """Nobody listens yet."""
