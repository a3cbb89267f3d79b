"""Check a liveness verdict again from its evidence: what a bank does with a record, without any picture.

PURE. The kiosk's signature says who wrote the evidence; this says whether it holds together: the script is the one its draw gives, the
prompts were given one after another and answered inside their windows, the colours fit the draw, and the cues add up to the verdict.
It cannot tell whether the numbers were measured: that is what signature, station class and provenance are for.
"""

from enum import StrEnum

from kiosk.liveness.challenge import LightPath, Live, LivenessEvidence, LivenessVerdict, Need, PromptOutcome, Script
from kiosk.liveness.colours import to_show
from kiosk.liveness.cues import Leaning, fuse
from kiosk.liveness.ending import required_cues
from kiosk.liveness.script import draw_script, is_guessable, plan_for
from kiosk.policy import LivenessPolicy
from kiosk.values import ns


class Discrepancy(StrEnum):
    """What does not hold."""

    DRAW_INCOMPLETE = "draw-incomplete"
    SCRIPT_NOT_AS_DRAWN = "script-not-as-drawn"
    ANSWERS_NOT_THE_SCRIPT = "answers-not-the-script"
    PROMPTS_OVERLAP = "prompts-overlap"
    ANSWER_OUTSIDE_WINDOW = "answer-outside-window"
    TOO_MANY_RETRIES = "too-many-retries"
    GAP = "gap-between-frames"
    LIGHT_NOT_AS_DRAWN = "light-not-as-drawn"
    CUES_SPEAK_AGAINST = "cues-speak-against"
    COULD_BE_GUESSED = "could-be-guessed"


def recheck(
    verdict: LivenessVerdict, policy: LivenessPolicy, amount_minor: int | None = None, *, own_screen: bool = True
) -> tuple[Discrepancy, ...]:
    """Return what does not hold in the evidence of a `Live`; nothing for any other verdict, which approves nobody.

    policy: the one the record names; amount_minor, own_screen: see `plan_for`. A script fixed by QA was not drawn: it is for whoever
    accepts records to refuse it.
    """
    if not isinstance(verdict, Live):
        return ()
    evidence = verdict.evidence
    found: list[Discrepancy] = []
    if not evidence.script.fixed_by_qa:
        found += _draw(evidence.script, policy, amount_minor, own_screen=own_screen)
        found += _light(evidence, policy)
    found += _answers(evidence, policy)
    fused = fuse(evidence.cues, policy, required_cues(evidence.script))
    if fused.leaning is not Leaning.LIVE:
        found.append(Discrepancy.CUES_SPEAK_AGAINST)
    return tuple(found)


def _draw(script: Script, policy: LivenessPolicy, amount_minor: int | None, *, own_screen: bool) -> list[Discrepancy]:
    """Draw the script again from the numbers that were drawn."""
    numbers = iter(zip(script.draw.limits, script.draw.chosen, strict=False))

    def choose(limit: int) -> int:
        drawn_from, chosen = next(numbers, (0, 0))
        if drawn_from != limit or not 0 <= chosen < limit:
            raise _NotTheDraw
        return chosen

    # What was spared after the draw shortened the light only; the kinds were drawn without what was spared before.
    before = tuple(need for need in script.needs if need not in (Need.NO_CHANGING_LIGHT, Need.NO_LIGHT))
    plan = plan_for(policy, before, amount_minor, own_screen=own_screen)
    try:
        again = draw_script(choose, policy, plan)
    except _NotTheDraw:
        return [Discrepancy.DRAW_INCOMPLETE]
    found = []
    if script.challenges + script.spares != again.challenges + again.spares or len(script.challenges) < len(again.challenges):
        found.append(Discrepancy.SCRIPT_NOT_AS_DRAWN)
    if script.light_path is not LightPath.NONE and (script.light, script.light_spare) != (again.light, again.light_spare):
        found.append(Discrepancy.LIGHT_NOT_AS_DRAWN)
    if is_guessable(script):
        found.append(Discrepancy.COULD_BE_GUESSED)
    return found


class _NotTheDraw(Exception):
    """The numbers are not those of this draw; never leaves this module."""


def _answers(evidence: LivenessEvidence, policy: LivenessPolicy) -> list[Discrepancy]:
    found: list[Discrepancy] = []
    if tuple(one.kind for one in evidence.done) != evidence.script.challenges:
        found.append(Discrepancy.ANSWERS_NOT_THE_SCRIPT)
    answered = tuple(one.kind for one in evidence.prompts if one.outcome is PromptOutcome.DONE)
    if answered != evidence.script.challenges:
        found.append(Discrepancy.ANSWERS_NOT_THE_SCRIPT)
    if any(later.asked_ns < before.ended_ns for before, later in zip(evidence.prompts, evidence.prompts[1:], strict=False)):
        found.append(Discrepancy.PROMPTS_OVERLAP)
    for one in evidence.prompts:
        late = one.ended_ns - one.asked_ns > one.window_ms * 1_000_000
        if one.outcome is PromptOutcome.DONE and (late or one.ended_ns - one.asked_ns < ns(policy.reaction_least_s)):
            found.append(Discrepancy.ANSWER_OUTSIDE_WINDOW)
    wrong = sum(one.outcome is PromptOutcome.WRONG for one in evidence.prompts)
    if evidence.retries > policy.retries or wrong > policy.wrong_responses:
        found.append(Discrepancy.TOO_MANY_RETRIES)
    if evidence.longest_gap_ms > policy.camera_silence_s * 1000:
        found.append(Discrepancy.GAP)
    return list(dict.fromkeys(found))


def _light(evidence: LivenessEvidence, policy: LivenessPolicy) -> list[Discrepancy]:
    """The colours that were shown are those of the first sequence, of the second, or of both; the first may have been steps before the
    customer asked for fades."""
    script = evidence.script
    if script.light_path is LightPath.NONE:
        return []
    shown = tuple(one.colour for one in evidence.light)
    first = {to_show(path, script.light, policy) for path in (script.light_path, LightPath.STEPS)}
    second = to_show(script.light_path, script.light_spare, policy)
    drawn = {*first, second, *(one + second for one in first)}
    return [] if shown in drawn else [Discrepancy.LIGHT_NOT_AS_DRAWN]
