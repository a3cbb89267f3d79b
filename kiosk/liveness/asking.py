"""Rule 6: watching the response to a prompt."""

from dataclasses import replace
from typing import assert_never

from kiosk.face.observed import FaceObservation
from kiosk.liveness import coaching, person
from kiosk.liveness.challenge import ChallengeDone, Hint, NotLiveBecause, PromptOutcome, UndecidedBecause
from kiosk.liveness.challenges import challenge_of
from kiosk.liveness.ending import asked_again, interrupted, not_live, noted, resettled, undecided
from kiosk.liveness.response import Responded, RespondedWrongly, Waiting
from kiosk.liveness.run_state import Asking, LivenessRun
from kiosk.liveness.script import grown_by_wrong_response
from kiosk.policy import LivenessPolicy
from kiosk.values import ns

REOPEN_AFTER_NS = 300_000_000
"""A face unseen for longer than this has its response watched from the start: a blink or turn cannot span an absence."""


def watch(run: LivenessRun, phase: Asking, observation: FaceObservation, policy: LivenessPolicy) -> LivenessRun:
    at = observation.captured_ns
    hint = coaching.presence(observation, run.coach.shown, policy)
    if hint in (Hint.NO_FACE, Hint.ONE_PERSON):
        run = replace(run, coach=coaching.coach(run.coach, hint, at))
        return _unseen(run, phase, at, policy)
    known = person.learn_eyes(run.person, observation.faces[0], at)
    progress = phase.progress
    if at - phase.seen_ns > REOPEN_AFTER_NS:
        progress = challenge_of(run.script.challenges[run.done]).begin()
    response = progress.watch(person.glance(known, observation.faces[0], at, phase.asked_ns), policy)
    run = replace(run, person=known)
    match response:
        case Waiting():
            run = replace(run, coach=coaching.coach(run.coach, hint or response.hint, at))
            return replace(run, phase=replace(phase, progress=response.progress, frames=phase.frames + 1, seen_ns=at))
        case Responded():
            done = ChallengeDone(run.script.challenges[run.done], phase.asked_ns, at, response.peak)
            run = noted(run, at, PromptOutcome.DONE, response.peak)
            return resettled(replace(run, responses=(*run.responses, done), misses=0), at)
        case RespondedWrongly():
            return _answered_wrongly(noted(run, at, PromptOutcome.WRONG, response.peak), at, policy)
        case _:
            assert_never(response)


def answer_in_time(run: LivenessRun, phase: Asking, at_ns: int, policy: LivenessPolicy) -> LivenessRun:
    """Let the response window run out."""
    if at_ns - phase.asked_ns <= phase.window_ns:
        return run
    run = noted(run, at_ns, PromptOutcome.MISSED)
    if phase.frames < policy.least_frames_per_s * phase.window_ns / 1e9 and not run.script.fixed_by_qa:
        return undecided(run, UndecidedBecause.TOO_FEW_FRAMES, policy)
    misses = run.misses + 1
    if misses >= (1 if run.script.fixed_by_qa else policy.attempts):
        return not_live(replace(run, misses=misses), NotLiveBecause.CHALLENGE_MISSED, policy)
    return asked_again(replace(run, misses=misses), at_ns, policy)


def _unseen(run: LivenessRun, phase: Asking, at_ns: int, policy: LivenessPolicy) -> LivenessRun:
    if run.crowded_ns is not None or at_ns - phase.seen_ns <= ns(policy.no_face_grace_s):
        return run
    return interrupted(run, at_ns, NotLiveBecause.FACE_LEFT, policy)


def _answered_wrongly(run: LivenessRun, at_ns: int, policy: LivenessPolicy) -> LivenessRun:
    longer = grown_by_wrong_response(run.script)
    if longer is None:
        return not_live(run, NotLiveBecause.WRONG_RESPONSE, policy)
    return asked_again(replace(run, script=longer), at_ns, policy)
