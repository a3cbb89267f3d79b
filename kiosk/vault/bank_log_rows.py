"""What the station remembers of its bank's log: every tree head it was shown with a receipt, and every lie, with its evidence.

The heads are the bank's signed words, so nobody can make one up; the audit log names each with the receipt it came with.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import sqlite_utils

from kiosk.faults import PacketRefused, StoreDamaged
from kiosk.values import SessionId
from kiosk.vault.times import as_text, from_text
from kiosk.wire.hash_tree import EMPTY_ROOT, TreeHead
from kiosk.wire.receipt import read_head

MOST_LIES: Final = 256
"""More are not kept: a few prove it, and a liar must not fill the disk."""


@dataclass(frozen=True, slots=True)
class KeptLie:
    """code: a `kiosk.wire.log_proof.Lie`; evidence: the answer as it came."""

    session: SessionId
    code: str
    kept_at: datetime
    evidence: bytes = field(repr=False)


class BankLogRows:
    """Used only inside the store's own turns and transactions."""

    def __init__(self, db: sqlite_utils.Database) -> None:
        self._db = db

    def tree_head(self) -> TreeHead:
        row = self._db.execute("SELECT size, root FROM tree_heads ORDER BY size DESC LIMIT 1").fetchone()
        return TreeHead(0, EMPTY_ROOT) if row is None else TreeHead(row[0], row[1])

    def keep_head(self, statement: bytes, now: datetime) -> str:
        """Keep a head, which the wire has verified, and return it as the audit log names it. Keeping one again changes nothing.

        Raises StoreDamaged for a head that another one kept here contradicts: the wire was told another history than the store has.
        """
        try:
            head = read_head(statement)
        except PacketRefused as refused:
            raise StoreDamaged("a tree head that is none") from refused
        row = self._db.execute("SELECT root FROM tree_heads WHERE size = ?", (head.size,)).fetchone()
        if row is None:
            self._db.table("tree_heads").insert(
                {"size": head.size, "root": head.root, "kept_at": as_text(now), "statement": statement}, pk="size"
            )
        elif row[0] != head.root:
            raise StoreDamaged("a tree head of the same size and another root is kept")
        return f"{head.size}:{head.root.hex()}"

    def keep_lie(self, session: SessionId, code: str, evidence: bytes, now: datetime) -> bool:
        """Keep the evidence of a lie, once for each case and kind. Return whether it is new."""
        known = self._db.execute("SELECT count(*) FROM lies WHERE session = ? AND code = ?", (session, code)).fetchone()[0]
        if known or self._db.execute("SELECT count(*) FROM lies").fetchone()[0] >= MOST_LIES:
            return False
        self._db.table("lies").insert({"session": session, "code": code, "kept_at": as_text(now), "evidence": evidence})
        return True

    def lies(self) -> tuple[KeptLie, ...]:
        found = self._db.execute("SELECT session, code, kept_at, evidence FROM lies ORDER BY number")
        return tuple(KeptLie(SessionId(session), code, from_text(kept_at), evidence) for session, code, kept_at, evidence in found)
