"""The teller's window: every scene fits, everything goes by keyboard, an approval against the advice needs two people."""

import gc
import weakref
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QAbstractButton, QApplication, QComboBox, QDialog, QLabel, QLineEdit, QListView, QMessageBox, QWidget
from pytestqt.qtbot import QtBot

from kiosk.document.reading import Unreadable, UnreadableBecause
from kiosk.face.verdict import DifferentFace, SameFace
from kiosk.faults import PictureUnreadable
from kiosk.journey import events as ev
from kiosk.journey import states as st
from kiosk.journey.closing import Context, acceptable
from kiosk.journey.reduce import reduce
from kiosk.policy import DEMO
from kiosk.record import AccountOpening, Decision, HighValueTransaction, StationFacts
from kiosk.trust.operators import LockedUntil
from kiosk.values import Channel, OperatorId, SessionId, StationClass
from tests.ui.conftest import ShownDesk, clipped_texts, pixels_within, settle
from ui.phrases import LANGUAGES, load_phrases
from ui.specimens import (
    NOW,
    SESSION,
    TRANSACTION,
    busy_overview,
    case,
    concluded,
    desk_specimens,
    face_frame,
    face_view,
    finished,
    kept_rows,
    live_run,
    match_evidence,
    proving,
    read_document,
    referred_overview,
    showing,
)

SIZES = ((1280, 800), (1024, 600), (1920, 1080))
Desk = Callable[..., ShownDesk]
NEW = case(Channel.DESK, "en")
LEFT = Qt.MouseButton.LeftButton
GOOD = st.AwaitingDisposition(concluded(Channel.DESK, "en", doubtful=False, match=SameFace(match_evidence(0.957))))
BAD = st.AwaitingDisposition(concluded(Channel.DESK, "en", doubtful=False, match=DifferentFace(match_evidence(0.4))))

CONTEXT = Context(DEMO, StationFacts("desk-1", "branch-1", StationClass.DEMO, "0.1.0", DEMO.version))


def dispositions(shown: ShownDesk) -> list[ev.Event]:
    return [event for event in shown.station.posted if isinstance(event, ev.DispositionMade)]


def press(qtbot: QtBot, shown: ShownDesk, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    qtbot.keyClick(shown.window.focusWidget() or shown.window, key, modifier)


def type_text(qtbot: QtBot, line: QLineEdit, text: str) -> None:
    line.setFocus()
    qtbot.keyClicks(line, text)


def test_a_window_nobody_touches_is_locked_and_shows_nobodys_case(desk: Desk, qtbot: QtBot) -> None:
    shown = desk(GOOD, overview=busy_overview())
    shown.desk.idle = True
    shown.bridge.refreshed.emit()
    qtbot.waitUntil(lambda: shown.desk.locks == 1)
    assert shown.window.sign_in.isVisible()
    assert not shown.window.sign_in.name.isVisible()
    assert not shown.window.cases.isVisible()
    assert not shown.window.case.isVisible()
    assert "m.lind" in shown.window.sign_in._says.text()
    shown.desk.idle = False
    type_text(qtbot, shown.window.sign_in.password.line, "wrong")
    qtbot.mouseClick(shown.window.sign_in.button, LEFT)
    qtbot.waitUntil(lambda: shown.window.sign_in._answer.text() == "Name, password or code isn't right")
    assert not shown.window.case.isVisible()
    type_text(qtbot, shown.window.sign_in.password.line, "right")
    type_text(qtbot, shown.window.sign_in.code.line, "123456")
    qtbot.keyClick(shown.window.sign_in.code.line, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: shown.window.case.isVisible())


def test_a_touch_counts_as_a_sign_of_life(desk: Desk, qtbot: QtBot) -> None:
    shown = desk(GOOD)
    before = shown.desk.touches
    qtbot.keyClick(shown.window.case.decision.reason.line, Qt.Key.Key_A)
    assert shown.desk.touches > before


def test_whoever_has_no_second_factor_enrols_one_and_sees_the_codes_once(desk: Desk, qtbot: QtBot) -> None:
    shown = desk(st.Idle(), operator=None)
    window, enrol = shown.window, shown.window.enrol
    type_text(qtbot, window.sign_in.name.line, "new")
    type_text(qtbot, window.sign_in.password.line, "right")
    qtbot.mouseClick(window.sign_in.button, LEFT)
    qtbot.waitUntil(lambda: enrol.isVisible())
    assert not enrol.picture.pixmap().isNull()
    type_text(qtbot, enrol.code.line, "999999")
    qtbot.keyClick(enrol.code.line, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: enrol._answer.text() == "That code isn't right. Wait for the next one.")
    type_text(qtbot, enrol.code.line, "123456")
    qtbot.keyClick(enrol.code.line, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: enrol.codes[0].isVisible())
    assert enrol.codes[9].text() == "ABCD-EFGH-JKLM-0009"
    qtbot.mouseClick(enrol.confirm, LEFT)
    assert window.sign_in.isVisible()
    assert [text.text() for text in enrol.codes] == [""] * 10
    assert enrol.picture.pixmap().isNull()
    assert enrol.typed.text() == ""


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_of_any_scene_is_cut_off(desk: Desk, qtbot: QtBot, language: str, size: tuple[int, int]) -> None:
    shown = desk(st.Idle(), language=language, size=size, overview=busy_overview())
    found = []
    for specimen in desk_specimens(language):
        shown.to(specimen.state, specimen.overview)
        settle()
        found += [f"{specimen.name}: {text}" for text in clipped_texts(shown.window)]
        assert shown.window.size().toTuple() == size
    assert found == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_second_persons_question_fits_a_small_screen(desk: Desk, qtbot: QtBot, language: str) -> None:
    shown = desk(BAD, language=language, size=(1024, 600))
    type_text(qtbot, shown.window.case.decision.reason.line, "known to the branch")
    qtbot.mouseClick(shown.window.case.decision.buttons[Decision.APPROVE], LEFT)
    settle()
    assert shown.window.case.decision.second.isVisible()
    assert clipped_texts(shown.window) == []


def test_arabic_puts_the_list_on_the_right(desk: Desk) -> None:
    english, arabic = desk(st.Idle()), desk(st.Idle(), language="ar")
    assert english.window.cases.x() < english.window.width() / 2
    assert arabic.window.cases.x() > arabic.window.width() / 2


def test_nobody_sees_a_case_before_signing_in(desk: Desk, qtbot: QtBot) -> None:
    shown = desk(GOOD, operator=None, overview=busy_overview())
    assert shown.window.sign_in.isVisible()
    assert not shown.window.case.isVisible()
    assert not shown.window.cases.isVisible()
    press(qtbot, shown, Qt.Key.Key_F8)
    assert shown.station.posted == []


def test_signing_in_by_keyboard_alone(desk: Desk, qtbot: QtBot) -> None:
    shown = desk(st.Idle(), operator=None)
    type_text(qtbot, shown.window.sign_in.name.line, "m.lind")
    qtbot.keyClick(shown.window.sign_in.name.line, Qt.Key.Key_Return)
    type_text(qtbot, shown.window.sign_in.password.line, "right")
    qtbot.keyClick(shown.window.sign_in.password.line, Qt.Key.Key_Return)
    assert shown.window.sign_in.code.line.hasFocus()
    type_text(qtbot, shown.window.sign_in.code.line, "123456")
    qtbot.keyClick(shown.window.sign_in.code.line, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: shown.window.new_case.isVisible())


def test_a_wrong_password_is_said_and_forgotten(desk: Desk, qtbot: QtBot) -> None:
    shown = desk(st.Idle(), operator=None)
    type_text(qtbot, shown.window.sign_in.name.line, "m.lind")
    type_text(qtbot, shown.window.sign_in.password.line, "wrong")
    qtbot.mouseClick(shown.window.sign_in.button, LEFT)
    assert shown.window.sign_in.password.text == ""
    qtbot.waitUntil(lambda: shown.window.sign_in.button.isEnabled())
    assert shown.window.sign_in._answer.text() == "Name, password or code isn't right"
    assert not shown.window.new_case.isVisible()


def test_passwords_are_never_shown(desk: Desk) -> None:
    window = desk(st.Idle(), operator=None).window
    for field in (window.sign_in.password, window.sign_in.code, window.case.decision.second_password, window.case.decision.second_code):
        assert field.line.echoMode() is QLineEdit.EchoMode.Password


def test_f2_starts_an_account_opening(desk: Desk, qtbot: QtBot) -> None:
    shown = desk(st.Idle())
    press(qtbot, shown, Qt.Key.Key_F2)
    press(qtbot, shown, Qt.Key.Key_F2)
    assert shown.station.begun[0] == (Channel.DESK, AccountOpening(None), "en", OperatorId("m.lind"))


def test_a_transaction_starts_only_when_everything_is_right(desk: Desk, qtbot: QtBot) -> None:
    shown = desk(st.Idle())
    form = shown.window.new_case
    form.transaction.setChecked(True)
    assert not form.begin.isEnabled()
    type_text(qtbot, form.amount.line, "24500")
    type_text(qtbot, form.payee.line, "Harbour Yard Ltd")
    type_text(qtbot, form.debit_account.line, "GB82 WEST 1234 5698 7654 33")
    assert not form.begin.isEnabled()
    form.payee.line.setFocus()
    assert form.debit_account._error.isVisible()
    form.debit_account.line.clear()
    type_text(qtbot, form.debit_account.line, "GB82 WEST 1234 5698 7654 32")
    assert form.begin.isEnabled()
    qtbot.keyClick(form.debit_account.line, Qt.Key.Key_Return)
    ((_, purpose, _, _),) = shown.station.begun
    assert isinstance(purpose, HighValueTransaction)
    assert (purpose.amount_minor, purpose.currency, purpose.payee.reveal()) == (2450000, "EUR", "Harbour Yard Ltd")
    assert form.amount.text == ""


def test_another_currency_judges_the_amount_anew(desk: Desk, qtbot: QtBot) -> None:
    form = desk(st.Idle()).window.new_case
    form.transaction.setChecked(True)
    type_text(qtbot, form.amount.line, "10.50")
    type_text(qtbot, form.payee.line, "Harbour Yard Ltd")
    type_text(qtbot, form.debit_account.line, "00471108150")
    assert form.begin.isEnabled()
    form.currency.setCurrentText("JPY")
    assert not form.begin.isEnabled()


def test_f5_records_the_customers_consent(desk: Desk, qtbot: QtBot) -> None:
    shown = desk(st.AskingConsent(replace(NEW, consent=None)))
    press(qtbot, shown, Qt.Key.Key_F5)
    assert shown.station.posted == [ev.ConsentGiven("2026-11")]


def test_the_consent_is_read_out_in_the_customers_language(desk: Desk) -> None:
    shown = desk(st.AskingConsent(case(Channel.DESK, "ar")), language="en")
    assert shown.window.case.consent._card.layoutDirection() is Qt.LayoutDirection.RightToLeft
    assert shown.window.layoutDirection() is Qt.LayoutDirection.LeftToRight


@pytest.mark.parametrize(
    ("key", "decision"),
    [(Qt.Key.Key_F8, Decision.APPROVE), (Qt.Key.Key_F9, Decision.REFER), (Qt.Key.Key_F10, Decision.DECLINE)],
)
def test_each_decision_has_its_key_and_is_one_the_journey_accepts(desk: Desk, qtbot: QtBot, key: Qt.Key, decision: Decision) -> None:
    shown = desk(GOOD)
    type_text(qtbot, shown.window.case.decision.reason.line, "seen in person")
    press(qtbot, shown, key)
    press(qtbot, shown, key)
    (event,) = dispositions(shown)
    assert isinstance(event, ev.DispositionMade)
    assert event.disposition.decision is decision
    assert event.disposition.reason.reveal() == "seen in person"
    assert acceptable(event.disposition, GOOD.case)


def test_going_with_the_recommendation_needs_no_reason(desk: Desk, qtbot: QtBot) -> None:
    shown = desk(GOOD)
    press(qtbot, shown, Qt.Key.Key_F8)
    assert len(dispositions(shown)) == 1


def test_going_against_the_recommendation_needs_a_reason(desk: Desk, qtbot: QtBot) -> None:
    shown = desk(GOOD)
    press(qtbot, shown, Qt.Key.Key_F10)
    assert dispositions(shown) == []
    assert shown.window.case.decision._problem.text() == "Please write a reason first"
    type_text(qtbot, shown.window.case.decision.reason.line, "document altered")
    press(qtbot, shown, Qt.Key.Key_F10)
    assert len(dispositions(shown)) == 1


def ask_second(qtbot: QtBot, shown: ShownDesk, name: str, password: str) -> None:
    decision = shown.window.case.decision
    type_text(qtbot, decision.reason.line, "known to the branch")
    press(qtbot, shown, Qt.Key.Key_F8)
    type_text(qtbot, decision.second_name.line, name)
    type_text(qtbot, decision.second_password.line, password)
    qtbot.keyClick(decision.second_password.line, Qt.Key.Key_Return)
    type_text(qtbot, decision.second_code.line, "123456")
    qtbot.keyClick(decision.second_code.line, Qt.Key.Key_Return)


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

    def agrees(name: str, password: str, code: str) -> bool:
        shown.station.post(ev.SecondPersonAgreed(SESSION, OperatorId("a.berg")))
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


def test_too_many_wrong_passwords_of_a_second_person_are_said_as_locked(desk: Desk, qtbot: QtBot) -> None:
    shown = desk(BAD)
    tried: list[str] = []
    until = NOW.wall + timedelta(minutes=5)

    def refuses(name: str, password: str, code: str) -> bool | LockedUntil:
        tried.append(password)
        return LockedUntil(until) if len(tried) > 4 else False

    shown.desk.second_person = refuses  # type: ignore[method-assign]
    decision = shown.window.case.decision
    ask_second(qtbot, shown, "a.berg", "wrong")
    for number in range(1, 5):
        qtbot.waitUntil(lambda: decision._second_answer.text() == "Name, password or code isn't right")
        assert len(tried) == number
        type_text(qtbot, decision.second_password.line, f"wrong{number}")
        qtbot.keyClick(decision.second_code.line, Qt.Key.Key_Return)
    locked = f"Too many tries. Locked until {until.astimezone():%H:%M}"
    qtbot.waitUntil(lambda: decision._second_answer.text() == locked)
    assert dispositions(shown) == []


def test_a_second_person_who_is_refused_approves_nothing(desk: Desk, qtbot: QtBot) -> None:
    shown = desk(BAD)
    ask_second(qtbot, shown, "a.berg", "wrong")
    answer = shown.window.case.decision._second_answer
    qtbot.waitUntil(lambda: answer.text() == "Name, password or code isn't right")
    assert dispositions(shown) == []
    assert shown.window.case.decision.second_password.text == ""
    assert shown.window.case.decision.second_confirm.isEnabled()


def test_the_teller_cannot_be_the_second_person(desk: Desk, qtbot: QtBot) -> None:
    shown = desk(BAD)
    ask_second(qtbot, shown, "m.lind", "right")
    assert shown.window.case.decision._second_answer.text() == "The second person can't be you"
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
    type_text(qtbot, shown.window.case.decision.reason.line, "known to the branch")
    press(qtbot, shown, Qt.Key.Key_F8)
    assert QApplication.activeModalWidget() is None
    assert shown.window.findChildren(QMessageBox) == []
    assert shown.window.case.document.isVisible()


def test_the_picture_dialog_does_not_block_and_closes_with_the_case(desk: Desk, qtbot: QtBot) -> None:
    shown = desk(showing(NEW))
    press(qtbot, shown, Qt.Key.Key_O, Qt.KeyboardModifier.ControlModifier)
    (dialog,) = (dialog for dialog in shown.window.findChildren(QDialog) if dialog.isVisible())
    assert not dialog.isModal()
    shown.to(finished(Channel.DESK, "en", st.Cancelled()))
    assert not any(dialog.isVisible() for dialog in shown.window.findChildren(QDialog))


def test_a_picture_is_read_away_from_the_window_and_its_fault_is_said(desk: Desk, qtbot: QtBot, tmp_path: Path) -> None:
    shown = desk(showing(NEW))
    shown.window.load_picture(SESSION, str(tmp_path / "card.jpg"))
    qtbot.waitUntil(lambda: shown.desk.loaded == [(tmp_path / "card.jpg", SESSION)])

    def refuses(path: Path, session: SessionId) -> None:
        raise PictureUnreadable("not a picture")

    shown.desk.load_picture = refuses  # type: ignore[method-assign]
    shown.window.load_picture(SESSION, str(tmp_path / "card.txt"))
    trouble = shown.window.case._trouble
    qtbot.waitUntil(lambda: trouble.text().startswith("The picture can't be read. Use a JPEG or PNG"))
    shown.window.refresh()
    assert trouble.isVisible()
    assert trouble.text().startswith("The picture can't be read. Use a JPEG or PNG")
    shown.to(replace(showing(NEW), attempts=1, last_failure=Unreadable(UnreadableBecause.GLARE)))
    assert trouble.text() == "The light was reflected: tilt it a little"


KEEPING = st.Keeping(GOOD.case, NOW.monotonic_ns, NOW.monotonic_ns, None)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("state", "why"), [(GOOD, "decide-first"), (BAD, "decide-first"), (KEEPING, "sealing")])
def test_a_case_with_a_recommendation_cannot_be_closed_away(desk: Desk, state: st.State, why: str, language: str) -> None:
    shown = desk(state, language=language, size=(1024, 600))
    assert not shown.window.close()
    shown.window.refresh()
    settle()
    trouble = shown.window.case._trouble
    assert trouble.isVisible()
    assert trouble.text() == load_phrases(language).text(f"closing.{why}")
    assert clipped_texts(shown.window) == []
    shown.to(finished(Channel.DESK, "en", st.Decided(Decision.REFER)))
    assert shown.window.close()


def test_any_other_desk_can_be_closed(desk: Desk) -> None:
    for specimen in desk_specimens("en"):
        if not isinstance(specimen.state, st.AwaitingDisposition | st.Keeping):
            assert desk(specimen.state).window.close(), specimen.name


def test_a_desk_whose_station_has_stopped_can_be_closed(desk: Desk) -> None:
    shown = desk(GOOD)
    shown.bridge.stop()
    assert shown.window.close()


def test_ctrl_w_cancels_the_case_once(desk: Desk, qtbot: QtBot) -> None:
    shown = desk(showing(NEW))
    for _ in range(3):
        press(qtbot, shown, Qt.Key.Key_W, Qt.KeyboardModifier.ControlModifier)
    assert shown.station.posted == [ev.CancelTouched()]


def test_f2_goes_on_from_an_ended_case(desk: Desk, qtbot: QtBot) -> None:
    shown = desk(finished(Channel.DESK, "en", st.Cancelled()))
    press(qtbot, shown, Qt.Key.Key_F2)
    assert shown.station.posted == [ev.FinishTouched()]


def test_f7_sends_a_case_set_aside_again(desk: Desk, qtbot: QtBot) -> None:
    shown = desk(st.Idle(), overview=busy_overview())
    press(qtbot, shown, Qt.Key.Key_F7)
    assert shown.station.retried == [kept_rows()[2].session]


def test_a_delivered_case_is_not_sent_again(desk: Desk, qtbot: QtBot) -> None:
    shown = desk(st.Idle(), overview=busy_overview())
    shown.window.cases.view.setCurrentIndex(shown.window.cases.model.index(0))
    press(qtbot, shown, Qt.Key.Key_F7)
    assert shown.station.retried == []


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
    type_text(qtbot, shown.window.case.decision.reason.line, "seen in person")
    type_text(qtbot, shown.window.case.contact.phone.line, "+44 20 7946 0000")
    press(qtbot, shown, key)
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
    type_text(qtbot, decision.reason.line, "seen in person")
    type_text(qtbot, field.line, typed)
    press(qtbot, shown, Qt.Key.Key_F8)
    assert dispositions(shown) == []
    assert not decision.second.isVisible()
    assert decision._problem.text() == f"Please put this right first: {named}"
    assert shown.window.focusWidget() is field.line
    assert field._error.isVisible()
    field.line.clear()
    type_text(qtbot, field.line, right)
    press(qtbot, shown, Qt.Key.Key_F9)
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


def test_the_next_case_finds_nothing_of_the_last(desk: Desk, qtbot: QtBot) -> None:
    shown = desk(GOOD)
    window = shown.window
    settle()
    window.grab()
    type_text(qtbot, window.case.decision.reason.line, "typed about Anna")
    pixels = window.case.document.page._canvas
    assert pixels is not None
    shown.to(finished(Channel.DESK, "en", st.Decided(Decision.APPROVE)))
    assert not pixels.any()
    texts = [line.text() for line in window.findChildren(QLineEdit)]
    labels = [label.text() for label in window.case.findChildren(QLabel)]
    for secret in ("Anna", "ERIKSSON", "D23145890", "Harbour"):
        assert not any(secret in text for text in (*texts, *labels))


def test_after_a_case_nothing_at_the_desk_holds_a_picture_of_the_customer(desk: Desk, qtbot: QtBot) -> None:
    shown = desk(st.Idle())
    held = show_a_case_of_its_own(shown)
    shown.to(finished(Channel.DESK, "en", st.Decided(Decision.APPROVE)))
    shown.to(st.Idle())
    settle()
    gc.collect()
    assert [name for name, picture in held.items() if picture() is not None] == []
    assert pixels_within(shown.window) == []


def show_a_case_of_its_own(shown: ShownDesk) -> dict[str, "weakref.ref[object]"]:
    """Show a whole case made of pictures nobody else holds; return weak references to them."""
    document, view = read_document(), face_view()
    assert document.page is not None
    assert document.portrait is not None
    document = replace(document, page=document.page.copy())
    assert document.page is not None
    assert document.portrait is not None
    frame = replace(face_frame(), pixels=face_frame().pixels.copy())
    new = replace(NEW, document=document, views=(view,))
    held: dict[str, weakref.ref[object]] = {
        "page": weakref.ref(document.page),
        "portrait": weakref.ref(document.portrait.pixels),
        "chip": weakref.ref(view.chip),
        "frame": weakref.ref(frame.pixels),
    }
    shown.station.frame = frame
    states = (showing(new), proving(new, live_run(1)), st.AwaitingDisposition(replace(GOOD.case, document=document, views=(view,))))
    for state in states:
        shown.to(state)
        shown.bridge.look.emit()
        settle()
        shown.window.grab()
    assert all(picture() is not None for picture in held.values())
    shown.station.frame = None
    return held


def test_both_faces_stand_side_by_side_at_one_size(desk: Desk) -> None:
    for size in SIZES:
        faces = desk(GOOD, size=size).window.case.faces
        assert faces.portrait.size() == faces.live.size()
        assert faces.portrait.y() == faces.live.y()


def test_a_transactions_facts_stand_beside_the_decision(desk: Desk) -> None:
    state = st.AwaitingDisposition(
        concluded(Channel.DESK, "en", doubtful=False, match=SameFace(match_evidence(0.957)), purpose=TRANSACTION)
    )
    window = desk(state).window
    values = [value.text() for _, value in window.case.transaction._rows]
    assert values == ["24\u202f500.00 EUR", "Harbour Yard Ltd", "UT12 0000 4711 0815"]
    assert not window.case.contact.isVisible()


def test_markup_in_a_printed_name_stays_text(desk: Desk) -> None:
    document = read_document()
    fields = replace(document.fields, surname=type(document.fields.surname)("<b>ERIKSSON</b><img src=x>"))
    read = replace(NEW, document=replace(document, fields=fields))
    window = desk(st.PreparingFace(read, NOW.monotonic_ns)).window
    (value,) = (value for _, value in window.case.document.fields._rows if "ERIKSSON" in value.text())
    assert value.textFormat() is Qt.TextFormat.PlainText


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_control_has_a_name_for_a_screen_reader(desk: Desk, language: str) -> None:
    shown = desk(st.Idle(), language=language, overview=busy_overview())
    shown.window.new_case.transaction.setChecked(True)
    for specimen in desk_specimens(language):
        shown.to(specimen.state, specimen.overview)
        for kind in (QAbstractButton, QLineEdit, QComboBox, QListView):
            for control in shown.window.findChildren(kind):
                named = control.accessibleName() or (isinstance(control, QAbstractButton) and control.text())
                assert not control.isVisible() or control.parent().__class__.__name__ == "QComboBox" or named


def test_tab_reaches_everything_of_the_new_case(desk: Desk, qtbot: QtBot) -> None:
    shown = desk(st.Idle())
    form = shown.window.new_case
    form.transaction.setChecked(True)
    type_text(qtbot, form.amount.line, "5")
    type_text(qtbot, form.payee.line, "Harbour Yard")
    type_text(qtbot, form.debit_account.line, "00471108150")
    form.transaction.setFocus()
    order: list[QWidget | None] = []
    for _ in range(7):
        focused = shown.window.focusWidget()
        assert focused is not None
        order.append(focused)
        qtbot.keyClick(focused, Qt.Key.Key_Tab)
    assert order[1:] == [form.amount.line, form.currency, form.payee.line, form.debit_account.line, form.language, form.begin]


def test_the_language_of_the_desk_can_be_changed_in_the_middle_of_a_case(desk: Desk, qtbot: QtBot) -> None:
    shown = desk(showing(NEW))
    shown.window.language.setFocus()
    qtbot.keyClick(shown.window.language, Qt.Key.Key_End)
    assert shown.window.language.currentText() == "简体中文"
    for _ in range(2):
        qtbot.keyClick(shown.window.language, Qt.Key.Key_Up)
    assert shown.window.layoutDirection() is Qt.LayoutDirection.RightToLeft
    qtbot.keyClick(shown.window.language, Qt.Key.Key_Home)
    assert shown.window.layoutDirection() is Qt.LayoutDirection.LeftToRight
    assert shown.station.posted == []


def test_nobody_signs_out_in_the_middle_of_a_case(desk: Desk, qtbot: QtBot) -> None:
    shown = desk(showing(NEW))
    qtbot.mouseClick(shown.window.sign_out, LEFT)
    assert shown.window.case.isVisible()
    shown.to(st.Idle())
    qtbot.mouseClick(shown.window.sign_out, LEFT)
    assert shown.window.sign_in.isVisible()


def test_cases_are_found_by_any_of_their_words_whatever_the_accents(desk: Desk, qtbot: QtBot) -> None:
    shown = desk(st.Idle(), overview=busy_overview())
    cases = shown.window.cases
    every = cases.model.rowCount()
    qtbot.keyClick(shown.window, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    assert cases.search.hasFocus()
    qtbot.keyClicks(cases.search, "erika decl")
    assert cases.model.rowCount() == 0
    qtbot.keyClick(cases.search, Qt.Key.Key_Escape)
    assert cases.model.rowCount() == every
    cases.search.setText("Mustermänn")
    assert [line.holder.reveal() for line in cases.model.lines if line.holder is not None] == ["MUSTERMANN ERIKA"]


def test_what_was_looked_for_is_gone_when_the_teller_signs_out(desk: Desk, qtbot: QtBot) -> None:
    shown = desk(st.Idle(), overview=busy_overview())
    qtbot.keyClicks(shown.window.cases.search, "mustermann")
    qtbot.mouseClick(shown.window.sign_out, LEFT)
    assert shown.window.cases.search.text() == ""


def test_f4_goes_on_with_the_case_the_booth_referred_and_with_no_other(desk: Desk, qtbot: QtBot) -> None:
    shown = desk(st.Idle(), overview=busy_overview())
    qtbot.keyClick(shown.window, Qt.Key.Key_F4)
    assert shown.station.taken_over == []
    shown.to(st.Idle(), referred_overview())
    qtbot.keyClick(shown.window, Qt.Key.Key_F4)
    assert shown.station.taken_over == [(SessionId("e" * 32), OperatorId("m.lind"))]
