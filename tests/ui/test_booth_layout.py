"""How the booth is laid out: every scene in every language fits, runs in the right direction, and is marked as what it is."""

from collections.abc import Callable
from typing import get_args

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from kiosk.journey import states as st
from kiosk.values import Capture, Channel, StationClass
from tests.ui.conftest import Shown, clipped_texts, settle
from ui.phrases import LANGUAGES
from ui.scenes import BoothScene, Gesture, Words
from ui.specimens import booth_specimens, case, page_frame, showing
from ui.widgets.banner import banner_words

SIZES = ((1280, 800), (1024, 600), (1920, 1080), (800, 1280))
LAID_OUT = [(language, size) for language in LANGUAGES for size in SIZES if size in (SIZES[1], SIZES[3]) or language in ("en", "ar")]
"""The smallest screen and the upright one in every language, the others in both directions of writing."""
Booth = Callable[..., Shown]
NEW = case(Channel.BOOTH, "en")
LEFT = Qt.MouseButton.LeftButton


@pytest.mark.parametrize(("language", "size"), LAID_OUT, ids=str)
def test_no_text_of_any_scene_is_cut_off(booth: Booth, qtbot: QtBot, language: str, size: tuple[int, int]) -> None:
    shown = booth(st.Idle(), language=language, size=size)
    found = []
    for specimen in booth_specimens(language):
        shown.to(specimen.state, specimen.overview)
        settle()
        found += [f"{specimen.name}: {text}" for text in clipped_texts(shown.window)]
        assert shown.window.size().toTuple() == size
    assert found == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_scene_paints_something_else(booth: Booth, qtbot: QtBot, language: str) -> None:
    shown = booth(st.Idle(), language=language, size=(1024, 600))
    pictures: dict[bytes, str] = {}
    for specimen in booth_specimens(language):
        shown.station.frame = specimen.frame
        shown.to(specimen.state, specimen.overview)
        settle()
        shown.bridge.look.emit()
        picture = shown.window.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
        drawn = bytes(picture.constBits())
        assert drawn not in pictures, f"{specimen.name} looks like {pictures.get(drawn)}"
        pictures[drawn] = specimen.name


@pytest.mark.parametrize("language", LANGUAGES)
def test_larger_text_is_not_cut_off_either(booth: Booth, qtbot: QtBot, language: str) -> None:
    shown = booth(st.AskingConsent(case(Channel.BOOTH, language)), language=language)
    qtbot.mouseClick(shown.window.comfort, LEFT)
    qtbot.mouseClick(shown.window.comforts.buttons["large_text"], LEFT)
    found = []
    for specimen in booth_specimens(language):
        if not isinstance(specimen.state, st.Idle):  # there the next customer's own look begins
            shown.to(specimen.state, specimen.overview)
            settle()
            found += [f"{specimen.name}: {text}" for text in clipped_texts(shown.window)]
            assert shown.window.size().toTuple() == SIZES[0]
    assert found == []


def test_arabic_mirrors_the_window_and_english_does_not(booth: Booth) -> None:
    english, arabic = booth(st.AskingConsent(NEW)), booth(st.AskingConsent(case(Channel.BOOTH, "ar")), language="ar")
    assert english.window.layoutDirection() is Qt.LayoutDirection.LeftToRight
    assert arabic.window.layoutDirection() is Qt.LayoutDirection.RightToLeft

    def middle(widget: QWidget, window: QWidget) -> float:
        return widget.mapTo(window, widget.rect().center()).x() / window.width()

    assert middle(english.window.cancel, english.window) < 0.5 < middle(english.window.consent.agree, english.window)
    assert middle(arabic.window.consent.agree, arabic.window) < 0.5 < middle(arabic.window.cancel, arabic.window)


def test_a_document_is_not_mirrored_and_a_face_is(booth: Booth) -> None:
    window = booth(st.Idle()).window
    assert not window.document.camera._mirrored
    assert window.face.camera._mirrored


@pytest.mark.parametrize(
    ("capture", "station_class", "words"),
    [
        (Capture.LIVE_CAMERA, StationClass.PRODUCTION, None),
        (Capture.LIVE_CAMERA, StationClass.QA, Words("banner.class", (("class", Words("station-class.qa")),))),
        (Capture.RECORDING, StationClass.PRODUCTION, Words("banner.recording")),
        (Capture.SIMULATION, StationClass.DEMO, Words("banner.simulation")),
    ],
)
def test_only_a_live_camera_on_a_production_station_goes_without_a_banner(
    capture: Capture, station_class: StationClass, words: Words | None
) -> None:
    assert banner_words(capture, station_class) == words


def test_the_banner_is_on_every_screen_of_a_station_that_is_not_real(booth: Booth) -> None:
    shown = booth(st.Idle())
    for specimen in booth_specimens("en"):
        shown.to(specimen.state, specimen.overview)
        assert shown.window.banner.isVisible()
        assert shown.window.banner.width() == shown.window.width()


def test_every_figure_of_the_booth_is_shown_by_some_scene(booth: Booth) -> None:
    shown, seen = booth(st.Idle()), set()
    for specimen in booth_specimens("en"):
        window = shown.to(specimen.state, specimen.overview)
        seen |= {page.figure.gesture for page in (window.document, window.face) if page.isVisible()}
    assert seen == set(Gesture)


def test_every_kind_of_scene_has_its_own_page(booth: Booth) -> None:
    shown, pages = booth(st.Idle()), set()
    for specimen in booth_specimens("en"):
        shown.to(specimen.state, specimen.overview)
        pages.add(shown.window._stack.currentWidget())
    assert len(pages) == len(get_args(BoothScene))


def test_a_larger_screen_gets_larger_type_without_losing_the_scene(booth: Booth, qtbot: QtBot) -> None:
    shown = booth(showing(NEW))
    small = shown.window.document.headline.fontInfo().pixelSize()
    shown.station.frame = page_frame()
    shown.window.resize(2560, 1600)
    settle()
    assert shown.window.document.isVisible()
    assert shown.window.document.headline.fontInfo().pixelSize() == 2 * small
