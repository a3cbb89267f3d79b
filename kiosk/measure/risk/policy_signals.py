"""What a station's policy would have been told of each simulated case: the signals of which the simulated bank has the figures."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from kiosk.actor.bank_world.cases import DAY_S, NOBODY, Columns, Kind, Say
from kiosk.actor.bank_world.world import World

Reals = NDArray[np.float64]
Whole = NDArray[np.int64]
HOUR_S: Final = 3_600.0
_KNOWN_DAYS: Final = 2_000.0
"""Age of an account that was opened before the simulated history begins."""


def signals_of(world: World) -> dict[str, Reals]:
    """Return columns by the signal's name, nan where a station would not have measured it."""
    cases = world.columns
    approved_over = (cases["decision"] == Say.APPROVE) & (cases["recommended"] != Say.APPROVE)
    refused = cases["decision"] != Say.APPROVE
    paying = cases["kind"] == Kind.PAYMENT
    at, station = cases["time_s"], cases["station"]
    here = cases["document"] * 1_000 + station
    by_person = cases["operator"] != NOBODY
    return {
        "identity.match-ratio": cases["match_nats"].astype(float),
        "identity.liveness-cues": cases["liveness_nats"].astype(float),
        "identity.liveness-wrong": cases["retries"].astype(float),
        "context.amount": np.where(paying, cases["amount_minor"], np.nan).astype(float),
        "context.account-age": np.where(paying, _account_age(cases), np.nan),
        "context.earlier-attempts": _before(here, at, DAY_S),
        "context.earlier-refusals": _before(here, at, DAY_S, refused),
        "context.station-cases-hour": _before(station, at, HOUR_S),
        "context.station-declined-day": _before(station, at, DAY_S, cases["decision"] == Say.DECLINE),
        "operator.overrides-today": np.where(by_person, _before(cases["operator"], at, DAY_S, approved_over), np.nan),
    }


def _before(of: Whole, at: Reals, within_s: float, counted: NDArray[np.bool_] | None = None) -> Reals:
    """Return for each case how many earlier ones of the same number came within so many seconds before it. at: rising."""
    counts = np.ones(len(of), bool) if counted is None else counted
    order = np.lexsort((at, of))
    # Numbers in a row, far enough apart in time that a window never reaches into the one before.
    apart = np.unique(of[order], return_inverse=True)[1] * 1e10
    line = apart + at[order]
    first = np.searchsorted(line, line - within_s, side="left")
    total = np.concatenate([[0], np.cumsum(counts[order])])
    found = np.empty(len(of))
    found[order] = total[:-1] - total[np.minimum(first, np.arange(len(of)))]
    return found


def _account_age(cases: Columns) -> Reals:
    """Return days since the account's holder opened it, as far as the bank saw that."""
    opening = np.flatnonzero(cases["kind"] == Kind.OPENING)
    holders, first = np.unique(cases["person"][opening], return_index=True)
    opened = cases["time_s"][opening][first]
    place = np.minimum(np.searchsorted(holders, cases["account"]), len(holders) - 1)
    known = holders[place] == cases["account"]
    days = np.maximum(cases["time_s"] - opened[place], 0.0) / DAY_S
    return np.where(known, days, _KNOWN_DAYS)
