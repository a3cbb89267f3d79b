"""The verifier's bands, its refusals, and the average it rests on."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.face.print_average import average_print, similarity
from kiosk.face.verdict import DifferentFace, MatchVerdict, NoComparison, NotCompared, SameFace, Unsure
from kiosk.face.verifier import compare
from kiosk.frame import Print
from kiosk.policy import FacePolicy

POLICY = FacePolicy(same_at_least=0.9, refer_at_least=0.8, portrait_min_width_px=80.0)


def print_at(cosine: float, length: int = 16) -> Print:
    """Return a unit print whose cosine with the first axis is the one given."""
    print_ = np.zeros(length, np.float32)
    print_[0], print_[1] = cosine, np.sqrt(1.0 - cosine * cosine)
    return print_


AXIS = print_at(1.0)


def verdict(cosine: float, width_px: float = 120.0) -> MatchVerdict:
    return compare([print_at(cosine)], [AXIS], POLICY, portrait_width_px=width_px, print_name="test")


@pytest.mark.parametrize(
    ("cosine", "case"),
    [(1.0, SameFace), (0.9001, SameFace), (0.8999, Unsure), (0.8001, Unsure), (0.7999, DifferentFace), (-1.0, DifferentFace)],
)
def test_the_bands_are_those_of_the_policy(cosine: float, case: type[MatchVerdict]) -> None:
    assert type(verdict(cosine)) is case


def test_the_evidence_says_what_was_compared() -> None:
    answer = compare([print_at(0.95)] * 4, [AXIS] * 2, POLICY, portrait_width_px=96.5, print_name="dlib")
    assert isinstance(answer, SameFace)
    assert answer.evidence.similarity == pytest.approx(0.95, abs=1e-6)
    assert (answer.evidence.live_views, answer.evidence.document_views) == (4, 2)
    assert (answer.evidence.print_name, answer.evidence.portrait_width_px) == ("dlib", 96.5)


def test_nothing_to_compare_is_never_a_match() -> None:
    assert compare([AXIS], [], POLICY, portrait_width_px=120, print_name="p") == NotCompared(NoComparison.NO_PORTRAIT)
    assert compare([], [AXIS], POLICY, portrait_width_px=120, print_name="p") == NotCompared(NoComparison.NO_LIVE_VIEW)
    assert verdict(1.0, width_px=79.9) == NotCompared(NoComparison.PORTRAIT_TOO_SMALL)
    assert verdict(1.0, width_px=float("nan")) == NotCompared(NoComparison.PORTRAIT_TOO_SMALL)


def test_a_print_that_is_no_number_is_a_different_face() -> None:
    broken = np.full(16, np.nan, np.float32)
    assert isinstance(compare([broken], [AXIS], POLICY, portrait_width_px=120, print_name="p"), DifferentFace)


def test_prints_of_two_models_cannot_be_mixed() -> None:
    with pytest.raises(ValueError, match="models"):
        compare([print_at(1.0, 16)], [print_at(1.0, 512)], POLICY, portrait_width_px=120, print_name="p")
    with pytest.raises(ValueError, match="models"):
        average_print([print_at(1.0, 16), print_at(1.0, 512)])


def test_two_bad_looks_among_six_do_not_decide() -> None:
    generator = np.random.default_rng(4)
    good = [AXIS + 0.05 * generator.standard_normal(16).astype(np.float32) for _ in range(4)]
    stranger = print_at(0.2)
    robust = similarity(average_print([*good, stranger, stranger]), AXIS)
    plain = np.sum([each / np.linalg.norm(each) for each in [*good, stranger, stranger]], axis=0)
    assert robust > 0.97
    assert robust > float(plain[0] / np.linalg.norm(plain))


def test_one_look_is_its_own_average() -> None:
    assert average_print([print_at(0.3)]) == pytest.approx(print_at(0.3), abs=1e-6)


def test_no_looks_have_no_average() -> None:
    with pytest.raises(ValueError, match="no print"):
        average_print([])


@given(st.lists(st.lists(st.floats(-1, 1, width=32), min_size=8, max_size=8), min_size=1, max_size=9))
def test_an_average_has_unit_length_and_no_order(rows: list[list[float]]) -> None:
    prints = [np.array(row, np.float32) + np.float32(0.01) * np.eye(8, dtype=np.float32)[0] + np.float32(2) for row in rows]
    middle = average_print(prints)
    assert float(np.linalg.norm(middle)) == pytest.approx(1.0, abs=1e-5)
    assert average_print(prints[::-1]) == pytest.approx(middle, abs=1e-5)


@given(st.floats(-1, 1))
def test_a_higher_similarity_is_never_a_worse_verdict(cosine: float) -> None:
    rank = {DifferentFace: 0, Unsure: 1, SameFace: 2}
    assert rank[type(verdict(cosine))] <= rank[type(verdict(min(cosine + 0.01, 1.0)))]  # type: ignore[index]


def test_the_products_own_bands_are_in_order() -> None:
    policy = FacePolicy()
    assert 0.0 < policy.refer_at_least < policy.same_at_least < 1.0
