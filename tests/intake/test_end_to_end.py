"""A record goes from a station to the bank and its receipt comes back, over a real connection."""

from pathlib import Path

from kiosk.intake.acceptance import PRODUCTION
from kiosk.intake.rest import open_content
from kiosk.intake.running import serve_in_thread
from kiosk.intake.service import create_app
from kiosk.outbox import Accepted, AlreadyHeld
from tests.fakes.branch import NOW, QUICK, draw_branch
from tests.wire.specimens import PICTURES, SESSION, TRANSFER


def test_a_case_is_delivered_receipted_and_opens_at_the_bank(tmp_path: Path) -> None:
    branch = draw_branch()
    packet = branch.packet(TRANSFER, PICTURES)
    with branch.store(tmp_path) as store, serve_in_thread(create_app(store, branch.keys(), PRODUCTION, lambda: NOW)) as intake:
        connector = branch.connect(intake.url, QUICK)
        answer = connector.deliver(packet)
        again = connector.deliver(packet)
        held = store.content(SESSION)
    assert isinstance(answer, Accepted)
    assert again == AlreadyHeld(answer.receipt, answer.head)
    receipt = branch.proved(answer.receipt, packet)
    assert (receipt.packet_id, receipt.station, receipt.received_at, receipt.position) == (SESSION, "booth-1", NOW, 1)
    assert held is not None
    sealed, digest, station_key = held
    assert (digest, station_key) == (packet.digest, branch.booth.key_id)
    _, content = open_content(branch.keys().storage, SESSION, digest, sealed, branch.booth.enrolled())
    assert content.record == TRANSFER
    assert content.pictures == PICTURES
