"""What every way to a core bank promises. A new connector gets a row in BANKS: how to start its bank, honest or gone."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from kiosk.bank.connector import Connector, Reached
from kiosk.bank.connectors import CONNECTORS
from kiosk.bank.http import HttpConnector
from kiosk.intake.acceptance import PRODUCTION
from kiosk.intake.running import serve_in_thread
from kiosk.intake.service import create_app
from kiosk.outbox import Accepted, AlreadyHeld, Refused, Unreachable
from tests.fakes.branch import NOW, QUICK, Branch, draw_branch
from tests.wire.specimens import APPROVED, PICTURES, TRANSFER


@contextmanager
def _over_http(branch: Branch, folder: Path) -> Iterator[tuple[Connector, Callable[[], None]]]:
    """Yield a connector to a running bank, and what takes the bank away."""
    with branch.store(folder) as store, serve_in_thread(create_app(store, branch.keys(), PRODUCTION, lambda: NOW)) as intake:
        yield branch.connect(intake.url, QUICK), intake.stop


BANKS = {HttpConnector: _over_http}


@pytest.fixture(scope="module")
def branch() -> Branch:
    return draw_branch()


@pytest.fixture(params=CONNECTORS, ids=lambda kind: kind.__name__)
def linked(request: pytest.FixtureRequest, branch: Branch, tmp_path: Path) -> Iterator[tuple[Connector, Callable[[], None]]]:
    with BANKS[request.param](branch, tmp_path) as linked:
        yield linked


Linked = tuple[Connector, Callable[[], None]]


def test_a_packet_is_accepted_with_a_receipt_that_verifies(linked: Linked, branch: Branch) -> None:
    packet = branch.packet(TRANSFER, PICTURES)
    answer = linked[0].deliver(packet)
    assert isinstance(answer, Accepted)
    assert branch.proved(answer.receipt, packet).packet_id == packet.packet_id


def test_the_same_packet_again_is_already_held_under_the_same_receipt(linked: Linked, branch: Branch) -> None:
    packet = branch.packet(TRANSFER, PICTURES)
    first = linked[0].deliver(packet)
    assert isinstance(first, Accepted)
    assert linked[0].deliver(packet) == AlreadyHeld(first.receipt, first.head)


def test_another_packet_of_the_same_case_is_refused_for_good(linked: Linked, branch: Branch) -> None:
    linked[0].deliver(branch.packet(TRANSFER, PICTURES))
    assert linked[0].deliver(branch.packet(APPROVED, PICTURES)) == Refused("id-conflict")


def test_a_bank_that_is_gone_is_unreachable_and_nothing_is_raised(linked: Linked, branch: Branch) -> None:
    connector, take_away = linked
    take_away()
    assert isinstance(connector.deliver(branch.packet(TRANSFER, PICTURES)), Unreachable)
    assert isinstance(connector.probe(), Unreachable)


def test_a_bank_that_is_there_is_reached(linked: Linked) -> None:
    assert linked[0].probe() == Reached()


def test_a_closed_connector_delivers_nothing(linked: Linked, branch: Branch) -> None:
    linked[0].close()
    assert linked[0].deliver(branch.packet(TRANSFER, PICTURES)) == Unreachable("stopped")
