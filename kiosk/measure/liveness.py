"""How the liveness check does on labelled clips: `python app.py measure liveness LABELS.json [--json FILE]`.

Over every clip, with the station's own eyes: blinks and turns against their labels; the passive verdict, as APCER for each kind of attack
and BPCER (ISO/IEC 30107-3; a genuine clip that is left undecided counts as rejected); challenge verdicts, each clip under the script
that it performs and under scripts that it does not; and the light challenge on top (genuine clips lit, attacks fed as injected video).
Curves and strips of the wrong clips go to the folder named by --pictures.

Clips are judged as if a camera had taken them: a station marks every recording and no production bank takes one, which would refuse
genuine clips too and say nothing about the cues.
"""

import argparse
import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

from kiosk.arguments import new_file
from kiosk.face.observed import FaceObservation
from kiosk.faults import RecordingUnreadable
from kiosk.liveness.cue_table import CUES
from kiosk.liveness.cues import Cue, Leaning
from kiosk.liveness.passive import PassiveVerdict, PassiveView, verdict, watch
from kiosk.measure import wrong_strips
from kiosk.measure.attack_rates import Curve, Rate, curve_of
from kiosk.measure.curve_picture import draw_curves
from kiosk.measure.film_strip import Strip
from kiosk.measure.liveness_clips import GENUINE, ClipEyes, LabelledClip, open_eyes, read_labels
from kiosk.measure.liveness_counts import Counts, TurnCounts, blinks_seen, count_blinks, count_turns, plain_ear_blinks
from kiosk.measure.liveness_first_look import ScriptRun, script_runs
from kiosk.measure.liveness_margins import margin_lines
from kiosk.measure.liveness_whole import DRAWS, SHARE, LitClip, light_run
from kiosk.policy import BRANCH, LivenessPolicy

DEFAULT_PICTURES = Path("build/measure/liveness")
FAMILIES = ("print", "loop", "freeze")
"""Synthetic clips named `sim_<family>_...` are counted as their family besides."""


@dataclass(frozen=True, slots=True)
class ClipVerdict:
    """kinds: the label's kind, and the family of a synthetic clip."""

    file: str
    kinds: tuple[str, ...]
    verdict: PassiveVerdict

    @property
    def genuine(self) -> bool:
        return GENUINE in self.kinds

    @property
    def accepted(self) -> bool:
        return self.verdict.leaning is Leaning.LIVE

    @property
    def wrong(self) -> bool:
        return self.accepted is not self.genuine


@dataclass(frozen=True, slots=True)
class Seen:
    """What one clip gave. milliseconds: of each frame, everything on; strip: a sample of its frames."""

    clip: LabelledClip
    observations: tuple[FaceObservation, ...]
    milliseconds: tuple[float, ...]
    judged: ClipVerdict
    strip: Strip | None = None


@dataclass(frozen=True, slots=True)
class LivenessFigures:
    blinks: Counts
    blinks_plain_ear: Counts
    turns: TurnCounts
    verdicts: tuple[ClipVerdict, ...]
    runs: tuple[ScriptRun, ...]
    lit: tuple[LitClip, ...]
    frame_ms_p50: float
    frame_ms_p95: float
    seconds_to_live: float | None

    @property
    def bpcer_with_light(self) -> float:
        """The expected share of genuine clips, lit, that the passive verdict or the light turns away."""
        passed = [one.accepted * lit.share for one, lit in zip(self.verdicts, self.lit, strict=True) if one.genuine]
        return 1.0 - sum(passed) / len(passed) if passed else 0.0

    @property
    def apcer_with_light(self) -> dict[str, float]:
        """The expected share of each kind, fed as injected video, that passive verdict and light both let pass."""
        rates = {}
        for kind in self.apcer:
            passed = [one.accepted * lit.share for one, lit in zip(self.verdicts, self.lit, strict=True) if kind in one.kinds]
            rates[kind] = sum(passed) / len(passed)
        return rates

    @property
    def injected_refused(self) -> Rate:
        """Draws in which an attack clip that nothing lights followed the light."""
        attacks = [lit for one, lit in zip(self.verdicts, self.lit, strict=True) if not one.genuine]
        return Rate(sum(lit.followed for lit in attacks), sum(lit.runs for lit in attacks))

    @property
    def bpcer(self) -> Rate:
        genuine = [one for one in self.verdicts if one.genuine]
        return Rate(sum(not one.accepted for one in genuine), len(genuine))

    @property
    def apcer(self) -> dict[str, Rate]:
        kinds = sorted({kind for one in self.verdicts for kind in one.kinds if not one.genuine})
        rates = {}
        for kind in kinds:
            shown = [one for one in self.verdicts if kind in one.kinds]
            rates[kind] = Rate(sum(one.accepted for one in shown), len(shown))
        return rates

    @property
    def acer(self) -> float:
        return (self.bpcer.share + max((rate.share for rate in self.apcer.values()), default=0.0)) / 2

    @property
    def undecided(self) -> float:
        return sum(one.verdict.leaning is Leaning.UNSURE for one in self.verdicts) / max(len(self.verdicts), 1)


def kinds_of(clip: LabelledClip) -> tuple[str, ...]:
    family = next((family for family in FAMILIES if clip.file.startswith(f"sim_{family}")), None)
    return (clip.kind,) if family is None else (clip.kind, family)


def look_at(clip: LabelledClip, file: Path, eyes: ClipEyes, policy: LivenessPolicy, pictures: Path) -> Seen:
    """Watch one clip through; write its strip if the passive verdict is wrong. A clip that cannot be decoded shows nobody."""
    observations: list[FaceObservation] = []
    milliseconds: list[float] = []
    view, strip = PassiveView(), Strip()
    try:
        for frame, seen, took in eyes.watch(file):
            observations.append(seen)
            milliseconds.append(took)
            view = watch(view, seen, policy)
            strip.add(frame.pixels, seen)
    except RecordingUnreadable as fault:
        print(f"\n{clip.file}: {fault}", file=sys.stderr)
    judged = ClipVerdict(clip.file, kinds_of(clip), verdict(view, CUES, policy))
    if judged.wrong:
        strip.write(_caption(judged), pictures / f"wrong-{Path(clip.file).stem}.jpg")
    return Seen(clip, tuple(observations), tuple(milliseconds), judged, strip)


def _caption(judged: ClipVerdict) -> list[str]:
    said = judged.verdict
    head = f"{'/'.join(judged.kinds)}: {said.leaning} {said.because}, {said.score:+.2f} nats"
    return [head, *(_cue_line(cue) for cue in sorted(said.cues, key=lambda cue: cue.weight))]


def _cue_line(cue: Cue) -> str:
    return f"{cue.name} {cue.value:.3g} {cue.unit}: {cue.weight:+.2f} ({cue.seen}, {cue.frames} frames)"


def measure(seen: Sequence[Seen], policy: LivenessPolicy) -> LivenessFigures:
    clips = [(one.clip, one.observations) for one in seen]
    times = sorted(value for one in seen for value in one.milliseconds)
    runs = tuple(script_runs(clips, policy))
    to_live = [run.seconds for run in runs if run.seconds is not None and run.verdict == "Live" and run.kind == GENUINE]
    return LivenessFigures(
        blinks=count_blinks(clips, lambda one: blinks_seen(one, policy)),
        blinks_plain_ear=count_blinks(clips, plain_ear_blinks),
        turns=count_turns(clips, policy),
        verdicts=tuple(one.judged for one in seen),
        runs=runs,
        lit=tuple(light_run(one.observations, SHARE if one.judged.genuine else 0.0, number, policy) for number, one in enumerate(seen)),
        frame_ms_p50=times[len(times) // 2] if times else 0.0,
        frame_ms_p95=times[int(len(times) * 0.95)] if times else 0.0,
        seconds_to_live=median(to_live) if to_live else None,
    )


def key_figures(figures: LivenessFigures) -> dict[str, object]:
    """Return the figures by the keys that are promised, and what the light adds; rates 0..1."""
    blinks, turns = figures.blinks, figures.turns
    return {
        "clips": len(figures.verdicts),
        "blink_recall": _ratio(blinks.found, blinks.labelled),
        "blink_false_per_min": round(blinks.invented / blinks.minutes, 4) if blinks.minutes else 0.0,
        "blink_f1": _f1(blinks, blinks.invented),
        "turn_recall": _ratio(turns.found, turns.labelled),
        "turn_false": _ratio(turns.invented, turns.invented + turns.found),
        "bpcer": round(figures.bpcer.share, 4),
        "apcer": {kind: round(rate.share, 4) for kind, rate in figures.apcer.items()},
        "frame_ms_p50": round(figures.frame_ms_p50, 2),
        "undecided": round(figures.undecided, 4),
        "with_light": {
            "bpcer": round(figures.bpcer_with_light, 4),
            "apcer_injected": {kind: round(share, 4) for kind, share in figures.apcer_with_light.items()},
            "light_alone_refuses_injected": round(1.0 - figures.injected_refused.share, 4),
        },
    }


def _ratio(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else 0.0


def _f1(counts: Counts, false: int) -> float:
    return _ratio(2 * counts.found, counts.found + counts.labelled + false)


# Curves


def curves(verdicts: Sequence[ClipVerdict]) -> dict[str, Curve]:
    """Return the curve of the fused score against each kind of attack."""
    genuine = [one.verdict.score for one in verdicts if one.genuine]
    kinds = sorted({kind for one in verdicts for kind in one.kinds if not one.genuine})
    drawn = {kind: curve_of(genuine, [one.verdict.score for one in verdicts if kind in one.kinds]) for kind in kinds}
    return {kind: curve for kind, curve in drawn.items() if curve is not None}


def cue_curves(verdicts: Sequence[ClipVerdict]) -> dict[str, Curve]:
    """Return each cue's own curve, its weight as the score, over the clips in which it said anything."""
    names = sorted({cue.name for one in verdicts for cue in one.verdict.cues})
    drawn: dict[str, Curve] = {}
    for name in names:
        sides: dict[bool, list[float]] = {True: [], False: []}
        for one in verdicts:
            sides[one.genuine] += [cue.weight for cue in one.verdict.cues if cue.name == name]
        curve = curve_of(sides[True], sides[False])
        if curve is not None:
            drawn[name] = curve
    return drawn


# Tables


def report(figures: LivenessFigures) -> Iterable[str]:
    """Yield the tables in Markdown."""
    yield "| blinks | found | invented | a minute | F1 | invented or ambiguous | F1 with those |"
    yield "|---|---|---|---|---|---|---|"
    for name, one in (("own baseline", figures.blinks), ("EAR < 0.2", figures.blinks_plain_ear)):
        a_minute = one.invented / one.minutes if one.minutes else 0.0
        with_doubtful = _f1(one, one.invented_or_ambiguous)
        strict = f"{one.found} of {one.labelled} | {one.invented} | {a_minute:.2f} | {_f1(one, one.invented)}"
        yield f"| {name} | {strict} | {one.invented_or_ambiguous} | {with_doubtful} |"
    turns = figures.turns
    yield ""
    yield "| turns found | to the other side | invented | median error of peak yaw |"
    yield "|---|---|---|---|"
    yield f"| {turns.found} of {turns.labelled} | {turns.other_side} | {turns.invented} | {turns.yaw_error_deg} degrees |"
    yield ""
    yield "| passive verdict | wrong | of | rate | 95 % upper bound |"
    yield "|---|---|---|---|---|"
    yield _rate_row("BPCER (undecided counts)", figures.bpcer)
    for kind, rate in figures.apcer.items():
        yield _rate_row(f"APCER {kind}", rate)
    yield f"| ACER | | | {figures.acer:.1%} | |"
    undecided = sum(one.verdict.leaning is Leaning.UNSURE for one in figures.verdicts)
    yield f"| undecided, all clips | {undecided} | {len(figures.verdicts)} | {figures.undecided:.1%} | |"
    yield ""
    yield f"| with the light challenge ({DRAWS} draws a clip) | passive alone | with the light |"
    yield "|---|---|---|"
    yield f"| BPCER, genuine clips lit with a share of {SHARE} | {figures.bpcer.share:.1%} | {figures.bpcer_with_light:.1%} |"
    for kind, share in figures.apcer_with_light.items():
        yield f"| APCER {kind}, fed as injected video | {figures.apcer[kind].share:.1%} | {share:.2%} |"
    injected = figures.injected_refused
    refused = f"{injected.of - injected.errors} of {injected.of}"
    yield f"| injected video refused by the light alone | | {refused} (at most {injected.upper:.1%} pass, 95 %) |"
    yield ""
    yield "| cue | clips | area under its curve | equal error |"
    yield "|---|---|---|---|"
    for name, curve in cue_curves(figures.verdicts).items():
        clips = sum(any(cue.name == name for cue in one.verdict.cues) for one in figures.verdicts)
        yield f"| {name} | {clips} | {curve.area:.3f} | {curve.equal_error:.0%} |"
    yield ""
    genuine, attacks = ([one.verdict for one in figures.verdicts if one.genuine is kind] for kind in (True, False))
    yield from margin_lines(genuine, attacks, BRANCH.liveness)
    yield ""
    a_second = 1000 / max(figures.frame_ms_p50, 0.01)
    yield f"Frame: median {figures.frame_ms_p50:.1f} ms ({a_second:.0f} a second), 95 % under {figures.frame_ms_p95:.1f} ms."
    if figures.seconds_to_live is not None:
        yield f"Median time to Live of genuine clips under their own script: {figures.seconds_to_live:.1f} s."
    yield ""
    yield "No masks and no paper prints with surround are among the clips: nothing here is proven for those."
    yield ""
    yield "| clip | kind | verdict | because | score | cues |"
    yield "|---|---|---|---|---|---|"
    for row in figures.verdicts:
        cues = ", ".join(f"{cue.name} {cue.weight:+.1f}" for cue in row.verdict.cues)
        said = f"{row.verdict.leaning}{' (wrong)' if row.wrong else ''} | {row.verdict.because} | {row.verdict.score:+.1f}"
        yield f"| {row.file} | {'/'.join(row.kinds)} | {said} | {cues} |"
    yield ""
    yield "| clip | kind | script | performs it | verdict |"
    yield "|---|---|---|---|---|"
    for run in figures.runs:
        performs = {True: "yes", False: "no", None: "unknown"}[run.performs]
        yield f"| {run.file} | {run.kind} | {run.script} | {performs} | {run.verdict} |"


def _rate_row(name: str, rate: Rate) -> str:
    return f"| {name} | {rate.errors} | {rate.of} | {rate.share:.1%} | {rate.upper:.1%} |"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="app.py measure liveness", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("labels", type=Path, help="labels.json beside a folder `clips`")
    parser.add_argument("--json", type=new_file, metavar="FILE", help="write the key figures here")
    parser.add_argument("--details", type=Path, metavar="FILE", help="write every clip's verdict, cues and script runs here, as JSON")
    parser.add_argument("--pictures", type=Path, metavar="DIR", default=DEFAULT_PICTURES, help="for curves and strips")
    options = parser.parse_args(arguments)
    try:
        labelled = read_labels(options.labels)
    except (OSError, ValueError, KeyError, TypeError) as trouble:
        print(f"{options.labels} cannot be read as labels: {trouble!r}", file=sys.stderr)
        return 2
    eyes = open_eyes()
    seen: list[Seen] = []
    for number, clip in enumerate(labelled, 1):
        print(f"\r{number} of {len(labelled)} clips", end="", file=sys.stderr, flush=True)
        seen.append(look_at(clip, options.labels.parent / "clips" / clip.file, eyes, BRANCH.liveness, options.pictures))
    print(file=sys.stderr)
    figures = measure(seen, BRANCH.liveness)
    for line in report(figures):
        print(line)
    for one in seen:
        if one.strip is not None:
            why = list(wrong_strips.reasons(one.clip, one.observations, figures.runs, BRANCH.liveness))
            wrong_strips.write(one.strip, one.clip, why, options.pictures)
    draw_curves(curves(figures.verdicts), "Passive score against each kind of attack", options.pictures / "roc.png")
    draw_curves(cue_curves(figures.verdicts), "Each cue against all attacks", options.pictures / "roc-cues.png")
    if options.json:
        options.json.write_text(json.dumps(key_figures(figures), indent=1) + "\n", encoding="utf-8")
    if options.details:
        rows = {"verdicts": [asdict(one) for one in figures.verdicts], "runs": [asdict(one) for one in figures.runs]}
        options.details.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
