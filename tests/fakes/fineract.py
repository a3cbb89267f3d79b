"""Apache Fineract's REST API as far as the connector uses it, on a real socket, faithful in its oddities.

Faithful: tenant and sign-in; `Idempotency-Key` of at most 50 characters, 425 while one is in flight, the stored answer replayed for one
that was used, an ERROR too, marked `x-served-from-cache`; external ids and document numbers unique; unknown members refused; a savings
account only for an active client, activated only when approved. Source: fineract-core's command processing and its API documentation.
"""

import json
import threading
from base64 import b64decode, b64encode
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

API = "/fineract-provider/api/v1"
SIGNED_IN = "Basic " + b64encode(b"desk:open sesame").decode()

_CLIENT = {"officeId", "legalFormId", "firstname", "lastname", "externalId", "active", "submittedOnDate", "dateOfBirth"}
_SAVINGS = {"clientId", "productId", "externalId", "submittedOnDate"}
_DATES = {"dateFormat", "locale"}


@dataclass
class Books:
    """What the core holds."""

    clients: list[dict[str, Any]] = field(default_factory=list)
    identifiers: list[dict[str, Any]] = field(default_factory=list)
    images: dict[int, bytes] = field(default_factory=dict)
    savings: list[dict[str, Any]] = field(default_factory=list)
    activations: int = 0


class _Wrong(Exception):
    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.status, self.code = status, code

    def body(self) -> dict[str, Any]:
        return {"httpStatusCode": str(self.status), "errors": [{"userMessageGlobalisationCode": self.code}]}


Reply = tuple[int, bytes]


class FakeFineract:
    """fails: how often a step still fails inside the core, by the path's ending; in_flight: idempotency keys that are being worked on."""

    def __init__(self) -> None:
        self.books = Books()
        self.fails: dict[str, int] = {}
        self.in_flight: set[str] = set()
        self.asked: list[str] = []
        self.keys: list[str] = []
        self._stored: dict[str, Reply] = {}
        self._lock = threading.RLock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = False
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, name="fineract")
        self._thread.start()
        self._stopped = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    def stop(self) -> None:
        if not self._stopped:
            self._stopped = True
            self._server.shutdown()
            self._server.server_close()
            self._thread.join()

    def answer(self, method: str, path: str, headers: dict[str, str], body: bytes) -> tuple[Reply, bool]:
        """Return what to answer, and whether it is a stored answer."""
        with self._lock:
            self.asked.append(f"{method} {path.removeprefix(API)}")
            return self._once(method, path, headers, body)

    def _once(self, method: str, path: str, headers: dict[str, str], body: bytes) -> tuple[Reply, bool]:
        key = headers.get("idempotency-key", "")
        if method == "POST":
            self.keys.append(key)
        try:
            if headers.get("fineract-platform-tenantid") != "default":
                raise _Wrong(400, "error.msg.invalid.tenant.identifier")
            if headers.get("authorization") != SIGNED_IN:
                return (401, b'{"error":"invalid credentials"}'), False
            if len(key) > 50:
                raise _Wrong(400, "error.msg.idempotency.key.length")
        except _Wrong as wrong:
            return (wrong.status, json.dumps(wrong.body()).encode()), False
        if method == "GET":
            return self._done(method, path, body), False
        if key in self.in_flight:
            return (425, b""), False
        if key in self._stored:
            return self._stored[key], True
        self._stored[key] = self._done(method, path, body)
        return self._stored[key], False

    def _done(self, method: str, path: str, body: bytes) -> Reply:
        try:
            step = path.removeprefix(API)
            for ending, left in self.fails.items():
                if method == "POST" and step.endswith(ending) and left > 0:
                    self.fails[ending] = left - 1
                    raise _Wrong(500, "error.msg.platform.server.side.error")
            return 200, json.dumps(self._route(method, step, body)).encode()
        except _Wrong as wrong:
            return wrong.status, json.dumps(wrong.body()).encode()

    def _route(self, method: str, path: str, body: bytes) -> Any:
        path, _, query = path.partition("?")
        match method, path.strip("/").split("/"), query:
            case "GET", ["offices"], "":
                return [{"id": 1, "name": "Head Office"}]
            case "GET", [("clients" | "savingsaccounts") as kind, "external-id", external], "":
                return self._found(self._table(kind), "externalId", external)
            case "POST", ["clients"], "":
                return self._make_client(_members(body, _CLIENT | _DATES))
            case "GET", ["clients", client, "identifiers"], "":
                return [one for one in self.books.identifiers if one["clientId"] == int(client)]
            case "POST", ["clients", client, "identifiers"], "":
                return self._make_identifier(int(client), _members(body, {"documentTypeId", "documentKey", "description", "status"}))
            case "POST", ["clients", client, "images"], "":
                return self._keep_image(int(client), body)
            case "POST", ["clients", client], "command=activate":
                return self._activate(self._found(self.books.clients, "id", int(client)), _members(body, {"activationDate"} | _DATES))
            case "POST", ["savingsaccounts"], "":
                return self._make_savings(_members(body, _SAVINGS | _DATES))
            case "POST", ["savingsaccounts", account], "command=approve":
                return self._step(int(account), "submittedAndPendingApproval", "approved", _members(body, {"approvedOnDate"} | _DATES))
            case "POST", ["savingsaccounts", account], "command=activate":
                return self._step(int(account), "approved", "active", _members(body, {"activatedOnDate"} | _DATES))
            case _:
                raise _Wrong(404, "error.msg.resource.not.found")

    def _table(self, kind: str) -> list[dict[str, Any]]:
        return self.books.clients if kind == "clients" else self.books.savings

    def _found(self, table: list[dict[str, Any]], name: str, value: object) -> dict[str, Any]:
        for row in table:
            if row[name] == value:
                return row
        raise _Wrong(404, "error.msg.resource.not.found")

    def _make_client(self, asked: dict[str, Any]) -> dict[str, Any]:
        if any(row["externalId"] == asked["externalId"] for row in self.books.clients):
            raise _Wrong(403, "error.msg.client.duplicate.externalId")
        number = len(self.books.clients) + 1
        self.books.clients.append(
            {"id": number, "externalId": asked["externalId"], "active": False, "imagePresent": False}
            | {name: asked[name] for name in ("firstname", "lastname")}
        )
        return {"officeId": asked["officeId"], "clientId": number, "resourceId": number}

    def _make_identifier(self, client: int, asked: dict[str, Any]) -> dict[str, Any]:
        self._found(self.books.clients, "id", client)
        for row in self.books.identifiers:
            if row["documentKey"] == asked["documentKey"]:
                raise _Wrong(403, "error.msg.clientIdentifier.identityKey.duplicate")
        self.books.identifiers.append({"id": len(self.books.identifiers) + 1, "clientId": client} | asked)
        return {"clientId": client, "resourceId": len(self.books.identifiers)}

    def _keep_image(self, client: int, body: bytes) -> dict[str, Any]:
        heading, _, content = body.partition(b",")
        if heading != b"data:image/jpeg;base64":
            raise _Wrong(400, "error.msg.image.type.invalid")
        self._found(self.books.clients, "id", client)["imagePresent"] = True
        self.books.images[client] = b64decode(content)
        return {"resourceId": client}

    def _activate(self, client: dict[str, Any], _: dict[str, Any]) -> dict[str, Any]:
        if client["active"]:
            raise _Wrong(400, "error.msg.clients.already.active")
        client["active"] = True
        self.books.activations += 1
        return {"clientId": client["id"]}

    def _make_savings(self, asked: dict[str, Any]) -> dict[str, Any]:
        if not self._found(self.books.clients, "id", asked["clientId"])["active"]:
            raise _Wrong(403, "error.msg.client.not.active.exception")
        if any(row["externalId"] == asked["externalId"] for row in self.books.savings):
            raise _Wrong(403, "error.msg.savingsaccount.duplicate.externalId")
        number = len(self.books.savings) + 1
        states = {"submittedAndPendingApproval": True, "approved": False, "active": False}
        self.books.savings.append({"id": number, "clientId": asked["clientId"], "externalId": asked["externalId"], "status": states})
        return {"savingsId": number, "resourceId": number}

    def _step(self, account: int, before: str, after: str, _: dict[str, Any]) -> dict[str, Any]:
        status = self._found(self.books.savings, "id", account)["status"]
        if not status[before]:
            raise _Wrong(400, "validation.msg.savingsaccount.transition.invalid")
        status[before], status[after] = False, True
        return {"savingsId": account}

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        fineract = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._reply("GET")

            def do_POST(self) -> None:
                self._reply("POST")

            def _reply(self, method: str) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
                reply, cached = fineract.answer(method, self.path, {name.lower(): value for name, value in self.headers.items()}, body)
                self.close_connection = True
                try:
                    self.send_response(reply[0])
                    if cached:
                        self.send_header("x-served-from-cache", "true")
                    self.send_header("Content-Length", str(len(reply[1])))
                    self.end_headers()
                    self.wfile.write(reply[1])
                except (BrokenPipeError, ConnectionResetError):
                    return

            def log_message(self, format: str, *args: object) -> None:
                """The simulator says nothing."""

        return Handler


def _members(body: bytes, allowed: set[str]) -> dict[str, Any]:
    asked = json.loads(body)
    if not isinstance(asked, dict) or set(asked) - allowed:
        raise _Wrong(400, "error.msg.parameter.unsupported")
    if allowed >= _DATES and not set(asked) >= _DATES:
        raise _Wrong(400, "validation.msg.validation.errors.exist")
    return asked
