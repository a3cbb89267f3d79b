"""How close the limits of the cues lie to the labelled clips: a limit a hundredth beside a genuine clip fails on people nobody has seen.

For each cue: from which value on it speaks against a person, from which it alone leaves somebody to a person for whom nothing speaks, the
genuine clip that comes nearest to that, and the nearest attack beyond it. Both limits are found by asking the cue's own row, not written
down a second time.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from kiosk.liveness.cue_table import CUES
from kiosk.liveness.cues import KEPT_VALUES, Cue, CueRow, Gathered
from kiosk.liveness.passive import PassiveVerdict
from kiosk.policy import LivenessPolicy

_FRAMES: Final = 30
"""What the limits of the table are asked about was seen in so many frames; the room of a clip by as many as it has."""
_HALVINGS: Final = 40


@dataclass(frozen=True, slots=True)
class Margin:
    """In the cue's unit. falls: whether lower values speak against; against, alone: the limits; genuine, room: of the clip nearest to being
    left to a person by this cue alone, and how far it is from that, negative where it is over; attack: of the nearest one beyond `alone`,
    None without."""

    cue: str
    unit: str
    falls: bool
    against: float
    alone: float
    genuine: float
    room: float
    attack: float | None


def margin_of(row: CueRow, genuine: Sequence[Cue], attacks: Sequence[Cue], policy: LivenessPolicy) -> Margin | None:
    """Return one cue's margin; None where no genuine clip was measured, or none of the values near theirs is left to a person."""
    if not genuine:
        return None
    values = [cue.value for cue in (*genuine, *attacks)]
    spread = max(max(values) - min(values), 0.5)
    ends = (min(values) - 2 * spread, max(values) + 2 * spread)
    falls = _weight(row, ends[0], _FRAMES) < _weight(row, ends[1], _FRAMES)
    good, bad = (ends[1], ends[0]) if falls else ends
    live = policy.cue_live_at_least
    against, alone = (_limit(row, good, bad, _FRAMES, under) for under in (0.0, live))
    if against is None or alone is None:
        return None
    rooms = []
    for cue in genuine:
        limit = _limit(row, good, bad, cue.frames, live)
        rooms += [] if limit is None else [(cue.value - limit if falls else limit - cue.value, cue.value)]
    room, nearest = min(rooms, default=(math.inf, math.nan))
    beyond = [cue.value for cue in attacks if (cue.value < alone if falls else cue.value > alone)]
    told = None if not beyond else max(beyond) if falls else min(beyond)
    return Margin(row.name, genuine[0].unit, falls, against, alone, nearest, room, told)


def _weight(row: CueRow, value: float, frames: int) -> float:
    cue = row.conclude(Gathered(row.name, frames, frames * value, value, value, (value,) * min(frames, KEPT_VALUES)))
    return 0.0 if cue is None else cue.weight


def _limit(row: CueRow, good: float, bad: float, frames: int, under: float) -> float | None:
    """Return the value at which the weight falls under that, between a good value and a bad one; None if it never does."""
    if _weight(row, bad, frames) >= under:
        return None
    for _ in range(_HALVINGS):
        middle = (good + bad) / 2
        good, bad = (good, middle) if _weight(row, middle, frames) < under else (middle, bad)
    return bad


def margin_lines(genuine: Sequence[PassiveVerdict], attacks: Sequence[PassiveVerdict], policy: LivenessPolicy) -> Iterator[str]:
    """Yield a table: a row for each cue, and one for the sum of all."""
    yield "| cue | speaks against from | leaves to a person alone from | nearest genuine clip | room | nearest attack beyond |"
    yield "|---|---|---|---|---|---|"
    for row in CUES:
        good, bad = ([cue for clip in clips for cue in clip.cues if cue.name == row.name] for clips in (genuine, attacks))
        one = margin_of(row, good, bad, policy)
        if one is not None:
            beyond = "none" if one.attack is None else f"{one.attack:.2f}"
            limits = f"{one.against:.2f} {'down' if one.falls else 'up'} | {one.alone:.2f}"
            yield f"| {one.cue}, {one.unit} | {limits} | {one.genuine:.2f} | {one.room:.2f} | {beyond} |"
    lowest = min((clip.score for clip in genuine), default=math.nan)
    refused = max((clip.score for clip in attacks if clip.score < policy.cue_live_at_least), default=math.nan)
    live = policy.cue_live_at_least
    yield f"| all cues together, nats | 0.00 down | {live:.2f} | {lowest:.2f} | {lowest - live:.2f} | {refused:.2f} |"
