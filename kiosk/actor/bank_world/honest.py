"""What honest people do: open accounts, pay, come back after years, misread digits and all, on days when the lamp is broken."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from kiosk.actor.bank_world.cases import BOOTH, DAY_S, DESK, NOBODY, Columns, Kind, Saw, Say, empty, judge
from kiosk.actor.bank_world.people import BOOTHS_EACH, BRANCHES, STATIONS_EACH, TELLERS_EACH, People, Staff

LIMIT_MINOR: Final = 1_000_000
"""From this amount on a payment is treated as large; who structures stays under it."""


@dataclass(frozen=True, slots=True)
class Span:
    """Days of the simulation: from `history` days before zero to `days` after; only cases after zero are scored."""

    history: int
    days: int


def opening_hours(rng: Generator, days: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return times in seconds: those days, within opening hours; Sunday's customers come on Monday."""
    whole = np.floor(days)
    weekday = whole.astype(int) % 7
    whole = np.where(weekday == 6, whole + 1, whole)
    saturday = whole.astype(int) % 7 == 5
    hour = np.where(saturday, rng.uniform(9, 13, len(days)), 9 + 9 * rng.beta(1.6, 1.6, len(days)))
    return np.asarray(whole * DAY_S + hour * 3600.0)


class Rooms:
    """Stations, tellers and bad days: what every case at a station has from its surroundings."""

    def __init__(self, rng: Generator, staff: Staff, span: Span) -> None:
        self._rng, self._staff = rng, staff
        stations, days = BRANCHES * STATIONS_EACH, span.history + span.days + 10
        self._from = -span.history
        self.lens = rng.normal(0.0, 0.35, stations)
        self.bad = np.where(rng.random((stations, days)) < 0.012, rng.uniform(1.0, 3.5, (stations, days)), 0.0)
        # A camera that fails slowly: a station gets worse over two weeks until somebody looks.
        for station in rng.integers(0, stations, stations // 20):
            start = int(rng.integers(0, max(1, days - 14)))
            self.bad[station, start : start + 14] += np.linspace(0.2, 2.5, min(14, days - start))

    def put(self, columns: Columns) -> None:
        """Choose station and teller of each case by its branch and channel, and measure as that station measures that day."""
        rng, count = self._rng, len(columns["time_s"])
        in_booth = columns["channel"] == BOOTH
        inside = np.where(in_booth, rng.integers(0, BOOTHS_EACH, count), rng.integers(BOOTHS_EACH, STATIONS_EACH, count))
        columns["station"] = columns["branch"] * STATIONS_EACH + inside
        day = (columns["time_s"] // DAY_S).astype(int) - self._from
        trouble = self.bad[columns["station"], np.clip(day, 0, self.bad.shape[1] - 1)] + self.lens[columns["station"]]
        columns["liveness_nats"] += rng.normal(3.2, 1.3, count) - trouble
        columns["match_nats"] += rng.normal(8.5, 2.6, count) - 0.8 * trouble
        columns["doubts"] += rng.poisson(0.05 + 0.08 * np.maximum(trouble, 0.0))
        columns["retries"] += rng.poisson(0.35 + 0.4 * np.maximum(trouble, 0.0))
        columns["rechecked"] += rng.random(count) < 0.003
        columns["station_nats"] += rng.normal(-5.0, 0.8, count)
        teller = columns["branch"] * TELLERS_EACH + rng.integers(0, TELLERS_EACH, count)
        usual = np.where(columns["kind"] == Kind.OPENING, 240.0, 150.0)
        pace = np.where(in_booth, 1.0, self._staff.pace[teller])
        columns["duration_s"] = usual * pace * np.exp(rng.normal(0.0, 0.35, count)) * (1 + 0.15 * columns["retries"])
        offline = rng.random(count) < 0.01
        columns["delay_s"] = np.where(offline, rng.uniform(600, 40_000, count), rng.exponential(4.0, count))
        judge(columns)
        self._dispose(columns, teller)

    def _dispose(self, columns: Columns, teller: NDArray[np.int64]) -> None:
        """A person decides wherever the station did not approve by itself, and at every desk."""
        rng, count = self._rng, len(teller)
        by_person = (columns["channel"] == DESK) | (columns["recommended"] != Say.APPROVE)
        columns["operator"] = np.where(by_person, teller, NOBODY)
        grave = (columns["liveness"] == Saw.AGAINST) | (columns["match"] == Saw.AGAINST) | (columns["holder"] == Saw.AGAINST)
        lets = rng.random(count) < np.where(grave, 0.5, 1.0) * self._staff.lenient[teller]
        approved = (columns["recommended"] == Say.APPROVE) | lets
        columns["decision"] = np.where(approved, Say.APPROVE, Say.DECLINE)
        colleague = columns["branch"] * TELLERS_EACH + (teller % TELLERS_EACH + rng.integers(1, TELLERS_EACH, count)) % TELLERS_EACH
        columns["second"] = np.where(approved & (columns["recommended"] != Say.APPROVE), colleague, NOBODY)


def opening_days(rng: Generator, people: People, span: Span) -> NDArray[np.float64]:
    """Return the day each customer opens an account; far before the history for those the ledger never saw opening."""
    days = np.asarray(rng.uniform(0, span.days, people.count))
    early = rng.random(people.count)
    days = np.where(early < 0.45, rng.uniform(-span.history, 0, people.count), days)
    days = np.where(early < 0.20, -2000.0, days)
    # Families come together, and so do those who arrive together.
    same = np.concatenate([[False], people.address[1:] == people.address[:-1]]) & (rng.random(people.count) < 0.3)
    lead = np.maximum.accumulate(np.where(same, 0, np.arange(people.count)))
    days = days[lead]
    for group in np.unique(people.together[people.together >= 0]):
        members = np.flatnonzero(people.together == group)
        days[members] = rng.uniform(-span.history, span.days - 5) + rng.uniform(0, 3, len(members))
    return np.asarray(days)


def openings(rng: Generator, people: People, days: NDArray[np.float64], rooms: Rooms) -> Columns:
    who = np.flatnonzero(days > -1500)
    columns = empty(len(who))
    columns["time_s"] = opening_hours(rng, days[who])
    columns["channel"] = (rng.random(len(who)) < 0.55).astype(np.int64)
    columns["branch"] = people.branch[who]
    _as_person(columns, people, who)
    for name in ("phone", "email", "address"):
        columns[name] = getattr(people, name)[who]
    rooms.put(columns)
    return columns


def second_openings(rng: Generator, people: People, days: NDArray[np.float64], rooms: Rooms, span: Span) -> Columns:
    """One customer in thirty opens another account: some have moved, some have another number, a few after years have all anew."""
    who = np.flatnonzero((days > -1500) & (days < 30) & (rng.random(people.count) < 0.033))
    columns = empty(len(who))
    soonest = np.maximum(days[who] + 40, 1)
    columns["time_s"] = opening_hours(rng, soonest + rng.random(len(who)) * (span.days - 2 - soonest))
    columns["channel"] = (rng.random(len(who)) < 0.55).astype(np.int64)
    columns["branch"] = people.branch[who]
    _as_person(columns, people, who)
    all_new = rng.random(len(who)) < 0.06
    for number, (name, often) in enumerate((("phone", 0.2), ("email", 0.15), ("address", 0.3))):
        new = (rng.random(len(who)) < often) | all_new
        columns[name] = np.where(new, (40 + number) * people.count + who, getattr(people, name)[who])
    rooms.put(columns)
    return columns


def payments(rng: Generator, people: People, days: NDArray[np.float64], rooms: Rooms, span: Span) -> Columns:
    """High-value payments: houses, cars, notaries; few people often, most people seldom, some after years."""
    rate = rng.gamma(0.6, 1.5, people.count)
    often = rng.poisson(rate * (span.history + span.days) / 180.0)
    who = np.repeat(np.arange(people.count), often)
    when = rng.uniform(-span.history, span.days, len(who))
    kept = when > days[who] + 2
    who, when = who[kept], when[kept]
    columns = empty(len(who))
    columns["kind"] = np.full(len(who), Kind.PAYMENT)
    columns["time_s"] = opening_hours(rng, when)
    columns["channel"] = (rng.random(len(who)) < 0.7).astype(np.int64)
    away = rng.random(len(who)) < 0.12
    columns["branch"] = np.where(away, rng.integers(0, BRANCHES, len(who)), people.branch[who])
    _as_person(columns, people, who)
    columns["account"] = who
    columns["amount_minor"] = _amounts(rng, len(who))
    columns["payee"] = _payees(rng, people, who, when)
    aged = (days[who] < -300) & (people.age[who] >= 2)
    columns["holder"] = np.select(
        [rng.random(len(who)) < 0.06, rng.random(len(who)) < np.where(aged, 0.10, 0.035), rng.random(len(who)) < 0.004],
        [Saw.ABSENT, Saw.UNSURE, Saw.AGAINST], Saw.VOUCHES,
    )  # fmt: skip
    _misread_and_renewed(rng, columns, people)
    rooms.put(columns)
    return columns


def _as_person(columns: Columns, people: People, who: NDArray[np.int64]) -> None:
    columns["person"], columns["face"] = who.copy(), who.copy()
    for name in ("born", "document", "age", "sex", "nation"):
        columns[name] = getattr(people, name)[who].copy()


def _amounts(rng: Generator, count: int) -> NDArray[np.int64]:
    """Lognormal around 4,500; people like round sums, and some know the limit."""
    amount = np.exp(rng.normal(np.log(450_000), 0.9, count))
    amount = np.where(rng.random(count) < 0.5, np.round(amount / 50_000) * 50_000, amount)
    amount = np.where(rng.random(count) < 0.02, rng.uniform(0.9, 0.999, count) * LIMIT_MINOR, amount)
    return np.asarray(np.maximum(amount, 100_000), np.int64)


def _payees(rng: Generator, people: People, who: NDArray[np.int64], when: NDArray[np.float64]) -> NDArray[np.int64]:
    """Merchants known for long, one builder who sells a whole street within weeks, strangers, and other customers: family first."""
    count = len(who)
    merchants = 3 * people.count + (rng.pareto(0.9, count) * 3).astype(np.int64) % 4000
    strangers = 4 * people.count + rng.integers(0, 10 * people.count, count)
    # A builder sells for a month; who pays him then comes from anywhere.
    builders = 20 * people.count + (when // 30).astype(np.int64) * 3 + rng.integers(0, 3, count)
    family = np.clip(who + rng.choice([-2, -1, 1, 2], size=count), 0, people.count - 1)
    friends = rng.integers(0, people.count, count)
    which = rng.choice(5, size=count, p=[0.52, 0.30, 0.03, 0.10, 0.05])
    return np.asarray(np.choose(which, [merchants, strangers, builders, family, friends]), np.int64)


def _misread_and_renewed(rng: Generator, columns: Columns, people: People) -> None:
    """A digit misread in three of a thousand (and doubted then), a renewed document in one of twenty, a married name in one of 250."""
    count = len(columns["person"])
    misread = rng.random(count) < 0.003
    place = 10 ** rng.integers(0, 9, count)
    digit = columns["document"] // place % 10
    wrong = columns["document"] + ((digit + rng.integers(1, 10, count)) % 10 - digit) * place
    columns["document"] = np.where(misread, wrong, columns["document"])
    columns["doubts"] += misread
    renewed = (columns["person"] % 20 == 7) & (columns["time_s"] > 60 * DAY_S)
    columns["document"] = np.where(renewed, 100_000_000 + columns["person"] * 7_919 % 900_000_000, columns["document"])
    married = (columns["person"] % 250 == 99) & (columns["time_s"] > 90 * DAY_S)
    columns["person"] = np.where(married, columns["person"] + 30 * people.count, columns["person"])
    columns["document"] = np.where(married, 100_000_000 + columns["face"] * 104_729 % 900_000_000, columns["document"])
