"""The station's own life, beside the customer's journey: cases kept, deliveries, camera, bank link. Pure.

A receipt that arrives after the customer left belongs here: the journey's ticket check would rightly drop it.
"""

from dataclasses import dataclass, replace

from kiosk.station.overview import CaseRow, StationOverview


@dataclass(frozen=True, slots=True)
class CasesListed:
    """What the archive holds now. bank_problem: the newest delivery problem's code, empty if the last attempt worked."""

    rows: tuple[CaseRow, ...]
    waiting: int
    set_aside: int


@dataclass(frozen=True, slots=True)
class BankAnswered:
    """problem: empty when the bank gave a receipt."""

    problem: str


@dataclass(frozen=True, slots=True)
class CameraChanged:
    """problem: the fault's name, empty when frames come again."""

    problem: str


@dataclass(frozen=True, slots=True)
class OperatorChanged:
    operator: str


LifeEvent = CasesListed | BankAnswered | CameraChanged | OperatorChanged


def live(overview: StationOverview, event: LifeEvent) -> StationOverview:
    """Return the overview after one event."""
    match event:
        case CasesListed(rows=rows, waiting=waiting, set_aside=set_aside):
            return replace(overview, rows=rows, waiting=waiting, set_aside=set_aside)
        case BankAnswered(problem=problem):
            return replace(overview, bank_problem=problem)
        case CameraChanged(problem=problem):
            return replace(overview, camera_problem=problem)
        case OperatorChanged(operator=operator):
            return replace(overview, operator=operator)
