"""The teller's window: every scene fits, everything goes by keyboard."""

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QComboBox, QDialog, QLineEdit, QListView, QWidget
from pytestqt.qtbot import QtBot

from kiosk.document.reading import Unreadable, UnreadableBecause
from kiosk.faults import PictureUnreadable
from kiosk.journey import events as ev
from kiosk.journey import states as st
from kiosk.record import AccountOpening, Decision, HighValueTransaction, Wish
from kiosk.values import Channel, OperatorId, SessionId
from tests.ui.conftest import clipped_texts, settle
from tests.ui.desk_hands import BAD, GOOD, NEW, SIZES, Desk, press, type_text
from ui.desk import DeskWindow
from ui.phrases import LANGUAGES, load_phrases
from ui.specimen_desk import busy_overview, desk_specimens, kept_rows, referred_overview
from ui.specimens import (
    NOW,
    SESSION,
    case,
    finished,
    showing,
)


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


def test_arabic_puts_the_list_on_the_right(desk: Desk) -> None:
    english, arabic = desk(st.Idle()), desk(st.Idle(), language="ar")
    assert english.window.cases.x() < english.window.width() / 2
    assert arabic.window.cases.x() > arabic.window.width() / 2


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
    assert shown.station.posted == [ev.ConsentGiven("2026-11-28")]


def test_what_the_customer_wished_at_the_booth_stands_with_the_case(desk: Desk) -> None:
    shown = desk(st.AskingConsent(replace(NEW, wishes=(Wish.LARGE_TEXT, Wish.SPOKEN))))
    assert shown.window.case.wishes.text() == "The customer wished at the booth: Larger text · Read aloud"
    assert shown.window.case.wishes.isVisible()
    shown.to(st.AskingConsent(replace(NEW, session=SessionId("77" * 16))))
    assert not shown.window.case.wishes.isVisible()


def test_the_consent_is_read_out_in_the_customers_language(desk: Desk) -> None:
    shown = desk(st.AskingConsent(case(Channel.DESK, "ar")), language="en")
    assert shown.window.case.consent._card.layoutDirection() is Qt.LayoutDirection.RightToLeft
    assert shown.window.layoutDirection() is Qt.LayoutDirection.LeftToRight


def test_the_picture_dialog_does_not_block_and_closes_with_the_case(desk: Desk, qtbot: QtBot) -> None:
    shown = desk(showing(NEW))
    press(qtbot, shown, Qt.Key.Key_O, Qt.KeyboardModifier.ControlModifier)
    (dialog,) = (dialog for dialog in shown.window.findChildren(QDialog) if dialog.isVisible())
    assert not dialog.isModal()
    shown.to(finished(Channel.DESK, "en", st.Cancelled()))
    assert not any(dialog.isVisible() for dialog in shown.window.findChildren(QDialog))


def test_a_picture_is_read_away_from_the_window_and_its_fault_is_said(desk: Desk, qtbot: QtBot, tmp_path: Path) -> None:
    shown = desk(showing(NEW))
    shown.window.pictures.load(SESSION, str(tmp_path / "card.jpg"))
    qtbot.waitUntil(lambda: shown.desk.loaded == [(tmp_path / "card.jpg", SESSION)])

    def refuses(path: Path, session: SessionId) -> None:
        raise PictureUnreadable("not a picture")

    shown.desk.load_picture = refuses  # type: ignore[method-assign]
    shown.window.pictures.load(SESSION, str(tmp_path / "card.txt"))
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
        shown.window.refresh()
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


def test_both_faces_stand_side_by_side_at_one_size(desk: Desk) -> None:
    for size in SIZES:
        faces = desk(GOOD, size=size).window.case.faces
        assert faces.portrait.size() == faces.live.size()
        assert faces.portrait.y() == faces.live.y()


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


def test_f4_goes_on_with_the_case_the_booth_referred_and_with_no_other(desk: Desk, qtbot: QtBot) -> None:
    shown = desk(st.Idle(), overview=busy_overview())
    qtbot.keyClick(shown.window, Qt.Key.Key_F4)
    assert shown.station.taken_over == []
    shown.to(st.Idle(), referred_overview())
    qtbot.keyClick(shown.window, Qt.Key.Key_F4)
    assert shown.station.taken_over == [(SessionId("e" * 32), OperatorId("m.lind"))]


@pytest.mark.parametrize(("size", "least"), [((1024, 600), 92), ((1280, 800), 124), ((1920, 1080), 200)])
def test_both_faces_are_of_one_size_that_grows_with_the_window(desk: Desk, size: tuple[int, int], least: int) -> None:
    faces = desk(GOOD, size=size).window.case.faces
    settle()
    assert (faces.portrait.width(), faces.portrait.height()) == (faces.live.width(), faces.live.height()) == (least, least)


def strip_of(window: DeskWindow) -> str:
    return window.strip._keys.text()


def test_the_sign_in_page_offers_no_key_that_does_nothing_there(desk: Desk, qtbot: QtBot) -> None:
    shown = desk(st.Idle(), operator=None)
    assert strip_of(shown.window) == ""
    before = shown.window.focusWidget()
    for key in (Qt.Key.Key_F1, Qt.Key.Key_F2, Qt.Key.Key_F6):
        press(qtbot, shown, key)
    press(qtbot, shown, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    assert shown.window.focusWidget() is before
    assert shown.station.begun == []


def test_a_locked_window_offers_no_key(desk: Desk) -> None:
    shown = desk(GOOD)
    shown.window.lock()
    assert strip_of(shown.window) == ""


@pytest.mark.parametrize(
    ("state", "offered"),
    [
        (st.Idle(), "F2 new case · F6 next part"),
        (GOOD, "F6 next part"),
        (finished(Channel.DESK, "en", st.Decided(Decision.APPROVE)), "F2 next case"),
        (st.OutOfService("StoreDamaged"), ""),
    ],
    ids=["ready", "case", "ended", "out of service"],
)
def test_the_strip_offers_the_keys_that_do_something(desk: Desk, state: st.State, offered: str) -> None:
    assert strip_of(desk(state).window) == offered
