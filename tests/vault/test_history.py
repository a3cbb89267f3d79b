"""What the store remembers for a decision, and that it is forgotten with the case."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from kiosk.record import Decision, Disposition
from kiosk.values import Masked, OperatorId, SessionId
from kiosk.vault.audit import AuditEntry, AuditEvent
from kiosk.vault.history import OperatorHistory
from kiosk.vault.store import Store
from tests.vault.specimen import NOW, PACKET, digest, record, store_in

TESS = OperatorId("tess")
STATE, NUMBER = record().document.fields.issuing_state, record().document.fields.number.reveal()


def keep(store: Store, number: int, hours_ago: float, decision: Decision = Decision.APPROVE, second: str | None = None) -> SessionId:
    at = NOW - timedelta(hours=hours_ago)
    made = Disposition(TESS, decision, Masked("seen"), None if second is None else OperatorId(second), at)
    session = SessionId(f"{number:032x}")
    kept = replace(record(), session=session, opened_at=at, closed_at=at, disposition=made)
    packet = PACKET + bytes([number])
    store.keep_case(kept, packet, digest(packet), at)
    return session


def test_the_same_document_is_found_again_and_another_is_not(tmp_path: Path) -> None:
    with store_in(tmp_path) as store:
        keep(store, 1, 2.0)
        keep(store, 2, 1.0, Decision.DECLINE)
        keep(store, 3, 30.0, Decision.DECLINE)
        with store.history() as history:
            found = history.document(STATE, NUMBER, NOW)
            assert (found.cases, found.refused) == (2, 1)
            assert history.document(STATE, NUMBER + "1", NOW).cases == 0
            assert history.document("XXX", NUMBER, NOW).cases == 0


def test_the_station_counts_its_hour_and_its_declined_day(tmp_path: Path) -> None:
    with store_in(tmp_path) as store:
        keep(store, 1, 0.5)
        keep(store, 2, 0.9, Decision.DECLINE)
        keep(store, 3, 5.0, Decision.DECLINE)
        with store.history() as history:
            found = history.station(NOW)
    assert (found.cases_hour, found.declined_day) == (2, 2)


def test_an_operator_s_overrides_are_counted_by_day_and_a_supervised_step_up_is_none(tmp_path: Path) -> None:
    with store_in(tmp_path) as store:
        keep(store, 1, 0.1, second="sven")
        keep(store, 2, 0.2)
        keep(store, 3, 0.3, second="sven")
        keep(store, 4, 24.0, second="sven")
        keep(store, 5, 24.0)
        supervised = "SteppedUp:supervisor:Recommended:Approve"
        store.note(AuditEntry(NOW, AuditEvent.CASE_STEP, SessionId(f"{3:032x}"), detail=supervised))
        with store.history() as history:
            found = history.operator(TESS, NOW)
            other = history.operator(OperatorId("mina"), NOW)
    assert (found.cases_today, found.overrides_today, found.cases_hour) == (3, 1, 3)
    assert (found.overrides_before, found.cases_before) == ((1,), (2,))
    assert other == OperatorHistory(0, 0, 0, (), ())


def test_an_erased_case_leaves_no_mark_of_its_document(tmp_path: Path) -> None:
    with store_in(tmp_path) as store:
        session = keep(store, 1, 1.0)
        store.erase_case(session, "asked-for", TESS, NOW)
        with store.history() as history:
            assert history.document(STATE, NUMBER, NOW).cases == 0


def test_the_number_itself_is_nowhere_in_the_file(tmp_path: Path) -> None:
    with store_in(tmp_path) as store:
        keep(store, 1, 1.0)
    content = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert NUMBER.encode() not in content
