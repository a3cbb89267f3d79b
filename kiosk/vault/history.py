"""What the store knows that a decision weighs: how often this document came today, how busy the station is, what the operator did before.

A document is found again by a mark: a keyed digest of issuing state and number, half of it kept. Whoever has the file and guesses numbers
learns nothing without the key, and the mark goes with the case when it is erased.
"""

import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import sqlite_utils

from kiosk.values import OperatorId, SessionId
from kiosk.vault.sealing import Key
from kiosk.vault.times import as_text

_MARK_BYTES: Final = 16
_DAYS_LOOKED_BACK: Final = 30


@dataclass(frozen=True, slots=True)
class DocumentHistory:
    """Of the last 24 hours. refused: those not approved."""

    cases: int
    refused: int


@dataclass(frozen=True, slots=True)
class StationHistory:
    cases_hour: int
    declined_day: int


@dataclass(frozen=True, slots=True)
class OperatorHistory:
    """overrides_today: approvals against the recommendation since midnight UTC; overrides_before, cases_before: of each earlier day with a
    decision, at most 30 days back; cases_hour: decided in the last hour."""

    overrides_today: int
    cases_today: int
    cases_hour: int
    overrides_before: tuple[int, ...]
    cases_before: tuple[int, ...]


class History:
    """Used only inside the store's transactions."""

    def __init__(self, db: sqlite_utils.Database, key: Key) -> None:
        self._db = db
        self._key = key

    def mark(self, session: SessionId, issuing_state: str, number: str) -> None:
        """Remember which document a case was about. Of a document without a number nothing is."""
        if number:
            self._db.table("case_marks").insert({"session": session, "mark": self._mark_of(issuing_state, number)})

    def document(self, issuing_state: str, number: str, now: datetime) -> DocumentHistory:
        cases, refused = self._db.execute(
            """
            SELECT count(*), coalesce(sum(decision != 'approve'), 0) FROM case_marks JOIN cases USING (session)
            WHERE mark = ? AND closed_at >= ?
            """,
            (self._mark_of(issuing_state, number), as_text(now - timedelta(days=1))),
        ).fetchone()
        return DocumentHistory(cases, refused)

    def station(self, now: datetime) -> StationHistory:
        hour, day = as_text(now - timedelta(hours=1)), as_text(now - timedelta(days=1))
        cases, declined = self._db.execute(
            "SELECT coalesce(sum(closed_at >= ?), 0), coalesce(sum(decision = 'decline'), 0) FROM cases WHERE closed_at >= ?", (hour, day)
        ).fetchone()
        return StationHistory(cases, declined)

    def operator(self, name: OperatorId, now: datetime) -> OperatorHistory:
        """Read from the audit log, which nobody shortens."""
        rows = self._db.execute(
            """
            SELECT substr(at, 1, 10), count(*), sum(detail LIKE 'approve:against=%'), sum(at >= ?)
            FROM audit WHERE event = 'case-decided' AND who = ? AND at >= ? GROUP BY 1 ORDER BY 1
            """,
            (as_text(now - timedelta(hours=1)), name, as_text(now - timedelta(days=_DAYS_LOOKED_BACK))),
        ).fetchall()
        today = as_text(now)[:10]
        before = [row for row in rows if row[0] < today]
        cases_today, overrides_today = next(((row[1], row[2]) for row in rows if row[0] == today), (0, 0))
        in_the_hour = sum(row[3] for row in rows)
        return OperatorHistory(overrides_today, cases_today, in_the_hour, tuple(row[2] for row in before), tuple(row[1] for row in before))

    def _mark_of(self, issuing_state: str, number: str) -> bytes:
        return hmac.digest(self._key.reveal(), f"{issuing_state}\0{number}".encode(), "sha256")[:_MARK_BYTES]
