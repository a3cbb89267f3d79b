"""The rows of the list of cases: whatever the words, the language and the width, every word is there and in its place."""

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QFont, QImage, QPainter
from PySide6.QtWidgets import QListView
from pytestqt.qtbot import QtBot

from kiosk.policy import DEMO
from kiosk.values import Masked
from tests.ui.conftest import settle
from tests.ui.desk_hands import GOOD, Desk
from ui.desk_panels.case_list import CaseDelegate, CaseModel
from ui.desk_panels.case_row import SIDE, CaseRow, RowWriter, case_texts
from ui.desk_scenes import CaseLine
from ui.look import DeskLook
from ui.phrases import LANGUAGES, Phrases, load_phrases
from ui.present_desk import present_desk
from ui.specimen_desk import referred_overview
from ui.specimens import NOW
from ui.theme import desk_theme

WIDTHS = (214, 232, 282, 300, 420)
LONG_NAME = "WOLFESCHLEGELSTEINHAUSENBERGERDORFF " * 5 + "X" * 20


def lines_of(language: str) -> tuple[CaseLine, ...]:
    overview = referred_overview()
    lines = present_desk(GOOD, overview, NOW, DEMO).lines
    return (*lines, replace(lines[0], holder=Masked(LONG_NAME)))


def said(row: CaseRow) -> list[str]:
    """Return what is laid out, line for line put together again."""
    texts = []
    for block in row.blocks:
        text, words = block.words.text(), block.words
        lines = [words.lineAt(number) for number in range(words.lineCount())]
        texts.append("".join(text[line.textStart() : line.textStart() + line.textLength()] for line in lines))
    return texts


@pytest.mark.parametrize("large", [False, True], ids=["plain", "large"])
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_of_a_row_is_laid_out_within_it(qtbot: QtBot, language: str, width: int, large: bool) -> None:
    phrases, theme = load_phrases(language), desk_theme(DeskLook(large_text=large))
    writer = RowWriter(theme, phrases, shown_font(qtbot), width)
    for line in lines_of(language):
        row = writer.row(line)
        assert said(row) == [text for text in case_texts(line, phrases) if text]
        inside = QRectF(SIDE, 0, width - 2 * SIDE, row.height)
        for block in row.blocks:
            assert inside.contains(block.place), f"{block.words.text()} at {block.place}"
            widths = [block.words.lineAt(number).naturalTextWidth() for number in range(block.words.lineCount())]
            assert max(widths) <= block.place.width() + 0.5, block.words.text()


def shown_font(qtbot: QtBot) -> QFont:
    view = QListView()
    qtbot.addWidget(view)
    return view.font()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_words_of_a_row_lie_over_nothing_else_of_it(qtbot: QtBot, language: str) -> None:
    writer = RowWriter(desk_theme(DeskLook()), load_phrases(language), shown_font(qtbot), 232)
    for line in lines_of(language):
        places = [block.place.adjusted(0.5, 0.5, -0.5, -0.5) for block in writer.row(line).blocks]
        assert not [1 for number, one in enumerate(places) for other in places[number + 1 :] if one.intersects(other)]


def test_outcome_and_delivery_stand_side_by_side_only_where_both_have_room(qtbot: QtBot) -> None:
    phrases, theme = load_phrases("de"), desk_theme(DeskLook())
    line = lines_of("de")[0]

    def tops(width: int) -> tuple[float, float]:
        blocks = RowWriter(theme, phrases, shown_font(qtbot), width).row(line).blocks
        return blocks[2].place.top(), blocks[3].place.top()

    wide, narrow = tops(600), tops(110)
    assert wide[0] == wide[1]
    assert narrow[0] < narrow[1]


@pytest.mark.parametrize("size", [(1024, 600), (1280, 800), (1920, 1080)])
def test_the_list_gives_each_row_the_height_its_words_need(desk: Desk, qtbot: QtBot, size: tuple[int, int]) -> None:
    shown = desk(GOOD, size=size, language="es")
    shown.to(GOOD, referred_overview())
    settle()
    shown.window.resize(size[0] + 400, size[1])
    settle()
    view, model = shown.window.cases.view, shown.window.cases.model
    assert isinstance(view.itemDelegate(), CaseDelegate)
    theme, phrases = desk_theme(DeskLook()), load_phrases("es")
    writer = RowWriter(theme, phrases, view.font(), view.viewport().width())
    groups = [line.group for line in model.lines]
    for number, line in enumerate(model.lines):
        heading = theme.size("caption") + 13 if number == 0 or groups[number - 1] is not groups[number] else 0
        assert view.visualRect(model.index(number)).height() == writer.row(line).height + heading


def test_a_case_of_nobody_yet_says_so(qtbot: QtBot) -> None:
    phrases: Phrases = load_phrases("en")
    nameless = replace(lines_of("en")[0], holder=None)
    assert case_texts(nameless, phrases)[0].endswith("No name yet")
    assert case_texts(replace(nameless, holder=Masked("")), phrases)[0].endswith("No name yet")


@pytest.mark.parametrize("language", ["en", "ar"])
def test_the_count_of_a_group_stands_behind_its_name_in_both_directions_of_writing(qtbot: QtBot, language: str) -> None:
    """Only the figure differs between one case and two, so where the two headings differ, there it stands."""
    phrases, line = load_phrases(language), lines_of(language)[0]
    view = QListView()
    qtbot.addWidget(view)
    pictures = []
    for count in (1, 2):
        model = CaseModel()
        model.show_lines((line,) * count, phrases)
        picture = QImage(300, 30, QImage.Format.Format_Grayscale8)
        painter = QPainter(picture)
        CaseDelegate(desk_theme(DeskLook()), view)._paint_heading(painter, QRectF(0, 0, 300, 30), line, model)
        painter.end()
        pictures.append(np.array(picture.constBits(), np.uint8).reshape(30, picture.bytesPerLine())[:, :300])
    words = np.flatnonzero((pictures[0] != pictures[0][0, 0]).any(axis=0))
    figure = np.flatnonzero((pictures[0] != pictures[1]).any(axis=0))
    assert len(figure) > 0
    name_ends = words.min() if language == "ar" else words.max()
    assert abs(int(figure.mean()) - int(name_ends)) < 12
