"""What is kept of one session: the facts of the case, and apart from them the pictures.

Pictures (`EvidencePictures`) are biometric: the kiosk holds them only inside the packet it sealed to the bank and cannot open, and destroys
that once the bank's signed receipt is verified. The facts stay, sealed, as long as retention says. Face prints are never kept.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, assert_never

from kiosk.document.reading import DocumentFields, Finding
from kiosk.face.verdict import MatchVerdict
from kiosk.liveness.challenge import LivenessVerdict, Need
from kiosk.risk.decision import Approve, Decline, Recommendation, Refer, StepUp
from kiosk.risk.facts import RiskFacts
from kiosk.risk.returning import Returning
from kiosk.values import Channel, ConsentPurpose, Masked, OperatorId, Provenance, SessionId, StationClass


@dataclass(frozen=True, slots=True)
class ContactDetails:
    phone: Masked[str]
    email: Masked[str]
    address: Masked[str]


@dataclass(frozen=True, slots=True)
class AccountOpening:
    """contact: None in the booth, where it is not asked yet."""

    contact: ContactDetails | None


@dataclass(frozen=True, slots=True)
class HighValueTransaction:
    """amount_minor: whole minor units (cents), positive; currency: ISO 4217, three letters. All are bound into what is signed."""

    amount_minor: int
    currency: str
    payee: Masked[str]
    debit_account: Masked[str]


Purpose = AccountOpening | HighValueTransaction


@dataclass(frozen=True, slots=True)
class Consent:
    """text_version: version of the consent text shown; language: the language it was shown in; purposes: what was agreed to, each ticked by
    itself; none when the customer wanted no biometrics and a person checked by eye."""

    text_version: str
    language: str
    given_at: datetime
    purposes: tuple[ConsentPurpose, ...] = (ConsentPurpose.IDENTITY_CHECK,)

    def covers(self, purpose: ConsentPurpose) -> bool:
        return purpose in self.purposes


class Decision(StrEnum):
    APPROVE = "approve"
    REFER = "refer"
    DECLINE = "decline"


class OverrideReason(StrEnum):
    """Why a person goes against the recommendation, picked from this list beside what they write: what can be counted and learned from."""

    DOCUMENT_IN_HAND = "document-in-hand"
    """The document was examined by hand and is genuine."""
    FACES_BY_EYE = "faces-by-eye"
    KNOWN_CUSTOMER = "known-customer"
    MORE_EVIDENCE = "more-evidence"
    MACHINE_ERROR = "machine-error"
    DOCUMENT_SUSPECT = "document-suspect"
    FACE_SUSPECT = "face-suspect"
    UNDER_PRESSURE = "under-pressure"
    """The customer seems coached, watched or afraid."""
    CUSTOMER_WISH = "customer-wish"
    OTHER = "other"


REASONS_TO_TRUST: Final = (
    OverrideReason.DOCUMENT_IN_HAND,
    OverrideReason.FACES_BY_EYE,
    OverrideReason.KNOWN_CUSTOMER,
    OverrideReason.MORE_EVIDENCE,
    OverrideReason.MACHINE_ERROR,
    OverrideReason.OTHER,
)
REASONS_TO_DOUBT: Final = (
    OverrideReason.DOCUMENT_SUSPECT,
    OverrideReason.FACE_SUSPECT,
    OverrideReason.UNDER_PRESSURE,
    OverrideReason.CUSTOMER_WISH,
    OverrideReason.MACHINE_ERROR,
    OverrideReason.OTHER,
)


def reasons_for(decision: Decision) -> tuple[OverrideReason, ...]:
    """Return the reasons that can stand beside this decision."""
    return REASONS_TO_TRUST if decision is Decision.APPROVE else REASONS_TO_DOUBT


@dataclass(frozen=True, slots=True)
class Disposition:
    """What a person decided. second: the second person of an approval that overrides the recommendation, never equal to `by`.

    reason: typed by the operator; may hold personal data, hence masked. picked: why it goes against the recommendation, None where it does
    not, and in records of format 1.
    """

    by: OperatorId
    decision: Decision
    reason: Masked[str]
    second: OperatorId | None
    at: datetime
    picked: OverrideReason | None = None


@dataclass(frozen=True, slots=True)
class DocumentEvidence:
    """The document as read; `outcome` is `read`, `unreadable:<why>`, `unknown` or `not-shown`; fields only when read."""

    outcome: str
    fields: DocumentFields | None
    raw_lines: Masked[tuple[str, ...]]
    confidence: float
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class StationFacts:
    """Who recorded: station and branch names, the station's class, software version, policy version; key_store: what holds the station's
    master key, `tpm`, `keyring`, `passphrase` or `file`."""

    station: str
    branch: str
    station_class: StationClass
    software: str
    policy_version: str
    key_store: str = "file"


class Wish(StrEnum):
    """How a customer wished the booth to look and sound."""

    HIGH_CONTRAST = "high-contrast"
    LARGE_TEXT = "large-text"
    CALM = "calm"
    SPOKEN = "spoken"
    ONE_SWITCH = "one-switch"


@dataclass(frozen=True, slots=True)
class SessionRecord:
    """sources: every provenance that contributed pixels, in order of first use; returning: for a high-value transaction, whether the person
    is the debit account's holder; None where that was never asked; continues: the booth's session that was referred and
    whose evidence this record goes on from, decided by a person at the desk; risk: what the risk policy said and from which readings, None
    where nothing was assessed."""

    session: SessionId
    station: StationFacts
    channel: Channel
    purpose: Purpose
    language: str
    opened_at: datetime
    closed_at: datetime
    consent: Consent
    document: DocumentEvidence
    liveness: LivenessVerdict | None
    match: MatchVerdict | None
    recommendation: Recommendation
    disposition: Disposition | None
    sources: tuple[Provenance, ...]
    failed_work: tuple[str, ...]
    returning: Returning | None = None
    continues: SessionId | None = None
    risk: RiskFacts | None = None
    second_document: DocumentEvidence | None = None
    """Another one, which the risk policy asked for; None where none was asked for or shown."""
    needs: tuple[Need, ...] = ()
    """What the customer asked to be spared, so that a colleague who goes on does not ask for it again."""
    wishes: tuple[Wish, ...] = ()
    """How they wished to be shown and told things, for the same colleague; of a case that needs none it says nothing."""


@dataclass(frozen=True, slots=True)
class EvidencePictures:
    """JPEG bytes, None where that step was not reached: the flattened document page, its portrait, the best live view.

    template: the face print the customer agreed to have enrolled for later visits, as `kiosk/wire/template.py` spells it; None unless that
    was agreed to. It is not a picture but biometric like one, and goes the same way.
    """

    page: Masked[bytes] | None
    portrait: Masked[bytes] | None
    live: Masked[bytes] | None
    template: Masked[bytes] | None = None


def final_decision(record: SessionRecord) -> Decision:
    """Return what happened in the end: the person's disposition where there is one, else the recommendation."""
    if record.disposition is not None:
        return record.disposition.decision
    return recommended(record.recommendation)


def recommended(recommendation: Recommendation) -> Decision:
    """Return what follows from a recommendation as it stands; a step up nobody took leaves the case to a person."""
    match recommendation:
        case Approve():
            return Decision.APPROVE
        case Refer() | StepUp():
            return Decision.REFER
        case Decline():
            return Decision.DECLINE
        case _:
            assert_never(recommendation)
