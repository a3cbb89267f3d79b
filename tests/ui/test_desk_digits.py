"""One rule for digits at the desk: the language's own everywhere, but for what a machine reads or a person compares sign by sign."""

import re
from collections.abc import Iterable, Iterator

import pytest
from PySide6.QtWidgets import QAbstractButton, QComboBox, QLabel, QTableView, QWidget
from pytestqt.qtbot import QtBot

from kiosk.journey import states as st
from kiosk.policy import DEMO
from kiosk.trust.permissions import Role
from tests.ui.conftest import settle
from ui.bridge import Bridge
from ui.desk_panels.case_row import case_texts
from ui.desk_states import ROOM_STATES, bring_to, show_room
from ui.gallery_windows import SIGNING_IN
from ui.phrases import RESOURCES, load_phrases
from ui.present_desk import present_desk
from ui.receipt import receipt_text
from ui.receipt_paper import when_text
from ui.specimen_desk import desk_specimens, referred_overview
from ui.specimen_offices import receipt_facts
from ui.specimen_pictures import face_frame
from ui.specimens import NOW, StillStation

WESTERN = re.compile(r"(?<![0-9A-Za-z+-])[0-9][0-9.,:/%]*(?![0-9A-Za-z])")
"""Digits that belong to no word of Latin letters: `F12`, `TD1` and `D23145890` are names."""


def said_by(window: QWidget) -> Iterator[str]:
    """Yield what is shown: labels, buttons, lists of choices, tables."""
    for part in window.findChildren(QWidget):
        if not part.isVisible():
            continue
        if isinstance(part, QLabel | QAbstractButton):
            yield part.text()
        elif isinstance(part, QComboBox):
            for row in range(part.count()):
                yield part.itemText(row)
        elif isinstance(part, QTableView):
            model = part.model()
            for row in range(min(3, model.rowCount())):
                for column in range(model.columnCount()):
                    yield str(model.data(model.index(row, column)))


SIGN_BY_SIGN = (
    r"^I<UTO|^[0-9]{7}[FMX<]|^[A-Z]+<<",  # the lines a machine reads
    r"^12 Harbour Road, Zenith$|^UT12 0000 4711 0815$",  # an address and an account as they are written on paper
    r"^[123]$|\([12]\)$|^Ctrl\+1 … 6$",  # keys of the keyboard
    r"^0\.1\.0 · branch-1$|^[02]: |^\u2068.*\u2069 \(\u2068[A-Z].*\u2069\)",  # a version, the system's number of a camera, a model's name
    r"^12:9f31$|^5e55 1011",  # the log's own codes, a case's number
)
"""What stays as it is in every language: each names why."""


def western(texts: Iterable[str]) -> set[str]:
    return {text for text in texts if WESTERN.search(text) and not any(re.search(pattern, text, re.M) for pattern in SIGN_BY_SIGN)}


def test_every_page_of_the_arabic_desk_writes_arabic_digits(qtbot: QtBot) -> None:
    station = StillStation(st.Idle(), frame=face_frame())
    bridge = Bridge(station)
    window, _ = show_room(ROOM_STATES[0], bridge, "ar")
    qtbot.addWidget(window)
    window.show()
    rooms, found = window.rooms, {}
    assert rooms is not None
    for name in ROOM_STATES:
        bring_to(name, rooms, rooms.training.offices)  # type: ignore[arg-type]
        found[name] = western(said_by(window))
    rooms.came(Role.TELLER)
    for specimen in desk_specimens("ar"):
        if specimen.name not in SIGNING_IN:
            station.state, station.overview = specimen.state, specimen.overview
            window.refresh()
            settle()
            found[specimen.name] = western(said_by(window))
    bridge.stop()
    assert {name: texts for name, texts in found.items() if texts} == {}


def test_the_arabic_list_of_cases_and_receipt_write_arabic_digits() -> None:
    phrases = load_phrases("ar")
    lines = present_desk(st.Idle(), referred_overview(), NOW, DEMO).lines
    receipt = receipt_text(receipt_facts("ar"), when_text(NOW.wall, "ar"), phrases)
    said = [text for line in lines for text in case_texts(line, phrases)]
    said += [text for part in receipt.sections for text in (*part.points, *(value.reveal() for _, value in part.rows))]
    assert western(said) == set()


@pytest.mark.parametrize("file", ["phrases", "training"])
def test_no_arabic_sentence_holds_western_digits(file: str) -> None:
    lines = (RESOURCES / file / "ar.toml").read_text(encoding="utf-8").splitlines()
    sign_by_sign = ("phone-wrong = ", "phone = ", 'digits = "123"')
    texts = {line.partition(" = ")[2] for line in lines if not line.startswith(("#", *sign_by_sign))}
    assert western(texts) == set()
