"""Who may hold a connection to a service of the bank's, and for how long: nobody who only waits keeps anybody else out.

1. A head is complete within `head_s` from its first moment, however its bytes trickle; a body within `body_s`; an answer is read within
   `read_s`; a connection that was told to close is gone `close_s` later, whether its peer reads or not.
2. At most so many connections in all, and half as many of one address. One too many takes the place of a connection that waits for its
   client: of the address that has most of them, and there the one that waits longest. A body under way is left alone for `grace_s`.
3. Where nobody can give way the newcomer is answered 503, and past twice the number of places it is not heard at all.

What is being worked on is never cut off. uvicorn's own limit counts connections that say nothing, and then answers everybody 503.
"""

import asyncio
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, cast

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds. body_s: more than the slowest of the services allows its packets, which says so itself."""

    head_s: float = 10.0
    body_s: float = 60.0
    read_s: float = 30.0
    close_s: float = 5.0
    grace_s: float = 5.0
    handshake_s: float = 10.0


class _Waits(IntEnum):
    """For what, the readiest to give way first."""

    HEAD = 0
    BODY = 1
    NOTHING = 2
    CLOSING = 3
    """Holds no place any more."""


class BoundedProtocol(H11Protocol):
    """One connection. at_once: places in all; patience: see above; the rest as uvicorn gives it."""

    def __init__(self, at_once: int, patience: Patience, **given: Any) -> None:
        super().__init__(**given)
        self.limit_concurrency = None
        self._at_once, self._patience = at_once, patience
        self._waits, self._since = _Waits.HEAD, 0.0
        self._late: asyncio.TimerHandle | None = None
        self._unread: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn's
        super().connection_made(transport)
        self._wait_for(_Waits.HEAD)
        self._find_place()

    def connection_lost(self, exc: Exception | None) -> None:
        self._wait_for(_Waits.NOTHING)
        self.resume_writing()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._look()

    def on_response_complete(self) -> None:
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
        self._unread = self._unread or self.loop.call_later(self._patience.read_s, self.transport.abort)

    def resume_writing(self) -> None:
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None
        super().resume_writing()

    # --- inside --------------------------------------------------------------------------------------------------------------

    def _look(self) -> None:
        """Find out what this connection waits for now."""
        if self.transport.is_closing():
            self._wait_for(_Waits.CLOSING)
        elif self.conn.their_state is h11.IDLE:
            self._wait_for(_Waits.HEAD)
        elif self.conn.their_state is h11.SEND_BODY:
            self._wait_for(_Waits.BODY)
        else:
            self._wait_for(_Waits.NOTHING)

    def _wait_for(self, what: _Waits) -> None:
        """The time runs from when the wait began, not from the last byte; each head and each body has its own."""
        if what is self._waits and self._late is not None:
            return
        if self._late is not None:
            self._late.cancel()
            self._late = None
        self._waits, self._since = what, self.loop.time()
        within = {_Waits.CLOSING: self._patience.close_s, _Waits.HEAD: self._patience.head_s, _Waits.BODY: self._patience.body_s}
        if what in within:
            self._late = self.loop.call_later(within[what], self._give_way)

    def _give_way(self) -> None:
        if self._waits is _Waits.CLOSING:
            self.transport.abort()
            return
        self.transport.close()
        self._wait_for(_Waits.CLOSING)

    def _find_place(self) -> None:
        everybody = [cast(BoundedProtocol, one) for one in self.connections if one is not self]
        others = [one for one in everybody if one._waits is not _Waits.CLOSING]
        of_address: dict[str, int] = {}
        for one in others:
            of_address[one._address] = of_address.get(one._address, 0) + 1
        own = [one for one in others if one._address == self._address]
        crowded = own if len(own) >= max(1, self._at_once // 2) else others if len(others) >= self._at_once else []
        if not crowded:
            return
        ready = [one for one in crowded if one._may_give_way()]
        if ready:
            min(ready, key=lambda one: (-of_address[one._address], one._waits, one._since))._give_way()
        elif len(everybody) >= 2 * self._at_once:
            self.transport.abort()
        else:
            self.limit_concurrency = 0  # uvicorn answers 503

    def _may_give_way(self) -> bool:
        if self._waits is _Waits.BODY:
            return self.loop.time() - self._since >= self._patience.grace_s
        return self._waits is _Waits.HEAD

    @property
    def _address(self) -> str:
        return "" if self.client is None else self.client[0]
