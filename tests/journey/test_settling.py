"""From a recommendation to a sealed case."""

import pytest

from kiosk.journey import effects as do
from kiosk.journey import events as ev
from kiosk.journey.states import AwaitingDisposition, Comparing, CouldNotKeep, Decided, Finished, Keeping, OutOfService
from kiosk.record import Decision, Disposition, OverrideReason
from kiosk.risk.decision import ReasonCode, Refer
from kiosk.values import Channel, Masked, OperatorId, SessionId
from tests.journey import build
from tests.journey.build import ATTENDED, SESSION, TELLER, UNATTENDED, at
from tests.journey.walk import Journey


def test_nobody_sees_a_result_before_it_is_sealed() -> None:
    journey = Journey().compared()
    for _ in range(5):
        journey.send(ev.Ticked())
    assert isinstance(journey.state, Keeping)


def test_a_recommendation_cannot_be_cancelled_away() -> None:
    journey = Journey(Channel.DESK, ATTENDED).compared()
    journey.send(ev.CancelTouched())
    assert isinstance(journey.state, AwaitingDisposition)


def test_a_record_that_cannot_be_sealed_is_tried_again_and_then_nothing_is_approved() -> None:
    journey = Journey().compared()
    journey.send(ev.WorkFailed(journey.ticket, "DiskFull"))
    journey.send(ev.Ticked(), after_s=3.1)
    assert sum(isinstance(effect, do.KeepCase) for effect in journey.asked) == 2
    journey.send(ev.WorkFailed(journey.ticket, "DiskFull"))
    journey.send(ev.Ticked(), after_s=UNATTENDED.policy.journey.work_within_s)
    assert isinstance(journey.state, Finished)
    assert journey.state.ending == CouldNotKeep("DiskFull")


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


def test_a_case_leaves_an_audit_line_before_anybody_can_make_it_vanish() -> None:
    journey = referred()
    steps = [effect.step for effect in journey.asked if isinstance(effect, do.NoteStep)]
    assert steps == ["ConsentGiven:identity-check", "Recommended:Refer"]


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
