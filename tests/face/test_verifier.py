"""The verifier's bands, its refusals, the average it rests on, and what its model makes of prints."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.face.print_average import average_print, similarity
from kiosk.face.two_covariance import TwoCovariance, fitted
from kiosk.face.verdict import DifferentFace, MatchVerdict, NoComparison, NotCompared, SameFace, Unsure
from kiosk.face.verifier import compare
from kiosk.face.verifier_model import FEATURES, OperatingPoint, PrintVerifier, Side, VerifierModel, side_of
from kiosk.frame import Print
from kiosk.policy import FacePolicy

POLICY = FacePolicy(accept_at_fmr=1e-4, refer_at_fmr=1e-2, portrait_min_width_px=80.0)
LENGTH = 16


def point(fmr: float, threshold: float) -> OperatingPoint:
    return OperatingPoint(fmr, threshold, threshold - 1, threshold + 1, 0.1, 0.05, 0.2)


def plain_model() -> VerifierModel:
    """A model whose ratio is ten times the cosine: bands at 9 (1 in 10,000) and 8 (1 in 100)."""
    chance = np.random.default_rng(7)
    cohort = chance.standard_normal((40, LENGTH))
    cohort /= np.linalg.norm(cohort, axis=1, keepdims=True)
    part = PrintVerifier("test", "0" * 64, TwoCovariance(np.zeros(LENGTH), np.eye(LENGTH), np.ones(LENGTH), np.eye(LENGTH)), cohort, 10)
    weights = np.zeros(len(FEATURES))
    weights[0] = 10.0
    return VerifierModel("test-1", (part,), weights, 0.0, (point(1e-2, 8.0), point(1e-4, 9.0)), 0.03, 900, 2500)


MODEL = plain_model()


def print_at(cosine: float, length: int = LENGTH) -> Print:
    """Return a unit print whose cosine with the first axis is the one given."""
    print_ = np.zeros(length, np.float32)
    print_[0], print_[1] = cosine, np.sqrt(1.0 - cosine * cosine)
    return print_


AXIS = print_at(1.0)


def side(print_: Print, pictures: int = 1) -> dict[str, Side]:
    return {"test": Side(print_, 0.02, pictures)}


def verdict(cosine: float, width_px: float = 120.0) -> MatchVerdict:
    return compare(side(print_at(cosine)), side(AXIS), MODEL, POLICY, portrait_width_px=width_px)


@pytest.mark.parametrize(
    ("cosine", "case"),
    [(1.0, SameFace), (0.9001, SameFace), (0.8999, Unsure), (0.8001, Unsure), (0.7999, DifferentFace), (-1.0, DifferentFace)],
)
def test_the_bands_are_those_of_the_policys_false_match_rates(cosine: float, case: type[MatchVerdict]) -> None:
    assert type(verdict(cosine)) is case


def test_the_evidence_says_what_was_compared_by_what_and_how_strongly_it_speaks() -> None:
    answer = compare(side(print_at(0.95), 4), side(AXIS, 2), MODEL, POLICY, portrait_width_px=96.5)
    assert isinstance(answer, SameFace)
    assert answer.evidence.similarity == pytest.approx(0.95, abs=1e-6)
    assert answer.evidence.log_likelihood_ratio == pytest.approx(9.5, abs=1e-5)
    assert (answer.evidence.live_views, answer.evidence.document_views) == (4, 2)
    assert (answer.evidence.print_name, answer.evidence.verifier, answer.evidence.portrait_width_px) == ("test", "test-1", 96.5)


def test_nothing_to_compare_is_never_a_match() -> None:
    assert compare(side(AXIS), None, MODEL, POLICY, portrait_width_px=120) == NotCompared(NoComparison.NO_PORTRAIT)
    assert compare(None, side(AXIS), MODEL, POLICY, portrait_width_px=120) == NotCompared(NoComparison.NO_LIVE_VIEW)
    assert verdict(1.0, width_px=79.9) == NotCompared(NoComparison.PORTRAIT_TOO_SMALL)
    assert verdict(1.0, width_px=float("nan")) == NotCompared(NoComparison.PORTRAIT_TOO_SMALL)


def test_a_print_that_is_no_number_is_a_different_face_and_no_number_is_written() -> None:
    broken = np.full(LENGTH, np.nan, np.float32)
    answer = compare(side(broken), side(AXIS), MODEL, POLICY, portrait_width_px=120)
    assert isinstance(answer, DifferentFace)
    assert answer.evidence.log_likelihood_ratio is None
    assert math.isfinite(answer.evidence.similarity)


def test_prints_of_two_models_cannot_be_mixed() -> None:
    with pytest.raises(ValueError, match="models"):
        compare(side(print_at(1.0, 16)), side(print_at(1.0, 512)), MODEL, POLICY, portrait_width_px=120)
    with pytest.raises(KeyError):
        compare({"other": Side(AXIS, 0.0, 1)}, side(AXIS), MODEL, POLICY, portrait_width_px=120)


def test_a_rate_beyond_what_was_measured_is_held_at_the_end() -> None:
    assert MODEL.threshold(1e-6) == 9.0
    assert MODEL.threshold(1e-3) == pytest.approx(8.5)
    assert MODEL.threshold(0.5) == 8.0


def test_a_stranger_who_resembles_everybody_is_less_of_a_match() -> None:
    """Normalisation by strangers: the same cosine counts for less where strangers score as high."""
    weights = np.zeros(len(FEATURES))
    weights[FEATURES.index("cosine-normalised")] = 1.0
    rare = replace(MODEL, weights=weights)
    crowd = np.tile(print_at(0.9).astype(np.float64), (40, 1)) + 0.05 * np.random.default_rng(1).standard_normal((40, LENGTH))
    crowd /= np.linalg.norm(crowd, axis=1, keepdims=True)
    common = replace(rare, prints=(replace(MODEL.prints[0], cohort=crowd),))
    pair = (side(print_at(0.9)), side(AXIS))
    assert common.log_likelihood_ratio(*pair) < rare.log_likelihood_ratio(*pair) - 1.0


def test_the_two_covariance_model_tells_people_apart_by_what_differs_between_them() -> None:
    chance = np.random.default_rng(3)
    people = np.repeat(np.arange(80), 4)
    means = chance.standard_normal((80, 6)) * np.array([3.0, 3.0, 3.0, 0.1, 0.1, 0.1])
    prints = means[people] + chance.standard_normal((320, 6)) * np.array([0.3, 0.3, 0.3, 2.0, 2.0, 2.0])
    model = fitted(prints, people)
    placed = model.placed(prints)
    ratios = model.ratios(placed, placed)
    assert ratios == pytest.approx(ratios.T)
    same = (people[:, None] == people[None]) & ~np.eye(320, dtype=bool)
    assert np.median(ratios[same]) > 0 > np.median(ratios[people[:, None] != people[None]])
    with pytest.raises(ValueError, match="two people"):
        fitted(prints[::4], people[::4])


def test_whitened_prints_of_one_person_are_closer_than_the_prints_where_one_person_scatters() -> None:
    """People differ along every axis, one person's pictures along the first only."""
    chance = np.random.default_rng(3)
    people = np.repeat(np.arange(200), 3)
    prints = chance.standard_normal((200, 6))[people]
    prints[:, 0] += 2.0 * chance.standard_normal(len(people))
    prints /= np.linalg.norm(prints, axis=1, keepdims=True)
    whitened = fitted(prints, people).whitened(prints)
    assert np.linalg.norm(whitened, axis=1) == pytest.approx(1.0)
    assert (whitened[0::3] * whitened[1::3]).sum(axis=1).mean() > (prints[0::3] * prints[1::3]).sum(axis=1).mean() + 0.02


def test_a_side_averages_crops_of_each_picture_and_tells_how_unsteady_they_were() -> None:
    steady = side_of([np.stack([AXIS, AXIS])])
    wavering = side_of([np.stack([AXIS, print_at(0.0)])])
    assert steady.unsteadiness == pytest.approx(0.0, abs=1e-6)
    assert wavering.unsteadiness == pytest.approx(1.0, abs=1e-6)
    assert side_of([np.stack([AXIS, AXIS])] * 3).pictures == 3


def test_two_bad_looks_among_six_do_not_decide() -> None:
    generator = np.random.default_rng(4)
    good = [AXIS + 0.05 * generator.standard_normal(LENGTH).astype(np.float32) for _ in range(4)]
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
def test_a_higher_similarity_is_never_a_worse_verdict_of_a_plain_model(cosine: float) -> None:
    rank = {DifferentFace: 0, Unsure: 1, SameFace: 2}
    assert rank[type(verdict(cosine))] <= rank[type(verdict(min(cosine + 0.01, 1.0)))]  # type: ignore[index]


def test_the_products_own_bands_are_in_order_and_accept_no_more_than_nist_allows() -> None:
    policy = FacePolicy()
    assert 0.0 < policy.accept_at_fmr <= 1e-4
    assert policy.accept_at_fmr < policy.refer_at_fmr <= 0.02
