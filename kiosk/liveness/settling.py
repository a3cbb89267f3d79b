"""Rule 5: the face settles before anything is asked, and after everything."""

from dataclasses import replace
from statistics import median

from kiosk.face.observed import FaceObservation, FaceSeen
from kiosk.liveness import coaching, colours, person
from kiosk.liveness.challenge import ChallengeKind, Hint, NotLiveBecause, UndecidedBecause
from kiosk.liveness.challenges import challenge_of
from kiosk.liveness.coaching import Coach
from kiosk.liveness.ending import concluded, not_live, undecided
from kiosk.liveness.identity import Likeness
from kiosk.liveness.run_state import Asking, Lighting, LivenessRun, Settling
from kiosk.liveness.turn import FROM_BELOW_SHARE
from kiosk.policy import LivenessPolicy
from kiosk.values import ns

BASELINE_LEAST_SAMPLES = 3
BACK_AWAY_SHARE = 1.1
"""Who came closer because it was asked goes back before the next prompt."""


def settle(run: LivenessRun, phase: Settling, observation: FaceObservation, policy: LivenessPolicy) -> LivenessRun:
    at = observation.captured_ns
    obstacle = _obstacle(run, observation, policy)
    run = replace(run, coach=coaching.coach(run.coach, obstacle, at))
    if observation.faces and run.crowded_ns is None:
        run = replace(run, person=person.learn_eyes(run.person, observation.faces[0], at))
    if obstacle is not None and not _only_qa_would_mind(run, obstacle):
        return replace(run, phase=replace(phase, steady_ns=None), person=person.forget_pose(run.person))
    known = person.learn_pose(run.person, observation.faces[0])
    if not run.script.fixed_by_qa and abs(known.yaws[-1] - median(known.yaws)) > policy.steady_deg:
        return replace(run, phase=replace(phase, steady_ns=None), person=person.forget_pose(run.person))
    steady = at if phase.steady_ns is None else phase.steady_ns
    run = replace(run, phase=replace(phase, steady_ns=steady), person=known)
    if at - steady < _hold_ns(run, policy) or not _eyes_known(run):
        return run
    return _settled(run, phase, at, policy)


def _settled(run: LivenessRun, phase: Settling, at_ns: int, policy: LivenessPolicy) -> LivenessRun:
    """Ask what comes next: a challenge, the colours, or nothing any more. The colours prove the face themselves, while they are shown."""
    finished = run.done == run.total
    steps = colours.to_show(run.script.light_path, _colours_drawn(run), policy) if finished else ()
    if not phase.proved and not steps and (finished or not run.script.fixed_by_qa):
        return run
    run = replace(run, person=person.settle_pose(run.person))
    if steps:
        lit = Lighting(at_ns, steps, at_ns, proved=phase.proved)
        return replace(run, phase=lit, light_tries=run.light_tries + 1, coach=Coach())
    if finished:
        return concluded(run, policy)
    begun = challenge_of(run.script.challenges[run.done]).begin()
    # What was seen before the first prompt proves nobody: a portrait held up is also one still face. The likeness starts with it.
    likeness = run.likeness if run.asked_before else Likeness()
    window = ns(policy.qa_window_s if run.script.fixed_by_qa else policy.response_window_s)
    return replace(run, phase=Asking(at_ns, window, begun, 0, at_ns), coach=Coach(), likeness=likeness)


def _colours_drawn(run: LivenessRun) -> tuple[int, ...]:
    if run.light_over or run.light_tries > 1:
        return ()
    return run.script.light_spare if run.light_tries else run.script.light


def _obstacle(run: LivenessRun, observation: FaceObservation, policy: LivenessPolicy) -> Hint | None:
    """Return what keeps this frame from counting as settled."""
    shown = run.coach.shown
    hint = coaching.presence(observation, shown, policy)
    if hint in (Hint.NO_FACE, Hint.ONE_PERSON):
        return hint
    face = observation.faces[0]
    if not _faces_ahead(run, face, policy):
        return Hint.COME_BACK if run.responses else Hint.LOOK_AHEAD
    came_closer = bool(run.responses) and run.responses[-1].kind is ChallengeKind.COME_CLOSER and not run.script.fixed_by_qa
    if hint is None and came_closer and person.width_ratio(run.person, face) > BACK_AWAY_SHARE:
        return Hint.MOVE_BACK
    return hint or coaching.placing(observation, shown, policy)


def _only_qa_would_mind(run: LivenessRun, obstacle: Hint) -> bool:
    """A recording cannot come closer or find better light."""
    return run.script.fixed_by_qa and obstacle not in (Hint.NO_FACE, Hint.ONE_PERSON, Hint.LOOK_AHEAD, Hint.COME_BACK)


def _faces_ahead(run: LivenessRun, face: FaceSeen, policy: LivenessPolicy) -> bool:
    known = run.person
    if not coaching.upright(face):
        return False
    if known.neutral_yaw_deg is None or known.neutral_pitch_deg is None:
        return abs(face.pose.yaw_deg) <= policy.neutral_yaw_deg and abs(face.pose.pitch_deg) <= policy.neutral_pitch_deg
    yaw = abs(face.pose.yaw_deg - known.neutral_yaw_deg)
    if run.script.fixed_by_qa:
        return yaw < FROM_BELOW_SHARE * policy.turn_yaw_deg
    return yaw <= policy.facing_yaw_deg and abs(face.pose.pitch_deg - known.neutral_pitch_deg) <= policy.facing_pitch_deg


def _hold_ns(run: LivenessRun, policy: LivenessPolicy) -> int:
    first = run.person.neutral_yaw_deg is None
    if run.script.fixed_by_qa:
        return ns(policy.qa_settle_s) if first else 0
    if run.light_over:
        return 0
    return ns(policy.settle_s if first else policy.between_s)


def _eyes_known(run: LivenessRun) -> bool:
    return len(run.person.openings) >= (1 if run.script.fixed_by_qa else BASELINE_LEAST_SAMPLES)


def settle_in_time(run: LivenessRun, phase: Settling, at_ns: int, policy: LivenessPolicy) -> LivenessRun:
    limit = policy.resettle_within_s if run.asked_before else policy.start_within_s
    if at_ns - phase.since_ns <= ns(limit):
        return run
    wanted = run.coach.wanted
    if run.frames == 0:
        return undecided(run, UndecidedBecause.TOO_FEW_FRAMES, policy)
    if wanted is Hint.ONE_PERSON:
        return undecided(run, UndecidedBecause.SEVERAL_FACES, policy)
    if wanted is Hint.NO_FACE:
        if run.asked_before:
            return not_live(run, NotLiveBecause.FACE_LEFT, policy)
        return undecided(run, UndecidedBecause.NO_FACE, policy)
    if wanted is Hint.COME_BACK:
        return not_live(run, NotLiveBecause.CHALLENGE_MISSED, policy)
    return undecided(run, UndecidedBecause.POOR_PICTURE, policy)
