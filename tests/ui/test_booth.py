"""The booth's window during a visit: a button acts once, and what one customer did is gone for the next."""

import gc
import weakref
from collections.abc import Callable
from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from kiosk.journey import events as ev
from kiosk.journey import states as st
from kiosk.liveness.challenge import Need
from kiosk.record import AccountOpening, Decision, Wish
from kiosk.values import Channel, ConsentPurpose, SessionId, ns
from tests.ui.conftest import Shown, clipped_texts, pixels_within, settle
from ui.look import PLAIN
from ui.phrases import LANGUAGES, load_phrases
from ui.specimens import NOW, booth_specimens, case, face_frame, finished, live_run, page_frame, proving, showing
from ui.widgets.once_button import OnceButton

Booth = Callable[..., Shown]
NEW = case(Channel.BOOTH, "en")
LEFT = Qt.MouseButton.LeftButton


def choose_language(qtbot: QtBot, shown: Shown, code: str) -> None:
    opener = shown.window.language_names if shown.window.language_names.isVisible() else shown.window.language
    qtbot.mouseClick(opener, LEFT)
    qtbot.mouseClick(shown.window.languages.buttons[code], LEFT)


def test_what_a_customer_wished_is_gone_with_the_visit(booth: Booth, qtbot: QtBot) -> None:
    shown = booth(st.AskingConsent(NEW))
    plain = shown.window.styleSheet()
    qtbot.mouseClick(shown.window.comfort, LEFT)
    qtbot.mouseClick(shown.window.comforts.buttons["high_contrast"], LEFT)
    assert shown.window.styleSheet() != plain
    shown.to(st.Idle())
    assert shown.window.styleSheet() == plain
    assert not shown.window.comforts.buttons["high_contrast"].isChecked()


def test_the_question_whether_anybody_is_there_closes_the_choices(booth: Booth, qtbot: QtBot) -> None:
    warned = {specimen.name: specimen for specimen in booth_specimens("en")}["consent-idle"]
    shown = booth(st.AskingConsent(NEW))
    qtbot.mouseClick(shown.window.language, LEFT)
    shown.to(warned.state, warned.overview)
    assert not shown.window.languages.isVisible()
    assert shown.window.veil.isVisible()


def test_touching_start_opens_a_case_in_the_language_shown(booth: Booth, qtbot: QtBot) -> None:
    shown = booth(st.Idle())
    choose_language(qtbot, shown, "ar")
    assert shown.window.layoutDirection() is Qt.LayoutDirection.RightToLeft
    qtbot.mouseClick(shown.window.welcome.start, LEFT)
    assert shown.station.begun == [(Channel.BOOTH, AccountOpening(None), "ar", None)]


def test_the_next_customer_finds_the_stations_language_again(booth: Booth, qtbot: QtBot) -> None:
    shown = booth(st.Idle())
    choose_language(qtbot, shown, "ar")
    shown.to(st.AskingConsent(case(Channel.BOOTH, "ar")))
    shown.to(finished(Channel.BOOTH, "ar", st.Cancelled()))
    shown.to(st.Idle())
    assert shown.window.layoutDirection() is Qt.LayoutDirection.LeftToRight


def test_what_a_customer_wishes_is_told_once_and_is_not_the_next_ones(booth: Booth) -> None:
    shown = booth(st.Idle())
    shown.window._toggle("large_text", show=False)
    shown.window._toggle("spoken", show=False)
    assert ev.WishesTold not in map(type, shown.station.posted)
    wished = replace(NEW, wishes=(Wish.LARGE_TEXT, Wish.SPOKEN))
    shown.to(st.AskingConsent(NEW))
    assert shown.station.posted[-1] == ev.WishesTold(NEW.session, wished.wishes)
    shown.station.posted.clear()
    shown.to(st.AskingConsent(wished))
    assert shown.station.posted == []
    shown.to(finished(Channel.BOOTH, "en", st.Cancelled()))
    shown.to(st.Idle())
    shown.to(st.AskingConsent(replace(NEW, session=SessionId("77" * 16))))
    assert shown.station.posted == []
    assert shown.window._wishes == PLAIN


@pytest.mark.parametrize("presses", [2, 3, 10])
def test_tapping_start_again_and_again_opens_one_case(booth: Booth, qtbot: QtBot, presses: int) -> None:
    shown = booth(st.Idle())
    for _ in range(presses):
        qtbot.mouseClick(shown.window.welcome.start, LEFT)
    assert len(shown.station.begun) == 1


def test_the_next_customer_can_start_after_the_last(booth: Booth, qtbot: QtBot) -> None:
    shown = booth(st.Idle())
    for number in range(1, 4):
        qtbot.mouseClick(shown.window.welcome.start, LEFT)
        assert len(shown.station.begun) == number
        shown.to(st.AskingConsent(NEW))
        shown.to(finished(Channel.BOOTH, "en", st.Cancelled()))
        shown.to(st.Idle())


def test_a_double_tap_consents_once_and_touches_nothing_on_the_next_screen(booth: Booth, qtbot: QtBot) -> None:
    shown = booth(st.AskingConsent(NEW))
    place = shown.window.consent.agree.mapTo(shown.window, shown.window.consent.agree.rect().center())
    qtbot.mouseClick(shown.window.consent.agree, LEFT)
    qtbot.mouseClick(shown.window.consent.agree, LEFT)
    shown.to(showing(NEW))
    under = shown.window.childAt(place)
    if under is not None:
        qtbot.mouseClick(under, LEFT)
    assert [type(event) for event in shown.station.posted] == [ev.ConsentGiven]


def test_consent_is_recorded_with_the_version_of_the_text_that_was_read(booth: Booth, qtbot: QtBot) -> None:
    shown = booth(st.AskingConsent(NEW))
    qtbot.mouseClick(shown.window.consent.agree, LEFT)
    assert shown.station.posted == [ev.ConsentGiven("2026-11-28")]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_purpose_is_offered_on_the_lowest_screen_too(booth: Booth, language: str) -> None:
    shown = booth(st.AskingConsent(NEW), language=language, size=(1024, 600))
    assert shown.window.consent.recognise_later.isVisible()
    assert (shown.window.width(), shown.window.height()) == (1024, 600)


def test_what_was_ticked_outlasts_another_look(booth: Booth) -> None:
    shown = booth(st.AskingConsent(case(Channel.BOOTH, "en")))
    shown.window.consent.cannot_blink.box.click()
    shown.window._toggle("large_text", show=False)
    consent = shown.window.consent
    assert consent.cannot_blink.isChecked()
    assert not consent.recognise_later.isChecked()


def test_being_recognised_later_is_ticked_by_itself_and_not_for_the_next_customer(booth: Booth, qtbot: QtBot) -> None:
    shown = booth(st.AskingConsent(NEW))
    tick = shown.window.consent.recognise_later
    assert not tick.isChecked()
    tick.box.click()
    qtbot.mouseClick(shown.window.consent.agree, LEFT)
    both = (ConsentPurpose.IDENTITY_CHECK, ConsentPurpose.RECOGNISE_LATER)
    assert shown.station.posted == [ev.ConsentGiven("2026-11-28", both)]
    shown.to(st.AskingConsent(replace(NEW, session=SessionId("f" * 32))))
    assert not tick.isChecked()


def test_what_somebody_cannot_do_is_told_with_the_consent_and_not_for_the_next_customer(booth: Booth, qtbot: QtBot) -> None:
    shown = booth(st.AskingConsent(NEW))
    shown.window.consent.cannot_blink.box.click()
    shown.window.consent.cannot_turn.box.click()
    qtbot.mouseClick(shown.window.consent.agree, LEFT)
    assert shown.station.posted == [ev.ConsentGiven("2026-11-28", needs=(Need.NO_BLINK, Need.NO_TURN))]
    shown.to(st.AskingConsent(replace(NEW, session=SessionId("f" * 32))))
    assert not shown.window.consent.cannot_blink.isChecked()


def test_preferring_a_person_denies_consent(booth: Booth, qtbot: QtBot) -> None:
    shown = booth(st.AskingConsent(NEW))
    qtbot.mouseClick(shown.window.consent.prefer_person, LEFT)
    assert shown.station.posted == [ev.ConsentDenied("2026-11-28")]


@pytest.mark.parametrize("state", [st.AskingConsent(NEW), showing(NEW), proving(NEW, live_run(0)), st.PreparingFace(NEW, 0)], ids=str)
def test_cancel_and_help_are_on_every_screen_of_a_case(booth: Booth, qtbot: QtBot, state: st.State) -> None:
    shown = booth(state)
    qtbot.mouseClick(shown.window.cancel, LEFT)
    qtbot.mouseClick(shown.window.help, LEFT)
    assert shown.station.posted == [ev.CancelTouched(), ev.HelpTouched()]


def test_a_touch_on_the_old_screen_does_nothing_after_it_has_gone(booth: Booth, qtbot: QtBot) -> None:
    shown = booth(st.AskingConsent(NEW))
    agree = shown.window.consent.agree
    shown.to(st.Idle())
    agree.click()
    qtbot.mouseClick(agree, LEFT)
    assert shown.station.posted == []


def test_the_result_can_be_closed_by_hand(booth: Booth, qtbot: QtBot) -> None:
    shown = booth(finished(Channel.BOOTH, "en", st.Decided(Decision.REFER)))
    qtbot.mouseClick(shown.window.result.finish, LEFT)
    assert shown.station.posted == [ev.FinishTouched()]


def test_any_touch_on_the_warning_says_somebody_is_there(booth: Booth, qtbot: QtBot) -> None:
    idle = replace(NEW, last_activity_ns=NOW.monotonic_ns - ns(65))
    shown = booth(st.AskingConsent(idle))
    assert shown.window.veil.isVisible()
    assert shown.window.veil.geometry() == shown.window.rect()
    qtbot.mouseClick(shown.window.veil, LEFT, pos=QPoint(5, 5))
    assert shown.station.posted == [ev.StillHere()]
    shown.to(st.AskingConsent(NEW))
    assert not shown.window.veil.isVisible()


def test_behind_the_warning_nothing_can_be_touched(booth: Booth) -> None:
    shown = booth(st.AskingConsent(replace(NEW, last_activity_ns=NOW.monotonic_ns - ns(65))))
    place = shown.window.consent.agree.mapTo(shown.window, shown.window.consent.agree.rect().center())
    under = shown.window.childAt(place)
    while under is not None and under is not shown.window.veil:
        under = under.parentWidget()
    assert under is shown.window.veil


def test_leaving_a_screen_forgets_its_picture(booth: Booth, qtbot: QtBot) -> None:
    shown = booth(proving(NEW, live_run(0)))
    shown.station.frame = face_frame()
    shown.bridge.look.emit()
    settle()
    shown.window.grab()
    canvas = shown.window.face.camera._canvas
    assert canvas is not None
    assert canvas.any()
    shown.to(finished(Channel.BOOTH, "en", st.Cancelled()))
    assert shown.window.face.camera._canvas is None
    assert not canvas.any()


def test_a_hint_is_not_replaced_before_it_can_be_read(booth: Booth) -> None:
    shown = booth(replace(showing(NEW), quad=None))
    first = shown.window.document.hint.text()
    shown.to(replace(showing(NEW), hint=None))
    assert shown.window.document.hint.text() == first
    shown.station.moment = replace(NOW, monotonic_ns=NOW.monotonic_ns + ns(0.8))
    shown.to(replace(showing(NEW), hint=None))
    assert not shown.window.document.hint.isVisible()


def test_a_button_is_spent_until_the_scene_is_another(qtbot: QtBot) -> None:
    button, pressed = OnceButton(), []
    qtbot.addWidget(button)
    button.acted.connect(lambda: pressed.append(1))
    button.arm(("a",))
    button.click()
    button.arm(("a",))
    button.click()
    assert pressed == [1]
    button.arm(("b",))
    button.click()
    assert pressed == [1, 1]
    button.arm(("c",), allowed=False)
    button.click()
    assert pressed == [1, 1]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_window_stays_while_a_record_is_being_sealed(booth: Booth, language: str) -> None:
    sealing = st.Keeping(case(Channel.BOOTH, language), NOW.monotonic_ns, NOW.monotonic_ns, None)
    shown = booth(sealing, language=language, size=(1024, 600))
    assert not shown.window.close()
    shown.window.refresh()
    settle()
    trouble = shown.window.working._trouble
    assert trouble.isVisible()
    assert trouble.text() == load_phrases(language).text("closing.sealing")
    assert clipped_texts(shown.window) == []
    shown.to(finished(Channel.BOOTH, language, st.Decided(Decision.REFER)))
    assert shown.window.close()


def test_any_other_booth_can_be_closed(booth: Booth) -> None:
    for specimen in booth_specimens("en"):
        if not isinstance(specimen.state, st.Keeping):
            assert booth(specimen.state).window.close(), specimen.name


def test_a_booth_whose_station_has_stopped_can_be_closed(booth: Booth) -> None:
    shown = booth(st.Keeping(NEW, NOW.monotonic_ns, NOW.monotonic_ns, None))
    shown.bridge.stop()
    assert shown.window.close()


def test_the_next_customer_is_not_told_what_the_last_one_was(booth: Booth) -> None:
    sealing = st.Keeping(NEW, NOW.monotonic_ns, NOW.monotonic_ns, None)
    shown = booth(sealing)
    shown.window.close()
    shown.to(st.Idle())
    shown.to(sealing)
    assert not shown.window.working._trouble.isVisible()


def test_after_a_visit_nothing_in_the_booth_holds_a_picture_of_the_customer(booth: Booth) -> None:
    shown = booth(st.Idle())
    held = []
    for state, frame in ((showing(NEW), page_frame()), (proving(NEW, live_run(1)), face_frame())):
        own = replace(frame, pixels=frame.pixels.copy())
        held.append(weakref.ref(own.pixels))
        shown.station.frame = own
        shown.to(state)
        shown.bridge.look.emit()
        settle()
        shown.window.grab()
    assert pixels_within(shown.window) != []
    del own
    shown.station.frame = None
    shown.to(finished(Channel.BOOTH, "en", st.Decided(Decision.APPROVE)))
    shown.to(st.Idle())
    settle()
    gc.collect()
    assert [picture() is None for picture in held] == [True, True]
    assert pixels_within(shown.window) == []
