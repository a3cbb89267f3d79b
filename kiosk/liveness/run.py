"""One guided liveness run: settle, ask, watch, come back, ask again; and one verdict at the end.

The rules, in the order they are applied to a frame:

 1. A run that has a verdict never changes.
 2. A frame seen twice is ignored. A clock that runs backwards, or a gap, ends the run while a challenge is asked (FRAMES_JUMPED); before
    the first prompt it only starts the settling over. Frozen or looping landmarks end the run (FROZEN_PICTURE).
 3. A cut, a second face or an absence withdraws the prompt: the face must settle and prove itself again before it is asked anew.
    policy.interruptions of these are forgiven.
 4. Every frontal view is compared with the run's own reference. Another face ends the run (FACE_CHANGED), once anything was asked;
    before that it becomes the reference and the settling starts over.
 5. Nothing counts before a prompt. A prompt is given only to one face that looks ahead, holds still, is well placed and has proved,
    since the last challenge, to be the same face.
 6. A response counts inside its window only. A missed challenge is asked again up to policy.attempts times. A wrong response is forgiven
    policy.wrong_responses times, asked again, and makes the script longer.
 7. Live needs every challenge of the script done in order, and then once more the same face looking ahead.

Scripts fixed by QA are for recordings, which cannot wait: rule 5 is relaxed to a face that has come back past the middle, and rule 6 to
one attempt in a long window. Rules 1-4 and 7 hold as they are.

Everything is a frozen value; no clock is read; memory is bounded.
"""

from dataclasses import dataclass, field, replace
from statistics import median
from typing import assert_never

from kiosk.face.observed import FaceObservation, FaceSeen, FaceView
from kiosk.liveness import coaching, continuity, identity, person
from kiosk.liveness.challenge import (
    ChallengeDone,
    ChallengeKind,
    Hint,
    Live,
    LivenessEvidence,
    LivenessVerdict,
    NotLive,
    NotLiveBecause,
    Script,
    Undecided,
    UndecidedBecause,
)
from kiosk.liveness.challenges import challenge_of
from kiosk.liveness.coaching import Coach
from kiosk.liveness.continuity import Break, Continuity
from kiosk.liveness.identity import Likeness
from kiosk.liveness.person import Person
from kiosk.liveness.response import Progress, Responded, RespondedWrongly, Waiting
from kiosk.liveness.script import grown_by_wrong_response
from kiosk.liveness.turn import FROM_BELOW_SHARE
from kiosk.policy import LivenessPolicy
from kiosk.values import ns

BASELINE_LEAST_SAMPLES = 3
REOPEN_AFTER_NS = 300_000_000
"""A face unseen for longer than this has its response watched from the start: a blink or turn cannot span an absence."""


@dataclass(frozen=True, slots=True)
class Settling:
    """Waiting for one face that looks ahead. since_ns: when this began; steady_ns: since when all is well, None if it is not; proved:
    a view since then was the same face."""

    since_ns: int
    steady_ns: int | None = None
    proved: bool = False


@dataclass(frozen=True, slots=True)
class Asking:
    """A prompt is on the screen. frames: with the face, since the prompt; seen_ns: when the one face was last seen."""

    asked_ns: int
    progress: Progress
    frames: int
    seen_ns: int


@dataclass(frozen=True, slots=True)
class Ended:
    verdict: LivenessVerdict


Phase = Settling | Asking | Ended


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class LivenessRun:
    """The whole state of a run. script: as drawn, longer after a wrong response; responses: the challenges done, in order; misses: how
    often the present challenge was missed; retries: prompts given again; interruptions: see rule 3; crowded_ns: since when a second
    face is seen, None if not."""

    script: Script
    begun_ns: int
    phase: Phase
    person: Person = field(default_factory=Person)
    continuity: Continuity = field(default_factory=Continuity)
    likeness: Likeness = field(default_factory=Likeness)
    coach: Coach = field(default_factory=Coach)
    responses: tuple[ChallengeDone, ...] = ()
    misses: int = 0
    retries: int = 0
    interruptions: int = 0
    frames: int = 0
    crowded_ns: int | None = None

    @property
    def verdict(self) -> LivenessVerdict | None:
        return self.phase.verdict if isinstance(self.phase, Ended) else None

    @property
    def prompt(self) -> ChallengeKind | None:
        """What is asked now; None while settling or between challenges."""
        return self.script.challenges[self.done] if isinstance(self.phase, Asking) else None

    @property
    def hint(self) -> Hint | None:
        return None if isinstance(self.phase, Ended) else self.coach.shown

    @property
    def done(self) -> int:
        return len(self.responses)

    @property
    def total(self) -> int:
        return len(self.script.challenges)

    @property
    def views(self) -> tuple[FaceView, ...]:
        """The best frontal views of the one face, oldest first, at most identity.VIEWS_KEPT."""
        return tuple(kept.view for kept in self.likeness.kept)

    @property
    def evidence(self) -> LivenessEvidence:
        return LivenessEvidence(
            script=self.script,
            done=self.responses,
            open_eye_baseline=self.person.open_eye_baseline,
            min_self_similarity=self.likeness.lowest,
            frames=self.frames,
            retries=self.retries,
        )


def begin(script: Script, policy: LivenessPolicy, at_ns: int) -> LivenessRun:
    """Start a run of a script that has at least one challenge. Raises ValueError for an empty script."""
    if not script.challenges:
        raise ValueError("a liveness script has at least one challenge")
    return LivenessRun(script, at_ns, Settling(at_ns))


def observe(run: LivenessRun, observation: FaceObservation, policy: LivenessPolicy) -> LivenessRun:
    """Take one more observation. Never raises on any measurement."""
    if isinstance(run.phase, Ended):
        return run
    memory, broken = continuity.follow(run.continuity, observation, policy)
    if broken is Break.REPEATED:
        return run
    run = replace(run, continuity=memory, frames=run.frames + 1)
    if broken is not None:
        run = _after_break(run, broken, observation.captured_ns, policy)
    run = tick(run, observation.captured_ns, policy)
    if isinstance(run.phase, Ended):
        return run
    run = _watch_crowd(run, observation, policy)
    run = _compare_view(run, observation, policy)
    match run.phase:
        case Ended():
            return run
        case Settling():
            return _settle(run, run.phase, observation, policy)
        case Asking():
            return _watch(run, run.phase, observation, policy)
        case _:
            assert_never(run.phase)


def tick(run: LivenessRun, at_ns: int, policy: LivenessPolicy) -> LivenessRun:
    """Let time pass without a frame: windows and waits run out. Call a few times a second."""
    if isinstance(run.phase, Ended):
        return run
    last = run.continuity.last_ns
    if last is not None and at_ns - last > ns(policy.camera_silence_s) and not run.script.fixed_by_qa:
        return _undecided(run, UndecidedBecause.CAMERA_LOST)
    match run.phase:
        case Settling():
            return _settle_in_time(run, run.phase, at_ns, policy)
        case Asking():
            if at_ns - run.phase.asked_ns > _window_ns(run.script, policy):
                return _missed(run, run.phase, at_ns, policy)
            return run
        case _:
            assert_never(run.phase)


def remaining_share(run: LivenessRun, at_ns: int, policy: LivenessPolicy) -> float:
    """Return how much of the response window is left, 1 down to 0; 1 while nothing is asked."""
    if not isinstance(run.phase, Asking):
        return 1.0
    return min(max(1.0 - (at_ns - run.phase.asked_ns) / _window_ns(run.script, policy), 0.0), 1.0)


def _window_ns(script: Script, policy: LivenessPolicy) -> int:
    return ns(policy.qa_window_s if script.fixed_by_qa else policy.response_window_s)


# Rule 2 and 3: what breaks the picture.


def _after_break(run: LivenessRun, broken: Break, at_ns: int, policy: LivenessPolicy) -> LivenessRun:
    match broken:
        case Break.FROZEN:
            return _not_live(run, NotLiveBecause.FROZEN_PICTURE)
        case Break.CLOCK_BACK:
            if run.responses or run.retries or isinstance(run.phase, Asking):
                return _not_live(run, NotLiveBecause.FRAMES_JUMPED)
            return replace(run, begun_ns=at_ns, phase=Settling(at_ns), person=Person(), coach=Coach())
        case Break.GAP:
            if isinstance(run.phase, Asking):
                return _not_live(run, NotLiveBecause.FRAMES_JUMPED)
            return _resettle(run, run.phase.since_ns) if isinstance(run.phase, Settling) else run
        case Break.CUT:
            return _interrupted(run, at_ns, NotLiveBecause.FRAMES_JUMPED, policy)
        case Break.REPEATED:
            return run
        case _:
            assert_never(broken)


def _interrupted(run: LivenessRun, at_ns: int, because: NotLiveBecause | UndecidedBecause, policy: LivenessPolicy) -> LivenessRun:
    """Withdraw the prompt and settle anew; end the run when it was interrupted too often. Nothing to withdraw while settling."""
    if isinstance(run.phase, Settling):
        return _resettle(run, run.phase.since_ns)
    if run.interruptions >= policy.interruptions:
        return _not_live(run, because) if isinstance(because, NotLiveBecause) else _undecided(run, because)
    return _resettle(replace(run, interruptions=run.interruptions + 1, retries=run.retries + 1), at_ns)


def _watch_crowd(run: LivenessRun, observation: FaceObservation, policy: LivenessPolicy) -> LivenessRun:
    at = observation.captured_ns
    if not coaching.second_person(observation.faces, policy):
        return replace(run, crowded_ns=None)
    since = at if run.crowded_ns is None else run.crowded_ns
    run = replace(run, crowded_ns=since)
    if at - since > ns(policy.crowd_within_s):
        return _undecided(run, UndecidedBecause.SEVERAL_FACES)
    if isinstance(run.phase, Asking) and at - since > ns(policy.crowd_grace_s):
        return _interrupted(run, at, UndecidedBecause.SEVERAL_FACES, policy)
    return run


# Rule 4: the same face.


def _compare_view(run: LivenessRun, observation: FaceObservation, policy: LivenessPolicy) -> LivenessRun:
    if isinstance(run.phase, Ended) or observation.view is None or not observation.faces or run.crowded_ns is not None:
        return run
    likeness, same = identity.compare(run.likeness, observation.view, run.done, policy)
    if likeness.changed and isinstance(run.phase, Settling) and not _asked_before(run):
        # Nothing has been asked, so nothing has been proved: a card before the face, or the last customer walking off, made the
        # reference. It starts over with who stands there now.
        begun_again, _ = identity.compare(Likeness(), observation.view, run.done, policy)
        return replace(_resettle(run, run.phase.since_ns), likeness=begun_again, person=Person())
    run = replace(run, likeness=likeness)
    if likeness.changed:
        return _not_live(run, NotLiveBecause.FACE_CHANGED)
    if same and isinstance(run.phase, Settling):
        return replace(run, phase=replace(run.phase, proved=True))
    return run


# Rule 5: settling.


def _settle(run: LivenessRun, phase: Settling, observation: FaceObservation, policy: LivenessPolicy) -> LivenessRun:
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
    finished = run.done == run.total
    if at - steady < _hold_ns(run, policy) or not _eyes_known(run):
        return run
    if not phase.proved and (finished or not run.script.fixed_by_qa):
        return run
    run = replace(run, person=person.settle_pose(run.person))
    if finished:
        return replace(run, phase=Ended(Live(run.evidence)))
    begun = challenge_of(run.script.challenges[run.done]).begin()
    # What was seen before the first prompt proves nobody: a portrait held up is also one still face. The likeness starts with it.
    likeness = run.likeness if _asked_before(run) else Likeness()
    return replace(run, phase=Asking(at, begun, 0, at), coach=Coach(), likeness=likeness)


def _obstacle(run: LivenessRun, observation: FaceObservation, policy: LivenessPolicy) -> Hint | None:
    """Return what keeps this frame from counting as settled."""
    shown = run.coach.shown
    hint = coaching.presence(observation, shown, policy)
    if hint in (Hint.NO_FACE, Hint.ONE_PERSON):
        return hint
    if not _faces_ahead(run, observation.faces[0], policy):
        return Hint.COME_BACK if run.responses else Hint.LOOK_AHEAD
    return hint or coaching.placing(observation, shown, policy)


def _only_qa_would_mind(run: LivenessRun, obstacle: Hint) -> bool:
    """A recording cannot come closer or find better light."""
    return run.script.fixed_by_qa and obstacle not in (Hint.NO_FACE, Hint.ONE_PERSON, Hint.LOOK_AHEAD, Hint.COME_BACK)


def _faces_ahead(run: LivenessRun, face: FaceSeen, policy: LivenessPolicy) -> bool:
    known = run.person
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
    return ns(policy.settle_s if first else policy.between_s)


def _eyes_known(run: LivenessRun) -> bool:
    return len(run.person.openings) >= (1 if run.script.fixed_by_qa else BASELINE_LEAST_SAMPLES)


def _asked_before(run: LivenessRun) -> bool:
    return bool(run.responses or run.retries)


def _resettle(run: LivenessRun, at_ns: int) -> LivenessRun:
    return replace(run, phase=Settling(at_ns), person=person.forget_pose(run.person), coach=Coach())


def _settle_in_time(run: LivenessRun, phase: Settling, at_ns: int, policy: LivenessPolicy) -> LivenessRun:
    limit = policy.resettle_within_s if _asked_before(run) else policy.start_within_s
    if at_ns - phase.since_ns <= ns(limit):
        return run
    wanted = run.coach.wanted
    if run.frames == 0:
        return _undecided(run, UndecidedBecause.TOO_FEW_FRAMES)
    if wanted is Hint.ONE_PERSON:
        return _undecided(run, UndecidedBecause.SEVERAL_FACES)
    if wanted is Hint.NO_FACE:
        left = _not_live(run, NotLiveBecause.FACE_LEFT)
        return left if _asked_before(run) else _undecided(run, UndecidedBecause.NO_FACE)
    if wanted is Hint.COME_BACK:
        return _not_live(run, NotLiveBecause.CHALLENGE_MISSED)
    return _undecided(run, UndecidedBecause.POOR_PICTURE)


# Rule 6: watching the response.


def _watch(run: LivenessRun, phase: Asking, observation: FaceObservation, policy: LivenessPolicy) -> LivenessRun:
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
            return replace(run, phase=Asking(phase.asked_ns, response.progress, phase.frames + 1, at))
        case Responded():
            done = ChallengeDone(run.script.challenges[run.done], phase.asked_ns, at, response.peak)
            return _resettle(replace(run, responses=(*run.responses, done), misses=0), at)
        case RespondedWrongly():
            return _answered_wrongly(run, at)
        case _:
            assert_never(response)


def _unseen(run: LivenessRun, phase: Asking, at_ns: int, policy: LivenessPolicy) -> LivenessRun:
    if run.crowded_ns is not None or at_ns - phase.seen_ns <= ns(policy.no_face_grace_s):
        return run
    return _interrupted(run, at_ns, NotLiveBecause.FACE_LEFT, policy)


def _answered_wrongly(run: LivenessRun, at_ns: int) -> LivenessRun:
    longer = grown_by_wrong_response(run.script)
    if longer is None:
        return _not_live(run, NotLiveBecause.WRONG_RESPONSE)
    return _resettle(replace(run, script=longer, retries=run.retries + 1), at_ns)


def _missed(run: LivenessRun, phase: Asking, at_ns: int, policy: LivenessPolicy) -> LivenessRun:
    seconds = _window_ns(run.script, policy) / 1e9
    if phase.frames < policy.least_frames_per_s * seconds and not run.script.fixed_by_qa:
        return _undecided(run, UndecidedBecause.TOO_FEW_FRAMES)
    misses = run.misses + 1
    if misses >= (1 if run.script.fixed_by_qa else policy.attempts):
        return _not_live(replace(run, misses=misses), NotLiveBecause.CHALLENGE_MISSED)
    return _resettle(replace(run, misses=misses, retries=run.retries + 1), at_ns)


# Ends.


def _not_live(run: LivenessRun, because: NotLiveBecause) -> LivenessRun:
    return replace(run, phase=Ended(NotLive(because, run.evidence)))


def _undecided(run: LivenessRun, because: UndecidedBecause) -> LivenessRun:
    return replace(run, phase=Ended(Undecided(because, run.evidence)))
