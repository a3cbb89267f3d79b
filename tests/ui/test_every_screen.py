"""Every screen of the booth in every language, look and size: nothing cut off, nothing over something else, no sign the fonts lack.

The whole of it is slow; one size and look in every language are in test_booth.py.
"""

from collections.abc import Callable
from dataclasses import replace
from itertools import combinations, product

import pytest
from PySide6.QtCore import QRect
from PySide6.QtGui import QTextLayout
from PySide6.QtWidgets import QAbstractButton, QLabel, QLineEdit, QWidget

from kiosk.journey import states as st
from kiosk.journey.contact import ContactDraft, ContactField
from kiosk.values import Capture, Channel, Masked, StationClass
from tests.ui.conftest import Shown, clipped_texts, settle
from ui.booth import BoothWindow
from ui.bridge import Bridge
from ui.look import PLAIN, Look
from ui.phrases import LANGUAGES
from ui.specimens import StillStation, booth_specimens, case
from ui.speech import SpeechDispatcher

Booth = Callable[..., Shown]
SIZES = ((1280, 800), (1024, 600), (1920, 1080), (800, 1280), (1080, 1920), (3840, 2160))
LOOKS = {"plain": PLAIN, "high-contrast": Look(high_contrast=True), "large-text": Look(large_text=True)}
MATRIX = list(product(LANGUAGES, LOOKS, SIZES))


def told_apart(window: QWidget) -> list[str]:
    """Return which visible texts and controls lie over one another; what lies within another is not over it."""
    parts = [
        part
        for part in window.findChildren(QWidget)
        if isinstance(part, QLabel | QAbstractButton | QLineEdit) and part.isVisible() and shows(part)
    ]
    places = [(part, QRect(part.mapTo(window, part.rect().topLeft()), part.size()).adjusted(2, 2, -2, -2)) for part in parts]
    return [
        f"{name_of(one)} over {name_of(other)}"
        for (one, here), (other, there) in combinations(places, 2)
        if here.intersects(there) and not one.isAncestorOf(other) and not other.isAncestorOf(one) and not beneath(one, other)
    ]


def shows(part: QWidget) -> bool:
    return not isinstance(part, QLabel) or bool(part.text()) or not part.pixmap().isNull()


def name_of(part: QWidget) -> str:
    return f"{type(part).__name__} '{getattr(part, 'text', str)()}'"


def beneath(one: QWidget, other: QWidget) -> bool:
    """A hint lies over the live picture by design, and what covers the window lies over everything."""
    covers = {"IdleVeil", "PrivacyVeil", "LightField"}
    return any(type(above).__name__ in covers for part in (one, other) for above in above_of(part))


def above_of(part: QWidget) -> list[QWidget]:
    found, above = [], part.parentWidget()
    while above is not None:
        found.append(above)
        above = above.parentWidget()
    return found


def lacking(window: QWidget) -> list[str]:
    """Return the visible texts with a sign no font here can draw."""
    found = []
    for label in window.findChildren(QLabel):
        text = label.text()
        if not label.isVisible() or not text:
            continue
        layout = QTextLayout(text, label.font())
        layout.beginLayout()
        while layout.createLine().isValid():
            pass
        layout.endLayout()
        if any(0 in run.glyphIndexes() for run in layout.glyphRuns()):
            found.append(text)
    return found


@pytest.mark.slow
@pytest.mark.parametrize(("language", "look", "size"), MATRIX, ids=lambda value: str(value).replace(" ", ""))
def test_nothing_is_cut_off_covered_or_missing(booth: Booth, language: str, look: str, size: tuple[int, int]) -> None:
    station = StillStation(st.Idle())
    bridge = Bridge(station)
    window = BoothWindow(
        bridge, station_class=StationClass.DEMO, capture=Capture.SIMULATION, language=language, reduced_motion=True, look=LOOKS[look]
    )
    window.resize(*size)
    window.show()
    found = []
    for specimen in booth_specimens(language):
        station.state, station.overview = specimen.state, specimen.overview
        window.refresh()
        settle()
        assert window.size().toTuple() == size
        found += [f"{specimen.name}: {text}" for text in (*clipped_texts(window), *told_apart(window), *lacking(window))]
    bridge.stop()
    window.close()
    window.deleteLater()
    assert found == []


STRANGE = {
    "two hundred letters": "W" * 200,
    "two hundred Arabic letters": "ش" * 200,
    "a script no font here has": "\U00012000\U00012001\U0001e900 12",
    "both directions": "12 شارع Harbour الميناء 7B",
    "marks without letters": "\u0301\u0302\u0303" * 40,
}


@pytest.mark.parametrize("size", [(1280, 800), (1024, 600), (800, 1280)])
@pytest.mark.parametrize("text", STRANGE.values(), ids=STRANGE)
def test_whatever_stands_in_the_address_nothing_moves_and_it_stays_what_it_is(booth: Booth, text: str, size: tuple[int, int]) -> None:
    plain = st.TakingContact(case(Channel.BOOTH, "en"), ContactDraft(address=Masked("12 Harbour Road")), ContactField.ADDRESS)
    shown = booth(plain, size=size)
    settle()
    before = shown.window.contact.line.geometry()
    shown.to(st.Idle())
    shown.to(replace(plain, draft=ContactDraft(address=Masked(text))))
    settle()
    assert shown.window.contact.line.geometry() == before
    assert shown.window.contact.line.text() == text
    assert clipped_texts(shown.window) == []
    assert shown.window.size().toTuple() == size
    shown.window.grab()


def test_a_voice_that_cannot_speak_harms_nothing() -> None:
    voice = SpeechDispatcher()
    voice._program = "/nowhere/spd-say"
    voice.say("anything", "en")
    voice.hush()


def test_where_there_is_no_voice_none_is_offered(booth: Booth, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert not SpeechDispatcher().can_speak()
    assert "spoken" not in booth(st.Idle()).window.comforts.buttons
