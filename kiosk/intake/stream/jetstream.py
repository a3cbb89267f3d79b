"""The stream in NATS JetStream, shared by workers on several machines.

JetStream of this age (2.9) syncs its files every two minutes: after a power cut it may have lost what it acknowledged (Jepsen, 2025). It
need not be trusted: the feeder notices and fills it again. A message is a ledger position in ASCII; a broker that is read by a stranger
tells how many cases there were, nothing else.

A work-queue stream: a message is gone when a worker acknowledged it, so that the stream's own count is what is not done yet. The
generation is written into the stream's description when it is made, and its time of creation goes along.
"""

import asyncio
import os
import threading
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from typing import Any, Final, TypeVar

import nats
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, RetentionPolicy, StorageType, StreamConfig
from nats.js.errors import APIError, BadRequestError, NotFoundError

from kiosk.intake.outbox import Waiting
from kiosk.intake.stream.ports import Delivery, Standing, StreamAway, StreamLost

T = TypeVar("T")

STREAM: Final = "IDENTITY_DESK_CASES"
SUBJECT: Final = "identity-desk.cases"
CONSUMER: Final = "analysis"
_ACK_WITHIN_S: Final = 60.0
"""A worker that did not answer for a case in this time is taken for dead."""
_ANSWER_WITHIN_S: Final = 5.0
_WRONG_LAST_SEQUENCE: Final = 10071


class JetStream:
    """url: `nats://[user:password@]host[:port]` or `tls://…`, several with commas between. The first use connects; one that was lost is
    made again by the next. Any thread may call any method."""

    name = "jetstream"

    def __init__(self, url: str) -> None:
        self._url = url
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="jetstream", daemon=True)
        self._thread.start()
        self._client: Client | None = None
        self._gone = asyncio.Event()
        self._pulling: JetStreamContext.PullSubscription | None = None
        self._messages: dict[str, Msg] = {}

    def standing(self) -> Standing:
        return self._run(self._standing())

    def feed(self, cases: Sequence[Waiting], expected: int) -> int:
        return self._run(self._feed(cases, expected))

    def take(self, at_most: int, within_s: float) -> Sequence[Delivery]:
        return self._run(self._take(at_most, within_s), within_s)

    def done(self, deliveries: Sequence[Delivery]) -> None:
        self._run(self._done(deliveries))

    def later(self, deliveries: Sequence[Delivery], after_s: float) -> None:
        self._run(self._later(deliveries, after_s))

    def close(self) -> None:
        """Give back what is not done and leave. Calling again does nothing."""
        if self._loop.is_closed():
            return
        with suppress(StreamAway):
            self._run(self._leave())
        asyncio.run_coroutine_threadsafe(_end_tasks(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _run(self, work: Coroutine[Any, Any, T], longer_s: float = 0.0) -> T:
        """Do it on the loop's thread. What the client raises means: away; the connection is then made anew by the next call."""
        future = asyncio.run_coroutine_threadsafe(self._unless_gone(work, _ANSWER_WITHIN_S + longer_s), self._loop)
        try:
            return future.result()
        except (NatsError, APIError, OSError, TimeoutError) as error:
            forgotten = asyncio.run_coroutine_threadsafe(self._forget(), self._loop)
            with suppress(NatsError, OSError, TimeoutError):
                forgotten.result(_ANSWER_WITHIN_S)
            raise StreamAway(f"the broker does not answer ({type(error).__name__})") from error

    async def _unless_gone(self, work: Coroutine[Any, Any, T], within_s: float) -> T:
        """Do it, but do not wait for an answer from a server that hung up."""
        at_work = asyncio.ensure_future(work)
        gone = asyncio.ensure_future(self._hung_up())
        try:
            await asyncio.wait({at_work, gone}, timeout=within_s, return_when=asyncio.FIRST_COMPLETED)
            if not at_work.done():
                raise TimeoutError
            return at_work.result()
        finally:
            for one in (at_work, gone):
                one.cancel()
            await asyncio.gather(at_work, gone, return_exceptions=True)

    async def _hung_up(self) -> None:
        while self._client is None:
            await asyncio.sleep(0.05)
        await self._gone.wait()

    async def _note_gone(self) -> None:
        self._gone.set()

    async def _context(self) -> JetStreamContext:
        if self._client is None or not self._client.is_connected:
            await self._forget()
            self._gone = asyncio.Event()
            self._client = await nats.connect(
                self._url.split(","),
                name="identity-desk",
                connect_timeout=3,
                allow_reconnect=False,
                max_reconnect_attempts=1,
                reconnect_time_wait=0,
                error_cb=_nothing,
                disconnected_cb=self._note_gone,
                closed_cb=self._note_gone,
            )
        return self._client.jetstream(timeout=_ANSWER_WITHIN_S)

    async def _forget(self) -> None:
        client, self._client, self._pulling = self._client, None, None
        self._messages.clear()
        if client is not None and not client.is_closed:
            with suppress(NatsError, OSError, TimeoutError):
                await client.close()

    async def _leave(self) -> None:
        """Give back what was taken, so that another worker need not wait for it."""
        for message in self._messages.values():
            with suppress(NatsError):
                await message.nak()
        if self._client is not None and self._client.is_connected:
            with suppress(NatsError, OSError, TimeoutError):
                await self._client.flush(2)
        await self._forget()

    async def _standing(self) -> Standing:
        js = await self._context()
        try:
            info = await js.stream_info(STREAM)
        except NotFoundError:
            config = StreamConfig(
                name=STREAM,
                subjects=[SUBJECT],
                retention=RetentionPolicy.WORK_QUEUE,
                storage=StorageType.FILE,
                description=os.urandom(16).hex(),
                num_replicas=1,
            )
            info = await js.add_stream(config)
        state = info.state
        return Standing(f"{info.config.description or ''} {info.created}", state.last_seq, state.messages)

    async def _feed(self, cases: Sequence[Waiting], expected: int) -> int:
        """The first message is refused unless the stream is where it was left; the rest follows without waiting, each answered."""
        js = await self._context()
        try:
            first = await js.publish(SUBJECT, b"%d" % cases[0].position, headers={"Nats-Expected-Last-Sequence": str(expected)})
        except BadRequestError as error:
            if error.err_code == _WRONG_LAST_SEQUENCE:
                raise StreamLost("the broker is not where it was left") from error
            raise
        rest = await asyncio.gather(*(js.publish(SUBJECT, b"%d" % case.position) for case in cases[1:]))
        return max([first.seq, *(answer.seq for answer in rest)])

    async def _take(self, at_most: int, within_s: float) -> Sequence[Delivery]:
        js = await self._context()
        if self._pulling is None:
            await self._standing()
            config = ConsumerConfig(ack_policy=AckPolicy.EXPLICIT, ack_wait=_ACK_WITHIN_S, max_ack_pending=10_000, max_deliver=-1)
            self._pulling = await js.pull_subscribe(SUBJECT, durable=CONSUMER, stream=STREAM, config=config)
        try:
            messages = await self._pulling.fetch(at_most, timeout=max(within_s, 0.1))
        except TimeoutError:
            return []
        taken = []
        for message in messages:
            if message.data.isdigit() and len(message.data) < 19:
                self._messages[message.reply] = message
                taken.append(Delivery(int(message.data), message.reply))
            else:
                await message.term()  # nobody of ours said that
        return taken

    async def _done(self, deliveries: Sequence[Delivery]) -> None:
        mine = [message for one in deliveries if (message := self._messages.pop(one.tag, None)) is not None]
        if mine:
            await asyncio.gather(*(message.ack_sync(timeout=_ANSWER_WITHIN_S) for message in mine))

    async def _later(self, deliveries: Sequence[Delivery], after_s: float) -> None:
        for one in deliveries:
            message = self._messages.pop(one.tag, None)
            if message is not None:
                await message.nak(delay=after_s)


async def _end_tasks() -> None:
    """The client leaves some of its own behind when its connection was cut."""
    left = asyncio.all_tasks() - {asyncio.current_task()}
    for one in left:
        one.cancel()
    await asyncio.gather(*left, return_exceptions=True)


async def _nothing(_: Exception) -> None:
    """What goes wrong in the background shows in the next call."""
