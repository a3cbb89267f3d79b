"""How well the guided check does on labelled clips: `python -m kiosk.measure.liveness_first_look LABELS.json [--json FILE]`.

Four tables: blinks found and invented, beside the plain rule EAR < 0.2; turns found and invented; each clip under the script it performs
and under scripts it does not; how sure the same-face rule is. Only figures and file names of the public set leave this program.
"""

import argparse
import json
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from kiosk.face.observed import FaceObservation
from kiosk.liveness import person
from kiosk.liveness import run as liveness
from kiosk.liveness.blink import BlinkTrack, watch_blink
from kiosk.liveness.challenge import ChallengeKind, Live, LivenessVerdict
from kiosk.liveness.response import Held
from kiosk.liveness.script import UnusableScript, fixed_script
from kiosk.measure.liveness_clips import GENUINE, START_NS, LabelledClip, open_eyes, read_labels
from kiosk.policy import BRANCH, LivenessPolicy
from kiosk.values import ns

PLAIN_EAR_BELOW = 0.2
NEAR_FRAMES = 2
"""A span found this close to a labelled one is that one: labels and lids differ by a frame or two."""
TURN_ENDS_SHARE = 0.7
BLINK_TRACK_FORGETS_NS = 300_000_000

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
class ScriptRun:
    """One clip under one script. performs: whether the labels say that it does; verdict: `Live` or the class and reason."""

    file: str
    kind: str
    script: str
    performs: bool
    verdict: str
    min_self_similarity: float | None


@dataclass(frozen=True, slots=True)
class Figures:
    blinks: Counts
    blinks_plain_ear: Counts
    turns: TurnCounts
    runs: tuple[ScriptRun, ...]


# Blinks


def blinks_seen(observations: Observations, policy: LivenessPolicy) -> list[Span]:
    """Return the blinks of a whole clip as (last open frame, first open frame), found as a run finds them."""
    known, track, spans = person.Person(), BlinkTrack(), list[Span]()
    frame_at = {one.captured_ns: one.sequence for one in observations}
    last_ns = START_NS
    for one in observations:
        if not one.faces:
            continue
        if one.captured_ns - last_ns > BLINK_TRACK_FORGETS_NS:
            track = BlinkTrack()
        last_ns = one.captured_ns
        known = person.learn_eyes(known, one.faces[0], one.captured_ns)
        track, blink = watch_blink(track, person.glance(known, one.faces[0], one.captured_ns, 0), policy)
        if blink is not None:
            spans.append((frame_at[blink.at_ns - blink.lasted_ns], one.sequence))
    return spans


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
    """Return the turns of a whole clip by a run's rule: past the limit and held, until back under a share of it."""
    faces = [(one, person.glance(person.Person(), one.faces[0], one.captured_ns, 0)) for one in observations if one.faces]
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


# Scripts


def performed_script(clip: LabelledClip) -> tuple[ChallengeKind, ...]:
    """Return what the clip does, in order, as labelled: its first two turns, with a blink before, between or after where one is."""
    blinks = clip.blinks or ()
    script: list[ChallengeKind] = []
    clear_from = 0
    for turn in clip.turns[:2]:
        if ChallengeKind.BLINK not in script and any(clear_from + 3 < first and last < turn.start - 3 for first, last in blinks):
            script.append(ChallengeKind.BLINK)
        script.append(turn.kind)
        clear_from = turn.end
    if ChallengeKind.BLINK not in script and any(first > clear_from + 8 for first, _ in blinks):
        script.append(ChallengeKind.BLINK)
    return tuple(script)


def other_scripts(script: tuple[ChallengeKind, ...]) -> list[tuple[ChallengeKind, ...]]:
    """Return scripts of the same length that this one does not satisfy: each side mirrored, and one more turn than there is."""
    left, right = ChallengeKind.TURN_LEFT, ChallengeKind.TURN_RIGHT
    mirrored = {left: right, right: left}
    if not any(kind in mirrored for kind in script):
        return [(left,), (right,), (*script, left)]
    last = [kind for kind in script if kind in mirrored][-1]
    return [tuple(mirrored.get(kind, kind) for kind in script), (*script, last)]


def play(observations: Observations, kinds: tuple[ChallengeKind, ...], policy: LivenessPolicy) -> LivenessVerdict:
    """Run a clip under a script fixed by QA; after its last frame time goes on until there is a verdict."""
    script = fixed_script(tuple(kind.value for kind in kinds))
    if isinstance(script, UnusableScript):
        raise ValueError(script.name)
    run = liveness.begin(script, policy, START_NS)
    at_ns = START_NS
    for one in observations:
        run = liveness.observe(run, one, policy)
        at_ns = one.captured_ns
    while run.verdict is None:
        at_ns += ns(0.5)
        run = liveness.tick(run, at_ns, policy)
    return run.verdict


def said(verdict: LivenessVerdict) -> str:
    return "Live" if isinstance(verdict, Live) else f"{type(verdict).__name__}({verdict.because})"


def script_runs(clips: Sequence[tuple[LabelledClip, Observations]], policy: LivenessPolicy) -> list[ScriptRun]:
    runs: list[ScriptRun] = []
    for clip, observations in clips:
        script = performed_script(clip) or (ChallengeKind.BLINK,)
        performs = bool(performed_script(clip))
        for kinds, truth in [(script, performs), *((other, False) for other in other_scripts(script))]:
            verdict = play(observations, kinds, policy)
            likeness = verdict.evidence.min_self_similarity
            row = ScriptRun(
                clip.file,
                clip.kind,
                ",".join(kinds),
                truth,
                said(verdict),
                None if likeness is None else round(likeness, 3),
            )
            runs.append(row)
    return runs


# The command


def measure(clips: Sequence[tuple[LabelledClip, Observations]], policy: LivenessPolicy) -> Figures:
    return Figures(
        blinks=count_blinks(clips, lambda seen: blinks_seen(seen, policy)),
        blinks_plain_ear=count_blinks(clips, plain_ear_blinks),
        turns=count_turns(clips, policy),
        runs=tuple(script_runs(clips, policy)),
    )


def report(figures: Figures) -> Iterable[str]:
    """Yield the lines of the tables, in Markdown."""
    yield "| blinks | found | invented | invented or ambiguous | minutes |"
    yield "|---|---|---|---|---|"
    for name, one in (("own baseline", figures.blinks), ("EAR < 0.2", figures.blinks_plain_ear)):
        yield f"| {name} | {one.found} of {one.labelled} | {one.invented} | {one.invented_or_ambiguous} | {one.minutes} |"
    turns = figures.turns
    yield ""
    yield "| turns | found | to the other side | invented | median error of peak yaw |"
    yield "|---|---|---|---|---|"
    yield f"| | {turns.found} of {turns.labelled} | {turns.other_side} | {turns.invented} | {turns.yaw_error_deg} degrees |"
    yield ""
    yield "| clip | kind | script | performs it | verdict | lowest likeness |"
    yield "|---|---|---|---|---|---|"
    for run in figures.runs:
        performs = "yes" if run.performs else "no"
        yield f"| {run.file} | {run.kind} | {run.script} | {performs} | {run.verdict} | {run.min_self_similarity} |"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="liveness_first_look", description=__doc__)
    parser.add_argument("labels", type=Path, help="labels.json beside a folder `clips`")
    parser.add_argument("--json", type=Path, help="write the figures here as well")
    options = parser.parse_args(arguments)
    eyes = open_eyes()
    clips: list[tuple[LabelledClip, Observations]] = []
    labelled = read_labels(options.labels)
    for number, clip in enumerate(labelled, 1):
        print(f"\r{number} of {len(labelled)} clips", end="", file=sys.stderr, flush=True)
        clips.append((clip, eyes.observe(options.labels.parent / "clips" / clip.file)))
    print(file=sys.stderr)
    figures = measure(clips, BRANCH.liveness)
    for line in report(figures):
        print(line)
    if options.json:
        options.json.write_text(json.dumps(asdict(figures), indent=1), encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
