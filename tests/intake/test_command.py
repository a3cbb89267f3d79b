"""The bank's end as a person starts it: a program of its own, stopped and killed for real."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from kiosk.bank.http import HttpConnector
from kiosk.intake.acceptance import PRODUCTION
from kiosk.intake.ceremony import bank_keys, open_bank
from kiosk.intake.command import main
from kiosk.intake.reception import Reception, Sealed
from kiosk.intake.service import PACKET_TYPE
from kiosk.outbox import Accepted, AlreadyHeld, Unreachable
from kiosk.values import StationClass
from kiosk.wire.keys import bank_public_keys_from_text, draw_station_identity, enrolment_to_text
from kiosk.wire.log_proof import read_proven
from kiosk.wire.packet import make_packet
from kiosk.wire.reply import Word, open_reply
from kiosk.wire.succession import TrustedBank
from tests.fakes.branch import NOW, QUICK, proved_receipt
from tests.wire.specimens import APPROVED, PICTURES, SESSION

ROOT = Path(__file__).resolve().parents[2]
BOOTH = draw_station_identity("booth-1", StationClass.PRODUCTION)

posix = pytest.mark.skipif(os.name != "posix", reason="signals as POSIX has them")


@contextmanager
def program(folder: Path, *module: str) -> Iterator[tuple[subprocess.Popen[str], str, list[str]]]:
    """The intake as its own process on a port of the system's choice; yields it, its url and what it said before that."""
    words = module or ("kiosk.intake", "run", "--port", "0", "--folder")
    command = [sys.executable, "-m", *words, str(folder)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        said = []
        while not said or not said[-1].startswith("Listening on "):
            line = process.stdout.readline()
            assert line, f"the intake ended before it listened, having said {said}"
            said.append(line)
        try:
            yield process, said[-1].split()[2], said
        finally:
            process.kill()


def station_file(folder: Path) -> str:
    path = folder / "booth-1.json"
    path.write_text(enrolment_to_text(BOOTH) + "\n", "utf-8")
    return str(path)


@posix
def test_killed_after_its_receipt_it_gives_the_same_receipt_again(tmp_path: Path) -> None:
    bank = tmp_path / "bank"
    assert main(["init", "--folder", str(bank)]) == 0
    assert main(["enrol", station_file(tmp_path), "--class", "production", "--folder", str(bank)]) == 0
    packet = make_packet(APPROVED, PICTURES, BOOTH, bank_keys(bank))
    with program(bank) as (process, url, _):
        first = HttpConnector(url, BOOTH, TrustedBank(bank_keys(bank)), QUICK).deliver(packet)
        process.send_signal(signal.SIGKILL)
        process.wait(30)
    with program(bank) as (process, url, _):
        again = HttpConnector(url, BOOTH, TrustedBank(bank_keys(bank)), QUICK).deliver(packet)
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    assert isinstance(first, Accepted)
    assert isinstance(again, AlreadyHeld)
    assert read_proven(again.receipt).receipt == read_proven(first.receipt).receipt


@posix
def test_dying_between_commit_and_answer_loses_nothing_and_holds_nothing_twice(tmp_path: Path) -> None:
    bank = tmp_path / "bank"
    main(["init", "--folder", str(bank)])
    main(["enrol", station_file(tmp_path), "--class", "production", "--folder", str(bank)])
    packet = make_packet(APPROVED, PICTURES, BOOTH, bank_keys(bank))
    with program(bank, "tests.fakes.dying_intake") as (process, url, _):
        first = HttpConnector(url, BOOTH, TrustedBank(bank_keys(bank)), QUICK).deliver(packet)
        assert process.wait(30) == 137
    assert isinstance(first, Unreachable)
    opened = open_bank(bank)
    with opened.store:
        again = Reception(opened.store, opened.keys, opened.acceptance, lambda: NOW).receive(packet.sealed, SESSION)
        assert len(list(opened.store.cases())) == 1
    assert isinstance(again, Sealed)
    reply = open_reply(again.reply, packet.digest, BOOTH.key_id, BOOTH.opening_key())
    assert reply.word is Word.HELD_ALREADY
    assert proved_receipt(reply.content, packet, bank_keys(bank)).position == 1


@posix
def test_its_first_start_makes_a_bank_and_says_so(tmp_path: Path) -> None:
    with program(tmp_path / "bank") as (process, _, said):
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0
        assert process.stdout is not None
        assert process.stdout.read() == "Stopped; everything received is on disk.\n"
    assert said[0].startswith("First start: made a bank for production")
    assert bank_keys(tmp_path / "bank").sealing_key_id in said[1]


def test_cases_are_listed_for_people_and_for_programs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["init", "--folder", str(tmp_path / "bank")])
    main(["enrol", station_file(tmp_path), "--class", "production", "--folder", str(tmp_path / "bank")])
    bank = open_bank(tmp_path / "bank")
    with bank.store:
        packet = make_packet(APPROVED, PICTURES, BOOTH, bank.keys.identity.public())
        Reception(bank.store, bank.keys, bank.acceptance, lambda: NOW).receive(packet.sealed, SESSION)
    capsys.readouterr()
    assert main(["cases", "--json", "--folder", str(tmp_path / "bank")]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "position": 1,
        "packet": SESSION,
        "station": "booth-1",
        "purpose": "account-opening",
        "decision": "approve",
        "received_at": "2026-03-04T12:05:00.000000Z",
    }
    assert main(["cases", "--folder", str(tmp_path / "bank")]) == 0
    assert capsys.readouterr().out.endswith("\n1 held.\n")


def test_the_keys_printed_are_what_a_station_reads(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["init", "--demo", "--folder", str(tmp_path / "bank")])
    capsys.readouterr()
    assert main(["keys", "--folder", str(tmp_path / "bank")]) == 0
    assert bank_public_keys_from_text(capsys.readouterr().out).sealing_key_id == bank_keys(tmp_path / "bank").sealing_key_id


def test_stations_are_listed_with_the_key_a_person_compares(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["init", "--folder", str(tmp_path / "bank")])
    main(["enrol", station_file(tmp_path), "--class", "production", "--folder", str(tmp_path / "bank")])
    assert BOOTH.key_id in capsys.readouterr().out
    assert main(["stations", "--folder", str(tmp_path / "bank")]) == 0
    assert capsys.readouterr().out == f"{BOOTH.key_id}  production  booth-1\n"


def test_a_stolen_station_is_withdrawn_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bank = ["--folder", str(tmp_path / "bank")]
    main(["init", *bank])
    main(["enrol", station_file(tmp_path), "--class", "production", *bank])
    assert main(["withdraw", BOOTH.key_id, *bank]) == 0
    capsys.readouterr()
    assert main(["stations", *bank]) == 0
    assert capsys.readouterr().out == ""
    assert main(["withdraw", BOOTH.key_id, *bank]) == 1
    assert main(["withdraw", "0" * 32, *bank]) == 1
    assert capsys.readouterr().err == "Not done: no station is enrolled with that key.\n" * 2


@pytest.mark.parametrize(
    "words",
    [
        ["cases"],
        ["enrol", "nowhere.json", "--class", "qa"],
        ["keys"],
        ["stations"],
    ],
)
def test_without_a_bank_it_says_what_to_do(tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str]) -> None:
    assert main([*words, "--folder", str(tmp_path)]) == 1
    assert capsys.readouterr().err.startswith("Not done: ")


@posix
def test_a_proxy_that_is_named_may_bring_more_than_one_address_s_share(tmp_path: Path) -> None:
    share = PRODUCTION.at_once // 2
    head = f"Content-Type: {PACKET_TYPE}\r\nIdempotency-Key: {SESSION}\r\nContent-Length: 5000\r\nExpect: 100-continue"
    asked = f"POST /v1/packets HTTP/1.1\r\nHost: x\r\n{head}\r\n\r\n".encode()
    words = ("kiosk.intake", "run", "--port", "0", "--proxy", "127.0.0.2", "--folder")
    with program(tmp_path / "bank", *words) as (_, url, _), ExitStack() as held:
        host, port = url.removeprefix("http://").split(":")
        for _ in range(share + 1):
            one = held.enter_context(socket.create_connection((host, int(port)), 60, ("127.0.0.2", 0)))
            one.sendall(asked)
            assert one.recv(12) == b"HTTP/1.1 100"


def test_a_demonstration_does_not_start_in_a_production_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["init", "--folder", str(tmp_path / "bank")])
    assert main(["run", "--demo", "--folder", str(tmp_path / "bank"), "--port", "0"]) == 1
    assert "a folder of its own" in capsys.readouterr().err


def test_a_port_that_is_taken_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert main(["--folder", str(tmp_path / "bank"), "--port", str(port)]) == 1
    assert f"cannot listen on 127.0.0.1 port {port}" in capsys.readouterr().err


def test_a_certificate_that_cannot_be_read_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--folder", str(tmp_path / "bank"), "--port", "0", "--certificate", str(tmp_path / "none.pem")]
    assert main(words) == 1
    assert "certificate" in capsys.readouterr().err


@pytest.mark.parametrize(
    "words",
    [["frobnicate"], ["run", "--port", "65536"], ["run", "--port", "-1"], ["run", "--proxy", "no.address"], ["enrol"], ["cases", "--jsn"]],
)
def test_a_command_not_understood_is_2(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 2
    assert "usage:" in capsys.readouterr().err


@pytest.mark.parametrize("words", [["--help"], ["run", "--help"], ["enrol", "--help"]])
def test_help_is_help(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 0
    assert "usage:" in capsys.readouterr().out
