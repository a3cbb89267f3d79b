"""From the booth to a person at the desk, and on from there."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from kiosk.journey import effects as do
from kiosk.journey import events as ev
from kiosk.journey.reduce import reduce
from kiosk.journey.states import AskingConsent, AwaitingDisposition, ConsentRefused, Finished, HelpCalled, Idle, Keeping
from kiosk.liveness.challenge import ChallengeKind, Need
from kiosk.record import Consent
from kiosk.risk.decision import ReasonCode, Refer
from kiosk.values import Channel, ConsentPurpose, SessionId
from kiosk.wire.sense import check_record
from tests.journey import build
from tests.journey.build import ATTENDED, SESSION, TELLER, at
from tests.journey.walk import Journey
from ui.phrases import load_phrases
from ui.present_evidence import liveness_panel


def test_help_is_there_at_the_first_screen() -> None:
    assert Journey().send(ev.HelpTouched()).state == Finished(SESSION, Channel.BOOTH, "en", HelpCalled(), at(0.2).monotonic_ns, step=1)


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
    assert isinstance(journey.state, Finished)
    assert journey.state.ending == HelpCalled(handed_over=True)
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


def test_refusing_biometrics_at_the_desk_leads_to_a_check_by_eye_and_captures_nothing() -> None:
    journey = Journey(channel=Channel.DESK).send(ev.ConsentDenied("2026-11-26"))
    assert isinstance(journey.state, AwaitingDisposition)
    case = journey.state.case
    assert isinstance(case.recommendation, Refer)
    assert [reason.code for reason in case.recommendation.reasons] == [ReasonCode.NO_BIOMETRICS]
    assert case.consent == Consent("2026-11-26", "en", case.opened.wall + timedelta(seconds=0.1), ())
    assert not any(isinstance(e, do.WatchFor) and e.watch is not do.Watch.NOTHING for e in journey.asked)


def test_what_a_customer_asked_to_be_spared_goes_with_them_and_is_not_asked_for_at_the_desk() -> None:
    journey = Journey()
    journey.send(ev.ConsentGiven("1", needs=(Need.NO_BLINK,)))
    journey.send(ev.PageSeen(journey.ticket, build.page(), build.frame()))
    journey.send(ev.DocumentAnswered(journey.ticket, build.read(), build.frame()))
    journey.send(ev.HelpTouched())
    kept = journey.last(do.KeepCase)
    assert isinstance(kept, do.KeepCase)
    assert kept.record.needs == (Need.NO_BLINK,)
    pixels = build.picture()
    desk = Journey(channel=Channel.DESK, context=ATTENDED)
    desk.state = Idle()
    desk.asked.clear()
    desk.send(ev.CaseTakenOver(SessionId("d" * 32), TELLER, kept.record, pixels, pixels, pixels))
    drawn = desk.last(do.DrawScript)
    assert isinstance(drawn, do.DrawScript)
    assert ChallengeKind.BLINK not in drawn.plan.kinds
    assert Need.NO_BLINK in drawn.plan.needs
    panel = liveness_panel(desk.state, ATTENDED.policy)  # type: ignore[arg-type]
    assert load_phrases("en").say(panel.verdict).endswith("spared blinking, as asked")
