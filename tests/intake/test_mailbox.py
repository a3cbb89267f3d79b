"""From booth to desk: a referred case reaches the teller on another machine, once, and is nowhere once it was answered or too late."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from kiosk.bank.courier import Courier
from kiosk.bank.http import HttpConnector
from kiosk.document.reading import Weight
from kiosk.faults import SettingsRefused
from kiosk.intake.ceremony import enrol
from kiosk.intake.mailbox import REFERRAL_WITHIN_S, DeskMailbox
from kiosk.intake.running import Tls
from kiosk.outbox import Accepted, AlreadyHeld, Refused, Unreachable
from kiosk.policy import SyncPolicy
from kiosk.record import SessionRecord
from kiosk.risk.decision import Reason, ReasonCode, Refer
from kiosk.values import Channel, ConsentPurpose, Masked, StationClass
from kiosk.vault.referrals import Referral, ReferralOutbox
from kiosk.wire.keys import draw_bank_identity, draw_station_identity, enrolment_to_text
from kiosk.wire.packet import Packet, Recipient, make_packet
from kiosk.wire.succession import TrustedBank
from tests.bank.test_tls import write_certificate
from tests.fakes.branch import NOW, QUICK
from tests.vault.specimen import everything_in, store_in
from tests.wire.specimens import APPROVED, PICTURES, SESSION

BOOTH = draw_station_identity("booth-1", StationClass.PRODUCTION)
BANK = draw_bank_identity()
REFERRED = replace(
    APPROVED,
    channel=Channel.BOOTH,
    consent=replace(APPROVED.consent, purposes=(ConsentPurpose.IDENTITY_CHECK, ConsentPurpose.CONTACT)),
    recommendation=Refer((Reason(ReasonCode.BOOTH_NEEDS_PERSON, Weight.DOUBTS),)),
)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[DeskMailbox]:
    with DeskMailbox(tmp_path / "mailbox", production=True) as mailbox:
        enrol(tmp_path / "mailbox", enrolment_to_text(BOOTH), StationClass.PRODUCTION, NOW)
        yield mailbox


def to_desk(desk: DeskMailbox, record: SessionRecord = REFERRED) -> Packet:
    return make_packet(record, PICTURES, BOOTH, desk.keys, Recipient.DESK)


def test_a_referred_case_waits_at_the_desk_once_with_its_pictures_and_is_receipted(desk: DeskMailbox) -> None:
    packet, told = to_desk(desk), []
    desk.on_held = lambda: told.append(True)
    with desk.serve("127.0.0.1", 0) as service:
        connector = HttpConnector(service.url, BOOTH, TrustedBank(desk.keys), QUICK)
        assert isinstance(connector.deliver(packet), Accepted)
        assert isinstance(connector.deliver(packet), AlreadyHeld)
    (waiting,) = desk.waiting(NOW)
    assert (waiting.session, waiting.holder, waiting.purpose) == (SESSION, Masked("Anna Maria Eriksson"), "account-opening")
    assert len(told) == 2
    content = desk.open(SESSION)
    assert (content.record, content.pictures) == (REFERRED, PICTURES)


def test_what_was_meant_for_the_bank_is_not_taken_and_the_other_way_round(desk: DeskMailbox) -> None:
    with desk.serve("127.0.0.1", 0) as service:
        connector = HttpConnector(service.url, BOOTH, TrustedBank(desk.keys), QUICK)
        assert connector.deliver(make_packet(REFERRED, PICTURES, BOOTH, desk.keys)) == Refused("malformed")
        stranger = draw_station_identity("booth-2", StationClass.PRODUCTION)
        others = make_packet(
            replace(REFERRED, station=replace(REFERRED.station, station="booth-2")), PICTURES, stranger, desk.keys, Recipient.DESK
        )
        assert HttpConnector(service.url, stranger, TrustedBank(desk.keys), QUICK).deliver(others) == Unreachable("unknown-station")
    assert desk.waiting(NOW) == ()


def test_an_answered_case_and_one_nobody_came_for_are_destroyed(desk: DeskMailbox, tmp_path: Path) -> None:
    first, second = to_desk(desk), to_desk(desk, replace(REFERRED, session="f" * 32))
    with desk.serve("127.0.0.1", 0) as service:
        connector = HttpConnector(service.url, BOOTH, TrustedBank(desk.keys), QUICK)
        for packet in (first, second):
            assert isinstance(connector.deliver(packet), Accepted)
    pieces = [desk._store.sealed(packet.packet_id)[0][40:90] for packet in (first, second)]  # type: ignore[index]
    assert all(piece in everything_in(tmp_path / "mailbox") for piece in pieces)
    (_, waiting) = desk.waiting(NOW)
    desk.answered(first.packet_id, NOW)
    assert desk.waiting(NOW) == (waiting,)
    assert pieces[0] not in everything_in(tmp_path / "mailbox")
    with pytest.raises(LookupError):
        desk.open(first.packet_id)
    late = waiting.received_at + timedelta(seconds=REFERRAL_WITHIN_S)
    assert desk.waiting(late - timedelta(seconds=1)) == (waiting,)
    assert desk.waiting(late) == ()
    assert pieces[1] not in everything_in(tmp_path / "mailbox")


def test_a_booth_brings_its_referral_beside_the_banks_packet_and_keeps_no_byte_of_it(desk: DeskMailbox, tmp_path: Path) -> None:
    packet, referral = make_packet(REFERRED, PICTURES, BOOTH, BANK.public()), to_desk(desk)
    with store_in(tmp_path / "store") as store, desk.serve("127.0.0.1", 0) as service:
        store.keep_case(REFERRED, packet.sealed, packet.digest, NOW, Referral(referral.sealed, referral.digest))
        referrals = ReferralOutbox(store)
        connector = HttpConnector(service.url, BOOTH, TrustedBank(desk.keys), QUICK, known=referrals.tree_head)
        courier = Courier(referrals, connector, QUICK, lambda: NOW, lambda report: None)
        (attempt,) = courier.run_once(NOW)
        assert isinstance(attempt.answer, Accepted)
        assert courier.run_once(NOW) == ()
        assert (referrals.state(SESSION), referrals.tree_head().size) == (("receipted", ""), 1)
        assert [due.session for due in store.due(NOW)] == [SESSION], "the bank's own packet is not touched"
        assert store._db.execute("SELECT count(*) FROM referrals WHERE sealed IS NOT NULL").fetchone() == (0,)
        (line,) = [line for line in store.audit_lines() if line.event == "referral-ended"]
        assert (line.session, line.detail) == (SESSION, "receipted")
    assert len(desk.waiting(NOW)) == 1


def test_a_referral_whose_desk_is_away_is_tried_again_and_given_up_when_the_customer_has_gone(desk: DeskMailbox, tmp_path: Path) -> None:
    packet, referral = make_packet(REFERRED, PICTURES, BOOTH, BANK.public()), to_desk(desk)
    policy = SyncPolicy(referral_within_s=60.0)
    with store_in(tmp_path / "store") as store:
        store.keep_case(REFERRED, packet.sealed, packet.digest, NOW, Referral(referral.sealed, referral.digest))
        referrals = ReferralOutbox(store)
        assert [due.packet for due in referrals.due(NOW, 1, policy)] == [referral.sealed]
        referrals.settle(SESSION, Unreachable("no-connection"), NOW, policy, 0.0)
        assert referrals.due(NOW, 1, policy) == ()
        assert len(referrals.due(NOW + timedelta(seconds=59), 1, policy)) == 1
        assert referrals.due(NOW + timedelta(seconds=61), 1, policy) == ()
        assert referrals.state(SESSION) == ("expired", "expired")
        assert [due.session for due in store.due(NOW)] == [SESSION], "the bank's own packet is not touched"


def test_over_the_branchs_network_it_is_tls_with_the_branchs_own_certificate(desk: DeskMailbox, tmp_path: Path) -> None:
    write_certificate(tmp_path, "desk", "127.0.0.1")
    with desk.serve("127.0.0.1", 0, Tls(tmp_path / "desk.pem", tmp_path / "desk.key")) as service:
        assert service.url.startswith("https://")
        vouched = HttpConnector(service.url, BOOTH, TrustedBank(desk.keys), QUICK, str(tmp_path / "desk.pem"))
        assert isinstance(vouched.deliver(to_desk(desk)), Accepted)
        assert HttpConnector(service.url, BOOTH, TrustedBank(desk.keys), QUICK).deliver(to_desk(desk)) == Unreachable("not-trusted")
    with pytest.raises(SettingsRefused):
        desk.serve("127.0.0.1", 0, Tls(tmp_path / "desk.pem", tmp_path / "nowhere.key"))


def test_a_mailbox_opened_again_holds_what_it_held(tmp_path: Path) -> None:
    with DeskMailbox(tmp_path / "mailbox", production=True) as mailbox:
        enrol(tmp_path / "mailbox", enrolment_to_text(BOOTH), StationClass.PRODUCTION, NOW)
        packet = to_desk(mailbox)
        with mailbox.serve("127.0.0.1", 0) as service:
            HttpConnector(service.url, BOOTH, TrustedBank(mailbox.keys), QUICK).deliver(packet)
    with DeskMailbox(tmp_path / "mailbox", production=True) as again:
        assert again.open(SESSION).record == REFERRED
