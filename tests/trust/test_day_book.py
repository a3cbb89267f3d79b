"""End of day: what was opened, sent and receipted, and every difference by its name."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from kiosk.bank.nowhere import PRACTICE
from kiosk.faults import NotPermitted
from kiosk.outbox import Accepted, Refused, Unreachable
from kiosk.policy import SyncPolicy
from kiosk.trust.day_book import NOWHERE, DayBooks, DifferenceKind
from kiosk.trust.permissions import Role
from kiosk.trust.presence import Authority, SignedIn
from kiosk.values import Masked, OperatorId, SessionId
from kiosk.vault.audit import AuditEntry, AuditEvent
from kiosk.vault.store import Store
from kiosk.vault.trust_rows import OperatorRow
from tests.vault.specimen import NOW, PACKET, digest, record, session, store_in

SAM = SignedIn(OperatorId("sam"), Role.SUPERVISOR, NOW)
TESS = SignedIn(OperatorId("tess"), Role.TELLER, NOW)
DAY = NOW.date()


def staff(store: Store) -> DayBooks:
    with store.trust_rows() as rows:
        for who in (SAM, TESS):
            rows.add_operator(OperatorRow(who.name, who.role.value, Masked(b"secret"), 0, None, NOW))
    return DayBooks(store, Authority(store))


def keep(store: Store, number: int) -> SessionId:
    store.keep_case(record(session(number), NOW), PACKET, digest(), NOW)
    return session(number)


def test_a_day_on_which_everything_came_through_has_no_difference(tmp_path: Path) -> None:
    with store_in(tmp_path / "s") as store:
        books = staff(store)
        store.settle(keep(store, 1), Accepted(b"receipt", ""), NOW, SyncPolicy(), 0.0)
        store.note(AuditEntry(NOW, AuditEvent.CASE_STEP, session(2), detail="AskingConsent"))
        store.note_ending(session(2), "Cancelled", NOW)
        book = books.read(SAM, DAY, NOW)
        assert (book.opened, book.kept, book.ended, book.sent, book.receipted, book.differences) == (2, 1, 1, 1, 1, ())
        assert book.closed_by is None


def test_every_difference_is_named(tmp_path: Path) -> None:
    with store_in(tmp_path / "s") as store:
        books = staff(store)
        keep(store, 1)
        store.settle(keep(store, 2), Refused("bad-signature"), NOW, SyncPolicy(), 0.0)
        store.note(AuditEntry(NOW, AuditEvent.CASE_STEP, session(3), detail="ShowingDocument"))
        store.note(AuditEntry(NOW, AuditEvent.CASE_KEPT, session(4), detail="00"))
        found = {(one.session, one.kind, one.problem) for one in books.read(SAM, DAY, NOW).differences}
        assert found == {
            (session(1), DifferenceKind.NOT_SENT, ""),
            (session(2), DifferenceKind.SET_ASIDE, "bad-signature"),
            (session(3), DifferenceKind.VANISHED, ""),
            (session(4), DifferenceKind.LINE_WITHOUT_CASE, ""),
        }


def test_what_came_after_midnight_counts_for_the_day_it_was_opened_on(tmp_path: Path) -> None:
    with store_in(tmp_path / "s") as store:
        books = staff(store)
        late = keep(store, 1)
        next_day = NOW + timedelta(days=1)
        store.settle(late, Accepted(b"receipt", ""), next_day, SyncPolicy(), 0.0)
        assert books.read(SAM, DAY, next_day).differences == ()
        assert books.read(SAM, next_day.date(), next_day).opened == 0


def test_closing_the_day_is_an_audit_line_and_can_be_done_again(tmp_path: Path) -> None:
    with store_in(tmp_path / "s") as store:
        books = staff(store)
        kept = keep(store, 1)
        assert books.close(SAM, DAY, NOW).closed_by == "sam"
        store.settle(kept, Accepted(b"receipt", ""), NOW, SyncPolicy(), 0.0)
        books.close(SAM, DAY, NOW)
        lines = [line.detail for line in store.audit_lines() if line.event == AuditEvent.DAY_RECONCILED]
        assert lines == [
            f"{DAY}:opened=1:kept=1:ended=0:sent=0:receipted=0:differences=1",
            f"{DAY}:opened=1:kept=1:ended=0:sent=1:receipted=1:differences=0",
        ]


def test_a_teller_closes_no_day(tmp_path: Path) -> None:
    with store_in(tmp_path / "s") as store, pytest.raises(NotPermitted):
        staff(store).close(replace(TESS), DAY, NOW)


def test_what_practice_tried_was_sent_nowhere(tmp_path: Path) -> None:
    assert NOWHERE == PRACTICE
    with store_in(tmp_path / "s") as store:
        books = staff(store)
        store.settle(keep(store, 1), Unreachable(PRACTICE), NOW, SyncPolicy(), 0.0)
        store.settle(keep(store, 2), Unreachable("no-connection"), NOW, SyncPolicy(), 0.0)
        book = books.read(SAM, DAY, NOW)
        assert (book.kept, book.sent, book.receipted) == (2, 1, 0)
