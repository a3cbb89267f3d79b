"""Every challenge there is. To add one: write its file, give it a name in ChallengeKind, and put its row here."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from kiosk.liveness import blink, closer, nod, turn
from kiosk.liveness.challenge import ChallengeKind
from kiosk.liveness.response import Progress


@dataclass(frozen=True, slots=True)
class Challenge:
    """One row. begin: makes the progress that watches the frames after the prompt; guessable: a recording of somebody who does nothing
    special meets it sooner or later, so it adds nothing against a fixed clip."""

    kind: ChallengeKind
    begin: Callable[[], Progress]
    guessable: bool


CHALLENGES: Final[tuple[Challenge, ...]] = (
    Challenge(ChallengeKind.BLINK, blink.Blinking, guessable=True),
    Challenge(ChallengeKind.TURN_LEFT, turn.left, guessable=False),
    Challenge(ChallengeKind.TURN_RIGHT, turn.right, guessable=False),
    Challenge(ChallengeKind.NOD, nod.Nodding, guessable=False),
    Challenge(ChallengeKind.COME_CLOSER, closer.Approaching, guessable=False),
)


def challenge_of(kind: ChallengeKind) -> Challenge:
    """Return the row of a kind. Raises LookupError for a kind without a row, which a test forbids."""
    for row in CHALLENGES:
        if row.kind is kind:
            return row
    raise LookupError(kind)
