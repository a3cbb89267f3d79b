"""Text that stands where it should in both directions."""

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from ui.phrases import LANGUAGES, load_phrases
from ui.widgets.labels import Text

POINTS = [(language, number) for language in LANGUAGES for number in range(4)]


def rows_of_ink(label: Text) -> list[tuple[int, int]]:
    """Return first and last inked column of each line of text."""
    picture = label.grab().toImage().convertToFormat(QImage.Format.Format_Grayscale8)
    pixels = np.frombuffer(picture.constBits(), np.uint8).reshape(picture.height(), picture.bytesPerLine())[:, : picture.width()]
    inked = pixels < 128
    count = round(picture.height() / label.heightForWidth(100_000))
    lines, step = [], picture.height() // count
    for top in range(0, count * step, step):
        columns = np.where(inked[top : top + step].any(axis=0))[0]
        lines.append((int(columns[0]), int(columns[-1])))
    return lines


@pytest.mark.parametrize(("language", "number"), POINTS)
def test_lines_of_a_paragraph_begin_at_the_same_edge(qtbot: QtBot, language: str, number: int) -> None:
    phrases = load_phrases(language)
    label = Text()
    qtbot.addWidget(label)
    label.setStyleSheet("background: white; color: black; font-size: 24px; font-family: 'Noto Sans', 'Noto Sans Arabic';")
    label.setLayoutDirection(Qt.LayoutDirection.RightToLeft if phrases.right_to_left else Qt.LayoutDirection.LeftToRight)
    label.say(phrases.consent.points[number].text)
    label.ensurePolished()
    width = label.fontMetrics().horizontalAdvance(label.text()) * 2 // 3
    label.resize(width, label.heightForWidth(width))
    lines = rows_of_ink(label)
    assert len(lines) >= 2
    edges = [line[1] if phrases.right_to_left else line[0] for line in lines]
    assert max(edges) - min(edges) <= 4


def test_a_latin_name_stands_at_the_right_of_an_arabic_window(qtbot: QtBot) -> None:
    for wraps in (True, False):
        label = Text(wraps=wraps)
        qtbot.addWidget(label)
        label.setStyleSheet("background: white; color: black; font-size: 24px;")
        label.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
        label.say("ERIKSSON")
        label.resize(600, 40)
        picture = label.grab().toImage().convertToFormat(QImage.Format.Format_Grayscale8)
        pixels = np.frombuffer(picture.constBits(), np.uint8).reshape(picture.height(), picture.bytesPerLine())[:, : picture.width()]
        assert np.where((pixels < 128).any(axis=0))[0].min() > 300


def test_text_is_never_taken_for_markup(qtbot: QtBot) -> None:
    label = Text()
    qtbot.addWidget(label)
    assert label.textFormat() is Qt.TextFormat.PlainText
