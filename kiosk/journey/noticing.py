"""What an event says of a case beside moving it along: readings from outside, and how the case goes."""

from dataclasses import replace

from kiosk.document.reading import Read
from kiosk.journey import events as ev
from kiosk.journey.states import Case
from kiosk.risk.signals import newest_of_each
from kiosk.values import Moment


def noticed(case: Case, event: ev.Event, moment: Moment) -> Case:
    """Return the case with what this event, which is of this case, adds to its signals; the very same case if that is nothing."""
    match event:
        case ev.Sensed(signals=signals, session=session, both=both) if session is None or session == case.session:
            looked_up = case.second_looked_up or (both and session is not None and case.second_document is not None)
            return replace(case, sensed=newest_of_each((*case.sensed, *signals)), second_looked_up=looked_up)
        case ev.Handled(path_px=path, straight_px=straight, gap_s=gap):
            return replace(case, conduct=case.conduct.handled(path, straight, gap))
        case ev.ConsentGiven() if case.conduct.consent_ns is None:
            return replace(case, conduct=replace(case.conduct, consent_ns=moment.monotonic_ns))
        case ev.DocumentAnswered(outcome=outcome) if not isinstance(outcome, Read):
            return replace(case, conduct=replace(case.conduct, retries=case.conduct.retries + 1))
        case ev.ContactEdited() | ev.LanguageChanged():
            case = replace(case, conduct=replace(case.conduct, corrections=case.conduct.corrections + 1))
    if isinstance(event, ev.TOUCHES):
        return replace(case, conduct=case.conduct.paused(case.last_activity_ns, moment.monotonic_ns))
    return case
