"""What every stream promises (`kiosk/intake/stream/ports.py`), in one process and in NATS JetStream."""

from collections.abc import Callable, Sequence

import pytest

from kiosk.intake.outbox import Waiting
from kiosk.intake.stream.jetstream import JetStream
from kiosk.intake.stream.ports import Delivery, Stream, StreamAway, StreamLost
from kiosk.measure.own_nats import OwnNats
from kiosk.values import SessionId


def cases(*positions: int) -> list[Waiting]:
    return [Waiting(position, SessionId(f"{position:032x}")) for position in positions]


def positions(deliveries: Sequence[Delivery]) -> list[int]:
    return [one.position for one in deliveries]


def take_all(stream: Stream, count: int) -> list[Delivery]:
    taken: list[Delivery] = []
    while len(taken) < count:
        taken += stream.take(count - len(taken), 5.0)
    return taken


def test_what_is_fed_is_taken_in_order_and_counts_until_it_is_done(stream: Stream) -> None:
    before = stream.standing()
    assert (before.sequence, before.cases) == (0, 0)
    assert stream.feed(cases(7, 8, 9), 0) == 3
    taken = take_all(stream, 3)
    assert positions(taken) == [7, 8, 9]
    assert (stream.standing().sequence, stream.standing().cases) == (3, 3)
    stream.done(taken[:2])
    stream.done(taken[:2])
    later = stream.standing()
    assert (later.generation, later.sequence) == (before.generation, 3)
    stream.later(taken[2:], 0.01)
    again = take_all(stream, 1)
    assert positions(again) == [9]
    assert stream.standing().cases == 1
    stream.done(again)
    assert stream.feed(cases(10), 3) == 4
    assert positions(take_all(stream, 1)) == [10]


def test_nothing_is_taken_from_an_empty_stream(stream: Stream) -> None:
    assert stream.take(5, 0.1) == []


def test_a_stream_that_is_elsewhere_than_expected_says_so_and_takes_nothing(stream: Stream) -> None:
    stream.feed(cases(1, 2), stream.standing().sequence)
    with pytest.raises(StreamLost):
        stream.feed(cases(3), 5)
    assert stream.standing().sequence == 2


def test_a_case_is_handed_to_one_worker_and_given_back_by_one_that_leaves(jetstreams: Callable[[], JetStream]) -> None:
    first, second = jetstreams(), jetstreams()
    first.feed(cases(*range(1, 21)), first.standing().sequence)
    taken, others = take_all(first, 10), take_all(second, 10)
    assert sorted(positions(taken) + positions(others)) == list(range(1, 21))
    first.close()
    again = take_all(second, 10)
    assert sorted(positions(again)) == sorted(positions(taken))


def test_a_broker_that_is_not_there_is_away_and_found_again_when_it_is(nats: OwnNats, jetstreams: Callable[[], JetStream]) -> None:
    stream = jetstreams()
    generation = stream.standing().generation
    nats.kill()
    for ask in (stream.standing, lambda: stream.take(1, 0.1), lambda: stream.feed(cases(1), 0)):
        with pytest.raises(StreamAway):
            ask()
    nats.start()
    assert stream.standing().generation == generation


def test_a_wiped_broker_is_another_generation(nats: OwnNats, jetstreams: Callable[[], JetStream]) -> None:
    stream = jetstreams()
    generation = stream.standing().generation
    nats.kill()
    nats.wipe()
    nats.start()
    assert jetstreams().standing().generation != generation


def test_what_a_stranger_says_on_the_subject_is_no_case(nats: OwnNats, jetstreams: Callable[[], JetStream]) -> None:
    import asyncio

    import nats as client

    stream = jetstreams()
    stream.standing()

    async def chatter() -> None:
        connection = await client.connect(nats.url)
        for message in (b"", b"-1", b"1e3", b"\xff", b"9" * 40, b"12"):
            await connection.jetstream().publish("identity-desk.cases", message)
        await connection.close()

    asyncio.run(chatter())
    assert positions(take_all(stream, 1)) == [12]
    assert stream.take(5, 0.1) == []
