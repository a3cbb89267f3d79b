"""How well the guided check does on labelled clips: `python -m kiosk.measure.liveness_first_look LABELS.json [--json FILE]`.

Four tables: blinks found and invented, beside the plain rule EAR < 0.2; turns found and invented; each clip under the script it performs
and under scripts it does not; how sure the same-face rule is. Only figures and file names of the public set leave this program.
"""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from kiosk.arguments import new_file
from kiosk.liveness import run as liveness
from kiosk.liveness.challenge import ChallengeKind, Live, LivenessVerdict
from kiosk.liveness.script import UnusableScript, fixed_script
from kiosk.measure.liveness_clips import GENUINE, START_NS, LabelledClip, open_eyes, read_labels
from kiosk.measure.liveness_counts import (
    Counts,
    Likeness,
    Observations,
    TurnCounts,
    at_thresholds,
    blinks_seen,
    count_blinks,
    count_turns,
    likenesses,
    plain_ear_blinks,
)
from kiosk.policy import BRANCH, LivenessPolicy
from kiosk.values import ns

PERFORMS: dict[bool | None, str] = {True: "yes", False: "no", None: "unknown"}


@dataclass(frozen=True, slots=True)
class ScriptRun:
    """One clip under one script. performs: whether the labels say that it does, None where they do not tell (blinks that are not
    labelled or doubtful, turns of clips without any label); verdict: `Live` or the class and reason; seconds: from the clip's start to
    the verdict."""

    file: str
    kind: str
    script: str
    performs: bool | None
    verdict: str
    min_self_similarity: float | None
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Figures:
    blinks: Counts
    blinks_plain_ear: Counts
    turns: TurnCounts
    own_views: int
    other_views: int
    likeness: tuple[Likeness, ...]
    runs: tuple[ScriptRun, ...]


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


def _labels_tell(clip: LabelledClip, *kinds: ChallengeKind) -> bool | None:
    """Return False where the labels say that a clip does not do these, None where they do not say."""
    blinks_known = clip.blinks is not None and not clip.ambiguous
    turns_known = clip.kind == GENUINE or bool(clip.turns)
    if all(kind is ChallengeKind.BLINK for kind in kinds):
        return False if blinks_known else None
    return False if turns_known else None


def play(observations: Observations, kinds: tuple[ChallengeKind, ...], policy: LivenessPolicy) -> LivenessVerdict:
    """Run a clip under a script fixed by QA; after its last frame time goes on until there is a verdict."""
    return play_timed(observations, kinds, policy)[0]


def play_timed(observations: Observations, kinds: tuple[ChallengeKind, ...], policy: LivenessPolicy) -> tuple[LivenessVerdict, float]:
    """Return the verdict and the seconds from the clip's start to it."""
    script = fixed_script(tuple(kind.value for kind in kinds))
    if isinstance(script, UnusableScript):
        raise ValueError(script.name)
    run = liveness.begin(script, policy, START_NS)
    at_ns = START_NS
    for one in observations:
        if run.verdict is None:
            run = liveness.observe(run, one, policy)
            at_ns = one.captured_ns
    while run.verdict is None:
        at_ns += ns(0.5)
        run = liveness.tick(run, at_ns, policy)
    return run.verdict, (at_ns - START_NS) / 1e9


def said(verdict: LivenessVerdict) -> str:
    return "Live" if isinstance(verdict, Live) else f"{type(verdict).__name__}({verdict.because})"


def script_runs(clips: Sequence[tuple[LabelledClip, Observations]], policy: LivenessPolicy) -> list[ScriptRun]:
    runs: list[ScriptRun] = []
    for clip, observations in clips:
        script = performed_script(clip) or (ChallengeKind.BLINK,)
        performs = True if performed_script(clip) else _labels_tell(clip, ChallengeKind.BLINK)
        others = [(other, None if _labels_tell(clip, *other) is None else False) for other in other_scripts(script)]
        for kinds, truth in [(script, performs), *others]:
            verdict, seconds = play_timed(observations, kinds, policy)
            likeness = verdict.evidence.min_self_similarity
            row = ScriptRun(
                clip.file,
                clip.kind,
                ",".join(kinds),
                truth,
                said(verdict),
                None if likeness is None else round(likeness, 3),
                round(seconds, 2),
            )
            runs.append(row)
    return runs


# The command


def measure(clips: Sequence[tuple[LabelledClip, Observations]], policy: LivenessPolicy) -> Figures:
    own, others = likenesses(clips)
    return Figures(
        blinks=count_blinks(clips, lambda seen: blinks_seen(seen, policy)),
        blinks_plain_ear=count_blinks(clips, plain_ear_blinks),
        turns=count_turns(clips, policy),
        own_views=len(own),
        other_views=len(others),
        likeness=at_thresholds(own, others),
        runs=tuple(script_runs(clips, policy)),
    )


def _summary(runs: Sequence[ScriptRun]) -> Iterable[str]:
    for kind in dict.fromkeys(run.kind for run in runs):
        for performs in (True, False, None):
            same = Counter(run.verdict for run in runs if run.kind == kind and run.performs is performs)
            others = "; ".join(f"{count} {verdict}" for verdict, count in sorted(same.items()) if verdict != "Live")
            if same:
                yield f"| {kind} | {PERFORMS[performs]} | {same.total()} | {same['Live']} | {others} |"


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
    yield f"| likeness of {figures.own_views} own and {figures.other_views} other views | own below | others at or above |"
    yield "|---|---|---|"
    for like in figures.likeness:
        yield f"| {like.threshold:.2f} | {like.own_below:.2%} | {like.others_above:.2%} |"
    yield ""
    yield "| kind | performs it | runs | Live | otherwise |"
    yield "|---|---|---|---|---|"
    yield from _summary(figures.runs)
    yield ""
    yield "| clip | kind | script | performs it | verdict | lowest likeness |"
    yield "|---|---|---|---|---|---|"
    for run in figures.runs:
        performs = PERFORMS[run.performs]
        yield f"| {run.file} | {run.kind} | {run.script} | {performs} | {run.verdict} | {run.min_self_similarity} |"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="app.py measure liveness-first-look", description=__doc__)
    parser.add_argument("labels", type=Path, help="labels.json beside a folder `clips`")
    parser.add_argument("--json", type=new_file, help="write the figures here as well")
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
