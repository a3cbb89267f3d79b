"""Whatever is put before the eyes: a clear outcome, no crash, nobody accepted.

| what | where |
|---|---|
| a clip of no frame, of one frame, no video at all | here; tests/camera/test_recording.py |
| frame rates: variable, absurd, impossible in the file | here; test_run.py; tests/camera/test_recording.py |
| phone video: turned by its header, lying on its side | tests/camera/test_recording.py; here |
| 4K, near darkness, numbers that are none | here; test_light.py; test_solid.py; test_never_open.py |
| two people; a face that leaves, comes back, is another's | test_run_unbroken.py; test_run_same_face.py; test_clips.py |
| camera lost, a hole, a clock set back while something is asked | here; test_run_unbroken.py |
| all of these while the colours are shown | here |
"""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from kiosk.assembly.sight import ModelSight
from kiosk.camera.picture import decode_picture
from kiosk.face.observed import FaceObservation, FaceSeen
from kiosk.frame import Frame, Pixels
from kiosk.liveness import run as liveness
from kiosk.liveness.challenge import Live, NotLive, NotLiveBecause, Undecided, UndecidedBecause
from kiosk.liveness.cue_table import CUES
from kiosk.liveness.cues import Leaning
from kiosk.liveness.passive import passive_verdict
from kiosk.measure.liveness import look_at
from kiosk.measure.liveness_clips import ClipEyes, LabelledClip
from kiosk.policy import BRANCH
from kiosk.values import Capture, Provenance, ns
from models.catalogue import Catalogue, open_catalogue
from tests.liveness.lit_stage import drawn, lit
from tests.liveness.stage import BLINK, LEFT, POLICY, RIGHT, Customer, because, frames, of, perform, replace, seen, verdict_of

FROM = Provenance(Capture.RECORDING, "video file")


@pytest.fixture(scope="module")
def catalogue(pack: Path) -> Catalogue:
    return open_catalogue(pack)


@pytest.fixture(scope="module")
def portrait(catalogue: Catalogue, pack: Path) -> Pixels:
    return decode_picture((pack / catalogue.entry("specimen_portrait").file).read_bytes(), BRANCH.document)


@pytest.fixture
def sight(catalogue: Catalogue) -> ModelSight:
    return ModelSight(lambda: catalogue, BRANCH)


def observed(sight: ModelSight, pictures: list[Pixels], rate: float = 10.0) -> list[FaceObservation]:
    return [sight.faces(Frame(pixels, number, ns(1 + number / rate), FROM)) for number, pixels in enumerate(pictures)]


def test_a_clip_of_one_frame_is_undecided_and_leaves_a_run_without_a_camera(sight: ModelSight, portrait: Pixels) -> None:
    one = observed(sight, [portrait])
    said = passive_verdict(one, CUES, POLICY)
    assert (said.leaning, said.because) == (Leaning.UNSURE, UndecidedBecause.TOO_FEW_FRAMES)
    run = liveness.observe(liveness.begin(of(BLINK, LEFT, RIGHT), POLICY, ns(1.0)), one[0], POLICY)
    verdict = verdict_of(liveness.tick(run, ns(60.0), POLICY))
    assert isinstance(verdict, Undecided) and verdict.because is UndecidedBecause.CAMERA_LOST


def test_no_frame_at_all_is_undecided() -> None:
    assert passive_verdict([], CUES, POLICY).leaning is Leaning.UNSURE
    verdict = verdict_of(liveness.tick(liveness.begin(of(BLINK, LEFT, RIGHT), POLICY, ns(1.0)), ns(500.0), POLICY))
    assert isinstance(verdict, Undecided)


def test_a_file_that_is_no_video_is_a_clip_that_shows_nobody(tmp_path: Path, catalogue: Catalogue) -> None:
    file = tmp_path / "broken.mp4"
    file.write_bytes(b"\x00" * 2000)
    clip = LabelledClip("broken.mp4", "nobody", "genuine", 25.0, None, (), ())
    judged = look_at(clip, file, ClipEyes(lambda: catalogue), POLICY, tmp_path / "pictures").judged
    assert (judged.verdict.leaning, judged.verdict.because) == (Leaning.UNSURE, UndecidedBecause.NO_FACE)
    assert (tmp_path / "pictures" / "wrong-broken.jpg").is_file()


@pytest.mark.parametrize("fps", [3.0, 240.0])
def test_an_absurd_frame_rate_is_no_way_in(fps: float) -> None:
    verdict = verdict_of(perform(of(BLINK, LEFT, RIGHT), Customer(answers=lambda _: None), fps=fps))
    assert not isinstance(verdict, Live)


def test_frames_that_come_unevenly_are_taken_at_their_own_times() -> None:
    """A phone's clip: 12 to 45 frames a second in one and the same second."""
    source = np.random.default_rng(5)
    actor, at_s, run = Customer(), 1.0, liveness.begin(of(BLINK, LEFT, RIGHT), POLICY, ns(1.0))
    while run.verdict is None and at_s < 60.0:
        at_s = round(at_s + float(source.uniform(0.022, 0.085)), 4)
        run = liveness.observe(run, actor.at(at_s, run.prompt), POLICY)
    assert isinstance(run.verdict, Live)


def test_a_4k_picture_is_seen_and_read_like_any_other(sight: ModelSight, portrait: Pixels) -> None:
    large = np.asarray(cv2.resize(portrait, (3840, 2160), interpolation=cv2.INTER_CUBIC), np.uint8)
    found = observed(sight, [large, large])[1]
    assert found.frame_size == (3840, 2160)
    assert len(found.faces) == 1
    assert found.view is not None or found.light is not None


def test_near_darkness_is_told_and_accepted_by_nobody(sight: ModelSight, portrait: Pixels) -> None:
    dark = [np.asarray((portrait * 0.04 + np.random.default_rng(n).normal(3, 2, portrait.shape)).clip(0, 255), np.uint8) for n in range(12)]
    assert passive_verdict(observed(sight, dark), CUES, POLICY).leaning is not Leaning.LIVE
    verdict = verdict_of(perform(of(BLINK, LEFT, RIGHT), change=lambda _, one: replace(one, brightness=12.0)))
    assert isinstance(verdict, Undecided) and verdict.because is UndecidedBecause.POOR_PICTURE


def test_a_camera_that_is_lost_while_something_is_asked_ends_without_a_verdict_for_anybody() -> None:
    run = liveness.begin(of(BLINK, LEFT, RIGHT), POLICY, ns(1.0))
    actor = Customer(answers=lambda _: None)
    for at_s in frames(15.0):
        run = liveness.observe(run, actor.at(at_s, run.prompt), POLICY)
        if run.prompt is not None:
            break
    lost = verdict_of(liveness.tick(run, run.continuity.last_ns + ns(POLICY.camera_silence_s + 1), POLICY))  # type: ignore[operator]
    assert isinstance(lost, Undecided) and lost.because is UndecidedBecause.CAMERA_LOST


def test_a_video_that_lies_on_its_side_is_accepted_by_nobody(sight: ModelSight, portrait: Pixels) -> None:
    """A phone's film whose header does not say that it was turned."""
    for turn in (cv2.ROTATE_90_CLOCKWISE, cv2.ROTATE_180):
        sight.forget()
        lying = np.asarray(cv2.rotate(portrait, turn), np.uint8)
        said = passive_verdict(observed(sight, [lying] * 10), CUES, POLICY)
        assert (said.leaning, said.because) == (Leaning.UNSURE, UndecidedBecause.NO_FACE)
    on_its_side = perform(of(BLINK, LEFT, RIGHT), change=lambda _, one: replace(one, faces=tuple(lying_down(face) for face in one.faces)))
    assert because(on_its_side) is UndecidedBecause.POOR_PICTURE


def lying_down(face: FaceSeen) -> FaceSeen:
    return replace(face, pose=replace(face.pose, roll_deg=90.0))


def lit_run(change: Callable[[FaceObservation, int], FaceObservation | None]) -> liveness.LivenessRun:
    """Play a run of somebody whom the screen lights. change: what becomes of what is seen from half a second after the first colour on, and
    how long that is ago in nanoseconds; None: no frame."""
    began: list[int] = []
    light = lit(0.3)

    def seen_then(run: liveness.LivenessRun, one: FaceObservation) -> FaceObservation | None:
        if run.lighting and not began:
            began.append(one.captured_ns + ns(0.5))
        since = one.captured_ns - began[0] if began else -1
        return light(run, one) if since < 0 else change(light(run, one), since)

    return perform(drawn(), change=seen_then)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda one, since: None, UndecidedBecause.CAMERA_LOST),
        (lambda one, since: None if since < ns(1.3) else one, NotLiveBecause.FRAMES_JUMPED),
        (lambda one, since: replace(one, captured_ns=one.captured_ns - ns(3600.0)), NotLiveBecause.FRAMES_JUMPED),
        (lambda one, since: replace(one, view=seen(1.0, person=2).view), NotLiveBecause.FACE_CHANGED),
        (lambda one, since: replace(one, faces=seen(one.captured_ns / 1e9, faces=2).faces), UndecidedBecause.SEVERAL_FACES),
        (lambda one, since: replace(one, faces=(), view=None, light=None), NotLiveBecause.FACE_LEFT),
        (lambda one, since: replace(one, light=None), UndecidedBecause.UNSURE_CUES),
    ],
    ids=["camera lost", "a hole", "clock set back", "another face", "two people", "nobody", "light that cannot be measured"],
)
def test_what_goes_wrong_while_the_colours_are_shown_ends_the_run(change: Callable[..., FaceObservation | None], reason: object) -> None:
    assert because(lit_run(change)) is reason


def test_a_person_whom_nothing_befalls_while_the_colours_are_shown_is_live() -> None:
    assert because(lit_run(lambda one, since: one)) is None


def test_a_clock_set_back_by_an_hour_while_something_is_asked_ends_the_run() -> None:
    run = liveness.begin(of(BLINK, LEFT, RIGHT), POLICY, ns(5000.0))
    actor = Customer(answers=lambda _: None)
    for at_s in frames(15.0, 5000.0):
        run = liveness.observe(run, actor.at(at_s, run.prompt), POLICY)
        if run.prompt is not None:
            break
    back = verdict_of(liveness.observe(run, seen(1400.0, sequence=1), POLICY))
    assert isinstance(back, NotLive) and back.because is NotLiveBecause.FRAMES_JUMPED
