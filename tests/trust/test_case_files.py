"""Reading, handing out, withdrawing, erasing: what is left afterwards is looked for in the raw file."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from kiosk.faults import SealBroken
from kiosk.outbox import Accepted
from kiosk.policy import RetentionPolicy, SyncPolicy
from kiosk.record import HighValueTransaction
from kiosk.trust.case_files import CaseFiles, ClockJumped, ReadFor, Swept
from kiosk.trust.permissions import Action, Role
from kiosk.trust.presence import Authority, SignedIn
from kiosk.values import ConsentPurpose, Masked, OperatorId, SessionId
from kiosk.vault.sealing import Place, derive, unseal
from kiosk.vault.store import Store
from kiosk.vault.trust_rows import OperatorRow
from kiosk.vault.two_people import Agreed
from tests.vault.specimen import CLOSED, NOW, PACKET, PERSONAL, SESSION, digest, everything_in, key_file, record, session, store_in

SAM = SignedIn(OperatorId("sam"), Role.SUPERVISOR, NOW)
OLGA = SignedIn(OperatorId("olga"), Role.COMPLIANCE_OFFICER, NOW)
DAY = timedelta(days=1)


def files(store: Store) -> CaseFiles:
    with store.trust_rows() as rows:
        if rows.operator(OLGA.name) is None:
            rows.add_operator(OperatorRow(OLGA.name, OLGA.role.value, Masked(b"secret"), 0, None, NOW))
    return CaseFiles(store, RetentionPolicy(account_opening_days=30, high_value_days=90))


def two(store: Store, on: str = SESSION) -> Agreed:
    """Olga and Sam, a supervisor, agree to erase a case."""
    with store.trust_rows() as rows:
        if rows.operator(SAM.name) is None:
            rows.add_operator(OperatorRow(SAM.name, SAM.role.value, Masked(b"secret"), 0, None, NOW))
    answer = Authority(store).agree(OLGA, SAM, Action.ERASE_CASE, NOW, SessionId(on))
    assert isinstance(answer, Agreed)
    return answer


def test_every_read_is_a_line_with_its_purpose(tmp_path: Path) -> None:
    with store_in(tmp_path / "store") as store:
        store.keep_case(record(), PACKET, digest(), NOW)
        assert files(store).read(OLGA, SESSION, ReadFor.COMPLAINT, NOW) == record()
        last = store.audit_lines()[-1]
        assert (last.event, last.who, last.session, last.purpose) == ("case-opened", "olga", SESSION, "complaint")


@pytest.mark.parametrize("sent", [False, True], ids=["waiting", "receipted"])
def test_an_erased_case_opens_to_nobody_and_its_key_is_in_no_byte_of_any_file(tmp_path: Path, sent: bool) -> None:
    folder = tmp_path / "store"
    with store_in(folder) as store:
        for number in range(40):
            store.keep_case(record(session(number)), PACKET, digest(), NOW)
        store.keep_case(record(), PACKET, digest(), NOW)
        if sent:
            store.settle(SESSION, Accepted(b"receipt"), NOW, SyncPolicy(), 0.0)
        wrapped, sealed = store._db.execute("SELECT wrapped_key, record FROM cases WHERE session = ?", (SESSION,)).fetchone()
        packet = store._db.execute("SELECT sealed FROM packets WHERE session = ?", (SESSION,)).fetchone()
        assert wrapped in everything_in(folder)
        assert files(store).erase(two(store), SESSION, "at-request", NOW)
        # every file as it lies there while the program runs: the pages, the free ones, the write-ahead log
        raw = everything_in(folder)
        assert wrapped not in raw
        assert wrapped[13:45] not in raw
        if packet is not None:
            assert all(packet[0][at : at + 64] not in raw for at in range(0, len(packet[0]) - 64, 997))
        assert store._db.execute("PRAGMA freelist_count").fetchone() == (0,)
        with pytest.raises(SealBroken):
            store.open_record(SESSION, OLGA.name, NOW)
        assert store.open_record(session(3), OLGA.name, NOW) == record(session(3))
        row = next(row for row in store.rows(99) if row.session == SESSION)
        assert (row.holder.reveal(), row.last_problem) == ("", "erased")
        assert [due.session for due in store.due(NOW, 99)].count(SESSION) == 0
        assert not files(store).erase(two(store), SESSION, "at-request", NOW)
    master = key_file(folder).load()
    with pytest.raises(SealBroken):
        # even with the master key in hand: what is left of the wrapped key opens nothing
        unseal(derive(master, "wrap case keys"), sealed[:61], Place("cases", SESSION, "wrapped_key", "the case's own key"))
    assert not any(word in everything_in(folder) for word in PERSONAL)


def test_an_erased_case_is_not_brought_back_by_a_retry_or_by_hand(tmp_path: Path) -> None:
    with store_in(tmp_path / "store") as store:
        store.keep_case(record(), PACKET, digest(), NOW)
        wrapped = store._db.execute("SELECT wrapped_key FROM cases").fetchone()[0]
        files(store).erase(two(store), SESSION, "at-request", NOW)
        assert store.retry_set_aside(SESSION, OLGA.name, NOW).last_problem == "erased"
        with pytest.raises(Exception, match="never brought back"):
            store._db.execute("UPDATE cases SET wrapped_key = ?", (wrapped,))
        with pytest.raises(Exception, match="never taken back"):
            store._db.execute("DELETE FROM erasures")


def test_a_customer_is_handed_everything_and_no_more(tmp_path: Path) -> None:
    with store_in(tmp_path / "store") as store:
        store.keep_case(record(), PACKET, digest(), NOW)
        store.keep_case(record(session(1)), PACKET, digest(), NOW)
        given = json.loads(files(store).export(OLGA, SESSION, NOW))
        assert given["record"]["document"]["fields"]["surname"] == "ERIKSSON"
        assert given["record"]["consent"]["purposes"] == ["identity-check"]
        assert given["delivery"] == {"state": "waiting", "attempts": 0}
        assert [line["event"] for line in given["audit"]] == ["case-kept", "case-decided", "case-opened"]
        assert store.audit_lines()[-1].event == "case-exported"
        files(store).erase(two(store), SESSION, "at-request", NOW)
        after = json.loads(files(store).export(OLGA, SESSION, NOW))
        assert after["record"] is None
        assert after["erased"]["because"] == "at-request"


def receipted(store: Store, number: int, opened_days_ago: int, *, high_value: bool = False) -> None:
    from dataclasses import replace

    of = record(session(number), CLOSED - opened_days_ago * DAY)
    if high_value:
        of = replace(of, purpose=HighValueTransaction(100, "EUR", Masked("P"), Masked("D")))
    store.keep_case(of, PACKET, digest(), NOW)
    store.settle(session(number), Accepted(b"receipt"), NOW, SyncPolicy(), 0.0)


def erased(store: Store) -> list[int]:
    return sorted(int(row.session, 16) for row in store.rows(99) if row.last_problem == "erased")


def test_the_retention_clock_runs_by_purpose_and_erases_nothing_the_bank_has_not(tmp_path: Path) -> None:
    with store_in(tmp_path / "store") as store:
        receipted(store, 1, 31)
        receipted(store, 2, 29)
        receipted(store, 3, 31, high_value=True)
        receipted(store, 4, 91, high_value=True)
        store.keep_case(record(session(5), CLOSED - 400 * DAY), PACKET, digest(), NOW)
        assert files(store).sweep(NOW) == Swept(2)
        assert erased(store) == [1, 4]
        assert [(line.event, line.detail) for line in store.audit_lines()][-1] == ("retention-run", "erased=2")
        assert files(store).sweep(NOW) == Swept(0)


def test_withdrawing_the_check_makes_a_case_due_at_once(tmp_path: Path) -> None:
    with store_in(tmp_path / "store") as store:
        receipted(store, 1, 0)
        receipted(store, 2, 0)
        assert files(store).withdraw(OLGA, session(1), ConsentPurpose.IDENTITY_CHECK, NOW)
        assert not files(store).withdraw(OLGA, session(1), ConsentPurpose.IDENTITY_CHECK, NOW)
        assert files(store).withdraw(OLGA, session(2), ConsentPurpose.RECOGNISE_LATER, NOW)
        assert files(store).run_retention(OLGA, NOW) == Swept(1)
        assert erased(store) == [1]
        assert json.loads(files(store).export(OLGA, session(2), NOW))["withdrawn"] == [
            {"purpose": "recognise-later", "at": NOW.isoformat(), "bank": "waiting"}
        ]


@pytest.mark.parametrize("by", [timedelta(days=400), timedelta(days=-400)])
def test_a_clock_that_jumped_erases_nothing_by_itself(tmp_path: Path, by: timedelta) -> None:
    with store_in(tmp_path / "store") as store:
        receipted(store, 1, 0)
        assert files(store).sweep(NOW + by) == ClockJumped(NOW)
        assert erased(store) == []


def test_a_case_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with store_in(tmp_path / "store") as store:
        keeper = files(store)
        agreed = two(store)
        with pytest.raises(LookupError):
            keeper.erase(agreed, SESSION, "at-request", NOW)
