"""The journey's rules, one sentence each."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from kiosk.document.reading import MrzLayout, PageHint, Unknown, Unreadable, UnreadableBecause
from kiosk.journey import effects as do
from kiosk.journey import events as ev
from kiosk.journey.closing import Context
from kiosk.journey.reduce import reduce
from kiosk.journey.states import (
    AskingConsent,
    AwaitingDisposition,
    CameraAway,
    Cancelled,
    Comparing,
    ConsentRefused,
    CouldNotKeep,
    Decided,
    Finished,
    HelpCalled,
    Idle,
    Keeping,
    OutOfService,
    PreparingFace,
    ProvingLive,
    ShowingDocument,
    State,
    TimedOut,
)
from kiosk.liveness.challenge import Need
from kiosk.record import Consent, Decision, Disposition, OverrideReason
from kiosk.risk.decision import Approve, ReasonCode, Refer
from kiosk.values import Channel, ConsentPurpose, Masked, OperatorId, SessionId, Ticket
from kiosk.wire.sense import check_record
from tests.journey import build
from tests.journey.build import ATTENDED, SCRIPT, SESSION, TELLER, UNATTENDED, at


class Journey:
    """Drives the reducer as a station would, filling in the current ticket."""

    def __init__(self, channel: Channel = Channel.BOOTH, context: Context = UNATTENDED) -> None:
        self.state: State = Idle()
        self.context = context
        self.seconds = 0.0
        self.asked: list[do.Effect] = []
        operator = TELLER if channel is Channel.DESK else None
        self.send(ev.CaseOpened(SESSION, channel, build.opening(), "en", operator))

    def send(self, event: ev.Event, after_s: float = 0.1) -> "Journey":
        self.seconds += after_s
        self.state, asked = reduce(self.state, event, at(self.seconds), self.context)
        self.asked.extend(asked)
        return self

    @property
    def ticket(self) -> Ticket:
        assert not isinstance(self.state, Idle | Finished | OutOfService)
        return Ticket(self.state.case.session, self.state.case.step)

    def consent(self) -> "Journey":
        return self.send(ev.ConsentGiven("1"))

    def show_document(self) -> "Journey":
        self.consent()
        return self.send(ev.PageSeen(self.ticket, build.page(), build.frame()))

    def document_read(self) -> "Journey":
        self.show_document()
        return self.send(ev.DocumentAnswered(self.ticket, build.read(), build.frame()))

    def proving(self) -> "Journey":
        self.document_read()
        return self.send(ev.ScriptDrawn(self.ticket, SCRIPT))

    def comparing(self) -> "Journey":
        """Reaches Comparing with a live verdict put in by hand: the liveness run has its own tests."""
        self.proving()
        assert isinstance(self.state, ProvingLive)
        case = replace(self.state.case, liveness=build.live(), views=(build.face().view,), step=self.state.case.step + 1)
        self.state = Comparing(case, at(self.seconds).monotonic_ns)
        return self

    def compared(self) -> "Journey":
        self.comparing()
        return self.send(ev.FacesCompared(self.ticket, build.same()))

    def last(self, kind: type) -> do.Effect:
        return next(effect for effect in reversed(self.asked) if isinstance(effect, kind))


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


def test_nobody_sees_a_result_before_it_is_sealed() -> None:
    journey = Journey().compared()
    for _ in range(5):
        journey.send(ev.Ticked())
    assert isinstance(journey.state, Keeping)


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


def test_a_second_picture_is_not_read_while_one_is_being_read() -> None:
    journey = Journey().show_document()
    journey.send(ev.PageSeen(journey.ticket, build.page(), build.frame(1)))
    assert sum(isinstance(effect, do.ReadDocument) for effect in journey.asked) == 1


def test_a_side_without_portrait_is_kept_while_the_other_side_is_asked_for() -> None:
    journey = Journey().show_document()
    journey.send(ev.DocumentAnswered(journey.ticket, build.read(portrait=False), build.frame()))
    assert isinstance(journey.state, ShowingDocument)
    assert journey.state.hint is PageHint.OTHER_WAY
    journey.send(ev.PageSeen(journey.ticket, build.page(), build.frame(1)))
    asked = journey.last(do.ReadDocument)
    assert isinstance(asked, do.ReadDocument)
    assert asked.so_far is not None


def test_an_unreadable_document_at_the_booth_brings_a_person_after_some_tries() -> None:
    journey = Journey().consent()
    for attempt in range(UNATTENDED.policy.document.reads_before_help):
        journey.send(ev.PageSeen(journey.ticket, build.page(), build.frame(attempt)))
        outcome = Unreadable(UnreadableBecause.GLARE) if attempt % 2 else Unknown(None)
        journey.send(ev.DocumentAnswered(journey.ticket, outcome, build.frame(attempt)))
    assert isinstance(journey.state, Keeping)
    kept = journey.last(do.KeepCase)
    assert isinstance(kept, do.KeepCase)
    assert isinstance(kept.record.recommendation, Refer)


def test_a_picture_that_is_no_picture_counts_as_a_failed_try() -> None:
    journey = Journey().show_document()
    journey.send(ev.WorkFailed(journey.ticket, "PictureUnreadable"))
    assert isinstance(journey.state, ShowingDocument)
    assert journey.state.attempts == 1
    assert journey.state.last_failure == Unreadable(UnreadableBecause.NO_PICTURE)


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


def test_a_recommendation_cannot_be_cancelled_away() -> None:
    journey = Journey(Channel.DESK, ATTENDED).compared()
    journey.send(ev.CancelTouched())
    assert isinstance(journey.state, AwaitingDisposition)


def test_help_is_there_at_the_first_screen() -> None:
    assert Journey().send(ev.HelpTouched()).state == Finished(SESSION, Channel.BOOTH, "en", HelpCalled(), at(0.2).monotonic_ns)


@pytest.mark.parametrize(
    ("steps", "touched", "why", "agreed"),
    [
        (lambda journey: journey, ev.HelpTouched(), ReasonCode.HELP_CALLED, ()),
        (lambda journey: journey, ev.ConsentDenied("2026-11-26"), ReasonCode.NO_BIOMETRICS, ()),
    ],
)
def test_help_and_a_refusal_in_the_booth_hand_the_case_to_the_desk_with_nothing_captured(
    steps: Callable[[Journey], Journey], touched: ev.Event, why: ReasonCode, agreed: tuple[ConsentPurpose, ...]
) -> None:
    journey = steps(Journey()).send(touched)
    handed = journey.last(do.HandToPerson).record
    assert isinstance(handed.recommendation, Refer)
    assert [reason.code for reason in handed.recommendation.reasons] == [why]
    assert (handed.session, handed.channel, handed.consent.purposes) == (SESSION, Channel.BOOTH, agreed)
    assert (handed.document.outcome, handed.document.fields, handed.liveness, handed.match) == ("not-shown", None, None, None)
    check_record(handed)


def test_at_the_desk_nobody_is_handed_anywhere() -> None:
    journey = Journey(Channel.DESK, ATTENDED).send(ev.HelpTouched())
    assert not any(isinstance(effect, do.HandToPerson) for effect in journey.asked)


def handed(touched: ev.Event) -> ev.CaseTakenOver:
    record = Journey().send(touched).last(do.HandToPerson).record
    return ev.CaseTakenOver(SessionId("d" * 32), TELLER, record, None, None, None)


def test_a_teller_goes_on_with_a_refusal_by_eye_and_is_not_asked_to_ask_again() -> None:
    taken = handed(ev.ConsentDenied("2026-11-26"))
    state, _ = reduce(Idle(), taken, at(9), ATTENDED)
    assert isinstance(state, AwaitingDisposition)
    assert state.case.consent == taken.referred.consent
    assert (state.case.continues, state.case.recommendation) == (SESSION, taken.referred.recommendation)


def test_a_teller_begins_anew_with_a_customer_who_asked_for_help() -> None:
    state, asked = reduce(Idle(), handed(ev.HelpTouched()), at(9), ATTENDED)
    assert isinstance(state, AskingConsent)
    assert (state.case.consent, state.case.continues, state.case.channel) == (None, SESSION, Channel.DESK)
    assert asked == (do.NoteStep(SessionId("d" * 32), f"TakenOver:{SESSION}"),)


@pytest.mark.parametrize("reach", ["show_document", "document_read", "proving", "comparing"])
def test_help_seals_the_case_where_it_stands_and_says_so_only_then(reach: str) -> None:
    journey = getattr(Journey(), reach)()
    journey.send(ev.HelpTouched())
    assert isinstance(journey.state, Keeping)
    kept = journey.last(do.KeepCase)
    assert isinstance(kept, do.KeepCase) and isinstance(kept.record.recommendation, Refer)
    assert ReasonCode.HELP_CALLED in {reason.code for reason in kept.record.recommendation.reasons}
    assert kept.record.document.outcome == ("not-shown" if reach == "show_document" else "read")
    check_record(kept.record)
    journey.send(ev.CaseKept(journey.ticket))
    assert journey.state == Finished(SESSION, Channel.BOOTH, "en", HelpCalled(handed_over=True), journey.state.since_ns)
    assert not any(isinstance(effect, do.NoteEnding) for effect in journey.asked)


def test_help_never_approves_even_with_all_evidence_in_hand() -> None:
    journey = Journey().comparing()
    journey.state = replace(journey.state, case=replace(journey.state.case, match=build.same()))
    journey.send(ev.HelpTouched())
    kept = journey.last(do.KeepCase)
    assert isinstance(kept, do.KeepCase)
    assert isinstance(kept.record.recommendation, Refer)


def test_help_while_the_camera_is_away_keeps_the_side_that_was_read() -> None:
    journey = Journey().show_document()
    journey.send(ev.DocumentAnswered(journey.ticket, build.read(portrait=False), build.frame()))
    journey.send(ev.CameraStopped("CameraLost")).send(ev.HelpTouched())
    kept = journey.last(do.KeepCase)
    assert isinstance(kept, do.KeepCase)
    assert kept.record.document.fields == build.read().fields


def test_refusing_consent_is_no_dead_end_and_captures_nothing() -> None:
    journey = Journey().send(ev.ConsentDenied())
    assert isinstance(journey.state, Finished)
    assert journey.state.ending == ConsentRefused()
    assert not any(isinstance(e, do.WatchFor) and e.watch is not do.Watch.NOTHING for e in journey.asked)


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


def test_a_record_that_cannot_be_sealed_is_tried_again_and_then_nothing_is_approved() -> None:
    journey = Journey().compared()
    journey.send(ev.WorkFailed(journey.ticket, "DiskFull"))
    journey.send(ev.Ticked(), after_s=3.1)
    assert sum(isinstance(effect, do.KeepCase) for effect in journey.asked) == 2
    journey.send(ev.WorkFailed(journey.ticket, "DiskFull"))
    journey.send(ev.Ticked(), after_s=UNATTENDED.policy.journey.work_within_s)
    assert isinstance(journey.state, Finished)
    assert journey.state.ending == CouldNotKeep("DiskFull")


def test_a_bug_puts_the_station_out_of_service_and_wipes() -> None:
    journey = Journey().proving()
    journey.send(ev.ServiceEnded("ZeroDivisionError"))
    assert isinstance(journey.state, OutOfService)
    assert journey.last(do.Wipe) == do.Wipe(SESSION)


# At the desk


def disposition(
    decision: Decision,
    reason: str = "",
    second: str | None = None,
    by: OperatorId = TELLER,
    picked: OverrideReason | None = OverrideReason.MACHINE_ERROR,
) -> ev.DispositionMade:
    return ev.DispositionMade(Disposition(by, decision, Masked(reason), OperatorId(second) if second else None, at(0).wall, picked))


def referred() -> Journey:
    journey = Journey(Channel.DESK, ATTENDED).comparing()
    return journey.send(ev.FacesCompared(journey.ticket, build.unsure()))


def test_at_the_desk_a_person_confirms_a_recommended_approval() -> None:
    journey = Journey(Channel.DESK, ATTENDED).compared()
    assert isinstance(journey.state, AwaitingDisposition)
    journey.send(disposition(Decision.APPROVE))
    assert isinstance(journey.state, Keeping)


def test_approving_against_the_recommendation_needs_a_second_person_and_a_reason() -> None:
    journey = referred()
    journey.send(disposition(Decision.APPROVE, "known for years", "sam"))
    assert isinstance(journey.state, AwaitingDisposition), "a name typed on a screen is nobody"
    journey.send(ev.SecondPersonAgreed(SessionId("f" * 32), OperatorId("sam")))
    journey.send(disposition(Decision.APPROVE, "known for years", "sam"))
    assert isinstance(journey.state, AwaitingDisposition), "agreed to another case"
    journey.send(ev.SecondPersonAgreed(SESSION, TELLER))
    journey.send(disposition(Decision.APPROVE, "known for years", TELLER))
    assert isinstance(journey.state, AwaitingDisposition), "the same person twice"
    journey.send(ev.SecondPersonAgreed(SESSION, OperatorId("sam")))
    for wanting in (disposition(Decision.APPROVE, "  "), disposition(Decision.APPROVE, "known", by=OperatorId("mallory"))):
        journey.send(wanting)
        assert isinstance(journey.state, AwaitingDisposition)
    journey.send(disposition(Decision.APPROVE, "known for years", "SAM typed otherwise"))
    assert isinstance(journey.state, Keeping)
    kept = journey.last(do.KeepCase)
    assert isinstance(kept, do.KeepCase)
    assert isinstance(kept.record.recommendation, Refer)
    assert kept.record.disposition is not None
    assert kept.record.disposition.second == "sam"


def test_declining_needs_a_reason_but_no_second_person() -> None:
    journey = referred()
    journey.send(disposition(Decision.DECLINE))
    assert isinstance(journey.state, AwaitingDisposition)
    journey.send(disposition(Decision.DECLINE, "not the person"))
    assert isinstance(journey.state, Keeping)


def test_a_person_cannot_dispose_before_there_is_a_recommendation() -> None:
    journey = Journey(Channel.DESK, ATTENDED).comparing()
    journey.send(disposition(Decision.APPROVE, "hurry", "sam"))
    assert isinstance(journey.state, Comparing)


def test_reasons_name_what_was_seen() -> None:
    journey = referred()
    assert isinstance(journey.state, AwaitingDisposition)
    recommendation = journey.state.case.recommendation
    assert recommendation is not None
    assert ReasonCode.FACE_UNSURE in {reason.code for reason in recommendation.reasons}


# What an attacker would try


def test_a_case_leaves_an_audit_line_before_anybody_can_make_it_vanish() -> None:
    journey = referred()
    steps = [effect.step for effect in journey.asked if isinstance(effect, do.NoteStep)]
    assert steps == ["ConsentGiven:identity-check", "Recommended:Refer"]


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


def test_a_still_rectangle_on_the_wall_does_not_keep_a_session_open() -> None:
    journey = Journey().consent()
    policy = UNATTENDED.policy.journey
    for _ in range(int(policy.idle_warning_after_s + policy.idle_countdown_s)):
        journey.send(ev.PageSeen(journey.ticket, build.page(ready=False), None), after_s=1.0)
    journey.send(ev.Ticked())
    assert isinstance(journey.state, Finished)
    assert journey.state.ending == TimedOut()


def test_a_document_step_without_a_touch_ends_whatever_the_camera_sees() -> None:
    journey = Journey().consent()
    moving = replace(build.page(ready=False), stillness_px=50.0)
    for _ in range(int(UNATTENDED.policy.journey.document_within_s) + 1):
        journey.send(ev.PageSeen(journey.ticket, moving, None), after_s=1.0)
    journey.send(ev.Ticked())
    assert isinstance(journey.state, Finished)


def test_the_same_side_read_many_times_is_no_failed_try() -> None:
    journey = Journey().consent()
    for attempt in range(3 * UNATTENDED.policy.document.reads_before_help):
        journey.send(ev.PageSeen(journey.ticket, build.page(), build.frame(attempt)))
        journey.send(ev.DocumentAnswered(journey.ticket, build.read(portrait=False), build.frame(attempt)))
    assert isinstance(journey.state, ShowingDocument)
    assert journey.state.attempts == 0


def test_a_card_never_turned_over_goes_on_without_a_portrait_after_a_while() -> None:
    journey = Journey().show_document()
    journey.send(ev.DocumentAnswered(journey.ticket, build.read(portrait=False), build.frame()))
    journey.send(ev.Ticked(), after_s=UNATTENDED.policy.journey.other_side_within_s)
    assert isinstance(journey.state, PreparingFace)


def test_an_outstanding_sealing_is_waited_for_and_never_called_a_failure() -> None:
    journey = Journey().compared()
    journey.send(ev.Ticked(), after_s=UNATTENDED.policy.journey.work_within_s + 1)
    assert isinstance(journey.state, Keeping)
    journey.send(ev.CaseKept(journey.ticket))
    assert isinstance(journey.state, Finished)
    assert journey.state.ending == Decided(Decision.APPROVE)


def test_a_sealing_that_never_answers_puts_the_station_out_of_service() -> None:
    journey = Journey().compared()
    journey.send(ev.Ticked(), after_s=UNATTENDED.policy.journey.stuck_after_s)
    assert journey.state == OutOfService("KeepingStuck")


def test_a_picture_chosen_for_the_last_case_does_not_land_in_this_one() -> None:
    journey = Journey(Channel.DESK, ATTENDED).consent()
    journey.send(ev.PictureSupplied(SessionId("f" * 32), build.frame()))
    assert not any(isinstance(effect, do.ReadDocument) for effect in journey.asked)
    journey.send(ev.PictureSupplied(SESSION, build.frame()))
    assert any(isinstance(effect, do.ReadDocument) for effect in journey.asked)


def test_a_passport_page_without_its_portrait_is_asked_for_whole_and_not_turned_over() -> None:
    journey = Journey().show_document()
    passport = build.read(portrait=False)
    passport = replace(passport, fields=replace(passport.fields, layout=MrzLayout.TD3))
    journey.send(ev.DocumentAnswered(journey.ticket, passport, build.frame()))
    assert isinstance(journey.state, ShowingDocument)
    assert (journey.state.hint, journey.state.so_far, journey.state.attempts) == (PageHint.FARTHER, passport, 1)


def test_refusing_biometrics_at_the_desk_leads_to_a_check_by_eye_and_captures_nothing() -> None:
    journey = Journey(channel=Channel.DESK).send(ev.ConsentDenied("2026-11-26"))
    assert isinstance(journey.state, AwaitingDisposition)
    case = journey.state.case
    assert isinstance(case.recommendation, Refer)
    assert [reason.code for reason in case.recommendation.reasons] == [ReasonCode.NO_BIOMETRICS]
    assert case.consent == Consent("2026-11-26", "en", case.opened.wall + timedelta(seconds=0.1), ())
    assert not any(isinstance(e, do.WatchFor) and e.watch is not do.Watch.NOTHING for e in journey.asked)


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


def swiped_lines() -> ev.MrzSwiped:
    lines = ("I<UTOD231458907<<<<<<<<<<<<<<<", "7408122F3204159UTO<<<<<<<<<<<6", "ERIKSSON<<ANNA<MARIA<<<<<<<<<<")
    return ev.MrzSwiped(SESSION, Masked(lines))


def test_swiped_lines_are_a_first_side_whose_portrait_is_still_wanted() -> None:
    journey = Journey(channel=Channel.DESK).show_document()
    journey.send(swiped_lines())
    assert isinstance(journey.state, ShowingDocument)
    assert journey.state.so_far is not None
    assert journey.state.so_far.fields.surname.reveal() == "ERIKSSON"
    assert (journey.state.hint, journey.state.attempts, journey.state.case.document) == (PageHint.OTHER_WAY, 0, None)


def test_swiped_lines_that_are_no_mrz_cost_no_try_and_undo_nothing() -> None:
    journey = Journey(channel=Channel.DESK).show_document()
    journey.send(swiped_lines())
    read = journey.state.so_far if isinstance(journey.state, ShowingDocument) else None
    journey.send(replace(swiped_lines(), lines=Masked(("A" * 44, "B" * 43))))
    assert isinstance(journey.state, ShowingDocument)
    assert (journey.state.so_far, journey.state.attempts) == (read, 0)
    assert journey.state.last_failure == Unreadable(UnreadableBecause.MRZ_DAMAGED)


def test_lines_swiped_for_another_case_or_in_the_booth_are_dropped() -> None:
    desk = Journey(channel=Channel.DESK).show_document()
    desk.send(replace(swiped_lines(), session=SessionId("f" * 32)))
    booth = Journey().show_document()
    booth.send(swiped_lines())
    for journey in (desk, booth):
        assert isinstance(journey.state, ShowingDocument)
        assert journey.state.so_far is None


@pytest.mark.parametrize("picked", [None, OverrideReason.DOCUMENT_SUSPECT], ids=["nothing picked", "picked what speaks against"])
def test_an_override_needs_a_reason_of_the_list_that_fits(picked: OverrideReason | None) -> None:
    journey = referred()
    journey.send(ev.SecondPersonAgreed(journey.state.case.session, OperatorId("sam")))  # type: ignore[union-attr]
    journey.send(disposition(Decision.APPROVE, "known for years", "sam", picked=picked))
    assert isinstance(journey.state, AwaitingDisposition)
    journey.send(disposition(Decision.APPROVE, "known for years", "sam", picked=OverrideReason.FACES_BY_EYE))
    kept = journey.last(do.KeepCase)
    assert isinstance(kept, do.KeepCase)
    assert kept.record.disposition is not None
    assert kept.record.disposition.picked is OverrideReason.FACES_BY_EYE


def test_going_with_the_recommendation_keeps_no_picked_reason() -> None:
    journey = referred()
    journey.send(disposition(Decision.REFER, "looked closely"))
    kept = journey.last(do.KeepCase)
    assert isinstance(kept, do.KeepCase)
    assert kept.record.disposition is not None
    assert (kept.record.disposition.picked, kept.record.disposition.decision) == (None, Decision.REFER)
