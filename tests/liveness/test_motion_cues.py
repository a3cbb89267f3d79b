"""A loop and a frozen picture are told from a person who sways, at several frame rates."""

import numpy as np
import pytest
from numpy.typing import NDArray

from kiosk.face.observed import Sign
from kiosk.frame import Frame
from kiosk.liveness.cue_table import CUES
from kiosk.liveness.cues import Cue, Gathered, conclude, gather
from kiosk.liveness.motion_cues import REPETITION, STILLNESS, MotionWatch
from kiosk.values import Capture, Provenance, ns
from tests.liveness.stage import replace, seen

SOURCE = Provenance(Capture.SIMULATION, "numbers")
NOTHING = np.zeros((4, 4, 3), np.uint8)
SHAPE = np.random.default_rng(5).uniform(-150, 150, (478, 3)).astype(np.float32)
SHAPE[[234, 454], :2] = (-100, 0), (100, 0)
Path = NDArray[np.float64]


def wandering(frames: int, fps: float, seed: int = 1, face_widths: float = 0.02) -> Path:
    """(frames, 2): where a living head is, in face widths: slow waves that do not come again."""
    rng = np.random.default_rng(seed)
    at = np.arange(frames)[:, None] / fps
    rates, phases = rng.uniform(0.1, 1.3, (8, 2)), rng.uniform(0, 6.3, (8, 2))
    return sum(np.sin(2 * np.pi * rates[i] * at + phases[i]) for i in range(8)) * face_widths / 4  # type: ignore[no-any-return]


def cues_of(path: Path, fps: float, noise_px: float = 0.05, start: int = 0) -> dict[str, Cue]:
    rng = np.random.default_rng(2)
    watch, gathered = MotionWatch(), tuple[Gathered, ...]()
    for number, place in enumerate(path, start):
        points = SHAPE + rng.normal(0, noise_px, SHAPE.shape) + [*(300 + 200 * place), 0]
        face = replace(seen(1.0).faces[0], landmarks=points.astype(np.float32))
        gathered = gather(gathered, watch.look(Frame(NOTHING, number, ns(1 + number / fps), SOURCE), (face,)))
    return {cue.name: cue for cue in conclude(gathered, CUES)}


@pytest.mark.parametrize("fps", [10.0, 25.0, 30.0])
def test_somebody_who_sways_is_no_loop_and_not_still(fps: float) -> None:
    cues = cues_of(wandering(int(10 * fps), fps), fps)
    assert cues[REPETITION].weight == 0
    assert cues[STILLNESS].weight == 0


@pytest.mark.parametrize("fps", [10.0, 25.0, 30.0])
def test_two_seconds_played_four_times_are_a_loop_though_noise_was_put_over_them(fps: float) -> None:
    cues = cues_of(np.tile(wandering(int(2 * fps), fps), (4, 1)), fps)
    assert cues[REPETITION].weight <= -4
    assert cues[REPETITION].seen == "repeats"


def test_one_picture_with_noise_is_still() -> None:
    assert cues_of(np.zeros((150, 2)), 25.0)[STILLNESS].weight <= -4


def test_a_gap_and_a_person_who_leaves_are_forgotten() -> None:
    watch = MotionWatch()
    face = replace(seen(1.0).faces[0], landmarks=SHAPE)
    signs: list[Sign] = []
    for number in range(60):
        # every fortieth of a second, but a second is missing after each tenth frame
        at = 1 + number / 40 + number // 10
        signs += watch.look(Frame(NOTHING, number, ns(at), SOURCE), (face,))
    assert signs == []


def test_landmarks_that_are_no_numbers_say_nothing() -> None:
    face = replace(seen(1.0).faces[0], landmarks=np.full((478, 3), np.nan, np.float32))
    assert MotionWatch().look(Frame(NOTHING, 1, ns(1), SOURCE), (face,)) == ()
    assert MotionWatch().look(Frame(NOTHING, 1, ns(1), SOURCE), ()) == ()
