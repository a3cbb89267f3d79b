"""The rows of the teller's list. The store calls it inside its own turns."""

from typing import Any, Final

import sqlite_utils

from kiosk.faults import SealBroken
from kiosk.outbox import SEAL_BROKEN
from kiosk.record import Decision
from kiosk.values import Channel, Masked, SessionId
from kiosk.vault.case_seals import PURPOSES, CaseSeals, Shown
from kiosk.vault.delivery_rows import state_of
from kiosk.vault.erasure import ERASED, Erasures
from kiosk.vault.kept import CaseRow
from kiosk.vault.times import from_text

_ROW: Final = """
    SELECT session, opened_at, closed_at, channel, purpose, decision, wrapped_key, holder, state, attempts, due_at, last_problem
    FROM cases JOIN outbox USING (session)
"""
_NEWEST_AND_UNDELIVERED: Final = f"""
    {_ROW}
    WHERE session IN (SELECT session FROM cases ORDER BY opened_at DESC, session LIMIT :limit)
    OR session IN (
        SELECT session FROM outbox JOIN cases USING (session) WHERE state != 'receipted' ORDER BY opened_at, session LIMIT :limit
    )
    ORDER BY opened_at DESC, session
"""  # noqa: S608 - both parts are literals of this file


class CaseRows:
    def __init__(self, db: sqlite_utils.Database, seals: CaseSeals, erasures: Erasures) -> None:
        self._db, self._seals, self._erasures = db, seals, erasures

    def newest(self, limit: int) -> list[tuple[Any, ...]]:
        """Return the newest `limit`, and as many of the oldest that the bank does not hold yet, for `read`."""
        return self._db.execute(_NEWEST_AND_UNDELIVERED, {"limit": limit}).fetchall()

    def set_aside(self) -> list[tuple[Any, ...]]:
        return self._db.execute(_ROW + "WHERE state = 'set-aside' ORDER BY opened_at, session").fetchall()

    def read(self, row: tuple[Any, ...]) -> CaseRow:
        """Return the row as the list shows it; one whose seal is broken is shown as such. Raises StoreDamaged."""
        session, opened, closed, channel, purpose, decision, wrapped, holder, state, attempts, due, problem = row
        try:
            name = self._seals.holder(Shown(session, opened, closed, channel, purpose, decision), wrapped, holder)
        except SealBroken:
            erased = self._erasures.erasure(session) is not None
            name, problem, decision = "", ERASED if erased else SEAL_BROKEN, Decision.REFER.value
            channel = channel if channel in set(Channel) else Channel.BOOTH.value
            purpose = purpose if purpose in PURPOSES else PURPOSES[0]
        return CaseRow(
            session=SessionId(session),
            opened_at=from_text(opened),
            closed_at=from_text(closed),
            channel=Channel(channel),
            purpose=purpose,
            holder=Masked(name),
            decision=Decision(decision),
            delivery=state_of(state),
            attempts=attempts,
            next_attempt_at=from_text(due),
            last_problem=problem,
        )
