"""The station's heartbeat: a thread that tells the bank how the station is, and puts into force what the bank answers.

1. An update takes effect between two customers: the case in front ends under what it began with.
2. What cannot be put into force falls back to the last good one, and the next heartbeat, which goes out at once, says so.
3. A bank that is silent changes nothing: the station works on with what is in force. The bank sees that it is silent.
"""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Final, Protocol, assert_never

from kiosk.faults import Fault
from kiosk.journey import events as ev
from kiosk.journey.closing import Context
from kiosk.journey.states import Finished, Idle, Keeping, OutOfService, ProvingLive, State
from kiosk.liveness.challenge import Live, NotLive, Undecided
from kiosk.outbox import Unreachable
from kiosk.record import Decision, recommended
from kiosk.risk.policy_file import DecisionPolicy
from kiosk.station.crew import guarded
from kiosk.station.station import Station
from kiosk.trust.station_updates import InPlace, StationUpdates, self_test
from kiosk.values import Moment
from kiosk.wire.heartbeat import Figures, Lacking, Report
from kiosk.wire.signed_update import Update, UpdateKind
from kiosk.wire.watch_list import WatchList

FIRST_AFTER_S: Final = 1.0
USUAL_EVERY_S: Final = 15
MOST_AT_ONCE: Final = 8
"""Heartbeats one after the other without a wait: a bank that always has more would keep the thread busy."""


class SaysHow(Protocol):
    """The way to the bank. `HttpConnector` is one."""

    def heartbeat(self, report: Report) -> Lacking | Unreachable: ...


class Counted:
    """Counts how cases go, from what the station's witness sees. Any thread may read."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._figures = Figures()

    def witness(self, before: State, event: ev.Event, after: State, moment: Moment) -> None:
        with self._lock:
            if isinstance(before, ProvingLive) and not isinstance(after, ProvingLive):
                self._count_liveness(after)
            if isinstance(after, Finished) and isinstance(before, Keeping):
                self._count_case(before)
            if isinstance(event, ev.CameraStopped):
                self._figures = replace(self._figures, camera_losses=self._figures.camera_losses + 1)

    def figures(self, station: Station, now: datetime, frames_per_100s: int) -> Figures:
        backlog = station.overview.backlog
        oldest = 0 if backlog.oldest_at is None else max(0, int((now - backlog.oldest_at).total_seconds()))
        with self._lock:
            return replace(
                self._figures, waiting=backlog.waiting, set_aside=backlog.set_aside, oldest_s=oldest, frames_per_100s=frames_per_100s
            )

    def _count_liveness(self, after: State) -> None:
        verdict = None if isinstance(after, Idle | Finished | OutOfService) else after.case.liveness
        match verdict:
            case None:
                return
            case Live():
                self._figures = replace(self._figures, live=self._figures.live + 1)
            case NotLive():
                self._figures = replace(self._figures, not_live=self._figures.not_live + 1)
            case Undecided():
                self._figures = replace(self._figures, undecided=self._figures.undecided + 1)
            case _:
                assert_never(verdict)

    def _count_case(self, kept: Keeping) -> None:
        case = kept.case
        decision = Decision.REFER if case.recommendation is None else recommended(case.recommendation)
        if case.disposition is not None:
            decision = case.disposition.decision
        self._figures = replace(
            self._figures,
            cases=self._figures.cases + 1,
            referred=self._figures.referred + (decision is Decision.REFER),
            declined=self._figures.declined + (decision is Decision.DECLINE),
        )


class Feedback:
    """on_bug: told the class name of a bug; the station then goes out of service. frames: how many frames the camera gave so far."""

    def __init__(
        self,
        station: Station,
        updates: StationUpdates,
        bank: SaysHow,
        shipped: DecisionPolicy | None,
        now: Callable[[], datetime],
        on_bug: Callable[[str], None],
        software: str,
        frames: Callable[[], int] = lambda: 0,
        monotonic_s: Callable[[], float] = lambda: 0.0,
    ) -> None:
        self._station, self._updates, self._bank, self._shipped = station, updates, bank, shipped
        self._now, self._on_bug, self._software = now, on_bug, software
        self._frames, self._monotonic_s = frames, monotonic_s
        self._seen = (0.0, 0)
        self._started_at = now()
        self._watch_list: WatchList | None = None
        self.counted = Counted()
        self._ended = threading.Event()
        self._wait_s = FIRST_AFTER_S
        self._thread = threading.Thread(target=self._run, name="feedback", daemon=True)

    def start(self) -> None:
        """Put into force what was good when the program ended, then begin to tell. Before the first customer."""
        self._station.witness(self.counted.witness)
        self._go_by(self._updates.begin(self._now()))
        self._thread.start()

    def stop(self) -> None:
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join(timeout=10)

    def watch_list(self) -> WatchList | None:
        """Return the watch-list the case in front goes by."""
        return self._watch_list

    def tell(self) -> float:
        """Send heartbeats until the bank has nothing more; return the seconds to the next. Raises a Fault of the store's."""
        every_s = float(USUAL_EVERY_S)
        for _ in range(MOST_AT_ONCE):
            answer = self._bank.heartbeat(self._report())
            if isinstance(answer, Unreachable):
                return every_s
            every_s = float(answer.every_s)
            before = self._updates.running()
            self.take(answer.updates)
            if self._updates.running() == before and not answer.more:
                break
        return every_s

    def take(self, envelopes: tuple[bytes, ...]) -> None:
        """Judge what the bank sent and put into force what is right. Raises a Fault of the store's."""
        for update in self._updates.offer(envelopes, self._now()):
            self._try(update)

    def _try(self, update: Update) -> None:
        """Put one update into force; whatever goes wrong on the way, the last good one is in force afterwards."""
        troubles: list[str] = []

        def put() -> None:
            trouble = self_test(update)
            if trouble:
                troubles.append(trouble)
                return
            self._updates.stands(update, self._now())
            self._go_by(self._updates.in_place())

        if not guarded(f"update {update.kind}", put, lambda fault: troubles.append(type(fault).__name__), troubles.append) or troubles:
            self._updates.falls(update, troubles[0] if troubles else "bug", self._now())
            self._go_by(self._updates.in_place())

    def _go_by(self, place: InPlace) -> None:
        versions = tuple(f"{kind} {version}" for kind, version in place.updates if kind in (UpdateKind.WATCHLIST, UpdateKind.MODEL))

        def change(context: Context) -> Context:
            self._watch_list = place.watch_list
            models = tuple(name for name in context.models if not name.startswith((UpdateKind.WATCHLIST, UpdateKind.MODEL)))
            return replace(context, risk=place.policy or self._shipped, models=(*models, *versions))

        self._station.renew(change)

    def _report(self) -> Report:
        now, overview, state = self._now(), self._station.overview, self._station.state
        said = f"out-of-service:{state.fault}" if isinstance(state, OutOfService) else "idle" if isinstance(state, Idle) else "busy"
        figures = self.counted.figures(self._station, now, self._pace())
        return Report(
            now,
            self._started_at,
            self._software,
            said[:64],
            overview.camera_problem,
            overview.bank_problem,
            self._updates.running(),
            figures,
        )

    def _pace(self) -> int:
        """Return the camera's frames in 100 seconds, from what came since the last heartbeat."""
        at, frames = self._monotonic_s(), self._frames()
        before_at, before = self._seen
        self._seen = (at, frames)
        return 0 if at <= before_at else max(0, round((frames - before) / (at - before_at) * 100))

    def _run(self) -> None:
        def work() -> None:
            self._wait_s = self.tell()

        while not self._ended.wait(self._wait_s):
            self._wait_s = float(USUAL_EVERY_S)
            if not guarded("feedback", work, _nothing, self._on_bug):
                return


def _nothing(fault: Fault) -> None:
    """The fault is in the log; what is in force stays, and the next heartbeat tries again."""
