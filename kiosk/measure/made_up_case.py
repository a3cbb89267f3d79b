"""A case of the fictional state Utopia, as a production station would keep it: for measuring, where content does not matter."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Final

from kiosk.document.reading import DocumentFields, Finding, FindingCode, MrzLayout, Weight
from kiosk.record import AccountOpening, Consent, ContactDetails, DocumentEvidence, SessionRecord, StationFacts
from kiosk.risk.decision import Reason, ReasonCode, Refer
from kiosk.values import Capture, Channel, ConsentPurpose, Masked, Provenance, SessionId, StationClass

_NOON: Final = datetime(2026, 3, 4, 12, 0, 0, tzinfo=UTC)

_CASE: Final = SessionRecord(
    session=SessionId("0" * 32),
    station=StationFacts("booth-1", "Utopia Main Street", StationClass.PRODUCTION, "0.1.0", "branch-1"),
    channel=Channel.BOOTH,
    purpose=AccountOpening(ContactDetails(Masked("+99 555 0100"), Masked("ada@utopia.example"), Masked("Harbour Lane 1, Utopia"))),
    language="en",
    opened_at=_NOON,
    closed_at=_NOON.replace(minute=1),
    consent=Consent("1", "en", _NOON.replace(second=5), (ConsentPurpose.IDENTITY_CHECK, ConsentPurpose.CONTACT)),
    document=DocumentEvidence(
        outcome="read",
        fields=DocumentFields(
            layout=MrzLayout.TD1,
            document_code="I",
            issuing_state="NLD",
            number=Masked("U23145890"),
            surname=Masked("EXAMPLE"),
            given_names=Masked("ADA"),
            nationality="UTO",
            birth_date=Masked(date(1974, 8, 12)),
            sex="F",
            expiry_date=date(2032, 4, 15),
            optional=Masked(""),
            printed_name=Masked("Ada Example"),
            printed_address=Masked(None),
        ),
        raw_lines=Masked(()),
        confidence=0.97,
        findings=(Finding(FindingCode.CHECK_DIGIT, Weight.AGREES, "composite"),),
    ),
    liveness=None,
    match=None,
    recommendation=Refer((Reason(ReasonCode.BOOTH_NEEDS_PERSON, Weight.DOUBTS),)),
    disposition=None,
    sources=(Provenance(Capture.LIVE_CAMERA, "camera 0 (V4L2)"),),
    failed_work=(),
)


def made_up_case(session: SessionId, station: str = "booth-1") -> SessionRecord:
    return replace(_CASE, session=session, station=replace(_CASE.station, station=station))
