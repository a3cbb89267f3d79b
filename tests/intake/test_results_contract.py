"""What the store of results promises (`kiosk/intake/results.py`), on SQLite and on PostgreSQL."""

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest

from kiosk.faults import StoreFromNewerVersion
from kiosk.intake.postgres_results import PostgresResults
from kiosk.intake.results import Analysed, Counts, Entry, EntryKind, Face, FoundFaces, Outcome, Trouble
from kiosk.intake.sqlite_results import SqliteResults
from kiosk.values import SessionId
from tests.fakes.branch import NOW

Store = SqliteResults | PostgresResults


@pytest.fixture(params=["sqlite", "postgresql"])
def open_results(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], Store]]:
    opened: list[Store] = []
    url = "" if request.param == "sqlite" else str(request.getfixturevalue("postgres_url"))

    def open_it() -> Store:
        opened.append(PostgresResults(url) if url else SqliteResults(tmp_path / "results.sqlite"))
        return opened[-1]

    yield open_it
    for store in opened:
        store.close()


@pytest.fixture
def results(open_results: Callable[[], Store]) -> Store:
    return open_results()


def case_id(number: int) -> SessionId:
    return SessionId(f"{number:032x}")


def case(number: int, face: bytes = b"") -> Analysed:
    return Analysed(case_id(number), number, NOW + timedelta(days=number), b"fact %d" % number, face)


def test_a_case_is_kept_once_however_often_it_comes(results: Store, open_results: Callable[[], Store]) -> None:
    assert results.keep([case(1), case(2), case(1)]) == 2
    assert open_results().keep([case(2), case(3)]) == 1
    assert [(one.number, one.packet_id, one.content) for one in results.entries(0, 10)] == [
        (1, case_id(1), b"fact 1"),
        (2, case_id(2), b"fact 2"),
        (3, case_id(3), b"fact 3"),
    ]
    assert results.counts() == Counts(cases=3, unreadable=0, faces=0, folded=0, entries=3)


def test_workers_that_bring_the_same_cases_at_once_count_each_once(results: Store, open_results: Callable[[], Store]) -> None:
    workers, kept, start = [results, open_results()], [0] * 4, threading.Barrier(4)

    def bring(mine: int) -> None:
        start.wait(30)
        for number in range(1, 41):
            kept[mine] += workers[mine % 2].keep([case(number), case(number + 1)])

    threads = [threading.Thread(target=bring, args=(mine,)) for mine in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(kept) == 41
    assert [one.number for one in results.entries(0, 100)] == list(range(1, 42))
    assert results.counts().cases == 41


def test_a_case_that_did_not_open_is_kept_with_its_trouble_and_counted(results: Store) -> None:
    results.keep([case(1), Analysed(case_id(2), 2, NOW, b"", trouble=Trouble.SEAL)])
    assert [one.trouble for one in results.entries(0, 10)] == [Trouble.NONE, Trouble.SEAL]
    assert results.counts().unreadable == 1


def test_cases_and_labels_share_the_numbers(results: Store) -> None:
    results.keep([case(1)])
    assert results.add_label(case_id(1), b"fraud") == 2
    results.keep([case(2)])
    assert [(one.number, one.kind) for one in results.entries(1, 10)] == [(2, EntryKind.LABEL), (3, EntryKind.CASE)]
    assert results.entries(1, 1) == [Entry(2, EntryKind.LABEL, case_id(1), b"fraud", Trouble.NONE)]
    assert results.counts().cases == 2


def test_of_two_who_fold_at_once_one_has_an_effect(results: Store, open_results: Callable[[], Store]) -> None:
    results.keep([case(1), case(2)])
    assert results.fold(0, 2, [Outcome(case_id(1), b"mild"), Outcome(case_id(2), b"bad")], [FoundFaces(case_id(2), b"[1]")])
    assert not open_results().fold(0, 1, [Outcome(case_id(1), b"worse")], [])
    assert (results.folded(), results.outcome(case_id(1)), results.outcome(case_id(3))) == (2, b"mild", None)
    assert (results.found_faces(0, 2), results.found_faces(0, 1)) == ({case_id(2): b"[1]"}, {})
    assert results.fold(2, 2, [Outcome(case_id(1), b"worse")], [])
    assert results.outcome(case_id(1)) == b"worse"
    assert [(number, one.assessment) for number, one in results.outcomes(1, 10)] == [(2, b"bad"), (3, b"worse")]


def test_a_print_is_given_in_the_order_of_its_case_until_it_is_erased(results: Store) -> None:
    results.keep([case(1, b"face 1"), case(2), case(3, b"face 3")])
    assert results.faces(0, 10) == [Face(1, case_id(1), b"face 1"), Face(3, case_id(3), b"face 3")]
    assert results.faces_received_before(NOW + timedelta(days=2)) == [case_id(1)]
    assert results.erase_faces([case_id(1), case_id(2)]) == 1
    assert (results.faces(0, 10), results.counts().faces) == ([Face(3, case_id(3), b"face 3")], 1)


def test_an_erased_case_leaves_its_number_and_nothing_else(results: Store) -> None:
    results.keep([case(1, b"face 1"), case(2)])
    results.fold(0, 2, [Outcome(case_id(1), b"bad")], [FoundFaces(case_id(1), b"[]")])
    assert (results.forget_case(case_id(1)), results.forget_case(case_id(1)), results.forget_case(case_id(9))) == (True, False, False)
    assert results.entries(0, 1) == [Entry(1, EntryKind.CASE, case_id(1), b"", Trouble.ERASED)]
    assert (results.faces(0, 10), results.outcome(case_id(1)), results.found_faces(0, 9)) == ([], None, {})
    assert results.keep([case(1, b"face 1")]) == 0


def test_an_erased_print_is_in_no_file_of_the_store(tmp_path: Path) -> None:
    face = bytes(range(256)) * 2
    with SqliteResults(tmp_path / "results.sqlite") as results:
        results.keep([case(number, face if number == 40 else b"other" * 100) for number in range(1, 80)])
        assert any(face[:64] in file.read_bytes() for file in tmp_path.iterdir())
        results.erase_faces([case_id(40)])
        assert not any(face[start : start + 16] in file.read_bytes() for file in tmp_path.iterdir() for start in range(0, 512, 16))


def test_an_erased_print_is_in_no_file_of_its_table_on_the_server(postgres_url: str) -> None:
    face = b"\xabprint of a face\xcd" * 20
    with PostgresResults(postgres_url) as results:
        results.keep([case(1, face), case(2, b"other" * 90)])
        results.erase_faces([case_id(1)])
        results.forget_case(case_id(2))
    with psycopg.connect(postgres_url, autocommit=True) as db:
        db.execute("CHECKPOINT")
        row = db.execute("SELECT pg_read_binary_file(pg_relation_filepath('analysis.faces'))").fetchone()
    assert row is not None and b"print of a face" not in row[0]


def test_results_from_a_newer_version_are_left_alone(postgres_url: str) -> None:
    PostgresResults(postgres_url).close()
    with psycopg.connect(postgres_url, autocommit=True) as db:
        db.execute("INSERT INTO analysis.version VALUES (99)")
    with pytest.raises(StoreFromNewerVersion):
        PostgresResults(postgres_url)


def test_the_very_same_label_is_kept_once_and_another_of_the_case_as_well(results: Store, open_results: Callable[[], Store]) -> None:
    results.keep([case(1)])
    first = results.add_label(case_id(1), b"fraud by two")
    assert open_results().add_label(case_id(1), b"fraud by two") == first
    assert results.add_label(case_id(1), b"false alarm by two") == first + 1
    results.forget_case(case_id(1))
    assert [one.content for one in results.entries(0, 10)] == [b"", b"", b""]
