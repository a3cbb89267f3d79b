"""What holds in every step of the journey, one sentence each."""

import pytest

from kiosk.journey import effects as do
from kiosk.journey import events as ev
from kiosk.journey.states import (
    AskingConsent,
    CameraAway,
    Cancelled,
    ConsentRefused,
    Decided,
    Finished,
    Keeping,
    OutOfService,
    PreparingFace,
    ShowingDocument,
    TimedOut,
)
from kiosk.liveness.challenge import Need
from kiosk.record import Decision
from kiosk.risk.decision import Approve, Refer
from kiosk.values import ConsentPurpose, SessionId, Ticket
from tests.journey import build
from tests.journey.build import SCRIPT, SESSION, UNATTENDED
from tests.journey.walk import Journey


def test_nothing_is_watched_before_consent() -> None:
    journey = Journey()
    assert isinstance(journey.state, AskingConsent)
    assert journey.asked == []


def test_the_whole_way_of_an_honest_customer_ends_approved_and_wiped() -> None:
    journey = Journey().compared()
    assert isinstance(journey.state, Keeping)
    kept = journey.last(do.KeepCase)
    assert isinstance(kept, do.KeepCase)
    assert isinstance(kept.record.recommendation, Approve)
    journey.send(ev.CaseKept(journey.ticket))
    assert isinstance(journey.state, Finished)
    assert journey.state.ending == Decided(Decision.APPROVE)
    assert journey.last(do.Wipe) == do.Wipe(SESSION)


def test_the_script_is_drawn_only_when_the_face_is_next() -> None:
    journey = Journey().show_document()
    assert not any(isinstance(effect, do.DrawScript) for effect in journey.asked)
    journey.send(ev.DocumentAnswered(journey.ticket, build.read(), build.frame()))
    assert isinstance(journey.state, PreparingFace)
    assert any(isinstance(effect, do.DrawScript) for effect in journey.asked)


def test_an_answer_with_an_old_ticket_is_dropped() -> None:
    journey = Journey().show_document()
    old = journey.ticket
    journey.send(ev.DocumentAnswered(old, build.read(), build.frame()))
    before = journey.state
    journey.send(ev.DocumentAnswered(old, build.read(), build.frame()))
    assert journey.state is before


def test_an_answer_for_another_session_is_dropped() -> None:
    journey = Journey().show_document()
    before = journey.state
    journey.send(ev.DocumentAnswered(Ticket(SessionId("f" * 32), journey.ticket.step), build.read(), build.frame()))
    assert journey.state is before


@pytest.mark.parametrize("reach", ["consent", "show_document", "document_read", "proving", "comparing"])
def test_cancel_ends_any_step_before_a_recommendation_and_keeps_nothing(reach: str) -> None:
    journey = Journey()
    getattr(journey, reach)()
    journey.send(ev.CancelTouched())
    assert isinstance(journey.state, Finished)
    assert journey.state.ending == Cancelled()
    assert not any(isinstance(effect, do.KeepCase) for effect in journey.asked)
    noted = journey.last(do.NoteEnding)
    assert isinstance(noted, do.NoteEnding)
    assert noted.how.startswith("Cancelled")
    assert journey.last(do.Wipe) == do.Wipe(SESSION)


def test_nobody_answering_the_warning_ends_the_session() -> None:
    journey = Journey().consent()
    policy = UNATTENDED.policy.journey
    journey.send(ev.Ticked(), after_s=policy.idle_warning_after_s + policy.idle_countdown_s - 1)
    assert isinstance(journey.state, ShowingDocument)
    journey.send(ev.Ticked(), after_s=1.1)
    assert isinstance(journey.state, Finished)
    assert journey.state.ending == TimedOut()


def test_a_touch_answers_the_warning() -> None:
    journey = Journey().consent()
    policy = UNATTENDED.policy.journey
    journey.send(ev.Ticked(), after_s=policy.idle_warning_after_s + 1)
    journey.send(ev.StillHere())
    journey.send(ev.Ticked(), after_s=policy.idle_countdown_s)
    assert isinstance(journey.state, ShowingDocument)


def test_a_lost_camera_keeps_the_document_and_draws_a_new_script() -> None:
    journey = Journey().proving()
    journey.send(ev.CameraStopped("CameraLost"))
    assert isinstance(journey.state, CameraAway)
    journey.send(ev.CameraReturned(), after_s=5)
    assert isinstance(journey.state, PreparingFace)
    assert journey.state.case.document is not None
    assert sum(isinstance(effect, do.DrawScript) for effect in journey.asked) == 2


def test_a_camera_that_does_not_come_back_sends_the_case_to_a_person() -> None:
    journey = Journey().proving()
    journey.send(ev.CameraStopped("CameraLost"))
    journey.send(ev.Ticked(), after_s=UNATTENDED.policy.journey.camera_return_within_s + 0.1)
    kept = journey.last(do.KeepCase)
    assert isinstance(kept, do.KeepCase)
    assert isinstance(kept.record.recommendation, Refer)
    assert kept.record.failed_work == ("CameraLost",)


@pytest.mark.parametrize("reach", ["document_read", "comparing"])
def test_work_that_comes_too_late_sends_the_case_to_a_person(reach: str) -> None:
    journey = Journey()
    getattr(journey, reach)()
    journey.send(ev.Ticked(), after_s=UNATTENDED.policy.journey.work_within_s + 0.1)
    kept = journey.last(do.KeepCase)
    assert isinstance(kept, do.KeepCase)
    assert isinstance(kept.record.recommendation, Refer)


def test_a_bug_puts_the_station_out_of_service_and_wipes() -> None:
    journey = Journey().proving()
    journey.send(ev.ServiceEnded("ZeroDivisionError"))
    assert isinstance(journey.state, OutOfService)
    assert journey.last(do.Wipe) == do.Wipe(SESSION)


def test_walking_away_after_the_prompts_were_shown_is_noted_as_such() -> None:
    journey = Journey().proving().send(ev.CancelTouched())
    assert journey.last(do.NoteEnding) == do.NoteEnding(SESSION, "Cancelled:after-prompts")


def test_replugging_the_camera_gives_one_new_script_and_no_more() -> None:
    journey = Journey().proving()
    journey.send(ev.CameraStopped("CameraLost")).send(ev.CameraReturned())
    journey.send(ev.ScriptDrawn(journey.ticket, SCRIPT))
    journey.send(ev.CameraStopped("CameraLost")).send(ev.CameraReturned())
    kept = journey.last(do.KeepCase)
    assert isinstance(kept, do.KeepCase)
    assert isinstance(kept.record.recommendation, Refer)
    assert kept.record.failed_work == ("CameraLostAgain",)


def test_agreeing_to_be_recognised_later_alone_is_no_consent_to_the_check() -> None:
    journey = Journey().send(ev.ConsentGiven("1", (ConsentPurpose.RECOGNISE_LATER,)))
    assert isinstance(journey.state, Finished)
    assert journey.state.ending == ConsentRefused()


def test_every_purpose_that_was_ticked_is_in_the_consent() -> None:
    journey = Journey().send(ev.ConsentGiven("1", (ConsentPurpose.IDENTITY_CHECK, ConsentPurpose.RECOGNISE_LATER)))
    assert isinstance(journey.state, ShowingDocument)
    consent = journey.state.case.consent
    assert consent is not None
    assert consent.covers(ConsentPurpose.RECOGNISE_LATER)
    assert do.NoteStep(journey.state.case.session, "ConsentGiven:identity-check.recognise-later") in journey.asked


def test_what_a_customer_cannot_do_is_known_before_anything_is_asked() -> None:
    journey = Journey().send(ev.ConsentGiven("1", needs=(Need.NO_BLINK,)))
    assert isinstance(journey.state, ShowingDocument)
    assert journey.state.case.needs == (Need.NO_BLINK,)
