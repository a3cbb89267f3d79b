"""The station's own life, as the desk shows it: recent cases and their deliveries, the camera, the bank link."""

from dataclasses import dataclass

from kiosk.outbox import DeliveryState
from kiosk.vault.kept import CaseRow

__all__ = ["CaseRow", "DeliveryState", "StationOverview"]


@dataclass(frozen=True, slots=True)
class StationOverview:
    """rows: newest first, bounded; waiting: undelivered in all; bank_problem: code of the last failed attempt, empty when the last
    one worked or none was made; camera_problem: fault name or empty."""

    rows: tuple[CaseRow, ...] = ()
    waiting: int = 0
    set_aside: int = 0
    bank_problem: str = ""
    camera_problem: str = ""
    operator: str = ""
