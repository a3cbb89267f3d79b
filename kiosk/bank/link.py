"""One bounded request to the bank over HTTP.

Rules:

1. Plain HTTP is spoken to this machine only; anywhere else it must be HTTPS.
2. One request has one deadline, from name look-up to the last byte: a server that drips does not hold the station.
3. No redirect is followed, no proxy taken from the environment, no more than a bounded answer read.
"""

import asyncio
import ssl
import threading
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from urllib.parse import urlsplit

import httpx

from kiosk.bank.connector import Reached
from kiosk.faults import PacketRefused, SettingsRefused
from kiosk.outbox import Unreachable
from kiosk.policy import SyncPolicy
from kiosk.wire.keys import BankPublicKeys, bank_public_keys_from_text
from kiosk.wire.limits import MAX_KEY_TEXT, MAX_REPLY

MAX_ANSWER_BYTES: Final = MAX_REPLY


class Problem(StrEnum):
    """Why there is no usable answer. Each has its words (`delivery-problem.<code>`). The last seven are the intake's own."""

    NO_CONNECTION = "no-connection"
    NOT_TRUSTED = "not-trusted"
    TIMED_OUT = "timed-out"
    STOPPED = "stopped"
    NONSENSE = "nonsense"
    ANSWER_TOO_LONG = "answer-too-long"
    REDIRECTED = "redirected"
    RECEIPT_WRONG = "receipt-wrong"
    REFUSAL_UNSIGNED = "refusal-unsigned"
    OTHER_KEYS = "other-keys"
    SERVER_ERROR = "server-error"
    UNKNOWN_STATION = "unknown-station"
    ID_MISMATCH = "id-mismatch"
    SLOW_DOWN = "slow-down"
    STORAGE_FULL = "storage-full"
    STORAGE_TROUBLE = "storage-trouble"
    TOO_LARGE = "too-large"
    TOO_SLOW = "too-slow"


@dataclass(frozen=True, slots=True)
class Answered:
    """headers: names in lowercase."""

    status: int
    headers: dict[str, str]
    body: bytes


class HttpLink:
    """base_url: the bank's address without a path; authorities: a file of certificates to trust instead of the system's;
    certificate: a file of our own certificate with its key, to show to a bank that asks for one.

    Thread-safe. Raises SettingsRefused for an address that cannot be used. Each request runs in an event loop of its own inside the calling
    thread, because only so the whole of it has one deadline and can be given up from outside.
    """

    def __init__(self, base_url: str, policy: SyncPolicy, authorities: str | None = None, certificate: str | None = None) -> None:
        self._base_url = _usable(base_url)
        self._policy = policy
        self._trust = _trust(authorities, certificate) if self._base_url.startswith("https:") else False
        self._lock = threading.Lock()
        self._closed = False
        self._under_way: set[tuple[asyncio.AbstractEventLoop, asyncio.Task[object]]] = set()

    def close(self) -> None:
        with self._lock:
            self._closed = True
            for loop, task in self._under_way:
                loop.call_soon_threadsafe(task.cancel)

    def successions(self) -> tuple[str, ...] | Unreachable:
        """Return what the bank announces about its keys, oldest first. Nothing in it is believed here."""
        answer = self.ask("GET", "/v1/keys/successions", {}, b"")
        if isinstance(answer, Unreachable):
            return answer
        status, body = answer
        return tuple(body.decode("utf-8", errors="replace").splitlines()) if status == 200 else Unreachable(Problem.NONSENSE)

    def probe(self, bank: BankPublicKeys) -> Reached | Unreachable:
        """Say whether the bank answers and shows these keys."""
        answer = self.ask("GET", "/v1/keys", {}, b"")
        if isinstance(answer, Unreachable):
            return answer
        status, body = answer
        if status != 200 or len(body) > MAX_KEY_TEXT:
            return Unreachable(Problem.NONSENSE)
        try:
            keys = bank_public_keys_from_text(body.decode("utf-8", errors="replace"))
        except PacketRefused:
            return Unreachable(Problem.NONSENSE)
        ours = (bank.sealing_key_id, bank.answers_key_id)
        return Reached() if (keys.sealing_key_id, keys.answers_key_id) == ours else Unreachable(Problem.OTHER_KEYS)

    def ask(
        self, method: str, path: str, headers: dict[str, str], content: bytes, at_most: int = MAX_ANSWER_BYTES
    ) -> tuple[int, bytes] | Unreachable:
        """Return status and body of one request, or why there is none. at_most: bytes of the answer that are read."""
        answer = self.request(method, path, headers, content, at_most)
        return answer if isinstance(answer, Unreachable) else (answer.status, answer.body)

    def request(
        self, method: str, path: str, headers: dict[str, str], content: bytes, at_most: int = MAX_ANSWER_BYTES
    ) -> Answered | Unreachable:
        """Return the whole answer to one request, or why there is none.

        Not `asyncio.run`: at its end that waits for every name look-up still under way, and a look-up cannot be cancelled. Closing the
        loop leaves it to its thread.
        """
        loop = asyncio.new_event_loop()
        try:
            return loop.run_until_complete(self._ask_within(method, path, headers, content, at_most))
        finally:
            loop.run_until_complete(loop.shutdown_asyncgens())
            loop.close()

    async def _ask_within(self, method: str, path: str, headers: dict[str, str], content: bytes, at_most: int) -> Answered | Unreachable:
        task = asyncio.ensure_future(self._exchange(method, path, headers, content, at_most))
        here = (asyncio.get_running_loop(), task)
        with self._lock:
            if self._closed:
                task.cancel()
            self._under_way.add(here)
        try:
            async with asyncio.timeout(self._policy.request_timeout_s):
                return await task
        except asyncio.CancelledError:
            if not self._closed:
                raise
            return Unreachable(Problem.STOPPED)
        except (TimeoutError, httpx.TimeoutException):
            return Unreachable(Problem.TIMED_OUT)
        except httpx.ConnectError as error:
            return Unreachable(Problem.NOT_TRUSTED if isinstance(_root(error), ssl.SSLError) else Problem.NO_CONNECTION)
        except (httpx.RemoteProtocolError, httpx.DecodingError):
            return Unreachable(Problem.NONSENSE)
        except (httpx.TransportError, OSError):
            return Unreachable(Problem.NO_CONNECTION)
        finally:
            with self._lock:
                self._under_way.discard(here)

    async def _exchange(self, method: str, path: str, headers: dict[str, str], content: bytes, at_most: int) -> Answered | Unreachable:
        async with (
            httpx.AsyncClient(
                verify=self._trust, timeout=self._policy.request_timeout_s, follow_redirects=False, trust_env=False, http2=False
            ) as client,
            client.stream(method, self._base_url + path, headers={"Accept-Encoding": "identity"} | headers, content=content) as response,
        ):
            body = bytearray()
            async for chunk in response.aiter_raw():
                body += chunk
                if len(body) > at_most:
                    return Unreachable(Problem.ANSWER_TOO_LONG)
            return Answered(response.status_code, {name.lower(): value for name, value in response.headers.items()}, bytes(body))


def _usable(base_url: str) -> str:
    try:
        parts = urlsplit(base_url)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise SettingsRefused("the bank's address is not an address") from error
    if not host or parts.path not in ("", "/") or parts.query or parts.fragment or parts.username is not None:
        raise SettingsRefused("the bank's address is https://host or https://host:port")
    local = host in ("127.0.0.1", "::1", "localhost")
    if parts.scheme != "https" and not (parts.scheme == "http" and local):
        raise SettingsRefused("the bank's address must be https; plain http is for this machine only")
    return base_url.rstrip("/")


def _trust(authorities: str | None, certificate: str | None) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=authorities)
    except (OSError, ssl.SSLError) as error:
        raise SettingsRefused("the file of trusted certificates cannot be read") from error
    try:
        if certificate is not None:
            context.load_cert_chain(certificate)
    except (OSError, ssl.SSLError) as error:
        raise SettingsRefused("the station's TLS certificate cannot be read") from error
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    return context


def _root(error: BaseException) -> BaseException:
    cause = error.__cause__ or error.__context__
    return error if cause is None else _root(cause)
