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


def test_a_look_nobody_made_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SystemExit) as refused:
        main([str(tmp_path), "--look", "sepia"])
    assert refused.value.code == 2
    assert not (tmp_path / INDEX).exists()


def test_the_desk_is_drawn_in_every_look_and_the_booth_in_its_own(tmp_path: Path, qapp: object) -> None:
    looks = ("plain", "dark", "high-contrast", "large-text")
    desk = draw_all(tmp_path, ((1280, 800),), "desk-ready-empty", "de", looks)
    booth = draw_all(tmp_path, ((1024, 600),), "booth-welcome", "de", looks)
    assert [picture.look for picture in desk] == list(looks)
    assert {picture.look for picture in booth} == {"plain", "high-contrast", "large-text"}
    assert len({(tmp_path / picture.file).read_bytes() for picture in desk}) == 4
