"""What the desk's books are made of: cases and audit lines of a span of time. Nothing is written here."""

from dataclasses import dataclass
from datetime import datetime

from kiosk.outbox import DeliveryState
from kiosk.values import SessionId
from kiosk.vault.audit import AuditEvent, AuditLine
from kiosk.vault.store import Store
from kiosk.vault.times import as_text, from_text

_LINES = "SELECT number, at, event, session, who, detail, previous, digest, place, purpose, form FROM audit"


@dataclass(frozen=True, slots=True)
class BookedCase:
    """One kept case and how far its packet came. receipted: whether the bank's receipt is kept; erased: its key was destroyed."""

    session: SessionId
    opened_at: datetime
    delivery: DeliveryState
    attempts: int
    last_problem: str
    receipted: bool
    erased: bool


def cases_between(store: Store, since: datetime, until: datetime) -> tuple[BookedCase, ...]:
    """Return the kept cases opened from `since` up to before `until`, oldest first."""
    with store.turn() as db:
        found = db.execute(
            """
            SELECT session, opened_at, state, attempts, last_problem, receipt IS NOT NULL,
                EXISTS (SELECT 1 FROM erasures WHERE erasures.session = cases.session)
            FROM cases JOIN outbox USING (session) WHERE opened_at >= ? AND opened_at < ? ORDER BY opened_at, session
            """,
            (as_text(since), as_text(until)),
        ).fetchall()
    return tuple(
        BookedCase(SessionId(row[0]), from_text(row[1]), DeliveryState(row[2]), row[3], row[4], bool(row[5]), bool(row[6])) for row in found
    )


def lines_between(store: Store, since: datetime, until: datetime) -> tuple[AuditLine, ...]:
    """Return the audit lines from `since` up to before `until`, in order."""
    with store.turn() as db:
        found = db.execute(_LINES + " WHERE at >= ? AND at < ? ORDER BY number", (as_text(since), as_text(until))).fetchall()
    return tuple(AuditLine(*row) for row in found)


def newest_lines(store: Store, limit: int) -> tuple[AuditLine, ...]:
    """Return the last lines of the log, newest first."""
    with store.turn() as db:
        found = db.execute(_LINES + " ORDER BY number DESC LIMIT ?", (limit,)).fetchall()
    return tuple(AuditLine(*row) for row in found)


def lines_of(store: Store, event: AuditEvent) -> tuple[AuditLine, ...]:
    """Return every line of one event, in order."""
    with store.turn() as db:
        found = db.execute(_LINES + " WHERE event = ? ORDER BY number", (event.value,)).fetchall()
    return tuple(AuditLine(*row) for row in found)
