"""The program's files against the bank's signed list."""

import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kiosk.trust.program_manifest import FILE, ROOT, changed_files, digests_below, sign_program
from tests.vault.specimen import NOW

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OTHER = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))


@pytest.fixture
def program(tmp_path: Path) -> Path:
    (tmp_path / "kiosk").mkdir()
    (tmp_path / "app.py").write_text("print(1)\n")
    (tmp_path / "kiosk" / "values.py").write_text("x = 1\n")
    (tmp_path / FILE).write_bytes(sign_program(tmp_path, KEY, NOW))
    return tmp_path


def changed(program: Path) -> int | None:
    return changed_files([KEY.public_key()], program)


def test_an_untouched_program_has_no_changed_file(program: Path) -> None:
    assert changed(program) == 0


def test_a_changed_a_missing_and_an_added_file_each_count(program: Path) -> None:
    (program / "app.py").write_text("print(2)\n")
    assert changed(program) == 1
    (program / "kiosk" / "values.py").unlink()
    (program / "kiosk" / "backdoor.py").write_text("")
    assert changed(program) == 3


def test_a_list_that_is_altered_or_signed_by_somebody_else_counts(program: Path) -> None:
    members = json.loads((program / FILE).read_bytes())
    members["files"].pop("app.py")
    (program / FILE).write_text(json.dumps(members, sort_keys=True, separators=(",", ":")))
    assert changed(program) == 1
    (program / FILE).write_bytes(sign_program(program, OTHER, NOW))
    assert changed(program) == 1
    (program / FILE).write_bytes(b"\xff{}")
    assert changed(program) == 1


def test_without_a_list_nothing_is_said(program: Path) -> None:
    (program / FILE).unlink()
    assert changed(program) is None


def test_the_list_covers_the_code_and_the_risk_policy() -> None:
    names = {name for name, _ in digests_below(ROOT)}
    assert {"app.py", "kiosk/risk/decision.py", "ui/desk.py", "models/manifest.toml", "resources/risk/policy.toml"} <= names
