"""The station's own life, as the desk shows it: recent cases and their deliveries, the camera, the bank link."""

from dataclasses import dataclass, field
from datetime import datetime

from kiosk.outbox import Backlog, DeliveryState, Halt, halted
from kiosk.policy import SyncPolicy
from kiosk.vault.kept import CaseRow

__all__ = ["Backlog", "CaseRow", "DeliveryState", "Halt", "StationOverview"]


@dataclass(frozen=True, slots=True)
class StationOverview:
    """rows: newest first, bounded; backlog: what the bank does not hold yet; bank_problem: code of the last failed attempt, empty
    when the last one worked or none was made; camera_problem: fault name or empty."""

    rows: tuple[CaseRow, ...] = ()
    backlog: Backlog = field(default_factory=Backlog)
    bank_problem: str = ""
    camera_problem: str = ""
    operator: str = ""

    def halted(self, now: datetime, policy: SyncPolicy) -> Halt | None:
        """Return why this station opens no new case now, None if it does."""
        return halted(self.backlog, now, policy)
