"""A teller goes on with a case the booth referred: its evidence, a new id, and a person's decision."""

from dataclasses import replace

import numpy as np

from kiosk.document.reading import Read, Weight
from kiosk.journey import effects as do
from kiosk.journey import events as ev
from kiosk.journey.closing import Context, record_of
from kiosk.journey.reduce import reduce
from kiosk.journey.states import AwaitingDisposition, Idle, Keeping, PreparingFace, ShowingDocument
from kiosk.policy import BRANCH
from kiosk.record import Decision, Disposition, DocumentEvidence, Wish
from kiosk.risk.assess import Asked
from kiosk.risk.decision import Approve, Reason, ReasonCode, Refer
from kiosk.risk.facts import assessed
from kiosk.risk.policy_file import Case, StepUpKind
from kiosk.values import Channel, Masked, Moment, OperatorId, SessionId
from kiosk.wire.sense import check_record
from tests.intake.test_mailbox import REFERRED
from tests.journey.build import ATTENDED, CALM, SESSION
from tests.journey.walk import Journey
from tests.wire.specimens import NOON

DESK = Context(BRANCH, replace(REFERRED.station, station="desk-1"), CALM)
AT = Moment(10**9, NOON)
PAGE, PORTRAIT, LIVE = (np.full(shape, 90, np.uint8) for shape in ((80, 120, 3), (40, 30, 3), (9, 9, 3)))
TAKEN = ev.CaseTakenOver(SessionId("d" * 32), OperatorId("mina"), REFERRED, PAGE, PORTRAIT, LIVE)


HELP = (Reason(ReasonCode.HELP_CALLED, Weight.NOTED),)


def test_it_awaits_a_persons_decision_with_the_booths_evidence_weighed_as_at_a_desk() -> None:
    state, asked = reduce(Idle(), TAKEN, AT, DESK)
    assert isinstance(state, AwaitingDisposition)
    case = state.case
    assert (case.session, case.continues, case.channel, case.operator) == (TAKEN.session, REFERRED.session, Channel.DESK, "mina")
    assert isinstance(case.document, Read) and (case.liveness, case.match) == (REFERRED.liveness, REFERRED.match)
    assert case.consent == REFERRED.consent
    assert do.NoteStep(TAKEN.session, f"TakenOver:{REFERRED.session}") in asked


def test_what_is_kept_names_the_booths_case_and_holds_its_live_view() -> None:
    state, _ = reduce(Idle(), TAKEN, AT, DESK)
    assert isinstance(state, AwaitingDisposition) and state.case.recommendation is not None
    decision = Decision.APPROVE if isinstance(state.case.recommendation, Approve) else Decision.REFER
    made = ev.DispositionMade(Disposition(OperatorId("mina"), decision, Masked(""), None, NOON))
    state, asked = reduce(state, made, AT, DESK)
    assert isinstance(state, Keeping)
    (kept,) = [effect for effect in asked if isinstance(effect, do.KeepCase)]
    assert (kept.record.session, kept.record.continues, kept.record.sources) == (TAKEN.session, REFERRED.session, REFERRED.sources)
    assert kept.live is TAKEN.live
    check_record(kept.record)


def asked_for_help(**changes: object) -> ev.CaseTakenOver:
    record = replace(REFERRED, recommendation=Refer(HELP), liveness=None, match=None, **changes)
    return replace(TAKEN, referred=record)


def test_a_customer_who_asked_for_help_before_the_face_is_asked_for_the_face_at_the_desk() -> None:
    taken = asked_for_help()
    state, asked = reduce(Idle(), taken, AT, DESK)
    assert isinstance(state, PreparingFace)
    assert isinstance(state.case.document, Read)
    assert state.case.document.fields == REFERRED.document.fields
    assert (state.case.continues, state.case.live) == (REFERRED.session, None)
    assert do.NoteStep(taken.session, f"TakenOver:{REFERRED.session}") in asked


def test_a_customer_who_asked_for_help_with_the_document_is_asked_for_it_at_the_desk() -> None:
    nothing = DocumentEvidence("unreadable:glare", None, Masked(()), 0.0, ())
    state, _ = reduce(Idle(), asked_for_help(document=nothing), AT, DESK)
    assert isinstance(state, ShowingDocument) and state.so_far is None


def test_help_after_all_evidence_is_left_to_the_teller_at_once() -> None:
    state, _ = reduce(Idle(), replace(TAKEN, referred=replace(REFERRED, recommendation=Refer(HELP))), AT, DESK)
    assert isinstance(state, AwaitingDisposition)


def test_a_case_whose_pictures_do_not_open_is_never_approved_by_the_machine() -> None:
    state, _ = reduce(Idle(), replace_pictures(), AT, DESK)
    assert isinstance(state, AwaitingDisposition)
    assert not isinstance(state.case.recommendation, Approve)


def replace_pictures() -> ev.CaseTakenOver:
    return ev.CaseTakenOver(TAKEN.session, TAKEN.operator, REFERRED, None, None, None)


def test_what_only_people_at_a_desk_can_do_is_not_taken_from_a_booths_word() -> None:
    """A supervisor's consent, in a record a booth sealed, would be consent nobody gave."""
    risk = assessed(CALM, Asked(Case.OPENING), (), (), (StepUpKind.CHALLENGE, StepUpKind.SUPERVISOR, StepUpKind.FACTOR))
    state, _ = reduce(Idle(), replace(TAKEN, referred=replace(REFERRED, risk=risk)), AT, DESK)
    assert isinstance(state, AwaitingDisposition)
    assert set(state.case.stepped_up) == {StepUpKind.CHALLENGE, StepUpKind.PERSON}


def test_how_the_customer_wished_the_booth_goes_with_the_case_and_no_further_than_it_is_needed() -> None:
    wished = (Wish.LARGE_TEXT, Wish.SPOKEN)
    journey = Journey(context=ATTENDED).consent()
    journey.send(ev.WishesTold(SessionId("f" * 32), (Wish.CALM,)))
    journey.send(ev.WishesTold(SESSION, wished)).send(ev.HelpTouched())
    record = journey.last(do.KeepCase).record
    assert record.wishes == wished
    state, _ = reduce(Idle(), replace(TAKEN, referred=record), AT, DESK)
    assert isinstance(state, ShowingDocument)
    assert state.case.wishes == wished
    approved = Journey().send(ev.WishesTold(SESSION, wished)).compared().last(do.KeepCase).record
    assert isinstance(approved.recommendation, Approve)
    assert approved.wishes == ()


def test_once_a_teller_has_decided_the_record_tells_no_wishes() -> None:
    taken = replace(REFERRED, wishes=(Wish.SPOKEN,))
    state, _ = reduce(Idle(), replace(TAKEN, referred=taken), AT, DESK)
    assert isinstance(state, AwaitingDisposition)
    assert record_of(state.case, AT, DESK).wishes == (Wish.SPOKEN,)
    decided = replace(state.case, disposition=Disposition(OperatorId("mina"), Decision.REFER, Masked("to the head office"), None, NOON))
    assert record_of(decided, AT, DESK).wishes == ()
