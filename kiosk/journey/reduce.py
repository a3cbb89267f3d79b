"""The journey's rules, all of them, in one place. `reduce` is pure: it moves the customer along and asks for the rest.

What holds in every step is here; each step has a module beside: `document_step`, `contact_step`, `face_step`, `settling`, `handing_over`;
`openings` begins them, `attention` knows whether anybody is there.

Rules:

 1. Nothing is captured before consent: the eyes watch for nothing until `ConsentGiven`.
 2. A sighting or answer whose ticket is not the current one is dropped. A late result can never touch the next customer.
 3. Cancel ends a session at once; everything captured is wiped and nothing is kept. Help in the booth seals the case as far as it came and
    hands it to the desk, which goes on with the first step not done. Help before consent, and refusing biometrics, hand it over with
    nothing captured: there help begins anew, a refusal leads to a check by eye. Once there is a recommendation a case
    cannot be cancelled away: it is disposed of and sealed.
 4. A document without an MRZ is never guessed at. A side without a portrait is kept while the other side is asked for.
 5. The liveness script is drawn when the face is about to be looked at, never before; anew, without what the customer says they cannot do,
    once for each such thing.
 6. A lost camera keeps what was captured. The face run starts over with a new script, once; the document does not.
 7. Work that fails or comes too late sends the case to a person; it never approves.
 8. At the desk a person disposes beside the recommendation, never instead of it; in the booth the recommendation stands.
 9. Nobody sees a result before its record is sealed, nor "could not be kept" while it may still be.
10. A session nobody attends to is warned, then ended and wiped. Before that, the booth's screen is covered while nobody is there.
11. A step up that the risk policy asks for happens here: one more liveness run, newly drawn, once; another document, read and judged as the
    first; the operator's second factor; a second person. What cannot be done leaves the case to a person.
12. The booth asks how the bank can reach a customer only if they agreed to that; what was typed is never lost by a step back or a new look.

docs/architecture.md holds the diagram generated from it (`python app.py diagram`).
"""

from dataclasses import replace

from kiosk.journey import effects as do
from kiosk.journey import events as ev
from kiosk.journey.attention import idle_left_ns, is_unattended, left_alone, looked
from kiosk.journey.closing import Context, asked_for_help, continued
from kiosk.journey.contact_step import taking_contact
from kiosk.journey.document_step import showing_document
from kiosk.journey.face_step import comparing, preparing_face, proving_live
from kiosk.journey.handing_over import go_on, hand_over, without_biometrics
from kiosk.journey.noticing import noticed
from kiosk.journey.openings import look_back, prepare_face, show_document
from kiosk.journey.settling import awaiting_disposition, conclude, keeping
from kiosk.journey.states import (
    AskingConsent,
    AwaitingDisposition,
    CameraAway,
    Cancelled,
    Case,
    CaseState,
    Comparing,
    Finished,
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
from kiosk.journey.stepping import Step, ended, is_stale, out_of_service, touched, with_case, with_failed
from kiosk.record import AccountOpening, Consent
from kiosk.values import ConsentPurpose, Moment, Ticket, ns


def reduce(state: State, event: ev.Event, moment: Moment, context: Context) -> Step:
    """Return the next state and what is asked of the world."""
    if isinstance(event, ev.ServiceEnded):
        return out_of_service(state, event)
    match state:
        case Idle():
            return _idle(state, event, moment, context)
        case Finished():
            return _finished(state, event, moment, context)
        case OutOfService():
            return state, ()
    if is_stale(state.case, event):
        return state, ()
    return _in_case(state, event, moment, context)


def _in_case(state: CaseState, event: ev.Event, moment: Moment, context: Context) -> Step:
    if is_unattended(state, moment, context.policy):
        state = left_alone(state, event)
    state = touched(with_case(state, noticed(state.case, event, moment)), event, moment)
    match event:
        case ev.CancelTouched() if state.case.recommendation is None:
            return ended(state.case, Cancelled(), moment)
        case ev.HelpTouched() if state.case.recommendation is None:
            return hand_over(state, moment, context)
        case ev.LanguageChanged(language=language):
            return with_case(state, replace(state.case, language=language)), ()
        case ev.WishesTold(session=session, wishes=wishes):
            return (with_case(state, replace(state.case, wishes=wishes)) if session == state.case.session else state), ()
        case ev.ContactEdited(contact=contact) if isinstance(state.case.purpose, AccountOpening) and not isinstance(state, Keeping):
            case = replace(state.case, purpose=AccountOpening(contact))
            return with_case(state, case), ((look_back(case),) if case.consent is not None else ())
        case ev.CameraStopped() if isinstance(state, ShowingDocument | PreparingFace | ProvingLive):
            return CameraAway(state.case, state, moment.monotonic_ns), ()
        case ev.PresenceSeen(somebody=somebody):
            return with_case(state, looked(state.case, moment, somebody=somebody)), ()
        case ev.Ticked() if idle_left_ns(state, moment, context.policy) == 0:
            return ended(state.case, TimedOut(), moment)
    match state:
        case AskingConsent():
            return _asking_consent(state, event, moment, context)
        case ShowingDocument():
            return showing_document(state, event, moment, context)
        case TakingContact():
            return taking_contact(state, event, moment, context)
        case PreparingFace():
            return preparing_face(state, event, moment, context)
        case ProvingLive():
            return proving_live(state, event, moment, context)
        case Comparing():
            return comparing(state, event, moment, context)
        case AwaitingDisposition():
            return awaiting_disposition(state, event, moment, context)
        case Keeping():
            return keeping(state, event, moment, context)
        case CameraAway():
            return _camera_away(state, event, moment, context)


# Before and after a case


def _idle(state: Idle, event: ev.Event, moment: Moment, context: Context) -> Step:
    match event:
        case ev.CaseOpened(session=session, channel=channel, purpose=purpose, language=language, operator=operator, sensed=sensed):
            case = Case(session, channel, purpose, language, operator, moment, 0, moment.monotonic_ns, sensed=sensed)
            return AskingConsent(case), ()
        case ev.CaseTakenOver():
            case = continued(event, moment)
            noted = do.NoteStep(case.session, f"TakenOver:{event.referred.session}")
            if not asked_for_help(event.referred):
                following, asked = conclude(case, moment, context)
            elif event.referred.consent.covers(ConsentPurpose.IDENTITY_CHECK):
                following, asked = go_on(case, moment, context)
            else:
                following, asked = AskingConsent(replace(case, consent=None)), ()
            return following, (noted, *asked)
        case _:
            return state, ()


def _finished(state: Finished, event: ev.Event, moment: Moment, context: Context) -> Step:
    shown_ns = moment.monotonic_ns - state.since_ns
    unwatched: tuple[do.Effect, ...] = () if state.seen_ns is None else (do.WatchFor(do.Watch.NOTHING, None),)
    match event:
        case ev.FinishTouched() | ev.CancelTouched():
            return Idle(), unwatched
        case ev.Ticked() if shown_ns >= ns(context.policy.journey.result_shown_s):
            return Idle(), unwatched
        case ev.CaseOpened() | ev.CaseTakenOver():
            following, asked = _idle(Idle(), event, moment, context)
            return following, (*unwatched, *asked)
        case ev.PresenceSeen(ticket=ticket, somebody=somebody) if ticket == Ticket(state.session, state.step) and state.seen_ns is not None:
            return looked(state, moment, somebody=somebody), ()
        case ev.StillHere() if state.seen_ns is not None:
            unseen = state.unseen or is_unattended(state, moment, context.policy)
            return replace(state, seen_ns=moment.monotonic_ns, unseen=unseen), ()
        case _:
            return state, ()


# The steps too small for a module


def _asking_consent(state: AskingConsent, event: ev.Event, moment: Moment, context: Context) -> Step:
    match event:
        case ev.ConsentGiven(text_version=version, purposes=purposes, needs=needs) if ConsentPurpose.IDENTITY_CHECK in purposes:
            consent = Consent(version, state.case.language, moment.wall, purposes)
            following, asked = show_document(replace(state.case, consent=consent, needs=needs, seen_ns=moment.monotonic_ns), None, None)
            note = do.NoteStep(state.case.session, f"ConsentGiven:{'.'.join(purposes)}")
            return following, (*asked, note, look_back(state.case))
        case ev.ConsentGiven(text_version=version) | ev.ConsentDenied(text_version=version):
            return without_biometrics(state.case, version, moment, context)
        case _:
            return state, ()


def _camera_away(state: CameraAway, event: ev.Event, moment: Moment, context: Context) -> Step:
    away_ns = moment.monotonic_ns - state.since_ns
    match event:
        case ev.CameraReturned():
            case = replace(state.case, last_activity_ns=moment.monotonic_ns, seen_ns=moment.monotonic_ns)
            if isinstance(state.resume, ShowingDocument):
                return show_document(case, state.resume.so_far, state.resume.so_far_ns)
            if case.restarts >= context.policy.journey.camera_restarts:
                return conclude(with_failed(case, "CameraLostAgain"), moment, context)
            return prepare_face(replace(case, restarts=case.restarts + 1), moment, context)
        case ev.Ticked() if away_ns >= ns(context.policy.journey.camera_return_within_s):
            return conclude(with_failed(state.case, "CameraLost"), moment, context)
        case _:
            return state, ()
