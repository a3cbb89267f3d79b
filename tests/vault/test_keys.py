"""The master key's file."""

import os
from pathlib import Path

import pytest

from kiosk.faults import KeyUnavailable
from kiosk.vault.keys import KeyFile

POSIX = pytest.mark.skipif(os.name != "posix", reason="Windows keeps no such modes")


def test_a_key_made_is_the_key_loaded(tmp_path: Path) -> None:
    key_file = KeyFile(tmp_path / "keys" / "master.key")
    assert not key_file.exists()
    made = key_file.create()
    assert key_file.exists()
    assert len(made.reveal()) == 32
    assert key_file.load() == made


@POSIX
def test_the_file_and_its_folder_are_for_this_account_only(tmp_path: Path) -> None:
    key_file = KeyFile(tmp_path / "keys" / "master.key")
    before = os.umask(0)
    try:
        key_file.create()
    finally:
        os.umask(before)
    assert key_file.path.stat().st_mode & 0o777 == 0o600
    assert key_file.path.parent.stat().st_mode & 0o777 == 0o700


def test_two_stations_have_two_keys(tmp_path: Path) -> None:
    assert KeyFile(tmp_path / "a").create() != KeyFile(tmp_path / "b").create()


def test_a_key_is_never_replaced(tmp_path: Path) -> None:
    key_file = KeyFile(tmp_path / "master.key")
    made = key_file.create()
    with pytest.raises(KeyUnavailable, match="never replaced"):
        key_file.create()
    assert key_file.load() == made
    assert [path.name for path in tmp_path.iterdir()] == ["master.key"]


def test_what_a_crash_left_of_a_key_being_made_does_not_hinder(tmp_path: Path) -> None:
    (tmp_path / "master.key.new").write_bytes(b"half")
    key_file = KeyFile(tmp_path / "master.key")
    assert key_file.create() == key_file.load()


@POSIX
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644, 0o610])
def test_a_key_others_may_touch_is_refused(tmp_path: Path, mode: int) -> None:
    key_file = KeyFile(tmp_path / "master.key")
    key_file.create()
    key_file.path.chmod(mode)
    with pytest.raises(KeyUnavailable, match="0600"):
        key_file.load()


@pytest.mark.parametrize("at", [0, 10, 30, 50, 60, 66])
def test_a_damaged_key_is_refused_as_damaged_and_not_taken_for_another(tmp_path: Path, at: int) -> None:
    key_file = KeyFile(tmp_path / "master.key")
    key_file.create()
    content = bytearray(key_file.path.read_bytes())
    content[at] ^= 1
    key_file.path.write_bytes(bytes(content))
    with pytest.raises(KeyUnavailable, match="damaged"):
        key_file.load()


@pytest.mark.parametrize("content", [b"", b"\n", b"identity-desk master key 1\n", b"x" * 10_000])
def test_a_file_that_is_no_key_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "master.key"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(KeyUnavailable, match="damaged"):
        KeyFile(path).load()


def test_a_missing_key_is_refused(tmp_path: Path) -> None:
    with pytest.raises(KeyUnavailable, match="cannot be read"):
        KeyFile(tmp_path / "master.key").load()


def test_the_description_says_what_the_protection_is_worth(tmp_path: Path) -> None:
    assert "takes the key too" in KeyFile(tmp_path / "master.key").describe()


def test_neither_key_nor_key_file_prints_the_key(tmp_path: Path) -> None:
    key_file = KeyFile(tmp_path / "master.key")
    made = key_file.create()
    assert made.reveal().hex() not in repr(key_file) + repr(made)
    assert repr(made) == "Masked(…)"
