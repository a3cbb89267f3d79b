"""The intake over HTTP. Thin: it measures, reads, hands to `Reception` on a worker thread and spells the answer.

To an enrolled station every answer is 200 and a sealed reply, whatever it says. To a station enrolled before there were sealed replies, and
to those nobody knows: 201 and 200 carry a receipt; 4xx with a `note` is a signed refusal; everything else means: not now.
No request header or body of anyone's is ever logged.
"""

import asyncio
import ipaddress
import time
from base64 import b64encode
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Final, assert_never

import anyio.to_thread
from anyio import CapacityLimiter
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from starlette.requests import ClientDisconnect

from kiosk.intake.acceptance import Acceptance
from kiosk.intake.fleet import Fleet
from kiosk.intake.metrics import Metrics
from kiosk.intake.reception import IntakeKeys, Later, NotNow, Outcome, Reception, Sealed, Taken, TurnedAway
from kiosk.intake.store import IntakeStore
from kiosk.wire.keys import bank_public_keys_to_text
from kiosk.wire.limits import MAX_KEY_TEXT, MAX_PACKET
from kiosk.wire.lookup import MAX_QUESTION
from kiosk.wire.packet import Recipient
from kiosk.wire.receipt import RefusalCode
from kiosk.wire.sense import well_formed_id

PACKET_TYPE: Final = "application/vnd.identity-desk.packet"
RECEIPT_TYPE: Final = "application/vnd.identity-desk.receipt"
QUESTION_TYPE: Final = "application/vnd.identity-desk.question"
WITHDRAWAL_TYPE: Final = "application/vnd.identity-desk.withdrawal"
SUCCESSION_TYPE: Final = "application/vnd.identity-desk.succession"
_MOST_SUCCESSIONS: Final = 24
"""As many as fit into an answer."""
HEARTBEAT_TYPE: Final = "application/vnd.identity-desk.heartbeat"
REPLY_TYPE: Final = "application/vnd.identity-desk.reply"

_LATER_STATUS: Final = {
    NotNow.UNKNOWN_STATION: 403,
    NotNow.ID_MISMATCH: 400,
    NotNow.SLOW_DOWN: 429,
    NotNow.STORAGE_FULL: 507,
    NotNow.STORAGE_TROUBLE: 503,
    NotNow.TOO_LARGE: 413,
    NotNow.TOO_SLOW: 408,
    NotNow.WRONG_MEDIA_TYPE: 415,
}


def system_clock() -> datetime:
    return datetime.now(UTC)


def create_app(
    store: IntakeStore,
    keys: IntakeKeys,
    acceptance: Acceptance,
    clock: Callable[[], datetime] = system_clock,
    successions: Sequence[str] = (),
    recipient: Recipient = Recipient.BANK,
    metrics: Metrics | None = None,
    fleet: Fleet | None = None,
) -> FastAPI:
    """Return the service over an open store. The caller closes the store after the service has stopped.

    successions: what the bank's keys signed over to their next, oldest first; metrics: None counts nothing;
    fleet: None hears no heartbeats and publishes nothing.
    """
    reception = Reception(store, keys, acceptance, clock, recipient, fleet)
    public = bank_public_keys_to_text(keys.identity.public())
    app = FastAPI(title="Identity desk intake", version="1", docs_url=None, redoc_url=None)
    turns = CapacityLimiter(8)

    def counted(outcome: Outcome | Sealed, seconds: float = 0.0, received: int = 0) -> Response:
        if metrics is not None:
            metrics.count(outcome, seconds, received)
        return answer(outcome)

    async def answered(request: Request, media_type: str, most: int, ask: Callable[[bytes], Outcome | Sealed]) -> Response:
        """Answer a small question. most: bytes of its body."""
        if request.headers.get("content-type", "") != media_type:
            return answer(Later(NotNow.WRONG_MEDIA_TYPE))
        body = await _read_body(request, acceptance.body_within_s, most)
        if isinstance(body, Later):
            return answer(body)
        return answer(await anyio.to_thread.run_sync(ask, body, limiter=turns))

    @app.post("/v1/packets", response_class=Response, responses={200: _TAKEN, 201: _TAKEN, 422: _REFUSED, 409: _REFUSED})
    async def bring_packet(request: Request) -> Response:
        """Take one packet. Send the same packet as often as you like: it is held once."""
        if request.headers.get("content-type", "") != PACKET_TYPE:
            return counted(Later(NotNow.WRONG_MEDIA_TYPE))
        body = await _read_body(request, acceptance.body_within_s)
        if isinstance(body, Later):
            return counted(body)
        began = time.perf_counter()
        named, known = request.headers.get("idempotency-key", ""), said_size(request.headers.get("known-size", ""))
        outcome = await anyio.to_thread.run_sync(reception.receive, body, named, known, limiter=turns)
        return counted(outcome, time.perf_counter() - began, len(body))

    @app.get("/v1/packets/{packet_id}/receipt", response_class=Response, responses={200: _TAKEN})
    async def fetch_receipt(packet_id: str, digest: str, known_size: str = "") -> Response:
        """Give a receipt again. digest: SHA-256 of the packet, hex: only who has the packet can ask."""
        if not well_formed_id(packet_id) or not (well_formed_id(digest[:32]) and well_formed_id(digest[32:])):
            return JSONResponse({"code": "not-held"}, 404)
        about, known = bytes.fromhex(digest), said_size(known_size)
        outcome = await anyio.to_thread.run_sync(reception.receipt, packet_id, about, known, limiter=turns)
        return JSONResponse({"code": "not-held"}, 404) if outcome is None else answer(outcome)

    @app.get("/v1/keys")
    async def show_keys() -> Response:
        """The bank's public keys. Compare their ids over another channel before a station trusts them."""
        return Response(public, media_type="application/json")

    @app.get("/v1/keys/successions")
    async def show_successions() -> Response:
        """What the bank's keys signed over to their next, a line each, oldest first: a station follows them from the keys it trusts."""
        return Response("\n".join(successions[-_MOST_SUCCESSIONS:]), media_type="text/plain")

    @app.post("/v1/stations/succession", response_class=Response)
    async def succeed_station(request: Request) -> Response:
        """A station's new key, signed over by the one before. Answered under seal to the new key."""
        return await answered(request, SUCCESSION_TYPE, MAX_KEY_TEXT, reception.succeed)

    @app.post("/v1/holders", response_class=Response)
    async def tell_holder(request: Request) -> Response:
        """Who holds an account and which face is enrolled for it: told to the enrolled station that asks, for its session only, sealed."""
        return await answered(request, QUESTION_TYPE, MAX_QUESTION, reception.holder)

    @app.post("/v1/withdrawals", response_class=Response)
    async def withdraw_consent(request: Request) -> Response:
        """A customer took a consent back. Answered under seal, with a signed receipt of what was done."""
        return await answered(request, WITHDRAWAL_TYPE, MAX_QUESTION, reception.withdrawal)

    @app.post("/v1/heartbeats", response_class=Response)
    async def hear_heartbeat(request: Request) -> Response:
        """How a station is; answered under seal with the signed updates it lacks."""
        return await answered(request, HEARTBEAT_TYPE, MAX_QUESTION, reception.heartbeat)

    @app.get("/health")
    async def health() -> Response:
        """Whether the ledger answers, and which packets are taken."""
        ready = await anyio.to_thread.run_sync(reception.ready, limiter=turns)
        return JSONResponse({"ready": ready, "production": acceptance.production}, 200 if ready else 503)

    @app.get("/metrics", response_class=PlainTextResponse)
    async def show_metrics(request: Request) -> Response:
        """Counts over all workers, for Prometheus. Only to this machine: a bank's monitoring scrapes it there, or a proxy passes it on."""
        if metrics is None or request.client is None or not _is_loopback(request.client.host):
            return JSONResponse({"detail": "Not Found"}, 404)
        ready = await anyio.to_thread.run_sync(reception.ready, limiter=turns)
        size = await anyio.to_thread.run_sync(store.log_size, limiter=turns) if ready else 0
        queued = await anyio.to_thread.run_sync(store.queued_count, limiter=turns) if ready else 0
        return PlainTextResponse(metrics.text(size, ready, queued), media_type="text/plain; version=0.0.4")

    return app


_TAKEN: Final = {"description": "The packet is held; the body is the signed receipt.", "content": {RECEIPT_TYPE: {}}}
_REFUSED: Final = {"description": "Never as it is: `code` says why, `note` is the signed refusal, base64."}


async def _read_body(request: Request, within_s: float, at_most: int = MAX_PACKET) -> bytes | Later:
    """Read at most one packet's bytes, in the time allowed. What is larger is left unread and the connection closed."""
    declared = request.headers.get("content-length", "0")
    if not declared.isdecimal() or int(declared[:12]) > at_most:
        return Later(NotNow.TOO_LARGE)
    body = bytearray()
    try:
        async with asyncio.timeout(within_s):
            async for chunk in request.stream():
                body += chunk
                if len(body) > at_most:
                    return Later(NotNow.TOO_LARGE)
    except (TimeoutError, ClientDisconnect):
        return Later(NotNow.TOO_SLOW)
    return bytes(body)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def said_size(text: str) -> int:
    """Return the log size a station says it knows; 0 for anything else, which proves nothing and harms nobody."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else 0


def answer(outcome: Outcome | Sealed) -> Response:
    """Spell an outcome in HTTP."""
    match outcome:
        case Sealed(reply=reply):
            return Response(reply, 200, media_type=REPLY_TYPE)
        case Taken(receipt=receipt, again=again):
            return Response(receipt, 200 if again else 201, media_type=RECEIPT_TYPE)
        case TurnedAway(code=code, note=note):
            status = 409 if code is RefusalCode.ID_CONFLICT else 422
            return JSONResponse({"code": code.value, "note": b64encode(note).decode("ascii")}, status)
        case Later(code=later):
            unread = later in (NotNow.TOO_LARGE, NotNow.TOO_SLOW, NotNow.WRONG_MEDIA_TYPE)
            return JSONResponse({"code": later.value}, _LATER_STATUS[later], {"Connection": "close"} if unread else None)
        case _:
            assert_never(outcome)
