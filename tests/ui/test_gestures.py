"""The drawn figure points to the customer's own side, as a mirror shows it, in every language."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QImage
from pytestqt.qtbot import QtBot

from kiosk.liveness.challenge import ChallengeKind
from ui.scenes import Gesture
from ui.theme import Face, load_theme
from ui.widgets.gestures import GestureFigure, head_posture, still_phase
from ui.wording import gesture_of

THEME = load_theme(Face.BOOTH)


def arrow_side(figure: GestureFigure) -> float:
    """Return where the arrow stands: below 0.5 on the left of the screen."""
    picture = figure.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    pixels = np.frombuffer(picture.constBits(), np.uint8).reshape(picture.height(), picture.bytesPerLine() // 4, 4)[:, : picture.width()]
    wanted = QColor(THEME.colour("focus"))
    columns = np.where(np.all(np.abs(pixels[:, :, 2::-1].astype(int) - [wanted.red(), wanted.green(), wanted.blue()]) < 12, axis=2))[1]
    assert columns.size > 0
    return float(columns.mean()) / picture.width()


@pytest.mark.parametrize("direction", [Qt.LayoutDirection.LeftToRight, Qt.LayoutDirection.RightToLeft])
@pytest.mark.parametrize(("kind", "on_the_left"), [(ChallengeKind.TURN_LEFT, True), (ChallengeKind.TURN_RIGHT, False)])
def test_the_arrow_points_to_the_customers_own_side(
    qtbot: QtBot, kind: ChallengeKind, on_the_left: bool, direction: Qt.LayoutDirection
) -> None:
    figure = GestureFigure(THEME, reduced_motion=True)
    qtbot.addWidget(figure)
    figure.setLayoutDirection(direction)
    figure.resize(320, 240)
    figure.show_gesture(gesture_of(kind))
    assert (arrow_side(figure) < 0.5) is on_the_left


@given(st.floats(min_value=0, max_value=1))
def test_the_head_never_turns_to_the_other_side(phase: float) -> None:
    assert head_posture(Gesture.TURN_LEFT, phase).turned <= 0
    assert head_posture(Gesture.TURN_RIGHT, phase).turned >= 0
    assert head_posture(Gesture.BLINK, phase).turned == 0


def test_a_still_figure_shows_the_deed_itself() -> None:
    assert head_posture(Gesture.TURN_LEFT, still_phase(Gesture.TURN_LEFT)).turned == -1
    assert head_posture(Gesture.TURN_RIGHT, still_phase(Gesture.TURN_RIGHT)).turned == 1
    assert head_posture(Gesture.BLINK, still_phase(Gesture.BLINK)).lids == 1


def test_every_loop_begins_and_ends_at_rest() -> None:
    for gesture in Gesture:
        for phase in (0.0, 1.0):
            posture = head_posture(gesture, phase)
            assert (posture.turned, posture.lids) == (0, 0)


def test_reduced_motion_moves_nothing(qtbot: QtBot) -> None:
    figure = GestureFigure(THEME, reduced_motion=True)
    qtbot.addWidget(figure)
    figure.show()
    assert not figure._timer.isActive()


def test_a_hidden_figure_costs_nothing(qtbot: QtBot) -> None:
    figure = GestureFigure(THEME)
    qtbot.addWidget(figure)
    figure.show()
    assert figure._timer.isActive()
    figure.hide()
    assert not figure._timer.isActive()
