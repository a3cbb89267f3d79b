"""From what a policy file spells to a policy, or to every reason why it is none. Nothing is guessed, filled in or passed over.

Refused are, among others:

 1. a member that is missing, unknown or of another type; a number that is none or out of its range;
 2. a signal nobody measures, and one named after a protected trait;
 3. a condition that points the safe way, a weight that falls towards the worse side, bands milder for larger amounts: no signal that gets
    worse may earn a milder decision;
 4. a hole: a kind of case, or a range of amounts, without a band; a score that cannot reach a person;
 5. a contradiction: two rules on the same conditions, two weights for one signal, two bands for one range, limits out of order;
 6. a rule that can never change anything: its conditions cannot all be met, or another rule asks at least as much whenever it does;
 7. a missing reading that counts as a good one.
"""

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import Any, Final, TypeVar

from kiosk.risk.policy_file import (
    FORMAT,
    Act,
    Band,
    Case,
    Condition,
    DecisionPolicy,
    Rule,
    Score,
    SignalWeight,
    StepUpKind,
    Wanted,
    spell_condition,
)
from kiosk.risk.signals import KNOWN, Worse, protected_word

MOST_RULES: Final = 500
MOST_BANDS: Final = 50
MOST_KNOTS: Final = 64
MOST_CONDITIONS: Final = 16
MOST_TEXT: Final = 300
MOST_POINTS: Final = 50.0
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_CURRENCY: Final = re.compile(r"[A-Z]{3}")
_CONDITION: Final = re.compile(r"(\S{1,64}) *(>=|<=) *(\S{1,32})")
_MEMBERS: Final = ("format", "name", "version", "currency", "required", "step-up", "rates", "score", "weight", "band", "rule")
_Word = TypeVar("_Word", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Problem:
    """place: where in the file, for instance `rule debugger`; says: what is wrong and, where it helps, what to do."""

    place: str
    says: str

    def __str__(self) -> str:
        return f"{self.place}: {self.says}"


@dataclass(frozen=True, slots=True)
class PolicyRefused:
    problems: tuple[Problem, ...]


def read_policy(value: Mapping[str, Any]) -> DecisionPolicy | PolicyRefused:
    """value: the file's tables as a TOML reader gives them."""
    reading = _Reading()
    policy = reading.policy(value)
    if policy is None or reading.problems:
        return PolicyRefused(tuple(reading.problems))
    wrong = tuple(problems_of(policy))
    return PolicyRefused(wrong) if wrong else policy


def problems_of(policy: DecisionPolicy) -> Iterator[Problem]:
    """Yield what is wrong with a policy as a whole, each part of it being well spelled."""
    yield from _weight_problems(policy)
    yield from _band_problems(policy.bands)
    yield from _rule_problems(policy.rules)
    for name, times in Counter(policy.required).items():
        if times > 1:
            yield Problem("required", f"{name} stands there {times} times")


# What single parts say


class _Reading:
    """Collects every problem instead of stopping at the first: an officer wants to see them all."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def policy(self, value: Mapping[str, Any]) -> DecisionPolicy | None:
        self._members("the file", value, _MEMBERS)
        if value.get("format") != FORMAT:
            self._wrong("format", f"this version reads format {FORMAT}")
        rates = self._table("rates", value.get("rates"))
        score = self._table("score", value.get("score"))
        self._members("score", score, ("offset", "slope"))
        read = DecisionPolicy(
            name=self._name("name", value.get("name")),
            version=self._whole("version", value.get("version"), 1, 2**53),
            currency=self._currency("currency", value.get("currency")),
            rates=tuple(sorted((self._currency("rates", code), self._rate(code, rate)) for code, rate in rates.items())),
            required=tuple(self._signal("required", one) for one in self._list("required", value.get("required"), len(KNOWN))),
            step_up=self._word("step-up", value.get("step-up"), StepUpKind, StepUpKind.PERSON),
            score=Score(
                offset=self._number("score offset", score.get("offset"), -MOST_POINTS, MOST_POINTS),
                slope=self._number("score slope", score.get("slope"), 0.01, 10.0),
                weights=tuple(self._weight(one) for one in self._tables("weight", value.get("weight"), len(KNOWN))),
            ),
            bands=tuple(self._band(one) for one in self._tables("band", value.get("band"), MOST_BANDS)),
            rules=tuple(self._rule(one) for one in self._tables("rule", value.get("rule"), MOST_RULES)),
        )
        return None if self.problems else read

    def _weight(self, value: Mapping[str, Any]) -> SignalWeight:
        signal = self._signal("weight", value.get("signal"))
        place = f"weight {signal}"
        self._members(place, value, ("signal", "at", "points", "absent"))
        at = [self._number(place, one, -1e18, 1e18) for one in self._list(f"{place}: at", value.get("at"), MOST_KNOTS)]
        points = [self._points(place, one) for one in self._list(f"{place}: points", value.get("points"), MOST_KNOTS)]
        return SignalWeight(signal, tuple(at), tuple(points), self._points(place, value.get("absent")))

    def _band(self, value: Mapping[str, Any]) -> Band:
        case = self._word("band", value.get("case"), Case, Case.OPENING)
        place = f"band {case}"
        self._members(place, value, ("case", "step-up", "refer", "decline"), ("below",))
        below = None if "below" not in value else self._whole(f"{place}: below", value["below"], 1, 10**15)
        limits = [self._number(f"{place}: {name}", value.get(name), 0.0, 1.0) for name in ("step-up", "refer", "decline")]
        return Band(case, below, *limits)

    def _rule(self, value: Mapping[str, Any]) -> Rule:
        name = self._name("rule", value.get("name"))
        place = f"rule {name}"
        self._members(place, value, ("name", "when", "then"), ("step-up", "note"))
        when = tuple(self._condition(place, one) for one in self._list(f"{place}: when", value.get("when"), MOST_CONDITIONS))
        act = self._word(f"{place}: then", value.get("then"), Act, Act.REFER)
        step_up = self._word(f"{place}: step-up", value["step-up"], StepUpKind, StepUpKind.PERSON) if "step-up" in value else None
        if (act is Act.STEP_UP) != (step_up is not None):
            self._wrong(place, "`step-up` says what more is asked for, exactly where `then` is step-up")
        if not when:
            self._wrong(place, "a rule without a condition would meet every case")
        return Rule(name, when, Wanted(act, step_up), self._text(f"{place}: note", value.get("note", "")))

    def _condition(self, place: str, value: Any) -> Condition:
        found = _CONDITION.fullmatch(value) if isinstance(value, str) else None
        if found is None:
            self._wrong(place, 'a condition is written like "context.amount >= 500000"')
            return Condition("", 0.0)
        name, sign, limit = found.groups()
        signal = self._signal(place, name)
        try:
            number = float(limit)
        except ValueError:
            number = math.nan
        if signal and sign != (">=" if KNOWN[signal].worse is Worse.HIGHER else "<="):
            way = "higher" if KNOWN[signal].worse is Worse.HIGHER else "lower"
            self._wrong(place, f"{signal} is riskier the {way} it is; the rule points the safe way and would reward the worse case")
        return Condition(signal, self._number(place, number, -1e18, 1e18))

    def _signal(self, place: str, value: Any) -> str:
        if isinstance(value, str) and value in KNOWN:
            return value
        shown = value[:64] if isinstance(value, str) and value.isprintable() else "something"
        if isinstance(value, str) and (word := protected_word(value)):
            self._wrong(place, f"{shown}: `{word}` is a protected trait, or stands in for one; no decision may rest on it")
        else:
            self._wrong(place, f"{shown} is no signal this program measures (docs/risk.md lists them)")
        return ""

    def _points(self, place: str, value: Any) -> float:
        return self._number(place, value, -MOST_POINTS, MOST_POINTS)

    def _rate(self, code: str, value: Any) -> float:
        return self._number(f"rates {code[:8]!r}", value, 1e-6, 1e6)

    def _number(self, place: str, value: Any, lowest: float, highest: float) -> float:
        if isinstance(value, int | float) and not isinstance(value, bool) and lowest <= value <= highest:
            return float(value)
        self._wrong(place, f"a number from {lowest:g} to {highest:g} is needed")
        return lowest

    def _whole(self, place: str, value: Any, lowest: int, highest: int) -> int:
        if type(value) is int and lowest <= value <= highest:
            return value
        self._wrong(place, f"a whole number from {lowest} to {highest} is needed")
        return lowest

    def _name(self, place: str, value: Any) -> str:
        if isinstance(value, str) and _NAME.fullmatch(value):
            return value
        self._wrong(place, "a name of a-z, 0-9 and dashes is needed")
        return ""

    def _currency(self, place: str, value: Any) -> str:
        if isinstance(value, str) and _CURRENCY.fullmatch(value):
            return value
        self._wrong(place, "a currency has three capital letters (ISO 4217)")
        return ""

    def _text(self, place: str, value: Any) -> str:
        if isinstance(value, str) and len(value) <= MOST_TEXT and (value.isprintable() or not value):
            return value
        self._wrong(place, f"one line of at most {MOST_TEXT} printable characters is needed")
        return ""

    def _word(self, place: str, value: Any, words: type[_Word], otherwise: _Word) -> _Word:
        if isinstance(value, str) and value in list(words):
            return words(value)
        self._wrong(place, f"one of {', '.join(words)} is needed")
        return otherwise

    def _list(self, place: str, value: Any, most: int) -> Sequence[Any]:
        if isinstance(value, list) and len(value) <= most:
            return value
        self._wrong(place, f"a list of at most {most} is needed")
        return ()

    def _tables(self, place: str, value: Any, most: int) -> Sequence[Mapping[str, Any]]:
        found = self._list(place, value, most)
        return [self._table(place, one) for one in found]

    def _table(self, place: str, value: Any) -> Mapping[str, Any]:
        if isinstance(value, dict):
            return value
        self._wrong(place, "a table is needed")
        return {}

    def _members(self, place: str, value: Mapping[str, Any], needed: Sequence[str], allowed: Sequence[str] = ()) -> None:
        for name in needed:
            if name not in value:
                self._wrong(place, f"`{name}` is missing")
        for name in value:
            if name not in needed and name not in allowed:
                self._wrong(place, f"`{name[:40]!r}` is not known here")

    def _wrong(self, place: str, says: str) -> None:
        self.problems.append(Problem(place, says))


# What the parts say together


def _weight_problems(policy: DecisionPolicy) -> Iterator[Problem]:
    for name, times in Counter(one.signal for one in policy.score.weights).items():
        if times > 1:
            yield Problem(f"weight {name}", f"contradiction: it has {times} weights")
    for one in policy.score.weights:
        place = f"weight {one.signal}"
        if not one.at or len(one.at) != len(one.points):
            yield Problem(place, "hole: as many points as knots are needed, and at least one")
            continue
        if any(later <= earlier for earlier, later in pairwise(one.at)):
            yield Problem(place, "the knots in `at` must rise")
        rising = one.points if KNOWN[one.signal].worse is Worse.HIGHER else one.points[::-1]
        if any(later < earlier for earlier, later in pairwise(rising)):
            way = "rises" if KNOWN[one.signal].worse is Worse.HIGHER else "falls"
            yield Problem(place, f"not monotone: points fall although the signal gets worse as it {way}")
        if one.absent < min(one.points):
            yield Problem(place, "a missing reading would count for more trust than the best one")
        row = KNOWN[one.signal]
        if one.at[-1] < row.lowest or one.at[0] > row.highest:
            yield Problem(place, f"no knot lies in the signal's range, {row.lowest:g} to {row.highest:g}")


def _band_problems(bands: Sequence[Band]) -> Iterator[Problem]:
    for case in Case:
        of_case = [band for band in bands if band.case is case]
        place = f"band {case}"
        if not of_case:
            yield Problem(place, "hole: there is no band for such a case")
            continue
        if case is Case.OPENING and len(of_case) > 1:
            yield Problem(place, "contradiction: an account opening has no amount, so there is one band for it")
        if any(band.below is not None for band in of_case if case is Case.OPENING):
            yield Problem(place, "an account opening has no amount, so its band has no `below`")
        *limited, last = of_case
        if last.below is not None or any(band.below is None for band in limited):
            yield Problem(place, "hole: the last band, and it alone, must be without `below`, so that every amount has one")
        limits = [band.below for band in limited if band.below is not None]
        if any(later <= earlier for earlier, later in pairwise(limits)):
            yield Problem(place, "contradiction: amounts in `below` must rise from band to band")
        for band in of_case:
            upto = "" if band.below is None else f" below {band.below}"
            if not band.step_up <= band.refer <= band.decline:
                yield Problem(place + upto, "contradiction: step-up, refer and decline must not fall in this order")
            if band.refer > 0.9:
                yield Problem(place + upto, "hole: a case the score is nine tenths sure of would still be approved; `refer` is 0.9 at most")
        for smaller, larger in pairwise(of_case):
            if larger.step_up > smaller.step_up or larger.refer > smaller.refer or larger.decline > smaller.decline:
                yield Problem(place, "a larger amount may not be treated more mildly than a smaller one")


def _rule_problems(rules: Sequence[Rule]) -> Iterator[Problem]:
    for name, times in Counter(rule.name for rule in rules).items():
        if times > 1:
            yield Problem(f"rule {name}", f"contradiction: {times} rules have this name")
    for rule in rules:
        place = f"rule {rule.name}"
        for signal, times in Counter(part.signal for part in rule.when).items():
            if times > 1:
                yield Problem(place, f"{signal} is asked for {times} times")
        for part in rule.when:
            yield from _limit_problems(place, part)
    for at, rule in enumerate(rules):
        for other_at, other in enumerate(rules):
            if at != other_at and _implied(rule, other):
                yield from _overlap(rule, at, other, other_at)


def _limit_problems(place: str, part: Condition) -> Iterator[Problem]:
    row = KNOWN[part.signal]
    higher = row.worse is Worse.HIGHER
    if (higher and part.limit > row.highest) or (not higher and part.limit < row.lowest):
        yield Problem(place, f"unreachable: {spell_condition(part)}, but the signal goes from {row.lowest:g} to {row.highest:g}")
    if (higher and part.limit <= row.lowest) or (not higher and part.limit >= row.highest):
        yield Problem(place, f"{spell_condition(part)} is always so; leave the condition out or set a limit that says something")


def _implied(rule: Rule, other: Rule) -> bool:
    """Return whether `other` fires whenever `rule` does: each of its conditions is no stricter than one of the rule's."""
    mine = {part.signal: part.limit for part in rule.when}
    return all(part.signal in mine and _no_stricter(part, mine[part.signal]) for part in other.when)


def _no_stricter(part: Condition, limit: float) -> bool:
    return part.limit <= limit if KNOWN[part.signal].worse is Worse.HIGHER else part.limit >= limit


def _overlap(rule: Rule, at: int, other: Rule, other_at: int) -> Iterator[Problem]:
    place = f"rule {rule.name}"
    if _implied(other, rule):
        if other_at < at:
            says = "contradiction" if rule.wanted != other.wanted else "unreachable"
            yield Problem(place, f"{says}: it has the same conditions as rule {other.name}")
    elif _asks_as_much(other.wanted, rule.wanted):
        yield Problem(place, f"unreachable: whenever it fires, rule {other.name} asks at least as much")


def _asks_as_much(one: Wanted, than: Wanted) -> bool:
    """Two different steps up are both taken, so neither makes up for the other."""
    return one == than or tuple(Act).index(one.act) > tuple(Act).index(than.act)
