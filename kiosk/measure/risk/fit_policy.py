"""Fit the risk policy's score to simulated banks used for nothing else, calibrate it on another, and say how far to believe it.

    python -m kiosk.measure.risk.fit_policy [--seeds 141,142,143] [--calibrate 144] [--check 9021] [--json FILE]

Each signal adds points on straight lines between knots, which rise towards the worse side: a logistic regression whose steps are zero or
more. What it starts from, and what stands where the cases say nothing (a debugger, a burst larger than any that was played), are the points
of the shipped policy, which were set from the field's figures: each step is drawn towards them as by so many cases. Then slope and offset
are set on a bank that was not fitted to (Platt), and the figures are of a third, played by the table for scoring. Bands and rules are the
officer's and stay as they are; the floors of `kiosk/risk/decision.py` know of no score.

Signals the simulated bank has no figures for keep their points. None is a protected trait: a policy that named one would be refused.
"""

import argparse
import json
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from kiosk.actor.bank_world.knobs import SCORING, TUNING
from kiosk.actor.bank_world.world import draw_world
from kiosk.arguments import new_file
from kiosk.measure.risk.policy_signals import Reals, signals_of
from kiosk.risk.policy_file import SignalWeight
from kiosk.risk.signals import KNOWN, Worse
from kiosk.trust.risk_policy import shipped_policy

PRIOR: Final = 4.0
"""Cases by which each step is drawn towards the points set before."""
_OPENINGS: Final = "context.amount"
"""An account opening has no amount: what that adds is how much likelier a fraud an opening is than a small payment, and is fitted."""
_BINS: Final = (0.0, 0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.064, 0.128, 0.256, 1.0)


@dataclass(frozen=True, slots=True, eq=False)
class Cases:
    """signals: columns by name, nan for not measured; fraud: whether it was one."""

    signals: dict[str, Reals]
    fraud: NDArray[np.bool_]


def cases_of(seed: int, customers: int, cases_each: int, *, scoring: bool = False) -> Cases:
    """Return the scored cases of one bank; seeds of banks that are scored are 9001 and on."""
    world = draw_world(seed, customers=customers, knobs=SCORING if scoring else TUNING, cases_each=cases_each)
    scored = world.columns["time_s"] >= 0
    return Cases({name: column[scored] for name, column in signals_of(world).items()}, world.columns["pattern"][scored] >= 0)


def steps(weight: SignalWeight, values: Reals) -> Reals:
    """Return (cases, knots - 1): how much of each step from the safe end towards the worse one a value has gone; nan stays nan."""
    at = np.array(weight.at)
    if KNOWN[weight.signal].worse is Worse.LOWER:
        at, values = -at[::-1], -values
    return np.asarray(np.clip((values[:, None] - at[:-1]) / np.diff(at), 0.0, 1.0))


def rising(weight: SignalWeight) -> Reals:
    """Return the points each step adds, from the safe end on."""
    points = np.array(weight.points)
    return np.asarray(np.diff(points if KNOWN[weight.signal].worse is Worse.HIGHER else points[::-1]))


def matrix(weights: tuple[SignalWeight, ...], cases: Cases) -> tuple[Reals, Reals]:
    """Return the steps of all these signals side by side, last whether the case is an opening, and what is added for signals that were not
    measured."""
    parts, absent = [], np.zeros(len(cases.fraud))
    for weight in weights:
        values = cases.signals[weight.signal]
        missing = np.isnan(values)
        parts.append(np.where(missing[:, None], 0.0, steps(weight, values)))
        if weight.signal != _OPENINGS:
            absent += np.where(missing, weight.absent, min(weight.points))
    opening = np.isnan(cases.signals[_OPENINGS]).astype(float)
    return np.column_stack([*parts, opening]), absent


def _flat(weights: tuple[SignalWeight, ...]) -> Reals:
    """Return what `matrix` is multiplied with."""
    opening = next(weight.absent for weight in weights if weight.signal == _OPENINGS)
    return np.concatenate([*(rising(weight) for weight in weights), [opening]])


def fitted(weights: tuple[SignalWeight, ...], cases: Cases, prior: float = PRIOR, rounds: int = 3_000) -> tuple[SignalWeight, ...]:
    """Return the weights with fitted points. Accelerated projected gradient on the likelihood with a normal prior at the points before."""
    inputs, absent = matrix(weights, cases)
    before = _flat(weights)
    rows, back, often = np.unique(
        np.column_stack([np.round(inputs, 2), absent, cases.fraud]), axis=0, return_inverse=True, return_counts=True
    )
    del back
    inputs, absent, fraud = np.column_stack([rows[:, :-2], np.ones(len(rows))]), rows[:, -2], rows[:, -1]
    count = often.astype(float)
    step = 1.0 / (float(np.linalg.norm(inputs * np.sqrt(count)[:, None], 2) ** 2) / 4.0 + prior)
    at = np.append(before, -6.0)
    ahead, pace = at.copy(), 1.0
    for _ in range(rounds):
        chance = 1.0 / (1.0 + np.exp(-(inputs @ ahead + absent)))
        slope = inputs.T @ (count * (chance - fraud))
        slope[:-1] += prior * (ahead[:-1] - before)
        after = ahead - step * slope
        after[:-1] = np.maximum(after[:-1], 0.0)
        faster = (1.0 + np.sqrt(1.0 + 4.0 * pace * pace)) / 2.0
        ahead = after + (pace - 1.0) / faster * (after - at)
        at, pace = after, faster
    ends = np.cumsum([len(weight.at) - 1 for weight in weights])
    parts = np.split(at[: ends[-1]], ends[:-1])
    return tuple(_with_steps(weight, np.asarray(part), float(at[-2])) for weight, part in zip(weights, parts, strict=True))


def _with_steps(weight: SignalWeight, added: Reals, opening: float) -> SignalWeight:
    least = min(weight.points)
    points = [round(least + float(total), 2) + 0.0 for total in np.concatenate([[0.0], np.cumsum(added)])]
    if KNOWN[weight.signal].worse is Worse.LOWER:
        points.reverse()
    absent = round(opening, 2) if weight.signal == _OPENINGS else min(weight.absent, max(points))
    return SignalWeight(weight.signal, weight.at, tuple(points), absent)


def points_of(weights: tuple[SignalWeight, ...], cases: Cases) -> Reals:
    inputs, absent = matrix(weights, cases)
    return np.asarray(inputs @ _flat(weights) + absent)


def calibrated(points: Reals, fraud: NDArray[np.bool_]) -> tuple[float, float]:
    """Return offset and slope (Platt), by Newton's method; no step longer than one, so that it cannot run away."""
    shift, slope, truth = -6.0, 1.0, fraud.astype(float)
    for _ in range(100):
        chance = 1.0 / (1.0 + np.exp(-np.clip(slope * points + shift, -40.0, 40.0)))
        spread = chance * (1.0 - chance)
        gradient = np.array([np.sum((truth - chance) * points), np.sum(truth - chance)])
        hessian = np.array([[np.sum(spread * points**2), np.sum(spread * points)], [np.sum(spread * points), np.sum(spread)]])
        change = np.clip(np.linalg.solve(hessian + 1e-6 * np.eye(2), gradient), -1.0, 1.0)
        slope, shift = slope + float(change[0]), shift + float(change[1])
    return shift, slope


def reliability(chance: Reals, fraud: NDArray[np.bool_]) -> dict[str, Any]:
    """Return the Brier score, how much better than saying the same of everybody, the area under the curve, and what came of each range."""
    base = float(fraud.mean())
    brier = float(np.mean((chance - fraud) ** 2))
    ranks = np.argsort(np.argsort(chance, kind="stable"), kind="stable") + 1.0
    frauds, honest = int(fraud.sum()), int((~fraud).sum())
    table = []
    for low, high in pairwise(_BINS):
        here = (chance >= low) & (chance < high)
        if here.any():
            said, came = float(chance[here].mean()), float(fraud[here].mean())
            table.append({"from": low, "cases": int(here.sum()), "said": round(said, 5), "came": round(came, 5)})
    return {
        "cases": len(fraud),
        "frauds": frauds,
        "brier": round(brier, 6),
        "brier_skill": round(1.0 - brier / (base * (1.0 - base)), 4),
        "auc": round(float((ranks[fraud].sum() - frauds * (frauds + 1) / 2) / (frauds * honest)), 4),
        "said_in_all": round(float(chance.sum()), 1),
        "reliability": table,
    }


def chances(weights: tuple[SignalWeight, ...], offset: float, slope: float, cases: Cases) -> Reals:
    """Return the probabilities the score would give, signals the bank has no figures for taken as unremarkable."""
    return np.asarray(1.0 / (1.0 + np.exp(-(offset + slope * points_of(weights, cases)))))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--seeds", default="141,142,143", help="banks to fit to (default: %(default)s)")
    parser.add_argument("--calibrate", type=int, default=144, help="bank for slope and offset (default: %(default)s)")
    parser.add_argument("--check", type=int, default=9021, help="bank the figures are of (default: %(default)s)")
    parser.add_argument("--customers", type=int, default=40_000, help="of each bank (default: %(default)s)")
    parser.add_argument("--cases-each", type=int, default=18, help="of each fraud and bank (default: %(default)s)")
    parser.add_argument("--json", type=new_file, metavar="FILE")
    chosen = parser.parse_args()
    policy = shipped_policy()
    banks = [cases_of(int(seed), chosen.customers, chosen.cases_each) for seed in chosen.seeds.split(",")]
    together = Cases(
        {name: np.concatenate([one.signals[name] for one in banks]) for name in banks[0].signals},
        np.concatenate([one.fraud for one in banks]),
    )
    before = tuple(weight for weight in policy.score.weights if weight.signal in together.signals)
    weights = fitted(before, together)
    held = cases_of(chosen.calibrate, chosen.customers, chosen.cases_each)
    offset, slope = (round(one, 3) for one in calibrated(points_of(weights, held), held.fraud))
    checked = cases_of(chosen.check, chosen.customers, chosen.cases_each, scoring=True)
    figures = {
        "offset": offset,
        "slope": slope,
        "weights": {one.signal: {"at": one.at, "points": one.points, "absent": one.absent} for one in weights},
        "fitted": reliability(chances(weights, offset, slope, checked), checked.fraud),
        "before": reliability(chances(before, policy.score.offset, policy.score.slope, checked), checked.fraud),
        "seeds": {"fitted": chosen.seeds, "calibrated": chosen.calibrate, "checked": chosen.check},
    }
    print(json.dumps(figures, indent=1))
    if chosen.json:
        chosen.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
