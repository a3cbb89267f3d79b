"""One attempt through everything a customer goes through: drawn prompts, colours of the screen, the station's own eyes, one verdict.

The clock is stepped by hand. What stands before the camera is told what the screen asks, and lit as the screen shines.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from kiosk.actor.cue import Cue as Asked
from kiosk.actor.redteam.presentations import Presentation
from kiosk.assembly.sight import ModelSight
from kiosk.face.observed import FaceObservation
from kiosk.frame import Frame
from kiosk.liveness import run as liveness
from kiosk.liveness.challenge import Live, LivenessVerdict, NotLiveBecause, Undecided, UndecidedBecause
from kiosk.liveness.cue_table import CUES
from kiosk.liveness.cues import Cue, Fused, Gathered, Leaning, conclude, fuse
from kiosk.liveness.light import FOLLOWED, SIDES
from kiosk.liveness.light import NAME as LIGHT
from kiosk.liveness.passive import PassiveVerdict, PassiveView, verdict, watch
from kiosk.liveness.run import Asking, LivenessRun, Settling
from kiosk.liveness.script import ScriptPlan, draw_script
from kiosk.measure.liveness_clips import START_NS
from kiosk.policy import LivenessPolicy
from kiosk.values import Provenance, ns

RATE_HZ: Final = 8.0
LIT_RATE_HZ: Final = 12.5
WAITING_RATE_HZ: Final = 5.0
_WAITS_AFTER_S: Final = 3.0
"""Frames a second, of a slow station: while something is asked, while the colours run, and in what is left of a response window in which
nobody has answered for so long. Whoever drives an attack has tried by then and holds still until the next prompt: what was last seen stands
for those frames, with a tremor. A measurement of hours is shorter so, and every prompt is still given three times."""
_TREMOR_PX: Final = 0.05
SCREEN_LAG_S: Final = 0.08
"""From what the program shows to what a camera sees of it: the screen's own delay and half an exposure."""
LONGEST_S: Final = 240.0


_BY_CUES: Final = frozenset(
    {
        *("", NotLiveBecause.LIGHT_NOT_FOLLOWED, NotLiveBecause.ATTACK_CUES, NotLiveBecause.FLAT_FACE, NotLiveBecause.FROZEN_PICTURE),
        *(NotLiveBecause.INJECTED_VIDEO, UndecidedBecause.UNSURE_CUES),
    }
)
"""What a run that answered every prompt can end with, by its cues alone."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt, in what its verdict rests on, so that it can be judged again by other weights.

    because: empty for Live; undecided: of the others; obeyed: every prompt was answered in order and in time; light: the cue of the light
    challenge, None where it was not reached or could not be measured; gathered: all signs; faces, frames, crowded: as in PassiveView;
    seconds: from the first frame to the verdict; sides: the cue of where the light came from, None in rows older than it, which are judged
    without.
    """

    because: str
    undecided: bool
    obeyed: bool
    light: Cue | None
    gathered: tuple[Gathered, ...]
    frames: int
    with_face: int
    crowded: int
    seconds: float
    sides: Cue | None = None

    @property
    def by_cues(self) -> bool:
        return self.obeyed and self.because in _BY_CUES

    @property
    def followed_light(self) -> bool:
        return self.light is not None and self.light.seen == FOLLOWED and (self.sides is None or self.sides.seen == FOLLOWED)

    def fused(self, policy: LivenessPolicy, *, with_light: bool = True) -> Fused:
        cues = conclude(self.gathered, CUES)
        if not with_light:
            return fuse(cues, policy)
        lit = [cue for cue in (self.light, self.sides) if cue is not None]
        return fuse([*cues, *lit], policy, (LIGHT,) if self.sides is None else (LIGHT, SIDES))

    def live(self, policy: LivenessPolicy) -> bool:
        """Whether the whole check lets this pass."""
        return self.by_cues and self.followed_light and self.fused(policy).leaning is Leaning.LIVE

    def live_without_light(self, policy: LivenessPolicy) -> bool:
        """Whether prompts, continuity and the other cues would let this pass."""
        return self.by_cues and self.fused(policy, with_light=False).leaning is Leaning.LIVE

    def passive(self, policy: LivenessPolicy) -> PassiveVerdict:
        """Return what the cues of pictures say of the same frames, whatever was asked."""
        return verdict(PassiveView(self.gathered, self.frames, self.with_face, self.crowded), CUES, policy)


def chooser(seed: int) -> Callable[[int], int]:
    """Draws that come again, so that two measurements can be compared. Never for customers."""
    source = np.random.default_rng(seed)
    return lambda n: int(source.integers(n))


def attempt(shown: Presentation, sight: ModelSight, policy: LivenessPolicy, source: Provenance, plan: ScriptPlan | None = None) -> Attempt:
    """Guide one presentation to its verdict. plan: what the script is drawn from; the usual one if None."""
    sight.forget()
    run = liveness.begin(draw_script(chooser(shown.seed), policy, plan), policy, START_NS)
    view, seen = PassiveView(), None
    at_s, number = 0.0, 0
    while run.verdict is None and at_s < LONGEST_S:
        waiting = _waiting(run, at_s)
        at_s += 1.0 / (LIT_RATE_HZ if run.lighting else WAITING_RATE_HZ if waiting else RATE_HZ)
        number += 1
        shown.told(Asked.LOOK_AHEAD if run.prompt is None else Asked(run.prompt.value), at_s)
        shown.lit_by(liveness.screen_shown(run, START_NS + ns(at_s - SCREEN_LAG_S), policy), at_s)
        if waiting and shown.driven and seen is not None and run.prompt is not None:
            run = liveness.observe(run, _held_still(seen, number, START_NS + ns(at_s)), policy)
            continue
        seen = sight.faces(Frame(shown.at(at_s), number, START_NS + ns(at_s), source))
        view = watch(view, seen, policy)
        run = liveness.observe(run, seen, policy)
    while run.verdict is None:
        at_s += 0.5
        run = liveness.tick(run, START_NS + ns(at_s), policy)
    return _attempt(run, run.verdict, view, at_s)


def _attempt(run: LivenessRun, said: LivenessVerdict, view: PassiveView, seconds: float) -> Attempt:
    evidence = said.evidence
    return Attempt(
        because="" if isinstance(said, Live) else str(said.because),
        undecided=isinstance(said, Undecided),
        obeyed=tuple(one.kind for one in evidence.done) == evidence.script.challenges,
        light=next((cue for cue in evidence.cues if cue.name == LIGHT), None),
        gathered=view.gathered,
        frames=view.frames,
        with_face=view.with_face,
        crowded=view.crowded,
        seconds=seconds,
        sides=next((cue for cue in evidence.cues if cue.name == SIDES), None),
    )


def _held_still(seen: FaceObservation, number: int, at_ns: int) -> FaceObservation:
    tremor = np.random.default_rng(number).normal(scale=_TREMOR_PX)
    faces = tuple(replace(face, landmarks=(face.landmarks + tremor).astype(np.float32)) for face in seen.faces)
    return replace(seen, captured_ns=at_ns, sequence=number, faces=faces, view=None, signs=())


def _waiting(run: LivenessRun, at_s: float) -> bool:
    now = START_NS + ns(at_s)
    match run.phase:
        case Asking():
            return now - run.phase.asked_ns > ns(_WAITS_AFTER_S)
        case Settling():
            return now - run.phase.since_ns > ns(_WAITS_AFTER_S)
        case _:
            return False
