"""Keys are replaced on both sides while packets are under way, and nothing is lost."""

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from kiosk.bank.http import HttpConnector
from kiosk.faults import NotPermitted, SettingsRefused
from kiosk.intake import ceremony
from kiosk.intake.ceremony import bank_keys, enrol, init_bank, open_bank, retire_key, roll_keys
from kiosk.intake.running import serve_in_thread
from kiosk.intake.service import create_app
from kiosk.outbox import Accepted, AlreadyHeld, Refused, Unreachable
from kiosk.settings import BankSettings
from kiosk.station.doctor import http_health
from kiosk.trust.bank_trust import KeptBankTrust
from kiosk.trust.identity import identity_taken, is_pending, next_identity, station_identities, station_init
from kiosk.trust.permissions import Role
from kiosk.trust.self_checks import BankAnswered
from kiosk.values import Masked, OperatorId, StationClass
from kiosk.vault.trust_rows import OperatorRow
from kiosk.wire.keys import bank_public_keys_to_text, draw_station_identity, enrolment_to_text
from kiosk.wire.packet import make_packet, read_envelope
from kiosk.wire.succession import TrustedBank, station_succession_to_text
from tests.fakes.branch import NOW, QUICK
from tests.vault.specimen import agreed, store_in
from tests.wire.specimens import APPROVED, NO_PICTURES, numbered

BOOTH = draw_station_identity("booth-1", StationClass.PRODUCTION)


def made(folder: Path) -> Path:
    init_bank(folder, production=True)
    enrol(folder, enrolment_to_text(BOOTH), StationClass.PRODUCTION, NOW)
    return folder


def test_a_bank_changes_its_keys_and_a_station_follows_with_packets_of_both_under_way(tmp_path: Path) -> None:
    bank = made(tmp_path / "bank")
    first = bank_keys(bank)
    old_packet, old_held = (make_packet(numbered(number), NO_PICTURES, BOOTH, first) for number in (1, 2))
    opened = open_bank(bank)
    with opened.store, serve_in_thread(create_app(opened.store, opened.keys, opened.acceptance)) as intake:
        held = HttpConnector(intake.url, BOOTH, TrustedBank(first), QUICK).deliver(old_held)
        assert isinstance(held, Accepted)
    second = roll_keys(bank, NOW)
    assert bank_keys(bank).sealing_key_id == second.sealing_key_id != first.sealing_key_id
    opened = open_bank(bank)
    app = create_app(opened.store, opened.keys, opened.acceptance, successions=opened.successions)
    with opened.store, serve_in_thread(app) as intake, store_in(tmp_path / "store") as store:
        trust = KeptBankTrust(store, first)
        connector = HttpConnector(intake.url, BOOTH, trust, QUICK, known=store.tree_head)
        assert connector.deliver(old_packet) == Unreachable("receipt-wrong"), "signed by a key that is not trusted yet"
        announced = connector.successions()
        assert not isinstance(announced, Unreachable)
        assert (trust.learn(announced, NOW), trust.learn(announced, NOW)) == (1, 0)
        assert trust.trusted().current.sealing_key_id == second.sealing_key_id
        assert isinstance(connector.deliver(old_packet), AlreadyHeld)
        assert isinstance(connector.deliver(old_held), AlreadyHeld), "its receipt is signed by the key before"
        new_packet = make_packet(numbered(3), NO_PICTURES, BOOTH, trust.trusted().current)
        assert read_envelope(new_packet.sealed).header.bank_key == second.sealing_key_id
        assert isinstance(connector.deliver(new_packet), Accepted)
        assert [line.event for line in store.audit_lines()] == ["bank-keys-followed"]
        assert KeptBankTrust(store, first).trusted().current.sealing_key_id == second.sealing_key_id, "kept for good"


def test_a_retired_key_opens_nothing_any_more_and_that_is_a_refusal_a_person_sees(tmp_path: Path) -> None:
    bank = made(tmp_path / "bank")
    first = bank_keys(bank)
    packet = make_packet(APPROVED, NO_PICTURES, BOOTH, first)
    roll_keys(bank, NOW)
    retire_key(bank, first.sealing_key_id)
    with pytest.raises(SettingsRefused):
        retire_key(bank, first.sealing_key_id)
    opened = open_bank(bank)
    trusted = TrustedBank(first).followed(opened.successions)[0]
    with opened.store, serve_in_thread(create_app(opened.store, opened.keys, opened.acceptance)) as intake:
        assert HttpConnector(intake.url, BOOTH, trusted, QUICK).deliver(packet) == Refused("unknown-bank-key")


@pytest.mark.parametrize("killed_at", range(8))
def test_a_roll_killed_at_any_file_is_either_not_done_or_done_at_the_next_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, killed_at: int
) -> None:
    bank = made(tmp_path / "bank")
    first = bank_keys(bank)
    packet = make_packet(APPROVED, NO_PICTURES, BOOTH, first)
    steps = iter(range(100))

    class Killed(BaseException):
        pass

    def dying(work):
        def step(*words, **named):
            if next(steps) == killed_at:
                raise Killed
            return work(*words, **named)

        return step

    with monkeypatch.context() as patched:
        patched.setattr(ceremony, "_write_new", dying(ceremony._write_new))
        patched.setattr(Path, "replace", dying(Path.replace))
        with suppress(Killed):
            roll_keys(bank, NOW)
    for _ in range(2):
        opened = open_bank(bank)
        trusted = TrustedBank(first).followed(opened.successions)[0]
        current = opened.keys.identity.public()
        assert bank_keys(bank).sealing_key_id == trusted.current.sealing_key_id == current.sealing_key_id
        with opened.store, serve_in_thread(create_app(opened.store, opened.keys, opened.acceptance)) as intake:
            assert isinstance(HttpConnector(intake.url, BOOTH, trusted, QUICK).deliver(packet), Accepted | AlreadyHeld)
    assert roll_keys(bank, NOW).sealing_key_id != current.sealing_key_id


def test_a_station_changes_its_key_and_what_it_signed_before_still_arrives(tmp_path: Path) -> None:
    bank = tmp_path / "bank"
    keys = init_bank(bank, production=True)
    with store_in(tmp_path / "store") as store:
        first = station_init(store, "booth-1", StationClass.PRODUCTION, NOW).identity
        with store.trust_rows() as rows:
            for name, role in (("ada", Role.ADMINISTRATOR), ("olga", Role.COMPLIANCE_OFFICER)):
                rows.add_operator(OperatorRow(OperatorId(name), role.value, Masked(b"secret"), 0, None, NOW))
        enrol(bank, enrolment_to_text(first), StationClass.PRODUCTION, NOW)
        before = make_packet(numbered(1), NO_PICTURES, first, keys)
        opened = open_bank(bank)
        with opened.store, serve_in_thread(create_app(opened.store, opened.keys, opened.acceptance)) as intake:
            two = agreed(store, "change-keys", at=NOW, first="ada", second="olga")
            with pytest.raises(NotPermitted):
                next_identity(store, replace(two, second=OperatorId("sam")), "booth-1", StationClass.PRODUCTION, NOW)
            following = next_identity(store, two, "booth-1", StationClass.PRODUCTION, NOW)
            assert is_pending(store, "booth-1", StationClass.PRODUCTION)
            assert next_identity(store, two, "booth-1", StationClass.PRODUCTION, NOW).key_id == following.key_id, "made once"
            assert station_identities(store, "booth-1", StationClass.PRODUCTION)[-1].key_id == first.key_id, "not in force yet"
            connector = HttpConnector(intake.url, first, TrustedBank(keys), QUICK)
            over = station_succession_to_text(first, following)
            assert [connector.succeed(over, following) for _ in range(2)] == [True, True]
            with pytest.raises(NotPermitted):
                identity_taken(store, two, following, NOW + timedelta(minutes=11))
            identity_taken(store, two, following, NOW + timedelta(minutes=9))
            *former, now = station_identities(store, "booth-1", StationClass.PRODUCTION)
            assert ([one.key_id for one in former], now.key_id) == ([first.key_id], following.key_id)
            later = HttpConnector(intake.url, now, TrustedBank(keys), QUICK, former=former)
            assert isinstance(later.deliver(before), Accepted)
            assert isinstance(later.deliver(make_packet(numbered(2), NO_PICTURES, now, keys)), Accepted)
            stranger = draw_station_identity("booth-1", StationClass.PRODUCTION)
            forged = later.succeed(station_succession_to_text(stranger, stranger), stranger)
            assert isinstance(forged, Unreachable)
            assert {one.key_id for one in opened.store.stations()} == {first.key_id, following.key_id}


def test_the_doctor_knows_a_bank_that_changed_its_keys_from_one_with_other_keys(tmp_path: Path) -> None:
    bank, file = made(tmp_path / "bank"), tmp_path / "configured.json"
    file.write_text(bank_public_keys_to_text(bank_keys(bank)), encoding="utf-8")
    roll_keys(bank, NOW)
    opened = open_bank(bank)
    for successions, same in ((opened.successions, True), ((), False)):
        app = create_app(opened.store, opened.keys, opened.acceptance, successions=successions)
        with serve_in_thread(app) as intake:
            probe = http_health(BankSettings(intake.url, file, 5.0))
        assert isinstance(probe, BankAnswered) and probe.same_keys is same
    opened.store.close()
