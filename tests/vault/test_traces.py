"""What lies in the files of a store, and what no longer does."""

import json
import sqlite3
from pathlib import Path

from kiosk.outbox import Accepted, DeliveryState, Unreachable
from kiosk.policy import SyncPolicy
from kiosk.values import OperatorId
from tests.vault.specimen import (
    NOW,
    PACKET,
    PERSONAL,
    SESSION,
    digest,
    everything_in,
    record,
    session,
    store_in,
)

POLICY = SyncPolicy(first_retry_s=2.0, longest_retry_s=900.0)
MINA = OperatorId("mina")


def test_nothing_personal_is_in_clear_in_any_file_while_open_closed_or_receipted(tmp_path: Path) -> None:
    folder = tmp_path / "store"
    packet = b"PACKET" + b"".join(PERSONAL) * 50
    with store_in(folder) as store:
        store.keep_case(record(), packet, digest(packet), NOW)
        store.open_record(SESSION, MINA, NOW)
        store.rows(9)
        assert [word for word in PERSONAL if word in everything_in(folder)] == []
        store.settle(SESSION, Accepted(b"r"), NOW, POLICY, 0.0)
        assert [word for word in PERSONAL if word in everything_in(folder)] == []
    assert [word for word in PERSONAL if word in everything_in(folder)] == []


def test_after_the_receipt_no_piece_of_the_sealed_packet_is_in_any_file(tmp_path: Path) -> None:
    folder = tmp_path / "store"
    with store_in(folder) as store:
        store.keep_case(record(), PACKET, digest(), NOW)
        held = store._db.execute("SELECT sealed FROM packets").fetchone()[0]
        pieces = [held[at : at + 32] for at in range(0, len(held) - 32, 997)]
        before = everything_in(folder)
        assert sum(piece in before for piece in pieces) > len(pieces) * 0.9
        store.settle(SESSION, Accepted(b"r"), NOW, POLICY, 0.0)
        after = everything_in(folder)
        assert [piece for piece in pieces if piece in after] == []
        assert len(after) < len(before) - len(held)


def test_names_of_files_say_nothing_about_customers(tmp_path: Path) -> None:
    with store_in(tmp_path / "store") as store:
        store.keep_case(record(), PACKET, digest(), NOW)
        names = {path.name for path in (tmp_path / "store").iterdir()}
    assert names <= {"cases.sqlite", "cases.sqlite-wal", "cases.sqlite-shm"}


def test_a_second_program_reading_the_store_delays_the_cleaning_but_does_not_lose_it(tmp_path: Path) -> None:
    folder = tmp_path / "store"
    with store_in(folder) as store, store_in(folder) as reader:
        store._db.execute("PRAGMA busy_timeout = 0")
        store.keep_case(record(), PACKET, digest(), NOW)
        store.keep_case(record(session(2)), PACKET, digest(), NOW)
        held = store._db.execute("SELECT sealed FROM packets WHERE session = ?", (SESSION,)).fetchone()[0]
        reader._db.execute("BEGIN")
        reader._db.execute("SELECT count(*) FROM cases").fetchone()
        assert store.settle(SESSION, Accepted(b"r"), NOW, POLICY, 0.0).state is DeliveryState.RECEIPTED
        reader._db.execute("COMMIT")
        store.settle(session(2), Unreachable("timeout"), NOW, POLICY, 0.0)
        assert held[1000:1032] not in everything_in(folder)


def test_cleaning_that_another_writer_hinders_is_made_up_for_and_is_no_fault(tmp_path: Path) -> None:
    folder = tmp_path / "store"
    with store_in(folder) as store:
        store._db.execute("PRAGMA busy_timeout = 0")
        store.keep_case(record(), PACKET, digest(), NOW)
        store.keep_case(record(session(2)), PACKET, digest(), NOW)
        other = sqlite3.connect(folder / "cases.sqlite", isolation_level=None)
        clean = store._leave_no_trace

        def hindered() -> None:
            other.execute("BEGIN IMMEDIATE")
            clean()
            other.execute("ROLLBACK")

        store._leave_no_trace = hindered  # type: ignore[method-assign]
        assert store.settle(SESSION, Accepted(b"r"), NOW, POLICY, 0.0).state is DeliveryState.RECEIPTED
        store._leave_no_trace = clean  # type: ignore[method-assign]
        assert store._db.execute("PRAGMA freelist_count").fetchone()[0] > 0
        store.settle(session(2), Unreachable("timeout"), NOW, POLICY, 0.0)
        assert store._db.execute("PRAGMA freelist_count").fetchone()[0] == 0
        other.close()


def test_nothing_the_store_hands_out_prints_a_name(tmp_path: Path) -> None:
    with store_in(tmp_path / "store") as store:
        store.keep_case(record(), PACKET, digest(), NOW)
        shown = repr(store.rows(9)) + repr(store.open_record(SESSION, MINA, NOW)) + json.dumps([repr(x) for x in store.audit_lines()])
    assert [word for word in PERSONAL if word.decode() in shown] == []
