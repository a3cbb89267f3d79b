"""One face with several names, one name with several faces; blocks; erasure; nothing of a face in the clear on the disk."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.face.verifier_model import Side
from kiosk.faults import SealBroken, SettingsRefused
from kiosk.frame import Print
from kiosk.intake.analysis.fact import FaceLink, LinkKey
from kiosk.intake.prints.allowance import Allowance, allow, allowed, forbid
from kiosk.intake.prints.index import Near, PrintIndex
from kiosk.intake.prints.sealed_print import Block, FaceRecord, seal_record, unsealed_record
from kiosk.intake.prints.search import FaceSearch
from kiosk.intake.results import Analysed
from kiosk.intake.sqlite_results import SqliteResults
from kiosk.values import Masked, SessionId

NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
BORN = date(1974, 8, 12).toordinal()
UTOPIAN = Block(BORN, "F", "UTO")
KEY = Masked(bytes(range(32)))
LENGTH = 16


def direction(number: int) -> Print:
    """A print of its own for each number, far from all others."""
    drawn = np.random.default_rng(number).standard_normal(LENGTH)
    return (drawn / np.linalg.norm(drawn)).astype(np.float32)


def like(face: Print, by: float) -> Print:
    """A print of about that cosine with another."""
    other = direction(99_999).astype(np.float64)
    other -= (other @ face) * face
    other /= np.linalg.norm(other)
    return (by * face + np.sqrt(1 - by * by) * other).astype(np.float32)


class CosineJudge:
    """Ratios that are plain: 100 times the cosine above 0.95; a false match rate of 1e-5 at 3, 1e-4 at 2, 1e-2 at -2."""

    def ratios(self, left: Side, others: Sequence[Side]) -> Sequence[float]:
        return [100.0 * (float(left.face_print @ other.face_print) - 0.95) for other in others]

    def threshold(self, fmr: float) -> float:
        return {1e-4: 2.0, 1e-2: -2.0}.get(fmr, 3.0)


def case_id(number: int) -> SessionId:
    return SessionId(f"{number:032x}")


class Bench:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.results = SqliteResults(folder / "results.sqlite")
        self.search = self.searcher()

    def searcher(self, print_name: str = "plain") -> FaceSearch:
        return FaceSearch(self.results, KEY, CosineJudge(), print_name, LENGTH)

    def came(self, number: int, face: Print, person: int, block: Block = UTOPIAN, print_name: str = "plain") -> tuple[FaceLink, ...]:
        record = FaceRecord(print_name, face, 0.01, block, LinkKey(person))
        self.results.keep([Analysed(case_id(number), number, NOON, b"fact", seal_record(KEY, case_id(number), record))])
        return self.search.links_of(self.results.counts().entries, case_id(number))


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def told(links: tuple[FaceLink, ...]) -> list[tuple[SessionId, bool, int]]:
    return [(link.earlier, link.same, round(link.sure)) for link in links]


def test_one_face_under_two_names_is_told_when_it_comes_again(bench: Bench) -> None:
    assert bench.came(1, direction(1), person=10) == ()
    assert bench.came(2, direction(2), person=20) == ()
    assert told(bench.came(3, like(direction(1), 0.99), person=30)) == [(case_id(1), True, 4)]


def test_one_name_with_two_faces_is_told(bench: Bench) -> None:
    bench.came(1, direction(1), person=10)
    assert told(bench.came(2, like(direction(1), 0.5), person=10)) == [(case_id(1), False, 45)]


def test_a_customer_who_comes_again_is_told_as_one_face(bench: Bench) -> None:
    bench.came(1, direction(1), person=10)
    assert told(bench.came(2, like(direction(1), 0.99), person=10)) == [(case_id(1), True, 4)]


def test_other_names_come_before_the_same_name(bench: Bench) -> None:
    bench.came(1, direction(1), person=10)
    bench.came(2, like(direction(1), 0.99), person=20)
    assert [link.earlier for link in bench.came(3, direction(1), person=10)] == [case_id(2), case_id(1)]


@pytest.mark.parametrize(
    ("block", "found"),
    [
        (UTOPIAN, True),
        (replace(UTOPIAN, born=BORN + 366), True),
        (replace(UTOPIAN, born=BORN - 366), True),
        (replace(UTOPIAN, born=BORN + 367), False),
        (replace(UTOPIAN, sex="M"), False),
        (replace(UTOPIAN, sex="X"), True),
        (replace(UTOPIAN, country="XAE"), False),
        (replace(UTOPIAN, born=date(1974, 12, 8).toordinal()), True),
    ],
)
def test_only_who_can_be_the_same_by_the_document_is_compared(bench: Bench, block: Block, found: bool) -> None:
    bench.came(1, direction(1), person=10)
    assert bool(bench.came(2, like(direction(1), 0.99), person=20, block=block)) is found


def test_a_search_counts_whom_it_compared_and_what_false_neighbours_that_leads_one_to_expect(bench: Bench) -> None:
    for number in range(1, 11):
        bench.came(number, direction(number), person=number)
    searched = bench.search.searched
    assert (searched.searches, searched.compared) == (10, 45)
    assert searched.expected_false == pytest.approx(45 * 1e-4)


def test_an_erased_print_is_found_by_nobody_neither_by_who_has_it_in_memory_nor_by_who_loads_anew(bench: Bench) -> None:
    bench.came(1, direction(1), person=10)
    bench.results.erase_faces([case_id(1)])
    assert bench.came(2, like(direction(1), 0.99), person=20) == ()
    assert (len(bench.search), bench.search.forget_erased(), len(bench.search)) == (2, 1, 1)
    assert bench.search.forget(case_id(1)) is False
    anew = bench.searcher()
    anew.load(bench.results.counts().entries)
    assert len(anew) == 1


def test_nothing_of_a_face_or_its_block_is_in_the_clear_in_any_file(bench: Bench) -> None:
    bench.came(1, direction(1), person=10)
    for file in bench.folder.iterdir():
        content = file.read_bytes()
        for secret in (
            direction(1).astype("<f2").tobytes()[:8],
            direction(1).tobytes()[:8],
            BORN.to_bytes(4, "little") + b"FUTO",
            str(BORN).encode(),
        ):
            assert secret not in content


def test_a_print_of_another_network_is_not_compared(bench: Bench) -> None:
    bench.came(1, direction(1), person=10, print_name="older")
    assert bench.came(2, direction(1), person=20) == ()
    assert bench.searcher("older").links_of(1, case_id(1)) == ()


def test_a_sealed_print_opens_for_its_case_and_key_alone() -> None:
    record = FaceRecord("plain", direction(1), 0.25, Block(BORN, "X", "D"), LinkKey(2**63 - 1))
    sealed = seal_record(KEY, case_id(1), record)
    opened = unsealed_record(KEY, case_id(1), sealed)
    assert (opened.print_name, opened.unsteadiness, opened.block, opened.person) == ("plain", 0.25, record.block, record.person)
    assert float(opened.face_print @ record.face_print) > 0.99999
    for key, case in ((KEY, case_id(2)), (Masked(bytes(32)), case_id(1))):
        with pytest.raises(SealBroken):
            unsealed_record(key, case, sealed)


@settings(max_examples=50)
@given(st.lists(st.tuples(st.integers(1, 40), st.integers(-800, 800), st.sampled_from("MFX")), max_size=40), st.integers(-400, 400))
def test_the_index_finds_exactly_what_comparing_with_everybody_in_reach_finds(rows: list[tuple[int, int, str]], asked: int) -> None:
    index = PrintIndex(LENGTH)
    blocks = [Block(BORN + days, sex, "UTO") for _, days, sex in rows]
    faces = [direction(face) for face, _, _ in rows]
    if rows:
        index.add(range(1, len(rows) + 1), blocks, np.stack(faces))
    removed = set(range(1, len(rows) + 1, 3))
    assert all(index.remove(number) for number in removed)
    found = index.near(Block(BORN + asked, "M", "UTO"), direction(1), 0.3, within_days=366)
    expected = {
        number
        for number, (block, face) in enumerate(zip(blocks, faces, strict=True), 1)
        if number not in removed and block.sex in "MX" and abs(block.born - BORN - asked) <= 366 and float(face @ direction(1)) >= 0.3
    }
    assert {near.number for near in found.near} == expected
    assert len(index) == len(rows) - len(removed)


def test_a_number_is_in_the_index_once(bench: Bench) -> None:
    index = PrintIndex(LENGTH)
    index.add([5], [UTOPIAN], direction(1)[None, :])
    with pytest.raises(ValueError, match="already"):
        index.add([5], [UTOPIAN], direction(2)[None, :])
    near = index.near(UTOPIAN, direction(1), 0.9).near
    assert [(one.number, round(one.similarity, 3)) for one in near] == [(5, 1.0)] and isinstance(near[0], Near)


def test_prints_are_off_until_a_ground_and_a_time_are_stated(tmp_path: Path) -> None:
    assert allowed(tmp_path) is None
    stated = Allowance("section 12 of the invented AML act of Utopia", 90, "the board", NOON)
    for wrong in (replace(stated, ground="because"), replace(stated, days=0), replace(stated, days=4_000), replace(stated, by=" ")):
        with pytest.raises(SettingsRefused):
            allow(tmp_path, wrong)
    allow(tmp_path, stated)
    assert allowed(tmp_path) == stated
    assert stated.kept_since(NOON + timedelta(days=100)) == NOON + timedelta(days=10)
    (tmp_path / "prints.json").write_text('{"format":1,"days":-1}')
    with pytest.raises(SettingsRefused, match="damaged"):
        allowed(tmp_path)
    forbid(tmp_path)
    assert allowed(tmp_path) is None
