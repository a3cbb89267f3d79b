"""How a run ends, and how its prompts are withdrawn. Only `concluded` can say `Live`."""

from dataclasses import replace

from kiosk.liveness import person
from kiosk.liveness.challenge import (
    LightPath,
    Live,
    Need,
    NotLive,
    NotLiveBecause,
    PromptGiven,
    PromptOutcome,
    Script,
    Undecided,
    UndecidedBecause,
)
from kiosk.liveness.coaching import Coach
from kiosk.liveness.cue_table import CUES
from kiosk.liveness.cues import Cue, Leaning, conclude, fuse
from kiosk.liveness.light import NAME as LIGHT
from kiosk.liveness.light import NOT_FOLLOWED, SIDES, light_cue, sides_cue
from kiosk.liveness.run_state import Asking, Ended, LivenessRun, Settling
from kiosk.liveness.script import is_guessable
from kiosk.policy import LivenessPolicy
from kiosk.values import ns


def not_live(run: LivenessRun, because: NotLiveBecause, policy: LivenessPolicy) -> LivenessRun:
    return replace(run, phase=Ended(NotLive(because, run.evidence(_cues(run, policy)))))


def undecided(run: LivenessRun, because: UndecidedBecause, policy: LivenessPolicy) -> LivenessRun:
    return replace(run, phase=Ended(Undecided(because, run.evidence(_cues(run, policy)))))


def ended(run: LivenessRun, because: NotLiveBecause | UndecidedBecause, policy: LivenessPolicy) -> LivenessRun:
    return not_live(run, because, policy) if isinstance(because, NotLiveBecause) else undecided(run, because, policy)


def concluded(run: LivenessRun, policy: LivenessPolicy) -> LivenessRun:
    """Every challenge of the script is done: weigh the cues. Without the light that its script asks for nobody is Live; nor is anybody
    whose script has so few kinds of movement that a recording would guess it, or no light because they asked to be spared it."""
    cues = _cues(run, policy)
    fused = fuse(cues, policy, required_cues(run.script))
    evidence = run.evidence(cues)
    if fused.leaning is Leaning.ATTACK:
        return replace(run, phase=Ended(NotLive(_attack_named(fused.gravest), evidence)))
    if any(cue.name == LIGHT and cue.seen == NOT_FOLLOWED for cue in cues):
        # It would have been seen: no other cue makes up for that.
        return replace(run, phase=Ended(NotLive(NotLiveBecause.LIGHT_NOT_FOLLOWED, evidence)))
    if fused.leaning is Leaning.UNSURE:
        return replace(run, phase=Ended(Undecided(UndecidedBecause.UNSURE_CUES, evidence)))
    if not run.script.fixed_by_qa and (is_guessable(run.script) or Need.NO_LIGHT in run.script.needs):
        return replace(run, phase=Ended(Undecided(UndecidedBecause.ASSISTANCE, evidence)))
    return replace(run, phase=Ended(Live(evidence)))


def required_cues(script: Script) -> tuple[str, ...]:
    """Return what must speak for a person, or nobody is Live: where colours were shown, that they came back, and from where."""
    return (LIGHT, SIDES) if script.light_path is not LightPath.NONE else ()


def _cues(run: LivenessRun, policy: LivenessPolicy) -> tuple[Cue, ...]:
    lit = (light_cue(run.light_reading, policy), sides_cue(run.light_reading, policy))
    return conclude(run.gathered, CUES) + tuple(cue for cue in lit if cue is not None)


def _attack_named(cue: str) -> NotLiveBecause:
    if cue in (LIGHT, SIDES):
        return NotLiveBecause.LIGHT_NOT_FOLLOWED
    return next((NotLiveBecause(row.attack) for row in CUES if row.name == cue), NotLiveBecause.ATTACK_CUES)


def resettled(run: LivenessRun, at_ns: int) -> LivenessRun:
    return replace(run, phase=Settling(at_ns), person=person.forget_pose(run.person), coach=Coach())


def noted(run: LivenessRun, at_ns: int, outcome: PromptOutcome, peak: float = 0.0) -> LivenessRun:
    """Write down the prompt on the screen, which is over."""
    if not isinstance(run.phase, Asking):
        return run
    kind = run.script.challenges[run.done]
    given = PromptGiven(kind, run.phase.asked_ns, run.phase.window_ns // 1_000_000, at_ns, outcome, peak)
    return replace(run, prompts=(*run.prompts, given))


def asked_again(run: LivenessRun, at_ns: int, policy: LivenessPolicy) -> LivenessRun:
    """Settle for the next prompt, which is one given again; the run ends when there were too many or it took too long."""
    if run.retries >= policy.retries:
        return undecided(run, UndecidedBecause.TOO_MANY_RETRIES, policy)
    return resettled(replace(run, retries=run.retries + 1), at_ns)


def interrupted(run: LivenessRun, at_ns: int, because: NotLiveBecause | UndecidedBecause, policy: LivenessPolicy) -> LivenessRun:
    """Withdraw the prompt and settle anew; end the run when it was interrupted too often. Nothing to withdraw while settling."""
    if isinstance(run.phase, Settling):
        return resettled(run, run.phase.since_ns)
    run = noted(run, at_ns, PromptOutcome.INTERRUPTED)
    if run.interruptions >= policy.interruptions:
        return ended(run, because, policy)
    return asked_again(replace(run, interruptions=run.interruptions + 1), at_ns, policy)


def longest_ns(run: LivenessRun, policy: LivenessPolicy) -> int:
    return ns(policy.run_within_s + run.extensions * policy.extension_s)
