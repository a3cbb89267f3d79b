"""Real people: guided clips beside the checkout, through the station's own eyes."""

from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from kiosk.face.observed import FaceObservation
from kiosk.liveness import run as liveness
from kiosk.liveness.challenge import ChallengeKind, Live, LivenessVerdict, NotLive, NotLiveBecause, Script
from kiosk.liveness.script import fixed_script
from kiosk.measure.liveness_clips import START_NS, LabelledClip, open_eyes, read_labels
from kiosk.measure.liveness_counts import blinks_seen, turns_seen
from kiosk.measure.liveness_retimed import retimed
from kiosk.values import ns
from tests.liveness.stage import BLINK, LEFT, POLICY, RIGHT

pytestmark = pytest.mark.shared


@dataclass(frozen=True, slots=True, repr=False)
class Clip:
    """Without a repr: a failing test prints no face."""

    label: LabelledClip
    seen: tuple[FaceObservation, ...]


def _observe(shared: Path, name: str) -> Clip:
    folder = shared / "data" / "liveness"
    (clip,) = [one for one in read_labels(folder / "labels.json") if one.file == name]
    return Clip(clip, open_eyes().observe(folder / "clips" / name))


@pytest.fixture(scope="module")
def right_then_left(shared: Path, pack: Path) -> Clip:
    """Blinks, turns right, blinks while returning, turns left, nods."""
    return _observe(shared, "td_real_f1fa.mp4")


@pytest.fixture(scope="module")
def left_then_right(shared: Path, pack: Path) -> Clip:
    """Somebody else, who turns left, then right, then nods."""
    return _observe(shared, "td_real_b1e2.mp4")


def under(observations: tuple[FaceObservation, ...], *kinds: ChallengeKind) -> LivenessVerdict:
    script = fixed_script(tuple(kinds))
    assert isinstance(script, Script)
    run = liveness.begin(script, POLICY, START_NS)
    for one in observations:
        run = liveness.observe(run, one, POLICY)
    run = liveness.tick(run, observations[-1].captured_ns + ns(60), POLICY)
    run = liveness.tick(run, observations[-1].captured_ns + ns(120), POLICY)
    assert run.verdict is not None
    return run.verdict


def because(verdict: LivenessVerdict) -> object:
    return verdict.because if not isinstance(verdict, Live) else None


def test_a_guided_clip_is_live_under_the_script_it_performs(right_then_left: Clip, left_then_right: Clip) -> None:
    assert isinstance(under(right_then_left.seen, BLINK, RIGHT, LEFT), Live)
    assert isinstance(under(left_then_right.seen, LEFT, RIGHT), Live)


@pytest.mark.parametrize("kinds", [(LEFT, RIGHT), (BLINK, LEFT, RIGHT), (LEFT,), (RIGHT, RIGHT)])
def test_the_same_clip_under_a_script_it_does_not_perform_is_not_live(right_then_left: Clip, kinds: tuple[ChallengeKind, ...]) -> None:
    assert because(under(right_then_left.seen, *kinds)) is NotLiveBecause.WRONG_RESPONSE


def test_a_clip_that_lacks_the_last_challenge_misses_it(left_then_right: Clip) -> None:
    assert because(under(left_then_right.seen, LEFT, RIGHT, RIGHT)) is NotLiveBecause.CHALLENGE_MISSED


def test_every_labelled_turn_is_found_and_none_to_the_other_side(right_then_left: Clip, left_then_right: Clip) -> None:
    for clip in (right_then_left, left_then_right):
        assert [one.kind for one in turns_seen(clip.seen, POLICY)] == [turn.kind for turn in clip.label.turns]


def test_blinks_are_found_while_turning_and_looking_down_is_none(right_then_left: Clip) -> None:
    clip, spans = right_then_left.label, blinks_seen(right_then_left.seen, POLICY)
    assert clip.blinks is not None
    for first, last in clip.blinks:
        assert any(start <= last and end >= first for start, end in spans), (first, last)
    sure = [span for span in spans if not any(span[0] <= end and span[1] >= start for start, end in clip.ambiguous)]
    assert len(sure) == len(clip.blinks)


def test_two_people_joined_into_one_clip_are_a_changed_face(right_then_left: Clip, left_then_right: Clip) -> None:
    """The first blinks and turns right; from the middle on somebody else goes on, in the same place, without a gap in time."""
    first, second = right_then_left.seen[:118], left_then_right.seen
    last = first[-1]
    joined = [
        replace(one, captured_ns=last.captured_ns + ns((number + 1) / 25), sequence=last.sequence + number + 1)
        for number, one in enumerate(second)
    ]
    verdict = under((*first, *joined), BLINK, RIGHT, LEFT, RIGHT)
    assert isinstance(verdict, NotLive)
    assert verdict.because is NotLiveBecause.FACE_CHANGED


def test_a_real_person_who_obeys_passes_every_drawn_script(right_then_left: Clip, left_then_right: Clip) -> None:
    for clip in (right_then_left, left_then_right):
        row = retimed(clip.label, clip.seen, True, POLICY)
        assert row is not None
        assert (row.live, row.others) == (row.runs, {})


def test_a_real_recording_played_over_and_over_passes_no_more_often_than_the_draw_allows(left_then_right: Clip) -> None:
    row = retimed(left_then_right.label, left_then_right.seen, False, POLICY)
    assert row is not None
    assert row.live / row.runs <= 0.25
