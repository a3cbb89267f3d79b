"""From a case's evidence to its record: the last steps of every session."""

from dataclasses import dataclass, replace
from typing import assert_never

from kiosk.document.reading import DocumentOutcome, Finding, FindingCode, Portrait, Read, Unknown, Unreadable, Weight
from kiosk.face.enrolled import FaceTemplate, template_of
from kiosk.face.observed import FaceView
from kiosk.face.verdict import DifferentFace, MatchVerdict, NotCompared, SameFace, Unsure
from kiosk.frame import Pixels
from kiosk.journey.events import CaseTakenOver
from kiosk.journey.measured import asked_of, signals_of
from kiosk.journey.states import Case
from kiosk.liveness.challenge import Live
from kiosk.policy import Policy
from kiosk.record import (
    AccountOpening,
    Consent,
    Decision,
    Disposition,
    DocumentEvidence,
    HighValueTransaction,
    SessionRecord,
    StationFacts,
    reasons_for,
    recommended,
)
from kiosk.risk.decision import Approve, Decline, Evidence, Reason, ReasonCode, Recommendation, Refer, StepUp, decide
from kiosk.risk.facts import assessed
from kiosk.risk.policy_file import DecisionPolicy, StepUpKind
from kiosk.risk.signals import worst_of_each
from kiosk.values import Channel, ConsentPurpose, Masked, Moment


@dataclass(frozen=True, slots=True)
class Context:
    """What stays the same from session to session: the policies in force and who records. risk: None, and nothing is approved; models: name
    and digest of each model at work."""

    policy: Policy
    station: StationFacts
    risk: DecisionPolicy | None = None
    models: tuple[str, ...] = ()


def recommended_case(case: Case, moment: Moment, context: Context) -> Case:
    """Return the case with what its evidence and the risk policy recommend. At the desk a person is there already, and looks."""
    stepped_up = case.stepped_up
    if case.channel is Channel.DESK and StepUpKind.PERSON not in stepped_up:
        stepped_up = (*stepped_up, StepUpKind.PERSON)
    risk = None
    if context.risk is not None:
        risk = assessed(context.risk, asked_of(case.purpose), signals_of(case, moment), context.models, stepped_up)
    case = replace(case, risk=risk, stepped_up=stepped_up)
    return replace(case, recommendation=_recommend(case, context))


def _recommend(case: Case, context: Context) -> Recommendation:
    refused = case.consent is not None and not case.consent.covers(ConsentPurpose.IDENTITY_CHECK)
    pays = isinstance(case.purpose, HighValueTransaction)
    evidence = Evidence(
        case.document,
        case.liveness,
        case.match,
        case.failed_work,
        refused,
        pays,
        case.returning,
        case.help_asked,
        case.second_document,
    )
    assessment = None if case.risk is None else case.risk.assessment
    return decide(evidence, case.channel, context.station.station_class, context.policy.risk, assessment, case.stepped_up)


def graver(one: Recommendation | None, other: Recommendation | None) -> bool:
    """Return whether one recommendation is less trusting than another."""
    order = (Approve, StepUp, Refer, Decline)
    return one is not None and other is not None and order.index(type(one)) > order.index(type(other))


def may_challenge_again(case: Case) -> bool:
    """Return whether one more liveness run can be asked for: somebody is in front of this station's own camera, and no script is fixed."""
    return case.continues is None and isinstance(case.liveness, Live) and not case.liveness.evidence.script.fixed_by_qa


def may_ask_second_document(case: Case) -> bool:
    """Return whether another document can be asked for here: once, of somebody who is in front of the camera."""
    scripted = case.liveness is not None and case.liveness.evidence.script.fixed_by_qa
    return case.second_since_ns is None and not case.help_asked and not scripted


def with_second_document(case: Case, shown: Read) -> Case:
    """Return the case with another document, whatever it says, as the step that was asked for. Until its portrait is compared it is in
    doubt; only where a person at the desk went on with a booth's case is there no live view to compare it with: they look."""
    case = replace(case, second_document=shown, stepped_up=(*case.stepped_up, StepUpKind.DOCUMENT))
    return with_second_face(case, Weight.DOUBTS) if case.views or shown.portrait is None else case


def with_second_face(case: Case, weight: Weight) -> Case:
    """Return the case with how the second document's portrait and the live face agree."""
    shown = case.second_document
    if not isinstance(shown, Read):
        return case
    others = tuple(finding for finding in shown.findings if finding.code is not FindingCode.LIVE_FACE)
    return replace(case, second_document=replace(shown, findings=(*others, Finding(FindingCode.LIVE_FACE, weight, "portrait"))))


def face_weight(verdict: MatchVerdict) -> Weight:
    match verdict:
        case SameFace():
            return Weight.AGREES
        case DifferentFace():
            return Weight.CONTRADICTS
        case Unsure() | NotCompared():
            return Weight.DOUBTS
        case _:
            assert_never(verdict)


def acceptable(disposition: Disposition, case: Case) -> bool:
    """Whether a person's disposition may stand beside the recommendation.

    It is made by the operator who runs the case. Going against the recommendation needs a reason picked from the list that fits, and one in
    words; approving against it also needs a second, different person who has signed in and agreed to this very case.
    """
    if case.recommendation is None or disposition.by != case.operator:
        return False
    if disposition.decision is recommended(case.recommendation):
        return True
    if not disposition.reason.reveal().strip() or disposition.picked not in reasons_for(disposition.decision):
        return False
    if disposition.decision is Decision.APPROVE:
        return case.second_agreed is not None and case.second_agreed != disposition.by
    return True


def completed(disposition: Disposition, case: Case, moment: Moment) -> Disposition:
    """Return the disposition as it is sealed: with this moment, and with the second person who really signed in, if one was needed."""
    overrides = case.recommendation is not None and disposition.decision is not recommended(case.recommendation)
    asked_for = overrides or StepUpKind.SUPERVISOR in case.stepped_up
    second = case.second_agreed if asked_for and disposition.decision is Decision.APPROVE else None
    return replace(disposition, at=moment.wall, second=second, picked=disposition.picked if overrides else None)


def record_of(case: Case, moment: Moment, context: Context) -> SessionRecord:
    """Return the facts of a finished case. Raises ValueError for a case without consent or recommendation: that would be a bug."""
    if case.consent is None or case.recommendation is None:
        raise ValueError("a case without consent or recommendation cannot be recorded")
    return SessionRecord(
        session=case.session,
        station=context.station,
        channel=case.channel,
        purpose=case.purpose,
        language=case.language,
        opened_at=case.opened.wall,
        closed_at=moment.wall,
        consent=case.consent,
        document=_document_evidence(case.document),
        liveness=case.liveness,
        match=case.match,
        recommendation=case.recommendation,
        disposition=case.disposition,
        sources=case.sources,
        failed_work=case.failed_work,
        returning=case.returning,
        continues=case.continues,
        risk=case.risk,
        second_document=None if case.second_document is None else _document_evidence(case.second_document),
        needs=case.needs,
        wishes=() if isinstance(case.recommendation, Approve) or case.disposition is not None else case.wishes,
    )


def handed_to_a_person(case: Case, why: ReasonCode, moment: Moment, context: Context) -> SessionRecord:
    """Return the record by which a booth sends its customer to the desk before there is anything to decide: what they came for, in which
    language, what they said to the consent, and why. Nothing that was captured is in it: no page, no text of it, no face.
    """
    consent = case.consent if case.consent is not None else Consent("", case.language, moment.wall, purposes=())
    nothing_seen = Case(
        session=case.session,
        channel=case.channel,
        purpose=case.purpose,
        language=case.language,
        operator=None,
        opened=case.opened,
        step=case.step,
        last_activity_ns=case.last_activity_ns,
        consent=consent,
        recommendation=Refer((Reason(why, Weight.NOTED),)),
        needs=case.needs,
        wishes=case.wishes,
    )
    return record_of(nothing_seen, moment, context)


def asked_for_help(referred: SessionRecord) -> bool:
    """Return whether the customer of this record asked for a person; then the desk goes on where the case stands."""
    return any(reason.code is ReasonCode.HELP_CALLED for reason in referred.recommendation.reasons)


def _document_evidence(outcome: DocumentOutcome | None) -> DocumentEvidence:
    nothing: Masked[tuple[str, ...]] = Masked(())
    match outcome:
        case None:
            return DocumentEvidence("not-shown", None, nothing, 0.0, ())
        case Unknown():
            return DocumentEvidence("unknown", None, nothing, 0.0, ())
        case Unreadable(because=because):
            return DocumentEvidence(f"unreadable:{because}", None, nothing, 0.0, ())
        case Read():
            return DocumentEvidence("read", outcome.fields, outcome.raw_lines, outcome.confidence, outcome.findings)
        case _:
            assert_never(outcome)


def continued(taken: CaseTakenOver, moment: Moment) -> Case:
    """Return a booth's referred case as the desk goes on with it: its evidence, its consent, and nothing decided."""
    referred = taken.referred
    evidence, page, portrait = referred.document, taken.page, taken.portrait
    document: DocumentOutcome | None = None
    if evidence.fields is not None and page is not None:
        width = evidence_width(referred.match)
        shown = None if portrait is None else Portrait(portrait, width)
        document = Read(evidence.fields, evidence.raw_lines, evidence.confidence, evidence.findings, shown, page)
    another = referred.second_document
    second = (
        Read(another.fields, another.raw_lines, another.confidence, another.findings, None, None)
        if another is not None and another.fields is not None
        else None
    )
    # All a booth can do by itself is look again and read another document; what people at a desk do is not taken from its word.
    done_there = {StepUpKind.CHALLENGE} if second is None else {StepUpKind.CHALLENGE, StepUpKind.DOCUMENT}
    return Case(
        session=taken.session,
        channel=Channel.DESK,
        purpose=referred.purpose,
        language=referred.language,
        operator=taken.operator,
        opened=moment,
        step=0,
        last_activity_ns=moment.monotonic_ns,
        consent=referred.consent,
        document=document,
        liveness=referred.liveness,
        match=referred.match,
        sources=referred.sources,
        failed_work=referred.failed_work,
        returning=referred.returning,
        continues=referred.session,
        live=taken.live,
        sensed=worst_of_each((*taken.sensed, *(() if referred.risk is None else referred.risk.signals))),
        stepped_up=() if referred.risk is None else tuple(kind for kind in referred.risk.stepped_up if kind in done_there),
        second_document=second,
        needs=referred.needs,
        wishes=referred.wishes,
    )


def evidence_width(match: MatchVerdict | None) -> float:
    """Return the portrait's cheek to cheek in pixels as it was measured, 0 where it was not compared."""
    return match.evidence.portrait_width_px if isinstance(match, SameFace | Unsure | DifferentFace) else 0.0


def enrolled_template(case: Case) -> FaceTemplate | None:
    """Return the face print to enrol: at an account opening, with consent to exactly that, of a face that was proved live and the
    document's, and only if the case is approved in the end."""
    agreed = case.consent is not None and case.consent.covers(ConsentPurpose.RECOGNISE_LATER)
    if not agreed or not isinstance(case.purpose, AccountOpening) or not isinstance(case.liveness, Live):
        return None
    disposed = None if case.disposition is None else case.disposition.decision
    approved = isinstance(case.recommendation, Approve) if disposed is None else disposed is Decision.APPROVE
    if not approved or not isinstance(case.match, SameFace):
        return None
    return template_of([view.face_print for view in case.views], case.match.evidence.print_name)


def best_view(views: tuple[FaceView, ...]) -> Pixels | None:
    """Return the chip of the sharpest nearly frontal view, or None."""
    if not views:
        return None
    return min(views, key=lambda view: (abs(view.pose.yaw_deg) > 10.0, -view.sharpness)).chip
