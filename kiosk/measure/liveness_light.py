"""How well the light challenge tells skin from video: `app.py measure liveness-light LABELS.json [--json FILE]`.

Reflection is simulated on real clips: the skin's measured light in each frame becomes `1 + share * screen` times itself, with the noise
of a camera, a delay and the wall's twentieth. A share of 0 is a video fed in place of the camera's picture: it moves and flickers as
clips do and knows nothing of the colours. Nobody was filmed under such a screen: what real skin, screens and exposure controls add is
not in here.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from kiosk.face.observed import FaceObservation, SkinLight
from kiosk.liveness import light
from kiosk.liveness.challenge import LightPath
from kiosk.liveness.light import COLOURS, LightSample, light_cue, linear_light, read_light
from kiosk.measure.liveness_clips import GENUINE, open_eyes, read_labels
from kiosk.policy import BRANCH, LivenessPolicy
from kiosk.values import ns

SHARES = (0.0, 0.01, 0.03, 0.07, 0.15, 0.3)
DRAWS = 8
LAG_S = 0.12
WALL_SHARE = 0.05
NOISE = 0.002
PAINTED_SHARE = 0.2
PAINTED_AFTER_S = (0.1, 0.25, 0.35, 0.5, 0.8)


@dataclass(frozen=True, slots=True)
class Row:
    """share: of the screen's light over the room's on the face; of `runs`, how many followed, were seen not to follow, and could not be
    told; gain: the median."""

    path: str
    share: float
    runs: int
    followed: int
    not_followed: int
    not_told: int
    gain: float


def lit(
    seen: Sequence[FaceObservation],
    colours: tuple[int, ...],
    path: LightPath,
    share: float,
    source: np.random.Generator,
    policy: LivenessPolicy,
    *,
    lag_s: float = LAG_S,
    wall_share: float = WALL_SHARE,
) -> list[LightSample]:
    """Return what is measured while the colours run, from the first of these frames on. lag_s: from the screen to the frame; wall_share: of
    what the skin gets, what the surroundings get."""
    begun, samples = seen[0].captured_ns, list[LightSample]()
    mean = np.stack([linear_light(number) for number in range(len(COLOURS))]).mean(axis=0)
    for one in seen:
        since = one.captured_ns - begun
        if since > light.lasts_ns(path, colours, policy) or not one.faces or one.light is None:
            continue
        red, green, blue = light.shown_colour(path, colours, since - ns(lag_s), policy)
        screen = (np.array([blue, green, red]) / 255.0) ** 2.2
        skin = np.array(one.light.skin) * (1 + share * screen) / (1 + share * mean) * np.exp(source.normal(0, NOISE, 3))
        around = None
        if one.light.around is not None:
            wall = np.array(one.light.around) * (1 + wall_share * share * screen) / (1 + wall_share * share * mean)
            around = tuple((wall * np.exp(source.normal(0, NOISE, 3))).tolist())
        measured = SkinLight((float(skin[0]), float(skin[1]), float(skin[2])), around)
        taken = light.sample(measured, one.faces[0], one.frame_size[0], one.captured_ns)
        samples += [taken] if taken else []
    return samples


def measure(
    clips: Sequence[Sequence[FaceObservation]],
    path: LightPath,
    share: float,
    policy: LivenessPolicy,
    *,
    lag_s: float = LAG_S,
    wall_share: float = WALL_SHARE,
) -> Row:
    """Count over DRAWS sequences of each clip."""
    counted = {light.FOLLOWED: 0, light.NOT_FOLLOWED: 0, light.TOO_WEAK: 0}
    runs, gains = 0, list[float]()
    for number, seen in enumerate(clips):
        for draw in range(DRAWS):
            source = np.random.default_rng((number, draw))
            colours = _order(source, policy.light_fades if path is LightPath.GENTLE else policy.light_steps)
            latest = seen[-1].captured_ns - light.lasts_ns(path, colours, policy)
            starts = [at for at, one in enumerate(seen) if one.captured_ns <= latest]
            start = int(source.integers(len(starts))) if starts else 0
            samples = lit(seen[start:], colours, path, share, source, policy, lag_s=lag_s, wall_share=wall_share)
            reading = read_light(samples, path, colours, seen[start].captured_ns, policy)
            cue = light_cue(reading, policy)
            runs += 1
            counted[cue.seen if cue else light.TOO_WEAK] += 1
            gains += [reading.gain] if reading else []
    middle = round(float(np.median(gains)), 4) if gains else 0.0
    return Row(path.value, share, runs, counted[light.FOLLOWED], counted[light.NOT_FOLLOWED], counted[light.TOO_WEAK], middle)


def _order(source: np.random.Generator, steps: int) -> tuple[int, ...]:
    colours = [int(source.integers(len(COLOURS)))]
    while len(colours) < steps:
        colours.append((colours[-1] + 1 + int(source.integers(len(COLOURS) - 1))) % len(COLOURS))
    return tuple(colours)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="app.py measure liveness-light", description=__doc__)
    parser.add_argument("labels", type=Path, help="labels.json beside a folder `clips`")
    parser.add_argument("--json", type=Path, help="write the figures here as well")
    options = parser.parse_args(arguments)
    eyes = open_eyes()
    labelled = read_labels(options.labels)
    genuine, others = list[Sequence[FaceObservation]](), list[Sequence[FaceObservation]]()
    for number, clip in enumerate(labelled, 1):
        print(f"\r{number} of {len(labelled)} clips", end="", file=sys.stderr, flush=True)
        seen = eyes.observe(options.labels.parent / "clips" / clip.file)
        (genuine if clip.kind == GENUINE else others).append(seen)
    print(file=sys.stderr)
    rows = [measure(genuine, path, share, BRANCH.liveness) for path in (LightPath.STEPS, LightPath.GENTLE) for share in SHARES]
    rows += [measure(others, LightPath.STEPS, 0.0, BRANCH.liveness)]
    print("| path | screen over room | runs | followed | not followed | not told | median gain |\n|---|---|---|---|---|---|---|")
    for row in rows:
        print(f"| {row.path} | {row.share} | {row.runs} | {row.followed} | {row.not_followed} | {row.not_told} | {row.gain} |")
    print("\nThe last row: the attacks of the set, fed as video. One sequence each; a run shows a second one at most.")
    painted = [
        (lag_s, where, measure(genuine, LightPath.STEPS, PAINTED_SHARE, BRANCH.liveness, lag_s=lag_s, wall_share=wall))
        for where, wall in (("the face", 0.0), ("all of the picture", 1.0))
        for lag_s in PAINTED_AFTER_S
    ]
    print("\nSomebody sees the colours and paints them onto an injected video, so strongly as skin gives them back:\n")
    print("| painted onto | after s | runs | followed | not followed | not told |\n|---|---|---|---|---|---|")
    for lag_s, where, row in painted:
        print(f"| {where} | {lag_s} | {row.runs} | {row.followed} | {row.not_followed} | {row.not_told} |")
    if options.json:
        told = {"rows": [asdict(row) for row in rows], "painted": [{"after_s": lag, "onto": on, **asdict(row)} for lag, on, row in painted]}
        options.json.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
