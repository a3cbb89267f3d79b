"""Who may hold a connection to a service of the bank's, and for how long: nobody who only waits keeps anybody else out.

1. A head is complete within `head_s` from its first moment, however its bytes trickle; a body within `body_s`; an answer is read within
   `read_s` of its first standstill; a connection that gave way is gone `close_s` later, whether its peer reads or not.
2. At most so many connections in all, and half as many of one party (`kiosk/intake/door.py`). One too many takes the place of a connection
   that waits for its client: of the party that has most of them, and there the one that waits longest.
3. A body under way and an answer being read are left alone for `grace_s`, unless nobody else can give way and the newcomer's party would
   still have fewer places.
4. Where nobody can give way the newcomer is answered 503, and past twice the number of places it is not heard at all.

What is being worked on is never cut off. uvicorn's own limit counts connections that say nothing, and then answers everybody 503.
"""

import asyncio
from collections import Counter
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, cast

import h11
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from kiosk.intake.door import THIS_MACHINE, Address, party_of

_PIECE = 65_536
"""Bytes of an answer that are handed to the transport at once."""


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds. body_s: more than the slowest of the services allows its packets, which says so itself."""

    head_s: float = 10.0
    body_s: float = 60.0
    read_s: float = 30.0
    close_s: float = 5.0
    grace_s: float = 5.0
    handshake_s: float = 10.0
    idle_s: int = 5
    """Between one answer and the next request."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """at_once: places for connections; proxies: addresses that speak for many."""

    at_once: int
    patience: Patience = Patience()
    proxies: frozenset[Address] = THIS_MACHINE

    @property
    def of_one(self) -> int:
        """Places one party may have."""
        return max(1, self.at_once // 2)


def in_pieces(app: ASGIApp) -> ASGIApp:
    """Return the app whose answers are handed on piece by piece.

    One handed on whole is complete for uvicorn before its peer has read any of it, and with TLS nobody hears that it is not read."""

    async def answering(scope: Scope, receive: Receive, send: Send) -> None:
        async def pass_on(message: Message) -> None:
            body, sent = message.get("body", b""), 0
            while len(body) - sent > _PIECE:
                await send({"type": message["type"], "body": body[sent : sent + _PIECE], "more_body": True})
                sent += _PIECE
            await send({**message, "body": body[sent:]} if sent else message)

        await app(scope, receive, pass_on)

    return answering


class _Waits(IntEnum):
    """For what, the readiest to give way first."""

    HEAD = 0
    READER = 1
    """The answer, or what came of it so far, is not read."""
    BODY = 2
    NOTHING = 3
    CLOSING = 4
    """Holds no place any more."""


class BoundedProtocol(H11Protocol):
    """One connection; all but the bounds as uvicorn gives it."""

    def __init__(self, bounds: Bounds, **given: Any) -> None:
        super().__init__(**given)
        self.limit_concurrency = None
        self._bounds, self._patience = bounds, bounds.patience
        self._party: object = object()
        self._waits, self._since = _Waits.HEAD, 0.0
        self._late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn's
        super().connection_made(transport)
        if self.client is not None:
            self._party = party_of(self.client[0], self._bounds.proxies) or self._party
        self._wait_for(_Waits.HEAD)
        self._find_place()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._wait_for(_Waits.NOTHING)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._look()

    def on_response_complete(self) -> None:
        self._look()  # before a request that came meanwhile is begun
        super().on_response_complete()
        self._look()

    def send_400_response(self, msg: str) -> None:
        super().send_400_response(msg)
        self._look()

    def timeout_keep_alive_handler(self) -> None:
        super().timeout_keep_alive_handler()
        self._look()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._look()

    def resume_writing(self) -> None:
        super().resume_writing()
        self._look()

    # --- inside --------------------------------------------------------------------------------------------------------------

    def _look(self) -> None:
        """Find out what this connection waits for now. Bytes read now and then buy an answer no time."""
        under_way = self.cycle is not None and not self.cycle.response_complete
        if self.flow.write_paused or (self._waits is _Waits.READER and under_way):
            self._wait_for(_Waits.READER)
        elif self.transport.is_closing():
            self._wait_for(_Waits.CLOSING)
        elif self.conn.their_state is h11.IDLE:
            self._wait_for(_Waits.HEAD)
        elif self.conn.their_state is h11.SEND_BODY:
            self._wait_for(_Waits.BODY)
        else:
            self._wait_for(_Waits.NOTHING)

    def _wait_for(self, what: _Waits, within_s: float | None = None) -> None:
        """The time runs from when the wait began, not from the last byte; each head, each body and each answer has its own."""
        if what is self._waits and self._late is not None:
            return
        if self._late is not None:
            self._late.cancel()
            self._late = None
        self._waits, self._since = what, self.loop.time()
        own = self._patience
        within = {_Waits.HEAD: own.head_s, _Waits.BODY: own.body_s, _Waits.READER: own.read_s, _Waits.CLOSING: own.read_s}
        if what in within:
            self._late = self.loop.call_later(within[what] if within_s is None else within_s, self._give_way)

    def _give_way(self) -> None:
        if self._waits in (_Waits.READER, _Waits.CLOSING):
            self.transport.abort()
            return
        self.transport.close()
        self._wait_for(_Waits.CLOSING, self._patience.close_s)

    def _find_place(self) -> None:
        everybody = [cast(BoundedProtocol, one) for one in self.connections if one is not self]
        others = [one for one in everybody if one._waits is not _Waits.CLOSING]
        holds = Counter(one._party for one in others)
        mine = holds[self._party]
        if mine >= self._bounds.of_one:
            crowded = [one for one in others if one._party == self._party]
        elif len(others) >= self._bounds.at_once:
            crowded = others
        else:
            return
        ready = [one for one in crowded if one._may_give_way(to_fewer=False)]
        ready = ready or [one for one in crowded if one._may_give_way(to_fewer=mine + 1 < holds[one._party])]
        if ready:
            min(ready, key=lambda one: (-holds[one._party], one._waits, one._since))._give_way()
        elif len(everybody) >= 2 * self._bounds.at_once:
            self.transport.abort()
        else:
            self.limit_concurrency = 0  # uvicorn answers 503

    def _may_give_way(self, to_fewer: bool) -> bool:
        """to_fewer: whether the newcomer's party, with this place, has fewer than this one's has now."""
        if self._waits in (_Waits.READER, _Waits.BODY):
            return to_fewer or self.loop.time() - self._since >= self._patience.grace_s
        return self._waits is _Waits.HEAD
