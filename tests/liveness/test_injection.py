"""Frames that no camera took: told by who says they made them, by their rhythm and by coming again."""

import numpy as np
import pytest

from kiosk.face.observed import Sign
from kiosk.frame import Frame
from kiosk.liveness.cue_table import CUES
from kiosk.liveness.cues import Cue, FrameDetector, Gathered, conclude, gather
from kiosk.liveness.injection import (
    ARRIVAL,
    PROVENANCE,
    REAL,
    SEEN_BEFORE,
    UNKNOWN,
    VIRTUAL,
    CameraWatch,
    RepeatWatch,
    provenance_of,
)
from kiosk.values import Capture, Provenance, ns

WEBCAM = "camera 0 (V4L2; uvcvideo; usb 046d:0825; C270)"


def noise(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 255, (48, 64, 3), np.uint8)


def cues_of(detector: FrameDetector, frames: list[Frame]) -> dict[str, Cue]:
    gathered: tuple[Gathered, ...] = ()
    for frame in frames:
        gathered = gather(gathered, detector.look(frame, ()))
    return {cue.name: cue for cue in conclude(gathered, CUES)}


def frames(device: str = WEBCAM, capture: Capture = Capture.LIVE_CAMERA, jitter_ns: int = 400_000, count: int = 300) -> list[Frame]:
    rng = np.random.default_rng(4)
    made = []
    for number in range(count):
        at = ns(1) + number * 33_333_333 + int(rng.integers(-jitter_ns, jitter_ns + 1))
        made.append(Frame(noise(number), number, at, Provenance(capture, device)))
    return made


@pytest.mark.parametrize(
    ("device", "expected"),
    [
        (WEBCAM, REAL),
        ("camera 2 (V4L2; v4l2 loopback; no bus; OBS Virtual Camera)", VIRTUAL),
        ("camera 2 (V4L2; v4l2loopback; platform; Integrated Camera)", VIRTUAL),
        ("camera 1 (V4L2; no driver; no bus; C270)", VIRTUAL),
        ("camera 0 (MSMF)", UNKNOWN),
    ],
)
def test_a_camera_is_told_by_its_driver_bus_and_name(device: str, expected: float) -> None:
    assert provenance_of(device) == expected


def test_a_real_camera_speaks_for_nobody_and_a_virtual_one_wholly_against() -> None:
    assert cues_of(CameraWatch(), frames())[PROVENANCE].weight == 0.0
    virtual = cues_of(CameraWatch(), frames("camera 0 (V4L2; v4l2loopback; no bus; C270)"))[PROVENANCE]
    assert (virtual.weight, virtual.seen) == (-6.0, "virtual camera")


def test_a_camera_exchanged_in_the_middle_is_noticed_at_its_first_frame() -> None:
    mixed = [*frames(count=3), *frames("camera 0 (V4L2; uvcvideo; usb 1234:5678; C270)", count=10)[3:4]]
    assert cues_of(CameraWatch(), mixed)[PROVENANCE].seen == "another camera"


USB = "camera 0 (V4L2; uvcvideo; usb 046d:0825; C270"


@pytest.mark.parametrize(
    ("device", "weight", "seen"),
    [
        (f"{USB}; controls obeyed; size obeyed)", 0.0, "hardware"),
        (f"{USB}; controls ignored; size obeyed)", 0.0, "hardware"),
        (f"{USB}; controls ignored; size ignored)", -1.5, "controls do not answer"),
        (f"{USB}; controls obeyed; size obeyed; beside: screen sharing)", -0.5, "screen shared or recorded"),
        (f"{USB}; controls obeyed; size obeyed; beside: a debugger on this program)", -6.0, "virtual camera"),
        ("camera 0 (V4L2; uvcvideo; usb 534d:2109; USB Video)", -6.0, "virtual camera"),
        ("camera 0 (V4L2; uvcvideo; usb 0fd9:0066; Cam Link 4K)", -6.0, "virtual camera"),
    ],
)
def test_what_the_camera_answered_and_what_runs_beside_it_are_weighed(device: str, weight: float, seen: str) -> None:
    cue = cues_of(CameraWatch(), frames(device))[PROVENANCE]
    assert (cue.weight, cue.seen) == (weight, seen)


def test_screen_sharing_that_begins_in_the_middle_is_not_another_camera() -> None:
    begun = [*frames(USB + ")", count=3), *frames(USB + "; beside: screen recording)", count=40)[3:]]
    assert cues_of(CameraWatch(), begun)[PROVENANCE].seen == "screen shared or recorded"


def test_frames_as_regular_as_a_clock_come_from_no_camera() -> None:
    assert cues_of(CameraWatch(), frames(jitter_ns=0))[ARRIVAL].weight == -3.0
    assert cues_of(CameraWatch(), frames())[ARRIVAL].weight == 0.0


def test_recordings_and_simulations_are_marked_and_not_asked() -> None:
    assert cues_of(CameraWatch(), frames(capture=Capture.RECORDING, jitter_ns=0)) == {}
    assert cues_of(CameraWatch(), frames(capture=Capture.SIMULATION, jitter_ns=0)) == {}


def test_pictures_that_come_again_bit_for_bit_are_a_loop() -> None:
    rounds = [Frame(noise(number % 60), number, ns(1 + number / 30), Provenance(Capture.RECORDING, "video file")) for number in range(240)]
    assert cues_of(RepeatWatch(), rounds)[SEEN_BEFORE].weight == -6.0
    assert cues_of(RepeatWatch(), frames())[SEEN_BEFORE].weight == 0


def test_a_frame_given_twice_by_a_slow_camera_is_no_loop() -> None:
    slow = [Frame(noise(number // 2), number, ns(1 + number / 30), Provenance(Capture.LIVE_CAMERA, WEBCAM)) for number in range(120)]
    assert cues_of(RepeatWatch(), slow)[SEEN_BEFORE].weight == 0


def test_an_hour_of_frames_is_remembered_in_bounded_memory() -> None:
    watch = RepeatWatch()
    for number in range(2_000):
        watch.look(Frame(noise(number), number, ns(number), Provenance(Capture.LIVE_CAMERA, WEBCAM)), ())
    assert len(watch._known) <= 900


def test_black_pictures_are_no_evidence_of_a_loop() -> None:
    dark = np.zeros((48, 64, 3), np.uint8)
    signs: list[Sign] = []
    watch = RepeatWatch()
    for number in range(100):
        pixels = dark if number % 2 else noise(number)
        signs += watch.look(Frame(pixels, number, ns(1 + number / 30), Provenance(Capture.LIVE_CAMERA, WEBCAM)), ())
    assert all(sign.value == 0.0 for sign in signs)
