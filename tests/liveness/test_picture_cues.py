"""Cues of single pictures and the network's cue, on drawn pictures whose truth is plain."""

import cv2
import numpy as np

from kiosk.face.observed import FaceSeen
from kiosk.frame import Frame, Pixels
from kiosk.liveness import picture_cues, spoof_net
from kiosk.liveness.cue_table import CUES
from kiosk.liveness.cues import Cue, FrameDetector, Gathered, conclude, gather
from kiosk.liveness.picture_cues import BORDERS, GLOW, SKIN_COLOUR, PictureWatch, green_over_red, straight_lines
from kiosk.liveness.spoof_net import NetWatch
from kiosk.values import Capture, Provenance, ns
from tests.liveness.stage import replace, seen

SOURCE = Provenance(Capture.SIMULATION, "numbers")
BOX = (260.0, 140.0, 380.0, 300.0)
SKIN = (110, 140, 190)


def room(*, frame: bool = False, skin: tuple[int, int, int] = SKIN, glow: bool = False) -> Pixels:
    """An oval of skin before a soft wall, framed like a tablet or not."""
    picture = np.full((480, 640, 3), 90, np.uint8)
    picture += np.linspace(0, 60, 640).astype(np.uint8)[None, :, None]
    if frame:
        cv2.rectangle(picture, (200, 70), (440, 400), (10, 10, 10), 12)
    cv2.ellipse(picture, (320, 220), (60, 80), 0, 0, 360, skin, -1)
    if glow:
        cv2.ellipse(picture, (320, 220), (45, 40), 0, 0, 360, (255, 255, 255), -1)
    return picture


def cues_of(detector: FrameDetector, picture: Pixels, fps: float = 10.0, count: int = 40, width: float = 120.0) -> dict[str, Cue]:
    face: FaceSeen = replace(seen(1.0).faces[0], box=BOX, width_px=width)
    gathered: tuple[Gathered, ...] = ()
    for number in range(count):
        gathered = gather(gathered, detector.look(Frame(picture, number, ns(1 + number / fps), SOURCE), (face,)))
    return {cue.name: cue for cue in conclude(gathered, CUES)}


def test_a_frame_around_a_face_is_a_border_and_a_plain_wall_is_none() -> None:
    assert straight_lines(room(), BOX) == 0.0
    assert straight_lines(room(frame=True), BOX) > 1.8
    assert cues_of(PictureWatch(), room(frame=True))[BORDERS].weight < -0.5
    assert cues_of(PictureWatch(), room())[BORDERS].weight >= 0.0


def test_a_face_that_is_blown_out_glows() -> None:
    assert cues_of(PictureWatch(), room(glow=True))[GLOW].weight < -1.0
    assert cues_of(PictureWatch(), room())[GLOW].weight >= 0.0


def test_blood_makes_skin_of_every_shade_red() -> None:
    for shade in (0.25, 0.5, 1.0, 1.3):
        assert green_over_red(room(skin=tuple(int(min(part * shade, 255)) for part in SKIN))[150:290, 280:360]) < -0.2  # type: ignore[arg-type]
    blue = cues_of(PictureWatch(), room(skin=(200, 180, 150)))
    assert blue[SKIN_COLOUR].weight < -1.0
    assert cues_of(PictureWatch(), room())[SKIN_COLOUR].weight >= 0.0


def test_a_face_at_the_edge_of_the_picture_or_outside_says_nothing_and_breaks_nothing() -> None:
    for box in ((-200.0, -200.0, -80.0, -40.0), (630.0, 470.0, 760.0, 640.0), (0.0, 0.0, 0.5, 0.5)):
        face = replace(seen(1.0).faces[0], box=box, width_px=120.0)
        PictureWatch().look(Frame(room(), 1, ns(1), SOURCE), (face,))
    assert PictureWatch().look(Frame(room(), 1, ns(1), SOURCE), ()) == ()


def test_the_network_is_asked_five_times_a_second_and_judged_by_its_worse_answers() -> None:
    asked: list[int] = []

    def mostly_sure(pixels: Pixels, box: tuple[float, float, float, float]) -> tuple[float, float]:
        asked.append(1)
        return (0.01, 0.01) if len(asked) % 4 == 0 else (0.99, 0.99)

    cue = cues_of(NetWatch(mostly_sure), room(), fps=30.0, count=300)[spoof_net.NAME]
    assert 45 <= len(asked) <= 51
    assert cue.weight < -3.0 and cue.seen == "print or screen"
    assert cues_of(NetWatch(lambda *_: (0.99, 0.99)), room())[spoof_net.NAME].weight > 0


def test_a_face_too_small_for_the_network_gives_no_cue() -> None:
    assert cues_of(NetWatch(lambda *_: (0.0, 0.0)), room(), width=30.0) == {}


def test_every_cue_has_a_row_and_names_its_attack() -> None:
    names = [row.name for row in CUES]
    assert len(names) == len(set(names))
    assert {spoof_net.NAME, picture_cues.BORDERS, picture_cues.GLOW, picture_cues.SKIN_COLOUR} <= set(names)
    assert all(row.attack for row in CUES)
