"""From evidence to a recommendation with reasons. `decide` is the only maker of `Approve` in the program.

Rules, in order:

1. A recommendation is made from one session's evidence only; the journey's tickets see to that.
2. `Approve` needs all three: a document `Read` with nothing doubted or contradicted, `Live`, and `SameFace`. The document's print must
   confirm its MRZ (name or number) and its expiry must be known: what nobody could see is not clean.
3. In the booth nobody looks on, so `Approve` further needs a policy that allows unattended approval.
4. Signs of an attack that no honest customer produces (another face mid-run, a frozen picture) give `Decline`.
5. Visas are no identity documents, and specimens of Utopia none in production: a person looks.
6. A high-value transaction further needs the debit account's holder on the document and the face enrolled for that account to be the live
   one; anything else about it, an unreachable bank or nobody enrolled, and a person looks.
7. A customer who wants no biometrics is referred, for that reason alone: a person checks by eye. One who asked for help is referred too,
   however far they came: the person who was asked decides.
8. Everything else, absent, late, broken, unsure or contradictory, gives `Refer`: a person looks.
9. These are floors. The risk policy (`kiosk/risk/policy_file.py`) can only add care above them: what it wants is taken where it is graver,
   and nothing it says turns a `Refer` or `Decline` into anything milder. Without an assessment there is no approval.
10. A second document that was asked for must be another one, of the same person, and as clean as the first; else a person looks.
11. A step up that the policy asks for and that was not done yet stands where `Approve` would; done, it is not asked for again.
"""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never

from kiosk.document.reading import DocumentOutcome, Finding, FindingCode, MrzLayout, Read, Unknown, Unreadable, Weight
from kiosk.face.verdict import DifferentFace, MatchVerdict, NotCompared, SameFace, Unsure
from kiosk.liveness.challenge import Live, LivenessVerdict, NotLive, NotLiveBecause, Undecided
from kiosk.policy import RiskPolicy
from kiosk.risk.assess import Assessment, RiskReason
from kiosk.risk.policy_file import Act, StepUpKind
from kiosk.risk.returning import HolderCompared, NoEnrolledFace, Returning
from kiosk.risk.second_document import is_the_same_document, is_the_same_person
from kiosk.values import Channel, StationClass


class ReasonCode(StrEnum):
    """Why. Each has its words in every language (`reason.<code>` in resources/phrases)."""

    DOCUMENT_READ = "document-read"
    DOCUMENT_DOUBTED = "document-doubted"
    DOCUMENT_CONTRADICTS = "document-contradicts"
    DOCUMENT_EXPIRED = "document-expired"
    DOCUMENT_UNCONFIRMED = "document-unconfirmed"
    DOCUMENT_NOT_IDENTITY = "document-not-identity"
    SPECIMEN_DOCUMENT = "specimen-document"
    SECOND_DOCUMENT_AGREES = "second-document-agrees"
    """Another document, which the risk policy asked for, is clean and the same person's."""
    SECOND_DOCUMENT_DIFFERS = "second-document-differs"
    SECOND_DOCUMENT_DOUBTED = "second-document-doubted"
    SECOND_DOCUMENT_SAME = "second-document-same"
    """The first one was shown again."""
    DOCUMENT_UNREADABLE = "document-unreadable"
    DOCUMENT_UNKNOWN = "document-unknown"
    DOCUMENT_MISSING = "document-missing"
    LIVE = "live"
    NOT_LIVE = "not-live"
    ATTACK_SUSPECTED = "attack-suspected"
    LIVENESS_UNDECIDED = "liveness-undecided"
    LIVENESS_MISSING = "liveness-missing"
    SAME_FACE = "same-face"
    FACE_UNSURE = "face-unsure"
    DIFFERENT_FACE = "different-face"
    FACE_NOT_COMPARED = "face-not-compared"
    MATCH_MISSING = "match-missing"
    WORK_FAILED = "work-failed"
    BOOTH_NEEDS_PERSON = "booth-needs-person"
    ACCOUNT_HOLDER = "account-holder"
    HOLDER_DIFFERS = "holder-differs"
    ENROLLED_FACE_UNSURE = "enrolled-face-unsure"
    ENROLLED_FACE_DIFFERS = "enrolled-face-differs"
    ENROLLED_FACE_MISSING = "enrolled-face-missing"
    NO_BIOMETRICS = "no-biometrics"
    """The customer agreed to none: a person checks by eye."""
    HELP_CALLED = "help-called"
    """The customer at the booth asked for a person; the case stands where they asked."""
    RISK_SIGNAL = "risk-signal"
    """The risk policy weighs a signal, named in `about`, or a rule of it fired."""
    RISK_UNMEASURED = "risk-unmeasured"
    """A signal that the policy requires, named in `about`, was never measured."""
    RISK_NOT_ASSESSED = "risk-not-assessed"


@dataclass(frozen=True, slots=True)
class Reason:
    """about: the finding's field or the detail's code, never a value of the customer's."""

    code: ReasonCode
    weight: Weight
    about: str = ""


@dataclass(frozen=True, slots=True)
class Approve:
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class StepUp:
    """All evidence is clean, and the policy asks for this before it may be approved."""

    what: StepUpKind
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Refer:
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Decline:
    reasons: tuple[Reason, ...]


Recommendation = Approve | StepUp | Refer | Decline


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """One session's evidence; None where a step was never reached. failed_work: fault names that ended a step. biometrics_refused: the
    customer wants none, which counts neither for nor against them. help_asked: they asked for a person on the way, which counts neither way
    either. pays_from_account: a high-value transaction, for which
    `returning` counts. second_document: what the policy asked for besides, None where it asked for none or none was shown."""

    document: DocumentOutcome | None
    liveness: LivenessVerdict | None
    match: MatchVerdict | None
    failed_work: tuple[str, ...] = ()
    biometrics_refused: bool = False
    pays_from_account: bool = False
    returning: Returning | None = None
    help_asked: bool = False
    second_document: DocumentOutcome | None = None


ATTACK_SIGNS = frozenset({NotLiveBecause.FACE_CHANGED, NotLiveBecause.FROZEN_PICTURE})
PRINT_CONFIRMS = frozenset({FindingCode.NAME_PRINTED, FindingCode.NUMBER_PRINTED})
SPECIMEN_STATES = frozenset({"UTO"})
"""ICAO Doc 9303's fictional state: whoever has this repository can print its documents with any face."""
_GRAVEST_FIRST = (Weight.CONTRADICTS, Weight.DOUBTS, Weight.NOTED, Weight.AGREES)


def decide(
    evidence: Evidence,
    channel: Channel,
    station_class: StationClass,
    policy: RiskPolicy,
    assessment: Assessment | None,
    done: Collection[StepUpKind] = (),
) -> Recommendation:
    """Return the recommendation with its reasons, gravest first. assessment: what the risk policy says; done: steps up taken already."""
    floor = _floor(evidence, channel, station_class, policy)
    if evidence.biometrics_refused:
        return floor
    if assessment is None:
        reasons = _gravest_first((*floor.reasons, Reason(ReasonCode.RISK_NOT_ASSESSED, Weight.DOUBTS)))
        return Decline(reasons) if isinstance(floor, Decline) else Refer(reasons)
    wanted = assessment.wanted
    left = [kind for kind in assessment.step_ups if kind not in done]
    told = () if wanted is None else tuple(_risk_reason(reason, wanted) for reason in assessment.reasons)
    reasons = _gravest_first((*floor.reasons, *told))
    if isinstance(floor, Decline) or wanted is Act.DECLINE:
        return Decline(reasons)
    if isinstance(floor, Refer) or wanted is Act.REFER:
        return Refer(reasons)
    return StepUp(left[0], reasons) if left else floor


def _risk_reason(reason: RiskReason, wanted: Act) -> Reason:
    """Reasons of a policy that wants something doubt, those of one that declines contradict; so they stand in order of weight."""
    if reason.missing:
        return Reason(ReasonCode.RISK_UNMEASURED, Weight.DOUBTS, reason.signal)
    weight = Weight.CONTRADICTS if wanted is Act.DECLINE else Weight.DOUBTS
    return Reason(ReasonCode.RISK_SIGNAL, weight, reason.signal)


def _gravest_first(reasons: tuple[Reason, ...]) -> tuple[Reason, ...]:
    """Return each reason once; of equal weight, those of the evidence come before those of the policy, heaviest first."""
    return tuple(sorted(dict.fromkeys(reasons), key=lambda reason: _GRAVEST_FIRST.index(reason.weight)))


def _floor(evidence: Evidence, channel: Channel, station_class: StationClass, policy: RiskPolicy) -> Approve | Refer | Decline:
    """Return what the evidence alone recommends."""
    if evidence.biometrics_refused:
        return Refer((Reason(ReasonCode.NO_BIOMETRICS, Weight.NOTED),))
    reasons = [
        *_document_reasons(evidence.document, station_class),
        *_second_document_reasons(evidence.document, evidence.second_document, station_class),
        *_liveness_reasons(evidence.liveness),
        *_match_reasons(evidence.match),
        *(_returning_reasons(evidence.returning) if evidence.pays_from_account else ()),
        *(Reason(ReasonCode.WORK_FAILED, Weight.DOUBTS, name) for name in evidence.failed_work),
        *((Reason(ReasonCode.HELP_CALLED, Weight.NOTED),) if evidence.help_asked else ()),
    ]
    if channel is Channel.BOOTH and not policy.unattended_approval:
        reasons.append(Reason(ReasonCode.BOOTH_NEEDS_PERSON, Weight.DOUBTS))
    ordered = tuple(sorted(reasons, key=lambda reason: _GRAVEST_FIRST.index(reason.weight)))
    codes = {reason.code for reason in ordered}
    if ReasonCode.ATTACK_SUSPECTED in codes:
        return Decline(ordered)
    if policy.expired_is_declined and ReasonCode.DOCUMENT_EXPIRED in codes:
        return Decline(ordered)
    complete = isinstance(evidence.document, Read) and isinstance(evidence.liveness, Live) and isinstance(evidence.match, SameFace)
    clean = all(reason.weight in (Weight.AGREES, Weight.NOTED) for reason in ordered)
    return Approve(ordered) if complete and clean and not evidence.help_asked else Refer(ordered)


def _document_reasons(document: DocumentOutcome | None, station_class: StationClass) -> list[Reason]:
    match document:
        case None:
            return [Reason(ReasonCode.DOCUMENT_MISSING, Weight.DOUBTS)]
        case Unreadable(because=because):
            return [Reason(ReasonCode.DOCUMENT_UNREADABLE, Weight.DOUBTS, because)]
        case Unknown():
            return [Reason(ReasonCode.DOCUMENT_UNKNOWN, Weight.DOUBTS)]
        case Read():
            return _against(document, station_class) or [Reason(ReasonCode.DOCUMENT_READ, Weight.AGREES)]
        case _:
            assert_never(document)


def _second_document_reasons(first: DocumentOutcome | None, second: DocumentOutcome | None, station_class: StationClass) -> list[Reason]:
    if second is None:
        return []
    if not isinstance(first, Read) or not isinstance(second, Read):
        return [Reason(ReasonCode.SECOND_DOCUMENT_DOUBTED, Weight.DOUBTS)]
    if is_the_same_document(first.fields, second.fields):
        return [Reason(ReasonCode.SECOND_DOCUMENT_SAME, Weight.DOUBTS)]
    reasons = []
    if not is_the_same_person(first.fields, second.fields):
        reasons.append(Reason(ReasonCode.SECOND_DOCUMENT_DIFFERS, Weight.CONTRADICTS))
    if against := _against(second, station_class):
        gravest = min((reason.weight for reason in against), key=_GRAVEST_FIRST.index)
        reasons.append(Reason(ReasonCode.SECOND_DOCUMENT_DOUBTED, gravest))
    return reasons or [Reason(ReasonCode.SECOND_DOCUMENT_AGREES, Weight.AGREES)]


def _against(document: Read, station_class: StationClass) -> list[Reason]:
    """Return everything that speaks against a document that was read."""
    reasons = [_finding_reason(finding) for finding in document.findings if finding.weight in (Weight.DOUBTS, Weight.CONTRADICTS)]
    agreed = {finding.code for finding in document.findings if finding.weight is Weight.AGREES}
    if not agreed & PRINT_CONFIRMS:
        reasons.append(Reason(ReasonCode.DOCUMENT_UNCONFIRMED, Weight.DOUBTS, "print"))
    if not any(finding.code is FindingCode.EXPIRED for finding in document.findings):
        reasons.append(Reason(ReasonCode.DOCUMENT_UNCONFIRMED, Weight.DOUBTS, "expiry_date"))
    if document.fields.layout in (MrzLayout.MRV_A, MrzLayout.MRV_B):
        reasons.append(Reason(ReasonCode.DOCUMENT_NOT_IDENTITY, Weight.DOUBTS))
    if station_class is StationClass.PRODUCTION and document.fields.issuing_state in SPECIMEN_STATES:
        reasons.append(Reason(ReasonCode.SPECIMEN_DOCUMENT, Weight.CONTRADICTS))
    return reasons


def _finding_reason(finding: Finding) -> Reason:
    if finding.code is FindingCode.EXPIRED:
        return Reason(ReasonCode.DOCUMENT_EXPIRED, Weight.DOUBTS, finding.about)
    contradicts = finding.weight is Weight.CONTRADICTS
    code = ReasonCode.DOCUMENT_CONTRADICTS if contradicts else ReasonCode.DOCUMENT_DOUBTED
    return Reason(code, finding.weight, f"{finding.code}:{finding.about}")


def _liveness_reasons(verdict: LivenessVerdict | None) -> list[Reason]:
    match verdict:
        case None:
            return [Reason(ReasonCode.LIVENESS_MISSING, Weight.DOUBTS)]
        case Live():
            return [Reason(ReasonCode.LIVE, Weight.AGREES)]
        case NotLive(because=because) if because in ATTACK_SIGNS:
            return [Reason(ReasonCode.ATTACK_SUSPECTED, Weight.CONTRADICTS, because)]
        case NotLive(because=because):
            return [Reason(ReasonCode.NOT_LIVE, Weight.CONTRADICTS, because)]
        case Undecided(because=because):
            return [Reason(ReasonCode.LIVENESS_UNDECIDED, Weight.DOUBTS, because)]
        case _:
            assert_never(verdict)


def _match_reasons(verdict: MatchVerdict | None) -> list[Reason]:
    match verdict:
        case None:
            return [Reason(ReasonCode.MATCH_MISSING, Weight.DOUBTS)]
        case SameFace():
            return [Reason(ReasonCode.SAME_FACE, Weight.AGREES)]
        case Unsure():
            return [Reason(ReasonCode.FACE_UNSURE, Weight.DOUBTS)]
        case DifferentFace():
            return [Reason(ReasonCode.DIFFERENT_FACE, Weight.CONTRADICTS)]
        case NotCompared(because=because):
            return [Reason(ReasonCode.FACE_NOT_COMPARED, Weight.DOUBTS, because)]
        case _:
            assert_never(verdict)


def _returning_reasons(returning: Returning | None) -> list[Reason]:
    match returning:
        case None:
            return [Reason(ReasonCode.ENROLLED_FACE_MISSING, Weight.DOUBTS)]
        case NoEnrolledFace(because=because):
            return [Reason(ReasonCode.ENROLLED_FACE_MISSING, Weight.DOUBTS, because)]
        case HolderCompared(holder_agrees=agrees, match=match_):
            differs = [] if agrees else [Reason(ReasonCode.HOLDER_DIFFERS, Weight.CONTRADICTS)]
            return [*differs, *_enrolled_face_reasons(match_, agrees)]
        case _:
            assert_never(returning)


def _enrolled_face_reasons(verdict: MatchVerdict, holder_agrees: bool) -> list[Reason]:
    match verdict:
        case SameFace():
            return [Reason(ReasonCode.ACCOUNT_HOLDER, Weight.AGREES)] if holder_agrees else []
        case Unsure():
            return [Reason(ReasonCode.ENROLLED_FACE_UNSURE, Weight.DOUBTS)]
        case DifferentFace():
            return [Reason(ReasonCode.ENROLLED_FACE_DIFFERS, Weight.CONTRADICTS)]
        case NotCompared(because=because):
            return [Reason(ReasonCode.ENROLLED_FACE_MISSING, Weight.DOUBTS, because)]
        case _:
            assert_never(verdict)
