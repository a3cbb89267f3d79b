"""From signals and a policy to a score, what the policy wants, and why. Arithmetic alone: the same inputs always give the same answer.

    points       of each weight: on straight lines between its knots, drawn towards `absent` as far as the reading is not to be believed
    log-odds     offset + slope * sum of points
    probability  1 / (1 + exp(-log-odds)), held to [1e-9, 1 - 1e-9]

Wanted is the most careful of: the band the score falls into, every rule that fires, and a person where a required reading is missing.
"""

import math
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from kiosk.risk.policy_file import Act, Band, Case, DecisionPolicy, Rule, SignalWeight, StepUpKind, Wanted
from kiosk.risk.signals import KNOWN, Signal, Worse, newest_of_each

AMOUNT: Final = "context.amount"
LEAST_POINTS: Final = 0.05
"""Smaller contributions are no reason worth telling."""
_LONGEST: Final = 700.0


@dataclass(frozen=True, slots=True)
class Asked:
    """What the customer came for. amount_minor: of `currency`; None for an account opening."""

    case: Case
    amount_minor: int | None = None
    currency: str = ""


@dataclass(frozen=True, slots=True)
class RiskReason:
    """signal: which reading speaks, its words stand under `risk.<signal>` in resources/phrases; points: what it added to the score, nats;
    rule: the rule that fired on it, empty where it is the score alone; missing: it was required and never measured."""

    signal: str
    points: float
    rule: str = ""
    missing: bool = False


@dataclass(frozen=True, slots=True)
class Assessment:
    """wanted: the gravest act, None where the policy asks for nothing; step_ups: every step up asked for, mildest first; probability: of
    fraud, calibrated as far as the policy is; reasons: heaviest first, those of rules before those of the score alone."""

    wanted: Act | None
    step_ups: tuple[StepUpKind, ...]
    probability: float
    reasons: tuple[RiskReason, ...]


def assess(policy: DecisionPolicy, asked: Asked, signals: Iterable[Signal]) -> Assessment:
    """Return what the policy says of these readings. Readings with the same name: the newest counts; the amount is taken from `asked`.

    A reading that is not to be believed at all is none where one is required.
    """
    read = {one.name: one for one in newest_of_each(signals) if one.name != AMOUNT}
    amount = amount_in(policy, asked)
    values = {name: one.value for name, one in read.items()} | ({} if amount is None else {AMOUNT: amount})
    points = {one.signal: _points(one, values.get(one.signal), read.get(one.signal)) for one in policy.score.weights}
    log_odds = policy.score.offset + policy.score.slope * math.fsum(points.values())
    probability = min(max(1.0 / (1.0 + math.exp(-min(max(log_odds, -_LONGEST), _LONGEST))), 1e-9), 1.0 - 1e-9)
    missing = [name for name in policy.required if name not in values or (name in read and read[name].confidence == 0.0)]
    fired = [rule for rule in policy.rules if _fires(rule, values)]
    wishes = [_of_band(band_of(policy, asked), probability, policy.step_up), *(rule.wanted for rule in fired)]
    if missing:
        wishes.append(Wanted(Act.REFER))
    wanted = max((wish.act for wish in wishes if wish is not None), key=tuple(Act).index, default=None)
    asked_for = {wish.step_up for wish in wishes if wish is not None}
    step_ups = tuple(kind for kind in StepUpKind if kind in asked_for)
    measured = {name: worth for name, worth in points.items() if name in values}
    return Assessment(wanted, step_ups, probability, _reasons(missing, fired, measured))


def amount_in(policy: DecisionPolicy, asked: Asked) -> float | None:
    """Return the amount in the policy's currency, None without one; in a currency without a rate it is as large as an amount can be."""
    if asked.amount_minor is None:
        return None
    if asked.currency == policy.currency:
        return float(asked.amount_minor)
    rate = dict(policy.rates).get(asked.currency)
    return KNOWN[AMOUNT].highest if rate is None else min(asked.amount_minor * rate, KNOWN[AMOUNT].highest)


def band_of(policy: DecisionPolicy, asked: Asked) -> Band:
    """Return the band a case falls into; a checked policy has one for every case. A payment without an amount meets the strictest."""
    amount = amount_in(policy, asked)
    of_case = [band for band in policy.bands if band.case is asked.case]
    within = [band for band in of_case if band.below is not None and amount is not None and amount < band.below]
    return within[0] if within else of_case[-1]


def _points(weight: SignalWeight, value: float | None, reading: Signal | None) -> float:
    if value is None:
        return weight.absent
    confidence = 1.0 if reading is None else reading.confidence
    return confidence * _on_lines(weight.at, weight.points, value) + (1.0 - confidence) * weight.absent


def _on_lines(at: tuple[float, ...], points: tuple[float, ...], value: float) -> float:
    after = bisect_right(at, value)
    if after == 0:
        return points[0]
    if after == len(at):
        return points[-1]
    share = (value - at[after - 1]) / (at[after] - at[after - 1])
    # Rounding must not carry a value beyond its neighbours: the score is monotone to the last bit.
    low, high = sorted((points[after - 1], points[after]))
    return min(max(points[after - 1] + share * (points[after] - points[after - 1]), low), high)


def _fires(rule: Rule, values: Mapping[str, float]) -> bool:
    return all(part.signal in values and _as_bad(part.signal, values[part.signal], part.limit) for part in rule.when)


def _as_bad(signal: str, value: float, limit: float) -> bool:
    return value >= limit if KNOWN[signal].worse is Worse.HIGHER else value <= limit


def _of_band(band: Band, probability: float, step_up: StepUpKind) -> Wanted | None:
    if band.decline < 1.0 and probability >= band.decline:
        return Wanted(Act.DECLINE)
    if probability >= band.refer:
        return Wanted(Act.REFER)
    return Wanted(Act.STEP_UP, step_up) if band.step_up < 1.0 and probability >= band.step_up else None


def _reasons(missing: list[str], fired: list[Rule], points: Mapping[str, float]) -> tuple[RiskReason, ...]:
    """points: of what was measured; what was not says nothing of the customer."""
    gravest = sorted(fired, key=lambda rule: (tuple(-part for part in rule.wanted.severity), rule.name))
    told = [RiskReason(name, 0.0, missing=True) for name in missing]
    told += [RiskReason(part.signal, points.get(part.signal, 0.0), rule.name) for rule in gravest for part in rule.when]
    named = {reason.signal for reason in told}
    heaviest = sorted(points.items(), key=lambda pair: (-pair[1], pair[0]))
    told += [RiskReason(name, worth) for name, worth in heaviest if worth >= LEAST_POINTS and name not in named]
    return tuple(told)
