"""The guided run as a customer meets it."""

import pytest

from kiosk.liveness import run as liveness
from kiosk.liveness.challenge import (
    Hint,
    Live,
    NotLiveBecause,
    Script,
    Undecided,
    UndecidedBecause,
)
from kiosk.liveness.identity import VIEWS_KEPT
from kiosk.liveness.script import fixed_script
from kiosk.policy import LivenessPolicy
from kiosk.values import ns
from tests.liveness.stage import BLINK, LEFT, POLICY, RIGHT, Customer, of, perform, replace, seen, verdict_of


def because(run: liveness.LivenessRun) -> object:
    verdict = verdict_of(run)
    return None if isinstance(verdict, Live) else verdict.because


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


def test_views_for_matching_are_spread_over_the_run_and_bounded() -> None:
    run = perform(of(BLINK, LEFT, RIGHT, BLINK, LEFT))
    assert 5 <= len(run.views) <= VIEWS_KEPT
    assert {kept.stage for kept in run.likeness.kept} >= {0, 1, 2, 3, 4}


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


def test_another_face_between_two_challenges_ends_the_run() -> None:
    def swap(run: liveness.LivenessRun, observation: object) -> object:
        return seen(observation.captured_ns / 1e9, yaw=observation.faces[0].pose.yaw_deg, person=2) if run.done >= 1 else observation

    assert because(perform(of(LEFT, RIGHT, BLINK), change=swap)) is NotLiveBecause.FACE_CHANGED


def test_another_face_after_the_last_challenge_ends_the_run() -> None:
    def swap(run: liveness.LivenessRun, observation: object) -> object:
        return seen(observation.captured_ns / 1e9, person=2) if run.done == run.total else observation

    assert because(perform(of(LEFT, RIGHT, BLINK), change=swap)) is NotLiveBecause.FACE_CHANGED


def test_no_view_means_no_prompt_and_never_live() -> None:
    run = perform(of(LEFT, RIGHT, BLINK), change=lambda run, observation: replace(observation, view=None))
    assert because(run) is UndecidedBecause.POOR_PICTURE
    assert verdict_of(run).evidence.done == ()
    assert run.views == ()


def test_every_prompt_needs_a_view_since_the_last_challenge() -> None:
    def blind(run: liveness.LivenessRun, observation: object) -> object:
        return replace(observation, view=None) if run.done >= 1 else observation

    run = perform(of(LEFT, RIGHT, BLINK), change=blind)
    assert because(run) is UndecidedBecause.POOR_PICTURE
    assert [one.kind for one in verdict_of(run).evidence.done] == [LEFT]


def test_a_view_is_needed_after_the_last_challenge() -> None:
    def blind(run: liveness.LivenessRun, observation: object) -> object:
        return replace(observation, view=None) if run.done == run.total else observation

    assert because(perform(of(LEFT, RIGHT, BLINK), change=blind)) is UndecidedBecause.POOR_PICTURE


def test_a_hole_in_the_frames_while_something_is_asked_ends_the_run() -> None:
    hole = {"from": None}

    def cut(run: liveness.LivenessRun, observation: object) -> object:
        if run.prompt is not None and hole["from"] is None:
            hole["from"] = observation.captured_ns
        if hole["from"] is not None and observation.captured_ns < hole["from"] + ns(1.3):
            return None
        return observation

    assert because(perform(of(LEFT, RIGHT, BLINK), change=cut)) is NotLiveBecause.FRAMES_JUMPED


def test_a_clock_that_runs_backwards_while_something_is_asked_ends_the_run() -> None:
    def back(run: liveness.LivenessRun, observation: object) -> object:
        return replace(observation, captured_ns=observation.captured_ns - ns(5)) if run.prompt is RIGHT else observation

    assert because(perform(of(LEFT, RIGHT, BLINK), change=back)) is NotLiveBecause.FRAMES_JUMPED


def test_a_camera_that_falls_silent_leaves_the_run_undecided() -> None:
    silent = perform(of(LEFT, RIGHT, BLINK), change=lambda run, observation: None if run.done else observation)
    assert because(silent) is UndecidedBecause.CAMERA_LOST


def test_nobody_in_front_leaves_the_run_undecided() -> None:
    run = perform(of(LEFT, RIGHT, BLINK), change=lambda run, observation: replace(observation, faces=(), view=None))
    assert because(run) is UndecidedBecause.NO_FACE


def test_a_frozen_picture_ends_the_run() -> None:
    def freeze(run: liveness.LivenessRun, observation: object) -> object:
        return seen(observation.captured_ns / 1e9, tremor=False)

    assert because(perform(of(LEFT, RIGHT, BLINK), change=freeze)) is NotLiveBecause.FROZEN_PICTURE


def test_a_loop_of_the_same_frames_ends_the_run() -> None:
    def loop(run: liveness.LivenessRun, observation: object) -> object:
        old = seen((observation.sequence % 2000) / 1000 + 50)
        return replace(observation, faces=(replace(old.faces[0], pose=observation.faces[0].pose),))

    assert because(perform(of(LEFT, RIGHT, BLINK), fps=20, change=loop)) is NotLiveBecause.FROZEN_PICTURE


def test_a_second_person_pauses_the_run_and_it_goes_on_when_they_leave() -> None:
    visit = {"from": None}

    def visitor(run: liveness.LivenessRun, observation: object) -> object:
        if run.prompt is RIGHT and visit["from"] is None:
            visit["from"] = observation.captured_ns
        if visit["from"] is not None and observation.captured_ns < visit["from"] + ns(3):
            two = seen(observation.captured_ns / 1e9, faces=2)
            if observation.captured_ns > visit["from"] + ns(2):
                assert run.prompt is None
                assert run.hint is Hint.ONE_PERSON
            return two
        return observation

    run = perform(of(LEFT, RIGHT, BLINK), change=visitor)
    assert isinstance(verdict_of(run), Live)
    assert verdict_of(run).evidence.retries == 1


def test_a_second_person_who_stays_leaves_the_run_undecided() -> None:
    run = perform(of(LEFT, RIGHT, BLINK), change=lambda run, observation: seen(observation.captured_ns / 1e9, faces=2))
    assert because(run) is UndecidedBecause.SEVERAL_FACES
    assert run.continuity.last_ns is not None
    assert ns(10) < run.continuity.last_ns - run.begun_ns < ns(11)


def test_a_small_face_in_the_queue_behind_does_not_matter() -> None:
    def queue(run: liveness.LivenessRun, observation: object) -> object:
        small = seen(observation.captured_ns / 1e9, faces=2, second_width=90.0).faces[1]
        return replace(observation, faces=(*observation.faces, small))

    assert isinstance(verdict_of(perform(of(LEFT, RIGHT, BLINK), change=queue)), Live)


def test_a_customer_who_steps_away_and_returns_goes_on() -> None:
    away = {"from": None}

    def leave(run: liveness.LivenessRun, observation: object) -> object:
        if run.prompt is RIGHT and away["from"] is None:
            away["from"] = observation.captured_ns
        if away["from"] is not None and observation.captured_ns < away["from"] + ns(4):
            return replace(observation, faces=(), view=None)
        return observation

    run = perform(of(LEFT, RIGHT, BLINK), change=leave)
    assert isinstance(verdict_of(run), Live)
    assert verdict_of(run).evidence.retries == 1


def test_a_customer_who_steps_away_and_somebody_else_who_comes_is_a_changed_face() -> None:
    away = {"from": None}

    def leave(run: liveness.LivenessRun, observation: object) -> object:
        if run.prompt is RIGHT and away["from"] is None:
            away["from"] = observation.captured_ns
        if away["from"] is None:
            return observation
        if observation.captured_ns < away["from"] + ns(4):
            return replace(observation, faces=(), view=None)
        return seen(observation.captured_ns / 1e9, person=2)

    assert because(perform(of(LEFT, RIGHT, BLINK), change=leave)) is NotLiveBecause.FACE_CHANGED


def test_a_customer_who_leaves_for_good_has_left() -> None:
    def leave(run: liveness.LivenessRun, observation: object) -> object:
        return replace(observation, faces=(), view=None) if run.done else observation

    assert because(perform(of(LEFT, RIGHT, BLINK), change=leave)) is NotLiveBecause.FACE_LEFT


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


def recorded(curve: list[tuple[float, float]], fps: float = 25.0) -> list[object]:
    """Observations of a recording: yaw by straight lines through (second, degrees)."""
    import numpy as np

    seconds = np.arange(0, curve[-1][0], 1 / fps)
    yaws = np.interp(seconds, [at for at, _ in curve], [yaw for _, yaw in curve])
    return [seen(1.0 + float(at), yaw=float(yaw)) for at, yaw in zip(seconds, yaws, strict=True)]


LEFT_THEN_RIGHT = [(0.0, 0.0), (1.0, 0.0), (2.0, 40.0), (3.0, 40.0), (3.6, 0.0), (4.2, -40.0), (5.0, -40.0), (5.6, 0.0), (8.0, 0.0)]


def watch(names: tuple[str, ...], observations: list[object], policy: LivenessPolicy = POLICY) -> liveness.LivenessRun:
    script = fixed_script(names)
    assert isinstance(script, Script)
    run = liveness.begin(script, policy, ns(1.0))
    for observation in observations:
        run = liveness.observe(run, observation, policy)
    at = observations[-1].captured_ns
    while run.verdict is None:
        at += ns(0.5)
        run = liveness.tick(run, at, policy)
    return run


def test_a_recording_that_turns_left_then_right_passes_the_script_qa_fixed() -> None:
    run = watch(("turn-left", "turn-right"), recorded(LEFT_THEN_RIGHT))
    assert isinstance(verdict_of(run), Live)
    assert verdict_of(run).evidence.script.fixed_by_qa


@pytest.mark.parametrize(
    ("names", "reason"),
    [
        (("turn-right", "turn-left"), NotLiveBecause.WRONG_RESPONSE),
        (("turn-right",), NotLiveBecause.WRONG_RESPONSE),
        (("blink", "turn-right"), NotLiveBecause.WRONG_RESPONSE),
        (("turn-left", "turn-right", "turn-left"), NotLiveBecause.CHALLENGE_MISSED),
        (("turn-left", "turn-right", "blink"), NotLiveBecause.CHALLENGE_MISSED),
        (("turn-left", "turn-left"), NotLiveBecause.WRONG_RESPONSE),
    ],
)
def test_the_same_recording_fails_a_script_it_does_not_perform(names: tuple[str, ...], reason: object) -> None:
    assert because(watch(names, recorded(LEFT_THEN_RIGHT))) is reason


def test_too_few_frames_to_see_a_blink_is_undecided_not_missed() -> None:
    run = perform(of(BLINK, LEFT, RIGHT), Customer(answers=lambda _: None), fps=2.5)
    assert isinstance(verdict_of(run), Undecided)
    assert because(run) is UndecidedBecause.TOO_FEW_FRAMES


def test_a_cut_from_one_pose_to_another_is_no_turn() -> None:
    """Two photographs shown in turn half a second after each prompt: no frame in between, faster than a neck."""

    def cut(run: liveness.LivenessRun, observation: object) -> object:
        waited = isinstance(run.phase, liveness.Asking) and observation.captured_ns > run.phase.asked_ns + ns(0.5)
        return seen(observation.captured_ns / 1e9, yaw={LEFT: 35.0, RIGHT: -35.0}.get(run.prompt, 0.0) if waited else 0.0)

    run = perform(of(LEFT, RIGHT, LEFT), fps=30, change=cut)
    assert because(run) is NotLiveBecause.FRAMES_JUMPED
    assert verdict_of(run).evidence.done == ()


def test_a_face_seen_before_the_first_prompt_may_make_room_for_the_customer() -> None:
    """The portrait on the card, or the last customer walking off: nothing was asked, so nothing was proved."""

    baselines: list[float | None] = []

    def passer_by(run: liveness.LivenessRun, observation: object) -> object:
        if run.prompt is not None:
            baselines.append(run.person.open_eye_baseline)
        if observation.captured_ns < ns(1.5):
            return seen(observation.captured_ns / 1e9, person=2, openness=0.6, tremor=True)
        return observation

    run = perform(of(LEFT, BLINK, RIGHT), change=passer_by)
    assert isinstance(verdict_of(run), Live)
    assert baselines[0] == pytest.approx(0.3, abs=0.01)


def test_a_head_that_does_not_hold_still_is_not_asked() -> None:
    run = liveness.begin(of(LEFT, BLINK, RIGHT), POLICY, ns(1.0))
    for number in range(120):
        run = liveness.observe(run, seen(1.0 + number / 15, yaw=8.0 * (-1) ** (number // 4)), POLICY)
        assert run.prompt is None


def test_a_view_taken_while_two_people_are_there_is_nobodys() -> None:
    """Somebody leans in and is the larger face for a moment: their print says nothing about the customer."""
    lean = {"from": None}

    def lean_in(run: liveness.LivenessRun, observation: object) -> object:
        if run.prompt is RIGHT and lean["from"] is None:
            lean["from"] = observation.captured_ns
        if lean["from"] is not None and observation.captured_ns < lean["from"] + ns(0.4):
            return seen(observation.captured_ns / 1e9, faces=2, person=2)
        return observation

    run = perform(of(LEFT, RIGHT, BLINK), Customer(reacts_s=0.8), change=lean_in)
    assert isinstance(verdict_of(run), Live)


def test_a_blink_cannot_span_an_absence() -> None:
    """Open eyes, nobody for almost half a second, closed eyes, open eyes: what happened in between was not seen."""
    asked = {"at": None}

    def vanish(run: liveness.LivenessRun, observation: object) -> object:
        at = observation.captured_ns
        if run.prompt is BLINK and asked["at"] is None:
            asked["at"] = at
        waited = -1.0 if asked["at"] is None else (at - asked["at"]) / 1e9
        if 0.2 <= waited < 0.6:
            return replace(observation, faces=(), view=None)
        return seen(at / 1e9, openness=0.03 if 0.6 <= waited < 0.8 else 0.3)

    run = perform(of(BLINK, LEFT, RIGHT), change=vanish)
    assert because(run) is NotLiveBecause.CHALLENGE_MISSED
    assert verdict_of(run).evidence.done == ()


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


def test_a_run_prints_no_face() -> None:
    run = perform(of(LEFT, BLINK, RIGHT))
    assert run.views
    for held in (run, run.likeness, run.likeness.kept[0]):
        assert "array" not in repr(held)
        assert "[" not in repr(held)
