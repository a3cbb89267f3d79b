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

from kiosk.values import SessionId
from kiosk.wire.keys import BankIdentity, draw_bank_identity
from kiosk.wire.packet import digest_of, read_envelope
from kiosk.wire.receipt import Receipt, Refusal, RefusalCode, sign_receipt, sign_refusal

AT = datetime(2026, 3, 4, 12, 5, tzinfo=UTC)

Say = Callable[["Heard"], bytes]
"""What to answer: raw bytes, HTTP or not. None of the bank's honesty is built in."""


@dataclass(frozen=True, slots=True)
class Heard:
    """One request as it came. bank: the keys the station trusts."""

    path: str
    body: bytes
    bank: BankIdentity


def http(status: str, body: bytes, *headers: str) -> bytes:
    lines = (f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *headers)
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def honest_receipt(heard: Heard) -> bytes:
    envelope = read_envelope(heard.body)
    receipt = Receipt(envelope.header.packet_id, digest_of(heard.body), envelope.header.station, AT, 7)
    return sign_receipt(receipt, heard.bank.answers)


def honest(heard: Heard) -> bytes:
    return http("201 Created", honest_receipt(heard))


def _receipt(heard: Heard, **otherwise: object) -> bytes:
    envelope = read_envelope(heard.body)
    members = {"packet_id": envelope.header.packet_id, "digest": digest_of(heard.body), "station": envelope.header.station}
    return sign_receipt(Receipt(**(members | {"received_at": AT, "position": 7} | otherwise)), heard.bank.answers)  # type: ignore[arg-type]


def _flipped(statement: bytes, at: int) -> bytes:
    return statement[:at] + bytes([statement[at] ^ 1]) + statement[at + 1 :]


def refusal_of(heard: Heard, signer: BankIdentity, digest: bytes | None = None) -> bytes:
    note = sign_refusal(Refusal(digest or digest_of(heard.body), RefusalCode.BAD_SIGNATURE, AT), signer.answers)
    return json.dumps({"code": "bad-signature", "note": base64.b64encode(note).decode()}).encode()


_STRANGER = draw_bank_identity()

REPLAYED = sign_receipt(Receipt(SessionId("ab" * 16), b"\1" * 32, "booth-1", AT, 1), _STRANGER.answers)

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
    "signs with another key": (lambda h: http("201 Created", honest_receipt(Heard(h.path, h.body, _STRANGER))), "receipt-wrong"),
    "receipts another digest": (lambda h: http("201 Created", _receipt(h, digest=b"\0" * 32)), "receipt-wrong"),
    "receipts another packet id": (lambda h: http("201 Created", _receipt(h, packet_id="00" * 16)), "receipt-wrong"),
    "receipts another station": (lambda h: http("201 Created", _receipt(h, station="booth-9")), "receipt-wrong"),
    "replays somebody's receipt": (lambda _: http("200 OK", REPLAYED), "receipt-wrong"),
    "changes one bit of the signature": (lambda h: http("201 Created", _flipped(honest_receipt(h), -1)), "receipt-wrong"),
    "changes one bit of the statement": (lambda h: http("201 Created", _flipped(honest_receipt(h), 40)), "receipt-wrong"),
    "adds a byte to the receipt": (lambda h: http("201 Created", honest_receipt(h) + b"\0"), "receipt-wrong"),
    "gives a receipt with a failure": (lambda h: http("400 Bad Request", honest_receipt(h)), "nonsense"),
    "answers without end": (lambda _: http("200 OK", b"x" * 40_000), "answer-too-long"),
    "refuses without a signature": (lambda _: http("422 Unprocessable", b'{"code":"bad-signature"}'), "nonsense"),
    "refuses with a note of nothing": (lambda _: http("422 Unprocessable", b'{"code":"bad-signature","note":"AAAA"}'), "refusal-unsigned"),
    "refuses with a note that is no base64": (lambda _: http("422 U", '{"code":"x","note":"é!"}'.encode()), "refusal-unsigned"),
    "refuses with a stranger's signature": (lambda h: http("422 Unprocessable", refusal_of(h, _STRANGER)), "refusal-unsigned"),
    "refuses another packet": (lambda h: http("422 Unprocessable", refusal_of(h, h.bank, b"\2" * 32)), "refusal-unsigned"),
    "refuses as a success": (lambda h: http("200 OK", refusal_of(h, h.bank)), "receipt-wrong"),
    "refuses as its own failure": (lambda h: http("500 Internal Server Error", refusal_of(h, h.bank)), "server-error"),
    "refuses in nested brackets": (lambda _: http("422 Unprocessable", b"[" * 9_000), "nonsense"),
}
"""Each lie and the code it must end in."""


class LyingBank:
    """Answers every request with what `say` returns. `hold` keeps a connection open after that until the bank is closed."""

    def __init__(self, say: Say, bank: BankIdentity | None = None, hold: bool = False) -> None:
        self.bank = bank or draw_bank_identity()
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
            length = 0
            while (line := incoming.readline()) not in (b"\r\n", b""):
                if line.lower().startswith(b"content-length:"):
                    length = int(line.split(b":")[1])
            body = incoming.read(length)
        self.requests += 1
        self.asked.set()
        try:
            connection.sendall(self._say(Heard(path, body, self.bank)))
        except (BrokenPipeError, ConnectionResetError):
            return
        if self._hold:
            self._closing.wait()
