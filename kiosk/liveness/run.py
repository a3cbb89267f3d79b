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
 6. A response counts inside its window only, and not before anybody could have reacted. A missed challenge is asked again up to
    policy.attempts times. A wrong response is forgiven policy.wrong_responses times, asked again, and makes the script longer. All in all
    policy.retries prompts are given again, within policy.run_within_s; asking for more time lengthens both window and run.
 7. Live needs every challenge of the script done in order, the colours given back (rule 8), the same face looking ahead once more, and cues
    whose sum does not speak against a person (kiosk/liveness/cues.py).
 8. After the challenges the screen shows the colours drawn with the script (kiosk/liveness/light.py).

One file each: settling.py (rule 5), asking.py (6), ending.py (7), lighting.py (8); the rest is here.

Scripts fixed by QA are for recordings, which cannot wait: rule 5 is relaxed to a face that has come back past the middle, and rule 6 to
one attempt in a long window. Rules 1-4 and 7 hold as they are, and no colours are shown.

Everything is a frozen value; no clock is read; memory is bounded.
"""

from dataclasses import replace
from typing import assert_never

from kiosk.face.observed import FaceObservation
from kiosk.liveness import coaching, continuity, identity
from kiosk.liveness.asking import answer_in_time, watch
from kiosk.liveness.challenge import NotLiveBecause, Script, UndecidedBecause
from kiosk.liveness.coaching import Coach
from kiosk.liveness.colours import Screen, shown_screen
from kiosk.liveness.continuity import Break
from kiosk.liveness.cues import gather
from kiosk.liveness.ending import interrupted, longest_ns, not_live, resettled, undecided
from kiosk.liveness.identity import Likeness
from kiosk.liveness.lighting import calmed, light_in_time, watch_light
from kiosk.liveness.person import Person
from kiosk.liveness.run_state import Asking, Ended, Lighting, LivenessRun, Phase, Settling
from kiosk.liveness.settling import settle, settle_in_time
from kiosk.policy import LivenessPolicy
from kiosk.values import ns

__all__ = [
    "Asking",
    "Ended",
    "Lighting",
    "LivenessRun",
    "Phase",
    "Settling",
    "assisted",
    "begin",
    "calmed",
    "extend",
    "held",
    "observe",
    "remaining_share",
    "screen_shown",
    "tick",
]


def begin(script: Script, policy: LivenessPolicy, at_ns: int, earlier: int = 0) -> LivenessRun:
    """Start a run of a script that has at least one challenge. earlier: runs of the same session before it. Raises ValueError for an empty
    script."""
    if not script.challenges:
        raise ValueError("a liveness script has at least one challenge")
    return LivenessRun(script, at_ns, Settling(at_ns), earlier=earlier)


def observe(run: LivenessRun, observation: FaceObservation, policy: LivenessPolicy) -> LivenessRun:
    """Take one more observation. Never raises on any measurement."""
    if isinstance(run.phase, Ended):
        return run
    memory, broken = continuity.follow(run.continuity, observation, policy)
    if broken is Break.REPEATED:
        return run
    run = replace(_noting_gap(run, observation.captured_ns), continuity=memory, frames=run.frames + 1)
    if broken is not None:
        run = _after_break(run, broken, observation.captured_ns, policy)
    run = tick(run, observation.captured_ns, policy)
    if isinstance(run.phase, Ended):
        return run
    run = replace(run, gathered=gather(run.gathered, observation.signs))
    run = _watch_crowd(run, observation, policy)
    run = _compare_view(run, observation, policy)
    match run.phase:
        case Ended():
            return run
        case Settling():
            return settle(run, run.phase, observation, policy)
        case Asking():
            return watch(run, run.phase, observation, policy)
        case Lighting():
            return watch_light(run, run.phase, observation, policy)
        case _:
            assert_never(run.phase)


def tick(run: LivenessRun, at_ns: int, policy: LivenessPolicy) -> LivenessRun:
    """Let time pass without a frame: windows and waits run out. Call a few times a second."""
    if isinstance(run.phase, Ended):
        return run
    last = run.continuity.last_ns
    if last is not None and at_ns - last > ns(policy.camera_silence_s) and not run.script.fixed_by_qa:
        return undecided(run, UndecidedBecause.CAMERA_LOST, policy)
    if at_ns - run.begun_ns > longest_ns(run, policy):
        return undecided(run, UndecidedBecause.TOO_MANY_RETRIES, policy)
    match run.phase:
        case Settling():
            return settle_in_time(run, run.phase, at_ns, policy)
        case Asking():
            return answer_in_time(run, run.phase, at_ns, policy)
        case Lighting():
            return light_in_time(run, at_ns, policy)
        case _:
            assert_never(run.phase)


def extend(run: LivenessRun, policy: LivenessPolicy) -> LivenessRun:
    """The customer asked for more time: what runs out now does so later. Nothing happens after the last extension, or between two prompts
    of which none waits."""
    if run.extensions >= policy.extensions:
        return run
    more = ns(policy.extension_s)
    match run.phase:
        case Asking():
            return replace(run, extensions=run.extensions + 1, phase=replace(run.phase, window_ns=run.phase.window_ns + more))
        case Settling():
            return replace(run, extensions=run.extensions + 1, phase=replace(run.phase, since_ns=run.phase.since_ns + more))
        case Lighting() | Ended():
            return run
        case _:
            assert_never(run.phase)


def held(run: LivenessRun, by_ns: int) -> LivenessRun:
    """Nobody is there and the screen is covered: what would run out while a face is waited for does so later. A prompt or the light was
    withdrawn before (rule 3), and whoever comes back must be the same face (rule 4); between prompts only that wait is longer."""
    if not isinstance(run.phase, Settling) or run.script.fixed_by_qa:
        return run
    return replace(run, begun_ns=run.begun_ns + by_ns, phase=replace(run.phase, since_ns=run.phase.since_ns + by_ns))


def assisted(run: LivenessRun, policy: LivenessPolicy) -> LivenessRun:
    """The customer can do nothing of what could be asked: a person helps. Nothing speaks against them."""
    return run if isinstance(run.phase, Ended) else undecided(run, UndecidedBecause.ASSISTANCE, policy)


def remaining_share(run: LivenessRun, at_ns: int) -> float:
    """Return how much of the response window is left, 1 down to 0; 1 while nothing is asked."""
    if not isinstance(run.phase, Asking):
        return 1.0
    return min(max(1.0 - (at_ns - run.phase.asked_ns) / run.phase.window_ns, 0.0), 1.0)


def screen_shown(run: LivenessRun, at_ns: int, policy: LivenessPolicy) -> Screen | None:
    """Return what the halves of the screen show now, None while it shows its own."""
    if not isinstance(run.phase, Lighting):
        return None
    return shown_screen(run.script.light_path, run.phase.colours, at_ns - run.phase.begun_ns, policy)


# Rule 2 and 3: what breaks the picture.


def _noting_gap(run: LivenessRun, at_ns: int) -> LivenessRun:
    last = run.continuity.last_ns
    if last is None or not (run.asked_before or isinstance(run.phase, Asking)):
        return run
    return replace(run, longest_gap_ns=max(run.longest_gap_ns, at_ns - last))


def _after_break(run: LivenessRun, broken: Break, at_ns: int, policy: LivenessPolicy) -> LivenessRun:
    match broken:
        case Break.FROZEN:
            return not_live(run, NotLiveBecause.FROZEN_PICTURE, policy)
        case Break.CLOCK_BACK:
            if run.asked_before or isinstance(run.phase, Asking | Lighting):
                return not_live(run, NotLiveBecause.FRAMES_JUMPED, policy)
            return replace(run, begun_ns=at_ns, phase=Settling(at_ns), person=Person(), coach=Coach())
        case Break.GAP:
            if isinstance(run.phase, Asking | Lighting):
                return not_live(run, NotLiveBecause.FRAMES_JUMPED, policy)
            return resettled(run, run.phase.since_ns) if isinstance(run.phase, Settling) else run
        case Break.CUT:
            return interrupted(run, at_ns, NotLiveBecause.FRAMES_JUMPED, policy)
        case Break.REPEATED:
            return run
        case _:
            assert_never(broken)


def _watch_crowd(run: LivenessRun, observation: FaceObservation, policy: LivenessPolicy) -> LivenessRun:
    at = observation.captured_ns
    if not coaching.second_person(observation.faces, policy):
        return replace(run, crowded_ns=None)
    since = at if run.crowded_ns is None else run.crowded_ns
    run = replace(run, crowded_ns=since)
    if at - since > ns(policy.crowd_within_s):
        return undecided(run, UndecidedBecause.SEVERAL_FACES, policy)
    if isinstance(run.phase, Asking | Lighting) and at - since > ns(policy.crowd_grace_s):
        return interrupted(run, at, UndecidedBecause.SEVERAL_FACES, policy)
    return run


# Rule 4: the same face.


def _compare_view(run: LivenessRun, observation: FaceObservation, policy: LivenessPolicy) -> LivenessRun:
    if isinstance(run.phase, Ended) or observation.view is None or not observation.faces or run.crowded_ns is not None:
        return run
    likeness, same = identity.compare(run.likeness, observation.view, run.done, policy)
    if likeness.changed and isinstance(run.phase, Settling) and not run.asked_before:
        # Nothing has been asked, so nothing has been proved: a card before the face, or the last customer walking off, made the
        # reference. It starts over with who stands there now.
        begun_again, _ = identity.compare(Likeness(), observation.view, run.done, policy)
        return replace(resettled(run, run.phase.since_ns), likeness=begun_again, person=Person())
    run = replace(run, likeness=likeness)
    if likeness.changed:
        return not_live(run, NotLiveBecause.FACE_CHANGED, policy)
    if same and isinstance(run.phase, Settling | Lighting):
        return replace(run, phase=replace(run.phase, proved=True))
    return run
