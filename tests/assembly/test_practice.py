"""Practice leaves nothing behind, not even what a killed program left."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from kiosk.assembly.practice import OWNER_FILE, PREFIX, Practice, remove_stale
from kiosk.policy import DEMO
from kiosk.values import StationClass


@pytest.fixture
def gone() -> int:
    """The number of a program that was there and is not any more."""
    program = subprocess.Popen([sys.executable, "-c", ""])
    program.wait(60)
    return program.pid


def left(parent: Path, name: str, owner: str | None) -> Path:
    folder = parent / f"{PREFIX}{name}"
    (folder / "station").mkdir(parents=True)
    (folder / "station" / "cases.sqlite").write_bytes(b"sealed")
    if owner is not None:
        (folder / OWNER_FILE).write_text(owner)
    return folder


def test_only_folders_whose_program_is_gone_are_removed(tmp_path: Path, gone: int) -> None:
    stale = left(tmp_path, "stale", str(gone))
    alive = left(tmp_path, "alive", str(os.getpid()))
    unknown = left(tmp_path, "unknown", None)
    odd = [left(tmp_path, f"odd{number}", text) for number, text in enumerate(("", "-1", "0", "nobody", "9" * 40))]
    foreign = tmp_path / "identity-desk-something-else"
    foreign.mkdir()
    (foreign / OWNER_FILE).write_text(str(gone))
    assert remove_stale(tmp_path) == (stale,)
    assert set(tmp_path.iterdir()) == {alive, unknown, foreign, *odd}


def test_a_link_to_a_folder_elsewhere_is_not_followed(tmp_path: Path, gone: int) -> None:
    elsewhere = left(tmp_path / "elsewhere", "kept", str(gone))
    parent = tmp_path / "temporary"
    parent.mkdir()
    (parent / f"{PREFIX}link").symlink_to(elsewhere)
    assert remove_stale(parent) == ()
    assert (elsewhere / "station" / "cases.sqlite").exists()


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="needs root to give a folder to another account")
def test_a_folder_of_another_account_is_left_alone(tmp_path: Path, gone: int) -> None:
    folder = left(tmp_path, "theirs", str(gone))
    os.chown(folder, 65534, 65534)
    assert remove_stale(tmp_path) == ()
    assert folder.exists()


def test_a_start_removes_what_a_killed_one_left_and_an_end_its_own(tmp_path: Path, gone: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    stale = left(tmp_path, "stale", str(gone))
    with Practice("booth-1", StationClass.DEMO, DEMO.sync):
        (own,) = tmp_path.iterdir()
        assert own != stale
        assert (own / OWNER_FILE).read_text() == str(os.getpid())
        assert remove_stale(tmp_path) == ()
    assert list(tmp_path.iterdir()) == []
