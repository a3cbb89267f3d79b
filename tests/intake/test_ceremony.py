"""A bank's keys are made once; stations are enrolled by a person; everything refused says why."""

import json
from pathlib import Path

import pytest

from kiosk.faults import Fault, KeyUnavailable, SettingsRefused, StoreDamaged, StoreUnavailable
from kiosk.intake.ceremony import bank_keys, enrol, init_bank, list_cases, list_stations, open_bank
from kiosk.intake.reception import Reception, Sealed
from kiosk.values import StationClass
from kiosk.wire.keys import StationIdentity, draw_station_identity, enrolment_to_text
from kiosk.wire.packet import make_packet
from kiosk.wire.reply import Word, open_reply
from tests.fakes.branch import NOW
from tests.wire.specimens import APPROVED, PICTURES, SESSION

BOOTH = draw_station_identity("booth-1", StationClass.PRODUCTION)
DEMO = draw_station_identity("demo-1", StationClass.DEMO)


PRIVATE = (("bank-identity.json", KeyUnavailable), ("ledger.key", KeyUnavailable))


def test_a_bank_made_here_takes_its_stations_packet(tmp_path: Path) -> None:
    keys = init_bank(tmp_path / "bank", production=True)
    enrol(tmp_path / "bank", enrolment_to_text(BOOTH), StationClass.PRODUCTION, NOW)
    packet = make_packet(APPROVED, PICTURES, BOOTH, keys)
    bank = open_bank(tmp_path / "bank")
    with bank.store:
        said = Reception(bank.store, bank.keys, bank.acceptance, lambda: NOW).receive(packet.sealed, SESSION)
    assert isinstance(said, Sealed)
    assert open_reply(said.reply, packet.digest, BOOTH.key_id, BOOTH.opening_key()).word is Word.ACCEPTED
    (case,) = list_cases(tmp_path / "bank")
    assert (case.position, case.packet_id, case.station, case.decision.value, case.received_at) == (1, SESSION, "booth-1", "approve", NOW)


def test_its_public_keys_stay_the_same(tmp_path: Path) -> None:
    made = init_bank(tmp_path, production=False)
    assert bank_keys(tmp_path).sealing_key_id == made.sealing_key_id == open_and_close(tmp_path)


def open_and_close(folder: Path) -> str:
    bank = open_bank(folder)
    bank.store.close()
    return bank.keys.identity.public().sealing_key_id


def test_a_bank_is_never_made_over_another(tmp_path: Path) -> None:
    init_bank(tmp_path, production=True)
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    with pytest.raises(SettingsRefused, match="never replaced"):
        init_bank(tmp_path, production=True)
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == before


def test_an_interrupted_making_is_named_and_not_built_upon(tmp_path: Path) -> None:
    init_bank(tmp_path, production=True)
    (tmp_path / "intake.json").unlink()
    with pytest.raises(SettingsRefused, match="interrupted"):
        init_bank(tmp_path, production=True)


@pytest.mark.parametrize("name", ["bank-identity.json", "ledger.key", "ledger.sqlite"])
def test_the_private_files_are_nobody_elses_to_read(tmp_path: Path, name: str) -> None:
    init_bank(tmp_path, production=True)
    assert (tmp_path / name).stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("name", ["bank-identity.json", "ledger.key"])
def test_a_private_file_open_to_others_is_refused(tmp_path: Path, name: str) -> None:
    init_bank(tmp_path, production=True)
    (tmp_path / name).chmod(0o640)
    with pytest.raises(KeyUnavailable, match="0640"):
        open_bank(tmp_path)


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("bank-identity.json", KeyUnavailable),
        ("ledger.key", KeyUnavailable),
        ("ledger.sqlite", StoreUnavailable),
        ("intake.json", SettingsRefused),
    ],
)
def test_a_missing_file_is_said_and_not_made_anew(tmp_path: Path, name: str, fault: type[Fault]) -> None:
    init_bank(tmp_path, production=True)
    (tmp_path / name).unlink()
    with pytest.raises(fault):
        open_bank(tmp_path)
    assert not (tmp_path / name).exists()


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("bank-identity.json", KeyUnavailable),
        ("ledger.key", KeyUnavailable),
        ("ledger.sqlite", StoreDamaged),
        ("intake.json", SettingsRefused),
    ],
)
def test_a_damaged_file_is_said(tmp_path: Path, name: str, fault: type[Fault]) -> None:
    init_bank(tmp_path, production=True)
    (tmp_path / name).write_bytes(b"\xff{}" * 2_000)
    with pytest.raises(fault):
        open_bank(tmp_path)


def test_enrolling_again_changes_nothing(tmp_path: Path) -> None:
    init_bank(tmp_path, production=True)
    for _ in range(2):
        enrol(tmp_path, enrolment_to_text(BOOTH), StationClass.PRODUCTION, NOW)
    assert [station.key_id for station in list_stations(tmp_path)] == [BOOTH.key_id]


def test_a_station_is_enrolled_as_what_its_keys_were_made_for(tmp_path: Path) -> None:
    init_bank(tmp_path, production=False)
    with pytest.raises(SettingsRefused, match="calls itself demo, not qa"):
        enrol(tmp_path, enrolment_to_text(DEMO), StationClass.QA, NOW)
    assert list_stations(tmp_path) == ()


@pytest.mark.parametrize(("production", "station"), [(True, DEMO), (False, BOOTH)], ids=["demo at production", "production at demo"])
def test_a_bank_enrols_only_stations_it_takes_packets_from(tmp_path: Path, production: bool, station: StationIdentity) -> None:
    init_bank(tmp_path, production)
    with pytest.raises(SettingsRefused, match="production stations"):
        enrol(tmp_path, enrolment_to_text(station), station.station_class, NOW)


def test_a_second_key_under_a_name_is_somebodys_decision(tmp_path: Path) -> None:
    init_bank(tmp_path, production=True)
    enrol(tmp_path, enrolment_to_text(BOOTH), StationClass.PRODUCTION, NOW)
    anew = enrolment_to_text(draw_station_identity("booth-1", StationClass.PRODUCTION))
    with pytest.raises(SettingsRefused, match="another key"):
        enrol(tmp_path, anew, StationClass.PRODUCTION, NOW)
    enrol(tmp_path, anew, StationClass.PRODUCTION, NOW, another_key=True)
    assert [station.name for station in list_stations(tmp_path)] == ["booth-1", "booth-1"]


@pytest.mark.parametrize("text", ["", "{}", "\x00", json.dumps({"kind": "station-enrolment", "format": 1})])
def test_a_text_that_is_no_enrolment_is_refused(tmp_path: Path, text: str) -> None:
    init_bank(tmp_path, production=True)
    with pytest.raises(SettingsRefused, match="enrolment"):
        enrol(tmp_path, text, StationClass.PRODUCTION, NOW)
