"""One attempt through everything a customer goes through: drawn prompts, colours of the screen, the station's own eyes, one verdict.

The clock is stepped by hand. What stands before the camera is told what the screen asks, and lit as the screen shines.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from kiosk.actor.cue import Cue
from kiosk.actor.redteam.presentations import Presentation
from kiosk.assembly.sight import ModelSight
from kiosk.frame import Frame
from kiosk.liveness import run as liveness
from kiosk.liveness.challenge import Live, LivenessVerdict, NotLive, NotLiveBecause, Undecided, UndecidedBecause
from kiosk.liveness.cue_table import CUES
from kiosk.liveness.cues import Leaning, fuse
from kiosk.liveness.light import FOLLOWED
from kiosk.liveness.light import NAME as LIGHT
from kiosk.liveness.passive import PassiveVerdict, PassiveView, verdict, watch
from kiosk.liveness.run import Asking, LivenessRun
from kiosk.liveness.script import ScriptPlan, draw_script
from kiosk.measure.liveness_clips import START_NS
from kiosk.policy import LivenessPolicy
from kiosk.values import Provenance, ns

RATE_HZ: Final = 10.0
LIT_RATE_HZ: Final = 15.0
WAITING_RATE_HZ: Final = 5.0
_WAITS_AFTER_S: Final = 2.5
"""Frames a second, of a slow station: while something is asked, while the colours run, and in what is left of a response window in which
nobody has answered for so long. Fewer frames make an attack harder to see, not easier, and a measurement of hours shorter."""
SCREEN_LAG_S: Final = 0.08
"""From what the program shows to what a camera sees of it: the screen's own delay and half an exposure."""
LONGEST_S: Final = 240.0


@dataclass(frozen=True, slots=True)
class Attempt:
    """passive: what the cues of pictures say of the same frames, whatever was asked; seconds: from the first frame to the verdict."""

    verdict: LivenessVerdict
    passive: PassiveVerdict
    seconds: float

    @property
    def live(self) -> bool:
        return isinstance(self.verdict, Live)

    @property
    def because(self) -> str:
        return "" if isinstance(self.verdict, Live) else str(self.verdict.because)

    @property
    def obeyed(self) -> bool:
        """Whether the whole script was answered, in order and in time."""
        evidence = self.verdict.evidence
        return tuple(one.kind for one in evidence.done) == evidence.script.challenges

    @property
    def light(self) -> str:
        """What the light challenge said, empty where it was not reached or could not be measured."""
        return next((cue.seen for cue in self.verdict.evidence.cues if cue.name == LIGHT), "")

    def live_without_light(self, policy: LivenessPolicy) -> bool:
        """Whether prompts, continuity and the other cues would have let this pass."""
        decided_by_light = isinstance(self.verdict, NotLive) and self.verdict.because is NotLiveBecause.LIGHT_NOT_FOLLOWED
        unsure = isinstance(self.verdict, Undecided) and self.verdict.because is UndecidedBecause.UNSURE_CUES
        named_by_cues = isinstance(self.verdict, NotLive) and self.light != "" and self.obeyed
        if not (self.live or decided_by_light or unsure or named_by_cues) or not self.obeyed:
            return False
        return fuse([cue for cue in self.verdict.evidence.cues if cue.name != LIGHT], policy).leaning is Leaning.LIVE

    @property
    def followed_light(self) -> bool:
        return self.light == FOLLOWED


def chooser(seed: int) -> Callable[[int], int]:
    """Draws that come again, so that two measurements can be compared. Never for customers."""
    source = np.random.default_rng(seed)
    return lambda n: int(source.integers(n))


def attempt(shown: Presentation, sight: ModelSight, policy: LivenessPolicy, source: Provenance, plan: ScriptPlan | None = None) -> Attempt:
    """Guide one presentation to its verdict. plan: what the script is drawn from; the usual one if None."""
    sight.forget()
    run = liveness.begin(draw_script(chooser(shown.seed), policy, plan), policy, START_NS)
    view = PassiveView()
    at_s, number = 0.0, 0
    while run.verdict is None and at_s < LONGEST_S:
        at_s += 1.0 / _rate(run, at_s)
        number += 1
        shown.told(Cue.LOOK_AHEAD if run.prompt is None else Cue(run.prompt.value), at_s)
        shown.lit_by(liveness.colour_shown(run, START_NS + ns(at_s - SCREEN_LAG_S), policy), at_s)
        frame = Frame(shown.at(at_s), number, START_NS + ns(at_s), source)
        seen = sight.faces(frame)
        view = watch(view, seen, policy)
        run = liveness.observe(run, seen, policy)
    while run.verdict is None:
        at_s += 0.5
        run = liveness.tick(run, START_NS + ns(at_s), policy)
    return Attempt(run.verdict, verdict(view, CUES, policy), at_s)


def _rate(run: LivenessRun, at_s: float) -> float:
    if run.lighting:
        return LIT_RATE_HZ
    if isinstance(run.phase, Asking) and START_NS + ns(at_s) - run.phase.asked_ns > ns(_WAITS_AFTER_S):
        return WAITING_RATE_HZ
    return RATE_HZ
