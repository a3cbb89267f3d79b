"""An unbroken picture of one person: no hole, no cut, no clock set back, no frozen picture, nobody else, nobody gone."""

from kiosk.liveness import run as liveness
from kiosk.liveness.challenge import Hint, Live, NotLiveBecause, Undecided, UndecidedBecause
from kiosk.values import ns
from tests.liveness.stage import BLINK, LEFT, RIGHT, Customer, because, of, perform, replace, seen, verdict_of


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


def test_a_customer_who_leaves_for_good_has_left() -> None:
    def leave(run: liveness.LivenessRun, observation: object) -> object:
        return replace(observation, faces=(), view=None) if run.done else observation

    assert because(perform(of(LEFT, RIGHT, BLINK), change=leave)) is NotLiveBecause.FACE_LEFT


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
