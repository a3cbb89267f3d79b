"""The measurement itself: labels in, counts out, on observations whose truth is known."""

import json
from pathlib import Path

from kiosk.face.observed import FaceObservation
from kiosk.liveness.challenge import ChallengeKind
from kiosk.measure.liveness_clips import LabelledClip, LabelledTurn, read_labels
from kiosk.measure.liveness_counts import blinks_seen, count_blinks, count_turns, likenesses, plain_ear_blinks
from kiosk.measure.liveness_first_look import measure, other_scripts, performed_script, report
from kiosk.values import ns
from tests.liveness.stage import BLINK, LEFT, POLICY, RIGHT, replace, seen

FPS = 25.0


def clip(
    *, kind: str = "genuine", blinks: tuple[tuple[int, int], ...] | None = ((60, 63),), turns: tuple[ChallengeKind, ...] = (LEFT, RIGHT)
) -> LabelledClip:
    starts = (100, 200)
    rows = tuple(LabelledTurn(at, at + 20, at + 40, side, 30.0) for at, side in zip(starts, turns, strict=False))
    return LabelledClip("numbers.mp4", "somebody", kind, FPS, blinks, (), rows)


def acted(person: int = 1) -> tuple[FaceObservation, ...]:
    """Blinks at frame 60, turns left from frame 100 and right from 200, each to 30 degrees, 280 frames."""

    def one(frame: int) -> FaceObservation:
        yaw = 30.0 if 105 <= frame < 135 else -30.0 if 205 <= frame < 235 else 0.0
        made = seen(1 + frame / FPS, yaw=yaw, openness=0.03 if 60 <= frame <= 63 else 0.3, person=person)
        return replace(made, captured_ns=ns(1 + frame / FPS), sequence=frame)

    return tuple(one(frame) for frame in range(280))


def test_labels_are_read_as_they_are_written(tmp_path: Path) -> None:
    row = {
        "file": "a.mp4",
        "person": "p",
        "kind": "genuine",
        "fps": 24,
        "blinks_scored": True,
        "blink_spans": [[4, 6]],
        "ambiguous": [20],
        "turns": [{"start": 1, "peak": 2, "end": 3, "direction": "right", "peak_yaw_deg": 31.0}],
    }
    file = tmp_path / "labels.json"
    file.write_text(json.dumps({"clips": [row, {**row, "blinks_scored": False, "ambiguous": None, "turns": []}]}))
    first, second = read_labels(file)
    assert first == LabelledClip("a.mp4", "p", "genuine", 24.0, ((4, 6),), ((16, 24),), (LabelledTurn(1, 2, 3, RIGHT, 31.0),))
    assert (second.blinks, second.ambiguous, second.turns) == (None, (), ())


def test_blinks_are_counted_against_their_labels() -> None:
    def own(one: object) -> list[tuple[int, int]]:
        return blinks_seen(acted(), POLICY)

    right = count_blinks([(clip(), acted())], own)
    assert (right.labelled, right.found, right.invented) == (1, 1, 0)
    wrong = count_blinks([(clip(blinks=((10, 12),)), acted())], own)
    assert (wrong.labelled, wrong.found, wrong.invented) == (1, 0, 1)
    assert count_blinks([(clip(kind="replay"), acted()), (clip(blinks=None), acted())], own).labelled == 0


def test_the_plain_rule_joins_frames_to_spans() -> None:
    assert plain_ear_blinks(acted()) == [(60, 63)]


def test_turns_are_counted_against_their_labels() -> None:
    right = count_turns([(clip(), acted())], POLICY)
    assert (right.labelled, right.found, right.other_side, right.invented, right.yaw_error_deg) == (2, 2, 0, 0, 0.0)
    swapped = count_turns([(clip(turns=(RIGHT, LEFT)), acted())], POLICY)
    assert (swapped.labelled, swapped.found, swapped.other_side, swapped.invented) == (2, 0, 2, 0)
    unlabelled = count_turns([(clip(turns=()), acted())], POLICY)
    assert (unlabelled.labelled, unlabelled.invented) == (0, 2)


def test_a_persons_own_views_are_told_from_others() -> None:
    own, others = likenesses([(clip(), acted()), (replace(clip(), person="other"), acted(person=2))])
    assert min(own) > 0.99
    assert max(others) < 0.5


def test_the_script_a_clip_performs_comes_from_its_labels() -> None:
    assert performed_script(clip()) == (BLINK, LEFT, RIGHT)
    assert performed_script(clip(blinks=((250, 252),))) == (LEFT, RIGHT, BLINK)
    assert performed_script(clip(blinks=())) == (LEFT, RIGHT)
    assert performed_script(clip(blinks=None, turns=())) == ()


def test_the_other_scripts_are_ones_the_clip_does_not_perform() -> None:
    assert other_scripts((BLINK, LEFT, RIGHT)) == [(BLINK, RIGHT, LEFT), (BLINK, LEFT, RIGHT, RIGHT)]
    assert other_scripts((BLINK,)) == [(LEFT,), (RIGHT,), (BLINK, LEFT)]


def test_a_clip_is_live_only_under_what_it_performs() -> None:
    figures = measure([(clip(), acted())], POLICY)
    assert [(run.script, run.performs, run.verdict) for run in figures.runs] == [
        ("blink,turn-left,turn-right", True, "Live"),
        ("blink,turn-right,turn-left", False, "NotLive(wrong-response)"),
        ("blink,turn-left,turn-right,turn-right", False, "NotLive(challenge-missed)"),
    ]
    assert "| genuine | yes | 1 | 1 |  |" in list(report(figures))
