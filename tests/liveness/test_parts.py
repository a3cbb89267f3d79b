"""The parts of the run, each by itself: the blink, the turn, the person, the same face, the unbroken picture, the hints."""

import math

import numpy as np
import pytest

from kiosk.face.observed import EyeOpenness, FaceView, HeadPose
from kiosk.liveness import coaching, continuity, identity, person
from kiosk.liveness.blink import Blink, BlinkTrack, watch_blink
from kiosk.liveness.challenge import Hint
from kiosk.liveness.closer import Approaching
from kiosk.liveness.coaching import Coach, coach
from kiosk.liveness.continuity import Break, Continuity
from kiosk.liveness.identity import Likeness
from kiosk.liveness.nod import Nodding
from kiosk.liveness.person import Person
from kiosk.liveness.response import Glance, Responded, RespondedWrongly, Waiting
from kiosk.liveness.turn import left, right
from kiosk.values import ns
from tests.liveness.stage import POLICY, face_print, replace, seen


def glance(at_s: float, *, yaw: float = 0.0, pitch: float = 0.0, ratio: float = 1.0, asked_s: float = 0.0) -> Glance:
    return Glance(ns(at_s), ns(asked_s), yaw, pitch, ratio)


def blinks(glances: list[Glance]) -> list[Blink]:
    track, found = BlinkTrack(), []
    for one in glances:
        track, blink = watch_blink(track, one, POLICY)
        if blink is not None:
            found.append(blink)
    return found


# The blink


@pytest.mark.parametrize("ratios", [[1, 0.9, 0.3, 0.1, 0.4, 0.9], [1, 0.5, 0.8], [0.8, 0.1, 0.1, 0.1, 1.0]])
def test_lids_that_close_and_open_are_one_blink(ratios: list[float]) -> None:
    found = blinks([glance(number / 15, ratio=ratio) for number, ratio in enumerate(ratios)])
    assert [blink.lowest for blink in found] == [min(ratios)]


@pytest.mark.parametrize(
    "ratios",
    [
        [1.0, 0.9, 0.6, 0.6, 0.9, 1.0],
        [0.1, 0.1, 0.9, 1.0, 1.0],
        [1.0, 1.0, 0.1, 0.1, 0.1],
        [1.0, 0.2, math.nan, 0.2, 1.0],
        [0.7, 0.3, 0.7, 0.3, 0.7],
    ],
    ids=["half closed", "never seen open before", "never opened again", "eyes lost meanwhile", "never wholly open"],
)
def test_less_than_closing_and_opening_is_no_blink(ratios: list[float]) -> None:
    assert blinks([glance(number / 15, ratio=ratio) for number, ratio in enumerate(ratios)]) == []


@pytest.mark.parametrize(("closed_s", "count"), [(0.15, 1), (0.4, 1), (0.85, 1), (1.3, 0), (4.0, 0)])
def test_a_blink_lasts_no_longer_than_a_second(closed_s: float, count: int) -> None:
    ratios = [1.0] * 5 + [0.1] * round(closed_s * 30) + [1.0] * 5
    assert len(blinks([glance(number / 30, ratio=ratio) for number, ratio in enumerate(ratios)])) == count


def test_a_slow_camera_is_given_the_time_between_its_frames() -> None:
    assert len(blinks([glance(number / 5, ratio=ratio) for number, ratio in enumerate([1, 1, 0.2, 1, 1])])) == 1


@pytest.mark.parametrize(
    ("yaw", "pitch", "lowest", "count"),
    [(0, 10, 0.5, 1), (0, 16, 0.5, 0), (20, 0, 0.5, 0), (20, 0, 0.2, 1), (0, 16, 0.2, 1), (0, 24, 0.2, 0), (60, 0, 0.2, 0)],
)
def test_only_a_deep_closure_counts_on_a_moving_head(yaw: float, pitch: float, lowest: float, count: int) -> None:
    path = [glance(0, ratio=1), glance(0.1, ratio=lowest, yaw=yaw / 2, pitch=-pitch / 2)]
    path += [glance(0.2, ratio=lowest, yaw=yaw, pitch=-pitch), glance(0.3, ratio=1, yaw=yaw, pitch=-pitch)]
    assert len(blinks(path)) == count


# The turn


def test_a_turn_counts_once_it_is_held_past_the_limit() -> None:
    turning = left()
    answers = []
    for number, yaw in enumerate([0, 8, 15, 22, 27, 30, 30]):
        response = turning.watch(glance(number / 15, yaw=yaw, asked_s=-0.5), POLICY)
        answers.append(type(response).__name__)
        if isinstance(response, Waiting):
            turning = response.progress
        else:
            assert response == Responded(30)
            break
    assert answers == ["Waiting"] * 6 + ["Responded"]


def test_left_is_the_subjects_own_left_and_right_is_the_other() -> None:
    for begin, sign in ((left, 1), (right, -1)):
        progress, response = begin(), None
        for number in range(6):
            response = progress.watch(glance(number / 10, yaw=sign * (0 if number < 2 else 30), asked_s=-0.5), POLICY)
            if not isinstance(response, Waiting):
                break
            progress = response.progress
        assert response == Responded(sign * 30)


def test_the_other_side_is_wrong_and_a_hint_comes_before() -> None:
    progress, hints, response = left(), [], None
    for number, yaw in enumerate([0, -5, -10, -15, -20, -25, -25]):
        response = progress.watch(glance(number / 10, yaw=yaw), POLICY)
        if not isinstance(response, Waiting):
            break
        progress = response.progress
        hints.append(response.hint)
    assert response == RespondedWrongly(-25)
    assert hints[2] is Hint.OTHER_SIDE


def test_a_head_already_turned_when_asked_must_come_back_first() -> None:
    progress = left()
    for number in range(30):
        response = progress.watch(glance(number / 10, yaw=35), POLICY)
        assert isinstance(response, Waiting)
        progress = response.progress


def test_what_is_there_before_anybody_could_react_does_not_count() -> None:
    progress = left()
    for at_s, yaw in ((1.0, 0), (1.04, 20), (1.08, 25), (1.4, 28), (1.6, 28), (2.0, 28)):
        response = progress.watch(glance(at_s, yaw=yaw, asked_s=1.0), POLICY)
        assert isinstance(response, Waiting)
        progress = response.progress


# The nod, and coming closer


def test_a_nod_is_down_and_up_again() -> None:
    progress, response = Nodding(), None
    for number, pitch in enumerate([0, 0, -4, -10, -14, -14, -12, -6, -3]):
        response = progress.watch(glance(number / 10, pitch=pitch, asked_s=-0.5), POLICY)
        if not isinstance(response, Waiting):
            break
        progress = response.progress
    assert response == Responded(-14)


def test_looking_up_or_staying_down_is_no_nod_and_a_turn_is_wrong() -> None:
    for path in ([0, 5, 15, 20, 5, 0], [0, -12, -14, -14, -14, -14]):
        progress = Nodding()
        for number, pitch in enumerate(path):
            response = progress.watch(glance(number / 5, pitch=pitch, asked_s=-0.5), POLICY)
            assert isinstance(response, Waiting)
            progress = response.progress
    progress, answers = Nodding(), []
    for number in range(5):
        response = progress.watch(glance(number / 5, yaw=30, asked_s=-0.5), POLICY)
        answers.append(response)
        progress = response.progress if isinstance(response, Waiting) else progress
    assert RespondedWrongly(30) in answers


def test_coming_closer_is_measured_against_the_face_that_settled() -> None:
    progress, response = Approaching(), None
    for number, ratio in enumerate([1.0, 1.0, 1.08, 1.2, 1.25, 1.25]):
        response = progress.watch(replace(glance(number / 10, asked_s=-0.5), width_ratio=ratio), POLICY)
        if not isinstance(response, Waiting):
            break
        progress = response.progress
    assert response == Responded(1.25)
    progress = Approaching()
    for number in range(20):
        response = progress.watch(replace(glance(number / 10, asked_s=-0.5), width_ratio=1.3), POLICY)
        assert isinstance(response, Waiting), "a face that was close before did not come closer"
        progress = response.progress


def test_one_slipped_frame_is_no_turn() -> None:
    progress = left()
    for number in range(40):
        response = progress.watch(glance(number / 10, yaw=45 if number % 4 == 3 else 0), POLICY)
        assert isinstance(response, Waiting)
        progress = response.progress


def test_who_does_not_turn_far_enough_is_told_so() -> None:
    response = left().watch(glance(4.0, yaw=12, asked_s=1.0), POLICY)
    assert isinstance(response, Waiting)
    assert response.hint is Hint.TURN_MORE


# The person


def test_the_baseline_survives_blinks_and_long_closures() -> None:
    known = Person()
    for number in range(300):
        value = 0.03 if number % 10 < 2 else 0.28
        face = seen(number / 15, openness=value).faces[0]
        known = person.learn_eyes(known, face, ns(number / 15))
    assert known.open_eye_baseline == pytest.approx(0.28)
    assert len(known.openings) <= 60


def test_the_baseline_follows_a_person_who_begins_to_smile() -> None:
    known = Person()
    for number in range(200):
        face = seen(number / 10, openness=0.3 if number < 60 else 0.2).faces[0]
        known = person.learn_eyes(known, face, ns(number / 10))
    assert known.open_eye_baseline == pytest.approx(0.2)


def test_turned_faces_teach_no_baseline() -> None:
    known = person.learn_eyes(Person(), seen(1.0, yaw=40, openness=0.9).faces[0], ns(1))
    assert known.open_eye_baseline is None


def test_a_turned_head_does_not_read_as_wider_eyes() -> None:
    face = seen(1.0, yaw=40).faces[0]
    foreshortened = replace(face, eyes=EyeOpenness(0.3 / math.cos(math.radians(40)), 0.9))
    assert person.openness(foreshortened) == pytest.approx(0.3)


# The same face


def view(of: int, yaw: float = 0.0, pitch: float = 0.0, sharpness: float = 100.0, mix: float = 0.0) -> FaceView:
    vector = face_print(of) * (1 - mix) + face_print(99) * mix
    unit = (vector / np.linalg.norm(vector)).astype(np.float32)
    return FaceView(unit, np.zeros((2, 2, 3), np.uint8), HeadPose(yaw, pitch, 0.0), sharpness)


def test_one_odd_view_neither_ends_the_run_nor_enters_it() -> None:
    likeness, proved = identity.compare(Likeness(), view(1), 0, POLICY)
    assert proved
    likeness, proved = identity.compare(likeness, view(2), 0, POLICY)
    assert not proved
    assert not likeness.changed
    likeness, proved = identity.compare(likeness, view(1, mix=0.1), 0, POLICY)
    assert proved
    assert not likeness.changed
    assert len(likeness.kept) == 2
    assert likeness.lowest is not None
    assert likeness.lowest < 0.5


def test_two_views_in_a_row_of_somebody_else_end_it_even_turned_a_little() -> None:
    likeness, _ = identity.compare(Likeness(), view(1), 0, POLICY)
    for _ in range(2):
        likeness, proved = identity.compare(likeness, view(2, yaw=25), 1, POLICY)
        assert not proved
    assert likeness.changed


def test_somebody_else_now_and_then_ends_it_too() -> None:
    likeness, _ = identity.compare(Likeness(), view(1), 0, POLICY)
    for _ in range(4):
        assert not likeness.changed
        likeness, _ = identity.compare(likeness, view(2), 1, POLICY)
        likeness, _ = identity.compare(likeness, view(1), 1, POLICY)
    assert likeness.changed


@pytest.mark.parametrize(("yaw", "pitch"), [(45, 0), (0, 30), (math.nan, 0)])
def test_a_view_turned_far_proves_nothing_and_ends_nothing(yaw: float, pitch: float) -> None:
    likeness, _ = identity.compare(Likeness(), view(1), 0, POLICY)
    for _ in range(9):
        likeness, proved = identity.compare(likeness, view(2, yaw, pitch), 1, POLICY)
        assert not proved
    assert not likeness.changed
    assert len(likeness.kept) == 1


def test_the_views_kept_are_the_sharp_frontal_ones_of_every_stage() -> None:
    likeness = Likeness()
    for stage in range(4):
        for number in range(20):
            sharp, yaw = (900.0, 0.0) if number == 7 else (30.0, 12.0)
            likeness, _ = identity.compare(likeness, view(1, yaw=yaw, sharpness=sharp), stage, POLICY)
    assert len(likeness.kept) == identity.VIEWS_KEPT
    assert sum(kept.view.sharpness == 900.0 for kept in likeness.kept) == 4
    assert {kept.stage for kept in likeness.kept} == {0, 1, 2, 3}


# The unbroken picture


def test_a_frame_seen_twice_is_known() -> None:
    memory, broken = continuity.follow(Continuity(), seen(1.0), POLICY)
    assert broken is None
    assert continuity.follow(memory, seen(1.0), POLICY) == (memory, Break.REPEATED)


@pytest.mark.parametrize(("after_s", "expected"), [(0.03, None), (0.2, None), (0.99, None), (1.01, Break.GAP), (-0.01, Break.CLOCK_BACK)])
def test_time_must_go_on_without_holes(after_s: float, expected: Break | None) -> None:
    memory, _ = continuity.follow(Continuity(), seen(5.0, sequence=1), POLICY)
    assert continuity.follow(memory, seen(5.0 + after_s, sequence=2), POLICY)[1] is expected


@pytest.mark.parametrize(
    ("change", "after_s", "expected"),
    [
        ({"centre": (900.0, 360.0)}, 0.033, Break.CUT),
        ({"centre": (700.0, 360.0)}, 0.033, None),
        ({"centre": (900.0, 360.0)}, 0.5, None),
        ({"width": 700.0}, 0.033, Break.CUT),
        ({"yaw": 40.0}, 0.033, Break.CUT),
        ({"yaw": 12.0}, 0.033, None),
        ({"yaw": 40.0}, 0.2, None),
    ],
    ids=["jumps", "moves", "walks", "grows at once", "turns at once", "turns fast", "turns, slow camera"],
)
def test_a_head_does_not_jump(change: dict[str, object], after_s: float, expected: Break | None) -> None:
    memory, _ = continuity.follow(Continuity(), seen(5.0, sequence=1), POLICY)
    assert continuity.follow(memory, seen(5.0 + after_s, sequence=2, **change), POLICY)[1] is expected


def test_a_camera_that_doubles_its_frames_is_not_frozen() -> None:
    memory = Continuity()
    for number in range(200):
        memory, broken = continuity.follow(memory, replace(seen(1 + number / 60), faces=seen(number // 3).faces), POLICY)
        assert broken is None


def test_memory_of_frames_is_bounded() -> None:
    memory = Continuity()
    for number in range(1500):
        memory, _ = continuity.follow(memory, seen(1 + number / 30, sequence=number), POLICY)
    assert len(memory.seen) == continuity.LOOP_MEMORY


# The hints


def test_a_hint_that_flickers_is_never_shown() -> None:
    state = Coach()
    for number in range(100):
        state = coach(state, Hint.CENTRE_FACE if number % 2 else None, ns(number / 15))
        assert state.shown is None


def test_a_hint_shows_after_a_moment_and_stays_long_enough_to_read() -> None:
    state, shown = Coach(), []
    for number in range(60):
        at = number / 20
        state = coach(state, Hint.COME_CLOSER if at < 0.6 else Hint.CENTRE_FACE, ns(at))
        shown.append((round(at, 2), state.shown))
    first = next(at for at, hint in shown if hint is Hint.COME_CLOSER)
    then = next(at for at, hint in shown if hint is Hint.CENTRE_FACE)
    assert 0.4 <= first <= 0.45
    assert then - first >= 1.15


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, None),
        ({"width": 100.0}, Hint.COME_CLOSER),
        ({"width": 900.0}, Hint.MOVE_BACK),
        ({"centre": (1150.0, 360.0)}, Hint.CENTRE_FACE),
        ({"centre": (640.0, 60.0)}, Hint.CENTRE_FACE),
        ({"brightness": 20.0}, Hint.TOO_DARK),
        ({"brightness": 245.0}, Hint.TOO_BRIGHT),
        ({"faces": 0}, Hint.NO_FACE),
        ({"faces": 2}, Hint.ONE_PERSON),
        ({"width": 90.0, "frame": (480, 270), "centre": (240.0, 135.0)}, Hint.COME_CLOSER),
    ],
)
def test_what_is_wrong_with_the_picture_is_said(change: dict[str, object], expected: Hint | None) -> None:
    observation = seen(1.0, **change)
    hint = coaching.presence(observation, None, POLICY)
    assert (hint or coaching.placing(observation, None, POLICY)) is expected


def test_a_hint_at_the_edge_of_its_limit_is_withdrawn_only_well_inside() -> None:
    edge = 1280 * POLICY.min_face_width_share
    for share, unseen, shown in ((0.99, Hint.COME_CLOSER, Hint.COME_CLOSER), (1.04, None, Hint.COME_CLOSER), (1.1, None, None)):
        observation = seen(1.0, width=edge * share)
        assert coaching.placing(observation, None, POLICY) is unseen
        assert coaching.placing(observation, Hint.COME_CLOSER, POLICY) is shown
