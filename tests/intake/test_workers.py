"""Several workers on one port and one ledger, as a person starts them: exactly once, replaced when they die, stopped together."""

import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from kiosk.bank.http import HttpConnector
from kiosk.intake.ceremony import bank_keys, enrol, init_bank, list_cases
from kiosk.intake.command import main
from kiosk.intake.store import HeldCase
from kiosk.outbox import Accepted, AlreadyHeld, Answer
from kiosk.policy import SyncPolicy
from kiosk.values import StationClass
from kiosk.wire.keys import draw_station_identity, enrolment_to_text
from kiosk.wire.packet import make_packet
from kiosk.wire.succession import TrustedBank
from tests.fakes.branch import NOW
from tests.wire.specimens import PICTURES, numbered

ROOT = Path(__file__).resolve().parents[2]
BOOTH = draw_station_identity("booth-1", StationClass.PRODUCTION)
PATIENT = SyncPolicy(request_timeout_s=30.0)

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals and sockets as POSIX has them")


@contextmanager
def intake(folder: Path, store: str, workers: int) -> Iterator[tuple[subprocess.Popen[str], str]]:
    command = [sys.executable, "-m", "kiosk.intake", "run", "--folder", str(folder), "--port", "0", "--workers", str(workers)]
    environment = os.environ | {"IDENTITY_DESK_INTAKE_STORE": store}
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout is not None
        try:
            yield process, next(line.split()[2] for line in process.stdout if line.startswith("Listening on "))
        finally:
            process.kill()


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest) -> str:
    return "" if request.param == "sqlite" else str(request.getfixturevalue("postgres_url"))


@pytest.fixture
def bank(tmp_path: Path, store: str) -> Path:
    folder = tmp_path / "bank"
    init_bank(folder, production=True)
    enrol(folder, enrolment_to_text(BOOTH), StationClass.PRODUCTION, NOW, store=store)
    return folder


def children_of(process: subprocess.Popen[str]) -> list[int]:
    command = ["ps", "-ww", "-o", "pid=", "-o", "args=", "--ppid", str(process.pid)]
    listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return [int(line.split()[0]) for line in listed.splitlines() if "spawn_main" in line]


def metric(url: str, name: str) -> float:
    text = httpx.get(url + "/metrics", trust_env=False).text
    found = re.search(rf"^{re.escape(name)} ([0-9.]+)$", text, re.MULTILINE)
    assert found is not None, text
    return float(found[1])


def test_every_packet_is_held_once_by_several_workers_even_when_one_is_killed(bank: Path, store: str) -> None:
    """Each packet is brought by two stations' threads at once, and by others after a worker was killed."""
    keys = bank_keys(bank)
    packets = [make_packet(numbered(number), PICTURES, BOOTH, keys) for number in range(12)]
    answers: list[Answer] = []
    with intake(bank, store, workers=2) as (process, url):

        def bring() -> None:
            way = HttpConnector(url, BOOTH, TrustedBank(keys), PATIENT)
            answers.extend(way.deliver(packet) for packet in packets)

        def all_at_once() -> None:
            threads = [threading.Thread(target=bring) for _ in range(3)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()

        all_at_once()
        assert sum(isinstance(answer, Accepted) for answer in answers) == len(packets)
        assert sum(isinstance(answer, AlreadyHeld) for answer in answers) == 2 * len(packets)
        assert metric(url, 'intake_packets_total{outcome="accepted"}') == len(packets)
        assert metric(url, 'intake_packets_total{outcome="held-already"}') == 2 * len(packets)
        assert metric(url, "intake_packet_seconds_count") == 3 * len(packets)
        assert metric(url, "intake_ledger_packets") == len(packets)

        before = children_of(process)
        os.kill(before[0], signal.SIGKILL)
        way = HttpConnector(url, BOOTH, TrustedBank(keys), PATIENT)
        late = make_packet(numbered(99), PICTURES, BOOTH, keys)
        came: Answer = way.deliver(late)
        while not isinstance(came, Accepted | AlreadyHeld):
            came = way.deliver(late)
        while len(children_of(process)) < 2:
            assert process.poll() is None
        assert set(children_of(process)) != set(before)

        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
        assert process.stdout is not None
        assert process.stdout.read().endswith("Stopped; everything received is on disk.\n")
    held: list[HeldCase] = list(list_cases(bank, store))
    assert [case.position for case in held] == list(range(1, len(packets) + 2))
    assert len({case.packet_id for case in held}) == len(packets) + 1


def test_a_request_at_hand_is_finished_before_the_intake_stops(bank: Path, store: str) -> None:
    keys = bank_keys(bank)
    packet = make_packet(numbered(1), PICTURES, BOOTH, keys)
    with intake(bank, store, workers=1) as (process, url):
        head = (
            f"POST /v1/packets HTTP/1.1\r\nHost: bank\r\nContent-Type: application/vnd.identity-desk.packet\r\n"
            f"Idempotency-Key: {packet.packet_id}\r\nContent-Length: {len(packet.sealed)}\r\nConnection: close\r\n\r\n"
        )
        address = (url.split("//")[1].split(":")[0], int(url.rsplit(":", 1)[1]))
        with socket.create_connection(address) as line:
            line.sendall(head.encode() + packet.sealed[:100])
            assert httpx.get(url + "/health", trust_env=False).status_code == 200
            process.send_signal(signal.SIGTERM)
            line.sendall(packet.sealed[100:])
            answer = b"".join(iter(lambda: line.recv(65_536), b""))
        assert answer.startswith(b"HTTP/1.1 200")
        assert process.wait(30) == 0
    assert [case.packet_id for case in list_cases(bank, store)] == [packet.packet_id]


def test_a_file_that_holds_packets_is_not_left_for_a_database(
    tmp_path: Path, postgres_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "bank"
    init_bank(folder, production=True)
    enrol(folder, enrolment_to_text(BOOTH), StationClass.PRODUCTION, NOW)
    with intake(folder, "", workers=1) as (_, url):
        way = HttpConnector(url, BOOTH, TrustedBank(bank_keys(folder)), PATIENT)
        assert isinstance(way.deliver(make_packet(numbered(1), PICTURES, BOOTH, bank_keys(folder))), Accepted)
    assert main(["cases", "--folder", str(folder), "--store", postgres_url]) == 1
    assert "the bank has one ledger" in capsys.readouterr().err


@pytest.mark.parametrize("address", ["mysql://ledger", "postgresql:///ledger?host=/nowhere"])
def test_a_ledger_that_cannot_be_had_is_said(tmp_path: Path, address: str, capsys: pytest.CaptureFixture[str]) -> None:
    init_bank(tmp_path / "bank", production=True)
    assert main(["run", "--port", "0", "--folder", str(tmp_path / "bank"), "--store", address]) == 1
    assert "Not done" in capsys.readouterr().err


def test_several_workers_that_cannot_start_are_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "bank"
    init_bank(folder, production=True)
    nothing = tmp_path / "nothing.pem"
    assert main(["run", "--port", "0", "--folder", str(folder), "--workers", "2", "--certificate", str(nothing)]) == 1
    assert "Not done" in capsys.readouterr().err
