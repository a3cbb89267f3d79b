"""What a policy would have decided in cases that are decided already: asked before it is signed."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

ANSWERS: Final = ("approve", "step-up", "refer", "decline")
"""Mildest first."""
MOST_MORE_REFERRED: Final = 0.05
"""A policy that sends so many more of all cases to people than the one before is not signed unseen."""


@dataclass(frozen=True, slots=True)
class Tried:
    """One case. case: its id; before: what was recommended then; after: what this policy says; settled: what a person decided or an analyst
    found in the end, `approve`, `refer`, `decline`, `fraud`, or empty where nobody did."""

    case: str
    before: str
    after: str
    settled: str = ""


@dataclass(frozen=True, slots=True)
class Backtest:
    """changed: cases with another answer, milder ones first; let_in: cases a person declined or that proved to be fraud, which would now be
    approved; referred_before, referred_after: share of all cases that a person must look at."""

    cases: int
    changed: tuple[Tried, ...]
    let_in: tuple[str, ...]
    referred_before: float
    referred_after: float
    answers: tuple[tuple[str, str, int], ...]

    @property
    def problems(self) -> tuple[str, ...]:
        """Return why this policy may not be signed as it is; empty if nothing stands against it."""
        found = []
        if self.let_in:
            found.append(f"{len(self.let_in)} cases that people declined, or that proved to be fraud, would be approved")
        if self.referred_after - self.referred_before > MOST_MORE_REFERRED:
            more = 100 * (self.referred_after - self.referred_before)
            found.append(f"{more:.1f} of a hundred cases more would go to a person")
        return tuple(found)


def backtest(tried: Iterable[Tried]) -> Backtest:
    cases = tuple(tried)
    changed = sorted((one for one in cases if one.before != one.after), key=lambda one: (_steps(one), one.case))
    pairs = Counter((one.before, one.after) for one in cases)
    return Backtest(
        cases=len(cases),
        changed=tuple(changed),
        let_in=tuple(sorted(one.case for one in cases if one.after == "approve" and one.settled in ("decline", "fraud"))),
        referred_before=_share(sum(one.before != "approve" for one in cases), len(cases)),
        referred_after=_share(sum(one.after != "approve" for one in cases), len(cases)),
        answers=tuple((before, after, pairs[before, after]) for before in ANSWERS for after in ANSWERS if pairs[before, after]),
    )


def _steps(one: Tried) -> int:
    """Return how many steps graver the new answer is, negative where it is milder."""
    return ANSWERS.index(one.after) - ANSWERS.index(one.before)


def _share(some: int, of: int) -> float:
    return some / of if of else 0.0
