"""What the ledger promises of its outbox (`kiosk/intake/outbox.py`), on SQLite and on PostgreSQL."""

import sqlite3
from dataclasses import replace

import psycopg
import pytest

from kiosk.intake.outbox import Grant, Mark, OpeningLine, Waiting, first_broken
from kiosk.intake.postgres_store import PostgresIntakeStore
from kiosk.intake.store import Entry
from kiosk.values import SessionId
from tests.fakes.branch import NOW
from tests.intake.conftest import Ledger, OpenLedger
from tests.intake.test_store_contract import BOOTH, entry, packet

ROLE = "a" * 32


@pytest.fixture
def ledger(open_ledger: OpenLedger) -> Ledger:
    opened = open_ledger()
    opened.enrol(BOOTH, NOW)
    return opened


def hold(ledger: Ledger, *numbers: int) -> None:
    for number in numbers:
        ledger.hold(replace(packet(number), grant=b"grant %d" % number), entry)


def test_what_is_held_with_a_grant_waits_and_what_is_held_without_does_not(ledger: Ledger, open_ledger: OpenLedger) -> None:
    hold(ledger, 1)
    ledger.hold(packet(2), entry)
    hold(ledger, 3)
    other = open_ledger()
    assert other.queued(0, 10) == [Waiting(1, SessionId(f"{1:032x}")), Waiting(3, SessionId(f"{3:032x}"))]
    assert (other.queued(1, 10), other.queued(0, 1)) == ([Waiting(3, SessionId(f"{3:032x}"))], [Waiting(1, SessionId(f"{1:032x}"))])
    assert other.queued_count() == 2


def test_a_packet_that_could_not_be_held_does_not_wait(ledger: Ledger) -> None:
    def fails(_: int) -> Entry:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        ledger.hold(replace(packet(1), grant=b"grant"), fails)
    assert ledger.queued_count() == 0


def test_a_packet_brought_twice_waits_once_and_not_again_after_it_was_settled(ledger: Ledger) -> None:
    hold(ledger, 1, 1)
    assert ledger.queued_count() == 1
    assert ledger.settle([1]) == 1
    hold(ledger, 1)
    assert (ledger.queued_count(), ledger.settle([1])) == (0, 0)


def test_opening_gives_what_still_waits_and_is_written_down_for_exactly_that(ledger: Ledger) -> None:
    hold(ledger, 1, 2, 3)
    ledger.settle([2])
    opened = ledger.open_waiting([3, 1, 2, 99], ROLE, "worker-1", NOW)
    assert [(one.position, one.content, one.grant, one.station_key) for one in opened] == [
        (1, b"sealed 1", b"grant 1", BOOTH.key_id),
        (3, b"sealed 3", b"grant 3", BOOTH.key_id),
    ]
    assert [(one.digest, one.received_at) for one in opened] == [(packet(1).digest, NOW), (packet(3).digest, NOW)]
    ledger.open_waiting([1], ROLE, "worker-2", NOW)
    lines = list(ledger.openings())
    assert [(line.number, line.position, line.role, line.worker, line.purpose) for line in lines] == [
        (1, 1, ROLE, "worker-1", "fraud-analysis"),
        (2, 3, ROLE, "worker-1", "fraud-analysis"),
        (3, 1, ROLE, "worker-2", "fraud-analysis"),
    ]
    assert first_broken(iter(lines)) is None


def test_a_line_that_was_changed_dropped_or_moved_breaks_the_chain_there(ledger: Ledger) -> None:
    hold(ledger, 1, 2, 3)
    ledger.open_waiting([1, 2, 3], ROLE, "worker-1", NOW)
    lines: list[OpeningLine] = list(ledger.openings())
    assert first_broken(iter([lines[0], replace(lines[1], worker="nobody"), lines[2]])) == 2
    assert first_broken(iter([lines[0], lines[2]])) == 2
    assert first_broken(iter([lines[1], lines[0], lines[2]])) == 1


def test_openings_and_grants_cannot_be_altered(ledger: Ledger) -> None:
    hold(ledger, 1)
    ledger.open_waiting([1], ROLE, "worker-1", NOW)
    for statement in ("DELETE FROM openings", "UPDATE openings SET worker = 'x'", "UPDATE outbox SET granted = granted"):
        if isinstance(ledger, PostgresIntakeStore):
            with pytest.raises(psycopg.errors.RaiseException):
                ledger._rows(statement)  # type: ignore[arg-type]
        else:
            with pytest.raises(sqlite3.IntegrityError):
                ledger._db.execute(statement)


def test_held_packets_are_granted_again_and_those_that_wait_have_the_new_grant(ledger: Ledger) -> None:
    hold(ledger, 1, 2)
    ledger.settle([1])
    assert ledger.grant_again([Grant(1, b"anew"), Grant(2, b"anew")]) == 1
    assert [one.grant for one in ledger.open_waiting([1, 2], ROLE, "w", NOW)] == [b"anew", b"anew"]


def test_a_mark_is_what_was_kept_last(ledger: Ledger, open_ledger: OpenLedger) -> None:
    assert ledger.mark("jetstream") is None
    ledger.keep_mark("jetstream", Mark("one", 5, 4))
    ledger.keep_mark("jetstream", Mark("two", 1, 9))
    assert (open_ledger().mark("jetstream"), ledger.mark("in-process")) == (Mark("two", 1, 9), None)


def test_a_lease_has_one_holder_at_a_time(ledger: Ledger, open_ledger: OpenLedger) -> None:
    other = open_ledger()
    first, second, third = ledger.lease("feeder"), other.lease("feeder"), other.lease("another")
    assert (first.held(), second.held(), third.held(), first.held()) == (True, False, True, True)
    first.close()
    assert second.held()
    second.close()
    third.close()
