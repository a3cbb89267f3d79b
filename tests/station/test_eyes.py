"""The vision thread: what it looks for, for whom, and what it forgets."""

import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from kiosk.camera.latest import Latest
from kiosk.faults import CameraLost, ModelRefused
from kiosk.frame import Frame
from kiosk.journey.effects import Watch, WatchFor
from kiosk.journey.events import Event, FaceObserved, PageSeen, PresenceSeen, WorkFailed
from kiosk.station.eyes import Eyes
from kiosk.values import Ticket
from tests.journey.build import SESSION
from tests.station.crew_parts import WITHIN_S, Told, Watching, frame

FIRST, SECOND = Ticket(SESSION, 1), Ticket(SESSION, 2)
NOTHING = WatchFor(Watch.NOTHING, None)


class Rig:
    def __init__(self, sight: Watching) -> None:
        self.sight = sight
        self.frames: Latest[Frame] = Latest()
        self.posted, self.bugs = Told[Event](), Told[str]()
        self.eyes = Eyes(self.frames, sight, self.posted, self.bugs)


@contextmanager
def looking(sight: Watching) -> Iterator[Rig]:
    rig = Rig(sight)
    rig.eyes.start()
    try:
        yield rig
    finally:
        rig.eyes.stop()


def test_the_eyes_look_for_what_is_asked_and_for_nothing_before_and_after() -> None:
    rig = Rig(Watching())
    rig.eyes.look_once(frame(0))
    rig.eyes.watch(WatchFor(Watch.PAGE, FIRST))
    rig.eyes.look_once(frame(1))
    rig.eyes.watch(WatchFor(Watch.FACE, SECOND))
    rig.eyes.look_once(frame(2))
    rig.eyes.watch(NOTHING)
    rig.eyes.look_once(frame(3))
    assert rig.sight.looked.all == ["page 1", "face 2"]
    seen = [(type(event), event.ticket) for event in rig.posted.all]  # type: ignore[union-attr]
    assert seen == [(PageSeen, FIRST), (PresenceSeen, FIRST), (FaceObserved, SECOND)]


def test_whether_anybody_is_there_is_looked_for_a_few_times_a_second_and_nothing_else_with_it() -> None:
    rig = Rig(Watching(somebody=True))
    rig.eyes.watch(WatchFor(Watch.PRESENCE, FIRST))
    for number in range(30):
        rig.eyes.look_once(replace(frame(number), captured_ns=number * 33_000_000))
    assert rig.sight.looked.all == []
    assert rig.sight.looked_for_anybody.all == [0, 13, 26]
    assert rig.posted.all == [PresenceSeen(FIRST, somebody=True)] * 3


def test_only_a_page_ready_to_be_read_brings_its_picture() -> None:
    rig = Rig(Watching())
    rig.eyes.watch(WatchFor(Watch.PAGE, FIRST))
    rig.eyes.look_once(frame(0))
    rig.sight.ready = True
    ready = frame(1)
    rig.eyes.look_once(ready)
    assert [event.frame for event in rig.posted.all if isinstance(event, PageSeen)] == [None, ready]


def test_what_was_seen_for_one_step_carries_its_ticket_even_if_another_step_began_meanwhile() -> None:
    sight = Watching()
    with looking(sight) as rig:
        sight.while_looking = lambda: rig.eyes.watch(WatchFor(Watch.FACE, SECOND))
        rig.eyes.watch(WatchFor(Watch.PAGE, FIRST))
        rig.frames.put(frame(0))
        seen = rig.posted.wait_for(1)[0]
    assert isinstance(seen, PageSeen)
    assert seen.ticket == FIRST


def test_a_fault_met_for_one_step_is_not_blamed_on_the_next() -> None:
    sight = Watching(troubles=[CameraLost("no picture")])
    with looking(sight) as rig:
        sight.while_looking = lambda: rig.eyes.watch(WatchFor(Watch.FACE, SECOND))
        rig.eyes.watch(WatchFor(Watch.PAGE, FIRST))
        rig.frames.put(frame(0))
        assert rig.posted.wait_for(1) == [WorkFailed(FIRST, "CameraLost")]
        rig.frames.put(frame(1))
        rig.posted.wait_for(2)
    assert sight.looked.all == ["page 0", "face 1"]


def test_a_bug_ends_the_eyes_and_is_told() -> None:
    with looking(Watching(troubles=[ZeroDivisionError("a bug")])) as rig:
        rig.eyes.watch(WatchFor(Watch.FACE, FIRST))
        rig.frames.put(frame(0))
        assert rig.bugs.wait_for(1) == ["ZeroDivisionError"]
    assert rig.posted.all == []


def test_eyes_that_cannot_be_made_ready_say_so_and_look_at_nobody() -> None:
    with looking(Watching(unprepared=ModelRefused("missing"))) as rig:
        assert rig.bugs.wait_for(1) == ["ModelRefused"]
        rig.eyes.watch(WatchFor(Watch.FACE, FIRST))
        rig.frames.put(frame(0))
    assert rig.sight.looked.all == []


def test_when_nothing_is_looked_for_any_more_what_was_followed_is_forgotten_once() -> None:
    with looking(Watching()) as rig:
        rig.eyes.watch(WatchFor(Watch.FACE, FIRST))
        rig.frames.put(frame(0))
        rig.posted.wait_for(1)
        rig.eyes.watch(NOTHING)
        rig.frames.put(frame(1))
        rig.sight.forgot.wait_for(1)
        rig.frames.put(frame(2))
        rig.eyes.watch(WatchFor(Watch.FACE, SECOND))
        rig.frames.put(frame(3))
        rig.posted.wait_for(2)
    assert rig.sight.forgot.all == [1]


def test_a_wipe_is_obeyed_without_another_frame_and_leaves_none_behind() -> None:
    with looking(Watching()) as rig:
        rig.eyes.watch(WatchFor(Watch.FACE, FIRST))
        shown = frame(0)
        held = weakref.ref(shown.pixels)
        rig.frames.put(shown)
        del shown
        rig.posted.wait_for(1)
        rig.eyes.watch(NOTHING)
        rig.eyes.wipe()
        rig.sight.forgot.wait_for(1)
        assert rig.frames.peek() is None
        assert held() is None
    assert rig.sight.forgot.all == [1]


def test_one_customer_is_forgotten_before_the_next_is_looked_at_however_soon_that_is() -> None:
    sight = Watching()
    with looking(sight) as rig:

        def the_next_comes_at_once() -> None:
            sight.while_looking = lambda: None
            rig.eyes.watch(NOTHING)
            rig.eyes.wipe()
            rig.eyes.watch(WatchFor(Watch.FACE, SECOND))

        sight.while_looking = the_next_comes_at_once
        rig.eyes.watch(WatchFor(Watch.FACE, FIRST))
        rig.frames.put(frame(0))
        rig.posted.wait_for(1)
        rig.frames.put(frame(1))
        rig.posted.wait_for(2)
    assert sight.forgot.all == [1]


def test_eyes_that_wait_for_the_next_frame_hold_no_frame(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kiosk.station.eyes.LONGEST_WAIT_S", 3600.0)
    with looking(Watching()) as rig:
        rig.eyes.watch(WatchFor(Watch.FACE, FIRST))
        shown = frame(0)
        gone = threading.Event()
        weakref.finalize(shown.pixels, gone.set)
        rig.frames.put(shown)
        del shown
        rig.posted.wait_for(1)
        rig.frames.clear()
        assert gone.wait(WITHIN_S)
