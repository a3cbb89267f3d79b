"""The screen as a lamp: which half shines how, as the person in front of it sees it."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from kiosk.liveness.colours import COLOURS
from ui.theme import Face, load_theme
from ui.widgets.light_field import LightField


@pytest.mark.parametrize("direction", [Qt.LayoutDirection.LeftToRight, Qt.LayoutDirection.RightToLeft])
def test_the_left_half_shines_on_the_left_in_either_writing_direction(qtbot: QtBot, direction: Qt.LayoutDirection) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    window.setLayoutDirection(direction)
    window.resize(640, 400)
    field = LightField(load_theme(Face.BOOTH), window)
    field.setGeometry(window.rect())
    field.shine((COLOURS[0], COLOURS[1]), "")
    picture = field.grab().toImage()
    colours = [picture.pixelColor(x, 390).getRgb()[:3] for x in (2, 318, 321, 637)]
    assert colours == [COLOURS[0], COLOURS[0], COLOURS[1], COLOURS[1]]
    field.shine(None, "")
    assert field.shining is None
    assert field.isHidden()
