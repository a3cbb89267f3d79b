"""Cues: gathered in bounded memory, weighed by their rows, fused without failing open."""

import math

from hypothesis import given
from hypothesis import strategies as st

from kiosk.face.observed import Sign
from kiosk.liveness.cues import KEPT_VALUES, MOST_NAMES, Cue, CueRow, Gathered, Leaning, conclude, fuse, gather
from kiosk.policy import LivenessPolicy

POLICY = LivenessPolicy()


def cue(weight: float, name: str = "moire") -> Cue:
    return Cue(name, 1.0, "share", weight, 30, "")


def test_a_run_of_an_hour_keeps_an_even_sample_and_no_more() -> None:
    gathered: tuple[Gathered, ...] = ()
    for frame in range(20_000):
        gathered = gather(gathered, (Sign("moire", float(frame)),))
    one = gathered[0]
    assert one.count == 20_000 and len(one.kept) <= KEPT_VALUES
    assert one.lowest == 0.0 and one.highest == 19_999.0
    assert abs(one.quantile(0.5) - 10_000) < 1_000
    assert one.mean == 9_999.5


def test_names_are_bounded_too_and_what_is_not_finite_is_no_measurement() -> None:
    gathered = gather((), tuple(Sign(f"n{number}", 1.0) for number in range(1000)))
    assert len(gathered) == MOST_NAMES
    assert gather((), (Sign("moire", math.nan), Sign("moire", math.inf))) == ()


def test_only_names_with_a_row_become_cues() -> None:
    row = CueRow("moire", lambda one: cue(-one.mean) if one.count > 1 else None, "attack-cues")
    gathered = gather(gather((), (Sign("moire", 2.0), Sign("other", 9.0))), (Sign("moire", 4.0),))
    assert [one.weight for one in conclude(gathered, (row,))] == [-3.0]
    assert conclude(gather((), (Sign("moire", 2.0),)), (row,)) == ()


def test_one_cue_alone_cannot_outshout_the_rest() -> None:
    assert fuse((cue(-100.0), cue(0.5, "a"), cue(0.5, "b")), POLICY).total == -3.0


def test_one_clear_sign_of_an_attack_is_not_made_up_for() -> None:
    fused = fuse((cue(-100.0), cue(4.0, "a"), cue(4.0, "b"), cue(4.0, "light")), POLICY)
    assert (fused.total, fused.leaning) == (-2.5, Leaning.UNSURE)


def test_a_clear_sign_alone_is_an_attack() -> None:
    assert fuse((cue(-100.0),), POLICY).leaning is Leaning.ATTACK


def test_between_the_limits_it_is_unsure_and_the_gravest_is_named() -> None:
    fused = fuse((cue(-2.0), cue(-0.5, "bezel"), cue(0.3, "a")), POLICY)
    assert fused.leaning is Leaning.UNSURE and fused.gravest == "moire"


def test_without_a_required_cue_nothing_is_live() -> None:
    policy = LivenessPolicy(required_cues=("light",))
    assert fuse((cue(4.0),), policy).leaning is Leaning.UNSURE
    assert fuse((cue(4.0), cue(0.0, "light")), policy).leaning is Leaning.LIVE


@given(st.lists(st.floats(), max_size=6))
def test_a_weight_that_is_no_number_never_helps(weights: list[float]) -> None:
    fused = fuse([cue(weight) for weight in weights], POLICY)
    assert math.isfinite(fused.total)
    if any(math.isnan(weight) for weight in weights):
        assert fused.total <= POLICY.cue_cap * (len(weights) - 2)
