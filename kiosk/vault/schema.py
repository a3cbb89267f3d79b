"""The store's tables, as numbered migrations. A migration that has shipped is never edited: a change is a new one at the end.

What is in clear is what the station must sort and select by and names nobody: the session's random id, times, channel, purpose, decision,
delivery state. Everything that says who the customer is lies sealed in `cases` and `packets`.
"""

from dataclasses import dataclass
from typing import Final

import sqlite_utils

APPLICATION_ID: Final = 0x49444553
"""Marks the file as ours (`file` shows it); bytes `IDES`."""


@dataclass(frozen=True, slots=True)
class Migration:
    version: int
    gives: str
    statements: tuple[str, ...]


_CASES = (
    """
    CREATE TABLE schema_version (version INTEGER PRIMARY KEY, gives TEXT NOT NULL, applied_at TEXT NOT NULL)
    """,
    """
    CREATE TABLE key_check (number INTEGER PRIMARY KEY CHECK (number = 1), sealed BLOB NOT NULL)
    """,
    """
    CREATE TABLE cases (
        session TEXT PRIMARY KEY,
        opened_at TEXT NOT NULL,
        closed_at TEXT NOT NULL,
        channel TEXT NOT NULL,
        purpose TEXT NOT NULL,
        decision TEXT NOT NULL,
        wrapped_key BLOB NOT NULL,
        holder BLOB NOT NULL,
        record_format INTEGER NOT NULL,
        record BLOB NOT NULL
    ) STRICT
    """,
    "CREATE INDEX cases_by_time ON cases (opened_at)",
    """
    CREATE TRIGGER cases_stay_as_written
    BEFORE UPDATE OF session, opened_at, closed_at, channel, purpose, decision, holder, record_format, record
    ON cases
    BEGIN SELECT RAISE(ABORT, 'a kept case is never changed'); END
    """,
    """
    CREATE TABLE outbox (
        session TEXT PRIMARY KEY REFERENCES cases (session),
        state TEXT NOT NULL CHECK (state IN ('waiting', 'receipted', 'set-aside')),
        attempts INTEGER NOT NULL CHECK (attempts >= 0),
        due_at TEXT NOT NULL,
        last_problem TEXT NOT NULL,
        packet_digest BLOB NOT NULL,
        receipt BLOB,
        CHECK ((state = 'receipted') = (receipt IS NOT NULL))
    ) STRICT
    """,
    "CREATE INDEX outbox_due ON outbox (state, due_at)",
    """
    CREATE TRIGGER a_receipt_is_final BEFORE UPDATE ON outbox WHEN OLD.receipt IS NOT NULL
    BEGIN SELECT RAISE(ABORT, 'a receipted delivery is never changed'); END
    """,
    """
    CREATE TABLE packets (session TEXT PRIMARY KEY REFERENCES outbox (session), sealed BLOB NOT NULL) STRICT
    """,
    """
    CREATE TRIGGER no_packet_goes_before_its_receipt BEFORE DELETE ON packets
    WHEN (SELECT receipt FROM outbox WHERE session = OLD.session) IS NULL
    BEGIN SELECT RAISE(ABORT, 'a packet is destroyed only after its receipt'); END
    """,
    """
    CREATE TABLE audit (
        number INTEGER PRIMARY KEY,
        at TEXT NOT NULL,
        event TEXT NOT NULL,
        session TEXT NOT NULL,
        who TEXT NOT NULL,
        detail TEXT NOT NULL,
        previous BLOB NOT NULL,
        digest BLOB NOT NULL
    ) STRICT
    """,
    "CREATE INDEX audit_by_session ON audit (session)",
    """
    CREATE TRIGGER audit_is_never_changed BEFORE UPDATE ON audit
    BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END
    """,
    """
    CREATE TRIGGER audit_is_never_shortened BEFORE DELETE ON audit
    BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END
    """,
    """
    CREATE TABLE audit_head (number INTEGER PRIMARY KEY CHECK (number = 1), sealed BLOB NOT NULL) STRICT
    """,
)

_TRUST = (
    """
    CREATE TABLE operators (
        name TEXT PRIMARY KEY,
        role TEXT NOT NULL,
        secret BLOB NOT NULL,
        failures INTEGER NOT NULL CHECK (failures >= 0),
        locked_until TEXT NOT NULL,
        added_at TEXT NOT NULL
    ) STRICT
    """,
    """
    CREATE TABLE station_secrets (name TEXT PRIMARY KEY, sealed BLOB NOT NULL, kept_at TEXT NOT NULL) STRICT
    """,
    """
    CREATE TRIGGER station_secrets_are_never_replaced BEFORE UPDATE ON station_secrets
    BEGIN SELECT RAISE(ABORT, 'a station secret is never replaced'); END
    """,
)

_FACTORS = (
    """
    CREATE TABLE operator_factors (
        name TEXT PRIMARY KEY REFERENCES operators (name),
        kind TEXT NOT NULL,
        sealed BLOB NOT NULL,
        fingerprint BLOB NOT NULL UNIQUE,
        enrolled_at TEXT NOT NULL
    ) STRICT
    """,
    """
    CREATE TRIGGER operators_are_never_deleted BEFORE DELETE ON operators
    BEGIN SELECT RAISE(ABORT, 'a name in the audit log is never given away'); END
    """,
)

_BANK_LOG = (
    """
    CREATE TABLE tree_heads (size INTEGER PRIMARY KEY, root BLOB NOT NULL, kept_at TEXT NOT NULL, statement BLOB NOT NULL) STRICT
    """,
    """
    CREATE TRIGGER tree_heads_stay BEFORE DELETE ON tree_heads
    BEGIN SELECT RAISE(ABORT, 'what the bank signed is never forgotten'); END
    """,
    """
    CREATE TRIGGER tree_heads_never_change BEFORE UPDATE ON tree_heads
    BEGIN SELECT RAISE(ABORT, 'what the bank signed is never changed'); END
    """,
    """
    CREATE TABLE lies (
        number INTEGER PRIMARY KEY, session TEXT NOT NULL, code TEXT NOT NULL, kept_at TEXT NOT NULL, evidence BLOB NOT NULL,
        UNIQUE (session, code)
    ) STRICT
    """,
    """
    CREATE TRIGGER lies_stay BEFORE DELETE ON lies
    BEGIN SELECT RAISE(ABORT, 'evidence stays'); END
    """,
    """
    CREATE TRIGGER lies_never_change BEFORE UPDATE ON lies
    BEGIN SELECT RAISE(ABORT, 'evidence never changes'); END
    """,
)

_REFERRALS = (
    """
    CREATE TABLE referrals (
        session TEXT PRIMARY KEY REFERENCES cases (session),
        state TEXT NOT NULL CHECK (state IN ('waiting', 'receipted', 'set-aside', 'expired')),
        attempts INTEGER NOT NULL CHECK (attempts >= 0),
        referred_at TEXT NOT NULL,
        due_at TEXT NOT NULL,
        last_problem TEXT NOT NULL,
        packet_digest BLOB NOT NULL,
        sealed BLOB,
        head_size INTEGER NOT NULL,
        head_root BLOB,
        CHECK ((state = 'waiting') = (sealed IS NOT NULL))
    ) STRICT
    """,
)

_AUDIT_TREE = (
    "ALTER TABLE audit ADD COLUMN place TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE audit ADD COLUMN purpose TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE audit ADD COLUMN form INTEGER NOT NULL DEFAULT 1",
    """
    CREATE TABLE audit_heads (
        lines INTEGER PRIMARY KEY,
        root BLOB NOT NULL,
        at TEXT NOT NULL,
        key BLOB NOT NULL,
        signature BLOB NOT NULL
    ) STRICT
    """,
    """
    CREATE TRIGGER audit_heads_are_never_changed BEFORE UPDATE ON audit_heads
    BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END
    """,
    """
    CREATE TRIGGER audit_heads_are_never_shortened BEFORE DELETE ON audit_heads
    BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END
    """,
)

_ERASURE = (
    """
    CREATE TABLE erasures (
        session TEXT PRIMARY KEY REFERENCES cases (session),
        erased_at TEXT NOT NULL,
        because TEXT NOT NULL
    ) STRICT
    """,
    """
    CREATE TABLE withdrawals (
        session TEXT NOT NULL REFERENCES cases (session),
        purpose TEXT NOT NULL,
        withdrawn_at TEXT NOT NULL,
        PRIMARY KEY (session, purpose)
    ) STRICT
    """,
    """
    CREATE TRIGGER an_erased_case_stays_erased BEFORE UPDATE OF wrapped_key ON cases
    WHEN EXISTS (SELECT 1 FROM erasures WHERE session = OLD.session)
    BEGIN SELECT RAISE(ABORT, 'an erased case is never brought back'); END
    """,
    """
    CREATE TRIGGER erasures_are_never_taken_back BEFORE DELETE ON erasures
    BEGIN SELECT RAISE(ABORT, 'an erasure is never taken back'); END
    """,
    """
    CREATE TRIGGER withdrawals_are_never_taken_back BEFORE DELETE ON withdrawals
    BEGIN SELECT RAISE(ABORT, 'a withdrawal is never taken back'); END
    """,
    "DROP TRIGGER no_packet_goes_before_its_receipt",
    """
    CREATE TRIGGER no_packet_goes_before_its_receipt BEFORE DELETE ON packets
    WHEN (SELECT receipt FROM outbox WHERE session = OLD.session) IS NULL
    AND NOT EXISTS (SELECT 1 FROM erasures WHERE session = OLD.session)
    BEGIN SELECT RAISE(ABORT, 'a packet is destroyed only after its receipt, or with its case'); END
    """,
)

_WITHDRAWALS_TOLD = (
    """
    CREATE TABLE withdrawal_deliveries (
        session TEXT NOT NULL,
        purpose TEXT NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('waiting', 'receipted', 'set-aside')),
        attempts INTEGER NOT NULL CHECK (attempts >= 0),
        due_at TEXT NOT NULL,
        last_problem TEXT NOT NULL,
        receipt BLOB,
        PRIMARY KEY (session, purpose),
        FOREIGN KEY (session, purpose) REFERENCES withdrawals (session, purpose),
        CHECK ((state = 'receipted') = (receipt IS NOT NULL))
    ) STRICT
    """,
    "INSERT INTO withdrawal_deliveries SELECT session, purpose, 'waiting', 0, withdrawn_at, '', NULL FROM withdrawals",
    """
    CREATE TRIGGER withdrawal_deliveries_stay BEFORE DELETE ON withdrawal_deliveries
    BEGIN SELECT RAISE(ABORT, 'a withdrawal is told to the bank'); END
    """,
    """
    CREATE TRIGGER what_was_done_about_a_withdrawal_stays BEFORE UPDATE ON withdrawal_deliveries WHEN OLD.receipt IS NOT NULL
    BEGIN SELECT RAISE(ABORT, 'a receipted withdrawal is never changed'); END
    """,
)

_TRAINING = (
    """
    CREATE TABLE lessons_done (
        name TEXT NOT NULL REFERENCES operators (name),
        course TEXT NOT NULL,
        lesson TEXT NOT NULL,
        done_at TEXT NOT NULL,
        PRIMARY KEY (name, course, lesson)
    ) STRICT
    """,
    """
    CREATE TABLE certificates (
        number INTEGER PRIMARY KEY,
        name TEXT NOT NULL REFERENCES operators (name),
        course TEXT NOT NULL,
        passed_at TEXT NOT NULL,
        expires_at TEXT NOT NULL,
        score INTEGER NOT NULL,
        key BLOB NOT NULL,
        signature BLOB NOT NULL
    ) STRICT
    """,
    "CREATE INDEX certificates_by_name ON certificates (name)",
    """
    CREATE TRIGGER certificates_are_never_changed BEFORE UPDATE ON certificates
    BEGIN SELECT RAISE(ABORT, 'a certificate is never changed'); END
    """,
    """
    CREATE TRIGGER certificates_are_never_taken_back BEFORE DELETE ON certificates
    BEGIN SELECT RAISE(ABORT, 'a certificate is never taken back'); END
    """,
)

_HISTORY = (
    "CREATE TABLE case_marks (session TEXT PRIMARY KEY REFERENCES cases (session), mark BLOB NOT NULL) STRICT",
    "CREATE INDEX case_marks_by_mark ON case_marks (mark)",
    "CREATE INDEX cases_by_closing ON cases (closed_at)",
    "CREATE INDEX audit_by_who ON audit (who, at)",
)

_RHYTHMS = (
    "CREATE TABLE operator_rhythms (name TEXT PRIMARY KEY REFERENCES operators (name), sealed BLOB NOT NULL, kept_at TEXT NOT NULL) STRICT",
)

_LOOKS = (
    "CREATE TABLE operator_looks (name TEXT PRIMARY KEY REFERENCES operators (name), look TEXT NOT NULL, kept_at TEXT NOT NULL) STRICT",
)

_UPDATES = (
    """
    CREATE TABLE station_updates (
        kind TEXT NOT NULL,
        version INTEGER NOT NULL CHECK (version > 0),
        state TEXT NOT NULL CHECK (state IN ('trying', 'good', 'rolled-back', 'refused')),
        digest TEXT NOT NULL,
        trouble TEXT NOT NULL,
        sealed BLOB NOT NULL,
        at TEXT NOT NULL,
        PRIMARY KEY (kind, version)
    ) STRICT
    """,
)

_AUDIT_BY_EVENT = ("CREATE INDEX audit_by_event ON audit (event, detail)",)

MIGRATIONS: Final = (
    Migration(1, "cases, their deliveries and the audit log", _CASES),
    Migration(2, "operators and the station's own secrets", _TRUST),
    Migration(3, "second factors of operators", _FACTORS),
    Migration(4, "the bank's tree heads, and what it signed that cannot be true", _BANK_LOG),
    Migration(5, "referred cases on their way to the desk", _REFERRALS),
    Migration(6, "signed heads over the audit log as a tree", _AUDIT_TREE),
    Migration(7, "erased cases and withdrawn consents", _ERASURE),
    Migration(8, "withdrawn consents on their way to the bank", _WITHDRAWALS_TOLD),
    Migration(9, "lessons done and certificates", _TRAINING),
    Migration(10, "which cases were about the same document", _HISTORY),
    Migration(11, "typing rhythms of operators", _RHYTHMS),
    Migration(12, "what the bank sent its stations, and what came of it", _UPDATES),
    Migration(13, "lines of the audit log by their event", _AUDIT_BY_EVENT),
    Migration(14, "how operators want the desk to look", _LOOKS),
)
NEWEST: Final = MIGRATIONS[-1].version


def migrate(db: sqlite_utils.Database, have: int, applied_at: str, want: int = NEWEST) -> None:
    """Bring the schema from version `have` (0: empty) to `want`. Runs inside the caller's transaction, so it happens wholly or not.

    applied_at: written beside each version, ISO 8601 in UTC.
    """
    for migration in MIGRATIONS[have:want]:
        for statement in migration.statements:
            db.execute(statement)
        db.execute("INSERT INTO schema_version VALUES (?, ?, ?)", (migration.version, migration.gives, applied_at))
    db.execute(f"PRAGMA user_version = {want}")


def missing_from(db: sqlite_utils.Database, version: int) -> frozenset[str]:
    """Return the names of tables, indexes and triggers of this version that the database lacks or has otherwise.

    Triggers are compared word by word: they hold the promises that a log is only added to and a packet outlives its receipt.
    """
    pattern = sqlite_utils.Database(memory=True, execute_plugins=False)
    try:
        migrate(pattern, 0, "", version)
        return frozenset(name for name, _ in _objects(pattern) - _objects(db))
    finally:
        pattern.close()


def _objects(db: sqlite_utils.Database) -> frozenset[tuple[str, str]]:
    found = db.execute("SELECT name, CASE type WHEN 'trigger' THEN sql ELSE type END FROM sqlite_master")
    return frozenset((name, spelled) for name, spelled in found)
