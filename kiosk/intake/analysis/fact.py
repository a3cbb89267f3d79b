"""What deep analysis knows of one case: codes, times, counts, and keyed hashes in place of everything that names a person.

Age, sex, nationality and the document's country are not here, neither as features nor as keys of their own: nothing can be held against
a group that is not told. (They are inside the keyed hashes of a person and of a document number, as part of what makes those unique.)
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NewType

from kiosk.record import Decision
from kiosk.values import Channel, SessionId

LinkKey = NewType("LinkKey", int)
"""A keyed hash of an identifier and its kind, 1..2**63 - 1, so that it fits a signed column. Of six million two are alike with a chance of
two in a million."""

NO_KEY: Final = LinkKey(0)


class LinkKind(StrEnum):
    """What two cases can have in common. SERIES: document numbers but for the last two characters; HALF: the day of birth and one half of
    the number, which one altered character leaves alone; RUN: the measurements of a liveness run, which no two runs share."""

    DOCUMENT = "document"
    HALF = "document-half"
    SERIES = "document-series"
    PERSON = "person"
    FACE = "face"
    PHONE = "phone"
    EMAIL = "email"
    ADDRESS = "address"
    ACCOUNT = "account"
    PAYEE = "payee"
    RUN = "liveness-run"


@dataclass(frozen=True, slots=True)
class Links:
    """Keys of one case, NO_KEY where the case has none. payee and account are of one space, so that a payee who is a customer is known as
    one; half_first and half_last: see LinkKind.HALF."""

    document: LinkKey = NO_KEY
    half_first: LinkKey = NO_KEY
    half_last: LinkKey = NO_KEY
    series: LinkKey = NO_KEY
    person: LinkKey = NO_KEY
    phone: LinkKey = NO_KEY
    email: LinkKey = NO_KEY
    address: LinkKey = NO_KEY
    account: LinkKey = NO_KEY
    payee: LinkKey = NO_KEY
    run: LinkKey = NO_KEY


@dataclass(frozen=True, slots=True)
class FaceLink:
    """What the face index says about this case and an earlier one. same: one face; else the index compared two cases of one name and saw
    two faces. sure: natural logarithm of how much likelier that is with what `same` says than with the other."""

    earlier: SessionId
    same: bool
    sure: float


class CaseKind(StrEnum):
    OPENING = "opening"
    PAYMENT = "payment"


class Looked(StrEnum):
    """How a check of the station came out: it vouches, it is unsure, it speaks against, or it was not made."""

    VOUCHES = "vouches"
    UNSURE = "unsure"
    AGAINST = "against"
    ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class CaseFact:
    """One case. Times are seconds since 1970, UTC.

    opened_s: by the station's clock, which may lie; received_s: by the bank's. operator, second: who decided, empty for nobody.
    liveness, match, holder: what the station says of the living person, the portrait, and the account's holder (payments).
    liveness_nats: sum of the liveness cues, positive for a person; match_nats: log-likelihood ratio of the portrait, 0.0 where there is
    none; doubts: findings against the document; rechecked: what the bank found wrong in the liveness evidence; station_nats: the log-odds
    of risk by the station's own signals, 0.0 where it gave none.
    """

    case: SessionId
    position: int
    station: str
    branch: str
    channel: Channel
    kind: CaseKind
    opened_s: float
    closed_s: float
    received_s: float
    recommended: Decision
    decision: Decision
    operator: str = ""
    second: str = ""
    amount_minor: int = 0
    links: Links = Links()
    faces: tuple[FaceLink, ...] = ()
    liveness: Looked = Looked.ABSENT
    liveness_nats: float = 0.0
    match: Looked = Looked.ABSENT
    match_nats: float = 0.0
    holder: Looked = Looked.ABSENT
    doubts: int = 0
    rechecked: int = 0
    retries: int = 0
    station_nats: float = 0.0
    policy_version: str = ""


class Truth(StrEnum):
    """What a person found out about a case."""

    FRAUD = "fraud"
    FALSE_ALARM = "false-alarm"


@dataclass(frozen=True, slots=True)
class Label:
    """by: the analyst; second: the second person of a confirmed fraud, empty for none. at_s: when, seconds since 1970, UTC."""

    case: SessionId
    truth: Truth
    by: str
    second: str
    at_s: float
