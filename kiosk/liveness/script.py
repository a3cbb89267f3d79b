"""The script of one run: which challenges, in which order. Drawn where nobody can foresee it, or fixed by QA and marked so.

Rules of the draw (reasons and the arithmetic of guessing are in docs/liveness.md):

1. At least three challenges, policy.challenges of them, one more for a large amount; at least one a person does without thinking (a blink)
   and the rest deliberate (turns; for a large amount nods and coming closer as well). Exactly one blink: people blink anyway, so a second
   one adds nothing against a recording.
2. Every place of the blink is equally likely, and every deliberate challenge is each of its kinds with equal chance, independent of the
   others. Forbidding repeats would make the sides predictable: a recording that alternates would then be right every time after the first.
3. Two more deliberate ones are drawn as spares for each wrong response the policy forgives. A wrong response is asked again and its spares
   are added, so that learning the side by being wrong does not help a recording.
4. The colours of the light challenge are drawn with the rest, a pair for each step (kiosk/liveness/colours.py), as many as the longer of
   both paths shows (a customer may change to the other). A second sequence is drawn for a second try.
5. Every number drawn is kept in the script, so that the bank can draw it again (kiosk/liveness/recheck.py).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from kiosk.liveness.challenge import ChallengeKind, Draw, LightPath, Need, Script
from kiosk.liveness.challenges import challenge_of
from kiosk.liveness.colours import draw_steps
from kiosk.policy import LivenessPolicy

LEAST_CHALLENGES = 3
LEAST_DELIBERATE_KINDS = 2
"""With fewer kinds of deliberate movement there is nothing to guess: such a run guides, and a person decides."""
FEW_CHALLENGES = 2
SPARES_PER_WRONG_RESPONSE = 2
MOST_QA_CHALLENGES = 12

USUAL_KINDS = (ChallengeKind.BLINK, ChallengeKind.TURN_LEFT, ChallengeKind.TURN_RIGHT)
MORE_KINDS = (ChallengeKind.NOD, ChallengeKind.COME_CLOSER)
HEAD_MOVES = frozenset({ChallengeKind.TURN_LEFT, ChallengeKind.TURN_RIGHT, ChallengeKind.NOD})


@dataclass(frozen=True, slots=True)
class ScriptPlan:
    """What a script is drawn from: how many challenges, of which kinds, which light, and what the customer asked to be spared."""

    challenges: int
    kinds: tuple[ChallengeKind, ...]
    light: LightPath = LightPath.NONE
    needs: tuple[Need, ...] = ()

    @property
    def deliberate(self) -> tuple[ChallengeKind, ...]:
        return tuple(kind for kind in self.kinds if not challenge_of(kind).guessable)


@dataclass(frozen=True, slots=True)
class UnusableScript:
    """A script from the command line that cannot be run. name: what was not understood, empty when the whole script is empty or
    too long."""

    name: str


def plan_for(
    policy: LivenessPolicy, needs: tuple[Need, ...] = (), amount_minor: int | None = None, *, own_screen: bool = True
) -> ScriptPlan:
    """Return the plan for one customer. amount_minor: of a transaction, in minor units, None without; needs: what to spare them;
    own_screen: whether the customer faces a screen of the station, which a teller's customer does not.

    Who cannot turn the head comes closer instead; who must not see changing light gets slow fades, then none.
    """
    large = amount_minor is not None and amount_minor >= policy.large_amount_minor
    kinds: tuple[ChallengeKind, ...] = (*USUAL_KINDS, *MORE_KINDS) if large else USUAL_KINDS
    if Need.NO_TURN in needs:
        kinds = (*(kind for kind in kinds if kind not in HEAD_MOVES and kind not in MORE_KINDS), ChallengeKind.COME_CLOSER)
    if Need.NO_BLINK in needs:
        kinds = tuple(kind for kind in kinds if kind is not ChallengeKind.BLINK)
    light = LightPath.STEPS if policy.light and own_screen else LightPath.NONE
    if light is LightPath.STEPS and Need.NO_CHANGING_LIGHT in needs:
        light = LightPath.GENTLE
    if Need.NO_LIGHT in needs:
        light = LightPath.NONE
    return ScriptPlan(max(policy.challenges, LEAST_CHALLENGES) + large, kinds, light, needs)


def draw_script(choose: Callable[[int], int], policy: LivenessPolicy, plan: ScriptPlan | None = None) -> Script:
    """Draw the challenges of one run.

    choose(n) returns a whole number in [0, n), each equally likely; the edge passes `secrets.randbelow`. plan: the usual one if None.
    Raises ValueError for a plan without any kind.
    """
    plan = plan_for(policy) if plan is None else plan
    if not plan.kinds:
        raise ValueError("a script needs at least one kind of challenge")
    limits: list[int] = []
    chosen: list[int] = []

    def noted(limit: int) -> int:
        limits.append(limit)
        chosen.append(choose(limit))
        return chosen[-1]

    challenges = _challenges(noted, plan)
    deliberate = plan.deliberate
    spares = tuple(_one_of(noted, deliberate) for _ in range(policy.wrong_responses * SPARES_PER_WRONG_RESPONSE)) if deliberate else ()
    light = _colours(noted, plan, policy)
    light_spare = _colours(noted, plan, policy)
    return Script(
        challenges,
        spares=spares,
        light_path=plan.light,
        light=light,
        light_spare=light_spare,
        needs=plan.needs,
        draw=Draw(tuple(limits), tuple(chosen)),
    )


def _challenges(choose: Callable[[int], int], plan: ScriptPlan) -> tuple[ChallengeKind, ...]:
    easy = tuple(kind for kind in dict.fromkeys(plan.kinds) if challenge_of(kind).guessable)
    deliberate = plan.deliberate
    if not deliberate:
        return tuple(_one_of(choose, easy) for _ in range(plan.challenges))
    count = plan.challenges if len(deliberate) >= LEAST_DELIBERATE_KINDS else FEW_CHALLENGES
    drawn = [_one_of(choose, deliberate) for _ in range(count - 1 if easy else count)]
    if easy:
        drawn.insert(choose(count), _one_of(choose, easy))
    return tuple(drawn)


def _colours(choose: Callable[[int], int], plan: ScriptPlan, policy: LivenessPolicy) -> tuple[int, ...]:
    if plan.light is LightPath.NONE:
        return ()
    return draw_steps(choose, max(policy.light_steps, policy.light_fades))


def is_guessable(script: Script) -> bool:
    """Whether so few kinds of movement were there to draw from that a recording would know the script: what the customer asked to be
    spared can leave no more."""
    if Need.NO_TURN in script.needs:
        return True
    return all(challenge_of(kind).guessable for kind in script.challenges)


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
    return replace(script, challenges=(*script.challenges, *added), spares=left)


def _one_of(choose: Callable[[int], int], kinds: tuple[ChallengeKind, ...]) -> ChallengeKind:
    return kinds[choose(len(kinds))]
