"""The way to the intake over HTTP (`kiosk/bank/link.py` says how one request is made).

Rules:

1. The answer is sealed to this station and to this packet's digest; what is not is believed in nothing but "not now".
2. Only a receipt that is the bank's, over this packet, and proved to stand in its log (`kiosk/wire/log_proof.py`) counts as delivered.
3. Only a refusal that is signed by the bank over this packet's digest counts as refused: a captive portal cannot make us give up.
4. What the bank signed and is yet a lie is `Mistrusted`, with the bytes as evidence. The packet stays and is tried again.
5. Everything else is `Unreachable` with a code of ours, and will be tried again.
"""

import json
import secrets
from base64 import b64decode
from collections.abc import Callable, Sequence
from typing import Final, Protocol

from kiosk.bank.connector import Reached
from kiosk.bank.link import HttpLink, Problem
from kiosk.faults import PacketRefused
from kiosk.outbox import Accepted, AlreadyHeld, Answer, Mistrusted, Refused, Unreachable
from kiosk.policy import SyncPolicy
from kiosk.risk.returning import NoEnrolledFace, NoEnrolledFaceBecause
from kiosk.values import Masked, SessionId
from kiosk.wire.asked import read_asked
from kiosk.wire.hash_tree import EMPTY_ROOT, TreeHead
from kiosk.wire.heartbeat import Lacking, Report, make_heartbeat, read_lacking
from kiosk.wire.keys import StationIdentity
from kiosk.wire.limits import MAX_FEEDBACK
from kiosk.wire.log_proof import Asked, Lie, judge
from kiosk.wire.lookup import Enrolled, make_question, read_answer
from kiosk.wire.packet import Packet, digest_of, read_envelope
from kiosk.wire.receipt import verify_refusal
from kiosk.wire.reply import Reply, Word, open_reply
from kiosk.wire.succession import TrustedBank
from kiosk.wire.withdrawal import WITHDRAWAL, read_receipt

PACKET_TYPE: Final = "application/vnd.identity-desk.packet"
QUESTION_TYPE: Final = "application/vnd.identity-desk.question"
WITHDRAWAL_TYPE: Final = "application/vnd.identity-desk.withdrawal"
SUCCESSION_TYPE: Final = "application/vnd.identity-desk.succession"
HEARTBEAT_TYPE: Final = "application/vnd.identity-desk.heartbeat"
NOTHING_KNOWN: Final = TreeHead(0, EMPTY_ROOT)

_THEIRS: Final = {
    problem.value: problem
    for problem in (
        Problem.UNKNOWN_STATION,
        Problem.ID_MISMATCH,
        Problem.SLOW_DOWN,
        Problem.STORAGE_FULL,
        Problem.STORAGE_TROUBLE,
        Problem.TOO_LARGE,
        Problem.TOO_SLOW,
    )
}


class BankTrust(Protocol):
    """Which bank is trusted now. `kiosk.trust.bank_trust.KeptBankTrust` follows a bank's successions; a `TrustedBank` is one by itself."""

    def trusted(self) -> TrustedBank: ...


def _no_head() -> TreeHead:
    return NOTHING_KNOWN


class HttpConnector:
    """identity: who we are, and what opens the bank's answers; former: who we were, for packets signed then; bank: whose answers count;
    known: the last tree head kept, asked for before every delivery; link: what carries requests, where it is not a connection of its own
    for each.

    Raises SettingsRefused for an address that cannot be used.
    """

    def __init__(
        self,
        base_url: str,
        identity: StationIdentity,
        bank: BankTrust,
        policy: SyncPolicy,
        authorities: str | None = None,
        known: Callable[[], TreeHead] = _no_head,
        former: Sequence[StationIdentity] = (),
        link: HttpLink | None = None,
        certificate: str | None = None,
    ) -> None:
        self._link = HttpLink(base_url, policy, authorities, certificate) if link is None else link
        self._identity = identity
        self._opening = {one.key_id: one.opening_key() for one in (identity, *former)}
        self._bank = bank
        self._known = known

    def deliver(self, packet: Packet) -> Answer:
        known = self._known()
        headers = {"Content-Type": PACKET_TYPE, "Idempotency-Key": packet.packet_id, "Known-Size": str(known.size)}
        answer = self._link.ask("POST", "/v1/packets", headers, packet.sealed)
        if isinstance(answer, Unreachable):
            return answer
        status, body = answer
        if 300 <= status < 400:
            return Unreachable(Problem.REDIRECTED)
        if status in (200, 201):
            return self._judge(packet, known, body)
        return self._judge_no(packet, status, body)

    def probe(self) -> Reached | Unreachable:
        return self._link.probe(self._bank.trusted().current)

    def look_up(self, session: SessionId, account: Masked[str]) -> Enrolled | NoEnrolledFace:
        """Ask who holds an account and which face is enrolled for it. Whatever is not the bank's own answer counts as none."""
        bank = self._bank.trusted()
        question = make_question(session, account, self._identity, bank.current)
        answer = self._link.ask("POST", "/v1/holders", {"Content-Type": QUESTION_TYPE}, question)
        if isinstance(answer, Unreachable):
            return NoEnrolledFace(NoEnrolledFaceBecause.BANK_SILENT)
        about = digest_of(question)
        try:
            reply = open_reply(answer[1], about, self._identity.key_id, self._opening[self._identity.key_id])
            if reply.word is not Word.HOLDER:
                return NoEnrolledFace(NoEnrolledFaceBecause.BANK_SILENT)
            return read_answer(reply.content, about, session, bank.answers)
        except PacketRefused:
            return NoEnrolledFace(NoEnrolledFaceBecause.ANSWER_WRONG)

    def withdraw(self, told: Packet) -> Answer:
        """Bring a withdrawn consent, as `kiosk/wire/withdrawal.py` makes it. Only the bank's signed receipt counts as an answer."""
        answer = self._link.ask("POST", "/v1/withdrawals", {"Content-Type": WITHDRAWAL_TYPE}, told.sealed)
        if isinstance(answer, Unreachable):
            return answer
        try:
            signed_by = read_asked(WITHDRAWAL, told.sealed).station_key
            reply = open_reply(answer[1], told.digest, signed_by, self._opening[signed_by])
            match reply.word:
                case Word.WITHDRAWN:
                    read_receipt(reply.content, told.digest, told.packet_id, self._bank.trusted().answers)
                    return Accepted(reply.content)
                case Word.NOT_NOW:
                    return Unreachable(_THEIRS.get(reply.content.decode("ascii", errors="replace"), Problem.NONSENSE))
                case _:
                    # The seal does not say who sealed: no refusal is believed, and withdrawals are told until one is receipted.
                    return Unreachable(Problem.NONSENSE)
        except (PacketRefused, KeyError):
            return Unreachable(Problem.RECEIPT_WRONG)

    def heartbeat(self, report: Report) -> Lacking | Unreachable:
        """Say how this station is; return what the bank has for it. Each update in the answer is still to be judged by itself."""
        bank = self._bank.trusted()
        said = make_heartbeat(report, SessionId(secrets.token_hex(16)), self._identity, bank.current)
        answer = self._link.ask("POST", "/v1/heartbeats", {"Content-Type": HEARTBEAT_TYPE}, said, MAX_FEEDBACK)
        if isinstance(answer, Unreachable):
            return answer
        about, own = digest_of(said), self._identity.key_id
        try:
            reply = open_reply(answer[1], about, own, self._opening[own], MAX_FEEDBACK)
            if reply.word is Word.FEEDBACK:
                return read_lacking(reply.content, about, bank.answers)
        except PacketRefused:
            return Unreachable(Problem.NONSENSE)
        return Unreachable(_THEIRS.get(reply.content.decode("ascii", errors="replace"), Problem.NONSENSE))

    def successions(self) -> tuple[str, ...] | Unreachable:
        """Return what the bank announces about its keys, oldest first. Nothing in it is believed here."""
        return self._link.successions()

    def succeed(self, succession: str, new: StationIdentity) -> bool | Unreachable:
        """Bring a station's succession; return whether the bank took it."""
        body = succession.encode("utf-8")
        answer = self._link.ask("POST", "/v1/stations/succession", {"Content-Type": SUCCESSION_TYPE}, body)
        if isinstance(answer, Unreachable):
            return answer
        try:
            reply = open_reply(answer[1], digest_of(body), new.key_id, new.opening_key())
        except PacketRefused:
            return Unreachable(Problem.NONSENSE)
        if reply.word is Word.NOT_NOW:
            return Unreachable(_THEIRS.get(reply.content.decode("ascii", errors="replace"), Problem.NONSENSE))
        return reply.word is Word.ACCEPTED

    def close(self) -> None:
        self._link.close()

    def _judge(self, packet: Packet, known: TreeHead, body: bytes) -> Answer:
        try:
            signed_by = read_envelope(packet.sealed).header.station_key
            reply = open_reply(body, packet.digest, signed_by, self._opening[signed_by])
            return self._judge_reply(packet, known, reply)
        except (PacketRefused, KeyError):
            return Unreachable(Problem.RECEIPT_WRONG)

    def _judge_reply(self, packet: Packet, known: TreeHead, reply: Reply) -> Answer:
        match reply.word:
            case Word.ACCEPTED | Word.HELD_ALREADY:
                asked = Asked(packet.packet_id, packet.digest, read_envelope(packet.sealed).header.station, known)
                found = judge(reply.content, asked, self._bank.trusted().answers)
                if isinstance(found, Lie):
                    return Mistrusted(found.value, reply.content)
                counts = Accepted if reply.word is Word.ACCEPTED else AlreadyHeld
                return counts(reply.content, found.head.statement)
            case Word.REFUSED:
                return self._refused(packet, reply.content)
            case Word.NOT_NOW:
                return Unreachable(_THEIRS.get(reply.content.decode("ascii", errors="replace"), Problem.NONSENSE))
            case _:
                return Unreachable(Problem.NONSENSE)

    def _refused(self, packet: Packet, note: bytes) -> Answer:
        try:
            return Refused(verify_refusal(note, packet.digest, self._bank.trusted().answers).code)
        except PacketRefused:
            return Unreachable(Problem.REFUSAL_UNSIGNED)

    def _judge_no(self, packet: Packet, status: int, body: bytes) -> Answer:
        """What is said in the clear: by a bank that does not know who asks, or by something that is no bank."""
        match _spoken(body):
            case {"code": str(), "note": str(note)} if 400 <= status < 500:
                try:
                    return self._refused(packet, b64decode(note, validate=True))
                except ValueError:
                    return Unreachable(Problem.REFUSAL_UNSIGNED)
            case {"code": str(code)} if code in _THEIRS:
                return Unreachable(_THEIRS[code])
            case _:
                return Unreachable(Problem.SERVER_ERROR if status >= 500 else Problem.NONSENSE)


def _spoken(body: bytes) -> object:
    """Return the JSON of an answer, None if it is none. Nothing in it is believed; its size was bounded before."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


class WithdrawalWay:
    """The same way, for withdrawn consents. Implements `Connector`, for a courier of its own."""

    def __init__(self, connector: HttpConnector) -> None:
        self._connector = connector

    def deliver(self, packet: Packet) -> Answer:
        return self._connector.withdraw(packet)

    def probe(self) -> Reached | Unreachable:
        return self._connector.probe()

    def close(self) -> None:
        self._connector.close()
