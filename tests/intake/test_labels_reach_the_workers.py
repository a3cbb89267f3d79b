"""What two people agree on at the console reaches whoever analyses: in a file and in PostgreSQL, late, and once."""

import threading
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from kiosk.commands.console_demo import fill_bank, hire
from kiosk.faults import StoreUnavailable
from kiosk.intake.analysis.fact import Label, Truth
from kiosk.intake.analysis.finding import FindingKind
from kiosk.intake.analysis.fold import Fold
from kiosk.intake.analysis.spelled import LABELS
from kiosk.intake.ceremony import grant_again, open_ledger
from kiosk.intake.console.serving import open_office
from kiosk.intake.office.office import Office
from kiosk.intake.office.proposals import Outcome
from kiosk.intake.results import EntryKind
from kiosk.intake.stream.folding import Folding
from kiosk.intake.stream.opening import AnalysisAt, analysis, open_results, role_at, role_folder
from kiosk.trust.presence import SignedIn
from kiosk.values import Masked, OperatorId, SessionId
from tests.fakes.branch import NOW
from tests.trust.people import QUICK

WHY = Masked("the issuer was called")


class Bank:
    """A bank of 30 cases; a ring of them shares a telephone. store: of its ledger and, by default, of its results."""

    def __init__(self, folder: Path, store: str) -> None:
        self.folder, self.store = folder, store
        self.sessions = fill_bank(folder, NOW, 30, store)
        self.ring = [session for number, session in enumerate(self.sessions) if number % 17 == 9]
        self.at = AnalysisAt(role_folder(folder), store)

    def make_role(self) -> None:
        role_at(self.at.role, self.folder)
        grant_again(self.folder, self.store)

    def work(self) -> None:
        """Analyse until nothing waits, as `app.py intake analyse --until-idle` does."""
        with (
            closing(open_ledger(self.folder, self.store)) as ledger,
            analysis(ledger, self.at, role_at(self.at.role, self.folder), lambda: NOW, "worker") as analysing,
        ):
            analysing.run(threading.Event(), until_idle=True)

    def labels(self) -> list[Label]:
        with closing(open_results(self.at)) as results:
            return [LABELS.read(one.content) for one in results.entries(0, 1_000) if one.kind is EntryKind.LABEL]

    def tied_to_fraud(self, case: SessionId) -> float:
        """Return how far a fold made anew from what is kept ties this case to confirmed fraud."""
        with closing(open_results(self.at)) as results:
            folds: list[Fold] = []

            def new() -> Fold:
                folds.append(Fold())
                return folds[-1]

            assert Folding(results, new).step() == 0
            return folds[-1].values(case).get(FindingKind.WATCHED, 0.0)


@pytest.fixture(params=["sqlite", "postgresql"])
def bank(request: pytest.FixtureRequest, tmp_path: Path) -> Bank:
    return Bank(tmp_path / "bank", "" if request.param == "sqlite" else str(request.getfixturevalue("postgres_url")))


def settle(office: Office, case: SessionId, outcome: Outcome = Outcome.CONFIRMED_FRAUD) -> None:
    if office.operators.is_empty():
        hire(office, NOW - timedelta(minutes=10))
    people = {one.name: one.role for one in _people(office)}
    first, second = (SignedIn(OperatorId(name), people[OperatorId(name)], NOW) for name in ("ines", "omar"))
    made = office.propose_outcome(first, case, outcome, WHY, NOW)
    office.agree(second, made.number, made.digest, NOW)


def _people(office: Office) -> list[SignedIn]:
    from kiosk.commands.console_demo import PEOPLE

    return [SignedIn(OperatorId(name), role, NOW) for name, role in PEOPLE]


def test_an_agreed_fraud_reaches_the_workers_and_its_ring_is_tied_to_it(bank: Bank) -> None:
    bank.make_role()
    bank.work()
    assert bank.tied_to_fraud(bank.ring[1]) == 0.0
    with open_office(bank.folder, bank.store, QUICK) as office:
        settle(office, bank.ring[0])
    assert bank.labels() == [Label(bank.ring[0], Truth.FRAUD, "ines", "omar", NOW.timestamp())]
    bank.work()
    assert bank.tied_to_fraud(bank.ring[1]) > 0.0


def test_a_role_made_after_the_console_was_opened_learns_what_was_agreed_before_and_learns_it_once(bank: Bank) -> None:
    with open_office(bank.folder, bank.store, QUICK) as office:
        settle(office, bank.ring[0])
        settle(office, bank.sessions[2], Outcome.GENUINE)
        settle(office, bank.sessions[3], Outcome.UNCLEAR)
        bank.make_role()
        bank.work()
        for _ in range(3):
            office.analysis.refresh(office.agreements.labels())
    with open_office(bank.folder, bank.store, QUICK) as office:
        office.analysis.refresh(office.agreements.labels())
    assert [(one.case, one.truth) for one in bank.labels()] == [
        (bank.ring[0], Truth.FRAUD),
        (bank.sessions[2], Truth.FALSE_ALARM),
    ]


def test_results_that_are_away_at_the_agreement_are_told_when_they_are_back(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    bank.make_role()
    bank.work()
    with open_office(bank.folder, bank.store, QUICK) as office:
        office.analysis.refresh(())
        with monkeypatch.context() as away:
            for kind in ("SqliteResults", "PostgresResults"):
                place = f"kiosk.intake.{kind.removesuffix('Results').lower()}_results.{kind}.add_label"
                away.setattr(place, _away)
            settle(office, bank.ring[0])
            assert office.agreements.fraud() == {bank.ring[0]}
        assert bank.labels() == []
        office.analysis.refresh(office.agreements.labels())
    assert len(bank.labels()) == 1


def test_a_label_waits_for_its_case_so_that_whoever_folds_in_order_learns_it(bank: Bank) -> None:
    """Results that were lost are made again: the labels come after the cases they are about."""
    bank.make_role()
    with open_office(bank.folder, bank.store, QUICK) as office:
        settle(office, bank.ring[0])
        office.analysis.refresh(office.agreements.labels())
        assert bank.labels() == []
        bank.work()
        office.analysis.refresh(office.agreements.labels())
    bank.work()
    assert len(bank.labels()) == 1 and bank.tied_to_fraud(bank.ring[1]) > 0.0


def _away(*_: object) -> int:
    raise StoreUnavailable("the database server cannot be reached")
