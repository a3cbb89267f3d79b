"""The challenger: where a second policy, which acts nowhere, would have asked for something else, and how it gets into force."""

from dataclasses import dataclass
from typing import Final

from kiosk.intake.console.asked import Answer, Asked, GoTo, Page
from kiosk.intake.office.backtest import back_test
from kiosk.intake.office.challenger import Challenger, Counted, Difference
from kiosk.intake.office.proposals import Outcome
from kiosk.intake.office.terms import Unfit
from kiosk.trust.permissions import Action
from kiosk.values import Masked, SessionId

_SHOWN: Final = 50


@dataclass(frozen=True, slots=True)
class ShadowReport:
    """stricter, milder: cases; settled: those of them that have an agreed outcome, with it; is_over: the policy in force is as new."""

    challenger: Challenger
    in_force: str
    is_over: bool
    counted: Counted
    stricter: int
    milder: int
    moves: tuple[tuple[str, str, int], ...]
    reasons: tuple[tuple[str, bool, int], ...]
    cases: tuple[Difference, ...]
    settled: tuple[tuple[Difference, Outcome], ...]

    @property
    def fraud_missed(self) -> int:
        return sum(outcome is Outcome.CONFIRMED_FRAUD and not one.is_stricter for one, outcome in self.settled)

    @property
    def fraud_caught(self) -> int:
        return sum(outcome is Outcome.CONFIRMED_FRAUD and one.is_stricter for one, outcome in self.settled)

    @property
    def honest_stopped(self) -> int:
        return sum(outcome in (Outcome.GENUINE, Outcome.FALSE_ALARM) and one.is_stricter for one, outcome in self.settled)

    @property
    def says(self) -> str:
        """What the second person is told who promotes it."""
        return (
            f"In the shadow over {self.counted.looked_at} cases since {self.challenger.at:%Y-%m-%d %H:%M} UTC: {self.stricter} stricter, "
            f"{self.milder} milder; of agreed outcomes {self.fraud_caught} frauds more strictly, {self.fraud_missed} frauds more mildly, "
            f"{self.honest_stopped} honest ones more strictly."
        )


def show_challenger(asked: Asked) -> Answer:
    asked.office.authority.require(asked.who, Action.SEE_POLICY, asked.now)
    asked.office.watch.step()
    report = _report(asked)
    waiting = [one for one in asked.office.proposals(asked.who, asked.now)[0] if one.kind == "challenger"]
    ended = asked.office.watch.unvouched()
    return Page("challenger.html", {"report": report, "waiting": waiting, "shown": _SHOWN, "ended": ended})


def promote(asked: Asked) -> Answer:
    """Propose the challenger for what it was tried for. Two people again: whoever agreed to try it has not agreed to go by it."""
    asked.office.authority.require(asked.who, Action.CHANGE_POLICY, asked.now)
    report = _report(asked)
    if report is None or report.is_over:
        raise Unfit("No challenger runs that could follow the policy in force.")
    if asked.form.get("digest", "") != report.challenger.digest:
        raise Unfit("Another challenger runs by now; look at it first.")
    tested = f"{report.says} {back_test(asked.office, report.challenger.text).says}"
    made = asked.office.propose_policy(asked.who, report.challenger.text, tested, Masked(asked.form.get("reason", "")), asked.now)
    return GoTo(f"/proposals/{made.number}", f"Proposed as number {made.number}. Stations get it once a second person agreed.")


def _report(asked: Asked) -> ShadowReport | None:
    office = asked.office
    challenger = office.watch.challenger()
    if challenger is None:
        return None
    rows, in_force = office.watch.rows, office.publishing.policy_in_force()
    outcomes = office.agreements.outcomes(agreed=True)
    differing = rows.cases_of(challenger.number, [SessionId(one) for one in outcomes])
    stricter, milder = rows.sides(challenger.number)
    return ShadowReport(
        challenger=challenger,
        in_force=f"{in_force.name} {in_force.version}",
        is_over=challenger.policy.version <= in_force.version,
        counted=rows.counted(challenger.number),
        stricter=stricter,
        milder=milder,
        moves=rows.moves(challenger.number),
        reasons=rows.reasons(challenger.number),
        cases=rows.newest_cases(challenger.number, _SHOWN),
        settled=tuple((one, outcomes[one.session]) for one in differing),
    )
