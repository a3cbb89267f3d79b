"""Keeping, delivering and reading cases, on real files."""

import json
import sqlite3
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kiosk.faults import NotPermitted, SealBroken, StoreDamaged
from kiosk.outbox import Accepted, AlreadyHeld, Backlog, Delivery, DeliveryState, Mistrusted, Refused, Unreachable
from kiosk.policy import SyncPolicy
from kiosk.record import Decision
from kiosk.values import OperatorId
from kiosk.vault.audit import AuditSound
from kiosk.vault.bank_log_rows import MOST_LIES
from kiosk.vault.kept import StoreCounts
from kiosk.vault.store import Store
from kiosk.vault.two_people import Agreed
from kiosk.wire.hash_tree import EMPTY_ROOT, TreeHead
from kiosk.wire.receipt import sign_head
from tests.vault.specimen import (
    NOW,
    OPENED,
    PACKET,
    PERSONAL,
    SESSION,
    agreed,
    digest,
    everything_in,
    overridden,
    record,
    session,
    store_in,
)

POLICY = SyncPolicy(first_retry_s=2.0, longest_retry_s=900.0)
BANK = Ed25519PrivateKey.generate()
MINA, OMAR = OperatorId("mina"), OperatorId("omar")


def test_a_kept_case_comes_back_after_reopening_exactly_as_it_was(tmp_path: Path) -> None:
    with store_in(tmp_path / "store") as store:
        store.keep_case(record(), PACKET, digest(), NOW)
    with store_in(tmp_path / "store") as store:
        assert store.open_record(SESSION, MINA, NOW) == record()


@pytest.mark.parametrize(
    "shown",
    [
        lambda store: None,
        lambda store: Agreed("override", MINA, OMAR, SESSION, NOW),
        lambda store: agreed(store, "override", session(2)),
        lambda store: agreed(store, "erase-case", SESSION),
        lambda store: agreed(store, "override", SESSION, NOW - timedelta(minutes=11)),
        lambda store: agreed(store, "override", SESSION, NOW + timedelta(minutes=1)),
        lambda store: agreed(store, "override", SESSION, second="sam"),
        lambda store: agreed(store, "override", SESSION, second="mina"),
        lambda store: replace(agreed(store, "override", SESSION, second="sam"), second=OMAR),
    ],
    ids=["nobody", "made up", "another case", "another action", "stale", "from tomorrow", "another second", "one person", "bent"],
)
def test_the_vault_keeps_no_override_that_its_own_log_does_not_show_two_people_agreed_to(
    tmp_path: Path, shown: Callable[[Store], Agreed | None]
) -> None:
    with store_in(tmp_path / "store") as store:
        showing = shown(store)
        with pytest.raises(NotPermitted):
            store.keep_case(overridden(), PACKET, digest(), NOW, agreed=showing)
        one_person = replace(overridden().disposition, second=None)
        with pytest.raises(NotPermitted):
            store.keep_case(replace(overridden(), disposition=one_person), PACKET, digest(), NOW, agreed=showing)
        assert store.counts().kept == 0
        assert store.audit_lines()[-1].detail == "override:two-people-needed"


def test_the_vault_erases_nothing_that_its_own_log_does_not_show_two_people_agreed_to(tmp_path: Path) -> None:
    with store_in(tmp_path / "store") as store:
        store.keep_case(record(), PACKET, digest(), NOW)
        for shown in (Agreed("erase-case", MINA, OMAR, SESSION, NOW), agreed(store, "erase-case", session(2))):
            with pytest.raises(NotPermitted):
                store.erase_case(SESSION, "at-request", shown, NOW)
        assert store.open_record(SESSION, MINA, NOW) == record()
        assert store.erase_due(MINA, NOW, {"account-opening": timedelta(0)}, "identity-check") == 0, "the bank has no receipt for it"
        assert store.erase_case(SESSION, "at-request", agreed(store, "erase-case", SESSION), NOW)


def test_a_case_kept_twice_is_kept_once(tmp_path: Path) -> None:
    with store_in(tmp_path / "store") as store:
        first = store.keep_case(record(), PACKET, digest(), NOW)
        again = store.keep_case(record(), PACKET, digest(), NOW + timedelta(seconds=9))
        assert first == again == Delivery(SESSION, DeliveryState.WAITING, 0, NOW, "")
        assert store.counts() == StoreCounts(kept=1, waiting=1, receipted=0, set_aside=0)
        assert len(store.audit_lines()) == 2


def test_the_same_session_with_another_packet_is_a_bug_and_changes_nothing(tmp_path: Path) -> None:
    with store_in(tmp_path / "store") as store:
        store.keep_case(record(), PACKET, digest(), NOW)
        with pytest.raises(ValueError, match="another packet"):
            store.keep_case(record(), b"other", digest(b"other"), NOW)
        assert store.due(NOW)[0].packet == PACKET


def test_a_kept_case_writes_who_decided_and_who_agreed_but_no_name_of_the_customer(tmp_path: Path) -> None:
    with store_in(tmp_path / "store") as store:
        store.keep_case(overridden(), PACKET, digest(), NOW, agreed=agreed(store, "override", SESSION))
        assert [(line.event, line.who, line.detail) for line in store.audit_lines()][2:] == [
            ("case-kept", "", digest().hex()),
            ("case-decided", "mina", "approve:against=refer:reason=known-customer"),
            ("case-seconded", "omar", "approve"),
        ]


def test_reading_a_record_is_written_down_with_the_readers_name(tmp_path: Path) -> None:
    with store_in(tmp_path / "store") as store:
        store.keep_case(record(), PACKET, digest(), NOW)
        store.open_record(SESSION, MINA, NOW)
        last = store.audit_lines()[-1]
        assert (last.event, last.session, last.who) == ("case-opened", SESSION, "mina")


def test_reading_a_case_nobody_kept_is_a_lookup_error_and_writes_nothing(tmp_path: Path) -> None:
    with store_in(tmp_path / "store") as store:
        with pytest.raises(LookupError):
            store.open_record(SESSION, MINA, NOW)
        assert store.audit_lines() == ()


def test_a_session_that_ended_without_a_record_leaves_one_line(tmp_path: Path) -> None:
    with store_in(tmp_path / "store") as store:
        store.note_ending(SESSION, "Cancelled", NOW)
        (line,) = store.audit_lines()
        assert (line.number, line.event, line.session, line.detail) == (1, "case-ended", SESSION, "Cancelled")
        assert store.counts().kept == 0


def test_rows_are_newest_first_bounded_and_carry_the_holders_printed_name(tmp_path: Path) -> None:
    with store_in(tmp_path / "store") as store:
        for number in range(4):
            store.keep_case(record(session(number), NOW + timedelta(minutes=number)), PACKET, digest(), NOW)
        store.settle(session(0), Accepted(b"r"), NOW, POLICY, 0.0)
        rows = store.rows(limit=3)
    assert [row.session for row in rows] == [session(3), session(2), session(1)]
    assert rows[0].holder.reveal() == "Anna Maria Eriksson"
    assert (rows[0].decision, rows[0].purpose, rows[0].delivery) == (Decision.DECLINE, "account-opening", DeliveryState.WAITING)


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


def test_threads_take_turns_and_every_case_and_line_is_there(tmp_path: Path) -> None:
    with store_in(tmp_path / "store") as store:
        troubles: list[BaseException] = []

        def keep(start: int) -> None:
            try:
                for number in range(start, start + 10):
                    store.keep_case(record(session(number)), b"p", digest(b"p"), NOW)
                    store.rows(5)
                    store.settle(session(number), Accepted(b"r"), NOW, POLICY, 0.0)
            except BaseException as trouble:  # noqa: BLE001 - a thread's trouble must reach the test
                troubles.append(trouble)

        threads = [threading.Thread(target=keep, args=(start,)) for start in (0, 100, 200)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert troubles == []
        assert store.counts() == StoreCounts(kept=30, waiting=0, receipted=30, set_aside=0)
        assert store.verify_audit() == AuditSound(90, store.audit_lines()[-1].digest)


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


def test_a_delivery_due_later_than_any_can_be_is_due_now(tmp_path: Path) -> None:
    with store_in(tmp_path / "store") as store:
        store.keep_case(record(), PACKET, digest(), NOW + timedelta(seconds=901))
        store.keep_case(record(session(2)), PACKET, digest(), NOW + timedelta(seconds=900))
        assert [due.session for due in store.due(NOW, policy=POLICY)] == [SESSION]


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


def test_nothing_the_store_hands_out_prints_a_name(tmp_path: Path) -> None:
    with store_in(tmp_path / "store") as store:
        store.keep_case(record(), PACKET, digest(), NOW)
        shown = repr(store.rows(9)) + repr(store.open_record(SESSION, MINA, NOW)) + json.dumps([repr(x) for x in store.audit_lines()])
    assert [word for word in PERSONAL if word.decode() in shown] == []


@pytest.mark.parametrize("due_at", ["", "soon", "2026-03-02T09:30:00"])
def test_a_time_that_is_none_is_damage(tmp_path: Path, due_at: str) -> None:
    with store_in(tmp_path / "store") as store:
        store.keep_case(record(), PACKET, digest(), NOW)
        store._db.execute("UPDATE outbox SET due_at = ?", (due_at,))
        with pytest.raises(StoreDamaged):
            store.delivery(SESSION)
        with pytest.raises(StoreDamaged):
            store.rows(1)


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
