"""The guided run as a customer meets it: what is asked, what is done, what counts, and how often and how long it is tried."""

import pytest

from kiosk.liveness import run as liveness
from kiosk.liveness.challenge import Live, NotLiveBecause, Script, UndecidedBecause
from kiosk.values import ns
from tests.liveness.stage import BLINK, LEFT, POLICY, RIGHT, Customer, because, of, perform, replace, seen, verdict_of


@pytest.mark.parametrize("fps", [5, 8, 12, 15, 25, 30, 60])
def test_a_customer_who_does_what_is_asked_is_live_at_any_frame_rate(fps: float) -> None:
    run = perform(of(BLINK, LEFT, RIGHT), Customer(blink_s=0.45 if fps < 10 else 0.2), fps=fps)
    assert isinstance(verdict_of(run), Live)
    assert [one.kind for one in verdict_of(run).evidence.done] == [BLINK, LEFT, RIGHT]


def test_the_evidence_tells_what_was_seen() -> None:
    evidence = verdict_of(perform(of(LEFT, BLINK, RIGHT))).evidence
    assert evidence.open_eye_baseline == pytest.approx(0.3, abs=0.01)
    assert evidence.min_self_similarity == pytest.approx(1.0, abs=0.001)
    assert evidence.retries == 0
    assert evidence.frames > 60
    left, blink, right = evidence.done
    assert 18 <= left.peak <= 33
    assert blink.peak < 0.6
    assert -33 <= right.peak <= -18
    assert left.asked_ns < left.done_ns < blink.asked_ns < blink.done_ns < right.asked_ns < right.done_ns


def test_narrow_eyes_blink_against_their_own_baseline() -> None:
    run = perform(of(BLINK, BLINK, LEFT), Customer(open_eyes=0.13))
    assert isinstance(verdict_of(run), Live)


def test_a_neutral_that_is_a_little_aside_is_the_persons_own() -> None:
    run = perform(of(LEFT, RIGHT, BLINK), Customer(neutral_yaw=11.0, peak_deg=25.0))
    assert isinstance(verdict_of(run), Live)


def test_a_customer_who_ignores_every_prompt_is_missed_after_the_last_attempt() -> None:
    run = perform(of(LEFT, BLINK, RIGHT), Customer(answers=lambda _: None))
    assert because(run) is NotLiveBecause.CHALLENGE_MISSED
    assert verdict_of(run).evidence.retries == POLICY.attempts - 1
    assert verdict_of(run).evidence.done == ()


def test_a_missed_challenge_is_asked_again_without_starting_over() -> None:
    missed = {"right": 0}

    def answer(asked: object) -> object:
        if asked is RIGHT and not missed["right"]:
            missed["right"] = 1
            return None
        return asked

    run = perform(of(LEFT, RIGHT, BLINK), Customer(answers=answer))
    assert isinstance(verdict_of(run), Live)
    assert verdict_of(run).evidence.retries == 1
    assert [one.kind for one in verdict_of(run).evidence.done] == [LEFT, RIGHT, BLINK]


def test_a_turn_to_the_other_side_ends_a_run_without_spares() -> None:
    run = perform(of(LEFT, BLINK, RIGHT), Customer(answers=lambda asked: RIGHT if asked is LEFT else asked))
    assert because(run) is NotLiveBecause.WRONG_RESPONSE


def test_a_forgiven_wrong_response_makes_the_script_longer() -> None:
    wrong = {"left": 0}

    def answer(asked: object) -> object:
        if asked is LEFT and not wrong["left"]:
            wrong["left"] = 1
            return RIGHT
        return asked

    run = perform(of(LEFT, BLINK, RIGHT, spares=(RIGHT, LEFT)), Customer(answers=answer))
    assert isinstance(verdict_of(run), Live)
    assert [one.kind for one in verdict_of(run).evidence.done] == [LEFT, BLINK, RIGHT, RIGHT, LEFT]
    assert verdict_of(run).evidence.script.challenges == (LEFT, BLINK, RIGHT, RIGHT, LEFT)


def test_a_second_wrong_response_is_not_forgiven() -> None:
    run = perform(of(LEFT, BLINK, RIGHT, spares=(RIGHT, LEFT)), Customer(answers=lambda asked: RIGHT if asked is LEFT else asked))
    assert because(run) is NotLiveBecause.WRONG_RESPONSE
    assert verdict_of(run).evidence.retries == 1


def test_a_turn_while_a_blink_is_asked_is_a_wrong_response() -> None:
    run = perform(of(BLINK, LEFT, RIGHT), Customer(answers=lambda asked: LEFT if asked is BLINK else asked))
    assert because(run) is NotLiveBecause.WRONG_RESPONSE


def test_a_natural_blink_while_a_turn_is_asked_does_not_matter() -> None:
    def blinking(run: liveness.LivenessRun, observation: object) -> object:
        return (
            seen(observation.captured_ns / 1e9, yaw=observation.faces[0].pose.yaw_deg, openness=0.05)
            if (run.prompt is LEFT and observation.sequence % 5 == 0)
            else observation
        )

    assert isinstance(verdict_of(perform(of(LEFT, RIGHT, BLINK), change=blinking)), Live)


def test_what_is_done_before_the_prompt_does_not_count() -> None:
    """A head already turned when the prompt appears would have to be seen near the middle first, and it never is asked there."""
    run = liveness.begin(of(LEFT, BLINK, RIGHT), POLICY, ns(1.0))
    for number in range(100):
        at = 1.0 + number / 15
        run = liveness.observe(run, seen(at, yaw=30.0 if number > 5 else 0.0), POLICY)
    assert run.done == 0
    assert run.prompt is None


def test_looking_down_is_no_blink() -> None:
    def down(run: liveness.LivenessRun, observation: object) -> object:
        at = observation.captured_ns / 1e9
        phase = at % 1.0
        if run.prompt is BLINK and phase < 0.3:
            return seen(at, pitch=-24.0, openness=0.1)
        return seen(at)

    assert because(perform(of(BLINK, LEFT, RIGHT), change=down)) is NotLiveBecause.CHALLENGE_MISSED


def test_eyes_that_stay_closed_are_no_blink() -> None:
    run = perform(of(BLINK, LEFT, RIGHT), Customer(blink_s=2.5))
    assert because(run) is NotLiveBecause.CHALLENGE_MISSED


def test_the_window_that_is_left_is_shown() -> None:
    run = liveness.begin(of(LEFT, RIGHT, BLINK), POLICY, ns(1.0))
    assert liveness.remaining_share(run, ns(9.0)) == 1.0
    number = 0
    while run.prompt is None:
        number += 1
        run = liveness.observe(run, seen(1.0 + number / 20), POLICY)
    asked = run.phase.asked_ns
    half = asked + ns(POLICY.response_window_s / 2)
    assert liveness.remaining_share(run, half) == pytest.approx(0.5)
    assert liveness.remaining_share(run, half * 100) == 0.0


@pytest.mark.parametrize("at_s", [500.0, 0.5], ids=["after a gap, somebody else", "clock set back"])
def test_a_verdict_never_changes(at_s: float) -> None:
    run = perform(of(LEFT, RIGHT, BLINK))
    later = liveness.observe(run, seen(at_s, person=2), POLICY)
    assert isinstance(verdict_of(run), Live)
    assert liveness.tick(later, ns(9000.0), POLICY).verdict is run.verdict


def test_an_empty_script_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        liveness.begin(Script(()), POLICY, 0)


def test_a_head_that_does_not_hold_still_is_not_asked() -> None:
    run = liveness.begin(of(LEFT, BLINK, RIGHT), POLICY, ns(1.0))
    for number in range(120):
        run = liveness.observe(run, seen(1.0 + number / 15, yaw=8.0 * (-1) ** (number // 4)), POLICY)
        assert run.prompt is None


def test_each_challenge_has_its_own_attempts() -> None:
    asked: list[object] = []

    def late(kind: object) -> object:
        asked.append(kind)
        return kind if asked.count(kind) > 1 else None

    run = perform(of(LEFT, RIGHT, BLINK), Customer(answers=late))
    assert isinstance(verdict_of(run), Live)
    assert verdict_of(run).evidence.retries == 3


def missing_twice() -> Customer:
    """Misses every prompt twice and does what is asked the third time."""
    asked: list[object] = []

    def answer(kind: object) -> object:
        asked.append(kind)
        return kind if len(asked) % 3 == 0 else None

    return Customer(answers=answer)


def test_five_prompts_are_given_again_in_a_run_and_no_sixth() -> None:
    five = perform(of(LEFT, RIGHT), missing_twice())
    assert (because(five), verdict_of(five).evidence.retries) == (None, 4)
    six = perform(of(LEFT, RIGHT, BLINK), missing_twice(), longest_s=200.0)
    assert because(six) is UndecidedBecause.TOO_MANY_RETRIES
    evidence = verdict_of(six).evidence
    assert (evidence.retries, [one.kind for one in evidence.done]) == (5, [LEFT, RIGHT])


def test_a_run_is_over_after_three_minutes_and_after_as_much_longer_as_was_asked_for() -> None:
    def run_of(extensions: int) -> float:
        run = replace(liveness.begin(of(LEFT, RIGHT, BLINK), POLICY, ns(1.0)), extensions=extensions)
        run = liveness.observe(run, seen(1.0), POLICY)
        for second in range(2, 400):
            # somebody stands there all the time and looks aside, so that nothing else runs out
            settling = replace(run, phase=liveness.Settling(ns(second)))
            run = liveness.observe(settling, seen(float(second), yaw=40.0), POLICY)
            if run.verdict is not None:
                assert because(run) is UndecidedBecause.TOO_MANY_RETRIES
                return second - 1.0
        raise AssertionError("never over")

    assert run_of(0) == pytest.approx(180, abs=1.5)
    assert run_of(2) == pytest.approx(220, abs=1.5)


def test_the_next_prompt_waits_until_the_head_is_back_near_neutral() -> None:
    def half_back(run: liveness.LivenessRun, observation: object) -> object:
        return seen(observation.captured_ns / 1e9, yaw=14.0) if run.done == 1 else observation

    run = perform(of(LEFT, RIGHT, BLINK), change=half_back)
    assert because(run) is NotLiveBecause.CHALLENGE_MISSED
    assert [one.kind for one in verdict_of(run).evidence.done] == [LEFT]
    assert verdict_of(run).evidence.retries == 0
