"""From a case's own evidence to signals: identity and behaviour. What the station, the store or the bank must be asked for comes from
outside, in `Case.sensed`."""

from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise

from kiosk.document.reading import Read, Weight
from kiosk.face.verdict import DifferentFace, SameFace, Unsure
from kiosk.journey.conduct import Conduct
from kiosk.journey.states import Case
from kiosk.liveness.challenge import LivenessVerdict, PromptOutcome
from kiosk.record import AccountOpening, HighValueTransaction, Purpose
from kiosk.risk.assess import Asked
from kiosk.risk.policy_file import Case as RiskCase
from kiosk.risk.returning import HolderCompared
from kiosk.risk.signals import Signal, signal, worst_of_each
from kiosk.values import Moment


def asked_of(purpose: Purpose) -> Asked:
    match purpose:
        case AccountOpening():
            return Asked(RiskCase.OPENING)
        case HighValueTransaction(amount_minor=amount, currency=currency):
            return Asked(RiskCase.PAYMENT, amount, currency)


def signals_of(case: Case, moment: Moment) -> tuple[Signal, ...]:
    """Return every reading of this case, one of each name. A case that goes on from a booth's has the booth's as well; the worse count."""
    at = moment.wall
    own = (*_document(case, at), *_liveness(case.liveness, at), *_match(case, at), *_conduct(case.conduct, at))
    if case.continues is not None:
        return worst_of_each((*case.sensed, *own))
    return (*case.sensed, *own)


def _document(case: Case, at: datetime) -> Iterator[Signal]:
    if isinstance(case.document, Read):
        weights = [finding.weight for finding in case.document.findings]
        yield signal("identity.document-doubts", weights.count(Weight.DOUBTS), at)
        yield signal("identity.document-contradictions", weights.count(Weight.CONTRADICTS), at)
        yield signal("identity.document-confidence", case.document.confidence, at)


def _liveness(verdict: LivenessVerdict | None, at: datetime) -> Iterator[Signal]:
    if verdict is None:
        return
    evidence = verdict.evidence
    failed = [prompt for prompt in evidence.prompts if prompt.outcome in (PromptOutcome.MISSED, PromptOutcome.WRONG)]
    yield signal("identity.liveness-wrong", len(failed), at)
    if evidence.cues:
        yield signal("identity.liveness-cues", sum(cue.weight for cue in evidence.cues), at)
    answers = [(prompt.ended_ns - prompt.asked_ns) / 1e9 for prompt in evidence.prompts if prompt.outcome is PromptOutcome.DONE]
    if answers and not evidence.script.fixed_by_qa:
        yield signal("behaviour.fastest-response", min(answers), at)


def _match(case: Case, at: datetime) -> Iterator[Signal]:
    if isinstance(case.match, SameFace | Unsure | DifferentFace) and case.match.evidence.log_likelihood_ratio is not None:
        yield signal("identity.match-ratio", case.match.evidence.log_likelihood_ratio, at)
    held = case.returning
    if isinstance(held, HolderCompared) and isinstance(held.match, SameFace | Unsure | DifferentFace):
        yield signal("identity.enrolled-match", held.match.evidence.similarity, at)


def _conduct(conduct: Conduct, at: datetime) -> Iterator[Signal]:
    steps = (conduct.consent_ns, conduct.document_ns, conduct.face_ns)
    for name, (began, ended) in zip(("behaviour.document-time", "behaviour.face-time"), pairwise(steps), strict=True):
        if began is not None and ended is not None:
            yield signal(name, (ended - began) / 1e9, at)
    if conduct.consent_ns is not None:
        yield signal("behaviour.document-retries", conduct.retries, at)
        yield signal("behaviour.hesitations", conduct.hesitations, at)
        yield signal("behaviour.corrections", conduct.corrections, at)
    if (straight := conduct.straightness) is not None:
        yield signal("behaviour.pointer-straight", straight, at)
    if (rhythm := conduct.rhythm) is not None:
        yield signal("behaviour.touch-rhythm", rhythm, at)
