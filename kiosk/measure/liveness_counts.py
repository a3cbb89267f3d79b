"""What is counted over labelled clips: blinks, turns, and how alike a person's own views are."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np

from kiosk.face.observed import FaceObservation
from kiosk.frame import Print
from kiosk.liveness import identity, person
from kiosk.liveness.challenge import ChallengeKind
from kiosk.liveness.closure import Closure, EyeWatch, lids_of, unfinished, watch_eyes
from kiosk.liveness.response import Held
from kiosk.measure.liveness_clips import GENUINE, LabelledClip
from kiosk.policy import LivenessPolicy

PLAIN_EAR_BELOW = 0.2
NEAR_FRAMES = 2
"""A span found this close to a labelled one is that one: labels and lids differ by a frame or two."""
TURN_ENDS_SHARE = 0.7
REFERENCE_VIEWS = 4
LIKENESS_AT = (0.84, 0.88, 0.90, 0.91, 0.92, 0.93, 0.94)

Span = tuple[int, int]
Observations = Sequence[FaceObservation]


@dataclass(frozen=True, slots=True)
class Counts:
    """found of labelled; invented: outside labelled and ambiguous spans; invented_or_ambiguous: outside labelled spans."""

    labelled: int
    found: int
    invented: int
    invented_or_ambiguous: int
    minutes: float


@dataclass(frozen=True, slots=True)
class TurnCounts:
    """yaw_error_deg: median of |seen - labelled| peak yaw of the found turns labelled at most 45 degrees (labels beyond are relative)."""

    labelled: int
    found: int
    other_side: int
    invented: int
    yaw_error_deg: float


@dataclass(frozen=True, slots=True)
class Likeness:
    """At one threshold: the share of a person's own judged views under it, and of other people's views at or above it."""

    threshold: float
    own_below: float
    others_above: float


# Blinks


def blinks_seen(observations: Observations, policy: LivenessPolicy) -> list[Span]:
    """Return the blinks and longer closures of a whole clip as (last open frame, first open or last frame)."""
    watch, closures = EyeWatch(), list[Closure]()
    for one in observations:
        lids = lids_of(one.faces[0], one.sequence, one.captured_ns) if one.faces else None
        if lids is not None:
            watch, ended = watch_eyes(watch, lids, policy)
            closures += [ended] if ended else []
    last = unfinished(watch)
    closures += [last] if last else []
    return [(closure.opened.frame, closure.last) for closure in closures]


def plain_ear_blinks(observations: Observations) -> list[Span]:
    """Return the spans in which the mean eye aspect ratio is under the usual fixed threshold."""
    low = [one.sequence for one in observations if one.faces and (one.faces[0].eyes.right + one.faces[0].eyes.left) / 2 < PLAIN_EAR_BELOW]
    spans: list[Span] = []
    for frame in low:
        if spans and frame == spans[-1][1] + 1:
            spans[-1] = (spans[-1][0], frame)
        else:
            spans.append((frame, frame))
    return spans


def _touches(span: Span, others: Iterable[Span]) -> bool:
    return any(span[0] - NEAR_FRAMES <= last and span[1] + NEAR_FRAMES >= first for first, last in others)


def count_blinks(clips: Sequence[tuple[LabelledClip, Observations]], find: Callable[[Observations], list[Span]]) -> Counts:
    """Count over the genuine clips whose blinks are labelled."""
    labelled = found = invented = doubtful = 0
    minutes = 0.0
    for clip, observations in clips:
        if clip.kind != GENUINE or clip.blinks is None:
            continue
        spans = find(observations)
        labelled += len(clip.blinks)
        found += sum(_touches(span, spans) for span in clip.blinks)
        outside = [span for span in spans if not _touches(span, clip.blinks)]
        doubtful += len(outside)
        invented += sum(not _touches(span, clip.ambiguous) for span in outside)
        minutes += len(observations) / clip.fps / 60
    return Counts(labelled, found, invented, doubtful, round(minutes, 2))


# Turns


@dataclass(frozen=True, slots=True)
class TurnSeen:
    start: int
    end: int
    kind: ChallengeKind
    peak_deg: float


def turns_seen(observations: Observations, policy: LivenessPolicy) -> list[TurnSeen]:
    """Return the turns of a whole clip by a run's rule: past the limit and held, until back under a share of it.

    Relative to the person's own neutral, for which the clip's median stands: people look ahead most of the time.
    """
    yaws = [one.faces[0].pose.yaw_deg for one in observations if one.faces]
    neutral = person.Person(neutral_yaw_deg=median(yaws)) if yaws else person.Person()
    faces = [(one, person.glance(neutral, one.faces[0], one.captured_ns, 0)) for one in observations if one.faces]
    turns: list[TurnSeen] = []
    for side, kind in ((1, ChallengeKind.TURN_LEFT), (-1, ChallengeKind.TURN_RIGHT)):
        held, start, peak = Held(), 0, 0.0
        for one, glance in faces:
            toward = side * glance.yaw_deg
            going = held.frames > 0 and toward >= TURN_ENDS_SHARE * policy.turn_yaw_deg
            start = start if going else one.sequence
            peak = max(peak, toward) if going else toward
            held = held.next(glance, toward >= policy.turn_yaw_deg or going)
            if held.held(glance, policy):
                if turns and turns[-1].start == start and turns[-1].kind is kind:
                    turns.pop()
                turns.append(TurnSeen(start, one.sequence, kind, peak))
    return sorted(turns, key=lambda turn: turn.start)


def count_turns(clips: Sequence[tuple[LabelledClip, Observations]], policy: LivenessPolicy) -> TurnCounts:
    """Count over the genuine clips: a labelled turn is found when a turn to that side overlaps it."""
    labelled = found = other = invented = 0
    errors: list[float] = []
    for clip, observations in clips:
        if clip.kind != GENUINE:
            continue
        seen = turns_seen(observations, policy)
        for turn in clip.turns:
            over = [one for one in seen if one.start <= turn.end and one.end >= turn.start]
            labelled += 1
            right = [one for one in over if one.kind is turn.kind]
            found += bool(right)
            other += bool(over) and not right
            if right and turn.yaw_deg <= 45:
                errors.append(abs(max(one.peak_deg for one in right) - turn.yaw_deg))
        spans = [(turn.start, turn.end) for turn in clip.turns]
        invented += sum(not _touches((one.start, one.end), spans) for one in seen)
    middle = sorted(errors)[len(errors) // 2] if errors else 0.0
    return TurnCounts(labelled, found, other, invented, round(middle, 1))


# The same face


def likenesses(clips: Sequence[tuple[LabelledClip, Observations]]) -> tuple[list[float], list[float]]:
    """Return the cosines of judged views with the mean of a genuine clip's first frontal views: its own later ones, and those of other
    people's genuine clips."""
    looks: list[tuple[str, list[Print], list[Print]]] = []
    for clip, observations in clips:
        views = [one.view for one in observations if one.view is not None and identity.is_judged(one.view.pose)]
        frontal = [view.face_print for view in views if identity.is_frontal(view.pose)][:REFERENCE_VIEWS]
        if clip.kind == GENUINE and frontal:
            used = {id(one) for one in frontal}
            looks.append((clip.person, frontal, [view.face_print for view in views if id(view.face_print) not in used]))
    own: list[float] = []
    others: list[float] = []
    for who, frontal, later in looks:
        reference = np.mean(frontal, axis=0)
        reference = reference / np.linalg.norm(reference)
        own += [float(reference @ one) for one in later]
        others += [float(reference @ one) for other, _, views in looks if other != who for one in views]
    return own, others


def at_thresholds(own: list[float], others: list[float]) -> tuple[Likeness, ...]:
    def share(values: list[bool]) -> float:
        return round(sum(values) / max(len(values), 1), 4)

    return tuple(Likeness(at, share([one < at for one in own]), share([one >= at for one in others])) for at in LIKENESS_AT)
