"""What was found, how soon, and at whose cost."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from kiosk.actor.bank_world.knobs import PATTERNS
from kiosk.actor.bank_world.world import World
from kiosk.measure.risk.replay import Replayed

LONGEST_DAYS: Final = 30.0
"""A case that was never found, or later than this, counts as found after so many days."""
_GROUPS: Final = {
    "age": ("18-29", "30-49", "50-69", "70 and over"),
    "sex": ("one", "other"),
    "nationality": ("home", "neighbours", "elsewhere"),
}
_COLUMN: Final = {"age": "age", "sex": "sex", "nationality": "nation"}


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """One replay of one bank, the scored span alone. delay_days: from a case to its referral, inf for never."""

    pattern: NDArray[np.int64]
    scheme: NDArray[np.int64]
    time_s: NDArray[np.float64]
    referred: NDArray[np.bool_]
    on_arrival: NDArray[np.bool_]
    delay_days: NDArray[np.float64]
    groups: dict[str, NDArray[np.int64]]


def found(world: World, done: Replayed) -> Found:
    count = world.count
    at = np.full(count, math.inf)
    for row, when in done.referred.items():
        at[row] = when
    arrived = np.zeros(count, bool)
    arrived[list(done.on_arrival)] = True
    columns = world.columns
    scored = columns["time_s"] >= 0
    delay = np.maximum(at - columns["time_s"], 0.0) / 86_400.0
    return Found(
        columns["pattern"][scored],
        columns["scheme"][scored],
        columns["time_s"][scored],
        np.isfinite(at[scored]),
        arrived[scored],
        delay[scored],
        {name: columns[column][scored] for name, column in _COLUMN.items()},
    )


def by_pattern(looped: Sequence[Found], alone: Sequence[Found]) -> dict[str, dict[str, Any]]:
    """Return the figures of each pattern over all banks, with the loop and without."""
    return {name: _pattern(number, looped) | {"without_loop": _pattern(number, alone)} for number, name in enumerate(PATTERNS)}


def _pattern(number: int, banks: Sequence[Found]) -> dict[str, Any]:
    mine = [bank.pattern == number for bank in banks]
    referred = np.concatenate([bank.referred[here] for bank, here in zip(banks, mine, strict=True)])
    arrived = np.concatenate([bank.on_arrival[here] for bank, here in zip(banks, mine, strict=True)])
    delay = np.concatenate([bank.delay_days[here] for bank, here in zip(banks, mine, strict=True)])
    firsts = [first for bank, here in zip(banks, mine, strict=True) for first in _first_found_days(bank, here)]
    low, high = wilson(int(referred.sum()), len(referred))
    return {
        "cases": len(referred),
        "schemes": len(firsts),
        "detected_at_1pct": round(float(referred.mean()), 4),
        "interval_95": [round(low, 3), round(high, 3)],
        "on_arrival": round(float(arrived.mean()), 4),
        "schemes_found": round(float(np.isfinite(firsts).mean()), 4),
        "days_to_detection_mean": round(float(np.minimum(delay, LONGEST_DAYS).mean()), 2),
        "days_to_first_of_scheme_median": round(float(np.median(np.minimum(firsts, LONGEST_DAYS))), 2),
    }


def _first_found_days(bank: Found, mine: NDArray[np.bool_]) -> list[float]:
    """Return for each scheme the days from its first case to the first time any of its cases was referred."""
    days = []
    for scheme in np.unique(bank.scheme[mine]):
        here = mine & (bank.scheme == scheme)
        began = bank.time_s[here].min()
        days.append(float((bank.time_s[here] / 86_400.0 + bank.delay_days[here]).min() - began / 86_400.0))
    return days


def referrals(banks: Sequence[Found]) -> dict[str, Any]:
    cases = sum(len(bank.pattern) for bank in banks)
    referred = sum(int(bank.referred.sum()) for bank in banks)
    right = sum(int((bank.referred & (bank.pattern >= 0)).sum()) for bank in banks)
    frauds = sum(int((bank.pattern >= 0).sum()) for bank in banks)
    return {"cases": cases, "frauds": frauds, "share": round(referred / cases, 5), "right": round(right / max(referred, 1), 4)}


def false_by_group(banks: Sequence[Found]) -> dict[str, dict[str, Any]]:
    """Return for each group of honest people how many are referred. The groups exist in the simulation alone."""
    table: dict[str, dict[str, Any]] = {}
    for name, words in _GROUPS.items():
        table[name] = {}
        for number, word in enumerate(words):
            honest = [(bank.pattern < 0) & (bank.groups[name] == number) for bank in banks]
            cases = sum(int(here.sum()) for here in honest)
            wrong = sum(int(bank.referred[here].sum()) for bank, here in zip(banks, honest, strict=True))
            low, high = wilson(wrong, cases)
            table[name][word] = {
                "cases": cases,
                "false_referrals": round(wrong / max(cases, 1), 5),
                "interval_95": [round(low, 5), round(high, 5)],
            }
    return table


def wilson(hits: int, of: int) -> tuple[float, float]:
    """Return the 95 % interval of a share (Wilson 1927)."""
    if of == 0:
        return 0.0, 1.0
    z, share = 1.96, hits / of
    middle = (share + z * z / (2 * of)) / (1 + z * z / of)
    half = z / (1 + z * z / of) * math.sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    return max(middle - half, 0.0), min(middle + half, 1.0)
