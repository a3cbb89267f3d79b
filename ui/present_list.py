"""The list of cases and the strip at the foot of the teller's window, from the journey's state and the station's overview. PURE, no Qt."""

from dataclasses import replace
from math import floor

from kiosk.journey.states import AwaitingDisposition, CaseState, Finished, Idle, OutOfService, State
from kiosk.policy import Policy
from kiosk.station.overview import Backlog, CaseRow, DeliveryState, Halt, Referred, StationOverview
from kiosk.values import Channel, Moment
from ui.desk_scenes import CaseGroup, CaseLine, StationLine
from ui.present_evidence import DECISION_MARKS, holder_of, read_so_far
from ui.scenes import Mark, Words, counted
from ui.wording import fault_words, problem_words, purpose_words

REFERRED_WHY = {"": "referred.waiting", "help-called": "referred.help-called", "no-biometrics": "referred.no-biometrics"}
DELIVERY_MARKS = {"receipted": Mark.AGREES, "waiting": Mark.NOTED, "set-aside": Mark.DOUBTS}


def case_lines(state: State, overview: StationOverview, moment: Moment, *, practice: bool) -> tuple[CaseLine, ...]:
    """Return the rows in the order of their groups. practice: none of them goes anywhere."""
    running = () if isinstance(state, Idle | Finished | OutOfService) else (_running_line(state),)
    referred = (_referred_line(one, moment) for one in overview.referred)
    kept = tuple(_kept_line(row, moment) for row in overview.rows)
    if practice:
        kept = tuple(_practised_line(line) for line in kept)
    return tuple(sorted((*running, *referred, *kept), key=_group_order))


def _group_order(line: CaseLine) -> int:
    """Sorting is stable: within its group a line stays where it was."""
    return list(CaseGroup).index(line.group)


def _running_line(state: CaseState) -> CaseLine:
    case = state.case
    at_desk = case.channel is Channel.DESK
    read = read_so_far(state)
    return CaseLine(
        group=CaseGroup.TO_DECIDE if isinstance(state, AwaitingDisposition) and at_desk else CaseGroup.RUNNING,
        session=case.session,
        opened_at=case.opened.wall,
        holder=None if read is None else holder_of(read.fields),
        purpose=purpose_words(case.purpose),
        channel=Words(f"channel.{case.channel}"),
        outcome=Words("decided.running" if at_desk else "decided.elsewhere"),
        outcome_mark=Mark.NOTED,
        delivery=Words("delivery.running"),
        delivery_mark=Mark.NOTED,
        detail=None,
        running=True,
        can_retry=False,
    )


def _kept_line(row: CaseRow, moment: Moment) -> CaseLine:
    delivery = str(row.delivery)
    return CaseLine(
        group=CaseGroup.DONE if row.delivery is DeliveryState.RECEIPTED else CaseGroup.TO_SYNC,
        session=row.session,
        opened_at=row.opened_at,
        holder=row.holder,
        purpose=Words(f"purpose.{row.purpose}"),
        channel=Words(f"channel.{row.channel}"),
        outcome=Words(f"decided.{row.decision}"),
        outcome_mark=DECISION_MARKS[row.decision],
        delivery=Words(f"delivery.{delivery}"),
        delivery_mark=DELIVERY_MARKS[delivery],
        detail=None if delivery == "receipted" else _waiting_words(row, moment),
        running=False,
        can_retry=delivery == "set-aside",
    )


def _practised_line(line: CaseLine) -> CaseLine:
    """Nothing waits for a bank, and nothing can be sent again."""
    goes = Words("delivery.practice")
    return replace(line, group=CaseGroup.PRACTISED, delivery=goes, delivery_mark=Mark.NOTED, detail=None, can_retry=False)


def _referred_line(referred: Referred, moment: Moment) -> CaseLine:
    minutes = max(0, floor((referred.expires_at - moment.wall).total_seconds() / 60))
    return CaseLine(
        group=CaseGroup.WAITING,
        session=referred.session,
        opened_at=referred.opened_at,
        holder=referred.holder,
        purpose=Words(f"purpose.{referred.purpose}"),
        channel=Words("channel.booth"),
        outcome=Words(REFERRED_WHY[referred.why]),
        outcome_mark=Mark.DOUBTS,
        delivery=Words("referred.expires", (("minutes", counted("minutes", minutes)),)),
        delivery_mark=Mark.NOTED,
        detail=None,
        running=False,
        can_retry=False,
        can_take_over=True,
    )


def _waiting_words(row: CaseRow, moment: Moment) -> Words:
    minutes = max(0, floor((moment.wall - row.closed_at).total_seconds() / 60))
    since = (("minutes", counted("minutes", minutes)), ("tries", counted("tries", row.attempts)))
    if not row.last_problem:
        return Words("delivery.since", since)
    return Words("delivery.since-why", (*since, ("why", problem_words(row.last_problem))))


def station_line(overview: StationOverview, moment: Moment, policy: Policy, *, practice: bool) -> StationLine:
    camera_mark = Mark.DOUBTS if overview.camera_problem else Mark.AGREES
    bank, bank_mark = (Words("bank.practice"), Mark.NOTED) if practice else _bank_words(overview, moment, policy)
    return StationLine(overview.operator, bank, bank_mark, camera_words(overview), camera_mark)


def _bank_words(overview: StationOverview, moment: Moment, policy: Policy) -> tuple[Words, Mark]:
    backlog = overview.backlog
    if (halt := overview.halted(moment.wall, policy.sync)) is not None:
        bank, bank_mark = _halted_words(halt, backlog, moment), Mark.CONTRADICTS
    elif backlog.set_aside:
        figures = (("aside", counted("aside", backlog.set_aside)), ("waiting", counted("waiting", backlog.waiting)))
        bank, bank_mark = Words("bank.aside", figures), Mark.DOUBTS
    elif backlog.waiting:
        bank, bank_mark = Words("bank.waiting", (("waiting", counted("waiting", backlog.waiting)),)), Mark.NOTED
    else:
        bank, bank_mark = Words("bank.reached"), Mark.AGREES
    # With no new case opened the strip has room for that alone; why one case waits stands on its line.
    if overview.bank_problem and halt is None:
        bank = Words("bank.with-problem", (("bank", bank), ("why", problem_words(overview.bank_problem))))
        bank_mark = Mark.DOUBTS
    return bank, bank_mark


def _halted_words(halt: Halt, backlog: Backlog, moment: Moment) -> Words:
    hours = 0 if backlog.oldest_at is None else max(0, floor((moment.wall - backlog.oldest_at).total_seconds() / 3_600))
    figures = (
        ("waiting", counted("waiting", backlog.waiting)),
        ("aside", counted("aside", backlog.set_aside)),
        ("hours", counted("hours", hours)),
    )
    return Words("bank.halted", (("why", Words(f"halt.{halt}")), *figures))


def camera_words(overview: StationOverview) -> Words:
    if not overview.camera_problem:
        return Words("camera.good")
    return Words("camera.trouble", (("what", fault_words(overview.camera_problem)),))
