"""Hands at the teller's window, and the cases they meet."""

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from kiosk.face.verdict import DifferentFace, SameFace
from kiosk.journey import events as ev
from kiosk.journey import states as st
from kiosk.journey.closing import Context
from kiosk.policy import DEMO
from kiosk.record import OverrideReason, StationFacts
from kiosk.risk.decision import StepUp
from kiosk.risk.policy_file import StepUpKind
from kiosk.values import Channel, StationClass
from tests.journey.build import CALM
from tests.ui.conftest import ShownDesk
from ui.specimens import (
    case,
    concluded,
    match_evidence,
)

SIZES = ((1280, 800), (1024, 600), (1920, 1080))
Desk = Callable[..., ShownDesk]
NEW = case(Channel.DESK, "en")
LEFT = Qt.MouseButton.LeftButton
GOOD = st.AwaitingDisposition(concluded(Channel.DESK, "en", doubtful=False, match=SameFace(match_evidence(0.957))))
BAD = st.AwaitingDisposition(concluded(Channel.DESK, "en", doubtful=False, match=DifferentFace(match_evidence(0.4))))
STEPPING_UP = st.AwaitingDisposition(replace(GOOD.case, recommendation=StepUp(StepUpKind.SUPERVISOR, ())))

CONTEXT = Context(DEMO, StationFacts("desk-1", "branch-1", StationClass.DEMO, "0.1.0", DEMO.version), CALM)


def dispositions(shown: ShownDesk) -> list[ev.Event]:
    return [event for event in shown.station.posted if isinstance(event, ev.DispositionMade)]


def decide(qtbot: QtBot, shown: ShownDesk, key: Qt.Key) -> None:
    """Press a decision's key, and once more not to wait out the time in which it can be taken back."""
    press(qtbot, shown, key)
    if shown.window.case.held.key:
        press(qtbot, shown, key)


def go_against(qtbot: QtBot, shown: ShownDesk, reason: OverrideReason, words: str, key: Qt.Key | None = None) -> None:
    """Pick and write why. key: of the decision, where the reasons are not known without it."""
    if key is not None:
        press(qtbot, shown, key)
    shown.window.case.decision.pick.pick(reason)
    type_text(qtbot, shown.window.case.decision.reason.line, words)


def press(qtbot: QtBot, shown: ShownDesk, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    qtbot.keyClick(shown.window.focusWidget() or shown.window, key, modifier)


def type_text(qtbot: QtBot, line: QLineEdit, text: str) -> None:
    line.setFocus()
    qtbot.keyClicks(line, text)
