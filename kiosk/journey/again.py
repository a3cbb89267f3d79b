"""A recorded case decided again: by the policy it was decided by, which must say the same, or by another, to see what that would change."""

from dataclasses import dataclass

from kiosk.document.reading import DocumentOutcome, Read, Unknown, Unreadable, UnreadableBecause
from kiosk.faults import PacketRefused
from kiosk.journey.measured import asked_of
from kiosk.policy import BRANCH, DEMO, RiskPolicy
from kiosk.record import Decision, DocumentEvidence, HighValueTransaction, SessionRecord, recommended
from kiosk.risk.decision import Evidence, ReasonCode, Recommendation, decide
from kiosk.risk.facts import RiskFacts, assessed
from kiosk.risk.policy_file import DecisionPolicy
from kiosk.values import ConsentPurpose


@dataclass(frozen=True, slots=True)
class Again:
    """risk, recommendation: what this policy says of the case; same: whether it comes to what was recommended then, reasons and all."""

    risk: RiskFacts
    recommendation: Recommendation
    same: bool

    @property
    def decision(self) -> Decision:
        return recommended(self.recommendation)


def again(record: SessionRecord, policy: DecisionPolicy) -> Again:
    """Return what this policy says of a recorded case, from the readings the record keeps. Raises PacketRefused for a record whose document
    has an outcome no version wrote."""
    then = record.risk
    signals, models, stepped_up = ((), (), ()) if then is None else (then.signals, then.models, then.stepped_up)
    risk = assessed(policy, asked_of(record.purpose), signals, models, stepped_up)
    answer = decide(evidence_of(record), record.channel, record.station.station_class, floors_of(record), risk.assessment, stepped_up)
    return Again(risk, answer, answer == record.recommendation)


def evidence_of(record: SessionRecord) -> Evidence:
    """Return the evidence a record rests on, without its pictures, which no rule looks at. Raises PacketRefused."""
    return Evidence(
        document=_outcome(record.document),
        liveness=record.liveness,
        match=record.match,
        failed_work=record.failed_work,
        biometrics_refused=not record.consent.covers(ConsentPurpose.IDENTITY_CHECK),
        pays_from_account=isinstance(record.purpose, HighValueTransaction),
        returning=record.returning,
        second_document=None if record.second_document is None else _outcome(record.second_document),
        help_asked=any(reason.code is ReasonCode.HELP_CALLED for reason in record.recommendation.reasons),
    )


def floors_of(record: SessionRecord) -> RiskPolicy:
    """Return the floors of the policy the record names; of one this version does not know, a branch's."""
    return DEMO.risk if record.station.policy_version.partition("-")[0] == "demo" else BRANCH.risk


def _outcome(document: DocumentEvidence) -> DocumentOutcome | None:
    what, _, because = document.outcome.partition(":")
    match what:
        case "not-shown":
            return None
        case "unknown":
            return Unknown(None)
        case "unreadable" if because in set(UnreadableBecause):
            return Unreadable(UnreadableBecause(because))
        case "read" if document.fields is not None:
            return Read(document.fields, document.raw_lines, document.confidence, document.findings, None, None)
        case _:
            raise PacketRefused("a document with an outcome nobody knows")
