"""Simulated customers do what the screen asks, in a human's time, or do not."""

import itertools
import time
from pathlib import Path

import numpy as np
import pytest

from kiosk.actor.camera import SimulatedCamera
from kiosk.actor.cue import Cue
from kiosk.actor.customer import Cast, Customer, CustomerKind
from kiosk.assembly.sight import ModelSight
from kiosk.camera.grabber import Grabber
from kiosk.camera.latest import Latest
from kiosk.face.observed import FaceSeen
from kiosk.frame import Frame
from kiosk.liveness.challenge import ChallengeKind, Live, NotLive, NotLiveBecause, Script
from kiosk.liveness.run import LivenessRun, begin, observe, tick
from kiosk.policy import DEMO
from kiosk.values import Capture
from models.catalogue import open_catalogue
from models.face_reader import FaceReader
from tests.camera.clips import Watcher

S = 1_000_000_000


class Performance:
    """Plays cues to a customer on a clock stepped by hand and looks at ten frames a second."""

    def __init__(self, customer: Customer, reader: FaceReader) -> None:
        self._camera = SimulatedCamera(customer, lambda: 0)
        self._reader = reader
        self._now_ns = 0

    def play(self, cue: Cue, seconds: float, rate: int = 10) -> list[FaceSeen | None]:
        self._camera.show(cue, self._now_ns)
        seen: list[FaceSeen | None] = []
        for _ in range(round(seconds * rate)):
            faces = self._reader.observe(self._camera.next_frame(self._now_ns).pixels)
            seen.append(faces[0] if faces else None)
            self._now_ns += S // rate
        return seen


def yaws(seen: list[FaceSeen | None]) -> list[float]:
    return [face.pose.yaw_deg for face in seen if face is not None]


@pytest.mark.parametrize(("cue", "side"), [(Cue.TURN_LEFT, 1), (Cue.TURN_RIGHT, -1)])
def test_a_cooperative_customer_turns_to_the_own_side_asked_and_back(cast: Cast, reader: FaceReader, cue: Cue, side: int) -> None:
    stage = Performance(cast.customer(CustomerKind.COOPERATIVE), reader)
    ahead = yaws(stage.play(Cue.LOOK_AHEAD, 0.5))
    turning = [side * yaw for yaw in yaws(stage.play(cue, 2.0))]
    back = yaws(stage.play(Cue.LOOK_AHEAD, 1.5))
    assert max(map(abs, ahead)) < 6
    assert max(turning) >= 22
    assert min(turning) > -6
    assert abs(turning[0]) < 6
    assert abs(turning[1]) < 6  # nobody reacts within a tenth of a second
    assert abs(back[-1]) < 6


def test_a_cooperative_customer_blinks_when_asked(cast: Cast, reader: FaceReader) -> None:
    stage = Performance(cast.customer(CustomerKind.COOPERATIVE), reader)
    baseline = [face.eyes.left for face in stage.play(Cue.LOOK_AHEAD, 0.5) if face is not None]
    blinking = [face.eyes.left for face in stage.play(Cue.BLINK, 1.5, rate=30) if face is not None]
    assert min(blinking) < 0.6 * float(np.median(baseline))
    assert blinking[-1] > 0.85 * float(np.median(baseline))


def test_a_prompt_that_stays_is_done_again(cast: Cast, reader: FaceReader) -> None:
    stage = Performance(cast.customer(CustomerKind.COOPERATIVE), reader)
    turned = [yaw > 18 for yaw in yaws(stage.play(Cue.TURN_LEFT, 7.0))]
    times = sum(1 for before, now in itertools.pairwise(turned) if now and not before)
    assert times == 2


def test_who_ignores_prompts_shows_the_card_and_never_turns(cast: Cast, reader: FaceReader) -> None:
    customer = cast.customer(CustomerKind.IGNORES_PROMPTS)
    stage = Performance(customer, reader)
    shown = stage.play(Cue.SHOW_DOCUMENT, 2.0)
    assert narrowest(shown[-5:]) < 200  # the printed face, smaller than the live one
    for cue in (Cue.TURN_LEFT, Cue.TURN_RIGHT):
        seen = stage.play(cue, 2.5)[10:]
        assert max(map(abs, yaws(seen))) < 6


def narrowest(seen: list[FaceSeen | None]) -> float:
    return min(face.width_px for face in seen if face is not None)


def test_the_card_comes_when_asked_for_and_goes_when_no_longer_asked_for(cast: Cast, reader: FaceReader) -> None:
    stage = Performance(cast.customer(CustomerKind.COOPERATIVE), reader)
    before = stage.play(Cue.ATTRACT, 0.5)
    stage.play(Cue.SHOW_DOCUMENT, 2.0)
    after = stage.play(Cue.LOOK_AHEAD, 2.5)
    assert narrowest(before) > 240
    assert narrowest(after[-5:]) > 240


def test_the_same_seed_and_cues_give_the_same_film_and_another_seed_does_not(cast: Cast) -> None:
    def film(seed: int) -> list[np.ndarray]:
        camera = SimulatedCamera(cast.customer(CustomerKind.COOPERATIVE, seed), lambda: 0)
        frames = []
        for step, cue in enumerate((Cue.LOOK_AHEAD, Cue.TURN_LEFT, Cue.TURN_LEFT, Cue.SHOW_DOCUMENT, Cue.SHOW_DOCUMENT)):
            camera.show(cue, step * S)
            frames.append(camera.next_frame(step * S + S // 2).pixels)
        return frames

    first, again, other = film(1), film(1), film(2)
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert not any(np.array_equal(a, b) for a, b in zip(first, other, strict=True))


def test_no_two_frames_are_the_same_picture(cast: Cast) -> None:
    camera = SimulatedCamera(cast.customer(CustomerKind.COOPERATIVE), lambda: 0)
    frames = [camera.next_frame(step * S // 30).pixels for step in range(5)]
    assert all(not np.array_equal(a, b) for a, b in itertools.pairwise(frames))


def test_every_frame_is_marked_as_simulation(cast: Cast) -> None:
    camera = SimulatedCamera(cast.customer(CustomerKind.COOPERATIVE), lambda: 0)
    camera.open()
    frame = camera.next_frame(5)
    assert frame.provenance.capture is Capture.SIMULATION
    assert camera.provenance == frame.provenance
    assert (frame.sequence, frame.captured_ns, frame.size) == (0, 5, (1280, 720))


def test_the_next_customer_steps_up_between_two_frames(cast: Cast) -> None:
    camera = SimulatedCamera(cast.customer(CustomerKind.COOPERATIVE), lambda: 0)
    camera.next_frame(0)
    other = cast.customer(CustomerKind.COOPERATIVE, 9)
    camera.serve(other)
    shown = camera.next_frame(S // 30).pixels
    assert np.array_equal(shown, cast.customer(CustomerKind.COOPERATIVE, 9).seen(S // 30))


def test_a_camera_that_is_interrupted_does_not_wait_for_the_next_frame(cast: Cast) -> None:
    camera = SimulatedCamera(cast.customer(CustomerKind.COOPERATIVE), lambda: 0)
    camera.open()
    camera.interrupt()
    frames = [camera.read() for _ in range(3)]
    assert [type(frame) for frame in frames] == [Frame, Frame, Frame]


def test_the_camera_thread_pumps_a_simulated_customer_like_any_camera(cast: Cast) -> None:
    camera = SimulatedCamera(cast.customer(CustomerKind.COOPERATIVE), time.monotonic_ns)
    box: Latest[Frame] = Latest()
    watcher = Watcher()
    grabber = Grabber(camera, (box,), watcher)
    grabber.start()
    first = box.wait_newer(-1, timeout_s=30)
    assert first is not None
    camera.show(Cue.TURN_LEFT)
    later = box.wait_newer(first.sequence + 5, timeout_s=30)
    assert later is not None
    assert later.captured_ns > first.captured_ns
    assert watcher.wait(1) == ["working"]
    assert grabber.stop()


RATE = 15
PROMPTS = {
    ChallengeKind.BLINK: Cue.BLINK,
    ChallengeKind.TURN_LEFT: Cue.TURN_LEFT,
    ChallengeKind.TURN_RIGHT: Cue.TURN_RIGHT,
    ChallengeKind.NOD: Cue.NOD,
    ChallengeKind.COME_CLOSER: Cue.COME_CLOSER,
}


def guided_check(customer: Customer, pack: Path) -> LivenessRun:
    """Run the product's own liveness check on a customer, on a clock stepped by hand."""
    script = Script((ChallengeKind.TURN_RIGHT, ChallengeKind.TURN_RIGHT, ChallengeKind.BLINK, ChallengeKind.TURN_LEFT))
    camera = SimulatedCamera(customer, lambda: 0)
    catalogue = open_catalogue(pack)
    sight = ModelSight(lambda: catalogue, DEMO)
    now_ns = S
    run = begin(script, DEMO.liveness, now_ns)
    while run.verdict is None and now_ns < 60 * S:
        camera.show(PROMPTS[run.prompt] if run.prompt is not None else Cue.LOOK_AHEAD, now_ns)
        now_ns += S // RATE
        run = tick(observe(run, sight.faces(camera.next_frame(now_ns)), DEMO.liveness), now_ns, DEMO.liveness)
    return run


def test_a_cooperative_customer_passes_the_guided_check_at_the_first_go(cast: Cast, pack: Path) -> None:
    verdict = guided_check(cast.customer(CustomerKind.COOPERATIVE, 4), pack).verdict
    assert isinstance(verdict, Live)
    assert verdict.evidence.retries == 0
    assert [done.kind.value for done in verdict.evidence.done] == ["turn-right", "turn-right", "blink", "turn-left"]


def test_who_ignores_prompts_does_not_pass_the_guided_check(cast: Cast, pack: Path) -> None:
    verdict = guided_check(cast.customer(CustomerKind.IGNORES_PROMPTS, 4), pack).verdict
    assert isinstance(verdict, NotLive)
    assert verdict.because is NotLiveBecause.CHALLENGE_MISSED
