"""Whether somebody attends to the booth: the warning, the cover, and the look for whoever stands there. PURE."""

from kiosk.journey import effects as do
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
    """Return whether the booth's screen is to be covered: nobody was seen and nothing touched for `blank_after_s`.

    Nobody is looked for before consent, nor while the camera is away.
    """
    if isinstance(state, Finished):
        seen_ns, channel = state.seen_ns, state.channel
    else:
        seen_ns, channel = state.case.seen_ns, state.case.channel
    if channel is Channel.DESK or seen_ns is None:
        return False
    if not isinstance(state, ShowingDocument | TakingContact | PreparingFace | ProvingLive | Comparing | Keeping | Finished):
        return False
    return moment.monotonic_ns - seen_ns >= ns(policy.journey.blank_after_s)


def watch_presence(case: Case) -> do.WatchFor:
    """While a customer waits, the booth looks whether they are still there; at the desk a teller minds the screen."""
    if case.channel is Channel.DESK:
        return do.WatchFor(do.Watch.NOTHING, None)
    return do.WatchFor(do.Watch.PRESENCE, ticket_of(case))
