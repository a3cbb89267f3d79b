"""The document is shown, read, and shown again until it is enough (rule 4). PURE."""

from dataclasses import replace

from kiosk.document.kept import together
from kiosk.document.reading import MrzLayout, PageHint, Read, Unknown, Unreadable, UnreadableBecause
from kiosk.document.swiped import read_of_lines
from kiosk.journey import effects as do
from kiosk.journey import events as ev
from kiosk.journey.closing import Context, with_second_document
from kiosk.journey.openings import after_document, compare_second, look_back
from kiosk.journey.settling import conclude
from kiosk.journey.states import Case, ShowingDocument
from kiosk.journey.stepping import Step, is_late, is_past, seen_from, ticket_of, with_failed
from kiosk.values import Channel, Moment, SessionId

TWO_SIDED = frozenset({MrzLayout.TD1, MrzLayout.TD2, None})
"""Layouts whose portrait may be on the other side; None: a licence, whose code is on its back."""


def showing_document(state: ShowingDocument, event: ev.Event, moment: Moment, context: Context) -> Step:
    match event:
        case ev.PageSeen(observation=seen, frame=frame, captures=captures):
            hint = seen.hint if state.so_far is None or seen.hint is not None else _still_wanted(state.so_far)
            state = replace(state, hint=hint, quad=seen.quad, frame_size=seen.frame_size, glare=seen.glare)
            if seen.ready or (seen.quad is not None and seen.stillness_px > context.policy.document.steady_px):
                # Something page-like moves or can be read: somebody is there. A still rectangle may be a picture on the wall.
                case = replace(state.case, last_activity_ns=moment.monotonic_ns, seen_ns=moment.monotonic_ns)
                state = replace(state, case=case)
            if frame is None or state.reading_since_ns is not None:
                return state, ()
            return _start_reading(state, do.ReadDocument(ticket_of(state.case), frame, state.so_far, captures), moment)
        case ev.PictureSupplied(session=session, frame=frame) if _may_supply(state, session):
            return _start_reading(state, do.ReadDocument(ticket_of(state.case), frame, state.so_far), moment)
        case ev.MrzSwiped(session=session, lines=lines) if state.case.channel is Channel.DESK and state.case.session == session:
            return _swiped(state, read_of_lines(lines.reveal(), moment.wall.date()), moment)
        case ev.DocumentAnswered() if state.reading_since_ns is not None:
            return _document_answered(state, event, moment, context)
        case ev.NoOtherDocument(session=session) if state.case.second_since_ns is not None and state.case.session == session:
            return conclude(state.case, moment, context)
        case ev.WorkFailed(fault="PictureUnreadable") if state.reading_since_ns is not None:
            return _not_read(state, Unreadable(UnreadableBecause.NO_PICTURE), moment, context)
        case ev.WorkFailed(fault=fault):
            return conclude(with_failed(state.case, fault), moment, context)
        case ev.Ticked() if is_late(state.reading_since_ns, moment, context):
            return conclude(with_failed(state.case, "ReadingTooLate"), moment, context)
        case ev.Ticked() if is_past(state.case.second_since_ns, context.policy.journey.second_document_within_s, moment):
            return conclude(state.case, moment, context)
        case ev.Ticked() if state.so_far is not None and is_past(state.so_far_ns, context.policy.journey.other_side_within_s, moment):
            return _shown(state.case, state.so_far, moment, context)
        case _:
            return state, ()


def _start_reading(state: ShowingDocument, effect: do.ReadDocument, moment: Moment) -> Step:
    return replace(state, reading_since_ns=moment.monotonic_ns), (effect,)


def _document_answered(state: ShowingDocument, event: ev.DocumentAnswered, moment: Moment, context: Context) -> Step:
    outcome = event.outcome
    if not isinstance(outcome, Read):
        return _not_read(state, outcome, moment, context)
    if state.so_far is not None and outcome.raw_lines.reveal():
        # Lines may have been swiped while this picture was being read.
        outcome = together(state.so_far, outcome)
    case = seen_from(replace(state.case, last_activity_ns=moment.monotonic_ns), event.frame.provenance)
    if outcome.portrait is not None:
        return _shown(case, outcome, moment, context)
    if outcome.fields.layout not in TWO_SIDED:
        return _portrait_missed(replace(state, case=case), outcome, moment, context)
    # The same side read again is no failed try: turning a card over takes a person a while.
    so_far_ns = moment.monotonic_ns if state.so_far_ns is None else state.so_far_ns
    waiting = replace(state, case=case, so_far=outcome, so_far_ns=so_far_ns, reading_since_ns=None, hint=PageHint.OTHER_WAY)
    return waiting, ()


def _shown(case: Case, outcome: Read, moment: Moment, context: Context) -> Step:
    """A document was read as far as it will be: the first goes on to the face, a second one back to what asked for it."""
    if case.second_since_ns is None:
        return after_document(replace(case, document=outcome), moment, context)
    case = with_second_document(case, outcome)
    comparable = bool(case.views) and outcome.portrait is not None
    following, asked = compare_second(case, outcome, moment) if comparable else conclude(case, moment, context)
    return following, (look_back(case), *asked)


def _swiped(state: ShowingDocument, outcome: Read | Unreadable, moment: Moment) -> Step:
    """Lines of an MRZ reader are a first side: fields, but nothing pictured. Lines that are no MRZ cost no try."""
    if not isinstance(outcome, Read):
        return replace(state, last_failure=outcome), ()
    so_far = outcome if state.so_far is None else together(outcome, state.so_far)
    case = replace(state.case, last_activity_ns=moment.monotonic_ns)
    return replace(state, case=case, so_far=so_far, so_far_ns=moment.monotonic_ns, hint=_still_wanted(so_far), last_failure=None), ()


def _still_wanted(so_far: Read) -> PageHint:
    """Return what to do for the portrait: turn a card over; a passport's stands on the page whose lines were read."""
    return PageHint.OTHER_WAY if so_far.fields.layout in TWO_SIDED else PageHint.FARTHER


def _portrait_missed(state: ShowingDocument, outcome: Read, moment: Moment, context: Context) -> Step:
    """A passport's page has its portrait beside the MRZ: the whole page must be seen. After some tries a person looks."""
    attempts = state.attempts + 1
    if attempts >= context.policy.document.reads_before_help:
        return _shown(state.case, outcome, moment, context)
    so_far_ns = moment.monotonic_ns if state.so_far_ns is None else state.so_far_ns
    waiting = replace(state, attempts=attempts, so_far=outcome, so_far_ns=so_far_ns, reading_since_ns=None, hint=PageHint.FARTHER)
    return waiting, ()


def _may_supply(state: ShowingDocument, session: SessionId) -> bool:
    return state.case.channel is Channel.DESK and state.case.session == session and state.reading_since_ns is None


def _not_read(state: ShowingDocument, outcome: Unreadable | Unknown, moment: Moment, context: Context) -> Step:
    """A picture without a document we know: ask for another, keep what was read; in the booth a person comes after some tries. A second
    document that cannot be read is none: the case is what it was without."""
    attempts = state.attempts + 1
    hint = PageHint.OTHER_WAY if isinstance(outcome, Unknown) else state.hint
    state = replace(state, attempts=attempts, reading_since_ns=None, last_failure=outcome, hint=hint)
    second = state.case.second_since_ns is not None
    if attempts < context.policy.document.reads_before_help or (state.case.channel is Channel.DESK and not second):
        return state, ()
    if second:
        return conclude(state.case, moment, context)
    document = outcome if state.so_far is None else state.so_far
    return conclude(replace(state.case, document=document), moment, context)
