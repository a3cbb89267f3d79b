"""A station whose time is stepped by hand and whose workers work inline: for tests, QA recordings and measuring.

The same reducer, eyes and clerk as in the branch; only threads and clocks are missing, so a run is repeatable and as fast as the
models allow.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from kiosk.camera.latest import Latest
from kiosk.frame import Frame
from kiosk.journey.closing import Context
from kiosk.journey.states import State
from kiosk.station.clerk import Clerk
from kiosk.station.crew import InlineWorker
from kiosk.station.eyes import Eyes
from kiosk.station.ports import Archive, DocumentReader, FaceComparer, ScriptSource, Sight
from kiosk.station.station import Station
from kiosk.values import Moment

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


class SteppedClock:
    """Shows the time it was last set to; starts at second 1 of the monotonic clock."""

    def __init__(self, start: datetime = EPOCH) -> None:
        self._start = start
        self.monotonic_ns = 1_000_000_000

    def now(self) -> Moment:
        return Moment(self.monotonic_ns, self._start + timedelta(microseconds=self.monotonic_ns // 1000))

    def advance_to(self, monotonic_ns: int) -> None:
        if monotonic_ns < self.monotonic_ns:
            raise ValueError("time is stepped forward only")
        self.monotonic_ns = monotonic_ns


class SteppedStation:
    """`show(frame)` is one camera frame at its own captured time; `pass_time` is time without frames."""

    def __init__(
        self,
        context: Context,
        sight: Sight,
        reader: DocumentReader,
        comparer: FaceComparer,
        scripts: ScriptSource,
        archive: Archive,
        on_kept: Callable[[], None] = lambda: None,
        clock: SteppedClock | None = None,
    ) -> None:
        self.clock = clock or SteppedClock()
        self.frames: Latest[Frame] = Latest()
        self.station = Station(context, self.clock, self.frames, strict=True)
        taker = InlineWorker(self.station.service_ended)
        self.eyes = Eyes(self.frames, sight, self.station.post, self.station.service_ended)
        post, ended = self.station.post, self.station.service_ended
        self.clerk = Clerk(reader, comparer, scripts, archive, post, self.station.post_life, on_kept, ended, taker, taker)
        self.station.man(self.eyes, self.clerk)

    @property
    def state(self) -> State:
        return self.station.state

    def show(self, frame: Frame) -> State:
        """Let the eyes see one frame and pump everything that follows from it."""
        self.clock.advance_to(frame.captured_ns)
        self.frames.put(frame)
        self.eyes.look_once(frame)
        self.station.tick()
        self.station.pump()
        return self.station.state

    def pass_time(self, seconds: float) -> State:
        self.clock.advance_to(self.clock.monotonic_ns + round(seconds * 1e9))
        self.station.tick()
        self.station.pump()
        return self.station.state
