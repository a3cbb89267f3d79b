"""Would fitted weights of the cues do better than those laid by hand? `python app.py measure cue-weights DETAILS CLIPS [--json FILE]`.

DETAILS is what `measure red-team --details` kept, CLIPS what `measure liveness --details` wrote. Fitted on the presentations of one half of
the people, judged on those of the other half and on the clips, which never train. Three ways of fusing the cues of pictures and motion
(neither light nor provenance):

* by hand: the lines of kiosk/liveness/cue_table.py, added;
* logistic: the same lines, each scaled by a factor of at least zero and one constant added (logistic regression, so calibrated, and no cue
  can speak the other way round);
* isotonic: each cue's value to a log-likelihood ratio by the pool-adjacent-violators algorithm, in the direction its line has, bounded like
  the lines, and added (naive Bayes).

All are compared with the policy's limits in the same way: what speaks for a person is bounded, one clear sign stands.
"""

import argparse
import json
import math
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kiosk.arguments import new_file
from kiosk.liveness.cue_table import CUES
from kiosk.liveness.cues import Cue, Leaning, conclude, fuse
from kiosk.measure.attack_rates import Rate, curve_of
from kiosk.measure.liveness_clips import GENUINE
from kiosk.measure.red_team import PERSON, SEED, Tried, drawn_people, random_of, read_rows
from kiosk.policy import BRANCH, LivenessPolicy

_ROUNDS, _STEP, _KEEPS = 4000, 0.05, 0.02
"""Of the descent; the last pulls the factors towards 1, the hand-laid lines: with few presentations of a kind they should not run away."""
_LEAST_OF_A_CUE = 12
_SMOOTH = 0.5
Weigh = Callable[[Cue], float]


@dataclass(frozen=True, slots=True)
class Sample:
    """cues: of pictures and motion; genuine: a person; kind: of the attack, empty for a person."""

    cues: tuple[Cue, ...]
    genuine: bool
    kind: str


@dataclass(frozen=True, slots=True)
class Fusion:
    """weigh: a cue's weight, nats; constant: added to the sum."""

    name: str
    weigh: Weigh
    constant: float = 0.0

    def score(self, sample: Sample, policy: LivenessPolicy) -> float:
        return fuse(self._weighed(sample), policy).total

    def leaning(self, sample: Sample, policy: LivenessPolicy) -> Leaning:
        return fuse(self._weighed(sample), policy).leaning

    def _weighed(self, sample: Sample) -> list[Cue]:
        cues = [replace(cue, weight=self.weigh(cue)) for cue in sample.cues]
        return [*cues, Cue("constant", 0.0, "", self.constant, 0, "")] if self.constant else cues


@dataclass(frozen=True, slots=True)
class Figures:
    """genuine_refused, attacks_accepted: by the policy's limits; area: under the curve; cost: mean of the log losses of both sides, in bits
    (1 is what knows nothing)."""

    genuine_refused: str
    genuine_upper: float
    attacks_accepted: str
    attacks_upper: float
    area: float
    cost: float


def of_campaign(tried: Sequence[Tried], people: int, seed: int) -> tuple[list[Sample], list[Sample]]:
    """Return what is fitted on and what is judged: presentations of people of even and of odd number."""
    sides: tuple[list[Sample], list[Sample]] = ([], [])
    for one in tried:
        victim = drawn_people(random_of(one.group, one.number, seed), people)[0]
        sides[victim % 2].append(Sample(conclude(one.attempt.gathered, CUES), one.group == PERSON, one.kind))
    return sides


def of_clips(rows: Sequence[dict[str, object]]) -> list[Sample]:
    """Read the verdicts that `measure liveness --details` wrote. Raises KeyError or TypeError."""
    samples = []
    for row in rows:
        cues = tuple(Cue(**cue) for cue in row["verdict"]["cues"])  # type: ignore[index]
        kinds = row["kinds"]
        samples.append(Sample(cues, GENUINE in kinds, "" if GENUINE in kinds else str(kinds[0])))  # type: ignore[operator,index]
    return samples


# Fitting


def by_hand() -> Fusion:
    return Fusion("by hand", lambda cue: cue.weight)


def logistic(samples: Sequence[Sample]) -> Fusion:
    """Fit factors of at least zero by projected gradient descent on the balanced log loss."""
    names = sorted({cue.name for one in samples for cue in one.cues})
    table = np.array([[sum(cue.weight for cue in one.cues if cue.name == name) for name in names] for one in samples])
    genuine = np.array([one.genuine for one in samples])
    share = np.where(genuine, 0.5 / max(int(genuine.sum()), 1), 0.5 / max(int((~genuine).sum()), 1))
    factors, constant = np.ones(len(names)), 0.0
    for _ in range(_ROUNDS):
        wrong = share * (1 / (1 + np.exp(-np.clip(table @ factors + constant, -40, 40))) - genuine)
        factors = np.maximum(factors - _STEP * (table.T @ wrong + _KEEPS * (factors - 1)), 0.0)
        constant -= _STEP * float(wrong.sum())
    scaled = dict(zip(names, factors.tolist(), strict=True))
    return Fusion("logistic", lambda cue: scaled.get(cue.name, 1.0) * cue.weight, constant)


def isotonic(samples: Sequence[Sample], policy: LivenessPolicy) -> Fusion:
    """Fit each cue's value to a log-likelihood ratio. A cue seen too seldom on either side keeps its line."""
    fitted: dict[str, tuple[list[float], list[float]]] = {}
    for name in {cue.name for one in samples for cue in one.cues}:
        seen = [(cue.value, cue.weight, one.genuine) for one in samples for cue in one.cues if cue.name == name]
        genuine = sum(real for _, _, real in seen)
        if min(genuine, len(seen) - genuine) < _LEAST_OF_A_CUE:
            continue
        fitted[name] = _pooled(seen, genuine, policy.cue_cap)

    def weigh(cue: Cue) -> float:
        if cue.name not in fitted:
            return cue.weight
        at, ratio = fitted[cue.name]
        # bounded by what the line may say in favour, so that a quiet cue does not shout
        return min(float(np.interp(cue.value, at, ratio)), policy.cue_for_at_most)

    return Fusion("isotonic", weigh)


def _pooled(seen: Sequence[tuple[float, float, bool]], genuine: int, cap: float) -> tuple[list[float], list[float]]:
    """Return a monotone line, values and log-likelihood ratios, by pool-adjacent-violators. Its direction is the hand-laid line's."""
    values = np.array([value for value, _, _ in seen])
    rises = float(np.cov(values, [weight for _, weight, _ in seen])[0, 1]) >= 0 if len(set(values.tolist())) > 1 else True
    order = np.argsort(values if rises else -values, kind="stable")
    blocks: list[tuple[float, float, float, float]] = []  # genuine, all, least, most value
    for index in order.tolist():
        blocks.append((float(seen[index][2]), 1.0, values[index], values[index]))
        while len(blocks) > 1 and blocks[-2][0] * blocks[-1][1] >= blocks[-1][0] * blocks[-2][1]:
            last, before = blocks.pop(), blocks.pop()
            blocks.append((before[0] + last[0], before[1] + last[1], before[2], last[3]))
    prior = math.log(genuine / (len(seen) - genuine))
    points = []
    for real, count, first, last_value in blocks:
        ratio = max(-cap, min(cap, math.log((real + _SMOOTH) / (count - real + _SMOOTH)) - prior))
        points += [(float(first), ratio), (float(last_value), ratio)]
    points.sort()
    return [value for value, _ in points], [ratio for _, ratio in points]


# Judging


def figures_of(fusion: Fusion, samples: Sequence[Sample], policy: LivenessPolicy) -> Figures:
    genuine, attacks = [one for one in samples if one.genuine], [one for one in samples if not one.genuine]
    refused = Rate(sum(fusion.leaning(one, policy) is not Leaning.LIVE for one in genuine), len(genuine))
    accepted = Rate(sum(fusion.leaning(one, policy) is Leaning.LIVE for one in attacks), len(attacks))
    scores = [[fusion.score(one, policy) for one in side] for side in (genuine, attacks)]
    curve = curve_of(*scores)
    cost = (_bits(-np.array(scores[0])) + _bits(np.array(scores[1]))) / 2
    told = (f"{refused.errors} of {refused.of}", round(refused.upper, 4), f"{accepted.errors} of {accepted.of}", round(accepted.upper, 4))
    return Figures(*told, round(curve.area, 4) if curve else 0.0, round(cost, 3))


def _bits(against: NDArray[np.float64]) -> float:
    return float(np.logaddexp(0.0, against).mean() / math.log(2)) if len(against) else 0.0


def report(told: dict[str, dict[str, Figures]]) -> Iterator[str]:
    for where, rows in told.items():
        yield f"| {where} | genuine refused | 95 % bound | attacks accepted | 95 % bound | area | cost, bits |"
        yield "|---|---|---|---|---|---|---|"
        for name, one in rows.items():
            counts = f"{one.genuine_refused} | {one.genuine_upper:.1%} | {one.attacks_accepted} | {one.attacks_upper:.1%}"
            yield f"| {name} | {counts} | {one.area:.3f} | {one.cost:.2f} |"
        yield ""


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="app.py measure cue-weights", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("details", type=Path, help="what `measure red-team --details` kept")
    parser.add_argument("clips", type=Path, help="what `measure liveness --details` wrote")
    parser.add_argument("--people", type=int, default=65, metavar="N", help="that the campaign drew from (65 of LFW and the portrait)")
    parser.add_argument("--seed", type=int, default=SEED, help="of the campaign")
    parser.add_argument("--json", type=new_file, metavar="FILE", help="write the figures here")
    options = parser.parse_args(arguments)
    try:
        fitted_on, judged_on = of_campaign(read_rows(options.details), options.people, options.seed)
        clips = of_clips(json.loads(options.clips.read_text(encoding="utf-8"))["verdicts"])
    except (OSError, ValueError, KeyError, TypeError) as trouble:
        print(f"cannot be read: {trouble!r}", file=sys.stderr)
        return 2
    policy = BRANCH.liveness
    fusions = (by_hand(), logistic(fitted_on), isotonic(fitted_on, policy))
    sets = {"campaign, fitted on": fitted_on, "campaign, kept aside": judged_on, "clips": clips}
    told = {where: {fusion.name: figures_of(fusion, some, policy) for fusion in fusions} for where, some in sets.items()}
    for line in report(told):
        print(line)
    names = sorted({cue.name for one in fitted_on for cue in one.cues})
    factors = {name: round(fusions[1].weigh(Cue(name, 0.0, "", 1.0, 0, "")), 2) for name in names}
    print("factors of the logistic fusion: " + ", ".join(f"{name} {factor}" for name, factor in factors.items()))
    print(f"constant {fusions[1].constant:.2f}")
    if options.json:
        rows = {where: {name: asdict(one) for name, one in rows.items()} for where, rows in told.items()}
        options.json.write_text(json.dumps({"factors": factors, "figures": rows}, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
