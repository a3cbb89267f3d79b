"""What a customer may carry home about a kept case: facts of the visit, nothing biometric, no number of the document."""

from dataclasses import dataclass
from datetime import datetime

from kiosk.face.verdict import NotCompared
from kiosk.policy import RetentionPolicy
from kiosk.record import AccountOpening, Decision, SessionRecord, final_decision
from kiosk.trust.permissions import Action
from kiosk.trust.presence import Authority, SignedIn
from kiosk.values import ConsentPurpose, Masked, SessionId, StationClass
from kiosk.vault.kept import holder_name
from kiosk.vault.store import Store
from kiosk.wire.sense import purpose_word


@dataclass(frozen=True, slots=True)
class ReceiptFacts:
    """holder: the name as read, empty if none was; document: what was shown, `kind.…` of the table or empty; document_read,
    faces_compared, liveness_checked: what was done, not what came of it; kept_days: how long the sealed facts stay here once the bank has
    them."""

    session: SessionId
    branch: str
    station_class: StationClass
    at: datetime
    language: str
    purpose: str
    holder: Masked[str]
    document: str
    document_read: bool
    faces_compared: bool
    liveness_checked: bool
    decision: Decision
    recognise_later: bool
    kept_days: int


class CustomerReceipts:
    def __init__(self, store: Store, authority: Authority, retention: RetentionPolicy) -> None:
        self._store, self._authority, self._retention = store, authority, retention

    def facts(self, who: SignedIn, session: SessionId, now: datetime) -> ReceiptFacts:
        """Open the record for the customer who stands there; the log says so. Raises NotPermitted, LookupError, SealBroken once erased."""
        self._authority.require(who, Action.PRINT_RECEIPT, now, session)
        return facts_of(self._store.open_record(session, who.name, now, "customer-receipt"), self._retention)


def facts_of(record: SessionRecord, retention: RetentionPolicy) -> ReceiptFacts:
    """Return what the receipt says and nothing else of the record."""
    fields = record.document.fields
    opening = isinstance(record.purpose, AccountOpening)
    return ReceiptFacts(
        session=record.session,
        branch=record.station.branch,
        station_class=record.station.station_class,
        at=record.closed_at,
        language=record.language,
        purpose=purpose_word(record.purpose),
        holder=holder_name(record),
        document="" if fields is None else fields.kind,
        document_read=fields is not None,
        faces_compared=record.match is not None and not isinstance(record.match, NotCompared),
        liveness_checked=record.liveness is not None,
        decision=final_decision(record),
        recognise_later=record.consent.covers(ConsentPurpose.RECOGNISE_LATER),
        kept_days=retention.account_opening_days if opening else retention.high_value_days,
    )
