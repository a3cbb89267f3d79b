"""The console's view of deep analysis: the workers' own fold, fed from what they keep where there are workers, else from the ledger.

Where analysis runs (`kiosk/intake/stream`), its results hold each case's facts, keyed hashes in place of names, and the labels: the console
reads those and opens nothing. A bank without it has its cases opened here, once each; their names and pictures are let go of at once.
"""

import math
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from kiosk.document.reading import Weight
from kiosk.faults import PacketRefused, SealBroken
from kiosk.intake.analysis.extract import LinkKeys, fact_of
from kiosk.intake.analysis.fact import CaseFact, CaseKind, Label, LinkKind, Looked
from kiosk.intake.analysis.finding import Assessment, Finding
from kiosk.intake.analysis.fold import Fold
from kiosk.intake.analysis.monitor import Calibration, CalibrationMonitor, Drift, DriftMonitor
from kiosk.intake.analysis.ports import Community
from kiosk.intake.analysis.spelled import FACTS, LABELS
from kiosk.intake.office.analysis import BankFinding, CaseSummary, Graph, Monitor, Node
from kiosk.intake.office.ranked import Ranked
from kiosk.intake.recheck import doubts_of
from kiosk.intake.rest import open_content
from kiosk.intake.results import EntryKind, Results
from kiosk.intake.store import IntakeStore
from kiosk.record import Decision
from kiosk.risk.decision import Reason
from kiosk.values import SessionId
from kiosk.vault.sealing import Key

_AT_ONCE: Final = 512
AT_A_LOOK: Final = _AT_ONCE
"""Cases taken in by one `refresh`, whoever asks for it: a console that just started shows what it has, and has more the next moment."""
OPENED_AT_A_LOOK: Final = 200
"""The same where each has to be opened."""
_GRAVE_NATS, _DOUBTFUL_NATS = 2.0, 0.5
"""From here on a finding by itself makes fraud seven times, or half again, as likely."""
_USUAL_NATS: Final = 4.0
"""Evidence of so many nats fills the score to 63. Risks themselves are a few in a thousand, and no eye tells those apart."""
_WORTH_A_LOOK: Final = 10
"""From this score on an approved case stands in the queue as well."""
_STATION_POINTS: Final = {Weight.CONTRADICTS: 30, Weight.DOUBTS: 8, Weight.NOTED: 0, Weight.AGREES: 0}
_PURPOSES: Final = {CaseKind.OPENING: "account-opening", CaseKind.PAYMENT: "high-value-transaction"}
_HALVES: Final = frozenset({LinkKind.HALF, LinkKind.SERIES})


@dataclass(frozen=True, slots=True)
class _Taken:
    """reasons, currency: empty where the fact came from the results, which hold neither."""

    fact: CaseFact
    reasons: tuple[Reason, ...] = ()
    currency: str = ""


def no_results() -> Results | None:
    """No worker ever analysed."""
    return None


class FoldAnalysis:
    """results: gives what the analysis workers keep, None as long as there never was one; then the ledger's cases are opened here with the
    storage key. It is asked until it gives something: a role that is made later is found without a new start."""

    def __init__(self, ledger: IntakeStore, storage: Key, results: Callable[[], Results | None] = no_results) -> None:
        self._ledger, self._storage, self._find_results = ledger, storage, results
        self._results: Results | None = None
        self._keys = LinkKeys(storage)
        self._lock = threading.Lock()
        self._forget_all()

    def refresh(self, labels: Sequence[Label]) -> None:
        with self._lock:
            self._up_to_date = False  # as long as nobody can look, it is not known how many share what a new case has
            if self._results is None and (found := self._find_results()) is not None:
                self._results = found
                self._forget_all()
            self._up_to_date = self._take_some()
            if not self._up_to_date:
                return
            for label in self._untold(labels):
                if self._results is None:
                    self._learn(label)
                else:
                    self._results.add_label(label.case, LABELS.write(label))
                    self._up_to_date = False
            self._up_to_date = self._up_to_date or self._take_some()
            self._rank()

    def _untold(self, labels: Sequence[Label]) -> list[Label]:
        """Return what is not told yet of cases that are known: a label before its case teaches nothing to whoever folds in that order."""
        return [label for label in labels if label not in self._labels and label.case in self._cases]

    def _forget_all(self) -> None:
        self._fold = Fold()
        self._mark = self._passed_over = 0
        self._up_to_date = False
        self._labels: set[Label] = set()
        self._cases: dict[SessionId, _Taken] = {}
        self._ranked = Ranked()
        self._said: dict[SessionId, Assessment] = {}
        self._drift, self._calibration = DriftMonitor(), CalibrationMonitor()

    def queue(self, limit: int) -> tuple[CaseSummary, ...]:
        """Scores are kept of all cases; ties and findings are looked at of those that are shown."""
        with self._lock:
            self._rank()
            return tuple(self._summary(self._cases[session]) for session in self._ranked.gravest(limit))

    def summary(self, session: SessionId) -> CaseSummary | None:
        with self._lock:
            taken = self._cases.get(session)
            return None if taken is None else self._summary(taken)

    def findings(self, session: SessionId) -> tuple[BankFinding, ...]:
        with self._lock:
            return self._findings(session)

    def around(self, session: SessionId, most: int = 40) -> Graph:
        with self._lock:
            if session not in self._cases:
                return Graph(session, (), (), left_out=False)
            community = self._fold.community(session, most)
            scores = {case: self._score(self._cases[case]) for case in community.cases if case in self._cases}
        return _drawn(community, scores)

    def shared_by(self, session: SessionId) -> Mapping[LinkKind, int]:
        with self._lock:
            return self._fold.shared_by(session)

    def is_up_to_date(self) -> bool:
        with self._lock:
            return self._up_to_date

    def passed_over(self) -> int:
        """Return how many held cases or labels say nothing here: they do not open, or are of a version this one cannot read."""
        with self._lock:
            return self._passed_over

    def monitors(self) -> tuple[Monitor, ...]:
        with self._lock:
            units = self._fold.units()
            drifts, calibration = self._drift.drifts(), self._calibration.calibration()
            # Without enough cases for a drift there are few.
            cases = [] if drifts else sorted(self._cases.values(), key=lambda taken: taken.fact.position)
        unlike = tuple(
            Monitor(unit.name, f"{unit.cases} cases", "like its peers", "drifting", "; ".join(_words(finding) for finding in unit.findings))
            for unit in units
            if unit.findings
        )
        return (*(map(_stability, drifts) if drifts else _drifts(cases)), _calibrated(calibration), *unlike)

    # --- inside --------------------------------------------------------------------------------------------------------------

    def _take_some(self) -> bool:
        """Take in what came, at most so much that nobody waits long for it; return whether that was all."""
        done = self._take_ledger() if self._results is None else self._take_results(self._results)
        self._rank()
        return done < (OPENED_AT_A_LOOK if self._results is None else AT_A_LOOK)

    def _rank(self) -> None:
        for session in self._fold.touched():
            taken = self._cases.get(session)
            if taken is not None:
                score = self._score(taken)
                is_wanting = taken.fact.decision is not Decision.APPROVE or score >= _WORTH_A_LOOK
                self._ranked.put(session, score if is_wanting else None, taken.fact.position)

    def _take_ledger(self) -> int:
        for done, case in enumerate(self._ledger.cases(self._mark)):
            if done == OPENED_AT_A_LOOK:
                return done
            held = self._ledger.content(case.packet_id)
            signer = None if held is None else self._ledger.signer(held[2])
            self._mark = case.position
            if held is None or signer is None:
                self._passed_over += 1
                continue
            try:
                _, content = open_content(self._storage, case.packet_id, held[1], held[0], signer)
            except (SealBroken, PacketRefused):
                self._passed_over += 1
                continue
            record = content.record
            fact = fact_of(record, case.position, case.received_at, self._keys, doubts_of(record))
            self._take(_Taken(fact, record.recommendation.reasons, getattr(record.purpose, "currency", "")))
        return 0

    def _take_results(self, results: Results) -> int:
        done = 0
        while done < AT_A_LOOK and (entries := results.entries(self._mark, _AT_ONCE)):
            done += len(entries)
            for entry in entries:
                self._mark = entry.number
                if not entry.content:
                    continue  # forgotten, or the worker could not open it and said so
                try:
                    if entry.kind is EntryKind.LABEL:
                        self._learn(LABELS.read(entry.content))
                    else:
                        self._take(_Taken(FACTS.read(entry.content)))
                except PacketRefused:
                    self._passed_over += 1  # of another version: the workers pass it over as well
        return done

    def _take(self, taken: _Taken) -> None:
        self._cases[taken.fact.case] = taken
        assessments = self._fold.take(taken.fact)
        if assessments:
            self._drift.add(taken.fact, assessments[0].nats)
        self._say(assessments)

    def _learn(self, label: Label) -> None:
        self._labels.add(label)
        said = self._said.get(label.case)
        if said is not None:
            self._calibration.add(said.risk, label.truth)
        self._say(self._fold.learn(label))

    def _say(self, assessments: tuple[Assessment, ...]) -> None:
        self._said |= {one.case: one for one in assessments}

    def _score(self, taken: _Taken) -> int:
        station = max((_STATION_POINTS[reason.weight] for reason in taken.reasons), default=8 if taken.fact.doubts else 0)
        against = self._fold.model.nats(self._fold.values(taken.fact.case)) - self._fold.model.constant
        return max(station, round(100 * (1.0 - math.exp(-max(against, 0.0) / _USUAL_NATS))))

    def _summary(self, taken: _Taken) -> CaseSummary:
        fact = taken.fact
        return CaseSummary(
            position=fact.position,
            session=fact.case,
            station=fact.station,
            branch=fact.branch,
            channel=fact.channel,
            purpose=_PURPOSES[fact.kind],
            amount_minor=fact.amount_minor if fact.kind is CaseKind.PAYMENT else None,
            currency=taken.currency,
            decision=fact.decision,
            received_at=datetime.fromtimestamp(fact.received_s, UTC),
            operator=fact.operator,
            reasons=taken.reasons,
            policy=fact.policy_version,
            score=self._score(taken),
            ties=self._fold.tied(fact.case, 20),
            found=self._findings(fact.case)[:2],
        )

    def _findings(self, session: SessionId) -> tuple[BankFinding, ...]:
        """Return what speaks against a case as things stand now, with what its assessment rested on when it was made."""
        said = self._said.get(session)
        rests = {} if said is None else {finding.kind: finding for finding in said.findings}
        weights = self._fold.model.weights
        found = (
            replace(rests[kind], weight=weights[kind] * value) if kind in rests else Finding(kind, weights[kind] * value, value, 0.0)
            for kind, value in self._fold.values(session).items()
            if weights[kind] * value > 0.0
        )
        return tuple(_told(finding) for finding in sorted(found, key=lambda finding: -finding.weight))


def _told(finding: Finding) -> BankFinding:
    weight = Weight.CONTRADICTS if finding.weight >= _GRAVE_NATS else Weight.DOUBTS if finding.weight >= _DOUBTFUL_NATS else Weight.NOTED
    return BankFinding(finding.kind.value, weight, round(finding.weight, 1), _words(finding), finding.evidence)


def _words(finding: Finding) -> str:
    return finding.kind.value.replace("-", " ") + (f" ({finding.about})" if finding.about else "")


def _drawn(community: Community, scores: dict[SessionId, int]) -> Graph:
    """Return cases and what they share as a graph: pairs that share one thing hang on one node of it."""
    groups: dict[LinkKind, list[set[SessionId]]] = defaultdict(list)
    shared: dict[tuple[LinkKind, SessionId], int] = {}
    for tie in community.ties:
        kind = LinkKind.DOCUMENT if tie.kind in _HALVES else tie.kind
        touching = [group for group in groups[kind] if tie.one in group or tie.other in group]
        merged = {tie.one, tie.other}.union(*touching)
        groups[kind] = [group for group in groups[kind] if group not in touching] + [merged]
        for one in (tie.one, tie.other):
            shared[kind, one] = max(shared.get((kind, one), 0), tie.shared_by)
    nodes = [Node(case, None, case, 0, scores.get(case, 0)) for case in community.cases]
    edges = []
    for kind, found in groups.items():
        for number, group in enumerate(sorted(found, key=min)):
            key = f"{kind}-{number}"
            nodes.append(Node(key, kind, SessionId(""), max(shared[kind, one] for one in group)))
            edges += [(case, key) for case in sorted(group)]
    for number, (kind, count) in enumerate(community.hubs):
        nodes.append(Node(f"hub-{number}", kind, SessionId(""), count, is_hub=True))
        edges.append((community.around, f"hub-{number}"))
    touched = {key for edge in edges for key in edge} | {community.around}
    return Graph(community.around, tuple(node for node in nodes if node.key in touched), tuple(edges), not community.whole)


def _stability(drift: Drift) -> Monitor:
    state, limit = ("drifting" if drift.drifted else "steady"), f"{drift.by_chance:.3f} by chance"
    says = f"population stability index of the newest {drift.cases} cases against the first"
    return Monitor(drift.quantity.replace("-", " "), f"{drift.index:.3f}", limit, state, says)


def _calibrated(found: Calibration) -> Monitor:
    """Ten settled cases say nothing yet; three standard deviations are no chance."""
    state = "unknown" if found.labelled < 10 else "drifting" if abs(found.deviation) > 3.0 else "steady"
    says = f"frauds among {found.labelled} settled cases"
    says += f", {found.deviation:+.1f} standard deviations from what was said" if state != "unknown" else "; too few to say anything"
    return Monitor("calibration", str(found.found), f"{found.expected:.1f} expected", state, says)


def _drifts(cases: list[_Taken]) -> Iterator[Monitor]:
    """Compare the newer half of cases with the older. Three standard errors of the older share are the limit."""
    half = len(cases) // 2
    if half < 20:
        yield Monitor("cases", str(len(cases)), "at least 40", "unknown", "Too few cases to compare the newer half with the older.")
        return
    older, newer = [taken.fact for taken in cases[:half]], [taken.fact for taken in cases[half:]]
    for name, is_one in (
        ("referred", lambda fact: fact.recommended is Decision.REFER),
        ("declined", lambda fact: fact.recommended is Decision.DECLINE),
        ("not live", lambda fact: fact.liveness is Looked.AGAINST),
        ("another face", lambda fact: fact.match is Looked.AGAINST),
        ("document doubted", lambda fact: fact.doubts > 0),
    ):
        before, now = (sum(map(is_one, facts)) / len(facts) for facts in (older, newer))
        limit = 3 * (max(before * (1 - before), 1 / len(older)) / len(newer)) ** 0.5
        state = "drifting" if abs(now - before) > limit else "steady"
        says = f"{now:.1%} of the newer half of cases, {before:.1%} of the older"
        yield Monitor(name, f"{now:.1%}", f"{before:.1%} ± {limit:.1%}", state, says)
