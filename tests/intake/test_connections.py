"""Connections that only wait: they end, and they keep neither an analyst nor a station out. Real sockets throughout."""

import http.client
import select
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi import FastAPI, Request

from kiosk.intake import running as running_module
from kiosk.intake.connections import Patience
from kiosk.intake.running import RunningIntake, Tls, bound_socket, configuration
from tests.bank.test_tls import write_certificate

LONG = 60.0
"""Seconds no test waits for unless it fails."""
FOREVER = Patience(*[2 * LONG] * 6)
PLACES = 8


def service() -> FastAPI:
    app = FastAPI()

    @app.get("/small")
    async def small() -> str:
        return "here"

    @app.get("/large")
    async def large() -> str:
        return "x" * 8_000_000

    @app.post("/body")
    async def body(request: Request) -> int:
        return len(await request.body())

    return app


@contextmanager
def serving(patience: Patience, places: int = PLACES) -> Iterator[tuple[str, int]]:
    listener = bound_socket("127.0.0.1", 0)
    address = listener.getsockname()
    running = RunningIntake(configuration(service(), places, patience=patience), listener)
    running.start()
    with running:
        yield address


def connect(address: tuple[str, int], said: bytes = b"", source: str = "127.0.0.1") -> socket.socket:
    held = socket.create_connection(address, LONG, (source, 0))
    held.sendall(said)
    return held


def begin_body(address: tuple[str, int], source: str = "127.0.0.1") -> tuple[socket.socket, bytes]:
    """Return a connection whose body the service waits for, and what it said to that: 100, or 503."""
    held = connect(address, HALF_A_BODY.replace(b"\r\n\r\nhalf", b"\r\nExpect: 100-continue\r\n\r\n"), source)
    return held, held.recv(12)[-3:]


def ask(address: tuple[str, int], source: str = "127.0.0.1") -> int:
    asking = http.client.HTTPConnection(*address, timeout=LONG, source_address=(source, 0))
    asking.request("GET", "/small")
    status = asking.getresponse().status
    asking.close()
    return status


def is_closed(held: socket.socket) -> bool:
    """Wait until the other end closes."""
    try:
        while held.recv(65_536):
            pass
    except ConnectionResetError:
        pass
    return True


HALF_A_HEAD = b"GET /small HTTP/1.1\r\nHost: x\r\nX-Slow: "
HALF_A_BODY = b"POST /body HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nhalf"
SHORT = Patience(head_s=0.3, body_s=0.3, read_s=0.3, close_s=0.3, grace_s=LONG)


@pytest.mark.parametrize("said", [b"", HALF_A_HEAD, HALF_A_BODY], ids=["silent", "half-a-head", "half-a-body"])
def test_who_never_finishes_is_closed(said: bytes) -> None:
    with serving(SHORT) as address, connect(address, said) as held:
        assert is_closed(held)


@pytest.mark.parametrize("said", [HALF_A_HEAD, HALF_A_BODY], ids=["head", "body"])
def test_bytes_that_trickle_buy_no_time(said: bytes) -> None:
    with serving(SHORT) as address, connect(address, said) as held, pytest.raises(OSError):
        while not select.select([held], [], [], 0.02)[0] or held.recv(100):
            held.sendall(b"a")
        raise ConnectionResetError  # closed in peace


def test_the_head_of_a_second_request_has_its_own_time_and_no_more() -> None:
    with serving(SHORT) as address, connect(address, b"GET /small HTTP/1.1\r\nHost: x\r\n\r\n") as held:
        assert held.recv(65_536).startswith(b"HTTP/1.1 200")
        held.sendall(HALF_A_HEAD)
        assert is_closed(held)


def test_an_answer_nobody_reads_is_let_go_of() -> None:
    with serving(SHORT, places=1) as address, connect(address, b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n") as held:
        assert held.recv(1)
        until = time.monotonic() + LONG
        while ask(address) != 200:  # the only place is taken as long as somebody waits for it to be read
            assert time.monotonic() < until


@pytest.mark.parametrize("said", [b"", HALF_A_HEAD], ids=["silent", "half-a-head"])
def test_held_connections_make_room_for_one_that_asks(said: bytes) -> None:
    with serving(FOREVER) as address:
        held = [connect(address, said) for _ in range(4 * PLACES)]
        assert [ask(address) for _ in range(3)] == [200, 200, 200]
        assert is_closed(held[0])
        for one in held:
            one.close()


def test_bodies_under_way_from_one_address_leave_half_the_places_to_others() -> None:
    with serving(FOREVER) as address:
        held, said = zip(*[begin_body(address, "127.0.0.2") for _ in range(3 * PLACES)], strict=True)
        assert [*said] == [b"100"] * (PLACES // 2) + [b"503"] * (3 * PLACES - PLACES // 2)
        assert ask(address, "127.0.0.1") == 200
        assert ask(address, "127.0.0.2") == 503, "a body under way is not cut off for another of the same address"
        for one in held:
            one.close()


def test_a_body_that_comes_for_too_long_makes_room() -> None:
    with serving(replace(FOREVER, grace_s=0.0)) as address:
        held, said = zip(*[begin_body(address) for _ in range(2 * PLACES)], strict=True)
        assert {*said} == {b"100"}
        assert ask(address) == 200
        assert all(map(is_closed, held[:PLACES]))
        for one in held:
            one.close()


def test_the_address_that_holds_most_makes_room_for_the_others() -> None:
    with serving(FOREVER) as address:
        patient = connect(address, b"", "127.0.0.3")
        held = [connect(address, b"", "127.0.0.2") for _ in range(PLACES // 2)]
        more = [connect(address, b"", f"127.0.0.{number}") for number in range(4, 4 + PLACES // 2)]
        patient.sendall(b"GET /small HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert patient.recv(100).startswith(b"HTTP/1.1 200"), "the first to come holds one place only, and keeps it"
        for one in (patient, *held, *more):
            one.close()


def test_a_handshake_nobody_finishes_is_cut_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running_module, "_HANDSHAKE_WITHIN_S", 0.3)
    listener = bound_socket("127.0.0.1", 0)
    address = listener.getsockname()
    write_certificate(tmp_path, "bank", "127.0.0.1")
    tls = Tls(tmp_path / "bank.pem", tmp_path / "bank.key")
    running = RunningIntake(configuration(service(), PLACES, tls), listener, "https")
    running.start()
    with running, connect(address) as held:
        assert is_closed(held)
