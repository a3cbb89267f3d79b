"""What takes two people is done by the vault only when its own audit log says that two agreed to it, just now.

1. An agreement counts if the log holds a line of each of the two about it: this action, this case, this moment. One made up in the
   program, by a mistake or by hand, has no such lines.
2. It counts for one action on one case, and not for long.
3. Which roles may agree to what is the permission table's to say (`kiosk.trust`), which asks here as well.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import sqlite_utils

from kiosk.record import Decision, SessionRecord, final_decision
from kiosk.risk.decision import Approve
from kiosk.values import OperatorId, SessionId
from kiosk.vault.audit import AuditEvent
from kiosk.vault.times import as_text

FRESH_FOR: Final = timedelta(minutes=2)
OVERRIDE_FRESH_FOR: Final = timedelta(minutes=10)
"""The teller writes the reason while the second person stands there."""
ERASE: Final = "erase-case"
OVERRIDE: Final = "override"


@dataclass(frozen=True, slots=True)
class Agreed:
    """Two people agreed to one action. Made by `Authority.agree` alone."""

    action: str
    first: OperatorId
    second: OperatorId
    session: SessionId
    at: datetime


def is_agreed(
    db: sqlite_utils.Database, agreed: Agreed | None, action: str, session: SessionId, now: datetime, within: timedelta = FRESH_FOR
) -> bool:
    """Return whether two people agreed to this action on this case within this time, and the log says so."""
    if agreed is None or (agreed.action, agreed.session) != (action, session) or agreed.first == agreed.second:
        return False
    if not timedelta(0) <= now - agreed.at <= within:
        return False
    found = db.execute(
        "SELECT who, detail FROM audit WHERE session = ? AND event = ? AND at = ?",
        (session, AuditEvent.TWO_AGREED.value, as_text(agreed.at)),
    )
    said = {who: detail for who, detail in found if detail.startswith(f"{action}:with=")}
    pairs = ((agreed.first, agreed.second), (agreed.second, agreed.first))
    return all(said.get(who, "").startswith(f"{action}:with={other}:") for who, other in pairs)


def overrides(record: SessionRecord) -> bool:
    """Return whether this record takes two people: an approval nobody's evidence recommended, or one that names a second person."""
    against = final_decision(record) is Decision.APPROVE and not isinstance(record.recommendation, Approve)
    return against or (record.disposition is not None and record.disposition.second is not None)


def fits(record: SessionRecord, agreed: Agreed | None) -> bool:
    """Return whether these two are the two the record names."""
    of = record.disposition
    return agreed is not None and of is not None and (agreed.first, agreed.second) == (of.by, of.second)
