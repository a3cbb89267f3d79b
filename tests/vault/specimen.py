"""A case of the fictional state Utopia, and a store to keep it in."""

import hashlib
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from kiosk.document.reading import DocumentFields, Finding, FindingCode, MrzLayout, Weight
from kiosk.face.verdict import MatchEvidence, SameFace
from kiosk.liveness.challenge import ChallengeDone, ChallengeKind, Live, LivenessEvidence, Script
from kiosk.record import (
    AccountOpening,
    Consent,
    ContactDetails,
    Decision,
    Disposition,
    DocumentEvidence,
    OverrideReason,
    SessionRecord,
    StationFacts,
)
from kiosk.risk.decision import Reason, ReasonCode, Refer
from kiosk.values import Capture, Channel, Masked, OperatorId, Provenance, SessionId, StationClass
from kiosk.vault.audit import NO_SESSION, AuditEntry, AuditEvent
from kiosk.vault.keys import KeyFile
from kiosk.vault.opening import open_store
from kiosk.vault.store import Store
from kiosk.vault.two_people import Agreed

OPENED = datetime(2026, 3, 2, 9, 30, 0, tzinfo=UTC)
CLOSED = OPENED + timedelta(seconds=48)
NOW = CLOSED + timedelta(seconds=1)
SESSION = SessionId("0123456789abcdef0123456789abcdef")
PACKET = b"PACKETBYTES" * 9_000
MRZ = ("I<UTOD231458907<<<<<<<<<<<<<<<", "7408122F1204159UTO<<<<<<<<<<<6", "ERIKSSON<<ANNA<MARIA<<<<<<<<<<")
PERSONAL = (
    b"ERIKSSON",
    b"Eriksson",
    b"ANNA<MARIA",
    b"ANNA MARIA",
    b"Anna Maria",
    b"D23145890",
    b"1974-08-12",
    b"7408122",
    b"anna@utopia.example",
    b"+99 555 0100",
    b"Harbour Lane",
    b"knows her since school",
)
"""What must be in no file of the store in clear. Each is seven bytes or longer: a word of four stands by chance in some sealed bytes."""


def digest(packet: bytes = PACKET) -> bytes:
    return hashlib.sha256(packet).digest()


def session(number: int) -> SessionId:
    return SessionId(f"{number:032x}")


def record(of: SessionId = SESSION, opened_at: datetime = OPENED) -> SessionRecord:
    """A desk case that was recommended to be looked at, and that a teller declined."""
    return SessionRecord(
        session=of,
        station=StationFacts("desk-1", "Utopia Harbour", StationClass.DEMO, "0.1.0", "demo-1"),
        channel=Channel.DESK,
        purpose=AccountOpening(ContactDetails(Masked("+99 555 0100"), Masked("anna@utopia.example"), Masked("12 Harbour Lane, Utopia"))),
        language="en",
        opened_at=opened_at,
        closed_at=opened_at + timedelta(seconds=48),
        consent=Consent("2026-1", "en", opened_at),
        document=DocumentEvidence(
            outcome="read",
            fields=DocumentFields(
                layout=MrzLayout.TD1,
                document_code="I",
                issuing_state="UTO",
                number=Masked("D23145890"),
                surname=Masked("ERIKSSON"),
                given_names=Masked("ANNA MARIA"),
                nationality="UTO",
                birth_date=Masked(date(1974, 8, 12)),
                sex="F",
                expiry_date=date(2032, 4, 15),
                optional=Masked(""),
                printed_name=Masked("Anna Maria Eriksson"),
                printed_address=Masked("12 Harbour Lane, Utopia"),
            ),
            raw_lines=Masked(MRZ),
            confidence=0.93,
            findings=(Finding(FindingCode.CHECK_DIGIT, Weight.AGREES, "composite"),),
        ),
        liveness=Live(
            LivenessEvidence(
                Script((ChallengeKind.BLINK, ChallengeKind.TURN_LEFT, ChallengeKind.TURN_RIGHT)),
                (ChallengeDone(ChallengeKind.BLINK, 1_000, 2_000, 0.3),),
                0.31,
                0.95,
                240,
                0,
            )
        ),
        match=SameFace(MatchEvidence(0.95, 6, 1, "print-1", 140.0)),
        recommendation=Refer((Reason(ReasonCode.BOOTH_NEEDS_PERSON, Weight.DOUBTS),)),
        disposition=Disposition(
            OperatorId("mina"), Decision.DECLINE, Masked("knows her since school"), None, opened_at, OverrideReason.OTHER
        ),
        sources=(Provenance(Capture.SIMULATION, "puppet"),),
        failed_work=(),
    )


def overridden(of: SessionId = SESSION) -> SessionRecord:
    """The same case, that a teller and a supervisor approved."""
    words, picked = Masked("knows her since school"), OverrideReason.KNOWN_CUSTOMER
    made = Disposition(OperatorId("mina"), Decision.APPROVE, words, OperatorId("omar"), OPENED, picked)
    return replace(record(of), disposition=made)


def agreed(store: Store, action: str, on: SessionId = NO_SESSION, at: datetime = NOW, first: str = "mina", second: str = "omar") -> Agreed:
    """Return an agreement of two people, both of whom the log has."""
    for who, other in ((first, second), (second, first)):
        store.note(AuditEntry(at, AuditEvent.TWO_AGREED, on, OperatorId(who), f"{action}:with={other}:by=totp"))
    return Agreed(action, OperatorId(first), OperatorId(second), on, at)


def key_file(folder: Path) -> KeyFile:
    return KeyFile(folder.parent / f"{folder.name}-keys" / "master.key")


def store_in(folder: Path) -> Store:
    return open_store(folder, key_file(folder))


def everything_in(folder: Path) -> bytes:
    """Return every byte of every file of the store, the write-ahead log included."""
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())
