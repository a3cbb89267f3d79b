"""From the journey's state and the station's overview to the desk's scene. PURE, no Qt, decides nothing."""

from datetime import date
from math import floor
from typing import assert_never

from kiosk.document.reading import DocumentFields, DocumentOutcome, Finding, PageHint, Read, Unknown, Unreadable
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
    Finished,
    HelpCalled,
    Idle,
    Keeping,
    OutOfService,
    PreparingFace,
    ProvingLive,
    ShowingDocument,
    State,
    TimedOut,
)
from kiosk.liveness.challenge import ChallengeKind
from kiosk.liveness.run import remaining_share
from kiosk.policy import Policy
from kiosk.record import AccountOpening, Decision, HighValueTransaction
from kiosk.risk.decision import Approve, Recommendation
from kiosk.station.overview import CaseRow, StationOverview
from kiosk.values import Channel, Masked, Moment
from ui.forms import amount_text
from ui.present import box_share, corners_share, ending_words, failure_words, seconds_left
from ui.scenes import (
    CaseLine,
    CaseView,
    CheckLine,
    ClosedView,
    DeskCan,
    DeskScene,
    DeskView,
    DocumentPanel,
    EndedView,
    FacesPanel,
    FieldLine,
    LivenessPanel,
    LivePanel,
    Mark,
    Progress,
    ReadyView,
    RecommendationPanel,
    StationLine,
    Words,
    WorkStep,
)
from ui.wording import (
    document_words,
    fault_words,
    finding_words,
    gesture_of,
    liveness_words,
    mark_of,
    match_words,
    problem_words,
    purpose_words,
    reason_words,
    remedy_words,
)

DECISION_MARKS = {Decision.APPROVE: Mark.AGREES, Decision.REFER: Mark.DOUBTS, Decision.DECLINE: Mark.CONTRADICTS}
DELIVERY_MARKS = {"receipted": Mark.AGREES, "waiting": Mark.NOTED, "set-aside": Mark.DOUBTS}


def present_desk(state: State, overview: StationOverview, moment: Moment, policy: Policy) -> DeskScene:
    """Return the desk's scene."""
    running = () if isinstance(state, Idle | Finished | OutOfService) else (_running_line(state),)
    lines = (*running, *(_kept_line(row, moment) for row in overview.rows))
    return DeskScene(lines, _station_line(overview), _view(state, overview, moment, policy))


def _view(state: State, overview: StationOverview, moment: Moment, policy: Policy) -> DeskView:
    match state:
        case Idle():
            trouble = _camera_words(overview) if overview.camera_problem else None
            return ReadyView(("ready",), trouble)
        case Finished():
            return _ended(state)
        case OutOfService():
            return ClosedView(fault_words(state.fault), remedy_words(state.fault))
        case _:
            return _case_view(state, moment, policy)


# The list and the strip


def _running_line(state: CaseState) -> CaseLine:
    case = state.case
    at_desk = case.channel is Channel.DESK
    read = _read_so_far(state)
    return CaseLine(
        session=case.session,
        opened_at=case.opened.wall,
        holder=None if read is None else _holder(read.fields),
        purpose=purpose_words(case.purpose),
        channel=Words(f"channel.{case.channel}"),
        outcome=Words("decided.running" if at_desk else "decided.elsewhere"),
        outcome_mark=Mark.NOTED,
        delivery=Words("delivery.running"),
        delivery_mark=Mark.NOTED,
        detail=None,
        running=True,
        can_retry=False,
    )


def _kept_line(row: CaseRow, moment: Moment) -> CaseLine:
    delivery = str(row.delivery)
    return CaseLine(
        session=row.session,
        opened_at=row.opened_at,
        holder=row.holder,
        purpose=Words(f"purpose.{row.purpose}"),
        channel=Words(f"channel.{row.channel}"),
        outcome=Words(f"decided.{row.decision}"),
        outcome_mark=DECISION_MARKS[row.decision],
        delivery=Words(f"delivery.{delivery}"),
        delivery_mark=DELIVERY_MARKS[delivery],
        detail=None if delivery == "receipted" else _waiting_words(row, moment),
        running=False,
        can_retry=delivery == "set-aside",
    )


def _waiting_words(row: CaseRow, moment: Moment) -> Words:
    minutes = max(0, floor((moment.wall - row.closed_at).total_seconds() / 60))
    since = (("minutes", minutes), ("tries", row.attempts))
    if not row.last_problem:
        return Words("delivery.since", since)
    return Words("delivery.since-why", (*since, ("why", problem_words(row.last_problem))))


def _station_line(overview: StationOverview) -> StationLine:
    if overview.set_aside:
        bank, bank_mark = Words("bank.aside", (("aside", overview.set_aside), ("waiting", overview.waiting))), Mark.DOUBTS
    elif overview.waiting:
        bank, bank_mark = Words("bank.waiting", (("waiting", overview.waiting),)), Mark.NOTED
    else:
        bank, bank_mark = Words("bank.reached"), Mark.AGREES
    if overview.bank_problem:
        bank = Words("bank.with-problem", (("bank", bank), ("why", problem_words(overview.bank_problem))))
        bank_mark = Mark.DOUBTS
    camera_mark = Mark.DOUBTS if overview.camera_problem else Mark.AGREES
    return StationLine(overview.operator, bank, bank_mark, _camera_words(overview), camera_mark)


def _camera_words(overview: StationOverview) -> Words:
    if not overview.camera_problem:
        return Words("camera.good")
    return Words("camera.trouble", (("what", fault_words(overview.camera_problem)),))


# The case in front


def _case_view(state: CaseState, moment: Moment, policy: Policy) -> CaseView:
    case = state.case
    mine = case.channel is Channel.DESK
    read = _read_so_far(state)
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
        headline=_headline(state),
        say=_say(state, moment, policy),
        can=DeskCan(
            give_consent=mine and isinstance(state, AskingConsent),
            load_picture=mine and isinstance(state, ShowingDocument) and state.reading_since_ns is None,
            edit_contact=mine and opening and not isinstance(state, Keeping | AskingConsent),
            decide=mine and isinstance(state, AwaitingDisposition),
            cancel=mine and not isinstance(state, Keeping),
        ),
        live=_live_panel(state, moment, policy),
        document=_document_panel(state, read),
        faces=_faces_panel(case, read),
        liveness=_liveness_panel(state, policy),
        recommendation=None if case.recommendation is None else _recommendation_panel(case.recommendation),
        contact=case.purpose.contact if isinstance(case.purpose, AccountOpening) else None,
        takes_contact=opening,
        suggested_address=_suggested_address(read),
        transaction=transaction_lines(case.purpose) if isinstance(case.purpose, HighValueTransaction) else (),
        busy=busy,
        trouble=_trouble(state),
    )


def _headline(state: CaseState) -> Words:
    match state:
        case AskingConsent():
            return Words("consent.spoken")
        case ShowingDocument():
            return Words("document.show-photo-side" if state.so_far is not None else "document.show")
        case PreparingFace():
            return Words("face.get-ready")
        case ProvingLive():
            return Words("face.look-ahead") if state.run.prompt is None else Words(f"prompt.{state.run.prompt}")
        case Comparing():
            return Words("working.compare")
        case AwaitingDisposition():
            return Words("desk.decide")
        case Keeping():
            return Words("desk.sealing")
        case CameraAway():
            return Words("camera-away.headline")
        case _:
            assert_never(state)


def _say(state: CaseState, moment: Moment, policy: Policy) -> Words | None:
    """What the teller tells the customer or does now."""
    match state:
        case AskingConsent():
            return Words("say.consent")
        case ShowingDocument():
            return Words("say.document-other-side" if state.so_far is not None else "say.document")
        case PreparingFace():
            return Words("say.look-ahead")
        case ProvingLive():
            return Words("say.look-ahead") if state.run.prompt is None else Words(f"say.{state.run.prompt}")
        case CameraAway():
            left = seconds_left(state.since_ns, policy.journey.camera_return_within_s, moment)
            return Words("say.camera-away", (("seconds", left),))
        case Comparing() | AwaitingDisposition() | Keeping():
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
            return LivePanel(False, corners_share(state.quad, state.frame_size), None, True, None, None, hint)
        case ProvingLive():
            run = state.run
            remaining = None if run.prompt is None else remaining_share(run, moment.monotonic_ns, policy.liveness)
            gesture = None if run.prompt is None else gesture_of(run.prompt)
            hint = None if run.hint is None else Words(f"hint.{run.hint}")
            return LivePanel(True, None, box_share(state.face_box, state.frame_size), False, gesture, remaining, hint)
        case _:
            return LivePanel(True, None, None, False, None, None, None)


def _page_hint(hint: PageHint, state: ShowingDocument) -> Words:
    other = state.so_far is not None and hint is PageHint.OTHER_WAY
    return Words("document.now-other-side") if other else Words(f"page-hint.{hint}")


def _read_so_far(state: CaseState) -> Read | None:
    if isinstance(state.case.document, Read):
        return state.case.document
    return state.so_far if isinstance(state, ShowingDocument) else None


def _document_panel(state: CaseState, read: Read | None) -> DocumentPanel:
    outcome: DocumentOutcome | None = read if read is not None else state.case.document
    if outcome is None and isinstance(state, ShowingDocument):
        outcome = state.last_failure
    words, mark = document_words(outcome)
    match outcome:
        case Read():
            checks = tuple(_check_line(finding) for finding in sorted(outcome.findings, key=_gravest_first))
            return DocumentPanel(words, mark, outcome.page, field_lines(outcome.fields), checks, outcome.raw_lines)
        case Unknown(page=page):
            return DocumentPanel(words, mark, page, (), (), Masked(()))
        case Unreadable() | None:
            return DocumentPanel(words, mark, None, (), (), Masked(()))
        case _:
            assert_never(outcome)


_GRAVEST_FIRST = (Mark.CONTRADICTS, Mark.DOUBTS, Mark.NOTED, Mark.AGREES)


def _gravest_first(finding: Finding) -> int:
    return _GRAVEST_FIRST.index(mark_of(finding.weight))


def _check_line(finding: Finding) -> CheckLine:
    return CheckLine(mark_of(finding.weight), finding_words(finding.code, finding.about))


def field_lines(fields: DocumentFields) -> tuple[FieldLine, ...]:
    """Return the fields as a table, dates as year-month-day; what is not there is left out."""
    printed_name, printed_address = fields.printed_name.reveal(), fields.printed_address.reveal()
    rows: list[tuple[str, str | Words]] = [
        ("surname", fields.surname.reveal()),
        ("given_names", fields.given_names.reveal()),
        ("printed_name", printed_name or ""),
        ("birth_date", _date_text(fields.birth_date.reveal())),
        ("sex", fields.sex),
        ("nationality", fields.nationality),
        ("number", fields.number.reveal()),
        ("expiry_date", _date_text(fields.expiry_date)),
        ("issuing_state", fields.issuing_state),
        ("layout", Words(f"layout.{fields.layout}")),
        ("printed_address", printed_address or ""),
        ("optional", fields.optional.reveal()),
    ]
    return tuple(
        FieldLine(Words(f"field.{name}"), value if isinstance(value, Words) else Masked(value)) for name, value in rows if value
    )


def _date_text(day: date | None) -> str:
    return "?" if day is None else day.isoformat()


def _holder(fields: DocumentFields) -> Masked[str]:
    return Masked(f"{fields.surname.reveal()} {fields.given_names.reveal()}".strip())


def _suggested_address(read: Read | None) -> Masked[str] | None:
    address = None if read is None else read.fields.printed_address.reveal()
    return None if not address else Masked(address)


def _faces_panel(case: Case, read: Read | None) -> FacesPanel:
    words, mark, detail = match_words(case.match)
    portrait = None if read is None or read.portrait is None else read.portrait.pixels
    best = max(case.views, key=lambda view: view.sharpness, default=None)
    return FacesPanel(portrait, None if best is None else best.chip, words, mark, detail)


def _liveness_panel(state: CaseState, policy: Policy) -> LivenessPanel:
    verdict = state.case.liveness
    if isinstance(state, ProvingLive):
        done = tuple(response.kind for response in state.run.responses)
        return LivenessPanel(_challenge_strip(done, state.run.prompt, state.run.total), Words("liveness.running"), Mark.NOTED)
    words, mark = liveness_words(verdict)
    if verdict is None:
        return LivenessPanel(_challenge_strip((), None, policy.liveness.challenges), words, mark)
    evidence = verdict.evidence
    kinds = evidence.script.challenges
    done_count = len(evidence.done)
    steps = tuple(
        WorkStep(Words(f"challenge.{kind}"), Progress.DONE if number < done_count else Progress.FAILED) for number, kind in enumerate(kinds)
    )
    return LivenessPanel(steps, words, mark)


def _challenge_strip(done: tuple[ChallengeKind, ...], now: ChallengeKind | None, total: int) -> tuple[WorkStep, ...]:
    """What is still to come is not named: nobody at the desk can whisper it."""
    steps = [WorkStep(Words(f"challenge.{kind}"), Progress.DONE) for kind in done]
    if now is not None:
        steps.append(WorkStep(Words(f"challenge.{now}"), Progress.NOW))
    steps += [WorkStep(Words("challenge.next"), Progress.TO_COME)] * (total - len(steps))
    return tuple(steps)


def _recommendation_panel(recommendation: Recommendation) -> RecommendationPanel:
    decision = Decision(type(recommendation).__name__.lower())
    return RecommendationPanel(
        decision=decision,
        headline=Words(f"recommended.{decision}"),
        mark=DECISION_MARKS[decision],
        reasons=tuple(CheckLine(mark_of(reason.weight), reason_words(reason)) for reason in recommendation.reasons),
        second_needed=not isinstance(recommendation, Approve),
    )


def transaction_lines(purpose: HighValueTransaction) -> tuple[FieldLine, ...]:
    return (
        FieldLine(Words("field.amount"), Masked(amount_text(purpose.amount_minor, purpose.currency))),
        FieldLine(Words("field.payee"), purpose.payee),
        FieldLine(Words("field.debit_account"), purpose.debit_account),
    )


def _ended(state: Finished) -> EndedView:
    tone, family, _ = ending_words(state.ending)
    identity = ("ended", state.session)
    match state.ending:
        case Decided(decision=decision):
            return EndedView(identity, tone, Words(f"decided.{decision}"), Words("desk-ended.decided"))
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
