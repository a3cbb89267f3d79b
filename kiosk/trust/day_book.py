"""End of day: what was opened, sent and receipted at this station, and every difference by its name.

1. A session counts as opened when the log has any line of it on that day.
2. Opened sessions end in a record or in an ending line. One that has neither vanished, in a crash for instance, and is named.
3. A kept case the bank does not hold yet is named, with why.
4. Store and log must say the same: a case or receipt without its line, or a line without its case, is named.
5. Closing the day writes one audit line with the counts; it can be closed again later, when what waited has gone.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from kiosk.outbox import DeliveryState
from kiosk.trust.permissions import Action
from kiosk.trust.presence import Authority, SignedIn
from kiosk.values import OperatorId, SessionId
from kiosk.vault import books
from kiosk.vault.audit import AuditEntry, AuditEvent, AuditLine
from kiosk.vault.books import BookedCase
from kiosk.vault.store import Store
from kiosk.vault.times import as_text

_OF_A_CASE = (AuditEvent.CASE_STEP, AuditEvent.CASE_KEPT, AuditEvent.CASE_ENDED)


class DifferenceKind(StrEnum):
    VANISHED = "vanished"
    """Opened, and neither kept nor ended."""
    NOT_SENT = "not-sent"
    SET_ASIDE = "set-aside"
    CASE_WITHOUT_LINE = "case-without-line"
    RECEIPT_WITHOUT_LINE = "receipt-without-line"
    LINE_WITHOUT_CASE = "line-without-case"


@dataclass(frozen=True, slots=True)
class Difference:
    """problem: the delivery's last problem, a code; empty where there is none."""

    session: SessionId
    kind: DifferenceKind
    problem: str = ""


@dataclass(frozen=True, slots=True)
class DayBook:
    """ended: without a record; sent: at least tried, or receipted; closed_by, closed_at: of the last closing, None before the first."""

    day: date
    opened: int
    kept: int
    ended: int
    sent: int
    receipted: int
    differences: tuple[Difference, ...]
    closed_by: OperatorId | None = None
    closed_at: str = ""


NOWHERE: Final = "practice"
"""What the connector of practice says of every try: there was no bank to send to (`kiosk/bank/nowhere.py`)."""


class DayBooks:
    """authority: asked at each; the same one the rest of the desk asks."""

    def __init__(self, store: Store, authority: Authority) -> None:
        self._store, self._authority = store, authority

    def read(self, who: SignedIn | None, day: date, now: datetime) -> DayBook:
        """day: in the time zone of `now`, which is the branch's. Raises NotPermitted."""
        self._authority.require(who, Action.RECONCILE_DAY, now)
        return self._read(day, now)

    def close(self, who: SignedIn, day: date, now: datetime) -> DayBook:
        """Write the day's counts into the log. Raises NotPermitted."""
        self._authority.require(who, Action.RECONCILE_DAY, now)
        book = self._read(day, now)
        counts = f"opened={book.opened}:kept={book.kept}:ended={book.ended}:sent={book.sent}:receipted={book.receipted}"
        detail = f"{day.isoformat()}:{counts}:differences={len(book.differences)}"
        self._store.note(AuditEntry(now, AuditEvent.DAY_RECONCILED, who=who.name, detail=detail))
        return self._read(day, now)

    def _read(self, day: date, now: datetime) -> DayBook:
        since = datetime(day.year, day.month, day.day, tzinfo=now.tzinfo)
        until = since + timedelta(days=1)
        closings = [line for line in books.lines_of(self._store, AuditEvent.DAY_RECONCILED) if line.detail.startswith(day.isoformat())]
        cases = books.cases_between(self._store, since, until)
        # A receipt or a record may come after midnight; a day that is over is judged by what is known now.
        lines = books.lines_between(self._store, since, max(now + timedelta(seconds=1), until))
        return reconcile(day, cases, tuple(line for line in lines if line.at < as_text(until)), lines, closings)


def reconcile(
    day: date,
    cases: tuple[BookedCase, ...],
    of_the_day: tuple[AuditLine, ...],
    since_then: tuple[AuditLine, ...],
    closings: list[AuditLine],
) -> DayBook:
    """Return the book. of_the_day: the day's audit lines; since_then: those, and all later ones up to now."""
    opened = {line.session for line in of_the_day if line.event in _OF_A_CASE} | {case.session for case in cases}
    before = {line.session for line in of_the_day if line.event == AuditEvent.RECEIPT_KEPT}
    kept_lines = {line.session for line in since_then if line.event == AuditEvent.CASE_KEPT}
    ended = {line.session for line in since_then if line.event == AuditEvent.CASE_ENDED} & opened
    receipt_lines = {line.session for line in since_then if line.event == AuditEvent.RECEIPT_KEPT} | before
    held = {case.session for case in cases}
    differences = [
        *(Difference(SessionId(session), DifferenceKind.VANISHED) for session in sorted(opened - held - ended - kept_lines)),
        *(difference for case in cases if (difference := _delivery_difference(case)) is not None),
        *(Difference(case.session, DifferenceKind.CASE_WITHOUT_LINE) for case in cases if case.session not in kept_lines),
        *(
            Difference(case.session, DifferenceKind.RECEIPT_WITHOUT_LINE)
            for case in cases
            if case.receipted and case.session not in receipt_lines
        ),
        *(
            Difference(SessionId(line.session), DifferenceKind.LINE_WITHOUT_CASE)
            for line in of_the_day
            if line.event == AuditEvent.CASE_KEPT and line.session not in held
        ),
    ]
    last = closings[-1] if closings else None
    return DayBook(
        day=day,
        opened=len(opened),
        kept=len(cases),
        ended=len(ended - held),
        sent=sum(_was_sent(case) for case in cases),
        receipted=sum(case.receipted for case in cases),
        differences=tuple(differences),
        closed_by=None if last is None else OperatorId(last.who),
        closed_at="" if last is None else last.at,
    )


def _was_sent(case: BookedCase) -> bool:
    return case.receipted or (case.attempts > 0 and case.last_problem != NOWHERE)


def _delivery_difference(case: BookedCase) -> Difference | None:
    if case.receipted or case.erased:
        return None
    kind = DifferenceKind.SET_ASIDE if case.delivery is DeliveryState.SET_ASIDE else DifferenceKind.NOT_SENT
    return Difference(case.session, kind, case.last_problem)
