"""Signals and steps up in the journey: what is measured, what is asked for more, and what the record keeps of it."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from kiosk.document.reading import DocumentOutcome, FindingCode, MrzLayout, Read, Unreadable, UnreadableBecause, Weight
from kiosk.face.verdict import MatchVerdict, NoComparison, NotCompared, SameFace
from kiosk.journey import effects as do
from kiosk.journey import events as ev
from kiosk.journey.again import again
from kiosk.journey.closing import Context
from kiosk.journey.reduce import reduce
from kiosk.journey.states import AwaitingDisposition, Comparing, Idle, Keeping, PreparingFace, ShowingDocument
from kiosk.record import AccountOpening, ContactDetails, Decision, Disposition, SessionRecord, final_decision
from kiosk.risk.decision import Approve, ReasonCode, Refer, StepUp
from kiosk.risk.policy_file import Act, Condition, DecisionPolicy, Rule, StepUpKind, Wanted
from kiosk.risk.signals import Signal, signal
from kiosk.values import Channel, Masked, Moment, OperatorId, SessionId
from kiosk.wire.plain import decode_record, encode_record
from kiosk.wire.sense import check_record
from tests.journey import build
from tests.journey.build import CALM, FACTS, SESSION, TELLER
from tests.journey.walk import Journey

SUPERVISOR = OperatorId("sven")


def asking(*kinds: StepUpKind) -> Context:
    """A policy that asks for these steps up as soon as a station says its screen is shared."""
    rules = tuple(Rule(f"asks-{kind}", (Condition("endpoint.remote-desktop", 1.0),), Wanted(Act.STEP_UP, kind)) for kind in kinds)
    return with_rules(rules)


def with_rules(rules: tuple[Rule, ...], **changed: object) -> Context:
    policy: DecisionPolicy = replace(CALM, rules=rules, **changed)
    return Context(build.DEMO, FACTS, policy, ("face-finder:0123",))


def shared_screen() -> tuple[Signal, ...]:
    return (signal("endpoint.remote-desktop", 1, build.START),)


def kept(journey: Journey) -> SessionRecord:
    effect = journey.last(do.KeepCase)
    assert isinstance(effect, do.KeepCase)
    check_record(effect.record)
    assert decode_record(encode_record(effect.record), 2) == effect.record
    return effect.record


def at_the_desk(context: Context) -> Journey:
    journey = Journey(Channel.DESK, context)
    journey.send(ev.Sensed(shared_screen()))
    return journey.compared()


def awaited(journey: Journey) -> AwaitingDisposition:
    assert isinstance(journey.state, AwaitingDisposition)
    return journey.state


def approve(journey: Journey, second: OperatorId | None = None) -> Journey:
    return journey.send(ev.DispositionMade(Disposition(TELLER, Decision.APPROVE, Masked("seen"), second, build.START)))


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


def watched() -> ev.Sensed:
    return ev.Sensed((signal("context.watchlist", 1.0, build.START),), SESSION)


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


SAME = build.same()
ASKS_DOCUMENT = asking(StepUpKind.DOCUMENT)


def second(**changed: object) -> Read:
    """Another document of the same person."""
    shown = build.read()
    return replace(shown, fields=replace(shown.fields, **({"number": Masked("ZZ7654321")} | changed)))


def asked_for_another(channel: Channel = Channel.DESK) -> Journey:
    journey = Journey(channel, ASKS_DOCUMENT)
    journey.send(ev.Sensed(shared_screen()))
    journey.compared()
    assert isinstance(journey.state, ShowingDocument) and journey.state.case.second_since_ns is not None
    return journey


def shows(journey: Journey, outcome: DocumentOutcome, verdict: MatchVerdict | None = SAME, *, answers: bool = True) -> Journey:
    """verdict: of the portrait and the live face where they are compared; None leaves the comparison under way. answers: store and
    watch-list do, having nothing to say."""
    journey.send(ev.PageSeen(journey.ticket, build.page(), build.frame()))
    journey.send(ev.DocumentAnswered(journey.ticket, outcome, build.frame()))
    if isinstance(journey.state, Comparing) and verdict is not None:
        journey.send(ev.FacesCompared(journey.ticket, verdict))
        if journey.state.case.channel is Channel.BOOTH and answers:
            journey.send(ev.Sensed((), SESSION, both=True))
    return journey


def codes(journey: Journey) -> list[ReasonCode]:
    recommendation = awaited(journey).case.recommendation
    assert recommendation is not None
    return [reason.code for reason in recommendation.reasons]


def test_another_document_of_the_same_person_is_read_and_is_the_step_up() -> None:
    journey = shows(asked_for_another(), second())
    case = awaited(journey).case
    assert isinstance(case.recommendation, Approve)
    assert ReasonCode.SECOND_DOCUMENT_AGREES in codes(journey)
    assert case.document is not None and case.document.fields.number == build.read().fields.number, "the first stays the case's document"
    record = kept(approve(journey))
    assert record.second_document is not None and record.second_document.fields == second().fields
    assert again(record, ASKS_DOCUMENT.risk).same


@pytest.mark.parametrize(
    ("shown", "code"),
    [
        (second(birth_date=Masked(date(1970, 1, 1))), ReasonCode.SECOND_DOCUMENT_DIFFERS),
        (second(surname=Masked("SOMEBODY")), ReasonCode.SECOND_DOCUMENT_DIFFERS),
        (second(given_names=Masked("ELSE")), ReasonCode.SECOND_DOCUMENT_DIFFERS),
        (build.read(), ReasonCode.SECOND_DOCUMENT_SAME),
        (second(number=Masked("")), ReasonCode.SECOND_DOCUMENT_SAME),
        (replace(second(), findings=()), ReasonCode.SECOND_DOCUMENT_DOUBTED),
    ],
)
def test_a_second_document_that_is_another_s_the_same_or_doubtful_goes_to_a_person(shown: Read, code: ReasonCode) -> None:
    journey = shows(asked_for_another(), shown)
    assert isinstance(awaited(journey).case.recommendation, Refer)
    assert code in codes(journey)
    approve(journey)
    assert isinstance(journey.state, AwaitingDisposition), "approving against it needs a reason and a second person"


def test_who_has_no_second_document_is_where_they_were_and_is_not_asked_again() -> None:
    journey = asked_for_another()
    journey.send(ev.Ticked(), after_s=journey.context.policy.journey.second_document_within_s - 1.0)
    assert isinstance(journey.state, ShowingDocument)
    journey.send(ev.Ticked(), after_s=2.0)
    recommendation = awaited(journey).case.recommendation
    assert isinstance(recommendation, StepUp) and recommendation.what is StepUpKind.DOCUMENT


@pytest.mark.parametrize("channel", list(Channel))
def test_a_second_document_that_cannot_be_read_is_none(channel: Channel) -> None:
    journey = asked_for_another(channel)
    for _ in range(journey.context.policy.document.reads_before_help):
        shows(journey, Unreadable(UnreadableBecause.NO_PICTURE))
    if channel is Channel.DESK:
        assert isinstance(awaited(journey).case.recommendation, StepUp)
    else:
        assert isinstance(kept(journey).recommendation, StepUp)
        assert final_decision(kept(journey)) is Decision.REFER


def test_who_asks_for_help_over_a_second_document_keeps_what_the_first_one_gave() -> None:
    record = kept(asked_for_another(Channel.BOOTH).send(ev.HelpTouched()))
    assert record.document.fields == build.read().fields
    assert isinstance(record.recommendation, Refer)


@pytest.mark.parametrize(
    ("verdict", "wanted"),
    [(build.same(), Approve), (build.unsure(), Refer), (build.different(), Refer), (NotCompared(NoComparison.PORTRAIT_TOO_SMALL), Refer)],
)
def test_the_portrait_of_a_second_document_is_compared_with_the_live_face(verdict: MatchVerdict, wanted: type) -> None:
    journey = shows(asked_for_another(), second(), verdict)
    asked = journey.last(do.CompareFaces)
    assert isinstance(asked, do.CompareFaces) and asked.fields == second().fields
    case = awaited(journey).case
    assert isinstance(case.recommendation, wanted)
    assert isinstance(case.match, SameFace), "the case's own comparison stands"


def test_a_second_document_without_a_portrait_is_in_doubt() -> None:
    shown = replace(second(), portrait=None, fields=replace(second().fields, layout=MrzLayout.TD3))
    journey = asked_for_another()
    for _ in range(journey.context.policy.document.reads_before_help):
        shows(journey, shown)
    assert ReasonCode.SECOND_DOCUMENT_DOUBTED in codes(journey)


def test_help_while_a_second_document_is_compared_leaves_it_in_doubt() -> None:
    record = kept(shows(asked_for_another(Channel.BOOTH), second(), None).send(ev.HelpTouched()))
    assert record.second_document is not None
    assert {finding.weight for finding in record.second_document.findings if finding.code is FindingCode.LIVE_FACE} == {Weight.DOUBTS}


def test_the_store_and_the_watch_list_are_asked_of_the_second_document_too() -> None:
    rules = (*ASKS_DOCUMENT.risk.rules, Rule("listed", (Condition("context.watchlist", 0.5),), Wanted(Act.REFER)))
    journey = Journey(Channel.DESK, with_rules(rules))
    journey.send(ev.Sensed(shared_screen()))
    shows(journey.compared(), second())
    asked = journey.last(do.LookBack)
    assert isinstance(asked, do.LookBack) and (asked.fields, asked.second) == (build.read().fields, second().fields)
    assert isinstance(awaited(journey).case.recommendation, Approve)
    journey.send(watched())
    assert isinstance(awaited(journey).case.recommendation, Refer)


LISTED_REFERS = with_rules((*ASKS_DOCUMENT.risk.rules, Rule("listed", (Condition("context.watchlist", 0.5),), Wanted(Act.REFER))))


def second_in_the_booth(*, answers: bool) -> Journey:
    journey = Journey(Channel.BOOTH, LISTED_REFERS)
    journey.send(ev.Sensed(shared_screen()))
    return shows(journey.compared(), second(), answers=answers)


def test_a_booth_approves_over_a_second_document_only_once_the_watch_list_has_answered() -> None:
    assert isinstance(kept(second_in_the_booth(answers=True)).recommendation, Approve)
    waits = second_in_the_booth(answers=False)
    assert isinstance(waits.state, Comparing)
    for other in (ev.Sensed(()), ev.Sensed((), SESSION), ev.Sensed((), SessionId("f" * 32), both=True)):
        waits.send(other)
        assert isinstance(waits.state, Comparing), "that was no answer about this case's second document"
    waits.send(replace(watched(), both=True))
    assert isinstance(kept(waits).recommendation, Refer)


def test_an_answer_before_the_faces_are_compared_is_not_waited_for_again() -> None:
    journey = Journey(Channel.BOOTH, LISTED_REFERS)
    journey.send(ev.Sensed(shared_screen()))
    shows(journey.compared(), second(), None)
    journey.send(ev.Sensed((), SESSION, both=True))
    journey.send(ev.FacesCompared(journey.ticket, SAME))
    assert isinstance(kept(journey).recommendation, Approve)


def test_a_watch_list_that_never_answers_about_a_second_document_brings_a_person() -> None:
    waits = second_in_the_booth(answers=False)
    waits.send(ev.Ticked(), after_s=waits.context.policy.journey.work_within_s + 1.0)
    assert isinstance(kept(waits).recommendation, Refer)


def test_a_customer_without_another_document_comes_to_a_person_at_once() -> None:
    journey = asked_for_another()
    journey.send(ev.NoOtherDocument(SessionId("f" * 32)))
    assert isinstance(journey.state, ShowingDocument)
    journey.send(ev.NoOtherDocument(SESSION))
    assert isinstance(awaited(journey).case.recommendation, StepUp)
    approve(journey)
    assert isinstance(journey.state, AwaitingDisposition)


def test_the_first_document_is_not_left_out_by_saying_there_is_no_other() -> None:
    journey = Journey(Channel.DESK).show_document()
    journey.send(ev.NoOtherDocument(SESSION))
    assert isinstance(journey.state, ShowingDocument)


def test_the_desk_goes_on_with_what_the_booth_read_of_a_second_document() -> None:
    booth = shows(asked_for_another(Channel.BOOTH), second(surname=Masked("SOMEBODY")))
    referred = kept(booth)
    taken = ev.CaseTakenOver(SessionId("e" * 32), TELLER, referred, build.read().page, None, None)
    state, _ = reduce(Idle(), taken, build.at(900.0), ASKS_DOCUMENT)
    assert isinstance(state, AwaitingDisposition) and isinstance(state.case.recommendation, Refer)
    assert ReasonCode.SECOND_DOCUMENT_DIFFERS in {reason.code for reason in state.case.recommendation.reasons}
