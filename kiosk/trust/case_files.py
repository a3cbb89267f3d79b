"""What may be done with a kept case: read, hand out, withdraw, erase. Each asks the permission table itself and leaves a line.

1. Every read says what for, and is written down before anything is read.
2. Erasure takes two people, and destroys the case's key.
3. The retention clock erases by itself what its time is over; a clock that jumped erases nothing until a person has looked.
4. Withdrawing the consent to the check ends the keeping: the case is due for erasure at once.
"""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from kiosk.policy import RetentionPolicy
from kiosk.record import SessionRecord
from kiosk.trust.permissions import Action
from kiosk.trust.presence import Authority, SignedIn
from kiosk.values import ConsentPurpose, OperatorId, SessionId
from kiosk.vault.audit import NOBODY, AuditEntry, AuditEvent
from kiosk.vault.store import Store
from kiosk.vault.two_people import Agreed
from kiosk.wire.plain import encode_record

CLOCK_JUMP: Final = timedelta(days=31)
"""A station that wrote nothing for longer than this is looked at by a person before its clock erases anything."""


class ReadFor(StrEnum):
    """Why a kept case is read; written on the audit line."""

    CUSTOMER_PRESENT = "customer-present"
    COMPLAINT = "complaint"
    FRAUD = "fraud-investigation"
    AUDIT = "audit"
    CUSTOMERS_RIGHTS = "customers-rights"
    POLICY_TEST = "policy-test"
    """Decided again by a risk policy before it is signed."""


@dataclass(frozen=True, slots=True)
class Swept:
    """erased: how many cases the retention clock erased."""

    erased: int


@dataclass(frozen=True, slots=True)
class ClockJumped:
    """The newest audit line is too far from now, in either direction. Nothing was erased."""

    newest: datetime


class CaseFiles:
    def __init__(self, store: Store, retention: RetentionPolicy) -> None:
        self._store = store
        self._authority = Authority(store)
        self._retention = retention

    def read(self, who: SignedIn, session: SessionId, purpose: ReadFor, now: datetime) -> SessionRecord:
        """Raises NotPermitted, LookupError, SealBroken for an erased case."""
        self._authority.require(who, Action.READ_CASE, now, session)
        return self._store.open_record(session, who.name, now, purpose.value)

    def export(self, who: SignedIn, session: SessionId, now: datetime) -> str:
        """Return everything this station holds about one case, as JSON, for its customer. Pictures are at the bank alone.

        Raises NotPermitted, LookupError.
        """
        self._authority.require(who, Action.EXPORT_CASE, now, session)
        kept = self._store.what_is_kept(session)
        record = None if kept.erasure is not None else self._store.open_record(session, who.name, now, ReadFor.CUSTOMERS_RIGHTS.value)
        lines = [line for line in self._store.audit_lines() if line.session == session]
        self._store.note(AuditEntry(now, AuditEvent.CASE_EXPORTED, session, who.name))
        return json.dumps(
            {
                "session": session,
                "record": None if record is None else json.loads(encode_record(record)),
                "erased": None if kept.erasure is None else {"at": kept.erasure.at.isoformat(), "because": kept.erasure.because},
                "withdrawn": [{"purpose": one.purpose, "at": one.at.isoformat(), "bank": one.told} for one in kept.withdrawals],
                "delivery": {"state": kept.delivery.state.value, "attempts": kept.delivery.attempts},
                "pictures": "sealed to the bank; this station cannot open them and holds none once the bank has them",
                "audit": [{"at": line.at, "event": line.event, "purpose": line.purpose, "detail": line.detail} for line in lines],
            },
            ensure_ascii=False,
            indent=1,
        )

    def withdraw(self, who: SignedIn, session: SessionId, purpose: ConsentPurpose, now: datetime) -> bool:
        """Write down a withdrawal; return False if it was before. Raises NotPermitted, LookupError."""
        self._authority.require(who, Action.WITHDRAW_CONSENT, now, session)
        return self._store.withdraw_consent(session, purpose.value, who.name, now)

    def erase(self, agreed: Agreed, session: SessionId, because: str, now: datetime) -> bool:
        """Destroy one case's key, as two people agreed. Return False if it was erased before. Raises NotPermitted, LookupError."""
        self._authority.require_agreed(agreed, Action.ERASE_CASE, now, session)
        return self._store.erase_case(session, because, agreed, now)

    def run_retention(self, who: SignedIn, now: datetime) -> Swept:
        """Erase what its time is over, at a person's word. Raises NotPermitted."""
        self._authority.require(who, Action.RUN_RETENTION, now)
        return self._sweep(who.name, now)

    def sweep(self, now: datetime) -> Swept | ClockJumped:
        """Erase what its time is over, by the station's own clock, unless that has jumped."""
        newest = self._store.last_audit_at()
        if newest is not None and abs(now - newest) > CLOCK_JUMP:
            return ClockJumped(newest)
        return self._sweep(NOBODY, now)

    def _sweep(self, by: OperatorId, now: datetime) -> Swept:
        kept_for = {
            "account-opening": timedelta(days=self._retention.account_opening_days),
            "high-value-transaction": timedelta(days=self._retention.high_value_days),
        }
        erased = self._store.erase_due(by, now, kept_for, ConsentPurpose.IDENTITY_CHECK.value)
        if erased:
            self._store.note(AuditEntry(now, AuditEvent.RETENTION_RUN, who=by, detail=f"erased={erased}"))
        return Swept(erased)
