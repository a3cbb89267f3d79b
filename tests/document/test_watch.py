"""Live guidance while a document is held up."""

import random
from collections.abc import Callable

import cv2
import numpy as np

from kiosk.actor.photographed import HeldCard, desk
from kiosk.actor.specimen import SpecimenDocument
from kiosk.document.reading import MrzLayout, PageHint, PageObservation
from kiosk.document.watch import observe_page
from kiosk.frame import Frame, Pixels
from kiosk.policy import BRANCH
from kiosk.values import Capture, Provenance

SIZE = (1280, 720)
Issue = Callable[..., SpecimenDocument]


def seen(pixels: Pixels, sequence: int, previous: PageObservation | None) -> PageObservation:
    frame = Frame(pixels, sequence, sequence * 33_000_000, Provenance(Capture.SIMULATION, "test"))
    return observe_page(frame, previous, BRANCH.document)


def held(issued: Issue, layout: MrzLayout = MrzLayout.TD1) -> HeldCard:
    return HeldCard(issued(layout, seed=2), SIZE, random.Random(2))


def test_a_card_held_still_is_ready_and_its_corners_are_found(issued: Issue) -> None:
    card = held(issued)
    first = seen(card.draw(desk(SIZE), 2.0), 0, None)
    second = seen(card.draw(desk(SIZE), 2.033), 1, first)
    assert second.hint is None
    assert second.ready
    assert second.quad is not None
    assert np.abs(np.array(second.quad) - card.corners(2.033)).max() < 14


def test_the_first_sight_is_never_ready(issued: Issue) -> None:
    first = seen(held(issued).draw(desk(SIZE), 2.0), 0, None)
    assert first.hint is PageHint.HOLD_STILL
    assert not first.ready


def test_a_moving_card_must_be_held_still(issued: Issue) -> None:
    frame = held(issued).draw(desk(SIZE), 2.0)
    first = seen(frame, 0, None)
    assert seen(np.roll(frame, 30, axis=1), 1, first).hint is PageHint.HOLD_STILL


def test_an_empty_desk_shows_no_page() -> None:
    observation = seen(desk(SIZE), 0, None)
    assert (observation.hint, observation.quad, observation.ready) == (PageHint.NO_PAGE, None, False)


def test_a_dark_frame_is_too_dark(issued: Issue) -> None:
    frame = held(issued).draw(desk(SIZE), 2.0)
    assert seen((frame * 0.12).astype(np.uint8), 0, None).hint is PageHint.TOO_DARK
    assert seen(np.zeros((720, 1280, 3), np.uint8), 0, None).hint is PageHint.TOO_DARK


def test_a_small_card_should_come_closer(issued: Issue) -> None:
    frame = desk(SIZE)
    near = held(issued).draw(desk(SIZE), 2.0)
    frame[180:450, 400:880] = cv2.resize(near, (480, 270), interpolation=cv2.INTER_AREA)
    assert seen(frame, 0, None).hint is PageHint.CLOSER


def test_a_reflection_over_the_card_is_named(issued: Issue) -> None:
    frame = held(issued).draw(desk(SIZE), 2.0).astype(np.float32)
    frame = np.clip(frame * 0.75, 0, 255)
    y, x = np.mgrid[0:720, 0:1280]
    lamp = np.exp(-(((x - 640) / 120.0) ** 2) - ((y - 330) / 100.0) ** 2) * 400
    glaring = np.clip(frame + lamp[..., None], 0, 255).astype(np.uint8)
    assert seen(glaring, 0, None).hint is PageHint.GLARE


def test_a_blurred_card_is_not_ready(issued: Issue) -> None:
    frame = np.asarray(cv2.GaussianBlur(held(issued).draw(desk(SIZE), 2.0), (0, 0), 6), np.uint8)
    first = seen(frame, 0, None)
    second = seen(frame, 1, first)
    assert not second.ready


def test_a_page_that_fills_the_frame_is_watched_by_its_mrz(issued: Issue) -> None:
    page = cv2.resize(issued(MrzLayout.TD3, seed=3).face, SIZE, interpolation=cv2.INTER_AREA)
    whole = np.asarray(page[:, 20:-20], np.uint8)
    frame = np.asarray(cv2.resize(whole, SIZE), np.uint8)
    first = seen(frame, 0, None)
    assert seen(frame, 1, first).ready


def test_where_light_is_reflected_on_a_page_is_said_in_the_frames_own_pixels(issued: Issue) -> None:
    page = cv2.resize(issued(MrzLayout.TD1, 1).face, (900, 567), interpolation=cv2.INTER_AREA)
    scene = np.full((720, 1280, 3), (58, 74, 96), np.uint8)
    scene[70:637, 190:1090] = page
    cv2.ellipse(scene, (800, 300), (90, 60), 0, 0, 360, (255, 255, 255), -1)
    shown = seen(scene, 1, None)
    assert shown.hint is PageHint.GLARE
    assert shown.glare is not None
    assert np.allclose(shown.glare, (710, 240, 890, 360), atol=14)


def test_a_page_seen_much_from_the_side_is_to_be_turned_to_the_camera(issued: Issue) -> None:
    page = issued(MrzLayout.TD1, 1).face
    height, width = page.shape[:2]
    start = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    end = np.array([[250, 60], [1000, 175], [1000, 545], [250, 660]], np.float32)
    matrix = cv2.getPerspectiveTransform(start, end)
    scene = np.full((720, 1280, 3), (58, 74, 96), np.uint8)
    card = cv2.warpPerspective(page, matrix, (1280, 720), flags=cv2.INTER_AREA)
    inside = cv2.warpPerspective(np.full((height, width), 255, np.uint8), matrix, (1280, 720)) > 127
    scene[inside] = card[inside]
    first = seen(scene, 1, None)
    second = seen(scene, 2, first)
    assert (second.hint, second.ready) == (PageHint.TILTED, False)
