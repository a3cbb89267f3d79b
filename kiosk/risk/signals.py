"""Every signal a risk policy may speak of: one closed table. docs/risk.md lists it (a test holds the two equal).

A signal is one number with a time and a confidence. Unit, source, range and which way is worse belong to its name, so that a policy can be
checked before it meets a case. Nothing here is a protected trait or stands in for one: no age, sex, nationality, language, name, picture.
What a customer asks to be spared at the liveness check (`Need`) is no signal either.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Source(StrEnum):
    ENDPOINT = "endpoint"
    IDENTITY = "identity"
    CONTEXT = "context"
    BEHAVIOUR = "behaviour"
    OPERATOR = "operator"


class Worse(StrEnum):
    """Which way of a signal is riskier."""

    HIGHER = "higher"
    LOWER = "lower"


@dataclass(frozen=True, slots=True)
class Known:
    """One row of the table. lowest, highest: what a value is held to before anything looks at it; means: in plain words."""

    name: str
    unit: str
    lowest: float
    highest: float
    worse: Worse
    means: str

    @property
    def source(self) -> Source:
        return Source(self.name.partition(".")[0])


@dataclass(frozen=True, slots=True)
class Signal:
    """One reading. confidence: 0 to 1, how far to believe the value; unit and source are kept with it, for records outlive tables."""

    name: str
    value: float
    unit: str
    at: datetime
    source: Source
    confidence: float = 1.0


_H, _L = Worse.HIGHER, Worse.LOWER
_TABLE: Final = (
    Known("endpoint.program-changed", "files", 0, 100_000, _H, "program files that are not as the signed manifest says"),
    Known("endpoint.policy-refused", "updates", 0, 1_000, _H, "different updates this station refused or rolled back since its start"),
    Known("endpoint.debugger", "0 or 1", 0, 1, _H, "a debugger holds the program, or runs beside it"),
    Known("endpoint.remote-desktop", "0 or 1", 0, 1, _H, "a program runs that shares or records the screen"),
    Known("endpoint.virtual-camera", "0 or 1", 0, 1, _H, "software can feign a camera on this computer"),
    Known("endpoint.clock-behind", "s", 0, 1e9, _H, "how far the clock stands behind the newest line of the audit log"),
    Known("endpoint.usb-changed", "devices", 0, 1_000, _H, "USB devices that came or went since the window was opened"),
    Known("identity.liveness-cues", "nat", -50, 50, _L, "sum of the liveness cues, as weighed by the liveness check"),
    Known("identity.liveness-wrong", "prompts", 0, 100, _H, "prompts of the liveness check that were missed or answered wrongly"),
    Known(
        "identity.match-ratio", "nat", -200, 200, _L, "logarithm of how much likelier one person is than two, document against live face"
    ),
    Known("identity.enrolled-match", "cosine", -1, 1, _L, "likeness of the live face and the one enrolled of the account"),
    Known("identity.document-doubts", "findings", 0, 1_000, _H, "findings that doubt the document"),
    Known("identity.document-contradictions", "findings", 0, 1_000, _H, "findings that contradict the document"),
    Known("identity.document-confidence", "share", 0, 1, _L, "least certainty of the document's reading"),
    Known("context.amount", "minor unit of the policy's currency", 0, 1e15, _H, "amount of the payment"),
    Known("context.account-age", "days", 0, 40_000, _L, "how long the paying account has been known"),
    Known("context.outside-hours", "min", 0, 1_440, _H, "how far outside the branch's opening hours"),
    Known("context.earlier-attempts", "cases", 0, 10_000, _H, "cases with the same document on this station in the last day"),
    Known("context.earlier-refusals", "cases", 0, 10_000, _H, "of those, the ones not approved"),
    Known("context.station-cases-hour", "cases", 0, 10_000, _H, "cases of this station in the last hour"),
    Known("context.station-declined-day", "cases", 0, 10_000, _H, "cases declined at this station in the last day"),
    Known(
        "context.watchlist",
        "share",
        0,
        1,
        _H,
        "how strongly the bank's watch list speaks of document, phone, mail, address, account or payee",
    ),
    Known("context.linked-fraud", "cases", 0, 100_000, _H, "most confirmed frauds that one of those was in, as the bank last said"),
    Known("behaviour.document-time", "s", 0, 86_400, _H, "from consent until the document was read"),
    Known("behaviour.face-time", "s", 0, 86_400, _H, "from the document until the liveness check ended"),
    Known("behaviour.document-retries", "readings", 0, 1_000, _H, "pictures of the document that could not be read"),
    Known("behaviour.fastest-response", "s", 0, 600, _L, "quickest answer to a prompt of the liveness check"),
    Known("behaviour.hesitations", "pauses", 0, 1_000, _H, "pauses of ten seconds or more while something was asked"),
    Known("behaviour.corrections", "edits", 0, 10_000, _H, "changes to what was entered already"),
    Known("behaviour.pointer-straight", "share", 0, 1, _H, "how straight the pointer went from touch to touch: 1 is a ruler"),
    Known("behaviour.touch-rhythm", "ratio", 0, 100, _L, "how uneven the time between touches is: 0 is a clock"),
    Known("operator.overrides-today", "cases", 0, 10_000, _H, "approvals against the recommendation by this operator today"),
    Known("operator.override-excess", "standard deviations", -100, 100, _H, "today's overrides against this operator's own usual"),
    Known("operator.pace-excess", "standard deviations", -100, 100, _H, "cases of the last hour against this operator's own usual"),
    Known("operator.keystrokes", "ratio", 0, 1_000, _H, "how unlike the operator's own typing rhythm; 1 is where doubt begins"),
)
KNOWN: Final = MappingProxyType({row.name: row for row in _TABLE})

PROTECTED: Final = frozenset(
    {"age", "birth", "born", "sex", "gender", "nationality", "nation", "citizenship", "country", "race", "ethnicity", "ethnic", "skin"}
    | {"religion", "belief", "disability", "disabled", "health", "pregnancy", "marital", "orientation", "language", "accent", "name"}
    | {"surname", "origin", "birthplace", "needs", "union", "political", "tribe", "caste", "colour", "color"}
)
"""Words of traits the law protects (Charter of Fundamental Rights of the EU art. 21; GDPR art. 9), and of what stands in for them. A signal
named after one is refused for that reason, before anybody asks whether it exists."""


def protected_word(name: str) -> str:
    """Return the word of a protected trait in a signal's name, empty if there is none. `account-age` is a span of time, not a person's."""
    if name in KNOWN:
        return ""
    words = name.lower().replace("_", "-").replace(".", "-").split("-")
    return next((word for word in words if word in PROTECTED), "")


def signal(name: str, value: float, at: datetime, confidence: float = 1.0) -> Signal:
    """Return one reading of a known signal, its value held to the table's range. Raises KeyError for an unknown name, ValueError for what
    is no number: both are bugs of whoever measured."""
    row = KNOWN[name]
    if not (math.isfinite(value) and 0.0 <= confidence <= 1.0):
        raise ValueError(f"{name} is no number, or its confidence is outside 0 to 1")
    return Signal(name, min(max(float(value), float(row.lowest)), float(row.highest)), row.unit, at, row.source, float(confidence))


def newest_of_each(signals: Iterable[Signal]) -> tuple[Signal, ...]:
    """Return one reading of each name, in the order of the names: the newest, and of two of one time the worse one.

    The order they came in therefore never matters to a decision.
    """
    chosen: dict[str, Signal] = {}
    for one in signals:
        before = chosen.get(one.name)
        if before is None or (one.at, badness(one), -one.confidence) > (before.at, badness(before), -before.confidence):
            chosen[one.name] = one
    return tuple(chosen[name] for name in sorted(chosen))


def badness(one: Signal) -> float:
    """Return the value so that higher is worse, whatever the signal."""
    return one.value if KNOWN[one.name].worse is Worse.HIGHER else -one.value


def worst_of_each(signals: Iterable[Signal]) -> tuple[Signal, ...]:
    """Return one reading of each name, the worst: for evidence that came by way of two stations."""
    chosen: dict[str, Signal] = {}
    for one in signals:
        before = chosen.get(one.name)
        if before is None or (badness(one), one.at) > (badness(before), before.at):
            chosen[one.name] = one
    return tuple(chosen[name] for name in sorted(chosen))
