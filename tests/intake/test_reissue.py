"""The bank signs what is in force again when it rolls its keys, and tells its stations which former key to distrust."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kiosk.faults import SettingsRefused
from kiosk.intake.ceremony import bank_keys, init_bank, open_bank, retire_key, roll_keys
from kiosk.intake.command import main
from kiosk.intake.fleet import FLEET, Fleet, Published, open_fleet
from kiosk.intake.office.office import OFFICE, open_office_store
from kiosk.intake.reception import IntakeKeys
from kiosk.intake.reissue import distrust_key, sign_again
from kiosk.trust.permissions import Action, Role
from kiosk.trust.presence import Authority, SignedIn
from kiosk.values import Masked, OperatorId, StationClass
from kiosk.vault.audit import AuditEvent
from kiosk.vault.files import STORE_NAME
from kiosk.vault.store import Store
from kiosk.vault.trust_rows import OperatorRow
from kiosk.vault.two_people import Agreed
from kiosk.wire.signed_update import Update, UpdateKind, genuine_update, read_distrusted, read_revocation, sign_update, spell_revocation
from kiosk.wire.succession import bank_key_before
from tests.fakes.branch import NOW

BY = (OperatorId("ines"), OperatorId("omar"))
TO = StationClass.PRODUCTION


def keys_of(folder: Path) -> IntakeKeys:
    bank = open_bank(folder)
    with closing(bank.store):
        return bank.keys


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    init_bank(tmp_path / "bank", production=True)
    return tmp_path / "bank"


@pytest.fixture
def fleet(folder: Path) -> Iterator[Fleet]:
    with open_fleet(folder) as opened:
        yield opened


def publish(fleet: Fleet, keys: IntakeKeys, kind: UpdateKind, version: int, payload: str) -> bytes:
    envelope = sign_update(kind, version, TO, NOW, payload, keys.identity.answers, BY)
    assert fleet.publish([Published(kind, version, TO, envelope, NOW, version)])
    return envelope


def in_force(fleet: Fleet, keys: IntakeKeys) -> dict[UpdateKind, Update]:
    """Return what a station that knows the newest key alone believes."""
    read = [genuine_update(one.envelope, (keys.identity.public().answers,)) for one in fleet.newest(TO)]
    return {one.kind: one for one in read if isinstance(one, Update)}


def test_after_a_roll_a_station_that_knows_the_new_key_alone_believes_what_is_in_force(folder: Path, fleet: Fleet) -> None:
    first = keys_of(folder)
    for version in (1, 2):
        publish(fleet, first, UpdateKind.POLICY, version, f"policy {version}")
    publish(fleet, first, UpdateKind.WATCHLIST, 5, "a list")
    before = in_force(fleet, first)
    roll_keys(folder, NOW)
    second = keys_of(folder)
    assert in_force(fleet, second) == {}
    assert sign_again(fleet, second, NOW, ()) == 2
    after = in_force(fleet, second)
    assert {kind: (one.version, one.payload, one.by, one.not_before) for kind, one in after.items()} == {
        kind: (one.version, one.payload, one.by, one.not_before) for kind, one in before.items()
    }
    assert sign_again(fleet, second, NOW, ()) == 0
    retire_key(folder, first.identity.public().sealing_key_id)
    roll_keys(folder, NOW)
    third = keys_of(folder)
    assert sign_again(fleet, third, NOW, ()) == 2, "the second key signed them, so the third may"
    assert set(in_force(fleet, third)) == {UpdateKind.POLICY, UpdateKind.WATCHLIST}


def test_what_no_key_of_the_bank_s_signed_is_not_signed_again(folder: Path, fleet: Fleet, tmp_path: Path) -> None:
    init_bank(tmp_path / "other", production=True)
    publish(fleet, keys_of(tmp_path / "other"), UpdateKind.POLICY, 1, "a thief's")
    roll_keys(folder, NOW)
    assert sign_again(fleet, keys_of(folder), NOW, ()) == 0


def test_a_former_key_is_distrusted_beside_what_was_revoked_before(folder: Path, fleet: Fleet) -> None:
    first = keys_of(folder)
    revoked = [(UpdateKind.POLICY, "ab" * 32)]
    publish(fleet, first, UpdateKind.REVOCATION, 1, spell_revocation(revoked))
    roll_keys(folder, NOW)
    second = keys_of(folder)
    sign_again(fleet, second, NOW, ())
    named = first.identity.public().answers_key_id
    assert distrust_key(fleet, second, named, (TO,), BY, NOW) == 2
    told = in_force(fleet, second)[UpdateKind.REVOCATION]
    assert (read_revocation(told.payload), read_distrusted(told.payload), told.by) == (tuple(revoked), (named,), BY)
    with pytest.raises(SettingsRefused):
        distrust_key(fleet, second, named, (TO,), BY, NOW)


def test_a_former_key_whose_private_half_was_destroyed_is_distrusted_too(folder: Path, fleet: Fleet) -> None:
    first = keys_of(folder).identity.public()
    roll_keys(folder, NOW)
    retire_key(folder, first.sealing_key_id)
    with closing((bank := open_bank(folder)).store):
        retired = tuple(map(bank_key_before, bank.successions))
    assert distrust_key(fleet, bank.keys, first.answers_key_id, (TO,), BY, NOW, retired) == 1
    assert read_distrusted(in_force(fleet, bank.keys)[UpdateKind.REVOCATION].payload) == (first.answers_key_id,)


def test_the_key_in_force_is_not_distrusted(folder: Path, fleet: Fleet) -> None:
    keys = keys_of(folder)
    with pytest.raises(SettingsRefused):
        distrust_key(fleet, keys, keys.identity.public().answers_key_id, (TO,), BY, NOW)
    assert fleet.newest(TO) == ()


def test_what_a_distrusted_key_signed_is_not_signed_again(folder: Path, fleet: Fleet) -> None:
    first = keys_of(folder)
    publish(fleet, first, UpdateKind.POLICY, 1, "two people's")
    roll_keys(folder, NOW)
    second = keys_of(folder)
    sign_again(fleet, second, NOW, ())
    distrust_key(fleet, second, first.identity.public().answers_key_id, (TO,), BY, NOW)
    publish(fleet, first, UpdateKind.POLICY, 2, "a thief's, who has the key and reaches the table")
    assert sign_again(fleet, second, NOW, ()) == 0
    assert UpdateKind.POLICY not in in_force(fleet, second)
    roll_keys(folder, NOW)
    third = keys_of(folder)
    assert sign_again(fleet, third, NOW, ()) == 1, "the revocation, which the second key signed"
    assert set(in_force(fleet, third)) == {UpdateKind.REVOCATION}


@pytest.mark.parametrize("named", ["", "no id", "0" * 32])
def test_what_was_never_a_key_of_the_bank_s_is_not_distrusted(folder: Path, fleet: Fleet, named: str) -> None:
    roll_keys(folder, NOW)
    with pytest.raises(SettingsRefused):
        distrust_key(fleet, keys_of(folder), named, (TO,), BY, NOW)
    assert fleet.newest(TO) == ()


def both(store: Store, action: Action) -> Agreed | None:
    """Two of the bank's people sign in and agree."""
    now = datetime.now(UTC)
    people = tuple(SignedIn(OperatorId(name), role, now) for name, role in (("ada", Role.ADMINISTRATOR), ("olga", Role.COMPLIANCE_OFFICER)))
    with store.trust_rows() as rows:
        for one in people:
            if rows.operator(one.name) is None:
                rows.add_operator(OperatorRow(one.name, one.role.value, Masked(b"secret"), 0, None, now))
    agreed = Authority(store).agree(*people, action, now)
    return agreed if isinstance(agreed, Agreed) else None


def test_the_bank_s_command_distrusts_by_two_people_and_writes_it_down(folder: Path, fleet: Fleet) -> None:
    old = keys_of(folder).identity.public()
    roll_keys(folder, NOW)
    retire_key(folder, old.sealing_key_id)
    words = ["distrust-key", old.answers_key_id, "--folder", str(folder)]
    assert main(words) == 1, "nobody was asked"
    assert fleet.newest(TO) == ()
    assert main(words, ask_two=both) == 0
    told = in_force(fleet, keys_of(folder))[UpdateKind.REVOCATION]
    assert (read_distrusted(told.payload), told.by) == ((old.answers_key_id,), ("ada", "olga"))
    with open_office_store(folder) as store:
        details = [line.detail for line in store.audit_lines() if line.event == AuditEvent.UPDATE_PUBLISHED]
    assert details == [f"revocation:1:key={old.answers_key_id}"]


@pytest.mark.parametrize("command", ["roll-keys", "distrust-key", "run"])
def test_no_command_signs_for_a_thief_whose_key_is_distrusted_where_the_revocation_was_lost(
    command: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stolen = keys_of(folder)
    named = stolen.identity.public().answers_key_id
    roll_keys(folder, NOW)
    assert main(["distrust-key", named, "--folder", str(folder)], ask_two=both) == 0
    for part in folder.glob(f"{FLEET}*"):
        part.unlink()
    with open_fleet(folder) as fleet:
        publish(fleet, stolen, UpdateKind.POLICY, 9, "a thief's")
        words = {"roll-keys": [], "distrust-key": [named], "run": ["--no-analysis", "--private-key", "none.pem"]}[command]
        status = main([command, *words, "--folder", str(folder)], ask_two=both)
        assert (status, "--private-key" in capsys.readouterr().err) == ((1, True) if command == "run" else (0, False))
        assert UpdateKind.POLICY not in in_force(fleet, keys_of(folder))


@pytest.mark.parametrize("command", ["roll-keys", "run"])
def test_no_command_signs_by_a_log_whose_line_was_cut_out(command: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stolen = keys_of(folder)
    roll_keys(folder, NOW)
    assert main(["distrust-key", stolen.identity.public().answers_key_id, "--folder", str(folder)], ask_two=both) == 0
    for part in folder.glob(f"{FLEET}*"):
        part.unlink()
    with closing(sqlite3.connect(folder / OFFICE / STORE_NAME)) as db, db:
        (trigger,) = db.execute("SELECT sql FROM sqlite_master WHERE name = 'audit_is_never_shortened'").fetchone()
        db.execute("DROP TRIGGER audit_is_never_shortened")
        assert db.execute("DELETE FROM audit WHERE event = ?", (AuditEvent.UPDATE_PUBLISHED,)).rowcount == 1
        db.execute(trigger)
    with open_fleet(folder) as fleet:
        publish(fleet, stolen, UpdateKind.POLICY, 9, "a thief's")
        main([command, *(["--no-analysis", "--private-key", "none.pem"] if command == "run" else []), "--folder", str(folder)])
        assert "Nothing was signed again" in capsys.readouterr().err
        assert UpdateKind.POLICY not in in_force(fleet, keys_of(folder))


def test_keys_that_were_rolled_are_read_out_also_where_the_office_does_not_open(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    open_office_store(folder).close()
    (folder / OFFICE / "master.key").unlink()
    before = bank_keys(folder)
    assert main(["roll-keys", "--folder", str(folder)]) == 0
    said, keys = capsys.readouterr(), bank_keys(folder)
    assert keys != before and keys.sealing_key_id in said.out and keys.answers_key_id in said.out
    assert "Not done" not in said.err and "Nothing was signed again with them" in said.err


@pytest.mark.parametrize("command", ["roll-keys", "run"])
def test_every_start_signs_again_what_no_command_did(command: str, folder: Path) -> None:
    open_office_store(folder).close()
    with open_fleet(folder) as fleet:
        publish(fleet, keys_of(folder), UpdateKind.POLICY, 1, "two people's")
        roll_keys(folder, NOW)
        main([command, *(["--no-analysis", "--private-key", "none.pem"] if command == "run" else []), "--folder", str(folder)])
        assert UpdateKind.POLICY in in_force(fleet, keys_of(folder))
