"""The script of one run: which challenges, in which order. Drawn where nobody can foresee it, or fixed by QA and marked so.

Rules of the draw (reasons and the arithmetic of guessing are in docs/liveness.md):

1. At least three challenges, policy.challenges of them; at least one a person does without thinking (a blink) and the rest deliberate
   (turns). Exactly one blink: people blink anyway, so a second one adds nothing against a recording.
2. Every place of the blink is equally likely, and every turn is left or right with equal chance, independent of the others. Forbidding
   repeats would make the sides predictable: a recording that alternates would then be right every time after the first.
3. Two more turns are drawn as spares for each wrong response the policy forgives. A wrong response is asked again and its spares are
   added, so that learning the side by being wrong does not help a recording.
"""

from collections.abc import Callable
from dataclasses import dataclass

from kiosk.liveness.challenge import ChallengeKind, Script
from kiosk.liveness.challenges import CHALLENGES, challenge_of
from kiosk.policy import LivenessPolicy

LEAST_CHALLENGES = 3
SPARES_PER_WRONG_RESPONSE = 2
MOST_QA_CHALLENGES = 12

ALL_KINDS = tuple(row.kind for row in CHALLENGES)


@dataclass(frozen=True, slots=True)
class UnusableScript:
    """A script from the command line that cannot be run. name: what was not understood, empty when the whole script is empty or
    too long."""

    name: str


def draw_script(choose: Callable[[int], int], policy: LivenessPolicy, kinds: tuple[ChallengeKind, ...] = ALL_KINDS) -> Script:
    """Draw the challenges of one run.

    choose(n) returns a whole number in [0, n), each equally likely; the edge passes `secrets.randbelow`. kinds: the challenges this
    customer can do. Raises ValueError when kinds is empty.
    """
    if not kinds:
        raise ValueError("a script needs at least one kind of challenge")
    easy = tuple(kind for kind in dict.fromkeys(kinds) if challenge_of(kind).guessable)
    deliberate = tuple(kind for kind in dict.fromkeys(kinds) if not challenge_of(kind).guessable)
    count = max(policy.challenges, LEAST_CHALLENGES)
    if not deliberate:
        return Script(tuple(_one_of(choose, easy) for _ in range(count)))
    drawn = [_one_of(choose, deliberate) for _ in range(count - 1 if easy else count)]
    if easy:
        drawn.insert(choose(count), _one_of(choose, easy))
    spares = tuple(_one_of(choose, deliberate) for _ in range(policy.wrong_responses * SPARES_PER_WRONG_RESPONSE))
    return Script(tuple(drawn), spares=spares)


def fixed_script(names: tuple[str, ...]) -> Script | UnusableScript:
    """Return the script a tester named, for example ("turn-left", "turn-right"), or the name that is not a challenge."""
    kinds: list[ChallengeKind] = []
    for name in names:
        try:
            kinds.append(ChallengeKind(name.strip().lower()))
        except ValueError:
            return UnusableScript(name)
    if not 1 <= len(kinds) <= MOST_QA_CHALLENGES:
        return UnusableScript("")
    return Script(tuple(kinds), fixed_by_qa=True)


def grown_by_wrong_response(script: Script) -> Script | None:
    """Return the script with the spares of one wrong response added at its end; None when none are left (always, if fixed by QA)."""
    if len(script.spares) < SPARES_PER_WRONG_RESPONSE:
        return None
    added, left = script.spares[:SPARES_PER_WRONG_RESPONSE], script.spares[SPARES_PER_WRONG_RESPONSE:]
    return Script((*script.challenges, *added), script.fixed_by_qa, left)


def _one_of(choose: Callable[[int], int], kinds: tuple[ChallengeKind, ...]) -> ChallengeKind:
    return kinds[choose(len(kinds))]
