"""The outbox in the ledger's SQLite file (`kiosk/intake/outbox.py`)."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

from kiosk.intake.outbox import FIRST, Grant, Mark, OpeningLine, Sealed, Waiting, chained
from kiosk.intake.sqlite_file import SqliteFile
from kiosk.values import SessionId
from kiosk.wire.plain import read_time

OUTBOX_TABLES: Final = (
    "CREATE TABLE outbox (position INTEGER PRIMARY KEY REFERENCES packets, granted BLOB NOT NULL) STRICT",
    """
    CREATE TABLE stream_marks (
        stream TEXT PRIMARY KEY, generation TEXT NOT NULL, sequence INTEGER NOT NULL, position INTEGER NOT NULL
    ) STRICT
    """,
    """
    CREATE TABLE openings (
        number INTEGER PRIMARY KEY, at TEXT NOT NULL, position INTEGER NOT NULL REFERENCES packets, packet_id TEXT NOT NULL,
        role TEXT NOT NULL, purpose TEXT NOT NULL, worker TEXT NOT NULL, digest BLOB NOT NULL
    ) STRICT
    """,
    "CREATE TRIGGER openings_stay BEFORE DELETE ON openings BEGIN SELECT RAISE(ABORT, 'openings stay'); END",
    "CREATE TRIGGER openings_fixed BEFORE UPDATE ON openings BEGIN SELECT RAISE(ABORT, 'openings never change'); END",
    "CREATE TRIGGER outbox_fixed BEFORE UPDATE ON outbox BEGIN SELECT RAISE(ABORT, 'a grant never changes'); END",
)


class SqliteOutbox(SqliteFile):
    """The part of the ledger that analysis sees."""

    def queued(self, after: int, at_most: int) -> Sequence[Waiting]:
        with self._turn():
            rows = self._db.execute(
                "SELECT position, packet_id FROM outbox JOIN packets USING (position) WHERE position > ? ORDER BY position LIMIT ?",
                (after, at_most),
            ).fetchall()
        return [Waiting(position, SessionId(packet_id)) for position, packet_id in rows]

    def queued_count(self) -> int:
        with self._turn():
            return int(self._db.execute("SELECT count(*) FROM outbox").fetchone()[0])

    def open_waiting(self, positions: Sequence[int], role: str, worker: str, at: datetime) -> Sequence[Sealed]:
        with self._transaction():
            found = [sealed for position in sorted(set(positions)) if (sealed := self._sealed(position)) is not None]
            row = self._db.execute("SELECT number, digest FROM openings ORDER BY number DESC LIMIT 1").fetchone()
            number, before = (0, FIRST) if row is None else row
            for sealed in found:
                line = chained(before, number + 1, at, Waiting(sealed.position, sealed.packet_id), role, worker)
                number, before = line.number, line.digest
                self._db.execute(
                    "INSERT INTO openings VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                    (line.number, line.at, line.position, line.packet_id, line.role, line.purpose, line.worker, line.digest),
                )
        return found

    def settle(self, positions: Sequence[int]) -> int:
        with self._transaction():
            return sum(self._db.execute("DELETE FROM outbox WHERE position = ?", (position,)).rowcount for position in positions)

    def grant_again(self, grants: Sequence[Grant]) -> int:
        with self._transaction():
            waited = sum(self._db.execute("DELETE FROM outbox WHERE position = ?", (grant.position,)).rowcount for grant in grants)
            self._db.executemany("INSERT INTO outbox VALUES (?, ?)", [(grant.position, grant.sealed) for grant in grants])
        return len(grants) - waited

    def mark(self, stream: str) -> Mark | None:
        with self._turn():
            row = self._db.execute("SELECT generation, sequence, position FROM stream_marks WHERE stream = ?", (stream,)).fetchone()
        return None if row is None else Mark(*row)

    def keep_mark(self, stream: str, mark: Mark) -> None:
        with self._transaction():
            row = (stream, mark.generation, mark.sequence, mark.position)
            self._db.execute("INSERT OR REPLACE INTO stream_marks VALUES (?, ?, ?, ?)", row)

    def consents_withdrawn(self) -> Sequence[SessionId]:
        with self._turn():
            rows = self._db.execute("SELECT DISTINCT packet_id FROM consent_withdrawals").fetchall()
        return [SessionId(packet_id) for (packet_id,) in rows]

    def openings(self) -> Iterator[OpeningLine]:
        number = 0
        while True:
            with self._turn():
                rows = self._db.execute("SELECT * FROM openings WHERE number > ? ORDER BY number LIMIT 1000", (number,)).fetchall()
            if not rows:
                return
            for row in rows:
                yield OpeningLine(*row)
            number = rows[-1][0]

    def _sealed(self, position: int) -> Sealed | None:
        row = self._db.execute(
            """
            SELECT packet_id, received_at, station_key, digest, sealed, granted
            FROM outbox JOIN packets USING (position) JOIN contents USING (position) WHERE position = ?
            """,
            (position,),
        ).fetchone()
        if row is None:
            return None
        return Sealed(position, SessionId(row[0]), read_time(row[1], "received_at"), row[2], row[3], row[4], row[5])
