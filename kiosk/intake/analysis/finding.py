"""What deep analysis answers: findings with reason, weight and evidence, and a calibrated risk of the case they belong to."""

from dataclasses import dataclass
from enum import StrEnum

from kiosk.values import SessionId


class FindingKind(StrEnum):
    """Why a case is looked at. `docs/risk.md` has each in plain words."""

    DOCUMENT_OTHER_NAME = "document-under-another-name"
    DOCUMENT_ALTERED = "document-number-altered"
    DOCUMENT_SERIES = "document-numbers-in-series"
    CONTACTS_ALL_NEW = "known-person-with-all-new-contacts"
    FACE_OTHER_NAME = "face-under-another-name"
    NAME_OTHER_FACE = "name-with-another-face"
    PHONE_SHARED = "phone-shared-by-strangers"
    EMAIL_SHARED = "email-shared-by-strangers"
    ADDRESS_SHARED = "address-shared-by-strangers"
    CONTACT_RING = "ring-of-shared-contacts"
    RUN_REPEATED = "liveness-run-repeated"
    COMMUNITY = "community-of-strangers"
    PAYEE_GATHERS = "payee-gathers-from-many"
    UNDER_LIMIT = "amounts-just-under-the-limit"
    DORMANT_WOKEN = "silent-account-woken"
    BURST = "burst-of-openings"
    STATION_UNLIKE = "station-unlike-its-peers"
    BRANCH_UNLIKE = "branch-unlike-its-peers"
    OPERATOR_UNLIKE = "operator-unlike-their-peers"
    PAIR_UNLIKE = "operator-and-station-together"
    OVERRIDDEN = "approved-over-the-recommendation"
    LIVENESS_WEAK = "liveness-weak"
    LIVENESS_DOUBTED = "liveness-evidence-does-not-hold"
    MATCH_WEAK = "portrait-hardly-matches"
    DOCUMENT_DOUBTED = "document-doubted"
    HOLDER_DOUBTED = "account-holder-doubted"
    HASTE = "hardly-looked-at"
    STATION_SIGNALS = "station-signals"
    CLOCK = "station-clock-disagrees"
    WATCHED = "linked-to-confirmed-fraud"


@dataclass(frozen=True, slots=True)
class Finding:
    """weight: nats it adds to the case's log-odds, positive for risk; seen, usual: how much of it there is and what is usual, in the
    finding's own unit; evidence: other cases it rests on, newest first, a bounded few; about: the station, branch or operator it speaks
    of, empty for a person's links, which have no name here."""

    kind: FindingKind
    weight: float
    seen: float
    usual: float
    evidence: tuple[SessionId, ...] = ()
    about: str = ""


@dataclass(frozen=True, slots=True)
class Assessment:
    """risk: probability of fraud, 0..1, calibrated by `model`; nats: its log-odds; findings: weightiest first; refer: whether a person
    should look, by the budget; again: the case was assessed before and is looked at again because of what came later; at_s: seconds since
    1970, UTC."""

    case: SessionId
    at_s: float
    nats: float
    risk: float
    findings: tuple[Finding, ...]
    refer: bool
    again: bool
    model: str
