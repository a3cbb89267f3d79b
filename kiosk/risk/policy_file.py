"""The risk policy as data: what its file says, after checking. docs/risk.md explains the file to the officer who writes it.

A policy only adds care. `kiosk/risk/decision.py` holds the floors that no file can loosen; a file may ask for a step more, send a case to a
person, or decline it. Whatever it says grows with the signals: no signal that gets worse ever earns a milder decision.

    digest  SHA-256 of `spell(policy)`: of what the file means, whatever its comments and white space
"""

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from hashlib import sha256
from typing import Final

from kiosk.risk.signals import KNOWN, Worse

FORMAT: Final = 1


class StepUpKind(StrEnum):
    """What more is asked for, in the order it is done. Several may be asked for; each is then done."""

    CHALLENGE = "challenge"
    """One more liveness run, newly drawn."""
    DOCUMENT = "document"
    """Another document of the same person."""
    FACTOR = "factor"
    """The operator proves their second factor again."""
    PERSON = "person"
    """A person looks at the case."""
    SUPERVISOR = "supervisor"
    """A second, senior person agrees."""


class Act(StrEnum):
    """What a policy can ask for, mildest first. It cannot ask for an approval: that is what is left when nothing else is asked for."""

    STEP_UP = "step-up"
    REFER = "refer"
    DECLINE = "decline"


class Case(StrEnum):
    """What the customer came for, as a policy names it."""

    OPENING = "account-opening"
    PAYMENT = "payment"


@dataclass(frozen=True, slots=True)
class Wanted:
    """step_up: exactly for Act.STEP_UP."""

    act: Act
    step_up: StepUpKind | None = None

    @property
    def severity(self) -> tuple[int, int]:
        """Higher is more careful."""
        return tuple(Act).index(self.act), 0 if self.step_up is None else tuple(StepUpKind).index(self.step_up)


@dataclass(frozen=True, slots=True)
class Condition:
    """The signal is as bad as `limit` or worse."""

    signal: str
    limit: float


@dataclass(frozen=True, slots=True)
class Rule:
    """All conditions together ask for `wanted`. note: the officer's own words, for whoever reads the file."""

    name: str
    when: tuple[Condition, ...]
    wanted: Wanted
    note: str = ""


@dataclass(frozen=True, slots=True)
class SignalWeight:
    """What one signal adds to the score: points (nats of log-odds) at knots of its value, straight lines between, flat beyond.

    at: rising; points: as many, never falling towards the worse side; absent: points where the signal was not measured.
    """

    signal: str
    at: tuple[float, ...]
    points: tuple[float, ...]
    absent: float


@dataclass(frozen=True, slots=True)
class Band:
    """What a score means for cases of one kind, up to an amount. below: minor units of the policy's currency, None for all above the last.

    step_up <= refer <= decline: probabilities of fraud; 1.0 means never by the score alone.
    """

    case: Case
    below: int | None
    step_up: float
    refer: float
    decline: float


@dataclass(frozen=True, slots=True)
class Score:
    """probability of fraud = 1 / (1 + exp(-(offset + slope * points))): Platt's calibration, refitted from labelled cases."""

    offset: float
    slope: float
    weights: tuple[SignalWeight, ...]


@dataclass(frozen=True)
class DecisionPolicy:
    """currency and rates: amounts in other currencies are brought into the policy's; one without a rate meets the strictest
    band.

    required: signals without which a case goes to a person; step_up: what a score in a band's step-up range asks for. Without slots, so
    that its digest is made once and not in every decision.
    """

    name: str
    version: int
    currency: str
    rates: tuple[tuple[str, float], ...]
    required: tuple[str, ...]
    step_up: StepUpKind
    score: Score
    bands: tuple[Band, ...]
    rules: tuple[Rule, ...]

    @cached_property
    def digest(self) -> str:
        return sha256(spell(self).encode("utf-8")).hexdigest()


def spell(policy: DecisionPolicy) -> str:
    """Return the policy as TOML, always the same text for the same policy. Without comments; the officer's own file keeps those."""
    head = [
        f"format = {FORMAT}",
        f"name = {_text(policy.name)}",
        f"version = {policy.version}",
        f"currency = {_text(policy.currency)}",
        f"required = {_texts(policy.required)}",
        f"step-up = {_text(policy.step_up)}",
        *(f"{name} = []" for name, found in (("weight", policy.score.weights), ("rule", policy.rules)) if not found),
        "",
        "[rates]",
        *(f"{code} = {rate!r}" for code, rate in policy.rates),
        "",
        "[score]",
        f"offset = {policy.score.offset!r}",
        f"slope = {policy.score.slope!r}",
    ]
    tables = [_weight(one) for one in policy.score.weights] + [_band(one) for one in policy.bands] + [_rule(one) for one in policy.rules]
    return "\n".join([*head, *(line for table in tables for line in ("", *table))]) + "\n"


def _weight(one: SignalWeight) -> list[str]:
    knots = [f"at = {_numbers(one.at)}", f"points = {_numbers(one.points)}", f"absent = {one.absent!r}"]
    return ["[[weight]]", f"signal = {_text(one.signal)}", *knots]


def _band(one: Band) -> list[str]:
    below = [] if one.below is None else [f"below = {one.below}"]
    limits = [f"step-up = {one.step_up!r}", f"refer = {one.refer!r}", f"decline = {one.decline!r}"]
    return ["[[band]]", f"case = {_text(one.case)}", *below, *limits]


def _rule(one: Rule) -> list[str]:
    when = _texts(tuple(spell_condition(part) for part in one.when))
    step_up = [] if one.wanted.step_up is None else [f"step-up = {_text(one.wanted.step_up)}"]
    note = [f"note = {_text(one.note)}"] if one.note else []
    return ["[[rule]]", f"name = {_text(one.name)}", f"when = {when}", f"then = {_text(one.wanted.act)}", *step_up, *note]


def spell_condition(one: Condition) -> str:
    sign = ">=" if KNOWN[one.signal].worse is Worse.HIGHER else "<="
    return f"{one.signal} {sign} {one.limit!r}"


def _text(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _texts(values: tuple[str, ...]) -> str:
    return "[" + ", ".join(_text(one) for one in values) + "]"


def _numbers(values: tuple[float, ...]) -> str:
    return "[" + ", ".join(repr(one) for one in values) + "]"
