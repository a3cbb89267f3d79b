"""Results of the analysis in one SQLite file (`kiosk/intake/results.py`)."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

from kiosk.intake.results import Analysed, Counts, Entry, EntryKind, Face, FoundFaces, Outcome, Trouble
from kiosk.intake.sqlite_file import SqliteFile
from kiosk.values import SessionId
from kiosk.wire.plain import write_time

_APPLICATION_ID: Final = 0x49444B52
"""`IDKR`."""

_MIGRATIONS: Final = (
    (
        """
        CREATE TABLE entries (
            number INTEGER PRIMARY KEY, kind TEXT NOT NULL, packet_id TEXT NOT NULL, position INTEGER NOT NULL, received_at TEXT NOT NULL,
            content BLOB NOT NULL, trouble TEXT NOT NULL
        ) STRICT
        """,
        "CREATE UNIQUE INDEX a_case_is_kept_once ON entries (packet_id) WHERE kind = 'case'",
        "CREATE INDEX troubles ON entries (number) WHERE trouble <> ''",
        """
        CREATE TABLE faces (
            number INTEGER PRIMARY KEY REFERENCES entries, packet_id TEXT NOT NULL UNIQUE, received_at TEXT NOT NULL, sealed BLOB NOT NULL
        ) STRICT
        """,
        "CREATE INDEX faces_by_age ON faces (received_at)",
        """
        CREATE TABLE found_faces (
            number INTEGER PRIMARY KEY REFERENCES entries, packet_id TEXT NOT NULL UNIQUE, links BLOB NOT NULL
        ) STRICT
        """,
        "CREATE TABLE outcomes (number INTEGER PRIMARY KEY, packet_id TEXT NOT NULL, assessment BLOB NOT NULL) STRICT",
        "CREATE INDEX outcomes_of_a_case ON outcomes (packet_id, number)",
        "CREATE TABLE counts (one INTEGER PRIMARY KEY CHECK (one = 1), cases INTEGER NOT NULL, folded INTEGER NOT NULL) STRICT",
        "INSERT INTO counts VALUES (1, 0, 0)",
    ),
    ("CREATE UNIQUE INDEX a_label_is_kept_once ON entries (packet_id, content) WHERE kind = 'label' AND content <> X''",),
)
"""One entry per schema version: its statements. Once released an entry never changes."""


class SqliteResults(SqliteFile):
    """Any thread may call any method; calls take turns."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, _APPLICATION_ID, _MIGRATIONS, "the analysis's results")

    def keep(self, cases: Sequence[Analysed]) -> int:
        new = 0
        with self._transaction():
            number = self._last()
            for case in cases:
                at = write_time(case.received_at)
                row = (number + 1, EntryKind.CASE.value, case.packet_id, case.position, at, case.fact, case.trouble.value)
                if not self._db.execute("INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING", row).rowcount:
                    continue
                number, new = number + 1, new + 1
                if case.face:
                    self._db.execute("INSERT INTO faces VALUES (?, ?, ?, ?)", (number, case.packet_id, at, case.face))
            self._db.execute("UPDATE counts SET cases = cases + ?", (new,))
        return new

    def add_label(self, packet_id: SessionId, label: bytes) -> int:
        with self._transaction():
            known = self._db.execute(
                "SELECT number FROM entries WHERE kind = 'label' AND content <> X'' AND packet_id = ? AND content = ?", (packet_id, label)
            ).fetchone()
            if known is not None:
                return int(known[0])
            number = self._last() + 1
            self._db.execute("INSERT INTO entries VALUES (?, ?, ?, 0, '', ?, '')", (number, EntryKind.LABEL.value, packet_id, label))
        return number

    def entries(self, after: int, at_most: int) -> Sequence[Entry]:
        with self._turn():
            rows = self._db.execute(
                "SELECT number, kind, packet_id, content, trouble FROM entries WHERE number > ? ORDER BY number LIMIT ?", (after, at_most)
            ).fetchall()
        return [Entry(row[0], EntryKind(row[1]), SessionId(row[2]), row[3], Trouble(row[4])) for row in rows]

    def found_faces(self, after: int, upto: int) -> dict[SessionId, bytes]:
        with self._turn():
            rows = self._db.execute("SELECT packet_id, links FROM found_faces WHERE number > ? AND number <= ?", (after, upto)).fetchall()
        return {SessionId(packet_id): links for packet_id, links in rows}

    def folded(self) -> int:
        with self._turn():
            return self._number("SELECT folded FROM counts")

    def fold(self, expected: int, upto: int, outcomes: Sequence[Outcome], found: Sequence[FoundFaces]) -> bool:
        with self._transaction():
            if not self._db.execute("UPDATE counts SET folded = ? WHERE folded = ?", (upto, expected)).rowcount:
                return False
            number = self._number("SELECT coalesce(max(number), 0) FROM outcomes")
            rows = [(number + nth, one.packet_id, one.assessment) for nth, one in enumerate(outcomes, 1)]
            self._db.executemany("INSERT INTO outcomes VALUES (?, ?, ?)", rows)
            self._db.executemany(
                "INSERT OR REPLACE INTO found_faces SELECT number, packet_id, ? FROM entries WHERE packet_id = ? AND kind = 'case'",
                [(one.links, one.packet_id) for one in found],
            )
        return True

    def outcome(self, packet_id: SessionId) -> bytes | None:
        with self._turn():
            row = self._db.execute(
                "SELECT assessment FROM outcomes WHERE packet_id = ? ORDER BY number DESC LIMIT 1", (packet_id,)
            ).fetchone()
        return None if row is None else bytes(row[0])

    def outcomes(self, after: int, at_most: int) -> Sequence[tuple[int, Outcome]]:
        with self._turn():
            rows = self._db.execute("SELECT * FROM outcomes WHERE number > ? ORDER BY number LIMIT ?", (after, at_most)).fetchall()
        return [(number, Outcome(SessionId(packet_id), assessment)) for number, packet_id, assessment in rows]

    def faces(self, after: int, at_most: int) -> Sequence[Face]:
        with self._turn():
            rows = self._db.execute(
                "SELECT number, packet_id, sealed FROM faces WHERE number > ? ORDER BY number LIMIT ?", (after, at_most)
            ).fetchall()
        return [Face(number, SessionId(packet_id), sealed) for number, packet_id, sealed in rows]

    def faces_of(self, packet_ids: Sequence[SessionId]) -> Sequence[SessionId]:
        with self._turn():
            return [one for one in packet_ids if self._db.execute("SELECT 1 FROM faces WHERE packet_id = ?", (one,)).fetchone()]

    def erase_faces(self, packet_ids: Sequence[SessionId]) -> int:
        """The bytes are overwritten (`secure_delete`) and the write-ahead log is cut, so that they are in no file."""
        with self._transaction():
            gone = sum(self._db.execute("DELETE FROM faces WHERE packet_id = ?", (one,)).rowcount for one in packet_ids)
        self._cut_log()
        return gone

    def faces_received_before(self, moment: datetime) -> Sequence[SessionId]:
        with self._turn():
            rows = self._db.execute("SELECT packet_id FROM faces WHERE received_at < ?", (write_time(moment),)).fetchall()
        return [SessionId(packet_id) for (packet_id,) in rows]

    def forget_case(self, packet_id: SessionId) -> bool:
        with self._transaction():
            erased = self._db.execute(
                "UPDATE entries SET content = X'', trouble = ? WHERE packet_id = ? AND content <> X''", (Trouble.ERASED.value, packet_id)
            ).rowcount
            for table in ("faces", "found_faces", "outcomes"):
                erased += self._db.execute(f"DELETE FROM {table} WHERE packet_id = ?", (packet_id,)).rowcount  # noqa: S608 - constants
        self._cut_log()
        return erased > 0

    def counts(self) -> Counts:
        with self._turn():
            cases, folded = self._db.execute("SELECT cases, folded FROM counts").fetchone()
            unreadable = self._number("SELECT count(*) FROM entries WHERE trouble <> ''")
            faces = self._number("SELECT count(*) FROM faces")
            return Counts(cases, unreadable, faces, folded, self._last())

    def _last(self) -> int:
        return self._number("SELECT coalesce(max(number), 0) FROM entries")
