"""The verdict over any clip, from its cues alone."""

from kiosk.face.observed import FaceObservation, Sign
from kiosk.liveness.cues import Cue, CueRow, Gathered, Leaning
from kiosk.liveness.passive import PassiveVerdict, passive_verdict
from tests.liveness.stage import POLICY, replace, seen


def row(name: str) -> CueRow:
    return CueRow(name, lambda gathered: cue_of(gathered), attack="attack-cues")


def cue_of(gathered: Gathered) -> Cue:
    return Cue(gathered.name, gathered.mean, "nats", gathered.mean, gathered.count, "made up")


def verdict_of(value: float, frames: int = 30, faces: int = 1) -> PassiveVerdict:
    clip: list[FaceObservation] = [
        replace(seen(1 + number / 10, faces=faces), signs=(Sign("ink", value),) if faces else ()) for number in range(frames)
    ]
    return passive_verdict(clip, (row("ink"),), POLICY)


def test_cues_for_a_person_make_a_live_verdict() -> None:
    assert verdict_of(1.0).leaning is Leaning.LIVE
    assert verdict_of(1.0).because == ""


def test_cues_against_make_an_attack_with_its_kind() -> None:
    verdict = verdict_of(-3.5)
    assert (verdict.leaning, verdict.because) == (Leaning.ATTACK, "attack-cues")


def test_weak_cues_against_are_undecided() -> None:
    assert verdict_of(-2.0).leaning is Leaning.UNSURE


def test_no_face_few_frames_and_two_people_are_never_live() -> None:
    assert verdict_of(1.0, faces=0).because == "no-face"
    assert verdict_of(1.0, frames=4).because == "too-few-frames"
    assert verdict_of(1.0, frames=0).because == "no-face"
    assert verdict_of(1.0, faces=2).because == "several-faces"
    assert {verdict_of(1.0, faces=0).leaning, verdict_of(1.0, frames=4).leaning, verdict_of(1.0, faces=2).leaning} == {Leaning.UNSURE}
