"""Deciding at the desk: an override needs a reason, an approval against the advice two people."""

import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QApplication, QMessageBox
from pytestqt.qtbot import QtBot

from kiosk.face.verdict import SameFace
from kiosk.journey import events as ev
from kiosk.journey import states as st
from kiosk.journey.closing import acceptable
from kiosk.journey.reduce import reduce
from kiosk.record import Decision, OverrideReason, reasons_for
from kiosk.risk.decision import StepUp
from kiosk.trust.operators import LockedUntil
from kiosk.values import Channel, OperatorId
from tests.ui.conftest import ShownDesk, clipped_texts, settle
from tests.ui.desk_hands import BAD, CONTEXT, GOOD, LEFT, NEW, STEPPING_UP, Desk, decide, dispositions, go_against, press, type_text
from ui.phrases import LANGUAGES, load_phrases
from ui.specimens import (
    NOW,
    SESSION,
    TRANSACTION,
    concluded,
    finished,
    match_evidence,
    read_document,
    showing,
)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_second_persons_question_fits_a_small_screen(desk: Desk, qtbot: QtBot, language: str) -> None:
    shown = desk(BAD, language=language, size=(1024, 600))
    go_against(qtbot, shown, OverrideReason.KNOWN_CUSTOMER, "known to the branch", Qt.Key.Key_F8)
    qtbot.mouseClick(shown.window.case.decision.buttons[Decision.APPROVE], LEFT)
    settle()
    assert shown.window.case.decision.second.isVisible()
    assert clipped_texts(shown.window) == []


@pytest.mark.parametrize(
    ("key", "decision"),
    [(Qt.Key.Key_F8, Decision.APPROVE), (Qt.Key.Key_F9, Decision.REFER), (Qt.Key.Key_F10, Decision.DECLINE)],
)
def test_each_decision_has_its_key_and_is_one_the_journey_accepts(desk: Desk, qtbot: QtBot, key: Qt.Key, decision: Decision) -> None:
    shown = desk(GOOD)
    go_against(qtbot, shown, OverrideReason.MACHINE_ERROR, "seen in person")
    decide(qtbot, shown, key)
    press(qtbot, shown, key)
    (event,) = dispositions(shown)
    assert isinstance(event, ev.DispositionMade)
    assert event.disposition.decision is decision
    assert event.disposition.reason.reveal() == "seen in person"
    assert acceptable(event.disposition, GOOD.case)


def test_a_teller_says_by_a_key_that_there_is_no_second_document(desk: Desk, qtbot: QtBot) -> None:
    shown = desk(showing(NEW))
    assert not shown.window.case.no_other.isVisible(), "a first document is asked for as long as it takes"
    press(qtbot, shown, Qt.Key.Key_D, Qt.KeyboardModifier.ControlModifier)
    shown.to(showing(replace(NEW, second_since_ns=NOW.monotonic_ns)))
    for _ in range(2):
        press(qtbot, shown, Qt.Key.Key_D, Qt.KeyboardModifier.ControlModifier)
    assert shown.station.posted == [ev.NoOtherDocument(NEW.session)]


def test_going_with_the_recommendation_needs_no_reason(desk: Desk, qtbot: QtBot) -> None:
    shown = desk(GOOD)
    decide(qtbot, shown, Qt.Key.Key_F8)
    assert len(dispositions(shown)) == 1


def test_going_against_the_recommendation_needs_a_reason(desk: Desk, qtbot: QtBot) -> None:
    shown = desk(GOOD)
    press(qtbot, shown, Qt.Key.Key_F10)
    assert dispositions(shown) == []
    panel = shown.window.case.decision
    assert panel._problem.text() == "Please pick a reason first"
    assert panel.pick.box.hasFocus()
    panel.pick.pick(OverrideReason.DOCUMENT_SUSPECT)
    press(qtbot, shown, Qt.Key.Key_F10)
    assert panel._problem.text() == "Please write a reason first"
    type_text(qtbot, panel.reason.line, "document altered")
    decide(qtbot, shown, Qt.Key.Key_F10)
    assert len(dispositions(shown)) == 1


@pytest.mark.parametrize("advice", [GOOD, BAD, STEPPING_UP], ids=["approve", "refer", "supervisor"])
@pytest.mark.parametrize(
    ("key", "decision"),
    [(Qt.Key.Key_F8, Decision.APPROVE), (Qt.Key.Key_F9, Decision.REFER), (Qt.Key.Key_F10, Decision.DECLINE)],
)
def test_only_reasons_that_fit_the_decision_are_offered(
    desk: Desk, qtbot: QtBot, advice: st.AwaitingDisposition, key: Qt.Key, decision: Decision
) -> None:
    shown = desk(advice)
    panel = shown.window.case.decision
    follows = shown.window._scene.view.recommendation.decision is decision  # type: ignore[union-attr]
    press(qtbot, shown, key)
    listed = [panel.pick.box.itemData(row) for row in range(1, panel.pick.box.count())]
    assert follows or (listed == list(reasons_for(decision)) and panel.pick.box.isEnabled())


def test_before_it_is_known_which_decision_no_reason_can_be_picked(desk: Desk, qtbot: QtBot) -> None:
    panel = desk(BAD).window.case.decision
    assert (panel.pick.offered, panel.pick.isEnabled(), panel.pick.box.currentText()) == ((), False, "Decision first")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_reason_fits_into_its_list(desk: Desk, qtbot: QtBot, language: str) -> None:
    box = desk(BAD, language=language).window.case.decision.pick.box
    phrases, metrics = load_phrases(language), box.fontMetrics()
    room = box.width() - 46  # the frame, its padding and the arrow
    texts = [phrases.text(f"override.{reason}") for reason in OverrideReason]
    assert [text for text in texts if metrics.horizontalAdvance(text) > room] == []


def test_a_picked_reason_does_not_follow_to_a_decision_it_does_not_fit(desk: Desk, qtbot: QtBot) -> None:
    shown = desk(BAD)
    panel = shown.window.case.decision
    go_against(qtbot, shown, OverrideReason.KNOWN_CUSTOMER, "known to the branch", Qt.Key.Key_F8)
    press(qtbot, shown, Qt.Key.Key_F10)
    assert (panel.pick.picked, dispositions(shown)) == (None, [])
    assert panel.pick._label.text() == "Decline: why"
    panel.pick.pick(OverrideReason.OTHER)
    press(qtbot, shown, Qt.Key.Key_F8)
    assert panel.pick.picked is OverrideReason.OTHER, "it fits either"


def ask_second(qtbot: QtBot, shown: ShownDesk, name: str, password: str) -> None:
    decision = shown.window.case.decision
    go_against(qtbot, shown, OverrideReason.KNOWN_CUSTOMER, "known to the branch", Qt.Key.Key_F8)
    press(qtbot, shown, Qt.Key.Key_F8)
    type_text(qtbot, decision.second.name.line, name)
    type_text(qtbot, decision.second.password.line, password)
    qtbot.keyClick(decision.second.password.line, Qt.Key.Key_Return)
    type_text(qtbot, decision.second.code.line, "123456")
    qtbot.keyClick(decision.second.code.line, Qt.Key.Key_Return)


def test_approving_against_the_recommendation_needs_a_second_person(desk: Desk, qtbot: QtBot) -> None:
    shown = desk(BAD)
    ask_second(qtbot, shown, "a.berg", "right")
    assert dispositions(shown) == []
    qtbot.waitUntil(lambda: bool(dispositions(shown)))
    (event,) = dispositions(shown)
    assert isinstance(event, ev.DispositionMade)
    assert event.disposition.second == "a.berg"
    assert acceptable(event.disposition, replace(BAD.case, second_agreed=OperatorId("a.berg")))
    assert not acceptable(event.disposition, BAD.case)


def test_the_journey_knows_the_second_person_before_the_approval(desk: Desk, qtbot: QtBot) -> None:
    shown = desk(BAD)

    def agrees(name: str, password: str, code: str, asked: int) -> bool:
        shown.station.post(ev.SecondPersonAgreed(SESSION, OperatorId("a.berg"), asked))
        return True

    shown.desk.second_person = agrees  # type: ignore[method-assign]
    ask_second(qtbot, shown, "A.Berg", "right")
    qtbot.waitUntil(lambda: bool(dispositions(shown)))
    state: st.State = BAD
    for event in shown.station.posted:
        state, _ = reduce(state, event, NOW, CONTEXT)
    assert isinstance(state, st.Keeping)
    assert state.case.disposition is not None
    assert (state.case.disposition.decision, state.case.disposition.second) == (Decision.APPROVE, "a.berg")


@pytest.mark.parametrize("leaves", ["back", "lock"])
def test_whoever_goes_back_while_the_password_is_checked_has_not_agreed(desk: Desk, qtbot: QtBot, leaves: str) -> None:
    shown = desk(STEPPING_UP)
    may_answer, answered = threading.Event(), threading.Event()

    def agrees(name: str, password: str, code: str, asked: int) -> bool:
        assert may_answer.wait(10)
        shown.station.post(ev.SecondPersonAgreed(SESSION, OperatorId("a.berg"), asked))
        answered.set()
        return True

    shown.desk.second_person = agrees  # type: ignore[method-assign]
    ask_second(qtbot, shown, "a.berg", "right")
    if leaves == "back":
        shown.window.case.decision.second.back.click()
    else:
        shown.window.lock()
    may_answer.set()
    qtbot.waitUntil(answered.is_set)
    state: st.State = STEPPING_UP
    for event in shown.station.posted:
        state, _ = reduce(state, event, NOW, CONTEXT)
    assert isinstance(state, st.AwaitingDisposition)
    assert isinstance(state.case.recommendation, StepUp)
    assert state.case.second_agreed is None
    assert dispositions(shown) == []


def test_too_many_wrong_passwords_of_a_second_person_are_said_as_locked(desk: Desk, qtbot: QtBot) -> None:
    shown = desk(BAD)
    tried: list[str] = []
    until = NOW.wall + timedelta(minutes=5)

    def refuses(name: str, password: str, code: str, asked: int) -> bool | LockedUntil:
        tried.append(password)
        return LockedUntil(until) if len(tried) > 4 else False

    shown.desk.second_person = refuses  # type: ignore[method-assign]
    decision = shown.window.case.decision
    ask_second(qtbot, shown, "a.berg", "wrong")
    for number in range(1, 5):
        qtbot.waitUntil(lambda: decision.second.answer.text() == "Name, password or code isn't right")
        assert len(tried) == number
        type_text(qtbot, decision.second.password.line, f"wrong{number}")
        qtbot.keyClick(decision.second.code.line, Qt.Key.Key_Return)
    locked = f"Too many tries. Locked until {until.astimezone():%H:%M}"
    qtbot.waitUntil(lambda: decision.second.answer.text() == locked)
    assert dispositions(shown) == []


def test_a_second_person_who_is_refused_approves_nothing(desk: Desk, qtbot: QtBot) -> None:
    shown = desk(BAD)
    ask_second(qtbot, shown, "a.berg", "wrong")
    answer = shown.window.case.decision.second.answer
    qtbot.waitUntil(lambda: answer.text() == "Name, password or code isn't right")
    assert dispositions(shown) == []
    assert shown.window.case.decision.second.password.text == ""
    assert shown.window.case.decision.second.confirm.isEnabled()


def test_the_teller_cannot_be_the_second_person(desk: Desk, qtbot: QtBot) -> None:
    shown = desk(BAD)
    ask_second(qtbot, shown, "m.lind", "right")
    assert shown.window.case.decision.second.answer.text() == "The second person can't be you"
    assert dispositions(shown) == []


def test_a_second_persons_answer_after_the_case_has_gone_decides_nothing(desk: Desk, qtbot: QtBot) -> None:
    shown = desk(BAD)
    ask_second(qtbot, shown, "a.berg", "right")
    shown.to(finished(Channel.DESK, "en", st.Cancelled()))
    with qtbot.waitSignal(shown.bridge._done):
        shown.bridge.away(lambda: None, lambda done: None)
    QApplication.sendPostedEvents(None, QEvent.Type.MetaCall)
    assert dispositions(shown) == []


def test_asking_a_second_person_opens_no_dialog(desk: Desk, qtbot: QtBot) -> None:
    shown = desk(BAD)
    go_against(qtbot, shown, OverrideReason.KNOWN_CUSTOMER, "known to the branch", Qt.Key.Key_F8)
    press(qtbot, shown, Qt.Key.Key_F8)
    assert QApplication.activeModalWidget() is None
    assert shown.window.findChildren(QMessageBox) == []
    assert shown.window.case.document.isVisible()


def test_the_printed_address_is_filled_in_once_and_then_the_tellers(desk: Desk, qtbot: QtBot) -> None:
    read = st.PreparingFace(replace(NEW, document=read_document()), NOW.monotonic_ns)
    shown = desk(showing(NEW))
    shown.to(read)
    contact = shown.window.case.contact
    assert contact.address.text == "12 Harbour Road, Zenith"
    contact.address.line.clear()
    type_text(qtbot, contact.address.line, "1 Other Street")
    qtbot.keyClick(contact.address.line, Qt.Key.Key_Return)
    shown.to(read)
    assert contact.address.text == "1 Other Street"
    edits = [event for event in shown.station.posted if isinstance(event, ev.ContactEdited)]
    assert [edit.contact.address.reveal() for edit in edits] == ["12 Harbour Road, Zenith", "1 Other Street"]


def edits(shown: ShownDesk) -> list[tuple[str, str, str]]:
    posted = (event.contact for event in shown.station.posted if isinstance(event, ev.ContactEdited))
    return [(contact.phone.reveal(), contact.email.reveal(), contact.address.reveal()) for contact in posted]


@pytest.mark.parametrize("key", [Qt.Key.Key_F8, Qt.Key.Key_F9, Qt.Key.Key_F10])
def test_what_was_typed_last_goes_before_a_decision_by_key(desk: Desk, qtbot: QtBot, key: Qt.Key) -> None:
    """A key does not move the focus, so the line has not been left yet; after the decision the journey takes no more."""
    shown = desk(GOOD)
    go_against(qtbot, shown, OverrideReason.MACHINE_ERROR, "seen in person")
    type_text(qtbot, shown.window.case.contact.phone.line, "+44 20 7946 0000")
    decide(qtbot, shown, key)
    edited, disposed = shown.station.posted[-2:]
    assert isinstance(edited, ev.ContactEdited)
    assert isinstance(disposed, ev.DispositionMade)
    assert edits(shown)[-1] == ("+442079460000", "", "12 Harbour Road, Zenith")


def test_what_is_typed_while_a_second_person_is_asked_goes_before_the_approval(desk: Desk, qtbot: QtBot) -> None:
    shown = desk(BAD)
    ask_second(qtbot, shown, "a.berg", "right")
    type_text(qtbot, shown.window.case.contact.email.line, "anna@example.com")
    qtbot.waitUntil(lambda: bool(dispositions(shown)))
    assert edits(shown)[-1] == ("", "anna@example.com", "12 Harbour Road, Zenith")
    assert isinstance(shown.station.posted[-1], ev.DispositionMade)


@pytest.mark.parametrize(
    ("wrong", "typed", "right", "named"),
    [("phone", "020 7946", "+442079460000", "Phone"), ("email", "anna@", "anna@example.com", "E-mail")],
)
@pytest.mark.parametrize("state", [GOOD, BAD], ids=["approved", "referred"])
def test_nothing_is_decided_while_a_contact_field_is_wrong(
    desk: Desk, qtbot: QtBot, state: st.AwaitingDisposition, wrong: str, typed: str, right: str, named: str
) -> None:
    shown = desk(state)
    contact, decision = shown.window.case.contact, shown.window.case.decision
    field = {"phone": contact.phone, "email": contact.email}[wrong]
    go_against(qtbot, shown, OverrideReason.MACHINE_ERROR, "seen in person", Qt.Key.Key_F10)
    type_text(qtbot, field.line, typed)
    press(qtbot, shown, Qt.Key.Key_F8)
    assert dispositions(shown) == []
    assert not decision.second.isVisible()
    assert decision._problem.text() == f"Please put this right first: {named}"
    assert shown.window.focusWidget() is field.line
    assert field._error.isVisible()
    field.line.clear()
    type_text(qtbot, field.line, right)
    decide(qtbot, shown, Qt.Key.Key_F9)
    assert len(dispositions(shown)) == 1


def test_the_keyboard_stays_with_a_phone_number_that_is_being_typed(desk: Desk, qtbot: QtBot) -> None:
    shown = desk(showing(NEW))
    phone = shown.window.case.contact.phone.line
    type_text(qtbot, phone, "+44 20")
    shown.to(st.PreparingFace(replace(NEW, step=4), NOW.monotonic_ns))
    shown.to(GOOD)
    focused = shown.window.focusWidget()
    assert focused is phone
    qtbot.keyClicks(focused, " 7946 0000")
    assert phone.text() == "+44 20 7946 0000"
    assert shown.window.case.decision.reason.text == ""


def test_without_a_button_to_press_the_keyboard_rests_on_the_document(desk: Desk) -> None:
    shown = desk(showing(NEW))
    shown.to(st.CameraAway(NEW, showing(NEW), NOW.monotonic_ns))
    assert shown.window.focusWidget() is shown.window.case.document


def test_a_wrong_phone_holds_back_neither_email_nor_address(desk: Desk, qtbot: QtBot) -> None:
    shown = desk(GOOD)
    contact = shown.window.case.contact
    type_text(qtbot, contact.phone.line, "020 7946")
    type_text(qtbot, contact.email.line, "anna@example.com")
    qtbot.keyClick(contact.email.line, Qt.Key.Key_Return)
    assert edits(shown)[-1] == ("", "anna@example.com", "12 Harbour Road, Zenith")


def test_a_wrong_email_is_not_handed_on(desk: Desk, qtbot: QtBot) -> None:
    shown = desk(showing(NEW))
    type_text(qtbot, shown.window.case.contact.email.line, "anna@")
    qtbot.keyClick(shown.window.case.contact.email.line, Qt.Key.Key_Return)
    assert shown.station.posted == []


def test_a_transactions_facts_stand_beside_the_decision(desk: Desk) -> None:
    state = st.AwaitingDisposition(
        concluded(Channel.DESK, "en", doubtful=False, match=SameFace(match_evidence(0.957)), purpose=TRANSACTION)
    )
    window = desk(state).window
    values = [value.text() for _, value in window.case.transaction._rows]
    assert values == ["24,500.00\u00a0EUR", "Harbour Yard Ltd", "UT12 0000 4711 0815"]
    assert not window.case.contact.isVisible()
