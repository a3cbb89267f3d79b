"""No code of the program stands on the desk: every finding, sign, class and reason is said in the language of the window."""

from dataclasses import replace

import pytest
from pytestqt.qtbot import QtBot

from kiosk.document.portrait_edit import EditSign
from kiosk.document.reading import Finding, FindingCode, Weight
from kiosk.journey import states as st
from kiosk.settings import KEY_STORES as CONFIGURED
from kiosk.trust.day_book import DifferenceKind
from kiosk.values import Capture, Channel, Masked, StationClass
from kiosk.vault.audit import BrokenBecause
from ui.desk_panels.rows import CheckRows
from ui.look import DeskLook
from ui.phrases import LANGUAGES, load_phrases
from ui.present_evidence import document_panel
from ui.scenes import Words
from ui.specimen_offices import OpenOffices
from ui.specimens import NOW, case, read_document
from ui.theme import desk_theme
from ui.widgets.banner import banner_words
from ui.wording import BROKEN, DIFFERENCES, FAMILIES, KEY_STORES, known_words

OTHER_SCRIPTS = ("ar", "hi", "zh")
"""Languages in whose words no code can hide."""
SEEN = {
    FindingCode.PORTRAIT_EDITED: ", ".join(EditSign),
    FindingCode.SCREEN_RECAPTURE: "3.2 px",
    FindingCode.GRAY_COPY: "4.1",
    FindingCode.MRZ_PRINTING: "0.71, 0.33",
    FindingCode.GHOST_PORTRAIT: "0.52",
    FindingCode.NOT_YET_ISSUED: "2031-04-16",
}
"""What the looks at the picture write down beside their findings."""


@pytest.mark.parametrize("weight", [Weight.DOUBTS, Weight.CONTRADICTS])
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_finding_is_said_in_words(qtbot: QtBot, language: str, weight: Weight) -> None:
    found = tuple(Finding(code, weight, "portrait", 0.7, Masked(SEEN.get(code, ""))) for code in FindingCode)
    read = replace(read_document(), findings=found)
    state = st.PreparingFace(replace(case(Channel.DESK, language), document=read), NOW.monotonic_ns)
    phrases, rows = load_phrases(language), CheckRows(desk_theme(DeskLook()))
    qtbot.addWidget(rows)
    rows.show_checks(document_panel(state, read).checks, phrases)
    said = [f"{text.text()} {word.text()}" for _, text, word in rows._rows]
    assert len(said) == len(FindingCode)
    codes = {*EditSign, *FindingCode, "px", "0.71", "0.52", "4.1", "2031-04-16"}
    for text in said:
        words = set(text.replace(":", " ").replace(",", " ").replace("\u00b7", " ").split())
        assert not words & {code for code in codes if language in OTHER_SCRIPTS or not code.isalpha()}, text


@pytest.mark.parametrize("language", OTHER_SCRIPTS)
@pytest.mark.parametrize("family", [name for name, _ in FAMILIES])
def test_every_code_has_words_of_the_languages_own_script(family: str, language: str) -> None:
    phrases = load_phrases(language)
    named = {"TD1", "TD2", "TD3", "MRVA", "MRVB"}
    for code in dict(FAMILIES)[family]:
        said = phrases.texts[f"{family}.{code}"]
        assert any(ord(sign) > 0x24F for sign in said) or code in named or family == "contact-example", f"{family}.{code}: {said}"


def test_the_codes_the_screen_names_are_those_there_are() -> None:
    assert set(BROKEN) == {str(because) for because in BrokenBecause}
    assert {*KEY_STORES, "auto"} == set(CONFIGURED)
    assert set(DIFFERENCES) - {"practised"} == {str(kind) for kind in DifferenceKind}


def test_a_code_of_a_newer_version_is_shown_as_it_is() -> None:
    assert known_words("broken", "moth-eaten") == Words("field.other", (("about", "moth-eaten"),))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_banner_names_a_stations_class_in_words(language: str) -> None:
    words = banner_words(Capture.LIVE_CAMERA, StationClass.QA)
    assert words is not None
    said = load_phrases(language).say(words)
    assert "(qa)" not in said


@pytest.mark.parametrize("agrees", [True, False])
def test_a_days_figures_agree_with_its_differences(agrees: bool) -> None:
    book = OpenOffices(agrees=agrees).day(NOW.wall.date())
    kinds = [str(one.kind) for one in book.differences]
    assert book.opened == book.kept + book.ended + kinds.count("vanished")
    assert book.kept == book.receipted + kinds.count("set-aside") + kinds.count("not-sent")
    assert book.receipted <= book.sent <= book.kept
