"""What the face models see in a portrait whose content we know."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from kiosk.face.print_average import similarity
from kiosk.frame import Pixels
from models.face_finder import Tile, tiles_for
from models.face_reader import FaceReader, NoFace, PortraitPrint, main_face


def mirror(image: Pixels) -> Pixels:
    return np.ascontiguousarray(image[:, ::-1])


def placed(image: Pixels, side_px: int, x: int, y: int, canvas: tuple[int, int] = (1280, 720)) -> Pixels:
    """Return a gray frame (width, height) with the picture, `side_px` square, at (x, y)."""
    frame = np.full((canvas[1], canvas[0], 3), 128, np.uint8)
    frame[y : y + side_px, x : x + side_px] = cv2.resize(image, (side_px, side_px), interpolation=cv2.INTER_AREA)
    return frame


def test_the_finder_finds_the_one_face_of_the_portrait(faces: FaceReader, astronaut: Pixels) -> None:
    (found,) = faces.finder.find(astronaut)
    centre = ((found.box[0] + found.box[2]) / 2, (found.box[1] + found.box[3]) / 2)
    assert centre == pytest.approx((223, 132), abs=15)
    right_eye, left_eye = found.keypoints[0], found.keypoints[1]
    assert right_eye[0] < left_eye[0]


def test_an_empty_wall_has_no_face(faces: FaceReader) -> None:
    wall = np.full((720, 1280, 3), 128, np.uint8)
    assert faces.observe(wall) == ()
    assert faces.portrait_print(wall) == NoFace()


@pytest.mark.parametrize("size", [(1, 1), (1, 400), (400, 1), (7, 5)])
def test_a_picture_too_small_for_a_face_has_none(faces: FaceReader, size: tuple[int, int]) -> None:
    assert faces.portrait_print(np.zeros((*size, 3), np.uint8)) == NoFace()


def test_the_mesh_reads_open_eyes_and_a_frontal_head(faces: FaceReader, astronaut: Pixels) -> None:
    (face,) = faces.observe(astronaut)
    assert 0.2 < face.eyes.right < 0.4
    assert 0.2 < face.eyes.left < 0.4
    assert abs(face.pose.yaw_deg) < 8
    assert abs(face.pose.pitch_deg) < 10
    assert face.width_px == pytest.approx(91, abs=5)
    assert face.landmarks.shape == (478, 3)


def test_the_right_eyes_landmarks_lie_left_in_the_picture(faces: FaceReader, astronaut: Pixels) -> None:
    (face,) = faces.observe(astronaut)
    assert face.landmarks[33, 0] < face.landmarks[133, 0] < face.landmarks[362, 0] < face.landmarks[263, 0]


def test_mirroring_the_picture_turns_and_tilts_the_head_the_other_way(faces: FaceReader, astronaut: Pixels) -> None:
    turned = np.ascontiguousarray(cv2.warpAffine(astronaut, cv2.getRotationMatrix2D((223, 132), -15, 1), (512, 512)))
    (face,) = faces.observe(turned)
    (mirrored,) = faces.observe(mirror(turned))
    assert face.pose.roll_deg > 10
    assert mirrored.pose.roll_deg < -10
    assert mirrored.pose.yaw_deg == pytest.approx(-face.pose.yaw_deg, abs=4)
    assert mirrored.eyes.left == pytest.approx(face.eyes.right, abs=0.05)


def test_the_mirrored_portraits_print_is_the_same_persons(faces: FaceReader, astronaut: Pixels) -> None:
    (face,) = faces.observe(astronaut)
    (mirrored,) = faces.observe(mirror(astronaut))
    of_face = faces.print_of(astronaut, face)
    of_mirrored = faces.print_of(mirror(astronaut), mirrored)
    assert of_face.shape == (faces.printer.length,)
    assert float(np.linalg.norm(of_face)) == pytest.approx(1.0, abs=1e-5)
    assert similarity(of_face, of_mirrored) > 0.99


def test_a_smaller_darker_copy_keeps_its_print(faces: FaceReader, astronaut: Pixels) -> None:
    copy = (placed(astronaut, 500, 100, 50) * 0.6).astype(np.uint8)
    whole, smaller = faces.portrait_print(astronaut), faces.portrait_print(copy)
    assert isinstance(whole, PortraitPrint)
    assert isinstance(smaller, PortraitPrint)
    assert similarity(whole.face_print, smaller.face_print) > 0.97


def test_a_face_the_finder_would_miss_in_the_whole_frame_is_found_in_tiles(faces: FaceReader, astronaut: Pixels) -> None:
    card = placed(astronaut, 260, 900, 380)
    assert faces.finder.find(card) == ()
    best = faces.finder.find_small(card, 40)[0]
    assert 980 < best.box[0] < best.box[2] < 1050
    portrait = faces.portrait_print(card)
    assert isinstance(portrait, PortraitPrint)
    assert portrait.face.width_px == pytest.approx(46, abs=5)
    assert 900 < portrait.face.box[0] < 1160


@pytest.mark.parametrize("margin", [0, 8, 60])
def test_a_portrait_cut_out_tightly_keeps_its_print(faces: FaceReader, astronaut: Pixels, margin: int) -> None:
    whole = faces.portrait_print(astronaut)
    assert isinstance(whole, PortraitPrint)
    x0, y0, x1, y1 = (round(edge) for edge in whole.face.box)
    cut = faces.portrait_print(astronaut[max(y0 - margin, 0) : y1 + margin, x0 - margin : x1 + margin])
    assert isinstance(cut, PortraitPrint)
    assert similarity(cut.face_print, whole.face_print) > 0.98
    assert cut.faces_found == 1


def test_the_larger_of_two_faces_is_the_portrait(faces: FaceReader, astronaut: Pixels) -> None:
    card = placed(astronaut, 700, 20, 10)
    card[300:560, 900:1160] = placed(mirror(astronaut), 260, 900, 300)[300:560, 900:1160]
    portrait = faces.portrait_print(card)
    assert isinstance(portrait, PortraitPrint)
    assert portrait.face.box[2] < 720


def test_following_a_face_gives_the_same_landmarks_as_finding_it(faces: FaceReader, astronaut: Pixels) -> None:
    first = faces.observe(astronaut)
    second = faces.observe(astronaut, first)
    third = faces.observe(astronaut, second)
    assert len(third) == 1
    assert float(np.abs(third[0].landmarks[:, :2] - second[0].landmarks[:, :2]).mean()) < 1.0


def test_a_face_that_leaves_is_no_longer_seen(faces: FaceReader, astronaut: Pixels) -> None:
    seen = faces.observe(placed(astronaut, 700, 300, 10))
    assert len(seen) == 1
    assert faces.observe(np.full((720, 1280, 3), 128, np.uint8), seen) == ()


def test_a_second_face_is_noticed_within_five_frames_and_stays_noticed(faces: FaceReader, astronaut: Pixels) -> None:
    alone = placed(astronaut, 640, 20, 40)
    joined = alone.copy()
    joined[40:680, 640:1280] = placed(mirror(astronaut), 640, 640, 40)[40:680, 640:1280]
    seen = faces.observe(alone)
    assert len(seen) == 1
    counts = []
    for _ in range(8):
        seen = faces.observe(joined, seen)
        counts.append(len(seen))
    assert 2 in counts[:5]
    assert counts[5:] == [2, 2, 2]


def test_a_closer_look_at_a_nose_is_no_second_face(faces: FaceReader, astronaut: Pixels) -> None:
    large = np.asarray(cv2.resize(astronaut[40:220, 130:310], (720, 720), interpolation=cv2.INTER_CUBIC), np.uint8)
    assert len(faces.faces_in(large, 60)) == 1


def test_a_chip_of_another_size_is_refused(faces: FaceReader) -> None:
    with pytest.raises(ValueError, match="expected 150 x 150"):
        faces.printer.prints_of([np.zeros((112, 112, 3), np.uint8)])


def test_no_chips_make_no_prints(faces: FaceReader) -> None:
    assert faces.printer.prints_of([]).shape == (0, faces.printer.length)


def test_tiles_cover_every_pixel_at_every_level() -> None:
    covered = np.zeros((720, 1280), int)
    for tile in tiles_for(1280, 720, 60):
        assert 0 <= tile.x0 < tile.x1 <= 1280
        assert 0 <= tile.y0 < tile.y1 <= 720
        covered[tile.y0 : tile.y1, tile.x0 : tile.x1] += 1
    assert covered.min() >= 3
    assert tiles_for(1280, 720, 60)[0] == Tile(0, 0, 1280, 720)


def test_a_large_face_needs_one_tile_and_an_impossible_one_is_refused() -> None:
    assert tiles_for(1280, 720, 400) == (Tile(0, 0, 1280, 720),)
    with pytest.raises(ValueError, match="wider than 0"):
        tiles_for(1280, 720, 0)


@pytest.mark.parametrize(
    ("width_px", "score", "is_main"), [(130.0, 0.55, False), (130.0, 0.99, True), (200.0, 0.9, True), (90.0, 0.99, False)]
)
def test_print_taken_for_a_wider_face_does_not_replace_the_portraits(
    width_px: float, score: float, is_main: bool, faces: FaceReader, astronaut: Pixels
) -> None:
    (seen,) = faces.observe(astronaut)
    portrait, other = replace(seen, width_px=100.0, score=0.98), replace(seen, width_px=width_px, score=score)
    assert (main_face((other, portrait)) is other) == is_main
    assert (main_face((portrait, other)) is other) == is_main
