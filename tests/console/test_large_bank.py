"""Pages over very many cases: no view looks at all of them, and one that just started shows what it has."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.intake.console.asked import Asked, Page
from kiosk.intake.console.drawn import Templates
from kiosk.intake.console.key_desk import KeyDesk
from kiosk.intake.console.pages_cases import show_case
from kiosk.intake.console.visits import Visit
from kiosk.intake.office import backtest, fold_analysis
from kiosk.intake.office.backtest import back_test
from kiosk.intake.office.office import Office
from kiosk.intake.office.ranked import Ranked
from kiosk.intake.office.terms import AuditQuery
from kiosk.trust.permissions import Role
from kiosk.trust.presence import SignedIn
from kiosk.values import Masked, OperatorId, SessionId
from kiosk.vault.audit import AuditEntry, AuditEvent
from kiosk.vault.trust_rows import OperatorRow
from tests.console.bank import copied_bank, office_over
from tests.fakes.branch import NOW
from tests.vault.specimen import store_in

CASES = 30
ANALYST, AUDITOR = (SignedIn(OperatorId(name), role, NOW) for name, role in (("ines", Role.ANALYST), ("vera", Role.AUDITOR)))


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    copied_bank(tmp_path / "bank", CASES)
    with store_in(tmp_path / "office") as store, office_over(store, tmp_path / "bank") as opened:
        with store.trust_rows() as rows:
            for one in (ANALYST, AUDITOR):
                rows.add_operator(OperatorRow(one.name, one.role.value, Masked(b"secret"), 0, None, NOW))
        yield opened


puts = st.lists(st.tuples(st.integers(0, 9), st.none() | st.integers(0, 100)), max_size=60)


@given(puts, st.integers(0, 12))
def test_the_ranked_are_the_highest_scores_and_of_one_score_the_newest(put: list[tuple[int, int | None]], limit: int) -> None:
    ranked, kept = Ranked(), {}
    for number, score in put:
        ranked.put(SessionId(str(number)), score, number)
        kept[number] = score
    wanted = sorted(((score, number) for number, score in kept.items() if score is not None), reverse=True)
    assert ranked.gravest(limit) == [str(number) for _, number in wanted[:limit]]
    assert len(ranked) == len(wanted)


def test_cases_are_taken_in_some_at_a_time_and_in_the_end_all(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fold_analysis, "OPENED_AT_A_LOOK", 7)
    seen = []
    while not office.analysis.is_up_to_date():
        office.analysis.refresh(())
        seen.append(sum(office.analysis.summary(session) is not None for _, session, _ in office.records()))
    assert seen == [7, 14, 21, 28, 30]


def test_whoever_stops_a_console_waits_for_one_lot_of_cases(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fold_analysis, "OPENED_AT_A_LOOK", 7)
    assert office.keep_up(NOW) > 0 and not office.analysis.is_up_to_date()
    while office.keep_up(NOW):
        pass
    assert office.analysis.is_up_to_date()


def test_the_queue_is_the_same_however_the_cases_were_taken_in(office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    office.analysis.refresh(())
    at_once = office.analysis.queue(CASES)
    monkeypatch.setattr(fold_analysis, "OPENED_AT_A_LOOK", 4)
    with office_over(office.store, tmp_path / "bank") as slowly:
        while not slowly.analysis.is_up_to_date():
            slowly.analysis.refresh(())
            slowly.analysis.queue(3)
        assert slowly.analysis.queue(CASES) == at_once
    scores = [row.score for row in at_once]
    assert scores == sorted(scores, reverse=True) and len(scores) > 5


def test_a_case_the_analysis_does_not_know_yet_has_its_page_all_the_same(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fold_analysis, "OPENED_AT_A_LOOK", 1)
    newest = [session for _, session, _ in office.records()][-1]
    asked = Asked(office, NOW, Visit("t", NOW, NOW, ANALYST), ANALYST, {"session": newest}, {}, {}, KeyDesk(), None)
    answer = show_case(asked)
    assert isinstance(answer, Page) and office.analysis.summary(newest) is None
    assert "does not know this case" in Templates().fill(answer.template, asked, answer.values)


def test_a_back_test_opens_the_newest_and_the_settled_and_says_of_how_many(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    text = office.publishing.policy_text().replace("\nversion = 1", "\nversion = 2")
    assert (back_test(office, text).held, back_test(office, text).looked_at + back_test(office, text).without) == (CASES, CASES)
    monkeypatch.setattr(backtest, "NEWEST", 5)
    found = back_test(office, text)
    assert (found.held, found.looked_at + found.without) == (CASES, 5)
    assert f"of {CASES} cases" in found.says


def test_a_search_of_the_log_finds_the_newest_first_across_lots(office: Office) -> None:
    with office.store.together():
        for number in range(2_500):
            office.store.note(AuditEntry(NOW, AuditEvent.CASE_OPENED, who=OperatorId("ines"), detail=f"n{number:04d}"))
    lines = office.search_audit(AUDITOR, AuditQuery(text="n"), 3_000, NOW)
    assert [line.detail for line in lines if line.detail.startswith("n")] == [f"n{number:04d}" for number in reversed(range(2_500))]
    assert [line.detail for line in office.search_audit(AUDITOR, AuditQuery(text="n0000"), 5, NOW)] == ["n0000"]
