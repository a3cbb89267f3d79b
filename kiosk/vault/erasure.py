"""Erasing a case: its own key is destroyed, and with it every value that was sealed under it (crypto-shredding).

What is left of an erased case is its random id, its times, channel, purpose and decision, the audit lines, and the bank's receipt: what the
bank must be able to show, and none of it says who the customer was. The sealed bytes stay where they are and open to nobody.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import sqlite_utils

from kiosk.outbox import DeliveryState
from kiosk.values import SessionId
from kiosk.vault.times import as_text, from_text

ERASED: Final = "erased"


@dataclass(frozen=True, slots=True)
class Erasure:
    session: SessionId
    at: datetime
    because: str


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """told: how far the bank was told: `waiting`, `receipted` or `set-aside`."""

    session: SessionId
    purpose: str
    at: datetime
    told: str


class Erasures:
    """Used only inside the store's transactions."""

    def __init__(self, db: sqlite_utils.Database) -> None:
        self._db = db

    def erase(self, session: SessionId, because: str, now: datetime) -> bool:
        """Destroy the key of one case, and its packet if it is not sent. Return False if it was erased before.

        Raises LookupError if no such case is kept.
        """
        if self._db.execute("SELECT 1 FROM cases WHERE session = ?", (session,)).fetchone() is None:
            raise LookupError("no such case is kept")
        if self.erasure(session) is not None:
            return False
        # secure_delete overwrites what the row no longer holds; the caller empties the write-ahead log.
        self._db.execute("UPDATE cases SET wrapped_key = x'' WHERE session = ?", (session,))
        self._db.execute("INSERT INTO erasures VALUES (?, ?, ?)", (session, as_text(now), because))
        self._db.execute("DELETE FROM packets WHERE session = ?", (session,))
        self._db.execute("DELETE FROM case_marks WHERE session = ?", (session,))
        self._db.execute(
            "UPDATE referrals SET state = 'expired', sealed = NULL, last_problem = ? WHERE session = ? AND state = 'waiting'",
            (ERASED, session),
        )
        self._db.execute(
            "UPDATE outbox SET state = ?, due_at = ?, last_problem = ? WHERE session = ? AND receipt IS NULL",
            (DeliveryState.SET_ASIDE.value, as_text(now), ERASED, session),
        )
        return True

    def erasure(self, session: SessionId) -> Erasure | None:
        row = self._db.execute("SELECT session, erased_at, because FROM erasures WHERE session = ?", (session,)).fetchone()
        return None if row is None else Erasure(SessionId(row[0]), from_text(row[1]), row[2])

    def withdraw(self, session: SessionId, purpose: str, now: datetime) -> bool:
        """Write down that a consent was withdrawn; return False if it was before. Raises LookupError if no such case is kept."""
        if self._db.execute("SELECT 1 FROM cases WHERE session = ?", (session,)).fetchone() is None:
            raise LookupError("no such case is kept")
        known = self._db.execute("SELECT 1 FROM withdrawals WHERE session = ? AND purpose = ?", (session, purpose)).fetchone()
        if known is None:
            self._db.execute("INSERT INTO withdrawals VALUES (?, ?, ?)", (session, purpose, as_text(now)))
            self._db.execute("INSERT INTO withdrawal_deliveries VALUES (?, ?, 'waiting', 0, ?, '', NULL)", (session, purpose, as_text(now)))
        return known is None

    def withdrawals(self, session: SessionId) -> tuple[Withdrawal, ...]:
        found = self._db.execute(
            "SELECT session, purpose, withdrawn_at, state FROM withdrawals JOIN withdrawal_deliveries USING (session, purpose) "
            "WHERE session = ? ORDER BY purpose",
            (session,),
        )
        return tuple(Withdrawal(SessionId(row[0]), row[1], from_text(row[2]), row[3]) for row in found)

    def due(self, now: datetime, kept_for: Mapping[str, timedelta], check: str) -> tuple[SessionId, ...]:
        """Return the cases whose time is over: those with the bank's receipt, closed longer ago than their purpose allows, and those whose
        consent to the check was withdrawn. A case the bank does not have yet is not lost to a clock.

        kept_for: by the case's purpose; check: the consent whose withdrawal ends the keeping at once.
        """
        found: list[SessionId] = []
        for purpose, span in kept_for.items():
            rows = self._db.execute(
                """
                SELECT cases.session FROM cases JOIN outbox USING (session)
                WHERE cases.purpose = ? AND cases.closed_at <= ? AND outbox.receipt IS NOT NULL
                AND cases.session NOT IN (SELECT session FROM erasures) ORDER BY cases.closed_at
                """,
                (purpose, as_text(now - span)),
            )
            found += [SessionId(row[0]) for row in rows]
        withdrawn = self._db.execute(
            "SELECT session FROM withdrawals WHERE purpose = ? AND session NOT IN (SELECT session FROM erasures)", (check,)
        )
        return tuple(dict.fromkeys([*found, *(SessionId(row[0]) for row in withdrawn)]))
