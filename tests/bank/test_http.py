"""The way over HTTP believes nothing it cannot verify."""

import socket
import threading
from collections.abc import Callable

import pytest

from kiosk.bank.connector import Reached
from kiosk.bank.link import Problem
from kiosk.faults import SettingsRefused
from kiosk.intake.reception import NotNow
from kiosk.outbox import Accepted, Mistrusted, Refused, Unreachable
from kiosk.policy import SyncPolicy
from kiosk.wire.keys import bank_public_keys_to_text, draw_bank_identity
from kiosk.wire.log_proof import Lie, read_proven
from kiosk.wire.packet import Packet
from tests.fakes.branch import QUICK, Branch, draw_branch
from tests.fakes.lying_bank import KNOWN, LIES, SIGNED_LIES, Heard, LyingBank, Say, honest, http, refusal_of, sealed
from tests.wire.specimens import APPROVED, PICTURES

HURRIED = SyncPolicy(request_timeout_s=0.3)


@pytest.fixture(scope="module")
def branch() -> Branch:
    return draw_branch()


@pytest.fixture(scope="module")
def packet(branch: Branch) -> Packet:
    return branch.packet(APPROVED, PICTURES)


@pytest.mark.parametrize(("say", "code"), LIES.values(), ids=LIES)
def test_no_lie_counts_as_delivered_or_refused(branch: Branch, packet: Packet, say: Say, code: str) -> None:
    with LyingBank(say, branch.bank, branch.booth.enrolled()) as bank:
        answer = branch.connect(bank.url, QUICK).deliver(packet)
    assert answer == Unreachable(code)


@pytest.mark.parametrize(("answer", "lie"), SIGNED_LIES.values(), ids=SIGNED_LIES)
def test_a_bank_that_signs_a_lie_is_caught_and_its_words_are_kept(
    branch: Branch, packet: Packet, answer: Callable[[Heard], bytes], lie: Lie
) -> None:
    with LyingBank(lambda heard: http("200 OK", sealed(heard, answer(heard))), branch.bank, branch.booth.enrolled()) as bank:
        caught = branch.connect(bank.url, known=KNOWN).deliver(packet)
    assert isinstance(caught, Mistrusted) and caught.code == lie.value
    assert read_proven(caught.evidence).receipt


def test_the_same_bank_told_straight_is_believed(branch: Branch, packet: Packet) -> None:
    with LyingBank(honest, branch.bank, branch.booth.enrolled()) as bank:
        answer = branch.connect(bank.url, known=KNOWN).deliver(packet)
    assert isinstance(answer, Accepted)
    assert branch.proved(answer.receipt, packet, KNOWN).position == 7


def test_an_honest_receipt_counts_as_delivered(branch: Branch, packet: Packet) -> None:
    with LyingBank(honest, branch.bank, branch.booth.enrolled()) as bank:
        assert isinstance(branch.connect(bank.url, QUICK).deliver(packet), Accepted)


def test_a_refusal_signed_over_this_packet_counts_as_refused(branch: Branch, packet: Packet) -> None:
    with LyingBank(lambda heard: http("422 Unprocessable", refusal_of(heard, heard.bank)), branch.bank, branch.booth.enrolled()) as bank:
        assert branch.connect(bank.url, QUICK).deliver(packet) == Refused("bad-signature")


def test_a_bank_that_never_answers_times_out(branch: Branch, packet: Packet) -> None:
    with LyingBank(lambda _: b"", branch.bank, branch.booth.enrolled(), hold=True) as bank:
        assert branch.connect(bank.url, HURRIED).deliver(packet) == Unreachable("timed-out")


def test_a_bank_that_drips_its_answer_has_one_deadline_for_all_of_it(branch: Branch, packet: Packet) -> None:
    """Every drip comes well within the time-out; together they would take for ever."""
    listener = socket.create_server(("127.0.0.1", 0))
    ended = threading.Event()

    def drip() -> None:
        connection, _ = listener.accept()
        with connection:
            try:
                connection.sendall(b"HTTP/1.1 201 Created\r\nX-Patience: ")
                while not ended.wait(0.02):
                    connection.sendall(b"z")
            except OSError:
                return

    dripping = threading.Thread(target=drip)
    dripping.start()
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    try:
        assert branch.connect(url, HURRIED).deliver(packet) == Unreachable("timed-out")
    finally:
        ended.set()
        dripping.join()
        listener.close()


def test_a_name_that_is_never_found_counts_against_the_same_deadline(
    branch: Branch, packet: Packet, monkeypatch: pytest.MonkeyPatch
) -> None:
    answered, looking = threading.Event(), threading.Event()

    def lost(*_: object, **__: object) -> list[object]:
        looking.set()
        answered.wait(60)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", lost)
    try:
        answer = branch.connect("https://bank.example", HURRIED).deliver(packet)
        assert looking.is_set() and not answered.is_set()
        assert answer == Unreachable("timed-out")
    finally:
        answered.set()


def test_a_bank_that_is_down_is_no_connection(branch: Branch, packet: Packet) -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        url = f"http://127.0.0.1:{gone.getsockname()[1]}"
    assert branch.connect(url, QUICK).deliver(packet) == Unreachable("no-connection")


def test_a_bank_that_speaks_no_tls_is_not_taken_for_one_that_does(branch: Branch, packet: Packet) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        answering = threading.Thread(target=_say_http_to_a_handshake, args=(listener,))
        answering.start()
        url = f"https://127.0.0.1:{listener.getsockname()[1]}"
        answer = branch.connect(url, QUICK).deliver(packet)
        answering.join()
    assert answer == Unreachable("not-trusted")


def _say_http_to_a_handshake(listener: socket.socket) -> None:
    connection, _ = listener.accept()
    with connection:
        connection.recv(4096)
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")


def test_closing_gives_up_what_is_under_way_at_once(branch: Branch, packet: Packet) -> None:
    patient = SyncPolicy(request_timeout_s=600.0)
    with LyingBank(lambda _: b"", branch.bank, branch.booth.enrolled(), hold=True) as bank:
        connector = branch.connect(bank.url, patient)
        answers: list[object] = []
        delivering = threading.Thread(target=lambda: answers.append(connector.deliver(packet)))
        delivering.start()
        assert bank.asked.wait(30)
        connector.close()
        delivering.join(30)
    assert answers == [Unreachable("stopped")]


def test_a_closed_connector_asks_nobody(branch: Branch, packet: Packet) -> None:
    with LyingBank(honest, branch.bank, branch.booth.enrolled()) as bank:
        connector = branch.connect(bank.url, QUICK)
        connector.close()
        assert connector.deliver(packet) == Unreachable("stopped")
        assert bank.requests == 0


@pytest.mark.parametrize(
    "address",
    [
        "http://bank.example",
        "http://10.0.0.1:80",
        "ftp://bank.example",
        "bank.example",
        "https://",
        "https://bank.example/path",
        "https://user:word@bank.example",
        "https://bank.example?x=1",
        "https://bank.example:port",
        "https://[::1",
        "",
    ],
)
def test_an_address_that_would_leak_or_cannot_be_is_refused_at_start(branch: Branch, address: str) -> None:
    with pytest.raises(SettingsRefused):
        branch.connect(address, QUICK)


def test_a_missing_file_of_certificates_is_refused_at_start(branch: Branch) -> None:
    with pytest.raises(SettingsRefused):
        branch.connect("https://bank.example", QUICK, authorities="/nowhere/authorities.pem")


def test_the_probe_knows_our_bank_by_its_keys(branch: Branch) -> None:
    ours = bank_public_keys_to_text(branch.bank.public()).encode()
    with LyingBank(lambda _: http("200 OK", ours), branch.bank, branch.booth.enrolled()) as bank:
        assert branch.connect(bank.url, QUICK).probe() == Reached()


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (bank_public_keys_to_text(draw_bank_identity().public()).encode(), "other-keys"),
        (b"<html>", "nonsense"),
        (b"\xff" * 9000, "nonsense"),
    ],
    ids=["another bank's keys", "a page", "too much"],
)
def test_the_probe_is_not_taken_in(branch: Branch, body: bytes, code: str) -> None:
    with LyingBank(lambda _: http("200 OK", body), branch.bank, branch.booth.enrolled()) as bank:
        assert branch.connect(bank.url, QUICK).probe() == Unreachable(code)


def test_every_not_now_of_the_intake_has_its_code_here() -> None:
    """But one: this connector never sends another content type, so hearing that would be nonsense."""
    assert {code.value for code in NotNow} - {problem.value for problem in Problem} == {"wrong-media-type"}
