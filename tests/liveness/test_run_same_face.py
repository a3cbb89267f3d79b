"""The same face throughout: whoever answers a prompt is who answered the one before."""

import pytest

from kiosk.liveness import run as liveness
from kiosk.liveness.challenge import Live, NotLiveBecause, UndecidedBecause
from kiosk.liveness.identity import VIEWS_KEPT
from kiosk.values import ns
from tests.liveness.stage import BLINK, LEFT, RIGHT, Customer, because, of, perform, replace, seen, verdict_of


def test_views_for_matching_are_spread_over_the_run_and_bounded() -> None:
    run = perform(of(BLINK, LEFT, RIGHT, BLINK, LEFT))
    assert 5 <= len(run.views) <= VIEWS_KEPT
    assert {kept.stage for kept in run.likeness.kept} >= {0, 1, 2, 3, 4}


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


def test_a_run_prints_no_face() -> None:
    run = perform(of(LEFT, BLINK, RIGHT))
    assert run.views
    for held in (run, run.likeness, run.likeness.kept[0]):
        assert "array" not in repr(held)
        assert "[" not in repr(held)
