"""The bank's stations and updates in the ledger's PostgreSQL, in a schema of their own (`kiosk/intake/fleet.py`)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from kiosk.faults import StoreFromNewerVersion, StoreUnavailable
from kiosk.intake.fleet import LastHeard, Published, heard_from, in_order, marks_after, published_from
from kiosk.intake.postgres_link import Db, PostgresLink
from kiosk.values import StationClass
from kiosk.wire.heartbeat import Report, report_to_bytes
from kiosk.wire.plain import write_time
from kiosk.wire.signed_update import UpdateKind

_LOCK: Final = 0x49444B46
"""`IDKF`: the advisory lock of whoever publishes, or makes the tables."""
_BEATS: Final = 0x49444B42
"""`IDKB`: the first half of the lock of one station's row; the second is its key, hashed."""
_MIGRATIONS: Final = (
    """
    CREATE FUNCTION fleet.stays() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'what was published stays'; END $$;
    CREATE TABLE fleet.updates (
        kind text NOT NULL, version bigint NOT NULL CHECK (version > 0), class text NOT NULL, envelope bytea NOT NULL,
        published_at text NOT NULL, proposal bigint NOT NULL, PRIMARY KEY (kind, version, class)
    );
    CREATE TRIGGER fixed BEFORE UPDATE OR DELETE OR TRUNCATE ON fleet.updates FOR EACH STATEMENT EXECUTE FUNCTION fleet.stays();
    CREATE TABLE fleet.signed_again (
        number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, kind text NOT NULL, version bigint NOT NULL, class text NOT NULL,
        envelope bytea NOT NULL, at text NOT NULL, FOREIGN KEY (kind, version, class) REFERENCES fleet.updates (kind, version, class)
    );
    CREATE INDEX signed_again_of ON fleet.signed_again (kind, version, class, number);
    CREATE VIEW fleet.signed (kind, version, class, envelope, published_at, proposal) AS
    SELECT kind, version, class, coalesce((
        SELECT again.envelope FROM fleet.signed_again AS again
        WHERE (again.kind, again.version, again.class) = (updates.kind, updates.version, updates.class) ORDER BY again.number DESC LIMIT 1
    ), envelope), published_at, proposal FROM fleet.updates;
    CREATE TABLE fleet.heartbeats (
        station_key text PRIMARY KEY, station text NOT NULL, report bytea NOT NULL, made_at text NOT NULL, received_at text NOT NULL,
        behind bigint NOT NULL, ahead_at text NOT NULL
    );
    """,
)
"""One entry per schema version: its statements. Once released an entry never changes."""


class PostgresFleet(PostgresLink):
    """Implements `Fleet`. url: `postgresql://…`."""

    def __init__(self, url: str) -> None:
        super().__init__(url, "identity-desk fleet", _migrate)

    def publish(self, updates: Sequence[Published]) -> bool:
        """Done twice, for want of an answer, it is published once and said to be both times."""

        def work(db: Db) -> bool:
            with db.transaction():
                db.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
                for one in updates:
                    about = (one.proposal, one.kind.value)
                    known = db.execute("SELECT envelope FROM fleet.updates WHERE proposal = %s AND kind = %s", about).fetchall()
                    if known:
                        return any(bytes(envelope) == one.envelope for (envelope,) in known)
                for one in updates:
                    question = "SELECT coalesce(max(version), 0) FROM fleet.updates WHERE kind = %s AND class = %s"
                    newest = db.execute(question, (one.kind.value, one.station_class.value)).fetchone()
                    if newest is not None and one.version <= int(newest[0]):
                        raise ValueError("an update's version is higher than the newest")
                for one in updates:
                    row = (one.kind.value, one.version, one.station_class.value, one.envelope, write_time(one.published_at), one.proposal)
                    db.execute("INSERT INTO fleet.updates VALUES (%s, %s, %s, %b, %s, %s)", row)
            return True

        return self._run(work)

    def sign_again(self, updates: Sequence[Published], at: datetime) -> None:
        def work(db: Db) -> None:
            with db.transaction():
                db.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
                for one in updates:
                    row = (one.kind.value, one.version, one.station_class.value, one.envelope, write_time(at))
                    db.execute("INSERT INTO fleet.signed_again (kind, version, class, envelope, at) VALUES (%s, %s, %s, %b, %s)", row)

        self._run(work)

    def newest_version(self, kind: UpdateKind) -> int:
        return int(self._rows("SELECT coalesce(max(version), 0) FROM fleet.updates WHERE kind = %s", (kind.value,))[0][0])

    def newest(self, station_class: StationClass) -> tuple[Published, ...]:
        rows = self._rows(
            """
            SELECT DISTINCT ON (kind) kind, version, class, envelope, published_at, proposal FROM fleet.signed
            WHERE class = %s ORDER BY kind, version DESC
            """,
            (station_class.value,),
        )
        return in_order([published_from(row) for row in rows])

    def history(self, kind: UpdateKind) -> tuple[Published, ...]:
        rows = self._rows(
            """
            SELECT kind, version, class, envelope, published_at, proposal FROM fleet.signed
            WHERE kind = %s ORDER BY version DESC, class
            """,
            (kind.value,),
        )
        return tuple(published_from(row) for row in rows)

    def heard(self, station_key: str, station: str, report: Report, received_at: datetime) -> bool:
        made = write_time(report.at)

        def work(db: Db) -> bool:
            with db.transaction():
                db.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", (_BEATS, station_key))
                found = db.execute("SELECT made_at, ahead_at FROM fleet.heartbeats WHERE station_key = %s", (station_key,)).fetchone()
                made_at, ahead_at = found or ("", "")
                marks = marks_after(report, received_at, made_at, ahead_at, made)
                if marks is None:
                    db.execute("UPDATE fleet.heartbeats SET behind = behind + 1 WHERE station_key = %s", (station_key,))
                    return False
                row = (station_key, station, report_to_bytes(report), marks[0], write_time(received_at), marks[1])
                db.execute(
                    """
                    INSERT INTO fleet.heartbeats VALUES (%s, %s, %b, %s, %s, 0, %s)
                    ON CONFLICT (station_key) DO UPDATE SET (station, report, made_at, received_at, behind, ahead_at)
                        = (EXCLUDED.station, EXCLUDED.report, EXCLUDED.made_at, EXCLUDED.received_at, 0, EXCLUDED.ahead_at)
                    """,
                    row,
                )
            return True

        return self._run(work)

    def stations(self) -> tuple[LastHeard, ...]:
        question = "SELECT station_key, station, report, received_at, behind FROM fleet.heartbeats ORDER BY station, station_key"
        return tuple(heard_from(key, name, bytes(report), at, int(behind)) for key, name, report, at, behind in self._rows(question))


def _migrate(db: Db) -> None:
    """Bring the schema up to date in one transaction; intakes that start together take turns here."""
    if db.execute("SHOW fsync").fetchone() != ("on",):
        raise StoreUnavailable("the database server does not sync (fsync = off): it would promise what it cannot keep")
    with db.transaction():
        db.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
        db.execute("CREATE SCHEMA IF NOT EXISTS fleet")
        db.execute("CREATE TABLE IF NOT EXISTS fleet.version (version integer NOT NULL)")
        row = db.execute("SELECT coalesce(max(version), 0) FROM fleet.version").fetchone()
        version = int(row[0]) if row else 0
        if version > len(_MIGRATIONS):
            raise StoreFromNewerVersion("the bank's table of stations was written by a newer version of this program")
        for number, statements in enumerate(_MIGRATIONS[version:], version + 1):
            db.execute(statements)
            db.execute("INSERT INTO fleet.version VALUES (%s)", (number,))
