"""Signals and steps up in the journey: what is measured, what is asked for more, and what the record keeps of it."""

from dataclasses import replace

import numpy as np
import pytest

from kiosk.document.reading import Unreadable, UnreadableBecause
from kiosk.journey import effects as do
from kiosk.journey import events as ev
from kiosk.journey.closing import Context
from kiosk.journey.reduce import reduce
from kiosk.journey.states import AwaitingDisposition, Idle, Keeping, PreparingFace
from kiosk.record import AccountOpening, ContactDetails, Decision, final_decision
from kiosk.risk.decision import Approve, ReasonCode, Refer, StepUp
from kiosk.risk.policy_file import Act, Condition, Rule, StepUpKind, Wanted
from kiosk.risk.signals import signal
from kiosk.values import Channel, Masked, Moment, SessionId
from tests.journey import build
from tests.journey.build import CALM, FACTS, SESSION, TELLER
from tests.journey.risk_walk import SUPERVISOR, approve, asking, at_the_desk, awaited, kept, shared_screen, watched, with_rules
from tests.journey.walk import Journey


def test_the_record_keeps_the_policy_the_models_the_signals_and_the_score() -> None:
    risk = kept(Journey().compared()).risk
    assert risk is not None
    assert (risk.policy, risk.version, risk.digest) == (CALM.name, CALM.version, CALM.digest)
    names = [one.name for one in risk.signals]
    assert "identity.document-confidence" in names and "behaviour.document-time" in names
    assert names == sorted(names)


def test_without_a_risk_policy_the_booth_refers() -> None:
    record = kept(Journey(context=Context(build.DEMO, FACTS)).compared())
    assert isinstance(record.recommendation, Refer)
    assert record.recommendation.reasons[0].code is ReasonCode.RISK_NOT_ASSESSED
    assert record.risk is None


def test_a_station_that_does_not_say_how_it_is_refers() -> None:
    record = kept(Journey(context=with_rules((), required=("endpoint.debugger",))).compared())
    assert isinstance(record.recommendation, Refer)
    assert record.recommendation.reasons[0].code is ReasonCode.RISK_UNMEASURED


def test_the_booth_runs_one_more_liveness_check_newly_drawn_and_only_one() -> None:
    journey = Journey(context=asking(StepUpKind.CHALLENGE))
    journey.send(ev.Sensed(shared_screen()))
    journey.compared()
    assert isinstance(journey.state, PreparingFace)
    drawn = [effect for effect in journey.asked if isinstance(effect, do.DrawScript)]
    assert len(drawn) == 2
    assert drawn[0].ticket != drawn[1].ticket
    journey.send(ev.ScriptDrawn(journey.ticket, build.SCRIPT))
    again = replace(journey.state.case, liveness=build.live(), views=(build.face().view,), step=journey.state.case.step + 1)
    journey.state = build.comparing(again)
    journey.send(ev.FacesCompared(journey.ticket, build.same()))
    assert isinstance(journey.state, Keeping)
    record = kept(journey)
    assert isinstance(record.recommendation, Approve)
    assert record.risk is not None
    assert record.risk.stepped_up == (StepUpKind.CHALLENGE,)


def test_a_second_liveness_check_that_fails_is_what_counts() -> None:
    journey = Journey(context=asking(StepUpKind.CHALLENGE))
    journey.send(ev.Sensed(shared_screen()))
    journey.compared()
    journey.send(ev.ScriptDrawn(journey.ticket, build.SCRIPT))
    journey.state = build.comparing(replace(journey.state.case, liveness=build.not_live(), step=journey.state.case.step + 1))
    journey.send(ev.FacesCompared(journey.ticket, build.same()))
    assert isinstance(kept(journey).recommendation, Refer)


def test_help_in_the_second_liveness_check_does_not_count_it_as_passed() -> None:
    context = asking(StepUpKind.CHALLENGE)
    journey = Journey(context=context)
    journey.send(ev.Sensed(shared_screen()))
    journey.compared()
    journey.send(ev.ScriptDrawn(journey.ticket, build.SCRIPT)).send(ev.HelpTouched())
    record = kept(journey)
    assert (record.liveness, record.match) == (None, None)
    picture = np.full((80, 120, 3), 90, np.uint8)
    taken = ev.CaseTakenOver(SessionId("d" * 32), TELLER, record, picture, picture, picture)
    state, _ = reduce(Idle(), taken, Moment(10**9, build.START), context)
    assert isinstance(state, PreparingFace)


def test_help_while_the_second_face_is_compared_leaves_it_uncompared() -> None:
    journey = Journey(context=asking(StepUpKind.CHALLENGE))
    journey.send(ev.Sensed(shared_screen()))
    journey.compared()
    journey.send(ev.ScriptDrawn(journey.ticket, build.SCRIPT))
    journey.state = build.comparing(replace(journey.state.case, liveness=build.live(), step=journey.state.case.step + 1))
    journey.send(ev.HelpTouched())
    assert kept(journey).match is None


def test_what_the_booth_cannot_do_leaves_its_case_to_a_person() -> None:
    journey = Journey(context=asking(StepUpKind.SUPERVISOR))
    journey.send(ev.Sensed(shared_screen()))
    record = kept(journey.compared())
    assert isinstance(record.recommendation, StepUp)
    assert final_decision(record) is Decision.REFER


def test_at_the_desk_a_supervisor_s_agreement_lets_the_teller_approve_and_is_sealed() -> None:
    journey = at_the_desk(asking(StepUpKind.SUPERVISOR))
    assert isinstance(awaited(journey).case.recommendation, StepUp)
    approve(journey)
    assert isinstance(journey.state, AwaitingDisposition)
    journey.send(ev.SecondPersonAgreed(SESSION, SUPERVISOR))
    assert isinstance(awaited(journey).case.recommendation, Approve)
    record = kept(approve(journey))
    assert record.disposition is not None
    assert record.disposition.second == SUPERVISOR


def test_an_agreement_that_was_taken_back_before_it_came_counts_for_nothing_and_a_new_one_counts() -> None:
    journey = at_the_desk(asking(StepUpKind.SUPERVISOR))
    journey.send(ev.SecondPersonWithdrawn(SessionId("f" * 32), 9))
    journey.send(ev.SecondPersonWithdrawn(SESSION, 2))
    journey.send(ev.Sensed((), SESSION))
    for late in (1, 2):
        journey.send(ev.SecondPersonAgreed(SESSION, SUPERVISOR, late))
        assert isinstance(awaited(journey).case.recommendation, StepUp)
        assert awaited(journey).case.second_agreed is None
    journey.send(ev.SecondPersonAgreed(SESSION, SUPERVISOR, 3))
    assert isinstance(awaited(journey).case.recommendation, Approve)


def test_an_agreement_that_came_just_before_it_was_taken_back_counts_for_nothing_either() -> None:
    journey = at_the_desk(asking(StepUpKind.SUPERVISOR))
    journey.send(ev.SecondPersonAgreed(SESSION, SUPERVISOR, 1))
    assert isinstance(awaited(journey).case.recommendation, Approve)
    journey.send(ev.SecondPersonWithdrawn(SESSION, 1))
    recommendation = awaited(journey).case.recommendation
    assert isinstance(recommendation, StepUp) and recommendation.what is StepUpKind.SUPERVISOR
    approve(journey)
    assert isinstance(journey.state, AwaitingDisposition)
    journey.send(ev.SecondPersonAgreed(SESSION, SUPERVISOR, 2))
    assert isinstance(awaited(journey).case.recommendation, Approve)


def test_the_operator_s_second_factor_is_asked_for_and_only_their_own_counts() -> None:
    journey = at_the_desk(asking(StepUpKind.FACTOR))
    journey.send(ev.OperatorProved(SESSION, SUPERVISOR))
    assert isinstance(awaited(journey).case.recommendation, StepUp)
    journey.send(ev.OperatorProved(SESSION, TELLER))
    assert isinstance(awaited(journey).case.recommendation, Approve)
    assert [step.step for step in journey.asked if isinstance(step, do.NoteStep)][-1] == "SteppedUp:factor:Recommended:Approve"


def test_a_person_at_the_desk_is_there_already() -> None:
    assert isinstance(awaited(at_the_desk(asking(StepUpKind.PERSON))).case.recommendation, Approve)


@pytest.mark.parametrize("kind", [StepUpKind.DOCUMENT, StepUpKind.SUPERVISOR, StepUpKind.FACTOR])
def test_a_step_up_nobody_took_is_not_approved_by_one_person(kind: StepUpKind) -> None:
    journey = at_the_desk(asking(kind))
    journey.send(ev.Ticked(), after_s=100.0)  # another document is waited for no longer than this
    approve(journey)
    assert isinstance(journey.state, AwaitingDisposition)


def test_readings_of_another_case_do_not_count() -> None:
    journey = Journey(context=asking(StepUpKind.SUPERVISOR))
    journey.send(ev.Sensed(shared_screen(), build.SessionId("f" * 32)))
    assert isinstance(kept(journey.compared()).recommendation, Approve)


def test_the_store_is_asked_about_the_document_once_it_is_read() -> None:
    journey = Journey().document_read()
    asked = [effect for effect in journey.asked if isinstance(effect, do.LookBack)]
    assert [effect.fields for effect in asked] == [None, build.read().fields]


def test_tries_pauses_corrections_and_touches_are_counted_and_nothing_else() -> None:
    journey = Journey().show_document()
    journey.send(ev.DocumentAnswered(journey.ticket, Unreadable(UnreadableBecause.GLARE), build.frame()))
    journey.send(ev.LanguageChanged("fr"), after_s=12.0)
    for gap in (0.0, 1.0, 1.0, 1.0, 1.0, 1.0):
        journey.send(ev.Handled(100.0, 80.0, gap))
    journey.send(ev.PageSeen(journey.ticket, build.page(), build.frame()))
    journey.send(ev.DocumentAnswered(journey.ticket, build.read(), build.frame()))
    journey.send(ev.ScriptDrawn(journey.ticket, build.SCRIPT))
    journey.state = build.comparing(replace(journey.state.case, liveness=build.live(), step=journey.state.case.step + 1))
    journey.send(ev.FacesCompared(journey.ticket, build.same()))
    risk = kept(journey).risk
    assert risk is not None
    read = {one.name: one.value for one in risk.signals if one.name.startswith("behaviour.")}
    assert read["behaviour.document-retries"] == 1.0
    assert (read["behaviour.hesitations"], read["behaviour.corrections"]) == (1.0, 1.0)
    assert (read["behaviour.pointer-straight"], read["behaviour.touch-rhythm"]) == (pytest.approx(0.8), 0.0)


def test_the_watch_list_is_asked_of_what_the_customer_came_for_and_again_when_that_was_edited() -> None:
    journey = Journey(Channel.DESK).compared()
    asked = [one for one in journey.asked if isinstance(one, do.LookBack)]
    assert [one.purpose for one in asked] == [build.opening(), build.opening()]
    typed = ContactDetails(Masked("+49 170 995550100"), Masked(""), Masked(""))
    journey.send(ev.ContactEdited(typed))
    assert journey.last(do.LookBack) == do.LookBack(SESSION, build.read().fields, TELLER, AccountOpening(typed))


def test_a_hit_that_comes_after_the_recommendation_makes_it_graver_and_never_milder() -> None:
    rules = (Rule("listed", (Condition("context.watchlist", 0.5),), Wanted(Act.REFER)),)
    journey = Journey(Channel.DESK, with_rules(rules)).compared()
    assert isinstance(awaited(journey).case.recommendation, Approve)
    journey.send(watched())
    assert isinstance(awaited(journey).case.recommendation, Refer)
    approve(journey)
    assert isinstance(journey.state, AwaitingDisposition), "approving now needs a reason and a second person"
    journey.send(ev.Sensed((signal("context.watchlist", 0.0, build.START),), SESSION))
    assert isinstance(awaited(journey).case.recommendation, Refer)
