"""The intake over HTTP: sizes, types, times; what it says and what it does not."""

import socket
import ssl
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from kiosk.bank.connector import Reached
from kiosk.intake.acceptance import PRODUCTION
from kiosk.intake.reception import Later, NotNow, Outcome, Sealed, Taken, TurnedAway
from kiosk.intake.running import RunningIntake, serve_in_thread
from kiosk.intake.service import PACKET_TYPE, RECEIPT_TYPE, REPLY_TYPE, create_app
from kiosk.intake.sqlite_store import SqliteIntakeStore
from kiosk.outbox import Accepted, AlreadyHeld, Answer, Refused, Unreachable
from kiosk.record import EvidencePictures
from kiosk.values import Masked, StationClass
from kiosk.wire.keys import bank_public_keys_from_text, draw_station_identity
from kiosk.wire.limits import MAX_PACKET, MAX_PICTURE
from kiosk.wire.packet import Packet, digest_of
from kiosk.wire.receipt import verify_refusal
from tests.fakes.branch import NOW, QUICK, Branch, draw_branch
from tests.wire.specimens import APPROVED, PICTURES, SESSION, numbered

NO_AUTHORITIES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Trusts nobody, and spares each request the reading of the system's certificates."""

IMPATIENT = replace(PRODUCTION, body_within_s=0.2)


@pytest.fixture(scope="module")
def branch() -> Branch:
    return draw_branch()


@pytest.fixture
def intake(tmp_path: Path, branch: Branch) -> Iterator[RunningIntake]:
    with branch.store(tmp_path) as store, serve_in_thread(create_app(store, branch.keys(), IMPATIENT, lambda: NOW)) as running:
        yield running


def post(intake: RunningIntake, packet: Packet, **headers: str) -> httpx.Response:
    given = {"Content-Type": PACKET_TYPE, "Idempotency-Key": packet.packet_id} | {
        name.replace("_", "-"): value for name, value in headers.items()
    }
    with httpx.Client(trust_env=False, verify=NO_AUTHORITIES) as client:
        return client.post(intake.url + "/v1/packets", content=packet.sealed, headers=given)


def get(intake: RunningIntake, path: str) -> httpx.Response:
    with httpx.Client(trust_env=False, verify=NO_AUTHORITIES) as client:
        return client.get(intake.url + path)


def said(branch: Branch, response: httpx.Response, packet: Packet) -> Outcome:
    """Return what an answer says to the station it is sealed to."""
    assert (response.status_code, response.headers["content-type"]) == (200, REPLY_TYPE)
    return branch.opened(Sealed(response.content), packet.sealed)


def test_a_new_packet_and_the_same_again_look_the_same_on_the_line_and_get_one_receipt(intake: RunningIntake, branch: Branch) -> None:
    packet = branch.packet(APPROVED, PICTURES)
    responses = [post(intake, packet), post(intake, packet)]
    first, second = (said(branch, response, packet) for response in responses)
    assert isinstance(first, Taken) and second == Taken(first.receipt, again=True)
    assert len(responses[0].content) == len(responses[1].content)


def test_a_station_enrolled_with_an_old_card_is_answered_in_the_clear(tmp_path: Path, branch: Branch) -> None:
    packet = branch.packet(APPROVED, PICTURES)
    with SqliteIntakeStore(tmp_path / "ledger.sqlite") as store:
        store.enrol(replace(branch.booth.enrolled(), sealing=None), NOW)
        with serve_in_thread(create_app(store, branch.keys(), PRODUCTION, lambda: NOW)) as running:
            first, second = post(running, packet), post(running, packet)
    assert (first.status_code, second.status_code, first.headers["content-type"]) == (201, 200, RECEIPT_TYPE)
    assert first.content == second.content


def test_the_largest_packet_a_station_can_make_is_taken(intake: RunningIntake, branch: Branch) -> None:
    largest = Masked(b"\xff\xd8\xff" + bytes(MAX_PICTURE - 3))
    packet = branch.packet(APPROVED, EvidencePictures(largest, largest, largest))
    assert isinstance(said(branch, post(intake, packet), packet), Taken)


def test_a_refusal_carries_its_signed_note(intake: RunningIntake, branch: Branch) -> None:
    packet = branch.packet(APPROVED, PICTURES, branch.demo)
    outcome = said(branch, post(intake, packet), packet)
    assert isinstance(outcome, TurnedAway)
    assert verify_refusal(outcome.note, packet.digest, (branch.bank.public().answers,)).code == "not-production"


@pytest.mark.parametrize("kind", ["application/json", "text/html", "application/octet-stream", ""])
def test_another_content_type_is_415(intake: RunningIntake, branch: Branch, kind: str) -> None:
    response = post(intake, branch.packet(APPROVED, PICTURES), Content_Type=kind)
    assert (response.status_code, response.json()) == (415, {"code": "wrong-media-type"})


def test_another_idempotency_key_is_400(intake: RunningIntake, branch: Branch) -> None:
    response = post(intake, branch.packet(APPROVED, PICTURES), Idempotency_Key="0" * 32)
    assert (response.status_code, response.json()) == (400, {"code": "id-mismatch"})


def test_an_unenrolled_station_is_403_and_has_no_note(intake: RunningIntake, branch: Branch) -> None:
    response = post(intake, branch.packet(APPROVED, PICTURES, draw_station_identity("booth-7", StationClass.PRODUCTION)))
    assert (response.status_code, response.json()) == (403, {"code": "unknown-station"})


def _raw(intake: RunningIntake, head: str) -> socket.socket:
    host, port = intake.url.removeprefix("http://").split(":")
    connection = socket.create_connection((host, int(port)), timeout=30)
    lines = f"POST /v1/packets HTTP/1.1\r\nHost: x\r\nContent-Type: {PACKET_TYPE}\r\nIdempotency-Key: {SESSION}\r\n{head}\r\n\r\n"
    connection.sendall(lines.encode())
    return connection


def _answered(connection: socket.socket) -> bytes:
    with connection, connection.makefile("rb") as incoming:
        return incoming.readline()


@pytest.mark.parametrize("length", [str(MAX_PACKET + 1), str(10**15), "9" * 40])
def test_a_packet_that_says_it_is_too_large_is_not_read(intake: RunningIntake, length: str) -> None:
    assert _answered(_raw(intake, f"Content-Length: {length}")).split()[1] in (b"413", b"400")


def test_a_packet_without_end_is_cut_off_soon_after_the_limit(intake: RunningIntake) -> None:
    connection = _raw(intake, "Transfer-Encoding: chunked")
    chunk = b"10000\r\n" + bytes(0x10000) + b"\r\n"
    sent = 0
    try:
        while sent < 50 * MAX_PACKET:
            connection.sendall(chunk)
            sent += 0x10000
    except OSError:
        pass
    finally:
        connection.close()
    assert sent < 3 * MAX_PACKET


def test_a_packet_that_does_not_come_is_given_up(intake: RunningIntake) -> None:
    connection = _raw(intake, "Content-Length: 5000")
    connection.sendall(b"IDPK")
    assert _answered(connection).split()[1] == b"408"


def test_a_station_that_hangs_up_in_the_middle_leaves_nothing_and_harms_nobody(intake: RunningIntake, branch: Branch) -> None:
    packet = branch.packet(APPROVED, PICTURES)
    connection = _raw(intake, f"Content-Length: {len(packet.sealed)}")
    connection.sendall(packet.sealed[:500])
    connection.close()
    assert isinstance(said(branch, post(intake, packet), packet), Taken)


def test_noise_on_the_line_harms_nobody(intake: RunningIntake, branch: Branch) -> None:
    host, port = intake.url.removeprefix("http://").split(":")
    for noise in (b"\0" * 100, b"GET\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"POST /v1/packets HTTP/9.9\r\n\r\n"):
        with socket.create_connection((host, int(port)), timeout=30) as connection:
            connection.sendall(noise)
            connection.shutdown(socket.SHUT_WR)
            connection.recv(4096)
    packet = branch.packet(APPROVED, PICTURES)
    assert isinstance(said(branch, post(intake, packet), packet), Taken)


def test_the_receipt_is_given_again_to_whoever_has_the_packet(intake: RunningIntake, branch: Branch) -> None:
    packet = branch.packet(APPROVED, PICTURES)
    first = said(branch, post(intake, packet), packet)
    again = said(branch, get(intake, f"/v1/packets/{packet.packet_id}/receipt?digest={packet.digest.hex()}"), packet)
    assert isinstance(first, Taken) and again == Taken(first.receipt, again=True)


@pytest.mark.parametrize(
    "path",
    [
        f"/v1/packets/{SESSION}/receipt?digest={'0' * 64}",
        f"/v1/packets/{'f' * 32}/receipt?digest={'0' * 64}",
        f"/v1/packets/{SESSION}/receipt?digest=short",
        f"/v1/packets/{SESSION}/receipt?digest={'Z' * 64}",
        "/v1/packets/%00/receipt?digest=" + "0" * 64,
        "/v1/packets/..%2f..%2fetc/receipt?digest=" + "0" * 64,
    ],
)
def test_without_the_packet_nobody_learns_whether_it_is_held(intake: RunningIntake, branch: Branch, path: str) -> None:
    post(intake, branch.packet(APPROVED, PICTURES))
    assert get(intake, path).status_code == 404


def test_the_keys_shown_are_the_banks_public_ones(intake: RunningIntake, branch: Branch) -> None:
    shown = bank_public_keys_from_text(get(intake, "/v1/keys").text)
    assert (shown.sealing_key_id, shown.answers_key_id) == (branch.bank.public().sealing_key_id, branch.bank.public().answers_key_id)
    assert branch.connect(intake.url, QUICK).probe() == Reached()


def test_health_tells_whether_the_ledger_answers_and_what_is_taken(intake: RunningIntake) -> None:
    assert get(intake, "/health").json() == {"ready": True, "production": True}


def test_the_service_describes_itself_and_loads_nothing_from_elsewhere(intake: RunningIntake) -> None:
    paths = {"/v1/packets", "/v1/packets/{packet_id}/receipt", "/v1/keys", "/v1/keys/successions", "/v1/stations/succession", "/health"}
    assert set(get(intake, "/openapi.json").json()["paths"]) == paths | {"/v1/holders", "/v1/withdrawals", "/v1/heartbeats", "/metrics"}
    assert (get(intake, "/docs").status_code, get(intake, "/redoc").status_code) == (404, 404)


def test_it_does_not_tell_what_it_runs_on(intake: RunningIntake) -> None:
    assert "server" not in get(intake, "/health").headers


def test_a_full_disk_is_said_so_and_the_station_waits(tmp_path: Path, branch: Branch) -> None:
    large = EvidencePictures(Masked(b"\xff\xd8\xff" + bytes(range(256)) * 4_000), None, None)
    packet = branch.packet(APPROVED, large)
    with (
        branch.store(tmp_path, max_pages=100) as store,
        serve_in_thread(create_app(store, branch.keys(), PRODUCTION, lambda: NOW)) as running,
    ):
        assert said(branch, post(running, packet), packet) == Later(NotNow.STORAGE_FULL)
        assert branch.connect(running.url, QUICK).deliver(packet) == Unreachable("storage-full")


def test_what_the_intake_says_the_connector_understands(intake: RunningIntake, branch: Branch) -> None:
    connector = branch.connect(intake.url, QUICK)
    packet, other = branch.packet(APPROVED, PICTURES), branch.packet(APPROVED, PICTURES)
    stranger = draw_station_identity("booth-7", StationClass.PRODUCTION)
    answers = [
        connector.deliver(packet),
        connector.deliver(packet),
        connector.deliver(other),
        connector.deliver(branch.packet(numbered(2), PICTURES, branch.demo)),
        connector.deliver(branch.packet(numbered(3), PICTURES, stranger)),
        connector.deliver(Packet(SESSION, b"", digest_of(b""))),
    ]
    assert isinstance(answers[0], Accepted)
    assert answers[1:] == [
        AlreadyHeld(answers[0].receipt, answers[0].head),
        Refused("id-conflict"),
        Unreachable("receipt-wrong"),
        Unreachable("unknown-station"),
        Refused("malformed"),
    ]


def test_twenty_stations_at_once_with_one_packet_hold_it_once(intake: RunningIntake, branch: Branch) -> None:
    packet = branch.packet(APPROVED, PICTURES)
    answers: list[Answer] = []
    together = threading.Barrier(20)

    def deliver() -> None:
        connector = branch.connect(intake.url, QUICK)
        together.wait()
        answers.append(connector.deliver(packet))

    threads = [threading.Thread(target=deliver) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    kinds = [type(answer) for answer in answers]
    assert (kinds.count(Accepted), kinds.count(AlreadyHeld)) == (1, 19)
    assert len({answer.receipt for answer in answers if isinstance(answer, Accepted | AlreadyHeld)}) == 1


def test_more_at_once_than_it_can_carry_are_turned_away_and_none_is_lost(tmp_path: Path, branch: Branch) -> None:
    with branch.store(tmp_path) as store, serve_in_thread(create_app(store, branch.keys(), PRODUCTION), at_once=1) as running:
        held = _raw(running, "Content-Length: 5000\r\nExpect: 100-continue")
        assert held.recv(25) == b"HTTP/1.1 100 Continue\r\n\r\n", "its body is waited for"
        packet = branch.packet(APPROVED, PICTURES)
        connector = branch.connect(running.url, QUICK)
        assert connector.deliver(packet) == Unreachable("server-error")
        held.close()


def test_connections_that_say_nothing_keep_no_station_out(tmp_path: Path, branch: Branch) -> None:
    with branch.store(tmp_path) as store, serve_in_thread(create_app(store, branch.keys(), PRODUCTION), at_once=8) as running:
        host, port = running.url.removeprefix("http://").split(":")
        held = [socket.create_connection((host, int(port)), timeout=30) for _ in range(40)]
        assert isinstance(branch.connect(running.url, QUICK).deliver(branch.packet(APPROVED, PICTURES)), Accepted)
        for one in held:
            one.close()


def test_a_packet_under_way_when_the_intake_is_told_to_stop_is_still_held_and_receipted(tmp_path: Path, branch: Branch) -> None:
    packet = branch.packet(APPROVED, PICTURES)
    with branch.store(tmp_path) as store:
        running = serve_in_thread(create_app(store, branch.keys(), PRODUCTION, lambda: NOW))
        connection = _raw(running, f"Content-Length: {len(packet.sealed)}\r\nExpect: 100-continue")
        assert connection.recv(25) == b"HTTP/1.1 100 Continue\r\n\r\n"
        stopping = threading.Thread(target=running.stop)
        stopping.start()
        connection.sendall(packet.sealed)
        assert _answered(connection).split()[1] == b"200"
        stopping.join(30)
        assert len(list(store.cases())) == 1


def test_a_stopped_intake_leaves_its_address_free(tmp_path: Path, branch: Branch) -> None:
    with branch.store(tmp_path) as store:
        first = serve_in_thread(create_app(store, branch.keys(), PRODUCTION))
        port = int(first.url.rpartition(":")[2])
        first.stop()
        with serve_in_thread(create_app(store, branch.keys(), PRODUCTION), port=port) as second:
            assert get(second, "/health").status_code == 200
    assert not any(thread.name == "intake" for thread in threading.enumerate())
