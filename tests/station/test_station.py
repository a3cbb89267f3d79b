"""The station's own thread: what it does with a bug, with a camera that is away, and with what must be wiped."""

import logging
from collections.abc import Callable
from datetime import timedelta

import pytest

from kiosk.faults import DiskFull
from kiosk.journey import events as ev
from kiosk.journey.effects import Watch, WatchFor
from kiosk.journey.states import AskingConsent, Idle, OutOfService, ShowingDocument
from kiosk.outbox import Backlog
from kiosk.station.life import BankAnswered, CameraChanged, CasesListed
from kiosk.values import Channel, Ticket
from tests.journey.build import opening
from tests.station.crew_parts import Manned, frame, manned

CONSENT = ev.ConsentGiven("1")


def in_front_of_the_camera(rig: Manned) -> None:
    """Bring one customer to the document step, with a frame of theirs in both mailboxes."""
    rig.station.begin(Channel.BOOTH, opening(), "en", None)
    rig.does([CONSENT])
    assert isinstance(rig.station.state, ShowingDocument)
    rig.to_eyes.put(frame(0))
    rig.to_screen.put(frame(0))


def state(rig: Manned) -> str:
    return type(rig.station.state).__name__


def bug(*_: object) -> None:
    raise ZeroDivisionError("ERIKSSON")


def test_a_bug_in_a_witness_puts_the_station_out_of_service_and_wipes_the_customer(caplog: pytest.LogCaptureFixture) -> None:
    rig = manned()
    in_front_of_the_camera(rig)
    session = rig.station.state.case.session  # type: ignore[union-attr]
    rig.station.witness(bug)
    with caplog.at_level(logging.DEBUG):
        rig.does([ev.Ticked()])
    assert rig.station.state == OutOfService("ZeroDivisionError")
    assert rig.to_eyes.peek() is None
    assert rig.to_screen.peek() is None
    assert rig.desk.endings == [(session, "OutOfService:ZeroDivisionError")]
    assert "ERIKSSON" not in caplog.text


def test_a_bug_in_one_effect_does_not_keep_the_others_from_being_done() -> None:
    rig = manned()
    in_front_of_the_camera(rig)
    rig.station.on_watch(bug)
    rig.does([ev.CancelTouched()])
    assert rig.station.state == OutOfService("ZeroDivisionError")
    assert rig.to_screen.peek() is None
    assert rig.to_eyes.peek() is None
    assert [how for _, how in rig.desk.endings] == ["Cancelled"]


def test_a_bug_in_the_rules_puts_the_station_out_of_service() -> None:
    rig = manned()
    in_front_of_the_camera(rig)
    rig.does([ev.LanguageChanged("en"), ev.DispositionMade(None), ev.PageSeen(_ticket(rig), None, None)])  # type: ignore[arg-type]
    assert rig.station.state == OutOfService("AttributeError")


def test_a_station_out_of_service_goes_on_pumping_and_tells_a_broken_witness_nothing_more() -> None:
    rig = manned()
    calls: list[str] = []

    def broken(before: object, event: ev.Event, after: object, moment: object) -> None:
        calls.append(type(event).__name__)
        bug()

    rig.station.witness(broken)
    rig.does([ev.Ticked()])
    rig.does([ev.Ticked(), ev.Ticked()])
    rig.station.post_life(BankAnswered("no-connection"))
    assert rig.station.pump() == 1
    assert calls == ["Ticked", "ServiceEnded"]
    assert rig.station.overview.bank_problem == "no-connection"


def test_a_sound_witness_sees_the_end_of_service_that_another_caused() -> None:
    rig = manned()
    seen: list[str] = []
    rig.station.witness(bug)
    rig.station.witness(lambda before, event, after, moment: seen.append(type(after).__name__))
    rig.does([ev.Ticked()])
    assert seen == ["Idle", "OutOfService"]


def test_a_fault_on_the_stations_own_thread_ends_its_service_too() -> None:
    def full(wanted: WatchFor) -> None:
        raise DiskFull("a recording")

    rig = manned()
    rig.station.on_watch(full)
    rig.station.begin(Channel.BOOTH, opening(), "en", None)
    rig.does([CONSENT])
    assert rig.station.state == OutOfService("DiskFull")


@pytest.mark.parametrize("attach", [lambda rig: rig.station.witness(bug), lambda rig: rig.station.on_watch(bug)])
def test_a_strict_station_raises_the_bug(attach: Callable[[Manned], None]) -> None:
    rig = manned(strict=True)
    attach(rig)
    rig.station.begin(Channel.BOOTH, opening(), "en", None)
    with pytest.raises(ZeroDivisionError):
        rig.does([CONSENT])


def test_a_camera_lost_before_the_document_step_is_told_again_when_the_step_begins() -> None:
    rig = manned()
    rig.station.post_life(CameraChanged("CameraUnavailable"))
    rig.does([ev.CameraStopped("CameraUnavailable")])
    assert state(rig) == "Idle"
    rig.station.begin(Channel.BOOTH, opening(), "en", None)
    rig.does([CONSENT])
    assert state(rig) == "CameraAway"
    rig.station.post_life(CameraChanged(""))
    rig.does([ev.CameraReturned()])
    assert state(rig) == "ShowingDocument"
    assert rig.station.overview.camera_problem == ""


def test_a_camera_that_is_away_is_not_told_when_nothing_is_looked_for() -> None:
    rig = manned()
    seen: list[str] = []
    rig.station.begin(Channel.BOOTH, opening(), "en", None)
    rig.station.post_life(CameraChanged("CameraLost"))
    rig.station.witness(lambda before, event, after, moment: seen.append(type(event).__name__))
    rig.does([ev.CancelTouched()])
    assert seen == ["CaseOpened", "CancelTouched"]
    assert state(rig) == "Finished"


def test_the_end_of_a_session_empties_both_mailboxes() -> None:
    rig = manned()
    in_front_of_the_camera(rig)
    watched: list[Watch] = []
    rig.station.on_watch(lambda wanted: watched.append(wanted.watch))
    rig.does([ev.CancelTouched()])
    assert rig.to_eyes.peek() is None
    assert rig.to_screen.peek() is None
    assert watched == [Watch.NOTHING]


def _ticket(rig: Manned) -> Ticket:
    case = rig.station.state.case  # type: ignore[union-attr]
    return Ticket(case.session, case.step)


def test_with_too_much_waiting_for_the_bank_no_case_is_opened_and_the_next_one_is_once_it_is_delivered() -> None:
    rig = manned()
    long_ago = rig.station.now().wall - timedelta(seconds=rig.station.policy.sync.offline_within_s + 60)
    rig.station.post_life(CasesListed((), Backlog(1, 0, long_ago, 1_000)))
    rig.station.pump()
    assert rig.station.begin(Channel.BOOTH, opening(), "en", None) is None
    rig.station.pump()
    assert rig.station.state == Idle()
    rig.station.post_life(CasesListed((), Backlog()))
    rig.station.pump()
    assert rig.station.begin(Channel.BOOTH, opening(), "en", None) is not None
    rig.station.pump()
    assert isinstance(rig.station.state, AskingConsent)
