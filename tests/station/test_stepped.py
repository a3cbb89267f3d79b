"""A station on stepped time: what it shows its eyes, when time passes, and that a bug is loud in it."""

import pytest

from kiosk.faults import DiskFull
from kiosk.journey import events as ev
from kiosk.journey.states import Finished, OutOfService, ShowingDocument
from kiosk.station.stepped import EPOCH, SteppedClock, SteppedStation
from kiosk.values import Channel
from tests.journey.build import UNATTENDED, opening
from tests.station.crew_parts import Desk, Watching, frame


def stepped(sight: Watching | None = None, desk: Desk | None = None) -> SteppedStation:
    desk = desk or Desk()
    return SteppedStation(UNATTENDED, sight or Watching(), desk, desk, desk, desk)


def at_the_document(station: SteppedStation) -> None:
    station.station.begin(Channel.BOOTH, opening(), "en", None)
    station.station.post(ev.ConsentGiven("1"))
    station.station.pump()


SECOND = 1_000_000_000


def test_time_is_what_it_was_set_to_and_never_goes_back() -> None:
    clock = SteppedClock()
    assert clock.now().monotonic_ns == SECOND
    clock.advance_to(3 * SECOND)
    assert (clock.now().wall - EPOCH).total_seconds() == 3
    with pytest.raises(ValueError, match="forward only"):
        clock.advance_to(2 * SECOND)


def test_a_shown_frame_is_looked_at_at_its_own_time_and_everything_that_follows_is_done() -> None:
    sight = Watching(ready=True)
    station = stepped(sight)
    at_the_document(station)
    shown = frame(2 * SECOND)
    state = station.show(shown)
    assert sight.looked.all == [f"page {2 * SECOND}"]
    assert station.clock.monotonic_ns == 2 * SECOND
    assert isinstance(state, ShowingDocument)
    assert state.attempts == 1
    assert station.frames.peek() is shown


def test_a_customer_who_walks_away_is_given_up_after_time_without_frames() -> None:
    desk = Desk()
    station = stepped(desk=desk)
    at_the_document(station)
    policy = UNATTENDED.policy.journey
    assert isinstance(station.pass_time(policy.idle_warning_after_s), ShowingDocument)
    assert isinstance(station.pass_time(policy.idle_countdown_s + 1), Finished)
    assert [how for _, how in desk.endings] == ["TimedOut"]


def test_a_bug_in_a_witness_reaches_the_test() -> None:
    station = stepped()
    station.station.witness(lambda before, event, after, moment: 1 / 0)  # type: ignore[arg-type]
    with pytest.raises(ZeroDivisionError):
        station.pass_time(1)


def test_a_bug_in_a_worker_reaches_the_test_and_ends_the_service() -> None:
    station = stepped(Watching(ready=True), Desk(fails=KeyError("a bug")))
    at_the_document(station)
    with pytest.raises(RuntimeError, match="bug in read-document"):
        station.show(frame(2 * SECOND))
    station.station.pump()
    assert station.state == OutOfService("KeyError")


def test_a_fault_of_a_worker_is_part_of_the_journey_and_no_bug() -> None:
    desk = Desk(fails=DiskFull("full"))
    station = stepped(Watching(ready=True), desk)
    at_the_document(station)
    station.show(frame(2 * SECOND))
    (kept, _), *_ = desk.kept
    assert "DiskFull" in kept.failed_work
