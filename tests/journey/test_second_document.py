"""A second document as a step up: read, compared with the live face, looked up, and waited for."""

from dataclasses import replace
from datetime import date

import pytest

from kiosk.document.reading import DocumentOutcome, FindingCode, MrzLayout, Read, Unreadable, UnreadableBecause, Weight
from kiosk.face.verdict import MatchVerdict, NoComparison, NotCompared, SameFace
from kiosk.journey import effects as do
from kiosk.journey import events as ev
from kiosk.journey.again import again
from kiosk.journey.reduce import reduce
from kiosk.journey.states import AwaitingDisposition, Comparing, Idle, ShowingDocument
from kiosk.record import Decision, final_decision
from kiosk.risk.decision import Approve, ReasonCode, Refer, StepUp
from kiosk.risk.policy_file import Act, Condition, Rule, StepUpKind, Wanted
from kiosk.values import Channel, Masked, SessionId
from tests.journey import build
from tests.journey.build import SESSION, TELLER
from tests.journey.risk_walk import approve, asking, awaited, kept, shared_screen, watched, with_rules
from tests.journey.walk import Journey

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
