"""The journey's rules, all of them, in one place. `reduce` is pure: it moves the customer along and asks for the rest.

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
11. A step up that the risk policy asks for happens here: one more liveness run, newly drawn, once; the operator's second factor; a second
    person. What cannot be done leaves the case to a person.
12. The booth asks how the bank can reach a customer only if they agreed to that; what was typed is never lost by a step back or a new look.

docs/architecture.md holds the diagram generated from this file (`python app.py diagram`).
"""

from dataclasses import replace

from kiosk.document.kept import together
from kiosk.document.reading import MrzLayout, PageHint, Read, Unknown, Unreadable, UnreadableBecause
from kiosk.document.swiped import read_of_lines
from kiosk.journey import effects as do
from kiosk.journey import events as ev
from kiosk.journey.closing import (
    Context,
    acceptable,
    asked_for_help,
    best_view,
    completed,
    continued,
    enrolled_template,
    handed_to_a_person,
    may_challenge_again,
    recommended_case,
    record_of,
)
from kiosk.journey.contact import LONGEST, ContactDraft, ContactField, details_of, usable_of
from kiosk.journey.noticing import noticed
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
from kiosk.liveness import run as liveness
from kiosk.liveness.challenge import ChallengeKind, Need
from kiosk.liveness.script import plan_for
from kiosk.policy import Policy
from kiosk.record import AccountOpening, Consent, HighValueTransaction, final_decision
from kiosk.risk.decision import ReasonCode, Recommendation, StepUp
from kiosk.risk.policy_file import StepUpKind
from kiosk.values import Channel, ConsentPurpose, Masked, Moment, Provenance, SessionId, Ticket, ns

Step = tuple[State, tuple[do.Effect, ...]]

TWO_SIDED = frozenset({MrzLayout.TD1, MrzLayout.TD2, None})
"""Layouts whose portrait may be on the other side; None: a licence, whose code is on its back."""
_STEPS_BEFORE_PROMPTS = 2
"""Consent and document; a later step means that prompts were shown, which an attacker may want to see and walk away from."""
_SPARES = {
    ChallengeKind.BLINK: Need.NO_BLINK,
    ChallengeKind.TURN_LEFT: Need.NO_TURN,
    ChallengeKind.TURN_RIGHT: Need.NO_TURN,
    ChallengeKind.NOD: Need.NO_TURN,
}
"""What a customer who cannot do a challenge is spared from then on."""
KEEP_AGAIN_AFTER_S = 3.0
"""A failed sealing is tried again after this long, until `work_within_s` is over."""


def reduce(state: State, event: ev.Event, moment: Moment, context: Context) -> Step:
    """Return the next state and what is asked of the world."""
    if isinstance(event, ev.ServiceEnded):
        return _out_of_service(state, event)
    match state:
        case Idle():
            return _idle(state, event, moment, context)
        case Finished():
            return _finished(state, event, moment, context)
        case OutOfService():
            return state, ()
    if _is_stale(state.case, event):
        return state, ()
    return _in_case(state, event, moment, context)


def _in_case(state: CaseState, event: ev.Event, moment: Moment, context: Context) -> Step:
    state = _touched(_with_case(state, noticed(state.case, event, moment)), event, moment)
    match event:
        case ev.CancelTouched() if state.case.recommendation is None:
            return _end(state.case, Cancelled(), moment)
        case ev.HelpTouched() if state.case.recommendation is None:
            return _hand_over(state, moment, context)
        case ev.LanguageChanged(language=language):
            return _with_case(state, replace(state.case, language=language)), ()
        case ev.ContactEdited(contact=contact) if isinstance(state.case.purpose, AccountOpening) and not isinstance(state, Keeping):
            return _with_case(state, replace(state.case, purpose=AccountOpening(contact))), ()
        case ev.CameraStopped() if isinstance(state, ShowingDocument | PreparingFace | ProvingLive):
            return CameraAway(state.case, state, moment.monotonic_ns), ()
        case ev.PresenceSeen(somebody=somebody):
            return (_with_case(state, replace(state.case, seen_ns=moment.monotonic_ns)) if somebody else state), ()
        case ev.Ticked() if idle_left_ns(state, moment, context.policy) == 0:
            return _end(state.case, TimedOut(), moment)
    match state:
        case AskingConsent():
            return _asking_consent(state, event, moment, context)
        case ShowingDocument():
            return _showing_document(state, event, moment, context)
        case TakingContact():
            return _taking_contact(state, event, moment, context)
        case PreparingFace():
            return _preparing_face(state, event, moment, context)
        case ProvingLive():
            return _proving_live(state, event, moment, context)
        case Comparing():
            return _comparing(state, event, moment, context)
        case AwaitingDisposition():
            return _awaiting_disposition(state, event, moment, context)
        case Keeping():
            return _keeping(state, event, moment, context)
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
                following, asked = _conclude(case, moment, context)
            elif event.referred.consent.covers(ConsentPurpose.IDENTITY_CHECK):
                following, asked = _go_on(case, moment, context)
            else:
                following, asked = AskingConsent(replace(case, consent=None)), ()
            return following, (noted, *asked)
        case _:
            return state, ()


def _hand_over(state: CaseState, moment: Moment, context: Context) -> Step:
    """The customer asked for a person. What was captured is sealed as it stands; the desk takes it over and goes on from there. Without
    consent nothing was captured, and the desk begins with that question."""
    if state.case.consent is None or state.case.channel is Channel.DESK:
        return _to_a_person(state.case, HelpCalled(), ReasonCode.HELP_CALLED, moment, context)
    stopped = state.resume if isinstance(state, CameraAway) else state
    case = replace(state.case, help_asked=True)
    if isinstance(stopped, ShowingDocument):
        case = replace(case, document=stopped.so_far or stopped.last_failure)
    if isinstance(stopped, TakingContact) and (usable := usable_of(stopped.draft)) is not None:
        case = replace(case, purpose=AccountOpening(usable))
    if isinstance(stopped, ProvingLive):
        case = replace(case, views=stopped.run.views)
    following, asked = _conclude(case, moment, context)
    return following, (do.NoteStep(case.session, f"HelpAsked:{type(stopped).__name__}"), *asked)


def _go_on(case: Case, moment: Moment, context: Context) -> Step:
    """A teller goes on where the booth's customer asked for help: with the first step that was not done yet."""
    if not isinstance(case.document, Read) or case.document.portrait is None:
        so_far = case.document if isinstance(case.document, Read) else None
        return _show_document(replace(case, document=None, live=None), so_far, None if so_far is None else moment.monotonic_ns)
    if case.liveness is None:
        return _prepare_face(replace(case, live=None), moment, context)
    return _conclude(case, moment, context)


def _finished(state: Finished, event: ev.Event, moment: Moment, context: Context) -> Step:
    shown_ns = moment.monotonic_ns - state.since_ns
    match event:
        case ev.FinishTouched() | ev.CancelTouched():
            return Idle(), ()
        case ev.Ticked() if shown_ns >= ns(context.policy.journey.result_shown_s):
            return Idle(), ()
        case ev.CaseOpened() | ev.CaseTakenOver():
            return _idle(Idle(), event, moment, context)
        case _:
            return state, ()


def _out_of_service(state: State, event: ev.ServiceEnded) -> Step:
    asked: tuple[do.Effect, ...] = (do.WatchFor(do.Watch.NOTHING, None),)
    if not isinstance(state, Idle | Finished | OutOfService):
        asked = (*asked, do.NoteEnding(state.case.session, f"OutOfService:{event.what}"), do.Wipe(state.case.session))
    return OutOfService(event.what), asked


# The steps of a case


def _asking_consent(state: AskingConsent, event: ev.Event, moment: Moment, context: Context) -> Step:
    match event:
        case ev.ConsentGiven(text_version=version, purposes=purposes, needs=needs) if ConsentPurpose.IDENTITY_CHECK in purposes:
            consent = Consent(version, state.case.language, moment.wall, purposes)
            following, asked = _show_document(replace(state.case, consent=consent, needs=needs, seen_ns=moment.monotonic_ns), None, None)
            note = do.NoteStep(state.case.session, f"ConsentGiven:{'.'.join(purposes)}")
            return following, (*asked, note, do.LookBack(state.case.session, None, state.case.operator))
        case ev.ConsentGiven(text_version=version) | ev.ConsentDenied(text_version=version):
            return _without_biometrics(state.case, version, moment, context)
        case _:
            return state, ()


def _without_biometrics(case: Case, text_version: str, moment: Moment, context: Context) -> Step:
    """The refusal is part of the record. At the desk a person goes on by eye; the booth has nobody and hands the case to the desk."""
    case = replace(case, consent=Consent(text_version, case.language, moment.wall, purposes=()))
    if case.channel is Channel.BOOTH:
        return _to_a_person(case, ConsentRefused(), ReasonCode.NO_BIOMETRICS, moment, context)
    following, asked = _conclude(case, moment, context)
    return following, (*asked, do.NoteStep(case.session, "BiometricsRefused"))


def _to_a_person(case: Case, ending: Ending, why: ReasonCode, moment: Moment, context: Context) -> Step:
    """End the session; the booth's customer is expected at the desk, where nothing captured goes with them."""
    following, asked = _end(case, ending, moment)
    if case.channel is Channel.BOOTH:
        asked = (*asked, do.HandToPerson(handed_to_a_person(case, why, moment, context)))
    return following, asked


def _show_document(case: Case, so_far: Read | None, so_far_ns: int | None) -> Step:
    case = _next_step(case)
    state = ShowingDocument(case, None, None, None, None, so_far, 0, None, so_far_ns)
    return state, (do.WatchFor(do.Watch.PAGE, _ticket(case)),)


def _showing_document(state: ShowingDocument, event: ev.Event, moment: Moment, context: Context) -> Step:
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
            return _start_reading(state, do.ReadDocument(_ticket(state.case), frame, state.so_far, captures), moment)
        case ev.PictureSupplied(session=session, frame=frame) if _may_supply(state, session):
            return _start_reading(state, do.ReadDocument(_ticket(state.case), frame, state.so_far), moment)
        case ev.MrzSwiped(session=session, lines=lines) if state.case.channel is Channel.DESK and state.case.session == session:
            return _swiped(state, read_of_lines(lines.reveal(), moment.wall.date()), moment)
        case ev.DocumentAnswered() if state.reading_since_ns is not None:
            return _document_answered(state, event, moment, context)
        case ev.WorkFailed(fault="PictureUnreadable") if state.reading_since_ns is not None:
            return _not_read(state, Unreadable(UnreadableBecause.NO_PICTURE), moment, context)
        case ev.WorkFailed(fault=fault):
            return _conclude(_failed(state.case, fault), moment, context)
        case ev.Ticked() if _late(state.reading_since_ns, moment, context):
            return _conclude(_failed(state.case, "ReadingTooLate"), moment, context)
        case ev.Ticked() if state.so_far is not None and _past(state.so_far_ns, context.policy.journey.other_side_within_s, moment):
            return _after_document(replace(state.case, document=state.so_far), moment, context)
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
    case = _seen_from(replace(state.case, last_activity_ns=moment.monotonic_ns), event.frame.provenance)
    if outcome.portrait is not None:
        return _after_document(replace(case, document=outcome), moment, context)
    if outcome.fields.layout not in TWO_SIDED:
        return _portrait_missed(replace(state, case=case), outcome, moment, context)
    # The same side read again is no failed try: turning a card over takes a person a while.
    so_far_ns = moment.monotonic_ns if state.so_far_ns is None else state.so_far_ns
    waiting = replace(state, case=case, so_far=outcome, so_far_ns=so_far_ns, reading_since_ns=None, hint=PageHint.OTHER_WAY)
    return waiting, ()


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
        return _after_document(replace(state.case, document=outcome), moment, context)
    so_far_ns = moment.monotonic_ns if state.so_far_ns is None else state.so_far_ns
    waiting = replace(state, attempts=attempts, so_far=outcome, so_far_ns=so_far_ns, reading_since_ns=None, hint=PageHint.FARTHER)
    return waiting, ()


def _may_supply(state: ShowingDocument, session: SessionId) -> bool:
    return state.case.channel is Channel.DESK and state.case.session == session and state.reading_since_ns is None


def _not_read(state: ShowingDocument, outcome: Unreadable | Unknown, moment: Moment, context: Context) -> Step:
    """A picture without a document we know: ask for another, keep what was read; in the booth a person comes after some tries."""
    attempts = state.attempts + 1
    hint = PageHint.OTHER_WAY if isinstance(outcome, Unknown) else state.hint
    state = replace(state, attempts=attempts, reading_since_ns=None, last_failure=outcome, hint=hint)
    if state.case.channel is Channel.DESK or attempts < context.policy.document.reads_before_help:
        return state, ()
    document = outcome if state.so_far is None else state.so_far
    return _conclude(replace(state.case, document=document), moment, context)


def _after_document(case: Case, moment: Moment, context: Context) -> Step:
    """Ask how the bank can reach a customer who agreed to that, with the document's address filled in; else go on with the face."""
    if not wants_contact(case):
        return _prepare_face(case, moment, context)
    printed = case.document.fields.printed_address.reveal() if isinstance(case.document, Read) else None
    draft = ContactDraft(address=Masked(" ".join((printed or "").split())[:LONGEST]), prefilled=bool(printed))
    conduct = replace(case.conduct, document_ns=moment.monotonic_ns)
    case = _next_step(replace(case, last_activity_ns=moment.monotonic_ns, conduct=conduct))
    return TakingContact(case, draft, ContactField.EMAIL), (do.WatchFor(do.Watch.PRESENCE, _ticket(case)),)


def _taking_contact(state: TakingContact, event: ev.Event, moment: Moment, context: Context) -> Step:
    session = state.case.session
    match event:
        case ev.ContactFieldTouched(session=of, field=field) if of == session:
            return replace(state, at=field), ()
        case ev.ContactTyped(session=of, field=field, text=text) if of == session:
            return replace(state, draft=state.draft.typed(field, text), at=field), ()
        case ev.ContactGiven(session=of) if of == session:
            details = details_of(state.draft)
            if details is None:
                return state, ()
            case = replace(state.case, purpose=AccountOpening(details), conduct=state.case.conduct.set_aside(moment.monotonic_ns))
            following, asked = _prepare_face(case, moment, context)
            return following, (do.NoteStep(session, "ContactGiven"), *asked)
        case ev.ContactSkipped(session=of) if of == session:
            case = replace(state.case, contact_asked=True, conduct=state.case.conduct.set_aside(moment.monotonic_ns))
            following, asked = _prepare_face(case, moment, context)
            return following, (do.NoteStep(session, "ContactSkipped"), *asked)
        case _:
            return state, ()


def _prepare_face(case: Case, moment: Moment, context: Context) -> Step:
    begun = case.conduct.document_ns if case.conduct.document_ns is not None else moment.monotonic_ns
    case = _next_step(replace(case, conduct=replace(case.conduct, document_ns=begun)))
    amount = case.purpose.amount_minor if isinstance(case.purpose, HighValueTransaction) else None
    plan = plan_for(context.policy.liveness, case.needs, amount, own_screen=case.channel is Channel.BOOTH)
    asked: tuple[do.Effect, ...] = (do.WatchFor(do.Watch.NOTHING, None), do.DrawScript(_ticket(case), plan))
    if isinstance(case.document, Read):
        asked = (*asked, do.LookBack(case.session, case.document.fields, case.operator))
    return PreparingFace(case, moment.monotonic_ns), asked


def _preparing_face(state: PreparingFace, event: ev.Event, moment: Moment, context: Context) -> Step:
    match event:
        case ev.ScriptDrawn(script=script):
            case = _next_step(state.case)
            run = liveness.begin(script, context.policy.liveness, moment.monotonic_ns)
            return ProvingLive(case, run, None, None), (do.WatchFor(do.Watch.FACE, _ticket(case)),)
        case ev.WorkFailed(fault=fault):
            return _conclude(_failed(state.case, fault), moment, context)
        case ev.Ticked() if _late(state.since_ns, moment, context):
            return _conclude(_failed(state.case, "ScriptTooLate"), moment, context)
        case _:
            return state, ()


def _proving_live(state: ProvingLive, event: ev.Event, moment: Moment, context: Context) -> Step:
    policy = context.policy.liveness
    match event:
        case ev.FaceObserved(observation=seen):
            case = _seen_from(state.case, seen.provenance)
            if seen.faces:
                case = replace(case, last_activity_ns=moment.monotonic_ns, seen_ns=moment.monotonic_ns)
            box = seen.faces[0].box if seen.faces else None
            state = ProvingLive(case, liveness.observe(state.run, seen, policy), box, seen.frame_size)
        case ev.Ticked():
            state = replace(state, run=liveness.tick(state.run, moment.monotonic_ns, policy))
        case ev.MoreTimeTouched():
            state = replace(state, run=liveness.extend(state.run, policy))
        case ev.CalmLightTouched():
            calmed = liveness.calmed(state.run, moment.monotonic_ns, policy)
            state = replace(state, run=calmed, case=replace(state.case, needs=calmed.script.needs))
        case ev.OtherWayTouched():
            return _other_way(state, moment, context)
        case ev.WorkFailed(fault=fault):
            return _conclude(_failed(state.case, fault), moment, context)
        case _:
            return state, ()
    if state.run.verdict is None:
        return state, ()
    return _compare(replace(state.case, liveness=state.run.verdict, views=state.run.views), moment)


def _other_way(state: ProvingLive, moment: Moment, context: Context) -> Step:
    """Leave out what this customer cannot do and draw anew; when nothing is left, or it was left out already, a person helps."""
    need = _SPARES.get(state.run.prompt) if state.run.prompt is not None else None
    if state.run.prompt is None or state.run.script.fixed_by_qa:
        return state, ()
    if need is None or need in state.case.needs:
        run = liveness.assisted(state.run, context.policy.liveness)
        return _compare(replace(state.case, liveness=run.verdict, views=run.views), moment)
    return _prepare_face(replace(state.case, needs=(*state.case.needs, need)), moment, context)


def _compare(case: Case, moment: Moment) -> Step:
    case = _next_step(replace(case, conduct=replace(case.conduct, face_ns=moment.monotonic_ns)))
    read = case.document if isinstance(case.document, Read) else None
    asked = do.CompareFaces(
        _ticket(case),
        case.views,
        read.portrait if read is not None else None,
        read.further_portraits if read is not None else (),
        case.purpose.debit_account if isinstance(case.purpose, HighValueTransaction) else None,
        read.fields if read is not None else None,
    )
    return Comparing(case, moment.monotonic_ns), (_presence(case), asked)


def _comparing(state: Comparing, event: ev.Event, moment: Moment, context: Context) -> Step:
    match event:
        case ev.FacesCompared(verdict=verdict, returning=returning, portrait=portrait):
            return _conclude(replace(state.case, match=verdict, returning=returning, portrait=portrait), moment, context)
        case ev.WorkFailed(fault=fault):
            return _conclude(_failed(state.case, fault), moment, context)
        case ev.Ticked() if _late(state.since_ns, moment, context):
            return _conclude(_failed(state.case, "ComparisonTooLate"), moment, context)
        case _:
            return state, ()


def _conclude(case: Case, moment: Moment, context: Context) -> Step:
    """All evidence there will be is in hand: recommend, then let a person dispose (desk) or seal at once (booth)."""
    case = recommended_case(case, moment, context)
    what = _recommended_step(case.recommendation)
    if isinstance(case.recommendation, StepUp) and case.recommendation.what is StepUpKind.CHALLENGE and may_challenge_again(case):
        # What the first run said must not stand for the second one, should that never end: whoever asks for help in it is looked at anew.
        again = replace(case, recommendation=None, risk=None, liveness=None, match=None, returning=None)
        again = replace(again, stepped_up=(*case.stepped_up, StepUpKind.CHALLENGE))
        following, asked = _prepare_face(again, moment, context)
        return following, (*asked, do.NoteStep(case.session, what))
    case = _next_step(case)
    told = (do.WatchFor(do.Watch.NOTHING, None), do.NoteStep(case.session, what))
    if case.channel is Channel.DESK:
        return AwaitingDisposition(case), told
    state, asked = _keep(case, None, moment, context)
    return state, (*told, *asked)


def _awaiting_disposition(state: AwaitingDisposition, event: ev.Event, moment: Moment, context: Context) -> Step:
    match event:
        case ev.SecondPersonAgreed(session=session, second=second) if session == state.case.session:
            return _stepped_up(replace(state.case, second_agreed=second), StepUpKind.SUPERVISOR, moment, context)
        case ev.OperatorProved(session=session, operator=operator) if (session, operator) == (state.case.session, state.case.operator):
            return _stepped_up(state.case, StepUpKind.FACTOR, moment, context)
        case ev.DispositionMade(disposition=disposition) if acceptable(disposition, state.case):
            disposed = replace(state.case, disposition=completed(disposition, state.case, moment))
            return _keep(disposed, None, moment, context)
        case _:
            return state, ()


def _stepped_up(case: Case, kind: StepUpKind, moment: Moment, context: Context) -> Step:
    """Recommend anew if this was the step up that was asked for; otherwise nothing changes."""
    if not isinstance(case.recommendation, StepUp) or case.recommendation.what is not kind:
        return AwaitingDisposition(case), ()
    case = _next_step(recommended_case(replace(case, stepped_up=(*case.stepped_up, kind)), moment, context))
    return AwaitingDisposition(case), (do.NoteStep(case.session, f"SteppedUp:{kind}:{_recommended_step(case.recommendation)}"),)


def _recommended_step(recommendation: Recommendation | None) -> str:
    """Return the audit log's words for what is recommended."""
    what = f":{recommendation.what}" if isinstance(recommendation, StepUp) else ""
    return f"Recommended:{type(recommendation).__name__}{what}"


def _keep(case: Case, since_ns: int | None, moment: Moment, context: Context) -> Step:
    case = _next_step(case)
    document = case.document if isinstance(case.document, Read) else None
    portrait = document.portrait if document is not None else None
    asked = do.KeepCase(
        _ticket(case),
        record_of(case, moment, context),
        document.page if document is not None else None,
        portrait.pixels if portrait is not None else None,
        best_view(case.views) if case.live is None else case.live,
        enrolled_template(case),
    )
    watched = (_presence(case),) if case.channel is Channel.BOOTH else ()
    return Keeping(case, moment.monotonic_ns if since_ns is None else since_ns, moment.monotonic_ns, None), (*watched, asked)


def _keeping(state: Keeping, event: ev.Event, moment: Moment, context: Context) -> Step:
    match event:
        case ev.CaseKept():
            decided = Decided(final_decision(record_of(state.case, moment, context)))
            return _end(state.case, HelpCalled(handed_over=True) if state.case.help_asked else decided, moment)
        case ev.WorkFailed(fault=fault):
            return replace(state, last_failure=fault), ()
        case ev.Ticked() if state.last_failure is not None and _late(state.since_ns, moment, context):
            return _end(state.case, CouldNotKeep(state.last_failure), moment)
        case ev.Ticked() if state.last_failure is not None and _past(state.tried_ns, KEEP_AGAIN_AFTER_S, moment):
            return _keep(state.case, state.since_ns, moment, context)
        case ev.Ticked() if _past(state.tried_ns, context.policy.journey.stuck_after_s, moment):
            # Not "could not be kept": nobody can say so while the attempt may still succeed.
            return _out_of_service(state, ev.ServiceEnded("KeepingStuck"))
        case _:
            return state, ()


def _camera_away(state: CameraAway, event: ev.Event, moment: Moment, context: Context) -> Step:
    away_ns = moment.monotonic_ns - state.since_ns
    match event:
        case ev.CameraReturned():
            case = replace(state.case, last_activity_ns=moment.monotonic_ns, seen_ns=moment.monotonic_ns)
            if isinstance(state.resume, ShowingDocument):
                return _show_document(case, state.resume.so_far, state.resume.so_far_ns)
            if case.restarts >= context.policy.journey.camera_restarts:
                return _conclude(_failed(case, "CameraLostAgain"), moment, context)
            return _prepare_face(replace(case, restarts=case.restarts + 1), moment, context)
        case ev.Ticked() if away_ns >= ns(context.policy.journey.camera_return_within_s):
            return _conclude(_failed(state.case, "CameraLost"), moment, context)
        case _:
            return state, ()


def _end(case: Case, ending: Ending, moment: Moment) -> Step:
    """Wipe everything and show the last words. A sealed record has its own audit line; any other ending gets one here."""
    finished = Finished(case.session, case.channel, case.language, ending, moment.monotonic_ns)
    asked: tuple[do.Effect, ...] = (do.WatchFor(do.Watch.NOTHING, None), do.Wipe(case.session))
    if not isinstance(ending, Decided) and ending != HelpCalled(handed_over=True):
        seen_script = ":after-prompts" if case.step > _STEPS_BEFORE_PROMPTS else ""
        asked = (*asked, do.NoteEnding(case.session, type(ending).__name__ + seen_script))
    return finished, asked


# Small questions


def idle_left_ns(state: CaseState, moment: Moment, policy: Policy) -> int | None:
    """Return how long until an unattended session ends, in nanoseconds, at least 0; None where no customer is waited for.

    The countdown is shown once this is under `idle_countdown_s`. At the desk a teller minds the case, so there is none.
    """
    if state.case.channel is Channel.DESK or not isinstance(state, AskingConsent | ShowingDocument | TakingContact | ProvingLive):
        return None
    times = policy.journey
    ends_ns = state.case.last_activity_ns + ns(times.idle_warning_after_s + times.idle_countdown_s)
    if isinstance(state, ShowingDocument):
        touched_ns = state.case.opened.monotonic_ns if state.case.last_touch_ns is None else state.case.last_touch_ns
        ends_ns = min(ends_ns, touched_ns + ns(times.document_within_s))
    return max(0, ends_ns - moment.monotonic_ns)


def is_unattended(state: CaseState, moment: Moment, policy: Policy) -> bool:
    """Return whether the booth's screen is to be covered: nobody was seen and nothing touched for `blank_after_s`.

    Nobody is looked for before consent, nor while the camera is away. The face step shows nothing but the picture of whoever is there,
    which helps them back into it.
    """
    seen_ns = state.case.seen_ns
    if state.case.channel is Channel.DESK or seen_ns is None:
        return False
    if not isinstance(state, ShowingDocument | TakingContact | Comparing | Keeping):
        return False
    return moment.monotonic_ns - seen_ns >= ns(policy.journey.blank_after_s)


def wants_contact(case: Case) -> bool:
    """Return whether the booth asks this customer how the bank can reach them: once, and only if they agreed to it."""
    if case.channel is Channel.DESK or case.contact_asked or case.consent is None or not case.consent.covers(ConsentPurpose.CONTACT):
        return False
    return isinstance(case.purpose, AccountOpening) and case.purpose.contact is None


def _presence(case: Case) -> do.WatchFor:
    """While a customer waits, the booth looks whether they are still there; at the desk a teller minds the screen."""
    if case.channel is Channel.DESK:
        return do.WatchFor(do.Watch.NOTHING, None)
    return do.WatchFor(do.Watch.PRESENCE, _ticket(case))


def _is_stale(case: Case, event: ev.Event) -> bool:
    ticket: Ticket | None = getattr(event, "ticket", None)
    return ticket is not None and ticket != _ticket(case)


def _touched(state: CaseState, event: ev.Event, moment: Moment) -> CaseState:
    if isinstance(event, ev.TOUCHES):
        now_ns = moment.monotonic_ns
        seen_ns = None if state.case.seen_ns is None else now_ns
        return _with_case(state, replace(state.case, last_activity_ns=now_ns, last_touch_ns=now_ns, seen_ns=seen_ns))
    return state


def _with_case(state: CaseState, case: Case) -> CaseState:
    return replace(state, case=case)


def _next_step(case: Case) -> Case:
    return replace(case, step=case.step + 1)


def _ticket(case: Case) -> Ticket:
    return Ticket(case.session, case.step)


def _failed(case: Case, what: str) -> Case:
    return replace(case, failed_work=(*case.failed_work, what))


def _seen_from(case: Case, source: Provenance) -> Case:
    return case if source in case.sources else replace(case, sources=(*case.sources, source))


def _late(since_ns: int | None, moment: Moment, context: Context) -> bool:
    return _past(since_ns, context.policy.journey.work_within_s, moment)


def _past(since_ns: int | None, limit_s: float, moment: Moment) -> bool:
    return since_ns is not None and moment.monotonic_ns - since_ns >= ns(limit_s)
