"""The fold: one case after the other goes into what is known of all (`DeepAnalysis` in ports.py says what is promised).

For each case: what it shows by itself, what it shares, how it fits the pace and the peers of its place, whom it is tied to that was
found bad. The values are weighed; the budget decides who is looked at. What a case shares, the earlier cases on the other end share as
well: their values rise too, and one of them may only now be worth looking at.
"""

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from heapq import heappop, heappush
from typing import Final

from kiosk.intake.analysis.budget import Budget
from kiosk.intake.analysis.checks import Level, Usual, check
from kiosk.intake.analysis.fact import CaseFact, CaseKind, Label, LinkKind
from kiosk.intake.analysis.finding import Assessment, Finding, FindingKind
from kiosk.intake.analysis.links import LinkBook, Node
from kiosk.intake.analysis.model import SHIPPED, RiskModel, risk_of
from kiosk.intake.analysis.monitor import CalibrationMonitor, DriftMonitor
from kiosk.intake.analysis.pace import Rush
from kiosk.intake.analysis.paid import Payments, pay
from kiosk.intake.analysis.ports import Community, Tie, Unit
from kiosk.intake.analysis.ring import ring
from kiosk.intake.analysis.seen import WHOLE_DAY_S, Seen, believed_time
from kiosk.intake.analysis.shadow import Shadow
from kiosk.intake.analysis.shared import company, share
from kiosk.intake.analysis.units import Units
from kiosk.intake.analysis.values import Shown
from kiosk.intake.analysis.watch import Watch
from kiosk.values import SessionId

LIMIT_MINOR: Final = 1_000_000
"""What `LivenessPolicy.large_amount_minor` says; from here on a payment is large."""
_EVIDENCE: Final = 8
_LOOK_BACK_S: Final = 120 * WHOLE_DAY_S
"""How old a case may be to be looked at again because of a later one."""
_KEPT: Final = 200_000
"""Values of so many newest cases are kept, those of older ones are let go: what happened long ago is not looked at again."""
_WORTH_TELLING: Final = 1.0
"""Nats above a case that shows nothing, under which findings are not spelled out."""

RISES: Final = frozenset(
    {
        FindingKind.DOCUMENT_OTHER_NAME, FindingKind.DOCUMENT_ALTERED, FindingKind.DOCUMENT_SERIES, FindingKind.FACE_OTHER_NAME,
        FindingKind.PHONE_SHARED, FindingKind.EMAIL_SHARED, FindingKind.CONTACT_RING, FindingKind.RUN_REPEATED, FindingKind.COMMUNITY,
        FindingKind.PAYEE_GATHERS, FindingKind.UNDER_LIMIT, FindingKind.ADDRESS_SHARED, FindingKind.BURST, FindingKind.OPERATOR_UNLIKE,
        FindingKind.PAIR_UNLIKE, FindingKind.STATION_UNLIKE, FindingKind.WATCHED,
    }
)  # fmt: skip
"""Findings of a case that hold for the earlier cases they rest on as well."""


class Fold:
    """Implements `DeepAnalysis` in memory, for one thread. budget: how much is looked at; model: how findings are weighed; shadow: a
    challenger that is compared and decides nothing."""

    def __init__(
        self, model: RiskModel = SHIPPED, budget: Budget | None = None, limit_minor: int = LIMIT_MINOR, shadow: Shadow | None = None
    ) -> None:
        self.model = model
        self.shadow = shadow
        self.drift = DriftMonitor()
        self.calibration = CalibrationMonitor()
        self.budget = Budget() if budget is None else budget
        self._limit_minor = limit_minor
        self._seen = Seen()
        self._book = LinkBook(self._seen)
        self._levels: dict[str, Level] = {}
        self._rushes: dict[str, Rush] = {}
        self._usual = Usual()
        self._units = Units()
        self._watch = Watch(self._book, self._seen)
        self._values: OrderedDict[int, dict[FindingKind, float]] = OrderedDict()
        self._referred: dict[int, Assessment] = {}
        self._waiting: list[tuple[float, int]] = []
        self._payments = Payments()
        self._touched: set[int] = set()

    def take(self, fact: CaseFact) -> tuple[Assessment, ...]:
        seen = self._seen
        if fact.case in seen:
            return ()
        at = believed_time(fact)
        index = seen.add(fact, at)
        self.budget.case()
        shown = Shown()
        nodes = self._look(fact, index, at, shown)
        for node in nodes:
            self._book.join(node, index)
        self._touched.add(index)
        if shown.values:
            self._values[index] = shown.values
            if len(self._values) > _KEPT:
                self._values.popitem(last=False)
        nats = self.model.nats(shown.values)
        self.drift.add(fact, nats)
        if self.shadow is not None:
            self.shadow.case()
        first = self._assess(index, fact.received_s, nats, shown, self._spend(index, nats), again=False)
        return (first, *self._again(index, fact.received_s, shown), *self._waited(fact.received_s))

    def _look(self, fact: CaseFact, index: int, at: float, shown: Shown) -> list[Node]:
        seen, book = self._seen, self._book
        level = self._levels.setdefault(fact.station, Level())
        haste = self._usual.haste(fact)
        check(fact, level, haste, shown)
        nodes = share(fact, index, at, book, seen, shown)
        if fact.kind is CaseKind.PAYMENT:
            nodes += pay(fact, index, at, self._limit_minor, book, seen, self._payments, shown)
        else:
            self._rush(fact, index, at, shown)
        self._units.add(fact, index, haste, level, shown)
        self._watch.look(index, nodes, shown)
        ring(index, at, book, seen, shown)
        company(index, at, book, seen, shown)
        if fact.liveness_nats or fact.match_nats:
            level.add(fact.liveness_nats, fact.match_nats)
        return nodes

    def _rush(self, fact: CaseFact, index: int, at: float, shown: Shown) -> None:
        for place, counts in ((fact.station, 1.0), (f"branch {fact.branch}", 0.5)):
            rush = self._rushes.get(place)
            if rush is None:
                rush = self._rushes[place] = Rush()
            surprise, before = rush.add(at, index)
            if surprise > 2.0:
                shown.add(FindingKind.BURST, counts * min(surprise - 2.0, 12.0) / 3.0, before, fact.station)

    def _again(self, index: int, at_s: float, shown: Shown) -> tuple[Assessment, ...]:
        """Raise the values of earlier cases that findings of this one rest on; return those that are now referred."""
        risen: dict[int, None] = {}
        for kind, earlier in shown.because.items():
            if kind not in RISES:
                continue
            value = shown.values[kind]
            for one in earlier:
                held = self._values.setdefault(one, {})
                if value > held.get(kind, 0.0):
                    held[kind] = value
                    risen[one] = None
        self._touched.update(risen)
        return self._look_again(risen, at_s, index, shown.because)

    def _look_again(
        self, cases: Iterable[int], at_s: float, because: int | None, shown: Mapping[FindingKind, list[int]]
    ) -> tuple[Assessment, ...]:
        found = []
        for one in cases:
            if one in self._referred or one not in self._values or at_s - self._seen.at[one] > _LOOK_BACK_S:
                continue
            nats = self.model.nats(self._values[one])
            if self._spend(one, nats):
                again = Shown()
                again.values = self._values[one]
                again.because = {kind: [*([because] if because is not None else []), *ones] for kind, ones in shown.items()}
                found.append(self._assess(one, at_s, nats, again, refer=True, again=True))
        return tuple(found)

    def _spend(self, index: int, nats: float) -> bool:
        """Say whether a case is referred now; one that would be, were anything left to spend, waits its turn."""
        if self.budget.spend(nats):
            return True
        if nats >= self.budget.threshold:
            heappush(self._waiting, (-nats, index))
        return False

    def _waited(self, at_s: float) -> tuple[Assessment, ...]:
        """Return the riskiest that waited, as far as there is now something to spend."""
        found: list[Assessment] = []
        while self._waiting and self.budget.left >= 1.0:
            _, index = heappop(self._waiting)
            found += self._look_again((index,), at_s, None, {})
        return tuple(found)

    def _assess(self, index: int, at_s: float, nats: float, shown: Shown, refer: bool, again: bool) -> Assessment:
        findings = self._findings(shown, index) if refer or nats > self.model.constant + _WORTH_TELLING else ()
        assessment = Assessment(self._seen.ids[index], at_s, nats, risk_of(nats), findings, refer, again, self.model.version)
        if refer:
            self._referred[index] = assessment
        if self.shadow is not None:
            self.shadow.weigh(index, shown.values, refer)
        return assessment

    def _findings(self, shown: Shown, index: int) -> tuple[Finding, ...]:
        ids, weights = self._seen.ids, self.model.weights
        found = []
        for kind, value in shown.values.items():
            if weights[kind] > 0.0:
                newest = sorted({one for one in shown.because.get(kind, ()) if one != index}, reverse=True)[:_EVIDENCE]
                evidence = tuple(ids[one] for one in newest)
                found.append(Finding(kind, weights[kind] * value, value, 0.0, evidence, shown.about.get(kind, "")))
        return tuple(sorted(found, key=lambda finding: -finding.weight))

    def learn(self, label: Label) -> tuple[Assessment, ...]:
        index = self._seen.index(label.case)
        if index is None:
            return ()
        known = self._referred.get(index)
        if known is not None and self._watch.first_word(index):
            self.calibration.add(known.risk, label.truth)
        if self.shadow is not None:
            self.shadow.learn(index, label.truth)
        lit = self._units.frauds.learn(label, index) if self._watch.news(label, index) else {}
        risen = self._watch.learn(label, index)
        for one, value in lit.items():
            risen[one] = max(risen.get(one, 0.0), value)
        for one, value in risen.items():
            held = self._values.setdefault(one, {})
            held[FindingKind.WATCHED] = max(held.get(FindingKind.WATCHED, 0.0), value)
        self._touched.update(risen)
        return self._look_again(risen, label.at_s, index, {FindingKind.WATCHED: [index]})

    def forget(self, cases: Iterable[SessionId]) -> None:
        known = [index for index in map(self._seen.index, cases) if index is not None]
        self._book.forget(known)
        self._seen.forget(known)
        for index in known:
            self._units.frauds.forget(index)
            self._values.pop(index, None)
            self._referred.pop(index, None)

    def assessment(self, case: SessionId) -> Assessment | None:
        index = self._seen.index(case)
        return None if index is None else self._referred.get(index)

    def values(self, case: SessionId) -> Mapping[FindingKind, float]:
        """Return how much of each finding a case shows by now."""
        index = self._seen.index(case)
        return {} if index is None else self._values.get(index, {})

    def touched(self) -> tuple[SessionId, ...]:
        """Return the cases whose findings may be others than when this was asked last, each once: the new ones among them."""
        ids, self._touched = tuple(self._seen.ids[index] for index in self._touched), set()
        return ids

    def shared_by(self, case: SessionId) -> Mapping[LinkKind, int]:
        """Return for each kind of key a case has how many cases have that key; empty for a case that is not known."""
        index = self._seen.index(case)
        return {} if index is None else self._book.shared_by(index)

    def tied(self, case: SessionId, most: int) -> int:
        """Return how many other cases a community of so many at most has."""
        index = self._seen.index(case)
        return 0 if index is None else min(len(self._book.around(index, most)), most - 1)

    def community(self, case: SessionId, most: int = 60) -> Community:
        index = self._seen.index(case)
        if index is None:
            return Community(case, (case,), (), whole=True)
        near = self._book.around(index, most)
        inside = {index, *near[: most - 1]}
        ids = self._seen.ids
        ties = {
            (kind, one, other): Tie(ids[one], ids[other], kind, shared)
            for one in sorted(inside)
            for kind, other, shared in self._book.tied(one)
            if other in inside and one < other
        }
        cases = tuple(ids[one] for one in (index, *near[: most - 1]))
        return Community(case, cases, tuple(ties.values()), len(near) < most, tuple(self._book.hubs(index)))

    def units(self) -> tuple[Unit, ...]:
        return self._units.unlike(self._seen.ids, self.model)
