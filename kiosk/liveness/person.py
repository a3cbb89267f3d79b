"""What is this person's own: how open their eyes are when open, and which way they look when they look ahead."""

import math
from dataclasses import dataclass, replace
from statistics import median

from kiosk.face.observed import FaceSeen
from kiosk.liveness.response import Glance

BASELINE_QUANTILE = 0.7
"""High enough that blinks and half-closures in the window do not lower the baseline, low enough that a surprised look does not set it."""

BASELINE_SAMPLES = 60
BASELINE_SPACING_NS = 100_000_000
"""Sixty samples at least 0.1 s apart: the last six seconds or more. Memory is bounded at any frame rate."""

BASELINE_WITHIN_DEG = 20.0
"""Only faces that look about ahead teach the baseline (absolute yaw and pitch)."""

NEUTRAL_SAMPLES = 30

TURNED_DEG = 25.0
"""Beyond this the far eye is foreshortened and hidden by the nose: only the near eye is read."""


@dataclass(frozen=True, slots=True)
class Person:
    """openings: samples of open eyes, oldest first; sampled_ns: when the newest was taken; yaws, pitches: of the current settling,
    degrees; neutral_yaw_deg, neutral_pitch_deg: the person's own, None until settled; widths, neutral_width_px: the same of the face's
    width, pixels."""

    openings: tuple[float, ...] = ()
    sampled_ns: int | None = None
    yaws: tuple[float, ...] = ()
    pitches: tuple[float, ...] = ()
    neutral_yaw_deg: float | None = None
    neutral_pitch_deg: float | None = None
    widths: tuple[float, ...] = ()
    neutral_width_px: float | None = None

    @property
    def open_eye_baseline(self) -> float | None:
        """The upper quantile of the samples, greater than 0; None until there is one."""
        if not self.openings:
            return None
        ranked = sorted(self.openings)
        return ranked[min(int(len(ranked) * BASELINE_QUANTILE), len(ranked) - 1)]


def openness(face: FaceSeen) -> float:
    """Return how open the eyes are: lid distance over eye width, the width corrected for a turned head. At least 0, or NaN.

    A head turned by yaw shows its eyes narrower by about cos(yaw), which would read as wider open. Turned far, only the eye nearer to
    the camera is used.
    """
    yaw = face.pose.yaw_deg
    if yaw > TURNED_DEG:
        seen = face.eyes.right
    elif yaw < -TURNED_DEG:
        seen = face.eyes.left
    else:
        seen = (face.eyes.right + face.eyes.left) / 2
    if not (math.isfinite(seen) and math.isfinite(yaw)):
        return math.nan
    return max(seen * math.cos(math.radians(min(abs(yaw), 60.0))), 0.0)


def learn_eyes(person: Person, face: FaceSeen, at_ns: int) -> Person:
    """Return the person with one more sample of the eyes, if the face looks about ahead and the last sample is old enough."""
    value = openness(face)
    ahead = abs(face.pose.yaw_deg) <= BASELINE_WITHIN_DEG and abs(face.pose.pitch_deg) <= BASELINE_WITHIN_DEG
    fresh = person.sampled_ns is None or at_ns - person.sampled_ns >= BASELINE_SPACING_NS
    if not (ahead and fresh and math.isfinite(value) and value > 0.0):
        return person
    return replace(person, openings=(*person.openings[-(BASELINE_SAMPLES - 1) :], value), sampled_ns=at_ns)


def learn_pose(person: Person, face: FaceSeen) -> Person:
    """Return the person with one more pose of the current settling."""
    keep = -(NEUTRAL_SAMPLES - 1)
    return replace(
        person,
        yaws=(*person.yaws[keep:], face.pose.yaw_deg),
        pitches=(*person.pitches[keep:], face.pose.pitch_deg),
        widths=(*person.widths[keep:], face.width_px),
    )


def forget_pose(person: Person) -> Person:
    """Return the person before settling: the samples of a pose that was not held say nothing."""
    return replace(person, yaws=(), pitches=(), widths=())


def settle_pose(person: Person) -> Person:
    """Fix the neutral as the median of the settling's samples, once; later settlings keep it."""
    if person.neutral_yaw_deg is not None or not person.yaws:
        return forget_pose(person)
    return replace(
        forget_pose(person),
        neutral_yaw_deg=median(person.yaws),
        neutral_pitch_deg=median(person.pitches),
        neutral_width_px=median(person.widths),
    )


def width_ratio(person: Person, face: FaceSeen) -> float:
    """Return how much wider the face is than when this person settled: above 1 is closer. 1 while unknown."""
    if not person.neutral_width_px or not math.isfinite(face.width_px):
        return 1.0
    return face.width_px / person.neutral_width_px


def glance(person: Person, face: FaceSeen, at_ns: int, asked_ns: int) -> Glance:
    """Return the face measured against the person's own neutral and open eyes (zero and NaN while unknown)."""
    baseline = person.open_eye_baseline
    return Glance(
        at_ns=at_ns,
        asked_ns=asked_ns,
        yaw_deg=face.pose.yaw_deg - (person.neutral_yaw_deg or 0.0),
        pitch_deg=face.pose.pitch_deg - (person.neutral_pitch_deg or 0.0),
        eyes_ratio=openness(face) / baseline if baseline else math.nan,
        width_ratio=width_ratio(person, face),
    )
