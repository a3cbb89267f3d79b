"""Rows that were edited or damaged in the file: shown, set aside, never believed."""

from datetime import timedelta
from pathlib import Path

import pytest

from kiosk.faults import SealBroken, StoreDamaged
from kiosk.outbox import Delivery, DeliveryState
from kiosk.record import Decision
from kiosk.values import OperatorId
from kiosk.vault.audit import AuditSound
from kiosk.vault.kept import StoreCounts
from tests.vault.specimen import (
    NOW,
    OPENED,
    PACKET,
    SESSION,
    digest,
    record,
    session,
    store_in,
)

MINA = OperatorId("mina")


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("decision", "approve"),
        ("decision", "nonsense"),
        ("channel", "booth"),
        ("channel", "nonsense"),
        ("purpose", "high-value-transaction"),
        ("purpose", "nonsense"),
        ("opened_at", "2020-01-01T00:00:00+00:00"),
    ],
)
def test_a_row_edited_in_the_file_is_shown_as_broken_beside_the_sound_ones(tmp_path: Path, column: str, value: str) -> None:
    with store_in(tmp_path / "store") as store:
        store.keep_case(record(session(2), OPENED - timedelta(days=3650)), PACKET, digest(), NOW)
        store.keep_case(record(), PACKET, digest(), NOW)
        store._db.execute("DROP TRIGGER cases_stay_as_written")
        store._db.execute(f"UPDATE cases SET {column} = ? WHERE session = ?", (value, SESSION))  # noqa: S608 - a literal of this test
        rows = {row.session: row for row in store.rows(9)}
    broken, sound = rows[SESSION], rows[session(2)]
    assert (broken.holder.reveal(), broken.last_problem, broken.decision) == ("", "seal-broken", Decision.REFER)
    assert broken.purpose in ("account-opening", "high-value-transaction")
    assert (sound.holder.reveal(), sound.last_problem, sound.decision) == ("Anna Maria Eriksson", "", Decision.DECLINE)


def test_a_case_whose_own_key_is_damaged_is_shown_as_broken_and_never_sent(tmp_path: Path) -> None:
    with store_in(tmp_path / "store") as store:
        store.keep_case(record(), PACKET, digest(), NOW - timedelta(seconds=1))
        store.keep_case(record(session(2)), PACKET, digest(), NOW)
        store._db.execute("UPDATE cases SET wrapped_key = zeroblob(61) WHERE session = ?", (SESSION,))
        assert [due.session for due in store.due(NOW, limit=1)] == [session(2)]
        assert [(row.session, row.holder.reveal(), row.last_problem) for row in store.set_aside()] == [(SESSION, "", "seal-broken")]


@pytest.mark.parametrize(
    "damage", ["UPDATE packets SET sealed = x'00'", "UPDATE outbox SET due_at = 'soon'", "UPDATE outbox SET due_at = ''"]
)
def test_a_damaged_delivery_is_set_aside_once_with_a_line_in_the_log(tmp_path: Path, damage: str) -> None:
    with store_in(tmp_path / "store") as store:
        store.keep_case(record(), PACKET, digest(), NOW)
        store.keep_case(record(session(2)), PACKET, digest(), NOW)
        store._db.execute(f"{damage} WHERE session = ?", (SESSION,))
        for _ in range(2):
            assert [due.session for due in store.due(NOW)] == [session(2)]
        assert store.delivery(SESSION) == Delivery(SESSION, DeliveryState.SET_ASIDE, 0, NOW, "seal-broken")
        assert store.counts() == StoreCounts(kept=2, waiting=1, receipted=0, set_aside=1)
        lines = [(line.session, line.detail) for line in store.audit_lines() if line.event == "delivery-set-aside"]
        assert lines == [(SESSION, "seal-broken")]
        assert isinstance(store.verify_audit(), AuditSound)


def test_a_damaged_delivery_tried_again_by_a_person_is_set_aside_again(tmp_path: Path) -> None:
    with store_in(tmp_path / "store") as store:
        store.keep_case(record(), PACKET, digest(), NOW)
        store._db.execute("UPDATE packets SET sealed = zeroblob(99)")
        assert store.due(NOW) == ()
        assert store.retry_set_aside(SESSION, MINA, NOW).state is DeliveryState.WAITING
        assert store.due(NOW) == ()
        assert store.delivery(SESSION).state is DeliveryState.SET_ASIDE


def test_a_sealed_record_moved_to_another_case_does_not_open(tmp_path: Path) -> None:
    with store_in(tmp_path / "store") as store:
        store.keep_case(record(), PACKET, digest(), NOW)
        store.keep_case(record(session(2)), PACKET, digest(), NOW)
        store._db.execute("DROP TRIGGER cases_stay_as_written")
        store._db.execute("UPDATE cases SET (wrapped_key, record) = (SELECT wrapped_key, record FROM cases WHERE session = ?)", (SESSION,))
        with pytest.raises(SealBroken):
            store.open_record(session(2), MINA, NOW)


def test_a_record_that_opens_but_is_no_record_is_damage(tmp_path: Path) -> None:
    with store_in(tmp_path / "store") as store:
        store.keep_case(record(), PACKET, digest(), NOW)
        store._db.execute("DROP TRIGGER cases_stay_as_written")
        store._db.execute("UPDATE cases SET record_format = 99")
        with pytest.raises(StoreDamaged):
            store.open_record(SESSION, MINA, NOW)


@pytest.mark.parametrize("due_at", ["", "soon", "2026-03-02T09:30:00"])
def test_a_time_that_is_none_is_damage(tmp_path: Path, due_at: str) -> None:
    with store_in(tmp_path / "store") as store:
        store.keep_case(record(), PACKET, digest(), NOW)
        store._db.execute("UPDATE outbox SET due_at = ?", (due_at,))
        with pytest.raises(StoreDamaged):
            store.delivery(SESSION)
        with pytest.raises(StoreDamaged):
            store.rows(1)
