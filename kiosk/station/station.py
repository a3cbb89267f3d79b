"""The station: inbox, state, reduce, effects. It owns no thread: whoever calls `pump` is its thread.

Workers post events from any thread; `on_inbox` tells the owner that there is something to pump (Qt turns that into one queued
signal; tests just call `pump`).
"""

import queue
import secrets
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import assert_never

from kiosk.camera.latest import Latest
from kiosk.faults import Fault
from kiosk.frame import Frame
from kiosk.journey import effects as do
from kiosk.journey import events as ev
from kiosk.journey.closing import Context
from kiosk.journey.reduce import reduce
from kiosk.journey.states import Finished, Idle, OutOfService, State
from kiosk.policy import Policy
from kiosk.record import Purpose
from kiosk.risk.policy_file import DecisionPolicy
from kiosk.risk.signals import Signal, newest_of_each
from kiosk.station.clerk import Clerk
from kiosk.station.crew import guarded
from kiosk.station.eyes import Eyes
from kiosk.station.forgetting import empty_drawers, overwrite
from kiosk.station.life import LifeEvent, live
from kiosk.station.overview import StationOverview
from kiosk.station.ports import Clock
from kiosk.values import Channel, Moment, OperatorId, SessionId

RELEASE_AFTER_NS = (200_000_000, 800_000_000, 1_400_000_000)
"""After a session's end: at once what is free at once, then what the eyes let go of within half a second, then the last of it."""
Witness = Callable[[State, ev.Event, State, Moment], None]


class Station:
    """state and overview change only inside `pump`.

    strict: a bug met while pumping is raised, as tests want it. Otherwise it takes the station out of service: whoever stands in front
    must not be left with a screen that looks alive, and every effect that can still be done is done, the wiping above all.
    """

    def __init__(self, context: Context, clock: Clock, camera_view: Latest[Frame], *, strict: bool = False) -> None:
        self.context = context
        self.state: State = Idle()
        self.overview = StationOverview()
        self._clock = clock
        self._camera_view = camera_view
        self._strict = strict
        self._troubles: list[str] = []
        self._inbox: queue.SimpleQueue[ev.Event | _Life] = queue.SimpleQueue()
        self._tell: Callable[[], None] = _nobody
        self._eyes: Eyes | None = None
        self._clerk: Clerk | None = None
        self._witnesses: list[Witness] = []
        self._release_at_ns: list[int] = []
        self._changes: queue.SimpleQueue[Callable[[Context], Context]] = queue.SimpleQueue()
        self._on_watch: list[Callable[[do.WatchFor], None]] = []
        self._sensed: tuple[Signal, ...] = ()

    def man(self, eyes: Eyes, clerk: Clerk) -> None:
        """Give the station its workers. Done once, before the first pump."""
        self._eyes, self._clerk = eyes, clerk

    def on_inbox(self, callback: Callable[[], None]) -> None:
        self._tell = callback

    def witness(self, seen: Witness) -> None:
        """Call `seen(before, event, after, moment)` after every event; for QA recordings, the demo's account and tests."""
        self._witnesses.append(seen)

    def unwitness(self, seen: Witness) -> None:
        self._witnesses.remove(seen)

    def set_clock(self, clock: Clock) -> None:
        """Go by another clock; for measuring what happens only after minutes."""
        self._clock = clock

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

    def sensed(self, signals: tuple[Signal, ...]) -> None:
        """Take new readings of how the station is, for the case in front and for those to come."""
        self._sensed = newest_of_each((*self._sensed, *signals))
        self.post(ev.Sensed(signals))

    def judge_by(self, policy: DecisionPolicy) -> None:
        """Put another risk policy in force, from the next case on. Its caller has checked where it comes from."""
        self.renew(lambda context: replace(context, risk=policy))

    def renew(self, change: Callable[[Context], Context]) -> None:
        """Change what cases go by, between two customers: a case ends under what it began with."""
        self._changes.put(change)

    def service_ended(self, what: str) -> None:
        self.post(ev.ServiceEnded(what))

    # The owner's thread

    @property
    def policy(self) -> Policy:
        return self.context.policy

    def begin(self, channel: Channel, purpose: Purpose, language: str, operator: OperatorId | None) -> SessionId | None:
        """Open a case under a new id, drawn here because a pure reducer cannot; None while too much waits for the bank already."""
        if self.overview.halted(self._clock.now().wall, self.policy.sync) is not None:
            return None
        session = SessionId(secrets.token_hex(16))
        self.post(ev.CaseOpened(session, channel, purpose, language, operator, self._sensed))
        return session

    def tick(self) -> None:
        self.post(ev.Ticked())

    def take_over(self, referred: SessionId, operator: OperatorId) -> None:
        """Go on, under a new id, with a case a booth referred to this desk; nothing while somebody is served."""
        if self._clerk is not None and isinstance(self.state, Idle | Finished):
            self._clerk.take_over(SessionId(secrets.token_hex(16)), referred, operator, self._sensed)

    def retry(self, session: SessionId) -> None:
        if self._clerk is not None:
            self._clerk.retry(session)

    def list_cases(self) -> None:
        """List the cases anew: somebody came or left who may, or may not, see the names in them."""
        if self._clerk is not None:
            self._clerk.list_cases()

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
                self._try("life", partial(self._live, event.event))
            else:
                self._try("journey", partial(self._step, event))
            if self._troubles:
                self._end_service()

    def _live(self, event: LifeEvent) -> None:
        self.overview = live(self.overview, event)

    def renew_now(self) -> None:
        """Take up what is to be changed. Between two customers; done by itself when a case begins."""
        while True:
            try:
                change = self._changes.get_nowait()
            except queue.Empty:
                return
            self.context = change(self.context)

    def _step(self, event: ev.Event) -> None:
        if isinstance(event, ev.CaseOpened | ev.CaseTakenOver) and isinstance(self.state, Idle | Finished):
            self.renew_now()
        before, moment = self.state, self._clock.now()
        self.state, asked = reduce(before, event, moment, self.context)
        for effect in asked:
            self._try(type(effect).__name__, partial(self._do, effect))
        for seen in tuple(self._witnesses):
            if not self._try("witness", partial(seen, before, event, self.state, moment)) and isinstance(event, ev.ServiceEnded):
                self._witnesses.remove(seen)
        if isinstance(self.state, Finished) and not isinstance(before, Idle | Finished | OutOfService):
            # Whatever was to be kept is sealed by now; a reader still at work on a cancelled picture reads zeros and is not listened to.
            self._try("overwrite", partial(_overwrite, before))
            self._release_at_ns = [moment.monotonic_ns + after for after in RELEASE_AFTER_NS]
        if self._release_at_ns and moment.monotonic_ns >= self._release_at_ns[0] and self._clerk is not None:
            del self._release_at_ns[0]
            self._clerk.release_memory()

    def _try(self, name: str, work: Callable[[], None]) -> bool:
        """Do one thing of several; trouble in it is noted and leaves the others to be done. False after a bug."""
        if self._strict:
            work()
            return True
        return guarded(name, work, self._met_fault, self._troubles.append)

    def _met_fault(self, fault: Fault) -> None:
        """Nothing the station's own thread does may meet a fault: what touches a device or a file is a worker's."""
        self._troubles.append(type(fault).__name__)

    def _end_service(self) -> None:
        """Go out of service for the first trouble noted. More trouble on the way is in the log and changes nothing."""
        what = self._troubles[0]
        self._try("end-service", partial(self._step, ev.ServiceEnded(what)))
        if not isinstance(self.state, OutOfService):
            self.state = OutOfService(what)
        self._troubles.clear()

    def _do(self, effect: do.Effect) -> None:
        if self._eyes is None or self._clerk is None:
            raise RuntimeError("the station has no crew yet")
        match effect:
            case do.WatchFor():
                self._watch_for(effect, self._eyes)
            case do.ReadDocument():
                self._clerk.read(effect)
            case do.DrawScript():
                self._clerk.draw(effect)
            case do.CompareFaces():
                self._clerk.compare(effect)
            case do.KeepCase():
                self._clerk.keep(effect)
            case do.HandToPerson():
                self._clerk.hand_to_person(effect)
            case do.NoteStep():
                self._clerk.note_step(effect)
            case do.NoteEnding():
                self._clerk.note_ending(effect)
            case do.LookBack():
                self._clerk.look_back(effect)
            case do.Wipe():
                self._camera_view.clear()
                self._eyes.wipe()
            case _:
                assert_never(effect)

    def _watch_for(self, wanted: do.WatchFor, eyes: Eyes) -> None:
        eyes.watch(wanted)
        for told in self._on_watch:
            told(wanted)
        if wanted.watch is not do.Watch.NOTHING and self.overview.camera_problem:
            # the loss was told before this customer's step began, and is told once only
            self.post(ev.CameraStopped(self.overview.camera_problem))


class _Life:
    """Wraps a life event so that one inbox keeps one order."""

    __slots__ = ("event",)

    def __init__(self, event: LifeEvent) -> None:
        self.event = event


def _overwrite(state: State) -> None:
    overwrite(state)
    empty_drawers()


def _nobody() -> None:
    """Nobody listens yet."""
