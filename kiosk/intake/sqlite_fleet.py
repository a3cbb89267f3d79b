"""The bank's stations and updates in a SQLite file (`kiosk/intake/fleet.py`): for a bank whose intake runs on one machine."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

from kiosk.intake.fleet import LastHeard, Published, heard_from, in_order, marks_after, published_from
from kiosk.intake.sqlite_file import SqliteFile
from kiosk.values import StationClass
from kiosk.wire.heartbeat import Report, report_to_bytes
from kiosk.wire.plain import write_time
from kiosk.wire.signed_update import UpdateKind

_APPLICATION_ID: Final = 0x49444B46
_TABLES: Final = (
    """
    CREATE TABLE IF NOT EXISTS updates (
        kind TEXT NOT NULL, version INTEGER NOT NULL CHECK (version > 0), class TEXT NOT NULL, envelope BLOB NOT NULL,
        published_at TEXT NOT NULL, proposal INTEGER NOT NULL, PRIMARY KEY (kind, version, class)
    ) STRICT
    """,
    "CREATE TRIGGER IF NOT EXISTS updates_stay BEFORE DELETE ON updates BEGIN SELECT RAISE(ABORT, 'what was published stays'); END",
    "CREATE TRIGGER IF NOT EXISTS updates_fixed BEFORE UPDATE ON updates BEGIN SELECT RAISE(ABORT, 'what was published stays'); END",
    """
    CREATE TABLE IF NOT EXISTS heartbeats (
        station_key TEXT PRIMARY KEY, station TEXT NOT NULL, report BLOB NOT NULL, made_at TEXT NOT NULL, received_at TEXT NOT NULL,
        behind INTEGER NOT NULL
    ) STRICT
    """,
)
_SIGNED_AGAIN: Final = (
    """
    CREATE TABLE signed_again (
        number INTEGER PRIMARY KEY, kind TEXT NOT NULL, version INTEGER NOT NULL, class TEXT NOT NULL, envelope BLOB NOT NULL,
        at TEXT NOT NULL, FOREIGN KEY (kind, version, class) REFERENCES updates (kind, version, class)
    ) STRICT
    """,
    "CREATE INDEX signed_again_of ON signed_again (kind, version, class, number)",
    """
    CREATE VIEW signed (kind, version, class, envelope, published_at, proposal) AS
    SELECT kind, version, class, coalesce((
        SELECT again.envelope FROM signed_again AS again
        WHERE (again.kind, again.version, again.class) = (updates.kind, updates.version, updates.class) ORDER BY again.number DESC LIMIT 1
    ), envelope), published_at, proposal FROM updates
    """,
)
"""`signed`: every update with the newest signature over it."""

_AHEAD: Final = ("ALTER TABLE heartbeats ADD COLUMN ahead_at TEXT NOT NULL DEFAULT ''",)
"""ahead_at: when the newest heartbeat from ahead of its time was made, by its own clock; made_at is of the newest other one."""


class SqliteFleet(SqliteFile):
    """Implements `Fleet`; calls take turns."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, _APPLICATION_ID, (_TABLES, _AHEAD, _SIGNED_AGAIN), "the bank's file of stations and updates")

    def publish(self, updates: Sequence[Published]) -> bool:
        with self._transaction():
            for one in updates:
                if self._db.execute("SELECT 1 FROM updates WHERE proposal = ? AND kind = ?", (one.proposal, one.kind.value)).fetchone():
                    return False
            for one in updates:
                if one.version <= self._newest(one.kind, one.station_class):
                    raise ValueError("an update's version is higher than the newest")
            for one in updates:
                row = (one.kind.value, one.version, one.station_class.value, one.envelope, write_time(one.published_at), one.proposal)
                self._db.execute("INSERT INTO updates VALUES (?, ?, ?, ?, ?, ?)", row)
        return True

    def sign_again(self, updates: Sequence[Published], at: datetime) -> None:
        with self._transaction():
            for one in updates:
                row = (one.kind.value, one.version, one.station_class.value, one.envelope, write_time(at))
                self._db.execute("INSERT INTO signed_again (kind, version, class, envelope, at) VALUES (?, ?, ?, ?, ?)", row)

    def newest_version(self, kind: UpdateKind) -> int:
        with self._turn():
            return int(self._db.execute("SELECT coalesce(max(version), 0) FROM updates WHERE kind = ?", (kind.value,)).fetchone()[0])

    def newest(self, station_class: StationClass) -> tuple[Published, ...]:
        with self._turn():
            rows = self._db.execute(
                """
                SELECT kind, max(version), class, envelope, published_at, proposal FROM signed WHERE class = ? GROUP BY kind
                """,
                (station_class.value,),
            ).fetchall()
        return in_order([published_from(row) for row in rows])

    def history(self, kind: UpdateKind) -> tuple[Published, ...]:
        with self._turn():
            rows = self._db.execute(
                "SELECT kind, version, class, envelope, published_at, proposal FROM signed WHERE kind = ? ORDER BY version DESC, class",
                (kind.value,),
            ).fetchall()
        return tuple(map(published_from, rows))

    def heard(self, station_key: str, station: str, report: Report, received_at: datetime) -> bool:
        made = write_time(report.at)
        with self._transaction():
            found = self._db.execute("SELECT made_at, ahead_at FROM heartbeats WHERE station_key = ?", (station_key,)).fetchone()
            made_at, ahead_at = found or ("", "")
            marks = marks_after(report, received_at, made_at, ahead_at, made)
            if marks is None:
                self._db.execute("UPDATE heartbeats SET behind = behind + 1 WHERE station_key = ?", (station_key,))
                return False
            row = (station_key, station, report_to_bytes(report), marks[0], write_time(received_at), marks[1])
            self._db.execute("INSERT OR REPLACE INTO heartbeats VALUES (?, ?, ?, ?, ?, 0, ?)", row)
        return True

    def stations(self) -> tuple[LastHeard, ...]:
        with self._turn():
            rows = self._db.execute(
                "SELECT station_key, station, report, received_at, behind FROM heartbeats ORDER BY station, station_key"
            ).fetchall()
        return tuple(heard_from(*row) for row in rows)

    def _newest(self, kind: UpdateKind, station_class: StationClass) -> int:
        found = self._db.execute(
            "SELECT coalesce(max(version), 0) FROM updates WHERE kind = ? AND class = ?", (kind.value, station_class.value)
        )
        return int(found.fetchone()[0])
