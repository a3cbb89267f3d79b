"""A customer made of numbers: face observations from curves of yaw and eye openness, at any frame rate, with answers to prompts."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

import numpy as np

from kiosk.face.observed import EyeOpenness, FaceObservation, FaceSeen, FaceView, HeadPose
from kiosk.frame import Print
from kiosk.liveness import run as liveness
from kiosk.liveness.challenge import ChallengeKind, Live, LivenessVerdict, Script
from kiosk.policy import LivenessPolicy
from kiosk.values import Capture, Provenance, ns

BLINK, LEFT, RIGHT = ChallengeKind.BLINK, ChallengeKind.TURN_LEFT, ChallengeKind.TURN_RIGHT
POLICY = LivenessPolicy()
SIMULATED = Provenance(Capture.SIMULATION, "numbers")
FRAME = (1280, 720)


def face_print(person: int) -> Print:
    """A unit vector per person; two people's differ by far more than a policy allows."""
    vector = np.random.default_rng(person).normal(size=128)
    return (vector / np.linalg.norm(vector)).astype(np.float32)


def seen(
    at_s: float,
    *,
    yaw: float = 0.0,
    pitch: float = 0.0,
    openness: float = 0.3,
    width: float = 320.0,
    centre: tuple[float, float] = (640.0, 360.0),
    person: int | None = 1,
    sequence: int | None = None,
    faces: int = 1,
    second_width: float = 280.0,
    brightness: float = 120.0,
    tremor: bool = True,
    frame: tuple[int, int] = FRAME,
) -> FaceObservation:
    """One observation. person: whose print the view carries, None for no view; tremor: landmarks differ from frame to frame, as any
    sensor's do; faces: 0, 1 or 2."""
    number = round(at_s * 1000) if sequence is None else sequence
    noise = np.random.default_rng(number).normal(scale=0.2, size=(8, 3)) if tremor else np.zeros((8, 3))
    x, y = centre
    half = width * 0.6
    pose = HeadPose(yaw, pitch, 0.0)

    def one(width_px: float, shift: float) -> FaceSeen:
        return FaceSeen(
            box=(x - half + shift, y - half, x + half + shift, y + half),
            landmarks=(noise + np.array([x + shift, y, 0.0])).astype(np.float32),
            pose=pose,
            eyes=EyeOpenness(openness, openness),
            score=0.98,
            width_px=width_px,
        )

    found = (one(width, 0.0), one(second_width, -450.0))[:faces]
    view = None
    if found and person is not None:
        view = FaceView(face_print(person), np.zeros((2, 2, 3), np.uint8), pose, 200.0)
    return FaceObservation(ns(at_s), number, SIMULATED, frame, found, brightness, view)


@dataclass
class Customer:
    """Reacts to prompts like a person. answers: what is done when something is asked (None: nothing), by default what is asked.

    reacts_s: from prompt to movement; turn_s: there and back; blink_s: lids away from open; peak_deg: how far the head turns.
    """

    answers: Callable[[ChallengeKind], ChallengeKind | None] = lambda asked: asked
    reacts_s: float = 0.5
    turn_s: float = 1.2
    blink_s: float = 0.25
    peak_deg: float = 32.0
    open_eyes: float = 0.3
    neutral_yaw: float = 0.0
    person: int = 1
    _doing: ChallengeKind | None = None
    _since_s: float = 0.0
    _asked: ChallengeKind | None = field(default=None)

    def at(self, at_s: float, asked: ChallengeKind | None) -> FaceObservation:
        if asked is not self._asked:
            self._asked = asked
            if asked is not None:
                self._doing, self._since_s = self.answers(asked), at_s + self.reacts_s
        yaw, openness = self.neutral_yaw, self.open_eyes
        elapsed = at_s - self._since_s
        if self._doing in (LEFT, RIGHT) and 0 <= elapsed <= self.turn_s:
            side = 1 if self._doing is LEFT else -1
            yaw += side * self.peak_deg * math.sin(math.pi * elapsed / self.turn_s) ** 2
        if self._doing is BLINK and 0 <= elapsed <= self.blink_s:
            openness *= 1 - 0.9 * math.sin(math.pi * elapsed / self.blink_s)
        return seen(at_s, yaw=yaw, openness=openness, person=self.person)


def frames(fps: float, from_s: float = 1.0) -> Iterator[float]:
    number = 0
    while True:
        yield round(from_s + number / fps, 3)
        number += 1


def perform(
    script: Script,
    customer: Customer | None = None,
    *,
    fps: float = 15.0,
    policy: LivenessPolicy = POLICY,
    change: Callable[[liveness.LivenessRun, FaceObservation], FaceObservation | None] = lambda run, observation: observation,
    longest_s: float = 120.0,
) -> liveness.LivenessRun:
    """Play a run to its verdict. change: what becomes of each observation on its way (None: the frame is dropped)."""
    actor = customer or Customer()
    run = liveness.begin(script, policy, ns(1.0))
    for at_s in frames(fps):
        if run.verdict is not None:
            return run
        assert at_s < longest_s, f"no verdict after {longest_s} s: {run.phase}"
        observation = change(run, actor.at(at_s, run.prompt))
        run = liveness.observe(run, observation, policy) if observation else liveness.tick(run, ns(at_s), policy)
    raise AssertionError("unreachable")


def verdict_of(run: liveness.LivenessRun) -> LivenessVerdict:
    assert run.verdict is not None
    return run.verdict


def because(run: liveness.LivenessRun) -> object:
    """Return why a run did not end with Live, None where it did."""
    verdict = verdict_of(run)
    return None if isinstance(verdict, Live) else verdict.because


def of(*kinds: ChallengeKind, spares: tuple[ChallengeKind, ...] = ()) -> Script:
    return Script(kinds, spares=spares)


__all__ = ["BLINK", "LEFT", "POLICY", "RIGHT", "Customer", "because", "face_print", "of", "perform", "replace", "seen", "verdict_of"]
