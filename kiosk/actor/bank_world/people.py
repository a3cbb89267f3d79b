"""Who lives around the branches: households, big houses, hostels, homes, dormitories; and who works in them.

Shares are set by judgement, not taken from a census; what matters is that honest people share addresses, phones and document series too.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

BRANCHES: Final = 20
STATIONS_EACH: Final = 10
BOOTHS_EACH: Final = 4
TELLERS_EACH: Final = 12

Whole = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class People:
    """Columns, one row a customer. together: number of the group that opens accounts within days (seasonal workers, a dormitory), or -1;
    document: nine digits; born: day of birth as a number."""

    address: Whole
    phone: Whole
    email: Whole
    document: Whole
    born: Whole
    branch: Whole
    age: Whole
    sex: Whole
    nation: Whole
    together: Whole

    @property
    def count(self) -> int:
        return len(self.address)


def draw_people(rng: Generator, count: int) -> People:
    sizes = rng.choice([1, 2, 3, 4, 5], size=count, p=[0.38, 0.32, 0.13, 0.12, 0.05])
    household = np.repeat(np.arange(count), sizes)[:count]
    first = np.concatenate([[True], household[1:] != household[:-1]])
    lead = np.maximum.accumulate(np.where(first, np.arange(count), 0))
    weights = 1.0 / np.arange(1, BRANCHES + 1) ** 0.5
    branch = rng.choice(BRANCHES, size=count, p=weights / weights.sum())[lead]
    # One house in thirty gives no flat number: its address is that of all its households.
    big = (rng.random(count) < 0.03)[lead]
    address = np.where(big, count + rng.integers(0, max(1, count // 1500), count)[lead], lead)
    phone = np.where(rng.random(count) < 0.18, lead, np.arange(count))
    email = np.where(rng.random(count) < 0.08, lead, np.arange(count))
    document = rng.integers(100_000_000, 1_000_000_000, count)
    ordered_together = (rng.random(count) < 0.12)[lead] & ~first
    document = np.where(ordered_together, document[lead] + np.arange(count) - lead, document)
    people = People(
        address, phone, email, document,
        born=rng.integers(0, 25_000, count),
        branch=branch,
        age=rng.choice(4, size=count, p=[0.24, 0.36, 0.27, 0.13]),
        sex=rng.integers(0, 2, count),
        nation=rng.choice(3, size=count, p=[0.82, 0.11, 0.07])[lead],
        together=np.full(count, -1),
    )  # fmt: skip
    _institutions(rng, people)
    _go_betweens(rng, people)
    return people


def _institutions(rng: Generator, people: People) -> None:
    """Some people live where many share an address, and a phone: hostels of seasonal workers, dormitories, homes for the old."""
    scale = people.count / 100_000
    next_number = 2 * people.count
    at = 0
    for name, groups, (least, most) in (("hostel", 25, (12, 40)), ("dormitory", 12, (60, 150)), ("home", 30, (10, 25))):
        for _ in range(max(1, round(groups * scale))):
            size = int(rng.integers(least, most + 1))
            members = np.arange(at, min(at + size, people.count))
            at += size
            next_number += 1
            people.address[members] = next_number
            people.branch[members] = rng.integers(0, BRANCHES)
            own = np.arange(len(members)) + members[0]
            shares = {"hostel": 0.4, "dormitory": 0.0, "home": 0.7}[name]
            people.phone[members] = np.where(rng.random(len(members)) < shares, next_number, own)
            people.email[members] = own
            people.document[members] = rng.integers(100_000_000, 1_000_000_000, len(members))
            if name == "hostel":
                batch = rng.random(len(members)) < 0.1
                people.document[members] = np.where(batch, people.document[members[0]] + np.arange(len(members)), people.document[members])
                people.nation[members] = rng.choice([1, 2], size=len(members), p=[0.6, 0.4])
            youngest, oldest = {"hostel": (0, 1), "dormitory": (0, 0), "home": (3, 3)}[name]
            people.age[members] = rng.integers(youngest, oldest + 1, len(members))
            people.together[members] = -1 if name == "home" else next_number


def _go_betweens(rng: Generator, people: People) -> None:
    """Honest people whose phone or mail is somebody else's: parents who give a child's, clients of a guardian, numbers given out again."""
    count = people.count
    for column in (people.phone, people.email):
        child = rng.random(count) < 0.012
        column[child] = column[rng.integers(0, count, int(child.sum()))]
        for _ in range(max(1, count // 6000)):
            clients = rng.integers(0, count, int(rng.integers(4, 16)))
            column[clients] = 3 * count + int(rng.integers(0, count))


@dataclass(frozen=True, slots=True, eq=False)
class Staff:
    """Tellers by number; branch b has those from b * TELLERS_EACH on. pace: how long they take, 1.0 usual; lenient: how readily they
    approve what was not recommended, 0..1."""

    pace: NDArray[np.float64]
    lenient: NDArray[np.float64]


def draw_staff(rng: Generator) -> Staff:
    count = BRANCHES * TELLERS_EACH
    return Staff(np.exp(rng.normal(0.0, 0.15, count)), rng.beta(30, 3, count))


def pick(rng: Generator, several: Any, count: int) -> Whole:
    return np.asarray(rng.choice(np.asarray(several), size=count), np.int64)
