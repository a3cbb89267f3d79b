"""Small true parts of a station for tests: workers that do something simple, and a list that can be waited for."""

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import numpy as np

from kiosk.camera.latest import Latest
from kiosk.document.reading import DocumentOutcome, PageObservation, Portrait, Read, Unreadable, UnreadableBecause
from kiosk.face.enrolled import FaceTemplate
from kiosk.face.observed import FaceObservation, FaceView
from kiosk.face.verdict import Comparison, MatchVerdict, NoComparison, NotCompared
from kiosk.frame import Frame
from kiosk.journey.events import Event
from kiosk.liveness.challenge import Script
from kiosk.liveness.script import ScriptPlan
from kiosk.record import EvidencePictures, SessionRecord
from kiosk.station.clerk import Clerk
from kiosk.station.crew import InlineWorker
from kiosk.station.eyes import Eyes
from kiosk.station.overview import Backlog, CaseRow
from kiosk.station.station import Station
from kiosk.station.stepped import SteppedClock
from kiosk.values import SessionId
from tests.journey.build import CAMERA, SCRIPT, UNATTENDED

T = TypeVar("T")
WITHIN_S = 30.0
"""Far longer than anything here takes: a test that waits this long has failed."""


class Told(Generic[T]):
    """What was told, in order; `wait_for` returns once as many things were told, so that tests need not sleep."""

    def __init__(self) -> None:
        self.all: list[T] = []
        self._came = threading.Condition()

    def __call__(self, what: T) -> None:
        with self._came:
            self.all.append(what)
            self._came.notify_all()

    def wait_for(self, count: int) -> list[T]:
        with self._came:
            assert self._came.wait_for(lambda: len(self.all) >= count, WITHIN_S), self.all
            return list(self.all)


def frame(sequence: int = 0, level: int = 127) -> Frame:
    return Frame(np.full((40, 64, 3), level, np.uint8), sequence, sequence, CAMERA)


@dataclass
class Watching:
    """Eyes that see nobody and remember what they were asked. ready: every page is; troubles: each raised once, after looking."""

    ready: bool = False
    unprepared: Exception | None = None
    troubles: list[Exception] = field(default_factory=list)
    looked: Told[str] = field(default_factory=Told)
    forgot: Told[int] = field(default_factory=Told)
    while_looking: Callable[[], None] = lambda: None
    somebody: bool = False
    looked_for_anybody: Told[int] = field(default_factory=Told)

    def prepare(self) -> None:
        if self.unprepared is not None:
            raise self.unprepared

    def faces(self, frame: Frame) -> FaceObservation:
        self._look("face", frame)
        return FaceObservation(frame.captured_ns, frame.sequence, frame.provenance, frame.size, (), 120.0, None)

    def anybody(self, frame: Frame) -> bool:
        self.looked_for_anybody(frame.sequence)
        return self.somebody

    def page(self, frame: Frame) -> PageObservation:
        self._look("page", frame)
        return PageObservation(frame.captured_ns, frame.sequence, frame.size, None, 0.0, 0.0, None, self.ready)

    def page_captures(self) -> tuple[Frame, ...]:
        return ()

    def forget(self) -> None:
        self.forgot(len(self.looked.all))

    def _look(self, what: str, frame: Frame) -> None:
        self.while_looking()
        self.looked(f"{what} {frame.sequence}")
        if self.troubles:
            raise self.troubles.pop(0)


@dataclass
class Desk:
    """Reader, comparer, scripts and archive in one: reads nothing, compares nothing, keeps in memory."""

    unprepared: Exception | None = None
    fails: Exception | None = None
    kept: list[tuple[SessionRecord, EvidencePictures]] = field(default_factory=list)
    endings: list[tuple[SessionId, str]] = field(default_factory=list)

    def prepare(self) -> None:
        if self.unprepared is not None:
            raise self.unprepared

    def read(self, frame: Frame, so_far: Read | None, captures: tuple[Frame, ...] = ()) -> DocumentOutcome:
        if self.fails is not None:
            raise self.fails
        return Unreadable(UnreadableBecause.NO_DOCUMENT)

    def compare(self, views: tuple[FaceView, ...], portrait: Portrait | None, further: tuple[Portrait, ...] = ()) -> Comparison:
        return Comparison(NotCompared(NoComparison.NO_PORTRAIT), None)

    def compare_enrolled(self, views: tuple[FaceView, ...], template: FaceTemplate) -> MatchVerdict | None:
        return NotCompared(NoComparison.NO_LIVE_VIEW) if template.print_name == "face-print-1" else None

    def draw(self, plan: ScriptPlan) -> Script:
        return SCRIPT

    def keep(self, record: SessionRecord, pictures: EvidencePictures) -> None:
        self.kept.append((record, pictures))

    def note_ending(self, session: SessionId, how: str) -> None:
        self.endings.append((session, how))

    def note_step(self, session: SessionId, step: str) -> None:
        """These journeys leave no audit."""

    def rows(self) -> tuple[CaseRow, ...]:
        return ()

    def backlog(self) -> Backlog:
        return Backlog()

    def retry(self, session: SessionId) -> None:
        """Nothing is ever delivered."""


@dataclass
class Manned:
    """A station as in the branch, not strict, with its eyes and a clerk that works at once. posted: whatever was posted to it."""

    station: Station
    eyes: Eyes
    sight: Watching
    desk: Desk
    to_eyes: Latest[Frame]
    to_screen: Latest[Frame]
    clock: SteppedClock

    def does(self, events: Iterable[Event]) -> None:
        for event in events:
            self.station.post(event)
        self.station.pump()


def manned(*, strict: bool = False) -> Manned:
    clock, to_eyes, to_screen = SteppedClock(), Latest[Frame](), Latest[Frame]()
    station = Station(UNATTENDED, clock, to_screen, strict=strict)
    sight, desk = Watching(), Desk()
    ended = station.service_ended
    eyes = Eyes(to_eyes, sight, station.post, ended)
    taker = InlineWorker(ended)
    clerk = Clerk(desk, desk, desk, desk, station.post, station.post_life, lambda: None, ended, taker, taker)
    station.man(eyes, clerk)
    return Manned(station, eyes, sight, desk, to_eyes, to_screen, clock)
