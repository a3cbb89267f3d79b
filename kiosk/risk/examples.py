"""Invented cases with the answer they must get: the officer's own tests of a policy, beside the recorded ones.

    [[example]]
    name = "a debugger on the station"
    case = "account-opening"            or "payment", then with `amount` (minor units) and `currency`
    signals = { "endpoint.debugger" = 1 }
    expect = "refer"                    approve, step-up, refer, decline

Signals that are not named are those of an ordinary case (`usual` in the file's head).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from kiosk.risk.assess import Asked, assess
from kiosk.risk.policy_file import Case, DecisionPolicy
from kiosk.risk.signals import KNOWN, signal

_AT: Final = datetime(2026, 1, 1, 12, tzinfo=UTC)
_EXPECTED: Final = ("approve", "step-up", "refer", "decline")


@dataclass(frozen=True, slots=True)
class Example:
    name: str
    asked: Asked
    values: tuple[tuple[str, float], ...]
    expect: str


@dataclass(frozen=True, slots=True)
class ExamplesRefused:
    says: str


def read_examples(value: Mapping[str, Any]) -> tuple[Example, ...] | ExamplesRefused:
    """value: the file's tables as a TOML reader gives them."""
    usual, listed = value.get("usual"), value.get("example")
    if set(value) != {"usual", "example"} or not isinstance(usual, dict) or not isinstance(listed, list):
        return ExamplesRefused("the file has a table `usual` and tables `example`, and nothing else")
    read = []
    for one in listed:
        example = _example(one, usual)
        if isinstance(example, ExamplesRefused):
            return example
        read.append(example)
    return tuple(read)


def failures(policy: DecisionPolicy, examples: tuple[Example, ...]) -> Iterator[tuple[Example, str]]:
    """Yield every example that gets another answer than it must, with that answer."""
    for example in examples:
        found = assess(policy, example.asked, [signal(name, value, _AT) for name, value in example.values])
        answer = "approve" if found.wanted is None else found.wanted.value
        if answer != example.expect:
            yield example, answer


def _example(one: Any, usual: Mapping[str, Any]) -> Example | ExamplesRefused:
    name = one.get("name") if isinstance(one, dict) else None
    if not isinstance(name, str):
        return ExamplesRefused("an example has a name")
    signals, amount, currency = one.get("signals"), one.get("amount"), one.get("currency", "")
    unknown = set(one) - {"name", "case", "signals", "amount", "currency", "expect"}
    if unknown or not isinstance(signals, dict) or one.get("case") not in list(Case) or one.get("expect") not in _EXPECTED:
        return ExamplesRefused(f"example {name!r}: case, signals and expect are needed, amount and currency allowed")
    if (amount is None) != (one["case"] == Case.OPENING) or type(amount) not in (int, type(None)) or not isinstance(currency, str):
        return ExamplesRefused(f"example {name!r}: a payment has an amount in minor units and a currency, an opening has none")
    values = {**usual, **signals}
    for key, number in values.items():
        if key not in KNOWN or isinstance(number, bool) or not isinstance(number, int | float):
            return ExamplesRefused(f"example {name!r}: {key} is no known signal with a number")
    asked = Asked(Case(one["case"]), amount, currency)
    return Example(name, asked, tuple(sorted((key, float(number)) for key, number in values.items())), one["expect"])
