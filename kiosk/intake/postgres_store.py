"""The ledger in PostgreSQL, for a bank whose intake runs as several workers. The same promises as in SQLite (`kiosk/intake/store.py`).

Positions have no holes because whoever holds packets first takes one lock of the whole database, for as long as the transaction lasts; what
waits meanwhile is held together (`kiosk/intake/together.py`), so the lock costs one wait for the disk for many packets. Immutability is
held by triggers. A server that does not sync (`fsync = off`) is refused: its commit would be no promise.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, LiteralString

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from kiosk.faults import PacketRefused, StoreDamaged, StoreFromNewerVersion, StoreUnavailable
from kiosk.intake.postgres_link import Db
from kiosk.intake.postgres_outbox import OUTBOX_TABLES, PostgresOutbox
from kiosk.intake.store import ConsentWithdrawn, Entry, Held, HeldCase, IdConflict, Incoming, Opening
from kiosk.intake.together import Asked, Together
from kiosk.record import Decision
from kiosk.values import SessionId, StationClass
from kiosk.wire import hash_tree
from kiosk.wire.hash_tree import Place
from kiosk.wire.keys import EnrolledStation, sealing_key_from_raw
from kiosk.wire.plain import read_time, write_time
from kiosk.wire.withdrawal import Withdrawn

_LOCK: Final = 0x49444B49
"""`IDKI`: the advisory lock of whoever appends to the ledger."""

_MIGRATIONS: Final = (
    """
    CREATE TABLE stations (
        key_id text PRIMARY KEY, name text NOT NULL, class text NOT NULL, verifying bytea NOT NULL, enrolled_at text NOT NULL
    );
    CREATE TABLE withdrawn (key_id text PRIMARY KEY REFERENCES stations, withdrawn_at text NOT NULL);
    CREATE TABLE packets (
        position bigint PRIMARY KEY CHECK (position > 0), packet_id text NOT NULL UNIQUE, digest bytea NOT NULL,
        station text NOT NULL, station_key text NOT NULL REFERENCES stations, purpose text NOT NULL, decision text NOT NULL,
        received_at text NOT NULL, receipt bytea NOT NULL
    );
    CREATE TABLE contents (position bigint PRIMARY KEY REFERENCES packets, sealed bytea NOT NULL);
    ALTER TABLE contents ALTER COLUMN sealed SET STORAGE EXTERNAL;
    CREATE TABLE log_nodes (level smallint NOT NULL, number bigint NOT NULL, hash bytea NOT NULL, PRIMARY KEY (level, number));
    CREATE TABLE station_sealing (key_id text PRIMARY KEY REFERENCES stations, mlkem bytea NOT NULL, x25519 bytea NOT NULL);
    CREATE FUNCTION stays() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'what the ledger holds stays as it is'; END $$;
    CREATE TRIGGER fixed BEFORE UPDATE OR DELETE OR TRUNCATE ON stations FOR EACH STATEMENT EXECUTE FUNCTION stays();
    CREATE TRIGGER fixed BEFORE UPDATE OR DELETE OR TRUNCATE ON withdrawn FOR EACH STATEMENT EXECUTE FUNCTION stays();
    CREATE TRIGGER fixed BEFORE UPDATE OR DELETE OR TRUNCATE ON packets FOR EACH STATEMENT EXECUTE FUNCTION stays();
    CREATE TRIGGER fixed BEFORE UPDATE OR DELETE OR TRUNCATE ON contents FOR EACH STATEMENT EXECUTE FUNCTION stays();
    CREATE TRIGGER fixed BEFORE UPDATE OR DELETE OR TRUNCATE ON log_nodes FOR EACH STATEMENT EXECUTE FUNCTION stays();
    CREATE TRIGGER fixed BEFORE UPDATE OR DELETE OR TRUNCATE ON station_sealing FOR EACH STATEMENT EXECUTE FUNCTION stays();
    """,
    """
    CREATE TABLE templates (
        position bigint PRIMARY KEY REFERENCES packets, sealed bytea, revoked_at text, CHECK ((sealed IS NULL) = (revoked_at IS NOT NULL))
    );
    ALTER TABLE templates ALTER COLUMN sealed SET STORAGE EXTERNAL;
    CREATE TABLE accounts (account bytea PRIMARY KEY, position bigint NOT NULL REFERENCES packets, opened_at text NOT NULL);
    CREATE FUNCTION only_destroyed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF OLD.revoked_at IS NOT NULL OR NEW.sealed IS NOT NULL OR OLD.position <> NEW.position THEN
            RAISE EXCEPTION 'a template is only ever destroyed';
        END IF;
        RETURN NEW;
    END $$;
    CREATE TRIGGER only_destroyed BEFORE UPDATE ON templates FOR EACH ROW EXECUTE FUNCTION only_destroyed();
    CREATE TRIGGER stays BEFORE DELETE OR TRUNCATE ON templates FOR EACH STATEMENT EXECUTE FUNCTION stays();
    CREATE TRIGGER fixed BEFORE UPDATE OR DELETE OR TRUNCATE ON accounts FOR EACH STATEMENT EXECUTE FUNCTION stays();
    """,
    """
    CREATE TABLE consent_withdrawals (
        packet_id text NOT NULL, purpose text NOT NULL, station text NOT NULL, destroys boolean NOT NULL, withdrawn_at text NOT NULL,
        received_at text NOT NULL, message bytea NOT NULL, PRIMARY KEY (packet_id, purpose, station)
    );
    CREATE TRIGGER fixed BEFORE UPDATE OR DELETE OR TRUNCATE ON consent_withdrawals FOR EACH STATEMENT EXECUTE FUNCTION stays();
    """,
    OUTBOX_TABLES,
)
"""One entry per schema version: its statements. Once released an entry never changes."""

SCHEMA_VERSION: Final = len(_MIGRATIONS)
_STATIONS: Final = "SELECT name, class, verifying, mlkem, x25519 FROM stations LEFT JOIN station_sealing USING (key_id)"
_NOT_WITHDRAWN: Final = "key_id NOT IN (SELECT key_id FROM withdrawn)"
_SIZE: Final = "SELECT coalesce(max(position), 0) FROM packets"
_FRONTIER: Final = f"""
    WITH log AS ({_SIZE})
    SELECT log.coalesce, level, number, hash FROM log LEFT JOIN LATERAL (
        SELECT node.level, node.number, node.hash FROM generate_series(0, 62) AS at (level)
        JOIN log_nodes AS node ON node.level = at.level AND node.number = (log.coalesce >> at.level) - 1
        WHERE (log.coalesce >> at.level) & 1 = 1
    ) AS found ON true
"""  # noqa: S608 - a constant
"""The log's size and the complete nodes that the next leaves will be joined with: one for each bit of the size."""


class PostgresIntakeStore(PostgresOutbox):
    """url: `postgresql://…`, as libpq takes it. Any thread may call any method.

    Raises SettingsRefused for what is no such address, StoreUnavailable, StoreFromNewerVersion, StoreDamaged.
    """

    def __init__(self, url: str) -> None:
        self._together = Together(self._hold_all)
        self._enrolled: dict[tuple[Any, ...], EnrolledStation] = {}
        super().__init__(url, "identity-desk intake", _migrate)

    def station(self, key_id: str) -> EnrolledStation | None:
        return self._station(f"{_STATIONS} WHERE key_id = %s AND {_NOT_WITHDRAWN}", key_id)

    def signer(self, key_id: str) -> EnrolledStation | None:
        return self._station(f"{_STATIONS} WHERE key_id = %s", key_id)

    def stations(self) -> tuple[EnrolledStation, ...]:
        rows = self._rows(f"{_STATIONS} WHERE {_NOT_WITHDRAWN} ORDER BY enrolled_at, key_id")
        return tuple(self._enrolled_from(row) for row in rows)

    def withdraw(self, key_id: str, at: datetime) -> bool:
        added = self._rows(
            """
            INSERT INTO withdrawn SELECT key_id, %s FROM stations WHERE key_id = %s ON CONFLICT DO NOTHING RETURNING 1
            """,
            (write_time(at), key_id),
        )
        return bool(added)

    def enrol(self, station: EnrolledStation, at: datetime) -> bool:
        row = (station.key_id, station.name, station.station_class.value, station.verifying_key.public_bytes_raw())
        sealing = station.sealing

        def work(db: Db) -> bool:
            with db.transaction():
                statement = "INSERT INTO stations VALUES (%s, %s, %s, %s, %s) ON CONFLICT DO NOTHING RETURNING 1"
                added = db.execute(statement, (*row, write_time(at))).fetchone()
                if db.execute("SELECT name, class FROM stations WHERE key_id = %s", row[:1]).fetchone() != row[1:3]:
                    raise ValueError("this key is enrolled with another name or class")
                if sealing is not None:
                    raw = (sealing.mlkem.public_bytes_raw(), sealing.x25519.public_bytes_raw())
                    db.execute("INSERT INTO station_sealing VALUES (%s, %s, %s) ON CONFLICT DO NOTHING", (station.key_id, *raw))
                    if db.execute("SELECT mlkem, x25519 FROM station_sealing WHERE key_id = %s", row[:1]).fetchone() != raw:
                        raise ValueError("this key is enrolled with another sealing key")
                return added is not None

        return self._run(work)

    def hold(self, packet: Incoming, entry_at: Callable[[int], Entry]) -> Held | IdConflict:
        return self._together.hold(packet, entry_at)

    def held(self, packet_id: SessionId, digest: bytes) -> Held | None:
        question = "SELECT receipt, position, station_key FROM packets WHERE packet_id = %s AND digest = %s"
        rows = self._rows(question, (packet_id, digest))
        return Held(bytes(rows[0][0]), rows[0][1], rows[0][2], again=True) if rows else None

    def log_size(self) -> int:
        return int(self._rows(_SIZE)[0][0])

    def log_nodes(self, places: Collection[Place]) -> Mapping[Place, bytes]:
        rows = self._rows(
            "SELECT level, number, hash FROM log_nodes JOIN unnest(%s::smallint[], %s::bigint[]) AS asked (level, number) "
            "USING (level, number)",
            ([place.level for place in places], [place.number for place in places]),
        )
        found = {Place(level, number): bytes(node) for level, number, node in rows}
        if len(found) != len(set(places)):
            raise StoreDamaged("a node of the intake's log is missing")
        return found

    def cases(self, after: int = 0) -> Iterator[HeldCase]:
        """Yield what is held, oldest first, a thousand at a time."""
        position = after
        columns: Final = "position, packet_id, station, purpose, decision, received_at"
        question = f"SELECT {columns} FROM packets WHERE position > %s ORDER BY position LIMIT 1000"  # noqa: S608 - a constant
        while rows := self._rows(question, (position,)):
            for position, packet_id, station, purpose, decision, received_at in rows:
                yield HeldCase(position, SessionId(packet_id), station, purpose, Decision(decision), read_time(received_at, "received_at"))

    def content(self, packet_id: SessionId) -> tuple[bytes, bytes, str] | None:
        question = "SELECT sealed, digest, station_key FROM packets JOIN contents USING (position) WHERE packet_id = %s"
        rows = self._rows(question, (packet_id,))
        return (rows[0][0], rows[0][1], rows[0][2]) if rows else None

    def open_account(self, account: bytes, packet_id: SessionId, at: datetime) -> bool:
        def work(db: Db) -> bool:
            row = db.execute("SELECT position FROM packets WHERE packet_id = %s", (packet_id,)).fetchone()
            if row is None:
                raise LookupError("no such packet is held")
            statement = "INSERT INTO accounts VALUES (%s, %s, %s) ON CONFLICT DO NOTHING RETURNING 1"
            return db.execute(statement, (account, row[0], write_time(at))).fetchone() is not None

        return self._run(work)

    def opening(self, account: bytes) -> Opening | None:
        rows = self._rows(
            """
            SELECT packet_id, sealed, revoked_at IS NOT NULL
            FROM accounts JOIN packets USING (position) LEFT JOIN templates USING (position) WHERE account = %s
            """,
            (account,),
        )
        return Opening(SessionId(rows[0][0]), rows[0][1], rows[0][2]) if rows else None

    def revoke(self, account: bytes, at: datetime) -> bool:
        """The table is written anew without the bytes. The server's log and backups lose them when they are recycled, not before."""
        done = self._rows(
            """
            UPDATE templates SET sealed = NULL, revoked_at = %s
            WHERE revoked_at IS NULL AND position = (SELECT position FROM accounts WHERE account = %s) RETURNING 1
            """,
            (write_time(at), account),
        )
        self._run(lambda db: db.execute("VACUUM (FULL) templates"))
        return bool(done)

    def take_consent_back(self, told: ConsentWithdrawn, *, destroys: bool) -> Withdrawn:
        """The table of templates is written anew without the bytes, as `revoke` does."""
        values = (told.packet_id, told.purpose, told.station, destroys, write_time(told.at), write_time(told.received_at), told.message)

        def work(db: Db) -> Withdrawn:
            with db.transaction():
                # whoever holds packets waits: a template cannot come in between
                db.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
                row = db.execute("SELECT position, station FROM packets WHERE packet_id = %s", (told.packet_id,)).fetchone()
                if row is not None and row[1] != told.station:
                    raise PacketRefused("a packet of another station")
                db.execute("INSERT INTO consent_withdrawals VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING", values)
                if row is None:
                    return Withdrawn.NOT_HELD
                if destroys:
                    db.execute(
                        "UPDATE templates SET sealed = NULL, revoked_at = %s WHERE revoked_at IS NULL AND position = %s",
                        (write_time(told.received_at), row[0]),
                    )
                gone = db.execute("SELECT 1 FROM templates WHERE position = %s AND revoked_at IS NOT NULL", row[:1]).fetchone()
            return Withdrawn.DESTROYED if destroys and gone else Withdrawn.RECORDED

        done = self._run(work)
        if done is Withdrawn.DESTROYED:
            self._run(lambda db: db.execute("VACUUM (FULL) templates"))
        return done

    def consent_withdrawn(self, packet_id: SessionId, station: str) -> bool:
        question: Final = "SELECT 1 FROM consent_withdrawals WHERE packet_id = %s AND station = %s AND destroys"
        return bool(self._rows(question, (packet_id, station)))

    def ready(self) -> None:
        self._rows("SELECT count(*) FROM stations")

    def _hold_all(self, lot: Sequence[Asked]) -> Sequence[Held | IdConflict]:
        return self._run(lambda db: _held_in_one_transaction(db, lot))

    def _station(self, question: LiteralString, key_id: str) -> EnrolledStation | None:
        rows = self._rows(question, (key_id,))
        return self._enrolled_from(rows[0]) if rows else None

    def _enrolled_from(self, row: tuple[Any, ...]) -> EnrolledStation:
        """Reading a sealing key costs more than asking for it; the row itself is read anew every time."""
        known = self._enrolled.get(row)
        if known is None:
            name, station_class, verifying, mlkem, x25519 = row
            sealing = None if mlkem is None or x25519 is None else sealing_key_from_raw(mlkem, x25519)
            known = EnrolledStation(name, StationClass(station_class), Ed25519PublicKey.from_public_bytes(verifying), sealing)
            self._enrolled[row] = known
        return known


def _held_in_one_transaction(db: Db, lot: Sequence[Asked]) -> Sequence[Held | IdConflict]:
    ids = [asked.packet.packet_id for asked in lot]
    with db.transaction():
        with db.pipeline():
            db.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
            known = db.execute("SELECT packet_id, digest, receipt, position, station_key FROM packets WHERE packet_id = ANY(%s)", (ids,))
            told = db.execute("SELECT packet_id, station FROM consent_withdrawals WHERE packet_id = ANY(%s) AND destroys", (ids,))
            frontier = db.execute(_FRONTIER)
        before = {row[0]: (bytes(row[1]), Held(bytes(row[2]), row[3], row[4], again=True)) for row in known.fetchall()}
        taken_back = set(told.fetchall())
        rows = frontier.fetchall()
        size = int(rows[0][0])
        nodes = {Place(level, number): bytes(node) for _, level, number, node in rows if level is not None}
        answers: list[Held | IdConflict] = []
        packets: list[tuple[Any, ...]] = []
        contents: list[tuple[Any, ...]] = []
        templates: list[tuple[Any, ...]] = []
        outbox: list[tuple[Any, ...]] = []
        grown: list[tuple[Any, ...]] = []
        for asked in lot:
            packet = asked.packet
            if packet.packet_id in before:
                digest, held = before[packet.packet_id]
                answers.append(held if digest == packet.digest else IdConflict())
                continue
            entry = asked.entry_at(size + 1)
            for place, found in hash_tree.append(size, entry.leaf, nodes.__getitem__):
                nodes[place] = found
                grown.append((place.level, place.number, found))
            size += 1
            packets.append(_packet_row(size, packet, entry))
            contents.append((size, packet.content))
            if packet.template and not (packet.content and (packet.packet_id, packet.station) in taken_back):
                templates.append((size, packet.template))
            if packet.grant:
                outbox.append((size, packet.grant))
            before[packet.packet_id] = (packet.digest, Held(entry.receipt, size, packet.station_key, again=True))
            answers.append(Held(entry.receipt, size, packet.station_key, again=False))
        if packets:
            with db.pipeline(), db.cursor() as cursor:
                cursor.executemany("INSERT INTO packets VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)", packets)
                cursor.executemany("INSERT INTO contents VALUES (%s, %b)", contents)
                cursor.executemany("INSERT INTO templates VALUES (%s, %b, NULL)", templates)
                cursor.executemany("INSERT INTO outbox VALUES (%s, %b)", outbox)
                cursor.executemany("INSERT INTO log_nodes VALUES (%s, %s, %s)", grown)
    return answers


def _packet_row(position: int, packet: Incoming, entry: Entry) -> tuple[Any, ...]:
    return (
        position,
        packet.packet_id,
        packet.digest,
        packet.station,
        packet.station_key,
        packet.purpose,
        packet.decision.value,
        write_time(packet.received_at),
        entry.receipt,
    )


def _migrate(db: Db) -> None:
    """Bring the schema up to date in one transaction; workers that start together take turns here."""
    if db.execute("SHOW fsync").fetchone() != ("on",):
        raise StoreUnavailable("the database server does not sync (fsync = off): it would promise what it cannot keep")
    with db.transaction():
        db.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
        db.execute("CREATE TABLE IF NOT EXISTS identity_desk_intake (version integer NOT NULL)")
        row = db.execute("SELECT max(version) FROM identity_desk_intake").fetchone()
        version = int(row[0] or 0) if row else 0
        if version > SCHEMA_VERSION:
            raise StoreFromNewerVersion("the intake's ledger was written by a newer version of this program")
        for number, statements in enumerate(_MIGRATIONS[version:], version + 1):
            db.execute(statements)
            db.execute("INSERT INTO identity_desk_intake VALUES (%s)", (number,))
