"""The question whose account pays, and its answer: who holds it and which face is enrolled for it. For this station and session only.

    question  = what `kiosk/wire/asked.py` says, magic "IDLQ", domain "identity-desk lookup 1", of the account number
    answer    = "IDHO" | u16 version | counted statement | Ed25519 (answers key, "identity-desk holder 1" and all before)
    statement = canonical {"about": SHA-256 of the question, "holder": null or {"birth_date", "given_names", "surname"},
                "outcome": "enrolled" or why not, "session", "since": null or the day the account was opened, "template": null or a
                template's canonical JSON as text}; an answer without "since" is taken, as from a bank that does not say it

The account number is outside no seal. The station checks the bank's signature, the hash and the session, and forgets
what it was told when the comparison is done.
"""

from dataclasses import dataclass
from datetime import date
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kiosk.face.enrolled import FaceTemplate
from kiosk.faults import PacketRefused
from kiosk.risk.returning import Holder, NoEnrolledFace, NoEnrolledFaceBecause
from kiosk.values import Masked, SessionId
from kiosk.wire import canonical
from kiosk.wire.asked import MAX_ASKED, Asked, Kind, ask, open_asked, read_asked
from kiosk.wire.canonical import Json
from kiosk.wire.counted import counted, take_counted
from kiosk.wire.hpke import OpeningKey
from kiosk.wire.keys import BankPublicKeys, EnrolledStation, StationIdentity
from kiosk.wire.limits import MAX_REPLY
from kiosk.wire.receipt import AnswerKeys, signed_by
from kiosk.wire.template import template_from_bytes, template_to_bytes

LOOKUP: Final = Kind(b"IDLQ\0\1", b"identity-desk lookup 1\0")
_ANSWER: Final = b"IDHO\0\1"
_ANSWER_DOMAIN: Final = b"identity-desk holder 1\0"
_SIGNATURE: Final = 64
MAX_QUESTION: Final = MAX_ASKED
MAX_ACCOUNT_CHARS: Final = 64
_ENROLLED: Final = "enrolled"


@dataclass(frozen=True, slots=True)
class Enrolled:
    """The account's holder, the face enrolled for it, and the day it was opened, None where the bank does not say."""

    holder: Masked[Holder]
    template: FaceTemplate
    since: date | None = None


def make_question(session: SessionId, account: Masked[str], identity: StationIdentity, bank: BankPublicKeys) -> bytes:
    return ask(LOOKUP, session, Masked(account.reveal().encode("utf-8")), identity, bank)


def read_question(question: bytes) -> Asked:
    """Take a question apart. Raises PacketRefused."""
    return read_asked(LOOKUP, question)


def open_question(question: Asked, station: EnrolledStation, key: OpeningKey) -> Masked[str]:
    """Return the account asked about, of a question this station signed. Raises PacketRefused."""
    try:
        account = open_asked(question, station, key).reveal().decode("utf-8")
    except UnicodeDecodeError as trouble:
        raise PacketRefused("a question about no account") from trouble
    if not 0 < len(account) <= MAX_ACCOUNT_CHARS:
        raise PacketRefused("a question about no account")
    return Masked(account)


def make_answer(question: Asked, found: Enrolled | NoEnrolledFace, key: Ed25519PrivateKey) -> bytes:
    statement: dict[str, Json] = dict.fromkeys(("holder", "template", "since"))
    statement |= {"about": question.about.hex(), "session": question.session}
    match found:
        case NoEnrolledFace(because=because):
            statement["outcome"] = because.value
        case Enrolled(holder=masked, template=template, since=since):
            holder = masked.reveal()
            born = None if holder.birth_date is None else holder.birth_date.isoformat()
            statement |= {
                "outcome": _ENROLLED,
                "holder": {"surname": holder.surname, "given_names": holder.given_names, "birth_date": born},
                "template": template_to_bytes(template).decode("utf-8"),
                "since": None if since is None else since.isoformat(),
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
            set(others) <= {"since"} and not rest and (asked, of) == (about.hex(), session)
        ):
            since = _day(others.get("since"))
            if word in reasons and holder is None and template is None:
                return NoEnrolledFace(reasons[word])
            if word == _ENROLLED and isinstance(template, str):
                return Enrolled(Masked(_holder(holder)), template_from_bytes(_utf8(template)), since)
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


def _day(value: object) -> date | None:
    try:
        return None if value is None else date.fromisoformat(str(value))
    except ValueError as trouble:
        raise PacketRefused("an account opened on no day") from trouble


def _utf8(text: str) -> bytes:
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError as trouble:
        raise PacketRefused("half a character") from trouble
