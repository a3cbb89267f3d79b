"""Between Qt and the station: one queued signal to pump it, one timer to tick it, one timer to look at the camera.

The station is written against `StationPort`; no frame, state or answer travels through a Qt signal.
Slow work (checking a password, reading a picture file) runs away from the UI thread; a fault from it comes back as a value.
"""

import sys
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import TYPE_CHECKING, Final, Protocol

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from kiosk.faults import Fault
from kiosk.frame import Frame
from kiosk.journey.events import Event, ServiceEnded
from kiosk.journey.states import State
from kiosk.policy import Policy
from kiosk.record import Purpose
from kiosk.station.overview import StationOverview
from kiosk.values import Channel, Moment, OperatorId, SessionId
from ui.watch import UiWatch

if TYPE_CHECKING:
    from kiosk.risk.typed import Typed

    # Only the desk loads the operators' store.
    from kiosk.trust.factors import FactorOffer
    from kiosk.trust.operators import FactorEnrolled, FactorRefused, LockedUntil, NeedsFactor, SignInOutcome

TICK_MS: Final = 100
LOOK_MS: Final = 33

ExceptionHook = Callable[[type[BaseException], BaseException, TracebackType | None], object]


class StationPort(Protocol):
    """What the windows need of a station. Everything but `post` and the callback of `on_inbox` is called from the UI thread."""

    @property
    def state(self) -> State: ...
    @property
    def overview(self) -> StationOverview: ...
    @property
    def policy(self) -> Policy: ...
    def post(self, event: Event) -> None: ...
    def begin(self, channel: Channel, purpose: Purpose, language: str, operator: OperatorId | None) -> SessionId | None: ...
    def pump(self) -> int: ...
    def tick(self) -> None: ...
    def now(self) -> Moment: ...
    def on_inbox(self, callback: Callable[[], None]) -> None: ...
    def latest_frame(self) -> Frame | None: ...
    def retry(self, session: SessionId) -> None: ...

    def take_over(self, referred: SessionId, operator: OperatorId) -> None: ...


class DeskPort(Protocol):
    """What only the desk needs. All but `offer_factor`, `touched` and `is_idle` are called away from the UI thread and may take their time;
    each may raise a `Fault`. code: typed; empty asks the security key."""

    def sign_in(self, name: str, password: str, code: str) -> "SignInOutcome": ...
    def unlock(self, password: str, code: str) -> "SignInOutcome": ...
    def typed_password(self, typed: "Typed | None") -> None:
        """Take the times of the password about to be checked, never its keys. Returns at once."""
        ...

    def typed_on(self, typed: "Typed") -> bool:
        """Say whether this stretch of typing is so unlike the operator that the window must be locked."""
        ...

    def lock(self) -> None: ...
    def touched(self) -> None: ...
    def is_idle(self) -> bool: ...
    def look(self) -> str:
        """Return how whoever signed in wants the desk to look, a code of `ui.look`; empty for no wish."""
        ...

    def keep_look(self, code: str) -> None: ...
    def offer_factor(self, asked: "NeedsFactor") -> "FactorOffer": ...
    def enrol_factor(self, asked: "NeedsFactor", offer: "FactorOffer", code: str) -> "FactorEnrolled | FactorRefused": ...
    def sign_out(self) -> None: ...
    def second_person(self, name: str, password: str, code: str, asked: int) -> "bool | LockedUntil":
        """Say whether this person agrees to an approval against the recommendation of the case in front. On True the journey has been
        told already who it was; `LockedUntil` after too many wrong passwords. asked: the number of the question within the case."""
        ...

    def load_picture(self, path: Path, session: SessionId) -> None:
        """Read a document picture and post `PictureSupplied` for the case it was chosen for."""
        ...

    def load_swiped(self, lines: tuple[str, ...], session: SessionId) -> None:
        """Post the lines of an MRZ reader for the case they were sent into."""
        ...

    def load_scanned(self, session: SessionId) -> bool:
        """Likewise with the newest picture in the folder the scanner writes to; say whether there was one."""
        ...

    def forget_scanned(self) -> None:
        """Let what lies in that folder now be nobody's."""
        ...


@dataclass(frozen=True, slots=True)
class Done:
    """Work away from the UI thread ended. fault: what broke, None if nothing; value: what it returned."""

    value: object
    fault: Fault | None


class Bridge(QObject):
    """`refreshed` follows every pump and tick: windows read `state` and `overview` then. `look` follows the camera's pace."""

    refreshed = Signal()
    look = Signal()
    _inbox = Signal()
    _done = Signal()

    def __init__(self, station: StationPort, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.station = station
        self.watch = UiWatch(self)
        self._lock = Lock()
        self._pump_asked = False
        self._finished: list[tuple[Callable[[Done], None], Future[object]]] = []
        self._hook_before: ExceptionHook | None = None
        self._alarmed = False
        self.stopped = False
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="desk-work")
        self._inbox.connect(self._pump, Qt.ConnectionType.QueuedConnection)
        self._done.connect(self._deliver, Qt.ConnectionType.QueuedConnection)
        self._ticks = self._timer(TICK_MS, self._tick)
        self._looks = self._timer(LOOK_MS, self.look.emit)
        station.on_inbox(self.ask_for_pump)

    def _timer(self, interval_ms: int, acts: Callable[[], None]) -> QTimer:
        timer = QTimer(self)
        timer.setInterval(interval_ms)
        timer.timeout.connect(acts)
        return timer

    def start(self) -> None:
        self._hook_before, sys.excepthook = sys.excepthook, self._bug
        self.watch.start()
        self._ticks.start()
        self._looks.start()
        self.ask_for_pump()

    def stop(self) -> None:
        """Stop the timers and wait for work that is under way. Call it before the application ends: windows may close after it."""
        self.stopped = True
        self._ticks.stop()
        self._looks.stop()
        self.watch.stop()
        if self._hook_before is not None:
            sys.excepthook, self._hook_before = self._hook_before, None
        self._pool.shutdown(wait=True, cancel_futures=True)

    def ask_for_pump(self) -> None:
        """May be called from any thread, any number of times: one pump is queued until it has begun."""
        with self._lock:
            if self._pump_asked:
                return
            self._pump_asked = True
        self._inbox.emit()

    def post(self, event: Event) -> None:
        self.station.post(event)

    def away(self, work: Callable[[], object], then: Callable[[Done], None]) -> None:
        """Run work away from the UI thread, then `then` with its result on the UI thread. A bug in the work is raised there.

        Once this is stopped nothing is run any more: windows may close after it, and still hear keys.
        """
        if self.stopped:
            return
        future = self._pool.submit(work)

        def finished(ended: Future[object]) -> None:
            if ended.cancelled():
                return
            with self._lock:
                self._finished.append((then, ended))
            self._done.emit()

        future.add_done_callback(finished)

    def _bug(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        """An exception left a slot: Qt would go on as if nothing had happened. The station goes out of service instead, once."""
        if issubclass(kind, Exception) and not self._alarmed:
            self._alarmed = True
            self.station.post(ServiceEnded(kind.__name__))
        if self._hook_before is not None:
            self._hook_before(kind, error, trace)

    def _pump(self) -> None:
        with self._lock:
            self._pump_asked = False
        with self.watch.span("pump"):
            self.station.pump()
        self.refreshed.emit()

    def _tick(self) -> None:
        """The tick is an event like any other: the station's inbox asks for the pump that handles it."""
        with self.watch.span("tick"):
            self.station.tick()

    def _deliver(self) -> None:
        with self._lock:
            ended, self._finished = self._finished, []
        for then, future in ended:
            fault = future.exception()
            if fault is None:
                then(Done(future.result(), None))
            elif isinstance(fault, Fault):
                then(Done(None, fault))
            else:
                raise fault
