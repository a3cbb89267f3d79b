"""Is it one unbroken picture of the world? Gaps, clocks that run backwards, cuts, frozen and looped frames.

These are cheap checks on measurements; what a camera's driver says about itself is another matter (docs/liveness.md).
"""

import math
import zlib
from dataclasses import dataclass
from enum import Enum, auto

from kiosk.face.observed import FaceObservation, FaceSeen
from kiosk.policy import LivenessPolicy
from kiosk.values import ns

FROZEN_FRAMES = 15
FROZEN_NS = 1_000_000_000
"""This many frames in a row over at least a second with bit-identical landmarks: no sensor does that, and duplicated frames from a slow
camera in a fast pipeline come two or three at a time."""

LOOP_FRAMES = 6
LOOP_MEMORY = 600
LOOP_APART = 15
"""Six frames in a row, each bit-identical to one at least fifteen frames earlier: a clip that starts over."""

CUT_WIDTHS = 0.5
CUT_WIDTHS_PER_S = 7.0
CUT_SIZE = 1.6
CUT_DEG = 30.0
CUT_DEG_PER_S = 500.0
CUT_WITHIN_NS = 400_000_000
"""A head moves no faster than this between two frames (guided clips: 0.35 widths, 3.5 widths/s and 250 degrees/s at most, except where
the mesh was lost). Both the step and the speed must be exceeded, so slow cameras are not punished."""


class Break(Enum):
    """Why a frame does not follow from the one before."""

    REPEATED = auto()
    CLOCK_BACK = auto()
    GAP = auto()
    CUT = auto()
    FROZEN = auto()


@dataclass(frozen=True, slots=True)
class Continuity:
    """What is remembered of the frames so far. seen: checksums of the landmarks, newest last, at most LOOP_MEMORY; same: frames in a
    row identical to the one before; same_since_ns: when that began; looping: frames in a row identical to an old one."""

    last_ns: int | None = None
    last_sequence: int | None = None
    place: tuple[float, float, float, float] | None = None
    place_ns: int = 0
    seen: tuple[int, ...] = ()
    same: int = 0
    same_since_ns: int = 0
    looping: int = 0


def follow(memory: Continuity, observation: FaceObservation, policy: LivenessPolicy) -> tuple[Continuity, Break | None]:
    """Take one more observation; return what is remembered now and how it breaks from what came before, if it does."""
    at = observation.captured_ns
    if memory.last_ns is not None:
        if at == memory.last_ns or observation.sequence == memory.last_sequence:
            return memory, Break.REPEATED
        if at < memory.last_ns:
            return Continuity(at, observation.sequence), Break.CLOCK_BACK
        if at - memory.last_ns > ns(policy.max_frame_gap_s):
            return Continuity(at, observation.sequence), Break.GAP
    if not observation.faces:
        return Continuity(at, observation.sequence, memory.place, memory.place_ns, memory.seen), None
    face = observation.faces[0]
    place = _place(face)
    cut = memory.place is not None and _is_cut(memory.place, place, at - memory.place_ns)
    checksum = zlib.crc32(face.landmarks.tobytes())
    same = memory.same + 1 if memory.seen and memory.seen[-1] == checksum else 0
    since = memory.same_since_ns if same else at
    looping = memory.looping + 1 if not same and checksum in memory.seen[:-LOOP_APART] else 0
    now = Continuity(at, observation.sequence, place, at, (*memory.seen[-(LOOP_MEMORY - 1) :], checksum), same, since, looping)
    if (same >= FROZEN_FRAMES and at - since >= FROZEN_NS) or looping >= LOOP_FRAMES:
        return now, Break.FROZEN
    return now, Break.CUT if cut else None


def _place(face: FaceSeen) -> tuple[float, float, float, float]:
    """(centre x, centre y, box diagonal, yaw): pixels and degrees. The diagonal hardly changes when a head turns."""
    x0, y0, x1, y1 = face.box
    return (x0 + x1) / 2, (y0 + y1) / 2, math.hypot(x1 - x0, y1 - y0), face.pose.yaw_deg


def _is_cut(before: tuple[float, float, float, float], now: tuple[float, float, float, float], elapsed_ns: int) -> bool:
    if not 0 < elapsed_ns <= CUT_WITHIN_NS:
        return False
    seconds = elapsed_ns / 1e9
    size = max(min(before[2], now[2]) * 0.7, 1.0)
    step = math.hypot(now[0] - before[0], now[1] - before[1]) / size
    grown = max(before[2], now[2]) / max(min(before[2], now[2]), 1.0)
    turned = abs(now[3] - before[3])
    return (
        (step > CUT_WIDTHS and step / seconds > CUT_WIDTHS_PER_S)
        or grown > CUT_SIZE
        or (turned > CUT_DEG and turned / seconds > CUT_DEG_PER_S)
    )
