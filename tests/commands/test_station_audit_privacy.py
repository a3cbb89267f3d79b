"""Station, audit and privacy, as a person types them, on a station with people and a kept case."""

import json
import re
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kiosk.intake.ceremony import bank_keys, enrol, init_bank, open_bank, roll_keys
from kiosk.intake.running import RunningIntake, serve_in_thread
from kiosk.intake.service import create_app
from kiosk.trust.bank_trust import KeptBankTrust
from kiosk.values import StationClass
from kiosk.vault.audit import AuditEvent
from kiosk.vault.keys import KeyFile
from kiosk.vault.opening import open_store
from kiosk.vault.store import Store
from kiosk.wire.keys import bank_public_keys_to_text, key_id
from tests.commands.terminal import PASSWORD, Desk
from tests.vault.specimen import PACKET, SESSION, digest, record

EVERYBODY = (("tess", "teller"), ("olga", "compliance-officer"), ("sam", "supervisor"), ("aud", "auditor"))


@contextmanager
def store_of(desk: Desk) -> Iterator[Store]:
    with open_store(desk.folder / "store", KeyFile(desk.folder / "keys" / "master.key"), where="desk-1") as store:
        yield store


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """A station with people, an identity and one kept case, made once for all tests here: passwords take their time on purpose."""
    with pytest.MonkeyPatch.context() as patch:
        desk = Desk(tmp_path_factory.mktemp("made") / "desk", patch)
        desk.begins()
        for name, role in EVERYBODY:
            desk.adds(name, role)
        assert desk.types("station enrol", *desk.in_person("ada")).code == 0
        with store_of(desk) as store:
            store.keep_case(record(), PACKET, digest(), datetime.now(UTC))
        return desk


@pytest.fixture
def staffed(made: Desk, desk: Desk) -> Desk:
    """A copy of that station."""
    shutil.copytree(made.folder, desk.folder)
    desk.codes = {name: list(codes) for name, codes in made.codes.items()}
    return desk


def events(desk: Desk) -> list[tuple[str, str]]:
    with store_of(desk) as store:
        return [(line.event, line.who) for line in store.audit_lines()]


def test_a_station_is_enrolled_once_by_an_administrator_and_its_card_says_nothing_secret(desk: Desk) -> None:
    desk.write_settings()
    fresh = desk.types("station enrol")
    assert fresh.code == 0 and json.loads(fresh.printed)["name"] == "desk-1"
    desk.begins()
    desk.adds("tess", "teller")
    refused = desk.types("station enrol", *desk.in_person("tess"))
    assert (refused.code, "NotPermitted" in refused.told, refused.printed) == (1, True, "")
    again = desk.types("station enrol", *desk.in_person("ada"))
    assert (again.code, "keeps it" in again.told, again.printed) == (0, True, fresh.printed)
    assert desk.types("station card").printed == fresh.printed
    assert "file" in desk.types("station key").printed
    nobody = desk.types("station enrol", "ada", PASSWORD, "000000")
    assert nobody.code == 1


@contextmanager
def bank_for(desk: Desk) -> Iterator[RunningIntake]:
    bank = desk.folder / "bank"
    init_bank(bank, production=False)
    card = desk.types("station card").printed
    enrol(bank, card, StationClass.DEMO, datetime.now(UTC))
    (desk.folder / "bank-keys.json").write_text(bank_public_keys_to_text(bank_keys(bank)), encoding="utf-8")
    opened = open_bank(bank)
    with opened.store, serve_in_thread(create_app(opened.store, opened.keys, opened.acceptance)) as intake:
        desk.write_settings(url=intake.url)
        yield intake


def test_a_stations_key_is_rolled_by_two_people_and_only_once_the_bank_has_taken_it(staffed: Desk) -> None:
    before = json.loads(staffed.types("station card").printed)
    with bank_for(staffed):
        for pair, why in ((("ada", "ada"), "same-person"), (("tess", "olga"), "first-may-not"), (("ada", "tess"), "second-may-not")):
            said = staffed.types("station roll-keys", *staffed.in_person(pair[0]), *staffed.in_person(pair[1]))
            assert (said.code, why in said.told) == (1, True), why
        alone = staffed.types("station roll-keys", *staffed.in_person("ada"), "olga", PASSWORD, "000000")
        assert alone.code == 1
        assert json.loads(staffed.types("station card").printed) == before
        rolled = staffed.types("station roll-keys", *staffed.in_person("ada"), *staffed.in_person("olga"))
        assert (rolled.code, "is in force from the next start" in rolled.printed) == (0, True)
    assert json.loads(staffed.types("station card").printed) != before
    assert {("two-agreed", "ada"), ("two-agreed", "olga"), ("station-succeeded", "ada")} <= set(events(staffed))


def test_a_bank_that_is_away_leaves_the_key_in_force_and_the_next_try_goes_on_with_the_same_new_one(staffed: Desk) -> None:
    before = json.loads(staffed.types("station card").printed)
    with bank_for(staffed):
        pass
    said = staffed.types("station roll-keys", *staffed.in_person("ada"), *staffed.in_person("olga"))
    assert (said.code, "has not taken the new key" in said.told) == (1, True)
    assert json.loads(staffed.types("station card").printed) == before


def test_the_master_key_moves_by_two_people_and_everything_opens_as_before(staffed: Desk) -> None:
    alone = staffed.types("station move-key passphrase", *staffed.in_person("ada"), *staffed.in_person("ada"))
    assert (alone.code, (staffed.folder / "keys" / "master.key").exists()) == (1, True)
    staffed.settings.write_text(staffed.settings.read_text().replace('"file"', '"auto"'), encoding="utf-8")
    staffed.patch.setattr("sys.stdin.isatty", lambda: False, raising=False)
    credentials = staffed.folder / "credentials"
    credentials.mkdir()
    (credentials / "identity-desk-passphrase").write_text("a long passphrase of this station\n", encoding="utf-8")
    staffed.patch.setenv("CREDENTIALS_DIRECTORY", str(credentials))
    moved = staffed.types("station move-key passphrase", *staffed.in_person("ada"), *staffed.in_person("olga"))
    assert moved.code == 0, moved.told
    assert not (staffed.folder / "keys" / "master.key").exists()
    assert staffed.types("audit verify", *staffed.in_person("aud")).code == 0
    (credentials / "identity-desk-passphrase").write_text("another passphrase altogether\n", encoding="utf-8")
    wrong = staffed.types("audit verify", *staffed.in_person("aud"))
    assert (wrong.code, wrong.printed) == (1, "")


def test_the_log_is_verified_and_taken_away_by_who_may_and_each_time_is_a_line(staffed: Desk, tmp_path: Path) -> None:
    assert "Every line is as it was written" in staffed.types("audit verify", *staffed.in_person("aud")).printed
    out = tmp_path / "log.jsonl"
    taken = staffed.types(f"audit export --out {out}", *staffed.in_person("aud"))
    key = taken.told.rsplit(" ", 1)[-1].strip()
    assert taken.code == 0
    assert events(staffed)[-1] == ("audit-exported", "aud")
    assert staffed.types(f"audit verify --file {out} --key {key}").code == 0
    out.write_text(out.read_text().replace('"who": "tess"', '"who": "eve"'), encoding="utf-8")
    assert staffed.types(f"audit verify --file {out} --key {key}").code == 1
    cef = staffed.types("audit export --format cef", *staffed.in_person("aud"))
    first, *_ = cef.printed.splitlines()
    assert all(line.startswith("CEF:0|identity-desk|station|0.1|") for line in cef.printed.splitlines())
    assert re.fullmatch(
        r"CEF:0\|identity-desk\|station\|0\.1\|operator-added\|operator-added\|3\|rt=\d{13} suser= dvchost=desk-1 reason=administration "
        r"externalId=1 cs1Label=detail cs1=administrator:ada cs2Label=case cs2= cs3Label=digest cs3=[0-9a-f]{64}",
        first,
    )
    for name, line in (("tess", "audit verify"), ("olga", "audit export"), ("sam", "audit export"), ("ada", "audit export")):
        said = staffed.types(line, *staffed.in_person(name))
        assert (said.code, "NotPermitted" in said.told, said.printed) == (1, True, ""), (name, line)
        assert events(staffed)[-1] == ("denied", name)


WAYS = {
    "a name edited": ("UPDATE audit SET who = 'eve' WHERE number = 3", 3, "altered", True),
    "a time edited": ("UPDATE audit SET at = '2020-01-01T00:00:00.000000+00:00' WHERE number = 5", 5, "altered", True),
    "a purpose edited": ("UPDATE audit SET purpose = 'nothing' WHERE number = 2", 2, "altered", True),
    "the last line edited": ("UPDATE audit SET detail = '' WHERE number = (SELECT max(number) FROM audit)", "last", "altered", True),
    "the first line dropped": ("DELETE FROM audit WHERE number = 1", 1, "missing", False),
    "a line in the middle dropped": ("DELETE FROM audit WHERE number = 4", 4, "missing", False),
    "the last line dropped": ("DELETE FROM audit WHERE number = (SELECT max(number) FROM audit)", "last", "cut-off", False),
    "truncated": ("DELETE FROM audit WHERE number > (SELECT max(number) FROM audit) - 3", "last but two", "cut-off", False),
    "emptied": ("DELETE FROM audit", 1, "cut-off", False),
    "two lines changed round": (
        "UPDATE audit SET number = -number WHERE number IN (3, 4); UPDATE audit SET number = 7 + number WHERE number < 0",
        3,
        "altered",
        True,
    ),
    "a line added": (
        "INSERT INTO audit SELECT number + 1, at, event, session, who, detail, digest, digest, place, purpose, form FROM audit "
        "WHERE number = (SELECT max(number) FROM audit)",
        "next",
        "altered",
        False,
    ),
    "a head's root replaced": ("UPDATE audit_heads SET root = zeroblob(32) WHERE lines = 4", 4, "head-forged", True),
    "a head's signature replaced": ("UPDATE audit_heads SET signature = zeroblob(64) WHERE lines = 4", 4, "head-forged", True),
    "a head dropped": ("DELETE FROM audit_heads WHERE lines = 5", 5, "head-missing", True),
    "lines and heads cut off together": (
        "DELETE FROM audit_heads WHERE lines > (SELECT max(lines) FROM audit_heads) - 2; "
        "DELETE FROM audit WHERE number > (SELECT max(lines) FROM audit_heads)",
        "last but one",
        "cut-off",
        False,
    ),
    "the sealed head replaced": ("UPDATE audit_head SET sealed = zeroblob(60)", 0, "head-unreadable", False),
}


@pytest.mark.parametrize(("statement", "line", "because", "signs_in"), WAYS.values(), ids=WAYS)
def test_a_log_that_was_tampered_with_is_named_at_the_line_also_where_nobody_can_sign_in_any_more(
    staffed: Desk, tmp_path: Path, statement: str, line: int | str, because: str, signs_in: bool
) -> None:
    connection = sqlite3.connect(staffed.folder / "store" / "cases.sqlite", isolation_level=None)
    triggers = connection.execute("SELECT name, sql FROM sqlite_master WHERE tbl_name IN ('audit', 'audit_heads') AND type = 'trigger'")
    kept = triggers.fetchall()
    last = connection.execute("SELECT max(number) FROM audit").fetchone()[0]
    for name, _ in kept:
        connection.execute(f"DROP TRIGGER {name}")
    connection.executescript(statement)
    for _, sql in kept:
        connection.execute(sql)
    connection.close()
    report = tmp_path / "verdict.json"
    numbered = {"last": last, "last but one": last - 1, "last but two": last - 2, "next": last + 1}
    said = staffed.types(f"audit verify --json {report}", *staffed.in_person("aud"))
    assert said.code == 1
    assert json.loads(report.read_text()) == {"sound": False, "line": numbered.get(line, line), "because": because}
    assert f"is {because}" in said.printed
    exported = staffed.types("audit export", *staffed.in_person("aud"))
    assert exported.code == (0 if signs_in else 1), "an export says what is there; its own verification finds the same"


def test_a_case_is_read_handed_out_withdrawn_and_erased_by_who_may(staffed: Desk) -> None:
    read = staffed.types(f"privacy read {SESSION} --for complaint", *staffed.in_person("sam"))
    assert "ERIKSSON" in read.printed
    assert "NotPermitted" in staffed.types(f"privacy read {SESSION} --for complaint", *staffed.in_person("tess")).told
    out = staffed.folder / "for the customer.json".replace(" ", "-")
    assert staffed.types(f"privacy export {SESSION} --out {out}", *staffed.in_person("olga")).code == 0
    assert json.loads(out.read_text())["record"]["document"]["fields"]["surname"] == "ERIKSSON"
    assert out.stat().st_mode & 0o77 == 0
    assert staffed.types(f"privacy export {'0' * 32}", *staffed.in_person("olga")).told.endswith("No such case is kept here.\n")
    for again, words in ((False, "Withdrawn."), (True, "withdrawn before")):
        said = staffed.types(f"privacy withdraw {SESSION} recognise-later", *staffed.in_person("tess"))
        assert (said.code, words in said.told) == (0, True), again
    for pair, why in ((("olga", "olga"), "same-person"), (("sam", "olga"), "first-may-not"), (("olga", "tess"), "second-may-not")):
        said = staffed.types(f"privacy erase {SESSION}", *staffed.in_person(pair[0]), *staffed.in_person(pair[1]))
        assert (said.code, why in said.told) == (1, True), why
    erased = staffed.types(f"privacy erase {SESSION}", *staffed.in_person("olga"), *staffed.in_person("sam"))
    assert (erased.code, "its key is gone" in erased.told) == (0, True)
    gone = staffed.types(f"privacy read {SESSION} --for complaint", *staffed.in_person("olga"))
    assert (gone.code, gone.printed) == (1, "")
    assert staffed.types("privacy retention", *staffed.in_person("olga")).told.endswith("0 cases erased.\n")
    assert staffed.types("privacy retention", *staffed.in_person("tess")).code == 1


def test_a_withdrawn_check_is_erased_at_the_next_run_of_the_retention_clock(staffed: Desk) -> None:
    assert staffed.types(f"privacy withdraw {SESSION} identity-check", *staffed.in_person("tess")).code == 0
    assert staffed.types("privacy retention", *staffed.in_person("olga")).told.endswith("1 cases erased.\n")
    with store_of(staffed) as store:
        assert store.rows(9)[0].last_problem == "erased"
        assert store.last_audit_at() is not None
        assert timedelta(0) <= datetime.now(UTC) - (store.last_audit_at() or datetime.now(UTC)) < timedelta(minutes=5)


def test_two_people_at_the_station_distrust_a_former_key_of_the_bank_s(staffed: Desk, tmp_path: Path) -> None:
    old = init_bank(tmp_path / "bank", production=False)
    (staffed.folder / "bank-keys.json").write_text(bank_public_keys_to_text(old), encoding="utf-8")
    new = roll_keys(tmp_path / "bank", datetime.now(UTC))
    bank = open_bank(tmp_path / "bank")
    bank.store.close()
    with store_of(staffed) as store:
        assert KeptBankTrust(store, old).learn(bank.successions, datetime.now(UTC)) == 1
    line = f"station distrust-bank-key {old.answers_key_id}"
    assert staffed.types(line, *staffed.in_person("ada"), *staffed.in_person("ada")).code == 1, "alone"
    said = staffed.types(line, *staffed.in_person("ada"), *staffed.in_person("olga"))
    assert said.code == 0, said.told
    with store_of(staffed) as store:
        trusted = KeptBankTrust(store, old).trusted()
        details = [line.detail for line in store.audit_lines() if line.event == AuditEvent.BANK_KEY_DISTRUSTED]
    assert ([key_id(key) for key in trusted.answers], trusted.distrusted) == ([new.answers_key_id], {old.answers_key_id})
    assert details == [f"{old.answers_key_id}:by=ada:second=olga"]
    assert staffed.types(line, *staffed.in_person("ada"), *staffed.in_person("olga")).code == 1, "nothing is left to do"
