"""Pages that look like an MRZ in places: not read, and at a cost that is bounded whatever stands on them."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from kiosk.document.engines import Engines
from kiosk.document.mrz import MrzContent, MrzParsed, format_mrz, parse
from kiosk.document.mrz_search import is_filled, search_mrz
from kiosk.document.reading import DocumentOutcome, MrzLayout, Read
from kiosk.frame import Pixels
from kiosk.imaging.geometry import Gray, gray_of
from models.mrz_reader import MrzReader

Reading = Callable[[Pixels], DocumentOutcome]
MOST_ROWS_READ = 260
"""Rows shown to the line reader, 2 ms each, before a page is given up."""


class Counting:
    """The line reader itself, counting what it is shown."""

    def __init__(self, reader: MrzReader) -> None:
        self._reader = reader
        self.rows = 0

    def read(self, rows: Sequence[Gray]) -> NDArray[np.float32]:
        self.rows += len(rows)
        return self._reader.read(rows)


def page(lines: Sequence[str], step: int = 34, size: float = 0.8) -> Pixels:
    picture = np.full((step * len(lines) + 60, 1300, 3), 232, np.uint8)
    for i, line in enumerate(lines):
        cv2.putText(picture, line, (30, 40 + i * step), cv2.FONT_HERSHEY_SIMPLEX, size, (30, 30, 30), 2, cv2.LINE_AA)
    return picture


def book() -> Pixels:
    rng = np.random.default_rng(3)
    words = ["the", "branch", "keeps", "what", "it", "was", "given", "and", "nothing", "else", "for", "long"]
    return page([" ".join(rng.choice(words, 11)) for _ in range(60)])


def mrz_like() -> Pixels:
    rng = np.random.default_rng(4)
    return page(["".join(rng.choice(list("ABCDEFGHK<<<0123456789"), 44)) for _ in range(60)], size=0.75)


def fillers() -> Pixels:
    return page(["<" * 44] * 500, step=16, size=0.35)


def noise() -> Pixels:
    return np.random.default_rng(5).integers(0, 256, (1200, 1600, 3), dtype=np.uint8)


@pytest.mark.parametrize("drawn", [book, mrz_like, fillers, noise])
def test_it_is_not_read_and_little_is_shown_to_the_line_reader(drawn: Callable[[], Pixels], engines: Engines) -> None:
    assert isinstance(engines.mrz, MrzReader)
    counting = Counting(engines.mrz)
    assert search_mrz(gray_of(drawn()), replace(engines, mrz=counting)) is None
    assert counting.rows <= MOST_ROWS_READ


def test_rows_of_fillers_are_no_zone_although_their_check_digits_fit() -> None:
    lines = ("APP" + "<" * 33, "<" * 36)
    parsed = parse(lines)
    assert isinstance(parsed, MrzParsed)
    assert parsed.all_fit
    assert not is_filled(lines)


def test_a_form_with_a_name_and_nothing_but_fillers_is_no_zone() -> None:
    assert not is_filled(("VDIVOYHZ" + "<" * 22, "<" * 30, "SHPIHGOJ" + "<" * 22))
    assert not is_filled(("IEIRGFQZ" + "<" * 28, "CDR" + "<" * 33))


def test_the_emptiest_zone_there_can_be_says_enough() -> None:
    content = MrzContent(
        layout=MrzLayout.TD3,
        document_code="P",
        issuing_state="D",
        number="1",
        surname="O",
        given_names="",
        nationality="D",
        birth="<<<<<<",
        sex="<",
        expiry="300101",
        optional=("",),
    )
    assert is_filled(format_mrz(content))


@pytest.mark.parametrize("shape", [(130, 130), (130, 4000), (4000, 130)])
@pytest.mark.parametrize("value", [0, 255])
def test_blank_pictures_of_any_shape_have_an_outcome(shape: tuple[int, int], value: int, read: Reading) -> None:
    assert not isinstance(read(np.full((*shape, 3), value, np.uint8)), Read)
