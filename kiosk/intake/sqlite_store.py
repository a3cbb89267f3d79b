"""The ledger in one SQLite file. The intake's only SQL.

Write-ahead log, `synchronous=FULL`: a commit has reached the disk when it returns. One connection and one lock: SQLite has one writer
anyway, and the wait for the disk is the whole cost; packets that come meanwhile share the next wait (`kiosk/intake/together.py`).
Immutability is held by triggers, not by good intentions.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from kiosk.faults import PacketRefused, StoreDamaged
from kiosk.intake.sqlite_outbox import OUTBOX_TABLES, SqliteOutbox
from kiosk.intake.store import ConsentWithdrawn, Entry, Held, HeldCase, IdConflict, Incoming, Opening
from kiosk.intake.together import Asked, Together
from kiosk.record import Decision
from kiosk.values import SessionId, StationClass
from kiosk.wire import hash_tree
from kiosk.wire.hash_tree import Place
from kiosk.wire.keys import EnrolledStation, sealing_key_from_raw
from kiosk.wire.plain import read_time, write_time
from kiosk.wire.receipt import receipt_leaf
from kiosk.wire.withdrawal import Withdrawn

_APPLICATION_ID: Final = 0x49444B49
"""`IDKI`, so that no other program's file is taken for a ledger."""

_MIGRATIONS: Final = (
    (
        """
        CREATE TABLE stations (
            key_id TEXT PRIMARY KEY, name TEXT NOT NULL, class TEXT NOT NULL, verifying BLOB NOT NULL, enrolled_at TEXT NOT NULL
        ) STRICT
        """,
        "CREATE TABLE withdrawn (key_id TEXT PRIMARY KEY REFERENCES stations, withdrawn_at TEXT NOT NULL) STRICT",
        """
        CREATE TABLE packets (
            position INTEGER PRIMARY KEY, packet_id TEXT NOT NULL UNIQUE, digest BLOB NOT NULL,
            station TEXT NOT NULL, station_key TEXT NOT NULL REFERENCES stations, purpose TEXT NOT NULL, decision TEXT NOT NULL,
            received_at TEXT NOT NULL, receipt BLOB NOT NULL
        ) STRICT
        """,
        "CREATE TABLE contents (position INTEGER PRIMARY KEY REFERENCES packets, sealed BLOB NOT NULL) STRICT",
        "CREATE TRIGGER packets_stay BEFORE DELETE ON packets BEGIN SELECT RAISE(ABORT, 'held packets stay'); END",
        "CREATE TRIGGER packets_fixed BEFORE UPDATE ON packets BEGIN SELECT RAISE(ABORT, 'held packets never change'); END",
        "CREATE TRIGGER contents_stay BEFORE DELETE ON contents BEGIN SELECT RAISE(ABORT, 'held contents stay'); END",
        "CREATE TRIGGER contents_fixed BEFORE UPDATE ON contents BEGIN SELECT RAISE(ABORT, 'held contents never change'); END",
        "CREATE TRIGGER stations_stay BEFORE DELETE ON stations BEGIN SELECT RAISE(ABORT, 'enrolments stay'); END",
        "CREATE TRIGGER withdrawn_stay BEFORE DELETE ON withdrawn BEGIN SELECT RAISE(ABORT, 'withdrawn is withdrawn'); END",
        "CREATE TRIGGER withdrawn_fixed BEFORE UPDATE ON withdrawn BEGIN SELECT RAISE(ABORT, 'withdrawn is withdrawn'); END",
        "CREATE TRIGGER stations_fixed BEFORE UPDATE ON stations BEGIN SELECT RAISE(ABORT, 'a key keeps its name and class'); END",
    ),
    (
        "CREATE TABLE log_nodes (level INTEGER, number INTEGER, hash BLOB NOT NULL, PRIMARY KEY (level, number)) STRICT, WITHOUT ROWID",
        "CREATE TRIGGER log_nodes_stay BEFORE DELETE ON log_nodes BEGIN SELECT RAISE(ABORT, 'the log only grows'); END",
        "CREATE TRIGGER log_nodes_fixed BEFORE UPDATE ON log_nodes BEGIN SELECT RAISE(ABORT, 'the log only grows'); END",
        """
        CREATE TABLE station_sealing (
            key_id TEXT PRIMARY KEY REFERENCES stations, mlkem BLOB NOT NULL, x25519 BLOB NOT NULL
        ) STRICT
        """,
        "CREATE TRIGGER sealing_stays BEFORE DELETE ON station_sealing BEGIN SELECT RAISE(ABORT, 'enrolments stay'); END",
        "CREATE TRIGGER sealing_fixed BEFORE UPDATE ON station_sealing BEGIN SELECT RAISE(ABORT, 'a key keeps its sealing'); END",
    ),
    (
        """
        CREATE TABLE templates (position INTEGER PRIMARY KEY REFERENCES packets, sealed BLOB, revoked_at TEXT,
            CHECK ((sealed IS NULL) = (revoked_at IS NOT NULL))) STRICT
        """,
        "CREATE TRIGGER templates_stay BEFORE DELETE ON templates BEGIN SELECT RAISE(ABORT, 'revoking is written down'); END",
        """
        CREATE TRIGGER templates_fixed BEFORE UPDATE ON templates WHEN OLD.revoked_at IS NOT NULL OR NEW.sealed IS NOT NULL
        BEGIN SELECT RAISE(ABORT, 'a template is only ever destroyed'); END
        """,
        """
        CREATE TABLE accounts (account BLOB PRIMARY KEY, position INTEGER NOT NULL REFERENCES packets, opened_at TEXT NOT NULL) STRICT
        """,
        "CREATE TRIGGER accounts_stay BEFORE DELETE ON accounts BEGIN SELECT RAISE(ABORT, 'accounts stay'); END",
        "CREATE TRIGGER accounts_fixed BEFORE UPDATE ON accounts BEGIN SELECT RAISE(ABORT, 'accounts stay'); END",
    ),
    (
        """
        CREATE TABLE consent_withdrawals (
            packet_id TEXT NOT NULL, purpose TEXT NOT NULL, station TEXT NOT NULL, destroys INTEGER NOT NULL, withdrawn_at TEXT NOT NULL,
            received_at TEXT NOT NULL, message BLOB NOT NULL, PRIMARY KEY (packet_id, purpose, station)
        ) STRICT
        """,
        """
        CREATE TRIGGER consent_withdrawals_stay BEFORE DELETE ON consent_withdrawals
        BEGIN SELECT RAISE(ABORT, 'what was taken back stays taken back'); END
        """,
        """
        CREATE TRIGGER consent_withdrawals_fixed BEFORE UPDATE ON consent_withdrawals
        BEGIN SELECT RAISE(ABORT, 'what was taken back stays taken back'); END
        """,
    ),
    OUTBOX_TABLES,
)
"""One entry per schema version: its statements. Once released an entry never changes."""

_STATIONS: Final = "SELECT name, class, verifying, mlkem, x25519 FROM stations LEFT JOIN station_sealing USING (key_id)"
_NOT_WITHDRAWN: Final = "key_id NOT IN (SELECT key_id FROM withdrawn)"

SCHEMA_VERSION: Final = len(_MIGRATIONS)


class SqliteIntakeStore(SqliteOutbox):
    """Any thread may call any method; calls take turns. max_pages: the file's greatest size in 4 KiB pages, None without limit."""

    def __init__(self, path: Path, max_pages: int | None = None) -> None:
        self._together = Together(self._hold_all)
        self._enrolled: dict[tuple[object, ...], EnrolledStation] = {}
        super().__init__(path, _APPLICATION_ID, _MIGRATIONS, "the intake's ledger", max_pages)

    def station(self, key_id: str) -> EnrolledStation | None:
        return self._station(f"{_STATIONS} WHERE key_id = ? AND {_NOT_WITHDRAWN}", key_id)

    def signer(self, key_id: str) -> EnrolledStation | None:
        return self._station(f"{_STATIONS} WHERE key_id = ?", key_id)

    def stations(self) -> tuple[EnrolledStation, ...]:
        with self._turn():
            rows = self._db.execute(f"{_STATIONS} WHERE {_NOT_WITHDRAWN} ORDER BY enrolled_at, key_id").fetchall()
        return tuple(_station(*row) for row in rows)

    def withdraw(self, key_id: str, at: datetime) -> bool:
        with self._transaction():
            known = self._db.execute("SELECT count(*) FROM stations WHERE key_id = ?", (key_id,)).fetchone()[0]
            again = self._db.execute("SELECT count(*) FROM withdrawn WHERE key_id = ?", (key_id,)).fetchone()[0]
            if known and not again:
                self._db.execute("INSERT INTO withdrawn VALUES (?, ?)", (key_id, write_time(at)))
                return True
        return False

    def enrol(self, station: EnrolledStation, at: datetime) -> bool:
        row = (station.key_id, station.name, station.station_class.value, station.verifying_key.public_bytes_raw())
        sealing = station.sealing
        with self._transaction():
            held = self._db.execute("SELECT name, class FROM stations WHERE key_id = ?", row[:1]).fetchone()
            if held is None:
                self._db.execute("INSERT INTO stations VALUES (?, ?, ?, ?, ?)", (*row, write_time(at)))
            elif held != row[1:3]:
                raise ValueError("this key is enrolled with another name or class")
            if sealing is not None:
                raw = (sealing.mlkem.public_bytes_raw(), sealing.x25519.public_bytes_raw())
                self._db.execute("INSERT OR IGNORE INTO station_sealing VALUES (?, ?, ?)", (station.key_id, *raw))
                if self._db.execute("SELECT mlkem, x25519 FROM station_sealing WHERE key_id = ?", row[:1]).fetchone() != raw:
                    raise ValueError("this key is enrolled with another sealing key")
        return held is None

    def hold(self, packet: Incoming, entry_at: Callable[[int], Entry]) -> Held | IdConflict:
        return self._together.hold(packet, entry_at)

    def held(self, packet_id: SessionId, digest: bytes) -> Held | None:
        with self._turn():
            row = self._db.execute(
                "SELECT receipt, position, station_key FROM packets WHERE packet_id = ? AND digest = ?", (packet_id, digest)
            ).fetchone()
        return None if row is None else Held(row[0], row[1], row[2], again=True)

    def open_account(self, account: bytes, packet_id: SessionId, at: datetime) -> bool:
        with self._transaction():
            row = self._db.execute("SELECT position FROM packets WHERE packet_id = ?", (packet_id,)).fetchone()
            if row is None:
                raise LookupError("no such packet is held")
            made = self._db.execute("INSERT OR IGNORE INTO accounts VALUES (?, ?, ?)", (account, row[0], write_time(at)))
            return made.rowcount == 1

    def opening(self, account: bytes) -> Opening | None:
        with self._turn():
            row = self._db.execute(
                """
                SELECT packet_id, sealed, revoked_at IS NOT NULL
                FROM accounts JOIN packets USING (position) LEFT JOIN templates USING (position) WHERE account = ?
                """,
                (account,),
            ).fetchone()
        return None if row is None else Opening(SessionId(row[0]), row[1], bool(row[2]))

    def revoke(self, account: bytes, at: datetime) -> bool:
        """The bytes are overwritten (`secure_delete`) and the write-ahead log is cut, so that they are in no file."""
        with self._transaction():
            done = self._db.execute(
                """
                UPDATE templates SET sealed = NULL, revoked_at = ?
                WHERE revoked_at IS NULL AND position = (SELECT position FROM accounts WHERE account = ?)
                """,
                (write_time(at), account),
            )
        with self._turn():
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return done.rowcount == 1

    def take_consent_back(self, told: ConsentWithdrawn, *, destroys: bool) -> Withdrawn:
        """The bytes of a template are overwritten and the write-ahead log is cut, as `revoke` does."""
        values = (told.packet_id, told.purpose, told.station, destroys, write_time(told.at), write_time(told.received_at), told.message)
        with self._transaction():
            row = self._db.execute("SELECT position, station FROM packets WHERE packet_id = ?", (told.packet_id,)).fetchone()
            if row is not None and row[1] != told.station:
                raise PacketRefused("a packet of another station")
            self._db.execute("INSERT OR IGNORE INTO consent_withdrawals VALUES (?, ?, ?, ?, ?, ?, ?)", values)
            if row is None:
                return Withdrawn.NOT_HELD
            if destroys:
                self._db.execute(
                    "UPDATE templates SET sealed = NULL, revoked_at = ? WHERE revoked_at IS NULL AND position = ?",
                    (write_time(told.received_at), row[0]),
                )
            gone = self._db.execute("SELECT 1 FROM templates WHERE position = ? AND revoked_at IS NOT NULL", row[:1]).fetchone()
        with self._turn():
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return Withdrawn.DESTROYED if destroys and gone else Withdrawn.RECORDED

    def consent_withdrawn(self, packet_id: SessionId, station: str) -> bool:
        with self._turn():
            return self._is_taken_back(packet_id, station)

    def log_size(self) -> int:
        with self._turn():
            return self._size()

    def log_nodes(self, places: Collection[Place]) -> Mapping[Place, bytes]:
        with self._turn():
            return {place: self._node(place) for place in places}

    def cases(self, after: int = 0) -> Iterator[HeldCase]:
        """Yield what is held, oldest first, a thousand at a time: other callers get their turn between."""
        position = after
        while True:
            with self._turn():
                rows = self._db.execute(
                    """
                    SELECT position, packet_id, station, purpose, decision, received_at
                    FROM packets WHERE position > ? ORDER BY position LIMIT 1000
                    """,
                    (position,),
                ).fetchall()
            if not rows:
                return
            for position, packet_id, station, purpose, decision, received_at in rows:
                yield HeldCase(position, SessionId(packet_id), station, purpose, Decision(decision), read_time(received_at, "received_at"))

    def content(self, packet_id: SessionId) -> tuple[bytes, bytes, str] | None:
        with self._turn():
            row = self._db.execute(
                "SELECT sealed, digest, station_key FROM packets JOIN contents USING (position) WHERE packet_id = ?", (packet_id,)
            ).fetchone()
        return None if row is None else (row[0], row[1], row[2])

    def ready(self) -> None:
        with self._turn():
            self._db.execute("SELECT count(*) FROM stations").fetchone()

    def _migrated(self) -> None:
        """Put into the log what was held before there was one."""
        size = self._number("SELECT count(*) FROM log_nodes WHERE level = 0")
        for (receipt,) in self._db.execute("SELECT receipt FROM packets WHERE position > ? ORDER BY position", (size,)).fetchall():
            self._grow(size, receipt_leaf(receipt))
            size += 1

    def _grow(self, size: int, leaf: bytes) -> None:
        for place, found in hash_tree.append(size, leaf, self._node):
            self._db.execute("INSERT INTO log_nodes VALUES (?, ?, ?)", (place.level, place.number, found))

    def _node(self, place: Place) -> bytes:
        row = self._db.execute("SELECT hash FROM log_nodes WHERE level = ? AND number = ?", (place.level, place.number)).fetchone()
        if row is None:
            raise StoreDamaged("a node of the intake's log is missing")
        return bytes(row[0])

    def _size(self) -> int:
        return self._number("SELECT coalesce(max(position), 0) FROM packets")

    def _hold_all(self, lot: Sequence[Asked]) -> Sequence[Held | IdConflict]:
        with self._transaction():
            return [self._hold_one(asked.packet, asked.entry_at) for asked in lot]

    def _hold_one(self, packet: Incoming, entry_at: Callable[[int], Entry]) -> Held | IdConflict:
        row = self._db.execute(
            "SELECT digest, receipt, position, station_key FROM packets WHERE packet_id = ?", (packet.packet_id,)
        ).fetchone()
        if row is not None:
            return Held(row[1], row[2], row[3], again=True) if row[0] == packet.digest else IdConflict()
        position = self._size() + 1
        entry = entry_at(position)
        self._db.execute(
            "INSERT INTO packets VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                position,
                packet.packet_id,
                packet.digest,
                packet.station,
                packet.station_key,
                packet.purpose,
                packet.decision.value,
                write_time(packet.received_at),
                entry.receipt,
            ),
        )
        self._db.execute("INSERT INTO contents VALUES (?, ?)", (position, packet.content))
        if packet.template and not (packet.content and self._is_taken_back(packet.packet_id, packet.station)):
            self._db.execute("INSERT INTO templates VALUES (?, ?, NULL)", (position, packet.template))
        if packet.grant:
            self._db.execute("INSERT INTO outbox VALUES (?, ?)", (position, packet.grant))
        self._grow(position - 1, entry.leaf)
        return Held(entry.receipt, position, packet.station_key, again=False)

    def _is_taken_back(self, packet_id: SessionId, station: str) -> bool:
        question = "SELECT 1 FROM consent_withdrawals WHERE packet_id = ? AND station = ? AND destroys"
        return self._db.execute(question, (packet_id, station)).fetchone() is not None

    def _station(self, question: str, key_id: str) -> EnrolledStation | None:
        """Reading a sealing key costs more than asking for it; the row itself is read anew every time."""
        with self._turn():
            row = self._db.execute(question, (key_id,)).fetchone()
        if row is None:
            return None
        known = self._enrolled.get(row)
        if known is None:
            known = self._enrolled[row] = _station(*row)
        return known


def _station(name: str, station_class: str, verifying: bytes, mlkem: bytes | None, x25519: bytes | None) -> EnrolledStation:
    sealing = None if mlkem is None or x25519 is None else sealing_key_from_raw(mlkem, x25519)
    return EnrolledStation(name, StationClass(station_class), Ed25519PublicKey.from_public_bytes(verifying), sealing)
