"""From all evidence to a sealed case (rules 7, 8, 9 and 11). PURE."""

from dataclasses import replace

from kiosk.document.reading import Read
from kiosk.journey import effects as do
from kiosk.journey import events as ev
from kiosk.journey.attention import watch_presence
from kiosk.journey.closing import (
    Context,
    acceptable,
    best_view,
    completed,
    enrolled_template,
    graver,
    may_ask_second_document,
    may_challenge_again,
    recommended_case,
    record_of,
)
from kiosk.journey.openings import prepare_face, show_document
from kiosk.journey.states import AwaitingDisposition, Case, CouldNotKeep, Decided, HelpCalled, Keeping
from kiosk.journey.stepping import Step, ended, is_late, is_past, next_step, out_of_service, ticket_of
from kiosk.record import final_decision
from kiosk.risk.decision import Recommendation, StepUp
from kiosk.risk.policy_file import StepUpKind
from kiosk.values import Channel, Moment

KEEP_AGAIN_AFTER_S = 3.0
"""A failed sealing is tried again after this long, until `work_within_s` is over."""


def conclude(case: Case, moment: Moment, context: Context) -> Step:
    """All evidence there will be is in hand: recommend, then let a person dispose (desk) or seal at once (booth)."""
    case = recommended_case(case, moment, context)
    what = _recommended_step(case.recommendation)
    if isinstance(case.recommendation, StepUp) and case.recommendation.what is StepUpKind.CHALLENGE and may_challenge_again(case):
        # What the first run said must not stand for the second one, should that never end: whoever asks for help in it is looked at anew.
        again = replace(case, recommendation=None, risk=None, liveness=None, match=None, returning=None)
        again = replace(again, stepped_up=(*case.stepped_up, StepUpKind.CHALLENGE))
        following, asked = prepare_face(again, moment, context)
        return following, (*asked, do.NoteStep(case.session, what))
    if isinstance(case.recommendation, StepUp) and case.recommendation.what is StepUpKind.DOCUMENT and may_ask_second_document(case):
        asking = replace(case, recommendation=None, risk=None, second_since_ns=moment.monotonic_ns)
        following, asked = show_document(asking, None, None)
        return following, (*asked, do.NoteStep(case.session, what))
    case = next_step(case)
    told = (do.WatchFor(do.Watch.NOTHING, None), do.NoteStep(case.session, what))
    if case.channel is Channel.DESK:
        return AwaitingDisposition(case), told
    state, asked = _keep(case, None, moment, context)
    return state, (*told, *asked)


def awaiting_disposition(state: AwaitingDisposition, event: ev.Event, moment: Moment, context: Context) -> Step:
    match event:
        case ev.SecondPersonWithdrawn(session=session, asked=asked) if session == state.case.session:
            return _taken_back(replace(state, withdrawn=max(state.withdrawn, asked)), moment, context)
        case ev.SecondPersonAgreed(session=session, second=second, asked=asked) if session == state.case.session:
            if asked <= state.withdrawn:
                return state, ()
            agreed = replace(state, case=replace(state.case, second_agreed=second))
            return _stepped_up(agreed, StepUpKind.SUPERVISOR, moment, context)
        case ev.OperatorProved(session=session, operator=operator) if (session, operator) == (state.case.session, state.case.operator):
            return _stepped_up(state, StepUpKind.FACTOR, moment, context)
        case ev.Sensed(session=session) if session == state.case.session:
            return _weighed_again(state, moment, context)
        case ev.DispositionMade(disposition=disposition) if acceptable(disposition, state.case):
            disposed = replace(state.case, disposition=completed(disposition, state.case, moment))
            return _keep(disposed, None, moment, context)
        case _:
            return state, ()


def _stepped_up(state: AwaitingDisposition, kind: StepUpKind, moment: Moment, context: Context) -> Step:
    """Recommend anew if this was the step up that was asked for; otherwise nothing changes."""
    case = state.case
    if not isinstance(case.recommendation, StepUp) or case.recommendation.what is not kind:
        return state, ()
    case = next_step(recommended_case(replace(case, stepped_up=(*case.stepped_up, kind)), moment, context))
    return replace(state, case=case), (do.NoteStep(case.session, f"SteppedUp:{kind}:{_recommended_step(case.recommendation)}"),)


def _taken_back(state: AwaitingDisposition, moment: Moment, context: Context) -> Step:
    """An agreement may come just before it is taken back: whoever took it back sees no approval that rests on it."""
    case = state.case
    if case.second_agreed is None:
        return state, ()
    left = tuple(kind for kind in case.stepped_up if kind is not StepUpKind.SUPERVISOR)
    case = next_step(recommended_case(replace(case, second_agreed=None, stepped_up=left), moment, context))
    return replace(state, case=case), (do.NoteStep(case.session, f"TakenBack:{_recommended_step(case.recommendation)}"),)


def _weighed_again(state: AwaitingDisposition, moment: Moment, context: Context) -> Step:
    """What was asked of the store or the watch-list came late, or of contact details typed since: it can only make the answer graver."""
    again = recommended_case(state.case, moment, context)
    if not graver(again.recommendation, state.case.recommendation):
        return state, ()
    case = next_step(again)
    return replace(state, case=case), (do.NoteStep(case.session, _recommended_step(case.recommendation)),)


def _recommended_step(recommendation: Recommendation | None) -> str:
    """Return the audit log's words for what is recommended."""
    what = f":{recommendation.what}" if isinstance(recommendation, StepUp) else ""
    return f"Recommended:{type(recommendation).__name__}{what}"


def _keep(case: Case, since_ns: int | None, moment: Moment, context: Context) -> Step:
    case = next_step(case)
    document = case.document if isinstance(case.document, Read) else None
    portrait = document.portrait if document is not None else None
    asked = do.KeepCase(
        ticket_of(case),
        record_of(case, moment, context),
        document.page if document is not None else None,
        portrait.pixels if portrait is not None else None,
        best_view(case.views) if case.live is None else case.live,
        enrolled_template(case),
    )
    watched = (watch_presence(case),) if case.channel is Channel.BOOTH else ()
    return Keeping(case, moment.monotonic_ns if since_ns is None else since_ns, moment.monotonic_ns, None), (*watched, asked)


def keeping(state: Keeping, event: ev.Event, moment: Moment, context: Context) -> Step:
    match event:
        case ev.CaseKept():
            decided = Decided(final_decision(record_of(state.case, moment, context)))
            return ended(state.case, HelpCalled(handed_over=True) if state.case.help_asked else decided, moment)
        case ev.WorkFailed(fault=fault):
            return replace(state, last_failure=fault), ()
        case ev.Ticked() if state.last_failure is not None and is_late(state.since_ns, moment, context):
            return ended(state.case, CouldNotKeep(state.last_failure), moment)
        case ev.Ticked() if state.last_failure is not None and is_past(state.tried_ns, KEEP_AGAIN_AFTER_S, moment):
            return _keep(state.case, state.since_ns, moment, context)
        case ev.Ticked() if is_past(state.tried_ns, context.policy.journey.stuck_after_s, moment):
            # Not "could not be kept": nobody can say so while the attempt may still succeed.
            return out_of_service(state, ev.ServiceEnded("KeepingStuck"))
        case _:
            return state, ()
