"""From the journey's state and the station's overview to the desk's scene. PURE, no Qt, decides nothing."""

from dataclasses import replace
from typing import assert_never

from kiosk.document.reading import PageHint
from kiosk.journey.states import (
    AskingConsent,
    AwaitingDisposition,
    CameraAway,
    Cancelled,
    CaseState,
    Comparing,
    ConsentRefused,
    CouldNotKeep,
    Decided,
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
from kiosk.liveness.run import remaining_share
from kiosk.policy import Policy
from kiosk.record import AccountOpening, HighValueTransaction
from kiosk.station.overview import StationOverview
from kiosk.values import Channel, Masked, Moment
from ui.desk_scenes import CaseView, ClosedView, DeskCan, DeskScene, DeskView, EndedView, FieldLine, LivePanel, Money, ReadyView
from ui.forms import amount_figures
from ui.present import box_share, corners_share, ending_words, failure_words, other_side_wanted, seconds_left
from ui.present_evidence import (
    document_panel,
    faces_panel,
    liveness_panel,
    read_so_far,
    recommendation_panel,
    second_document_panel,
    suggested_address,
)
from ui.present_list import camera_words, case_lines, station_line
from ui.scenes import Words, counted
from ui.wording import (
    RECORDING_ENDED,
    fault_words,
    gesture_of,
    purpose_words,
    remedy_words,
)


def present_desk(state: State, overview: StationOverview, moment: Moment, policy: Policy, *, practice: bool = False) -> DeskScene:
    """Return the desk's scene. practice: there is no bank behind this desk, and every place where one would be named says so."""
    strip, view = station_line(overview, moment, policy, practice=practice), _view(state, overview, moment, policy)
    if practice:
        view = _practised(view)
    return DeskScene(case_lines(state, overview, moment, practice=practice), strip, view)


def _practised(view: DeskView) -> DeskView:
    """Whoever decided for practice must not believe that a record is under way."""
    return replace(view, next_step=Words("desk-ended.practised")) if isinstance(view, EndedView) and view.has_receipt else view


def _view(state: State, overview: StationOverview, moment: Moment, policy: Policy) -> DeskView:
    match state:
        case Idle():
            trouble = camera_words(overview) if overview.camera_problem else None
            return ReadyView(("ready",), trouble)
        case Finished():
            return _ended(state)
        case OutOfService():
            return ClosedView(fault_words(state.fault), remedy_words(state.fault))
        case _:
            return _case_view(state, overview, moment, policy)


# The case in front


def _case_view(state: CaseState, overview: StationOverview, moment: Moment, policy: Policy) -> CaseView:
    case = state.case
    mine = case.channel is Channel.DESK
    read = read_so_far(state)
    opening = isinstance(case.purpose, AccountOpening)
    busy = isinstance(state, Comparing | Keeping | PreparingFace) or (
        isinstance(state, ShowingDocument) and state.reading_since_ns is not None
    )
    return CaseView(
        identity=("case", case.session, type(state).__name__, str(case.step)),
        session=case.session,
        customer_language=case.language,
        asks_consent=isinstance(state, AskingConsent),
        purpose=purpose_words(case.purpose),
        headline=_headline(state, overview),
        say=_say(state, overview, moment, policy),
        can=DeskCan(
            give_consent=mine and isinstance(state, AskingConsent),
            swipe=mine and isinstance(state, ShowingDocument),
            load_picture=mine and isinstance(state, ShowingDocument) and state.reading_since_ns is None,
            say_no_other=mine and isinstance(state, ShowingDocument) and case.second_since_ns is not None,
            edit_contact=mine and opening and not isinstance(state, Keeping | AskingConsent),
            decide=mine and isinstance(state, AwaitingDisposition),
            # Once there is a recommendation the journey cannot be cancelled away (the reducer's rule 3).
            cancel=mine and case.recommendation is None and not isinstance(state, Keeping),
        ),
        live=_live_panel(state, moment, policy),
        document=document_panel(state, read),
        second_document=second_document_panel(case),
        faces=faces_panel(case, read),
        liveness=liveness_panel(state, policy),
        recommendation=None if case.recommendation is None else recommendation_panel(case.recommendation),
        contact=case.purpose.contact if isinstance(case.purpose, AccountOpening) else None,
        takes_contact=opening,
        suggested_address=suggested_address(read),
        transaction=transaction_lines(case.purpose) if isinstance(case.purpose, HighValueTransaction) else (),
        busy=busy,
        trouble=_trouble(state),
        wishes=tuple(Words(f"wish.{wish.replace('-', '_')}") for wish in case.wishes),
    )


def _headline(state: CaseState, overview: StationOverview) -> Words:
    match state:
        case AskingConsent():
            return Words("consent.spoken")
        case ShowingDocument():
            if other_side_wanted(state):
                return Words("desk.photo-side")
            return Words("stage.document" if state.case.second_since_ns is None else "desk.another-document")
        case TakingContact():
            return Words("contact.headline")
        case PreparingFace():
            return Words("desk.liveness")
        case ProvingLive():
            return Words("face.look-ahead") if state.run.prompt is None else Words(f"prompt.{state.run.prompt}")
        case Comparing():
            return Words("desk.comparing")
        case AwaitingDisposition():
            return Words("desk.decide")
        case Keeping():
            return Words("desk.sealing")
        case CameraAway():
            return Words("recording-ended.headline" if overview.camera_problem == RECORDING_ENDED else "camera-away.headline")
        case _:
            assert_never(state)


def _say(state: CaseState, overview: StationOverview, moment: Moment, policy: Policy) -> Words | None:
    """What the teller tells the customer or does now."""
    match state:
        case AskingConsent():
            return Words("say.consent")
        case ShowingDocument():
            if other_side_wanted(state):
                return Words("say.document-other-side")
            return Words("say.document" if state.case.second_since_ns is None else "say.document-another")
        case PreparingFace():
            return Words("say.look-ahead")
        case ProvingLive():
            return Words("say.look-ahead") if state.run.prompt is None else Words(f"say.{state.run.prompt}")
        case CameraAway():
            left = seconds_left(state.since_ns, policy.journey.camera_return_within_s, moment)
            ended = overview.camera_problem == RECORDING_ENDED
            return Words("say.recording-ended" if ended else "say.camera-away", (("seconds", counted("seconds", left)),))
        case TakingContact() | Comparing() | AwaitingDisposition() | Keeping():
            return None
        case _:
            assert_never(state)


def _trouble(state: CaseState) -> Words | None:
    if isinstance(state, ShowingDocument) and state.reading_since_ns is None:
        return failure_words(state.last_failure)
    if isinstance(state, Keeping) and state.last_failure is not None:
        return fault_words(state.last_failure)
    return None


def _live_panel(state: CaseState, moment: Moment, policy: Policy) -> LivePanel:
    match state:
        case ShowingDocument():
            reading = state.reading_since_ns is not None
            hint = Words("document.reading") if reading else None if state.hint is None else _page_hint(state.hint, state)
            glare = box_share(state.glare, state.frame_size)
            return LivePanel(False, corners_share(state.quad, state.frame_size), None, True, None, None, hint, glare)
        case ProvingLive():
            run = state.run
            remaining = None if run.prompt is None else remaining_share(run, moment.monotonic_ns)
            gesture = None if run.prompt is None else gesture_of(run.prompt)
            hint = None if run.hint is None else Words(f"hint.{run.hint}")
            return LivePanel(True, None, box_share(state.face_box, state.frame_size), False, gesture, remaining, hint)
        case _:
            return LivePanel(True, None, None, False, None, None, None)


def _page_hint(hint: PageHint, state: ShowingDocument) -> Words:
    other = state.so_far is not None and hint is PageHint.OTHER_WAY
    return Words("document.now-other-side") if other else Words(f"page-hint.{hint}")


def transaction_lines(purpose: HighValueTransaction) -> tuple[FieldLine, ...]:
    return (
        FieldLine(Words("field.amount"), Masked(Money(amount_figures(purpose.amount_minor, purpose.currency), purpose.currency))),
        FieldLine(Words("field.payee"), purpose.payee),
        FieldLine(Words("field.debit_account"), purpose.debit_account),
    )


def _ended(state: Finished) -> EndedView:
    tone, family, _ = ending_words(state.ending)
    identity = ("ended", state.session)
    match state.ending:
        case Decided(decision=decision):
            return EndedView(identity, tone, Words(f"decided.{decision}"), Words("desk-ended.decided"), has_receipt=True)
        case Cancelled():
            return EndedView(identity, tone, Words("desk.ended"), Words("desk-ended.cancelled"))
        case TimedOut():
            return EndedView(identity, tone, Words("desk.ended"), Words("desk-ended.timed-out"))
        case ConsentRefused():
            return EndedView(identity, tone, Words("desk.ended"), Words("desk-ended.no-consent"))
        case HelpCalled():
            return EndedView(identity, tone, Words("desk.ended"), Words("desk-ended.help"))
        case CouldNotKeep(fault=fault):
            why = Words("desk-ended.could-not-keep", (("what", fault_words(fault)),))
            return EndedView(identity, tone, Words(f"{family}.headline"), why)
        case _:
            assert_never(state.ending)
