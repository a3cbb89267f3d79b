"""How long a decision takes on the station: signals of a case, the policy's score and rules, the floors. For `app.py measure risk`."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime

from kiosk.journey.closing import Context, recommended_case
from kiosk.journey.states import Case
from kiosk.policy import DEMO
from kiosk.record import AccountOpening, Consent, HighValueTransaction, Purpose, StationFacts
from kiosk.risk.policy_file import DecisionPolicy
from kiosk.risk.signals import KNOWN, Signal, signal
from kiosk.values import Channel, Masked, Moment, SessionId, StationClass

_AT = datetime(2026, 1, 1, 12, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class DecisionTimes:
    """Milliseconds of one decision each, sorted."""

    ms: tuple[float, ...]

    def quantile(self, share: float) -> float:
        return self.ms[min(int(len(self.ms) * share), len(self.ms) - 1)]

    @property
    def p99_ms(self) -> float:
        return self.quantile(0.99)


def decision_times(policy: DecisionPolicy, decisions: int = 2_000) -> DecisionTimes:
    """Decide so many cases, every known signal read in each, openings and payments in turn; return how long each took."""
    station = StationFacts("timed", "timed", StationClass.DEMO, "0", DEMO.version)
    context, moment = Context(DEMO, station, policy), Moment(1, _AT)
    taken = []
    for number in range(decisions):
        case = _case(number, moment)
        begun = time.perf_counter_ns()
        decided = recommended_case(case, moment, context)
        taken.append((time.perf_counter_ns() - begun) / 1e6)
        if decided.recommendation is None:
            raise RuntimeError("a case was not decided")
    return DecisionTimes(tuple(sorted(taken)))


def _case(number: int, moment: Moment) -> Case:
    purpose: Purpose = AccountOpening(None)
    if number % 2:
        purpose = HighValueTransaction(10_000 + 7_919 * number, "EUR", Masked(""), Masked(""))
    return Case(
        SessionId(f"{number:032x}"), Channel.DESK, purpose, "en", None, moment, 0, 1,
        consent=Consent("1", "en", _AT), sensed=_signals(number),
    )  # fmt: skip


def _signals(number: int) -> tuple[Signal, ...]:
    """Return a reading of every signal, somewhere in the lower tenth of its range, another place for each case."""
    rows = (row for row in KNOWN.values() if row.name != "context.amount")
    places = (((number * 37 + at) % 100) / 1_000 for at in range(len(KNOWN)))
    return tuple(signal(row.name, row.lowest + (row.highest - row.lowest) * place, _AT) for row, place in zip(rows, places, strict=False))
