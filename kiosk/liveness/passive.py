"""What the cues alone say of a stretch of frames, whatever was or was not asked: the verdict over any clip.

The guided run (run.py) weighs the same cues by the same rules and asks for a response besides; here the response is left out, so that a
recording can be judged that obeys nobody. It never says more than the cues do: no face, too few frames or several people are undecided.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from kiosk.face.observed import FaceObservation
from kiosk.liveness import coaching
from kiosk.liveness.challenge import UndecidedBecause
from kiosk.liveness.cues import Cue, CueRow, Fused, Gathered, Leaning, conclude, fuse, gather
from kiosk.policy import LivenessPolicy

LEAST_FACE_FRAMES = 8
LEAST_FACE_SHARE = 0.3
MOST_CROWDED_SHARE = 0.25


@dataclass(frozen=True, slots=True)
class PassiveView:
    """frames: seen so far; with_face: those with a face that does not lie on its side; crowded: those with a second person."""

    gathered: tuple[Gathered, ...] = ()
    frames: int = 0
    with_face: int = 0
    crowded: int = 0


@dataclass(frozen=True, slots=True)
class PassiveVerdict:
    """leaning: as fused, at best unsure where there is a doubt; score: nats, higher for a person; because: the kind of attack that the
    gravest cue recognises, or the doubt; empty for a live verdict."""

    leaning: Leaning
    score: float
    because: str
    cues: tuple[Cue, ...]


def watch(view: PassiveView, seen: FaceObservation, policy: LivenessPolicy) -> PassiveView:
    """Return the view after one more frame."""
    return PassiveView(
        gather(view.gathered, seen.signs),
        view.frames + 1,
        view.with_face + bool(seen.faces and coaching.upright(seen.faces[0])),
        view.crowded + coaching.second_person(seen.faces, policy),
    )


def verdict(view: PassiveView, table: Sequence[CueRow], policy: LivenessPolicy) -> PassiveVerdict:
    cues = conclude(view.gathered, table)
    fused = fuse(cues, policy)
    doubt = _doubt(view)
    match fused:
        case Fused(leaning=Leaning.ATTACK):
            return PassiveVerdict(Leaning.ATTACK, fused.total, _attack(fused.gravest, table), cues)
        case _ if doubt is not None:
            return PassiveVerdict(Leaning.UNSURE, fused.total, doubt, cues)
        case Fused(leaning=Leaning.UNSURE):
            return PassiveVerdict(Leaning.UNSURE, fused.total, _attack(fused.gravest, table) or UndecidedBecause.TOO_FEW_FRAMES, cues)
        case _:
            return PassiveVerdict(Leaning.LIVE, fused.total, "", cues)


def passive_verdict(seen: Iterable[FaceObservation], table: Sequence[CueRow], policy: LivenessPolicy) -> PassiveVerdict:
    """Return the verdict over a whole clip."""
    view = PassiveView()
    for one in seen:
        view = watch(view, one, policy)
    return verdict(view, table, policy)


def _doubt(view: PassiveView) -> UndecidedBecause | None:
    if view.with_face == 0 or view.with_face < LEAST_FACE_SHARE * view.frames:
        return UndecidedBecause.NO_FACE
    if view.with_face < LEAST_FACE_FRAMES:
        return UndecidedBecause.TOO_FEW_FRAMES
    if view.crowded > MOST_CROWDED_SHARE * view.frames:
        return UndecidedBecause.SEVERAL_FACES
    return None


def _attack(cue: str, table: Sequence[CueRow]) -> str:
    return next((row.attack for row in table if row.name == cue), "")
