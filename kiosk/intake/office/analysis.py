"""What the console reads of the bank's analysis: the queue, a case's findings, and what ties it to others. A Protocol, so that any
analysis can stand behind it; `fold_analysis` is the one there is.

Nothing here names a customer: ties are keyed digests, labels are kinds and numbers.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from kiosk.document.reading import Weight
from kiosk.intake.analysis.fact import Label, LinkKind
from kiosk.record import Decision
from kiosk.risk.decision import Reason
from kiosk.values import Channel, SessionId


@dataclass(frozen=True, slots=True)
class BankFinding:
    """What the bank's analysis found beside the station's own findings. nats: what it adds to the log-odds of fraud; about: in words;
    evidence: other cases it rests on."""

    code: str
    weight: Weight
    nats: float
    about: str
    evidence: tuple[SessionId, ...] = ()


@dataclass(frozen=True, slots=True)
class CaseSummary:
    """score: 0 to 100, how much it deserves a look; ties: how many other cases share something with it; operator: who disposed of it;
    found: the gravest of the bank's findings; reasons: of the station, empty where the analysis does not keep them."""

    position: int
    session: SessionId
    station: str
    branch: str
    channel: Channel
    purpose: str
    amount_minor: int | None
    currency: str
    decision: Decision
    received_at: datetime
    operator: str
    reasons: tuple[Reason, ...]
    policy: str
    score: int
    ties: int
    found: tuple[BankFinding, ...] = ()


@dataclass(frozen=True, slots=True)
class Node:
    """key: unique; session: for a case, empty for what ties; degree: how many cases hang on it in all, those not drawn included; is_hub:
    so many have it that it ties nobody, and none of them is drawn."""

    key: str
    kind: LinkKind | None
    session: SessionId
    degree: int
    score: int = 0
    is_hub: bool = False


@dataclass(frozen=True, slots=True)
class Graph:
    """What is around one case. edges: pairs of node keys; left_out: whether there is more than was drawn."""

    centre: str
    nodes: tuple[Node, ...]
    edges: tuple[tuple[str, str], ...]
    left_out: bool


@dataclass(frozen=True, slots=True)
class Monitor:
    """One figure that is watched. state: `steady`, `drifting` or `unknown`; says: in plain words."""

    name: str
    value: str
    limit: str
    state: str
    says: str


class Analysis(Protocol):
    """Thread-safe. `refresh` takes in what came, and what was agreed, since; the others answer from what was taken in."""

    def refresh(self, labels: Sequence[Label]) -> None:
        """Take in a lot of what came, so that nobody waits for all of it, and tell the labels once nothing more waits.

        labels: all that two people ever agreed on, in that order; whoever analyses is told what he does not have yet, once. A case that
        does not open is passed over. Raises StoreUnavailable, DiskFull; what was missed is taken in the next time.
        """
        ...

    def shared_by(self, session: SessionId) -> Mapping[LinkKind, int]:
        """Return for each kind of thing a case has how many cases share it; empty for a case that was not taken in."""
        ...

    def is_up_to_date(self) -> bool:
        """Return whether all that was there at the last `refresh` has been taken in."""
        ...

    def passed_over(self) -> int:
        """Return how many held cases or labels say nothing here: they do not open, or are of a version this one cannot read."""
        ...

    def queue(self, limit: int) -> tuple[CaseSummary, ...]:
        """Return the cases that deserve a look, gravest first."""
        ...

    def summary(self, session: SessionId) -> CaseSummary | None: ...

    def findings(self, session: SessionId) -> tuple[BankFinding, ...]:
        """Return what was found about a case, gravest first."""
        ...

    def around(self, session: SessionId, most: int = 40) -> Graph:
        """Return what ties a case to others, two steps away, at most so many nodes; nothing of one that was not taken in yet."""
        ...

    def monitors(self) -> tuple[Monitor, ...]: ...
