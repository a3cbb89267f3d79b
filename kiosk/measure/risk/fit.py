"""Fit the weights of the findings on simulated banks used for nothing else; print the table for `kiosk/intake/analysis/model.py`.

    python -m kiosk.measure.risk.fit [--seeds 111,112,113,114] [--check 115]

One round: the banks are replayed under the weights in force, with people's findings flowing back and without. Only where nothing flows back
does it show what finds the first case of a scheme; where it does, being tied to a confirmed fraud would seem to be all that counts. Several
rounds, each from the table before, made the shipped ones.

Logistic regression with weights of zero or more. Every pattern counts the same, however many cases it has, so that no fraud is found at the
cost of another; then slope and constant are set on a bank that was not fitted to, with everybody counting once: that makes the risk a
probability (of that bank; a real one's share of fraud is its own, see docs/risk.md).
"""

import argparse
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from kiosk.actor.bank_world.knobs import PATTERNS, TUNING
from kiosk.actor.bank_world.world import draw_world
from kiosk.intake.analysis.finding import FindingKind
from kiosk.intake.analysis.model import SHIPPED, RiskModel
from kiosk.measure.risk.replay import replay
from kiosk.measure.risk.simulated import case_id

KINDS: Final = tuple(FindingKind)
Matrix = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """values: (cases, findings); pattern: -1 for an honest case."""

    values: Matrix
    pattern: NDArray[np.int64]


def shown(seed: int, model: RiskModel, customers: int, cases_each: int, loop: bool = True) -> Shown:
    """Return what every scored case of one bank shows in the end."""
    world = draw_world(seed, customers=customers, knobs=TUNING, cases_each=cases_each)
    fold = replay(world, loop, seed, model).fold
    rows = np.flatnonzero(world.columns["time_s"] >= 0)
    values = np.zeros((len(rows), len(KINDS)))
    for place, row in enumerate(rows.tolist()):
        for kind, value in fold.values(case_id(row)).items():
            values[place, KINDS.index(kind)] = value
    return Shown(values, world.columns["pattern"][rows])


def fitted(data: list[Shown], ridge: float = 2.0, rounds: int = 1500) -> tuple[float, Matrix]:
    """Return constant and weights. Accelerated projected gradient; ridge: on the weights, in cases."""
    values = np.concatenate([one.values for one in data])
    pattern = np.concatenate([one.pattern for one in data])
    fraud = (pattern >= 0).astype(float)
    # Honest cases that show the same little are one row that counts often.
    rows, back, often = np.unique(np.column_stack([np.round(values, 2), pattern]), axis=0, return_inverse=True, return_counts=True)
    del back
    values, pattern = rows[:, :-1], rows[:, -1].astype(int)
    fraud, weight = (pattern >= 0).astype(float), often.astype(float)
    each = float(weight[fraud > 0].sum()) / len(PATTERNS)
    for number in range(len(PATTERNS)):
        mine = pattern == number
        weight[mine] *= each / max(weight[mine].sum(), 1.0)
    scale = np.maximum(values.std(0), 0.05)
    inputs = np.column_stack([values / scale, np.ones(len(values))])
    step = 4.0 / float(np.linalg.norm(inputs * np.sqrt(weight)[:, None], 2) ** 2)
    at = np.zeros(inputs.shape[1])
    at[-1] = -5.0
    ahead, pace = at.copy(), 1.0
    for _ in range(rounds):
        chance = 1.0 / (1.0 + np.exp(-inputs @ ahead))
        slope = inputs.T @ (weight * (chance - fraud))
        slope[:-1] += ridge * ahead[:-1]
        after = ahead - step * slope
        after[:-1] = np.maximum(after[:-1], 0.0)
        faster = (1.0 + np.sqrt(1.0 + 4.0 * pace * pace)) / 2.0
        ahead = after + (pace - 1.0) / faster * (after - at)
        at, pace = after, faster
    return float(at[-1]), at[:-1] / scale


def calibrated(constant: float, weights: Matrix, data: Shown) -> tuple[float, Matrix]:
    """Return both with slope and constant set on data that was not fitted to (Platt)."""
    nats = data.values @ weights + constant
    fraud = (data.pattern >= 0).astype(float)
    slope, shift = 1.0, 0.0
    for _ in range(50):
        chance = 1.0 / (1.0 + np.exp(-(slope * nats + shift)))
        spread = chance * (1.0 - chance)
        gradient = np.array([np.sum((fraud - chance) * nats), np.sum(fraud - chance)])
        hessian = np.array([[np.sum(spread * nats * nats), np.sum(spread * nats)], [np.sum(spread * nats), np.sum(spread)]])
        change = np.linalg.solve(hessian + 1e-6 * np.eye(2), gradient)
        slope, shift = slope + change[0], shift + change[1]
    return slope * constant + shift, weights * slope


def table(version: str, constant: float, weights: Matrix) -> RiskModel:
    rounded = {kind: round(float(weight), 3) for kind, weight in zip(KINDS, weights, strict=True)}
    return RiskModel(version, round(float(constant), 3), rounded)


def found_at(share: float, constant: float, weights: Matrix, data: Shown) -> Matrix:
    """Return for each pattern the share of its cases among the riskiest so many of all, in hindsight."""
    nats = data.values @ weights + constant
    least = np.quantile(nats, 1.0 - share)
    return np.array([np.mean(nats[data.pattern == number] > least) for number in range(len(PATTERNS))])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--seeds", default="111,112,113,114", help="banks to fit to (default: %(default)s)")
    parser.add_argument("--check", type=int, default=115, help="bank to calibrate on (default: %(default)s)")
    parser.add_argument("--customers", type=int, default=40_000, help="of each bank (default: %(default)s)")
    parser.add_argument("--cases-each", type=int, default=18, help="of each fraud and bank (default: %(default)s)")
    parser.add_argument("--version", default=SHIPPED.version)
    chosen = parser.parse_args()
    seeds = [int(seed) for seed in chosen.seeds.split(",")]
    data = [shown(seed, SHIPPED, chosen.customers, chosen.cases_each, loop) for seed in seeds for loop in (True, False)]
    held = shown(chosen.check, SHIPPED, chosen.customers, chosen.cases_each)
    constant, weights = calibrated(*fitted(data), held)
    model = table(chosen.version, constant, weights)
    found = found_at(0.01, constant, weights, held)
    print(", ".join(f"{name} {share:.2f}" for name, share in zip(PATTERNS, found, strict=True)))
    print(f"mean {found.mean():.3f} least {found.min():.3f}", flush=True)
    print(f"SHIPPED: Final = RiskModel(\n    {model.version!r},\n    {model.constant},\n    {{")
    for kind in FindingKind:
        print(f"        FindingKind.{kind.name}: {model.weights[kind]},")
    print("    },\n)")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
