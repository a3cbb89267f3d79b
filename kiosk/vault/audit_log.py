"""The audit log's tables. The store calls it inside its own transactions and under its own lock."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Final

import sqlite_utils

from kiosk.faults import SealBroken
from kiosk.values import OperatorId
from kiosk.vault.audit import (
    GENESIS,
    AuditBroken,
    AuditEntry,
    AuditEvent,
    AuditLine,
    AuditSound,
    AuditVerdict,
    BrokenBecause,
    Head,
    line_digest,
    verify,
)
from kiosk.vault.audit_heads import Grown, HeadSigner, SignedHead, is_genuine
from kiosk.vault.sealing import Key, Place, seal, unseal
from kiosk.vault.times import as_text, from_text

FORM: Final = 2
_HEAD_PLACE: Final = Place("audit_head", "1", "sealed", "head of the audit log")
_LINES: Final = "SELECT number, at, event, session, who, detail, previous, digest, place, purpose, form FROM audit"


class AuditLog:
    """where: the station's name, written on every line."""

    def __init__(self, db: sqlite_utils.Database, key: Key, signer: HeadSigner, where: str = "") -> None:
        self._db = db
        self._key = key
        self._signer = signer
        self._where = where
        self._tree = Grown()
        self._newest = b""

    @property
    def public_key(self) -> bytes:
        return self._signer.public

    def begin(self, nonce: bytes) -> None:
        """Seal the head of an empty log. Once, when the store is made."""
        self._db.table("audit_head").insert({"number": 1, "sealed": self._sealed(Head(0, GENESIS), nonce)})

    def adopt(self) -> None:
        """Sign a first head over the lines of a log that had none: those of version 0.1, if they are as they were written.

        Raises SealBroken if they are not: nothing is signed that was tampered with.
        """
        (lines,) = self._db.execute("SELECT count(*) FROM audit").fetchone()
        if not lines or self.newest_head() is not None:
            return
        if not isinstance(verify(self.lines(), self.head()), AuditSound):
            raise SealBroken("the audit log is not as it was left")
        self._catch_up()
        (at,) = self._db.execute("SELECT at FROM audit WHERE number = ?", (lines,)).fetchone()
        self._keep_head(at)

    def append(self, entry: AuditEntry, nonce: bytes) -> None:
        """Add one line. Raises SealBroken if the log is not as it was left: nothing is added to a log that was tampered with."""
        head = self.head()
        if self._last_written() != head:
            raise SealBroken("the audit log is not as it was left")
        bare = AuditLine(
            head.lines + 1,
            as_text(entry.at),
            entry.event,
            entry.session,
            entry.who,
            entry.detail,
            head.digest,
            digest=b"",
            place=self._where,
            purpose=entry.for_purpose,
            form=FORM,
        )
        line = replace(bare, digest=line_digest(bare))
        self._db.execute(
            "INSERT INTO audit (number, at, event, session, who, detail, previous, digest, place, purpose, form) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            tuple(getattr(line, name) for name in AuditLine.__slots__),
        )
        self._db.execute("UPDATE audit_head SET sealed = ?", (self._sealed(Head(line.number, line.digest), nonce),))
        self._catch_up()
        if self._tree.size != line.number:
            # a line in the middle is gone
            self._tree = Grown()
            raise SealBroken("the audit log is not as it was left")
        self._keep_head(line.at)

    def head(self) -> Head:
        """Return the sealed head. Raises SealBroken."""
        row = self._db.execute("SELECT sealed FROM audit_head").fetchone()
        if row is None:
            raise SealBroken("the audit log has lost its head")
        plain = unseal(self._key, row[0], _HEAD_PLACE)
        return Head(int.from_bytes(plain[:8], "big"), plain[8:])

    def newest_head(self) -> SignedHead | None:
        row = self._db.execute("SELECT lines, root, at, key, signature FROM audit_heads ORDER BY lines DESC LIMIT 1").fetchone()
        return None if row is None else SignedHead(*row)

    def lines(self) -> Iterable[AuditLine]:
        return (AuditLine(*row) for row in self._db.execute(_LINES + " ORDER BY number"))

    def lines_before(self, number: int, at_most: int) -> list[AuditLine]:
        """Return so many lines before this number at most, newest first."""
        rows = self._db.execute(_LINES + " WHERE number < ? ORDER BY number DESC LIMIT ?", (number, at_most)).fetchall()
        return [AuditLine(*row) for row in rows]

    def told_of(self, event: AuditEvent) -> frozenset[tuple[str, str]]:
        """Return who and detail of every line of this event."""
        return frozenset(self._db.execute("SELECT who, detail FROM audit WHERE event = ?", (event.value,)).fetchall())

    def last_told(self, event: AuditEvent, detail: str) -> datetime | None:
        question = "SELECT at FROM audit WHERE event = ? AND detail = ? ORDER BY number DESC LIMIT 1"
        row = self._db.execute(question, (event.value, detail)).fetchone()
        return None if row is None else from_text(row[0])

    def last_by(self, event: AuditEvent, who: OperatorId) -> datetime | None:
        question = "SELECT at FROM audit WHERE event = ? AND who = ? ORDER BY number DESC LIMIT 1"
        row = self._db.execute(question, (event.value, who)).fetchone()
        return None if row is None else from_text(row[0])

    def verdict(self, *, every_signature: bool = False, against: SignedHead | None = None) -> AuditVerdict:
        """every_signature: check each head's signature and not only the newest one's. against: a head kept elsewhere, which the log must
        begin with."""
        try:
            head = self.head()
        except SealBroken:
            return AuditBroken(0, BrokenBecause.HEAD_UNREADABLE)
        heads = {row[0]: SignedHead(*row) for row in self._db.execute("SELECT lines, root, at, key, signature FROM audit_heads")}
        tree, newest = Grown(), max(heads, default=0)

        def judge(line: AuditLine) -> BrokenBecause | None:
            tree.add(line.digest)
            tree_root = tree.root()
            if against is not None and line.number == against.lines and tree_root != against.root:
                return BrokenBecause.REWRITTEN
            signed = heads.pop(line.number, None)
            if signed is None:
                return None if line.form == 1 else BrokenBecause.HEAD_MISSING
            if signed.root != tree_root or signed.at != line.at:
                return BrokenBecause.HEAD_FORGED
            looks = every_signature or line.number == newest
            return BrokenBecause.HEAD_FORGED if looks and not is_genuine(signed, self._signer.public) else None

        verdict = verify(self.lines(), head, judge)
        if not isinstance(verdict, AuditSound):
            return verdict
        if heads:
            return AuditBroken(min(heads), BrokenBecause.CUT_OFF)
        if verdict.lines and verdict.lines != newest:
            return AuditBroken(verdict.lines, BrokenBecause.HEAD_MISSING)
        if against is not None and against.lines > verdict.lines:
            return AuditBroken(verdict.lines + 1, BrokenBecause.CUT_OFF)
        if self._something_without_a_line():
            return AuditBroken(verdict.lines + 1, BrokenBecause.OLDER_THAN_STORE)
        return verdict

    def last_at(self) -> datetime | None:
        """Return the latest time any line carries, None in an empty log. A wall clock before it was turned back.

        Two people can accept a clock that was once ahead: then only lines from theirs on count.
        """
        accepted = "SELECT coalesce(max(number), 0) FROM audit WHERE event = ?"
        latest = self._db.execute(
            f"SELECT max(at) FROM audit WHERE number >= ({accepted})",  # noqa: S608  both halves stand here
            (AuditEvent.CLOCK_ACCEPTED.value,),
        ).fetchone()[0]
        return None if latest is None else from_text(latest)

    def _catch_up(self) -> None:
        """Add the lines the tree has not seen: all of them after opening, else this one and what another program wrote in between.

        A tree that took a line which was then rolled back is grown anew.
        """
        taken = self._db.execute("SELECT digest FROM audit WHERE number = ?", (self._tree.size,)).fetchone()
        if self._tree.size and taken != (self._newest,):
            self._tree = Grown()
        found = self._db.execute("SELECT digest FROM audit WHERE number > ? ORDER BY number", (self._tree.size,))
        for (digest,) in found.fetchall():
            self._tree.add(digest)
            self._newest = digest

    def _keep_head(self, at: str) -> None:
        head = self._signer.sign(self._tree.size, self._tree.root(), at)
        self._db.execute(
            "INSERT INTO audit_heads (lines, root, at, key, signature) VALUES (?, ?, ?, ?, ?)",
            (head.lines, head.root, head.at, head.key, head.signature),
        )

    def _something_without_a_line(self) -> bool:
        """Return whether the store holds a case or a receipt the log knows nothing of."""
        (found,) = self._db.execute(
            """
            SELECT EXISTS (
                SELECT session FROM cases EXCEPT SELECT session FROM audit WHERE event = :kept
            ) OR EXISTS (
                SELECT session FROM outbox WHERE receipt IS NOT NULL EXCEPT SELECT session FROM audit WHERE event = :receipted
            )
            """,
            {"kept": AuditEvent.CASE_KEPT.value, "receipted": AuditEvent.RECEIPT_KEPT.value},
        ).fetchone()
        return bool(found)

    def _last_written(self) -> Head:
        row = self._db.execute("SELECT number, digest FROM audit ORDER BY number DESC LIMIT 1").fetchone()
        return Head(0, GENESIS) if row is None else Head(*row)

    def _sealed(self, head: Head, nonce: bytes) -> bytes:
        return seal(self._key, nonce, head.lines.to_bytes(8, "big") + head.digest, _HEAD_PLACE)
