"""A proxy between a connector and a bank that spoils one request, told by its number, in every way an answer can fail."""

import http.client
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self

Reply = tuple[int, dict[str, str], bytes]
Mishap = Callable[[Callable[[], Reply]], Reply | None]
"""Given what would carry the request on, returns what is answered; None hangs up without a word."""


def hangs_up_before(_: Callable[[], Reply]) -> Reply | None:
    return None


def hangs_up_after(carry: Callable[[], Reply]) -> Reply | None:
    carry()
    return None


def breaks(_: Callable[[], Reply]) -> Reply | None:
    return 500, {}, b"oops"


def breaks_after(carry: Callable[[], Reply]) -> Reply | None:
    carry()
    return 502, {}, b"bad gateway"


def speaks_html(_: Callable[[], Reply]) -> Reply | None:
    return 200, {"Content-Type": "text/html"}, b"<html>Guest network</html>"


def answers_without_end(_: Callable[[], Reply]) -> Reply | None:
    return 200, {}, b" " * 5_000_000


def sends_elsewhere(_: Callable[[], Reply]) -> Reply | None:
    return 307, {"Location": "http://127.0.0.1:9/"}, b""


def nests(_: Callable[[], Reply]) -> Reply | None:
    return 200, {}, b"[" * 30_000


ANYWHERE: tuple[Mishap, ...] = (hangs_up_before, hangs_up_after, breaks, breaks_after)
"""Spoil any request: the next attempt must come to the same end."""

ONCE: tuple[Mishap, ...] = (speaks_html, answers_without_end, sends_elsewhere, nests)


class BadRoad:
    """target: http://host:port of the bank. mishaps: by the number of requests that came before."""

    def __init__(self, target: str) -> None:
        self.mishaps: dict[int, Mishap] = {}
        self.carried = 0
        self._target = target.removeprefix("http://")
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = False
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, name="bad road")
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def spoil(self, mishap: Mishap, after: int) -> None:
        """Let this happen to one request, when so many more have passed."""
        self.mishaps = {self.carried + after: mishap}

    def _answer(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Reply | None:
        with self._lock:
            mishap = self.mishaps.get(self.carried)
            self.carried += 1

        def carry() -> Reply:
            onward = http.client.HTTPConnection(self._target, timeout=20)
            try:
                onward.request(method, path, body, headers)
                answer = onward.getresponse()
                return answer.status, dict(answer.getheaders()), answer.read()
            finally:
                onward.close()

        try:
            return carry() if mishap is None else mishap(carry)
        except OSError:
            return None

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        road = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._reply("GET")

            def do_POST(self) -> None:
                self._reply("POST")

            def _reply(self, method: str) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
                kept = {name: value for name, value in self.headers.items() if name.lower() not in ("host", "connection")}
                reply = road._answer(method, self.path, kept, body)
                self.close_connection = True
                if reply is None:
                    return
                status, headers, said = reply
                try:
                    self.send_response(status)
                    for name, value in headers.items():
                        if name.lower() not in ("content-length", "connection", "date", "server", "transfer-encoding"):
                            self.send_header(name, value)
                    self.send_header("Content-Length", str(len(said)))
                    self.end_headers()
                    self.wfile.write(said)
                except (BrokenPipeError, ConnectionResetError):
                    return

            def log_message(self, format: str, *args: object) -> None:
                """The road says nothing."""

        return Handler
