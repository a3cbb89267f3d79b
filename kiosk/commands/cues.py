"""What the screen asks of the person in front of it, as a simulated customer is told it."""

from kiosk.actor.cue import Cue
from kiosk.journey.states import (
    AskingConsent,
    Finished,
    Idle,
    OutOfService,
    PreparingFace,
    ProvingLive,
    ShowingDocument,
    State,
)
from kiosk.liveness.challenge import ChallengeKind
from kiosk.liveness.colours import Screen
from kiosk.liveness.run import screen_shown
from kiosk.policy import Policy

PROMPT_CUES = {
    ChallengeKind.BLINK: Cue.BLINK,
    ChallengeKind.TURN_LEFT: Cue.TURN_LEFT,
    ChallengeKind.TURN_RIGHT: Cue.TURN_RIGHT,
    ChallengeKind.NOD: Cue.NOD,
    ChallengeKind.COME_CLOSER: Cue.COME_CLOSER,
}


def cue_of(state: State) -> Cue:
    """Return what the screen asks of the person in front of it."""
    match state:
        case ShowingDocument():
            return Cue.SHOW_DOCUMENT
        case PreparingFace():
            return Cue.LOOK_AHEAD
        case ProvingLive(run=run):
            return PROMPT_CUES[run.prompt] if run.prompt is not None else Cue.LOOK_AHEAD
        case Finished():
            return Cue.DONE
        case Idle() | AskingConsent() | OutOfService():
            return Cue.ATTRACT
        case _:
            return Cue.WAIT


def light_of(state: State, at_ns: int, policy: Policy) -> Screen | None:
    """Return how the screen shines on the person in front of it, None as usual."""
    return screen_shown(state.run, at_ns, policy.liveness) if isinstance(state, ProvingLive) else None
