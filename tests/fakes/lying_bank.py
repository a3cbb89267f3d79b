"""A core bank that can be made wrong on purpose: it speaks raw bytes on a real socket, so it can say what no library would."""

import base64
import json
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

from kiosk.values import StationClass
from kiosk.wire import hash_tree
from kiosk.wire.hash_tree import leaf_hash
from kiosk.wire.keys import BankIdentity, EnrolledStation, draw_bank_identity, draw_station_identity
from kiosk.wire.log_proof import Lie, ProvenReceipt, proven_receipt
from kiosk.wire.packet import digest_of, read_envelope
from kiosk.wire.receipt import Receipt, Refusal, RefusalCode, receipt_leaf, sign_head, sign_receipt, sign_refusal
from kiosk.wire.reply import Reply, Word, seal_reply
from tests.fakes.memory_log import MemoryLog

AT = datetime(2026, 3, 4, 12, 5, tzinfo=UTC)

Say = Callable[["Heard"], bytes]
"""What to answer: raw bytes, HTTP or not. None of the bank's honesty is built in."""

BEFORE = tuple(leaf_hash(bytes([number])) for number in range(6))
"""What the bank's log held before; so the packet's receipt is its seventh leaf."""


@dataclass(frozen=True, slots=True)
class Heard:
    """One request as it came. bank: the keys the station trusts; station: who asks, as enrolled; known_size: the log it says it knows."""

    path: str
    body: bytes
    bank: BankIdentity
    station: EnrolledStation
    known_size: int


def http(status: str, body: bytes, *headers: str) -> bytes:
    lines = (f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *headers)
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def log_of(*leaves: bytes) -> MemoryLog:
    log = MemoryLog()
    for leaf in leaves:
        log.add(leaf)
    return log


def receipt_of(heard: Heard, signer: BankIdentity | None = None, **otherwise: object) -> bytes:
    envelope = read_envelope(heard.body)
    members = {"packet_id": envelope.header.packet_id, "digest": digest_of(heard.body), "station": envelope.header.station}
    receipt = Receipt(**(members | {"received_at": AT, "position": 7} | otherwise))  # type: ignore[arg-type]
    return sign_receipt(receipt, (signer or heard.bank).answers)


def proved(
    heard: Heard, receipt: bytes, log: MemoryLog, position: int = 7, known: int | None = None, signer: BankIdentity | None = None
) -> bytes:
    """Return the receipt with honest proofs from this log, its head signed."""
    head = log.head()
    signed = sign_head(head, AT, (signer or heard.bank).answers)
    return proven_receipt(receipt, position, head, signed, heard.known_size if known is None else known, log.node).to_bytes()


def honest_answer(heard: Heard) -> bytes:
    receipt = receipt_of(heard)
    return proved(heard, receipt, log_of(*BEFORE, receipt_leaf(receipt)))


def sealed(heard: Heard, content: bytes, word: Word = Word.ACCEPTED, about: bytes | None = None) -> bytes:
    assert heard.station.sealing is not None
    return seal_reply(Reply(word, content), about or digest_of(heard.body), heard.station.key_id, heard.station.sealing)


def honest(heard: Heard) -> bytes:
    return http("200 OK", sealed(heard, honest_answer(heard)))


def _flipped(statement: bytes, at: int) -> bytes:
    return statement[:at] + bytes([statement[at] ^ 1]) + statement[at + 1 :]


def note_of(heard: Heard, signer: BankIdentity, digest: bytes | None = None) -> bytes:
    return sign_refusal(Refusal(digest or digest_of(heard.body), RefusalCode.BAD_SIGNATURE, AT), signer.answers)


def refusal_of(heard: Heard, signer: BankIdentity, digest: bytes | None = None) -> bytes:
    """Return a refusal as it is said to somebody unknown, in the clear."""
    return json.dumps({"code": "bad-signature", "note": base64.b64encode(note_of(heard, signer, digest)).decode()}).encode()


def _with_strange_receipt(heard: Heard) -> bytes:
    receipt = receipt_of(heard, _STRANGER)
    return http("200 OK", sealed(heard, proved(heard, receipt, log_of(*BEFORE, receipt_leaf(receipt)))))


def _with_strange_head(heard: Heard) -> bytes:
    receipt = receipt_of(heard)
    return http("200 OK", sealed(heard, proved(heard, receipt, log_of(*BEFORE, receipt_leaf(receipt)), signer=_STRANGER)))


def _for_another(heard: Heard) -> bytes:
    assert _STRANGE_STATION.sealing is not None
    reply = seal_reply(Reply(Word.ACCEPTED, honest_answer(heard)), digest_of(heard.body), heard.station.key_id, _STRANGE_STATION.sealing)
    return http("200 OK", reply)


_STRANGER = draw_bank_identity()
_STRANGE_STATION = draw_station_identity("booth-9", StationClass.PRODUCTION).enrolled()

LIES: dict[str, tuple[Say, str]] = {
    "says nothing and hangs up": (lambda _: b"", "nonsense"),
    "speaks another protocol": (lambda _: b"220 mail.example.org ESMTP\r\n", "nonsense"),
    "stops in the middle of its answer": (lambda h: honest(h)[:-40], "nonsense"),
    "answers with a page": (
        lambda _: http("200 OK", b"<html>Guest network</html>", "Content-Type: text/html"),
        "receipt-wrong",
    ),
    "answers with an empty success": (lambda _: http("200 OK", b""), "receipt-wrong"),
    "says success with no content": (lambda _: b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n", "nonsense"),
    "sends elsewhere": (lambda _: http("307 Temporary Redirect", b"", "Location: http://127.0.0.1:9/v1/packets"), "redirected"),
    "breaks": (lambda _: http("500 Internal Server Error", b"oops"), "server-error"),
    "says it takes nothing now": (lambda _: http("503 Service Unavailable", b"busy"), "server-error"),
    "denies the path": (lambda _: http("404 Not Found", b'{"detail":"Not Found"}'), "nonsense"),
    "gives the receipt in the clear": (lambda h: http("201 Created", honest_answer(h)), "receipt-wrong"),
    "gives a receipt of version 1 in the clear": (lambda h: http("201 Created", receipt_of(h)), "receipt-wrong"),
    "seals to another station": (_for_another, "receipt-wrong"),
    "seals the answer to another packet": (lambda h: http("200 OK", sealed(h, honest_answer(h), about=b"\3" * 32)), "receipt-wrong"),
    "changes one bit of the seal": (lambda h: http("200 OK", _flipped(sealed(h, honest_answer(h)), -1)), "receipt-wrong"),
    "changes one bit of the reply's header": (lambda h: http("200 OK", _flipped(sealed(h, honest_answer(h)), 40)), "receipt-wrong"),
    "adds a byte to the reply": (lambda h: http("200 OK", sealed(h, honest_answer(h)) + b"\0"), "receipt-wrong"),
    "adds a byte to the proof": (lambda h: http("200 OK", sealed(h, honest_answer(h) + b"\0")), "receipt-wrong"),
    "leaves the proof out": (lambda h: http("200 OK", sealed(h, receipt_of(h))), "receipt-wrong"),
    "signs the receipt with another key": (_with_strange_receipt, "receipt-wrong"),
    "signs the head with another key": (_with_strange_head, "receipt-wrong"),
    "gives a receipt with a failure": (lambda h: http("400 Bad Request", sealed(h, honest_answer(h))), "nonsense"),
    "answers without end": (lambda _: http("200 OK", b"x" * 80_000), "answer-too-long"),
    "refuses without a signature": (lambda _: http("422 Unprocessable", b'{"code":"bad-signature"}'), "nonsense"),
    "refuses with a note of nothing": (lambda _: http("422 Unprocessable", b'{"code":"bad-signature","note":"AAAA"}'), "refusal-unsigned"),
    "refuses with a note that is no base64": (lambda _: http("422 U", '{"code":"x","note":"é!"}'.encode()), "refusal-unsigned"),
    "refuses with a stranger's signature": (lambda h: http("422 Unprocessable", refusal_of(h, _STRANGER)), "refusal-unsigned"),
    "refuses another packet": (lambda h: http("422 Unprocessable", refusal_of(h, h.bank, b"\2" * 32)), "refusal-unsigned"),
    "refuses under seal with a stranger's signature": (
        lambda h: http("200 OK", sealed(h, note_of(h, _STRANGER), Word.REFUSED)),
        "refusal-unsigned",
    ),
    "refuses another packet under seal": (
        lambda h: http("200 OK", sealed(h, note_of(h, h.bank, b"\2" * 32), Word.REFUSED)),
        "refusal-unsigned",
    ),
    "refuses as a success": (lambda h: http("200 OK", refusal_of(h, h.bank)), "receipt-wrong"),
    "refuses as its own failure": (lambda h: http("500 Internal Server Error", refusal_of(h, h.bank)), "server-error"),
    "refuses in nested brackets": (lambda _: http("422 Unprocessable", b"[" * 9_000), "nonsense"),
    "puts off in words nobody knows": (lambda h: http("200 OK", sealed(h, b"\xff later", Word.NOT_NOW)), "nonsense"),
}
"""What anybody on the way could say, and the code it must end in."""

KNOWN = log_of(*BEFORE[:4]).head()
"""The last tree head the station kept: of the honest log, four leaves long."""


def _forked(heard: Heard) -> bytes:
    """A log whose second leaf was rewritten; every proof in it is right."""
    receipt = receipt_of(heard)
    return proved(heard, receipt, log_of(BEFORE[0], leaf_hash(b"another"), *BEFORE[2:], receipt_leaf(receipt)))


def _forked_same_size(heard: Heard) -> bytes:
    receipt = receipt_of(heard, position=4)
    return proved(heard, receipt, log_of(*BEFORE[:3], receipt_leaf(receipt)), 4)


def _rolled_back(heard: Heard) -> bytes:
    """A log restored from before the station's last receipt."""
    receipt = receipt_of(heard, position=3)
    return proved(heard, receipt, log_of(*BEFORE[:2], receipt_leaf(receipt)), 3)


def _rolled_back_and_grown(heard: Heard) -> bytes:
    receipt = receipt_of(heard)
    return proved(heard, receipt, log_of(*BEFORE[:2], *(leaf_hash(b"new" + bytes([n])) for n in range(4)), receipt_leaf(receipt)))


def _not_held(heard: Heard) -> bytes:
    """A receipt that never went into the log: the proof is another leaf's."""
    receipt = receipt_of(heard)
    return proved(heard, receipt, log_of(*BEFORE, leaf_hash(b"somebody else")))


def _stale_head(heard: Heard) -> bytes:
    """The receipt is new and the head older than it: the log of before, which knows nothing of this packet."""
    receipt, old = receipt_of(heard), log_of(*BEFORE)
    signed = sign_head(old.head(), AT, heard.bank.answers)
    consistency = hash_tree.consistency_proof(KNOWN.size, 6, old.node)
    return ProvenReceipt(receipt, signed, heard.known_size, hash_tree.inclusion_proof(5, 6, old.node), consistency).to_bytes()


def _old_answer(heard: Heard) -> bytes:
    """An honest answer to this very packet from before the station knew anything, played again."""
    receipt = receipt_of(heard, position=2)
    return proved(heard, receipt, log_of(BEFORE[0], receipt_leaf(receipt)), 2, known=0)


def _of_another(heard: Heard, **otherwise: object) -> bytes:
    receipt = receipt_of(heard, **otherwise)
    return proved(heard, receipt, log_of(*BEFORE, receipt_leaf(receipt)))


SIGNED_LIES: dict[str, tuple[Callable[[Heard], bytes], Lie]] = {
    "receipts another digest": (lambda h: _of_another(h, digest=b"\0" * 32), Lie.RECEIPT_OF_ANOTHER),
    "receipts another packet id": (lambda h: _of_another(h, packet_id="00" * 16), Lie.RECEIPT_OF_ANOTHER),
    "receipts another station": (lambda h: _of_another(h, station="booth-9"), Lie.RECEIPT_OF_ANOTHER),
    "replays somebody's receipt": (
        lambda h: _of_another(h, packet_id="ab" * 16, digest=b"\1" * 32, station="booth-9"),
        Lie.RECEIPT_OF_ANOTHER,
    ),
    "plays an old answer again": (_old_answer, Lie.STALE_ANSWER),
    "forks its log": (_forked, Lie.LOG_FORKED),
    "shows another log of the same size": (_forked_same_size, Lie.LOG_FORKED),
    "rolls its log back": (_rolled_back, Lie.LOG_ROLLED_BACK),
    "rolls its log back and lets it grow again": (_rolled_back_and_grown, Lie.LOG_FORKED),
    "gives a receipt that is not in its log": (_not_held, Lie.NOT_IN_LOG),
    "shows a stale head": (_stale_head, Lie.NOT_IN_LOG),
}
"""What only the bank itself could say, signed by it, to a station that knows `KNOWN`; and in which lie it is caught."""


class LyingBank:
    """Answers every request with what `say` returns. `hold` keeps a connection open after that until the bank is closed."""

    def __init__(self, say: Say, bank: BankIdentity, station: EnrolledStation, hold: bool = False) -> None:
        self.bank = bank
        self._station = station
        self.requests = 0
        self.asked = threading.Event()
        self._say = say
        self._hold = hold
        self._closing = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve, name="lying bank")
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._closing.set()
        socket.create_connection(self._listener.getsockname()).close()
        self._thread.join()
        self._listener.close()

    def _serve(self) -> None:
        while True:
            connection, _ = self._listener.accept()
            with connection:
                if self._closing.is_set():
                    return
                self._answer(connection)

    def _answer(self, connection: socket.socket) -> None:
        with connection.makefile("rb") as incoming:
            path = incoming.readline().split(b" ")[1].decode()
            length = known = 0
            while (line := incoming.readline()) not in (b"\r\n", b""):
                if line.lower().startswith(b"content-length:"):
                    length = int(line.split(b":")[1])
                if line.lower().startswith(b"known-size:"):
                    known = int(line.split(b":")[1])
            body = incoming.read(length)
        self.requests += 1
        self.asked.set()
        try:
            connection.sendall(self._say(Heard(path, body, self.bank, self._station, known)))
        except (BrokenPipeError, ConnectionResetError):
            return
        if self._hold:
            self._closing.wait()
