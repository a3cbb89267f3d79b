"""The gallery: what was drawn is on its page, every picture is there, and looks differ."""

from pathlib import Path

import pytest

from ui.gallery import INDEX, draw_all, main, page_of


def test_every_picture_drawn_is_on_the_page_and_on_the_disk(tmp_path: Path, qapp: object) -> None:
    pictures = draw_all(tmp_path, ((1024, 600),), "booth-welcome", "fr", ("plain", "high-contrast"))
    page = page_of(pictures)
    assert {(picture.language, picture.look, picture.size) for picture in pictures} == {
        ("fr", "plain", (1024, 600)),
        ("fr", "high-contrast", (1024, 600)),
    }
    assert all(f"src='{picture.file}'" in page for picture in pictures)
    assert len({(tmp_path / picture.file).read_bytes() for picture in pictures}) == len(pictures)


@pytest.mark.parametrize("asked", [("--look", "sepia"), ("--size", "large"), ("--size", "0x600"), ("--language", "la")], ids="=".join)
def test_a_look_a_size_or_a_language_nobody_made_is_refused(tmp_path: Path, asked: tuple[str, str]) -> None:
    with pytest.raises(SystemExit) as refused:
        main([str(tmp_path), *asked])
    assert refused.value.code == 2
    assert not (tmp_path / INDEX).exists()


def test_where_nothing_can_be_kept_it_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "taken").write_text("a file", encoding="utf-8")
    assert main([str(tmp_path / "taken"), "--only", "booth-welcome", "--language", "en", "--look", "plain"]) == 1
    assert "cannot be kept" in capsys.readouterr().err


def test_the_desk_is_drawn_in_every_look_and_the_booth_in_its_own(tmp_path: Path, qapp: object) -> None:
    looks = ("plain", "dark", "high-contrast", "large-text")
    desk = draw_all(tmp_path, ((1280, 800),), "desk-ready-empty", "de", looks)
    booth = draw_all(tmp_path, ((1024, 600),), "booth-welcome", "de", looks)
    assert [picture.look for picture in desk] == list(looks)
    assert {picture.look for picture in booth} == {"plain", "high-contrast", "large-text"}
    assert len({(tmp_path / picture.file).read_bytes() for picture in desk}) == 4
