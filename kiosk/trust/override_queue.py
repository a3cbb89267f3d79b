"""What a supervisor has to look at: approvals, referrals and refusals against the recommendation that nobody has reviewed yet.

1. The log is the queue: a decision against the recommendation is on it until a line says that it was reviewed.
2. Nobody reviews what they decided or seconded themselves.
"""

from dataclasses import dataclass
from datetime import datetime

from kiosk.faults import NotPermitted
from kiosk.trust.permissions import Action
from kiosk.trust.presence import Authority, SignedIn
from kiosk.values import OperatorId, SessionId
from kiosk.vault import books
from kiosk.vault.audit import AuditEntry, AuditEvent
from kiosk.vault.store import Store
from kiosk.vault.times import from_text


@dataclass(frozen=True, slots=True)
class Override:
    """decision, against, reason: codes as the log has them (`approve`, `refer`, `known-customer`); second: who agreed, empty for nobody;
    mine: the one who asks took part, and may not review it."""

    session: SessionId
    at: datetime
    by: OperatorId
    second: OperatorId
    decision: str
    against: str
    reason: str
    mine: bool


class OverrideQueue:
    def __init__(self, store: Store, authority: Authority) -> None:
        self._store, self._authority = store, authority

    def waiting(self, who: SignedIn, now: datetime) -> tuple[Override, ...]:
        """Return what nobody reviewed yet, oldest first. Raises NotPermitted."""
        self._authority.require(who, Action.REVIEW_OVERRIDES, now)
        return self._waiting(who)

    def reviewed(self, who: SignedIn, session: SessionId, now: datetime) -> None:
        """Write down that this person looked at it. Raises NotPermitted, also for one's own; LookupError if it is not on the queue."""
        self._authority.require(who, Action.REVIEW_OVERRIDES, now, session)
        found = next((one for one in self._waiting(who) if one.session == session), None)
        if found is None:
            raise LookupError("no such override waits for a review")
        if found.mine:
            self._store.note(AuditEntry(now, AuditEvent.DENIED, session, who.name, f"{Action.REVIEW_OVERRIDES}:own-decision"))
            raise NotPermitted("nobody reviews their own decision")
        self._store.note(AuditEntry(now, AuditEvent.OVERRIDE_REVIEWED, session, who.name))

    def _waiting(self, who: SignedIn) -> tuple[Override, ...]:
        done = {line.session for line in books.lines_of(self._store, AuditEvent.OVERRIDE_REVIEWED)}
        seconds = {line.session: line.who for line in books.lines_of(self._store, AuditEvent.CASE_SECONDED)}
        found = []
        for line in books.lines_of(self._store, AuditEvent.CASE_DECIDED):
            decision, *rest = line.detail.split(":")
            said = dict(part.split("=", 1) for part in rest if "=" in part)
            if "against" not in said or line.session in done:
                continue
            second = seconds.get(line.session, "")
            found.append(
                Override(
                    SessionId(line.session),
                    from_text(line.at),
                    OperatorId(line.who),
                    OperatorId(second),
                    decision,
                    said["against"],
                    said.get("reason", "none"),
                    who.name in (line.who, second),
                )
            )
        return tuple(found)
