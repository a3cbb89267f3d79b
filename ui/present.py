"""From the journey's state to the booth's scene. PURE, no Qt: a window only draws what this returns.

Nothing is decided here: counts and countdowns repeat what the reducer's policy says will happen.
"""

from dataclasses import replace
from math import ceil
from typing import assert_never

from kiosk.document.reading import DocumentOutcome, PageHint, Read, Unknown, Unreadable
from kiosk.journey.attention import idle_left_ns, is_unattended
from kiosk.journey.contact import ContactField, Typed, details_of, judged
from kiosk.journey.contact_offers import offers
from kiosk.journey.document_step import TWO_SIDED
from kiosk.journey.states import (
    AskingConsent,
    AwaitingDisposition,
    CameraAway,
    Cancelled,
    Case,
    CaseState,
    Comparing,
    ConsentRefused,
    CouldNotKeep,
    Decided,
    Ending,
    Finished,
    HelpCalled,
    Idle,
    Keeping,
    OutOfService,
    PreparingFace,
    ProvingLive,
    ShowingDocument,
    State,
    TakingContact,
    TimedOut,
)
from kiosk.liveness.challenge import LightPath
from kiosk.liveness.run import LivenessRun, remaining_share, screen_shown
from kiosk.policy import Policy
from kiosk.record import AccountOpening, Decision
from kiosk.station.overview import StationOverview
from kiosk.values import Masked, Moment, ns
from ui.scenes import (
    Around,
    BoothScene,
    Box,
    CameraAwayScene,
    ConsentScene,
    ContactScene,
    Corners,
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
    WorkStep,
    counted,
)
from ui.wording import RECORDING_ENDED, fault_words, gesture_of, page_hint_gesture, purpose_words

NANOSECONDS = 1_000_000_000


def present(state: State, overview: StationOverview, moment: Moment, policy: Policy, resting_language: str) -> BoothScene:
    """Return the booth's scene. resting_language: what the welcome is shown in, chosen on the welcome itself."""
    scene = _scene_of(state, overview, moment, policy, resting_language)
    if isinstance(state, CaseState | Finished) and is_unattended(state, moment, policy):
        return replace(scene, around=replace(scene.around, covered=True))
    return scene


def _scene_of(state: State, overview: StationOverview, moment: Moment, policy: Policy, resting_language: str) -> BoothScene:
    match state:
        case Idle():
            trouble = Words("welcome.camera-trouble") if overview.camera_problem else None
            if overview.halted(moment.wall, policy.sync) is not None:
                trouble = Words("welcome.no-new-cases")
            return WelcomeScene(
                Around(resting_language, ("welcome", resting_language), None, moment.monotonic_ns, can_change_language=True), trouble
            )
        case AskingConsent():
            opens = isinstance(state.case.purpose, AccountOpening)
            return ConsentScene(_around(state, Stage.CONSENT, "consent", moment, policy), purpose_words(state.case.purpose), opens)
        case ShowingDocument():
            return _document_scene(state, moment, policy)
        case TakingContact():
            return _contact_scene(state, moment, policy)
        case PreparingFace():
            around = _around(state, Stage.FACE, "face", moment, policy)
            total = policy.liveness.challenges
            return FaceScene(around, Words("face.get-ready"), Gesture.LOOK_AHEAD, None, 0, total, None, None)
        case ProvingLive():
            return _face_scene(state, moment, policy)
        case Comparing() | AwaitingDisposition() | Keeping():
            return _working_scene(state, moment, policy)
        case CameraAway():
            left = seconds_left(state.since_ns, policy.journey.camera_return_within_s, moment)
            stage = Stage.DOCUMENT if isinstance(state.resume, ShowingDocument) else Stage.FACE
            around = _around(state, stage, "camera-away", moment, policy)
            return CameraAwayScene(around, *camera_away_words(overview, left), left, ceil(policy.journey.camera_return_within_s))
        case Finished():
            return _result_scene(state, moment, policy)
        case OutOfService():
            return OutOfServiceScene(Around(resting_language, ("out-of-service",), None, moment.monotonic_ns), fault_words(state.fault))
        case _:
            assert_never(state)


def _around(state: CaseState, stage: Stage, place: str, moment: Moment, policy: Policy) -> Around:
    case = state.case
    warning = _idle_warning(state, moment, policy)
    identity = (place, case.session, case.language, "warned" if warning else "")
    # Once there is a recommendation the journey cannot be left (the reducer's rule 3).
    may_leave = case.recommendation is None and not isinstance(state, Keeping)
    return Around(
        language=case.language,
        identity=identity,
        stage=stage,
        at_ns=moment.monotonic_ns,
        can_cancel=may_leave,
        can_help=may_leave,
        can_change_language=isinstance(state, AskingConsent | ShowingDocument | TakingContact),
        warning=warning,
    )


def _idle_warning(state: CaseState, moment: Moment, policy: Policy) -> IdleWarning | None:
    """The countdown the reducer's rule 10 will end, in its own figures."""
    countdown_s = policy.journey.idle_countdown_s
    left_ns = idle_left_ns(state, moment, policy)
    if left_ns is None or left_ns > ns(countdown_s):
        return None
    return IdleWarning(ceil(left_ns / NANOSECONDS), ceil(countdown_s))


def camera_away_words(overview: StationOverview, left: int) -> tuple[Words, Words, Words]:
    """Return what has stopped, whether it may return, and what happens if not. left: seconds.

    A camera may return; a recording that has been played to its end does not, and nobody should look for a cable.
    """
    seconds = (("seconds", counted("seconds", left)),)
    if overview.camera_problem == RECORDING_ENDED:
        return Words("recording-ended.headline"), Words("recording-ended.text"), Words("recording-ended.otherwise", seconds)
    return Words("camera-away.headline"), Words("camera-away.text"), Words("camera-away.otherwise", seconds)


def closing_refused(state: State) -> Words | None:
    """Return why a window cannot be closed now, None if it can: whatever was recommended is decided and sealed, never closed away."""
    match state:
        case AwaitingDisposition():
            return Words("closing.decide-first")
        case Keeping():
            return Words("closing.sealing")
        case _:
            return None


def seconds_left(since_ns: int, within_s: float, moment: Moment) -> int:
    return max(0, ceil(within_s - (moment.monotonic_ns - since_ns) / NANOSECONDS))


def other_side_wanted(state: ShowingDocument) -> bool:
    """Return whether a card is to be turned over. A passport whose portrait is still missing is shown whole, not turned."""
    return state.so_far is not None and state.so_far.fields.layout in TWO_SIDED


def _document_scene(state: ShowingDocument, moment: Moment, policy: Policy) -> DocumentScene:
    reading = state.reading_since_ns is not None
    first_side_read = state.so_far is not None
    hint = None if reading or state.hint is None else _page_hint_words(state.hint, first_side_read)
    return DocumentScene(
        around=_around(state, Stage.DOCUMENT, "document", moment, policy),
        headline=document_headline(state),
        hint=hint,
        gesture=Gesture.TURN_CARD if other_side_wanted(state) else page_hint_gesture(state.hint),
        quad=corners_share(state.quad, state.frame_size),
        glare=box_share(state.glare, state.frame_size),
        reading=reading,
        first_side_read=first_side_read,
        failure=failure_words(state.last_failure),
        tries=state.attempts,
        tries_allowed=policy.document.reads_before_help,
    )


def document_headline(state: ShowingDocument) -> Words:
    if other_side_wanted(state):
        return Words("document.show-photo-side")
    return Words("document.show" if state.case.second_since_ns is None else "document.show-another")


def _page_hint_words(hint: PageHint, first_side_read: bool) -> Words:
    """While the other side is awaited the plain `turn it over` would be read as `you showed it wrongly`."""
    return Words("document.now-other-side") if first_side_read and hint is PageHint.OTHER_WAY else Words(f"page-hint.{hint}")


def failure_words(failure: DocumentOutcome | None) -> Words | None:
    match failure:
        case None | Read():
            return None
        case Unreadable(because=because):
            return Words(f"unreadable.{because}")
        case Unknown():
            return Words("document.unknown")
        case _:
            assert_never(failure)


def _contact_scene(state: TakingContact, moment: Moment, policy: Policy) -> ContactScene:
    texts = {field: state.draft.text(field) for field in ContactField}
    checks = {field: judged(state.draft, field) for field in ContactField}
    here = checks[state.at]
    match here.typed:
        case Typed.EMPTY:
            says = Words("contact.why")
        case Typed.RIGHT if state.at is ContactField.ADDRESS:
            says = Words("contact.from-document" if state.draft.prefilled else "typed.right")
        case Typed.RIGHT:
            says = Words("typed.right")
        case Typed.GOING | Typed.WRONG:
            says = Words(f"contact-check.{here.why}")
        case _:
            assert_never(here.typed)
    given = details_of(state.draft)
    stands = here.typed
    hidden = state.at in state.hidden
    if hidden and here.typed is not Typed.WRONG:
        says = Words("contact.hidden")
    if state.at is ContactField.ADDRESS and given is None and here.typed in (Typed.EMPTY, Typed.RIGHT):
        stands, says = Typed.GOING, Words("contact.one-needed")
    return ContactScene(
        around=_around(state, Stage.DOCUMENT, "contact", moment, policy),
        session=state.case.session,
        at=state.at,
        texts=texts,
        typed={field: found.typed for field, found in checks.items()},
        here=stands,
        says=says,
        may_give=given is not None,
        may_skip=Typed.RIGHT not in (checks[ContactField.EMAIL].typed, checks[ContactField.PHONE].typed),
        # They are made of the name on the document: not for whoever came after its holder left.
        offers=() if state.left else tuple(map(Masked, offers(state.draft, state.at, _names(state.case), state.case.language))),
        hidden=hidden,
    )


def _names(case: Case) -> tuple[str, str]:
    """Return surname and given names as the document has them, empty where it was not read."""
    fields = case.document.fields if isinstance(case.document, Read) else None
    return ("", "") if fields is None else (fields.surname.reveal(), fields.given_names.reveal())


def _face_scene(state: ProvingLive, moment: Moment, policy: Policy) -> FaceScene:
    run = state.run
    hint = None if run.hint is None else Words(f"hint.{run.hint}")
    asked = run.prompt is not None
    light = screen_shown(run, moment.monotonic_ns, policy.liveness)
    return FaceScene(
        around=_around(state, Stage.FACE, "face", moment, policy),
        prompt=_asked_words(run),
        gesture=gesture_of(run.prompt) if run.prompt is not None else Gesture.LOOK_AHEAD,
        hint=hint,
        done=run.done,
        total=run.total,
        remaining=remaining_share(run, moment.monotonic_ns) if asked else None,
        box=box_share(state.face_box, state.frame_size),
        light=light,
        extensions=run.extensions,
        may_spare_light=run.script.light_path is not LightPath.NONE and not run.light_over,
    )


def _asked_words(run: LivenessRun) -> Words:
    if run.lighting:
        return Words("face.light")
    return Words(f"prompt.{run.prompt}") if run.prompt is not None else Words("face.look-ahead")


def corners_share(quad: Corners | None, size: tuple[int, int] | None) -> Corners | None:
    if quad is None or size is None:
        return None
    return tuple((x / size[0], y / size[1]) for x, y in quad)


def box_share(box: Box | None, size: tuple[int, int] | None) -> Box | None:
    if box is None or size is None:
        return None
    width, height = size
    return box[0] / width, box[1] / height, box[2] / width, box[3] / height


def _working_scene(state: Comparing | AwaitingDisposition | Keeping, moment: Moment, policy: Policy) -> WorkingScene:
    case = state.case
    sealing = isinstance(state, Keeping)
    steps = (
        WorkStep(Words("working.document"), Progress.DONE if isinstance(case.document, Read) else Progress.FAILED),
        WorkStep(Words("working.face"), Progress.DONE if case.liveness is not None else Progress.FAILED),
        WorkStep(Words("working.compare"), _compared(state)),
        WorkStep(Words("working.seal"), Progress.NOW if sealing else Progress.TO_COME),
    )
    trouble = Words("working.trying-again") if isinstance(state, Keeping) and state.last_failure is not None else None
    return WorkingScene(_around(state, Stage.RESULT, "working", moment, policy), steps, trouble)


def _compared(state: Comparing | AwaitingDisposition | Keeping) -> Progress:
    if isinstance(state, Comparing):
        return Progress.NOW
    return Progress.DONE if state.case.match is not None else Progress.FAILED


def _result_scene(state: Finished, moment: Moment, policy: Policy) -> ResultScene:
    tone, family, wiped = ending_words(state.ending)
    # Only a case that was decided went the whole way; the track must not tick what never happened.
    stage = Stage.RESULT if isinstance(state.ending, Decided) else None
    return ResultScene(
        around=Around(state.language, ("result", state.session), stage, moment.monotonic_ns),
        tone=tone,
        headline=Words(f"{family}.headline"),
        next_step=Words(f"{family}.next"),
        promise=wiped,
        seconds_left=seconds_left(state.since_ns, policy.journey.result_shown_s, moment),
        seconds_in_all=ceil(policy.journey.result_shown_s),
    )


def ending_words(ending: Ending) -> tuple[Tone, str, Words]:
    """Return the tone, the family of phrases (`<family>.headline`, `<family>.next`) and what happens with what was captured."""
    nothing_kept, sealed = Words("promise.nothing-kept"), Words("promise.sealed")
    match ending:
        case Decided(decision=Decision.APPROVE):
            return Tone.GOOD, "result.approved", sealed
        case Decided(decision=Decision.REFER):
            return Tone.PERSON, "result.referred", sealed
        case Decided():
            return Tone.PERSON, "result.declined", sealed
        case Cancelled():
            return Tone.CALM, "result.cancelled", nothing_kept
        case TimedOut():
            return Tone.CALM, "result.timed-out", nothing_kept
        case ConsentRefused():
            return Tone.PERSON, "result.no-consent", nothing_kept
        case HelpCalled(handed_over=True):
            return Tone.PERSON, "result.help-taken-over", sealed
        case HelpCalled():
            return Tone.PERSON, "result.help", nothing_kept
        case CouldNotKeep():
            return Tone.TROUBLE, "result.could-not-keep", nothing_kept
        case _:
            assert_never(ending)
