"""What a record keeps of the risk: by which policy, from which readings, with which outcome. Enough to say again what was said, and what
another policy would have said."""

from dataclasses import dataclass

from kiosk.risk.assess import Asked, Assessment, RiskReason, assess
from kiosk.risk.policy_file import Act, DecisionPolicy, StepUpKind
from kiosk.risk.signals import Signal, newest_of_each


@dataclass(frozen=True, slots=True)
class RiskFacts:
    """policy, version, digest: of the policy that spoke; models: name and digest of every model at work; wanted, step_ups, probability and
    reasons: what it said; signals: one reading of each name; stepped_up: what more was done, in order."""

    policy: str
    version: int
    digest: str
    models: tuple[str, ...]
    wanted: Act | None
    step_ups: tuple[StepUpKind, ...]
    probability: float
    signals: tuple[Signal, ...]
    reasons: tuple[RiskReason, ...]
    stepped_up: tuple[StepUpKind, ...] = ()

    @property
    def assessment(self) -> Assessment:
        return Assessment(self.wanted, self.step_ups, self.probability, self.reasons)


def assessed(
    policy: DecisionPolicy, asked: Asked, signals: tuple[Signal, ...], models: tuple[str, ...], stepped_up: tuple[StepUpKind, ...]
) -> RiskFacts:
    """Return what this policy says of these readings, as it is kept."""
    read = newest_of_each(signals)
    found = assess(policy, asked, read)
    return RiskFacts(
        policy=policy.name,
        version=policy.version,
        digest=policy.digest,
        models=models,
        wanted=found.wanted,
        step_ups=found.step_ups,
        probability=found.probability,
        signals=read,
        reasons=found.reasons,
        stepped_up=stepped_up,
    )
