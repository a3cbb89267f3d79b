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

from kiosk.arguments import new_file
from kiosk.face.observed import FaceObservation, SkinLight
from kiosk.liveness import light
from kiosk.liveness.challenge import LightPath
from kiosk.liveness.colours import COLOURS, draw_steps, lasts_ns, linear_light, shown_screen
from kiosk.liveness.light import read_light, seen_of
from kiosk.liveness.light_fit import LightSample, Series, Watched
from kiosk.measure.liveness_clips import GENUINE, open_eyes, read_labels
from kiosk.policy import BRANCH, LivenessPolicy
from kiosk.values import ns

SHARES = (0.0, 0.03, 0.07, 0.1, 0.15, 0.2, 0.3)
DRAWS = 8
LAG_S = 0.12
WALL_SHARE = 0.05
NOISE = 0.002
ASIDE = 0.17
"""What Lambert's law gives the patches of a cheek under a 24-inch screen at 60 cm: they face 16 to 48 degrees aside (on 65 meshes). At
75 cm, and on a 14-inch screen at 50 cm, 0.13. That a cheek is also nearer to its half, 0.07 more, is left out."""
ASIDES = (0.1, 0.13, 0.25)
PATHS = (LightPath.STEPS, LightPath.GENTLE)
PAINTED = (("the face, as a tint", 0.0, 0.0), ("all of the picture", 1.0, 0.0), ("the face, each half on its side", 0.0, 0.17))
"""Where, and what the surroundings and the sides get."""
PAINTED_AT = ((LightPath.STEPS, 0.2), (LightPath.STEPS, 0.1), (LightPath.GENTLE, 0.2))
PAINTED_AFTER_S = (0.1, 0.25, 0.35, 0.5, 0.8)
Light = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Row:
    """share: of the screen's light over the room's on the face; aside: see `lit`; of `runs`, how many followed from their sides, were seen
    not to follow, and could not be told; gain, sides: the medians."""

    path: str
    share: float
    aside: float
    runs: int
    followed: int
    not_followed: int
    not_told: int
    gain: float
    sides: float


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
    aside: float = ASIDE,
) -> list[LightSample]:
    """Return what is measured while the colours run, from the first of these frames on. lag_s: from the screen to the frame; wall_share: of
    what the skin gets, what the surroundings get; aside: how much more of its own half a cheek gets than of the other, 0 for a tint."""
    begun, samples = seen[0].captured_ns, list[LightSample]()
    mean = np.stack([linear_light(number) for number in range(len(COLOURS))]).mean(axis=0)

    def under(light_of: Light, screen: Series, share_: float) -> Light:
        blue, green, red = np.array(light_of) * (1 + share_ * screen) / (1 + share_ * mean) * np.exp(source.normal(0, NOISE, 3))
        return float(blue), float(green), float(red)

    for one in seen:
        since, was = one.captured_ns - begun, one.light
        if since > lasts_ns(path, colours, policy) or not one.faces or was is None:
            continue
        left, right = ((np.array(half[::-1]) / 255.0) ** 2.2 for half in shown_screen(path, colours, since - ns(lag_s), policy))
        both, tilt = (left + right) / 2, aside * (left - right) / 2
        measured = SkinLight(
            under(was.skin, both, share),
            None if was.around is None else under(was.around, both, wall_share * share),
            None if was.left is None else under(was.left, both + tilt, share),
            None if was.right is None else under(was.right, both - tilt, share),
        )
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
    aside: float = ASIDE,
) -> Row:
    """Count over DRAWS sequences of each clip that is long enough for one."""
    said, gains, sides = list[str](), list[float](), list[float]()
    for number, seen in enumerate(clips):
        for draw in range(DRAWS):
            source = np.random.default_rng((number, draw))
            colours = draw_steps(lambda n, source=source: int(source.integers(n)), _count(path, policy))  # type: ignore[misc]
            latest = seen[-1].captured_ns - lasts_ns(path, colours, policy)
            starts = [at for at, one in enumerate(seen) if one.captured_ns <= latest]
            if not starts:
                break
            start = int(source.integers(len(starts)))
            samples = lit(seen[start:], colours, path, share, source, policy, lag_s=lag_s, wall_share=wall_share, aside=aside)
            reading = read_light([Watched(tuple(samples), path, colours, seen[start].captured_ns)], policy)
            said.append(seen_of(reading, policy))
            gains += [reading.gain] if reading else []
            sides += [reading.side_share] if reading else []
    followed, not_followed = said.count(light.FOLLOWED), said.count(light.NOT_FOLLOWED)
    not_told = len(said) - followed - not_followed
    return Row(path.value, share, aside, len(said), followed, not_followed, not_told, _middle(gains), _middle(sides))


def _count(path: LightPath, policy: LivenessPolicy) -> int:
    return policy.light_fades if path is LightPath.GENTLE else policy.light_steps


def _middle(values: Sequence[float]) -> float:
    return round(float(np.median(values)), 4) if values else 0.0


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="app.py measure liveness-light", description=__doc__)
    parser.add_argument("labels", type=Path, help="labels.json beside a folder `clips`")
    parser.add_argument("--json", type=new_file, help="write the figures here as well")
    options = parser.parse_args(arguments)
    eyes = open_eyes()
    labelled = read_labels(options.labels)
    genuine, others = list[Sequence[FaceObservation]](), list[Sequence[FaceObservation]]()
    for number, clip in enumerate(labelled, 1):
        print(f"\r{number} of {len(labelled)} clips", end="", file=sys.stderr, flush=True)
        seen = eyes.observe(options.labels.parent / "clips" / clip.file)
        (genuine if clip.kind == GENUINE else others).append(seen)
    print(file=sys.stderr)
    rows = [measure(genuine, path, share, BRANCH.liveness) for path in PATHS for share in SHARES]
    rows += [measure(genuine, path, share, BRANCH.liveness, aside=aside) for path in PATHS for share in (0.1, 0.2) for aside in ASIDES]
    print("| path | screen over room | aside | runs | followed | not followed | not told | median gain | median of sides |")
    print("|---|---|---|---|---|---|---|---|---|")
    for row in rows:
        counts = f"{row.runs} | {row.followed} | {row.not_followed} | {row.not_told}"
        print(f"| {row.path} | {row.share} | {row.aside} | {counts} | {row.gain} | {row.sides} |")
    attacks = measure(others, LightPath.STEPS, 0.0, BRANCH.liveness)
    print(f"\nThe attacks of the set, fed as video: {attacks.followed} of {attacks.runs} followed. One sequence each; a run shows two.")
    painted = [
        (lag_s, where, measure(genuine, path, share, BRANCH.liveness, lag_s=lag_s, wall_share=wall, aside=aside))
        for where, wall, aside in PAINTED
        for path, share in PAINTED_AT
        for lag_s in PAINTED_AFTER_S
    ]
    print("\nSomebody sees the colours and paints them onto an injected video, so strongly as skin gives them back:\n")
    print("| painted onto | path | share | after s | runs | followed | not followed | not told |\n|---|---|---|---|---|---|---|---|")
    for lag_s, where, row in painted:
        counts = f"{row.runs} | {row.followed} | {row.not_followed} | {row.not_told}"
        print(f"| {where} | {row.path} | {row.share} | {lag_s} | {counts} |")
    if options.json:
        told = {
            "rows": [asdict(row) for row in rows],
            "attacks": asdict(attacks),
            "painted": [{"after_s": lag, "onto": on, **asdict(row)} for lag, on, row in painted],
        }
        options.json.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
