"""Does the room fit the face: pictures that are held up sway against the room, screens have a light of their own."""

import cv2
import numpy as np

from kiosk.face.observed import FaceSeen, Sign
from kiosk.frame import Frame, Pixels
from kiosk.liveness.cue_table import CUES
from kiosk.liveness.cues import Cue, Gathered, conclude, gather
from kiosk.liveness.scene_cues import FLICKER, HELD_APART, SceneWatch
from kiosk.values import Capture, Provenance, ns
from tests.liveness.stage import replace, seen

FROM = Provenance(Capture.SIMULATION, "drawn")
SIZE = (640, 480)
FACE = (260.0, 180.0, 380.0, 320.0)


def texture(seed: int, width: int, height: int) -> Pixels:
    rough = np.random.default_rng(seed).integers(30, 220, (height // 10, width // 10, 3), np.uint8)
    return np.asarray(cv2.resize(rough, (width, height), interpolation=cv2.INTER_CUBIC), np.uint8)


ROOM, SHEET = texture(1, 900, 700), texture(2, 420, 420)


def face() -> FaceSeen:
    return replace(seen(1.0).faces[0], box=FACE, width_px=FACE[2] - FACE[0])


def cues_of(frames: list[Pixels], rate: float = 10.0) -> dict[str, Cue]:
    watch, gathered = SceneWatch(), tuple[Gathered, ...]()
    for number, pixels in enumerate(frames):
        gathered = gather(gathered, watch.look(Frame(pixels, number, ns(1 + number / rate), FROM), (face(),)))
    return {cue.name: cue for cue in conclude(gathered, CUES)}


def room(at: int, shake: float) -> Pixels:
    x, y = round(60 + shake * np.sin(at / 3)), round(60 + shake * np.cos(at / 4))
    return ROOM[y : y + SIZE[1], x : x + SIZE[0]].copy()


def held_up(at: int, sway: float) -> Pixels:
    """A picture with its own background before a room that stands still."""
    frame = room(0, 0.0)
    x, y = round(110 + sway * np.sin(at / 3)), round(30 + sway * np.cos(at / 4))
    frame[y : y + 420, x : x + 420] = SHEET
    return frame


def test_a_picture_that_is_held_up_sways_against_the_room() -> None:
    cue = cues_of([held_up(at, 9.0) for at in range(50)])[HELD_APART]
    assert (cue.weight, cue.seen) == (-2.5, "held up")


def test_a_room_that_stands_and_a_camera_that_shakes_speak_against_nobody() -> None:
    for shake in (0.0, 12.0):
        cue = cues_of([room(at, shake) for at in range(50)])[HELD_APART]
        assert (cue.weight, cue.seen) == (0.0, "of the room")


def test_a_plain_wall_says_nothing() -> None:
    wall = np.full((SIZE[1], SIZE[0], 3), 170, np.uint8)
    assert HELD_APART not in cues_of([wall] * 50)


def test_a_face_with_a_light_of_its_own_flickers_and_one_lit_by_the_room_does_not() -> None:
    def lit(at: int, own: float, everywhere: float) -> Pixels:
        frame = room(0, 0.0).astype(np.float32) * (1 + everywhere * (-1) ** (at // 2))
        frame[180:320, 260:380] *= 1 + own * (-1) ** (at // 2)
        return np.asarray(frame.clip(0, 255), np.uint8)

    flickering = cues_of([lit(at, 0.15, 0.0) for at in range(60)])[FLICKER]
    steady = cues_of([lit(at, 0.0, 0.15) for at in range(60)])[FLICKER]
    assert (flickering.weight < -1.0, flickering.seen) == (True, "flickers")
    assert (steady.weight, steady.seen) == (0.0, "as the room")


def test_odd_frames_and_boxes_leave_no_sign_and_raise_nothing() -> None:
    watch = SceneWatch()
    odd = [(float("nan"),) * 4, (-900.0, -900.0, -800.0, -800.0), (630.0, 470.0, 5000.0, 5000.0), (10.0, 10.0, 10.0, 10.0)]
    signs: list[Sign] = []
    for number in range(40):
        pixels = room(number, 3.0) if number % 3 else np.zeros((2 + number, 5 + number, 3), np.uint8)
        signs += watch.look(Frame(pixels, number, ns(1 + number / 4), FROM), (replace(face(), box=odd[number % 4]),))
    assert all(np.isfinite(sign.value) for sign in signs)


def test_it_forgets() -> None:
    watch = SceneWatch()
    watch.look(Frame(room(0, 0.0), 0, ns(1.0), FROM), (face(),))
    watch.forget()
    assert watch._first is None
