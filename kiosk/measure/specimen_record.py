"""A record of nobody, for the attack suite: a booth's case in which no document was shown."""

from datetime import UTC, datetime

from kiosk.document.reading import Weight
from kiosk.record import AccountOpening, Consent, DocumentEvidence, SessionRecord, StationFacts
from kiosk.risk.decision import Reason, ReasonCode, Refer
from kiosk.values import Channel, Masked, SessionId
from kiosk.wire.keys import StationIdentity


def record_of(identity: StationIdentity, session: SessionId) -> SessionRecord:
    now = datetime.now(UTC)
    return SessionRecord(
        session=session,
        station=StationFacts(identity.name, "nowhere", identity.station_class, "audit", "audit"),
        channel=Channel.BOOTH,
        purpose=AccountOpening(None),
        language="en",
        opened_at=now,
        closed_at=now,
        consent=Consent("audit", "en", now),
        document=DocumentEvidence("not-shown", None, Masked(()), 0.0, ()),
        liveness=None,
        match=None,
        recommendation=Refer((Reason(ReasonCode.DOCUMENT_MISSING, Weight.DOUBTS),)),
        disposition=None,
        sources=(),
        failed_work=(),
    )
