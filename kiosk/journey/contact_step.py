"""The booth asks how the bank can reach the customer (rule 12). PURE."""

from dataclasses import replace

from kiosk.journey import effects as do
from kiosk.journey import events as ev
from kiosk.journey.closing import Context
from kiosk.journey.contact import Typed, details_of, judged
from kiosk.journey.openings import prepare_face
from kiosk.journey.states import TakingContact
from kiosk.journey.stepping import Step
from kiosk.record import AccountOpening
from kiosk.values import Moment


def taking_contact(state: TakingContact, event: ev.Event, moment: Moment, context: Context) -> Step:
    session = state.case.session
    match event:
        case ev.ContactFieldTouched(session=of, field=field) if of == session:
            return replace(state, at=field), ()
        case ev.ContactTyped(session=of, field=field, text=text) if of == session:
            draft = state.draft.typed(field, text)
            # What stood there before the screen was covered is gone: what is typed now is the typist's own.
            anew = {field} if judged(draft, field).typed is Typed.EMPTY else set()
            return replace(state, draft=draft, at=field, hidden=state.hidden - anew), ()
        case ev.ContactGiven(session=of) if of == session:
            details = details_of(state.draft)
            if details is None:
                return state, ()
            case = replace(state.case, purpose=AccountOpening(details), conduct=state.case.conduct.set_aside(moment.monotonic_ns))
            following, asked = prepare_face(case, moment, context)
            return following, (do.NoteStep(session, "ContactGiven"), *asked)
        case ev.ContactSkipped(session=of) if of == session:
            case = replace(state.case, contact_asked=True, conduct=state.case.conduct.set_aside(moment.monotonic_ns))
            following, asked = prepare_face(case, moment, context)
            return following, (do.NoteStep(session, "ContactSkipped"), *asked)
        case _:
            return state, ()
