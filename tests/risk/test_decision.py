"""What may and may not be approved."""

import itertools
from dataclasses import replace
from datetime import date

import pytest

from kiosk.document.reading import Finding, FindingCode, MrzLayout, Read, Unknown, Unreadable, UnreadableBecause, Weight
from kiosk.face.verdict import NoComparison, NotCompared
from kiosk.liveness.challenge import NotLiveBecause
from kiosk.policy import BRANCH, DEMO, RiskPolicy
from kiosk.risk.assess import Assessment, RiskReason
from kiosk.risk.decision import Approve, Decline, Evidence, ReasonCode, Refer, StepUp, decide
from kiosk.risk.policy_file import Act, StepUpKind
from kiosk.risk.returning import Holder, HolderCompared, NoEnrolledFace, NoEnrolledFaceBecause, is_holder
from kiosk.values import Channel, StationClass
from tests.journey import build
from tests.wire.specimens import APPROVED

CALM = Assessment(None, (), 0.002, ())
"""A risk policy that asks for nothing."""
DOCUMENTS = {
    "read": build.read(),
    "doubted": build.read(finding=Finding(FindingCode.LOW_CONFIDENCE, Weight.DOUBTS, "names")),
    "contradicted": build.read(finding=Finding(FindingCode.NUMBER_PRINTED, Weight.CONTRADICTS, "number")),
    "unreadable": Unreadable(UnreadableBecause.GLARE),
    "unknown": Unknown(None),
    "missing": None,
}
LIVENESS = {
    "live": build.live(),
    "missed": build.not_live(),
    "changed": build.not_live(NotLiveBecause.FACE_CHANGED),
    "undecided": build.undecided(),
    "missing": None,
}
MATCHES = {
    "same": build.same(),
    "unsure": build.unsure(),
    "different": build.different(),
    "not-compared": NotCompared(NoComparison.PORTRAIT_TOO_SMALL),
    "missing": None,
}


@pytest.mark.parametrize("combination", list(itertools.product(DOCUMENTS, LIVENESS, MATCHES)), ids="/".join)
@pytest.mark.parametrize("channel", list(Channel))
def test_only_a_clean_document_a_live_person_and_the_same_face_are_approved(combination: tuple[str, str, str], channel: Channel) -> None:
    document, liveness, match = combination
    evidence = Evidence(DOCUMENTS[document], LIVENESS[liveness], MATCHES[match])
    approved = isinstance(decide(evidence, channel, StationClass.DEMO, DEMO.risk, CALM), Approve)
    assert approved == (combination == ("read", "live", "same"))


def test_the_booth_of_a_branch_never_approves_unattended() -> None:
    evidence = Evidence(build.read(), build.live(), build.same())
    answer = decide(evidence, Channel.BOOTH, StationClass.PRODUCTION, BRANCH.risk, CALM)
    assert isinstance(answer, Refer)
    assert answer.reasons[0].code is ReasonCode.BOOTH_NEEDS_PERSON


def test_the_desk_of_a_branch_may_be_recommended_to_approve() -> None:
    evidence = Evidence(build.read(), build.live(), build.same())
    assert isinstance(decide(evidence, Channel.DESK, StationClass.PRODUCTION, BRANCH.risk, CALM), Approve)


def test_another_face_during_the_run_is_declined() -> None:
    evidence = Evidence(build.read(), LIVENESS["changed"], build.same())
    assert isinstance(decide(evidence, Channel.DESK, StationClass.PRODUCTION, BRANCH.risk, CALM), Decline)


def test_failed_work_is_never_approved() -> None:
    evidence = Evidence(build.read(), build.live(), build.same(), failed_work=("ModelRefused",))
    assert isinstance(decide(evidence, Channel.DESK, StationClass.PRODUCTION, BRANCH.risk, CALM), Refer)


def test_an_expired_document_is_referred_or_declined_as_policy_says() -> None:
    expired = build.read(finding=Finding(FindingCode.EXPIRED, Weight.DOUBTS, "expiry_date"))
    evidence = Evidence(expired, build.live(), build.same())
    assert isinstance(decide(evidence, Channel.DESK, StationClass.PRODUCTION, RiskPolicy(), CALM), Refer)
    assert isinstance(decide(evidence, Channel.DESK, StationClass.PRODUCTION, RiskPolicy(expired_is_declined=True), CALM), Decline)


def test_the_gravest_reason_comes_first() -> None:
    evidence = Evidence(DOCUMENTS["doubted"], build.live(), build.different())
    answer = decide(evidence, Channel.DESK, StationClass.PRODUCTION, BRANCH.risk, CALM)
    assert [reason.weight for reason in answer.reasons] == [Weight.CONTRADICTS, Weight.DOUBTS, Weight.AGREES]


def without(code: FindingCode) -> Read:
    read = build.read()
    return replace(read, findings=tuple(finding for finding in read.findings if finding.code is not code))


@pytest.mark.parametrize("code", [FindingCode.NUMBER_PRINTED, FindingCode.EXPIRED])
def test_what_nobody_could_see_on_the_document_is_not_clean(code: FindingCode) -> None:
    answer = decide(Evidence(without(code), build.live(), build.same()), Channel.DESK, StationClass.PRODUCTION, BRANCH.risk, CALM)
    assert isinstance(answer, Refer)
    assert answer.reasons[0].code is ReasonCode.DOCUMENT_UNCONFIRMED


def test_a_specimen_of_utopia_is_never_approved_in_production() -> None:
    specimen = replace(build.read(), fields=replace(build.fields(), issuing_state="UTO"))
    evidence = Evidence(specimen, build.live(), build.same())
    assert isinstance(decide(evidence, Channel.DESK, StationClass.PRODUCTION, BRANCH.risk, CALM), Refer)
    assert isinstance(decide(evidence, Channel.DESK, StationClass.DEMO, BRANCH.risk, CALM), Approve)


def test_a_visa_is_no_identity_document() -> None:
    visa = replace(build.read(), fields=replace(build.fields(), layout=MrzLayout.MRV_A))
    assert isinstance(decide(Evidence(visa, build.live(), build.same()), Channel.DESK, StationClass.DEMO, BRANCH.risk, CALM), Refer)


SAME, OTHER, UNSURE = build.same(), build.different(), build.unsure()


@pytest.mark.parametrize(
    ("returning", "code"),
    [
        (None, ReasonCode.ENROLLED_FACE_MISSING),
        *((NoEnrolledFace(because), ReasonCode.ENROLLED_FACE_MISSING) for because in NoEnrolledFaceBecause),
        (HolderCompared(False, SAME), ReasonCode.HOLDER_DIFFERS),
        (HolderCompared(True, OTHER), ReasonCode.ENROLLED_FACE_DIFFERS),
        (HolderCompared(True, UNSURE), ReasonCode.ENROLLED_FACE_UNSURE),
        (HolderCompared(True, NotCompared(NoComparison.NO_LIVE_VIEW)), ReasonCode.ENROLLED_FACE_MISSING),
    ],
)
def test_a_transaction_needs_document_account_and_enrolled_face_to_be_the_live_persons(returning, code) -> None:
    evidence = Evidence(build.read(), build.live(), build.same(), pays_from_account=True, returning=returning)
    answer = decide(evidence, Channel.DESK, StationClass.DEMO, BRANCH.risk, CALM)
    assert isinstance(answer, Refer)
    assert code in {reason.code for reason in answer.reasons}


def test_a_returning_customer_whose_everything_agrees_is_approved() -> None:
    evidence = Evidence(build.read(), build.live(), build.same(), pays_from_account=True, returning=HolderCompared(True, SAME))
    assert isinstance(decide(evidence, Channel.DESK, StationClass.DEMO, BRANCH.risk, CALM), Approve)


HOLDER = Holder("ERIKSSON", "ANNA MARIA", date(1974, 8, 12))


@pytest.mark.parametrize(
    ("holder", "agrees"),
    [
        (HOLDER, True),
        (replace(HOLDER, given_names="ANNA MARIA THERESIA"), True),
        (replace(HOLDER, given_names="ANNA"), False),
        (replace(HOLDER, surname="ERIKSSO"), False),
        (replace(HOLDER, surname="ERIKSSONDOTTIR"), False),
        (replace(HOLDER, surname="SVENSSON"), False),
        (replace(HOLDER, birth_date=date(1974, 8, 13)), False),
        (replace(HOLDER, birth_date=None), False),
        (replace(HOLDER, surname=""), False),
    ],
)
def test_a_document_names_the_holder_by_birth_and_by_names_that_were_cut_at_most(holder: Holder, agrees: bool) -> None:
    assert APPROVED.document.fields is not None
    assert is_holder(APPROVED.document.fields, holder) is agrees
    assert not is_holder(None, holder)


# The risk policy above the floors

CLEAN = Evidence(build.read(), build.live(), build.same())
AMOUNT = RiskReason("context.amount", 1.5)


def wanting(act: Act | None, *step_ups: StepUpKind) -> Assessment:
    return Assessment(act, step_ups, 0.2, (AMOUNT,))


def at_the_desk(evidence: Evidence, assessment: Assessment | None, done: tuple[StepUpKind, ...] = ()) -> object:
    return decide(evidence, Channel.DESK, StationClass.DEMO, DEMO.risk, assessment, done)


def test_without_an_assessment_nothing_is_approved() -> None:
    answer = at_the_desk(CLEAN, None)
    assert isinstance(answer, Refer)
    assert answer.reasons[0].code is ReasonCode.RISK_NOT_ASSESSED


@pytest.mark.parametrize(("act", "kind"), [(Act.REFER, Refer), (Act.DECLINE, Decline)])
def test_a_policy_can_send_a_clean_case_to_a_person_or_decline_it(act: Act, kind: type) -> None:
    answer = at_the_desk(CLEAN, wanting(act))
    assert type(answer) is kind
    assert (answer.reasons[0].code, answer.reasons[0].about) == (ReasonCode.RISK_SIGNAL, "context.amount")


def test_a_step_up_stands_where_an_approval_would_until_it_is_done() -> None:
    asked = wanting(Act.STEP_UP, StepUpKind.CHALLENGE, StepUpKind.SUPERVISOR)
    first, second = at_the_desk(CLEAN, asked), at_the_desk(CLEAN, asked, (StepUpKind.CHALLENGE,))
    assert isinstance(first, StepUp) and isinstance(second, StepUp)
    assert (first.what, second.what) == (StepUpKind.CHALLENGE, StepUpKind.SUPERVISOR)
    assert isinstance(at_the_desk(CLEAN, asked, (StepUpKind.CHALLENGE, StepUpKind.SUPERVISOR)), Approve)


@pytest.mark.parametrize("act", [None, *Act])
@pytest.mark.parametrize("done", [(), tuple(StepUpKind)])
@pytest.mark.parametrize("combination", list(itertools.product(DOCUMENTS, LIVENESS, MATCHES)), ids="/".join)
def test_no_policy_makes_an_answer_milder_than_the_evidence_allows(
    combination: tuple[str, str, str], done: tuple[StepUpKind, ...], act: Act | None
) -> None:
    document, liveness, match = combination
    evidence = Evidence(DOCUMENTS[document], LIVENESS[liveness], MATCHES[match])
    floor = at_the_desk(evidence, CALM)
    answer = at_the_desk(evidence, wanting(act, *((StepUpKind.PERSON,) if act is Act.STEP_UP else ())), done)
    gravity = (Approve, StepUp, Refer, Decline)
    assert gravity.index(type(answer)) >= gravity.index(type(floor))


def test_a_policy_does_not_change_what_a_customer_without_biometrics_gets() -> None:
    answer = at_the_desk(Evidence(None, None, None, biometrics_refused=True), wanting(Act.DECLINE))
    assert isinstance(answer, Refer)
    assert [reason.code for reason in answer.reasons] == [ReasonCode.NO_BIOMETRICS]


def test_reasons_of_the_policy_stand_after_graver_ones_of_the_evidence() -> None:
    answer = at_the_desk(Evidence(build.read(), build.live(), build.different()), wanting(Act.REFER))
    assert isinstance(answer, Refer)
    codes = [reason.code for reason in answer.reasons]
    assert codes.index(ReasonCode.DIFFERENT_FACE) < codes.index(ReasonCode.RISK_SIGNAL) < codes.index(ReasonCode.LIVE)
