"""From every state to the desk's scene, without Qt."""

from dataclasses import replace
from datetime import timedelta

import pytest

from kiosk.document.reading import FindingCode, Weight
from kiosk.face.observed import HeadPose
from kiosk.face.verdict import DifferentFace, SameFace, Unsure
from kiosk.journey import states as st
from kiosk.journey.closing import Context, best_view
from kiosk.journey.events import CancelTouched
from kiosk.journey.reduce import reduce
from kiosk.liveness.challenge import ChallengeKind
from kiosk.policy import DEMO
from kiosk.record import Decision, StationFacts
from kiosk.risk.decision import Reason, ReasonCode
from kiosk.station.overview import Backlog, DeliveryState, Referred, StationOverview
from kiosk.values import Channel, Masked, SessionId, StationClass
from tests.journey.build import CALM
from tests.ui.test_present import words_in
from ui.desk_scenes import CaseView, ClosedView, DeskScene, EndedView, ReadyView
from ui.phrases import LANGUAGES, load_phrases
from ui.present_desk import present_desk
from ui.scenes import Mark, Progress, Words
from ui.specimen_desk import busy_overview, desk_specimens, kept_rows, referred_overview, second_document
from ui.specimens import (
    NOW,
    TRANSACTION,
    Specimen,
    case,
    concluded,
    face_view,
    finished,
    live_run,
    match_evidence,
    proving,
    read_document,
    showing,
)
from ui.wording import reason_words

NEW = case(Channel.DESK, "en")
GOOD = concluded(Channel.DESK, "en", doubtful=False, match=SameFace(match_evidence(0.957)))


def scene_of(state: st.State, overview: StationOverview | None = None) -> DeskScene:
    return present_desk(state, overview or StationOverview(), NOW, DEMO)


def case_of(state: st.State) -> CaseView:
    view = scene_of(state).view
    assert isinstance(view, CaseView)
    return view


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("specimen", desk_specimens("en"), ids=lambda specimen: specimen.name)
def test_every_word_of_every_scene_is_in_every_language(specimen: Specimen, language: str) -> None:
    phrases = load_phrases(language)
    for words in words_in(scene_of(specimen.state, specimen.overview)):
        assert phrases.say(words)


@pytest.mark.parametrize("specimen", desk_specimens("en"), ids=lambda specimen: specimen.name)
def test_a_scene_can_be_printed_without_telling_who_the_customer_is(specimen: Specimen) -> None:
    printed = repr(scene_of(specimen.state, specimen.overview))
    for secret in ("ERIKSSON", "Eriksson", "D23145890", "1974", "Harbour", "MUSTERMANN", "4711", "example.com"):
        assert secret not in printed


def test_cases_stand_in_the_groups_of_what_is_to_be_done_and_in_order_within() -> None:
    rows = {row.session: number for number, row in enumerate(kept_rows(), 1)}
    lines = scene_of(showing(NEW), referred_overview()).lines
    kept = [(str(line.group), rows[line.session]) for line in lines if line.session in rows]
    assert lines[0].running
    assert [str(line.group) for line in lines[:4]] == ["running", "waiting", "waiting", "waiting"]
    assert kept == [("to-sync", 2), ("to-sync", 3), ("done", 1), ("done", 4)]


def test_a_case_that_waits_for_a_decision_stands_above_all() -> None:
    assert [str(line.group) for line in scene_of(st.AwaitingDisposition(GOOD), busy_overview()).lines] == [
        "to-decide", "to-sync", "to-sync", "done", "done",
    ]  # fmt: skip


def test_only_a_delivery_set_aside_can_be_sent_again() -> None:
    aside = {row.session for row in kept_rows() if row.delivery is DeliveryState.SET_ASIDE}
    assert {line.session for line in scene_of(st.Idle(), busy_overview()).lines if line.can_retry} == aside


def test_a_waiting_delivery_says_since_when_and_why() -> None:
    row = replace(kept_rows()[1], closed_at=NOW.wall - timedelta(minutes=7, seconds=40), attempts=3, last_problem="no-connection")
    (line,) = scene_of(st.Idle(), StationOverview(rows=(row,), backlog=Backlog(waiting=1))).lines
    assert line.detail is not None
    assert load_phrases("en").say(line.detail) == "7 minutes, 3 tries – no connection"


def test_a_desk_that_opens_no_new_case_says_why_and_how_much_waits_since_when() -> None:
    long_ago = NOW.wall - timedelta(hours=80)
    overview = StationOverview(backlog=Backlog(3, 1, long_ago, 1), bank_problem="log-forked")
    line = scene_of(st.Idle(), overview).station
    assert line.bank_mark is Mark.CONTRADICTS
    assert load_phrases("en").say(line.bank) == "No new cases: the bank too long away (3 waiting, 1 set aside, 80 hours)"


def test_a_case_the_booth_referred_stands_before_the_kept_ones_until_it_expires() -> None:
    waits = Referred(SessionId("e" * 32), NOW.wall, Masked("Anna Eriksson"), "account-opening", NOW.wall, NOW.wall + timedelta(minutes=90))
    lines = scene_of(st.Idle(), replace(busy_overview(), referred=(waits,))).lines
    assert [line.can_take_over for line in lines] == [True, *(False for _ in kept_rows())]
    assert load_phrases("en").say(lines[0].delivery) == "90 minutes left"


def test_a_code_from_a_newer_bank_is_shown_as_it_is() -> None:
    row = replace(kept_rows()[1], last_problem="quota")
    (line,) = scene_of(st.Idle(), StationOverview(rows=(row,))).lines
    assert line.detail is not None
    assert "quota" in load_phrases("en").say(line.detail)


def test_a_delivered_case_says_nothing_more() -> None:
    (line,) = scene_of(st.Idle(), StationOverview(rows=(kept_rows()[0],))).lines
    assert line.detail is None
    assert line.delivery_mark is Mark.AGREES


def test_without_a_case_the_form_is_ready() -> None:
    assert scene_of(st.Idle()).view == ReadyView(("ready",), None)


def test_before_consent_nothing_is_captured_decided_or_loaded() -> None:
    can = case_of(st.AskingConsent(NEW)).can
    assert can.give_consent
    assert not (can.load_picture or can.decide or can.edit_contact)


def test_a_page_is_never_mirrored_and_a_face_always() -> None:
    page, face = case_of(showing(NEW)).live, case_of(proving(NEW, live_run(0))).live
    assert page is not None
    assert face is not None
    assert not page.mirrored
    assert face.mirrored


def test_what_was_read_of_the_first_side_is_shown_while_the_other_is_awaited() -> None:
    view = case_of(replace(showing(NEW), so_far=read_document()))
    assert view.document.fields
    assert view.say == Words("say.document-other-side")


def test_challenges_to_come_are_not_named() -> None:
    """Whoever stands beside the customer could whisper them."""
    steps = case_of(proving(NEW, live_run(1))).liveness.challenges
    assert [step.words for step in steps] == [Words("challenge.turn-left"), Words("challenge.blink"), Words("challenge.next")]
    assert [step.progress for step in steps] == [Progress.DONE, Progress.NOW, Progress.TO_COME]


def test_a_missed_challenge_stays_marked_when_the_run_is_over() -> None:
    missed = concluded(Channel.DESK, "en", doubtful=False, match=DifferentFace(match_evidence(0.4)), live=False)
    panel = case_of(st.AwaitingDisposition(missed)).liveness
    assert [step.progress for step in panel.challenges] == [Progress.DONE, Progress.FAILED, Progress.FAILED]
    assert panel.verdict == Words("not-live.challenge-missed")
    assert panel.mark is Mark.CONTRADICTS


def test_reasons_stand_gravest_first() -> None:
    unsure = concluded(Channel.DESK, "en", doubtful=True, match=Unsure(match_evidence(0.884)))
    panel = case_of(st.AwaitingDisposition(unsure)).recommendation
    assert panel is not None
    order = [Mark.CONTRADICTS, Mark.DOUBTS, Mark.NOTED, Mark.AGREES]
    places = [order.index(reason.mark) for reason in panel.reasons]
    assert places == sorted(places)


def test_an_approval_needs_a_second_person_only_against_the_recommendation() -> None:
    good = case_of(st.AwaitingDisposition(GOOD)).recommendation
    other = concluded(Channel.DESK, "en", doubtful=False, match=DifferentFace(match_evidence(0.4)))
    bad = case_of(st.AwaitingDisposition(other)).recommendation
    assert good is not None
    assert bad is not None
    assert (good.decision, good.second_needed) == (Decision.APPROVE, False)
    assert (bad.decision, bad.second_needed) == (Decision.REFER, True)


def test_the_teller_decides_only_when_all_evidence_is_there() -> None:
    for specimen in desk_specimens("en"):
        view = scene_of(specimen.state).view
        if isinstance(view, CaseView):
            assert view.can.decide is isinstance(specimen.state, st.AwaitingDisposition)


CONTEXT = Context(DEMO, StationFacts("desk-1", "branch-1", StationClass.DEMO, "0.1.0", DEMO.version), CALM)


@pytest.mark.parametrize("specimen", desk_specimens("en"), ids=lambda specimen: specimen.name)
def test_cancel_is_offered_exactly_where_the_journey_would_cancel(specimen: Specimen) -> None:
    view = scene_of(specimen.state).view
    if isinstance(view, CaseView) and specimen.name != "booth-case":
        after, _ = reduce(specimen.state, CancelTouched(), NOW, CONTEXT)
        assert view.can.cancel is (isinstance(after, st.Finished) and after.ending == st.Cancelled())


def test_a_case_with_a_recommendation_offers_no_cancel() -> None:
    assert case_of(showing(NEW)).can.cancel
    assert not case_of(st.AwaitingDisposition(GOOD)).can.cancel
    assert not case_of(st.Keeping(GOOD, NOW.monotonic_ns, NOW.monotonic_ns, None)).can.cancel


def test_the_teller_judges_the_very_view_that_is_sealed() -> None:
    """The sharpest view is of a turned head; the sealed one is nearly frontal."""
    frontal = replace(face_view(), sharpness=80.0)
    turned = replace(face_view(), pose=HeadPose(24.0, 0.0, 0.0), sharpness=200.0)
    seen = case_of(st.AwaitingDisposition(replace(GOOD, views=(turned, frontal)))).faces.live
    assert seen is frontal.chip
    assert seen is best_view((turned, frontal))


def test_a_case_at_the_kiosk_can_be_watched_and_nothing_else() -> None:
    can = case_of(showing(case(Channel.BOOTH, "en"))).can
    assert not (can.cancel or can.load_picture or can.edit_contact or can.decide or can.give_consent)


def test_a_transaction_is_shown_with_what_will_be_signed() -> None:
    view = case_of(st.AskingConsent(case(Channel.DESK, "en", TRANSACTION)))
    assert [line.name for line in view.transaction] == [Words("field.amount"), Words("field.payee"), Words("field.debit_account")]
    assert not view.takes_contact


def test_the_printed_address_is_suggested() -> None:
    view = case_of(st.PreparingFace(replace(NEW, document=read_document()), NOW.monotonic_ns))
    assert view.suggested_address is not None
    assert view.suggested_address.reveal() == "12 Harbour Road, Zenith"


def test_a_recording_that_has_ended_sends_nobody_to_a_cable() -> None:
    away = st.CameraAway(NEW, showing(NEW), NOW.monotonic_ns)
    scene = scene_of(away, StationOverview(camera_problem="RecordingEnded"))
    assert isinstance(scene.view, CaseView)
    assert scene.view.headline == Words("recording-ended.headline")
    assert scene.view.say is not None
    assert "cable" not in load_phrases("en").say(scene.view.say)
    assert load_phrases("en").say(scene.station.camera) == "Camera: The recording has ended"


def test_endings_and_trouble_have_their_own_views() -> None:
    assert isinstance(scene_of(finished(Channel.DESK, "en", st.Cancelled())).view, EndedView)
    assert scene_of(st.OutOfService("StoreDamaged")).view == ClosedView(Words("fault.store-damaged"), Words("remedy.store-damaged"))


@pytest.mark.parametrize("code", ReasonCode)
def test_every_reason_can_be_said_whatever_it_is_about(code: ReasonCode) -> None:
    for about in ("", "check-digit:number", "face-changed", "no-face", "CameraLost", "ComparisonTooLate", "nonsense", "new-check:x:y"):
        for language in LANGUAGES:
            assert load_phrases(language).say(reason_words(Reason(code, Weight.DOUBTS, about)))


def test_challenge_kinds_of_today_are_all_named() -> None:
    for kind in ChallengeKind:
        assert load_phrases("en").say(Words(f"challenge.{kind}"))


@pytest.mark.parametrize("specimen", desk_specimens("en"), ids=lambda specimen: specimen.name)
def test_the_teller_is_not_spoken_to_as_if_they_were_the_customer(specimen: Specimen) -> None:
    view = scene_of(specimen.state, specimen.overview).view
    headline = load_phrases("en").say(view.headline) if isinstance(view, CaseView) else ""
    assert "your" not in headline.lower().split()


def test_a_second_documents_own_fields_and_findings_are_shown() -> None:
    view = case_of(st.AwaitingDisposition(replace(GOOD, second_document=second_document())))
    assert view.second_document is not None
    values = {line.name.key: line.value.reveal() for line in view.second_document.fields if isinstance(line.value, Masked)}
    assert values["field.number"] == "X4402117"
    assert (view.second_document.state, view.second_document.mark) == (Words("document.doubted"), Mark.DOUBTS)
    (doubted,) = [check for check in view.second_document.checks if check.mark is Mark.DOUBTS]
    assert doubted.detail.reveal() == "X4402117 / X4402711"  # type: ignore[union-attr]


def test_it_is_said_which_documents_photo_was_compared_with_the_live_face() -> None:
    one = case_of(st.AwaitingDisposition(GOOD))
    assert (one.second_document, one.faces.of_one_document) == (None, True)
    both = case_of(st.AwaitingDisposition(replace(GOOD, second_document=second_document())))
    assert both.second_document is not None
    assert not both.faces.of_one_document
    assert [(line.words, line.mark) for line in both.second_document.faces] == [(Words("finding.live-face"), Mark.AGREES)]


def test_a_second_photo_nobody_could_compare_is_for_the_teller_to_compare() -> None:
    shown = second_document()
    unseen = replace(shown, findings=tuple(one for one in shown.findings if one.code is not FindingCode.LIVE_FACE))
    view = case_of(st.AwaitingDisposition(replace(GOOD, second_document=unseen)))
    assert view.second_document is not None
    assert [(line.mark, line.says) for line in view.second_document.faces] == [(Mark.NOTED, Words("desk.by-eye"))]
