"""The station's own key, and the bank's."""

from pathlib import Path

import pytest

from kiosk.faults import KeyUnavailable
from kiosk.trust.identity import AlreadyInitialised, Initialised, bank_keys, public_card, station_identity, station_init
from kiosk.values import StationClass
from kiosk.wire.keys import bank_public_keys_to_text, draw_bank_identity, enrolment_from_text
from tests.vault.specimen import NOW, everything_in, store_in


def test_a_station_keeps_the_identity_it_was_given_once(tmp_path: Path) -> None:
    with store_in(tmp_path / "store") as store:
        made = station_init(store, "desk-1", StationClass.DEMO, NOW)
        assert isinstance(made, Initialised)
    with store_in(tmp_path / "store") as store:
        again = station_init(store, "desk-2", StationClass.PRODUCTION, NOW)
        assert isinstance(again, AlreadyInitialised)
        assert again.identity.key_id == made.identity.key_id
        assert (again.identity.name, again.identity.station_class) == ("desk-1", StationClass.DEMO)
        assert station_identity(store, "desk-1", StationClass.DEMO).key_id == made.identity.key_id
        (line,) = store.audit_lines()
        assert (line.event, line.detail) == ("station-initialised", f"demo:{made.identity.key_id}")


def test_the_private_key_lies_in_no_file_in_clear(tmp_path: Path) -> None:
    with store_in(tmp_path / "store") as store:
        identity = station_init(store, "desk-1", StationClass.DEMO, NOW).identity
        files = everything_in(tmp_path)
        assert identity.signing_key.private_bytes_raw() not in files
        assert b"station-identity" not in files


def test_a_station_without_identity_says_what_to_run(tmp_path: Path) -> None:
    with store_in(tmp_path / "store") as store, pytest.raises(KeyUnavailable, match="station init"):
        station_identity(store, "desk-1", StationClass.DEMO)


@pytest.mark.parametrize(("name", "station_class"), [("desk-1", StationClass.PRODUCTION), ("desk-2", StationClass.DEMO)])
def test_settings_that_claim_another_name_or_class_are_refused(tmp_path: Path, name: str, station_class: StationClass) -> None:
    with store_in(tmp_path / "store") as store:
        station_init(store, "desk-1", StationClass.DEMO, NOW)
        with pytest.raises(KeyUnavailable, match="was made for desk-1"):
            station_identity(store, name, station_class)


def test_a_name_that_is_no_name_makes_no_identity(tmp_path: Path) -> None:
    with store_in(tmp_path / "store") as store:
        with pytest.raises(ValueError, match="name"):
            station_init(store, "", StationClass.DEMO, NOW)
        assert store.audit_lines() == ()
        assert isinstance(station_init(store, "desk-1", StationClass.DEMO, NOW), Initialised)


def test_the_public_card_enrols_this_station_and_holds_nothing_secret(tmp_path: Path) -> None:
    with store_in(tmp_path / "store") as store:
        identity = station_init(store, "desk-1", StationClass.DEMO, NOW).identity
    enrolled = enrolment_from_text(public_card(identity))
    assert (enrolled.name, enrolled.station_class, enrolled.key_id) == ("desk-1", StationClass.DEMO, identity.key_id)
    assert "signing" not in public_card(identity)


def test_the_banks_keys_are_read_from_their_file(tmp_path: Path) -> None:
    bank = draw_bank_identity().public()
    (tmp_path / "bank-keys.json").write_text(bank_public_keys_to_text(bank) + "\n", encoding="utf-8")
    assert bank_keys(tmp_path / "bank-keys.json").sealing_key_id == bank.sealing_key_id


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff\xfe", b"x" * 100_000])
def test_a_file_that_holds_no_bank_keys_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "bank-keys.json").write_bytes(content)
    with pytest.raises(KeyUnavailable, match="not one"):
        bank_keys(tmp_path / "bank-keys.json")


def test_a_missing_file_of_bank_keys_is_refused(tmp_path: Path) -> None:
    with pytest.raises(KeyUnavailable, match="cannot be read"):
        bank_keys(tmp_path / "bank-keys.json")
