"""The live picture: where things lie in it, which way round, and that it forgets."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot

from kiosk.frame import Frame
from kiosk.values import Capture, Provenance
from ui.camera_view import CameraView, placement, scaled_for_screen
from ui.theme import Face, load_theme
from ui.watch import UiWatch

SOURCE = Provenance(Capture.SIMULATION, "test")
SIDES = st.integers(min_value=2, max_value=4000)


def frame_of(pixels: np.ndarray, sequence: int = 0) -> Frame:  # type: ignore[type-arg]
    return Frame(np.ascontiguousarray(pixels, dtype=np.uint8), sequence, 0, SOURCE)


def red_left_blue_right() -> Frame:
    pixels = np.zeros((72, 128, 3), np.uint8)
    pixels[:, :64] = (0, 0, 255)
    pixels[:, 64:] = (255, 0, 0)
    return frame_of(pixels)


class Source:
    def __init__(self, frame: Frame | None) -> None:
        self.frame = frame

    def __call__(self) -> Frame | None:
        return self.frame


def shown(qtbot: QtBot, source: Source, *, mirrored: bool, fills: bool, size: tuple[int, int] = (320, 180)) -> CameraView:
    view = CameraView(load_theme(Face.BOOTH), source, mirrored=mirrored, fills=fills, watch=UiWatch())
    qtbot.addWidget(view)
    view.resize(*size)
    view.show()
    view.look()
    return view


def colour_at(view: CameraView, x: float, y: float) -> QColor:
    picture = view.grab().toImage()
    return picture.pixelColor(round(x * picture.width()), round(y * picture.height()))


@pytest.mark.parametrize(("mirrored", "left"), [(False, "#ff0000"), (True, "#0000ff")])
def test_mirroring_swaps_left_and_right_and_colours_are_true(qtbot: QtBot, mirrored: bool, left: str) -> None:
    view = shown(qtbot, Source(red_left_blue_right()), mirrored=mirrored, fills=True)
    assert colour_at(view, 0.25, 0.5).name() == left


@given(SIDES, SIDES, SIDES, SIDES)
def test_the_whole_picture_fits_inside_the_view_in_its_own_shape(width: int, height: int, view_w: int, view_h: int) -> None:
    lies = placement((width, height), (view_w, view_h), fills=False)
    place = lies.place
    assert lies.part == (0.0, 0.0, 1.0, 1.0)
    assert 1 <= place.width() <= view_w
    assert 1 <= place.height() <= view_h
    assert abs(place.width() - view_w) <= 1 or abs(place.height() - view_h) <= 1


@given(SIDES, SIDES, SIDES, SIDES)
def test_a_filled_view_shows_the_middle_of_the_picture_undistorted(width: int, height: int, view_w: int, view_h: int) -> None:
    x0, y0, x1, y1 = placement((width, height), (view_w, view_h), fills=True).part
    assert 0 <= x0 < x1 <= 1
    assert 0 <= y0 < y1 <= 1
    assert (x0 + x1, y0 + y1) == pytest.approx((1, 1))
    assert (x1 - x0) * width * view_h == pytest.approx((y1 - y0) * height * view_w, rel=1e-6)


def test_a_point_of_the_picture_is_drawn_where_it_is_seen(qtbot: QtBot) -> None:
    for mirrored, share in ((False, 0.25), (True, 0.75)):
        view = shown(qtbot, Source(red_left_blue_right()), mirrored=mirrored, fills=True)
        lies = placement((128, 72), (320, 180), fills=True)
        assert view._at(0.25, 0.5, lies).x() == pytest.approx(share * 320)


def test_the_outline_of_a_page_is_drawn_where_the_page_is(qtbot: QtBot) -> None:
    view = shown(qtbot, Source(frame_of(np.full((72, 128, 3), 90))), mirrored=False, fills=False)
    view.show_page(((0.25, 0.25), (0.75, 0.25), (0.75, 0.75), (0.25, 0.75)))
    seen = QColor(load_theme(Face.BOOTH).colour("seen"))
    assert colour_at(view, 0.25, 0.5).name() == seen.name()
    assert colour_at(view, 0.1, 0.5).name() == "#5a5a5a"


def test_a_newer_frame_replaces_the_older(qtbot: QtBot) -> None:
    source = Source(frame_of(np.full((72, 128, 3), 10)))
    view = shown(qtbot, source, mirrored=False, fills=True)
    assert colour_at(view, 0.5, 0.5).red() == 10
    source.frame = frame_of(np.full((72, 128, 3), 200), sequence=1)
    view.look()
    assert colour_at(view, 0.5, 0.5).red() == 200


def test_without_a_picture_the_view_says_so(qtbot: QtBot) -> None:
    view = shown(qtbot, Source(None), mirrored=False, fills=True)
    view.say_when_dark("No picture")
    stage = QColor(load_theme(Face.BOOTH).colour("stage"))
    assert colour_at(view, 0.05, 0.5).name() == stage.name()


def test_forgetting_overwrites_what_was_shown(qtbot: QtBot) -> None:
    source = Source(frame_of(np.full((72, 128, 3), 200)))
    view = shown(qtbot, source, mirrored=False, fills=True)
    view.grab()
    canvas = view._canvas
    assert canvas is not None
    source.frame = None
    view.forget()
    assert not canvas.any()
    assert colour_at(view, 0.5, 0.5).red() < 40


def test_a_hidden_view_takes_no_frames(qtbot: QtBot) -> None:
    taken: list[int] = []

    def latest() -> Frame | None:
        taken.append(1)
        return None

    view = CameraView(load_theme(Face.BOOTH), latest, mirrored=True, fills=True, watch=UiWatch())
    qtbot.addWidget(view)
    view.look()
    assert taken == []


@pytest.mark.parametrize("size", [(1, 1), (1, 4000), (4000, 1), (3, 2)])
def test_a_picture_of_any_shape_can_be_shown(size: tuple[int, int]) -> None:
    width, height = size
    for fills in (True, False):
        lies = placement(size, (320, 180), fills=fills)
        pixels = np.zeros((height, width, 3), np.uint8)
        drawn = scaled_for_screen(pixels, lies.part, (lies.place.width(), lies.place.height()), mirrored=True)
        assert drawn.shape == (lies.place.height(), lies.place.width(), 4)
