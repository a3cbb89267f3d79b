"""Whether somebody attends to the booth: the warning, the cover, and the look for whoever stands there. PURE."""

from dataclasses import replace
from typing import TypeVar

from kiosk.journey import effects as do
from kiosk.journey import events as ev
from kiosk.journey.contact import ContactField, Typed, judged
from kiosk.journey.states import (
    AskingConsent,
    Case,
    CaseState,
    Comparing,
    Finished,
    Keeping,
    PreparingFace,
    ProvingLive,
    ShowingDocument,
    TakingContact,
)
from kiosk.journey.stepping import ticket_of
from kiosk.policy import Policy
from kiosk.values import Channel, Moment, ns

Watched = TypeVar("Watched", Case, Finished)

LOOK_EVERY_NS = 500_000_000
"""Eyes that work look at least this often, beside other work (`kiosk/station/eyes.py`)."""


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


def is_unattended(state: CaseState | Finished, moment: Moment, policy: Policy) -> bool:
    """Return whether the booth's screen is to be covered: the eyes looked, saw nobody, and nothing was touched for `blank_after_s`.

    Nobody is looked for before consent. Where the eyes have stopped looking (the camera is lost) nobody can say who stands there: what is
    covered stays so until a touch, and is not covered again. Whoever touches and cannot be seen (too low for the camera, a
    veil) has `blank_unseen_after_s` from touch to touch.
    """
    whose = state if isinstance(state, Finished) else state.case
    if whose.channel is Channel.DESK or whose.seen_ns is None or whose.looked_ns is None:
        return False
    if not isinstance(state, ShowingDocument | TakingContact | PreparingFace | ProvingLive | Comparing | Keeping | Finished):
        return False
    times = policy.journey
    absent_ns = ns(times.blank_unseen_after_s if whose.unseen else times.blank_after_s)
    looked_in_vain_ns = whose.looked_ns - whose.seen_ns
    return moment.monotonic_ns - whose.seen_ns >= absent_ns and looked_in_vain_ns >= absent_ns - LOOK_EVERY_NS


def looked(whose: Watched, moment: Moment, *, somebody: bool) -> Watched:
    """Return the case, or its last words, after the eyes looked for a face."""
    now_ns = moment.monotonic_ns
    return replace(whose, looked_ns=now_ns, seen_ns=now_ns, unseen=False) if somebody else replace(whose, looked_ns=now_ns)


def left_alone(state: CaseState, event: ev.Event) -> CaseState:
    """Return the state of a screen that is covered as this event comes.

    Whoever takes the cover away may be another: what was typed before stays as it is and is not shown again, and a touch is remembered
    as the only sign of them.
    """
    if isinstance(event, ev.TOUCHES):
        state = replace(state, case=replace(state.case, unseen=True))
    if not isinstance(state, TakingContact):
        return state
    typed = (field for field in ContactField if judged(state.draft, field).typed is not Typed.EMPTY)
    return replace(state, left=True, hidden=frozenset(typed))


def watch_presence(case: Case) -> do.WatchFor:
    """While a customer waits, the booth looks whether they are still there; at the desk a teller minds the screen."""
    if case.channel is Channel.DESK:
        return do.WatchFor(do.Watch.NOTHING, None)
    return do.WatchFor(do.Watch.PRESENCE, ticket_of(case))
