"""The question whose account pays, and its answer: who holds it and which face is enrolled for it. For this station and session only.

    question  = "IDLQ" | u16 version | counted header | counted sealed | Ed25519 (station key, "identity-desk lookup 1" and all before)
    header    = canonical {"bank_key", "session", "station", "station_key"}; sealed: HPKE of the account number to the bank's sealing key
    answer    = "IDHO" | u16 version | counted statement | Ed25519 (answers key, "identity-desk holder 1" and all before)
    statement = canonical {"about": SHA-256 of the question, "holder": null or {"birth_date", "given_names", "surname"},
                "outcome": "enrolled" or why not, "session", "template": null or a template's canonical JSON as text}

The answer travels in a sealed reply (`kiosk/wire/reply.py`), about the question's hash. The account number is outside no seal, and
a question asked twice is two questions: HPKE draws anew. The station checks the bank's signature, the hash and the session, and forgets
what it was told when the comparison is done.
"""

from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kiosk.face.enrolled import FaceTemplate
from kiosk.faults import PacketRefused
from kiosk.risk.returning import Holder, NoEnrolledFace, NoEnrolledFaceBecause
from kiosk.values import Masked, SessionId
from kiosk.wire import canonical
from kiosk.wire.canonical import Json
from kiosk.wire.counted import counted, take_counted
from kiosk.wire.hpke import OpeningKey, SealingKey
from kiosk.wire.keys import BankPublicKeys, EnrolledStation, StationIdentity, acceptable_name
from kiosk.wire.limits import MAX_HEADER, MAX_REPLY
from kiosk.wire.receipt import AnswerKeys, signed_by
from kiosk.wire.sense import well_formed_id
from kiosk.wire.template import template_from_bytes, template_to_bytes

_QUESTION: Final = b"IDLQ\0\1"
_ANSWER: Final = b"IDHO\0\1"
_QUESTION_DOMAIN: Final = b"identity-desk lookup 1\0"
_ANSWER_DOMAIN: Final = b"identity-desk holder 1\0"
_SIGNATURE: Final = 64
MAX_QUESTION: Final = 8_192
MAX_ACCOUNT_CHARS: Final = 64
_ENROLLED: Final = "enrolled"


@dataclass(frozen=True, slots=True)
class Question:
    """A question taken apart, nothing yet believed. about: its SHA-256."""

    bank_key: str
    session: SessionId
    station: str
    station_key: str
    header: bytes
    sealed: bytes
    signed: bytes
    signature: bytes
    about: bytes


@dataclass(frozen=True, slots=True)
class Enrolled:
    """The account's holder and the face enrolled for it."""

    holder: Masked[Holder]
    template: FaceTemplate


def make_question(session: SessionId, account: Masked[str], identity: StationIdentity, bank: BankPublicKeys) -> bytes:
    header = canonical.spell(
        {"bank_key": bank.sealing_key_id, "session": session, "station": identity.name, "station_key": identity.key_id}
    )
    sealed = SealingKey(bank.mlkem, bank.x25519).seal(account.reveal().encode("utf-8"), _QUESTION_DOMAIN + header)
    signed = _QUESTION + counted(header) + counted(sealed)
    return signed + identity.signing_key.sign(_QUESTION_DOMAIN + signed)


def read_question(question: bytes) -> Question:
    """Take a question apart. Raises PacketRefused."""
    if len(question) > MAX_QUESTION or question[:6] != _QUESTION:
        raise PacketRefused("not a question")
    header, rest = take_counted(question[6:], MAX_HEADER)
    sealed, signature = take_counted(rest, MAX_QUESTION)
    if len(signature) != _SIGNATURE:
        raise PacketRefused("a question that does not end with its signature")
    match canonical.parse(header, MAX_HEADER):
        case {"bank_key": str(bank_key), "session": str(session), "station": str(station), "station_key": str(station_key), **others} if (
            not others and acceptable_name(station) and all(map(well_formed_id, (bank_key, session, station_key)))
        ):
            signed = question[:-_SIGNATURE]
            return Question(
                bank_key, SessionId(session), station, station_key, header, sealed, signed, signature, sha256(question).digest()
            )
        case _:
            raise PacketRefused("a question has not exactly its members")


def open_question(question: Question, station: EnrolledStation, key: OpeningKey) -> Masked[str]:
    """Return the account asked about, of a question this station signed. Raises PacketRefused."""
    if (question.station, question.station_key) != (station.name, station.key_id):
        raise PacketRefused("a question of another station")
    try:
        station.verifying_key.verify(question.signature, _QUESTION_DOMAIN + question.signed)
        account = key.open(question.sealed, _QUESTION_DOMAIN + question.header).reveal().decode("utf-8")
    except (InvalidSignature, UnicodeDecodeError) as trouble:
        raise PacketRefused("a question the station did not sign, or about no account") from trouble
    if not 0 < len(account) <= MAX_ACCOUNT_CHARS:
        raise PacketRefused("a question about no account")
    return Masked(account)


def make_answer(question: Question, found: Enrolled | NoEnrolledFace, key: Ed25519PrivateKey) -> bytes:
    statement: dict[str, Json] = {"about": question.about.hex(), "session": question.session, "holder": None, "template": None}
    match found:
        case NoEnrolledFace(because=because):
            statement["outcome"] = because.value
        case Enrolled(holder=masked, template=template):
            holder = masked.reveal()
            born = None if holder.birth_date is None else holder.birth_date.isoformat()
            statement |= {
                "outcome": _ENROLLED,
                "holder": {"surname": holder.surname, "given_names": holder.given_names, "birth_date": born},
                "template": template_to_bytes(template).decode("utf-8"),
            }
    signed = _ANSWER + counted(canonical.spell(statement))
    return signed + key.sign(_ANSWER_DOMAIN + signed)


def read_answer(answer: bytes, about: bytes, session: SessionId, keys: AnswerKeys) -> Enrolled | NoEnrolledFace:
    """Return what the bank says, signed by it, to this question of this session. Raises PacketRefused."""
    signed, signature = answer[:-_SIGNATURE], answer[-_SIGNATURE:]
    if len(answer) > MAX_REPLY or signed[:6] != _ANSWER:
        raise PacketRefused("not an answer")
    if not any(signed_by(key, signature, _ANSWER_DOMAIN + signed) for key in keys):
        raise PacketRefused("an answer the bank did not sign")
    statement, rest = take_counted(signed[6:], MAX_REPLY)
    reasons = {because.value: because for because in NoEnrolledFaceBecause}
    match canonical.parse(statement, MAX_REPLY):
        case {"about": asked, "session": of, "outcome": str(word), "holder": holder, "template": template, **others} if (
            not others and not rest and (asked, of) == (about.hex(), session)
        ):
            if word in reasons and holder is None and template is None:
                return NoEnrolledFace(reasons[word])
            if word == _ENROLLED and isinstance(template, str):
                return Enrolled(Masked(_holder(holder)), template_from_bytes(_utf8(template)))
            raise PacketRefused("an answer that says nothing known")
        case _:
            raise PacketRefused("an answer to another question")


def _holder(value: Json) -> Holder:
    match value:
        case {"surname": str(surname), "given_names": str(given), "birth_date": str() | None as born, **others} if not others:
            try:
                return Holder(surname, given, None if born is None else date.fromisoformat(born))
            except ValueError as trouble:
                raise PacketRefused("a holder born on no day") from trouble
        case _:
            raise PacketRefused("a holder has not exactly its members")


def _utf8(text: str) -> bytes:
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError as trouble:
        raise PacketRefused("half a character") from trouble
