"""The light challenge: what the colours are, who follows them and who cannot, and how a run and a bank take it."""

import math
import random
from collections import Counter
from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.face.observed import SkinLight
from kiosk.liveness import light, lighting
from kiosk.liveness import run as liveness
from kiosk.liveness.challenge import ChallengeKind, LightPath, Live, Need, NotLive, NotLiveBecause, Undecided, UndecidedBecause
from kiosk.liveness.colours import COLOURS, draw_steps, halves, lasts_ns, linear_light, shown_screen
from kiosk.liveness.light import LightReading, light_cue
from kiosk.liveness.light_fit import LightSample, Watched
from kiosk.liveness.recheck import Discrepancy, recheck
from kiosk.values import ns
from tests.liveness.lit_stage import ASIDE, drawn, in_light, lit
from tests.liveness.stage import POLICY, perform, replace, seen, verdict_of

BEGUN = ns(10.0)


def order(seed: int, steps: int = POLICY.light_steps) -> tuple[int, ...]:
    return draw_steps(random.Random(seed).randrange, steps)


def filmed(
    colours: tuple[int, ...],
    *,
    share: float,
    seed: int = 0,
    lag_s: float = 0.12,
    fps: float = 15.0,
    path: LightPath = LightPath.STEPS,
    aside: float = ASIDE,
    noise: float = 0.005,
) -> list[LightSample]:
    """A face that gives back `share` of the screen's light, with a drifting exposure and noise as a share of the light."""
    source = np.random.default_rng(seed)
    samples = []
    for frame in range(int(fps * (lasts_ns(path, colours, POLICY) / 1e9 + 0.4))):
        at_s = frame / fps
        left, right = (in_light(half) for half in shown_screen(path, colours, ns(max(at_s - lag_s, 0.0)), POLICY))
        exposure = 1.0 + 0.1 * math.sin(at_s)
        both, tilt = (left + right) / 2, aside * (left - right) / 2
        skins = [
            np.array([0.1, 0.15, 0.25]) * (1 + share * light) * exposure * np.exp(source.normal(0, noise, 3))
            for light in (both, both + tilt, both - tilt)
        ]
        wall = np.array([0.3, 0.3, 0.3]) * exposure * np.exp(source.normal(0, noise, 3))
        place = (0.5 + 0.002 * math.sin(3 * at_s), 0.5, 0.2, 0.0)
        measured = SkinLight(tuple(skins[0]), tuple(wall), tuple(skins[1]), tuple(skins[2]))
        samples.append(LightSample(BEGUN + ns(at_s), measured, place))
    return samples


def read(samples: list[LightSample], colours: tuple[int, ...], path: LightPath = LightPath.STEPS) -> LightReading | None:
    return light.read_light([Watched(tuple(samples), path, colours, BEGUN)], POLICY)


def test_the_colours_are_equally_bright_and_none_is_saturated_red() -> None:
    """WCAG 2.3.1: a flash is a change of relative luminance by a tenth; a red flash needs red to be four fifths of the light."""
    lights = [linear_light(colour) for colour in range(len(COLOURS))]
    luminance = [0.0722 * blue + 0.7152 * green + 0.2126 * red for blue, green, red in lights]
    assert max(luminance) - min(luminance) < 0.01
    assert all(red / (red + green + blue) < 0.8 for blue, green, red in lights)
    assert 1.0 / POLICY.light_step_s <= 3.0


def test_the_gentle_path_has_no_step() -> None:
    colours = order(1, POLICY.light_fades)
    shown = [[*left, *right] for left, right in (shown_screen(LightPath.GENTLE, colours, ns(at / 30), POLICY) for at in range(300))]
    assert max(abs(a - b) for one, two in pairwise(shown) for a, b in zip(one, two, strict=True)) <= 12


@given(st.integers(0, 2**32), st.integers(2, 30))
def test_the_halves_never_show_the_same_and_neither_keeps_its_colour(seed: int, count: int) -> None:
    steps = [halves(step) for step in order(seed, count)]
    assert all(left != right for left, right in steps)
    assert all(one[0] != other[0] and one[1] != other[1] for one, other in pairwise(steps))


def test_every_step_is_as_likely_as_any_other() -> None:
    """Seven follow each of twelve, and each follows seven: a draw favours none."""
    counted = Counter(step for seed in range(1500) for step in order(seed, 8)[4:])
    assert len(counted) == 12
    assert max(counted.values()) < 1.25 * min(counted.values())


def test_slow_fades_are_followed_by_everybody_whom_the_screen_lights() -> None:
    """Three of 24 were not, while there were six fades of 1.5 s."""
    cues = []
    for seed in range(24):
        colours = order(seed, POLICY.light_fades)
        filmed_under = filmed(colours, share=0.3, seed=seed, path=LightPath.GENTLE)
        cues.append(light_cue(read(filmed_under, colours, LightPath.GENTLE), POLICY))
    assert [cue.seen for cue in cues if cue is not None] == [light.FOLLOWED] * 24


@pytest.mark.parametrize("lag_s", [0.0, 0.1, 0.25])
@pytest.mark.parametrize("share", [0.1, 0.3])
def test_skin_that_gives_back_the_light_is_found_to_follow(share: float, lag_s: float) -> None:
    for seed in range(8):
        reading = read(filmed(order(seed), share=share, seed=seed, lag_s=lag_s), order(seed))
        cue = light_cue(reading, POLICY)
        assert reading is not None and cue is not None
        assert (reading.chance <= POLICY.light_chance_at_most, cue.seen) == (True, light.FOLLOWED)


def said_in_a_run(*sequences: Watched) -> str:
    """Return what a run concludes that shows the first sequence, and the next one where that could not be told."""
    said = light.TOO_WEAK
    for shown in range(1, len(sequences) + 1):
        reading = light.read_light(sequences[:shown], POLICY)
        said = light.seen_of(reading, POLICY)
        if not light.needs_another_sequence(reading, POLICY):
            break
    return said


def two(seed: int, share: float, aside: float = ASIDE, shown: int = 0, noise: float = 0.005) -> list[Watched]:
    """Two sequences of a run, filmed under the orders of a seed and said to be under those of `seed + shown`."""
    return [
        Watched(tuple(filmed(order(one), share=share, seed=one, aside=aside, noise=noise)), LightPath.STEPS, order(one + shown), BEGUN)
        for one in (seed, seed + 50_000)
    ]


def test_a_video_that_knows_nothing_of_the_order_is_refused_in_99_of_100() -> None:
    """Video recorded under another order of the very same booth: the best a replay can be."""
    assert sum(said_in_a_run(*two(seed, 0.3, shown=1000)) == light.FOLLOWED for seed in range(200)) <= 2


def test_two_sequences_that_tell_too_little_alone_tell_enough_together() -> None:
    """With a noise of two hundredths 6 of 30 people follow in the first sequence, 10 in either by itself, 18 in both read as one."""
    told: Counter[str] = Counter()
    for seed in range(30):
        sequences = two(seed, 0.1, noise=0.02)
        alone = [light.seen_of(light.read_light([one], POLICY), POLICY) == light.FOLLOWED for one in sequences]
        told.update(alone=alone[0], either=any(alone), together=said_in_a_run(*sequences) == light.FOLLOWED)
    assert told["together"] > told["either"] > told["alone"], told


@pytest.mark.parametrize("share", [0.004, 0.045])
def test_a_screen_that_shines_by_itself_gives_back_too_little_also_where_it_mirrors_the_stations(share: float) -> None:
    for seed in range(10):
        cue = light_cue(read(filmed(order(seed), share=share, seed=seed), order(seed)), POLICY)
        assert cue is not None
        assert (cue.weight < 0, cue.seen) != (False, light.FOLLOWED)
        assert share < 0.01 or cue.seen == light.TOO_WEAK  # a person far from the screen is no thief


def test_too_few_frames_say_nothing() -> None:
    assert read(filmed(order(1), share=0.3)[:10], order(1)) is None
    assert light_cue(None, POLICY) is None


# A run


def test_a_person_lit_by_the_screen_is_live_within_fifteen_seconds_and_the_bank_can_check_it() -> None:
    run = perform(drawn(), change=lit(0.3))
    verdict = verdict_of(run)
    assert isinstance(verdict, Live)
    assert (verdict.evidence.ended_ns - verdict.evidence.begun_ns) / 1e9 < 15
    sequences = [list(colours[: POLICY.light_steps]) for colours in (run.script.light, run.script.light_spare)]
    assert [shown.colour for shown in verdict.evidence.light] in sequences
    assert recheck(verdict, POLICY) == ()


def test_whoever_obeys_every_prompt_but_is_not_lit_is_not_live() -> None:
    verdict = verdict_of(perform(drawn(), change=lit(0.0)))
    assert isinstance(verdict, NotLive) and verdict.because is NotLiveBecause.LIGHT_NOT_FOLLOWED


def test_a_tint_over_all_of_the_face_in_the_right_colours_at_the_right_time_is_left_to_a_person() -> None:
    verdict = verdict_of(perform(drawn(), change=lit(0.3, aside=0.0)))
    assert isinstance(verdict, Undecided) and verdict.because is UndecidedBecause.UNSURE_CUES
    assert {cue.name: cue.seen for cue in verdict.evidence.cues}[light.SIDES] == light.FLAT


def test_who_sees_the_colours_and_tints_a_video_in_no_time_is_refused_in_99_of_100() -> None:
    said = Counter(said_in_a_run(*two(seed, 0.25, aside=0.0)) for seed in range(200))
    assert said[light.FOLLOWED] <= 2
    assert said[light.FLAT] > 190  # the colours are right


@pytest.mark.parametrize("aside", [0.13, 0.17, 0.25])
def test_a_head_gives_more_of_each_half_back_on_its_side(aside: float) -> None:
    for seed in range(12):
        reading = read(filmed(order(seed), share=0.3, seed=seed, aside=aside), order(seed))
        assert reading is not None and light.seen_of(reading, POLICY) == light.FOLLOWED
        assert reading.side_share == pytest.approx(aside, abs=0.05)


def test_a_mirror_image_of_the_screen_and_light_from_the_wrong_sides_are_no_head() -> None:
    for aside in (1.0, -0.17):
        reading = read(filmed(order(1), share=0.3, seed=1, aside=aside), order(1))
        assert light.seen_of(reading, POLICY) not in (light.FOLLOWED, light.NOT_FOLLOWED)


@pytest.mark.parametrize("part", ["skin", "around", "left", "right"])
@pytest.mark.parametrize("nonsense", [math.nan, math.inf, -math.inf])
def test_a_measurement_that_is_no_number_is_none_and_follows_nothing(part: str, nonsense: float) -> None:
    one = filmed(order(1), share=0.3)[0]
    odd = replace(one.light, **{part: (0.1, nonsense, 0.2)})
    assert light.sample(one.light, seen(1.0).faces[0], 640, one.at_ns) is not None
    assert light.sample(odd, seen(1.0).faces[0], 640, one.at_ns) is None
    # and should one slip in, it beats no other order
    samples = filmed(order(1), share=0.3)
    samples[20] = replace(samples[20], light=replace(samples[20].light, skin=(0.1, nonsense, 0.2), left=(0.1, nonsense, 0.2)))
    with np.errstate(all="ignore"):
        reading = read(samples, order(1))
    assert light.seen_of(reading, POLICY) != light.FOLLOWED


def test_cheeks_that_cannot_be_measured_leave_it_open() -> None:
    samples = [replace(one, light=SkinLight(one.light.skin, one.light.around)) for one in filmed(order(1), share=0.3)]
    assert light.seen_of(read(samples, order(1)), POLICY) not in (light.FOLLOWED, light.NOT_FOLLOWED)


def test_a_camera_that_cannot_measure_the_light_leaves_it_open() -> None:
    verdict = verdict_of(perform(drawn()))
    assert isinstance(verdict, Undecided) and verdict.because is UndecidedBecause.UNSURE_CUES


def test_whoever_wants_no_changing_light_gets_fades_and_then_a_person() -> None:
    run = liveness.begin(drawn(), POLICY, ns(1.0))
    gentle = lighting.calmed(run, ns(1.0), POLICY)
    assert (gentle.script.light_path, gentle.script.needs) == (LightPath.GENTLE, (Need.NO_CHANGING_LIGHT,))
    none = lighting.calmed(gentle, ns(1.0), POLICY)
    verdict = verdict_of(perform(none.script))
    assert isinstance(verdict, Undecided) and verdict.because is UndecidedBecause.ASSISTANCE
    verdict = verdict_of(perform(gentle.script, change=lit(0.3)))
    assert isinstance(verdict, Live) and recheck(verdict, POLICY) == ()


def test_whoever_cannot_turn_is_asked_other_things_and_a_person_decides() -> None:
    script = drawn(Need.NO_TURN)
    assert set(script.challenges) <= {ChallengeKind.BLINK, ChallengeKind.COME_CLOSER}
    assert drawn(Need.NO_BLINK).challenges.count(ChallengeKind.BLINK) == 0


def test_a_large_amount_asks_for_more() -> None:
    kinds = {kind for _ in range(40) for kind in drawn(amount_minor=POLICY.large_amount_minor).challenges}
    assert {ChallengeKind.NOD, ChallengeKind.COME_CLOSER} <= kinds
    assert len(drawn(amount_minor=POLICY.large_amount_minor).challenges) == len(drawn().challenges) + 1


def test_more_time_is_given_ten_times_and_no_more() -> None:
    run = liveness.begin(drawn(), POLICY, ns(1.0))
    run = liveness.observe(run, seen(1.0), POLICY)
    for _ in range(20):
        run = liveness.extend(run, POLICY)
    assert run.extensions == POLICY.extensions
    waiting = liveness.tick(replace(run, continuity=replace(run.continuity, last_ns=None)), ns(44 + 200), POLICY)
    assert waiting.verdict is None


# What a bank checks again


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (lambda e: replace(e, script=replace(e.script, challenges=e.script.challenges[::-1])), Discrepancy.ANSWERS_NOT_THE_SCRIPT),
        (
            lambda e: replace(e, script=replace(e.script, draw=replace(e.script.draw, chosen=e.script.draw.chosen[:-1]))),
            Discrepancy.DRAW_INCOMPLETE,
        ),
        (lambda e: replace(e, done=e.done[:-1]), Discrepancy.ANSWERS_NOT_THE_SCRIPT),
        (lambda e: replace(e, prompts=tuple(replace(one, window_ms=10) for one in e.prompts)), Discrepancy.ANSWER_OUTSIDE_WINDOW),
        (lambda e: replace(e, prompts=(e.prompts[1], e.prompts[0], *e.prompts[2:])), Discrepancy.PROMPTS_OVERLAP),
        (lambda e: replace(e, retries=6), Discrepancy.TOO_MANY_RETRIES),
        (lambda e: replace(e, longest_gap_ms=5_000), Discrepancy.GAP),
        (lambda e: replace(e, light=e.light[:-1]), Discrepancy.LIGHT_NOT_AS_DRAWN),
        (lambda e: replace(e, cues=()), Discrepancy.CUES_SPEAK_AGAINST),
        (lambda e: replace(e, cues=tuple(cue for cue in e.cues if cue.name != light.SIDES)), Discrepancy.CUES_SPEAK_AGAINST),
    ],
)
def test_evidence_that_was_altered_does_not_hold(change: Callable[..., object], found: Discrepancy) -> None:
    verdict = verdict_of(perform(drawn(), change=lit(0.3)))
    assert isinstance(verdict, Live)
    assert found in recheck(Live(change(verdict.evidence)), POLICY)  # type: ignore[arg-type]


def test_a_small_script_does_not_do_for_a_large_amount() -> None:
    verdict = verdict_of(perform(drawn(), change=lit(0.3)))
    assert recheck(verdict, POLICY, POLICY.large_amount_minor) != ()


def test_colours_painted_onto_all_of_a_picture_are_told_from_a_lit_face() -> None:
    """What stands behind a head gets a twentieth of the screen's light; who recolours a whole video gives it all."""

    source = np.random.default_rng(1)

    def everywhere(one: LightSample) -> LightSample:
        # the surroundings also flicker by themselves, so that taking them away from the skin does not help
        wall = 0.3 * np.array(one.light.skin) / float(np.mean(one.light.skin)) * np.exp(source.normal(0, 0.015, 3))
        return replace(one, light=SkinLight(one.light.skin, (float(wall[0]), float(wall[1]), float(wall[2]))))

    for seed in range(12):
        painted = [everywhere(one) for one in filmed(order(seed), share=0.3, seed=seed)]
        cue = light_cue(read(painted, order(seed)), POLICY)
        assert cue is not None and cue.seen != light.FOLLOWED
