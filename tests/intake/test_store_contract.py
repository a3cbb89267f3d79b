"""What every ledger promises (`kiosk/intake/store.py`), on SQLite and on PostgreSQL."""

import hashlib
import threading
from dataclasses import replace

import pytest

from kiosk.faults import PacketRefused
from kiosk.intake.store import ConsentWithdrawn, Entry, Held, IdConflict, Incoming, Opening
from kiosk.record import Decision
from kiosk.values import SessionId, StationClass
from kiosk.wire import hash_tree
from kiosk.wire.hash_tree import Place
from kiosk.wire.keys import draw_station_identity
from kiosk.wire.withdrawal import Withdrawn
from tests.fakes.branch import NOW
from tests.intake.conftest import Ledger, OpenLedger

IDENTITY = draw_station_identity("booth-1", StationClass.PRODUCTION)
BOOTH = IDENTITY.enrolled()


def packet(number: int, digest: int | None = None) -> Incoming:
    seen = (number if digest is None else digest).to_bytes(32, "big")
    content = b"sealed %d" % number
    return Incoming(SessionId(f"{number:032x}"), seen, "booth-1", BOOTH.key_id, "account-opening", Decision.REFER, NOW, content)


def entry(position: int) -> Entry:
    return Entry(b"receipt %d" % position, hashlib.sha256(b"%d" % position).digest())


@pytest.fixture
def ledger(open_ledger: OpenLedger) -> Ledger:
    opened = open_ledger()
    opened.enrol(BOOTH, NOW)
    return opened


def log_root(ledger: Ledger, size: int) -> bytes:
    places = hash_tree.wanted(lambda nodes: hash_tree.root(size, nodes))
    return hash_tree.root(size, hash_tree.from_mapping(ledger.log_nodes(places)))


def expected_root(size: int) -> bytes:
    nodes: dict[Place, bytes] = {}
    for position in range(1, size + 1):
        nodes.update(hash_tree.append(position - 1, entry(position).leaf, nodes.__getitem__))
    return hash_tree.root(size, nodes.__getitem__)


def test_a_packet_is_held_once_under_the_receipt_it_was_given_first(ledger: Ledger) -> None:
    first = ledger.hold(packet(1), entry)
    assert first == Held(b"receipt 1", 1, BOOTH.key_id, again=False)
    assert ledger.hold(packet(1), lambda _: Entry(b"another", b"\0" * 32)) == Held(b"receipt 1", 1, BOOTH.key_id, again=True)
    assert [case.position for case in ledger.cases()] == [1]
    assert ledger.held(packet(1).packet_id, packet(1).digest) == Held(b"receipt 1", 1, BOOTH.key_id, again=True)
    assert ledger.content(packet(1).packet_id) == (b"sealed 1", packet(1).digest, BOOTH.key_id)


def test_an_id_with_another_digest_is_a_conflict_and_changes_nothing(ledger: Ledger) -> None:
    ledger.hold(packet(1), entry)
    assert ledger.hold(packet(1, digest=2), entry) == IdConflict()
    assert ledger.log_size() == 1
    assert ledger.held(packet(1).packet_id, packet(2).digest) is None


def test_the_log_grows_by_one_leaf_for_each_packet(ledger: Ledger) -> None:
    for number in range(1, 12):
        ledger.hold(packet(number), entry)
        assert ledger.log_size() == number
        assert log_root(ledger, number) == expected_root(number)


def test_what_fails_while_it_is_held_leaves_nothing(ledger: Ledger) -> None:
    ledger.hold(packet(1), entry)

    def fails(_: int) -> Entry:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        ledger.hold(packet(2), fails)
    assert ledger.log_size() == 1
    assert ledger.hold(packet(3), entry) == Held(b"receipt 2", 2, BOOTH.key_id, again=False)


def test_many_threads_of_several_workers_hold_each_packet_once_and_leave_no_hole(ledger: Ledger, open_ledger: OpenLedger) -> None:
    """Every packet comes from two threads at the two workers, as a duplicated request would."""
    workers, packets, threads = (ledger, open_ledger()), 60, 8
    answers: list[Held | IdConflict] = []
    start = threading.Barrier(threads)

    def bring(mine: int) -> None:
        start.wait(30)
        for number in range(packets):
            if number % (threads // 2) == mine % (threads // 2):
                answers.append(workers[mine // (threads // 2)].hold(packet(number + 1), entry))

    at_work = [threading.Thread(target=bring, args=(mine,)) for mine in range(threads)]
    for thread in at_work:
        thread.start()
    for thread in at_work:
        thread.join()
    assert len(answers) == 2 * packets
    assert sum(isinstance(one, Held) and not one.again for one in answers) == packets
    assert [case.position for case in ledger.cases()] == list(range(1, packets + 1))
    assert len({one.receipt for one in answers if isinstance(one, Held)}) == packets
    assert log_root(ledger, packets) == expected_root(packets)


def test_a_station_is_enrolled_once_and_keeps_its_name_class_and_sealing_key(ledger: Ledger) -> None:
    assert ledger.enrol(BOOTH, NOW) is False
    found = ledger.station(BOOTH.key_id)
    assert found is not None and found.sealing is not None and BOOTH.sealing is not None
    assert (found.name, found.station_class, found.key_id) == ("booth-1", StationClass.PRODUCTION, BOOTH.key_id)
    assert found.sealing.mlkem.public_bytes_raw() == BOOTH.sealing.mlkem.public_bytes_raw()
    assert ledger.station("0" * 32) is None
    with pytest.raises(ValueError, match="another name or class"):
        ledger.enrol(replace(BOOTH, station_class=StationClass.DEMO), NOW)
    other = draw_station_identity("booth-1", StationClass.PRODUCTION).enrolled()
    with pytest.raises(ValueError, match="another sealing key"):
        ledger.enrol(replace(BOOTH, sealing=other.sealing), NOW)


def test_a_withdrawn_key_stays_withdrawn_and_still_vouches_for_the_past(ledger: Ledger, open_ledger: OpenLedger) -> None:
    assert ledger.withdraw(BOOTH.key_id, NOW) is True
    assert ledger.withdraw(BOOTH.key_id, NOW) is False
    assert ledger.withdraw("0" * 32, NOW) is False
    ledger.enrol(BOOTH, NOW)
    other = open_ledger()
    assert (other.station(BOOTH.key_id), other.stations()) == (None, ())
    signer = other.signer(BOOTH.key_id)
    assert signer is not None and signer.key_id == BOOTH.key_id


def test_more_than_one_page_of_cases_is_listed_whole_and_in_order(ledger: Ledger) -> None:
    threads = [
        threading.Thread(target=lambda part=part: [ledger.hold(packet(number), entry) for number in range(part, 1_050, 16)])  # type: ignore[misc]
        for part in range(16)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [case.position for case in ledger.cases()] == list(range(1, 1_051))


def test_an_account_is_opened_with_one_packet_and_its_template_can_only_be_destroyed(ledger: Ledger, open_ledger: OpenLedger) -> None:
    ledger.hold(replace(packet(1), template=b"face print"), entry)
    ledger.hold(packet(2), entry)
    account, other = b"a" * 32, b"b" * 32
    with pytest.raises(LookupError):
        ledger.open_account(account, packet(3).packet_id, NOW)
    assert ledger.open_account(account, packet(1).packet_id, NOW) is True
    assert ledger.open_account(account, packet(2).packet_id, NOW) is False
    assert ledger.open_account(other, packet(2).packet_id, NOW) is True
    assert ledger.opening(account) == Opening(packet(1).packet_id, b"face print", revoked=False)
    assert ledger.opening(other) == Opening(packet(2).packet_id, None, revoked=False)
    assert ledger.opening(b"c" * 32) is None
    assert (ledger.revoke(account, NOW), ledger.revoke(account, NOW), ledger.revoke(other, NOW)) == (True, False, False)
    assert open_ledger().opening(account) == Opening(packet(1).packet_id, None, revoked=True)


def taken_back(number: int, station: str = "booth-1", purpose: str = "recognise-later") -> ConsentWithdrawn:
    return ConsentWithdrawn(SessionId(f"{number:032x}"), purpose, station, NOW, NOW, b"signed")


def test_a_consent_taken_back_destroys_the_template_of_its_packet_and_no_other_and_is_written_down_once(ledger: Ledger) -> None:
    for number in (1, 2, 3):
        ledger.hold(replace(packet(number), template=b"" if number == 3 else b"print"), entry)
        ledger.open_account(b"account %d" % number, packet(number).packet_id, NOW)
    assert [ledger.take_consent_back(taken_back(1), destroys=True) for _ in range(2)] == [Withdrawn.DESTROYED, Withdrawn.DESTROYED]
    assert ledger.take_consent_back(taken_back(2, purpose="contact"), destroys=False) is Withdrawn.RECORDED
    assert ledger.take_consent_back(taken_back(3), destroys=True) is Withdrawn.RECORDED
    assert ledger.opening(b"account 1") == Opening(packet(1).packet_id, None, revoked=True)
    assert ledger.opening(b"account 2") == Opening(packet(2).packet_id, b"print", revoked=False)


def test_a_consent_of_another_stations_packet_is_not_taken_back(ledger: Ledger) -> None:
    ledger.hold(replace(packet(1), template=b"print"), entry)
    ledger.open_account(b"account", packet(1).packet_id, NOW)
    with pytest.raises(PacketRefused):
        ledger.take_consent_back(taken_back(1, station="booth-2"), destroys=True)
    assert ledger.opening(b"account") == Opening(packet(1).packet_id, b"print", revoked=False)
    assert not ledger.consent_withdrawn(packet(1).packet_id, "booth-2")


def test_a_consent_taken_back_before_its_packet_came_is_remembered_for_its_own_station(ledger: Ledger) -> None:
    assert ledger.take_consent_back(taken_back(1), destroys=True) is Withdrawn.NOT_HELD
    assert ledger.take_consent_back(taken_back(2, purpose="contact"), destroys=False) is Withdrawn.NOT_HELD
    assert ledger.consent_withdrawn(packet(1).packet_id, "booth-1")
    assert not ledger.consent_withdrawn(packet(1).packet_id, "booth-2")
    assert not ledger.consent_withdrawn(packet(2).packet_id, "booth-1")


def test_a_print_that_comes_after_its_consent_was_taken_back_is_not_kept_whoever_asked_before(ledger: Ledger) -> None:
    """Decided in the transaction that holds the packet: a withdrawal may come meanwhile. A desk's whole case is no print."""
    for number in (1, 3):
        ledger.take_consent_back(taken_back(number), destroys=True)
    ledger.take_consent_back(taken_back(2, station="booth-2"), destroys=True)
    for number in (1, 2):
        ledger.hold(replace(packet(number), template=b"print"), entry)
        ledger.open_account(b"account %d" % number, packet(number).packet_id, NOW)
    ledger.hold(replace(packet(3), content=b"", template=b"case"), entry)
    ledger.open_account(b"account 3", packet(3).packet_id, NOW)
    kept = [ledger.opening(b"account %d" % number) for number in (1, 2, 3)]
    assert [one and one.template for one in kept] == [None, b"print", b"case"]
