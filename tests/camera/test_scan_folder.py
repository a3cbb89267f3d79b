"""The folder a scanner writes to."""

import os
from pathlib import Path

from kiosk.camera.scan_folder import ScanFolder


def written(path: Path, content: bytes, at_s: int) -> Path:
    path.write_bytes(content)
    os.utime(path, (at_s, at_s))
    return path


def test_a_new_file_is_taken_once_and_only_when_it_has_stopped_growing(tmp_path: Path) -> None:
    old = written(tmp_path / "old.jpg", b"1", 100)
    folder = ScanFolder(tmp_path)
    scan = written(tmp_path / "scan.jpg", b"12", 200)
    assert folder.take() is None
    written(scan, b"123", 200)
    assert folder.take() is None
    assert folder.take() == scan
    assert folder.take() is None
    assert old.exists()
    assert scan.read_bytes() == b"123"


def test_a_scanner_that_always_writes_the_same_name_is_served_again(tmp_path: Path) -> None:
    folder = ScanFolder(tmp_path)
    for at_s in (100, 200):
        scan = written(tmp_path / "scan.jpg", b"123", at_s)
        assert [folder.take(), folder.take()] == [None, scan]


def test_of_several_the_newest_is_taken_and_the_others_are_never(tmp_path: Path) -> None:
    folder = ScanFolder(tmp_path)
    written(tmp_path / "a.png", b"1", 300)
    newest = written(tmp_path / "b.png", b"1", 400)
    assert [folder.take(), folder.take(), folder.take()] == [None, newest, None]


def test_what_is_no_picture_or_empty_or_forgotten_is_left_alone(tmp_path: Path) -> None:
    folder = ScanFolder(tmp_path)
    written(tmp_path / "notes.txt", b"1", 100)
    written(tmp_path / "empty.jpg", b"", 100)
    (tmp_path / "folder.jpg").mkdir()
    written(tmp_path / "others.jpg", b"1", 100)
    folder.forget_waiting()
    assert [folder.take(), folder.take()] == [None, None]


def test_a_folder_that_is_away_has_nothing(tmp_path: Path) -> None:
    folder = ScanFolder(tmp_path / "not there")
    assert folder.take() is None
