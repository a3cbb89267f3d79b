"""The analysis that needs nothing but the ledger: one branch, one process. Every case is opened once, what ties it to others is kept in
memory as keyed digests, and its pictures and names are let go of at once.
"""

import hmac
import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from kiosk.document.reading import Weight
from kiosk.face.verdict import DifferentFace
from kiosk.faults import PacketRefused, SealBroken, StoreDamaged
from kiosk.intake.office.analysis import BankFinding, CaseSummary, Graph, Monitor, Node, TieKind
from kiosk.intake.recheck import doubts_of
from kiosk.intake.rest import open_content
from kiosk.intake.store import HeldCase, IntakeStore
from kiosk.liveness.challenge import Live, NotLive
from kiosk.record import AccountOpening, Decision, HighValueTransaction, SessionRecord
from kiosk.values import SessionId
from kiosk.vault.sealing import Key, derive

_SHOWN_TIES: Final = (TieKind.DOCUMENT, TieKind.PERSON, TieKind.PHONE, TieKind.EMAIL, TieKind.ADDRESS, TieKind.ACCOUNT, TieKind.PAYEE)
_HUB: Final = 25
"""Cases of one hub that are walked for a drawing; the others are counted."""
_POINTS: Final = {Weight.CONTRADICTS: 30, Weight.DOUBTS: 8, Weight.NOTED: 0, Weight.AGREES: 0}
_VELOCITY: Final = 3
_WITHIN: Final = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class _Seen:
    """A case as it is kept in memory. ties: (kind, digest)."""

    summary: CaseSummary
    ties: tuple[tuple[TieKind, bytes], ...]
    recheck: tuple[str, ...]
    live: bool | None
    same_face: bool | None


class LedgerAnalysis:
    def __init__(self, ledger: IntakeStore, storage: Key) -> None:
        self._ledger = ledger
        self._storage = storage
        self._digests = derive(storage, "ties between cases")
        self._fraud: frozenset[SessionId] = frozenset()
        self._lock = threading.Lock()
        self._position = 0
        self._cases: dict[SessionId, _Seen] = {}
        self._by_tie: dict[tuple[TieKind, bytes], list[SessionId]] = defaultdict(list)

    def refresh(self, fraud: frozenset[SessionId]) -> None:
        with self._lock:
            self._fraud = fraud
            for case in self._ledger.cases():
                if case.position > self._position:
                    seen = self._look_at(case)
                    self._cases[case.packet_id] = seen
                    for tie in seen.ties:
                        self._by_tie[tie].append(case.packet_id)
                    self._position = case.position

    def queue(self, limit: int) -> tuple[CaseSummary, ...]:
        with self._lock:
            fraud = self._fraud
            scored = [self._scored(seen, fraud) for seen in self._cases.values()]
        wanting = [one for one in scored if (one.score > 0 and one.decision is not Decision.APPROVE) or one.score >= 30]
        return tuple(sorted(wanting, key=lambda one: (-one.score, -one.position))[:limit])

    def summary(self, session: SessionId) -> CaseSummary | None:
        with self._lock:
            seen = self._cases.get(session)
            return None if seen is None else self._scored(seen, self._fraud)

    def findings(self, session: SessionId) -> tuple[BankFinding, ...]:
        with self._lock:
            seen = self._cases.get(session)
            found = [] if seen is None else list(self._findings(seen, self._fraud))
        return tuple(sorted(found, key=lambda one: -one.points))

    def around(self, session: SessionId, most: int = 40) -> Graph:
        with self._lock:
            if session not in self._cases:
                raise LookupError("no such case is held")
            return self._walk(session, most)

    def monitors(self) -> tuple[Monitor, ...]:
        with self._lock:
            cases = sorted(self._cases.values(), key=lambda seen: seen.summary.position)
        half = len(cases) // 2
        if half < 20:
            return (Monitor("cases", str(len(cases)), "40", "unknown", "Too few cases to compare the newer half with the older."),)
        older, newer = cases[:half], cases[half:]
        return (
            _drift(
                "referred",
                _share(older, lambda one: one.summary.decision is Decision.REFER),
                newer,
                lambda one: one.summary.decision is Decision.REFER,
            ),
            _drift("not live", _share(older, lambda one: one.live is False), newer, lambda one: one.live is False),
            _drift("another face", _share(older, lambda one: one.same_face is False), newer, lambda one: one.same_face is False),
        )

    # --- inside --------------------------------------------------------------------------------------------------------------

    def _look_at(self, case: HeldCase) -> _Seen:
        held = self._ledger.content(case.packet_id)
        signer = None if held is None else self._ledger.signer(held[2])
        if held is None or signer is None:
            raise StoreDamaged(f"packet {case.packet_id} is listed and not held")
        try:
            _, content = open_content(self._storage, case.packet_id, held[1], held[0], signer)
        except (SealBroken, PacketRefused) as broken:
            raise StoreDamaged(f"packet {case.packet_id} does not open") from broken
        record = content.record
        pays = record.purpose if isinstance(record.purpose, HighValueTransaction) else None
        summary = CaseSummary(
            position=case.position,
            session=case.packet_id,
            station=case.station,
            branch=record.station.branch,
            channel=record.channel,
            purpose=case.purpose,
            amount_minor=None if pays is None else pays.amount_minor,
            currency="" if pays is None else pays.currency,
            decision=case.decision,
            received_at=case.received_at,
            operator="" if record.disposition is None else record.disposition.by,
            reasons=record.recommendation.reasons,
            policy=record.station.policy_version,
            score=0,
            ties=0,
        )
        live = (
            None
            if record.liveness is None
            else True
            if isinstance(record.liveness, Live)
            else False
            if isinstance(record.liveness, NotLive)
            else None
        )
        same = None if record.match is None else not isinstance(record.match, DifferentFace)
        return _Seen(summary, tuple(self._ties(record)), doubts_of(record), live, same)

    def _ties(self, record: SessionRecord) -> Iterator[tuple[TieKind, bytes]]:
        for kind, value in values_that_tie(record):
            yield kind, hmac.digest(self._digests.reveal(), f"{kind}|{value}".encode(), "sha256")[:16]

    def _others(self, seen: _Seen) -> frozenset[SessionId]:
        return frozenset(other for tie in seen.ties for other in self._by_tie[tie][-_HUB:]) - {seen.summary.session}

    def _scored(self, seen: _Seen, fraud: frozenset[SessionId]) -> CaseSummary:
        own = max((_POINTS[reason.weight] for reason in seen.summary.reasons), default=0)
        points = own + sum(finding.points for finding in self._findings(seen, fraud))
        return replace(seen.summary, score=min(points, 100), ties=len(self._others(seen)))

    def _findings(self, seen: _Seen, fraud: frozenset[SessionId]) -> Iterator[BankFinding]:
        others = self._others(seen)
        bad = others & fraud
        if bad:
            yield BankFinding(
                "tied-to-fraud", Weight.CONTRADICTS, 40, f"shares something with {_many(len(bad), 'case')} confirmed as fraud"
            )
        ties = dict(seen.ties)
        document, person = ties.get(TieKind.DOCUMENT), ties.get(TieKind.PERSON)
        if document is not None:
            names = {dict(self._cases[other].ties).get(TieKind.PERSON) for other in self._by_tie[TieKind.DOCUMENT, document]}
            if len(names) > 1:
                yield BankFinding(
                    "one-document-many-names", Weight.CONTRADICTS, 35, f"this document number was shown under {len(names)} names"
                )
            soon = [
                o
                for o in self._by_tie[TieKind.DOCUMENT, document]
                if abs(self._cases[o].summary.received_at - seen.summary.received_at) <= _WITHIN
            ]
            if len(soon) > _VELOCITY:
                yield BankFinding("velocity", Weight.DOUBTS, 15, f"this document came {len(soon)} times within 24 hours")
        for kind in (TieKind.PHONE, TieKind.EMAIL, TieKind.ADDRESS, TieKind.PAYEE):
            tie = ties.get(kind)
            people = (
                set() if tie is None else {dict(self._cases[o].ties).get(TieKind.PERSON) for o in self._by_tie[kind, tie]} - {None, person}
            )
            if len(people) >= 2:
                yield BankFinding(
                    f"shared-{kind}",
                    Weight.DOUBTS,
                    min(10 + 3 * len(people), 30),
                    f"the same {kind} with {_many(len(people), 'other person', 'other people')}",
                )
        if seen.recheck:
            yield BankFinding(
                "recheck", Weight.CONTRADICTS, 35, "the liveness evidence does not hold when checked again: " + ", ".join(seen.recheck)
            )

    def _walk(self, session: SessionId, most: int) -> Graph:
        degree = Counter({tie: len(cases) for tie, cases in self._by_tie.items() if len(cases) > 1})
        nodes: dict[str, Node] = {}
        edges: list[tuple[str, str]] = []
        left_out, todo, fraud = 0, [(session, 0)], self._fraud
        while todo:
            case, depth = todo.pop(0)
            if case not in nodes:
                nodes[case] = Node(case, None, case, 0, self._scored(self._cases[case], fraud).score)
            for tie in self._cases[case].ties:
                if not degree[tie] or tie[0] not in _SHOWN_TIES:
                    continue
                key = f"{tie[0]}-{tie[1].hex()}"
                if key not in nodes:
                    if len(nodes) >= most:
                        left_out += 1
                        continue
                    nodes[key] = Node(key, tie[0], SessionId(""), degree[tie])
                if (case, key) not in edges:
                    edges.append((case, key))
                for other in self._by_tie[tie][-_HUB:]:
                    if other not in nodes and depth < 2:
                        if len(nodes) >= most:
                            left_out += 1
                            continue
                        nodes[other] = Node(other, None, other, 0, self._scored(self._cases[other], fraud).score)
                        todo.append((other, depth + 1))
                left_out += max(0, degree[tie] - _HUB)
        drawn = {key for edge in edges for key in edge} | {session}
        return Graph(session, tuple(node for node in nodes.values() if node.key in drawn), tuple(edges), left_out)


def values_that_tie(record: SessionRecord) -> Iterator[tuple[TieKind, str]]:
    """Yield what two cases can have in common, in one spelling each. The caller turns it into keyed digests at once."""
    fields = record.document.fields
    if fields is not None:
        if fields.number.reveal():
            yield TieKind.DOCUMENT, f"{fields.issuing_state}|{fields.number.reveal()}".upper()
        born = fields.birth_date.reveal()
        yield TieKind.PERSON, f"{fields.surname.reveal()}|{fields.given_names.reveal()}|{born}".upper()
    match record.purpose:
        case AccountOpening(contact=contact) if contact is not None:
            plain = ((TieKind.PHONE, contact.phone), (TieKind.EMAIL, contact.email), (TieKind.ADDRESS, contact.address))
            yield from ((kind, _bare(value.reveal())) for kind, value in plain if _bare(value.reveal()))
        case HighValueTransaction(payee=payee, debit_account=account):
            yield TieKind.PAYEE, _bare(payee.reveal())
            yield TieKind.ACCOUNT, _bare(account.reveal())
        case _:
            return


def _bare(text: str) -> str:
    """Return letters and digits alone: the same address is typed in many ways."""
    return "".join(character for character in text.casefold() if character.isalnum())


def _share(cases: Iterable[_Seen], is_one: Callable[[_Seen], bool]) -> float:
    told = [is_one(seen) for seen in cases]
    return sum(told) / max(1, len(told))


def _drift(name: str, before: float, newer: list[_Seen], is_one: Callable[[_Seen], bool]) -> Monitor:
    """Three standard errors of the older share are the limit."""
    now = _share(newer, is_one)
    limit = 3 * (max(before * (1 - before), 0.0001) / len(newer)) ** 0.5
    drifts = abs(now - before) > limit
    says = f"{name}: {now:.1%} of the newer half of cases, {before:.1%} of the older"
    return Monitor(name, f"{now:.1%}", f"{before:.1%} ± {limit:.1%}", "drifting" if drifts else "steady", says)


def _many(count: int, one: str, several: str = "") -> str:
    return f"{count} {one if count == 1 else several or one + 's'}"
