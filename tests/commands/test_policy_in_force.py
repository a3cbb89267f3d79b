"""`app.py policy` without a file speaks of the policy that decides at this station: the bank's last good one, and says whose it is."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

import app
from kiosk.trust.risk_policy import SHIPPED
from kiosk.trust.station_updates import StationUpdates
from kiosk.values import OperatorId, StationClass
from kiosk.vault.keys import KeyFile
from kiosk.vault.opening import open_store
from kiosk.wire.keys import BankIdentity, bank_public_keys_to_text, draw_bank_identity
from kiosk.wire.signed_update import UpdateKind, sign_update
from tests.commands.test_policy import SETTINGS

AT = datetime(2026, 11, 25, 9, 30, tzinfo=UTC)
BY = (OperatorId("ines"), OperatorId("omar"))
NEWER = SHIPPED.read_text(encoding="utf-8").replace("\nversion = 1\n", "\nversion = 4\n")


@pytest.fixture
def bank(tmp_path: Path) -> BankIdentity:
    """A station's folder whose bank sent version 4 of the policy."""
    identity = draw_bank_identity()
    (tmp_path / "branch.toml").write_text(SETTINGS)
    (tmp_path / "bank-keys.json").write_text(bank_public_keys_to_text(identity.public()))
    key = KeyFile(tmp_path / "master.key")
    key.create()
    with open_store(tmp_path / "store", key, where="desk-1") as store:
        updates = StationUpdates(store, lambda: (identity.public().answers,), StationClass.DEMO)
        (update,) = updates.offer((sign_update(UpdateKind.POLICY, 4, StationClass.DEMO, AT, NEWER, identity.answers, BY),), AT)
        updates.stands(update, AT)
    return identity


def told(folder: Path, *words: str) -> dict[str, object]:
    out = folder / "out.json"
    assert app.main(["policy", *words, "--settings", str(folder / "branch.toml"), "--json", str(out)]) == 0
    read: dict[str, object] = json.loads(out.read_text())["in_force"]
    return read


@pytest.mark.parametrize("words", [("show",), ("check",), ("test", "--without-vault")])
def test_the_bank_s_policy_is_the_one_and_version_signer_and_moment_are_told(
    tmp_path: Path, bank: BankIdentity, words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    found = told(tmp_path, *words)
    assert (found["version"], found["source"], found["signer"]) == (4, "bank", bank.public().answers_key_id)
    assert (found["by"], found["since"]) == (["ines", "omar"], AT.isoformat())
    said = capsys.readouterr().out
    assert bank.public().answers_key_id in said and "agreed to by ines and omar, in force here since 2026-11-25 09:30 UTC" in said


@pytest.mark.parametrize("words", [("show",), ("test", "--without-vault")])
@pytest.mark.parametrize("flag", [(), ("--file",)])
def test_a_file_is_taken_instead(tmp_path: Path, bank: BankIdentity, words: tuple[str, ...], flag: tuple[str, ...]) -> None:
    assert told(tmp_path, *words, *flag, str(SHIPPED)) is None


def test_one_that_another_key_signed_is_not_in_force(tmp_path: Path, bank: BankIdentity) -> None:
    (tmp_path / "bank-keys.json").write_text(bank_public_keys_to_text(draw_bank_identity().public()))
    assert (told(tmp_path, "show")["version"], told(tmp_path, "show")["source"]) == (1, "program")


def test_where_no_station_is_set_up_it_is_the_program_s_own(tmp_path: Path) -> None:
    assert told(tmp_path, "check")["source"] == "program"
