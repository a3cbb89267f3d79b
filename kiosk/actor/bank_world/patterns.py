"""Twelve frauds, each a scheme of several cases. What the station itself would stop is not played: these are the cases that get through.

Each function draws one scheme and returns its cases, as drafts; `docs/risk.md` tells the stories.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from kiosk.actor.bank_world.cases import BOOTH, DAY_S, DESK, NOBODY, Columns, Kind, Saw, Say, empty
from kiosk.actor.bank_world.honest import LIMIT_MINOR, Rooms, Span, opening_hours
from kiosk.actor.bank_world.knobs import PATTERNS, Knobs, Range
from kiosk.actor.bank_world.people import BOOTHS_EACH, BRANCHES, STATIONS_EACH, TELLERS_EACH, People


@dataclass(slots=True)
class Draft:
    """One case before a station sees it. day: when; unskilled: how badly it passes checks, 0..1; station, teller, second: where the
    scheme chooses them; pace: how long it takes, 1.0 usual; smooth: the station tells a story without retries or doubts; hour: of the
    day, where the scheme chooses it."""

    day: float
    kind: int = Kind.OPENING
    channel: int = DESK
    branch: int = 0
    person: int = NOBODY
    born: int = 0
    document: int = 0
    phone: int = NOBODY
    email: int = NOBODY
    address: int = NOBODY
    account: int = NOBODY
    payee: int = NOBODY
    amount_minor: int = 0
    holder: int = Saw.VOUCHES
    run: int = NOBODY
    face: int = NOBODY
    group: tuple[int, int, int] = (1, 0, 0)
    liveness_off: float = 0.0
    match_off: float = 0.0
    doubts: int = 0
    rechecked: int = 0
    station_off: float = 0.0
    station: int = NOBODY
    teller: int = NOBODY
    second: int = NOBODY
    pace: float = 1.0
    smooth: bool = False
    hour: float | None = None


@dataclass(slots=True)
class Stage:
    """What schemes draw from. fresh: numbers nobody has yet."""

    rng: Generator
    people: People
    opened: NDArray[np.float64]
    span: Span
    next_number: int = field(default=2_000_000_000)

    def fresh(self) -> int:
        self.next_number += 1
        return self.next_number

    def within(self, bounds: Range) -> float:
        return float(self.rng.uniform(*bounds))

    def size(self, knobs: Knobs) -> int:
        return int(self.rng.integers(int(knobs.size[0]), int(knobs.size[1]) + 1))

    def days(self, knobs: Knobs, count: int) -> list[float]:
        """Return sorted days of a scheme that fits into the scored span."""
        length = min(self.within(knobs.days), self.span.days - 2)
        start = self.rng.uniform(0.5, max(1.0, self.span.days - length - 1))
        return sorted(start + self.rng.uniform(0, length, count))

    def branch(self) -> int:
        return int(self.rng.integers(0, BRANCHES))

    def number(self) -> int:
        return int(self.rng.integers(100_000_000, 1_000_000_000))

    def group(self) -> tuple[int, int, int]:
        return int(self.rng.integers(0, 4)), int(self.rng.integers(0, 2)), int(self.rng.choice(3, p=[0.75, 0.15, 0.10]))

    def chance(self, share: float) -> bool:
        return bool(self.rng.random() < share)

    def stranger(self, day: float, **known: int) -> Draft:
        """Return somebody nobody knows, opening an account with everything of their own, but for what is given."""
        base = Draft(
            day,
            branch=self.branch(),
            channel=DESK if self.chance(0.5) else BOOTH,
            person=self.fresh(),
            born=int(self.rng.integers(0, 25_000)),
            document=self.number(),
            phone=self.fresh(),
            email=self.fresh(),
            address=self.fresh(),
            face=self.fresh(),
            group=self.group(),
        )
        for name, value in known.items():
            setattr(base, name, value)
        return base

    def pays(self, day: float, opener: Draft, payee: int, amount: int) -> Draft:
        """Return a payment from the account that a draft opened."""
        return Draft(
            day,
            kind=Kind.PAYMENT,
            branch=opener.branch if self.chance(0.7) else self.branch(),
            channel=DESK,
            person=opener.person,
            born=opener.born,
            document=opener.document,
            account=opener.person,
            payee=payee,
            amount_minor=amount,
            face=opener.face,
            group=opener.group,
        )

    def forged(self, draft: Draft, skill: float) -> None:
        """Make a forged document and an impostor's face pass as well as that skill lets them."""
        poor = 1.0 - skill
        draft.match_off -= float(self.rng.gamma(2.0, 2.2 * poor))
        draft.doubts += int(self.chance(0.7 * poor))
        draft.station_off += float(self.rng.gamma(2.0, 0.8 * poor))


def mule_ring(stage: Stage, knobs: Knobs) -> list[Draft]:
    """A recruiter has young people open accounts in their own names; half of the cases are openings, the rest pays on to a collector."""
    share, size = stage.within(knobs.share), stage.size(knobs)
    members = max(3, size // 2)
    phones = [stage.fresh() for _ in range(max(1, members // 4))]
    addresses = [stage.fresh() for _ in range(max(1, members // 4))]
    collectors = [stage.fresh() for _ in range(1 + stage.chance(0.4))]
    home = stage.branch()
    opened = []
    for day in stage.days(knobs, members):
        one = stage.stranger(day, branch=home if stage.chance(0.6) else stage.branch())
        one.group = (0, one.group[1], one.group[2])
        if stage.chance(share):
            one.phone = int(stage.rng.choice(phones))
        if stage.chance(0.6 * share):
            one.address = int(stage.rng.choice(addresses))
        opened.append(one)
    paid = []
    for one in opened[: size - members]:
        wait, amount = stage.rng.uniform(4, 20), int(stage.rng.uniform(0.3, 1.4) * LIMIT_MINOR)
        paid.append(stage.pays(one.day + wait, one, int(stage.rng.choice(collectors)), amount))
    return opened + paid


def synthetic_identities(stage: Stage, knobs: Knobs) -> list[Draft]:
    """People who do not exist: cards printed from one template, two or three drop addresses, phones bought in pairs."""
    share, skill = stage.within(knobs.share), stage.within(knobs.skill)
    size = stage.size(knobs)
    series = stage.number() // 100 * 100
    addresses = [stage.fresh() for _ in range(max(2, size // 5))]
    phones = [stage.fresh() for _ in range(max(2, size // 3))]
    drafts = []
    for day in stage.days(knobs, size):
        one = stage.stranger(day)
        if stage.chance(share):
            one.document = series + int(stage.rng.integers(0, 100))
        if stage.chance(share):
            one.address = int(stage.rng.choice(addresses))
        if stage.chance(0.7 * share):
            one.phone = int(stage.rng.choice(phones))
        stage.forged(one, skill)
        drafts.append(one)
    return drafts


def one_face_many_names(stage: Stage, knobs: Knobs) -> list[Draft]:
    """One person, a new forged document each time."""
    share, skill, face = stage.within(knobs.share), stage.within(knobs.skill), stage.fresh()
    group, addresses = stage.group(), [stage.fresh(), stage.fresh()]
    drafts = []
    for day in stage.days(knobs, stage.size(knobs)):
        one = stage.stranger(day, face=face)
        one.group = group
        if stage.chance(share):
            one.address = int(stage.rng.choice(addresses))
        stage.forged(one, skill)
        drafts.append(one)
    return drafts


def insider_approvals(stage: Stage, knobs: Knobs) -> list[Draft]:
    """A teller approves people who do not pass, in quiet hours, and the same colleague signs without looking."""
    share, skill = stage.within(knobs.share), stage.within(knobs.skill)
    branch = stage.branch()
    teller = branch * TELLERS_EACH + int(stage.rng.integers(0, TELLERS_EACH))
    second = branch * TELLERS_EACH + (teller + int(stage.rng.integers(1, TELLERS_EACH))) % TELLERS_EACH
    drop = [stage.fresh(), stage.fresh()]
    drafts = []
    for day in stage.days(knobs, stage.size(knobs)):
        one = stage.stranger(day, branch=branch, channel=DESK, teller=teller)
        one.second = second if stage.chance(0.8) else NOBODY
        one.match_off = -float(stage.rng.uniform(3, 9) * (1 - 0.5 * skill))
        one.doubts = int(stage.chance(0.8 * (1 - skill) + 0.2))
        one.pace = float(stage.rng.uniform(0.4, 0.8))
        one.hour = float(stage.rng.choice([9.2, 12.6, 17.6])) + float(stage.rng.uniform(-0.2, 0.3)) if stage.chance(0.6) else None
        if stage.chance(share):
            one.address = int(stage.rng.choice(drop))
        drafts.append(one)
    return drafts


def stolen_document(stage: Stage, knobs: Knobs) -> list[Draft]:
    """A thief, alike enough, uses other people's true documents; most of the victims are customers."""
    share, skill, face = stage.within(knobs.share), stage.within(knobs.skill), stage.fresh()
    phones, addresses = [stage.fresh(), stage.fresh()], [stage.fresh(), stage.fresh()]
    known = np.flatnonzero((stage.opened > -1500) & (stage.opened < 0))
    drafts = []
    for day in stage.days(knobs, stage.size(knobs)):
        one = stage.stranger(day, face=face)
        if stage.chance(0.6):
            victim = int(stage.rng.choice(known))
            one.person, one.document, one.born = victim, int(stage.people.document[victim]), int(stage.people.born[victim])
            one.group = (int(stage.people.age[victim]), int(stage.people.sex[victim]), int(stage.people.nation[victim]))
        if stage.chance(share):
            one.phone = int(stage.rng.choice(phones))
        if stage.chance(share):
            one.address = int(stage.rng.choice(addresses))
        one.match_off = -float(stage.rng.normal(7.5, 2.0) * (1 - 0.6 * skill))
        one.station_off = float(stage.rng.gamma(2.0, 0.8 * (1 - skill)))
        drafts.append(one)
    return drafts


def replayed_injection(stage: Stage, knobs: Knobs) -> list[Draft]:
    """A virtual camera plays recordings of a few faces into a booth, for one invented name after another."""
    share, skill = stage.within(knobs.share), stage.within(knobs.skill)
    branch = stage.branch()
    booths = [branch * STATIONS_EACH + int(stage.rng.integers(0, BOOTHS_EACH)) for _ in range(2)]
    recordings = [(stage.fresh(), stage.fresh()) for _ in range(1 + stage.chance(0.5))]
    drafts = []
    for day in stage.days(knobs, stage.size(knobs)):
        face, run = recordings[int(stage.rng.integers(0, len(recordings)))]
        one = stage.stranger(day, channel=BOOTH, branch=branch, face=face, station=int(stage.rng.choice(booths)))
        one.run = run if stage.chance(share) else NOBODY
        one.liveness_off = -float(stage.rng.gamma(2.0, 1.6 * (1 - skill)))
        one.rechecked = int(stage.chance(0.5 * (1 - skill)))
        one.station_off = float(stage.rng.gamma(2.0, 1.6 * (1 - skill)))
        stage.forged(one, skill)
        drafts.append(one)
    return drafts


def burst_openings(stage: Stage, knobs: Knobs) -> list[Draft]:
    """A crew with prepared identities empties its list into one branch within hours."""
    share, skill, size = stage.within(knobs.share), stage.within(knobs.skill), stage.size(knobs)
    branch, series = stage.branch(), stage.number() // 100 * 100
    booths = [branch * STATIONS_EACH + number for number in stage.rng.choice(BOOTHS_EACH, 2, replace=False)]
    day = float(np.floor(stage.rng.uniform(1, stage.span.days - 2)))
    day += 1.0 if int(day) % 7 >= 5 else 0.0
    day += 1.0 if int(day) % 7 >= 5 else 0.0
    start, hours = stage.rng.uniform(9.2, 13), stage.within(knobs.days) * 10
    faces = [stage.fresh() for _ in range(max(3, size // 2))]
    drafts = []
    for hour in sorted(stage.rng.uniform(start, min(17.9, start + hours), size)):
        one = stage.stranger(day, channel=BOOTH, branch=branch, station=int(stage.rng.choice(booths)), face=int(stage.rng.choice(faces)))
        one.hour = float(hour)
        one.pace = float(stage.rng.uniform(0.5, 0.9))
        if stage.chance(share):
            one.document = series + int(stage.rng.integers(0, 100))
        stage.forged(one, skill)
        drafts.append(one)
    return drafts


def dormant_takeover(stage: Stage, knobs: Knobs) -> list[Draft]:
    """Accounts silent for years are emptied with forged documents in the holders' names; the money goes to one or two payees."""
    share, skill = stage.within(knobs.share), stage.within(knobs.skill)
    payees = [stage.fresh() for _ in range(1 + stage.chance(0.5))]
    faces = [stage.fresh(), stage.fresh()]
    silent = np.flatnonzero((stage.opened > -1500) & (stage.opened < -250))
    drafts = []
    for day in stage.days(knobs, stage.size(knobs)):
        victim = int(stage.rng.choice(silent))
        holder = int(stage.rng.choice([Saw.VOUCHES, Saw.UNSURE, Saw.ABSENT], p=[0.1 + 0.4 * skill, 0.5 - 0.2 * skill, 0.4 - 0.2 * skill]))
        one = Draft(
            day, kind=Kind.PAYMENT, branch=stage.branch(), channel=DESK, person=victim, born=int(stage.people.born[victim]),
            document=stage.number() if stage.chance(0.7) else int(stage.people.document[victim]), account=victim,
            payee=int(stage.rng.choice(payees)) if stage.chance(share) else stage.fresh(),
            amount_minor=int(stage.rng.uniform(0.7, 4.0) * LIMIT_MINOR), holder=holder, face=int(stage.rng.choice(faces)),
            group=(int(stage.people.age[victim]), int(stage.people.sex[victim]), int(stage.people.nation[victim])),
        )  # fmt: skip
        stage.forged(one, skill)
        drafts.append(one)
    return drafts


def altered_number(stage: Stage, knobs: Knobs) -> list[Draft]:
    """One true card, one digit altered each time, perhaps a letter of the name: a second and a third account of one person."""
    share, skill = stage.within(knobs.share), stage.within(knobs.skill)
    first = stage.stranger(0.0)
    drafts = []
    for nth, day in enumerate(stage.days(knobs, stage.size(knobs))):
        one = stage.stranger(day, born=first.born, face=first.face, person=first.person, document=first.document)
        one.group = first.group
        if nth:
            place = 10 ** int(stage.rng.integers(0, 9))
            digit = first.document // place % 10
            one.document = first.document + ((digit + int(stage.rng.integers(1, 10))) % 10 - digit) * place
            if one.document < 100_000_000:
                one.document += 500_000_000
            one.person = stage.fresh() if stage.chance(0.6) else first.person
            one.doubts = int(stage.chance(0.5 * (1 - skill)))
        if stage.chance(share):
            one.address = first.address
        drafts.append(one)
    return drafts


def teller_and_station(stage: Stage, knobs: Knobs) -> list[Draft]:
    """A teller and a tampered station: whatever is shown, the station tells of a smooth check, quickly done."""
    share, skill = stage.within(knobs.share), stage.within(knobs.skill)
    branch = stage.branch()
    station = branch * STATIONS_EACH + BOOTHS_EACH + int(stage.rng.integers(0, STATIONS_EACH - BOOTHS_EACH))
    teller = branch * TELLERS_EACH + int(stage.rng.integers(0, TELLERS_EACH))
    faces = [stage.fresh() for _ in range(3)]
    drafts = []
    for day in stage.days(knobs, stage.size(knobs)):
        one = stage.stranger(day, branch=branch, channel=DESK, station=station, teller=teller)
        one.face = int(stage.rng.choice(faces)) if stage.chance(share) else one.face
        one.smooth = stage.chance(0.9)
        one.pace = float(stage.rng.uniform(0.3, 0.6))
        one.rechecked = int(stage.chance(0.15 + 0.5 * (1 - skill)))
        drafts.append(one)
    return drafts


def low_and_slow(stage: Stage, knobs: Knobs) -> list[Draft]:
    """A few accounts pay, always just under the limit, days apart, in changing branches, to the same one or two payees."""
    share = stage.within(knobs.share)
    size = stage.size(knobs)
    owners = [stage.stranger(-float(stage.rng.uniform(5, 90))) for _ in range(max(2, size // 5))]
    payees = [stage.fresh() for _ in range(2)]
    drafts = []
    for day in stage.days(knobs, size):
        owner = owners[int(stage.rng.integers(0, len(owners)))]
        payee = int(stage.rng.choice(payees)) if stage.chance(share) else stage.fresh()
        one = stage.pays(day, owner, payee, int(stage.rng.uniform(0.86, 0.995) * LIMIT_MINOR))
        one.branch = stage.branch()
        drafts.append(one)
    return drafts


def shared_phones(stage: Stage, knobs: Knobs) -> list[Draft]:
    """Two or three phones and mail boxes serve a dozen strangers with addresses of their own, all over the bank."""
    share, size = stage.within(knobs.share), stage.size(knobs)
    phones = [stage.fresh() for _ in range(max(2, size // 6))]
    emails = [stage.fresh() for _ in range(max(2, size // 5))]
    drafts = []
    for day in stage.days(knobs, size):
        one = stage.stranger(day)
        if stage.chance(share):
            one.phone = int(stage.rng.choice(phones))
        if stage.chance(0.6 * share):
            one.email = int(stage.rng.choice(emails))
        stage.forged(one, stage.within(knobs.skill))
        drafts.append(one)
    return drafts


SCHEMES: Final[tuple[Callable[[Stage, Knobs], list[Draft]], ...]] = (
    mule_ring,
    synthetic_identities,
    one_face_many_names,
    insider_approvals,
    stolen_document,
    replayed_injection,
    burst_openings,
    dormant_takeover,
    altered_number,
    teller_and_station,
    low_and_slow,
    shared_phones,
)
"""In the order of `PATTERNS`."""

assert len(SCHEMES) == len(PATTERNS)


def played(stage: Stage, rooms: Rooms, knobs: dict[str, Knobs], cases_each: int) -> Columns:
    """Draw schemes of every pattern until each has about so many cases; return all their cases."""
    drafts: list[tuple[int, int, Draft]] = []
    scheme = 0
    for number, (name, draw) in enumerate(zip(PATTERNS, SCHEMES, strict=True)):
        mine = 0
        while mine < cases_each:
            made = [one for one in draw(stage, knobs[name]) if one.day < stage.span.days]
            drafts += [(number, scheme, one) for one in made]
            mine += len(made)
            scheme += 1
    return _at_stations(stage.rng, rooms, drafts)


_AS_DRAFTED: Final = (
    "kind", "channel", "branch", "person", "born", "document", "phone", "email", "address", "account", "payee", "amount_minor", "holder",
    "run", "face", "doubts", "rechecked",
)  # fmt: skip


def _at_stations(rng: Generator, rooms: Rooms, drafts: list[tuple[int, int, Draft]]) -> Columns:
    columns = empty(len(drafts))
    ones = [one for _, _, one in drafts]

    def drafted(name: str) -> NDArray[np.float64]:
        return np.array([getattr(one, name) for one in ones])

    for name in _AS_DRAFTED:
        columns[name] = drafted(name).astype(np.int64)
    columns["pattern"] = np.array([number for number, _, _ in drafts])
    columns["scheme"] = np.array([scheme for _, scheme, _ in drafts])
    for place, name in enumerate(("age", "sex", "nation")):
        columns[name] = np.array([one.group[place] for one in ones])
    columns["time_s"] = opening_hours(rng, drafted("day"))
    hours = np.array([np.nan if one.hour is None else one.hour for one in ones])
    chosen = ~np.isnan(hours)
    columns["time_s"][chosen] = columns["time_s"][chosen] // DAY_S * DAY_S + hours[chosen] * 3600.0
    for name, off in (("liveness_nats", "liveness_off"), ("match_nats", "match_off"), ("station_nats", "station_off")):
        columns[name] = drafted(off).astype(float)
    smooth = drafted("smooth").astype(bool)
    rooms.put(columns)
    for name, at in (("station", "station"), ("operator", "teller"), ("second", "second")):
        fixed = drafted(at).astype(np.int64)
        columns[name] = np.where(fixed >= 0, fixed, columns[name])
    columns["duration_s"] *= drafted("pace")
    # A tampered station says what it likes: a little better than life.
    columns["liveness_nats"] = np.where(smooth, rng.normal(4.6, 0.5, len(ones)), columns["liveness_nats"])
    columns["match_nats"] = np.where(smooth, rng.normal(11.0, 1.5, len(ones)), columns["match_nats"])
    for name in ("retries", "doubts", "liveness", "match", "recommended"):
        columns[name] = np.where(smooth, 0, columns[name])
    columns["station_nats"] = np.where(smooth, rng.normal(-6.0, 0.3, len(ones)), columns["station_nats"])
    columns["decision"] = np.full(len(ones), Say.APPROVE)
    return columns
