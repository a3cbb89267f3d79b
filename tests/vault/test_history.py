"""What the store remembers for a decision, and that it is forgotten with the case."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from kiosk.document.reading import Weight
from kiosk.record import Decision, Disposition, OverrideReason
from kiosk.risk.decision import Approve, Reason, ReasonCode
from kiosk.values import Masked, OperatorId, SessionId
from kiosk.vault.history import OperatorHistory
from kiosk.vault.store import Store
from tests.vault.specimen import NOW, PACKET, agreed, digest, record, store_in

MINA = OperatorId("mina")
STATE, NUMBER = record().document.fields.issuing_state, record().document.fields.number.reveal()


APPROVED = Approve((Reason(ReasonCode.SAME_FACE, Weight.AGREES),))


def keep(store: Store, number: int, hours_ago: float, decision: Decision = Decision.APPROVE, *, against: bool = False) -> SessionId:
    """Keep a case mina decided as was recommended, or approved against it with omar."""
    at, session, packet = NOW - timedelta(hours=hours_ago), SessionId(f"{number:032x}"), PACKET + bytes([number])
    kept = replace(record(session, at), closed_at=at)
    advised = kept.recommendation if against or decision is not Decision.APPROVE else APPROVED
    second, picked = (OperatorId("omar"), OverrideReason.FACES_BY_EYE) if against else (None, OverrideReason.OTHER)
    made = Disposition(MINA, decision, Masked("seen"), second, at, None if advised is APPROVED else picked)
    both = agreed(store, "override", session, at) if against else None
    store.keep_case(replace(kept, recommendation=advised, disposition=made), packet, digest(packet), at, agreed=both)
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


def test_an_operator_s_overrides_are_counted_by_day(tmp_path: Path) -> None:
    with store_in(tmp_path) as store:
        keep(store, 1, 0.1, against=True)
        keep(store, 2, 0.2)
        keep(store, 3, 0.3)
        keep(store, 4, 24.0, against=True)
        keep(store, 5, 24.0)
        with store.history() as history:
            found = history.operator(MINA, NOW)
            other = history.operator(OperatorId("tess"), NOW)
    assert (found.cases_today, found.overrides_today, found.cases_hour) == (3, 1, 3)
    assert (found.overrides_before, found.cases_before) == ((1,), (2,))
    assert other == OperatorHistory(0, 0, 0, (), ())


def test_an_erased_case_leaves_no_mark_of_its_document(tmp_path: Path) -> None:
    with store_in(tmp_path) as store:
        session = keep(store, 1, 1.0)
        store.erase_case(session, "asked-for", agreed(store, "erase-case", session), NOW)
        with store.history() as history:
            assert history.document(STATE, NUMBER, NOW).cases == 0


def test_the_number_itself_is_nowhere_in_the_file(tmp_path: Path) -> None:
    with store_in(tmp_path) as store:
        keep(store, 1, 1.0)
    content = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert NUMBER.encode() not in content
