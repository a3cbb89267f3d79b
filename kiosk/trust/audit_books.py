"""Looking through the audit log, and taking it away: each asks the permission table itself and leaves a line."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from kiosk.trust.permissions import Action
from kiosk.trust.presence import Authority, SignedIn
from kiosk.values import SessionId
from kiosk.vault.audit import NO_SESSION, AuditBroken, AuditEntry, AuditEvent, AuditLine, AuditSound, AuditVerdict
from kiosk.vault.audit_heads import SignedHead
from kiosk.vault.store import Store


@dataclass(frozen=True, slots=True)
class Exported:
    """The whole log and the newest signed head over it, the line about this very export included."""

    lines: tuple[AuditLine, ...]
    head: SignedHead


class AuditBooks:
    def __init__(self, store: Store) -> None:
        self._store = store
        self._authority = Authority(store)

    def verify(self, who: SignedIn | None, now: datetime, against: SignedHead | None = None) -> AuditVerdict:
        """Look at every line, node and signature. Nothing is written to a log that is not sound. Raises NotPermitted; SealBroken where the
        refusal itself cannot be written any more."""
        self._authority.require(who, Action.VERIFY_AUDIT, now)
        verdict = self._store.verify_audit(every_signature=True, against=against)
        if isinstance(verdict, AuditSound) and who is not None:
            self._store.note(AuditEntry(now, AuditEvent.AUDIT_VERIFIED, who=who.name, detail=f"lines={verdict.lines}"))
        return verdict

    def search(
        self, who: SignedIn | None, matches: Callable[[AuditLine], bool], at_most: int, now: datetime, session: SessionId = NO_SESSION
    ) -> tuple[AuditLine, ...]:
        """Return the newest lines that match, newest first; that somebody searched is itself a line, written before. session: the case that
        is searched for, if it is one. Raises NotPermitted."""
        self._authority.require(who, Action.READ_AUDIT, now)
        if who is not None:
            self._store.note(AuditEntry(now, AuditEvent.AUDIT_SEARCHED, session, who.name))
        return tuple(islice(filter(matches, self._store.audit_lines_newest_first()), at_most))

    def says(self, event: AuditEvent) -> frozenset[tuple[str, str]]:
        """Return who and detail of every line of this event, for a rule that goes by what was written down and shows it to nobody."""
        return self._store.told_of(event)

    def found_broken(self, *, every_signature: bool = True) -> AuditBroken | None:
        """Return what is wrong with a log that takes no line any more, so that nobody can sign in; None for a log that is sound. It says a
        number and a word, and nobody's permission is asked. every_signature: of each head; the newest one's stands over every line too."""
        verdict = self._store.verify_audit(every_signature=every_signature)
        return verdict if isinstance(verdict, AuditBroken) else None

    def export(self, who: SignedIn | None, form: str, now: datetime) -> Exported:
        """form: a short code of what it is written as. Raises NotPermitted, SealBroken for a log that was tampered with."""
        self._authority.require(who, Action.EXPORT_AUDIT, now)
        with self._store.together():
            if who is not None:
                self._store.note(AuditEntry(now, AuditEvent.AUDIT_EXPORTED, who=who.name, detail=form))
            lines, head = self._store.audit_lines(), self._store.audit_head()
        if head is None:
            raise LookupError("the log is empty")
        return Exported(lines, head)
