"""How workers feed facts and read findings.

Many workers may open cases and make facts; *one* folds them, since the order of the fold is part of what is known. What an
implementation promises:

1. `take` folds a case once: the same case id again changes nothing and answers nothing. So at-least-once delivery is enough.
2. Facts may come late and out of order; a fact's station clock is believed only within bounds.
3. The state is a function of the facts and labels taken, in their order: it is rebuilt by taking them again from the ledger, and holds
   nothing that the ledger has not. No clock, no chance.
4. The work for one fact is bounded, however many cases share a key with it.
5. `forget` removes a case's keys and leaves counts: what erasure asks for.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from kiosk.intake.analysis.fact import CaseFact, Label, LinkKind
from kiosk.intake.analysis.finding import Assessment, Finding
from kiosk.values import SessionId


@dataclass(frozen=True, slots=True)
class Tie:
    """Two cases and what they share. shared_by: how many cases share it in all; a hub's ties are not followed further."""

    one: SessionId
    other: SessionId
    kind: LinkKind
    shared_by: int


@dataclass(frozen=True, slots=True)
class Community:
    """Cases tied together around one of them, at most a drawable number. whole: whether that is all of it; hubs: what the one shares with
    so many that it ties it to nobody, and how many have it."""

    around: SessionId
    cases: tuple[SessionId, ...]
    ties: tuple[Tie, ...]
    whole: bool
    hubs: tuple[tuple[LinkKind, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Unit:
    """A station, branch or operator as the analysis sees it now: findings that speak of it, weightiest first."""

    name: str
    cases: int
    findings: tuple[Finding, ...]


class DeepAnalysis(Protocol):
    def take(self, fact: CaseFact) -> tuple[Assessment, ...]:
        """Fold one case in. Return its assessment, then those of earlier cases that are to be looked at because of it; () if it was taken
        before."""
        ...

    def learn(self, label: Label) -> tuple[Assessment, ...]:
        """Take in what a person found out. Return earlier cases that are to be looked at because of it."""
        ...

    def forget(self, cases: Iterable[SessionId]) -> None:
        """Remove all keys of these cases."""
        ...

    def assessment(self, case: SessionId) -> Assessment | None:
        """Return the latest assessment of a case that was referred; None for others, which are not kept."""
        ...

    def community(self, case: SessionId, most: int = 60) -> Community:
        """Return the cases tied to this one, nearest first; only itself if it is not known."""
        ...

    def units(self) -> tuple[Unit, ...]:
        """Return stations, branches and operators that are unlike their peers, weightiest first."""
        ...
