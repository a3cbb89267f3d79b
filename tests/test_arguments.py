"""What commands are told in words."""

import argparse
from pathlib import Path

import pytest

from kiosk.arguments import count, new_file
from kiosk.commands import measure


def test_a_file_in_a_folder_that_is_not_there_yet_gets_its_folder(tmp_path: Path) -> None:
    assert new_file(str(tmp_path / "made" / "figures.json")) == tmp_path / "made" / "figures.json"
    assert (tmp_path / "made").is_dir()
    assert not (tmp_path / "made" / "figures.json").exists()


def test_where_nothing_can_be_written_is_said_before_the_work(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    for nowhere in (tmp_path, tmp_path / "file" / "figures.json"):
        with pytest.raises(argparse.ArgumentTypeError):
            new_file(str(nowhere))
    with pytest.raises(SystemExit) as refused:
        measure.main(["risk", "--json", str(tmp_path)])
    assert refused.value.code == 2
    assert "cannot be written" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["0", "-1", "1.5", "ten", "", "²", "١"])
def test_no_number_of_things_is_refused(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError):
        count(text)


def test_a_number_of_things_is_read() -> None:
    assert count("12") == 12
