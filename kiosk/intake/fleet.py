"""What the bank knows of its stations and what it publishes to them: one small SQLite file in the bank's folder.

Every worker of the intake may read and write it; it holds nothing of a customer. What is published never changes and never goes; the same
content under the same version can be signed again, when the bank has rolled its keys (`kiosk/intake/reissue.py`).

A station's heartbeat counts only if it was made after the last one that counted: what was recorded on the way and played again, or comes
from a clock that was turned back, changes no figure; it is counted, and the console says so. One from a clock that runs ahead counts among
those from ahead alone: once the clock is right again the station is heard at once, and the one from ahead played again changes nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from kiosk.faults import PacketRefused, StoreDamaged
from kiosk.intake.sqlite_file import SqliteFile
from kiosk.values import StationClass
from kiosk.wire.heartbeat import Report, report_from_bytes, report_to_bytes
from kiosk.wire.plain import read_time, write_time
from kiosk.wire.signed_update import UpdateKind

FLEET: Final = "fleet.sqlite"
_APPLICATION_ID: Final = 0x49444B46
AHEAD: Final = timedelta(minutes=5)
"""A clock further ahead of the bank's is wrong."""
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


@dataclass(frozen=True, slots=True)
class Published:
    """proposal: which proposal two people agreed to. envelope: signed, the same for every station of the class."""

    kind: UpdateKind
    version: int
    station_class: StationClass
    envelope: bytes
    published_at: datetime
    proposal: int


@dataclass(frozen=True, slots=True)
class LastHeard:
    """behind: heartbeats that came after this one and were made before it: played again, or from a clock that was turned back."""

    station_key: str
    station: str
    report: Report
    received_at: datetime
    behind: int


class Fleet(SqliteFile):
    """Any thread may call any method; several processes may have it open."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, _APPLICATION_ID, (_TABLES, _AHEAD, _SIGNED_AGAIN), "the bank's file of stations and updates")

    def publish(self, updates: Sequence[Published]) -> bool:
        """Publish one version for several classes, all or none. False if that proposal was published before; ValueError unless its version
        is higher than the newest."""
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
        """Give these published contents other envelopes from now on, all or none. Raises StoreDamaged for one that was never published."""
        with self._transaction():
            for one in updates:
                row = (one.kind.value, one.version, one.station_class.value, one.envelope, write_time(at))
                self._db.execute("INSERT INTO signed_again (kind, version, class, envelope, at) VALUES (?, ?, ?, ?, ?)", row)

    def newest_version(self, kind: UpdateKind) -> int:
        """Return the newest version of a kind over all classes, 0 before the first."""
        with self._turn():
            return int(self._db.execute("SELECT coalesce(max(version), 0) FROM updates WHERE kind = ?", (kind.value,)).fetchone()[0])

    def newest(self, station_class: StationClass) -> tuple[Published, ...]:
        """Return the newest update of each kind for stations of this class, in the order of `UpdateKind`."""
        with self._turn():
            rows = self._db.execute(
                """
                SELECT kind, max(version), class, envelope, published_at, proposal FROM signed WHERE class = ? GROUP BY kind
                """,
                (station_class.value,),
            ).fetchall()
        order = list(UpdateKind)
        return tuple(sorted(map(_published, rows), key=lambda one: order.index(one.kind)))

    def history(self, kind: UpdateKind) -> tuple[Published, ...]:
        """Return every version of a kind, newest first, one for each class."""
        with self._turn():
            rows = self._db.execute(
                "SELECT kind, version, class, envelope, published_at, proposal FROM signed WHERE kind = ? ORDER BY version DESC, class",
                (kind.value,),
            ).fetchall()
        return tuple(map(_published, rows))

    def heard(self, station_key: str, station: str, report: Report, received_at: datetime) -> bool:
        """Keep a station's newest report; False if it was not made after the one that is kept."""
        made, is_ahead = write_time(report.at), report.at - received_at > AHEAD
        with self._transaction():
            found = self._db.execute("SELECT made_at, ahead_at FROM heartbeats WHERE station_key = ?", (station_key,)).fetchone()
            made_at, ahead_at = found or ("", "")
            if made <= (ahead_at if is_ahead else made_at):
                self._db.execute("UPDATE heartbeats SET behind = behind + 1 WHERE station_key = ?", (station_key,))
                return False
            marks = (made_at, made) if is_ahead else (made, ahead_at)
            row = (station_key, station, report_to_bytes(report), marks[0], write_time(received_at), marks[1])
            self._db.execute("INSERT OR REPLACE INTO heartbeats VALUES (?, ?, ?, ?, ?, 0, ?)", row)
        return True

    def stations(self) -> tuple[LastHeard, ...]:
        """Return what every station said last, by name."""
        with self._turn():
            rows = self._db.execute(
                "SELECT station_key, station, report, received_at, behind FROM heartbeats ORDER BY station, station_key"
            ).fetchall()
        return tuple(_heard(*row) for row in rows)

    def _newest(self, kind: UpdateKind, station_class: StationClass) -> int:
        found = self._db.execute(
            "SELECT coalesce(max(version), 0) FROM updates WHERE kind = ? AND class = ?", (kind.value, station_class.value)
        )
        return int(found.fetchone()[0])


def _published(row: tuple[Any, ...]) -> Published:
    kind, version, station_class, envelope, at, proposal = row
    return Published(UpdateKind(kind), version, StationClass(station_class), envelope, read_time(at, "published_at"), proposal)


def _heard(station_key: str, station: str, report: bytes, received_at: str, behind: int) -> LastHeard:
    try:
        return LastHeard(station_key, station, report_from_bytes(report), read_time(received_at, "received_at"), behind)
    except PacketRefused as trouble:
        raise StoreDamaged("a kept heartbeat cannot be read") from trouble
