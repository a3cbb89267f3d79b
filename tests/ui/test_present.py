"""From every state to the booth's scene, without Qt."""

import ast
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import get_args

import pytest

import ui
from kiosk.document.reading import MrzLayout, PageHint
from kiosk.journey import states as st
from kiosk.liveness.challenge import ChallengeKind, Hint, Script
from kiosk.policy import DEMO
from kiosk.record import Decision
from kiosk.station.overview import Backlog, StationOverview
from kiosk.values import Channel, Moment, ns
from ui.phrases import LANGUAGES, load_phrases
from ui.present import other_side_wanted, present
from ui.scenes import (
    BoothScene,
    CameraAwayScene,
    ConsentScene,
    DocumentScene,
    FaceScene,
    Gesture,
    IdleWarning,
    OutOfServiceScene,
    Progress,
    ResultScene,
    Stage,
    Tone,
    WelcomeScene,
    Words,
    WorkingScene,
)
from ui.specimen_desk import desk_specimens
from ui.specimens import (
    FACE_BOX,
    FRAME_SIZE,
    NOW,
    PAGE_QUAD,
    Specimen,
    booth_specimens,
    case,
    finished,
    live_run,
    proving,
    read_document,
    showing,
)
from ui.wording import gesture_of

NEW = case(Channel.BOOTH, "en")


def scene_of(state: st.State, overview: StationOverview | None = None) -> BoothScene:
    return present(state, overview or StationOverview(), NOW, DEMO, "en")


def words_in(scene: object) -> list[Words]:
    """Return every `Words` anywhere in a scene."""
    if isinstance(scene, Words):
        return [scene]
    if isinstance(scene, tuple):
        return [words for part in scene for words in words_in(part)]
    fields = getattr(scene, "__dataclass_fields__", {})
    return [words for name in fields for words in words_in(getattr(scene, name))]


def test_every_state_has_a_specimen() -> None:
    shown = {type(specimen.state) for specimen in (*booth_specimens("en"), *desk_specimens("en"))}
    assert shown == set(get_args(st.State))


def test_every_scene_of_the_booth_is_reached() -> None:
    scenes = {type(scene_of(specimen.state, specimen.overview)) for specimen in booth_specimens("en")}
    assert scenes == set(get_args(BoothScene))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("specimen", booth_specimens("en"), ids=lambda specimen: specimen.name)
def test_every_word_of_every_scene_is_in_every_language(specimen: Specimen, language: str) -> None:
    phrases = load_phrases(language)
    for words in words_in(scene_of(specimen.state, specimen.overview)):
        assert phrases.say(words)


def test_the_welcome_is_in_the_language_chosen_there() -> None:
    scene = present(st.Idle(), StationOverview(), NOW, DEMO, "ar")
    assert isinstance(scene, WelcomeScene)
    assert scene.around.language == "ar"
    assert scene.trouble is None


def test_nobody_can_start_while_the_camera_is_away() -> None:
    scene = scene_of(st.Idle(), StationOverview(camera_problem="CameraLost"))
    assert isinstance(scene, WelcomeScene)
    assert scene.trouble == Words("welcome.camera-trouble")


def test_nobody_can_start_while_too_much_waits_for_the_bank() -> None:
    long_ago = NOW.wall - timedelta(seconds=DEMO.sync.offline_within_s + 1)
    scene = scene_of(st.Idle(), StationOverview(backlog=Backlog(1, 0, long_ago, 1)))
    assert isinstance(scene, WelcomeScene)
    assert scene.trouble == Words("welcome.no-new-cases")


def test_the_case_is_shown_in_its_own_language() -> None:
    scene = present(st.AskingConsent(case(Channel.BOOTH, "ar")), StationOverview(), NOW, DEMO, "en")
    assert isinstance(scene, ConsentScene)
    assert scene.around.language == "ar"


def test_a_page_is_outlined_where_it_is_seen() -> None:
    scene = scene_of(replace(showing(NEW), quad=PAGE_QUAD))
    assert isinstance(scene, DocumentScene)
    assert scene.quad is not None
    assert scene.quad[0] == (PAGE_QUAD[0][0] / FRAME_SIZE[0], PAGE_QUAD[0][1] / FRAME_SIZE[1])


def test_hints_are_silent_while_a_page_is_being_read() -> None:
    scene = scene_of(replace(showing(NEW), hint=PageHint.CLOSER, reading_since_ns=ns(999)))
    assert isinstance(scene, DocumentScene)
    assert scene.reading
    assert scene.hint is None


def test_after_the_first_side_the_side_with_the_photo_is_asked_for() -> None:
    scene = scene_of(replace(showing(NEW), so_far=read_document(), hint=PageHint.OTHER_WAY))
    assert isinstance(scene, DocumentScene)
    assert scene.headline == Words("document.show-photo-side")
    assert scene.hint == Words("document.now-other-side")
    assert scene.gesture is Gesture.TURN_CARD


@pytest.mark.parametrize(
    ("kind", "gesture", "prompt"),
    [
        (ChallengeKind.BLINK, Gesture.BLINK, "prompt.blink"),
        (ChallengeKind.TURN_LEFT, Gesture.TURN_LEFT, "prompt.turn-left"),
        (ChallengeKind.TURN_RIGHT, Gesture.TURN_RIGHT, "prompt.turn-right"),
    ],
)
def test_each_prompt_has_its_words_and_its_figure(kind: ChallengeKind, gesture: Gesture, prompt: str) -> None:
    scene = scene_of(proving(NEW, live_run(0, script=Script((kind, kind, kind)))))
    assert isinstance(scene, FaceScene)
    assert (scene.gesture, scene.prompt) == (gesture, Words(prompt))
    assert gesture_of(kind) is gesture


def test_the_ring_shows_the_time_left_for_the_prompt() -> None:
    asked_s = DEMO.liveness.response_window_s / 4
    scene = scene_of(proving(NEW, live_run(1, asked_s=asked_s)))
    assert isinstance(scene, FaceScene)
    assert scene.remaining == pytest.approx(0.75)
    assert (scene.done, scene.total) == (1, 3)


def test_nothing_is_prompted_and_no_time_runs_while_the_face_settles() -> None:
    scene = scene_of(proving(NEW, live_run(0, hint=Hint.COME_CLOSER, asked_s=None)))
    assert isinstance(scene, FaceScene)
    assert scene.prompt == Words("face.look-ahead")
    assert scene.remaining is None
    assert scene.hint == Words("hint.come-closer")


def test_the_oval_follows_the_face() -> None:
    scene = scene_of(proving(NEW, live_run(0)))
    assert isinstance(scene, FaceScene)
    assert scene.box is not None
    assert scene.box[0] == FACE_BOX[0] / FRAME_SIZE[0]


def test_the_steps_of_the_work_are_the_real_ones() -> None:
    comparing = scene_of(st.Comparing(replace(NEW, document=read_document()), NOW.monotonic_ns))
    assert isinstance(comparing, WorkingScene)
    assert [step.progress for step in comparing.steps] == [Progress.DONE, Progress.FAILED, Progress.NOW, Progress.TO_COME]
    keeping = scene_of(st.Keeping(NEW, NOW.monotonic_ns, NOW.monotonic_ns, "DiskFull"))
    assert isinstance(keeping, WorkingScene)
    assert keeping.steps[3].progress is Progress.NOW
    assert keeping.trouble == Words("working.trying-again")


def test_a_record_that_is_being_sealed_cannot_be_cancelled() -> None:
    around = scene_of(st.Keeping(NEW, NOW.monotonic_ns, NOW.monotonic_ns, None)).around
    assert not around.can_cancel
    assert not around.can_help


@pytest.mark.parametrize("specimen", booth_specimens("en"), ids=lambda specimen: specimen.name)
def test_cancel_and_help_are_there_in_every_case_until_it_is_sealed(specimen: Specimen) -> None:
    around = scene_of(specimen.state, specimen.overview).around
    in_case = isinstance(specimen.state, get_args(st.CaseState)) and not isinstance(specimen.state, st.Keeping)
    assert (around.can_cancel, around.can_help) == (in_case, in_case)


@pytest.mark.parametrize(
    ("ending", "tone", "headline", "promise"),
    [
        (st.Decided(Decision.APPROVE), Tone.GOOD, "result.approved.headline", "promise.sealed"),
        (st.Decided(Decision.REFER), Tone.PERSON, "result.referred.headline", "promise.sealed"),
        (st.Decided(Decision.DECLINE), Tone.PERSON, "result.declined.headline", "promise.sealed"),
        (st.Cancelled(), Tone.CALM, "result.cancelled.headline", "promise.nothing-kept"),
        (st.TimedOut(), Tone.CALM, "result.timed-out.headline", "promise.nothing-kept"),
        (st.ConsentRefused(), Tone.PERSON, "result.no-consent.headline", "promise.nothing-kept"),
        (st.HelpCalled(), Tone.PERSON, "result.help.headline", "promise.nothing-kept"),
        (st.HelpCalled(handed_over=True), Tone.PERSON, "result.help-taken-over.headline", "promise.sealed"),
        (st.CouldNotKeep("DiskFull"), Tone.TROUBLE, "result.could-not-keep.headline", "promise.nothing-kept"),
    ],
)
def test_every_ending_has_its_words_and_says_what_was_kept(ending: st.Ending, tone: Tone, headline: str, promise: str) -> None:
    scene = scene_of(finished(Channel.BOOTH, "en", ending))
    assert isinstance(scene, ResultScene)
    assert (scene.tone, scene.headline, scene.promise) == (tone, Words(headline), Words(promise))


def test_only_a_decided_case_is_shown_to_have_gone_the_whole_way() -> None:
    assert scene_of(finished(Channel.BOOTH, "en", st.Decided(Decision.REFER))).around.stage is Stage.RESULT
    assert scene_of(finished(Channel.BOOTH, "en", st.Cancelled())).around.stage is None


def test_only_an_approval_is_shown_as_good() -> None:
    endings = (st.Decided(Decision.REFER), st.Decided(Decision.DECLINE), st.Cancelled(), st.TimedOut(), st.ConsentRefused())
    for ending in (*endings, st.HelpCalled(), st.CouldNotKeep("DiskFull")):
        scene = scene_of(finished(Channel.BOOTH, "en", ending))
        assert isinstance(scene, ResultScene)
        assert scene.tone is not Tone.GOOD


def test_the_result_counts_down_to_the_policys_end() -> None:
    state = finished(Channel.BOOTH, "en", st.Cancelled())
    shown_s = 3
    scene = scene_of(state)
    assert isinstance(scene, ResultScene)
    assert scene.seconds_left == DEMO.journey.result_shown_s - shown_s


def test_a_lost_camera_says_where_the_customer_was_and_how_long_it_waits() -> None:
    away = st.CameraAway(NEW, proving(NEW, live_run(0)), NOW.monotonic_ns - ns(10))
    scene = scene_of(away)
    assert isinstance(scene, CameraAwayScene)
    assert scene.around.stage is Stage.FACE
    assert scene.seconds_left == DEMO.journey.camera_return_within_s - 10


def test_a_recording_that_has_ended_is_not_called_a_stopped_camera() -> None:
    away = st.CameraAway(NEW, showing(NEW), NOW.monotonic_ns - ns(10))
    ended, lost = (
        scene_of(away, StationOverview(camera_problem="RecordingEnded")),
        scene_of(away, StationOverview(camera_problem="CameraLost")),
    )
    assert isinstance(ended, CameraAwayScene)
    assert isinstance(lost, CameraAwayScene)
    assert [load_phrases(language).say(ended.headline) for language in ("en", "ar")] == ["The recording has ended", "انتهى التسجيل"]
    assert load_phrases("en").say(lost.headline) == "The camera has stopped"
    assert "returns" not in load_phrases("en").say(ended.text)


def test_a_station_out_of_service_names_the_fault_for_staff() -> None:
    scene = scene_of(st.OutOfService("ModelRefused"))
    assert isinstance(scene, OutOfServiceScene)
    assert scene.what == Words("fault.model")
    unknown = scene_of(st.OutOfService("KeyError"))
    assert isinstance(unknown, OutOfServiceScene)
    assert unknown.what == Words("fault.unknown")


@pytest.mark.parametrize(
    ("idle_s", "seconds_left"), [(0, None), (59.9, None), (60, 20), (60.1, 20), (70, 10), (79.5, 1), (80, 0), (100, 0)]
)
def test_whoever_does_nothing_is_warned_after_a_minute_and_counted_down(idle_s: float, seconds_left: int | None) -> None:
    idle = replace(NEW, last_activity_ns=NOW.monotonic_ns - ns(idle_s))
    for state in (st.AskingConsent(idle), showing(idle), proving(idle, live_run(0))):
        assert scene_of(state).around.warning == (None if seconds_left is None else IdleWarning(seconds_left, 20))
    assert scene_of(st.Comparing(idle, NOW.monotonic_ns)).around.warning is None


@pytest.mark.parametrize(("untouched_s", "seconds_left"), [(0, None), (159, None), (160, 20), (160.5, 20), (175, 5), (180, 0), (200, 0)])
def test_a_page_that_is_held_up_for_ever_is_warned_about(untouched_s: float, seconds_left: int | None) -> None:
    """Whatever the camera sees: a rectangle on the wall is no customer."""
    held = replace(NEW, last_touch_ns=NOW.monotonic_ns - ns(untouched_s))
    warning = scene_of(showing(held)).around.warning
    assert warning == (None if seconds_left is None else IdleWarning(seconds_left, 20))


def test_a_warning_gives_at_least_twenty_seconds() -> None:
    """WCAG 2.2, success criterion 2.2.1: at least 20 seconds to extend a time limit with a simple action."""
    begun = replace(NEW, last_activity_ns=NOW.monotonic_ns - ns(DEMO.journey.idle_warning_after_s))
    warning = scene_of(st.AskingConsent(begun)).around.warning
    assert warning == IdleWarning(20, 20)


def test_at_the_desk_nobody_is_warned() -> None:
    idle = replace(case(Channel.DESK, "en"), last_activity_ns=0)
    assert scene_of(st.AskingConsent(idle)).around.warning is None


def test_buttons_come_alive_again_when_a_warning_or_language_changes() -> None:
    calm = scene_of(st.AskingConsent(NEW)).around.identity
    warned = scene_of(st.AskingConsent(replace(NEW, last_activity_ns=NOW.monotonic_ns - ns(65)))).around.identity
    spoken = scene_of(st.AskingConsent(replace(NEW, language="ar"))).around.identity
    assert len({calm, warned, spoken}) == 3


def test_time_alone_does_not_bring_a_pressed_button_back() -> None:
    later = Moment(NOW.monotonic_ns + ns(5), NOW.wall)
    state = st.AskingConsent(NEW)
    assert present(state, StationOverview(), later, DEMO, "en").around.identity == scene_of(state).around.identity


@pytest.mark.parametrize(
    "module", ["scenes", "desk_scenes", "present", "present_desk", "present_evidence", "wording", "forms", "phrases", "theme"]
)
def test_what_makes_the_scenes_knows_no_qt(module: str) -> None:
    source = Path(ui.__file__).with_name(f"{module}.py").read_text(encoding="utf-8")
    imported = {
        name
        for node in ast.walk(ast.parse(source))
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert {name for name in imported if name.startswith(("PySide6", "shiboken6", "ui.widgets", "ui.screens", "ui.bridge"))} == set()


def test_a_passport_whose_portrait_is_missing_is_never_to_be_turned_over() -> None:
    read = read_document()
    passport = replace(read, fields=replace(read.fields, layout=MrzLayout.TD3))
    for so_far, turned in ((read, True), (passport, False), (None, False)):
        assert other_side_wanted(replace(showing(case(Channel.BOOTH, "en")), so_far=so_far)) is turned
