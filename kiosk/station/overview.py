"""The station's own life, as the desk shows it: recent cases and their deliveries, the camera, the bank link."""

from dataclasses import dataclass, field
from datetime import datetime

from kiosk.outbox import Backlog, DeliveryState, Halt, halted
from kiosk.policy import SyncPolicy
from kiosk.values import Masked, SessionId
from kiosk.vault.kept import CaseRow

__all__ = ["Backlog", "CaseRow", "DeliveryState", "Halt", "Referred", "StationOverview"]


@dataclass(frozen=True, slots=True)
class Referred:
    """A case the booth referred and that a teller can go on with here. holder: the document holder's name, empty when none was read.
    why: `help-called` or `no-biometrics` of a customer who was not checked there, empty after a check that a person must look at."""

    session: SessionId
    opened_at: datetime
    holder: Masked[str]
    purpose: str
    received_at: datetime
    expires_at: datetime
    why: str = ""


@dataclass(frozen=True, slots=True)
class StationOverview:
    """rows: newest first, bounded; backlog: what the bank does not hold yet; bank_problem: code of the last failed attempt, empty
    when the last one worked or none was made; camera_problem: fault name or empty."""

    rows: tuple[CaseRow, ...] = ()
    backlog: Backlog = field(default_factory=Backlog)
    bank_problem: str = ""
    camera_problem: str = ""
    operator: str = ""
    referred: tuple[Referred, ...] = ()

    def halted(self, now: datetime, policy: SyncPolicy) -> Halt | None:
        """Return why this station opens no new case now, None if it does."""
        return halted(self.backlog, now, policy)
