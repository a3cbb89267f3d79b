"""How each step begins: the state it starts in and the first things it asks for. PURE."""

from dataclasses import replace

from kiosk.document.reading import Read
from kiosk.journey import effects as do
from kiosk.journey.attention import watch_presence
from kiosk.journey.closing import Context
from kiosk.journey.contact import LONGEST, ContactDraft, ContactField
from kiosk.journey.contact_offers import dialling_code
from kiosk.journey.states import Case, Comparing, PreparingFace, ShowingDocument, TakingContact
from kiosk.journey.stepping import Step, next_step, ticket_of
from kiosk.liveness.script import plan_for
from kiosk.record import AccountOpening, HighValueTransaction
from kiosk.values import Channel, ConsentPurpose, Masked, Moment


def show_document(case: Case, so_far: Read | None, so_far_ns: int | None) -> Step:
    case = next_step(case)
    state = ShowingDocument(case, None, None, None, None, so_far, 0, None, so_far_ns)
    return state, (do.WatchFor(do.Watch.PAGE, ticket_of(case)),)


def after_document(case: Case, moment: Moment, context: Context) -> Step:
    """Ask how the bank can reach a customer who agreed to that, with the document's address filled in; else go on with the face."""
    if not wants_contact(case):
        return prepare_face(case, moment, context)
    printed, code = None, ""
    if isinstance(case.document, Read):
        printed, code = case.document.fields.printed_address.reveal(), dialling_code(case.document.fields.issuing_state)
    address = Masked(" ".join((printed or "").split())[:LONGEST])
    draft = ContactDraft(phone=Masked(code), address=address, prefilled=bool(printed), code=code)
    conduct = replace(case.conduct, document_ns=moment.monotonic_ns)
    case = next_step(replace(case, last_activity_ns=moment.monotonic_ns, conduct=conduct))
    return TakingContact(case, draft, ContactField.EMAIL), (do.WatchFor(do.Watch.PRESENCE, ticket_of(case)),)


def wants_contact(case: Case) -> bool:
    """Return whether the booth asks this customer how the bank can reach them: once, and only if they agreed to it."""
    if case.channel is Channel.DESK or case.contact_asked or case.consent is None or not case.consent.covers(ConsentPurpose.CONTACT):
        return False
    return isinstance(case.purpose, AccountOpening) and case.purpose.contact is None


def prepare_face(case: Case, moment: Moment, context: Context) -> Step:
    begun = case.conduct.document_ns if case.conduct.document_ns is not None else moment.monotonic_ns
    case = next_step(replace(case, conduct=replace(case.conduct, document_ns=begun)))
    amount = case.purpose.amount_minor if isinstance(case.purpose, HighValueTransaction) else None
    plan = plan_for(context.policy.liveness, case.needs, amount, own_screen=case.channel is Channel.BOOTH)
    asked: tuple[do.Effect, ...] = (do.WatchFor(do.Watch.NOTHING, None), do.DrawScript(ticket_of(case), plan))
    if isinstance(case.document, Read):
        asked = (*asked, look_back(case))
    return PreparingFace(case, moment.monotonic_ns), asked


def look_back(case: Case) -> do.LookBack:
    first, second = (one.fields if isinstance(one, Read) else None for one in (case.document, case.second_document))
    return do.LookBack(case.session, first, case.operator, case.purpose, second)


def compare_second(case: Case, shown: Read, moment: Moment) -> Step:
    """Compare the portrait of a second document with the face that was proved live."""
    case = next_step(case)
    asked = do.CompareFaces(ticket_of(case), case.views, shown.portrait, shown.further_portraits, None, shown.fields)
    return Comparing(case, moment.monotonic_ns), (watch_presence(case), asked)


def compare(case: Case, moment: Moment) -> Step:
    case = next_step(replace(case, conduct=replace(case.conduct, face_ns=moment.monotonic_ns)))
    read = case.document if isinstance(case.document, Read) else None
    asked = do.CompareFaces(
        ticket_of(case),
        case.views,
        read.portrait if read is not None else None,
        read.further_portraits if read is not None else (),
        case.purpose.debit_account if isinstance(case.purpose, HighValueTransaction) else None,
        read.fields if read is not None else None,
    )
    return Comparing(case, moment.monotonic_ns), (watch_presence(case), asked)
