"""What the text models read of lines drawn here, and how their answers are decoded."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.frame import Pixels
from models.convert_text import convert_detector, convert_recogniser, is_kept
from models.onnx_graph import SourceUnreadable
from models.text_reader import TextReader, _batches, _boxes, crop_line

LINES = ("SPECIMEN 1234567", "Utopia Identity Card", "12.08.1974")


def drawn(lines: tuple[str, ...], size: tuple[int, int] = (900, 400)) -> Pixels:
    page = np.full((size[1], size[0], 3), 235, np.uint8)
    for row, line in enumerate(lines):
        cv2.putText(page, line, (60, 90 + 110 * row), cv2.FONT_HERSHEY_SIMPLEX, 1.6, (40, 30, 20), 3, cv2.LINE_AA)
    return page


def test_drawn_lines_are_found_from_top_to_bottom_and_read(texts: TextReader) -> None:
    read = texts.read(drawn(LINES))
    assert [line.text.replace(" ", "") for _, line in read] == [line.replace(" ", "") for line in LINES]
    assert all(line.confidence > 0.9 for _, line in read)
    assert [round(box.quad[:, 1].mean() / 110) for box, _ in read] == [1, 2, 3]


def test_a_quad_starts_at_the_upper_left_and_goes_clockwise(texts: TextReader) -> None:
    (box,) = texts.detect(drawn(("SPECIMEN",)))
    upper_left, upper_right, lower_right, lower_left = box.quad
    assert upper_left[0] < upper_right[0]
    assert lower_left[0] < lower_right[0]
    assert upper_left[1] < lower_left[1]
    assert 50 < upper_left[0] < 70
    assert box.width_px > 4 * box.height_px > 0


def test_boxes_lie_in_the_pictures_own_pixels_whatever_size_is_looked_at(texts: TextReader) -> None:
    page = drawn(LINES, (1800, 800))
    (coarse, *_), (fine, *_) = texts.detect(page, 640), texts.detect(page, 1280)
    assert coarse.quad == pytest.approx(fine.quad, abs=12)


def test_a_tilted_line_is_laid_level_and_read(texts: TextReader) -> None:
    turn = cv2.getRotationMatrix2D((450, 200), 12, 1.0)
    page = np.asarray(cv2.warpAffine(drawn((LINES[1],)), turn, (900, 400), borderValue=(235, 235, 235)), np.uint8)
    ((_, line),) = texts.read(page)
    assert line.text.replace(" ", "") == "UtopiaIdentityCard"


def test_an_empty_page_has_no_text(texts: TextReader) -> None:
    assert texts.read(np.full((400, 600, 3), 235, np.uint8)) == ()
    assert texts.recognise([]) == ()


@pytest.mark.parametrize("size", [(1, 1), (1, 300), (300, 1), (31, 33)])
def test_pictures_too_small_for_text_are_no_trouble(texts: TextReader, size: tuple[int, int]) -> None:
    picture = np.zeros((*size, 3), np.uint8)
    assert len(texts.detect(picture)) <= 1
    assert len(texts.recognise([picture])) == 1


def test_lines_come_back_in_the_order_they_were_given(texts: TextReader) -> None:
    page = drawn(LINES)
    crops = [crop_line(page, box.quad) for box in texts.detect(page)]
    forwards = [line.text for line in texts.recognise(crops)]
    backwards = [line.text for line in texts.recognise(crops[::-1])]
    assert forwards == backwards[::-1]


def test_reading_in_company_is_reading_alone(texts: TextReader) -> None:
    page = drawn(LINES)
    crops = [crop_line(page, box.quad) for box in texts.detect(page)]
    assert [line.text for line in texts.recognise(crops)] == [texts.recognise([crop])[0].text for crop in crops]


def test_each_character_names_the_step_it_was_read_at(texts: TextReader) -> None:
    page = drawn(LINES)
    for line in texts.recognise([crop_line(page, box.quad) for box in texts.detect(page)]):
        assert len(line.steps) == len(line.text)
        assert list(line.steps) == sorted(set(line.steps))
        best = line.log_probs.argmax(axis=1)
        assert "".join(texts.characters[best[step]] for step in line.steps) == line.text
        assert np.exp(line.log_probs).sum(axis=1) == pytest.approx(1.0, abs=1e-3)
        assert max(line.steps) < len(line.log_probs) * line.used_share + 1


def test_the_characters_hold_what_passports_print_and_no_chinese(texts: TextReader) -> None:
    characters = set(texts.characters)
    assert texts.characters[0] == ""
    assert texts.characters[-1] == " "
    assert set("ABCXYZ0189<>/.-'ÄÖÜßÉÈÑÇŁŞĞİŐŽÞÆØÅ") <= characters
    assert not any("\u4e00" <= character <= "\u9fff" for character in characters)
    assert len(texts.characters) == len(characters) == 661


def test_an_upright_crop_is_laid_level() -> None:
    page = np.zeros((200, 100, 3), np.uint8)
    quad = np.array([[40, 10], [60, 10], [60, 190], [40, 190]], np.float32)
    assert crop_line(page, quad).shape == (20, 180, 3)


def test_a_core_is_grown_back_to_the_line() -> None:
    # A core of 100 x 10 pixels grows by area over perimeter times 1.6 on every side: 1000 / 220 * 1.6 = 7.3.
    scores = np.zeros((96, 192), np.float32)
    scores[40:50, 40:140] = 0.9
    (box,) = _boxes(scores, np.array([2.0, 2.0]))
    assert box.width_px == pytest.approx(2 * (100 + 2 * 7.3), abs=4)
    assert box.height_px == pytest.approx(2 * (10 + 2 * 7.3), abs=4)
    assert box.score == pytest.approx(0.9, abs=0.1)


def test_a_faint_core_is_no_line() -> None:
    scores = np.zeros((96, 192), np.float32)
    scores[40:50, 40:140] = 0.4
    assert _boxes(scores, np.array([1.0, 1.0])) == ()


@given(st.lists(st.integers(32, 2400), max_size=40))
def test_every_line_is_in_exactly_one_batch_of_like_widths(widths: list[int]) -> None:
    batches = _batches(widths)
    assert sorted(i for batch in batches for i in batch) == list(range(len(widths)))
    for batch in batches:
        chosen = [widths[i] for i in batch]
        assert max(chosen) <= 1.25 * min(chosen)
        assert len(chosen) == 1 or max(chosen) * len(chosen) <= 1600


@pytest.mark.parametrize("convert", [convert_detector, convert_recogniser])
@pytest.mark.parametrize("content", [b"", b"\x00" * 20, b"PK\x03\x04 no network"])
def test_what_is_no_network_is_refused(convert: object, content: bytes) -> None:
    assert callable(convert)
    with pytest.raises(SourceUnreadable):
        convert(content)


def test_a_network_without_characters_is_no_recogniser(texts: TextReader, pack: Path) -> None:
    with pytest.raises(SourceUnreadable, match="no character list"):
        convert_recogniser((pack / "text_detector.onnx").read_bytes())


@pytest.mark.parametrize(("character", "kept"), [("A", True), ("ß", True), ("Ω", True), ("€", True), ("丨", False), ("", False)])
def test_latin_and_greek_are_kept_and_chinese_is_not(character: str, kept: bool) -> None:
    assert is_kept(character) is kept
