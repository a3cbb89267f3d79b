"""Every screen of the desk in every language, look and size: nothing cut off, nothing over something else, no sign the fonts lack.

The whole of it is slow; the looks in one language, and every language in one look, are quick.
"""

from itertools import combinations, product

import pytest
from PySide6.QtCore import QRect
from PySide6.QtWidgets import QAbstractButton, QLabel, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from kiosk.journey import states as st
from kiosk.trust.permissions import Role
from kiosk.values import Capture, StationClass
from tests.ui.conftest import clipped_texts, settle
from tests.ui.test_every_screen import above_of, lacking, name_of, shows
from ui.bridge import Bridge
from ui.desk import DeskWindow
from ui.desk_states import ROOM_STATES, bring_to, show_room
from ui.gallery_windows import SIGNING_IN, desk_window, show_enrolment
from ui.look import DESK_LOOKS, DeskLook, Paint, desk_look
from ui.phrases import LANGUAGES
from ui.specimen_desk import OpenDesk, desk_specimens, practice_specimens
from ui.specimen_pictures import face_frame
from ui.specimens import StillStation
from ui.theme import contrast, desk_theme, pairs

SIZES = ((1280, 800), (1024, 600), (1920, 1080))
QUICK = [("en", look, (1280, 800)) for look in DESK_LOOKS] + [("de", DeskLook(Paint.DARK, large_text=True), (1024, 600))]
SHOWN = (QLabel, QAbstractButton, QLineEdit)


def wrong_with(window: DeskWindow) -> list[str]:
    return [*clipped_texts(window), *over_one_another(window), *lacking(window)]


def over_one_another(window: DeskWindow) -> list[str]:
    """Return which visible texts and controls lie over one another. What a scroll area hides of them lies over nothing."""
    parts = [part for part in window.findChildren(QWidget) if isinstance(part, SHOWN) and part.isVisible() and shows(part)]
    places = [(part, place) for part in parts if (place := seen_of(part, window).adjusted(2, 2, -2, -2)).isValid()]
    return [
        f"{name_of(one)} over {name_of(other)}"
        for (one, here), (other, there) in combinations(places, 2)
        if here.intersects(there) and not one.isAncestorOf(other) and not other.isAncestorOf(one)
    ]


def seen_of(part: QWidget, window: DeskWindow) -> QRect:
    seen = QRect(part.mapTo(window, part.rect().topLeft()), part.size())
    for above in above_of(part):
        seen &= QRect(above.mapTo(window, above.rect().topLeft()), above.size())
    return seen


def look_at_all(qtbot: QtBot, language: str, look: DeskLook, size: tuple[int, int]) -> list[str]:
    """Return what is wrong with any page beside the cases, any case, and signing in."""
    station = StillStation(st.Idle(), frame=face_frame())
    bridge = Bridge(station)
    window, _ = show_room(ROOM_STATES[0], bridge, language)
    show(qtbot, window, look, size)
    rooms, found = window.rooms, []
    assert rooms is not None
    for name in ROOM_STATES:
        bring_to(name, rooms, rooms.training.offices)  # type: ignore[arg-type]
        if window.size().toTuple() != size:
            found.append(f"{name}: grew to {window.size().toTuple()}")
            window.resize(*size)
        found += [f"{name}: {text}" for text in wrong_with(window)]
    rooms.came(Role.TELLER)
    for specimen in desk_specimens(language):
        if specimen.name not in SIGNING_IN:
            station.state, station.overview = specimen.state, specimen.overview
            window.refresh()
            settle()
            found += [f"{specimen.name}: {text}" for text in grown(window, size)]
            found += [f"{specimen.name}: {text}" for text in wrong_with(window)]
    leave(window, bridge)
    return [*found, *look_at_signing_in(qtbot, language, look, size)]


def look_at_signing_in(qtbot: QtBot, language: str, look: DeskLook, size: tuple[int, int]) -> list[str]:
    bridge = Bridge(StillStation(st.Idle()))
    window = DeskWindow(bridge, OpenDesk(), station_class=StationClass.DEMO, capture=Capture.SIMULATION, language=language)
    show(qtbot, window, look, size)
    found = [f"sign-in: {text}" for text in wrong_with(window)]
    for codes in (False, True):
        show_enrolment(window, codes=codes)
        settle()
        found += [f"enrolling: {text}" for text in wrong_with(window)]
    leave(window, bridge)
    return [*found, *look_at_practice(qtbot, language, look, size)]


def look_at_practice(qtbot: QtBot, language: str, look: DeskLook, size: tuple[int, int]) -> list[str]:
    found = []
    for specimen in practice_specimens(language):
        bridge = Bridge(StillStation(specimen.state, specimen.overview))
        window = desk_window(specimen, bridge, language)
        show(qtbot, window, look, size)
        found += [f"{specimen.name}: {text}" for text in (*grown(window, size), *wrong_with(window))]
        leave(window, bridge)
    return found


def grown(window: DeskWindow, size: tuple[int, int]) -> list[str]:
    """Return the size a window grew to for a page that needs more, and make it what it was."""
    now = window.size().toTuple()
    window.resize(*size)
    return [] if now == size else [f"the window grew to {now}"]


def show(qtbot: QtBot, window: DeskWindow, look: DeskLook, size: tuple[int, int]) -> None:
    qtbot.addWidget(window)
    window.wear(look)
    window.resize(*size)
    window.show()
    settle()


def leave(window: DeskWindow, bridge: Bridge) -> None:
    bridge.stop()
    window.close()


@pytest.mark.parametrize(("language", "look", "size"), QUICK, ids=lambda value: getattr(value, "code", str(value)).replace(" ", ""))
def test_nothing_is_cut_off_covered_or_missing_in_any_look(qtbot: QtBot, language: str, look: DeskLook, size: tuple[int, int]) -> None:
    assert look_at_all(qtbot, language, look, size) == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("language", "look", "size"),
    list(product(LANGUAGES, DESK_LOOKS, SIZES)),
    ids=lambda value: getattr(value, "code", str(value)).replace(" ", ""),
)
def test_nothing_is_cut_off_covered_or_missing_anywhere(qtbot: QtBot, language: str, look: DeskLook, size: tuple[int, int]) -> None:
    assert look_at_all(qtbot, language, look, size) == []


@pytest.mark.parametrize("paint", Paint)
def test_every_ink_can_be_read_on_its_paper(paint: Paint) -> None:
    theme = desk_theme(DeskLook(paint))
    outlines = {"line-strong", "focus", "seen"}
    for pair in pairs():
        least = 7.0 if paint is Paint.HIGH_CONTRAST else 3.0 if pair.ink in outlines else max(4.5, pair.least)
        assert contrast(theme.colour(pair.ink), theme.colour(pair.paper)) >= least, pair


def test_larger_text_is_a_fifth_larger_and_its_buttons_with_it() -> None:
    plain, large = desk_theme(DeskLook()), desk_theme(DeskLook(large_text=True))
    for name in ("body", "caption", "button", "headline", "button-height"):
        assert large.size(name) == pytest.approx(plain.size(name) * 1.2, abs=0.6)


@pytest.mark.parametrize("look", DESK_LOOKS, ids=lambda look: look.code)
def test_a_look_is_kept_as_a_code_and_comes_back(look: DeskLook) -> None:
    assert desk_look(look.code) == look


def test_a_code_nobody_knows_is_the_plain_look() -> None:
    assert desk_look("violet") == DeskLook() == desk_look("")
