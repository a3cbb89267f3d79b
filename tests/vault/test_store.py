"""Keeping and reading cases, on real files."""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from kiosk.faults import NotPermitted
from kiosk.outbox import Accepted, Delivery, DeliveryState
from kiosk.policy import SyncPolicy
from kiosk.record import Decision
from kiosk.values import OperatorId
from kiosk.vault.audit import AuditSound
from kiosk.vault.kept import StoreCounts
from kiosk.vault.store import Store
from kiosk.vault.two_people import Agreed
from tests.vault.specimen import (
    NOW,
    PACKET,
    SESSION,
    agreed,
    digest,
    overridden,
    record,
    session,
    store_in,
)

POLICY = SyncPolicy(first_retry_s=2.0, longest_retry_s=900.0)
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
