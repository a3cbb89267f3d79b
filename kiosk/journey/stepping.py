"""What every step of the journey has in common: its ticket, its time, its end. PURE."""

from dataclasses import replace

from kiosk.journey import effects as do
from kiosk.journey import events as ev
from kiosk.journey.closing import Context
from kiosk.journey.states import Cancelled, Case, CaseState, Decided, Ending, Finished, HelpCalled, Idle, OutOfService, State
from kiosk.values import Channel, Moment, Provenance, Ticket, ns

Step = tuple[State, tuple[do.Effect, ...]]
"""The next state, and what is asked of the world."""
_STEPS_BEFORE_PROMPTS = 2
"""Consent and document; a later step means that prompts were shown, which an attacker may want to see and walk away from."""


def ticket_of(case: Case) -> Ticket:
    return Ticket(case.session, case.step)


def next_step(case: Case) -> Case:
    return replace(case, step=case.step + 1)


def with_case(state: CaseState, case: Case) -> CaseState:
    return replace(state, case=case)


def with_failed(case: Case, what: str) -> Case:
    return replace(case, failed_work=(*case.failed_work, what))


def seen_from(case: Case, source: Provenance) -> Case:
    return case if source in case.sources else replace(case, sources=(*case.sources, source))


def is_late(since_ns: int | None, moment: Moment, context: Context) -> bool:
    return is_past(since_ns, context.policy.journey.work_within_s, moment)


def is_past(since_ns: int | None, limit_s: float, moment: Moment) -> bool:
    return since_ns is not None and moment.monotonic_ns - since_ns >= ns(limit_s)


def is_stale(case: Case, event: ev.Event) -> bool:
    ticket: Ticket | None = getattr(event, "ticket", None)
    return ticket is not None and ticket != ticket_of(case)


def touched(state: CaseState, event: ev.Event, moment: Moment) -> CaseState:
    if isinstance(event, ev.TOUCHES):
        now_ns = moment.monotonic_ns
        seen_ns = None if state.case.seen_ns is None else now_ns
        return with_case(state, replace(state.case, last_activity_ns=now_ns, last_touch_ns=now_ns, seen_ns=seen_ns))
    return state


def ended(case: Case, ending: Ending, moment: Moment) -> Step:
    """Wipe everything and show the last words. A sealed record has its own audit line; any other ending gets one here."""
    # Whoever stopped it is not looked at any more, and its last words say nothing of them.
    looks = case.channel is Channel.BOOTH and case.seen_ns is not None and not isinstance(ending, Cancelled)
    seen_ns = moment.monotonic_ns if looks else None
    ticket = ticket_of(next_step(case))
    finished = Finished(case.session, case.channel, case.language, ending, moment.monotonic_ns, ticket.step, seen_ns, unseen=case.unseen)
    # The last words are this customer's as well: while they stand there the booth looks whether they still do.
    watched = do.WatchFor(do.Watch.PRESENCE, ticket) if looks else do.WatchFor(do.Watch.NOTHING, None)
    asked: tuple[do.Effect, ...] = (watched, do.Wipe(case.session))
    if not isinstance(ending, Decided) and ending != HelpCalled(handed_over=True):
        seen_script = ":after-prompts" if case.step > _STEPS_BEFORE_PROMPTS else ""
        asked = (*asked, do.NoteEnding(case.session, type(ending).__name__ + seen_script))
    return finished, asked


def out_of_service(state: State, event: ev.ServiceEnded) -> Step:
    asked: tuple[do.Effect, ...] = (do.WatchFor(do.Watch.NOTHING, None),)
    if not isinstance(state, Idle | Finished | OutOfService):
        asked = (*asked, do.NoteEnding(state.case.session, f"OutOfService:{event.what}"), do.Wipe(state.case.session))
    return OutOfService(event.what), asked
