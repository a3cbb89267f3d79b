"""The ceremonies of people, as a person types them."""

import os
import pty
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kiosk.trust.factors import TypedCode
from kiosk.trust.operators import Operators
from kiosk.trust.permissions import Role
from kiosk.trust.presence import Authority, SignedIn
from kiosk.trust.security_key import PluggedKey
from kiosk.values import Masked, OperatorId
from kiosk.vault.audit import AuditEntry, AuditEvent
from kiosk.vault.keys import KeyFile
from kiosk.vault.opening import open_store
from kiosk.vault.store import Store
from kiosk.vault.training_rows import Certificate
from kiosk.vault.trust_rows import OperatorRow
from tests.commands.terminal import PASSWORD, Desk, code_shown, recovery_codes, wrong_code
from tests.trust.soft_key import SoftKey


def store_of(desk: Desk) -> Store:
    return open_store(desk.folder / "store", KeyFile(desk.folder / "keys" / "master.key"))


def test_the_first_administrator_is_made_once_by_whoever_stands_there_and_nobody_by_a_default_password(desk: Desk) -> None:
    desk.write_settings()
    for name, password in (("admin", "admin"), ("admin", "administrator-1"), ("ada", "")):
        assert desk.types(f"operators first {name}", password).code == 1
    desk.begins()
    assert len(desk.codes["ada"]) == 10
    again = desk.types("operators first eve", PASSWORD, code_shown)
    assert (again.code, "people already" in again.told) == (1, True)
    listed = desk.types("operators list --json", *desk.in_person("ada"))
    assert (listed.code, listed.printed.strip()) == (0, '[{"name": "ada", "role": "administrator"}]')


def test_a_half_finished_enrolment_lets_nobody_in_and_is_finished_at_the_next_sign_in(desk: Desk) -> None:
    desk.write_settings()
    half = desk.types("operators first ada", PASSWORD, wrong_code)
    assert (half.code, "No second factor was added" in half.told, recovery_codes(half.told)) == (0, True, [])
    cut_off = desk.types("operators list", "ada", PASSWORD, "000000")
    assert cut_off.code == 1, "the input ended in the middle of the enrolment"
    finished = desk.types("operators list", "ada", PASSWORD, "000000", code_shown)
    assert (finished.code, "Sign in again" in finished.told) == (1, True)
    desk.codes["ada"] = recovery_codes(finished.told)
    assert desk.types("operators list", *desk.in_person("ada")).printed.split() == ["ada", "administrator"]


def test_people_are_added_given_other_roles_reset_and_removed_by_the_administrator_alone(desk: Desk) -> None:
    desk.begins()
    desk.adds("tess", "teller")
    for line in ("operators add omar", "operators role ada teller", "operators remove ada", "operators reset ada", "operators list"):
        said = desk.types(line, *desk.in_person("tess"), PASSWORD, code_shown)
        assert (said.code, said.told.startswith("NotPermitted") or "NotPermitted" in said.told) == (1, True), line
    assert desk.types("operators role tess supervisor", *desk.in_person("ada")).code == 0
    assert desk.types("operators reset tess", *desk.in_person("ada"), PASSWORD).code == 0
    assert "second factor" in desk.types("operators list", "tess", PASSWORD, desk.codes["tess"].pop()).told, "the old factor is gone"
    assert desk.types("operators remove tess", *desk.in_person("ada")).code == 0
    assert desk.types("operators remove nobody.here", *desk.in_person("ada")).code == 1
    taken = desk.types("operators add tess", *desk.in_person("ada"), PASSWORD)
    assert (taken.code, "one person for ever" in taken.told) == (1, True)


def test_who_signed_in_while_the_new_password_was_typed_is_out_with_the_reset(desk: Desk) -> None:
    """A stolen password and code, used in the minute that the administrator types the new one."""
    desk.begins()
    desk.adds("tess", "teller")
    came: list[object] = []

    def comes_in(shown: str) -> str:
        with open_store(desk.folder / "store", KeyFile(desk.folder / "keys" / "master.key")) as store:
            code = TypedCode(Masked(desk.codes["tess"].pop()))
            came.append(Operators(store).sign_in("tess", Masked(PASSWORD), code, datetime.now(UTC)))
        return "another horse battery staple"

    assert desk.types("operators reset tess", *desk.in_person("ada"), comes_in).code == 0
    (who,) = came
    assert isinstance(who, SignedIn)
    with open_store(desk.folder / "store", KeyFile(desk.folder / "keys" / "master.key")) as store:
        assert not Authority(store).stands(who)


def test_a_recovery_code_and_a_code_of_the_app_open_once_and_never_again_in_any_program(desk: Desk) -> None:
    desk.begins()
    used = desk.in_person("ada")
    assert desk.types("operators list", *used).code == 0
    assert desk.types("operators list", *used).code == 1
    desk.adds("tess", "auditor")
    said = desk.types("operators add uma --role auditor", *desk.in_person("ada"), PASSWORD, code_shown)
    spent = code_shown(said.told)
    assert desk.types("operators list", "uma", PASSWORD, spent).code == 1, "the enrolment spent it"


def test_five_failures_lock_through_restarts_and_say_so(desk: Desk) -> None:
    desk.begins()
    for _ in range(4):
        assert "not right" in desk.types("operators list", "ada", "incorrect horse battery", "123456").told
    for _ in range(2):
        assert (
            "Locked until" in desk.types("operators list", *desk.in_person("ada")).told
            if _
            else desk.types("operators list", "ada", "incorrect horse battery", "123456").told
        )
    with store_of(desk) as store:
        assert [line.event for line in store.audit_lines()][-2:] == ["sign-in-failed", "sign-in-locked"]


def test_two_people_with_one_security_key_are_refused_and_the_second_can_do_nothing(desk: Desk) -> None:
    desk.begins()
    key = SoftKey()
    desk.patch.setattr("kiosk.commands.asking.PluggedKey", lambda: PluggedKey(key.devices))
    first = desk.types("operators add tess --role teller", *desk.in_person("ada"), PASSWORD, "")
    assert len(recovery_codes(first.told)) == 10
    second = desk.types("operators add uma --role teller", *desk.in_person("ada"), PASSWORD, "")
    assert ("belongs-to-another" in second.told, recovery_codes(second.told)) == (True, [])
    assert desk.types("audit verify", "uma", PASSWORD, "").code == 1
    assert "NotPermitted" in desk.types("audit verify", "tess", PASSWORD, "").told, "the first signs in with it"


def test_a_role_changed_between_sign_in_and_action_ends_what_was_allowed(desk: Desk) -> None:
    desk.begins()

    def demoted(shown: str) -> str:
        with store_of(desk) as other, other.trust_rows() as rows:
            row = rows.operator(OperatorId("ada"))
            assert row is not None
            rows.replace_operator(OperatorRow(row.name, Role.TELLER.value, Masked(row.secret.reveal()), 0, None, row.added_at))
        return PASSWORD

    said = desk.types("operators add eve --role administrator", *desk.in_person("ada"), demoted, code_shown)
    assert (said.code, "role-changed" in said.told) == (1, True)
    with store_of(desk) as store, store.trust_rows() as rows:
        assert rows.operator_names() == ("ada",)


def test_a_wrong_key_a_missing_key_and_a_copied_database_open_nothing_and_lose_nothing(desk: Desk, tmp_path: Path) -> None:
    desk.begins()
    key = desk.folder / "keys" / "master.key"
    right = key.read_bytes()
    other = Desk(tmp_path / "other", desk.patch)
    other.begins("otto")
    copied = (desk.folder / "store" / "cases.sqlite").read_bytes()
    for name in ("cases.sqlite-wal", "cases.sqlite-shm"):
        (other.folder / "store" / name).unlink(missing_ok=True)
    (other.folder / "store" / "cases.sqlite").write_bytes(copied)
    said = other.types("operators list", "ada", PASSWORD, desk.codes["ada"][0])
    assert (said.code, said.told.splitlines()[-1].split(":")[0]) == (1, "SealBroken")
    key.write_bytes((other.folder / "keys" / "master.key").read_bytes())
    assert desk.types("operators list", *desk.in_person("ada")).told.startswith("SealBroken")
    key.unlink()
    assert desk.types("operators list", *desk.in_person("ada")).told.startswith("KeyUnavailable")
    key.write_bytes(right)
    key.chmod(0o600)
    assert desk.types("operators list", *desk.in_person("ada")).code == 0


def test_a_clock_turned_back_lets_nobody_in_until_two_people_accept_it(desk: Desk) -> None:
    desk.begins()
    desk.adds("olga", "compliance-officer")
    ahead = datetime.now(UTC) + timedelta(days=2)
    with store_of(desk) as store:
        store.note(AuditEntry(ahead, AuditEvent.SIGNED_OUT, who=OperatorId("ada")))
    said = desk.types("operators list", *desk.in_person("ada"))
    assert (said.code, "clock was turned back" in said.told) == (1, True)
    alone = desk.types("station accept-clock", *desk.in_person("ada"), *desk.in_person("ada"))
    assert (alone.code, "same-person" in alone.told) == (1, True)
    assert desk.types("operators list", *desk.in_person("ada")).code == 1
    assert desk.types("station accept-clock", *desk.in_person("ada"), *desk.in_person("olga")).code == 0
    assert desk.types("operators list", *desk.in_person("ada")).code == 0


@pytest.mark.skipif(not hasattr(pty, "openpty"), reason="needs a pseudo-terminal")
def test_at_a_real_terminal_the_password_is_asked_twice_and_never_shown(desk: Desk) -> None:
    desk.write_settings()
    here, there = pty.openpty()
    words = [sys.executable, "app.py", "operators", "first", "ada", "--settings", str(desk.settings)]
    with subprocess.Popen(words, stdin=there, stdout=there, stderr=there, start_new_session=True, close_fds=True) as command:
        os.close(there)
        seen = b""

        def until(text: str) -> None:
            nonlocal seen
            while text.encode() not in seen:
                seen += os.read(here, 4096)

        for question in ("New password: ", "Again: "):
            until(question)
            os.write(here, f"{PASSWORD}\n".encode())
        until("touch): ")
        os.write(here, f"{code_shown(seen.decode())}\n".encode())
        while command.poll() is None or b"never shown again" not in seen:
            try:
                seen += os.read(here, 4096)
            except OSError:
                break
        assert command.wait(60) == 0
    os.close(here)
    shown = seen.decode().replace("\r\n", "\n")
    assert PASSWORD not in shown
    assert "█" in shown or "▄" in shown, "the QR code"
    assert len(recovery_codes(shown)) == 10
    assert re.search(r"ada is this station's first administrator", shown)


def test_a_terminal_asks_for_the_certificate_the_role_needs_as_the_desk_does(desk: Desk) -> None:
    desk.begins()
    desk.adds("olga", "auditor")
    desk.write_settings()
    with desk.settings.open("a", encoding="utf-8") as settings:
        settings.write('[training]\nrequired_for = ["administrator", "auditor"]\n')
    denied = desk.types("operators list", *desk.in_person("ada"))
    assert (denied.code, "training-due" in denied.told, "the lessons and the test are at the desk" in denied.told) == (1, True, True)
    for line in ("audit export", "operators list"):
        assert "training-due" in desk.types(line, *desk.in_person("olga")).told, line
    assert desk.types("audit verify", *desk.in_person("olga")).code == 0, "looking whether the station is sound is never held back"
    with store_of(desk) as store, store.training_rows() as rows:
        now = datetime.now(UTC)
        rows.keep_certificate(Certificate(OperatorId("ada"), "1", now - timedelta(days=1), now + timedelta(days=364), 90))
    assert desk.types("operators list", *desk.in_person("ada")).code == 0
