"""Recordings under drawn scripts: a guided clip cut into its parts and played as a customer who obeys, and played on as a thief would.

A recording cannot wait for a prompt, so its parts are re-timed: the stretch that looks ahead goes to and fro until a prompt comes, then
the stretch that does what is asked is played at its own speed. The signals are a real person's; only the moment is ours.
`python -m kiosk.measure.liveness_retimed LABELS.json [--json FILE]`
"""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

from kiosk.arguments import new_file
from kiosk.face.observed import FaceObservation
from kiosk.liveness import run as liveness
from kiosk.liveness.challenge import ChallengeKind, Live, Script
from kiosk.liveness.script import USUAL_KINDS, ScriptPlan, draw_script
from kiosk.measure.liveness_clips import GENUINE, START_NS, LabelledClip, open_eyes, read_labels
from kiosk.measure.liveness_counts import Observations
from kiosk.measure.liveness_first_look import said
from kiosk.policy import BRANCH, LivenessPolicy
from kiosk.values import ns

DRAWS = 40
REACTS_S = 0.5
BLINK_AROUND_S = 0.25
LEAST_NEUTRAL_FRAMES = 5
NEUTRAL_YAW_DEG = 9.0
TREMOR_PX = 0.01
"""Put on every repeated frame: a stretch that goes to and fro would otherwise be taken for the frozen or looping picture it is."""
LONGEST_S = 150.0


@dataclass(frozen=True, slots=True)
class Parts:
    """Stretches of one clip. neutral: looks ahead; doing: what a prompt starts, empty for a kind the clip does not show."""

    clip: LabelledClip
    neutral: tuple[FaceObservation, ...]
    doing: tuple[tuple[ChallengeKind, tuple[FaceObservation, ...]], ...]

    @property
    def kinds(self) -> tuple[ChallengeKind, ...]:
        return tuple(kind for kind, _ in self.doing)


@dataclass(frozen=True, slots=True)
class Retimed:
    """One clip under DRAWS scripts. live: how many were Live; median_s: of those; others: every other verdict, counted."""

    file: str
    kind: str
    kinds: str
    runs: int
    live: int
    median_s: float | None
    others: dict[str, int]


def cut(clip: LabelledClip, observations: Observations) -> Parts | None:
    """Cut a clip into its parts by its labels; None when it shows no turn to both sides or never looks ahead for long."""
    doing: list[tuple[ChallengeKind, tuple[FaceObservation, ...]]] = []
    margin = round(0.1 * clip.fps)
    for kind in (ChallengeKind.TURN_LEFT, ChallengeKind.TURN_RIGHT):
        turns = [turn for turn in clip.turns if turn.kind is kind and turn.start > 0]
        if turns:
            first = turns[0]
            doing.append((kind, tuple(observations[max(first.start - margin, 0) : first.end + margin])))
    if len(doing) < 2:
        return None
    around = round(BLINK_AROUND_S * clip.fps)
    for start, end in clip.blinks or ():
        part = observations[max(start - around, 0) : end + around]
        if part and all(one.faces and abs(one.faces[0].pose.yaw_deg) < NEUTRAL_YAW_DEG for one in part):
            doing.append((ChallengeKind.BLINK, tuple(part)))
            break
    neutral = _longest_neutral(clip, observations)
    return Parts(clip, neutral, tuple(doing)) if len(neutral) >= LEAST_NEUTRAL_FRAMES else None


def _longest_neutral(clip: LabelledClip, observations: Observations) -> tuple[FaceObservation, ...]:
    """Return the longest stretch in which the face looks ahead and nothing is labelled."""
    busy = {frame for first, last in (*(clip.blinks or ()), *clip.ambiguous) for frame in range(first - 4, last + 5)}
    busy |= {frame for turn in clip.turns for frame in range(turn.start, turn.end + 1)}
    best: list[FaceObservation] = []
    now: list[FaceObservation] = []
    for one in observations:
        ahead = one.faces and abs(one.faces[0].pose.yaw_deg) < NEUTRAL_YAW_DEG and abs(one.faces[0].pose.pitch_deg) < 12
        now = [*now, one] if ahead and one.sequence not in busy else []
        best = now if len(now) > len(best) else best
    return tuple(best)


class Player:
    """Plays parts as frames in time. obeys: does what the prompt asks; otherwise the clip simply goes on and starts over."""

    def __init__(self, parts: Parts, whole: Observations, seed: int, obeys: bool) -> None:
        self._parts = parts
        self._whole = whole
        self._obeys = obeys
        self._random = np.random.default_rng(seed)
        self._number = 0 if obeys else int(self._random.integers(len(whole)))
        self._playing: tuple[FaceObservation, ...] = ()
        self._asked: ChallengeKind | None = None
        self._react = 0
        self._frames = 0

    def next(self, prompt: ChallengeKind | None) -> FaceObservation:
        at_ns = START_NS + round(self._frames / self._parts.clip.fps * 1e9)
        self._frames += 1
        one = self._obedient(prompt) if self._obeys else self._whole[self._advance() % len(self._whole)]
        tremor = self._random.normal(scale=TREMOR_PX)
        faces = tuple(replace(face, landmarks=(face.landmarks + tremor).astype(np.float32)) for face in one.faces)
        return replace(one, captured_ns=at_ns, sequence=self._frames, faces=faces)

    def _advance(self) -> int:
        self._number += 1
        return self._number

    def _obedient(self, prompt: ChallengeKind | None) -> FaceObservation:
        if prompt is not self._asked:
            self._asked, self._react = prompt, round(REACTS_S * self._parts.clip.fps)
        if not self._playing and prompt is not None:
            self._react -= 1
            if self._react == 0:
                self._playing = dict(self._parts.doing)[prompt]
        if self._playing:
            one, self._playing = self._playing[0], self._playing[1:]
            return one
        there = len(self._parts.neutral)
        step = self._advance() % (2 * there - 2)
        return self._parts.neutral[step if step < there else 2 * there - 2 - step]


def retimed(clip: LabelledClip, observations: Observations, obeys: bool, policy: LivenessPolicy) -> Retimed | None:
    """Play a clip under DRAWS scripts drawn with fixed seeds; None when it cannot be cut."""
    parts = cut(clip, observations)
    if parts is None:
        return None
    times: list[float] = []
    others: Counter[str] = Counter()
    for seed in range(DRAWS):
        script = draw_script(_chooser(seed), policy, ScriptPlan(policy.challenges, parts.kinds if obeys else USUAL_KINDS))
        run = play(script, Player(parts, observations, seed, obeys), policy)
        if isinstance(run.verdict, Live) and run.continuity.last_ns is not None:
            times.append((run.continuity.last_ns - START_NS) / 1e9)
        else:
            others[said(run.verdict) if run.verdict else "no verdict"] += 1
    median = round(sorted(times)[len(times) // 2], 1) if times else None
    return Retimed(clip.file, clip.kind, ",".join(parts.kinds), DRAWS, len(times), median, dict(others))


def _chooser(seed: int) -> Callable[[int], int]:
    """Draws that come again, so that two measurements can be compared. Never for customers."""
    source = np.random.default_rng(seed)
    return lambda n: int(source.integers(n))


def play(script: Script, player: Player, policy: LivenessPolicy) -> liveness.LivenessRun:
    run = liveness.begin(script, policy, START_NS)
    while run.verdict is None:
        one = player.next(run.prompt)
        if one.captured_ns > START_NS + ns(LONGEST_S):
            break
        run = liveness.observe(run, one, policy)
    return run


def report(obedient: Sequence[Retimed], looped: Sequence[Retimed]) -> list[str]:
    lines: list[str] = []
    for title, rows in (("played as a customer who obeys", obedient), ("played over and over, as a thief would", looped)):
        lines += [f"| {title} | kind | can | Live | median s | otherwise |", "|---|---|---|---|---|---|"]
        for row in rows:
            others = "; ".join(f"{count} {name}" for name, count in sorted(row.others.items()))
            lines.append(f"| {row.file} | {row.kind} | {row.kinds} | {row.live} of {row.runs} | {row.median_s} | {others} |")
        lines.append("")
    return lines


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="liveness_retimed", description=__doc__)
    parser.add_argument("labels", type=Path)
    parser.add_argument("--json", type=new_file, help="write the figures here as well")
    options = parser.parse_args(arguments)
    eyes = open_eyes()
    guided = [clip for clip in read_labels(options.labels) if clip.turns]
    seen: list[tuple[LabelledClip, Observations]] = []
    for number, clip in enumerate(guided, 1):
        print(f"\r{number} of {len(guided)} clips", end="", file=sys.stderr, flush=True)
        seen.append((clip, eyes.observe(options.labels.parent / "clips" / clip.file)))
    print(file=sys.stderr)
    obedient, looped = both(seen, BRANCH.liveness)
    for line in report(obedient, looped):
        print(line)
    if options.json:
        rows = {"obedient": [asdict(row) for row in obedient], "looped": [asdict(row) for row in looped]}
        options.json.write_text(json.dumps(rows, indent=1), encoding="utf-8")
    return 0


def both(clips: Sequence[tuple[LabelledClip, Observations]], policy: LivenessPolicy) -> tuple[list[Retimed], list[Retimed]]:
    """Return the genuine clips played as obedient customers, and all played over and over."""
    obedient = [retimed(clip, seen, True, policy) for clip, seen in clips if clip.kind == GENUINE]
    looped = [retimed(clip, seen, False, policy) for clip, seen in clips]
    return [row for row in obedient if row], [row for row in looped if row]


if __name__ == "__main__":
    raise SystemExit(main())
