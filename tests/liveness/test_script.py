"""The draw of the challenges, and how often a recording could guess them."""

import itertools
import secrets
from collections import Counter
from collections.abc import Callable, Iterator

import pytest

from kiosk.liveness.challenge import ChallengeKind, Script
from kiosk.liveness.challenges import CHALLENGES, challenge_of
from kiosk.liveness.script import ScriptPlan, UnusableScript, draw_script, fixed_script, grown_by_wrong_response, plan_for
from kiosk.policy import LivenessPolicy
from tests.liveness.stage import BLINK, LEFT, POLICY, RIGHT, replace

TURNS = {LEFT, RIGHT}


def every_draw(policy: LivenessPolicy) -> Iterator[Script]:
    """Every script there is, each as often as it is likely: all answers `choose` could give, in a tree."""

    def walk(fixed: tuple[int, ...]) -> Iterator[Script]:
        asked: list[int] = []

        def choose(n: int) -> int:
            asked.append(n)
            return fixed[len(asked) - 1] if len(asked) <= len(fixed) else 0

        script = draw_script(choose, policy, plan_for(replace(policy, light=False)))
        if len(asked) == len(fixed):
            yield script
            return
        for answer in range(asked[len(fixed)]):
            yield from walk((*fixed, answer))

    yield from walk(())


def test_every_kind_of_challenge_has_its_row() -> None:
    assert {row.kind for row in CHALLENGES} == set(ChallengeKind)
    assert [challenge_of(kind).kind for kind in ChallengeKind] == list(ChallengeKind)


def test_every_script_has_three_challenges_or_more_with_a_blink_and_a_turn() -> None:
    for script in every_draw(POLICY):
        assert len(script.challenges) == max(POLICY.challenges, 3)
        assert script.challenges.count(BLINK) == 1
        assert TURNS & set(script.challenges)
        assert not script.fixed_by_qa
        assert set(script.spares) <= TURNS


def test_every_order_is_equally_likely() -> None:
    counted = Counter(script.challenges for script in every_draw(replace(POLICY, wrong_responses=0)))
    count = POLICY.challenges
    assert len(counted) == count * 2 ** (count - 1)
    assert set(counted.values()) == {1}


def test_a_policy_that_asks_for_less_than_three_still_gets_three() -> None:
    assert len(draw_script(secrets.randbelow, replace(POLICY, challenges=1)).challenges) == 3


def test_a_customer_who_cannot_turn_is_asked_only_what_they_can_do() -> None:
    assert set(draw_script(secrets.randbelow, POLICY, ScriptPlan(3, (BLINK,))).challenges) == {BLINK}
    assert set(draw_script(secrets.randbelow, POLICY, ScriptPlan(3, (LEFT, RIGHT))).challenges) <= TURNS
    with pytest.raises(ValueError, match="at least one"):
        draw_script(secrets.randbelow, POLICY, ScriptPlan(3, ()))


def test_a_script_named_by_qa_is_kept_in_order_and_marked() -> None:
    assert fixed_script(("turn-left", " Turn-Right ", "blink")) == Script((LEFT, RIGHT, BLINK), fixed_by_qa=True)


@pytest.mark.parametrize("names", [("turn-left", "wink"), ("",), (), ("blink",) * 13])
def test_a_script_that_cannot_be_run_says_what_was_not_understood(names: tuple[str, ...]) -> None:
    answer = fixed_script(names)
    assert isinstance(answer, UnusableScript)
    assert answer.name in ("wink", "")


def test_a_script_grows_only_by_what_was_drawn_with_it() -> None:
    script = Script((LEFT, BLINK, RIGHT), spares=(RIGHT, RIGHT))
    longer = grown_by_wrong_response(script)
    assert longer == Script((LEFT, BLINK, RIGHT, RIGHT, RIGHT))
    assert longer is not None
    assert grown_by_wrong_response(longer) is None


def passes(script: Script, clip: tuple[ChallengeKind, ...]) -> bool:
    """Whether a clip that blinks all the time, turns in this order and waits as long as needed satisfies the script."""
    turns = iter(clip)
    at = 0
    while at < len(script.challenges):
        if script.challenges[at] is BLINK:
            at += 1
            continue
        turn = next(turns, None)
        if turn is None:
            return False
        if turn is script.challenges[at]:
            at += 1
            continue
        longer = grown_by_wrong_response(script)
        if longer is None:
            return False
        script = longer
    return True


def best_clip(policy: LivenessPolicy) -> float:
    """How often the best recording there can be passes a drawn script."""
    scripts = list(every_draw(policy))
    longest = policy.challenges + 3 * policy.wrong_responses
    rates = (sum(passes(script, clip) for script in scripts) / len(scripts) for clip in itertools.product(TURNS, repeat=longest))
    return max(rates)


@pytest.mark.parametrize(
    ("change", "rate"),
    [
        (lambda policy: policy, 0.21875),
        (lambda policy: replace(policy, wrong_responses=0), 0.125),
        (lambda policy: replace(policy, challenges=3), 0.375),
        (lambda policy: replace(policy, challenges=3, wrong_responses=0), 0.25),
        (lambda policy: replace(policy, challenges=5), 0.125),
    ],
)
def test_the_best_recording_guesses_no_more_often_than_documented(change: Callable[[LivenessPolicy], LivenessPolicy], rate: float) -> None:
    assert best_clip(change(POLICY)) == rate
