"""Fineract's own oddities: keys in flight, stored errors, and what it must never be asked."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from kiosk.bank.fineract import FineractConnector, FineractSettings
from kiosk.outbox import Accepted, Refused, Unreachable
from kiosk.record import Decision, OverrideReason
from kiosk.values import Masked
from kiosk.wire.packet import Packet, open_packet
from tests.bank.test_connector_contract import opening
from tests.fakes.branch import QUICK, Branch, draw_branch
from tests.fakes.fineract import FakeFineract
from tests.wire.specimens import PICTURES, TRANSFER


@pytest.fixture(scope="module")
def branch() -> Branch:
    return draw_branch()


@pytest.fixture
def core() -> Iterator[FakeFineract]:
    with FakeFineract() as core:
        yield core


SESAME = "open sesame"


def connector(core: FakeFineract, branch: Branch, word: str = SESAME, tenant: str = "default") -> FineractConnector:
    settings = FineractSettings(core.url, tenant, "desk", Masked(word))
    return FineractConnector(settings, lambda packet: open_packet(packet.sealed, branch.booth.enrolled(), branch.bank), QUICK)


def packet(branch: Branch, number: int = 1) -> Packet:
    return branch.packet(opening(number), PICTURES)


def test_a_key_in_flight_is_waited_for(core: FakeFineract, branch: Branch) -> None:
    one, way = packet(branch), connector(core, branch)
    core.in_flight.add(f"{one.packet_id}-client-0")
    assert way.deliver(one) == Unreachable("core-in-flight")
    core.in_flight.clear()
    assert isinstance(way.deliver(one), Accepted)
    assert len(core.books.clients) == 1


@pytest.mark.parametrize("step", ["/clients", "/identifiers", "/images", "=activate", "/savingsaccounts", "=approve"])
def test_a_stored_error_does_not_block_for_ever(core: FakeFineract, branch: Branch, step: str) -> None:
    """Fineract would replay the error under the same key even when its cause is long gone."""
    one, way = packet(branch), connector(core, branch)
    core.fails[step] = 3
    assert [way.deliver(one) for _ in range(3)] == [Unreachable("server-error")] * 3
    assert isinstance(way.deliver(one), Accepted)
    assert (len(core.books.clients), len(core.books.savings), core.books.activations) == (1, 1, 1)


def test_idempotency_keys_fit_fineract(core: FakeFineract, branch: Branch) -> None:
    connector(core, branch).deliver(packet(branch))
    assert core.keys and max(map(len, core.keys)) <= 50


def test_a_document_that_belongs_to_another_client_goes_to_a_person(core: FakeFineract, branch: Branch) -> None:
    way = connector(core, branch)
    core.books.identifiers.append({"id": 1, "clientId": 99, "documentKey": "D00000001", "description": "by hand"})
    assert way.deliver(packet(branch)) == Refused("core-document-taken")
    assert core.books.savings == []


@pytest.mark.parametrize(("word", "tenant"), [("wrong", "default"), (SESAME, "other")])
def test_a_core_that_does_not_know_us_loses_nothing(core: FakeFineract, branch: Branch, word: str, tenant: str) -> None:
    assert connector(core, branch, word, tenant).deliver(packet(branch)) == Unreachable("core-denied")
    assert core.books.clients == []


def test_a_transaction_opens_no_account(core: FakeFineract, branch: Branch) -> None:
    assert isinstance(connector(core, branch).deliver(branch.packet(TRANSFER, PICTURES)), Accepted)
    assert core.asked == []


def test_what_was_declined_opens_no_account(core: FakeFineract, branch: Branch) -> None:
    declined = replace(
        opening(1),
        disposition=replace(TRANSFER.disposition, decision=Decision.DECLINE, picked=OverrideReason.OTHER),  # type: ignore[type-var]
    )
    assert isinstance(connector(core, branch).deliver(branch.packet(declined, PICTURES)), Accepted)
    assert core.asked == []


def test_a_packet_that_does_not_open_is_refused(core: FakeFineract, branch: Branch) -> None:
    other = draw_branch()
    settings = FineractSettings(core.url, "default", "desk", Masked("open sesame"))
    way = FineractConnector(settings, lambda one: open_packet(one.sealed, other.booth.enrolled(), other.bank), QUICK)
    assert way.deliver(packet(branch)) == Refused("core-unreadable")
