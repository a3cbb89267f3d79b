"""Streams of both kinds. One NATS server for the tests of this folder, wiped between them."""

from collections.abc import Callable, Iterator

import pytest

from kiosk.intake.stream.in_process import InProcessStream
from kiosk.intake.stream.jetstream import JetStream
from kiosk.intake.stream.ports import Stream
from kiosk.measure.faults.machines import memory_folder
from kiosk.measure.own_nats import OwnNats, own_nats, program


@pytest.fixture(scope="session")
def a_nats() -> Iterator[OwnNats]:
    if program() is None:
        pytest.skip("no NATS server is installed here (Debian: apt-get install nats-server)")
    with own_nats(near=memory_folder()) as server:
        yield server


@pytest.fixture
def nats(a_nats: OwnNats) -> Iterator[OwnNats]:
    """The server with an empty store, running at the start of the test."""
    yield a_nats
    a_nats.stop()
    a_nats.wipe()
    a_nats.start()


@pytest.fixture(params=["in-process", "jetstream"])
def stream(request: pytest.FixtureRequest) -> Iterator[Stream]:
    made: Stream = InProcessStream() if request.param == "in-process" else JetStream(request.getfixturevalue("nats").url)
    yield made
    made.close()


@pytest.fixture
def jetstreams(nats: OwnNats) -> Iterator[Callable[[], JetStream]]:
    made: list[JetStream] = []

    def connect() -> JetStream:
        made.append(JetStream(nats.url))
        return made[-1]

    yield connect
    for one in made:
        one.close()
