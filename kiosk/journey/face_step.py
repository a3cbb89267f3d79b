"""The guided liveness run and the comparison (rule 5). PURE."""

from dataclasses import replace

from kiosk.journey import effects as do
from kiosk.journey import events as ev
from kiosk.journey.attention import is_unattended, looked
from kiosk.journey.closing import Context, face_weight, with_second_face
from kiosk.journey.openings import compare, prepare_face
from kiosk.journey.settling import conclude
from kiosk.journey.states import Comparing, PreparingFace, ProvingLive
from kiosk.journey.stepping import Step, is_late, next_step, seen_from, ticket_of, with_failed
from kiosk.liveness import run as liveness
from kiosk.liveness.challenge import ChallengeKind, Need
from kiosk.values import Channel, Moment, ns

_SPARES = {
    ChallengeKind.BLINK: Need.NO_BLINK,
    ChallengeKind.TURN_LEFT: Need.NO_TURN,
    ChallengeKind.TURN_RIGHT: Need.NO_TURN,
    ChallengeKind.NOD: Need.NO_TURN,
}
"""What a customer who cannot do a challenge is spared from then on."""


def preparing_face(state: PreparingFace, event: ev.Event, moment: Moment, context: Context) -> Step:
    match event:
        case ev.ScriptDrawn(script=script):
            case = next_step(state.case)
            run = liveness.begin(script, context.policy.liveness, moment.monotonic_ns, earlier=case.runs)
            return ProvingLive(replace(case, runs=case.runs + 1), run, None, None), (do.WatchFor(do.Watch.FACE, ticket_of(case)),)
        case ev.WorkFailed(fault=fault):
            return conclude(with_failed(state.case, fault), moment, context)
        case ev.Ticked() if is_late(state.since_ns, moment, context):
            return conclude(with_failed(state.case, "ScriptTooLate"), moment, context)
        case _:
            return state, ()


def proving_live(state: ProvingLive, event: ev.Event, moment: Moment, context: Context) -> Step:
    policy = context.policy.liveness
    state = _held(state, event, moment, context)
    match event:
        case ev.FaceObserved(observation=seen):
            case = seen_from(state.case, seen.provenance)
            case = looked(case, moment, somebody=bool(seen.faces))
            if seen.faces:
                case = replace(case, last_activity_ns=moment.monotonic_ns)
            box = seen.faces[0].box if seen.faces else None
            observed = liveness.observe(state.run, seen, policy)
            state = replace(state, case=case, run=observed, face_box=box, frame_size=seen.frame_size)
        case ev.Ticked():
            state = replace(state, run=liveness.tick(state.run, moment.monotonic_ns, policy))
        case ev.MoreTimeTouched():
            state = replace(state, run=liveness.extend(state.run, policy))
        case ev.CalmLightTouched():
            calmed = liveness.calmed(state.run, moment.monotonic_ns, policy)
            state = replace(state, run=calmed, case=replace(state.case, needs=calmed.script.needs))
        case ev.OtherWayTouched():
            return _other_way(state, moment, context)
        case ev.WorkFailed(fault=fault):
            return conclude(with_failed(state.case, fault), moment, context)
        case _:
            return state, ()
    if state.run.verdict is None:
        return state, ()
    return compare(replace(state.case, liveness=state.run.verdict, views=state.run.views), moment)


def _held(state: ProvingLive, event: ev.Event, moment: Moment, context: Context) -> ProvingLive:
    """Let the run wait while nobody is there and the screen is covered, up to `face_held_s` in all."""
    somebody = isinstance(event, ev.FaceObserved) and bool(event.observation.faces)
    if somebody or not is_unattended(state, moment, context.policy):
        return state if state.looked_ns is None else replace(state, looked_ns=None)
    now_ns, before_ns = moment.monotonic_ns, moment.monotonic_ns if state.looked_ns is None else state.looked_ns
    by_ns = min(now_ns - before_ns, ns(context.policy.journey.face_held_s) - state.held_ns)
    return replace(state, run=liveness.held(state.run, by_ns), held_ns=state.held_ns + by_ns, looked_ns=now_ns)


def _other_way(state: ProvingLive, moment: Moment, context: Context) -> Step:
    """Leave out what this customer cannot do and draw anew; when nothing is left, or it was left out already, a person helps."""
    need = _SPARES.get(state.run.prompt) if state.run.prompt is not None else None
    if state.run.prompt is None or state.run.script.fixed_by_qa:
        return state, ()
    if need is None or need in state.case.needs:
        run = liveness.assisted(state.run, context.policy.liveness)
        return compare(replace(state.case, liveness=run.verdict, views=run.views), moment)
    return prepare_face(replace(state.case, needs=(*state.case.needs, need)), moment, context)


def comparing(state: Comparing, event: ev.Event, moment: Moment, context: Context) -> Step:
    match event:
        case ev.FacesCompared(verdict=verdict) if state.case.second_document is not None and state.case.match is not None:
            return _second_compared(replace(state, case=with_second_face(state.case, face_weight(verdict)), compared=True), moment, context)
        case ev.Sensed() if state.compared:
            return _second_compared(state, moment, context)
        case ev.FacesCompared(verdict=verdict, returning=returning, portrait=portrait):
            return conclude(replace(state.case, match=verdict, returning=returning, portrait=portrait), moment, context)
        case ev.WorkFailed(fault=fault):
            return conclude(with_failed(state.case, fault), moment, context)
        case ev.Ticked() if is_late(state.since_ns, moment, context):
            return conclude(with_failed(state.case, "LookBackTooLate" if state.compared else "ComparisonTooLate"), moment, context)
        case _:
            return state, ()


def _second_compared(state: Comparing, moment: Moment, context: Context) -> Step:
    """A booth may approve by itself, so it waits for store and watch-list; at the desk what comes late makes the answer graver still."""
    if state.case.channel is Channel.BOOTH and not state.case.second_looked_up:
        return state, ()
    return conclude(state.case, moment, context)
