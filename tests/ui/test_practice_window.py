"""The practice window says on every screen that nothing goes anywhere, and what there is to practise."""

import re

import pytest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from kiosk.journey import states as st
from kiosk.policy import DEMO
from kiosk.record import Decision
from kiosk.station.overview import StationOverview
from kiosk.values import Capture, Channel, OperatorId, StationClass
from tests.ui.conftest import clipped_texts, settle
from tests.ui.desk_hands import GOOD
from ui.bridge import Bridge
from ui.desk import DeskWindow
from ui.desk_rooms.day import _difference_text
from ui.desk_scenes import CaseGroup, DeskScene, EndedView
from ui.phrases import LANGUAGES, load_phrases
from ui.practice import Exercise, people
from ui.present_desk import present_desk
from ui.scenes import Words
from ui.specimen_desk import OpenDesk, practised_overview
from ui.specimens import NOW, StillStation, finished

DECIDED = finished(Channel.DESK, "en", st.Decided(Decision.REFER))


def practised(state: st.State, overview: StationOverview | None = None) -> DeskScene:
    return present_desk(state, overview or practised_overview(), NOW, DEMO, practice=True)


@pytest.mark.parametrize("decision", Decision)
def test_after_a_practice_decision_no_record_is_said_to_go_anywhere(decision: Decision) -> None:
    view = practised(finished(Channel.DESK, "en", st.Decided(decision))).view
    assert isinstance(view, EndedView)
    said = load_phrases("en").say(view.next_step)
    assert "on its way" not in said
    assert "Nothing is sent anywhere" in said


def test_a_case_that_was_not_decided_says_in_practice_what_it_says_at_the_desk() -> None:
    cancelled = finished(Channel.DESK, "en", st.Cancelled())
    assert practised(cancelled).view == present_desk(cancelled, practised_overview(), NOW, DEMO).view


def test_nothing_waits_for_a_bank_in_practice() -> None:
    scene = practised(DECIDED)
    assert {line.group for line in scene.lines} == {CaseGroup.PRACTISED}
    assert {(line.delivery, line.detail, line.can_retry) for line in scene.lines} == {(Words("delivery.practice"), None, False)}
    assert scene.station.bank == Words("bank.practice")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_practice_window_fits_in_every_language(qtbot: QtBot, language: str) -> None:
    station = StillStation(st.Idle(), practised_overview())
    bridge = Bridge(station)
    window = practice_window(bridge, language, OperatorId("learner"))
    qtbot.addWidget(window)
    window.resize(1024, 600)
    window.new_case.exercises.tell(frozenset({Exercise.UNDO}))
    window.show()
    settle()
    assert clipped_texts(window) == []
    station.state = DECIDED
    window.refresh()
    settle()
    assert clipped_texts(window) == []
    bridge.stop()


def test_the_exercises_are_named_with_what_was_done_and_only_in_practice(qtbot: QtBot) -> None:
    bridge = Bridge(StillStation(st.Idle()))
    window = practice_window(bridge, "en", OperatorId("learner"))
    qtbot.addWidget(window)
    window.show()
    exercises = window.new_case.exercises
    assert not exercises.isVisible()
    exercises.tell(frozenset({Exercise.UNDO}))
    names = [label.accessibleName() for label in exercises.findChildren(QLabel) if label.accessibleName()]
    assert [name.rsplit(": ", 1)[1] for name in names if ": " in name] == ["to come", "done", "to come", "to come"]
    bridge.stop()


def test_what_is_taken_back_by_hand_is_counted_and_nothing_else(qtbot: QtBot) -> None:
    bridge = Bridge(StillStation(GOOD))
    window = practice_window(bridge, "en", OperatorId("learner"))
    qtbot.addWidget(window)
    window.show()
    held = window.case.held
    window.case.decision.buttons[Decision.APPROVE].click()
    held.undo.click()
    assert held.taken_back == 1
    window.case.decision.buttons[Decision.APPROVE].click()
    window.lock()
    assert held.taken_back == 1
    bridge.stop()


def test_the_names_of_practice_stand_on_its_sign_in_page(qtbot: QtBot) -> None:
    bridge = Bridge(StillStation(st.Idle()))
    window = practice_window(bridge, "en", None)
    qtbot.addWidget(window)
    window.show()
    window.sign_in.tell(people(("learner", "one", "111111"), ("supervisor", "two", "222222")))
    said = " ".join(label.text() for label in window.sign_in.findChildren(QLabel) if label.isVisible())
    assert re.findall(r"[12]{6}", said) == ["111111", "222222"]
    bridge.stop()


def practice_window(bridge: Bridge, language: str, operator: OperatorId | None) -> DeskWindow:
    return DeskWindow(
        bridge,
        OpenDesk(),
        station_class=StationClass.DEMO,
        capture=Capture.SIMULATION,
        language=language,
        operator=operator,
        practice=True,
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_day_says_of_a_practised_case_that_it_went_nowhere(language: str) -> None:
    phrases = load_phrases(language)
    assert _difference_text("not-sent", "practice", phrases) == phrases.text("difference.practised")
    assert _difference_text("not-sent", "no-connection", phrases) != phrases.text("difference.practised")
