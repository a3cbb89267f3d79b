"""The desk's other pages: each fits in every language, is reached by keyboard, shown to its role alone, and forgets when it is left."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QAbstractItemView, QComboBox, QLabel, QLineEdit, QScrollArea
from pytestqt.qtbot import QtBot

from kiosk.faults import PracticeUnavailable
from kiosk.journey import states as st
from kiosk.journey.events import ServiceEnded
from kiosk.trust.permissions import Role
from kiosk.trust.presence import SignedIn
from kiosk.values import Capture, OperatorId, StationClass
from tests.ui.conftest import clipped_texts, pixels_within
from tests.ui.desk_hands import GOOD
from ui.bridge import Bridge
from ui.desk import DeskWindow
from ui.desk_states import ROOM_STATES, answer, bring_to, settle, show_room
from ui.look import DeskLook, Paint
from ui.phrases import LANGUAGES, load_phrases
from ui.rooms import Room, rooms_of
from ui.specimen_desk import OpenDesk, busy_overview, kept_rows
from ui.specimen_offices import OpenOffices
from ui.specimen_pictures import NOW, face_frame
from ui.specimens import SESSION, StillStation, finished
from ui.training_words import load_training_words

SIZES = ((1280, 800), (1024, 600))
CTRL = Qt.KeyboardModifier.ControlModifier


class Shown:
    def __init__(self, qtbot: QtBot, role: Role = Role.SUPERVISOR, state: st.State | None = None, **offices: bool) -> None:
        self.qtbot = qtbot
        self.station = StillStation(state or st.Idle(), busy_overview(), frame=face_frame())
        self.bridge = Bridge(self.station)
        self.offices = OpenOffices(**offices)  # type: ignore[arg-type]
        self.desk = OpenDesk()
        self.window = DeskWindow(
            self.bridge,
            self.desk,
            station_class=StationClass.DEMO,
            capture=Capture.SIMULATION,
            operator=OperatorId("m.lind"),
            role=role,
            offices=self.offices,
        )
        assert self.window.rooms is not None
        self.rooms = self.window.rooms
        qtbot.addWidget(self.window)
        self.window.resize(1280, 800)
        self.window.show()
        with qtbot.waitActive(self.window):
            self.window.activateWindow()
        settle(self.bridge)

    def press(self, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        self.qtbot.keyClick(self.window.focusWidget() or self.window, key, modifier)
        settle(self.bridge)

    def tabs(self) -> list[Room]:
        return [room for room, tab in self.rooms.tabs.items() if tab.isVisible()]


@pytest.fixture
def shown(qtbot: QtBot) -> Iterator[Shown]:
    made = Shown(qtbot)
    yield made
    made.bridge.stop()


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_of_any_page_is_cut_off(qtbot: QtBot, language: str, size: tuple[int, int]) -> None:
    found, nameless = [], []
    bridge = Bridge(StillStation(st.Idle(), frame=face_frame()))
    window, _ = show_room(ROOM_STATES[0], bridge, language)
    qtbot.addWidget(window)
    window.resize(*size)
    window.show()
    assert window.rooms is not None
    for name in ROOM_STATES:
        bring_to(name, window.rooms, window.rooms.training.offices)  # type: ignore[arg-type]
        found += [f"{name}: {text}" for text in clipped_texts(window)]
        nameless += [f"{name}: {control}" for control in nameless_controls(window)]
        assert window.size().toTuple() == size, name
    bridge.stop()
    assert found == []
    assert nameless == []


def nameless_controls(window: DeskWindow) -> list[str]:
    """Return what can take the keyboard and tells a screen reader nothing."""
    kinds = (QAbstractButton, QLineEdit, QComboBox, QAbstractItemView, QScrollArea)
    found = []
    for kind in kinds:
        for control in window.findChildren(kind):
            if not control.isVisible() or control.focusPolicy() is Qt.FocusPolicy.NoFocus:
                continue
            inside_a_box = (
                isinstance(control.parentWidget(), QComboBox) or type(control.parentWidget()).__name__ == "QComboBoxPrivateContainer"
            )
            if not inside_a_box and not control.accessibleName() and not (isinstance(control, QAbstractButton) and control.text()):
                found.append(type(control).__name__)
    return found


@pytest.mark.parametrize("role", Role)
def test_each_role_is_shown_its_own_pages(role: Role) -> None:
    expected = {
        Role.TELLER: ["cases", "training"],
        Role.SUPERVISOR: ["cases", "queue", "day", "training"],
        Role.COMPLIANCE_OFFICER: ["cases", "log", "training"],
        Role.AUDITOR: ["log", "training"],
        Role.ADMINISTRATOR: ["station", "training"],
        Role.ANALYST: ["training"],
        Role.BOOTH: [],
    }
    assert [str(room) for room in rooms_of(role)] == expected[role]


def test_pages_are_turned_by_keyboard_and_the_case_list_comes_back(shown: Shown) -> None:
    assert shown.tabs() == [Room.CASES, Room.QUEUE, Room.DAY, Room.TRAINING]
    for key, page in ((Qt.Key.Key_2, shown.rooms.queue), (Qt.Key.Key_3, shown.rooms.day), (Qt.Key.Key_4, shown.rooms.training)):
        shown.press(key, CTRL)
        assert page.isVisible()
        assert not shown.window.cases.isVisible()
    shown.press(Qt.Key.Key_6, CTRL)
    assert shown.rooms.training.isVisible()
    shown.press(Qt.Key.Key_1, CTRL)
    assert shown.window.cases.isVisible()
    assert shown.window.new_case.isVisible()


def test_an_auditor_begins_with_the_log_and_sees_no_cases(qtbot: QtBot) -> None:
    shown = Shown(qtbot, Role.AUDITOR)
    assert shown.rooms.log.isVisible()
    assert not shown.window.cases.isVisible()
    shown.bridge.stop()


def test_an_override_is_reviewed_by_f8_and_ones_own_cannot_be(shown: Shown) -> None:
    shown.press(Qt.Key.Key_2, CTRL)
    shown.press(Qt.Key.Key_F8)
    assert shown.offices.reviews == [SESSION]
    assert len(shown.rooms.queue.table.rows.rows) == 1
    assert not shown.rooms.queue.review.isEnabled()
    shown.press(Qt.Key.Key_F8)
    assert shown.offices.reviews == [SESSION]


def test_the_day_is_closed_and_another_day_is_turned_to(shown: Shown) -> None:
    today = NOW.wall.astimezone().date()
    shown.press(Qt.Key.Key_3, CTRL)
    shown.press(Qt.Key.Key_F3)
    assert shown.rooms.day._date.text() == load_phrases("en").locale.long_day(today - timedelta(days=1))
    shown.press(Qt.Key.Key_F4)
    shown.press(Qt.Key.Key_F4)
    assert shown.rooms.day._date.text() == load_phrases("en").locale.long_day(today), "there is no tomorrow yet"
    shown.press(Qt.Key.Key_F8)
    assert shown.offices.closed == [date(today.year, today.month, today.day)]
    assert "m.lind" in shown.rooms.day._closed.text()


def test_the_log_is_searched_and_a_broken_line_is_named(qtbot: QtBot) -> None:
    shown = Shown(qtbot, Role.AUDITOR)
    log = shown.rooms.log
    every = len(log.table.rows.rows)
    qtbot.keyClicks(log.search, "denied berg")
    assert 0 < len(log.table.rows.rows) < every
    shown.press(Qt.Key.Key_F8)
    assert log._says.text().startswith("NOT as it was written: line 117 (altered)")
    shown.bridge.stop()


def test_another_camera_is_chosen_and_the_picture_is_judged(qtbot: QtBot) -> None:
    shown = Shown(qtbot, Role.ADMINISTRATOR)
    page = shown.rooms.station
    for _ in range(32):
        shown.bridge.look.emit()
    assert page._signs["light"][1].text().startswith("Light: ")
    assert page._signs["focus"][1].text().startswith("Focus: ")
    page.chooser.setCurrentIndex(1)
    shown.press(Qt.Key.Key_F8)
    assert shown.offices.chosen == [2]
    shown.window.lock()
    assert pixels_within(shown.window) == []
    shown.bridge.stop()


def test_whoever_needs_a_certificate_is_led_to_the_lessons_and_then_let_go(qtbot: QtBot) -> None:
    """The whole way by keyboard: lessons, pictures, test, certificate, work."""
    shown = Shown(qtbot, Role.TELLER, due=True)
    training = shown.rooms.training
    assert shown.tabs() == []
    assert training.isVisible()
    assert training._certificate.text().startswith("Your role needs a valid certificate.")
    for number in range(len(training._lessons)):
        buttons = list(training.lesson_buttons.values())
        buttons[number].setFocus()
        shown.press(Qt.Key.Key_Return)
        shown.press(Qt.Key.Key_Return)
        for picture in shown.offices.spot_pictures() if training.spotting.isVisible() else ():
            shown.press(Qt.Key.Key_1 if picture.genuine else Qt.Key.Key_2)
            shown.press(Qt.Key.Key_Return)
    assert shown.offices.lessons == {"capture", "forgery", "phishing", "privacy"}
    training.exam_button.setFocus()
    shown.press(Qt.Key.Key_Return)
    for _ in shown.offices.course().questions:
        question, options = training.exam.asked
        assert training.exam._sheet.isHidden(), "an empty sheet would part the question from its options"
        shown.press(Qt.Key(Qt.Key.Key_1 + options.index(question.right)))
    assert training.exam._asks.text() == "Passed with 100%"
    shown.bridge.refreshed.emit()
    assert shown.tabs() == [Room.CASES, Room.TRAINING]
    shown.press(Qt.Key.Key_1, CTRL)
    assert shown.window.new_case.isVisible()
    shown.bridge.stop()


def test_too_many_pictures_misjudged_leave_the_lesson_undone(shown: Shown) -> None:
    shown.press(Qt.Key.Key_4, CTRL)
    training = shown.rooms.training
    training.open_lesson(training._lessons[1])
    shown.press(Qt.Key.Key_Return)
    for picture in shown.offices.spot_pictures():
        shown.press(Qt.Key.Key_2 if picture.genuine else Qt.Key.Key_1)
        assert training.spotting._why.text() == load_training_words("en").spots[picture.name]
        shown.press(Qt.Key.Key_Return)
    assert shown.offices.lessons == set()


def test_a_test_that_is_not_passed_says_what_was_right(shown: Shown) -> None:
    shown.offices.lessons.update(("capture", "forgery", "phishing", "privacy"))
    shown.press(Qt.Key.Key_4, CTRL)
    shown.rooms.training.exam_button.click()
    for _ in shown.offices.course().questions:
        answer(shown.rooms, right=False)
    settle(shown.bridge)
    exam = shown.rooms.training.exam
    assert exam._asks.text().startswith("0%")
    assert "→ Tilt the card a little and let it be read again" in exam._told.text()


def test_practice_opens_beside_and_the_desk_goes_on(shown: Shown) -> None:
    shown.press(Qt.Key.Key_4, CTRL)
    shown.rooms.training.practice.click()
    settle(shown.bridge)
    assert shown.offices.practised == ["en"]


def test_f1_shows_every_key_and_goes_away_again(shown: Shown) -> None:
    shown.press(Qt.Key.Key_F1)
    assert shown.rooms.keys.isVisible()
    shown.press(Qt.Key.Key_F1)
    assert shown.window.new_case.isVisible()


def test_the_receipt_of_an_ended_case_is_shown_by_f11_and_left_by_it(qtbot: QtBot) -> None:
    from kiosk.record import Decision
    from kiosk.values import Channel

    shown = Shown(qtbot, Role.TELLER, finished(Channel.DESK, "en", st.Decided(Decision.APPROVE)))
    shown.press(Qt.Key.Key_F11)
    assert shown.offices.receipts == [SESSION]
    assert shown.rooms.receipt.isVisible()
    assert not shown.rooms.receipt._page.pixmap().isNull()
    shown.press(Qt.Key.Key_F11)
    assert shown.window.ended.isVisible()
    assert shown.rooms.receipt._page.pixmap().isNull()
    shown.bridge.stop()


def test_of_a_case_that_was_cancelled_f11_asks_for_no_receipt(qtbot: QtBot) -> None:
    from kiosk.values import Channel

    shown = Shown(qtbot, Role.TELLER, finished(Channel.DESK, "en", st.Cancelled()))
    shown.press(Qt.Key.Key_F11)
    assert shown.offices.receipts == []
    assert shown.window.ended.isVisible()
    shown.bridge.stop()


def test_the_receipt_of_a_kept_case_is_reached_from_the_list(shown: Shown) -> None:
    cases = shown.window.cases
    cases.view.setCurrentIndex(cases.model.index(2))
    line = cases.chosen()
    assert line is not None
    shown.press(Qt.Key.Key_F11)
    assert shown.offices.receipts == [line.session]
    assert line.session in {row.session for row in kept_rows()}


def test_a_locked_window_keeps_nothing_of_any_page(shown: Shown) -> None:
    for key in (Qt.Key.Key_2, Qt.Key.Key_3, Qt.Key.Key_4):
        shown.press(key, CTRL)
    shown.rooms.show_receipt(SESSION)
    settle(shown.bridge)
    shown.window.lock()
    settle(shown.bridge)
    assert shown.rooms.receipt._page.pixmap().isNull()
    assert shown.rooms.queue.table.rows.rows == ()
    assert not any(page.isVisible() for page in shown.rooms.widgets)
    assert not any("Eriksson" in label.text() for label in shown.window.findChildren(QLabel))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_lesson_picture_and_question_has_its_words(language: str) -> None:
    course, words = OpenOffices().course(), load_training_words(language)
    assert {lesson.name: lesson.points for lesson in course.lessons} == {name: len(said.points) for name, said in words.lessons.items()}
    assert {one.name: one.options for one in course.questions} == {name: len(said.options) for name, said in words.questions.items()}
    assert set(words.spots) == set(load_training_words("en").spots)
    texts = [*words.spots.values(), *(text for said in words.questions.values() for text in (said.asks, *said.options))]
    assert all(text.strip() for text in texts)
    assert load_phrases(language).language == language


def test_an_operator_chooses_a_look_by_keyboard_and_finds_it_again(shown: Shown) -> None:
    window, page = shown.window, shown.rooms.look_page
    light = window.grab().toImage().pixelColor(3, window.height() // 2)
    shown.press(Qt.Key.Key_F12)
    assert page.isVisible()
    shown.press(Qt.Key.Key_Down)
    assert shown.desk.look_kept == "dark"
    assert window.grab().toImage().pixelColor(3, window.height() // 2).lightness() < 60 < light.lightness()
    page.large_text.click()
    settle(shown.bridge)
    assert shown.desk.look_kept == "dark large-text"
    shown.press(Qt.Key.Key_F12)
    assert shown.window.new_case.isVisible()
    window.sign_out.click()
    settle(shown.bridge)
    assert window.grab().toImage().pixelColor(3, window.height() // 2) == light
    window._signed_in(SignedIn(OperatorId("m.lind"), Role.TELLER, NOW.wall))
    settle(shown.bridge)
    assert window.grab().toImage().pixelColor(3, window.height() // 2).lightness() < 60
    assert page.large_text.isChecked()


def test_what_was_typed_outlasts_another_look(shown: Shown) -> None:
    shown.station.state = GOOD
    shown.window.refresh()
    shown.window.case.decision.reason.line.setText("half a reason")
    shown.window.wear(DeskLook(Paint.HIGH_CONTRAST))
    settle(shown.bridge)
    assert shown.window.case.decision.reason.line.text() == "half a reason"


def test_practice_that_cannot_be_opened_is_said_and_the_desk_goes_on(shown: Shown) -> None:
    def fails(language: str) -> None:
        raise PracticeUnavailable("no room for another program")

    shown.offices.start_practice = fails  # type: ignore[method-assign]
    shown.press(Qt.Key.Key_4, CTRL)
    shown.rooms.training.practice.click()
    settle(shown.bridge)
    assert "Practice could not be opened" in shown.rooms.training.trouble.text()
    assert not shown.bridge.stopped
    assert not [event for event in shown.station.posted if isinstance(event, ServiceEnded)]
    shown.press(Qt.Key.Key_1, CTRL)
    assert shown.window.new_case.isVisible()


def test_a_build_without_simulated_people_says_there_is_no_practice(shown: Shown) -> None:
    shown.offices.practises = False
    shown.press(Qt.Key.Key_4, CTRL)
    training = shown.rooms.training
    assert not training.practice.isEnabled()
    assert training._no_practice.isVisible()
    assert "no simulated customers" in training._no_practice.text()


def test_practice_itself_has_every_page_of_the_day_and_no_course(shown: Shown) -> None:
    shown.offices.teaches = False
    shown.rooms.came(Role.SUPERVISOR)
    settle(shown.bridge)
    assert shown.tabs() == [Room.CASES, Room.QUEUE, Room.DAY]


def test_training_leads_to_what_is_to_be_done_next(shown: Shown) -> None:
    training, lessons = shown.rooms.training, shown.offices.course().lessons
    shown.offices.lessons = {lessons[0].name}
    shown.rooms.turn_to(Room.TRAINING)
    settle(shown.bridge)
    assert shown.window.focusWidget() is training.lesson_buttons[lessons[1].name]
    filled = [button for button in (*training.lesson_buttons.values(), training.exam_button) if button.property("role") == "primary"]
    assert filled == [training.lesson_buttons[lessons[1].name]]


def test_where_no_course_is_taken_no_training_of_a_team_is_shown(shown: Shown) -> None:
    shown.rooms.turn_to(Room.QUEUE)
    settle(shown.bridge)
    assert shown.rooms.queue.people.isVisible()
    shown.offices.teaches = False
    shown.rooms.turn_to(Room.DAY)
    shown.rooms.turn_to(Room.QUEUE)
    settle(shown.bridge)
    assert not shown.rooms.queue.people.isVisible()
    assert shown.rooms.queue.table.isVisible()
