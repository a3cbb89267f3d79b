"""Cues for and against a living person in front of this camera: how they are gathered over a run, weighed and fused.

The way of a cue: a `FrameDetector` looks at a frame's pixels in the eyes and leaves `Sign`s in the observation; the run gathers the signs
of each name in bounded memory (`gather`); at the end the cue's row in kiosk/liveness/cue_table.py weighs what was gathered; `fuse` adds the
weights. A cue is evidence, not a verdict: only the sum is compared with the policy.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol

from kiosk.face.observed import FaceSeen, Sign
from kiosk.frame import Frame
from kiosk.policy import LivenessPolicy

KEPT_VALUES: Final = 64
MOST_NAMES: Final = 48
"""Bounds of what a run remembers of signs, however long it lasts."""


class FrameDetector(Protocol):
    """Measures pixels. Called from the eyes' thread for every frame that is watched for a face; may remember earlier frames."""

    def look(self, frame: Frame, faces: tuple[FaceSeen, ...]) -> tuple[Sign, ...]:
        """Return what this frame shows, empty when it says nothing. faces: largest first, perhaps none. Never raises on any picture."""
        ...

    def forget(self) -> None:
        """Drop everything of the person in front."""
        ...


@dataclass(frozen=True, slots=True)
class Cue:
    """One piece of evidence, as it goes into the record.

    value: the summary of what was measured, in `unit`; weight: log-likelihood ratio in nats, living person over attack (positive speaks
    for a person); frames: how many frames it rests on; seen: a short code of what was seen, in the words of docs/liveness.md.
    """

    name: str
    value: float
    unit: str
    weight: float
    frames: int
    seen: str


@dataclass(frozen=True, slots=True)
class Gathered:
    """The signs of one name in a run. kept: an even sample of the values, oldest first, at most KEPT_VALUES; every: only each so manieth
    value is kept by now; total: the sum of all values."""

    name: str
    count: int = 0
    total: float = 0.0
    lowest: float = math.inf
    highest: float = -math.inf
    kept: tuple[float, ...] = ()
    every: int = 1

    @property
    def mean(self) -> float:
        return self.total / max(self.count, 1)

    def quantile(self, share: float) -> float:
        """Return a quantile of the sample, share 0..1; NaN without values."""
        if not self.kept:
            return math.nan
        ranked = sorted(self.kept)
        return ranked[min(int(len(ranked) * share), len(ranked) - 1)]

    def add(self, value: float) -> "Gathered":
        kept, every = self.kept, self.every
        if self.count % every == 0:
            kept = (*kept, value)
            if len(kept) > KEPT_VALUES:
                kept, every = kept[::2], every * 2
        return Gathered(self.name, self.count + 1, self.total + value, min(self.lowest, value), max(self.highest, value), kept, every)


def gather(so_far: tuple[Gathered, ...], signs: Sequence[Sign]) -> tuple[Gathered, ...]:
    """Return what is gathered after the signs of one more frame. Values that are not finite are no measurement."""
    if not signs:
        return so_far
    by_name = {one.name: one for one in so_far}
    for sign in signs:
        if math.isfinite(sign.value) and (sign.name in by_name or len(by_name) < MOST_NAMES):
            by_name[sign.name] = by_name.get(sign.name, Gathered(sign.name)).add(sign.value)
    return tuple(by_name.values())


@dataclass(frozen=True, slots=True)
class CueRow:
    """How the signs of one name become a cue. conclude: returns None where they are too few to say anything; it must take any finite
    values. attack: what an attack that this cue recognises is called, a code of `NotLiveBecause`."""

    name: str
    conclude: Callable[[Gathered], Cue | None]
    attack: str


def conclude(gathered: Sequence[Gathered], table: Sequence[CueRow]) -> tuple[Cue, ...]:
    """Weigh everything gathered by its row; names without a row say nothing."""
    rows = {row.name: row for row in table}
    cues = (rows[one.name].conclude(one) for one in gathered if one.name in rows)
    return tuple(cue for cue in cues if cue is not None)


class Leaning(StrEnum):
    LIVE = "live"
    UNSURE = "unsure"
    ATTACK = "attack"


@dataclass(frozen=True, slots=True)
class Fused:
    """total: sum of the capped weights, nats; gravest: the name of the cue that speaks most against, empty if none does."""

    leaning: Leaning
    total: float
    gravest: str


def fuse(cues: Sequence[Cue], policy: LivenessPolicy, required: Sequence[str] = ()) -> Fused:
    """Add the weights and compare them with the policy.

    Each weight is capped, so that no single cue outshouts the rest; and what speaks for a person counts little in all, so that one clear
    sign of an attack stands: a film of a person who turns is a solid head, and a film all the same. A cue that policy or caller requires,
    and that is absent or speaks against a person, makes the sum unsure at best. A weight that is not finite counts as full evidence of an
    attack: never fail open.
    """
    weights = [_capped(cue.weight, policy.cue_cap) for cue in cues]
    total = min(sum(weight for weight in weights if weight > 0), policy.cue_for_at_most) + sum(weight for weight in weights if weight < 0)
    against = min(zip(weights, cues, strict=True), key=lambda pair: pair[0], default=None)
    gravest = against[1].name if against is not None and against[0] < 0 else ""
    missing = {*policy.required_cues, *required} - {cue.name for cue in cues if cue.weight > 0 or cue.name not in required}
    if total <= policy.cue_attack_at_most:
        return Fused(Leaning.ATTACK, total, gravest)
    if total < policy.cue_live_at_least or missing:
        return Fused(Leaning.UNSURE, total, gravest)
    return Fused(Leaning.LIVE, total, gravest)


def _capped(weight: float, cap: float) -> float:
    return max(-cap, min(cap, weight)) if math.isfinite(weight) else -cap
