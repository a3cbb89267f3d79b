"""`app.py measure liveness`: the keys that are promised, from clips whose truth is known."""

from pathlib import Path

import numpy as np

from kiosk.face.observed import FaceObservation, SkinLight
from kiosk.liveness.cues import Cue, Leaning
from kiosk.liveness.passive import PassiveVerdict
from kiosk.measure.film_strip import Strip
from kiosk.measure.liveness import ClipVerdict, Seen, cue_curves, curves, key_figures, kinds_of, measure, report
from kiosk.measure.liveness_clips import LabelledClip
from kiosk.measure.liveness_first_look import ScriptRun
from kiosk.measure.wrong_strips import is_wrong, reasons, write
from kiosk.values import ns
from tests.liveness.stage import POLICY, replace, seen
from tests.liveness.test_measure import acted, clip


def judged(labelled: LabelledClip, leaning: Leaning, score: float, observations: tuple[FaceObservation, ...] = ()) -> Seen:
    cue = Cue("ink", score, "nats", score, 9, "made up")
    verdict = PassiveVerdict(leaning, score, "", (cue,))
    return Seen(labelled, observations, (4.0, 6.0), ClipVerdict(labelled.file, kinds_of(labelled), verdict))


def a_set() -> list[Seen]:
    replay = replace(clip(kind="replay", turns=()), blinks=None)
    loop = replace(clip(kind="synthetic", turns=()), blinks=None, file="sim_loop_x.mp4")
    return [
        judged(clip(), Leaning.LIVE, 2.0, acted()),
        judged(clip(), Leaning.UNSURE, -1.5, acted()),
        judged(replay, Leaning.ATTACK, -4.0),
        judged(replay, Leaning.LIVE, 1.0),
        judged(loop, Leaning.ATTACK, -5.0),
    ]


def test_the_keys_are_the_promised_ones_and_count_an_undecided_person_as_rejected() -> None:
    figures = key_figures(measure(a_set(), POLICY))
    assert set(figures.pop("with_light")) == {"bpcer", "apcer_injected", "light_alone_refuses_injected"}  # type: ignore[call-overload]
    assert figures == {
        "clips": 5,
        "blink_recall": 1.0,
        "blink_false_per_min": 0.0,
        "blink_f1": 1.0,
        "turn_recall": 1.0,
        "turn_false": 0.0,
        "bpcer": 0.5,
        "apcer": {"replay": 0.5, "synthetic": 0.0, "loop": 0.0},
        "frame_ms_p50": 6.0,
        "undecided": 0.2,
    }


def test_the_report_names_what_it_cannot_prove_and_marks_wrong_clips() -> None:
    lines = list(report(measure(a_set(), POLICY)))
    assert any("No masks" in line for line in lines)
    assert sum("(wrong)" in line for line in lines) == 2
    assert "| APCER replay | 1 | 2 | 50.0% | 97.5% |" in lines


def test_each_kind_and_each_cue_has_its_curve() -> None:
    verdicts = measure(a_set(), POLICY).verdicts
    assert curves(verdicts)["replay"].area == 0.75
    assert set(cue_curves(verdicts)) == {"ink"}


def test_no_clips_at_all_are_figures_of_nothing() -> None:
    figures = key_figures(measure([], POLICY))
    assert (figures["clips"], figures["bpcer"], figures["apcer"]) == (0, 0.0, {})


def lit_clip(seed: int) -> tuple[FaceObservation, ...]:
    """Somebody who stands there for two seconds, their skin measured with a camera's noise."""
    source = np.random.default_rng(seed)

    def one(frame: int) -> FaceObservation:
        skin = np.array([0.1, 0.15, 0.25]) * np.exp(source.normal(0, 0.003, 3))
        cheeks = np.array([0.1, 0.15, 0.25]) * np.exp(source.normal(0, 0.003, (2, 3)))
        levels = [(float(one[0]), float(one[1]), float(one[2])) for one in (skin, *cheeks)]
        light = SkinLight(levels[0], (0.3, 0.3, 0.3), levels[1], levels[2])
        return replace(seen(1 + frame / 25, sequence=frame), captured_ns=ns(1 + frame / 25), light=light)

    return tuple(one(frame) for frame in range(50))


def test_a_lit_person_follows_the_light_and_a_video_that_is_fed_in_does_not() -> None:
    genuine = judged(clip(), Leaning.LIVE, 2.0, lit_clip(1))
    deepfake = judged(replace(clip(kind="deepfake", turns=()), blinks=None), Leaning.LIVE, 2.0, lit_clip(2))
    figures = measure([genuine, deepfake], POLICY)
    assert figures.apcer["deepfake"].share == 1.0  # the cues of pictures see nothing
    assert figures.bpcer_with_light == 0.0
    assert figures.apcer_with_light["deepfake"] <= 0.05
    assert figures.injected_refused.of == 20


def test_a_clip_that_fails_a_script_it_performs_or_passes_one_it_does_not_is_shown_with_the_reason(tmp_path: Path) -> None:
    performed = ScriptRun("clip.mp4", "genuine", "blink", True, "NotLive(challenge-missed)", None)
    passed = ScriptRun("clip.mp4", "replay", "turn-left", False, "Live", None)
    fine = (ScriptRun("clip.mp4", "genuine", "blink", True, "Live", None), ScriptRun("clip.mp4", "replay", "blink", True, "Live", None))
    assert [is_wrong(run) for run in (performed, passed, *fine)] == [True, True, False, False]
    labelled, observations = replace(clip(turns=()), blinks=None, file="clip.mp4"), acted()[:5]
    why = list(reasons(labelled, observations, [performed, *fine], POLICY))
    assert why == ["script blink, performed: NotLive(challenge-missed)"]
    strip = Strip()
    strip.add(np.zeros((48, 64, 3), np.uint8), observations[0])
    write(strip, labelled, why, tmp_path)
    write(strip, replace(labelled, file="other.mp4"), [], tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["wrong-asked-clip.jpg"]
