"""What the watch-list says of values that confirmed frauds had: a mule's account is told, a utility's is not."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from kiosk.faults import Fault, StoreDamaged, StoreUnavailable
from kiosk.intake.analysis.fact import LinkKind
from kiosk.intake.console.pages_monitors import _lost_alarms
from kiosk.intake.console.serving import serving_console
from kiosk.intake.office.fold_analysis import FoldAnalysis
from kiosk.intake.office.office import Office
from kiosk.intake.office.proposals import Outcome
from kiosk.intake.office.watching import LinkedFrauds
from kiosk.intake.results import Results
from kiosk.record import SessionRecord
from kiosk.trust.permissions import Role
from kiosk.trust.presence import SignedIn
from kiosk.values import Masked, OperatorId, SessionId, StationClass
from kiosk.vault.store import Store
from kiosk.vault.trust_rows import OperatorRow
from kiosk.wire.signed_update import UpdateKind
from kiosk.wire.watch_list import Watched, WatchList, watch_list_from_text, watched_values
from tests.console.bank import copied_bank, office_over
from tests.fakes.branch import NOW
from tests.vault.specimen import store_in

KEY = Masked(bytes(32))
WHY = Masked("as the committee decided")
CASES = 30


ANALYST = SignedIn(OperatorId("ines"), Role.ANALYST, NOW)
SUPERVISOR = SignedIn(OperatorId("omar"), Role.SUPERVISOR, NOW)


@pytest.fixture
def people(tmp_path: Path) -> Iterator[Store]:
    with store_in(tmp_path / "office") as store:
        with store.trust_rows() as rows:
            for one in (ANALYST, SUPERVISOR):
                rows.add_operator(OperatorRow(one.name, one.role.value, Masked(b"secret"), 0, None, NOW))
        yield store


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    copied_bank(tmp_path / "bank", CASES)
    return tmp_path / "bank"


@pytest.fixture
def office(people: Store, folder: Path) -> Iterator[Office]:
    with office_over(people, folder) as opened:
        yield opened


@pytest.fixture
def records(office: Office) -> dict[SessionId, SessionRecord]:
    return {session: content.record for _, session, content in office.records() if content is not None}


def payments(records: dict[SessionId, SessionRecord]) -> list[SessionId]:
    return [session for session, record in records.items() if Watched.PAYEE in dict(watched_values(record))]


def shared_by(cases: int) -> Callable[[SessionId], Mapping[LinkKind, int]]:
    """Everything a case has is shared by so many."""
    return lambda session: dict.fromkeys(LinkKind, cases)


def told(list_text: str, record: SessionRecord, of: Watched) -> int:
    listed: WatchList = watch_list_from_text(list_text)
    return listed.frauds_of([(of, dict(watched_values(record))[of])])


def label(office: Office, session: SessionId, outcome: Outcome) -> None:
    made = office.propose_outcome(ANALYST, session, outcome, WHY, NOW)
    office.agree(SUPERVISOR, made.number, made.digest, NOW)


def newest(office: Office, record: SessionRecord) -> tuple[int, int]:
    """Return the newest list's version and how many frauds it tells of this case's payee."""
    (_, update), *_ = office.publishing.published(UpdateKind.WATCHLIST)
    return update.version, told(update.payload, record, Watched.PAYEE)


@pytest.mark.parametrize(("cases", "frauds"), [(0, 1), (1, 1), (30, 1), (64, 1), (65, 1), (640, 1), (641, 0), (100_000, 0)])
def test_one_fraud_is_told_of_a_payee_unless_very_many_pay_him(cases: int, frauds: int, records: dict[SessionId, SessionRecord]) -> None:
    session = payments(records)[0]
    text = LinkedFrauds(KEY, records.__getitem__, shared_by(cases)).list_text({}, [session])
    assert told(text, records[session], Watched.PAYEE) == frauds
    own = [told(text, records[session], of) for of in (Watched.DOCUMENT, Watched.ACCOUNT)]
    assert own == [1, 1], "nobody washes off his own by coming often"


def test_a_hub_that_many_frauds_went_through_is_told_in_proportion(records: dict[SessionId, SessionRecord]) -> None:
    session = payments(records)[0]
    many = {SessionId(f"{number:032x}"): records[session] for number in range(100)}
    text = LinkedFrauds(KEY, many.__getitem__, shared_by(640)).list_text({}, many)
    assert told(text, records[session], Watched.PAYEE) == 10
    assert told(text, records[session], Watched.ACCOUNT) == 100


def test_a_payee_whom_many_come_to_pay_leaves_the_list_without_anybody_s_word(
    office: Office, records: dict[SessionId, SessionRecord], monkeypatch: pytest.MonkeyPatch
) -> None:
    session = payments(records)[0]
    label(office, session, Outcome.CONFIRMED_FRAUD)
    assert newest(office, records[session]) == (1, 1)
    monkeypatch.setattr(office.publishing._linked, "_shared_by", shared_by(100_000))
    office.keep_up(NOW)
    office.keep_up(NOW)
    assert newest(office, records[session]) == (2, 0)
    assert {one.kind for one in office.fleet.newest(StationClass.DEMO)} == {UpdateKind.WATCHLIST}


def test_a_console_that_starts_again_tells_of_nobody_whom_the_list_left_out(
    people: Store, folder: Path, records: dict[SessionId, SessionRecord], monkeypatch: pytest.MonkeyPatch
) -> None:
    """At its start it does not know yet how many share what a fraud had; and an agreement that changed nothing on the list, as this second
    one, is not among what was published."""
    known = FoldAnalysis.shared_by

    def crowd(analysis: FoldAnalysis, session: SessionId) -> Mapping[LinkKind, int]:
        return {kind: 100_000 if kind is LinkKind.PAYEE else count for kind, count in known(analysis, session).items()}

    monkeypatch.setattr(FoldAnalysis, "shared_by", crowd)
    fraud, honest, *_ = payments(records)
    with office_over(people, folder) as office:
        office.keep_up(NOW)
        label(office, fraud, Outcome.CONFIRMED_FRAUD)
        label(office, honest, Outcome.GENUINE)
        before = newest(office, records[fraud])
        assert before[1] == 0
    with office_over(people, folder) as office:
        made = office.propose_watch(ANALYST, honest, Watched.DOCUMENT, 1.0, WHY, NOW)
        office.agree(SUPERVISOR, made.number, made.digest, NOW)
        assert not office.analysis.is_up_to_date() and newest(office, records[fraud]) == (before[0] + 1, 0)
    with office_over(people, folder) as office, serving_console(office, port=0, clock=lambda: NOW):
        pass
    with office_over(people, folder) as office:
        assert newest(office, records[fraud]) == (before[0] + 1, 0), "nothing is published by a start alone"
        office.keep_up(NOW)
        assert newest(office, records[fraud]) == (before[0] + 1, 0)
        (_, update), *_ = office.publishing.published(UpdateKind.WATCHLIST)
        assert told(update.payload, records[fraud], Watched.DOCUMENT) == 1


def away(office: Office, fault: type[Fault], monkeypatch: pytest.MonkeyPatch) -> None:
    """The analysis's results do not open."""

    def results() -> Results | None:
        raise fault("the results cannot be opened")

    monkeypatch.setattr(office.analysis, "_find_results", results)


@pytest.mark.parametrize("fault", [StoreUnavailable, StoreDamaged])
def test_with_the_analysis_away_the_list_drops_who_was_cleared_and_tells_of_who_is_new(
    fault: type[Fault], people: Store, folder: Path, records: dict[SessionId, SessionRecord], monkeypatch: pytest.MonkeyPatch
) -> None:
    cleared, fraud, *_ = payments(records)
    with office_over(people, folder) as office:
        office.keep_up(NOW)
        label(office, cleared, Outcome.CONFIRMED_FRAUD)
        assert newest(office, records[cleared]) == (1, 1)
    with office_over(people, folder) as office:
        away(office, fault, monkeypatch)
        label(office, cleared, Outcome.GENUINE)
        label(office, fraud, Outcome.CONFIRMED_FRAUD)
        (_, update), *_ = office.publishing.published(UpdateKind.WATCHLIST)
        of = (Watched.DOCUMENT, Watched.ACCOUNT, Watched.PAYEE)
        assert [told(update.payload, records[cleared], one) for one in of] == [0, 0, 0]
        assert [told(update.payload, records[fraud], one) for one in of] == [1, 1, 0], "how many pay him is not known"
        assert [line for line in _lost_alarms(office) if "document and account alone" in line]
        with pytest.raises(fault):
            office.keep_up(NOW)
    with office_over(people, folder) as office:
        office.keep_up(NOW)
        office.keep_up(NOW)
        assert newest(office, records[fraud])[1] == 1
        assert _lost_alarms(office) == []


def test_an_analysis_that_goes_away_later_taints_no_utility_either(
    office: Office, records: dict[SessionId, SessionRecord], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A case that came since then is in nobody's count."""
    office.keep_up(NOW)
    away(office, StoreUnavailable, monkeypatch)
    fraud = payments(records)[0]
    label(office, fraud, Outcome.CONFIRMED_FRAUD)
    assert newest(office, records[fraud]) == (1, 0)


def test_damaged_results_keep_no_agreed_update_from_the_stations(people: Store, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with office_over(people, folder) as office:
        away(office, StoreDamaged, monkeypatch)
        made = office.propose_model_notice(ANALYST, "face-match", "ab" * 32, "the newest", WHY, NOW)
        with monkeypatch.context() as died:
            died.setattr(office.publishing, "publish_agreed", lambda now: 0)
            office.agree(SUPERVISOR, made.number, made.digest, NOW)
        with pytest.raises(StoreDamaged):
            office.keep_up(NOW)
        assert [one.kind for one in office.fleet.newest(StationClass.DEMO)] == [UpdateKind.MODEL]
