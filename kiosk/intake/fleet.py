"""What the bank knows of its stations and what it publishes to them. It lies where the ledger lies: a small SQLite file in the bank's
folder, or tables in the PostgreSQL that all intakes of the bank share, so that no two of them tell a station different things.

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
from types import TracebackType
from typing import Any, Final, Protocol, Self

from kiosk.faults import PacketRefused, StoreDamaged
from kiosk.values import StationClass
from kiosk.wire.heartbeat import Report, report_from_bytes
from kiosk.wire.plain import read_time
from kiosk.wire.signed_update import UpdateKind

FLEET: Final = "fleet.sqlite"
AHEAD: Final = timedelta(minutes=5)
"""A clock further ahead of the bank's is wrong."""


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


class Fleet(Protocol):
    """Any thread may call any method; several processes may have it open. Raises what the stores raise."""

    def publish(self, updates: Sequence[Published]) -> bool:
        """Publish one version for several classes, all or none. False if that proposal was published before; ValueError unless its version
        is higher than the newest."""
        ...

    def sign_again(self, updates: Sequence[Published], at: datetime) -> None:
        """Give these published contents other envelopes from now on, all or none. Each was published: to sign another is a bug."""
        ...

    def newest_version(self, kind: UpdateKind) -> int:
        """Return the newest version of a kind over all classes, 0 before the first."""
        ...

    def newest(self, station_class: StationClass) -> tuple[Published, ...]:
        """Return the newest update of each kind for stations of this class, in the order of `UpdateKind`."""
        ...

    def history(self, kind: UpdateKind) -> tuple[Published, ...]:
        """Return every version of a kind, newest first, one for each class."""
        ...

    def heard(self, station_key: str, station: str, report: Report, received_at: datetime) -> bool:
        """Keep a station's newest report; False if it was not made after the one that is kept."""
        ...

    def stations(self) -> tuple[LastHeard, ...]:
        """Return what every station said last, by name."""
        ...

    def close(self) -> None: ...

    def __enter__(self) -> Self: ...

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None: ...


def open_fleet(folder: Path, store: str = "") -> Fleet:
    """Open it where the ledger lies. store: the ledger's `postgresql://…`, empty for the files of the bank's folder."""
    if store:
        from kiosk.intake.postgres_fleet import PostgresFleet  # only a bank that has one needs its driver

        return PostgresFleet(store)
    from kiosk.intake.sqlite_fleet import SqliteFleet

    return SqliteFleet(folder / FLEET)


def in_order(found: Sequence[Published]) -> tuple[Published, ...]:
    order = list(UpdateKind)
    return tuple(sorted(found, key=lambda one: order.index(one.kind)))


def marks_after(report: Report, received_at: datetime, made_at: str, ahead_at: str, made: str) -> tuple[str, str] | None:
    """Return when the newest heartbeat of a right clock, and the newest from ahead, were made, this one included; None if it is not newer
    than those of its kind. made_at, ahead_at: before it, empty for none; made: the report's own time, written."""
    is_ahead = report.at - received_at > AHEAD
    if made <= (ahead_at if is_ahead else made_at):
        return None
    return (made_at, made) if is_ahead else (made, ahead_at)


def published_from(row: tuple[Any, ...]) -> Published:
    kind, version, station_class, envelope, at, proposal = row
    return Published(UpdateKind(kind), version, StationClass(station_class), envelope, read_time(at, "published_at"), proposal)


def heard_from(station_key: str, station: str, report: bytes, received_at: str, behind: int) -> LastHeard:
    try:
        return LastHeard(station_key, station, report_from_bytes(report), read_time(received_at, "received_at"), behind)
    except PacketRefused as trouble:
        raise StoreDamaged("a kept heartbeat cannot be read") from trouble
