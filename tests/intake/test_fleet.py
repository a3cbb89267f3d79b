"""The bank's stations and updates, in a file and in PostgreSQL: what is heard counts once, in its order, whatever a clock says; and of the
processes that have it open none tells another tale."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from kiosk.intake.fleet import Fleet, Published, open_fleet
from kiosk.intake.pace import Pace
from kiosk.values import StationClass
from kiosk.wire.heartbeat import Figures, Report
from kiosk.wire.signed_update import UpdateKind
from tests.fakes.branch import NOW

KEY = "0" * 32


def report(at: datetime, cases: int = 0) -> Report:
    return Report(at, NOW, "0.2.0", "idle", "", "", (), Figures(cases=cases))


def heard(fleet: Fleet, made: datetime, now: datetime, cases: int = 0) -> bool:
    return fleet.heard(KEY, "desk-1", report(made, cases), now)


@pytest.fixture(params=["sqlite", "postgresql"])
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], Fleet]]:
    """Opens it once more, as another process would."""
    store = "" if request.param == "sqlite" else str(request.getfixturevalue("postgres_url"))
    fleets: list[Fleet] = []

    def open_it() -> Fleet:
        fleets.append(open_fleet(tmp_path, store))
        return fleets[-1]

    yield open_it
    for fleet in fleets:
        fleet.close()


def test_a_heartbeat_from_the_far_future_freezes_no_row_and_is_worth_nothing_twice(opened: Callable[[], Fleet]) -> None:
    ahead = NOW + timedelta(days=365)
    with opened() as fleet:
        assert heard(fleet, NOW, NOW, 1)
        assert heard(fleet, ahead, NOW + timedelta(seconds=15), 2)
        assert heard(fleet, ahead + timedelta(seconds=15), NOW + timedelta(seconds=30), 3)
        assert not heard(fleet, ahead, NOW + timedelta(seconds=31), 2)
        assert heard(fleet, NOW + timedelta(seconds=45), NOW + timedelta(seconds=45), 4)
        assert not heard(fleet, ahead + timedelta(seconds=15), NOW + timedelta(seconds=46), 3)
        assert not heard(fleet, NOW, NOW + timedelta(seconds=47), 1)
        (row,) = fleet.stations()
        assert (row.report.figures.cases, row.received_at, row.behind) == (4, NOW + timedelta(seconds=45), 2)


def test_of_two_processes_that_publish_for_one_proposal_one_does_and_versions_only_rise(opened: Callable[[], Fleet]) -> None:
    """Two intakes, or an intake and a console, over one file."""
    first, second = opened(), opened()
    came: list[bool] = []

    def publish(fleet: Fleet, name: str) -> None:
        for number in range(1, 21):
            try:
                one = Published(UpdateKind.WATCHLIST, number, StationClass.DEMO, f"{name} {number}".encode(), NOW, number)
                came.append(fleet.publish([one]))
            except ValueError:
                came.append(False)  # the other one was a version ahead

    threads = [threading.Thread(target=publish, args=pair) for pair in ((first, "one"), (second, "other"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(came) == 20
    assert [one.version for one in first.history(UpdateKind.WATCHLIST)] == list(range(20, 0, -1))
    assert first.newest(StationClass.DEMO) == second.newest(StationClass.DEMO)
    with pytest.raises(ValueError, match="higher"):
        second.publish([replace(first.newest(StationClass.DEMO)[0], version=3, proposal=99)])


def test_two_processes_hear_one_station_and_the_newest_word_stands(opened: Callable[[], Fleet]) -> None:
    first, second = opened(), opened()
    for second_s in range(1, 40):
        at = NOW + timedelta(seconds=second_s)
        assert heard((first, second)[second_s % 2], at, at, second_s)
        assert not heard((second, first)[second_s % 2], at, at, 0)
    assert first.stations() == second.stations()
    assert first.stations()[0].report.figures.cases == 39


def test_what_was_published_stays_and_is_signed_again_without_being_another(opened: Callable[[], Fleet]) -> None:
    first, second = opened(), opened()
    one = Published(UpdateKind.POLICY, 2, StationClass.DEMO, b"old", NOW, 7)
    assert first.publish([one, replace(one, station_class=StationClass.QA)])
    assert not second.publish([replace(one, version=3, envelope=b"other")])
    second.sign_again([replace(one, envelope=b"new")], NOW)
    assert [found.envelope for found in first.newest(StationClass.DEMO)] == [b"new"]
    assert [found.envelope for found in first.newest(StationClass.QA)] == [b"old"]
    assert [(found.version, found.station_class) for found in second.history(UpdateKind.POLICY)] == [
        (2, StationClass.DEMO),
        (2, StationClass.QA),
    ]


def test_the_pace_forgets_who_is_silent_and_never_holds_more_than_so_many() -> None:
    pace = Pace(2, most=100)
    assert [pace.allows("one", NOW) for _ in range(3)] == [True, True, False]
    for number in range(1_000):
        pace.allows(f"stranger-{number}", NOW + timedelta(seconds=1))
    assert len(pace) == 100
    pace.allows("late", NOW + timedelta(seconds=100))
    assert len(pace) == 1


def test_the_pace_still_counts_who_keeps_coming() -> None:
    pace = Pace(2)
    taken = [pace.allows("one", NOW + timedelta(seconds=second)) for second in range(0, 300, 10)]
    assert sum(taken) == 2 + 290 * 2 // 60
