"""Rule 8: the screen shows its colours, and the skin is watched."""

import math
from dataclasses import replace

from kiosk.face.observed import FaceObservation
from kiosk.liveness import coaching, colours, light
from kiosk.liveness.challenge import Hint, LightPath, LightShown, Need, NotLiveBecause
from kiosk.liveness.ending import interrupted, resettled
from kiosk.liveness.light_fit import MOST_SAMPLES, LightSample, Watched
from kiosk.liveness.run_state import Lighting, LivenessRun, Settling
from kiosk.policy import LivenessPolicy
from kiosk.values import ns

AFTERGLOW_NS = 500_000_000
"""Frames are taken in for so long after the last colour: what is seen lags behind what is shown."""


def watch_light(run: LivenessRun, phase: Lighting, observation: FaceObservation, policy: LivenessPolicy) -> LivenessRun:
    at = observation.captured_ns
    hint = coaching.presence(observation, run.coach.shown, policy)
    run = replace(run, coach=coaching.coach(run.coach, hint, at))
    if hint in (Hint.NO_FACE, Hint.ONE_PERSON):
        if run.crowded_ns is None and at - phase.seen_ns > ns(policy.no_face_grace_s):
            return interrupted(run, at, NotLiveBecause.FACE_LEFT, policy)
        return run
    taken = light.sample(observation.light, observation.faces[0], observation.frame_size[0], at)
    samples = phase.samples if taken is None else (*phase.samples[-(MOST_SAMPLES - 1) :], taken)
    return light_in_time(replace(run, phase=replace(phase, samples=samples, seen_ns=at)), at, policy)


def light_in_time(run: LivenessRun, at_ns: int, policy: LivenessPolicy) -> LivenessRun:
    """End the colours when they have all been shown, and read what came back. A sequence that could not be told is shown once more, with
    other colours, and both are read together; one that was not followed is not."""
    phase = run.phase
    if not isinstance(phase, Lighting):
        return run
    path = run.script.light_path
    if at_ns - phase.begun_ns <= colours.lasts_ns(path, phase.colours, policy) + AFTERGLOW_NS:
        return run
    watched = (*run.light_watched, Watched(phase.samples, path, phase.colours, phase.begun_ns))
    reading = light.read_light(watched, policy)
    over = run.light_tries > 1 or not light.needs_another_sequence(reading, policy)
    rows = (*run.light_shown, *shown(run, phase, policy))
    run = replace(run, light_watched=watched, light_reading=reading, light_shown=rows, light_over=over)
    settled = resettled(run, at_ns)
    return replace(settled, phase=Settling(at_ns, proved=phase.proved)) if over else settled


def calmed(run: LivenessRun, at_ns: int, policy: LivenessPolicy) -> LivenessRun:
    """The customer does not want changing light: slow fades instead of steps, then none at all. What was done so far stays."""
    script = run.script
    if script.light_path is LightPath.NONE:
        return run
    if script.light_path is LightPath.STEPS:
        script = replace(script, light_path=LightPath.GENTLE, needs=(*script.needs, Need.NO_CHANGING_LIGHT))
    else:
        script = replace(script, light_path=LightPath.NONE, light=(), light_spare=(), needs=(*script.needs, Need.NO_LIGHT))
    run = replace(run, script=script)
    return resettled(run, at_ns) if isinstance(run.phase, Lighting) else run


def shown(run: LivenessRun, phase: Lighting, policy: LivenessPolicy) -> tuple[LightShown, ...]:
    """Return what goes into the record: each colour, and the mean of the skin over the surroundings while it was shown."""
    each_ns = ns(colours.step_s(run.script.light_path, policy))
    rows = []
    for number, colour in enumerate(phase.colours):
        from_ns = phase.begun_ns + number * each_ns
        during = [one for one in phase.samples if from_ns <= one.at_ns < from_ns + each_ns]
        blue, green, red = (_mean_log(during, channel) for channel in range(3))
        rows.append(LightShown(colour, from_ns, blue, green, red))
    return tuple(rows)


def _mean_log(samples: list[LightSample], channel: int) -> float:
    logs = [math.log(one.light.skin[channel]) for one in samples]
    around = [math.log(max(one.light.around[channel], 1e-4)) for one in samples if one.light.around is not None]
    beside = sum(around) / len(around) if around else 0.0
    return round(sum(logs) / len(logs) - beside, 5) if logs else 0.0
