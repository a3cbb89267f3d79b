"""The station's own life, beside the customer's journey: cases kept, deliveries, camera, bank link. Pure.

A receipt that arrives after the customer left belongs here: the journey's ticket check would rightly drop it.
"""

from dataclasses import dataclass, replace

from kiosk.outbox import Backlog
from kiosk.station.overview import CaseRow, Referred, StationOverview


@dataclass(frozen=True, slots=True)
class CasesListed:
    """What the archive holds now."""

    rows: tuple[CaseRow, ...]
    backlog: Backlog


@dataclass(frozen=True, slots=True)
class ReferredListed:
    """What the booths referred to this desk and waits here."""

    referred: tuple[Referred, ...]


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


LifeEvent = CasesListed | ReferredListed | BankAnswered | CameraChanged | OperatorChanged


def live(overview: StationOverview, event: LifeEvent) -> StationOverview:
    """Return the overview after one event."""
    match event:
        case CasesListed(rows=rows, backlog=backlog):
            return replace(overview, rows=rows, backlog=backlog)
        case ReferredListed(referred=referred):
            return replace(overview, referred=referred)
        case BankAnswered(problem=problem):
            return replace(overview, bank_problem=problem)
        case CameraChanged(problem=problem):
            return replace(overview, camera_problem=problem)
        case OperatorChanged(operator=operator):
            return replace(overview, operator=operator)
