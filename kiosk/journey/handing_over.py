"""Out of the booth to a person at the desk, and on from there (rule 3). PURE."""

from dataclasses import replace

from kiosk.document.reading import Read
from kiosk.journey import effects as do
from kiosk.journey.closing import Context, handed_to_a_person
from kiosk.journey.contact import usable_of
from kiosk.journey.openings import prepare_face, show_document
from kiosk.journey.settling import conclude
from kiosk.journey.states import (
    CameraAway,
    Case,
    CaseState,
    ConsentRefused,
    Ending,
    HelpCalled,
    ProvingLive,
    ShowingDocument,
    TakingContact,
)
from kiosk.journey.stepping import Step, ended
from kiosk.record import AccountOpening, Consent
from kiosk.risk.decision import ReasonCode
from kiosk.values import Channel, Moment


def without_biometrics(case: Case, text_version: str, moment: Moment, context: Context) -> Step:
    """The refusal is part of the record. At the desk a person goes on by eye; the booth has nobody and hands the case to the desk."""
    case = replace(case, consent=Consent(text_version, case.language, moment.wall, purposes=()))
    if case.channel is Channel.BOOTH:
        return _to_a_person(case, ConsentRefused(), ReasonCode.NO_BIOMETRICS, moment, context)
    following, asked = conclude(case, moment, context)
    return following, (*asked, do.NoteStep(case.session, "BiometricsRefused"))


def _to_a_person(case: Case, ending: Ending, why: ReasonCode, moment: Moment, context: Context) -> Step:
    """End the session; the booth's customer is expected at the desk, where nothing captured goes with them."""
    following, asked = ended(case, ending, moment)
    if case.channel is Channel.BOOTH:
        asked = (*asked, do.HandToPerson(handed_to_a_person(case, why, moment, context)))
    return following, asked


def hand_over(state: CaseState, moment: Moment, context: Context) -> Step:
    """The customer asked for a person. What was captured is sealed as it stands; the desk takes it over and goes on from there. Without
    consent nothing was captured, and the desk begins with that question."""
    if state.case.consent is None or state.case.channel is Channel.DESK:
        return _to_a_person(state.case, HelpCalled(), ReasonCode.HELP_CALLED, moment, context)
    stopped = state.resume if isinstance(state, CameraAway) else state
    case = replace(state.case, help_asked=True)
    if isinstance(stopped, ShowingDocument) and case.second_since_ns is None:
        case = replace(case, document=stopped.so_far or stopped.last_failure)
    if isinstance(stopped, TakingContact) and (usable := usable_of(stopped.draft)) is not None:
        case = replace(case, purpose=AccountOpening(usable))
    if isinstance(stopped, ProvingLive):
        case = replace(case, views=stopped.run.views)
    following, asked = conclude(case, moment, context)
    return following, (do.NoteStep(case.session, f"HelpAsked:{type(stopped).__name__}"), *asked)


def go_on(case: Case, moment: Moment, context: Context) -> Step:
    """A teller goes on where the booth's customer asked for help: with the first step that was not done yet."""
    if not isinstance(case.document, Read) or case.document.portrait is None:
        so_far = case.document if isinstance(case.document, Read) else None
        return show_document(replace(case, document=None, live=None), so_far, None if so_far is None else moment.monotonic_ns)
    if case.liveness is None:
        return prepare_face(replace(case, live=None), moment, context)
    return conclude(case, moment, context)
