"""What the office is asked for, and what it hands out: values without rules of their own."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from kiosk.intake.office.analysis import CaseSummary
from kiosk.intake.office.proposals import Proposal
from kiosk.wire.packet import Content
from kiosk.wire.watch_list import Watched


class WhichPicture(StrEnum):
    PAGE = "page"
    PORTRAIT = "portrait"
    LIVE = "live"


class Unfit(Exception):
    """What was proposed or asked cannot be; `str` is one plain sentence for whoever did."""


@dataclass(frozen=True, slots=True)
class CaseFile:
    """One held case, opened. received and position: as the ledger has them."""

    summary: CaseSummary | None
    content: Content
    proposals: tuple[Proposal, ...]


@dataclass(frozen=True, slots=True)
class WatchEntry:
    """One entry in force, and the proposal that put it there."""

    entry: str
    of: Watched
    sure: float
    proposal: Proposal


@dataclass(frozen=True, slots=True)
class AuditQuery:
    """Empty members match everything. text: part of event, detail or purpose."""

    who: str = ""
    event: str = ""
    session: str = ""
    text: str = ""
    since: datetime | None = None
    until: datetime | None = None
