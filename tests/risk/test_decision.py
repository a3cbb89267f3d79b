"""What may and may not be approved."""

import itertools
from dataclasses import replace
from datetime import date

import pytest

from kiosk.document.reading import Finding, FindingCode, MrzLayout, Read, Unknown, Unreadable, UnreadableBecause, Weight
from kiosk.face.verdict import NoComparison, NotCompared
from kiosk.liveness.challenge import NotLiveBecause
from kiosk.policy import BRANCH, DEMO, RiskPolicy
from kiosk.risk.decision import Approve, Decline, Evidence, ReasonCode, Refer, decide
from kiosk.risk.returning import Holder, HolderCompared, NoEnrolledFace, NoEnrolledFaceBecause, is_holder
from kiosk.values import Channel, StationClass
from tests.journey import build
from tests.wire.specimens import APPROVED

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
    approved = isinstance(decide(evidence, channel, StationClass.DEMO, DEMO.risk), Approve)
    assert approved == (combination == ("read", "live", "same"))


def test_the_booth_of_a_branch_never_approves_unattended() -> None:
    evidence = Evidence(build.read(), build.live(), build.same())
    answer = decide(evidence, Channel.BOOTH, StationClass.PRODUCTION, BRANCH.risk)
    assert isinstance(answer, Refer)
    assert answer.reasons[0].code is ReasonCode.BOOTH_NEEDS_PERSON


def test_the_desk_of_a_branch_may_be_recommended_to_approve() -> None:
    evidence = Evidence(build.read(), build.live(), build.same())
    assert isinstance(decide(evidence, Channel.DESK, StationClass.PRODUCTION, BRANCH.risk), Approve)


def test_another_face_during_the_run_is_declined() -> None:
    evidence = Evidence(build.read(), LIVENESS["changed"], build.same())
    assert isinstance(decide(evidence, Channel.DESK, StationClass.PRODUCTION, BRANCH.risk), Decline)


def test_failed_work_is_never_approved() -> None:
    evidence = Evidence(build.read(), build.live(), build.same(), failed_work=("ModelRefused",))
    assert isinstance(decide(evidence, Channel.DESK, StationClass.PRODUCTION, BRANCH.risk), Refer)


def test_an_expired_document_is_referred_or_declined_as_policy_says() -> None:
    expired = build.read(finding=Finding(FindingCode.EXPIRED, Weight.DOUBTS, "expiry_date"))
    evidence = Evidence(expired, build.live(), build.same())
    assert isinstance(decide(evidence, Channel.DESK, StationClass.PRODUCTION, RiskPolicy()), Refer)
    assert isinstance(decide(evidence, Channel.DESK, StationClass.PRODUCTION, RiskPolicy(expired_is_declined=True)), Decline)


def test_the_gravest_reason_comes_first() -> None:
    evidence = Evidence(DOCUMENTS["doubted"], build.live(), build.different())
    answer = decide(evidence, Channel.DESK, StationClass.PRODUCTION, BRANCH.risk)
    assert [reason.weight for reason in answer.reasons] == [Weight.CONTRADICTS, Weight.DOUBTS, Weight.AGREES]


def without(code: FindingCode) -> Read:
    read = build.read()
    return replace(read, findings=tuple(finding for finding in read.findings if finding.code is not code))


@pytest.mark.parametrize("code", [FindingCode.NUMBER_PRINTED, FindingCode.EXPIRED])
def test_what_nobody_could_see_on_the_document_is_not_clean(code: FindingCode) -> None:
    answer = decide(Evidence(without(code), build.live(), build.same()), Channel.DESK, StationClass.PRODUCTION, BRANCH.risk)
    assert isinstance(answer, Refer)
    assert answer.reasons[0].code is ReasonCode.DOCUMENT_UNCONFIRMED


def test_a_specimen_of_utopia_is_never_approved_in_production() -> None:
    specimen = replace(build.read(), fields=replace(build.fields(), issuing_state="UTO"))
    evidence = Evidence(specimen, build.live(), build.same())
    assert isinstance(decide(evidence, Channel.DESK, StationClass.PRODUCTION, BRANCH.risk), Refer)
    assert isinstance(decide(evidence, Channel.DESK, StationClass.DEMO, BRANCH.risk), Approve)


def test_a_visa_is_no_identity_document() -> None:
    visa = replace(build.read(), fields=replace(build.fields(), layout=MrzLayout.MRV_A))
    assert isinstance(decide(Evidence(visa, build.live(), build.same()), Channel.DESK, StationClass.DEMO, BRANCH.risk), Refer)


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
    answer = decide(evidence, Channel.DESK, StationClass.DEMO, BRANCH.risk)
    assert isinstance(answer, Refer)
    assert code in {reason.code for reason in answer.reasons}


def test_a_returning_customer_whose_everything_agrees_is_approved() -> None:
    evidence = Evidence(build.read(), build.live(), build.same(), pays_from_account=True, returning=HolderCompared(True, SAME))
    assert isinstance(decide(evidence, Channel.DESK, StationClass.DEMO, BRANCH.risk), Approve)


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
