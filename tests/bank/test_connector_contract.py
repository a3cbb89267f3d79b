"""What every way to a core bank promises. A new connector gets a row in BANKS: how to start its bank, and how to look into its books."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from kiosk.bank.connector import Connector, Reached
from kiosk.bank.connectors import CONNECTORS
from kiosk.bank.fineract import FineractConnector, FineractSettings
from kiosk.bank.http import HttpConnector
from kiosk.intake.acceptance import PRODUCTION
from kiosk.intake.running import serve_in_thread
from kiosk.intake.service import create_app
from kiosk.outbox import Accepted, AlreadyHeld, Answer, Refused, Unreachable
from kiosk.record import SessionRecord
from kiosk.values import Masked, SessionId
from kiosk.wire.packet import Packet, open_packet
from tests.fakes.bad_road import ANYWHERE, ONCE, BadRoad, Mishap
from tests.fakes.branch import NOW, QUICK, Branch, draw_branch
from tests.fakes.fineract import FakeFineract
from tests.wire.specimens import PICTURES, numbered

MOST_REQUESTS = 20


@dataclass(frozen=True)
class Linked:
    """A connector over a road that can be bad, to a bank whose books can be read."""

    connector: Connector
    road: BadRoad
    take_away: Callable[[], None]
    proved: Callable[[bytes, Packet], None]
    copies: Callable[[SessionId], int]


@contextmanager
def _over_http(branch: Branch, folder: Path) -> Iterator[Linked]:
    with (
        branch.store(folder) as store,
        serve_in_thread(create_app(store, branch.keys(), PRODUCTION, lambda: NOW)) as intake,
        BadRoad(intake.url) as road,
    ):

        def proved(receipt: bytes, packet: Packet) -> None:
            assert branch.proved(receipt, packet).packet_id == packet.packet_id

        def copies(packet_id: SessionId) -> int:
            return [case.packet_id for case in store.cases()].count(packet_id)

        yield Linked(branch.connect(road.url, QUICK), road, intake.stop, proved, copies)


@contextmanager
def _in_fineract(branch: Branch, folder: Path) -> Iterator[Linked]:
    with FakeFineract() as core, BadRoad(core.url) as road:
        settings = FineractSettings(road.url, "default", "desk", Masked("open sesame"))
        connector = FineractConnector(settings, lambda packet: open_packet(packet.sealed, branch.booth.enrolled(), branch.bank), QUICK)

        def proved(receipt: bytes, packet: Packet) -> None:
            assert packet.digest.hex().encode() in receipt

        def copies(packet_id: SessionId) -> int:
            """One copy is a client with his identifier, portrait and account, all active and each once."""
            clients = [row for row in core.books.clients if row["externalId"] == packet_id]
            assert core.books.activations == len(core.books.savings)
            for client in clients:
                assert [one["clientId"] for one in core.books.identifiers].count(client["id"]) == 1
                assert core.books.images[client["id"]] == PICTURES.portrait.reveal()  # type: ignore[union-attr]
                (account,) = [row for row in core.books.savings if row["clientId"] == client["id"]]
                assert account["status"]["active"] and client["active"]
            return len(clients)

        yield Linked(connector, road, core.stop, proved, copies)


BANKS = {HttpConnector: _over_http, FineractConnector: _in_fineract}


@pytest.fixture(scope="module")
def branch() -> Branch:
    return draw_branch()


@pytest.fixture(params=CONNECTORS, ids=lambda kind: kind.__name__)
def linked(request: pytest.FixtureRequest, branch: Branch, tmp_path: Path) -> Iterator[Linked]:
    with BANKS[request.param](branch, tmp_path) as linked:
        yield linked


def opening(number: int, surname: str = "ERIKSSON") -> SessionRecord:
    """An approved account opening by somebody with a document of his own."""
    record = numbered(number)
    fields = replace(record.document.fields, number=Masked(f"D{number:08}"), surname=Masked(surname))  # type: ignore[type-var]
    return replace(record, document=replace(record.document, fields=fields))


def test_a_packet_is_accepted_once_with_a_receipt_about_it(linked: Linked, branch: Branch) -> None:
    packet = branch.packet(opening(1), PICTURES)
    answer = linked.connector.deliver(packet)
    assert isinstance(answer, Accepted)
    linked.proved(answer.receipt, packet)
    assert linked.copies(packet.packet_id) == 1


def test_the_same_packet_again_is_already_held_under_the_same_receipt(linked: Linked, branch: Branch) -> None:
    packet = branch.packet(opening(1), PICTURES)
    first = linked.connector.deliver(packet)
    assert isinstance(first, Accepted)
    assert linked.connector.deliver(packet) == AlreadyHeld(first.receipt, first.head)
    assert linked.copies(packet.packet_id) == 1


def test_another_packet_of_the_same_case_is_refused_for_good(linked: Linked, branch: Branch) -> None:
    linked.connector.deliver(branch.packet(opening(1), PICTURES))
    assert linked.connector.deliver(branch.packet(opening(1, surname="OTHER"), PICTURES)) == Refused("id-conflict")
    assert linked.connector.deliver(branch.packet(opening(1), PICTURES)) == Refused("id-conflict"), "sealed anew it is another packet"


def test_many_packets_are_each_held_once(linked: Linked, branch: Branch) -> None:
    packets = [branch.packet(opening(number), PICTURES) for number in range(4)]
    for packet in (*packets, *packets):
        assert isinstance(linked.connector.deliver(packet), Accepted | AlreadyHeld)
    assert [linked.copies(packet.packet_id) for packet in packets] == [1, 1, 1, 1]


@pytest.mark.parametrize("mishap", ANYWHERE, ids=lambda mishap: mishap.__name__)
def test_whichever_answer_is_lost_the_next_attempt_ends_with_one_copy(linked: Linked, branch: Branch, mishap: Mishap) -> None:
    spoiled = 0
    for lost in range(MOST_REQUESTS):
        packet = branch.packet(opening(lost), PICTURES)
        linked.road.spoil(mishap, after=lost)
        first = linked.connector.deliver(packet)
        if isinstance(first, Accepted):
            break
        spoiled += 1
        assert isinstance(first, Unreachable)
        second = linked.connector.deliver(packet)
        assert isinstance(second, Accepted | AlreadyHeld)
        linked.proved(second.receipt, packet)
        assert linked.copies(packet.packet_id) == 1
    assert 1 <= spoiled < MOST_REQUESTS


@pytest.mark.parametrize("mishap", ONCE, ids=lambda mishap: mishap.__name__)
def test_nonsense_is_no_answer_and_is_got_over(linked: Linked, branch: Branch, mishap: Mishap) -> None:
    packet = branch.packet(opening(1), PICTURES)
    linked.road.spoil(mishap, after=0)
    assert isinstance(linked.connector.deliver(packet), Unreachable)
    assert isinstance(linked.connector.deliver(packet), Accepted)


def test_a_bank_that_is_gone_is_unreachable_and_nothing_is_raised(linked: Linked, branch: Branch) -> None:
    linked.take_away()
    assert isinstance(linked.connector.deliver(branch.packet(opening(1), PICTURES)), Unreachable)
    assert isinstance(linked.connector.probe(), Unreachable)


def test_a_bank_that_is_there_is_reached(linked: Linked) -> None:
    assert linked.connector.probe() == Reached()


def test_a_closed_connector_delivers_nothing(linked: Linked, branch: Branch) -> None:
    linked.connector.close()
    answer: Answer = linked.connector.deliver(branch.packet(opening(1), PICTURES))
    assert answer == Unreachable("stopped")
    assert linked.road.carried == 0
