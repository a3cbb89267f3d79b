"""What another policy would have said of the cases the bank holds: over the readings each case kept, by the arithmetic that decides."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from kiosk.faults import SettingsRefused
from kiosk.intake.office.challenger import asked_for, severity
from kiosk.intake.office.proposals import Outcome
from kiosk.journey.measured import asked_of
from kiosk.record import SessionRecord
from kiosk.risk.assess import assess
from kiosk.risk.policy_check import PolicyRefused
from kiosk.risk.policy_file import DecisionPolicy
from kiosk.trust.risk_policy import policy_from_text
from kiosk.trust.station_updates import asks_nothing_of_nothing
from kiosk.values import SessionId

if TYPE_CHECKING:
    from kiosk.intake.office.office import Office

_SHOWN: Final = 40
NEWEST: Final = 500
SETTLED: Final = 500
"""Cases a back-test opens: the newest, and the newest of those that people settled. Opening a million would take an hour."""


@dataclass(frozen=True, slots=True)
class ChangedCase:
    """before, after: what the policies ask for, in words; outcome: agreed, empty for none."""

    session: SessionId
    before: str
    after: str
    outcome: str


@dataclass(frozen=True, slots=True)
class Changed:
    """held: all cases; looked_at: of those that were opened the ones with readings; without: those that kept none, or do not open, and say
    nothing; moves: (before, after) to how many; stricter, milder: how many cases; fraud_missed: cases agreed to be fraud of which the new
    policy would ask nothing and the old did; honest_stopped: cases agreed to be honest of which the new one would ask something and the old
    did not."""

    held: int
    looked_at: int
    without: int
    moves: tuple[tuple[str, str, int], ...]
    stricter: int
    milder: int
    fraud_missed: int
    honest_stopped: int
    cases: tuple[ChangedCase, ...]

    @property
    def says(self) -> str:
        return (
            f"Back-test over {self.looked_at} of {self.held} cases, the newest and those that were settled ({self.without} without "
            f"readings): {self.stricter} stricter, {self.milder} milder; "
            f"of agreed outcomes {self.fraud_missed} frauds would be let through that were stopped, "
            f"{self.honest_stopped} honest ones stopped that were not."
        )


def back_test(office: "Office", text: str) -> Changed:
    """Raises SettingsRefused for a text that is no policy: the caller has checked it."""
    old, new = office.publishing.policy_in_force(), policy_from_text(text)
    if isinstance(new, PolicyRefused):
        raise SettingsRefused("a text that is no policy cannot be tested")
    outcomes = office.agreements.outcomes(agreed=True)
    moves: Counter[tuple[str, str]] = Counter()
    shown: list[ChangedCase] = []
    looked_at = without = stricter = milder = missed = stopped = 0
    for session, record in _tested(office, list(outcomes)[-SETTLED:]):
        risk = None if record is None else record.risk
        if record is None or risk is None:
            without += 1
            continue
        looked_at += 1
        asked = asked_of(record.purpose)
        before, after = assess(old, asked, risk.signals), assess(new, asked, risk.signals)
        if asked_for(before) == asked_for(after):
            continue
        moves[asked_for(before), asked_for(after)] += 1
        is_stricter = severity(after) > severity(before)
        stricter, milder = stricter + is_stricter, milder + (not is_stricter)
        outcome = outcomes.get(session)
        missed += outcome is Outcome.CONFIRMED_FRAUD and after.wanted is None and before.wanted is not None
        stopped += outcome in (Outcome.GENUINE, Outcome.FALSE_ALARM) and before.wanted is None and after.wanted is not None
        if len(shown) < _SHOWN:
            shown.append(ChangedCase(session, asked_for(before), asked_for(after), "" if outcome is None else outcome.value))
    counted = tuple((one, other, count) for (one, other), count in moves.most_common())
    return Changed(office.held(), looked_at, without, counted, stricter, milder, missed, stopped, tuple(shown))


def _tested(office: "Office", settled: list[SessionId]) -> Iterator[tuple[SessionId, SessionRecord | None]]:
    newest = set()
    for _, session, content in office.newest_records(NEWEST):
        newest.add(session)
        yield session, None if content is None else content.record
    for session in settled:
        if session not in newest:
            yield session, office.record_of(session)


def policy_problems(text: str, in_force: DecisionPolicy) -> tuple[str, ...]:
    """Return every reason why a text cannot follow the policy in force, empty if it can."""
    read = policy_from_text(text)
    if isinstance(read, PolicyRefused):
        return tuple(str(problem) for problem in read.problems)
    if read.version <= in_force.version:
        return (f"version: it is {read.version}; version {in_force.version} is in force, so it must be higher",)
    if asks_nothing_of_nothing(read):
        return ("required: where nothing at all was measured it asks for nothing, and every station would roll it back",)
    return ()
