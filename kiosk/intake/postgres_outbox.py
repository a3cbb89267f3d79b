"""The outbox in the PostgreSQL ledger (`kiosk/intake/outbox.py`)."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Final

from kiosk.intake.outbox import FIRST, Grant, Mark, OpeningLine, Sealed, Waiting, chained
from kiosk.intake.postgres_link import Db, PostgresLink
from kiosk.values import SessionId
from kiosk.wire.plain import read_time

_OPENINGS_LOCK: Final = 0x49444B4F
"""`IDKO`: of whoever writes down openings. Whoever appends packets holds another lock, so neither waits for the other."""

OUTBOX_TABLES: Final = """
    CREATE TABLE outbox (position bigint PRIMARY KEY REFERENCES packets, granted bytea NOT NULL);
    CREATE TABLE stream_marks (stream text PRIMARY KEY, generation text NOT NULL, sequence bigint NOT NULL, position bigint NOT NULL);
    CREATE TABLE openings (
        number bigint PRIMARY KEY CHECK (number > 0), at text NOT NULL, position bigint NOT NULL REFERENCES packets,
        packet_id text NOT NULL, role text NOT NULL, purpose text NOT NULL, worker text NOT NULL, digest bytea NOT NULL
    );
    CREATE TRIGGER fixed BEFORE UPDATE OR DELETE OR TRUNCATE ON openings FOR EACH STATEMENT EXECUTE FUNCTION stays();
    CREATE TRIGGER fixed BEFORE UPDATE ON outbox FOR EACH STATEMENT EXECUTE FUNCTION stays();
    """


class PostgresOutbox(PostgresLink):
    """The part of the ledger that analysis sees."""

    def queued(self, after: int, at_most: int) -> Sequence[Waiting]:
        rows = self._rows(
            "SELECT position, packet_id FROM outbox JOIN packets USING (position) WHERE position > %s ORDER BY position LIMIT %s",
            (after, at_most),
        )
        return [Waiting(position, SessionId(packet_id)) for position, packet_id in rows]

    def queued_count(self) -> int:
        return int(self._rows("SELECT count(*) FROM outbox")[0][0])

    def open_waiting(self, positions: Sequence[int], role: str, worker: str, at: datetime) -> Sequence[Sealed]:
        """Done twice, it is written down twice: what may have been opened is never missing."""

        def work(db: Db) -> Sequence[Sealed]:
            with db.transaction():
                db.execute("SELECT pg_advisory_xact_lock(%s)", (_OPENINGS_LOCK,))
                found = [_sealed(row) for row in db.execute(_CONTENTS, (list(positions),)).fetchall()]
                last = db.execute("SELECT number, digest FROM openings ORDER BY number DESC LIMIT 1").fetchone()
                number, before = (0, FIRST) if last is None else (int(last[0]), bytes(last[1]))
                lines: list[OpeningLine] = []
                for sealed in found:
                    line = chained(before, number + 1, at, Waiting(sealed.position, sealed.packet_id), role, worker)
                    number, before = line.number, line.digest
                    lines.append(line)
                with db.cursor() as cursor:
                    cursor.executemany(
                        "INSERT INTO openings VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
                        [(one.number, one.at, one.position, one.packet_id, one.role, one.purpose, one.worker, one.digest) for one in lines],
                    )
            return found

        return self._run(work)

    def settle(self, positions: Sequence[int]) -> int:
        return len(self._rows("DELETE FROM outbox WHERE position = ANY(%s) RETURNING position", (list(positions),)))

    def grant_again(self, grants: Sequence[Grant]) -> int:
        positions, sealed = [grant.position for grant in grants], [grant.sealed for grant in grants]

        def work(db: Db) -> int:
            with db.transaction():
                waited = db.execute("DELETE FROM outbox WHERE position = ANY(%s)", (positions,)).rowcount
                db.execute("INSERT INTO outbox SELECT * FROM unnest(%s::bigint[], %s::bytea[])", (positions, sealed))
            return len(positions) - waited

        return self._run(work)

    def mark(self, stream: str) -> Mark | None:
        rows = self._rows("SELECT generation, sequence, position FROM stream_marks WHERE stream = %s", (stream,))
        return Mark(*rows[0]) if rows else None

    def keep_mark(self, stream: str, mark: Mark) -> None:
        self._rows(
            """
            INSERT INTO stream_marks VALUES (%s, %s, %s, %s) ON CONFLICT (stream) DO UPDATE
            SET generation = excluded.generation, sequence = excluded.sequence, position = excluded.position RETURNING 1
            """,
            (stream, mark.generation, mark.sequence, mark.position),
        )

    def consents_withdrawn(self) -> Sequence[SessionId]:
        rows = self._rows("SELECT DISTINCT packet_id FROM consent_withdrawals")
        return [SessionId(packet_id) for (packet_id,) in rows]

    def openings(self) -> Iterator[OpeningLine]:
        number = 0
        while rows := self._rows("SELECT * FROM openings WHERE number > %s ORDER BY number LIMIT 1000", (number,)):
            for row in rows:
                number, at, position, packet_id, role, purpose, worker, digest = row
                yield OpeningLine(number, at, position, packet_id, role, purpose, worker, bytes(digest))


_CONTENTS: Final = """
    SELECT position, packet_id, received_at, station_key, digest, sealed, granted
    FROM outbox JOIN packets USING (position) JOIN contents USING (position) WHERE position = ANY(%s) ORDER BY position
    """


def _sealed(row: tuple[Any, ...]) -> Sealed:
    at = read_time(row[2], "received_at")
    return Sealed(row[0], SessionId(row[1]), at, row[3], bytes(row[4]), bytes(row[5]), bytes(row[6]))
