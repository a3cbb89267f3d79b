"""Natural blinks as they are measured: told by how fast the lids fall, at any frame rate, on any head."""

import math

import pytest

from kiosk.face.observed import HeadPose
from kiosk.liveness.closure import Closure, EyeWatch, Lids, lids_of, unfinished, watch_eyes
from kiosk.values import ns
from tests.liveness.stage import POLICY, seen


def closures(openings: list[float], *, fps: float = 25.0, yaw_step: float = 0.0) -> list[Closure]:
    """What is found when the eyes are open for a second and then do this."""
    watch, found = EyeWatch(), list[Closure]()
    for frame, openness in enumerate([0.3] * round(fps) + openings):
        lids = Lids(frame, ns(1 + frame / fps), openness, HeadPose(yaw_step * frame, 0.0, 0.0))
        watch, ended = watch_eyes(watch, lids, POLICY)
        found += [ended] if ended else []
    last = unfinished(watch)
    return found + ([last] if last else [])


@pytest.mark.parametrize("fps", [5.0, 8.0, 15.0, 25.0, 30.0])
def test_one_closed_frame_is_a_blink_at_any_rate(fps: float) -> None:
    found = closures([0.04, 0.3, 0.3, 0.3], fps=fps)
    assert [(one.opened.frame, one.last) for one in found] == [(round(fps) - 1, round(fps) + 1)]


def test_narrow_eyes_blink_too() -> None:
    watch, found = EyeWatch(), 0
    for frame, openness in enumerate([0.127] * 20 + [0.03, 0.03] + [0.127] * 10):
        watch, ended = watch_eyes(watch, Lids(frame, ns(frame / 25), openness, HeadPose(0, 0, 0)), POLICY)
        found += ended is not None
    assert found == 1


def test_eyes_shut_for_seconds_or_to_the_end_are_one_closure() -> None:
    assert [one.lasted_ns > ns(4.9) for one in closures([0.02] * 125 + [0.3] * 10)] == [True]
    assert [one.open_again for one in closures([0.1, 0.03])] == [False]


def test_after_a_long_closure_the_open_eye_is_still_known() -> None:
    assert len(closures([0.02] * 300 + [0.3] * 10 + [0.03] * 3 + [0.3] * 10)) == 2


def test_looking_down_slowly_or_half_is_no_blink() -> None:
    slowly = [0.3 - 0.2 * frame / 40 for frame in range(40)] + [0.1] * 20 + [0.1 + 0.2 * frame / 40 for frame in range(40)]
    assert closures(slowly) == []
    assert closures([0.16] * 10 + [0.3] * 10) == []
    assert closures([0.14] * 40 + [0.3] * 10) == []


def test_a_shallow_fall_counts_only_when_it_is_brief_and_the_head_is_still() -> None:
    assert len(closures([0.14, 0.14, 0.3, 0.3])) == 1
    assert closures([0.14, 0.14, 0.3, 0.3], yaw_step=5.0) == []
    assert len(closures([0.05, 0.05, 0.3, 0.3], yaw_step=5.0)) == 1


def test_a_blink_on_a_head_turned_by_forty_degrees_is_read_from_the_near_eye() -> None:
    lids = [
        lids_of(seen(frame / 25, yaw=40.0, openness=openness).faces[0], frame, ns(frame / 25))
        for frame, openness in enumerate([0.3] * 10 + [0.04] * 3 + [0.3] * 5)
    ]
    watch, found = EyeWatch(), 0
    for one in lids:
        assert one is not None
        watch, ended = watch_eyes(watch, one, POLICY)
        found += ended is not None
    assert found == 1


def test_nothing_is_concluded_over_a_gap_in_the_frames() -> None:
    watch, _ = watch_eyes(EyeWatch(), Lids(0, ns(1), 0.3, HeadPose(0, 0, 0)), POLICY)
    watch, _ = watch_eyes(watch, Lids(1, ns(4), 0.02, HeadPose(0, 0, 0)), POLICY)
    assert watch.closure is None and unfinished(watch) is None


def test_eyes_that_cannot_be_read_are_no_measurement() -> None:
    assert lids_of(seen(1.0, openness=math.nan).faces[0], 0, 0) is None


def test_an_hour_of_frames_is_followed_in_bounded_memory() -> None:
    watch = EyeWatch()
    for frame in range(20_000):
        watch, _ = watch_eyes(watch, Lids(frame, ns(frame / 30), 0.03 if frame % 90 < 4 else 0.3, HeadPose(0, 0, 0)), POLICY)
    assert len(watch.recent) <= 40 and len(watch.open_levels) <= 90
