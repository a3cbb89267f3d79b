"""What is due, what the bank answers and what comes of it, on real files."""

import sqlite3
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kiosk.faults import StoreDamaged
from kiosk.outbox import Accepted, AlreadyHeld, Backlog, Delivery, DeliveryState, Mistrusted, Refused, Unreachable
from kiosk.policy import SyncPolicy
from kiosk.values import OperatorId
from kiosk.vault.bank_log_rows import MOST_LIES
from kiosk.vault.kept import StoreCounts
from kiosk.wire.hash_tree import EMPTY_ROOT, TreeHead
from kiosk.wire.receipt import sign_head
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

POLICY = SyncPolicy(first_retry_s=2.0, longest_retry_s=900.0)
BANK = Ed25519PrivateKey.generate()
MINA = OperatorId("mina")


def test_a_packet_is_due_until_the_bank_answers_and_then_at_the_time_the_outbox_says(tmp_path: Path) -> None:
    with store_in(tmp_path / "store") as store:
        store.keep_case(record(), PACKET, digest(), NOW)
        (due,) = store.due(NOW)
        assert (due.session, due.attempts, due.packet, due.packet_digest) == (SESSION, 0, PACKET, digest())
        settled = store.settle(SESSION, Unreachable("timeout"), NOW, POLICY, jitter=1.0)
        assert settled == Delivery(SESSION, DeliveryState.WAITING, 1, NOW + timedelta(seconds=2), "timeout")
        assert store.due(NOW + timedelta(seconds=1)) == ()
        assert store.next_due_at() == NOW + timedelta(seconds=2)
        assert store.due(NOW + timedelta(seconds=2))[0].attempts == 1


def test_at_most_the_asked_number_of_packets_is_taken_into_memory_longest_due_first(tmp_path: Path) -> None:
    with store_in(tmp_path / "store") as store:
        for number in range(5):
            store.keep_case(record(session(number)), PACKET, digest(), NOW - timedelta(seconds=number))
        assert [due.session for due in store.due(NOW, limit=2)] == [session(4), session(3)]


@pytest.mark.parametrize("answer", [Accepted(b"signed receipt"), AlreadyHeld(b"signed receipt")])
def test_with_the_receipt_the_packet_is_gone_and_the_facts_stay(tmp_path: Path, answer: Accepted | AlreadyHeld) -> None:
    with store_in(tmp_path / "store") as store:
        store.keep_case(record(), PACKET, digest(), NOW)
        settled = store.settle(SESSION, answer, NOW, POLICY, jitter=0.0)
        assert settled.state is DeliveryState.RECEIPTED
        assert store.receipt(SESSION) == b"signed receipt"
        assert store.due(NOW + timedelta(days=1)) == ()
        assert store.next_due_at() is None
        assert store.open_record(SESSION, MINA, NOW) == record()
        assert store.counts() == StoreCounts(kept=1, waiting=0, receipted=1, set_aside=0)


def test_the_head_that_comes_with_a_receipt_is_kept_and_named_in_the_log(tmp_path: Path) -> None:
    first, second = (sign_head(TreeHead(size, bytes([size]) * 32), NOW, BANK) for size in (3, 9))
    with store_in(tmp_path / "store") as store:
        assert store.tree_head() == TreeHead(0, EMPTY_ROOT)
        for number, head in enumerate((first, second, second)):
            store.keep_case(record(session(number)), PACKET, digest(), NOW)
            store.settle(session(number), Accepted(b"r", head), NOW, POLICY, 0.0)
        assert store.tree_head() == TreeHead(9, b"\t" * 32)
        named = [line.detail for line in store.audit_lines() if line.event == "receipt-kept"]
    assert named == [f"3:{'03' * 32}", f"9:{'09' * 32}", f"9:{'09' * 32}"]


def test_a_head_that_contradicts_one_kept_destroys_nothing(tmp_path: Path) -> None:
    one, other = (sign_head(TreeHead(3, root * 32), NOW, BANK) for root in (b"\1", b"\2"))
    with store_in(tmp_path / "store") as store:
        for number in range(2):
            store.keep_case(record(session(number)), PACKET, digest(), NOW)
        store.settle(session(0), Accepted(b"r", one), NOW, POLICY, 0.0)
        with pytest.raises(StoreDamaged):
            store.settle(session(1), Accepted(b"r", other), NOW, POLICY, 0.0)
        assert [due.session for due in store.due(NOW)] == [session(1)]


def test_a_lie_of_the_bank_is_kept_once_with_its_evidence_and_the_packet_stays(tmp_path: Path) -> None:
    with store_in(tmp_path / "store") as store:
        store.keep_case(record(), PACKET, digest(), NOW)
        for _ in range(3):
            store.settle(SESSION, Mistrusted("log-forked", b"what the bank signed"), NOW, POLICY, 0.0)
        (lie,) = store.lies()
        assert (lie.session, lie.code, lie.evidence) == (SESSION, "log-forked", b"what the bank signed")
        (row,) = store.rows(9)
        assert (row.delivery, row.last_problem, row.attempts) == (DeliveryState.WAITING, "log-forked", 3)
        assert [line.detail for line in store.audit_lines() if line.event == "bank-mistrusted"] == ["log-forked"]
        assert [due.session for due in store.due(NOW + timedelta(days=1))] == [SESSION]
        for statement in ("DELETE FROM lies", "UPDATE lies SET code = ''"):
            with pytest.raises(sqlite3.IntegrityError):
                store._db.execute(statement)


def test_a_liar_does_not_fill_the_disk(tmp_path: Path) -> None:
    with store_in(tmp_path / "store") as store:
        store.keep_case(record(), PACKET, digest(), NOW)
        for number in range(MOST_LIES + 5):
            store.settle(SESSION, Mistrusted(f"lie-{number}", b"x"), NOW, POLICY, 0.0)
        assert len(store.lies()) == MOST_LIES


def test_an_answer_after_the_receipt_changes_nothing(tmp_path: Path) -> None:
    with store_in(tmp_path / "store") as store:
        store.keep_case(record(), PACKET, digest(), NOW)
        first = store.settle(SESSION, Accepted(b"first"), NOW, POLICY, 0.0)
        for late in (Accepted(b"second"), Refused("unknown-station"), Unreachable("timeout")):
            assert store.settle(SESSION, late, NOW + timedelta(hours=1), POLICY, 0.0) == first
        assert store.receipt(SESSION) == b"first"
        assert [line.event for line in store.audit_lines()].count("receipt-kept") == 1


def test_a_refused_packet_is_set_aside_kept_and_can_be_sent_again_by_a_person(tmp_path: Path) -> None:
    with store_in(tmp_path / "store") as store:
        store.keep_case(record(), PACKET, digest(), NOW)
        store.keep_case(record(session(7)), PACKET, digest(), NOW)
        store.settle(SESSION, Refused("station-unknown"), NOW, POLICY, 0.0)
        assert [(row.session, row.last_problem) for row in store.set_aside()] == [(SESSION, "station-unknown")]
        assert [due.session for due in store.due(NOW)] == [session(7)]
        later = NOW + timedelta(hours=1)
        assert store.retry_set_aside(SESSION, MINA, later).state is DeliveryState.WAITING
        assert {due.session for due in store.due(later)} == {SESSION, session(7)}
        assert [(line.event, line.detail, line.who) for line in store.audit_lines()][-2:] == [
            ("delivery-refused", "station-unknown", ""),
            ("delivery-retried", "", "mina"),
        ]


def test_only_what_is_set_aside_can_be_retried(tmp_path: Path) -> None:
    with store_in(tmp_path / "store") as store:
        waiting = store.keep_case(record(), PACKET, digest(), NOW)
        assert store.retry_set_aside(SESSION, MINA, NOW + timedelta(hours=1)) == waiting
        receipted = store.settle(SESSION, Accepted(b"r"), NOW, POLICY, 0.0)
        assert store.retry_set_aside(SESSION, MINA, NOW + timedelta(hours=1)) == receipted


def test_settling_a_delivery_that_does_not_exist_is_a_lookup_error(tmp_path: Path) -> None:
    with store_in(tmp_path / "store") as store, pytest.raises(LookupError):
        store.settle(SESSION, Accepted(b"r"), NOW, POLICY, 0.0)


def test_a_delivery_due_later_than_any_can_be_is_due_now(tmp_path: Path) -> None:
    with store_in(tmp_path / "store") as store:
        store.keep_case(record(), PACKET, digest(), NOW + timedelta(seconds=901))
        store.keep_case(record(session(2)), PACKET, digest(), NOW + timedelta(seconds=900))
        assert [due.session for due in store.due(NOW, policy=POLICY)] == [SESSION]


def test_the_backlog_counts_what_the_bank_does_not_hold_since_when_and_how_large(tmp_path: Path) -> None:
    with store_in(tmp_path / "store") as store:
        assert store.backlog() == Backlog(0, 0, None, 0)
        for number in range(4):
            opened = OPENED + timedelta(hours=number)
            closed = replace(record(session(number), opened), closed_at=opened + timedelta(minutes=1))
            store.keep_case(closed, PACKET, digest(), NOW)
        store.settle(session(0), Accepted(b"r"), NOW, POLICY, 0.0)
        store.settle(session(1), Refused("malformed"), NOW, POLICY, 0.0)
        backlog = store.backlog()
        assert (backlog.waiting, backlog.set_aside, backlog.oldest_at) == (2, 1, OPENED + timedelta(hours=1, minutes=1))
        assert 3 * len(PACKET) < backlog.size < 3 * len(PACKET) + 1_000


def test_what_the_bank_does_not_hold_stays_on_the_list_however_many_came_after(tmp_path: Path) -> None:
    with store_in(tmp_path / "store") as store:
        for number in range(8):
            store.keep_case(record(session(number), OPENED + timedelta(hours=number)), PACKET, digest(), NOW)
            if number != 1:
                store.settle(session(number), Accepted(b"r"), NOW, POLICY, 0.0)
        assert [row.session for row in store.rows(3)] == [session(7), session(6), session(5), session(1)]
