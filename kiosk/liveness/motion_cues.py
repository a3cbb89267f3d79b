"""Motion that no living head makes: a stretch that comes again exactly, and a head that does not move at all.

Both are read from landmarks, so a loop that was coded with loss, and a still picture with noise put over it, are seen as well; what is
identical bit by bit is `continuity`'s matter. Figures and curves: docs/liveness.md.
"""

import math
from collections import deque
from typing import Final

import numpy as np
from numpy.typing import NDArray

from kiosk.face.observed import FaceSeen, Sign
from kiosk.frame import Frame
from kiosk.liveness.cues import Cue, Gathered
from kiosk.values import ns

REPETITION: Final = "repetition"
STILLNESS: Final = "stillness"

_POINTS = (1, 33, 263, 61, 291, 152, 10, 234, 454, 159, 145, 386, 374, 13, 14, 70, 300)
"""Nose tip, eye corners, lids, mouth, chin, brow, cheeks: enough to tell one moment of a face from another."""
_CHEEKS = (234, 454)
_REMEMBERED = 600
_EVERY_FRAMES = 5
_WINDOW_NS = ns(1.0)
_LEAST_LAG_NS = ns(0.6)
_SWAY_NS = ns(2.0)
_GAP_NS = ns(0.5)
_LEAST_MOVED = 2e-5
"""Mean variance of the window in squared face widths under which nothing has moved that could come again."""
_PARTS = 4


class MotionWatch:
    """Remembers the landmarks of the largest face, at most 600 moments (about 80 kB)."""

    def __init__(self) -> None:
        self._times: deque[int] = deque(maxlen=_REMEMBERED)
        self._moments: deque[NDArray[np.float32]] = deque(maxlen=_REMEMBERED)
        self._frames = 0
        self._width = 1.0
        """Of the face when it was first seen: measured anew in each frame, its own tremor would pass for movement."""

    def forget(self) -> None:
        self._times.clear()
        self._moments.clear()
        self._frames = 0

    def look(self, frame: Frame, faces: tuple[FaceSeen, ...]) -> tuple[Sign, ...]:
        if not faces:
            return ()
        points = faces[0].landmarks
        width = float(np.linalg.norm(points[_CHEEKS[0], :2] - points[_CHEEKS[1], :2]))
        if not (np.isfinite(points).all() and width > 1.0):
            return ()
        if self._times and not 0 < frame.captured_ns - self._times[-1] < _GAP_NS:
            self.forget()
        if not self._times:
            self._width = width
        self._times.append(frame.captured_ns)
        self._moments.append(np.asarray(points[list(_POINTS), :2].ravel() / self._width, np.float32))
        self._frames += 1
        if self._frames % _EVERY_FRAMES:
            return ()
        times, moments = np.array(self._times), np.array(self._moments)
        signs = (_stillness(times, moments), _repetition(times, moments))
        return tuple(sign for sign in signs if sign is not None)


def _stillness(times: NDArray[np.int64], moments: NDArray[np.float32]) -> Sign | None:
    """How far the head swayed in the last two seconds: log10 of the deviation of its centre, face widths.

    Of four half-seconds' means, so that the landmarks' own tremor, which noise over a still picture makes, is averaged away.
    """
    if times[-1] - times[0] < _SWAY_NS:
        return None
    recent = moments[times >= times[-1] - _SWAY_NS]
    if len(recent) < 2 * _PARTS:
        return None
    centres = recent.reshape(len(recent), -1, 2).mean(1)
    means = [part.mean(0) for part in np.array_split(centres, _PARTS)]
    return Sign(STILLNESS, math.log10(max(float(np.std(means, axis=0).max()), 1e-6)))


def _repetition(times: NDArray[np.int64], moments: NDArray[np.float32]) -> Sign | None:
    """How exactly the last second was seen before: log10 of its squared distance to the best earlier second, over its own variance."""
    window = int((times > times[-1] - _WINDOW_NS).sum())
    if window < 4 or len(times) < 2 * window:
        return None
    recent = moments[-window:]
    moved = float(recent.var(0).mean())
    if moved < _LEAST_MOVED:
        return None
    # `ends` are the last frames of earlier windows; the frame rate is taken as even within the memory
    ends = np.flatnonzero(times <= times[-1] - _LEAST_LAG_NS)
    ends = ends[ends >= window - 1]
    if len(ends) == 0:
        return None
    distance = np.zeros(len(ends))
    for back in range(window):
        distance += ((moments[ends - back] - recent[window - 1 - back]) ** 2).mean(1)
    return Sign(REPETITION, math.log10(max(float(distance.min()) / window / moved, 1e-7)))


def repetition_cue(gathered: Gathered) -> Cue | None:
    """A quarter of the seconds of a loop come again; a person who is asked to turn twice repeats one at most (the simulated customer's
    reads -1.8), so the lower quartile is weighed and not the lowest."""
    if gathered.count < 3:
        return None
    quarter = gathered.quantile(0.25)
    weight = max(-6.0, min(0.0, 8.0 * (quarter + 1.45)))
    return Cue(REPETITION, quarter, "log10 of variance", weight, gathered.count, "repeats" if weight < 0 else "varied")


def stillness_cue(gathered: Gathered) -> Cue | None:
    """Half of the two-second windows of the stillest genuine clip read -2.6 and more, a still picture with noise -4.2; 95 of 100 drawn
    ones read -3.4 and less, so the line lies between."""
    if gathered.count < 3:
        return None
    middle = gathered.quantile(0.5)
    weight = max(-6.0, min(0.0, 10.0 * (middle + 3.0)))
    return Cue(STILLNESS, middle, "log10 of face widths", weight, gathered.count, "still" if weight < 0 else "sways")
