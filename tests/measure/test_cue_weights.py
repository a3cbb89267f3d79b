"""Fitted weights against those laid by hand: what the fits may and may not do, on cues whose truth is made up."""

import numpy as np
import pytest

from kiosk.liveness.cues import Cue, Leaning
from kiosk.measure.cue_weights import Sample, by_hand, figures_of, isotonic, logistic, report
from kiosk.policy import BRANCH

POLICY = BRANCH.liveness


def samples(seed: int, count: int = 60) -> list[Sample]:
    """Cue `ink` tells people from attacks, `dust` tells nothing."""
    source = np.random.default_rng(seed)

    def one(genuine: bool) -> Sample:
        ink = float(source.normal(1.0 if genuine else -2.0, 0.6))
        dust = float(source.normal(0.0, 1.0))
        return Sample((Cue("ink", ink, "", ink, 9, ""), Cue("dust", dust, "", dust, 9, "")), genuine, "" if genuine else "print")

    return [one(genuine) for genuine in (True, False) for _ in range(count)]


def test_no_fitted_factor_lets_a_cue_speak_the_other_way_round() -> None:
    turned = [Sample(one.cues, not one.genuine, one.kind) for one in samples(1)]
    fusion = logistic(turned)
    assert fusion.weigh(Cue("ink", 0.0, "", 1.0, 9, "")) == pytest.approx(0.0)


def test_an_isotonic_weight_rises_where_its_line_rises_and_is_bounded() -> None:
    fusion = isotonic(samples(2), POLICY)
    weights = [fusion.weigh(Cue("ink", value, "", value, 9, "")) for value in np.linspace(-6, 6, 41).tolist()]
    assert weights == sorted(weights)
    assert (min(weights), max(weights)) == (pytest.approx(-POLICY.cue_cap, abs=1.0), pytest.approx(POLICY.cue_for_at_most, abs=1e-9))
    assert fusion.weigh(Cue("never seen", 3.0, "", -2.0, 9, "")) == -2.0


@pytest.mark.parametrize("fit", [by_hand, lambda: logistic(samples(3)), lambda: isotonic(samples(3), POLICY)])
def test_every_fusion_tells_what_can_be_told_from_what_it_was_not_fitted_on(fit) -> None:  # type: ignore[no-untyped-def]
    fusion = fit()
    figures = figures_of(fusion, samples(4), POLICY)
    assert figures.area > 0.95 and figures.cost < 0.6
    assert fusion.leaning(Sample((Cue("ink", -9.0, "", -9.0, 9, ""),), False, "print"), POLICY) is not Leaning.LIVE
    assert "genuine refused" in next(report({"aside": {fusion.name: figures}}))
