"""What the office watches in every case that comes in: whether readings and scores drift, what stations decide by, whether their answers
follow from their readings; and the challenger beside.

The first cases say what is usual, the newest are compared with them; both are read again at a start, so nothing of this is kept but the
challenger's counts. A lot at a time, so that a page never waits for a ledger. A case that does not open is passed over, counted and named:
one damaged case must not end the watching of all that follow.
"""

import threading
from bisect import bisect_right
from collections import Counter, deque
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from kiosk.intake.analysis.monitor import DRIFTED, stability
from kiosk.intake.office.challenger import (
    Challenger,
    ChallengerRows,
    Difference,
    difference,
    follows_from_its_readings,
    genuine_challenger,
)
from kiosk.risk.policy_file import DecisionPolicy
from kiosk.risk.signals import KNOWN
from kiosk.values import SessionId
from kiosk.wire.packet import Content

REFERENCE: Final = 500
"""Cases that say what is usual, and cases that are compared with them; half of all where there are fewer than both."""
FEWEST: Final = 100
"""Cases on each side below which nothing is said."""
AT_ONCE: Final = 100
SCORE: Final = "score"
_BINS: Final = 8
_MOST_NAMED: Final = 20

Cases = Callable[[int], Iterator[tuple[int, SessionId, Content | None]]]
"""Yields position, session and content of what is held after a position, oldest first; None for what does not open."""


@dataclass(frozen=True, slots=True)
class SignalDrift:
    """name: a signal's, or `score`; index: population stability index, the share not measured being a bin of its own; by_chance: what it
    would be without any drift; was, now: medians, None where it was never measured; absent_was, absent_now: shares 0..1."""

    name: str
    unit: str
    index: float
    by_chance: float
    was: float | None
    now: float | None
    absent_was: float
    absent_now: float

    @property
    def has_drifted(self) -> bool:
        return self.index > DRIFTED + 3.0 * self.by_chance


@dataclass(frozen=True, slots=True)
class DecidedBy:
    """What a station's newest case was decided by."""

    station: str
    policy: str
    version: int
    digest: str
    models: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NotFollowing:
    """A case whose station says another answer than its policy gives for its own readings."""

    session: SessionId
    station: str


class CaseWatch:
    """cases: reads the ledger; size: its last position; policies: those this bank knows, the one in force first; issuers: its answering
    keys. Thread-safe.

    `step` is for one thread at a time and says how much it did; the others answer from what was seen."""

    def __init__(
        self,
        cases: Cases,
        size: Callable[[], int],
        rows: ChallengerRows,
        policies: Callable[[], tuple[DecisionPolicy, ...]],
        issuers: Callable[[], Collection[Ed25519PublicKey]],
        reference: int = REFERENCE,
    ) -> None:
        self._cases, self._size, self._policies, self._issuers = cases, size, policies, issuers
        self.rows = rows
        self._reference = reference
        self._stepping, self._lock = threading.Lock(), threading.Lock()
        self._mark = 0
        self._first: list[dict[str, float]] = []
        self._newest: deque[dict[str, float]] = deque(maxlen=reference)
        self._decided_by: dict[str, DecidedBy] = {}
        self._not_following: deque[NotFollowing] = deque(maxlen=_MOST_NAMED)
        self._not_following_of: Counter[str] = Counter()
        self._unreadable: deque[SessionId] = deque(maxlen=_MOST_NAMED)
        self._unreadable_count = 0

    def challenger(self) -> Challenger | None:
        """Return the newest two people agreed to run, if the bank's signature is on it."""
        found = self.rows.newest()
        read = None if found is None else genuine_challenger(found[1], self._issuers())
        return None if read is None or found is None or read.number != found[0] else read

    def unvouched(self) -> int | None:
        """Return the number of the newest challenger that began and is computed nowhere, since no key of this bank's vouches for it or this
        version of the program reads it as no policy; None if it runs, or none began."""
        found = self.rows.newest()
        return found[0] if found is not None and self.challenger() is None else None

    def unreadable(self) -> tuple[int, tuple[SessionId, ...]]:
        """Return how many of the cases that were looked at do not open, and the newest of them."""
        with self._lock:
            return self._unreadable_count, tuple(reversed(self._unreadable))

    def step(self) -> int:
        """Look at one lot of what is new; return how many cases that were."""
        with self._stepping:
            return self._look() + self._challenge()

    def drifts(self) -> tuple[SignalDrift, ...]:
        """Return every signal ever measured and the score, the most drifted first; () before there are enough cases."""
        with self._lock:
            first, newest = list(self._first), list(self._newest)
        if len(first) < self._reference:
            half = len(first) // 2
            first, newest = first[:half], first[half:]
        if min(len(first), len(newest)) < min(FEWEST, self._reference):
            return ()
        names = {name for one in (*first, *newest) for name in one}
        found = (_drift(name, first, newest) for name in sorted(names))
        return tuple(sorted(found, key=lambda one: (not one.has_drifted, one.name != SCORE, -one.index)))

    def seen(self) -> tuple[int, int]:
        """Return how many cases with readings stand on each side of the comparison."""
        with self._lock:
            return (len(self._first), len(self._newest)) if len(self._first) == self._reference else (len(self._first), 0)

    def decided_by(self) -> tuple[DecidedBy, ...]:
        with self._lock:
            return tuple(sorted(self._decided_by.values(), key=lambda one: one.station))

    def not_following(self) -> tuple[tuple[NotFollowing, ...], dict[str, int]]:
        """Return the newest cases whose answer does not follow from their readings, and how many of each station were seen."""
        with self._lock:
            return tuple(reversed(self._not_following)), dict(self._not_following_of)

    # --- inside --------------------------------------------------------------------------------------------------------------

    def _look(self) -> int:
        if len(self._first) == self._reference and not self._newest:
            # What lies between the first and the newest says nothing any more.
            self._mark = max(self._mark, self._size() - self._reference)
        policies, done = {one.digest: one for one in self._policies()}, 0
        for position, session, content in self._cases(self._mark):
            self._see(session, content, policies)
            self._mark, done = position, done + 1
            if done == AT_ONCE:
                break
        return done

    def _see(self, session: SessionId, content: Content | None, policies: dict[str, DecisionPolicy]) -> None:
        if content is None:
            with self._lock:
                self._unreadable.append(session)
                self._unreadable_count += 1
            return
        record, risk = content.record, content.record.risk
        if risk is None:
            return
        station = record.station.station
        values = {one.name: one.value for one in risk.signals} | {SCORE: risk.probability}
        policy = policies.get(risk.digest)
        lies = policy is not None and not follows_from_its_readings(risk, record, policy)
        with self._lock:
            (self._first if len(self._first) < self._reference else self._newest).append(values)
            self._decided_by[station] = DecidedBy(station, risk.policy, risk.version, risk.digest, risk.models)
            if lies:
                self._not_following.append(NotFollowing(session, station))
                self._not_following_of[station] += 1

    def _challenge(self) -> int:
        challenger, in_force = self.challenger(), self._policies()[0]
        if challenger is None or challenger.policy.version <= in_force.version:
            return 0
        before = self.rows.counted(challenger.number)
        now, found, done = before, [], 0
        for position, _, content in self._cases(before.mark):
            risk = None if content is None else content.record.risk
            differs: Difference | None = None
            if content is None or risk is None:
                now = replace(now, mark=position, without=now.without + 1)
            else:
                differs = difference(position, content.record, challenger.policy)
                older = now.older + (risk.digest != in_force.digest)
                now = replace(now, mark=position, looked_at=now.looked_at + 1, older=older)
            if differs is not None:
                found.append(differs)
            done += 1
            if done == AT_ONCE:
                break
        if done:
            self.rows.keep(challenger.number, before, now, found)
        return done


def _drift(name: str, first: list[dict[str, float]], newest: list[dict[str, float]]) -> SignalDrift:
    was, now = sorted(one[name] for one in first if name in one), sorted(one[name] for one in newest if name in one)
    edges = _edges(was or now)
    counts = [_counted(edges, values, len(cases)) for values, cases in ((was, first), (now, newest))]
    used = [pair for pair in zip(*counts, strict=True) if any(pair)]
    before, after = [one for one, _ in used], [other for _, other in used]
    chance = (len(used) - 1) * (1.0 / len(first) + 1.0 / len(newest))
    unit = "probability" if name == SCORE else KNOWN[name].unit if name in KNOWN else ""
    return SignalDrift(
        name, unit, stability(before, after), chance, _median(was), _median(now), 1.0 - len(was) / len(first), 1.0 - len(now) / len(newest)
    )


def _edges(values: list[float]) -> list[float]:
    """Return the inner edges of bins with about as many of these values each; equal edges are one."""
    return sorted({values[len(values) * number // _BINS] for number in range(1, _BINS)})


def _counted(edges: list[float], values: list[float], cases: int) -> list[int]:
    """Return how many values lie in each bin; the last is of the cases that have none."""
    counts = [0] * (len(edges) + 2)
    for value in values:
        counts[bisect_right(edges, value)] += 1
    counts[-1] = cases - len(values)
    return counts


def _median(values: list[float]) -> float | None:
    return values[len(values) // 2] if values else None
