"""What one person at the bank proposes and a second agrees to: outcomes of cases, entries of the watch-list, policies, model notices.

1. What is agreed to is exactly what was proposed: its text never changes (a trigger holds that) and the second person names its digest.
2. A proposal is settled once. Agreed ones are what the office goes by; nothing that waits has any effect.
3. The reason is typed by a person and may hold personal data: it rests sealed.
"""

import hashlib
import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

import sqlite_utils

from kiosk.trust.permissions import Action, Role
from kiosk.values import Masked, OperatorId, SessionId
from kiosk.vault.sealing import NONCE_BYTES, Key, Place, seal, unseal
from kiosk.wire.plain import read_time, write_time


class Kind(StrEnum):
    OUTCOME = "outcome"
    WATCH_ADD = "watch-add"
    WATCH_REMOVE = "watch-remove"
    POLICY = "policy"
    CHALLENGER = "challenger"
    """A policy to be computed beside the one in force, without any effect."""
    MODEL_NOTICE = "model-notice"


ACTIONS: Final = {
    Kind.OUTCOME: Action.SETTLE_CASE,
    Kind.WATCH_ADD: Action.CHANGE_WATCH_LIST,
    Kind.WATCH_REMOVE: Action.CHANGE_WATCH_LIST,
    Kind.POLICY: Action.CHANGE_POLICY,
    Kind.CHALLENGER: Action.CHANGE_POLICY,
    Kind.MODEL_NOTICE: Action.CHANGE_POLICY,
}
"""What both people must be allowed to do."""


class Outcome(StrEnum):
    """What a case turned out to be, once somebody has looked."""

    CONFIRMED_FRAUD = "confirmed-fraud"
    FALSE_ALARM = "false-alarm"
    GENUINE = "genuine"
    UNCLEAR = "unclear"


class State(StrEnum):
    WAITING = "waiting"
    AGREED = "agreed"
    TURNED_DOWN = "turned-down"


@dataclass(frozen=True, slots=True)
class Proposal:
    """session: the case it is about, empty for none; content: canonical JSON or a policy's text, without personal data; reason: typed."""

    number: int
    kind: Kind
    session: SessionId
    content: str
    reason: Masked[str]
    by: OperatorId
    role: Role
    at: datetime
    state: State
    second: OperatorId
    settled_at: datetime | None

    @property
    def digest(self) -> str:
        return content_digest(self.kind, self.session, self.content)


def content_digest(kind: Kind, session: SessionId, content: str) -> str:
    """Return what a proposal is agreed to by, hex."""
    parts = [kind.value.encode(), session.encode(), content.encode()]
    packed = b"".join(len(part).to_bytes(4, "big") + part for part in parts)
    return hashlib.sha256(b"identity-desk proposal 1" + packed).hexdigest()


_TABLES: Final = (
    """
    CREATE TABLE IF NOT EXISTS proposals (
        number INTEGER PRIMARY KEY, kind TEXT NOT NULL, session TEXT NOT NULL, content TEXT NOT NULL, reason BLOB NOT NULL,
        by TEXT NOT NULL, role TEXT NOT NULL, at TEXT NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('waiting', 'agreed', 'turned-down')), second TEXT NOT NULL, settled_at TEXT,
        CHECK ((state = 'waiting') = (settled_at IS NULL)), CHECK (second != by)
    ) STRICT
    """,
    "CREATE INDEX IF NOT EXISTS proposals_by_session ON proposals (session, state)",
    """
    CREATE TRIGGER IF NOT EXISTS proposals_stay BEFORE DELETE ON proposals BEGIN SELECT RAISE(ABORT, 'proposals stay'); END
    """,
    """
    CREATE TRIGGER IF NOT EXISTS proposals_fixed BEFORE UPDATE ON proposals
    WHEN OLD.state != 'waiting' OR (OLD.kind, OLD.session, OLD.content, OLD.reason, OLD.by, OLD.role, OLD.at)
        IS NOT (NEW.kind, NEW.session, NEW.content, NEW.reason, NEW.by, NEW.role, NEW.at)
    BEGIN SELECT RAISE(ABORT, 'a proposal is settled once and never changed'); END
    """,
)
_COLUMNS: Final = "number, kind, session, content, reason, by, role, at, state, second, settled_at"


_MOST_READ: Final = 50_000


class ProposalRows:
    """The proposals' table, in the office's own store. transaction: opens one, or joins the one that is open."""

    def __init__(self, transaction: Callable[[], AbstractContextManager[sqlite_utils.Database]], key: Key) -> None:
        self._transaction = transaction
        self._key = key
        self._read: dict[tuple[Any, ...], Proposal] = {}
        """By every column: what was read once need not be unsealed again, and a row that changed is another."""
        with transaction() as db:
            for statement in _TABLES:
                db.execute(statement)

    def add(self, kind: Kind, session: SessionId, content: str, reason: Masked[str], by: OperatorId, role: Role, at: datetime) -> Proposal:
        with self._transaction() as db:
            number = int(db.execute("SELECT coalesce(max(number), 0) + 1 FROM proposals").fetchone()[0])
            sealed = seal(self._key, os.urandom(NONCE_BYTES), reason.reveal().encode(), _place(number))
            row = (number, kind.value, session, content, sealed, by, role.value, write_time(at), State.WAITING.value, "", None)
            db.execute("INSERT INTO proposals VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
            return self._proposal(row)

    def settle(self, number: int, state: State, second: OperatorId, at: datetime) -> bool:
        """Return False if it was settled before."""
        with self._transaction() as db:
            done = db.execute(
                "UPDATE proposals SET state = ?, second = ?, settled_at = ? WHERE number = ? AND state = 'waiting'",
                (state.value, second, write_time(at), number),
            )
            return done.rowcount == 1

    def one(self, number: int) -> Proposal | None:
        found = self._select("WHERE number = ?", (number,))
        return found[0] if found else None

    def waiting(self) -> tuple[Proposal, ...]:
        return self._select("WHERE state = 'waiting' ORDER BY number", ())

    def about(self, session: SessionId) -> tuple[Proposal, ...]:
        """Return everything ever proposed about one case, oldest first."""
        return self._select("WHERE session = ? ORDER BY number", (session,))

    def agreed(self, *kinds: Kind) -> tuple[Proposal, ...]:
        """Return what was agreed to, in the order in which it was."""
        marks = ", ".join("?" * len(kinds))
        return self._select(f"WHERE state = 'agreed' AND kind IN ({marks}) ORDER BY settled_at, number", tuple(kinds))

    def latest(self, limit: int) -> tuple[Proposal, ...]:
        return self._select("ORDER BY number DESC LIMIT ?", (limit,))

    def _select(self, where: str, values: tuple[object, ...]) -> tuple[Proposal, ...]:
        with self._transaction() as db:
            rows = db.execute(f"SELECT {_COLUMNS} FROM proposals {where}", values).fetchall()  # noqa: S608 - literals of this file
        if len(self._read) > _MOST_READ:
            self._read = {}
        return tuple(self._read.get(row) or self._read.setdefault(row, self._proposal(row)) for row in rows)

    def _proposal(self, row: tuple[Any, ...]) -> Proposal:
        number, kind, session, content, reason, by, role, at, state, second, settled = row
        return Proposal(
            number=number,
            kind=Kind(kind),
            session=SessionId(session),
            content=content,
            reason=Masked(unseal(self._key, reason, _place(number)).decode()),
            by=OperatorId(by),
            role=Role(role),
            at=read_time(at, "at"),
            state=State(state),
            second=OperatorId(second),
            settled_at=None if settled is None else read_time(settled, "settled_at"),
        )


def _place(number: int) -> Place:
    return Place("proposals", str(number), "reason", "why it is proposed")
