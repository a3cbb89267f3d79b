"""Results of the analysis in PostgreSQL, in a schema of their own (`kiosk/intake/results.py`).

They may lie in the ledger's database or another; the role that writes here needs no right on the ledger but the outbox's.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from kiosk.faults import StoreFromNewerVersion, StoreUnavailable
from kiosk.intake.postgres_link import Db, PostgresLink
from kiosk.intake.results import Analysed, Counts, Entry, EntryKind, Face, FoundFaces, Outcome, Trouble
from kiosk.values import SessionId
from kiosk.wire.plain import write_time

_LOCK: Final = 0x49444B52
"""`IDKR`: the advisory lock of whoever adds entries, so that their numbers have no holes and are committed in their order."""

_MIGRATIONS: Final = (
    """
    CREATE TABLE analysis.entries (
        number bigint PRIMARY KEY, kind text NOT NULL, packet_id text NOT NULL, position bigint NOT NULL, received_at text NOT NULL,
        content bytea NOT NULL, trouble text NOT NULL
    );
    CREATE UNIQUE INDEX a_case_is_kept_once ON analysis.entries (packet_id) WHERE kind = 'case';
    CREATE INDEX troubles ON analysis.entries (number) WHERE trouble <> '';
    CREATE TABLE analysis.faces (
        number bigint PRIMARY KEY REFERENCES analysis.entries, packet_id text NOT NULL UNIQUE, received_at text NOT NULL,
        sealed bytea NOT NULL
    );
    ALTER TABLE analysis.faces ALTER COLUMN sealed SET STORAGE EXTERNAL;
    CREATE INDEX faces_by_age ON analysis.faces (received_at);
    CREATE TABLE analysis.found_faces (
        number bigint PRIMARY KEY REFERENCES analysis.entries, packet_id text NOT NULL UNIQUE, links bytea NOT NULL
    );
    CREATE TABLE analysis.outcomes (number bigint PRIMARY KEY, packet_id text NOT NULL, assessment bytea NOT NULL);
    CREATE INDEX outcomes_of_a_case ON analysis.outcomes (packet_id, number);
    CREATE TABLE analysis.counts (one integer PRIMARY KEY CHECK (one = 1), cases bigint NOT NULL, folded bigint NOT NULL);
    INSERT INTO analysis.counts VALUES (1, 0, 0);
    """,
    "CREATE UNIQUE INDEX a_label_is_kept_once ON analysis.entries (packet_id, content) WHERE kind = 'label' AND content <> ''",
)
"""One entry per schema version: its statements. Once released an entry never changes."""

_LAST: Final = "SELECT coalesce(max(number), 0) FROM analysis.entries"


class PostgresResults(PostgresLink):
    """url: `postgresql://…`. Any thread may call any method."""

    def __init__(self, url: str) -> None:
        super().__init__(url, "identity-desk analysis", _migrate)

    def keep(self, cases: Sequence[Analysed]) -> int:
        def work(db: Db) -> int:
            with db.transaction():
                db.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
                ids = [case.packet_id for case in cases]
                known = {
                    row[0]
                    for row in db.execute("SELECT packet_id FROM analysis.entries WHERE kind = 'case' AND packet_id = ANY(%s)", (ids,))
                }
                number = _first(db, _LAST)
                entries: list[tuple[Any, ...]] = []
                faces: list[tuple[Any, ...]] = []
                for case in cases:
                    if case.packet_id in known:
                        continue
                    known.add(case.packet_id)
                    number, at = number + 1, write_time(case.received_at)
                    entries.append((number, EntryKind.CASE.value, case.packet_id, case.position, at, case.fact, case.trouble.value))
                    if case.face:
                        faces.append((number, case.packet_id, at, case.face))
                if entries:
                    with db.pipeline(), db.cursor() as cursor:
                        cursor.executemany("INSERT INTO analysis.entries VALUES (%s, %s, %s, %s, %s, %b, %s)", entries)
                        cursor.executemany("INSERT INTO analysis.faces VALUES (%s, %s, %s, %b)", faces)
                        cursor.execute("UPDATE analysis.counts SET cases = cases + %s", (len(entries),))
            return len(entries)

        return self._run(work)

    def add_label(self, packet_id: SessionId, label: bytes) -> int:
        def work(db: Db) -> int:
            with db.transaction():
                db.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
                known = db.execute(
                    """
                    SELECT number FROM analysis.entries
                    WHERE kind = 'label' AND content <> '' AND packet_id = %s AND content = %b
                    """,
                    (packet_id, label),
                ).fetchone()
                if known is not None:
                    return int(known[0])
                number = _first(db, _LAST) + 1
                db.execute(
                    "INSERT INTO analysis.entries VALUES (%s, %s, %s, 0, '', %b, '')", (number, EntryKind.LABEL.value, packet_id, label)
                )
            return number

        return self._run(work)

    def entries(self, after: int, at_most: int) -> Sequence[Entry]:
        rows = self._rows(
            "SELECT number, kind, packet_id, content, trouble FROM analysis.entries WHERE number > %s ORDER BY number LIMIT %s",
            (after, at_most),
        )
        return [Entry(row[0], EntryKind(row[1]), SessionId(row[2]), bytes(row[3]), Trouble(row[4])) for row in rows]

    def found_faces(self, after: int, upto: int) -> dict[SessionId, bytes]:
        rows = self._rows("SELECT packet_id, links FROM analysis.found_faces WHERE number > %s AND number <= %s", (after, upto))
        return {SessionId(packet_id): bytes(links) for packet_id, links in rows}

    def folded(self) -> int:
        return int(self._rows("SELECT folded FROM analysis.counts")[0][0])

    def fold(self, expected: int, upto: int, outcomes: Sequence[Outcome], found: Sequence[FoundFaces]) -> bool:
        def work(db: Db) -> bool:
            with db.transaction():
                moved = db.execute("UPDATE analysis.counts SET folded = %s WHERE folded = %s RETURNING 1", (upto, expected)).fetchone()
                if moved is None:
                    return False
                number = _first(db, "SELECT coalesce(max(number), 0) FROM analysis.outcomes")
                rows = [(number + nth, one.packet_id, one.assessment) for nth, one in enumerate(outcomes, 1)]
                with db.pipeline(), db.cursor() as cursor:
                    cursor.executemany("INSERT INTO analysis.outcomes VALUES (%s, %s, %b)", rows)
                    cursor.executemany(
                        """
                        INSERT INTO analysis.found_faces
                        SELECT number, packet_id, %b FROM analysis.entries WHERE packet_id = %s AND kind = 'case' ON CONFLICT DO NOTHING
                        """,
                        [(one.links, one.packet_id) for one in found],
                    )
            return True

        return self._run(work)

    def outcome(self, packet_id: SessionId) -> bytes | None:
        rows = self._rows("SELECT assessment FROM analysis.outcomes WHERE packet_id = %s ORDER BY number DESC LIMIT 1", (packet_id,))
        return bytes(rows[0][0]) if rows else None

    def outcomes(self, after: int, at_most: int) -> Sequence[tuple[int, Outcome]]:
        rows = self._rows("SELECT * FROM analysis.outcomes WHERE number > %s ORDER BY number LIMIT %s", (after, at_most))
        return [(number, Outcome(SessionId(packet_id), bytes(assessment))) for number, packet_id, assessment in rows]

    def faces(self, after: int, at_most: int) -> Sequence[Face]:
        question = "SELECT number, packet_id, sealed FROM analysis.faces WHERE number > %s ORDER BY number LIMIT %s"
        return [Face(number, SessionId(packet_id), bytes(sealed)) for number, packet_id, sealed in self._rows(question, (after, at_most))]

    def faces_of(self, packet_ids: Sequence[SessionId]) -> Sequence[SessionId]:
        rows = self._rows("SELECT packet_id FROM analysis.faces WHERE packet_id = ANY(%s)", (list(packet_ids),))
        return [SessionId(packet_id) for (packet_id,) in rows]

    def erase_faces(self, packet_ids: Sequence[SessionId]) -> int:
        """The table is written anew without the bytes. The server's log and backups lose them when they are recycled, not before."""
        gone = self._rows("DELETE FROM analysis.faces WHERE packet_id = ANY(%s) RETURNING 1", (list(packet_ids),))
        self._run(lambda db: db.execute("VACUUM (FULL) analysis.faces"))
        return len(gone)

    def faces_received_before(self, moment: datetime) -> Sequence[SessionId]:
        rows = self._rows("SELECT packet_id FROM analysis.faces WHERE received_at < %s", (write_time(moment),))
        return [SessionId(packet_id) for (packet_id,) in rows]

    def forget_case(self, packet_id: SessionId) -> bool:
        def work(db: Db) -> bool:
            with db.transaction():
                erased = db.execute(
                    "UPDATE analysis.entries SET content = '', trouble = %s WHERE packet_id = %s AND content <> ''",
                    (Trouble.ERASED.value, packet_id),
                ).rowcount
                erased += db.execute("DELETE FROM analysis.faces WHERE packet_id = %s", (packet_id,)).rowcount
                erased += db.execute("DELETE FROM analysis.found_faces WHERE packet_id = %s", (packet_id,)).rowcount
                erased += db.execute("DELETE FROM analysis.outcomes WHERE packet_id = %s", (packet_id,)).rowcount
            return erased > 0

        erased = self._run(work)
        self._run(lambda db: db.execute("VACUUM (FULL) analysis.faces, analysis.entries, analysis.found_faces, analysis.outcomes"))
        return erased

    def counts(self) -> Counts:
        question = """
            SELECT cases, (SELECT count(*) FROM analysis.entries WHERE trouble <> ''), (SELECT count(*) FROM analysis.faces), folded,
                (SELECT coalesce(max(number), 0) FROM analysis.entries)
            FROM analysis.counts
            """
        return Counts(*map(int, self._rows(question)[0]))


def _first(db: Db, question: Any) -> int:
    row = db.execute(question).fetchone()
    return int(row[0]) if row else 0


def _migrate(db: Db) -> None:
    """Bring the schema up to date in one transaction; workers that start together take turns here."""
    if db.execute("SHOW fsync").fetchone() != ("on",):
        raise StoreUnavailable("the database server does not sync (fsync = off): it would promise what it cannot keep")
    with db.transaction():
        db.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
        db.execute("CREATE SCHEMA IF NOT EXISTS analysis")
        db.execute("CREATE TABLE IF NOT EXISTS analysis.version (version integer NOT NULL)")
        version = _first(db, "SELECT coalesce(max(version), 0) FROM analysis.version")
        if version > len(_MIGRATIONS):
            raise StoreFromNewerVersion("the analysis's results were written by a newer version of this program")
        for number, statements in enumerate(_MIGRATIONS[version:], version + 1):
            db.execute(statements)
            db.execute("INSERT INTO analysis.version VALUES (%s)", (number,))
