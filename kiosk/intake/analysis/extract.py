"""From a record to the facts of its case. What names somebody goes through a keyed hash and is gone."""

import hmac
import re
from collections.abc import Sequence
from datetime import datetime
from typing import Final, assert_never

from kiosk.document.reading import DocumentFields, Weight
from kiosk.face.verdict import DifferentFace, MatchVerdict, NotCompared, SameFace, Unsure
from kiosk.intake.analysis.fact import NO_KEY, CaseFact, CaseKind, FaceLink, LinkKey, LinkKind, Links, Looked
from kiosk.liveness.challenge import Live, LivenessVerdict, NotLive, Undecided
from kiosk.record import AccountOpening, ContactDetails, HighValueTransaction, SessionRecord, final_decision, recommended
from kiosk.risk.returning import HolderCompared, NoEnrolledFace, Returning
from kiosk.vault.sealing import Key, derive

_LEAST_NUMBER: Final = 6
"""Shorter document numbers have no halves that say anything."""
_SERIES_ENDS: Final = 2
_RUN_LEAST: Final = 2
"""Fewer answered prompts than this could repeat by chance."""


class LinkKeys:
    """Makes link keys. secret: the bank's; whoever has only the keys cannot try names or numbers."""

    def __init__(self, secret: Key) -> None:
        self._secret = derive(secret, "analysis links").reveal()

    def key(self, kind: LinkKind, *parts: str) -> LinkKey:
        """Return the key of an identifier; NO_KEY if a part is empty. Every part counts with its length."""
        if not all(parts):
            return NO_KEY
        spelled = b"".join(len(part.encode()).to_bytes(4, "big") + part.encode() for part in (kind.value, *parts))
        return LinkKey(int.from_bytes(hmac.digest(self._secret, spelled, "sha256")[:8], "big") >> 1 or 1)


def fact_of(
    record: SessionRecord,
    position: int,
    received_at: datetime,
    keys: LinkKeys,
    rechecked: Sequence[str] = (),
    faces: tuple[FaceLink, ...] = (),
) -> CaseFact:
    """Return the facts. position: in the ledger; rechecked: what the bank's recheck found (`kiosk/intake/recheck.py`); faces: from the
    face index."""
    purpose, disposition = record.purpose, record.disposition
    payment = purpose if isinstance(purpose, HighValueTransaction) else None
    evidence = None if record.liveness is None else record.liveness.evidence
    return CaseFact(
        case=record.session,
        position=position,
        station=record.station.station,
        branch=record.station.branch,
        channel=record.channel,
        kind=CaseKind.OPENING if payment is None else CaseKind.PAYMENT,
        opened_s=record.opened_at.timestamp(),
        closed_s=record.closed_at.timestamp(),
        received_s=received_at.timestamp(),
        recommended=recommended(record.recommendation),
        decision=final_decision(record),
        operator="" if disposition is None else disposition.by,
        second="" if disposition is None or disposition.second is None else disposition.second,
        amount_minor=0 if payment is None else payment.amount_minor,
        links=_links(record, keys),
        faces=faces,
        liveness=_liveness(record.liveness),
        liveness_nats=0.0 if evidence is None else sum(cue.weight for cue in evidence.cues),
        match=_match(record.match),
        match_nats=_match_nats(record.match),
        holder=_holder(record.returning),
        doubts=sum(finding.weight in (Weight.DOUBTS, Weight.CONTRADICTS) for finding in record.document.findings),
        rechecked=len(rechecked),
        retries=0 if evidence is None else evidence.retries,
        policy_version=record.station.policy_version,
    )


def _links(record: SessionRecord, keys: LinkKeys) -> Links:
    run = _run(record.liveness, keys)
    document, half_first, half_last, series, person = _document_keys(record.document.fields, keys)
    phone = email = address = account = payee = NO_KEY
    match record.purpose:
        case AccountOpening(contact=contact):
            if contact is not None:
                phone, email, address = _contact_keys(contact, keys)
        case HighValueTransaction(payee=to, debit_account=debit):
            account = keys.key(LinkKind.ACCOUNT, _packed(debit.reveal()))
            payee = keys.key(LinkKind.ACCOUNT, _packed(to.reveal()))
        case _:
            assert_never(record.purpose)
    return Links(document, half_first, half_last, series, person, phone, email, address, account, payee, run)


def _contact_keys(contact: ContactDetails, keys: LinkKeys) -> tuple[LinkKey, LinkKey, LinkKey]:
    return (
        keys.key(LinkKind.PHONE, re.sub(r"\D", "", contact.phone.reveal()).lstrip("0")),
        keys.key(LinkKind.EMAIL, contact.email.reveal().strip().casefold()),
        keys.key(LinkKind.ADDRESS, _plain(contact.address.reveal())),
    )


def _document_keys(fields: DocumentFields | None, keys: LinkKeys) -> tuple[LinkKey, LinkKey, LinkKey, LinkKey, LinkKey]:
    if fields is None:
        return (NO_KEY,) * 5
    number, issuer, born = _packed(fields.number.reveal()), fields.issuing_state, fields.birth_date.reveal()
    day = "" if born is None else born.isoformat()
    long = number if len(number) >= _LEAST_NUMBER else ""
    middle = len(long) // 2
    return (
        keys.key(LinkKind.DOCUMENT, issuer, number),
        keys.key(LinkKind.HALF, issuer, day, "first", long[:middle]),
        keys.key(LinkKind.HALF, issuer, day, "last", long[middle:]),
        keys.key(LinkKind.SERIES, issuer, long[:-_SERIES_ENDS]),
        keys.key(LinkKind.PERSON, _plain(fields.surname.reveal()), _plain(fields.given_names.reveal()), day),
    )


def _run(liveness: LivenessVerdict | None, keys: LinkKeys) -> LinkKey:
    """Return the key of what was measured in a run: how long each answer took, how far it went, the eyes' baseline. A person never gives
    the same milliseconds and hundredths twice; a recording that is played again does."""
    if liveness is None or len(liveness.evidence.done) < _RUN_LEAST:
        return NO_KEY
    evidence = liveness.evidence
    answers = [f"{one.kind.value}:{(one.done_ns - one.asked_ns) // 1_000_000}:{one.peak:.2f}" for one in evidence.done]
    return keys.key(LinkKind.RUN, *answers, f"{evidence.open_eye_baseline or 0.0:.3f}")


def _liveness(verdict: LivenessVerdict | None) -> Looked:
    match verdict:
        case Live():
            return Looked.VOUCHES
        case NotLive():
            return Looked.AGAINST
        case Undecided():
            return Looked.UNSURE
        case None:
            return Looked.ABSENT
        case _:
            assert_never(verdict)


def _match(verdict: MatchVerdict | None) -> Looked:
    match verdict:
        case SameFace():
            return Looked.VOUCHES
        case Unsure():
            return Looked.UNSURE
        case DifferentFace():
            return Looked.AGAINST
        case NotCompared() | None:
            return Looked.ABSENT
        case _:
            assert_never(verdict)


def _match_nats(verdict: MatchVerdict | None) -> float:
    match verdict:
        case SameFace(evidence=evidence) | Unsure(evidence=evidence) | DifferentFace(evidence=evidence):
            return evidence.log_likelihood_ratio or 0.0
        case NotCompared() | None:
            return 0.0
        case _:
            assert_never(verdict)


def _holder(returning: Returning | None) -> Looked:
    match returning:
        case None | NoEnrolledFace():
            return Looked.ABSENT
        case HolderCompared(holder_agrees=False):
            return Looked.AGAINST
        case HolderCompared(match=match):
            return _match(match)
        case _:
            assert_never(returning)


def _packed(text: str) -> str:
    return re.sub(r"[\s.\-/<]", "", text).upper()


def _plain(text: str) -> str:
    return re.sub(r"[\W_]+", " ", text.casefold()).strip()
