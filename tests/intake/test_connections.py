"""Connections that only wait: they end, and they keep neither an analyst nor a station out. Real sockets throughout."""

import asyncio
import http.client
import re
import select
import socket
import ssl
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from ipaddress import ip_address
from pathlib import Path

import pytest
from fastapi import FastAPI, Request
from fastapi.responses import StreamingResponse

from kiosk.intake.connections import Patience
from kiosk.intake.door import have_all_descriptors, party_of
from kiosk.intake.running import RunningIntake, Tls, bound_socket, configuration
from tests.bank.test_tls import write_certificate

if sys.platform != "win32":
    import resource

LONG = 60.0
"""Seconds no test waits for unless it fails."""
FOREVER = Patience(*[2 * LONG] * 6, idle_s=120)
PLACES = 8


def service() -> FastAPI:
    app = FastAPI()

    @app.get("/small")
    async def small() -> str:
        return "here"

    @app.get("/middling")
    async def middling() -> str:
        return "x" * 60_000

    @app.get("/large")
    async def large() -> str:
        return "x" * 8_000_000

    @app.get("/endless")
    async def endless() -> StreamingResponse:
        async def pieces() -> AsyncIterator[bytes]:
            while True:
                yield b"x" * 65_536
                await asyncio.sleep(0)  # lets the service hear that its peer is gone

        return StreamingResponse(pieces())

    @app.post("/body")
    async def body(request: Request) -> int:
        return len(await request.body())

    return app


@contextmanager
def serving(patience: Patience, places: int = PLACES, tls: Tls | None = None, kernel_holds: int = 0) -> Iterator[tuple[str, int]]:
    """127.0.0.1 is this machine, where a proxy may be; 127.0.0.2 and so on are strangers. kernel_holds: bytes; 0 lets it choose."""
    listener = bound_socket("127.0.0.1", 0)
    if kernel_holds:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, kernel_holds)
    address = listener.getsockname()
    running = RunningIntake(configuration(service(), places, tls, patience), listener)
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


def answered(held: socket.socket) -> bytes:
    """Read an answer to its end, as its length says."""
    said = b""
    while b"\r\n\r\n" not in said:
        said += held.recv(1) or pytest.fail("closed within the head")
    length = int(re.search(rb"content-length: (\d+)", said)[1])  # type: ignore[index]
    body = bytearray()
    while len(body) < length and (piece := held.recv(65_536)):
        body += piece
    assert len(body) == length
    return said


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
SHORT_S = 0.3
SHORT = replace(FOREVER, head_s=SHORT_S, body_s=SHORT_S)


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
    with serving(SHORT) as address, once_answered(address) as held:
        held.sendall(HALF_A_HEAD)
        assert is_closed(held)


def once_answered(address: tuple[str, int]) -> socket.socket:
    """Return a connection with one answer behind it. A try this thread slept through the time of is begun anew."""
    until = time.monotonic() + LONG
    while time.monotonic() < until:
        held = connect(address)
        with suppress(OSError):
            held.sendall(b"GET /small HTTP/1.1\r\nHost: x\r\n\r\n")
            if held.recv(65_536).startswith(b"HTTP/1.1 200"):
                return held
        held.close()
    return pytest.fail("never answered")


def test_an_answer_nobody_reads_is_let_go_of() -> None:
    with (
        serving(replace(FOREVER, read_s=SHORT_S), places=1) as address,
        connect(address, b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n") as held,
    ):
        assert held.recv(1)
        wait_until_heard(address)  # the only place is taken as long as somebody waits for it to be read


def wait_until_heard(address: tuple[str, int]) -> None:
    until = time.monotonic() + LONG
    while time.monotonic() < until:
        with suppress(OSError, http.client.HTTPException):
            if ask(address) == 200:
                return
    pytest.fail("nobody was heard")


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


def test_two_addresses_full_of_bodies_keep_no_third_one_out() -> None:
    with serving(FOREVER) as address:
        held = [begin_body(address, source) for _ in range(PLACES // 2) for source in ("127.0.0.2", "127.0.0.3")]
        assert [said for _, said in held] == [b"100"] * PLACES
        mine = [begin_body(address, "127.0.0.4") for _ in range(PLACES)]
        assert [said for _, said in mine] == [b"100"] * 2 + [b"503"] * 6, "3 + 3 + 2 is fair, and nobody is cut off for more than that"
        assert ask(address, "127.0.0.5") == 200
        for one, _ in (*held, *mine):
            one.close()


def test_who_says_nothing_gives_way_before_a_packet_just_begun_though_its_address_holds_more() -> None:
    with serving(FOREVER) as address:
        silent = [connect(address, b"", f"127.0.0.{number}") for number in range(3, 1 + PLACES)]
        packets = [begin_body(address, "127.0.0.2") for _ in range(2)]
        assert [said for _, said in packets] == [b"100"] * 2
        assert ask(address, "127.0.0.200") == 200
        for held, _ in packets:
            held.sendall(b"x" * 1000)
            said = b""
            while b"HTTP/1.1 200 OK" not in said:
                said += held.recv(1000) or pytest.fail(f"cut off after {said!r}")
        for one in (*silent, *(held for held, _ in packets)):
            one.close()


def test_answers_two_addresses_do_not_read_keep_no_third_one_out() -> None:
    with serving(FOREVER) as address:
        asked = b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n"
        held = [connect(address, asked, source) for _ in range(PLACES // 2) for source in ("127.0.0.2", "127.0.0.3")]
        assert all(one.recv(1) for one in held)
        assert [ask(address, "127.0.0.4") for _ in range(3)] == [200] * 3
        for one in held:
            one.close()


def test_who_comes_through_a_proxy_shares_no_half_with_the_others_behind_it() -> None:
    with serving(FOREVER) as address:
        held, said = zip(*[begin_body(address, "127.0.0.1") for _ in range(PLACES + 1)], strict=True)
        assert [*said] == [b"100"] * PLACES + [b"503"]
        assert ask(address, "127.0.0.2") == 503, "none of those behind the proxy has more than one place"
        for one in held:
            one.close()


@pytest.mark.parametrize(
    ("address", "party"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("198.51.100.1", None),
        ("::ffff:198.51.100.1", None),
    ],
)
def test_an_address_counts_as_itself_or_as_its_network_and_a_proxy_as_many(address: str, party: str | None) -> None:
    assert party_of(address, frozenset({ip_address("198.51.100.1")})) == party


@pytest.fixture
def tls(tmp_path: Path) -> Tls:
    write_certificate(tmp_path, "bank", "127.0.0.1")
    return Tls(tmp_path / "bank.pem", tmp_path / "bank.key")


def secured(held: socket.socket, tls: Tls) -> ssl.SSLSocket:
    return ssl.create_default_context(cafile=tls.certificate).wrap_socket(held, server_hostname="127.0.0.1")


@pytest.mark.parametrize("after", [b"", b"Connection: close\r\n"], ids=["kept", "closed"])
@pytest.mark.parametrize("secure", [False, True], ids=["plain", "tls"])
def test_slow_readers_get_the_whole_answer_though_others_want_their_places(tls: Tls, secure: bool, after: bytes) -> None:
    """The times that must not count here are over at once: before an answer to somebody else comes back."""

    def opened() -> socket.socket:
        plain = socket.socket()
        plain.settimeout(LONG)
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
        plain.connect(address)
        return secured(plain, tls) if secure else plain

    with serving(replace(FOREVER, idle_s=0, close_s=0.0), 2, tls if secure else None) as address, opened() as one, opened() as two:
        for slow in (one, two):
            slow.sendall(b"GET /large HTTP/1.1\r\nHost: x\r\n" + after + b"\r\n")
            assert slow.recv(1) == b"H"
        for _ in range(3):
            with opened() as other:
                other.sendall(b"GET /small HTTP/1.1\r\nHost: x\r\n\r\n")
                assert b" 503 " in answered(other)
        answered(one)
        answered(two)


def test_closing_cuts_nothing_off_that_was_too_little_to_stand_still() -> None:
    with serving(replace(FOREVER, idle_s=0, close_s=0.0), kernel_holds=4_096) as address, socket.socket() as slow:
        slow.settimeout(LONG)
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        slow.connect(address)
        slow.sendall(b"GET /middling HTTP/1.1\r\nHost: x\r\n\r\n")
        assert slow.recv(1) == b"H"
        assert [ask(address) for _ in range(3)] == [200] * 3
        answered(slow)


def test_reading_a_little_now_and_then_buys_no_time() -> None:
    with serving(replace(FOREVER, read_s=SHORT_S)) as address, socket.socket() as held:
        held.settimeout(LONG)
        held.connect(address)
        held.sendall(b"GET /endless HTTP/1.1\r\nHost: x\r\n\r\n")
        until = time.monotonic() + LONG
        with suppress(ConnectionResetError):
            while held.recv(65_536):
                assert time.monotonic() < until


def test_one_address_is_let_in_so_often_and_no_more_even_before_tls(tls: Tls) -> None:
    with serving(FOREVER, tls=tls) as address:
        held = [connect(address, source="127.0.0.2") for _ in range(2 * PLACES)]
        for _ in range(PLACES):
            with connect(address, source="127.0.0.2") as more:
                assert is_closed(more)
        with secured(connect(address, source="127.0.0.3"), tls) as other:
            other.sendall(b"GET /small HTTP/1.1\r\nHost: x\r\n\r\n")
            answered(other)
        held[0].close()
        until = time.monotonic() + LONG
        heard = False
        while not heard:  # the service may hear of the newcomer before it hears that the other is gone
            assert time.monotonic() < until
            with suppress(OSError), secured(connect(address, source="127.0.0.2"), tls) as again:
                again.sendall(b"GET /small HTTP/1.1\r\nHost: x\r\n\r\n")
                answered(again)
                heard = True
        for one in held:
            one.close()


@pytest.mark.skipif(sys.platform == "win32", reason="has no such number")
def test_an_intake_may_open_as_many_files_as_the_system_allows() -> None:
    before, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, most))
    try:
        have_all_descriptors()
        assert resource.getrlimit(resource.RLIMIT_NOFILE) == (most, most)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (before, most))


def test_a_handshake_nobody_finishes_is_cut_off(tls: Tls) -> None:
    with serving(replace(FOREVER, handshake_s=SHORT_S), tls=tls) as address, connect(address) as held:
        assert is_closed(held)
