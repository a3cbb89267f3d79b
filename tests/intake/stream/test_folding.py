"""The fold: once, in order, made again from what is kept; labels, faces and retention with it."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from kiosk.faults import StoreUnavailable
from kiosk.intake.analysis.fact import FaceLink, Label, LinkKey, Truth
from kiosk.intake.analysis.finding import Assessment
from kiosk.intake.analysis.fold import Fold
from kiosk.intake.analysis.spelled import ASSESSMENTS, FACTS, LABELS
from kiosk.intake.prints.allowance import Allowance, allow
from kiosk.intake.prints.sealed_print import FaceRecord, seal_record
from kiosk.intake.results import Analysed, FoundFaces, Outcome
from kiosk.intake.sqlite_results import SqliteResults
from kiosk.intake.stream.folding import LINKS, Folding
from kiosk.intake.stream.retention import Retention, drop_due_prints
from kiosk.measure.analysis_growth import _fact
from tests.fakes.branch import NOW, draw_branch
from tests.intake.prints.test_index_and_search import KEY, UTOPIAN, Bench, case_id, direction


class Watched(Fold):
    """A fold that remembers what it was given."""

    def __init__(self) -> None:
        super().__init__()
        self.given: list[object] = []

    def take(self, fact: object) -> tuple[Assessment, ...]:  # type: ignore[override]
        self.given.append(fact)
        return super().take(fact)  # type: ignore[arg-type]

    def learn(self, label: Label) -> tuple[Assessment, ...]:
        self.given.append(label)
        return super().learn(label)


def analysed(number: int, face: bytes = b"") -> Analysed:
    fact = replace(_fact(number), case=case_id(number))
    return Analysed(case_id(number), number, NOW, FACTS.write(fact), face)


@pytest.fixture
def results(tmp_path: Path) -> SqliteResults:
    return SqliteResults(tmp_path / "results.sqlite")


def assessed(results: SqliteResults) -> list[str]:
    return [ASSESSMENTS.read(one.assessment).case for _, one in results.outcomes(0, 1_000) if not ASSESSMENTS.read(one.assessment).again]


def test_each_case_is_assessed_once_whoever_folds(results: SqliteResults) -> None:
    results.keep([analysed(number) for number in range(1, 6)])
    first, second = Folding(results, Fold), Folding(results, Fold)
    assert (first.step(), first.step()) == (5, 0)
    results.keep([analysed(6)])
    assert (second.step(), first.step()) == (1, 0)
    assert assessed(results) == [case_id(number) for number in range(1, 7)]


def test_of_two_who_fold_the_same_lot_one_is_kept_and_the_other_begins_anew(results: SqliteResults) -> None:
    results.keep([analysed(1)])
    first, second = Folding(results, Fold), Folding(results, Fold)
    first.step()
    second.step()
    results.keep([analysed(2)])
    real = results.fold

    def overtaken(expected: int, upto: int, outcomes: object, found: object) -> bool:
        results.fold = real  # type: ignore[method-assign]
        assert second.step() == 1
        return real(expected, upto, outcomes, found)  # type: ignore[arg-type]

    results.fold = overtaken  # type: ignore[method-assign]
    assert first.step() == 0
    assert first.known is None
    assert first.step() == 0
    assert assessed(results) == [case_id(1), case_id(2)]


def test_a_fold_that_could_not_be_kept_is_made_again(results: SqliteResults) -> None:
    results.keep([analysed(1)])
    folding = Folding(results, Fold)
    real = results.fold

    def away(*_: object) -> bool:
        results.fold = real  # type: ignore[method-assign]
        raise StoreUnavailable("gone")

    results.fold = away  # type: ignore[method-assign]
    with pytest.raises(StoreUnavailable):
        folding.step()
    assert folding.step() == 1
    assert assessed(results) == [case_id(1)]


def test_what_is_known_is_made_again_in_the_order_of_the_entries_labels_and_faces_included(results: SqliteResults) -> None:
    link = FaceLink(case_id(1), same=True, sure=4.0)
    label = Label(case_id(1), Truth.FRAUD, "ada", "tess", 1.0)
    results.keep([analysed(1)])
    results.add_label(case_id(1), LABELS.write(label))
    results.keep([analysed(2)])
    results.fold(0, 3, [], [FoundFaces(case_id(2), LINKS.write((link,)))])
    watched = Watched()
    assert Folding(results, lambda: watched).step() == 0
    assert [getattr(one, "case", None) for one in watched.given] == [case_id(1), case_id(1), case_id(2)]
    assert watched.given[1] == label
    assert watched.given[2] == replace(FACTS.read(analysed(2).fact), faces=(link,))


def test_an_erased_case_is_passed_over_when_what_is_known_is_made_again(results: SqliteResults) -> None:
    results.keep([analysed(1), analysed(2)])
    Folding(results, Fold).step()
    results.forget_case(case_id(1))
    watched = Watched()
    Folding(results, lambda: watched).step()
    assert [getattr(one, "case", None) for one in watched.given] == [case_id(2)]


def test_links_of_faces_reach_the_fold_and_are_kept(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    for number, face in ((1, direction(1)), (2, direction(1))):
        sealed = seal_record(KEY, case_id(number), FaceRecord("plain", face, 0.01, UTOPIAN, LinkKey(number)))
        bench.results.keep([analysed(number, sealed)])
    watched = Watched()
    Folding(bench.results, lambda: watched, bench.searcher).step()
    assert [[link.earlier for link in getattr(one, "faces", ())] for one in watched.given] == [[], [case_id(1)]]
    assert set(bench.results.found_faces(0, 2)) == {case_id(2)}


def test_prints_too_old_forbidden_or_taken_back_are_erased(tmp_path: Path) -> None:
    ledger = draw_branch().store(tmp_path)
    results = SqliteResults(tmp_path / "results.sqlite")
    results.keep([Analysed(case_id(days), days, NOW - timedelta(days=days), b"", b"face") for days in (1, 10, 100)])
    allow(tmp_path, Allowance("a law of Utopia that says so", 50, "the board", NOW))
    retention = Retention(ledger, results, Folding(results, Fold), tmp_path, lambda: NOW)
    assert (retention.step(), retention.step()) == (1, 0)
    assert [face.packet_id for face in results.faces(0, 10)] == [case_id(1), case_id(10)]
    ledger._db.execute("INSERT INTO consent_withdrawals VALUES (?, 'identity-check', 'booth-1', 0, '', '', X'')", (case_id(1),))
    assert drop_due_prints(ledger, results, tmp_path, NOW) == 1
    assert [face.packet_id for face in results.faces(0, 10)] == [case_id(10)]
    (tmp_path / "prints.json").unlink()
    assert drop_due_prints(ledger, results, tmp_path, NOW) == 1
    assert results.counts().faces == 0


def test_an_erased_print_leaves_memory_also_where_prints_of_another_network_are_still_kept(tmp_path: Path) -> None:
    """Those are in the results and not in memory, so the two counts say nothing of each other."""
    ledger, bench = draw_branch().store(tmp_path), Bench(tmp_path)
    for number, network in ((1, "older"), (2, "plain"), (3, "plain")):
        sealed = seal_record(KEY, case_id(number), FaceRecord(network, direction(number), 0.01, UTOPIAN, LinkKey(number)))
        bench.results.keep([Analysed(case_id(number), number, NOW, b"", sealed)])
    allow(tmp_path, Allowance("a law of Utopia that says so", 50, "the board", NOW))
    fold = Folding(bench.results, Fold, bench.searcher)
    fold.step()
    assert fold.faces is not None and len(fold.faces) == 2
    ledger._db.execute("INSERT INTO consent_withdrawals VALUES (?, 'identity-check', 'booth-1', 0, '', '', X'')", (case_id(2),))
    assert Retention(ledger, bench.results, fold, tmp_path, lambda: NOW).step() == 1
    assert len(fold.faces) == 1


def test_an_assessment_is_read_as_it_was_kept(results: SqliteResults) -> None:
    results.keep([analysed(1)])
    one = Assessment(case_id(1), 1.0, 0.5, 0.6, (), refer=True, again=False, model="m")
    results.fold(0, 1, [Outcome(case_id(1), ASSESSMENTS.write(one))], [])
    kept = results.outcome(case_id(1))
    assert kept is not None and ASSESSMENTS.read(kept) == one
