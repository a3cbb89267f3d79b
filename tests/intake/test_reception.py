"""What the bank takes, what it refuses for good, and what it asks to be brought again."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.bank.http import NOTHING_KNOWN
from kiosk.faults import SealBroken, StoreUnavailable
from kiosk.intake.acceptance import DEMONSTRATION, PRODUCTION, Acceptance
from kiosk.intake.reception import Later, NotNow, Outcome, Reception, Sealed, Taken, TurnedAway
from kiosk.intake.rest import open_content
from kiosk.intake.sqlite_store import SqliteIntakeStore
from kiosk.intake.store import Entry, Held, IdConflict, Incoming, IntakeStore
from kiosk.record import Decision, EvidencePictures
from kiosk.values import Capture, Masked, Provenance, SessionId, StationClass
from kiosk.wire.hash_tree import leaf_hash
from kiosk.wire.keys import StationIdentity, draw_bank_identity, draw_station_identity
from kiosk.wire.log_proof import read_proven
from kiosk.wire.packet import Packet, digest_of, make_packet
from kiosk.wire.receipt import RefusalCode, read_head, verify_receipt, verify_refusal
from tests.fakes.branch import NOW, Branch, draw_branch
from tests.wire.specimens import APPROVED, NO_PICTURES, PICTURES, SESSION, TRANSFER, numbered


@pytest.fixture(scope="module")
def branch() -> Branch:
    return draw_branch()


class Reader(Reception):
    """The reception as its stations see it: what was sealed to one of them, opened."""

    def __init__(self, branch: Branch, store: IntakeStore, acceptance: Acceptance, clock: Callable[[], datetime] = lambda: NOW) -> None:
        super().__init__(store, branch.keys(), acceptance, clock)
        self._branch = branch

    def said(self, packet: bytes, named: str, *others: StationIdentity) -> Outcome:
        return self._branch.opened(self.receive(packet, named), packet, *others)


def reception(branch: Branch, store: SqliteIntakeStore, acceptance: Acceptance = PRODUCTION) -> Reader:
    return Reader(branch, store, acceptance)


def bring(reception: Reader, packet: Packet, *others: StationIdentity) -> Outcome:
    return reception.said(packet.sealed, packet.packet_id, *others)


def refused(branch: Branch, outcome: Outcome, packet: bytes | Packet) -> RefusalCode:
    """Return the code of a refusal whose note is the bank's and about this packet."""
    assert isinstance(outcome, TurnedAway)
    digest = packet.digest if isinstance(packet, Packet) else digest_of(packet)
    assert verify_refusal(outcome.note, digest, (branch.bank.public().answers,)).code is outcome.code
    return outcome.code


def count(store: SqliteIntakeStore) -> int:
    return len(list(store.cases()))


def test_a_packet_is_held_and_receipted(tmp_path: Path, branch: Branch) -> None:
    packet = branch.packet(TRANSFER, PICTURES)
    with branch.store(tmp_path) as store:
        outcome = bring(reception(branch, store), packet)
        case = next(store.cases())
    assert isinstance(outcome, Taken) and not outcome.again
    receipt = branch.proved(outcome.receipt, packet)
    assert (receipt.packet_id, receipt.station, receipt.received_at, receipt.position) == (SESSION, "booth-1", NOW, 1)
    assert (case.position, case.packet_id, case.station, case.purpose, case.decision.value) == (
        1,
        SESSION,
        "booth-1",
        "high-value-transaction",
        "approve",
    )


def test_a_packet_sent_twice_is_held_once_and_gets_the_same_receipt(tmp_path: Path, branch: Branch) -> None:
    packet = branch.packet(APPROVED, PICTURES)
    with branch.store(tmp_path) as store:
        first, second = (bring(reception(branch, store), packet) for _ in range(2))
        assert count(store) == 1
    assert isinstance(first, Taken)
    assert second == Taken(first.receipt, again=True)


def test_after_a_crash_between_commit_and_answer_the_same_receipt_is_given(tmp_path: Path, branch: Branch) -> None:
    """The first answer is lost with the process; what was committed is in the file."""
    packet = branch.packet(APPROVED, PICTURES)
    with branch.store(tmp_path) as store:
        lost = bring(reception(branch, store), packet)
    with SqliteIntakeStore(tmp_path / "ledger.sqlite") as store:
        again = bring(Reader(branch, store, PRODUCTION, lambda: NOW + timedelta(days=1)), packet)
    assert isinstance(lost, Taken) and isinstance(again, Taken) and again.again
    assert branch.proved(again.receipt, packet) == branch.proved(lost.receipt, packet)
    assert read_proven(again.receipt).receipt == read_proven(lost.receipt).receipt


def test_another_packet_under_the_same_id_is_refused_and_the_first_stays(tmp_path: Path, branch: Branch) -> None:
    first, second = branch.packet(APPROVED, PICTURES), branch.packet(TRANSFER, PICTURES)
    with branch.store(tmp_path) as store:
        bring(reception(branch, store), first)
        assert refused(branch, bring(reception(branch, store), second), second) is RefusalCode.ID_CONFLICT
        held = store.content(SESSION)
    assert held is not None
    assert held[1] == first.digest


def test_twenty_threads_with_one_packet_hold_it_once_and_get_one_receipt(tmp_path: Path, branch: Branch) -> None:
    packet = branch.packet(APPROVED, PICTURES)
    outcomes: list[Outcome] = []
    together = threading.Barrier(20)
    with branch.store(tmp_path) as store:
        receiving = reception(branch, store)

        def run() -> None:
            together.wait()
            outcomes.append(bring(receiving, packet))

        threads = [threading.Thread(target=run) for _ in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert count(store) == 1
    taken = [outcome for outcome in outcomes if isinstance(outcome, Taken)]
    assert len(taken) == 20
    assert len({outcome.receipt for outcome in taken}) == 1
    assert [outcome.again for outcome in taken].count(False) == 1


@pytest.mark.parametrize("cut", [0, 3, 100, -1])
def test_a_truncated_packet_is_malformed(tmp_path: Path, branch: Branch, cut: int) -> None:
    packet = branch.packet(APPROVED, PICTURES)
    with branch.store(tmp_path) as store:
        short = packet.sealed[:cut]
        assert refused(branch, reception(branch, store).said(short, packet.packet_id), short) is RefusalCode.MALFORMED
        assert count(store) == 0


@pytest.fixture(scope="module")
def shared_ledger(tmp_path_factory: pytest.TempPathFactory, branch: Branch) -> Iterator[SqliteIntakeStore]:
    """One ledger for every example of the property below; nothing but its one packet may ever be in it."""
    with branch.store(tmp_path_factory.mktemp("ledger")) as store:
        yield store


@settings(max_examples=100)
@given(st.data())
def test_whatever_is_brought_there_is_an_answer_and_only_the_packet_itself_is_held(
    shared_ledger: SqliteIntakeStore, branch: Branch, data: st.DataObject
) -> None:
    sealed = branch.packet(APPROVED, PICTURES).sealed
    at = data.draw(st.integers(0, len(sealed)))
    brought = sealed[:at] + data.draw(st.binary(max_size=12)) + sealed[at + data.draw(st.integers(0, 12)) :]
    outcome = reception(branch, shared_ledger).said(brought, SESSION)
    if brought == sealed:
        assert isinstance(outcome, Taken) or (isinstance(outcome, TurnedAway) and outcome.code is RefusalCode.ID_CONFLICT)
    else:
        assert not isinstance(outcome, Taken)
    assert count(shared_ledger) <= 1


def test_a_bit_flipped_under_the_signature_is_a_bad_signature(tmp_path: Path, branch: Branch) -> None:
    packet = branch.packet(APPROVED, PICTURES)
    flipped = packet.sealed[:-70] + bytes([packet.sealed[-70] ^ 1]) + packet.sealed[-69:]
    with branch.store(tmp_path) as store:
        assert refused(branch, reception(branch, store).said(flipped, packet.packet_id), flipped) is RefusalCode.BAD_SIGNATURE
        assert count(store) == 0


def test_a_stranger_is_no_refusal_so_that_enrolling_it_heals(tmp_path: Path, branch: Branch) -> None:
    newcomer = draw_station_identity("booth-2", StationClass.PRODUCTION)
    packet = branch.packet(APPROVED, PICTURES, newcomer)
    with branch.store(tmp_path) as store:
        assert bring(reception(branch, store), packet) == Later(NotNow.UNKNOWN_STATION)
        store.enrol(newcomer.enrolled(), NOW)
        assert isinstance(bring(reception(branch, store), packet, newcomer), Taken)


def test_a_station_that_was_withdrawn_is_a_stranger_and_what_it_brought_stays(tmp_path: Path, branch: Branch) -> None:
    with branch.store(tmp_path) as store:
        before = branch.packet(numbered(1), PICTURES)
        bring(reception(branch, store), before)
        assert store.withdraw(branch.booth.key_id, NOW) is True
        assert bring(reception(branch, store), branch.packet(numbered(2), PICTURES)) == Later(NotNow.UNKNOWN_STATION)
        assert bring(reception(branch, store), before) == Later(NotNow.UNKNOWN_STATION)
        assert store.enrol(branch.booth.enrolled(), NOW) is False
        assert bring(reception(branch, store), before) == Later(NotNow.UNKNOWN_STATION)
        assert count(store) == 1
        held = store.content(before.packet_id)
        assert held is not None
        signer = store.signer(held[2])
        assert signer is not None
        _, content = open_content(branch.keys().storage, before.packet_id, held[1], held[0], signer)
    assert content.record.session == before.packet_id


def test_a_stranger_who_names_an_enrolled_key_is_refused(tmp_path: Path, branch: Branch) -> None:
    packet = branch.packet(APPROVED, PICTURES)
    stranger = draw_station_identity("booth-1", StationClass.PRODUCTION)
    signed = packet.sealed[:-64]
    forged = signed + stranger.signing_key.sign(b"identity-desk packet 2\0" + sha256(signed).digest())
    with branch.store(tmp_path) as store:
        assert refused(branch, reception(branch, store).said(forged, packet.packet_id), forged) is RefusalCode.BAD_SIGNATURE


def test_a_packet_for_another_bank_is_refused(tmp_path: Path, branch: Branch) -> None:
    packet = replace(branch, bank=draw_bank_identity()).packet(APPROVED, PICTURES)
    with branch.store(tmp_path) as store:
        assert refused(branch, bring(reception(branch, store), packet), packet) is RefusalCode.UNKNOWN_BANK_KEY


def test_a_packet_under_another_id_is_not_looked_at(tmp_path: Path, branch: Branch) -> None:
    """Whoever changes the header of a request on the way must not get a signed refusal out of the bank."""
    packet = branch.packet(APPROVED, PICTURES)
    with branch.store(tmp_path) as store:
        assert reception(branch, store).said(packet.sealed, "f" * 32) == Later(NotNow.ID_MISMATCH)


def _station(branch: Branch, station_class: StationClass) -> Packet:
    return branch.packet(APPROVED, PICTURES, {StationClass.QA: branch.qa, StationClass.DEMO: branch.demo}.get(station_class, branch.booth))


@pytest.mark.parametrize(
    ("acceptance", "station_class", "code"),
    [
        (PRODUCTION, StationClass.PRODUCTION, None),
        (PRODUCTION, StationClass.QA, RefusalCode.NOT_PRODUCTION),
        (PRODUCTION, StationClass.DEMO, RefusalCode.NOT_PRODUCTION),
        (DEMONSTRATION, StationClass.PRODUCTION, RefusalCode.WRONG_CLASS),
        (DEMONSTRATION, StationClass.QA, None),
        (DEMONSTRATION, StationClass.DEMO, None),
    ],
)
def test_each_bank_takes_its_own_classes_of_station(
    tmp_path: Path, branch: Branch, acceptance: Acceptance, station_class: StationClass, code: RefusalCode | None
) -> None:
    packet = _station(branch, station_class)
    with branch.store(tmp_path) as store:
        outcome = bring(reception(branch, store, acceptance), packet)
        assert count(store) == (1 if code is None else 0)
    assert isinstance(outcome, Taken) if code is None else refused(branch, outcome, packet) is code


def test_a_document_from_the_tellers_scanner_is_taken_beside_a_live_face(tmp_path: Path, branch: Branch) -> None:
    sources = (Provenance(Capture.SCANNED_FILE, "picture file"), Provenance(Capture.LIVE_CAMERA, "camera 0"))
    with branch.store(tmp_path) as store:
        assert isinstance(bring(reception(branch, store), branch.packet(replace(APPROVED, sources=sources), PICTURES)), Taken)


def test_an_approval_on_a_specimen_of_utopia_is_refused_in_production(tmp_path: Path, branch: Branch) -> None:
    assert APPROVED.document.fields is not None
    specimen = replace(APPROVED.document, fields=replace(APPROVED.document.fields, issuing_state="UTO"))
    packet = branch.packet(replace(APPROVED, document=specimen), PICTURES)
    with branch.store(tmp_path) as store:
        assert refused(branch, bring(reception(branch, store), packet), packet) is RefusalCode.NOT_PRODUCTION


def test_a_face_that_no_camera_saw_is_refused(tmp_path: Path, branch: Branch) -> None:
    packet = branch.packet(replace(APPROVED, sources=(Provenance(Capture.SCANNED_FILE, "picture file"),)), PICTURES)
    with branch.store(tmp_path) as store:
        assert refused(branch, bring(reception(branch, store), packet), packet) is RefusalCode.NOT_PRODUCTION


@pytest.mark.parametrize("capture", [Capture.RECORDING, Capture.SIMULATION])
def test_a_production_station_that_shows_a_recording_is_refused(tmp_path: Path, branch: Branch, capture: Capture) -> None:
    mixed = replace(APPROVED, sources=(Provenance(Capture.LIVE_CAMERA, "camera 0"), Provenance(capture, "file")))
    packet = branch.packet(mixed, PICTURES)
    with branch.store(tmp_path) as store:
        assert refused(branch, bring(reception(branch, store), packet), packet) is RefusalCode.NOT_PRODUCTION
        assert count(store) == 0


def test_a_production_station_whose_script_a_person_chose_is_refused(tmp_path: Path, branch: Branch) -> None:
    assert APPROVED.liveness is not None
    evidence = replace(APPROVED.liveness.evidence, script=replace(APPROVED.liveness.evidence.script, fixed_by_qa=True))
    packet = branch.packet(replace(APPROVED, liveness=replace(APPROVED.liveness, evidence=evidence)), PICTURES)
    with branch.store(tmp_path) as store:
        assert refused(branch, bring(reception(branch, store), packet), packet) is RefusalCode.NOT_PRODUCTION


def test_a_demonstration_takes_what_it_is_made_of(tmp_path: Path, branch: Branch) -> None:
    simulated = replace(APPROVED, sources=(Provenance(Capture.SIMULATION, "puppet"),))
    with branch.store(tmp_path) as store:
        assert isinstance(bring(reception(branch, store, DEMONSTRATION), branch.packet(simulated, PICTURES, branch.demo)), Taken)


def test_a_station_that_runs_wild_is_told_to_wait_and_no_other_suffers(tmp_path: Path, branch: Branch) -> None:
    other = draw_station_identity("booth-2", StationClass.PRODUCTION)
    with branch.store(tmp_path) as store:
        store.enrol(other.enrolled(), NOW)
        receiving = reception(branch, store, replace(PRODUCTION, per_station_per_minute=2))
        outcomes = [bring(receiving, branch.packet(numbered(number), NO_PICTURES)) for number in (1, 2, 3)]
        elsewhere = bring(receiving, branch.packet(numbered(4), NO_PICTURES, other), other)
    assert [type(outcome) for outcome in outcomes] == [Taken, Taken, Later]
    assert outcomes[2] == Later(NotNow.SLOW_DOWN)
    assert isinstance(elsewhere, Taken)


def test_nothing_of_the_customer_is_in_the_ledgers_files(tmp_path: Path, branch: Branch) -> None:
    jpeg = b"\xff\xd8\xff" + b"a picture of a face" * 20
    with branch.store(tmp_path) as store:
        bring(reception(branch, store), branch.packet(TRANSFER, EvidencePictures(Masked(jpeg), None, None)))
        raw = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert b"high-value-transaction" in raw
    for personal in (
        b"ERIKSSON",
        b"Eriksson",
        b"D23145890",
        b"Boatyard",
        b"1250000",
        b"a picture of a face",
        b"known customer",
        b"teller-1",
    ):
        assert personal not in raw


def test_what_rests_opens_only_as_the_packet_it_is(tmp_path: Path, branch: Branch) -> None:
    with branch.store(tmp_path) as store:
        for number in (1, 2):
            bring(reception(branch, store), branch.packet(numbered(number), PICTURES))
        held = store.content(SessionId(f"{1:032x}"))
    assert held is not None
    sealed, digest, _ = held
    with pytest.raises(SealBroken):
        open_content(branch.keys().storage, SessionId(f"{2:032x}"), digest, sealed, branch.booth.enrolled())
    with pytest.raises(SealBroken):
        open_content(Masked(bytes(32)), SessionId(f"{1:032x}"), digest, sealed, branch.booth.enrolled())


def test_a_full_disk_is_said_so_and_nothing_is_half_held(tmp_path: Path, branch: Branch) -> None:
    large = EvidencePictures(Masked(b"\xff\xd8\xff" + bytes(range(256)) * 4_000), None, None)
    with branch.store(tmp_path, max_pages=100) as store:
        receiving = reception(branch, store)
        assert isinstance(bring(receiving, branch.packet(numbered(1), PICTURES)), Taken)
        packet = branch.packet(numbered(2), large)
        assert bring(receiving, packet) == Later(NotNow.STORAGE_FULL)
        assert count(store) == 1
        assert store.content(packet.packet_id) is None
        again = bring(receiving, branch.packet(numbered(3), PICTURES))
        assert isinstance(again, Taken)
        assert [case.position for case in store.cases()] == [1, 2]
    with branch.store(tmp_path) as store:
        assert isinstance(bring(reception(branch, store), packet), Taken)


class Unplugged(SqliteIntakeStore):
    """A ledger whose disk went away after it was opened."""

    def hold(self, packet: Incoming, entry_at: Callable[[int], Entry]) -> Held | IdConflict:
        raise StoreUnavailable("the disk is gone")

    def ready(self) -> None:
        raise StoreUnavailable("the disk is gone")


def test_a_ledger_that_breaks_is_trouble_and_not_a_refusal(tmp_path: Path, branch: Branch) -> None:
    branch.store(tmp_path).close()
    with Unplugged(tmp_path / "ledger.sqlite") as store:
        receiving = reception(branch, store)
        assert bring(receiving, branch.packet(APPROVED, PICTURES)) == Later(NotNow.STORAGE_TROUBLE)
        assert not receiving.ready()


def test_an_error_while_the_receipt_is_made_holds_nothing(tmp_path: Path, branch: Branch) -> None:
    def no_receipt(position: int) -> Entry:
        raise ZeroDivisionError(position)

    incoming = _incoming(branch)
    with branch.store(tmp_path) as store:
        with pytest.raises(ZeroDivisionError):
            store.hold(incoming, no_receipt)
        assert count(store) == 0
        assert store.hold(incoming, entry("receipt")) == Held(b"receipt 1", 1, branch.booth.key_id, again=False)


def entry(word: str) -> Callable[[int], Entry]:
    """Return what makes a receipt of a word and its position, and a leaf of that."""
    return lambda position: Entry(f"{word} {position}".encode(), leaf_hash(f"{word} {position}".encode()))


def _incoming(branch: Branch) -> Incoming:
    return Incoming(SESSION, b"d" * 32, "booth-1", branch.booth.key_id, "account-opening", Decision.REFER, NOW, b"sealed")


def test_a_conflict_is_told_from_a_repetition_by_the_digest_alone(tmp_path: Path, branch: Branch) -> None:
    incoming = _incoming(branch)
    with branch.store(tmp_path) as store:
        store.hold(incoming, entry("receipt"))
        held = Held(b"receipt 1", 1, branch.booth.key_id, again=True)
        assert store.hold(replace(incoming, content=b"other seal, same packet"), entry("x")) == held
        assert store.hold(replace(incoming, digest=b"e" * 32), entry("x")) == IdConflict()


def test_a_signed_packet_of_a_demo_key_cannot_claim_production(tmp_path: Path, branch: Branch) -> None:
    """The class is the key's. A demo station that writes production into its record is refused for its key, whatever it writes."""
    lying = replace(branch.demo, station_class=StationClass.PRODUCTION)
    facts = replace(APPROVED.station, station="demo-1", station_class=StationClass.PRODUCTION)
    packet = make_packet(replace(APPROVED, station=facts), PICTURES, lying, branch.bank.public())
    with branch.store(tmp_path) as store:
        assert refused(branch, bring(reception(branch, store), packet), packet) is RefusalCode.NOT_PRODUCTION
        assert refused(branch, bring(reception(branch, store, DEMONSTRATION), packet), packet) is RefusalCode.MALFORMED


def test_a_station_enrolled_with_an_old_card_gets_the_bare_receipt_it_can_check(tmp_path: Path, branch: Branch) -> None:
    packet = branch.packet(APPROVED, PICTURES)
    with SqliteIntakeStore(tmp_path / "ledger.sqlite") as store:
        store.enrol(replace(branch.booth.enrolled(), sealing=None), NOW)
        outcome = Reception(store, branch.keys(), PRODUCTION, lambda: NOW).receive(packet.sealed, packet.packet_id)
        assert isinstance(outcome, Taken) and outcome.receipt[:6] == b"IDRC\0\1"
        assert verify_receipt(outcome.receipt, packet.digest, (branch.bank.public().answers,)).position == 1
        store.enrol(branch.booth.enrolled(), NOW)
        upgraded = bring(reception(branch, store), packet)
    assert isinstance(upgraded, Taken) and upgraded.again
    assert branch.proved(upgraded.receipt, packet).position == 1


def test_everything_said_to_a_known_station_is_sealed_and_of_one_length(tmp_path: Path, branch: Branch) -> None:
    with branch.store(tmp_path) as store:
        receiving = Reception(store, branch.keys(), replace(PRODUCTION, per_station_per_minute=3), lambda: NOW)
        numbered_ones = [branch.packet(numbered(number), PICTURES) for number in (1, 2)]
        packets = [branch.packet(APPROVED, PICTURES), branch.packet(TRANSFER, PICTURES), *numbered_ones]
        said = [receiving.receive(packet.sealed, packet.packet_id) for packet in (packets[0], *packets)]
        opened = [branch.opened(one, packet.sealed) for one, packet in zip(said, (packets[0], *packets), strict=True)]
    kinds = [Taken, Taken, TurnedAway, Later, Later]
    assert [type(one) for one in opened] == kinds
    assert len({len(one.reply) for one in said if isinstance(one, Sealed)}) == 1 and len(said) == 5


def test_a_packet_sealed_to_a_key_before_opens_while_that_key_is_held(tmp_path: Path, branch: Branch) -> None:
    packet = branch.packet(APPROVED, PICTURES)
    rolled = draw_bank_identity()
    keys = replace(branch.keys(), identity=rolled)
    with branch.store(tmp_path) as store:
        gone = Reception(store, keys, PRODUCTION, lambda: NOW).receive(packet.sealed, packet.packet_id)
        held = Reception(store, replace(keys, former=(branch.bank,)), PRODUCTION, lambda: NOW).receive(packet.sealed, packet.packet_id)
    now = replace(branch, bank=rolled)
    refusal, taken = now.opened(gone, packet.sealed), now.opened(held, packet.sealed)
    assert isinstance(refusal, TurnedAway) and refusal.code is RefusalCode.UNKNOWN_BANK_KEY
    assert isinstance(taken, Taken) and now.proved(taken.receipt, packet).position == 1


def test_every_receipt_is_proved_against_the_head_the_station_knew(tmp_path: Path, branch: Branch) -> None:
    known = NOTHING_KNOWN
    with branch.store(tmp_path) as store:
        receiving = Reception(store, branch.keys(), PRODUCTION, lambda: NOW)
        for number in range(1, 20):
            packet = branch.packet(numbered(number), NO_PICTURES)
            outcome = branch.opened(receiving.receive(packet.sealed, packet.packet_id, known.size), packet.sealed)
            assert isinstance(outcome, Taken)
            assert branch.proved(outcome.receipt, packet, known).position == number
            if number % 3:
                known = read_head(read_proven(outcome.receipt).head)
        assert known.size == 19
        first = branch.packet(numbered(30), NO_PICTURES)
        confused = branch.opened(receiving.receive(first.sealed, first.packet_id, 10**18), first.sealed)
    assert isinstance(confused, Taken)
