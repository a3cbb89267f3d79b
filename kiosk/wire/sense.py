"""What no honest record can say. Kept short: refusing an honest record loses a customer's case to a person's desk."""

from typing import assert_never

from kiosk.face.verdict import SameFace
from kiosk.faults import PacketRefused
from kiosk.liveness.challenge import Live
from kiosk.record import AccountOpening, Decision, HighValueTransaction, Purpose, SessionRecord, reasons_for, recommended
from kiosk.risk.decision import Approve, StepUp
from kiosk.risk.policy_file import Act
from kiosk.risk.returning import HolderCompared
from kiosk.values import Channel, ConsentPurpose

_HEX = frozenset("0123456789abcdef")


def well_formed_id(text: str) -> bool:
    """Return whether this is 32 lowercase hex digits, as session ids and key ids are."""
    return len(text) == 32 and _HEX.issuperset(text)


def purpose_word(purpose: Purpose) -> str:
    """Return the purpose as written in the clear header."""
    match purpose:
        case AccountOpening():
            return "account-opening"
        case HighValueTransaction():
            return "high-value-transaction"
        case _:
            assert_never(purpose)


def check_record(record: SessionRecord, record_format: int = 2) -> None:
    """Raise PacketRefused if the record contradicts itself. record_format: what it was written in; format 1 knew no returning customers."""
    if not well_formed_id(record.session):
        raise PacketRefused("the session's id is not 32 hex digits")
    if record.continues is not None and (not well_formed_id(record.continues) or record.continues == record.session):
        raise PacketRefused("a record that continues nothing")
    _check_purpose(record.purpose)
    if isinstance(record.recommendation, Approve) and not (
        record.document.outcome == "read" and isinstance(record.liveness, Live) and isinstance(record.match, SameFace)
    ):
        raise PacketRefused("an approval without document, liveness and face")
    if (record.liveness is not None or record.match is not None) and not record.consent.covers(ConsentPurpose.IDENTITY_CHECK):
        raise PacketRefused("biometric evidence without consent to it")
    given = isinstance(record.purpose, AccountOpening) and record.purpose.contact is not None
    if given and record_format > 1 and record.channel is Channel.BOOTH and not record.consent.covers(ConsentPurpose.CONTACT):
        raise PacketRefused("contact details a customer of the booth did not agree to give")
    if record_format > 1 and isinstance(record.purpose, HighValueTransaction) and isinstance(record.recommendation, Approve):
        held = record.returning
        if not (isinstance(held, HolderCompared) and held.holder_agrees and isinstance(held.match, SameFace)):
            raise PacketRefused("an approved transaction of somebody who is not shown to hold the account")
    watched = record.liveness is not None and record.liveness.evidence.frames > 0
    if (record.document.outcome == "read" or watched) and not record.sources:
        raise PacketRefused("evidence from pictures that came from nowhere")
    _check_risk(record)
    _check_disposition(record, record_format)


def _check_risk(record: SessionRecord) -> None:
    """What was recommended is never milder than what the policy wanted, and the numbers are what they are called."""
    risk = record.risk
    if risk is None:
        return
    shares = (risk.probability, *(one.confidence for one in risk.signals))
    if any(not 0.0 <= share <= 1.0 for share in shares) or not _well_formed_digest(risk.digest):
        raise PacketRefused("a risk without probability, confidence or policy")
    if len({one.name for one in risk.signals}) != len(risk.signals):
        raise PacketRefused("one signal read twice")
    left = set(risk.step_ups) - set(risk.stepped_up)
    graver = risk.wanted in (Act.REFER, Act.DECLINE) or bool(left)
    if isinstance(record.recommendation, Approve) and graver:
        raise PacketRefused("an approval its own risk policy did not allow")
    if risk.wanted is Act.DECLINE and isinstance(record.recommendation, StepUp):
        raise PacketRefused("a step up where the risk policy declined")


def _well_formed_digest(text: str) -> bool:
    return len(text) == 64 and _HEX.issuperset(text)


def _check_purpose(purpose: Purpose) -> None:
    if isinstance(purpose, HighValueTransaction):
        letters = purpose.currency
        if purpose.amount_minor <= 0 or len(letters) != 3 or not (letters.isascii() and letters.isalpha() and letters.isupper()):
            raise PacketRefused("a transaction without a positive amount in a currency")


def _check_disposition(record: SessionRecord, record_format: int) -> None:
    disposition = record.disposition
    if disposition is None:
        return
    if disposition.second == disposition.by:
        raise PacketRefused("the second person is the first")
    overridden = disposition.decision is Decision.APPROVE and not isinstance(record.recommendation, Approve)
    if overridden and disposition.second is None:
        raise PacketRefused("a recommendation overridden by one person alone")
    against = disposition.decision is not recommended(record.recommendation)
    if record_format > 1 and against and disposition.picked not in reasons_for(disposition.decision):
        raise PacketRefused("a recommendation overridden without a reason of the list that fits")
